//! Durable deletions per second, beside what the disk can do at all.
//!
//! `cargo build --release && cargo bench -p sexton-server --bench deletes`
//!
//! The real binary with its default settings on loopback; clients keep their connection,
//! sign every request as AWS clients do (before the clock starts, so that the machine is
//! the server's), and send the next when the last is answered. An answer means that the
//! decision, the destroyed key, the erasure and the audit event are durable and that
//! the key ring has a new root. Sustained is what comes to an end: from the first request of
//! 64 clients to the last certificate.

#![expect(clippy::print_stdout, reason = "its figures are what it is for")]

#[path = "support/erased.rs"]
mod erased;
mod support;

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::{Duration, Instant};

use erased::erased;
use support::delete::delete;
use support::serve::Served;
use support::{Trouble, folder, number, seed, wanted};

/// How long each property of the disk is measured.
const DISK_TIME: Duration = Duration::from_secs(2);

fn main() -> Result<(), Trouble> {
    if !wanted() {
        return Ok(());
    }
    let folder = folder()?;
    println!("disk: {}", folder.path().display());
    let appends = appends(&folder.path().join("append"))?;
    println!("  4 KiB append + fdatasync     {appends:>9.0} /s");
    let overwrites = overwrites(&folder.path().join("overwrite"))?;
    println!("  4 KiB overwrite, O_DSYNC     {overwrites:>9.0} /s");
    let one = number("SEXTON_BENCH_SERIAL", 3_000)?;
    let many = number("SEXTON_BENCH_DELETES", 60_000)?;
    let data = folder.path().join("data");
    seed::seed(&data, one + many, &[])?;
    let server = Served::start(&data)?;
    println!("DeleteRecoveryPoint, durable: {} points in the vault", one + many);
    // The first run also warms up what every later one finds warm.
    delete(&server, 1, 0..one)?;
    erased(&server)?;
    let began = now();
    let last = delete(&server, 64, one..one + many)?;
    println!("  of the disk's overwrites     {:>9.1} times", last / overwrites);
    let answered = began.elapsed();
    let before = server.processor()?;
    erased(&server)?;
    let (certified, after) = (began.elapsed(), server.processor()?);
    let many = f64::from(u32::try_from(many)?);
    println!(
        "  all certified {:.1} s after the last answer ({:.0} us of processor each after it)",
        certified.saturating_sub(answered).as_secs_f64(),
        after.saturating_sub(before).as_secs_f64() * 1e6 / many,
    );
    println!("  sustained, certified         {:>9.0} /s", many / certified.as_secs_f64());
    Ok(())
}

fn appends(path: &Path) -> Result<f64, Trouble> {
    let mut file = OpenOptions::new().create_new(true).append(true).open(path)?;
    repeated(|| {
        file.write_all(&[7; 4096])?;
        file.sync_data()
    })
}

fn overwrites(path: &Path) -> Result<f64, Trouble> {
    let dsync = i32::try_from(rustix::fs::OFlags::DSYNC.bits())?;
    let file = OpenOptions::new().create_new(true).write(true).custom_flags(dsync).open(path)?;
    file.write_all_at(&[0; 8192], 0)?;
    file.sync_all()?;
    let mut slot = 0;
    repeated(|| {
        slot = 4096 - slot;
        file.write_all_at(&[7; 4096], slot)
    })
}

/// How often `work` can be done in a second.
fn repeated(mut work: impl FnMut() -> std::io::Result<()>) -> Result<f64, Trouble> {
    let began = now();
    let mut count = 0.0;
    while began.elapsed() < DISK_TIME {
        work()?;
        count += 1.0;
    }
    Ok(count / began.elapsed().as_secs_f64())
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures")]
fn now() -> Instant {
    Instant::now()
}
