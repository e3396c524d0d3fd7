//! Connections that are of no use give their place back.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::sync::Notify;

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
    let serving = tokio::spawn(async move {
        let places = Places::new(1);
        speak(ours, Limits::default(), SHORT, &places, stopped, answer).await
    });
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

/// Speaks with a client that has sent `bytes`, and wants its place for another one.
async fn gives_way(bytes: &[u8], answered: usize) {
    let (ours, mut theirs) = tokio::io::duplex(4096);
    let (_stop, stopped) = watch::channel(false);
    let places = Arc::new(Places::new(1));
    let place = places.take().await;
    let used = Arc::clone(&places);
    let serving = tokio::spawn(async move {
        let ended = speak(ours, Limits::default(), WAITS, &used, stopped, answer).await;
        drop(place);
        ended
    });
    theirs.write_all(bytes).await.unwrap();
    theirs.read_exact(&mut vec![0; answered]).await.unwrap();
    drop(tokio::time::timeout(NEVER, places.take()).await.expect("the quiet one makes way"));
    drop(serving.await.unwrap());
}

#[tokio::test]
async fn a_quiet_connection_makes_way_for_one_that_waits() {
    gives_way(b"", 0).await;
    gives_way(b"GET / HTTP/1.1\r\n", 0).await;
    let request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    gives_way(request, 15).await;
    gives_way(&[&request[..], b"GET / HT"].concat(), 15).await;
}

#[tokio::test]
async fn a_request_in_flight_makes_way_for_nobody() {
    let (ours, mut theirs) = tokio::io::duplex(4096);
    let (_stop, stopped) = watch::channel(false);
    let places = Arc::new(Places::new(1));
    let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (used, begins, goes) = (Arc::clone(&places), Arc::clone(&begun), Arc::clone(&go));
    let slow = move |request| {
        let (begins, goes) = (Arc::clone(&begins), Arc::clone(&goes));
        async move {
            begins.notify_one();
            goes.notified().await;
            answer(request).await
        }
    };
    let speaks = async move { speak(ours, Limits::default(), WAITS, &used, stopped, slow).await };
    drop(tokio::spawn(speaks));
    theirs.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    begun.notified().await;
    places.make_way();
    go.notify_one();
    let mut text = [0; 15];
    theirs.read_exact(&mut text).await.unwrap();
    assert_eq!(&text, b"HTTP/1.1 200 OK");
}
