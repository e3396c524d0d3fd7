//! The key ring: where data keys live, so that they can be made to live no more.
//!
//! Deleting a row does not delete its bytes: databases keep them in free pages, logs
//! and dumps. So no data key is ever stored in a form that is worth stealing from the
//! metadata. Keys stand in a shallow tree of pages. A page is sealed under its own page
//! key; page keys stand in the page above; the top page is sealed under the **epoch
//! root**, which lives outside the database ([`root`]).
//!
//! Taking a key out ([`Ring::apply`]) gives fresh page keys to every page on its path,
//! up to a fresh root. Once the old root is overwritten, no older copy of any page on
//! that path can be opened, so no copy of the data key is left that anybody could read.
//! Deletions that wait together share one roll.
//!
//! # Crash consistency
//!
//! The ring never decides an order of writes. The store does: new root durable, then
//! the transaction with the pages, then the old root overwritten, then the answers.
//! Whatever is interrupted, one of the two roots opens the pages that are stored.

use std::collections::{BTreeMap, HashMap};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sexton_core::{DataKey, SECRET_BYTES, SecretKey};
use zeroize::Zeroize;

use crate::Cause;
use crate::entropy::Entropy;

pub mod root;

/// Keys in one page. Measured (docs/performance.md): small pages make a deletion cheap,
/// and 64 keys of 32 bytes fill half a database page at three levels for 262,144 keys.
pub const FANOUT: usize = 64;
const FANOUT_U64: u64 = 64;

/// The most levels: 64^6 keys are more than any server makes.
const LEVELS_MAX: u8 = 6;

/// Open pages that are kept in memory between commits, 2 KiB each.
const CACHE_PAGES_MAX: usize = 4096;

const PAGE_LEN: usize = FANOUT * SECRET_BYTES;
const PAGE_VERSION: u8 = 1;

/// What stands in a place without a key.
const NO_KEY: [u8; SECRET_BYTES] = [0; SECRET_BYTES];

/// The key of a page or of the top.
pub type RingKey = SecretKey;

/// Which page: its level, counted from the data keys up, and its place in the level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageId {
    /// 0 holds data keys.
    pub level: u8,
    /// Page `index` of level `l` holds slots `index * 64 ..` of the level below.
    pub index: u64,
}

impl PageId {
    fn of_slot(slot: u64) -> Self {
        Self { level: 0, index: slot / FANOUT_U64 }
    }

    fn parent(self) -> Self {
        Self { level: self.level + 1, index: self.index / FANOUT_U64 }
    }

    fn slot_in_parent(self) -> usize {
        slot_in_page(self.index)
    }
}

fn slot_in_page(slot: u64) -> usize {
    usize::try_from(slot % FANOUT_U64).expect("a remainder of 64 is small")
}

/// Where sealed pages are kept: a table, or a map in tests.
pub trait Pages {
    /// The sealed page, if there is one.
    fn read(&self, page: PageId) -> Result<Option<Vec<u8>>, Cause>;
    /// Stores a sealed page.
    fn write(&mut self, page: PageId, sealed: &[u8]) -> Result<(), Cause>;
    /// Removes a page that holds no key any more.
    fn remove(&mut self, page: PageId) -> Result<(), Cause>;
}

/// What is wrong with a ring.
#[derive(Debug, thiserror::Error)]
pub enum RingError {
    /// The page does not open under the key that stands above it.
    #[error("key ring page {}/{} does not open", .0.level, .0.index)]
    Sealed(PageId),
    /// A key stands above a page that is not there.
    #[error("key ring page {}/{} is missing", .0.level, .0.index)]
    Missing(PageId),
    /// More keys than the ring can ever hold.
    #[error("the key ring is full")]
    Full,
    /// The pages could not be read or written.
    #[error("key ring pages could not be read or written")]
    Pages(#[source] Cause),
}

/// One change to the ring.
#[derive(Debug)]
pub enum RingOp {
    /// A data key comes into a free slot.
    Add(u64, DataKey),
    /// The data key of a slot goes, for good.
    Destroy(u64),
}

#[derive(Debug)]
struct OpenPage(Box<[u8; PAGE_LEN]>);

impl OpenPage {
    fn empty() -> Self {
        Self(Box::new([0; PAGE_LEN]))
    }

    fn key(&self, slot: usize) -> Option<RingKey> {
        let (keys, []) = self.0.as_chunks() else { return None };
        // No key that was ever drawn is all zero, so zero can mean "none".
        keys.get(slot).filter(|key| **key != NO_KEY).map(SecretKey::from_bytes)
    }

    fn set(&mut self, slot: usize, key: &[u8; SECRET_BYTES]) {
        self.0[slot * SECRET_BYTES..(slot + 1) * SECRET_BYTES].copy_from_slice(key);
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|byte| *byte == 0)
    }
}

impl Drop for OpenPage {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// The tree of pages as one writer sees it.
#[derive(Debug)]
pub struct Ring {
    levels: u8,
    root: RingKey,
    open: HashMap<PageId, OpenPage>,
}

/// What becomes of a touched page when it is sealed again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Touch {
    /// It gained a key: its own key may stay.
    Gained,
    /// A key left it: it must not open under any key that opened it before.
    Rekey,
}

impl Ring {
    /// A ring without keys. Its top page is stored by the first [`Ring::apply`].
    pub fn new(root: RingKey) -> Self {
        let top = PageId { level: 0, index: 0 };
        Self { levels: 1, root, open: HashMap::from([(top, OpenPage::empty())]) }
    }

    /// Opens a stored ring of so many levels, or says that `root` does not fit.
    pub fn open(levels: u8, root: RingKey, pages: &dyn Pages) -> Result<Self, RingError> {
        let mut ring = Self { levels, root, open: HashMap::new() };
        ring.load(pages, ring.top())?;
        Ok(ring)
    }

    /// How many levels there are; to be stored beside the pages.
    pub fn levels(&self) -> u8 {
        self.levels
    }

    fn top(&self) -> PageId {
        PageId { level: self.levels - 1, index: 0 }
    }

    /// The data key in `slot`, if it is still there.
    pub fn key(&mut self, pages: &dyn Pages, slot: u64) -> Result<Option<DataKey>, RingError> {
        let page = PageId::of_slot(slot);
        if !self.covers(slot) || !self.load(pages, page)? {
            return Ok(None);
        }
        Ok(self.open.get(&page).and_then(|page| page.key(slot_in_page(slot))))
    }

    fn covers(&self, slot: u64) -> bool {
        FANOUT_U64.checked_pow(u32::from(self.levels)).is_none_or(|slots| slot < slots)
    }

    /// Makes sure that `page` is open; `false` if there is no such page.
    fn load(&mut self, pages: &dyn Pages, page: PageId) -> Result<bool, RingError> {
        if self.open.contains_key(&page) {
            return Ok(true);
        }
        let key = if page == self.top() {
            self.root.copy()
        } else {
            if !self.load(pages, page.parent())? {
                return Ok(false);
            }
            match self.open.get(&page.parent()).and_then(|it| it.key(page.slot_in_parent())) {
                Some(key) => key,
                None => return Ok(false),
            }
        };
        let sealed = pages.read(page).map_err(RingError::Pages)?;
        let sealed = sealed.ok_or(RingError::Missing(page))?;
        let opened = open_page(&key, page, sealed).ok_or(RingError::Sealed(page))?;
        self.open.insert(page, opened);
        Ok(true)
    }

    /// Carries out `ops` and writes every page that they touch. With `new_root`, the top
    /// is sealed under it; that must be given whenever the end of the epoch is due.
    ///
    /// After an error the ring in memory is of no use: open it again from what is stored.
    pub fn apply(
        &mut self,
        ops: Vec<RingOp>,
        new_root: Option<RingKey>,
        pages: &mut dyn Pages,
        entropy: &dyn Entropy,
    ) -> Result<(), RingError> {
        let mut touched = BTreeMap::new();
        for op in ops {
            match op {
                RingOp::Add(slot, key) => {
                    self.grow_to(slot, &*pages, &mut touched)?;
                    let page = PageId::of_slot(slot);
                    if !self.load(pages, page)? {
                        self.open.insert(page, OpenPage::empty());
                    }
                    self.set(page, slot_in_page(slot), key.as_bytes());
                    touch(&mut touched, page, Touch::Gained);
                }
                RingOp::Destroy(slot) => {
                    let page = PageId::of_slot(slot);
                    if self.covers(slot) && self.load(pages, page)? {
                        self.set(page, slot_in_page(slot), &NO_KEY);
                        touch(&mut touched, page, Touch::Rekey);
                    }
                }
            }
        }
        if let Some(root) = new_root {
            self.load(pages, self.top())?;
            touch(&mut touched, self.top(), Touch::Rekey);
            self.root = root;
        }
        self.seal(touched, pages, entropy)?;
        if self.open.len() > CACHE_PAGES_MAX {
            self.open.retain(|page, _| page.level > 0);
        }
        if self.open.len() > CACHE_PAGES_MAX {
            self.open.clear();
        }
        Ok(())
    }

    /// Adds levels until `slot` has a place.
    fn grow_to(
        &mut self,
        slot: u64,
        pages: &dyn Pages,
        touched: &mut Touched,
    ) -> Result<(), RingError> {
        while !self.covers(slot) {
            if self.levels == LEVELS_MAX {
                return Err(RingError::Full);
            }
            let old_top = self.top();
            self.load(pages, old_top)?;
            self.levels += 1;
            self.open.insert(self.top(), OpenPage::empty());
            // No key stands above the old top, so it is given one when it is sealed.
            touch(touched, old_top, Touch::Gained);
        }
        Ok(())
    }

    fn set(&mut self, page: PageId, slot: usize, key: &[u8; SECRET_BYTES]) {
        if let Some(page) = self.open.get_mut(&page) {
            page.set(slot, key);
        }
    }

    /// Seals the touched pages from the bottom up. Each one touches its parent, unless
    /// it keeps its key.
    fn seal(
        &mut self,
        mut touched: Touched,
        pages: &mut dyn Pages,
        entropy: &dyn Entropy,
    ) -> Result<(), RingError> {
        while let Some((id, how)) = touched.pop_first() {
            let top = id == self.top();
            if !top && !self.load(&*pages, id.parent())? {
                self.open.insert(id.parent(), OpenPage::empty());
            }
            let page = self.open.get(&id).ok_or(RingError::Missing(id))?;
            if !top && page.is_empty() {
                self.open.remove(&id);
                pages.remove(id).map_err(RingError::Pages)?;
                self.set(id.parent(), id.slot_in_parent(), &NO_KEY);
                touch(&mut touched, id.parent(), how);
                continue;
            }
            let key = if top {
                self.root.copy()
            } else {
                let kept = match how {
                    Touch::Gained => {
                        self.open.get(&id.parent()).and_then(|it| it.key(id.slot_in_parent()))
                    }
                    Touch::Rekey => None,
                };
                if let Some(key) = kept {
                    key
                } else {
                    let fresh = entropy.key();
                    self.set(id.parent(), id.slot_in_parent(), fresh.as_bytes());
                    touch(&mut touched, id.parent(), how);
                    fresh
                }
            };
            let page = self.open.get(&id).ok_or(RingError::Missing(id))?;
            let sealed = seal_page(&key, id, page, entropy).ok_or(RingError::Sealed(id))?;
            pages.write(id, &sealed).map_err(RingError::Pages)?;
        }
        Ok(())
    }
}

type Touched = BTreeMap<PageId, Touch>;

fn touch(touched: &mut Touched, page: PageId, how: Touch) {
    let old = touched.entry(page).or_insert(how);
    *old = how.max(*old);
}

fn associated_data(page: PageId) -> [u8; 10] {
    let mut data = [PAGE_VERSION; 10];
    data[1] = page.level;
    data[2..].copy_from_slice(&page.index.to_be_bytes());
    data
}

fn cipher(key: &RingKey) -> Option<LessSafeKey> {
    UnboundKey::new(&AES_256_GCM, key.as_bytes()).ok().map(LessSafeKey::new)
}

/// Version, nonce, ciphertext, tag.
fn seal_page(key: &RingKey, id: PageId, page: &OpenPage, entropy: &dyn Entropy) -> Option<Vec<u8>> {
    let nonce: [u8; NONCE_LEN] = entropy.bytes();
    let mut sealed = Vec::with_capacity(1 + NONCE_LEN + PAGE_LEN + AES_256_GCM.tag_len());
    sealed.push(PAGE_VERSION);
    sealed.extend_from_slice(&nonce);
    let body = sealed.len();
    sealed.extend_from_slice(page.0.as_slice());
    let aad = Aad::from(associated_data(id));
    let nonce = Nonce::assume_unique_for_key(nonce);
    let cipher = cipher(key);
    let tag =
        cipher.and_then(|it| it.seal_in_place_separate_tag(nonce, aad, &mut sealed[body..]).ok());
    let Some(tag) = tag else {
        sealed.zeroize();
        return None;
    };
    sealed.extend_from_slice(tag.as_ref());
    Some(sealed)
}

fn open_page(key: &RingKey, id: PageId, mut sealed: Vec<u8>) -> Option<OpenPage> {
    let (head, body) = sealed.split_at_mut_checked(1 + NONCE_LEN)?;
    let (version, nonce) = head.split_first()?;
    if *version != PAGE_VERSION {
        return None;
    }
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let aad = Aad::from(associated_data(id));
    let plain = cipher(key)?.open_in_place(nonce, aad, body).ok()?;
    let mut page = OpenPage::empty();
    if plain.len() == PAGE_LEN {
        page.0.copy_from_slice(plain);
    }
    let whole = plain.len() == PAGE_LEN;
    plain.zeroize();
    whole.then_some(page)
}

#[cfg(test)]
mod tests;
