//! What a certificate says of people and places, so that it can be forgotten.
//!
//! The statement has a hash of a salt and a text. The salt is random and secret until it is
//! shown, so whoever has the hash alone cannot tell a text that they guess from any other;
//! whoever is shown both can tell that the statement meant this text and no other.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use sexton_core::{Commitment, Detail};
use sha2::{Digest, Sha256};

use crate::entropy::Entropy;

/// What opens one commitment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// 32 random bytes, in lower-case hexadecimal.
    pub salt: String,
    /// What the certificate says.
    pub text: String,
}

/// What opens the commitments of a certificate, as far as it is not forgotten.
pub type Openings = BTreeMap<Detail, Opening>;

impl Opening {
    /// An opening to a text, with a salt of its own.
    pub fn new(text: String, entropy: &dyn Entropy) -> Self {
        let salt: [u8; 32] = entropy.bytes();
        Self { salt: hex::encode(salt), text }
    }

    /// What it opens; nothing if its salt is none.
    pub fn commitment(&self) -> Option<Commitment> {
        let mut salt = [0; 32];
        hex::decode_to_slice(&self.salt, &mut salt).ok()?;
        // One way to write it: whatever is changed is noticed.
        (hex::encode(salt) == self.salt).then(|| {
            let mut hash = Sha256::new();
            hash.update(salt);
            hash.update(&self.text);
            Commitment(hex::encode(hash.finalize()))
        })
    }
}

/// Reads openings of which none stands there twice: a person, or another program, might take the
/// first of the two, and the check the second.
pub(super) fn each_once<'de, D: Deserializer<'de>>(input: D) -> Result<Openings, D::Error> {
    struct EachOnce;

    impl<'de> Visitor<'de> for EachOnce {
        type Value = Openings;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("openings by what they open")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Openings, A::Error> {
            let mut openings = Openings::new();
            while let Some((detail, opening)) = map.next_entry::<Detail, Opening>()? {
                if openings.insert(detail, opening).is_some() {
                    let name = detail.name();
                    return Err(A::Error::custom(format!("`{name}` is opened twice")));
                }
            }
            Ok(openings)
        }
    }

    input.deserialize_map(EachOnce)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;

    #[test]
    fn a_commitment_opens_only_with_its_salt_and_text() {
        let entropy = SeededEntropy::new(1);
        let [one, two] = [(); 2].map(|()| Opening::new("Jane Doe".to_owned(), &entropy));
        let opens = one.commitment();
        assert!(opens.is_some());
        assert_ne!(two.commitment(), opens, "the same name does not show by the same hash");
        let (salt, text) = (one.salt.clone(), one.text.clone());
        for other in [
            Opening { text: "Jane Do".to_owned(), ..one.clone() },
            Opening { text: String::new(), ..one.clone() },
            Opening { salt: two.salt, ..one.clone() },
            Opening { salt: salt.to_uppercase(), ..one.clone() },
            // The first letter of the text is no part of the salt.
            Opening { salt: format!("{salt}4a"), text: text[1..].to_owned() },
            Opening { salt: salt[2..].to_owned(), ..one.clone() },
            Opening { salt: format!("{}zz", &salt[2..]), ..one.clone() },
        ] {
            assert_ne!(other.commitment(), opens, "{other:?}");
        }
        assert_eq!(one.commitment(), opens);
    }

    #[test]
    fn a_commitment_is_the_sha_256_of_salt_and_text() {
        let opening = Opening { salt: "00".repeat(32), text: "abc".to_owned() };
        // (head -c 32 /dev/zero; printf abc) | sha256sum
        let by_others = "365aa7d8f7f9402c4b9434502b4cc89ddb09fe50d7cd95b493b834c62d5a5370";
        assert_eq!(opening.commitment(), Some(Commitment(by_others.to_owned())));
    }

    #[test]
    fn nothing_is_opened_twice_in_one_document() {
        let one = r#""operator":{"salt":"00","text":"Jane Doe"}"#;
        let document = |openings: &str| {
            format!(r#"{{"statement":"","proof":"","public_key":"","openings":{{{openings}}}}}"#)
        };
        assert!(serde_json::from_str::<super::super::Document>(&document(one)).is_ok());
        let twice = document(&format!("{one},{one}"));
        let error = serde_json::from_str::<super::super::Document>(&twice).unwrap_err();
        assert!(error.to_string().contains("`operator` is opened twice"), "{error}");
    }
}
