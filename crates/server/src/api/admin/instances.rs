//! Databases that are registered as instances of RDS.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::json;
use sexton_core::{Edition, Engine, InstanceId, InstanceKind, RdsRefusal, ResourceArn, Source};
use sexton_data::database::Settings;
use sexton_wire::aws::Reply;
use zeroize::Zeroizing;

use super::{Refused, not_an_arn, parse};
use crate::auth::{Caller, Who};
use crate::error::OpsError;
use crate::ops::rds::InstanceOrder;
use crate::service::Service;

/// The longest name.
const NAME_CHARS_MAX: usize = 255;

/// A database that is to be registered.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewInstance {
    name: String,
    /// How it is reached: TOML, with a password.
    #[serde(deserialize_with = "secret")]
    connection: Zeroizing<String>,
    #[serde(default = "high_availability")]
    edition: Edition,
    #[serde(default = "primary")]
    kind: InstanceKind,
    primary: Option<InstanceId>,
}

fn secret<'de, D: Deserializer<'de>>(from: D) -> Result<Zeroizing<String>, D::Error> {
    String::deserialize(from).map(Zeroizing::new)
}

pub(super) fn maybe_secret<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<Zeroizing<String>>, D::Error> {
    Option::<String>::deserialize(from).map(|text| text.map(Zeroizing::new))
}

fn high_availability() -> Edition {
    Edition::HighAvailability
}

fn primary() -> InstanceKind {
    InstanceKind::Primary
}

/// Registers a database that answers.
pub(super) async fn add(
    service: &Service,
    new: NewInstance,
    caller: &Caller,
    now: Timestamp,
) -> Result<Source, Refused> {
    let Caller { by, realm, .. } = caller;
    check_tools(&new.connection, caller)?;
    let NewInstance { name, connection, edition, kind, primary } = new;
    let chars = name.chars().count();
    if chars == 0 || chars > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        let error =
            format!("a name has 1 to {NAME_CHARS_MAX} characters, none a control character");
        return Err(Refused::new(400, error, ""));
    }
    match (kind, &primary) {
        (InstanceKind::Primary, Some(_)) => {
            let error = "a primary instance follows no other";
            return Err(Refused::new(400, error, "leave out the primary, or say another kind"));
        }
        (
            InstanceKind::Primary
            | InstanceKind::ReadOnly
            | InstanceKind::Guard
            | InstanceKind::Temporary,
            _,
        ) => (),
    }
    let described = service.databases.describe(&connection).await;
    let described = described.map_err(|why| {
        let hint = "check the connection settings; the server itself must reach the database";
        Refused::new(400, format!("the database cannot be registered: {why}"), hint)
    })?;
    let (engine, version, identity): (Engine, _, _) =
        (described.engine, described.version, described.identity);
    let order =
        InstanceOrder { name, engine, version, edition, kind, primary, identity, connection };
    match service.add_instance(&order, by, realm, now).await {
        Err(OpsError::Rds(refusal @ RdsRefusal::SlotsOwed { .. })) => {
            let hint = "see them with `sexton source list`";
            Err(Refused::new(409, refusal.to_string(), hint))
        }
        added => Ok(added?),
    }
}

/// What somebody says of an instance.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    locked: Option<bool>,
    /// Whether the replication slots are given up that the instance owes.
    #[serde(default)]
    forget_slots: bool,
}

/// Locks an instance, or unlocks it: of a locked one no set is deleted that somebody asks for. Or
/// gives up the replication slots that it owes.
pub(super) async fn put(
    service: &Service,
    arn: &str,
    body: &[u8],
    caller: &Caller,
    now: Timestamp,
) -> Result<Reply, Refused> {
    let Said { locked, forget_slots } = parse(body)?;
    let Caller { by, realm, .. } = caller;
    // What whoever asks may do was asked of this ARN, to the letter.
    let arn: ResourceArn = arn.parse().map_err(|_| not_an_arn(arn))?;
    let key = &realm.with(arn);
    let done = match (locked, forget_slots) {
        (Some(locked), false) => service.lock_instance(key, locked, by, now).await,
        (None, true) => service.forget_slots(key, None, by, now).await.map(drop),
        (Some(_), true) | (None, false) => {
            let hint = "each is a change of its own";
            return Err(Refused::new(400, "give one of `locked` and `forget_slots`", hint));
        }
    };
    match done {
        Ok(()) => Ok(Reply::json(200, &json!({}))),
        Err(OpsError::Rds(refusal @ RdsRefusal::NoInstance { .. })) => {
            let hint = "list the sources with `sexton source list`; each region has its own";
            Err(Refused::new(404, refusal.to_string(), hint))
        }
        Err(error) => Err(error.into()),
    }
}

/// Refuses settings by which anybody but the root identity says which programs the server runs.
pub(super) fn check_tools(connection: &str, caller: &Caller) -> Result<(), Refused> {
    if caller.who == Who::Root || !Settings::names_tools(connection) {
        return Ok(());
    }
    let hint = "leave `tools` out, or have whoever has the root access key do this";
    Err(Refused::new(403, "the root identity alone may name a folder of tools", hint))
}
