//! HMAC-SHA1 (RFC 2104), which only the first signature needs.
//!
//! The `hmac` crate of this workspace is of a newer generation than the one `sha1` that the
//! workspace has anyway; the construction is a dozen lines.

use sha1::{Digest, Sha1};

/// The length of a block of SHA-1.
const BLOCK_LEN: usize = 64;

/// The length of the result.
pub(super) const LEN: usize = 20;

/// The code of `text` under `key`, which may have any length.
pub(super) fn hmac_sha1(key: &[u8], text: &[u8]) -> [u8; LEN] {
    let mut block = [0; BLOCK_LEN];
    if key.len() > BLOCK_LEN {
        block[..LEN].copy_from_slice(&Sha1::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let padded = |with: u8| Sha1::new().chain_update(block.map(|byte| byte ^ with));
    let inner = padded(0x36).chain_update(text).finalize();
    let code = padded(0x5c).chain_update(inner).finalize().into();
    block.fill(0);
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_that_of_rfc_2202() {
        for (key, text, expected) in [
            (vec![0x0b; 20], &b"Hi There"[..], "b617318655057264e28bc0b6fb378c8ef146be00"),
            (
                b"Jefe".to_vec(),
                b"what do ya want for nothing?",
                "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
            ),
            (vec![0xaa; 20], &[0xdd; 50], "125d7342b9ac11cd91a39af48aa17b4f63f175d3"),
            (
                vec![0xaa; 80],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "aa4ae5e15272d00e95705637ce8a3b55ed402112",
            ),
        ] {
            assert_eq!(hex::encode(hmac_sha1(&key, text)), expected);
        }
    }
}
