//! Pages of listings, and the tokens that lead from one to the next.
//!
//! A token is opaque and bound, by an HMAC under the server's secret, to the operation,
//! its filters and the realm: one that was damaged, invented, or taken from another
//! listing is refused. It holds the server's own cursor, the key of the last item that
//! was shown, so nothing is remembered between pages and a deletion between two of them
//! skips nothing.
//!
//! Format, URL-safe base64 without padding: version (1 byte, now 1), MAC (16 bytes),
//! cursor. The cursor is authentic, not secret.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value};
use sexton_core::Realm;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::aws::WireError;
use crate::aws::model::backup::Operation;

/// The most items of one page, and as many as a page has when the caller names no
/// number. AWS documents the maximum but no default.
pub const PAGE_ITEMS_MAX: usize = 1000;

/// The longest cursor that a token carries, in bytes: an ARN and some more.
pub const CURSOR_LEN_MAX: usize = 4096;

const VERSION: u8 = 1;
const MAC_LEN: usize = 16;
const TOKEN_LEN_MAX: usize = (1 + MAC_LEN + CURSOR_LEN_MAX).div_ceil(3) * 4;

/// The server's secret for tokens. It must outlive the process: a new secret makes all
/// earlier tokens invalid, and a client in the middle of a listing fails.
#[derive(Clone)]
pub struct PageSecret(Hmac<Sha256>);

impl PageSecret {
    /// Takes 32 random bytes.
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(Hmac::new_from_slice(secret).expect("HMAC takes keys of every length"))
    }

    fn mac(&self, pieces: [&[u8]; 3]) -> [u8; MAC_LEN] {
        let mut state = self.0.clone();
        state.update(&[VERSION]);
        for piece in pieces {
            // The length goes first, so that no two lists of pieces look the same.
            state.update(&u64::try_from(piece.len()).unwrap_or(u64::MAX).to_be_bytes());
            state.update(piece);
        }
        let full: [u8; 32] = state.finalize().into_bytes().into();
        let mut mac = [0; MAC_LEN];
        mac.iter_mut().zip(full).for_each(|(to, from)| *to = from);
        mac
    }
}

impl fmt::Debug for PageSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PageSecret(…)")
    }
}

/// Which page of which listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paging {
    /// 1 to [`PAGE_ITEMS_MAX`].
    pub items_max: usize,
    next_token: Option<String>,
    /// The listing: operation, labels and filters, written down unambiguously.
    binding: Vec<u8>,
}

impl Paging {
    /// Reads the page out of checked members.
    pub(super) fn of(
        operation: Operation,
        labels: &[&str],
        members: &Map<String, Value>,
    ) -> Result<Self, WireError> {
        let asked = members.get("MaxResults").and_then(Value::as_u64);
        let items_max = asked.map_or(PAGE_ITEMS_MAX, |it| usize::try_from(it).unwrap_or(0));
        if !(1..=PAGE_ITEMS_MAX).contains(&items_max) {
            let message = format!("MaxResults must be between 1 and {PAGE_ITEMS_MAX}");
            return Err(WireError::invalid_parameter(message));
        }
        let next_token = members.get("NextToken").and_then(Value::as_str);
        let filters: Vec<_> = members
            .iter()
            .filter(|(name, _)| *name != "NextToken" && *name != "MaxResults")
            .collect();
        let binding = serde_json::to_vec(&(operation.info().name, labels, filters))
            .map_err(|_| WireError::internal())?;
        let next_token = next_token.filter(|token| !token.is_empty()).map(str::to_owned);
        Ok(Self { items_max, next_token, binding })
    }

    /// Where this page begins: after the cursor, or at the start if there is none.
    pub fn cursor(&self, secret: &PageSecret, realm: &Realm) -> Result<Option<Vec<u8>>, WireError> {
        let Some(token) = &self.next_token else { return Ok(None) };
        let opened = self.open(token, secret, realm);
        opened.map(Some).ok_or_else(|| {
            WireError::invalid_parameter(
                "NextToken is not valid for this listing: list again without it",
            )
        })
    }

    /// The token of the page that begins after `cursor`, which is at most
    /// [`CURSOR_LEN_MAX`] bytes long.
    pub fn token_after(&self, cursor: &[u8], secret: &PageSecret, realm: &Realm) -> String {
        debug_assert!(cursor.len() <= CURSOR_LEN_MAX, "a cursor is a key of the store");
        let mac = secret.mac([realm.to_string().as_bytes(), &self.binding, cursor]);
        let mut bytes = Vec::with_capacity(1 + MAC_LEN + cursor.len());
        bytes.push(VERSION);
        bytes.extend_from_slice(&mac);
        bytes.extend_from_slice(cursor);
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    fn open(&self, token: &str, secret: &PageSecret, realm: &Realm) -> Option<Vec<u8>> {
        if token.len() > TOKEN_LEN_MAX {
            return None;
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
        let (version, rest) = bytes.split_first()?;
        let (given, cursor) = rest.split_at_checked(MAC_LEN)?;
        let mac = secret.mac([realm.to_string().as_bytes(), &self.binding, cursor]);
        let authentic = *version == VERSION && bool::from(mac.ct_eq(given));
        authentic.then(|| cursor.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn realm() -> Realm {
        Realm::new("us-east-1", "123456789012")
    }

    fn page(operation: Operation, labels: &[&str], members: &Value) -> Paging {
        Paging::of(operation, labels, members.as_object().unwrap()).unwrap()
    }

    fn secret() -> PageSecret {
        PageSecret::new(&[7; 32])
    }

    fn with(page: &Paging, token: &str) -> Paging {
        Paging { next_token: Some(token.to_owned()), ..page.clone() }
    }

    #[test]
    fn a_page_without_a_number_is_as_long_as_can_be() {
        let first = page(Operation::ListBackupVaults, &[], &json!({}));
        assert_eq!(first.items_max, PAGE_ITEMS_MAX);
        assert_eq!(first.cursor(&secret(), &realm()).unwrap(), None);
        let empty = page(Operation::ListBackupVaults, &[], &json!({ "NextToken": "" }));
        assert_eq!(empty.cursor(&secret(), &realm()).unwrap(), None);
    }

    #[test]
    fn a_token_fits_its_own_listing_only() {
        let operation = Operation::ListRecoveryPointsByBackupVault;
        let filters = json!({ "ByResourceType": "EBS", "MaxResults": 5 });
        let own = page(operation, &["v"], &filters);
        let token = own.token_after(b"key", &secret(), &realm());
        assert_eq!(with(&own, &token).cursor(&secret(), &realm()).unwrap().unwrap(), b"key");

        let longer = page(operation, &["v"], &json!({ "ByResourceType": "EBS", "MaxResults": 9 }));
        assert!(with(&longer, &token).cursor(&secret(), &realm()).is_ok());

        for other in [
            page(operation, &["w"], &filters),
            page(operation, &["v"], &json!({ "ByResourceType": "FSx" })),
            page(Operation::ListBackupJobs, &["v"], &filters),
        ] {
            let refused = with(&other, &token).cursor(&secret(), &realm()).unwrap_err();
            assert_eq!(refused.name, "InvalidParameterValueException");
        }
        assert!(
            with(&own, &token).cursor(&secret(), &Realm::new("us-east-1", "210987654321")).is_err()
        );
        let other = PageSecret::new(&[8; 32]);
        assert!(with(&own, &token).cursor(&other, &realm()).is_err());
    }

    proptest! {
        #[test]
        fn a_cursor_comes_back_and_a_damaged_token_does_not(
            cursor in proptest::collection::vec(any::<u8>(), 0..200),
            at in any::<prop::sample::Index>(),
            other in "[A-Za-z0-9_-]",
        ) {
            let page = page(Operation::ListBackupVaults, &[], &json!({}));
            let token = page.token_after(&cursor, &secret(), &realm());
            let opened = with(&page, &token).cursor(&secret(), &realm()).unwrap();
            prop_assert_eq!(opened, Some(cursor));
            let at = at.index(token.len());
            let damaged = format!("{}{other}{}", &token[..at], &token[at + 1..]);
            let opened = with(&page, &damaged).cursor(&secret(), &realm());
            prop_assert_eq!(opened.is_ok(), damaged == token);
        }

        #[test]
        fn invented_tokens_are_refused(token in any::<String>()) {
            let page = page(Operation::ListBackupVaults, &[], &json!({}));
            let opened = with(&page, &token).cursor(&secret(), &realm());
            prop_assert!(opened.is_err());
        }
    }
}
