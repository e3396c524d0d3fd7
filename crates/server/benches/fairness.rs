//! What deletions keep of their rate while others work.
//!
//! `cargo build --release && cargo bench -p sexton-server --bench fairness`
//!
//! The real binary with its default settings. Deletions alone, then at once as many again
//! beside others, so that a noisy machine is noisy for both: beside eight clients that list
//! with a filter which no point passes, eight that list whole pages, eight that ask for
//! metrics, and four captures, which is as many as run at once, of trees that take longer than
//! the deletions do. Deletions should keep at least half of their rate.

#![expect(clippy::print_stdout, reason = "its figures are what it is for")]

#[path = "support/erased.rs"]
mod erased;
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use erased::erased;
use support::delete::delete;
use support::load::{self, Connection};
use support::serve::Served;
use support::{ACCOUNT, Trouble, VAULT, folder, number, seed, wanted};

/// Captures that run at once.
const CAPTURES: usize = 4;
/// Clients that read.
const CLIENTS: usize = 8;
/// Points that stay: as many as one page looks at.
const POINTS_LEFT: usize = 20_000;
/// Bytes of one file.
const FILE_BYTES: usize = 4 << 20;

fn main() -> Result<(), Trouble> {
    if !wanted() {
        return Ok(());
    }
    let folder = folder()?;
    let points = number("SEXTON_BENCH_DELETES", 20_000)?;
    let mebibytes = number("SEXTON_BENCH_CAPTURE_MIB", 2048)?;
    let tree = folder.path().join("tree");
    plant(&tree, mebibytes << 20)?;
    let sources: Vec<PathBuf> = vec![tree; CAPTURES];
    let data = folder.path().join("data");
    seed::seed(&data, 8 * points + POINTS_LEFT, &sources)?;
    let server = Served::start(&data)?;
    let mut deletions = Deletions { server: &server, points, next: 0 };
    let signer = server.signer()?;
    let path = format!("/backup-vaults/{VAULT}/recovery-points");
    let list = |query: &str| signer.request("GET", &path, query);
    let others = [
        ("listings that find nothing", list("maxResults=1000&resourceType=RDS")),
        ("listings of whole pages", list("maxResults=1000")),
        ("requests for metrics", signer.request("GET", "/metrics", "")),
    ];
    for (what, request) in others {
        let alone = deletions.alone()?;
        println!("beside {CLIENTS} clients with {what}");
        say_kept(beside(server.address, &request, || deletions.go_on())?, alone);
    }
    let alone = deletions.alone()?;
    println!("beside {CAPTURES} captures");
    start_captures(&server)?;
    let beside = deletions.go_on()?;
    let stored = used(&data.join("blobs"))? >> 20;
    println!("  stored by then               {stored:>9} MiB of about {}", CAPTURES * mebibytes);
    say_kept(beside, alone);
    Ok(())
}

/// Deletes one point after the other, by 64 clients.
struct Deletions<'a> {
    server: &'a Served,
    points: usize,
    next: usize,
}

impl Deletions<'_> {
    /// Deletes the next points, and gives how many a second.
    fn go_on(&mut self) -> Result<f64, Trouble> {
        let numbers = self.next..self.next + self.points;
        self.next = numbers.end;
        delete(self.server, 64, numbers)
    }

    /// The same with nothing beside it, before or after.
    fn alone(&mut self) -> Result<f64, Trouble> {
        erased(self.server)?;
        println!("DeleteRecoveryPoint with 64 clients, alone");
        let rate = self.go_on()?;
        erased(self.server)?;
        Ok(rate)
    }
}

/// Does `work` while [`CLIENTS`] clients ask for `request`, each as soon as it has an answer.
fn beside(
    address: SocketAddr,
    request: &[u8],
    work: impl FnOnce() -> Result<f64, Trouble>,
) -> Result<f64, Trouble> {
    let ended = AtomicBool::new(false);
    let answers = AtomicU64::new(0);
    let client = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let each = (0..CLIENTS).map(|_| async {
                let mut connection = Connection::open(address).await?;
                while !ended.load(Ordering::Relaxed) {
                    connection.ask(request).await?;
                    answers.fetch_add(1, Ordering::Relaxed);
                }
                Ok::<_, Trouble>(())
            });
            futures::future::try_join_all(each).await
        })
    };
    let (asked, worked) = std::thread::scope(|scope| {
        let asking = scope.spawn(client);
        let worked = work();
        println!("  answers to them              {:>9}", answers.load(Ordering::Relaxed));
        ended.store(true, Ordering::Relaxed);
        (asking.join(), worked)
    });
    asked.map_err(|_| "a client panicked")??;
    worked
}

fn say_kept(beside: f64, alone: f64) {
    println!("  kept                         {:>9.0} %", 100.0 * beside / alone);
}

fn start_captures(server: &Served) -> Result<(), Trouble> {
    let signer = server.signer()?;
    let role = format!("arn:aws:iam::{ACCOUNT}:role/nightly-backup");
    let starts: Vec<Vec<u8>> = (0..CAPTURES)
        .map(|source| {
            let resource = seed::resource(source);
            let job =
                [("BackupVaultName", VAULT), ("ResourceArn", &resource), ("IamRoleArn", &role)];
            let job: BTreeMap<&str, &str> = job.into();
            let body = serde_json::to_string(&job).unwrap_or_default();
            signer.request_with("PUT", "/backup-jobs", "", &body)
        })
        .collect();
    load::run(server.address, 1, &starts)?;
    Ok(())
}

/// Files of which half compresses, as much as asked for.
fn plant(tree: &Path, bytes: usize) -> Result<(), Trouble> {
    fs::create_dir_all(tree)?;
    let mut state = 88_172_645_463_325_252_u64;
    for number in 0..bytes.div_ceil(FILE_BYTES) {
        let mut noise = Vec::with_capacity(FILE_BYTES);
        while noise.len() < FILE_BYTES {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            noise.extend_from_slice(&state.to_le_bytes());
            noise.extend_from_slice(b"the same");
        }
        fs::File::create_new(tree.join(number.to_string()))?.write_all(&noise)?;
    }
    Ok(())
}

/// Bytes of all files below a folder.
fn used(folder: &Path) -> Result<u64, Trouble> {
    let (mut sum, mut open) = (0, vec![folder.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                open.push(entry.path());
            } else {
                sum += entry.metadata()?.len();
            }
        }
    }
    Ok(sum)
}
