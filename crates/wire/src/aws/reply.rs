//! A reply, before the server gives it to its connection.

use http::{HeaderName, HeaderValue};
use serde::Serialize;

/// The header that carries the request id, which the server's door adds to every reply
/// because it knows the id first.
pub const REQUEST_ID_HEADER: HeaderName = HeaderName::from_static("x-amzn-requestid");

const CONTENT_TYPE: HeaderName = http::header::CONTENT_TYPE;

/// Status, headers and body of an answer. `Content-Length`, `Date` and the request id
/// are the server's to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Few enough for a list.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Reply {
    /// An answer with neither headers nor body.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// A JSON answer. Values of this crate's own types always serialise.
    pub fn json<T: Serialize>(status: u16, body: &T) -> Self {
        let body = serde_json::to_vec(body).expect("types with string keys serialise");
        Self { status, headers: vec![content_type("application/json")], body }
    }

    /// A JSON answer in the protocol that is called JSON 1.1.
    pub(crate) fn json_1_1<T: Serialize>(status: u16, body: &T) -> Self {
        let headers = vec![content_type("application/x-amz-json-1.1")];
        Self { headers, ..Self::json(status, body) }
    }

    /// An XML answer.
    pub(crate) fn xml(status: u16, body: String) -> Self {
        let headers = vec![content_type("text/xml")];
        Self { status, headers, body: body.into_bytes() }
    }

    /// This answer with one more header.
    #[must_use]
    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The value of a header, if it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(key, _)| key.as_str() == name);
        found.next().and_then(|(_, value)| value.to_str().ok())
    }
}

fn content_type(media: &'static str) -> (HeaderName, HeaderValue) {
    (CONTENT_TYPE, HeaderValue::from_static(media))
}
