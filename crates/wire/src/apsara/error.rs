//! Errors as Alibaba Cloud's RPC gateway sends them.

use std::borrow::Cow;
use std::fmt;

use serde_json::{Map, Value};

use super::reply::{self, Format};
use crate::aws::Reply;
use crate::aws::percent;

/// What the message says of a request that is refused because nobody knows whether its nonce was
/// used: nothing is wrong with the client's clock.
pub const NONCES_UNKNOWN: &str = "nonces of its time are not known any more";

/// Characters of a client's text that are repeated: more than any host has.
const ECHO_CHARS_MAX: usize = 255;

/// An error of the gateway or of RDS.
///
/// Its `Display` and `Debug` never hold what a client sent as the value of a parameter, so it
/// may be logged. What only the client is told, such as the string that it should have signed,
/// stands in the reply alone.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Error {
    /// The HTTP status.
    pub status: u16,
    /// Its name, such as `InvalidBackupSetID.NotFound`.
    pub code: Cow<'static, str>,
    /// For people.
    pub message: String,
    /// What follows the message in the reply, and nowhere else.
    told: String,
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, code, message, told: _ } = self;
        let mut shown = f.debug_struct("Error");
        shown.field("status", status).field("code", code).field("message", message);
        shown.finish_non_exhaustive()
    }
}

impl Error {
    /// An error of this name.
    pub fn new(
        status: u16,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self { status, code: code.into(), message: message.into(), told: String::new() }
    }

    /// This error, with more that only the client is told.
    #[must_use]
    pub(crate) fn telling(mut self, told: String) -> Self {
        self.told = told;
        self
    }

    /// A parameter, or a header in its place, is absent or empty.
    pub fn missing(name: &str) -> Self {
        let message = format!("{name} is mandatory for this action.");
        Self::new(400, format!("Missing{name}"), message)
    }

    /// A parameter of the gateway is not acceptable. `detail` says what is.
    pub fn invalid(name: &str, detail: &str) -> Self {
        let message = format!("The specified parameter \"{name}\" is not valid: {detail}.");
        Self::new(400, "InvalidParameter", message)
    }

    /// The request as a whole is not acceptable. `detail` says what is wrong with it.
    pub(crate) fn malformed(detail: &str) -> Self {
        Self::new(400, "InvalidParameter", format!("The request is not valid: {detail}."))
    }

    /// Something other than GET and POST.
    pub fn unsupported_method() -> Self {
        Self::new(400, "UnsupportedHTTPMethod", "This http method is not supported.")
    }

    /// The request is for another version of the API.
    pub fn wrong_version() -> Self {
        Self::new(400, "InvalidVersion", "Specified parameter Version is not valid.")
    }

    /// There is no such action.
    pub fn unknown_action() -> Self {
        let message = "Specified api is not found, please check your url and method.";
        Self::new(404, "InvalidApi.NotFound", message)
    }

    /// There is no such access key.
    pub fn unknown_key() -> Self {
        Self::new(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")
    }

    /// The access key is switched off.
    pub fn inactive_key() -> Self {
        Self::new(400, "InvalidAccessKeyId.Inactive", "Specified access key is disabled.")
    }

    /// The request was signed so long ago, or is from before what was lost, that nobody knows
    /// any more whether its nonce was used.
    pub fn nonce_forgotten() -> Self {
        let message = format!("Specified time stamp or date value is expired: {NONCES_UNKNOWN}.");
        Self::new(400, "InvalidTimeStamp.Expired", message)
    }

    /// The nonce was used before.
    pub fn nonce_used() -> Self {
        let message = "Specified signature nonce was used already.";
        Self::new(400, "SignatureNonceUsed", message)
    }

    /// The request was signed too long ago, or in the future.
    pub fn expired() -> Self {
        let message = "Specified time stamp or date value is expired.";
        Self::new(400, "InvalidTimeStamp.Expired", message)
    }

    /// The time at which the request was signed cannot be read.
    pub fn bad_timestamp() -> Self {
        let message = "Specified time stamp or date value is not well formatted.";
        Self::new(400, "InvalidTimeStamp.Format", message)
    }

    /// What should be a signature is none. `detail` says why.
    pub(crate) fn incomplete_signature(detail: &str) -> Self {
        let message =
            format!("The request signature does not conform to Aliyun standards: {detail}.");
        Self::new(400, "IncompleteSignature", message)
    }

    /// The security token is not the one that belongs to the access key.
    pub(crate) fn wrong_token() -> Self {
        let message = "Specified SecurityToken mismatch with the AccessKey.";
        Self::new(400, "InvalidSecurityToken.MismatchWithAccessKey", message)
    }

    /// The security token is that of a session that has ended.
    pub fn expired_token() -> Self {
        let message = "Specified SecurityToken is expired.";
        Self::new(400, "InvalidSecurityToken.Expired", message)
    }

    /// Not permitted.
    pub fn forbidden() -> Self {
        let message = "User not authorized to operate on the specified resource, or this API \
                       doesn't support RAM.";
        Self::new(403, "Forbidden.RAM", message)
    }

    /// Too many requests.
    pub fn throttled() -> Self {
        Self::new(400, "Throttling", "Request was denied due to request throttling.")
    }

    /// The server cannot answer now.
    pub fn unavailable() -> Self {
        let message = "The request has failed due to a temporary failure of the server.";
        Self::new(503, "ServiceUnavailable", message)
    }

    /// Something broke here. The cause is in the server's log, not on the wire.
    pub fn internal() -> Self {
        let message = "The request processing has failed due to some unknown error.";
        Self::new(500, "InternalError", message)
    }

    /// The error as an answer. `request_id` is shown in upper case, as the gateway does, and
    /// `host` is what the client called.
    pub fn reply(&self, format: Format, request_id: &str, host: &str) -> Reply {
        let mut members = Map::new();
        let mut put = |name: &str, text: String| {
            members.insert(name.to_owned(), Value::String(text));
        };
        put("RequestId", request_id.to_uppercase());
        put("HostId", cut(host));
        put("Code", self.code.clone().into_owned());
        put("Message", format!("{}{}", self.message, self.told));
        let code = percent::encode(&self.code);
        put("Recommend", format!("https://api.aliyun.com/troubleshoot?q={code}&product=Rds"));
        reply::encode(self.status, "Error", members, format)
    }
}

/// A client's text, cut to what fits into an answer.
fn cut(text: &str) -> String {
    text.chars().take(ECHO_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(reply: &Reply) -> Value {
        serde_json::from_slice(&reply.body).unwrap()
    }

    #[test]
    fn the_body_has_the_five_members() {
        let reply = Error::unknown_action().reply(Format::Json, "ab-1", "localhost");
        assert_eq!(reply.status, 404);
        let body = body(&reply);
        assert_eq!(body.as_object().unwrap().len(), 5);
        assert_eq!(body["Code"], "InvalidApi.NotFound");
        assert_eq!(body["RequestId"], "AB-1");
        assert_eq!(body["HostId"], "localhost");
        let recommended = "https://api.aliyun.com/troubleshoot?q=InvalidApi.NotFound&product=Rds";
        assert_eq!(body["Recommend"], recommended);
        assert!(body["Message"].as_str().unwrap().contains("not found"));
    }

    #[test]
    fn what_a_stranger_sends_is_not_sent_back_at_length() {
        let long = "x".repeat(1 << 20);
        assert!(Error::unknown_action().reply(Format::Json, "ab-1", &long).body.len() < 1024);
    }

    #[test]
    fn an_error_in_xml_has_the_root_and_children_that_clients_read() {
        let reply = Error::nonce_used().reply(Format::Xml, "ab-1", "h<");
        assert_eq!(reply.header("content-type"), Some("text/xml;charset=utf-8"));
        let text = String::from_utf8(reply.body).unwrap();
        assert!(text.contains("<Error>") && text.ends_with("</Error>"), "{text}");
        assert!(text.contains("<Code>SignatureNonceUsed</Code>"), "{text}");
        assert!(text.contains("<RequestId>AB-1</RequestId>"), "{text}");
        assert!(text.contains("<HostId>h&lt;</HostId>"), "{text}");
    }

    #[test]
    fn what_only_the_client_is_told_is_in_no_log() {
        let error = Error::missing("Action").telling("SecurityToken%3Dhunter2".to_owned());
        assert!(!format!("{error} {error:?} {error:#?}").contains("hunter2"));
        let reply = error.reply(Format::Json, "r", "h");
        assert!(body(&reply)["Message"].as_str().unwrap().ends_with("hunter2"));
    }

    #[test]
    fn the_words_and_statuses_are_those_of_the_gateway() {
        for (error, status, code) in [
            (Error::missing("BackupId"), 400, "MissingBackupId"),
            (Error::unknown_action(), 404, "InvalidApi.NotFound"),
            (Error::unknown_key(), 404, "InvalidAccessKeyId.NotFound"),
            (Error::inactive_key(), 400, "InvalidAccessKeyId.Inactive"),
            (Error::nonce_used(), 400, "SignatureNonceUsed"),
            (Error::expired(), 400, "InvalidTimeStamp.Expired"),
            (Error::bad_timestamp(), 400, "InvalidTimeStamp.Format"),
            (Error::forbidden(), 403, "Forbidden.RAM"),
            (Error::throttled(), 400, "Throttling"),
            (Error::unavailable(), 503, "ServiceUnavailable"),
            (Error::internal(), 500, "InternalError"),
        ] {
            assert_eq!((error.status, &*error.code), (status, code));
        }
        let mandatory = Error::missing("BackupId").message;
        assert_eq!(mandatory, "BackupId is mandatory for this action.");
    }
}
