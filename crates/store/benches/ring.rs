//! What a deletion costs the key ring: bytes sealed anew, and time, with 1,000,000 keys.
//!
//! `cargo bench -p sexton-server --bench ring`
//!
//! Measured for the fan-out that the ring has. For others the bytes are counted, not
//! measured: they are the pages on the ways to the root, each once for a batch.

#![expect(clippy::print_stdout, reason = "its figures are what it is for")]

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

use sexton_core::DataKey;
use sexton_store::Cause;
use sexton_store::entropy::{Entropy, SeededEntropy};
use sexton_store::keys::{FANOUT, PageId, Pages, Ring, RingKey, RingOp};

const KEYS: u64 = 1_000_000;
/// Keys that are added at a time.
const ADDED: u64 = 10_000;
/// Batches that are measured.
const BATCHES: u64 = 200;
/// Bytes of a sealed page beside its keys: version, nonce and tag.
const PAGE_EXTRA: u64 = 29;
const KEY_BYTES: u64 = 32;

type Trouble = Box<dyn std::error::Error + Send + Sync>;

/// Pages in memory, and what was written to them.
#[derive(Default)]
struct Counted {
    pages: HashMap<PageId, Vec<u8>>,
    written: u64,
    bytes: u64,
}

impl Pages for Counted {
    fn read(&self, page: PageId) -> Result<Option<Vec<u8>>, Cause> {
        Ok(self.pages.get(&page).cloned())
    }

    fn write(&mut self, page: PageId, sealed: &[u8]) -> Result<(), Cause> {
        self.written += 1;
        self.bytes += u64::try_from(sealed.len())?;
        self.pages.insert(page, sealed.to_vec());
        Ok(())
    }

    fn remove(&mut self, page: PageId) -> Result<(), Cause> {
        self.pages.remove(&page);
        Ok(())
    }
}

fn main() -> Result<(), Trouble> {
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    println!("key ring of {KEYS} keys, fan-out {FANOUT}: sealed anew per deletion");
    for (order, random) in [("one after the other", false), ("in any order", true)] {
        for batch in [1, 64] {
            measure(order, random, batch)?;
        }
    }
    println!("counted for other fan-outs, bytes per deletion in any order:");
    for fanout in [16, 32, 64, 128, 256] {
        let (alone, together) = (counted(fanout, 1), counted(fanout, 64));
        println!("  fan-out {fanout:>3}  alone {alone:>6}  64 together {together:>6}");
    }
    Ok(())
}

fn measure(order: &str, random: bool, batch: u64) -> Result<(), Trouble> {
    let entropy = SeededEntropy::new(7);
    let mut pages = Counted::default();
    let mut ring = Ring::new(root(&entropy));
    for first in (0..KEYS).step_by(usize::try_from(ADDED)?) {
        let add = |slot| RingOp::Add(slot, DataKey::from_bytes(&draw(&entropy)));
        ring.apply((first..first + ADDED).map(add).collect(), None, &mut pages, &entropy)?;
    }
    (pages.written, pages.bytes) = (0, 0);
    let mut took = Duration::ZERO;
    for number in 0..BATCHES {
        let slots: BTreeSet<u64> = (number * batch..(number + 1) * batch)
            .map(|turn| if random { scattered(turn) } else { turn })
            .collect();
        let destroy = slots.into_iter().map(RingOp::Destroy).collect();
        let new_root = root(&entropy);
        let began = now();
        ring.apply(destroy, Some(new_root), &mut pages, &entropy)?;
        took += began.elapsed();
    }
    let deletions = BATCHES * batch;
    println!(
        "  {order:<20} {batch:>2} together: {:>5} bytes in {:.2} pages, {:>6.2} us",
        pages.bytes / deletions,
        ratio(pages.written, deletions),
        took.as_secs_f64() * 1e6 / ratio(deletions, 1),
    );
    Ok(())
}

/// Bytes of the pages on the ways of `batch` keys to the root.
fn counted(fanout: u64, batch: u64) -> u64 {
    let page_bytes = fanout * KEY_BYTES + PAGE_EXTRA;
    let mut bytes = 0;
    for number in 0..BATCHES {
        let mut level: BTreeSet<u64> =
            (number * batch..(number + 1) * batch).map(scattered).collect();
        let mut width = KEYS;
        while width > 1 {
            level = level.into_iter().map(|place| place / fanout).collect();
            width = width.div_ceil(fanout);
            bytes += page_bytes * u64::try_from(level.len()).unwrap_or(0);
        }
    }
    bytes / (BATCHES * batch)
}

/// A walk through all slots that looks random: each turn another slot.
fn scattered(turn: u64) -> u64 {
    // The step shares no divisor with a million.
    turn * 618_033 % KEYS
}

fn root(entropy: &SeededEntropy) -> RingKey {
    RingKey::from_bytes(&draw(entropy))
}

fn ratio(one: u64, other: u64) -> f64 {
    let narrow = |number| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    narrow(one) / narrow(other)
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures")]
fn now() -> Instant {
    Instant::now()
}

fn draw(entropy: &dyn Entropy) -> [u8; 32] {
    entropy.bytes()
}
