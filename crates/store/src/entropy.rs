//! Randomness as an argument: the operating system's in production, a seed in tests.

use std::fmt;
use std::sync::Mutex;

use sexton_core::SecretKey;
use sha2::{Digest, Sha256};

/// Gives random bytes.
pub trait Entropy: fmt::Debug + Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

/// Fixed-size helpers over any [`Entropy`].
impl dyn Entropy + '_ {
    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// A fresh key, drawn into its place.
    pub fn key(&self) -> SecretKey {
        SecretKey::written_by(|place| self.fill(place))
    }
}

/// The operating system's generator.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        aws_lc_rs::rand::fill(bytes).expect("the operating system gives randomness");
    }
}

/// A generator that repeats itself for the same seed. For tests and the simulator only:
/// nothing that it gives is secret.
#[derive(Debug)]
pub struct SeededEntropy(Mutex<(u64, u64)>);

impl SeededEntropy {
    /// Starts the sequence of `seed`.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new((seed, 0)))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state = self.0.lock().expect("no holder of this lock panics");
        for chunk in bytes.chunks_mut(32) {
            state.1 += 1;
            let mut hash = Sha256::new();
            hash.update(state.0.to_be_bytes());
            hash.update(state.1.to_be_bytes());
            let block = hash.finalize();
            chunk.iter_mut().zip(block).for_each(|(to, from)| *to = from);
        }
    }
}
