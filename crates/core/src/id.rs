//! Identifiers: parsed once at the edge, typed afterwards.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The name of a backup vault, unique within the account and region.
///
/// Invariant: 1 to 128 bytes, none of them a control character, and neither `.` nor `..`:
/// clients and proxies take those out of a path, and the request names something else.
/// New vaults obey the narrower rule of [`VaultName::for_new_vault`]; stored names may be
/// wider, since services make vaults such as `aws/efs/automatic-backup-vault` of their own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct VaultName(String);

written_as_text!(VaultName);

/// The text is not a vault name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("backup vault name {name:?} is not valid")]
pub struct InvalidVaultName {
    /// What was given.
    pub name: String,
}

impl VaultName {
    /// The longest name that is looked up at all, in bytes.
    pub const LEN_MAX: usize = 128;

    /// Parses the name of a vault that is to be created: 2 to 50 letters, digits,
    /// `-` and `_`, which is AWS Backup's own pattern.
    pub fn for_new_vault(name: &str) -> Result<Self, InvalidVaultName> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if (2..=50).contains(&name.len()) && name.chars().all(plain) {
            Ok(Self(name.to_owned()))
        } else {
            Err(InvalidVaultName { name: name.to_owned() })
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for VaultName {
    type Err = InvalidVaultName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        name.to_owned().try_into()
    }
}

impl TryFrom<String> for VaultName {
    type Error = InvalidVaultName;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        let fits = (1..=Self::LEN_MAX).contains(&name.len());
        let dots = name == "." || name == "..";
        if fits && !dots && !name.chars().any(char::is_control) {
            Ok(Self(name))
        } else {
            Err(InvalidVaultName { name })
        }
    }
}

impl From<VaultName> for String {
    fn from(name: VaultName) -> Self {
        name.0
    }
}

impl fmt::Display for VaultName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Names one job: a backup, a restore or an erasure. A version 7 UUID, so that later
/// jobs sort after earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(Uuid);

impl JobId {
    /// Makes an id from the instant and ten random bytes.
    pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }

    /// The id that [`JobId::as_bytes`] gave.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// The id as sixteen bytes, for keys and associated data.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.hyphenated(), f)
    }
}

impl FromStr for JobId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::try_parse(text).map(Self)
    }
}

/// What a backup is within the server, whatever callers name it: bound into every byte that
/// is sealed for it, so that no other backup's bytes pass for its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BackupId(JobId);

impl BackupId {
    /// The id of the backup that this job makes.
    pub fn of_job(job: JobId) -> Self {
        Self(job)
    }

    /// The job that made it.
    pub fn job(&self) -> JobId {
        self.0
    }

    /// The id as sixteen bytes, for associated data.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl fmt::Display for BackupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Where the objects of one backup live in the blob store: a random name that means
/// nothing and is never used again.
///
/// Invariant: 32 lower-case hexadecimal digits, whether it was made or read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct ObjectPrefix(String);

/// The text is not an object prefix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("object prefix {text:?} is not 32 lower-case hexadecimal digits")]
pub struct InvalidObjectPrefix {
    /// What was given.
    pub text: String,
}

impl ObjectPrefix {
    /// Makes a prefix from sixteen random bytes.
    pub fn new(random: [u8; 16]) -> Self {
        Self(format!("{:032x}", u128::from_be_bytes(random)))
    }

    /// The prefix as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ObjectPrefix {
    type Error = InvalidObjectPrefix;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() == 32 && text.bytes().all(digit) {
            Ok(Self(text))
        } else {
            Err(InvalidObjectPrefix { text })
        }
    }
}

impl fmt::Display for ObjectPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Counts the root keys that the key ring has had. The first is epoch 1.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default,
)]
#[serde(transparent)]
pub struct Epoch(pub u64);

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Who asks: the ARN of an authenticated identity, or the server itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Principal(pub String);

impl Principal {
    /// The server acting on its own: a scheduled expiry, a failed capture.
    pub fn server() -> Self {
        Self("sexton".to_owned())
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_a_path_loses_is_no_vault() {
        for name in [".", "..", "", "a\nb"] {
            assert!(name.parse::<VaultName>().is_err(), "{name:?}");
            assert!(serde_json::from_value::<VaultName>(name.into()).is_err(), "{name:?}");
        }
        for name in ["...", ".a", "aws/efs/automatic-backup-vault"] {
            assert_eq!(name.parse::<VaultName>().unwrap().as_str(), name);
        }
    }

    #[test]
    fn a_stored_prefix_leads_nowhere_else() {
        let prefix = ObjectPrefix::new([0xab; 16]);
        let text = serde_json::to_string(&prefix).unwrap();
        assert_eq!(text, format!("\"{}\"", "ab".repeat(16)));
        assert_eq!(serde_json::from_str::<ObjectPrefix>(&text).unwrap(), prefix);
        for text in ["", "..", "../../etc", &"AB".repeat(16), &"ab".repeat(17)] {
            assert!(serde_json::from_value::<ObjectPrefix>((*text).into()).is_err(), "{text:?}");
        }
    }
}
