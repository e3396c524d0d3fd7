//! Speaks to a Sexton server's own API: sources, roles, certificates.
//!
//! Small signed JSON requests, one at a time, never retried: whoever administers a
//! server wants to see what it says. Signed with Signature Version 4 for the service
//! `sexton`, with the path encoded twice as for every AWS service but S3.

use std::path::Path;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use aws_smithy_runtime_api::client::identity::Identity;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde_json::Value;
use sexton_core::Plain;

use crate::cause::find;
use crate::signed::{Cause, Unsigned, exchange};
use crate::transport::{Lack, Transport, TransportError, Unanswered, is_http_url};

/// The service name of the signature's scope.
const SERVICE: &str = "sexton";
/// The longest reply that is read, in bytes.
const REPLY_BYTES_MAX: usize = 64 << 20;
/// The longest message or hint that is kept of a reply.
const MESSAGE_CHARS_MAX: usize = 1000;
const CALL_TIMEOUT: Duration = Duration::from_mins(1);

/// A request to a server's own API that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The server's address is not an HTTP URL.
    #[error("invalid endpoint URL {text:?}")]
    Endpoint {
        /// What was given.
        text: String,
    },
    /// The HTTP client cannot be set up.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The request cannot be put into words.
    #[error("cannot make a request of {what}")]
    Request {
        /// What was to be sent.
        what: String,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The request was not sent, or not answered; then it may have been carried out.
    #[error("{method} {endpoint}{path} was not answered")]
    NoAnswer {
        /// The method of the request.
        method: String,
        /// The server's address.
        endpoint: String,
        /// The path of the request, without what was asked of it.
        path: String,
        /// What was missing.
        lack: Lack,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The server said no.
    #[error("{}", Plain(message))]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The server's words.
        message: String,
        /// What the server suggests to do about it.
        hint: Option<String>,
    },
    /// The server's answer makes no sense to us.
    #[error("{endpoint} does not answer as a Sexton server (HTTP {status})")]
    Foreign {
        /// The server's address.
        endpoint: String,
        /// The HTTP status.
        status: u16,
    },
}

/// Speaks to one server, as one identity.
#[derive(Debug)]
pub struct AdminClient {
    endpoint: String,
    region: String,
    identity: Identity,
    connector: SharedHttpConnector,
}

impl AdminClient {
    /// A client of the server at `endpoint`. `ca_bundle` is a file of certificates to
    /// trust beside the system's. Nothing is sent yet.
    pub fn new(
        endpoint: &str,
        access_key_id: &str,
        secret_access_key: &str,
        region: &str,
        ca_bundle: Option<&Path>,
    ) -> Result<Self, AdminError> {
        let credentials = Credentials::new(access_key_id, secret_access_key, None, None, "sexton");
        Self::with_credentials(endpoint, credentials, region, ca_bundle)
    }

    /// The same, with credentials of any kind.
    pub(crate) fn with_credentials(
        endpoint: &str,
        credentials: Credentials,
        region: &str,
        ca_bundle: Option<&Path>,
    ) -> Result<Self, AdminError> {
        if !is_http_url(endpoint) {
            return Err(AdminError::Endpoint { text: endpoint.to_owned() });
        }
        Ok(Self {
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            region: region.to_owned(),
            identity: credentials.into(),
            connector: SharedHttpConnector::new(Transport::new(ca_bundle, REPLY_BYTES_MAX)?),
        })
    }

    /// Sends one request and returns the JSON of the answer; `null` for an empty one.
    ///
    /// `path` begins with a slash; what it takes from elsewhere must be percent-encoded.
    pub async fn call(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, AdminError> {
        let request = self.request(method, path, body, SystemTime::now())?;
        let exchange = tokio::time::timeout(CALL_TIMEOUT, exchange(&self.connector, request));
        let answer = exchange.await.unwrap_or_else(|elapsed| Err(elapsed.into()));
        let reply = answer.map_err(|source| AdminError::NoAnswer {
            method: method.to_owned(),
            endpoint: self.endpoint.clone(),
            path: path.split('?').next().unwrap_or(path).to_owned(),
            lack: find::<Unanswered>(&*source).map_or(Lack::Answer, |it| it.lack),
            source,
        })?;
        self.understand(reply.status, &reply.body)
    }

    /// What is said of an answer that no Sexton server gives.
    pub(crate) fn foreign(&self, status: u16) -> AdminError {
        AdminError::Foreign { endpoint: self.endpoint.clone(), status }
    }

    /// The request, signed as of `now`.
    fn request(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
        now: SystemTime,
    ) -> Result<HttpRequest, AdminError> {
        let url = format!("{}{path}", self.endpoint);
        let body = body.map(|value| value.to_string());
        let content_type = [("content-type", "application/json")];
        let unsigned = Unsigned {
            method,
            url: &url,
            headers: if body.is_some() { &content_type } else { &[] },
            body: body.as_deref().unwrap_or_default(),
            service: SERVICE,
            region: &self.region,
        };
        let unsayable =
            |source: Cause| AdminError::Request { what: format!("{method} {path}"), source };
        unsigned.signed(&self.identity, now).map_err(unsayable)
    }

    /// Decides what an answer means.
    fn understand(&self, status: u16, body: &[u8]) -> Result<Value, AdminError> {
        let json = if body.is_empty() {
            Some(Value::Null)
        } else {
            serde_json::from_slice::<Value>(body).ok()
        };
        match json {
            Some(value) if (200..300).contains(&status) => Ok(value),
            Some(value) if value.get("error").is_some_and(Value::is_string) => {
                let member = |name: &str| {
                    let text = value.get(name)?.as_str()?;
                    Some(text.chars().take(MESSAGE_CHARS_MAX).collect::<String>())
                };
                Err(AdminError::Refused {
                    status,
                    message: member("error").unwrap_or_default(),
                    hint: member("hint"),
                })
            }
            Some(_) | None => Err(AdminError::Foreign { endpoint: self.endpoint.clone(), status }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> AdminClient {
        AdminClient::new("http://127.0.0.1:1/", "AKID", "secret", "us-east-1", None).unwrap()
    }

    #[test]
    fn a_request_is_signed_for_the_service_sexton() {
        let body = Some(serde_json::json!({"a": 1}));
        let request =
            client().request("POST", "/_sexton/x/a%3Ab", body, SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!(request.uri(), "http://127.0.0.1:1/_sexton/x/a%3Ab");
        let authorization = request.headers().get("authorization").unwrap();
        assert!(authorization.contains("AKID/19700101/us-east-1/sexton/aws4_request"));
        assert!(authorization.contains("SignedHeaders=content-type;host;x-amz-date"));
        assert_eq!(request.headers().get("content-type"), Some("application/json"));
    }

    #[test]
    fn a_refusal_keeps_the_words_and_the_hint() {
        let body = br#"{"error":"no such source","hint":"see `sexton source list`"}"#;
        let error = client().understand(404, body).unwrap_err();
        assert_eq!(error.to_string(), "no such source");
        assert!(matches!(error, AdminError::Refused { status: 404, hint: Some(_), .. }));
        assert!(matches!(
            client().understand(200, b"<html>"),
            Err(AdminError::Foreign { status: 200, .. })
        ));
        assert_eq!(client().understand(204, b"").unwrap(), Value::Null);
    }

    #[test]
    fn secrets_stay_out_of_debug_output() {
        assert!(!format!("{:?}", client()).contains("secret\""));
    }
}
