//! Secret keys that leave no copy of themselves behind.
//!
//! A value that is moved is copied, and nobody wipes the place where it was: the stack of a
//! thread, the state of a task, a block that was given back. So a key is written into its
//! place, stays there until it is wiped, and what is moved is a pointer.

use std::fmt;

use zeroize::Zeroize;

/// How long a key is.
pub const SECRET_BYTES: usize = 32;

/// A 256-bit key in a place of its own. It is wiped when dropped, never shown, and copied
/// only by [`SecretKey::copy`].
pub struct SecretKey(Box<[u8; SECRET_BYTES]>);

impl SecretKey {
    /// Has `write` write the key into its place.
    pub fn written_by(write: impl FnOnce(&mut [u8; SECRET_BYTES])) -> Self {
        let mut key = Self(Box::new([0; SECRET_BYTES]));
        write(&mut key.0);
        key
    }

    /// Copies a key from bytes, which stay the caller's to wipe.
    pub fn from_bytes(bytes: &[u8; SECRET_BYTES]) -> Self {
        Self::written_by(|place| place.copy_from_slice(bytes))
    }

    /// The same key a second time, for whoever keeps it; it is wiped as well.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self::from_bytes(&self.0)
    }

    /// The key itself.
    pub fn as_bytes(&self) -> &[u8; SECRET_BYTES] {
        &self.0
    }
}

impl Drop for SecretKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(..)")
    }
}

/// The random key of one backup.
pub type DataKey = SecretKey;
