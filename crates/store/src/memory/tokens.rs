//! Tokens of clients in the store in memory.

use jiff::Timestamp;
use sexton_core::{InRealm, Token, TokenName};

use super::state::State;
use crate::{Commit, TOKENS_TOGETHER};

impl State {
    /// Remembers a token. If there are more than `most`, the oldest goes.
    pub(super) fn put_token(&mut self, key: InRealm<TokenName>, token: Token, most: u64) -> Commit {
        if self.tokens.contains_key(&key) {
            return Commit::Stale;
        }
        self.tokens.insert(key, (self.generation, token));
        if u64::try_from(self.tokens.len()).unwrap_or(u64::MAX) > most {
            let oldest = self.tokens.iter().min_by_key(|(key, (generation, token))| {
                (key.name.makes(), token.used.as_millisecond(), *generation)
            });
            let oldest = oldest.map(|(key, _)| key.clone());
            oldest.and_then(|key| self.tokens.remove(&key));
        }
        Commit::Done
    }

    fn forgettable(&self, until: Timestamp) -> Vec<InRealm<TokenName>> {
        let until = until.as_millisecond();
        let old = self.tokens.iter().filter(|(_, (_, it))| it.used.as_millisecond() < until);
        let mut old: Vec<_> = old.collect();
        old.sort_by_key(|(key, (generation, token))| {
            (key.name.makes(), token.used.as_millisecond(), *generation)
        });
        old.into_iter().take(TOKENS_TOGETHER).map(|(key, _)| key.clone()).collect()
    }

    pub(super) fn forget_tokens(&mut self, until: Timestamp) {
        for key in self.forgettable(until) {
            self.tokens.remove(&key);
        }
    }

    pub(super) fn tokens_used_before(&self, until: Timestamp) -> u64 {
        u64::try_from(self.forgettable(until).len()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use sexton_core::Realm;

    use super::*;

    #[test]
    fn when_there_are_too_many_the_oldest_deletions_go_first_and_creations_last() {
        let mut state = State::default();
        let key = |operation: &str, number: i64| {
            let name = TokenName { operation: operation.to_owned(), token: number.to_string() };
            Realm::new("eu-central-1", "123456789012").with(name)
        };
        for (operation, number) in [
            ("CreateBackup", 1),
            ("DeleteBackup", 3),
            ("DeleteBackup", 2),
            ("CreateBackup", 4),
            ("DeleteBackup", 5),
            ("CreateBackup", 6),
            ("CreateBackup", 7),
            ("CreateBackup", 8),
        ] {
            let used = Timestamp::from_millisecond(number).unwrap();
            let token = Token { asked: BTreeMap::new(), answer: String::new(), used };
            assert_eq!(state.put_token(key(operation, number), token, 4), Commit::Done);
        }
        let left = [4, 6, 7, 8].map(|number| key("CreateBackup", number));
        assert_eq!(state.tokens.keys().cloned().collect::<Vec<_>>(), left);
    }
}
