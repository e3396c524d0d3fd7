//! An append-only Merkle tree after RFC 9162, section 2: leaves, roots, inclusion proofs.
//!
//! Pure: nodes come from whoever keeps them. A node of the tree is *complete* when all
//! the leaves under it exist; only complete nodes are ever stored, and they never change.
//! Most of them need not be stored at all ([`NodeId::is_kept`]).

use sha2::{Digest, Sha256};

/// A node's hash.
pub type Hash = [u8; 32];

/// The hash of one leaf's bytes.
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(leaf);
    hash.finalize().into()
}

/// The hash of two nodes side by side.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut hash = Sha256::new();
    hash.update([1]);
    hash.update(left);
    hash.update(right);
    hash.finalize().into()
}

/// A complete node: level 0 are the leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    /// How far above the leaves.
    pub level: u32,
    /// Which one of its level.
    pub index: u64,
}

/// How many levels lie between two that are kept: at most eight nodes are looked up for one
/// that is not.
const LEVELS_BETWEEN: u32 = 4;

impl NodeId {
    /// Whether whoever keeps the leaves keeps this node as well. The others follow from what
    /// is below them: storing every one of them would be two rows for each leaf.
    pub fn is_kept(self) -> bool {
        self.level > 0 && self.level.is_multiple_of(LEVELS_BETWEEN)
    }
}

/// The hash of a complete node, from the leaves and the nodes that are kept.
pub fn complete_node<E>(
    id: NodeId,
    kept: &mut impl FnMut(NodeId) -> Result<Hash, E>,
) -> Result<Hash, E> {
    if id.level == 0 || id.is_kept() {
        return kept(id);
    }
    let (level, index) = (id.level - 1, id.index * 2);
    let left = complete_node(NodeId { level, index }, kept)?;
    let right = complete_node(NodeId { level, index: index + 1 }, kept)?;
    Ok(node_hash(&left, &right))
}

/// The growing edge of a tree: enough to append and to tell the root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// The roots of the complete subtrees, largest first.
    peaks: Vec<(u32, Hash)>,
}

impl Frontier {
    /// Reads the edge of a tree of `size` leaves from its complete nodes.
    pub fn load<E>(size: u64, mut node: impl FnMut(NodeId) -> Result<Hash, E>) -> Result<Self, E> {
        let mut peaks = Vec::new();
        let mut start = 0;
        for level in (0..64).rev() {
            if size & (1 << level) != 0 {
                peaks.push((level, node(NodeId { level, index: start >> level })?));
                start += 1 << level;
            }
        }
        Ok(Self { size, peaks })
    }

    /// How many leaves there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf and tells every node that this completes, the leaf first.
    pub fn append(&mut self, leaf: Hash) -> Vec<(NodeId, Hash)> {
        let mut completed = vec![(NodeId { level: 0, index: self.size }, leaf)];
        let (mut level, mut hash) = (0, leaf);
        while self.peaks.last().is_some_and(|(peak, _)| *peak == level) {
            if let Some((_, left)) = self.peaks.pop() {
                hash = node_hash(&left, &hash);
            }
            level += 1;
            completed.push((NodeId { level, index: self.size >> level }, hash));
        }
        self.peaks.push((level, hash));
        self.size += 1;
        completed
    }

    /// The root of the tree; the hash of nothing for an empty one.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev().map(|(_, hash)| *hash);
        match peaks.next() {
            None => Sha256::digest([]).into(),
            Some(last) => peaks.fold(last, |right, left| node_hash(&left, &right)),
        }
    }
}

/// The proof that leaf `index` is in the tree of the first `size` leaves: the hashes that
/// lead from it to the root. Nothing if `index` is not in that tree.
pub fn inclusion_proof<E>(
    index: u64,
    size: u64,
    mut node: impl FnMut(NodeId) -> Result<Hash, E>,
) -> Result<Option<Vec<Hash>>, E> {
    if index >= size {
        return Ok(None);
    }
    // Down from the root, noting the sibling at each turn; then the proof is the reverse.
    let (mut start, mut len, mut proof) = (0, size, Vec::new());
    while len > 1 {
        let half = len.next_power_of_two() / 2;
        if index - start < half {
            proof.push(range_root(start + half, len - half, &mut node)?);
            len = half;
        } else {
            proof.push(range_root(start, half, &mut node)?);
            start += half;
            len -= half;
        }
    }
    proof.reverse();
    Ok(Some(proof))
}

/// The root over `len` leaves from `start`, which is a multiple of the largest power of
/// two not above `len`.
fn range_root<E>(
    start: u64,
    len: u64,
    node: &mut impl FnMut(NodeId) -> Result<Hash, E>,
) -> Result<Hash, E> {
    if len.is_power_of_two() {
        let level = len.trailing_zeros();
        return node(NodeId { level, index: start >> level });
    }
    let half = len.next_power_of_two() / 2;
    let left = range_root(start, half, node)?;
    let right = range_root(start + half, len - half, node)?;
    Ok(node_hash(&left, &right))
}

/// Checks an inclusion proof against a root (RFC 9162, section 2.1.3.2).
pub fn verify_inclusion(leaf: Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut first, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if first & 1 == 1 || first == last {
            hash = node_hash(sibling, &hash);
            while first & 1 == 0 && first != 0 {
                first >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        first >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;

    fn grow(size: u64) -> (Frontier, BTreeMap<NodeId, Hash>) {
        let mut frontier = Frontier::default();
        let mut nodes = BTreeMap::new();
        for leaf in 0..size {
            nodes.extend(frontier.append(leaf_hash(&leaf.to_be_bytes())));
        }
        (frontier, nodes)
    }

    #[test]
    fn roots_are_those_of_the_rfc() {
        // The empty tree, and one, two and three leaves by hand.
        let leaf = |n: u64| leaf_hash(&n.to_be_bytes());
        assert_eq!(grow(0).0.root(), <Hash>::from(Sha256::digest([])));
        assert_eq!(grow(1).0.root(), leaf(0));
        let two = node_hash(&leaf(0), &leaf(1));
        assert_eq!(grow(2).0.root(), two);
        assert_eq!(grow(3).0.root(), node_hash(&two, &leaf(2)));
    }

    proptest! {
        #[test]
        fn every_leaf_is_proved_and_nothing_else_is(size in 1_u64..200, pick: u64, other: u64) {
            let (frontier, nodes) = grow(size);
            let mut kept = |id: NodeId| {
                assert!(id.level == 0 || id.is_kept(), "{id:?} was asked for");
                Ok::<_, Infallible>(nodes[&id])
            };
            for (id, hash) in &nodes {
                prop_assert_eq!(&complete_node(*id, &mut kept).unwrap(), hash);
            }
            let lookup = |id| complete_node(id, &mut |id| Ok::<_, Infallible>(nodes[&id]));
            let index = pick % size;
            let proof = inclusion_proof(index, size, lookup).unwrap().unwrap();
            let leaf = leaf_hash(&index.to_be_bytes());
            prop_assert!(verify_inclusion(leaf, index, size, &proof, &frontier.root()));
            prop_assert_eq!(&Frontier::load(size, lookup).unwrap(), &frontier);
            let wrong = leaf_hash(&(size + other % 1000).to_be_bytes());
            prop_assert!(!verify_inclusion(wrong, index, size, &proof, &frontier.root()));
            if size > 1 {
                let elsewhere = (index + 1 + other % (size - 1)) % size;
                prop_assert!(!verify_inclusion(leaf, elsewhere, size, &proof, &frontier.root()));
            }
        }
    }
}
