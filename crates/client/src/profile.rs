//! Reads the small profile file that `sexton serve` leaves in its data folder.
//!
//! It has the form of an AWS credentials file, so that every AWS tool can use it; here
//! only its `[default]` section is read, and only the members that we need.

use std::fmt;
use std::path::{Path, PathBuf};

/// Credentials and where they are good.
#[derive(Clone, PartialEq, Eq)]
pub struct Profile {
    /// The access key's id.
    pub access_key_id: String,
    /// The access key's secret.
    pub secret_access_key: String,
    /// The region that the server answers for.
    pub region: Option<String>,
    /// The server's address.
    pub endpoint_url: Option<String>,
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The secret stays out of logs.
        f.debug_struct("Profile")
            .field("access_key_id", &self.access_key_id)
            .field("region", &self.region)
            .field("endpoint_url", &self.endpoint_url)
            .finish_non_exhaustive()
    }
}

/// The file is not a profile.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// It cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A member is not there.
    #[error("{} has no {member} in its [default] section", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// The member.
        member: &'static str,
    },
}

impl Profile {
    /// Reads the file at `path`.
    pub fn load(path: &Path) -> Result<Self, ProfileError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ProfileError::Unreadable { path: path.to_owned(), source })?;
        Self::parse(&text).map_err(|member| ProfileError::Missing { path: path.to_owned(), member })
    }

    /// Reads `text`, or names the member that is missing.
    fn parse(text: &str) -> Result<Self, &'static str> {
        let mut in_default = false;
        let mut members = Vec::new();
        for line in text.lines().map(str::trim) {
            if let Some(section) = line.strip_prefix('[') {
                in_default = section.trim_end_matches(']').trim() == "default";
            } else if in_default
                && !line.starts_with(['#', ';'])
                && let Some((name, value)) = line.split_once('=')
            {
                members.push((name.trim(), value.trim()));
            }
        }
        let member = |wanted: &str| {
            let found = members.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            found.map(|(_, value)| (*value).to_owned()).filter(|value| !value.is_empty())
        };
        Ok(Self {
            access_key_id: member("aws_access_key_id").ok_or("aws_access_key_id")?,
            secret_access_key: member("aws_secret_access_key").ok_or("aws_secret_access_key")?,
            region: member("region"),
            endpoint_url: member("endpoint_url"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_default_section_is_read() {
        let text = "# made by sexton\n[other]\nregion = x\n[default]\n\
                    aws_access_key_id = AKID\naws_secret_access_key=a=b/c\nregion = eu-west-1\n";
        let profile = Profile::parse(text).unwrap();
        assert_eq!(profile.access_key_id, "AKID");
        assert_eq!(profile.secret_access_key, "a=b/c");
        assert_eq!(profile.region.as_deref(), Some("eu-west-1"));
        assert_eq!(profile.endpoint_url, None);
        assert!(!format!("{profile:?}").contains("a=b/c"));
    }

    #[test]
    fn what_is_missing_is_named() {
        let text = "[default]\naws_access_key_id = AKID\n[x]\naws_secret_access_key = s\n";
        assert_eq!(Profile::parse(text), Err("aws_secret_access_key"));
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in "(\\[default\\]\n)?[a-z_=\\[\\] \n#]{0,80}") {
            drop(Profile::parse(&text));
        }
    }
}
