//! Nonces of signatures, each of which counts once.
//!
//! A signature of Alibaba Cloud is good for a quarter of an hour either way, so whoever reads a
//! request could send it again. What makes two requests differ is the nonce: it is remembered for
//! as long as a request with it would be taken.
//!
//! What is promised, however the clock moves: no request counts twice. A nonce is forgotten only
//! when its time has passed, and from then on nothing counts for that access key whose time passed
//! no later ([`NonceRefusal::Forgotten`]). So a clock that was ahead and was set right leaves a
//! while in which requests are refused, and none in which one is taken twice.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

/// Nonces that are remembered of one access key at the same time.
pub const NONCES_MAX: usize = 1 << 18;

/// An access key, as it is remembered: the beginning of a digest of its id.
pub type KeyDigest = [u8; 8];

/// A nonce, as it is remembered: the beginning of a digest of it and of its access key.
pub type NonceDigest = [u8; 16];

/// A nonce that was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsedNonce {
    /// With which access key.
    pub key: KeyDigest,
    /// The nonce.
    pub nonce: NonceDigest,
    /// From when on no request with it would be taken.
    pub until: Timestamp,
}

/// Why a nonce does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NonceRefusal {
    /// It counted before.
    #[error("the nonce was used before")]
    Used,
    /// It may have counted before: that is not known any more.
    #[error("whether the nonce was used before is not known any more")]
    Forgotten,
    /// As many are remembered as may be, and none of them can be forgotten yet.
    #[error("{NONCES_MAX} nonces of this access key are remembered, which is the most")]
    TooMany,
}

/// What has to be written down so that the same is known again later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NonceNote {
    /// A nonce was used.
    Used(UsedNonce),
    /// Nothing counts for this key, or for any, whose time has passed by `until`.
    Forgotten {
        /// Which key; any, if none is named.
        key: Option<KeyDigest>,
        /// Until when.
        until: Timestamp,
    },
}

/// The nonces that were used.
#[derive(Debug)]
pub struct Nonces {
    max: usize,
    forgotten: Timestamp,
    keys: HashMap<KeyDigest, OfKey>,
}

/// The nonces of one access key.
#[derive(Debug)]
struct OfKey {
    forgotten: Timestamp,
    /// Each with its end.
    used: HashMap<NonceDigest, Timestamp>,
    by_end: BTreeMap<Timestamp, Vec<NonceDigest>>,
}

impl Default for OfKey {
    fn default() -> Self {
        Self { forgotten: Timestamp::MIN, used: HashMap::new(), by_end: BTreeMap::new() }
    }
}

impl OfKey {
    fn forget(&mut self, now: Timestamp) {
        while let Some(first) = self.by_end.first_entry().filter(|first| *first.key() <= now) {
            let end = *first.key();
            self.forgotten = self.forgotten.max(end);
            for nonce in first.remove() {
                // One that was used again after its time has a later end, too.
                if self.used.get(&nonce) == Some(&end) {
                    self.used.remove(&nonce);
                }
            }
        }
    }

    fn insert(&mut self, UsedNonce { key: _, nonce, until }: UsedNonce) {
        let end = self.used.entry(nonce).or_insert(Timestamp::MIN);
        if *end < until {
            *end = until;
            self.by_end.entry(until).or_default().push(nonce);
        }
    }
}

impl Default for Nonces {
    fn default() -> Self {
        Self::of_at_most(NONCES_MAX)
    }
}

impl Nonces {
    /// None used yet, with room for `max` of each access key.
    pub fn of_at_most(max: usize) -> Self {
        Self { max, forgotten: Timestamp::MIN, keys: HashMap::new() }
    }

    /// Has a nonce count at `now`, once.
    pub fn use_once(&mut self, used: UsedNonce, now: Timestamp) -> Result<(), NonceRefusal> {
        let (max, forgotten) = (self.max, self.forgotten);
        let of_key = self.keys.entry(used.key).or_default();
        of_key.forget(now);
        if of_key.used.contains_key(&used.nonce) {
            return Err(NonceRefusal::Used);
        }
        if used.until <= forgotten.max(of_key.forgotten) {
            return Err(NonceRefusal::Forgotten);
        }
        if of_key.used.len() >= max {
            return Err(NonceRefusal::TooMany);
        }
        of_key.insert(used);
        Ok(())
    }

    /// Takes up what was written down. What is remembered already stays.
    pub fn recall(&mut self, note: NonceNote) {
        match note {
            NonceNote::Used(used) => self.keys.entry(used.key).or_default().insert(used),
            NonceNote::Forgotten { key: None, until } => self.forgotten = self.forgotten.max(until),
            NonceNote::Forgotten { key: Some(key), until } => {
                let of_key = self.keys.entry(key).or_default();
                of_key.forgotten = of_key.forgotten.max(until);
            }
        }
    }

    /// Forgets what has passed by `now`.
    pub fn forget(&mut self, now: Timestamp) {
        self.keys.values_mut().for_each(|of_key| of_key.forget(now));
    }

    /// How many are remembered.
    pub fn len(&self) -> usize {
        self.keys.values().map(|of_key| of_key.used.len()).sum()
    }

    /// Whether none is remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All that has to be written down of it.
    pub fn notes(&self) -> Vec<NonceNote> {
        let known = |until: &Timestamp| *until > Timestamp::MIN;
        let all = NonceNote::Forgotten { key: None, until: self.forgotten };
        let mut notes: Vec<NonceNote> =
            Some(all).filter(|_| known(&self.forgotten)).into_iter().collect();
        for (&key, of_key) in &self.keys {
            let until = of_key.forgotten;
            let forgotten = NonceNote::Forgotten { key: Some(key), until };
            notes.extend(Some(forgotten).filter(|_| known(&until)));
            let used = |(&nonce, &until)| NonceNote::Used(UsedNonce { key, nonce, until });
            notes.extend(of_key.used.iter().map(used));
        }
        notes
    }
}
