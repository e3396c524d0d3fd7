//! What keeps the snapshots under recovery points, as people say it: nothing lies under them here
//! that could be locked, or be used by an image.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use sexton_core::{
    EventKind, Offered, Resource, ResourceArn, Snapshots, Source, SourceKind, TagKeys,
};
use sexton_store::{Change, Follow, Subject, Tally, Write};
use sexton_wire::aws::Reply;

use super::{Refused, SOURCES_MAX, not_an_arn, parse};
use crate::auth::Caller;
use crate::ops::decide::Decided;
use crate::service::{Service, event};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewSnapshots {
    snapshots: Snapshots,
}

/// Sets what keeps the snapshots of a resource: the last word counts, for every recovery point
/// that is made of such.
pub(super) async fn put(
    service: &Service,
    arn: &str,
    body: &[u8],
    caller: &Caller,
    now: Timestamp,
) -> Result<Reply, Refused> {
    let NewSnapshots { snapshots } = parse(body)?;
    let arn = &of_ec2(arn)?;
    service.begin_realm(&caller.realm, &caller.by, now).await?;
    let decide = || change(service, (arn, snapshots), caller, now);
    let set = service.decide_again(decide).await;
    // A recovery point that waits to be deleted may have waited for its snapshots.
    service.tell_released();
    let source = set?;
    service.realms.note_begun(&caller.realm);
    Ok(Reply::json(200, &json!(source)))
}

/// The resource, if recovery points of it are made of snapshots. It may be of another region: a
/// copy keeps the name of what it is of.
fn of_ec2(arn: &str) -> Result<ResourceArn, Refused> {
    let arn: ResourceArn = arn.parse().map_err(|_| not_an_arn(arn))?;
    let of = arn.resource();
    let id = of.strip_prefix("volume/vol-").or_else(|| of.strip_prefix("instance/i-"));
    let is_id = |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if arn.service() != "ec2" || !id.is_some_and(is_id) {
        let error = format!("{arn} is not the ARN of an EBS volume or an EC2 instance");
        let hint = "it looks like arn:aws:ec2:REGION:ACCOUNT:volume/vol-… or …:instance/i-…";
        return Err(Refused::new(400, error, hint));
    }
    Ok(arn)
}

async fn change(
    service: &Service,
    (arn, snapshots): (&ResourceArn, Snapshots),
    Caller { by, realm, .. }: &Caller,
    now: Timestamp,
) -> Result<Decided<Source>, Refused> {
    let key = realm.with(arn.clone());
    let reading = service.store.read(&[Subject::Source(key.clone())], Follow::Nothing).await?;
    let known = reading.source(&key);
    if known.is_none() && !service.behaviour.generate_unknown_resources {
        let hint = "start one with `sexton serve --dev` to rehearse with";
        let error = format!("{arn}: only a server that was started with --dev knows volumes");
        return Err(Refused::new(404, error, hint));
    }
    let tags = known.map(|known| known.offered.tags().clone()).unwrap_or_default();
    let id = arn.resource().rsplit('/').next().unwrap_or_default().to_owned();
    let source = Source {
        realm: realm.clone(),
        arn: arn.clone(),
        kind: SourceKind::Generated,
        allow_empty: false,
        added: known.map_or(now, |known| known.added),
        offered: Offered::Resource(Resource { id, tags, snapshots }),
    };
    match known {
        // Nothing has to be remembered of what nobody has kept.
        None if snapshots == Snapshots::Deletable => return Ok(Decided::Answer(source)),
        None if service.store.tally(&Tally::Sources).await? >= SOURCES_MAX => {
            let hint = "remove one, with `sexton source remove`";
            return Err(Refused::new(
                400,
                format!("there are {SOURCES_MAX} sources already"),
                hint,
            ));
        }
        None | Some(_) => (),
    }
    let kind = EventKind::SourceChanged {
        source: arn.clone(),
        snapshots: Some(snapshots),
        locked: None,
        tags: TagKeys::default(),
    };
    let change = Change {
        expects: reading.expects(),
        requires: vec![service.room_for(realm).await?, (Tally::Sources, SOURCES_MAX)],
        writes: vec![Write::PutSource(source.clone())],
        event: Some(event(now, by, realm, kind)),
        ..Change::default()
    };
    Ok(Decided::commit(change, source))
}
