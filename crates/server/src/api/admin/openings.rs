//! What certificates commit to, and its end.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use sexton_core::{EventKind, Principal, Realm};
use sexton_store::certificate::Issued;
use sexton_store::{Change, Commit, Write};
use sexton_wire::aws::Reply;
use sexton_wire::aws::percent::decode;

use super::Refused;
use super::certificates::{CERTIFICATES_MAX, from, is_of, keys, none};
use crate::error::OpsError;
use crate::service::{Service, server_event};

/// Counts the certificates that still tell what they commit to: that of one backup, or, if there
/// is no ARN, those of a page that were issued before an instant. Redacts them, if somebody wants
/// that at some time.
pub(super) async fn count(
    service: &Service,
    (realm, arn): (&Realm, &str),
    query: &str,
    redact: Option<(&Principal, Timestamp)>,
) -> Result<Reply, Refused> {
    let (leaves, next) = if arn.is_empty() {
        page(service, realm, from(query)?, before(query)?).await?
    } else {
        (of_backup(service, realm, arn).await?, None)
    };
    let count = leaves.len();
    if let Some((by, now)) = redact
        && count > 0
    {
        let change = Change {
            writes: vec![Write::Redact(leaves.clone())],
            event: Some(server_event(now, by, EventKind::CertificatesRedacted { leaves })),
            ..Change::default()
        };
        match service.store.commit(change).await? {
            Commit::Done => (),
            Commit::Stale => return Err(OpsError::Contended.into()),
        }
    }
    Ok(Reply::json(200, &json!({ "certificates": count, "next": next })))
}

/// The leaf of one backup, if there is something to forget.
async fn of_backup(service: &Service, realm: &Realm, arn: &str) -> Result<Vec<u64>, Refused> {
    let keys = keys(realm, arn)?;
    for key in &keys {
        if let Some(issued) = service.store.certificate(key).await? {
            return Ok(if issued.openings.is_empty() { Vec::new() } else { vec![issued.leaf] });
        }
    }
    Err(none(service, &keys).await?)
}

/// Leaves of the account with something to forget, of a page of certificates, and where the next
/// page begins.
async fn page(
    service: &Service,
    realm: &Realm,
    from: u64,
    before: Timestamp,
) -> Result<(Vec<u64>, Option<u64>), Refused> {
    let issued = service.store.certificates(from, CERTIFICATES_MAX).await?;
    let last = issued.last().filter(|_| issued.len() == CERTIFICATES_MAX);
    let next = last.map(|issued| issued.leaf + 1);
    let wanted = |it: &&Issued| {
        let theirs = is_of(&it.statement, realm, None);
        !it.openings.is_empty() && theirs && is_before(&it.statement, before)
    };
    Ok((issued.iter().filter(wanted).map(|it| it.leaf).collect(), next))
}

/// Whether a statement was made before an instant. One that does not say when was not: what is
/// forgotten by mistake does not come back.
fn is_before(statement: &str, instant: Timestamp) -> bool {
    #[derive(Deserialize)]
    struct Statement {
        verified_absent: Timestamp,
    }
    serde_json::from_str::<Statement>(statement).is_ok_and(|it| it.verified_absent < instant)
}

fn before(query: &str) -> Result<Timestamp, Refused> {
    let before = query.split('&').find_map(|pair| pair.strip_prefix("before=")).unwrap_or("");
    let instant = decode(before).ok().and_then(|before| before.parse().ok());
    let hint = "an instant looks like 2026-01-31T00:00:00Z";
    instant.ok_or_else(|| Refused::new(400, "`before` is not an instant", hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_of_before_an_instant_only_if_it_says_so() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let statement = format!("{{\"verified_absent\":\"{}\",\"decided\":\"{}\"}}", at(5), at(1));
        assert!(is_before(&statement, at(6)));
        assert!(!is_before(&statement, at(5)));
        assert!(!is_before("{}", at(6)));
        assert_eq!(before("from=3&before=1970-01-01T00%3A00%3A05Z").unwrap(), at(5));
        for wrong in ["", "before=", "before=yesterday", "before=%ff"] {
            assert!(before(wrong).is_err(), "{wrong}");
        }
    }
}
