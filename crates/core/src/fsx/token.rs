//! Tokens of clients: the same one twice asks for the same thing once.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::InRealm;

/// How long a token is remembered at least: the retries of a client are over long before.
const TOKEN_HOURS: i64 = 24;

/// Tokens that are remembered at the same time. Beyond that the oldest go before their time:
/// those of deletions first, for which a repeat does no harm.
pub const TOKENS_MAX: u64 = 1_000_000;

/// What a token is found by, within a realm.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TokenName {
    /// The operation that it was given to.
    pub operation: String,
    /// The token.
    pub token: String,
}

impl TokenName {
    /// Whether its call makes something: once the token is forgotten, a retry makes it again.
    pub fn makes(&self) -> bool {
        !self.operation.starts_with("Delete")
    }
}

/// A token that was used: it stands for what was asked for with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// The digest of each parameter that was given.
    pub asked: BTreeMap<String, String>,
    /// The id of what it made or deleted.
    pub answer: String,
    /// When.
    pub used: Timestamp,
}

/// The token of a call, and what is asked for with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenUse {
    /// The token.
    pub name: InRealm<TokenName>,
    /// The digest of each parameter that is given.
    pub asked: BTreeMap<String, String>,
}

impl TokenUse {
    /// The first parameter that was another when the token was `first` used.
    pub fn differs<'a>(&'a self, first: &'a Token) -> Option<&'a str> {
        let names = self.asked.keys().chain(first.asked.keys());
        let mut differing = names.filter(|name| self.asked.get(*name) != first.asked.get(*name));
        differing.next().map(String::as_str)
    }

    /// The token as it is remembered once it made or deleted `answer`.
    pub fn used(self, answer: String, used: Timestamp) -> Token {
        Token { asked: self.asked, answer, used }
    }
}

impl Token {
    /// The instant until which tokens must have been used that may be forgotten at `now`.
    pub fn forgotten_until(now: Timestamp) -> Timestamp {
        now.saturating_sub(SignedDuration::from_hours(TOKEN_HOURS)).unwrap_or(Timestamp::MIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Realm;

    #[test]
    fn a_parameter_that_is_missing_differs_from_one_that_is_there() {
        let asked = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(name, digest)| ((*name).to_owned(), (*digest).to_owned())).collect()
        };
        let name = TokenName { operation: "CreateBackup".to_owned(), token: "t".to_owned() };
        let name = Realm::new("r", "1").with(name);
        let used = |pairs| TokenUse { name: name.clone(), asked: asked(pairs) };
        let first = used(&[("FileSystemId", "1")]).used("backup-1".to_owned(), Timestamp::MIN);
        assert_eq!(used(&[("FileSystemId", "1")]).differs(&first), None);
        assert_eq!(used(&[("FileSystemId", "2")]).differs(&first), Some("FileSystemId"));
        assert_eq!(used(&[]).differs(&first), Some("FileSystemId"));
        let more = used(&[("FileSystemId", "1"), ("Tags", "3")]);
        assert_eq!(more.differs(&first), Some("Tags"));
    }
}
