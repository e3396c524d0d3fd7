//! The server's own API, under `/_sexton/v1/`: what AWS Backup has no words for.
//!
//! | method and path | what it does |
//! | --- | --- |
//! | `GET /sources` | lists what the server can read |
//! | `POST /sources` `{"type": "fsx", "path": "…", "allow_empty": false}` | registers a directory |
//! | `POST /sources` `{"type": "apsara-rds", "name": "…", "connection": "…"}` | a database |
//! | `PUT /sources/{arn}` `{"snapshots": "locked"}` | says what keeps the snapshots of a volume |
//! | `PUT /sources/{arn}` `{"locked": true}` | locks an instance of RDS, or unlocks it |
//! | `DELETE /sources/{arn}` | forgets a source; its recovery points stay |
//! | `POST /restores` `{"instance": "…", "backup_set": "…", "directory": "…"}` | restores a set |
//! | `GET /restores/{id}` | what becomes of it |
//! | `GET /roles` | lists what is known of roles |
//! | `PUT /roles/{arn}` `{"status": "permitted" \| "denied" \| "missing"}` | sets it |
//! | `GET /users?after=…` | a page of users, with their policies and access keys |
//! | `POST /users` `{"name": "…", "policies": {"NAME": "…"}}` | makes one |
//! | `PATCH /users/{name}` `{"put": {"NAME": "…"}, "remove": ["NAME"]}` | changes what they may |
//! | `DELETE /users/{name}` | removes one of whom no access key is active |
//! | `POST /keys` `{"user": "…"}` | makes an access key, and tells its secret this once |
//! | `PATCH /keys/{id}` `{"change": "enable" \| "disable" \| "remove"}` | changes it |
//! | `GET /erasures?state=parked&after=…` | a page of what is being erased, all or parked |
//! | `POST /erasures/{arn}` | has a parked erasure tried again |
//! | `GET /erasure-requests?after=…` | a page of deletions that wait for what keeps a point |
//! | `PUT /erasure-requests/{arn}` `{"vault": "…", "within_seconds": 7776000}` | asks for one |
//! | `DELETE /erasure-requests/{arn}` | withdraws it |
//! | `GET /certificates/{arn}` | the certificate of a recovery point that is gone |
//! | `GET /certificates?from=N&vault=V` | a page of certificates, all or of one vault |
//! | `GET /openings/{arn}` | how many certificates still tell what they commit to: 1 or 0 |
//! | `GET /openings?before=T&from=N` | the same of a page of those that were issued before |
//! | `DELETE` of either | redacts them |
//! | `GET /clock` | the machine's clock, and whether it is believed |
//! | `POST /clock` `{}` | says that it is right although it jumped |
//! | `GET /log?from=N` | leaf hashes of the certificate log |
//! | `GET /trail?from=N` | the audit trail after event N; to the account that was served first |
//!
//! Requests are signed with SigV4 for the service `sexton`, in a header: a page that somebody
//! looks at can have a browser send an address that is signed, and no header. Errors are
//! `{"error": "…", "hint": "…"}`.

use std::path::Path;
use std::sync::Arc;

use http::request::Parts;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use sexton_core::{
    EventKind, FileSystem, FileSystemId, Offered, ResourceArn, Snapshots, Source, SourceKind,
    Stated, chain,
};
use sexton_store::{Change, Expect, Follow, Generation, StoreError, Subject, Tally, Write};
use sexton_wire::aws::Reply;
use sexton_wire::aws::percent::decode;

use crate::auth::Caller;
use crate::authorize::of_sexton;
use crate::behalf::{self, Failed, Refusal, Refuses};
use crate::error::OpsError;
use crate::ops::decide::Decided;
use crate::service::{Service, event};

mod certificates;
mod clock;
mod erasures;
mod instances;
mod openings;
mod requests;
mod restores;
pub(crate) mod roles;
mod snapshots;
mod trail;
mod users;

/// The signing name of this API.
pub(crate) const SERVICE: &str = "sexton";

/// Where everything begins that is Sexton's own.
pub(crate) const PREFIX: &str = "/_sexton/";

/// Where this API begins.
pub(crate) const ROOT: &str = "/_sexton/v1/";

/// Sources that can be registered: enough for a server, few enough to list at once.
pub(crate) const SOURCES_MAX: u64 = 10_000;

/// An answer that is not a success.
#[derive(Debug)]
pub(crate) struct Refused {
    status: u16,
    error: String,
    hint: &'static str,
    /// With all causes; for the log alone.
    cause: Option<String>,
}

impl Refused {
    pub(crate) fn new(status: u16, error: impl Into<String>, hint: &'static str) -> Self {
        Self { status, error: error.into(), hint, cause: None }
    }

    /// The server could not do it, because of `cause`.
    fn failed(error: &str, cause: &dyn std::error::Error) -> Self {
        Self { cause: Some(chain(cause)), ..Self::new(500, error, "try again") }
    }

    pub(crate) fn reply(&self) -> Reply {
        Reply::json(self.status, &json!({ "error": self.error, "hint": self.hint }))
    }

    /// With what the log should know, and nobody else.
    pub(crate) fn failed_with_cause(mut self) -> Failed<Self> {
        let cause = self.cause.take();
        Failed::new(self, cause)
    }
}

impl Refuses for Refused {
    fn refusal(&self) -> Refusal<'_> {
        let name = match self.status {
            400 => "InvalidRequest",
            403 => "AccessDenied",
            404 => "NotFound",
            409 => "Conflict",
            _ => "Failed",
        };
        Refusal { status: self.status, name, message: &self.error }
    }
}

impl From<OpsError> for Refused {
    fn from(failure: OpsError) -> Self {
        if matches!(failure, OpsError::TooManyRealms) {
            let hint = "stop the server and drop one with `sexton realm drop`";
            return Self::new(400, failure.to_string(), hint);
        }
        if let OpsError::User(refusal) = failure {
            return refusal.into();
        }
        if let OpsError::Denied(denied) = &failure {
            return Self::new(403, denied.to_string(), "ask whoever administers this server");
        }
        let error = if failure.may_be_done() {
            "the server could not do this; it may or may not be done"
        } else {
            "the server could not do this; nothing was changed"
        };
        Self::failed(error, &failure)
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        OpsError::Store(error).into()
    }
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum NewSource {
    Fsx {
        path: String,
        /// Whether a backup of nothing is one.
        #[serde(default)]
        allow_empty: bool,
    },
    #[serde(rename = "apsara-rds")]
    ApsaraRds(instances::NewInstance),
}

/// Answers an authenticated request.
pub(crate) async fn answer(
    service: &Arc<Service>,
    parts: &Parts,
    body: &[u8],
    caller: &Caller,
    now: Timestamp,
) -> Result<Reply, Refused> {
    let Caller { by, realm, .. } = caller;
    if matches!(parts.method, http::Method::GET | http::Method::HEAD) {
        behalf::note_quiet();
    }
    behalf::note_call("sexton:Administer", "*");
    let path = parts.uri.path().strip_prefix(ROOT).unwrap_or("");
    let (collection, name) = path.split_once('/').unwrap_or((path, ""));
    let name =
        decode(name).map_err(|_| Refused::new(400, "the path is not percent-encoded UTF-8", ""))?;
    let method = parts.method.as_str();
    behalf::note_stated(Stated::default());
    service.authorize(caller, || of_sexton(method, collection, &name), now).await?;
    match (method, collection, name.as_ref()) {
        ("GET", "sources", "") => {
            Ok(Reply::json(200, &json!({ "sources": service.store.list_sources(realm).await? })))
        }
        ("POST", "sources", "") => {
            let source = match parse(body)? {
                NewSource::Fsx { path, allow_empty } => {
                    add_source(service, &path, allow_empty, caller, now).await?
                }
                NewSource::ApsaraRds(new) => instances::add(service, new, caller, now).await?,
            };
            Ok(Reply::json(200, &json!(source)))
        }
        ("PUT", "sources", arn) if arn.contains(":dbinstance/") => {
            instances::put(service, arn, body, caller, now).await
        }
        ("PUT", "sources", arn) => snapshots::put(service, arn, body, caller, now).await,
        ("DELETE", "sources", arn) => {
            remove_source(service, arn, caller, now).await?;
            Ok(Reply::json(200, &json!({})))
        }
        ("POST", "restores", "") => restores::begin(service, parse(body)?, caller, now).await,
        ("GET", "restores", job) => restores::show(service, caller, job),
        ("GET", "roles", "") => roles::list(service, realm).await,
        ("PUT", "roles", arn) => roles::put(service, arn, body, caller, now).await,
        ("GET", "users", "") => users::list(service, realm, parts.uri.query().unwrap_or("")).await,
        ("POST", "users", "") => users::add(service, body, caller, now).await,
        ("PATCH", "users", user) => users::change(service, user, body, caller, now).await,
        ("DELETE", "users", user) => users::remove(service, user, caller, now).await,
        ("POST", "keys", "") => users::add_key(service, body, caller, now).await,
        ("PATCH", "keys", key) => users::change_key(service, key, body, caller, now).await,
        ("GET", "erasures", "") => {
            erasures::list(service, realm, parts.uri.query().unwrap_or("")).await
        }
        ("POST", "erasures", arn) => erasures::retry(service, arn, caller, now).await,
        ("GET", "erasure-requests", "") => {
            requests::list(service, realm, parts.uri.query().unwrap_or("")).await
        }
        ("PUT", "erasure-requests", arn) => {
            requests::put(service, arn, parse(body)?, caller, now).await
        }
        ("DELETE", "erasure-requests", arn) => requests::remove(service, arn, caller, now).await,
        ("GET", "certificates", "") => {
            certificates::page(service, realm, parts.uri.query().unwrap_or("")).await
        }
        ("GET", "certificates", arn) => certificates::one(service, realm, arn).await,
        (method @ ("GET" | "DELETE"), "openings", arn) => {
            let redact = (method == "DELETE").then_some((by, now));
            openings::count(service, (realm, arn), parts.uri.query().unwrap_or(""), redact).await
        }
        ("GET", "clock", "") => Ok(clock::show(&service.clock)),
        ("POST", "clock", "") => clock::confirm(service, by).await,
        ("GET", "trail", "") => trail::page(service, realm, parts.uri.query().unwrap_or("")).await,
        ("GET", "log", "") => certificates::log(service, parts.uri.query().unwrap_or("")).await,
        _ => Err(Refused::new(404, "there is nothing at this path", "see `sexton --help`")),
    }
}

fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Refused> {
    serde_json::from_slice(body).map_err(|error| {
        // It repeats what is in the body.
        let error: String = error.to_string().chars().take(300).collect();
        Refused::new(400, format!("the body is not acceptable: {error}"), "")
    })
}

fn not_an_arn(text: &str) -> Refused {
    Refused::new(400, format!("{text:?} is not an ARN"), "an ARN has six fields: arn:aws:…")
}

async fn add_source(
    service: &Service,
    path: &str,
    allow_empty: bool,
    caller: &Caller,
    now: Timestamp,
) -> Result<Source, Refused> {
    let path = &directory(service, path).await?;
    let Caller { by, realm, .. } = caller;
    service.begin_realm(realm, by, now).await?;
    let decide = || source_change(service, (path, allow_empty), SOURCES_MAX, caller, now);
    let source = service.decide_again(decide).await?;
    service.realms.note_begun(realm);
    Ok(source)
}

/// The real path of a directory that may be registered.
async fn directory(service: &Service, path: &str) -> Result<String, Refused> {
    if !Path::new(path).is_absolute() {
        let error = format!("{path:?} is not an absolute path");
        return Err(Refused::new(400, error, "the path is looked up on the server"));
    }
    let found = tokio::fs::metadata(path).await;
    if !found.is_ok_and(|it| it.is_dir()) {
        let error = format!("{path:?} is not a directory on the server");
        return Err(Refused::new(400, error, "make it, or check the spelling"));
    }
    // A capture refuses a root that is a symbolic link; the caller meant where it leads.
    let path = tokio::fs::canonicalize(path)
        .await
        .ok()
        .and_then(|path| path.into_os_string().into_string().ok());
    let Some(path) = path else {
        return Err(Refused::new(400, "the directory's real path is not UTF-8", ""));
    };
    if let Some(home) = service.jobs.home()
        && home.overlaps(Path::new(&path)).map_err(StoreError::not_done)?
    {
        let error = format!("{path:?} holds data of this server, or lies inside its data folder");
        let hint = "a backup must not hold the keys that open it; choose another directory";
        return Err(Refused::new(400, error, hint));
    }
    Ok(path)
}

/// The source of a directory, and what registers it if nobody has yet: then a repeat gets
/// the same answer, so that a lost reply can be asked for again.
async fn source_change(
    service: &Service,
    (path, allow_empty): (&str, bool),
    most: u64,
    Caller { by, realm, .. }: &Caller,
    now: Timestamp,
) -> Result<Decided<Source>, Refused> {
    let of_path = Subject::SourceOfPath(realm.with(path.to_owned()));
    let reading = service.store.read(std::slice::from_ref(&of_path), Follow::Nothing).await?;
    let mut expects = reading.expects();
    let source = match reading.source_at(&of_path) {
        Some(known) if known.allow_empty == allow_empty => {
            return Ok(Decided::Answer(known.clone()));
        }
        Some(known) => Source { allow_empty, ..known.clone() },
        None if service.store.tally(&Tally::Sources).await? >= most => {
            let hint = "remove one that is no longer backed up, with `sexton source remove`";
            return Err(Refused::new(400, format!("there are {most} sources already"), hint));
        }
        None => {
            let id = FileSystemId::mint(now, service.entropy.bytes());
            let source = Source {
                realm: realm.clone(),
                arn: id.arn(realm),
                kind: SourceKind::Fsx { path: path.to_owned() },
                allow_empty,
                added: now,
                offered: Offered::FileSystem(FileSystem::registered(id)),
            };
            let subject = Subject::Source(source.key());
            expects.push(Expect { subject, generation: Generation(0) });
            source
        }
    };
    let added = EventKind::SourceAdded { source: source.arn.clone() };
    let change = Change {
        expects,
        requires: vec![service.room_for(realm).await?, (Tally::Sources, most)],
        writes: vec![Write::PutSource(source.clone())],
        event: Some(event(now, by, realm, added)),
        ..Change::default()
    };
    Ok(Decided::commit(change, source))
}

async fn remove_source(
    service: &Service,
    arn: &str,
    Caller { by, realm, .. }: &Caller,
    now: Timestamp,
) -> Result<(), Refused> {
    let arn: ResourceArn = arn.parse().map_err(|_| not_an_arn(arn))?;
    let key = &realm.with(arn);
    let arn = &key.name;
    if sexton_core::InstanceId::of(arn).is_some() {
        return match service.detach_instance(key, by, now).await {
            Err(OpsError::Rds(refusal)) => {
                let hint = "list the sources with `sexton source list`";
                Err(Refused::new(404, refusal.to_string(), hint))
            }
            ended => Ok(ended?),
        };
    }
    let decide = || async move {
        let (source, expect) = service.store.source(key).await?;
        let Some(source) = source else {
            let hint = "list the sources with `sexton source list`";
            return Err(Refused::new(404, format!("no source {arn}"), hint));
        };
        // Its directory would stay without a name, and what is read into it in use for ever.
        if source.offered.is_managed() {
            let hint = "delete it with `aws fsx delete-file-system` or `delete-volume`";
            return Err(Refused::new(409, format!("{arn} was made through Amazon FSx"), hint));
        }
        // It would free them, and whoever removes it did not say so.
        if source.offered.resource().is_some_and(|it| it.snapshots != Snapshots::Deletable) {
            let hint =
                "say that they are free first: `sexton source set ARN --snapshots deletable`";
            return Err(Refused::new(409, format!("snapshots of {arn} are kept"), hint));
        }
        let change = Change {
            expects: vec![expect],
            writes: vec![Write::RemoveSource(key.clone())],
            event: Some(event(now, by, realm, EventKind::SourceRemoved { source: arn.clone() })),
            ..Change::default()
        };
        Ok(Decided::commit(change, ()))
    };
    service.decide_again(decide).await
}

#[cfg(test)]
mod tests;
