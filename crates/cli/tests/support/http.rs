//! Requests as no client library would send them.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// An answer: its status and everything after it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) text: String,
}

/// A connection that waits for nothing longer than a test should.
pub(crate) fn connect(endpoint: &str) -> TcpStream {
    let stream = TcpStream::connect(endpoint.split_once("://").unwrap().1).unwrap();
    stream.set_read_timeout(Some(Duration::from_mins(5))).unwrap();
    stream
}

/// Sends bytes and reads until the server closes. `None` if it says nothing.
pub(crate) fn send(endpoint: &str, bytes: &[u8]) -> Option<Answer> {
    let mut stream = connect(endpoint);
    // The server may close before it has read everything.
    stream.write_all(bytes).ok();
    finish(stream)
}

/// Reads what is left of an answer.
pub(crate) fn finish(mut stream: TcpStream) -> Option<Answer> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).ok();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let status = text.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    Some(Answer { status, text })
}

/// Where the client believes to be.
fn host(endpoint: &str) -> &str {
    endpoint.split_once("://").unwrap().1
}

pub(crate) fn get(endpoint: &str, path: &str) -> Answer {
    let host = host(endpoint);
    let head = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    send(endpoint, head.as_bytes()).unwrap()
}

/// The bytes of a request with a JSON body.
pub(crate) fn json(endpoint: &str, path: &str, body: &str) -> String {
    let (host, length) = (host(endpoint), body.len());
    format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

pub(crate) fn post(endpoint: &str, path: &str, body: &str) -> Answer {
    send(endpoint, json(endpoint, path, body).as_bytes()).unwrap()
}
