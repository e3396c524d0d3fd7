//! Users: identities of an account beside its root, each with policies and access keys.
//!
//! Whose request it is tells an access key. No secret is kept with it: a server derives the secret
//! of a key from the key's id and a secret of its own.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::policy::{Kind, MalformedPolicy, Policy};
use crate::{Principal, Rights};

/// The most users, as IAM has it.
pub const USERS_MAX: u64 = 5000;
/// The most access keys of one user, as IAM has it: one in use, and the one that replaces it.
pub const USER_KEYS_MAX: usize = 2;
/// The most that the policies of one user may have together, in bytes. IAM allows less in a user,
/// and more in managed policies, which nobody keeps here.
const POLICIES_BYTES_MAX: usize = 10_240;
/// The most policies of one user.
const POLICIES_MAX: usize = 100;

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Whose user.
    pub account: String,
    /// Unique in the account, in whichever case.
    pub name: String,
    /// Unique among all users that there were, such as `AIDA…`.
    pub id: String,
    /// When it was made.
    pub created: Timestamp,
    /// What it may do: policies as IAM writes them, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub policies: BTreeMap<String, String>,
    /// Its access keys, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<UserKey>,
}

/// An access key of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserKey {
    /// The access key id.
    pub id: String,
    /// When it was made.
    pub created: Timestamp,
    /// Whether requests may be signed with it.
    pub active: bool,
}

/// What a user is found by: the account, and the name in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserName(String);

impl UserName {
    /// Of the user of this name, in whichever case.
    pub fn new(account: &str, name: &str) -> Self {
        Self(format!("{account}/{}", name.to_ascii_lowercase()))
    }

    /// Of the user that this is, if it is one.
    pub fn of(by: &Principal) -> Option<Self> {
        let (account, name) = by.0.split_once(":user/")?;
        Some(Self::new(account.rsplit(':').next()?, name))
    }

    /// As text. Texts of different names differ.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl UserRefusal {
    /// There is no user of this name, which anybody may have written.
    pub fn no_user(name: &str) -> Self {
        Self::NoUser { name: name.chars().take(64).collect() }
    }
}

/// Why a user is not made, or stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UserRefusal {
    /// There is a user of this name.
    #[error("there is a user {name} already")]
    Exists {
        /// The name.
        name: String,
    },
    /// There are as many as there may be.
    #[error("there are {USERS_MAX} users already")]
    TooMany,
    /// It is no name of a user.
    #[error("the name of a user is 1 to 64 letters, digits and +=,.@_-")]
    Name,
    /// It is no name of a policy.
    #[error("the name of a policy is 1 to 128 letters, digits and +=,.@_-")]
    PolicyName,
    /// There is no such user.
    #[error("there is no user {name}")]
    NoUser {
        /// The name.
        name: String,
    },
    /// The user has no policy of this name.
    #[error("user {user} has no policy {policy}")]
    NoPolicy {
        /// The user.
        user: String,
        /// The name.
        policy: String,
    },
    /// A policy cannot be understood.
    #[error("policy {policy}: {source}")]
    Malformed {
        /// The name.
        policy: String,
        /// Why.
        source: MalformedPolicy,
    },
    /// The policies would be too many, or too long.
    #[error("a user has at most {POLICIES_MAX} policies, of {POLICIES_BYTES_MAX} bytes together")]
    TooMuch,
    /// The user has no such access key.
    #[error("user {user} has no access key {key}")]
    NoKey {
        /// The user.
        user: String,
        /// The id.
        key: String,
    },
    /// The user has as many access keys as there may be.
    #[error("user {user} has {USER_KEYS_MAX} access keys already: {}", keys.join(" and "))]
    TooManyKeys {
        /// The user.
        user: String,
        /// Their ids.
        keys: Vec<String>,
    },
    /// An access key that goes, or whose user goes, is still in use.
    #[error("access key {key} of user {user} is active: disable it first")]
    ActiveKey {
        /// The user.
        user: String,
        /// The id.
        key: String,
    },
}

/// What became of a user, for the trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the variants and their members are the audit trail's own words")]
pub enum UserChange {
    Created { policies: BTreeMap<String, String> },
    Removed,
    PoliciesChanged { put: BTreeMap<String, String>, removed: Vec<String> },
    KeyMade { key: String },
    KeyDisabled { key: String },
    KeyEnabled { key: String },
    KeyRemoved { key: String },
}

impl UserChange {
    /// In a word, and the key that it is about.
    pub fn words(&self) -> (&'static str, Option<&str>) {
        match self {
            Self::Created { policies: _ } => ("created", None),
            Self::Removed => ("removed", None),
            Self::PoliciesChanged { .. } => ("policies changed", None),
            Self::KeyMade { key } => ("key made", Some(key)),
            Self::KeyDisabled { key } => ("key disabled", Some(key)),
            Self::KeyEnabled { key } => ("key enabled", Some(key)),
            Self::KeyRemoved { key } => ("key removed", Some(key)),
        }
    }
}

/// Letters of which ids are made.
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// `prefix` and so many random letters and digits.
pub fn random_id(prefix: &str, letters: usize, random: [u8; 16]) -> String {
    let mut rest = u128::from_be_bytes(random);
    let mut id = prefix.to_owned();
    for _ in 0..letters {
        let letter = LETTERS.get(usize::try_from(rest % 32).unwrap_or(0));
        id.push(char::from(letter.copied().unwrap_or(b'A')));
        rest /= 32;
    }
    id
}

/// Whether IAM would take it for a name.
pub(crate) fn is_iam_name(text: &str, most: usize) -> bool {
    let fits = |it: u8| it.is_ascii_alphanumeric() || b"_+=,.@-".contains(&it);
    (1..=most).contains(&text.len()) && text.bytes().all(fits)
}

/// Makes a user of `account`, unless `before` has its name.
pub fn decide_create_user(
    name: &str,
    account: &str,
    before: Option<&User>,
    now: Timestamp,
    random: [u8; 16],
) -> Result<User, UserRefusal> {
    if !is_iam_name(name, 64) {
        return Err(UserRefusal::Name);
    }
    if before.is_some() {
        return Err(UserRefusal::Exists { name: name.to_owned() });
    }
    Ok(User {
        account: account.to_owned(),
        name: name.to_owned(),
        id: random_id("AIDA", 17, random),
        created: now,
        policies: BTreeMap::new(),
        keys: Vec::new(),
    })
}

impl User {
    /// What it is found by.
    pub fn key(&self) -> UserName {
        UserName::new(&self.account, &self.name)
    }

    /// Its ARN. It is the same in every region, as those of roles are: policies name it.
    pub fn arn(&self) -> String {
        format!("arn:aws:iam::{}:user/{}", self.account, self.name)
    }

    /// What it may do.
    pub fn rights(&self) -> Rights {
        Rights::of(&self.policies, &BTreeSet::new())
    }

    /// The user with this policy, in place of one of the same name.
    pub fn decide_put(&self, policy: &str, document: &str) -> Result<Self, UserRefusal> {
        if !is_iam_name(policy, 128) {
            return Err(UserRefusal::PolicyName);
        }
        let mut user = self.clone();
        user.policies.insert(policy.to_owned(), document.to_owned());
        let bytes: usize = user.policies.values().map(String::len).sum();
        if bytes > POLICIES_BYTES_MAX || user.policies.len() > POLICIES_MAX {
            return Err(UserRefusal::TooMuch);
        }
        let read = Policy::parse(document, Kind::Identity);
        read.map_err(|source| UserRefusal::Malformed { policy: policy.to_owned(), source })?;
        Ok(user)
    }

    /// The user without the policy of this name.
    pub fn decide_remove_policy(&self, policy: &str) -> Result<Self, UserRefusal> {
        let mut user = self.clone();
        if user.policies.remove(policy).is_none() {
            let user = self.name.clone();
            // Only what can be the name of one is repeated.
            if !is_iam_name(policy, 128) {
                return Err(UserRefusal::PolicyName);
            }
            return Err(UserRefusal::NoPolicy { user, policy: policy.to_owned() });
        }
        Ok(user)
    }

    /// The user with one more access key, of this id.
    pub fn decide_add_key(&self, id: String, now: Timestamp) -> Result<Self, UserRefusal> {
        if self.keys.len() >= USER_KEYS_MAX {
            let keys = self.keys.iter().map(|key| key.id.clone()).collect();
            return Err(UserRefusal::TooManyKeys { user: self.name.clone(), keys });
        }
        let mut user = self.clone();
        user.keys.push(UserKey { id, created: now, active: true });
        Ok(user)
    }

    /// The user with an access key that is active from now on, or no longer. Nothing if it is so
    /// already.
    pub fn decide_set_key(&self, id: &str, active: bool) -> Result<Option<Self>, UserRefusal> {
        let place = self.place_of(id)?;
        let mut user = self.clone();
        let key = user.keys.get_mut(place).filter(|key| key.active != active);
        let Some(key) = key else { return Ok(None) };
        key.active = active;
        Ok(Some(user))
    }

    /// The user without an access key that is disabled.
    pub fn decide_remove_key(&self, id: &str) -> Result<Self, UserRefusal> {
        let place = self.place_of(id)?;
        let mut user = self.clone();
        let key = user.keys.remove(place);
        if key.active {
            return Err(UserRefusal::ActiveKey { user: self.name.clone(), key: key.id });
        }
        Ok(user)
    }

    /// Refuses to remove a user while an access key of theirs is active.
    pub fn decide_remove(&self) -> Result<(), UserRefusal> {
        match self.keys.iter().find(|key| key.active) {
            None => Ok(()),
            Some(key) => {
                Err(UserRefusal::ActiveKey { user: self.name.clone(), key: key.id.clone() })
            }
        }
    }

    fn place_of(&self, id: &str) -> Result<usize, UserRefusal> {
        let place = self.keys.iter().position(|key| key.id == id);
        let key = || id.chars().take(128).collect();
        place.ok_or_else(|| UserRefusal::NoKey { user: self.name.clone(), key: key() })
    }
}
