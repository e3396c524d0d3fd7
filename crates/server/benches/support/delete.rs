//! Deletes backups as fast as the server takes it, and says how fast that was.

use super::load::{self, Run};
use super::serve::Served;
use super::{Trouble, VAULT, seed, sign};

/// Deletes the backups of these numbers, and gives how many a second.
#[expect(clippy::print_stdout, reason = "its figures are what it is for")]
pub(crate) fn delete(
    server: &Served,
    clients: usize,
    numbers: impl Iterator<Item = usize>,
) -> Result<f64, Trouble> {
    let signer = server.signer()?;
    let requests: Vec<Vec<u8>> = numbers
        .map(|number| {
            let arn = sign::encoded(&seed::arn(number));
            let path = format!("/backup-vaults/{VAULT}/recovery-points/{arn}");
            signer.request("DELETE", &path, "")
        })
        .collect();
    let before = server.processor()?;
    let run = load::run(server.address, clients, &requests)?;
    let processor = server.processor()?.saturating_sub(before);
    println!("{}", line(clients, &run, processor.as_secs_f64()));
    println!("  resident then                {:>9} MiB", server.resident()? >> 20);
    Ok(run.rate())
}

fn line(clients: usize, run: &Run, processor_seconds: f64) -> String {
    let count = run.latencies.len();
    let each = processor_seconds * 1e6 / f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    let words = if clients == 1 { "1 client".to_owned() } else { format!("{clients} clients") };
    format!(
        "  {words:<10} {count:>6} deletions  {:>9.0} /s  in {:.1} s; p50 {:.2?}, p99 {:.2?}; \
         server CPU {each:.0} us each",
        run.rate(),
        run.took.as_secs_f64(),
        run.percentile(50),
        run.percentile(99),
    )
}
