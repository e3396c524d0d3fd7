//! Amazon FSx (JSON 1.1), recognised and refused in its own words; not served yet.

use http::{HeaderName, HeaderValue};
use serde_json::json;

use super::Reply;

/// What FSx operations are called in `X-Amz-Target`, before the dot.
pub(crate) const TARGET_PREFIX: &str = "AWSSimbaAPIService_v20180301.";

/// An error in FSx's protocol, which always has status 400 for what the client did.
/// boto3 takes the type from the body, and other SDKs from the header too.
pub fn error(name: &'static str, message: &str) -> Reply {
    let body = json!({ "__type": name, "Message": message });
    let header = HeaderName::from_static("x-amzn-errortype");
    let mut reply = Reply::json(400, &body).with(header, HeaderValue::from_static(name));
    let content_type = HeaderValue::from_static("application/x-amz-json-1.1");
    reply.headers[0].1 = content_type;
    reply
}

/// The answer to every operation: none is served yet.
pub fn not_served(operation: &str) -> Reply {
    let operation: String = operation.chars().take(128).collect();
    let message = format!("Amazon FSx is not served here yet: {operation:?} was not done");
    error("UnknownOperationException", &message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_is_in_the_body_and_in_the_header() {
        let reply = not_served("DeleteBackup");
        assert_eq!(reply.status, 400);
        assert_eq!(reply.header("x-amzn-errortype"), Some("UnknownOperationException"));
        assert_eq!(reply.header("content-type"), Some("application/x-amz-json-1.1"));
        let body: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!(body["__type"], "UnknownOperationException");
        assert!(body["Message"].as_str().unwrap().contains("DeleteBackup"));
    }
}
