//! What a vault of 1,000,000 backups costs beside one of 1,000: a page of a listing, a
//! deletion, and memory. A million is AWS's own quota for a vault.
//!
//! `cargo build --release && cargo bench -p sexton-server --bench listing`

#![expect(clippy::print_stdout, reason = "its figures are what it is for")]

mod support;

use std::path::Path;
use std::time::{Duration, Instant};

use support::delete::delete;
use support::load::Connection;
use support::serve::Served;
use support::sign::Signer;
use support::{Trouble, VAULT, folder, number, seed, sign, wanted};

/// Backups of one page: the most that the API gives.
const PAGE_POINTS: usize = 1000;
/// How often each page is asked for.
const ROUNDS: u32 = 100;
/// Backups that are deleted at a time for the comparison.
const DELETES: usize = 5_000;

fn main() -> Result<(), Trouble> {
    if !wanted() {
        return Ok(());
    }
    let large = number("SEXTON_BENCH_POINTS", 1_000_000)?;
    if let Some(data) = std::env::var_os("SEXTON_BENCH_SEED") {
        // For a benchmark that is not written in Rust.
        return seed::seed(Path::new(&data), large, &[]);
    }
    let few = Vaultful::make(PAGE_POINTS)?;
    let some = Vaultful::make(2 * DELETES)?;
    let many = Vaultful::make(large)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(compare_pages(&few, &many))?;
    many.say_memory("after all pages")?;
    // In turns, so that a noisy machine is noisy for both.
    for vault in [&some, &many] {
        println!("deleting the oldest of {}", vault.backups);
        delete(&vault.server, 64, 0..DELETES)?;
    }
    for vault in [&some, &many] {
        println!("deleting here and there of {}", vault.backups);
        let step = (vault.backups - DELETES) / DELETES;
        delete(&vault.server, 64, (0..DELETES).map(|number| DELETES + number * step))?;
    }
    Ok(())
}

/// A server with so many backups in one vault.
struct Vaultful {
    server: Served,
    backups: usize,
    _folder: tempfile::TempDir,
}

impl Vaultful {
    fn make(backups: usize) -> Result<Self, Trouble> {
        let folder = folder()?;
        let data = folder.path().join("data");
        let began = now();
        seed::seed(&data, backups, &[])?;
        let server = Served::start(&data)?;
        println!("{backups} points, seeded in {:.1} s", began.elapsed().as_secs_f64());
        let vault = Self { server, backups, _folder: folder };
        vault.say_memory("after the start")?;
        Ok(vault)
    }

    fn say_memory(&self, when: &str) -> Result<(), Trouble> {
        println!("  resident {when:<19} {:>9} MiB", self.server.resident()? >> 20);
        Ok(())
    }

    /// Goes through the whole vault, and gives the request of each page.
    async fn requests(&self) -> Result<Vec<Vec<u8>>, Trouble> {
        let signer = self.server.signer()?;
        let mut connection = Connection::open(self.server.address).await?;
        let mut requests = Vec::new();
        let mut token = None;
        let mut seen = 0;
        let began = now();
        loop {
            let request = page(&signer, token.as_deref());
            let reply: serde_json::Value = serde_json::from_slice(connection.ask(&request).await?)?;
            requests.push(request);
            seen += reply["RecoveryPoints"].as_array().map_or(0, Vec::len);
            match reply["NextToken"].as_str() {
                Some(next) => token = Some(next.to_owned()),
                None => break,
            }
        }
        if seen != self.backups {
            return Err(format!("the pages hold {seen} points of {}", self.backups).into());
        }
        let took = began.elapsed().as_secs_f64();
        println!("{} pages, one after the other, in {took:.1} s", requests.len());
        Ok(requests)
    }
}

/// Asks both servers for pages in turns, and says what each takes.
async fn compare_pages(few: &Vaultful, many: &Vaultful) -> Result<(), Trouble> {
    let (small, large) = (few.requests().await?, many.requests().await?);
    let last = many.backups.div_ceil(PAGE_POINTS) - 1;
    let mut one = Connection::open(few.server.address).await?;
    let mut other = Connection::open(many.server.address).await?;
    for (name, number) in [("first", 0), ("middle", last / 2), ("last", last)] {
        let (mut base, mut times) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            base.push(time(&mut one, &small[0]).await?);
            times.push(time(&mut other, &large[number]).await?);
        }
        let (base, time) = (median(base), median(times));
        let ratio = time.as_secs_f64() / base.as_secs_f64();
        println!(
            "  {name:<6} page of {PAGE_POINTS} backups: of {} {base:.2?}, of {} {time:.2?}: \
             {ratio:.2} times",
            few.backups, many.backups
        );
    }
    Ok(())
}

async fn time(connection: &mut Connection, request: &[u8]) -> Result<Duration, Trouble> {
    let asked = now();
    connection.ask(request).await?;
    Ok(asked.elapsed())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn page(signer: &Signer, token: Option<&str>) -> Vec<u8> {
    let token = token.map(|token| format!("&nextToken={}", sign::encoded(token)));
    let query = format!("maxResults={PAGE_POINTS}{}", token.unwrap_or_default());
    signer.request("GET", &format!("/backup-vaults/{VAULT}/recovery-points"), &query)
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures")]
fn now() -> Instant {
    Instant::now()
}
