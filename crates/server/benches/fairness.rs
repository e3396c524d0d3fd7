//! What deletions keep of their rate while captures run.
//!
//! `cargo build --release && cargo bench -p sexton-server --bench fairness`
//!
//! The real binary with its default settings. First deletions alone, then as many again
//! beside four captures, which is as many as run at once, of trees that take longer than the
//! deletions do. Deletions should keep at least half of their rate.

#![expect(clippy::print_stdout, reason = "its figures are what it is for")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use support::delete::delete;
use support::load;
use support::serve::Served;
use support::{ACCOUNT, Trouble, VAULT, folder, number, seed, wanted};

/// Captures that run at once.
const CAPTURES: usize = 4;
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
    seed::seed(&data, 2 * points, &sources)?;
    let server = Served::start(&data)?;
    println!("DeleteRecoveryPoint with 64 clients, alone and beside {CAPTURES} captures");
    let alone = delete(&server, 64, 0..points)?;
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
    let beside = delete(&server, 64, points..2 * points)?;
    let stored = used(&data.join("blobs"))? >> 20;
    println!("  kept beside captures         {:>9.0} %", 100.0 * beside / alone);
    println!("  stored by then               {stored:>9} MiB of about {}", CAPTURES * mebibytes);
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
