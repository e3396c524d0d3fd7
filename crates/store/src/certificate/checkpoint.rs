//! The head of a log as it is signed, and the proof that something is in that log, both in
//! the words of C2SP (<https://c2sp.org/tlog-checkpoint>, <https://c2sp.org/tlog-proof>).

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::merkle::Hash;

/// The first line of a proof.
const PROOF: &str = "c2sp.org/tlog-proof@v1";

/// The most hashes of a proof: a log of 2^64 leaves needs no more.
const HASHES_MAX: usize = 64;

/// The head of a log: what a checkpoint says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: String,
    /// How many leaves it has.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// The audit trail of the server as of then.
    pub trail: TrailHead,
}

/// The end of an audit trail.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TrailHead {
    /// How many events it has.
    pub events: u64,
    /// The hash of the last one; in a checkpoint, of that and of a secret.
    pub hash: Hash,
}

impl Checkpoint {
    /// The text that is signed.
    pub fn to_text(&self) -> String {
        let Self { origin, size, root, trail: TrailHead { events, hash } } = self;
        let (root, hash) = (BASE64.encode(root), BASE64.encode(hash));
        format!("{origin}\n{size}\n{root}\naudit trail {events} {hash}\n")
    }

    /// Reads a text that was signed.
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let origin = lines.next()?.to_owned();
        let (size, root) = (decimal(lines.next()?)?, hash(lines.next()?)?);
        let (events, last) = lines.next()?.strip_prefix("audit trail ")?.split_once(' ')?;
        let trail = TrailHead { events: decimal(events)?, hash: hash(last)? };
        let whole = lines.next().is_none() && !origin.is_empty();
        whole.then_some(Self { origin, size, root, trail })
    }
}

/// A proof that a leaf is in a log, with the signed head of that log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Which leaf, counted from 0.
    pub leaf: u64,
    /// The way from the leaf to the root.
    pub hashes: Vec<Hash>,
    /// The checkpoint, byte for byte.
    pub checkpoint: String,
}

impl Proof {
    /// The proof as it is handed out.
    pub fn to_text(&self) -> String {
        let mut text = format!("{PROOF}\nindex {}\n", self.leaf);
        for hash in &self.hashes {
            text.push_str(&BASE64.encode(hash));
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&self.checkpoint);
        text
    }

    /// Reads a proof. One with extra data is refused: nobody would have signed that.
    pub fn parse(text: &str) -> Option<Self> {
        let (head, checkpoint) = text.split_once("\n\n")?;
        let mut lines = head.split('\n');
        if lines.next()? != PROOF {
            return None;
        }
        let leaf = decimal(lines.next()?.strip_prefix("index ")?)?;
        let hashes: Vec<Hash> = lines.map(hash).collect::<Option<_>>()?;
        let short = hashes.len() <= HASHES_MAX;
        short.then(|| Self { leaf, hashes, checkpoint: checkpoint.to_owned() })
    }
}

/// Digits without a sign and without zeros in front.
fn decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

fn hash(text: &str) -> Option<Hash> {
    BASE64.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn checkpoint(size: u64, root: Hash, events: u64) -> Checkpoint {
        let trail = TrailHead { events, hash: root };
        Checkpoint { origin: "example.com/log".to_owned(), size, root, trail }
    }

    #[test]
    fn they_are_written_as_c2sp_has_them() {
        let text = checkpoint(20_852_163, [0; 32], 7).to_text();
        let zero = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        let expected = format!("example.com/log\n20852163\n{zero}\naudit trail 7 {zero}\n");
        assert_eq!(text, expected);
        let checkpoint = format!("{text}\n— example.com/log AAAA\n");
        let proof = Proof { leaf: 3, hashes: vec![[0; 32]], checkpoint: checkpoint.clone() };
        let written = format!("c2sp.org/tlog-proof@v1\nindex 3\n{zero}\n\n{checkpoint}");
        assert_eq!(proof.to_text(), written);
        let extra = written.replace("index 3", "extra AAAA\nindex 3");
        assert_eq!(Proof::parse(&extra), None);
        for (from, to) in [("20852163", "+20852163"), ("20852163", "020852163"), ("\n2", "\n\n2")] {
            assert_eq!(Checkpoint::parse(&text.replace(from, to)), None, "{to}");
        }
    }

    proptest! {
        #[test]
        fn they_come_back(size: u64, leaf: u64, root: Hash, events: u64, hashes: Vec<Hash>) {
            let head = checkpoint(size, root, events);
            prop_assert_eq!(Checkpoint::parse(&head.to_text()), Some(head.clone()));
            let hashes: Vec<Hash> = hashes.into_iter().take(HASHES_MAX).collect();
            let checkpoint = head.to_text();
            let proof = Proof { leaf, hashes, checkpoint };
            prop_assert_eq!(Proof::parse(&proof.to_text()), Some(proof));
        }

        #[test]
        fn whatever_is_read_nothing_panics(text in "[a-zA-Z0-9 =+\n@./-]{0,200}") {
            drop(Checkpoint::parse(&text));
            drop(Proof::parse(&format!("{PROOF}\nindex {text}")));
        }
    }
}
