//! Realms: an account in a region, where everything lives.

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;
use std::sync::Arc;

use serde::Deserialize;

/// The most realms in which something is stored. AWS has some forty regions; this is there so
/// that nobody fills a server for tests with them.
pub const REALMS_MAX: u64 = 256;

/// An account in a region. Names of vaults, backups, sources and tokens are unique within one,
/// and its own ARNs share it.
///
/// The cloud is told by the account: those of AWS have twelve digits.
///
/// As text: `123456789012/us-east-1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Realm(Arc<AccountAndRegion>);

written_as_text!(Realm);

/// What a realm is, shared by all who name it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountAndRegion {
    /// Twelve digits.
    pub account: String,
    /// The AWS region, such as `us-east-1`.
    pub region: String,
    /// Both, as the realm is written.
    text: String,
}

impl Deref for Realm {
    type Target = AccountAndRegion;

    fn deref(&self) -> &AccountAndRegion {
        &self.0
    }
}

/// The text is not a realm.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not an account and a region, such as 123456789012/us-east-1")]
pub struct InvalidRealm {
    /// What was given.
    pub text: String,
}

/// How the regions of other partitions than `aws` begin.
const PARTITIONS: [(&str, &str); 7] = [
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("eu-isoe-", "aws-iso-e"),
    ("us-isof-", "aws-iso-f"),
    ("eusc-", "aws-eusc"),
];

impl Realm {
    /// The realm of `account` in `region`.
    pub fn new(region: impl Into<String>, account: impl Into<String>) -> Self {
        let (account, region) = (account.into(), region.into());
        let text = format!("{account}/{region}");
        Self(Arc::new(AccountAndRegion { account, region, text }))
    }

    /// The realm as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Something of this name in this realm.
    pub fn with<T>(&self, name: T) -> InRealm<T> {
        InRealm { realm: self.clone(), name }
    }

    /// The partition that the region belongs to.
    pub fn partition(&self) -> &'static str {
        let of = |(prefix, _): &&(&str, &str)| self.region.starts_with(prefix);
        PARTITIONS.iter().find(of).map_or("aws", |(_, partition)| partition)
    }

    /// `arn:<partition>:<service>:<region>:<account>:<resource>`.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        let AccountAndRegion { region, account, .. } = &**self;
        format!("arn:{}:{service}:{region}:{account}:{resource}", self.partition())
    }

    /// The ARN of the vault of this name.
    pub fn vault_arn(&self, name: &crate::VaultName) -> String {
        self.arn("backup", &format!("backup-vault:{name}"))
    }

    /// The ARN of the account's root identity.
    pub fn root_principal(&self) -> String {
        format!("arn:{}:iam::{}:root", self.partition(), self.account)
    }
}

impl fmt::Display for Realm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Realm {
    type Err = InvalidRealm;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('/') {
            Some((account, region)) if is_word(account) && is_word(region) => {
                Ok(Self::new(region, account))
            }
            Some(_) | None => Err(InvalidRealm { text: text.chars().take(200).collect() }),
        }
    }
}

fn is_word(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=32).contains(&text.len()) && text.chars().all(plain)
}

impl TryFrom<String> for Realm {
    type Error = InvalidRealm;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Realm> for String {
    fn from(realm: Realm) -> Self {
        realm.as_str().to_owned()
    }
}

/// A name that is unique in its realm, and the realm.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InRealm<T> {
    /// The realm.
    pub realm: Realm,
    /// The name.
    pub name: T,
}

impl<T: fmt::Display> fmt::Display for InRealm<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.name, self.realm)
    }
}

/// Whether this is the form of a region's name: lower-case words and a number at the end,
/// joined by `-`, as in `us-gov-west-1`. Those of Alibaba Cloud in China have no number:
/// `cn-hangzhou`.
pub fn is_region(text: &str) -> bool {
    let words: Vec<&str> = text.split('-').collect();
    let plain = |word: &&str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    let Some((last, before)) = words.split_last() else { return false };
    let is_number = (1..=2).contains(&last.len()) && last.bytes().all(|b| b.is_ascii_digit());
    let is_named = words[0] == "cn" && words.len() >= 2 && plain(last);
    let numbered = before.len() >= 2 && is_number;
    text.len() <= 32 && (numbered || is_named) && before.iter().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_realm_comes_back_from_its_text_and_no_other_text_is_one() {
        let realm = Realm::new("us-gov-west-1", "123456789012");
        let text = serde_json::to_string(&realm).unwrap();
        assert_eq!(text, "\"123456789012/us-gov-west-1\"");
        assert_eq!(serde_json::from_str::<Realm>(&text).unwrap(), realm);
        for text in ["", "/", "1/", "/r", "1/r/s", "1/R", "1 /r", "us-east-1", "1/r\n"] {
            assert_eq!(text.parse::<Realm>().unwrap_err().text, text);
        }
    }

    #[test]
    fn regions_are_told_from_other_words() {
        for text in ["us-east-1", "eu-central-2", "us-gov-west-1", "ap-southeast-10", "cn-north-1"]
            .into_iter()
            .chain(["cn-hangzhou", "cn-shanghai-finance-1", "cn-zhengzhou-jva"])
        {
            assert!(is_region(text), "{text}");
        }
        for text in ["", "r", "us-east", "us-1", "us--1", "us-east-1a", "US-EAST-1", "-east-1"] {
            assert!(!is_region(text), "{text}");
        }
    }
}
