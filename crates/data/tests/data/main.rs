//! The bytes of backups, there and back.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should stop")]

mod archive;
mod directory;
mod mariadb;
mod postgres;
mod seal;
mod sets;
mod tree;

/// Bytes that do not compress.
fn noise(bytes: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let mut noise = Vec::with_capacity(bytes + 8);
    while noise.len() < bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        noise.extend_from_slice(&state.to_le_bytes());
    }
    noise.truncate(bytes);
    noise
}
