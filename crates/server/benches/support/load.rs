//! Clients that share the machine with the server and should not be felt: requests are
//! prepared beforehand, one thread waits on all connections, and of each reply only what
//! is needed is read.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::Trouble;

/// The longest reply that is expected: a page of a thousand backups.
const REPLY_BYTES_MAX: usize = 8 << 20;

/// How a run went.
pub(crate) struct Run {
    /// From the first request to the last reply.
    pub(crate) took: Duration,
    /// Of each request, sorted.
    pub(crate) latencies: Vec<Duration>,
}

impl Run {
    /// Requests per second.
    pub(crate) fn rate(&self) -> f64 {
        let requests = u32::try_from(self.latencies.len()).unwrap_or(u32::MAX);
        f64::from(requests) / self.took.as_secs_f64()
    }

    /// The latency that so many percent stayed under.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let place = (self.latencies.len() * percent / 100).min(self.latencies.len() - 1);
        self.latencies[place]
    }
}

/// Sends `requests` over `clients` connections, each its share and one at a time. Every
/// reply must be a success.
pub(crate) fn run(
    address: SocketAddr,
    clients: usize,
    requests: &[Vec<u8>],
) -> Result<Run, Trouble> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut connections = Vec::with_capacity(clients);
        for _ in 0..clients {
            connections.push(Connection::open(address).await?);
        }
        let began = now();
        let each = connections.into_iter().enumerate().map(|(number, mut connection)| async move {
            let mut latencies = Vec::with_capacity(requests.len() / clients + 1);
            // Neighbours are deleted by different clients at about the same time, as
            // any client does that works through a list.
            for request in requests.iter().skip(number).step_by(clients) {
                let asked = now();
                connection.ask(request).await?;
                latencies.push(asked.elapsed());
            }
            Ok::<_, Trouble>(latencies)
        });
        let latencies = futures::future::try_join_all(each).await?;
        let took = began.elapsed();
        let mut latencies: Vec<_> = latencies.into_iter().flatten().collect();
        latencies.sort_unstable();
        Ok(Run { took, latencies })
    })
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures")]
fn now() -> Instant {
    Instant::now()
}

/// One keep-alive connection.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(address: SocketAddr) -> Result<Self, Trouble> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(16 << 10) })
    }

    /// Sends a request and gives the body of the reply.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> Result<&[u8], Trouble> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let (head, length) = loop {
            self.read_more().await?;
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break (end + 4, body_length(&self.buffer[..end])?);
            }
        };
        while self.buffer.len() < head + length {
            self.read_more().await?;
        }
        if !self.buffer.starts_with(b"HTTP/1.1 200") {
            return Err(String::from_utf8_lossy(&self.buffer).into_owned().into());
        }
        Ok(&self.buffer[head..])
    }

    async fn read_more(&mut self) -> Result<(), Trouble> {
        let read = self.stream.read_buf(&mut self.buffer).await?;
        match read {
            0 => Err("the server hung up".into()),
            _ if self.buffer.len() > REPLY_BYTES_MAX => Err("the reply is too long".into()),
            _ => Ok(()),
        }
    }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

fn body_length(head: &[u8]) -> Result<usize, Trouble> {
    let head = std::str::from_utf8(head)?;
    for line in head.lines() {
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            return Ok(value.trim().parse()?);
        }
    }
    Ok(0)
}
