//! The gate that every commit and every request for a blob waits at, so that one seed
//! decides who goes on next, what goes wrong, and where a crash finds everybody.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::oneshot;

/// Numbers that follow from a seed: Steele, Lea and Flood's split-mix generator.
#[derive(Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^= word >> 31;
        usize::try_from(word % u64::try_from(sides).unwrap()).unwrap()
    }

    pub(crate) fn percent(&mut self, percent: usize) -> bool {
        self.roll(100) < percent
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        if from.is_empty() { None } else { from.get(self.roll(from.len())) }
    }
}

/// What becomes of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Go,
    /// It fails and nothing was done.
    Lost,
    /// It is done, and its caller hears of an error.
    ReplyLost,
    /// What is read comes back with one bit changed. Only for reading.
    Corrupt,
}

/// What a request would still do after a crash, on a machine of somebody else's.
type Late = Box<dyn FnOnce() + Send>;

struct Waiting {
    task: Option<tokio::task::Id>,
    release: oneshot::Sender<Verdict>,
    late: Option<Late>,
}

struct Inner {
    waiting: BTreeMap<(String, u64), Waiting>,
    arrivals: u64,
    /// Nobody waits; with dice, things go wrong all the same.
    open: Option<Option<Dice>>,
}

/// See the module.
pub(crate) struct Gate(Mutex<Inner>);

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").finish_non_exhaustive()
    }
}

/// Things that go wrong, in percent of the requests.
const FAULTS: usize = 8;

pub(crate) fn judge(dice: &mut Dice) -> Verdict {
    match dice.roll(100) {
        roll if roll < FAULTS => Verdict::Lost,
        roll if roll < 2 * FAULTS => Verdict::ReplyLost,
        roll if roll < 2 * FAULTS + 2 => Verdict::Corrupt,
        _ => Verdict::Go,
    }
}

impl Gate {
    pub(crate) fn new() -> Arc<Self> {
        let inner = Inner { waiting: BTreeMap::new(), arrivals: 0, open: Some(None) };
        Arc::new(Self(Mutex::new(inner)))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    /// Waits for a verdict. `late` is what may still happen after a crash.
    pub(crate) async fn pass(&self, label: String, late: Option<Late>) -> Verdict {
        let (release, released) = oneshot::channel();
        {
            let mut inner = self.lock();
            if let Some(dice) = &mut inner.open {
                return dice.as_mut().map_or(Verdict::Go, judge);
            }
            inner.arrivals += 1;
            let key = (label, inner.arrivals);
            let task = tokio::task::try_id();
            inner.waiting.insert(key, Waiting { task, release, late });
        }
        released.await.unwrap_or(Verdict::Lost)
    }

    /// How many tasks wait.
    pub(crate) fn tasks(&self) -> usize {
        let inner = self.lock();
        let mut tasks: Vec<_> = inner.waiting.values().map(|it| it.task).collect();
        tasks.sort_unstable_by_key(|task| task.map(|it| it.to_string()));
        tasks.dedup();
        tasks.len()
    }

    /// Who waits, in an order that the seed alone decides.
    pub(crate) fn waiting(&self) -> Vec<(String, u64)> {
        self.lock().waiting.keys().cloned().collect()
    }

    pub(crate) fn release(&self, who: &(String, u64), verdict: Verdict) {
        let waiting = self.lock().waiting.remove(who);
        if let Some(waiting) = waiting {
            waiting.release.send(verdict).ok();
        }
    }

    /// Lets everybody wait from now on.
    pub(crate) fn close(&self) {
        self.lock().open = None;
    }

    /// Lets everybody through from now on; with dice, not everybody comes through well.
    pub(crate) fn open(&self, dice: Option<Dice>) {
        let waiting = {
            let mut inner = self.lock();
            inner.open = Some(dice);
            std::mem::take(&mut inner.waiting)
        };
        for waiting in waiting.into_values() {
            waiting.release.send(Verdict::Go).ok();
        }
    }

    /// Nobody who waits is there any more. Some of what they asked for happens yet.
    pub(crate) fn crash(&self, dice: &mut Dice) {
        let waiting = std::mem::take(&mut self.lock().waiting);
        for waiting in waiting.into_values() {
            if let Some(late) = waiting.late
                && dice.percent(50)
            {
                late();
            }
        }
    }
}
