//! What is kept of a source and nobody may read in the database: sealed under a key of its own,
//! which stands in the key ring as the keys of backups do.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sexton_core::{DataKey, InRealm, ResourceArn};
use zeroize::Zeroizing;

use crate::Cause;
use crate::entropy::Entropy;

/// What leads a sealed body.
const VERSION: u8 = 1;

/// A sealed body, and its key.
#[derive(Debug)]
pub struct Sealed {
    /// Its key. It is stored in the ring alone.
    pub key: DataKey,
    /// Version, nonce, ciphertext and tag.
    pub body: Vec<u8>,
}

impl Sealed {
    /// Seals `plain`, which is kept of the source `of`, under a fresh key.
    pub fn of(
        of: &InRealm<ResourceArn>,
        plain: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<Self, Cause> {
        let key = entropy.key();
        let nonce: [u8; NONCE_LEN] = entropy.bytes();
        let mut secret = Zeroizing::new(plain.to_vec());
        let tag = cipher(&key)?.seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            associated_data(of),
            &mut secret,
        )?;
        let body = [&[VERSION], nonce.as_slice(), secret.as_slice(), tag.as_ref()].concat();
        Ok(Self { key, body })
    }
}

/// Opens what was sealed of the source `of`.
pub(crate) fn open(
    of: &InRealm<ResourceArn>,
    key: &DataKey,
    body: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Cause> {
    let damaged = "what is kept sealed of a source is damaged";
    let (version, rest) = body.split_first().ok_or(damaged)?;
    let (nonce, sealed) = rest.split_at_checked(NONCE_LEN).ok_or(damaged)?;
    if *version != VERSION {
        return Err(damaged.into());
    }
    let mut secret = Zeroizing::new(sealed.to_vec());
    let nonce = Nonce::try_assume_unique_for_key(nonce)?;
    let opened = cipher(key)?.open_in_place(nonce, associated_data(of), &mut secret);
    let bytes = opened.map_err(|_| damaged)?.len();
    secret.truncate(bytes);
    Ok(secret)
}

fn associated_data(of: &InRealm<ResourceArn>) -> Aad<String> {
    Aad::from(of.to_string())
}

fn cipher(key: &DataKey) -> Result<LessSafeKey, Cause> {
    Ok(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_bytes())?))
}

#[cfg(test)]
mod tests {
    use sexton_core::Realm;

    use super::*;
    use crate::entropy::SystemEntropy;

    #[test]
    fn what_is_sealed_opens_for_its_source_with_its_key_and_not_otherwise() {
        let realm = Realm::new("cn-hangzhou", "123456789012");
        let of = |id: &str| realm.with(format!("arn:acs:rds:r:1:dbinstance/{id}").parse().unwrap());
        let sealed = Sealed::of(&of("rm-1"), b"hush", &SystemEntropy).unwrap();
        assert!(!sealed.body.windows(4).any(|window| window == b"hush"));
        let opened = open(&of("rm-1"), &sealed.key, &sealed.body).unwrap();
        assert_eq!(opened.as_slice(), b"hush");
        let other = Sealed::of(&of("rm-1"), b"hush", &SystemEntropy).unwrap();
        assert!(open(&of("rm-2"), &sealed.key, &sealed.body).is_err());
        assert!(open(&of("rm-1"), &other.key, &sealed.body).is_err());
        for bytes in 0..sealed.body.len() {
            assert!(open(&of("rm-1"), &sealed.key, &sealed.body[..bytes]).is_err());
        }
    }
}
