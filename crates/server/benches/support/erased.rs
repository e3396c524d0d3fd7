//! Waits for what follows the answers.

use std::time::{Duration, Instant};

use crate::support::Trouble;
use crate::support::load::Connection;
use crate::support::serve::Served;

/// How long the certificates may take.
const ERASURE_WAIT_MAX: Duration = Duration::from_mins(5);

/// Waits until every deletion is certified: what follows the answers.
pub(crate) fn erased(server: &Served) -> Result<(), Trouble> {
    let began = now();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut connection = Connection::open(server.address).await?;
        let ask = format!("GET /metrics HTTP/1.1\r\nhost: {}\r\n\r\n", server.address);
        loop {
            let text = String::from_utf8(connection.ask(ask.as_bytes()).await?.to_vec())?;
            let line = text.lines().find(|line| line.starts_with("sexton_erasure_backlog"));
            let count = line.and_then(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
            let count = count.ok_or("the metrics do not tell the backlog")?;
            if count == 0.0 {
                return Ok(());
            }
            if began.elapsed() > ERASURE_WAIT_MAX {
                return Err(format!("{count} deletions are not certified").into());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures")]
fn now() -> Instant {
    Instant::now()
}
