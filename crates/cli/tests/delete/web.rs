//! A web server that answers as a test tells it to, on a free port, until the test ends.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

/// A request, read to its end.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    /// By their names in small letters.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// An answer: its status, the name of the error in its header, and its body.
pub(crate) type Reply = (u16, Option<&'static str>, String);

/// Serves, and gives the address.
pub(crate) fn serve(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            std::thread::spawn(move || talk(&mut stream, &|request| Some(answer(request))));
        }
    });
    endpoint
}

/// Serves one connection after the other until there is no answer; then it is as if it was killed.
pub(crate) fn serve_until(answer: impl Fn(&Request) -> Option<Reply> + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        loop {
            let (mut stream, _) = listener.accept().unwrap();
            if talk(&mut stream, &answer) {
                // The connection is closed when nobody listens any more.
                drop(listener);
                break;
            }
        }
    });
    endpoint
}

/// Answers until there are no more requests. Whether one was left without its answer.
fn talk(stream: &mut TcpStream, answer: &dyn Fn(&Request) -> Option<Reply>) -> bool {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some(request) = read(&mut reader) {
        let Some((status, error, body)) = answer(&request) else { return true };
        let error = error.map_or(String::new(), |e| {
            format!("x-amzn-ErrorType: {e}\r\nx-amzn-RequestId: r-1\r\n")
        });
        let length = body.len();
        let reply = format!("HTTP/1.1 {status} X\r\n{error}Content-Length: {length}\r\n\r\n{body}");
        if stream.write_all(reply.as_bytes()).is_err() {
            break;
        }
    }
    false
}

/// The next request, or nothing when there is none.
fn read(reader: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    if reader.read_line(&mut line).unwrap_or(0) == 0 {
        return None;
    }
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        let Some((name, value)) = header.split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let mut words = line.split(' ').map(str::to_owned);
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    Some(Request { method, target, headers, body: String::from_utf8(body).unwrap() })
}
