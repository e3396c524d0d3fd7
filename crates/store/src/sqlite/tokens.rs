//! Tokens of clients: found by a hash of their name, forgotten by when they were used.
//!
//! One comes with nearly every deletion of `FSx`. So rows stand in the order in which they are
//! written, and an index of hashes is all that is scattered.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};
use sexton_core::{InRealm, Token, TokenName};
use sha2::{Digest as _, Sha256};

use super::rows::{decode, unsigned};
use crate::{Cause, Commit, Generation, TOKENS_TOGETHER, Thing};

/// What a token is found by.
fn number(key: &InRealm<TokenName>) -> [u8; 16] {
    let TokenName { operation, token } = &key.name;
    let hash = Sha256::digest(format!("{} {operation} {token}", key.realm));
    let mut number = [0; 16];
    number.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    number
}

/// When it was remembered; nothing if it is not.
pub(super) fn generation(
    db: &Connection,
    key: &InRealm<TokenName>,
) -> Result<Option<i64>, rusqlite::Error> {
    let sql = "SELECT generation FROM tokens WHERE id = ?1";
    db.prepare_cached(sql)?.query_row([number(key)], |row| row.get(0)).optional()
}

pub(super) fn thing(
    db: &Connection,
    key: &InRealm<TokenName>,
) -> Result<(Generation, Option<Thing>), Cause> {
    let mut statement = db.prepare_cached("SELECT generation, body FROM tokens WHERE id = ?1")?;
    let mut rows = statement.query([number(key)])?;
    let Some(row) = rows.next()? else { return Ok((Generation(0), None)) };
    let token: Token = decode(row.get_ref(1)?.as_str()?)?;
    Ok((Generation(unsigned(row.get(0)?)?), Some(Thing::Token(token))))
}

/// A token that is to be remembered.
pub(super) struct New<'a> {
    pub(super) realm: i64,
    pub(super) key: &'a InRealm<TokenName>,
    pub(super) token: &'a Token,
    pub(super) body: &'a str,
    pub(super) generation: i64,
}

/// Remembers a token, and counts it. If there are more than `most`, the oldest goes.
pub(super) fn put(
    db: &Connection,
    new: &New<'_>,
    count: &mut u64,
    most: u64,
) -> Result<Commit, Cause> {
    let sql = "INSERT INTO tokens (generation, id, realm, makes, used_ms, body)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO NOTHING";
    let (makes, used) = (new.key.name.makes(), new.token.used.as_millisecond());
    let row = params![new.generation, number(new.key), new.realm, makes, used, new.body];
    if db.prepare_cached(sql)?.execute(row)? == 0 {
        return Ok(Commit::Stale);
    }
    *count += 1;
    if *count > most {
        let sql = "DELETE FROM tokens WHERE generation =
            (SELECT generation FROM tokens ORDER BY makes, used_ms, generation LIMIT 1)";
        *count = count.saturating_sub(u64::try_from(db.prepare_cached(sql)?.execute([])?)?);
    }
    Ok(Commit::Done)
}

/// Forgets tokens that were used before `until`, the oldest first, and counts them.
pub(super) fn forget(db: &Connection, until: Timestamp, count: &mut u64) -> Result<(), Cause> {
    let sql = "DELETE FROM tokens WHERE generation IN
        (SELECT generation FROM tokens WHERE makes = ?1 AND used_ms < ?2
         ORDER BY used_ms, generation LIMIT ?3)";
    let mut left = TOKENS_TOGETHER;
    for makes in [false, true] {
        let row = params![makes, until.as_millisecond(), i64::try_from(left)?];
        let gone = db.prepare_cached(sql)?.execute(row)?;
        left -= gone;
        *count = count.saturating_sub(u64::try_from(gone)?);
    }
    Ok(())
}

/// Forgets all tokens of a realm, and counts them.
pub(super) fn drop_realm(db: &Connection, realm: i64, count: &mut u64) -> Result<(), Cause> {
    let gone = db.prepare_cached("DELETE FROM tokens WHERE realm = ?1")?.execute([realm])?;
    *count = count.saturating_sub(u64::try_from(gone)?);
    Ok(())
}

/// How many tokens one more [`forget`] would forget.
pub(super) fn used_before(db: &Connection, until: Timestamp) -> Result<u64, Cause> {
    let sql = "SELECT count(*) FROM (
            SELECT 1 FROM tokens WHERE makes = FALSE AND used_ms < ?1
            UNION ALL SELECT 1 FROM tokens WHERE makes = TRUE AND used_ms < ?1
            LIMIT ?2)";
    let key = params![until.as_millisecond(), i64::try_from(TOKENS_TOGETHER)?];
    unsigned(db.prepare_cached(sql)?.query_row(key, |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use sexton_core::Realm;

    use super::super::schema;
    use super::*;

    fn key(operation: &str, number: i64) -> InRealm<TokenName> {
        let name = TokenName { operation: operation.to_owned(), token: number.to_string() };
        Realm::new("eu-central-1", "123456789012").with(name)
    }

    #[test]
    fn when_there_are_too_many_the_oldest_deletions_go_first_and_creations_last() {
        let mut db = Connection::open_in_memory().unwrap();
        schema::migrate(&mut db).unwrap();
        let mut count = 0;
        let mut put = |operation, number| {
            let key = &key(operation, number);
            let used = Timestamp::from_millisecond(number).unwrap();
            let token = &Token { asked: BTreeMap::new(), answer: String::new(), used };
            let body = &super::super::rows::encode(token).unwrap();
            let new = New { realm: 1, key, token, body, generation: 100 - number };
            put(&db, &new, &mut count, 4).unwrap()
        };
        for (operation, number) in [
            ("CreateBackup", 1),
            ("DeleteBackup", 3),
            ("DeleteBackup", 2),
            ("CreateBackup", 4),
            ("DeleteBackup", 5),
            ("CreateBackup", 6),
        ] {
            assert_eq!(put(operation, number), Commit::Done);
        }
        assert_eq!(put("CreateBackup", 6), Commit::Stale);
        let is_known = |operation, number| generation(&db, &key(operation, number)).unwrap();
        assert_eq!([2, 3, 5].map(|it| is_known("DeleteBackup", it)), [None, None, Some(95)]);
        assert!([1, 4, 6].iter().all(|it| is_known("CreateBackup", *it).is_some()));
        assert_eq!(put("CreateBackup", 7), Commit::Done);
        assert_eq!(put("CreateBackup", 8), Commit::Done);
        assert_eq!(is_known("DeleteBackup", 5), None);
        assert_eq!(is_known("CreateBackup", 1), None, "there was nothing else");
        assert_eq!(count, 4);
    }
}
