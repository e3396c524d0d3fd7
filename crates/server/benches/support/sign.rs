//! Signature Version 4 as the AWS clients make it: with the path encoded twice.

use std::net::SocketAddr;

use aws_lc_rs::{digest, hmac};
use jiff::Timestamp;

use super::REGION;

/// Signs requests of one access key to one server.
pub(crate) struct Signer {
    id: String,
    host: String,
    moment: String,
    scope: String,
    key: hmac::Key,
}

impl Signer {
    /// A signer whose requests are of this moment: the server takes them for five minutes.
    pub(crate) fn new(id: &str, secret: &str, address: SocketAddr, now: Timestamp) -> Self {
        let moment = now.strftime("%Y%m%dT%H%M%SZ").to_string();
        let day = moment.get(..8).unwrap_or_default();
        let mut key = format!("AWS4{secret}").into_bytes();
        for part in [day, REGION, "backup", "aws4_request"] {
            key = mac(&hmac::Key::new(hmac::HMAC_SHA256, &key), part).as_ref().to_vec();
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
        let scope = format!("{day}/{REGION}/backup/aws4_request");
        Self { id: id.to_owned(), host: address.to_string(), moment, scope, key }
    }

    /// A whole request without a body, ready to be written to a connection. `query` is
    /// sorted and encoded.
    pub(crate) fn request(&self, method: &str, path: &str, query: &str) -> Vec<u8> {
        self.request_with(method, path, query, "")
    }

    /// The same with a body.
    pub(crate) fn request_with(
        &self,
        method: &str,
        path: &str,
        query: &str,
        body: &str,
    ) -> Vec<u8> {
        let Self { id, host, moment, scope, key } = self;
        let twice = path.replace('%', "%25");
        let hash = hex::encode(digest::digest(&digest::SHA256, body.as_bytes()));
        let canonical = format!(
            "{method}\n{twice}\n{query}\nhost:{host}\nx-amz-date:{moment}\n\nhost;x-amz-date\n\
             {hash}"
        );
        let canonical = hex::encode(digest::digest(&digest::SHA256, canonical.as_bytes()));
        let text = format!("AWS4-HMAC-SHA256\n{moment}\n{scope}\n{canonical}");
        let signature = hex::encode(mac(key, &text));
        let question = if query.is_empty() { "" } else { "?" };
        let length = match body.len() {
            0 => String::new(),
            bytes => format!("content-length: {bytes}\r\n"),
        };
        format!(
            "{method} {path}{question}{query} HTTP/1.1\r\nhost: {host}\r\nx-amz-date: {moment}\r\n\
             authorization: AWS4-HMAC-SHA256 Credential={id}/{scope}, \
             SignedHeaders=host;x-amz-date, Signature={signature}\r\n{length}\r\n{body}"
        )
        .into_bytes()
    }
}

fn mac(key: &hmac::Key, text: &str) -> hmac::Tag {
    hmac::sign(key, text.as_bytes())
}

/// Percent-encodes what is one segment of a path, or one value of a query.
pub(crate) fn encoded(text: &str) -> String {
    let digits = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    let mut encoded = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let (high, low) = (usize::from(byte >> 4), usize::from(byte & 15));
            encoded.extend(['%', digits[high], digits[low]]);
        }
    }
    encoded
}
