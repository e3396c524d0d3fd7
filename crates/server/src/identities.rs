//! Who there is beside the root identity: users, and sessions of roles.
//!
//! All users are held in memory, as they are stored: each request asks who signed it. Whoever
//! changes one has it read again, one after the other, so that what is held is never older than
//! what a caller was told.
//!
//! No secret is stored. That of an access key is derived from its id and a secret of this server,
//! and a session is told by its token, which nobody else can make or read.

mod token;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, RwLock};

use aws_lc_rs::hmac;
use jiff::Timestamp;
use sexton_core::{Rights, Session, User, UserName};
use sexton_store::{Cursor, Follow, MetaStore, PAGE_ITEMS_MAX, StoreError, Subject};
use zeroize::Zeroizing;

pub(crate) use token::Invalid;
use token::Tokens;

/// Bytes of a secret, of which each is two letters.
const SECRET_BYTES: usize = 30;

/// See the module.
pub struct Identities {
    users: RwLock<Users>,
    /// Held while a user is read again.
    turn: tokio::sync::Mutex<()>,
    /// Held by whoever changes a user: then nothing is decided in vain.
    changes: tokio::sync::Mutex<()>,
    secrets: hmac::Key,
    tokens: Tokens,
}

#[derive(Default)]
struct Users {
    by_name: HashMap<UserName, Arc<Known>>,
    /// By those of their access keys that are active.
    by_key: HashMap<String, Arc<Known>>,
}

/// A user, and what their policies say.
#[derive(Debug, PartialEq, Eq)]
pub struct Known {
    /// The user.
    pub user: User,
    /// What they may do.
    pub rights: Rights,
}

/// Whose an access key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Holder {
    /// A user.
    User(Arc<Known>),
    /// Whoever took on a role.
    Session(Arc<Session>),
}

impl Holder {
    /// Its account.
    pub(crate) fn account(&self) -> &str {
        match self {
            Self::User(known) => &known.user.account,
            Self::Session(session) => session.role.account(),
        }
    }
}

impl fmt::Debug for Identities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identities").finish_non_exhaustive()
    }
}

impl Identities {
    /// Nobody yet. `secret` is this server's, and lasts as long as what is stored.
    pub fn new(secret: &[u8; 32]) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let tokens = Tokens::new(hmac::sign(&key, b"tokens of sessions").as_ref());
        let secrets = hmac::sign(&key, b"secrets of access keys");
        Self {
            users: RwLock::default(),
            turn: tokio::sync::Mutex::new(()),
            changes: tokio::sync::Mutex::new(()),
            secrets: hmac::Key::new(hmac::HMAC_SHA256, secrets.as_ref()),
            tokens,
        }
    }

    /// Waits until nobody else changes a user.
    pub(crate) async fn change(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.changes.lock().await
    }

    /// Reads all users.
    pub async fn load(&self, store: &dyn MetaStore) -> Result<(), StoreError> {
        let _turn = self.turn.lock().await;
        let mut after: Option<Cursor> = None;
        loop {
            let page = store.list_users(after.as_ref(), PAGE_ITEMS_MAX).await?;
            for user in page.items {
                self.hold(&user.key(), Some(user));
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// Reads one user again, after they were changed.
    pub(crate) async fn reload(
        &self,
        store: &dyn MetaStore,
        name: &UserName,
    ) -> Result<(), StoreError> {
        let _turn = self.turn.lock().await;
        let reading = store.read(&[Subject::User(name.clone())], Follow::Nothing).await?;
        self.hold(name, reading.user(name).cloned());
        Ok(())
    }

    /// Locks out a user of whom nobody knows how they are now, until they have been read again:
    /// none of their keys is taken.
    pub(crate) fn lock_out(&self, name: &UserName) {
        let mut users = self.users.write().expect("no holder of this lock panics");
        let Some(before) = users.by_name.get(name).cloned() else { return };
        for key in &before.user.keys {
            users.by_key.remove(&key.id);
        }
    }

    fn hold(&self, name: &UserName, user: Option<User>) {
        let mut users = self.users.write().expect("no holder of this lock panics");
        if let Some(before) = users.by_name.remove(name) {
            for key in &before.user.keys {
                users.by_key.remove(&key.id);
            }
        }
        let Some(user) = user else { return };
        let rights = user.rights();
        let known = Arc::new(Known { user, rights });
        for key in known.user.keys.iter().filter(|key| key.active) {
            users.by_key.insert(key.id.clone(), Arc::clone(&known));
        }
        users.by_name.insert(name.clone(), known);
    }

    /// Whose access key this is, if it can be signed with.
    pub(crate) fn holder(
        &self,
        key: &str,
        token: Option<&str>,
        now: Timestamp,
    ) -> Result<Holder, Invalid> {
        if let Some(token) = token {
            let session = self.tokens.open(key, token)?;
            if session.until <= now {
                return Err(Invalid::Expired);
            }
            return Ok(Holder::Session(Arc::new(session)));
        }
        let users = self.users.read().expect("no holder of this lock panics");
        users.by_key.get(key).cloned().map(Holder::User).ok_or(Invalid::Unknown)
    }

    /// The user of an account whose access key this is, active or not.
    pub(crate) fn owner(&self, account: &str, key: &str) -> Option<Arc<Known>> {
        let users = self.users.read().expect("no holder of this lock panics");
        let is_theirs = |known: &&Arc<Known>| {
            known.user.account == account && known.user.keys.iter().any(|it| it.id == key)
        };
        users.by_name.values().find(is_theirs).cloned()
    }

    /// The secret of an access key.
    pub(crate) fn secret(&self, key: &str) -> Zeroizing<String> {
        let tag = hmac::sign(&self.secrets, key.as_bytes());
        let bytes = tag.as_ref().get(..SECRET_BYTES).unwrap_or(tag.as_ref());
        Zeroizing::new(hex::encode(bytes))
    }

    /// The token of a session, which is bound to the access key `key`.
    pub(crate) fn token(
        &self,
        key: &str,
        session: &Session,
        nonce: [u8; token::NONCE_BYTES],
    ) -> String {
        self.tokens.seal(key, session, nonce)
    }
}

#[cfg(test)]
mod tests;
