//! Connections that are of no use give their place back.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

use super::*;

/// Short enough to wait for, and the same for everything that is bounded.
const SHORT: Waits = Waits {
    first_request: Duration::from_millis(50),
    next_request: Duration::from_millis(50),
    closing: Duration::from_millis(50),
};

/// More than all of these together, and less than what HTTP/1 alone would bound.
const NEVER: Duration = Duration::from_secs(10);

const SETTINGS_FRAME: &[u8] = b"\0\0\0\x04\0\0\0\0\0";

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    if request.uri().path() == "/slow" {
        tokio::time::sleep(SHORT.first_request * 6).await;
    }
    let bytes = if request.uri().path() == "/large" { 1 << 20 } else { 1 };
    Ok(Response::new(Full::new(Bytes::from(vec![b'x'; bytes]))))
}

/// Speaks with a client that sends `bytes` and then does what `client` does.
async fn meet<C: Future<Output = ()>>(
    bytes: &[u8],
    client: impl FnOnce(DuplexStream) -> C,
) -> Result<(), Failed> {
    let (ours, mut theirs) = tokio::io::duplex(4096);
    let (_stop, stopped) = watch::channel(false);
    let serving = tokio::spawn(speak(ours, Limits::default(), SHORT, stopped, answer));
    theirs.write_all(bytes).await.unwrap();
    client(theirs).await;
    tokio::time::timeout(NEVER, serving).await.expect("the connection ends").unwrap()
}

/// Reads nothing and says nothing for as long as the server lets it.
async fn is_silent(bytes: &[u8]) {
    let (keep, kept) = tokio::sync::oneshot::channel();
    drop(meet(bytes, async move |stream| drop(keep.send(stream))).await);
    drop(kept);
}

#[tokio::test]
async fn a_client_that_says_nothing_gives_its_place_back() {
    is_silent(b"").await;
    is_silent(b"PRI * HTTP/2.0\r\n").await;
    is_silent(b"GET / HTTP/1.1\r\n").await;
    is_silent(&[&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], SETTINGS_FRAME].concat()).await;
}

#[tokio::test]
async fn a_client_that_does_not_read_its_answer_gives_its_place_back() {
    is_silent(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n").await;
}

#[tokio::test]
async fn a_client_that_keeps_a_connection_for_nothing_gives_its_place_back() {
    is_silent(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
}

#[tokio::test]
async fn a_request_that_takes_its_time_is_answered() {
    let request = b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n";
    let ended = meet(request, async |mut stream| {
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        assert!(text.starts_with("HTTP/1.1 200 OK"), "{text}");
    });
    ended.await.unwrap();
}
