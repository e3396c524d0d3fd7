//! The names that `FSx` gives.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{BackupName, Realm, ResourceArn};

/// The text is not an id of this kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not an id of the form {form}")]
pub struct InvalidFsxId {
    /// What was given.
    pub text: String,
    /// What was expected.
    pub form: &'static str,
}

macro_rules! id_type {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $digits:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// An id that grows with time, and that nobody else has: 44 bits of milliseconds
            /// last until the year 2527.
            pub fn mint(now: Timestamp, random: [u8; 8]) -> Self {
                let millis = u64::try_from(now.as_millisecond()).unwrap_or(0) & 0xfff_ffff_ffff;
                let random = u64::from_be_bytes(random) & 0xff_ffff;
                Self(format!(concat!($prefix, "{:011x}{:06x}"), millis, random))
            }
        }

        impl FromStr for $name {
            type Err = InvalidFsxId;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
                match text.strip_prefix($prefix) {
                    Some(digits)
                        if $digits.contains(&digits.len()) && digits.bytes().all(is_digit) =>
                    {
                        Ok(Self(text.to_owned()))
                    }
                    Some(_) | None => Err(InvalidFsxId {
                        text: text.chars().take(200).collect(),
                        form: concat!($prefix, "0123456789abcdef0"),
                    }),
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidFsxId;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id_type! {
    /// Names a file system: `fs-` and 8 to 18 hexadecimal digits.
    FileSystemId, "fs-", (8..=18)
}

id_type! {
    /// Names a volume: `fsvol-` and 17 hexadecimal digits.
    VolumeId, "fsvol-", (17..=17)
}

id_type! {
    /// What `FSx` calls a backup: `backup-` and 8 to 121 hexadecimal digits.
    FsxBackupId, "backup-", (8..=121)
}

impl FileSystemId {
    /// The ARN of this file system in `realm`.
    pub fn arn(&self, realm: &Realm) -> ResourceArn {
        parsed(realm.arn("fsx", &format!("file-system/{self}")))
    }

    /// The file system that this ARN names, or that a volume of this ARN belongs to.
    pub fn of(arn: &ResourceArn) -> Option<Self> {
        let resource = (arn.service() == "fsx").then(|| arn.resource())?;
        let inner = resource.strip_prefix("file-system/").or(resource.strip_prefix("volume/"))?;
        inner.split('/').next()?.parse().ok()
    }
}

impl VolumeId {
    /// The ARN of this volume of `file_system` in `realm`.
    pub fn arn(&self, file_system: &FileSystemId, realm: &Realm) -> ResourceArn {
        parsed(realm.arn("fsx", &format!("volume/{file_system}/{self}")))
    }

    /// The volume that this ARN names.
    pub fn of(arn: &ResourceArn) -> Option<Self> {
        let resource = (arn.service() == "fsx").then(|| arn.resource())?;
        resource.strip_prefix("volume/")?.split_once('/')?.1.parse().ok()
    }
}

impl FsxBackupId {
    /// The name of this backup in `realm`: one for both services that show it.
    pub fn name(&self, realm: &Realm) -> BackupName {
        let arn = realm.arn("fsx", &format!("backup/{self}"));
        BackupName::Arn(arn.parse().expect("an id has the letters of an ARN"))
    }

    /// What `FSx` calls the backup of this name; nothing if it is not one of `FSx`.
    pub fn of(name: &BackupName) -> Option<Self> {
        let BackupName::Arn(arn) = name;
        let id = (arn.service() == "fsx").then(|| arn.resource())?.strip_prefix("backup/")?;
        id.parse().ok()
    }
}

fn parsed(arn: String) -> ResourceArn {
    arn.try_into().expect("an id has the letters of an ARN")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_found_in_the_arn_that_is_made_of_it() {
        let realm = Realm::new("us-east-1", "123456789012");
        let file_system = FileSystemId::mint(Timestamp::UNIX_EPOCH, [7; 8]);
        let volume = VolumeId::mint(Timestamp::UNIX_EPOCH, [8; 8]);
        assert_eq!(FileSystemId::of(&file_system.arn(&realm)), Some(file_system.clone()));
        let arn = volume.arn(&file_system, &realm);
        assert_eq!(VolumeId::of(&arn), Some(volume));
        assert_eq!(FileSystemId::of(&arn), Some(file_system.clone()));
        assert_eq!(VolumeId::of(&file_system.arn(&realm)), None);
        let backup: FsxBackupId = "backup-0123456789abcdef0".parse().unwrap();
        assert_eq!(FsxBackupId::of(&backup.name(&realm)), Some(backup));
    }

    #[test]
    fn what_is_no_id_is_named() {
        for text in
            ["", "fs-", "fs-0123456", "fs-0123456789abcdef012", "fs-0123456G", "FS-01234567"]
        {
            assert_eq!(text.parse::<FileSystemId>().unwrap_err().text, text);
        }
        assert!("fsvol-0123456789abcdef".parse::<VolumeId>().is_err());
        assert!("backup-1".parse::<FsxBackupId>().is_err());
        let other: BackupName = "arn:aws:ec2:r::snapshot/snap-0123456789".parse().unwrap();
        assert_eq!(FsxBackupId::of(&other), None);
    }
}
