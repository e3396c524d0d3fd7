//! The one door: connections in, replies out.
//!
//! It caps what a request may cost, authenticates, takes `now` (the instant by which the
//! request is decided; its signature is checked against the system's own time), and hands
//! the request on. Nothing that a request says is normalised on the way: routing and
//! signature both see the raw path.
//!
//! Unsigned requests get the probes, `/metrics` unless it is switched off, and what is
//! for tests of a server that is for tests.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use jiff::Timestamp;
use sexton_core::{Connection, chain};
use sexton_store::clock::Clock;
use sexton_store::entropy::{Entropy, SystemEntropy};
use sexton_wire::aws::dispatch::{Api, dispatch, is_form};
use sexton_wire::aws::model::fsx::Operation;
use sexton_wire::aws::route::route;
use sexton_wire::aws::sigv4::{AuthError, Claim};
use sexton_wire::aws::{REQUEST_ID_HEADER, Reply, WireError, backup, fsx, iam, query, sts};
use tokio::sync::RwLock;

use crate::api::admin::{self, Refused};
use crate::api::dev::{self, Ask};
use crate::auth::{Caller, Keys};
use crate::behalf::{self, Failed, Origin, Refuses};
use crate::config::Settings;
use crate::error::{OpsError, outcome};
use crate::metrics::Metrics;
use crate::nonces::UsedNonces;
use crate::service::Service;
use crate::world::World;

pub(crate) mod body;
pub(crate) mod listen;
mod places;
mod rds;
mod sender;
pub(crate) mod tls;

use body::{Held, Keep, Room};
use sender::Foreign;

/// Characters of a path that are logged.
const LOGGED_CHARS_MAX: usize = 1024;

/// Characters of a path that an answer repeats.
const ECHO_CHARS_MAX: usize = 128;

/// What the metrics are written in: a scraper must be told, or it takes the last line for
/// a mistake.
const METRICS_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What every connection shares.
#[derive(Debug)]
pub(crate) struct Door {
    pub(crate) settings: Settings,
    pub(crate) clock: Arc<Clock>,
    pub(crate) keys: Keys,
    pub(crate) nonces: UsedNonces,
    pub(crate) metrics: Metrics,
    /// The port that it listens on.
    pub(crate) port: u16,
    pub(crate) room: Room,
    /// Read by every request for as long as it lasts; written only when a new world
    /// begins, and emptied when the server has stopped.
    pub(crate) world: RwLock<Option<World>>,
}

/// A reply and the name of what it answers, for metrics and the log.
struct Answer {
    reply: Reply,
    operation: &'static str,
    /// Why it is not a success, with all causes; for the log alone.
    cause: Option<String>,
    /// What was asked after is not there: the answer that whoever deletes hopes for.
    absent: bool,
}

impl Answer {
    fn new(operation: &'static str, reply: Reply) -> Self {
        Self { reply, operation, cause: None, absent: false }
    }

    fn of<E>(
        operation: &'static str,
        ended: Result<Reply, Failed<E>>,
        worded: impl FnOnce(&E) -> Reply,
    ) -> Self {
        match ended {
            Ok(reply) => Self::new(operation, reply),
            Err(Failed { error, cause }) => Self { cause, ..Self::new(operation, worded(&error)) },
        }
    }
}

impl Asked<'_> {
    /// Refuses what cannot be read as the call whose name it has, in a service; an empty name is
    /// that of none.
    async fn undecoded<E: Refuses>(
        &self,
        caller: &Caller,
        (service, name): (&str, &str),
        error: E,
        worded: impl FnOnce(&E) -> Reply,
    ) -> Answer {
        let work = async {
            if !name.is_empty() {
                behalf::note_call(&format!("{service}:{name}"), "*");
            }
            Err(Failed::new(error, None))
        };
        let ended = self.service.on_behalf(caller, self.origin, self.now, work).await;
        Answer::of("undecoded", ended, worded)
    }
}

/// A request to one of the APIs.
#[derive(Clone, Copy)]
struct Asked<'a> {
    service: &'a Arc<Service>,
    parts: &'a Parts,
    body: &'a [u8],
    origin: &'a Origin,
    now: Timestamp,
}

impl Door {
    /// Answers one request that came from `source`.
    pub(crate) async fn serve(
        self: Arc<Self>,
        request: Request<Incoming>,
        source: IpAddr,
    ) -> Result<Response<Full<Bytes>>, Infallible> {
        let began = began();
        let id = request_id();
        let (parts, body) = request.into_parts();
        let (method, uri) = (parts.method.clone(), parts.uri.clone());
        let early = match self.refuse_foreign(&parts) {
            Some(answer) => Some(answer),
            None => self.answer_probe(&parts).await,
        };
        let address = source.to_canonical();
        let connection = Connection { address, encrypted: self.settings.tls.is_some() };
        let origin = Origin { request: id.clone(), connection };
        let answer = match early {
            Some(answer) => answer,
            None => self.read_and_answer(parts, body, origin).await,
        };
        let Answer { reply, operation, cause, absent } = answer;
        let took = began.elapsed();
        let outcome = if absent { "absent" } else { outcome(&reply) };
        self.metrics.count(operation, outcome, took);
        let status = reply.status;
        let target = || format!("{method} {}", cut(uri.path(), LOGGED_CHARS_MAX));
        match (outcome, &cause) {
            ("failed", cause) => {
                let target = target();
                tracing::error!(id, operation, target, status, ?took, ?cause, "request failed");
            }
            ("refused", cause) => {
                let target = target();
                tracing::info!(id, operation, target, status, ?took, ?cause, "request refused");
            }
            (_, _) => {
                tracing::debug!(
                    id,
                    operation,
                    target = target(),
                    status,
                    ?took,
                    "request answered"
                );
            }
        }
        Ok(response(reply, &id))
    }

    async fn read_and_answer(
        self: &Arc<Self>,
        parts: Parts,
        body: Incoming,
        origin: Origin,
    ) -> Answer {
        let (keep, limits) = (self.keep(&parts).await, &self.settings.limits);
        let held = match self.room.read(body, keep, origin.connection.address, limits).await {
            Ok(held) => held,
            Err(error) => {
                let id = &origin.request;
                let worded = rds::as_rds(&parts, id, &error);
                let worded = worded.or_else(|| as_query(&parts, id, iam::Error::unread(&error)));
                return worded.unwrap_or_else(|| Answer::new("unread", error.reply()));
            }
        };
        // A client that goes away must not stop what was begun half way through.
        let door = Arc::clone(self);
        // In a box: the task is moved several times before it is where it stays.
        let work = tokio::spawn(Box::pin(async move { door.answer(&parts, held, &origin).await }));
        work.await.unwrap_or_else(|error| {
            tracing::error!(%error, "a request's task did not end as it should");
            Answer::new("unknown", WireError::internal().reply())
        })
    }

    /// What is done with the body of a request of which only the head was read.
    async fn keep(&self, parts: &Parts) -> Keep {
        if self.is_dev(parts) {
            Keep::Short
        } else if self.knows(parts).await {
            Keep::Known
        } else if is_form(&parts.method, &parts.headers) {
            Keep::Short
        } else {
            Keep::Nothing
        }
    }

    /// Whether a request claims an access key that there is.
    async fn knows(&self, parts: &Parts) -> bool {
        let (world, now) = (self.world.read().await, self.clock.system());
        let Some(identities) = world.as_ref().map(|world| &world.service.identities) else {
            return false;
        };
        self.keys.knows(parts, identities, now) || self.keys.knows_apsara(parts, identities, now)
    }

    fn is_dev(&self, parts: &Parts) -> bool {
        self.settings.dev.is_some() && parts.uri.path().starts_with(dev::ROOT)
    }

    async fn answer(&self, parts: &Parts, held: Held, origin: &Origin) -> Answer {
        if self.is_dev(parts) {
            return self.answer_dev(parts, &held.bytes).await;
        }
        self.answer_api(parts, &held.bytes, origin).await
    }

    /// Keeps web pages out of a server for tests, before anything of theirs is read.
    fn refuse_foreign(&self, parts: &Parts) -> Option<Answer> {
        let remote = self.settings.dev.as_ref()?.allow_remote;
        let Foreign { error, hint } = sender::check(parts, self.port, remote).err()?;
        let reply = if parts.uri.path().starts_with(admin::PREFIX) {
            Refused::new(403, error, hint).reply()
        } else {
            WireError::new(403, "AccessDeniedException", format!("{error}: {hint}")).reply()
        };
        Some(Answer::new("foreign", reply))
    }

    /// What load balancers and Prometheus ask.
    async fn answer_probe(&self, parts: &Parts) -> Option<Answer> {
        let typed = |status, text: String, media| {
            let headers = vec![(http::header::CONTENT_TYPE, HeaderValue::from_static(media))];
            Reply { status, headers, body: text.into_bytes() }
        };
        let text = |status, text| typed(status, text, "text/plain; charset=utf-8");
        if parts.method != http::Method::GET {
            return None;
        }
        match parts.uri.path() {
            "/healthz" => Some(Answer::new("healthz", text(200, "ok\n".to_owned()))),
            "/readyz" => {
                let world = self.world.read().await;
                let ready = world.as_ref().map(|world| (world.check_ready(), world));
                let (status, words) = match ready {
                    Some((Ok(()), world)) => (200, format!("ready\n{}", world.concerns())),
                    Some((Err(reason), _)) => (503, format!("not ready\n{reason}\n")),
                    None => (503, "not ready\n".to_owned()),
                };
                Some(Answer::new("readyz", text(status, words)))
            }
            "/metrics" if self.settings.metrics => {
                let world = self.world.read().await;
                let Some(world) = &*world else {
                    return Some(Answer::new("metrics", text(503, String::new())));
                };
                Some(match self.metrics.text(&world.service).await {
                    Ok(metrics) => Answer::new("metrics", typed(200, metrics, METRICS_TYPE)),
                    Err(error) => {
                        let reply = text(500, "the metrics could not be gathered\n".to_owned());
                        Answer { cause: Some(chain(&error)), ..Answer::new("metrics", reply) }
                    }
                })
            }
            _ => None,
        }
    }

    async fn answer_dev(&self, parts: &Parts, body: &[u8]) -> Answer {
        let reply = match dev::answer(&self.clock, parts, body) {
            Err(refused) => refused.reply(),
            Ok(Ask::Answered(reply)) => reply,
            Ok(Ask::Reset(begin)) => match self.reset(begin).await {
                Ok(()) => Reply::json(200, &serde_json::json!({})),
                Err(error) => {
                    let cause = Some(chain(&error));
                    let refused = Refused::new(500, "no new world was begun", "see the log");
                    return Answer { cause, ..Answer::new("dev", refused.reply()) };
                }
            },
        };
        Answer::new("dev", reply)
    }

    /// Ends the world, once every request in it has been answered, and begins another.
    async fn reset(&self, begin: dev::Beginning) -> Result<(), crate::world::WorldError> {
        let mut world = self.world.write().await;
        tracing::info!("a new world begins");
        World::begin_anew(&mut world, &self.settings, &self.clock, begin).await
    }

    async fn answer_api(&self, parts: &Parts, body: &[u8], origin: &Origin) -> Answer {
        let now = self.clock.now();
        let id = &origin.request;
        let world = self.world.read().await;
        let Some(world) = &*world else {
            let error = WireError::unavailable();
            let as_rds = rds::as_rds(parts, id, &error);
            return as_rds.unwrap_or_else(|| Answer::new("unknown", error.reply()));
        };
        let service = &world.service;
        let asked = &Asked { service, parts, body, origin, now };
        if parts.uri.path().starts_with(admin::ROOT) {
            return self.answer_admin(asked).await;
        }
        match dispatch(parts, body) {
            Api::Backup => self.answer_backup(asked).await,
            Api::Iam => self.answer_iam(asked).await,
            Api::Sts => self.answer_sts(asked).await,
            Api::Fsx { operation } => self.answer_fsx(asked, operation).await,
            Api::Rds { .. } => self.answer_rds(asked).await,
            Api::Other => self.answer_unknown(asked),
        }
    }

    fn answer_unknown(&self, asked: &Asked<'_>) -> Answer {
        let Asked { service, parts, body, origin, now: _ } = asked;
        let (now, identities) = (self.clock.system(), &service.identities);
        let known = self.keys.authenticate_any(parts, body, &self.settings, identities, now);
        let id = &origin.request;
        if let Err(error) = known {
            let reply = as_query(parts, id, iam::Error::from(error.clone()))
                .map_or_else(|| WireError::from(error).reply(), |worded| worded.reply);
            return Answer::new("unauthenticated", reply);
        }
        if let Some(answer) = as_query(parts, id, iam::Error::no_version()) {
            return answer;
        }
        let path = cut(parts.uri.path(), ECHO_CHARS_MAX);
        let what = format!("there is no operation at {} {path}", parts.method);
        Answer::new("unknown", WireError::unknown_operation(what).reply())
    }

    fn authenticate(
        &self,
        asked: &Asked<'_>,
        signed_for: &'static str,
    ) -> Result<Caller, AuthError> {
        let Asked { service, parts, body, .. } = asked;
        let (now, identities) = (self.clock.system(), &service.identities);
        self.keys.authenticate(parts, body, &self.settings, identities, (signed_for, now))
    }

    async fn answer_backup(&self, asked: &Asked<'_>) -> Answer {
        let Asked { service, parts, body, origin, now } = *asked;
        let caller = match self.authenticate(asked, "backup") {
            Ok(caller) => caller,
            Err(error) => return Answer::new("unauthenticated", WireError::from(error).reply()),
        };
        let call = match backup::decode(parts, body) {
            Ok(call) => call,
            Err(error) => {
                let name = route(parts.method.as_str(), parts.uri.path());
                let name = name.map_or("", |route| route.operation.info().name);
                return asked.undecoded(&caller, ("backup", name), error, WireError::reply).await;
            }
        };
        let operation = call.operation();
        let reads = parts.method == http::Method::GET;
        let mut absent = false;
        let work = Box::pin(async {
            crate::api::backup::answer(service, call, &caller, now).await.map_err(|failure| {
                absent = reads && matches!(failure, OpsError::NoBackup | OpsError::NoPolicy(_));
                let (cause, missing) = (chain(&failure), service.behaviour.missing_vault);
                Failed::new(failure.wire(&caller.realm, missing), Some(cause))
            })
        });
        let ended = service.on_behalf(&caller, origin, now, work).await;
        Answer { absent, ..Answer::of(operation, ended, WireError::reply) }
    }

    async fn answer_fsx(&self, asked: &Asked<'_>, operation: &str) -> Answer {
        let Asked { service, parts: _, body, origin, now } = *asked;
        let caller = match self.authenticate(asked, "fsx") {
            Ok(caller) => caller,
            Err(error) => {
                return Answer::new("unauthenticated", fsx::Error::from(error).reply());
            }
        };
        let request = match fsx::decode(operation, body, &caller.realm) {
            Ok(request) => request,
            Err(error) => {
                let known = Operation::ALL.iter().map(|it| it.info().name);
                let name = known.into_iter().find(|name| *name == operation).unwrap_or_default();
                return asked.undecoded(&caller, ("fsx", name), error, fsx::Error::reply).await;
            }
        };
        let operation = request.operation;
        let work = Box::pin(async {
            crate::api::fsx::answer(service, request, &caller, now).await.map_err(|failure| {
                Failed::new(crate::api::fsx::error(&failure, operation), Some(chain(&failure)))
            })
        });
        let ended = service.on_behalf(&caller, origin, now, work).await;
        Answer::of(operation.info().name, ended, fsx::Error::reply)
    }

    async fn answer_iam(&self, asked: &Asked<'_>) -> Answer {
        let Asked { service, parts, body, origin, now } = *asked;
        let id = &origin.request;
        let caller = match self.authenticate(asked, "iam") {
            Ok(caller) => caller,
            Err(error) => {
                return Answer::new("unauthenticated", iam::Error::from(error).reply(id));
            }
        };
        let call = match iam::decode(parts, body) {
            Ok(call) => call,
            Err(error) => {
                let name = ("iam", &*query::action(parts, body));
                return asked.undecoded(&caller, name, error, |it| it.reply(id)).await;
            }
        };
        let operation = call.name();
        let work = Box::pin(async {
            let ended = crate::api::iam::answer(service, call, &caller, id, now).await;
            ended.map_err(crate::api::iam::Failure::failed)
        });
        let ended = service.on_behalf(&caller, origin, now, work).await;
        Answer::of(operation, ended, |error| error.reply(id))
    }

    async fn answer_sts(&self, asked: &Asked<'_>) -> Answer {
        let Asked { service, parts, body, origin, now } = *asked;
        let id = &origin.request;
        let caller = match self.authenticate(asked, "sts") {
            Ok(caller) => caller,
            Err(error) => {
                return Answer::new("unauthenticated", sts::Error::from(error).reply(id));
            }
        };
        match sts::decode(parts, body) {
            Ok(sts::Call::GetCallerIdentity) => {
                let reply = crate::api::sts::caller_identity(&caller, id);
                Answer::new("GetCallerIdentity", reply)
            }
            Ok(sts::Call::AssumeRole(order)) => {
                let at = (now, self.clock.system());
                let work = Box::pin(crate::api::sts::assume(service, order, &caller, at, id));
                let ended = service.on_behalf(&caller, origin, now, work).await;
                Answer::of("AssumeRole", ended, |error| error.reply(id))
            }
            Err(error) => {
                let name = ("sts", &*query::action(parts, body));
                asked.undecoded(&caller, name, error, |it| it.reply(id)).await
            }
        }
    }

    async fn answer_admin(&self, asked: &Asked<'_>) -> Answer {
        let Asked { service, parts, body, origin, now } = *asked;
        let ended = match self.authenticate(asked, admin::SERVICE) {
            Err(error) => {
                let refused = Refused::new(403, error.to_string(), unsigned_hint(&error));
                Err(Failed::new(refused, None))
            }
            // A web page can have a browser send a presigned request, and no such header.
            Ok(caller) if !parts.headers.contains_key(http::header::AUTHORIZATION) => {
                let hint = "sign in the header Authorization, as the commands of sexton do";
                let refused = Refused::new(403, "this API takes no presigned requests", hint);
                let reads = parts.method == http::Method::GET;
                let name = ("sexton", if reads { "" } else { "Administer" });
                return asked.undecoded(&caller, name, refused, Refused::reply).await;
            }
            Ok(caller) => {
                let work = Box::pin(async {
                    let ended = admin::answer(service, parts, body, &caller, now).await;
                    ended.map_err(Refused::failed_with_cause)
                });
                service.on_behalf(&caller, origin, now, work).await
            }
        };
        Answer::of("admin", ended, Refused::reply)
    }
}

/// A refusal of what cannot be read as a call, in the words of the query protocol, if the request
/// is signed for a service that speaks it.
fn as_query(parts: &Parts, id: &str, error: iam::Error) -> Option<Answer> {
    match Claim::parse(parts).ok()?.service() {
        "iam" => Some(Answer::new("unread", error.reply(id))),
        "sts" => {
            let iam::Error { status, code, message } = error;
            Some(Answer::new("unread", sts::Error { status, code, message }.reply(id)))
        }
        _ => None,
    }
}

/// The beginning of a client's text.
fn cut(text: &str, chars_max: usize) -> String {
    text.chars().take(chars_max).collect()
}

fn request_id() -> String {
    let random: &dyn Entropy = &SystemEntropy;
    uuid::Builder::from_random_bytes(random.bytes()).into_uuid().to_string()
}

fn response(reply: Reply, id: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(reply.body)));
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    let id = HeaderValue::from_str(id).ok();
    let own: [Option<(HeaderName, HeaderValue)>; 1] = [id.map(|id| (REQUEST_ID_HEADER, id))];
    for (name, value) in reply.headers.into_iter().chain(own.into_iter().flatten()) {
        headers.insert(name, value);
    }
    response
}

#[expect(clippy::disallowed_methods, reason = "measures how long a request took")]
fn began() -> Instant {
    Instant::now()
}
/// What whoever administers this server can do about a signature that is not taken.
fn unsigned_hint(error: &AuthError) -> &'static str {
    match error {
        AuthError::WrongRegion { .. } => "give --region, with a region that this server serves",
        AuthError::Expired { .. } | AuthError::NotYetCurrent { .. } => {
            "set the clock of this machine, or that of the server"
        }
        AuthError::MissingToken
        | AuthError::Incomplete { .. }
        | AuthError::Mismatch
        | AuthError::BadExpiry
        | AuthError::WrongDate
        | AuthError::WrongService { .. }
        | AuthError::Unsigned { .. }
        | AuthError::UnsignedPayload
        | AuthError::ExpiredToken
        | AuthError::UnknownKey => {
            "give the access key of this server: with --data its data folder, or as to every AWS \
             tool"
        }
    }
}
