//! The one door: connections in, replies out.
//!
//! It caps what a request may cost, takes `now` (the only reading of the clock for that
//! request), authenticates, and hands the request on. Nothing that a request says is
//! normalised on the way: routing and signature both see the raw path.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use jiff::Timestamp;
use sexton_core::Principal;
use sexton_wire::apsara;
use sexton_wire::aws::dispatch::{Api, dispatch};
use sexton_wire::aws::sigv4::AuthError;
use sexton_wire::aws::{REQUEST_ID_HEADER, Reply, WireError, backup, fsx, sts};
use tokio::sync::RwLock;

use crate::api::admin::{self, Refused};
use crate::api::dev::{self, Ask};
use crate::auth::Keys;
use crate::clock::Clock;
use crate::config::Settings;
use crate::entropy::{Entropy, SystemEntropy};
use crate::failure::{chain, outcome};
use crate::metrics::Metrics;
use crate::service::Service;
use crate::world::World;

pub(crate) mod listen;

/// What every connection shares.
#[derive(Debug)]
pub(crate) struct Door {
    pub(crate) settings: Settings,
    pub(crate) clock: Arc<Clock>,
    pub(crate) keys: Keys,
    pub(crate) metrics: Metrics,
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
}

impl Answer {
    fn new(operation: &'static str, reply: Reply) -> Self {
        Self { reply, operation, cause: None }
    }
}

impl Door {
    /// Answers one request.
    pub(crate) async fn serve(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Infallible> {
        let began = began();
        let id = request_id();
        let (parts, body) = request.into_parts();
        let target = format!("{} {}", parts.method, parts.uri.path());
        let answer = match self.read_body(&parts, body).await {
            Ok(body) => self.answer(parts, body, &id).await,
            Err(error) => Answer::new("unread", error.reply()),
        };
        let Answer { reply, operation, cause } = answer;
        let took = began.elapsed();
        let outcome = outcome(&reply);
        self.metrics.count(operation, outcome, took);
        let status = reply.status;
        match (outcome, &cause) {
            ("failed", cause) => {
                tracing::error!(id, operation, target, status, ?took, ?cause, "request failed");
            }
            ("refused", cause) => {
                tracing::info!(id, operation, target, status, ?took, ?cause, "request refused");
            }
            (_, _) => tracing::debug!(id, operation, target, status, ?took, "request answered"),
        }
        Ok(response(reply, &id))
    }

    async fn read_body(&self, parts: &Parts, body: Incoming) -> Result<Bytes, WireError> {
        let limits = &self.settings.limits;
        let too_large = || {
            let message = format!("the body is longer than {} bytes", limits.body_bytes_max);
            WireError::new(413, "RequestEntityTooLargeException", message)
        };
        let declared = parts.headers.get(http::header::CONTENT_LENGTH);
        let declared = declared.and_then(|it| it.to_str().ok()?.parse::<usize>().ok());
        if declared.is_some_and(|bytes| bytes > limits.body_bytes_max) {
            return Err(too_large());
        }
        let read = Limited::new(body, limits.body_bytes_max).collect();
        match tokio::time::timeout(limits.request_wait_max, read).await {
            Ok(Ok(body)) => Ok(body.to_bytes()),
            Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
            Ok(Err(_)) => {
                Err(WireError::new(400, "SerializationException", "the body did not arrive whole"))
            }
            Err(_) => Err(WireError::new(408, "RequestTimeoutException", "the body took too long")),
        }
    }

    async fn answer(self: &Arc<Self>, parts: Parts, body: Bytes, id: &str) -> Answer {
        let path = parts.uri.path();
        if let Some(answer) = self.answer_probe(&parts).await {
            return answer;
        }
        if self.settings.dev.is_some() && path.starts_with(dev::ROOT) {
            return self.answer_dev(&parts, &body).await;
        }
        // A client that goes away must not stop what was begun half way through.
        let (door, id) = (Arc::clone(self), id.to_owned());
        let work = tokio::spawn(async move { door.answer_api(&parts, &body, &id).await });
        work.await.unwrap_or_else(|error| {
            tracing::error!(%error, "a request's task did not end as it should");
            Answer::new("unknown", WireError::internal().reply())
        })
    }

    /// What load balancers and Prometheus ask.
    async fn answer_probe(&self, parts: &Parts) -> Option<Answer> {
        let text = |status, text: String| {
            let header = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
            let headers = vec![(http::header::CONTENT_TYPE, header)];
            Reply { status, headers, body: text.into_bytes() }
        };
        if parts.method != http::Method::GET {
            return None;
        }
        match parts.uri.path() {
            "/healthz" => Some(Answer::new("healthz", text(200, "ok\n".to_owned()))),
            "/readyz" => {
                let world = self.world.read().await;
                let ready = world.as_ref().is_some_and(|world| world.service.store.healthy());
                let (status, words) = if ready { (200, "ready\n") } else { (503, "not ready\n") };
                Some(Answer::new("readyz", text(status, words.to_owned())))
            }
            "/metrics" => {
                let world = self.world.read().await;
                let Some(world) = &*world else {
                    return Some(Answer::new("metrics", text(503, String::new())));
                };
                Some(match self.metrics.text(&world.service).await {
                    Ok(metrics) => Answer::new("metrics", text(200, metrics)),
                    Err(error) => Answer {
                        reply: text(500, "the metrics could not be gathered\n".to_owned()),
                        operation: "metrics",
                        cause: Some(chain(&error)),
                    },
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
                    return Answer { reply: refused.reply(), operation: "dev", cause };
                }
            },
        };
        Answer::new("dev", reply)
    }

    /// Ends the world, once every request in it has been answered, and begins another.
    async fn reset(&self, begin: dev::World) -> Result<(), crate::world::WorldError> {
        let mut world = self.world.write().await;
        if let Some(world) = world.take() {
            world.discard().await;
        }
        World::remove_files(&self.settings)?;
        *world = Some(World::open(&self.settings, Arc::clone(&self.clock), begin).await?);
        Ok(())
    }

    async fn answer_api(&self, parts: &Parts, body: &[u8], id: &str) -> Answer {
        let now = self.clock.now();
        let world = self.world.read().await;
        let Some(world) = &*world else {
            return Answer::new("unknown", WireError::unavailable().reply());
        };
        let service = &world.service;
        if parts.uri.path().starts_with(admin::ROOT) {
            return self.answer_admin(service, parts, body, now).await;
        }
        match dispatch(parts, body) {
            Api::Backup => self.answer_backup(service, parts, body, now).await,
            Api::Sts => Answer::new("GetCallerIdentity", self.answer_sts(service, parts, body, id)),
            Api::Fsx { operation } => Answer::new(
                "fsx",
                match self.authenticate(service, parts, body, "fsx") {
                    Ok(_) => fsx::not_served(operation),
                    Err(error) => fsx::error(error.name(), &error.to_string()),
                },
            ),
            Api::Rds { action } => {
                let host = parts.headers.get(http::header::HOST);
                let host = host.and_then(|it| it.to_str().ok()).unwrap_or("");
                Answer::new("rds", apsara::error::not_served(id, host, action.as_deref()))
            }
            Api::Other => {
                let what =
                    format!("there is no operation at {} {}", parts.method, parts.uri.path());
                Answer::new("unknown", WireError::unknown_operation(what).reply())
            }
        }
    }

    fn authenticate(
        &self,
        service: &Service,
        parts: &Parts,
        body: &[u8],
        signed_for: &'static str,
    ) -> Result<Principal, AuthError> {
        let now = self.clock.system();
        self.keys.authenticate(parts, body, &service.realm, signed_for, now)
    }

    async fn answer_backup(
        &self,
        service: &Arc<Service>,
        parts: &Parts,
        body: &[u8],
        now: Timestamp,
    ) -> Answer {
        let by = match self.authenticate(service, parts, body, "backup") {
            Ok(by) => by,
            Err(error) => return Answer::new("unauthenticated", WireError::from(error).reply()),
        };
        let call = match backup::decode(parts, body) {
            Ok(call) => call,
            Err(error) => return Answer::new("undecoded", error.reply()),
        };
        let operation = call.operation();
        match crate::api::backup::answer(service, call, &by, now).await {
            Ok(reply) => Answer::new(operation, reply),
            Err(failure) => {
                let cause = Some(chain(&failure));
                let missing = service.behaviour.missing_vault;
                let reply = failure.wire(&service.realm, missing).reply();
                Answer { reply, operation, cause }
            }
        }
    }

    fn answer_sts(&self, service: &Service, parts: &Parts, body: &[u8], id: &str) -> Reply {
        let asked = self
            .authenticate(service, parts, body, "sts")
            .map_err(sts::Error::from)
            .and_then(|by| Ok((by, sts::decode(parts, body)?)));
        match asked {
            Ok((by, sts::Call::GetCallerIdentity)) => {
                let account = service.realm.account.as_str();
                let identity = sts::Identity { arn: &by.0, user_id: account, account };
                sts::caller_identity(&identity, id)
            }
            Err(error) => error.reply(id),
        }
    }

    async fn answer_admin(
        &self,
        service: &Service,
        parts: &Parts,
        body: &[u8],
        now: Timestamp,
    ) -> Answer {
        let refused = match self.authenticate(service, parts, body, admin::SERVICE) {
            Err(error) => {
                let hint = "use the profile file in the data folder of the server";
                Refused::new(403, error.to_string(), hint)
            }
            Ok(by) => match admin::answer(service, parts, body, &by, now).await {
                Ok(reply) => return Answer::new("admin", reply),
                Err(refused) => refused,
            },
        };
        Answer { reply: refused.reply(), operation: "admin", cause: refused.cause() }
    }
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
