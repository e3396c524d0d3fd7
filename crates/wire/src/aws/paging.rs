//! Pages of listings, and the tokens that lead from one to the next.
//!
//! A token is opaque and bound, by an HMAC under the server's secret, to the operation,
//! its filters and the realm: one that was damaged, invented, or taken from another
//! listing is refused. It holds the server's own cursor, the key of the last item that
//! was shown, so nothing is remembered between pages and a deletion between two of them
//! skips nothing.
//!
//! Format, as base64: version (1 byte, now 1), MAC (16 bytes), cursor. The cursor is
//! authentic, not secret. Each service has its own alphabet and limits, see [`Form`].

use std::fmt;

use base64::Engine;
use base64::engine::GeneralPurpose;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value};
use sexton_core::Realm;
use sha2::Sha256;
use subtle::ConstantTimeEq;

const VERSION: u8 = 1;
const MAC_LEN: usize = 16;

/// How a service pages.
#[derive(Debug, PartialEq, Eq)]
pub struct Form {
    /// The most items of one page, and as many as a page has when the caller names no
    /// number.
    pub items_max: usize,
    /// Whether a caller who asks for more is refused; otherwise this many are given.
    more_is_refused: bool,
    alphabet: Alphabet,
    /// The longest token, in characters.
    token_len_max: usize,
}

/// In which characters tokens are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Alphabet {
    /// Those that need no escape in a URL, without padding.
    UrlSafe,
    /// The usual ones, with padding.
    Standard,
}

impl Alphabet {
    fn engine(self) -> &'static GeneralPurpose {
        match self {
            Self::UrlSafe => &BASE64_URL_SAFE_NO_PAD,
            Self::Standard => &BASE64_STANDARD,
        }
    }
}

/// AWS Backup documents the maximum of items but no default.
pub(crate) static BACKUP: Form = Form {
    items_max: 1000,
    more_is_refused: true,
    alphabet: Alphabet::UrlSafe,
    token_len_max: 5484,
};

/// The model of FSx has no list of more than 50 items, and lets a caller ask for any number.
pub(crate) static FSX: Form = Form {
    items_max: 50,
    more_is_refused: false,
    alphabet: Alphabet::Standard,
    token_len_max: 252,
};

impl Form {
    /// The longest cursor that a token carries, in bytes.
    const fn cursor_len_max(&self) -> usize {
        self.token_len_max / 4 * 3 - 1 - MAC_LEN
    }
}

/// What is asked for is no page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoPage {
    /// So many items are too few or too many.
    #[error("MaxResults must be between 1 and {items_max}")]
    Items {
        /// The most.
        items_max: usize,
    },
    /// The token is not one that this listing gave.
    #[error("NextToken is not valid for this listing: list again without it")]
    Token,
    /// The listing could not be written down.
    #[error("the listing cannot be continued")]
    Listing,
}

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
    /// 1 to the form's.
    pub items_max: usize,
    form: &'static Form,
    next_token: Option<String>,
    /// The listing: operation, labels and filters, written down unambiguously.
    binding: Vec<u8>,
}

impl Paging {
    /// Reads the page of a listing out of checked members.
    pub(crate) fn of(
        operation: &str,
        labels: &[&str],
        members: &Map<String, Value>,
        form: &'static Form,
    ) -> Result<Self, NoPage> {
        let most = form.items_max;
        let asked = members.get("MaxResults").and_then(Value::as_u64);
        let asked = asked.map_or(most, |it| usize::try_from(it).unwrap_or(usize::MAX));
        if asked == 0 || (asked > most && form.more_is_refused) {
            return Err(NoPage::Items { items_max: most });
        }
        let next_token = members.get("NextToken").and_then(Value::as_str);
        let filters: Vec<_> = members
            .iter()
            .filter(|(name, _)| *name != "NextToken" && *name != "MaxResults")
            .collect();
        let binding = serde_json::to_vec(&(operation, labels, filters));
        let binding = binding.map_err(|_| NoPage::Listing)?;
        let next_token = next_token.filter(|token| !token.is_empty()).map(str::to_owned);
        Ok(Self { items_max: asked.min(most), form, next_token, binding })
    }

    /// Where this page begins: after the cursor, or at the start if there is none.
    pub fn cursor(&self, secret: &PageSecret, realm: &Realm) -> Result<Option<Vec<u8>>, NoPage> {
        let Some(token) = &self.next_token else { return Ok(None) };
        self.open(token, secret, realm).map(Some).ok_or(NoPage::Token)
    }

    /// The token of the page that begins after `cursor`. One that is longer than the form
    /// has room for is not taken again; those of FSx have room for 172 bytes.
    pub fn token_after(&self, cursor: &[u8], secret: &PageSecret, realm: &Realm) -> String {
        debug_assert!(cursor.len() <= self.form.cursor_len_max(), "a cursor is a short key");
        let mac = secret.mac([realm.as_str().as_bytes(), &self.binding, cursor]);
        let mut bytes = Vec::with_capacity(1 + MAC_LEN + cursor.len());
        bytes.push(VERSION);
        bytes.extend_from_slice(&mac);
        bytes.extend_from_slice(cursor);
        self.form.alphabet.engine().encode(bytes)
    }

    fn open(&self, token: &str, secret: &PageSecret, realm: &Realm) -> Option<Vec<u8>> {
        if token.len() > self.form.token_len_max {
            return None;
        }
        let bytes = self.form.alphabet.engine().decode(token).ok()?;
        let (version, rest) = bytes.split_first()?;
        let (given, cursor) = rest.split_at_checked(MAC_LEN)?;
        let mac = secret.mac([realm.as_str().as_bytes(), &self.binding, cursor]);
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

    fn page(operation: &str, labels: &[&str], members: &Value) -> Paging {
        Paging::of(operation, labels, members.as_object().unwrap(), &BACKUP).unwrap()
    }

    fn of_fsx(members: &Value) -> Result<Paging, NoPage> {
        Paging::of("DescribeBackups", &[], members.as_object().unwrap(), &FSX)
    }

    fn secret() -> PageSecret {
        PageSecret::new(&[7; 32])
    }

    fn with(page: &Paging, token: &str) -> Paging {
        Paging { next_token: Some(token.to_owned()), ..page.clone() }
    }

    #[test]
    fn a_page_without_a_number_is_as_long_as_can_be() {
        let first = page("ListBackupVaults", &[], &json!({}));
        assert_eq!(first.items_max, 1000);
        assert_eq!(first.cursor(&secret(), &realm()).unwrap(), None);
        let empty = page("ListBackupVaults", &[], &json!({ "NextToken": "" }));
        assert_eq!(empty.cursor(&secret(), &realm()).unwrap(), None);
    }

    #[test]
    fn a_token_fits_its_own_listing_only() {
        let operation = "ListRecoveryPointsByBackupVault";
        let filters = json!({ "ByResourceType": "EBS", "MaxResults": 5 });
        let own = page(operation, &["v"], &filters);
        let token = own.token_after(b"key", &secret(), &realm());
        assert_eq!(with(&own, &token).cursor(&secret(), &realm()).unwrap().unwrap(), b"key");

        let longer = page(operation, &["v"], &json!({ "ByResourceType": "EBS", "MaxResults": 9 }));
        assert!(with(&longer, &token).cursor(&secret(), &realm()).is_ok());

        for other in [
            page(operation, &["w"], &filters),
            page(operation, &["v"], &json!({ "ByResourceType": "FSx" })),
            page("ListBackupJobs", &["v"], &filters),
        ] {
            let refused = with(&other, &token).cursor(&secret(), &realm()).unwrap_err();
            assert_eq!(refused, NoPage::Token);
        }
        assert!(
            with(&own, &token).cursor(&secret(), &Realm::new("us-east-1", "210987654321")).is_err()
        );
        let other = PageSecret::new(&[8; 32]);
        assert!(with(&own, &token).cursor(&other, &realm()).is_err());
    }

    #[test]
    fn fsx_gives_fifty_items_to_whoever_asks_for_more() {
        for (asked, given) in [(1, 1), (50, 50), (51, 50), (2_147_483_647, 50)] {
            assert_eq!(of_fsx(&json!({ "MaxResults": asked })).unwrap().items_max, given);
        }
        assert_eq!(of_fsx(&json!({})).unwrap().items_max, 50);
        let none = of_fsx(&json!({ "MaxResults": 0 }));
        assert_eq!(none.unwrap_err(), NoPage::Items { items_max: 50 });
    }

    #[test]
    fn a_token_of_fsx_has_the_form_that_its_model_wants() {
        let page = of_fsx(&json!({})).unwrap();
        for length in [0, 1, 2, 16, FSX.cursor_len_max()] {
            let cursor = vec![0xff; length];
            let token = page.token_after(&cursor, &secret(), &realm());
            let members = json!({ "NextToken": token });
            let operation = crate::aws::model::fsx::Operation::DescribeBackups;
            let checked = crate::aws::model::check::members(
                operation.info().members,
                members.as_object().unwrap(),
            );
            assert_eq!(checked, Ok(()), "{length}: {token}");
            assert_eq!(with(&page, &token).cursor(&secret(), &realm()), Ok(Some(cursor)));
        }
    }

    proptest! {
        #[test]
        fn a_cursor_comes_back_and_a_damaged_token_does_not(
            cursor in proptest::collection::vec(any::<u8>(), 0..200),
            at in any::<prop::sample::Index>(),
            other in "[A-Za-z0-9_-]",
        ) {
            let page = page("ListBackupVaults", &[], &json!({}));
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
            let page = page("ListBackupVaults", &[], &json!({}));
            let opened = with(&page, &token).cursor(&secret(), &realm());
            prop_assert!(opened.is_err());
        }
    }
}
