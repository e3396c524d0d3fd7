//! The names of instances, of their backup sets, and of runs of log backups.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::arn::APSARA;
use crate::{BackupName, Realm, ResourceArn};

/// The longest id of an instance.
const INSTANCE_LEN_MAX: usize = 64;

/// The text is not an id of this kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not an id of the form {form}")]
pub struct InvalidRdsId {
    /// What was given.
    pub text: String,
    /// What was expected.
    pub form: &'static str,
}

/// Names an instance: a word, `-`, and lower-case letters and digits, as in `rm-uf6wjk5xxxxxxx`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InstanceId(String);

impl InstanceId {
    /// An id that nobody else has.
    pub fn mint(random: [u8; 8]) -> Self {
        Self(format!("rm-{:016x}", u64::from_be_bytes(random)))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of this instance in `realm`.
    pub fn arn(&self, realm: &Realm) -> ResourceArn {
        parsed(self.text(realm))
    }

    /// What the log backups of this instance are backups of.
    pub fn log_arn(&self, realm: &Realm) -> ResourceArn {
        parsed(format!("{}/log", self.text(realm)))
    }

    /// What the connection settings are kept under of a replication slot that is owed.
    pub fn owed_arn(&self, number: u32, realm: &Realm) -> ResourceArn {
        parsed(format!("{}/owed/{number:08x}", self.text(realm)))
    }

    fn text(&self, realm: &Realm) -> String {
        format!("arn:{APSARA}:rds:{}:{}:dbinstance/{self}", realm.region, realm.account)
    }

    /// The instance that this name is one of.
    pub fn of(arn: &ResourceArn) -> Option<Self> {
        let resource = (arn.partition() == APSARA && arn.service() == "rds").then_some(arn)?;
        resource.resource().strip_prefix("dbinstance/")?.split('/').next()?.parse().ok()
    }
}

impl FromStr for InstanceId {
    type Err = InvalidRdsId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let plain = |word: &str| !word.is_empty() && word.bytes().all(letter);
        match text.split_once('-') {
            Some((word, rest))
                if plain(word) && text.len() <= INSTANCE_LEN_MAX && rest.split('-').all(plain) =>
            {
                Ok(Self(text.to_owned()))
            }
            Some(_) | None => Err(InvalidRdsId {
                text: text.chars().take(200).collect(),
                form: "rm-0123456789abcdef",
            }),
        }
    }
}

impl TryFrom<String> for InstanceId {
    type Error = InvalidRdsId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<InstanceId> for String {
    fn from(id: InstanceId) -> Self {
        id.0
    }
}

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Names a backup set: a number, as in `324909958`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BackupSetNumber(pub u64);

impl BackupSetNumber {
    /// A number that nobody else has, within what every client holds exactly.
    pub fn mint(random: [u8; 8]) -> Self {
        // Fifteen digits, the first of which is not 0.
        const FROM: u64 = 100_000_000_000_000;
        Self(FROM + u64::from_be_bytes(random) % (9 * FROM))
    }

    /// The name of this set of an instance.
    pub fn name(self, instance: &InstanceId, realm: &Realm) -> BackupName {
        named(format!("{}/backup/{self}", instance.text(realm)))
    }

    /// The name of the run of log backups of this number.
    pub fn log_name(self, instance: &InstanceId, realm: &Realm) -> BackupName {
        named(format!("{}/log/{self}", instance.text(realm)))
    }
}

impl FromStr for BackupSetNumber {
    type Err = InvalidRdsId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidRdsId { text: text.chars().take(200).collect(), form: "324909958" };
        let plain = !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = plain.then(|| text.parse().ok()).flatten().ok_or_else(invalid)?;
        Ok(Self(number))
    }
}

impl fmt::Display for BackupSetNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

fn parsed(arn: String) -> ResourceArn {
    arn.try_into().expect("an id has the letters of an ARN")
}

fn named(arn: String) -> BackupName {
    arn.try_into().expect("an id has the letters of an ARN")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_is_found_in_the_names_that_are_made_of_it() {
        let realm = Realm::new("cn-hangzhou", "123456789012");
        let id: InstanceId = "rm-uf6wjk5xxxxxxx".parse().unwrap();
        let arn = "arn:acs:rds:cn-hangzhou:123456789012:dbinstance/rm-uf6wjk5xxxxxxx";
        assert_eq!(id.arn(&realm).as_str(), arn);
        let set = BackupSetNumber(324_909_958).name(&id, &realm);
        assert_eq!(set.as_str(), format!("{arn}/backup/324909958"));
        for name in [id.arn(&realm), id.log_arn(&realm), set.as_str().parse().unwrap()] {
            assert_eq!(InstanceId::of(&name), Some(id.clone()), "{name}");
        }
        let other = "arn:aws:rds:us-east-1:123456789012:dbinstance/rm-1".parse().unwrap();
        assert_eq!(InstanceId::of(&other), None);
        assert_eq!(
            InstanceId::of(&InstanceId::mint([7; 8]).arn(&realm)).unwrap().as_str().len(),
            19
        );
    }

    #[test]
    fn what_is_no_id_is_named() {
        for text in
            ["", "rm", "rm-", "-x", "rm-A", "rm-x/y", "rm-x y", &format!("rm-{}", "x".repeat(62))]
        {
            assert_eq!(text.parse::<InstanceId>().unwrap_err().text, text);
        }
        for text in ["", "0", "01", "-1", "+1", "1 ", "1x", "99999999999999999999"] {
            assert_eq!(text.parse::<BackupSetNumber>().unwrap_err().text, text);
        }
        for random in [[0; 8], [255; 8], [7; 8]] {
            let minted = BackupSetNumber::mint(random);
            assert_eq!(minted.to_string().len(), 15);
            assert_eq!(minted.to_string().parse(), Ok(minted));
        }
    }
}
