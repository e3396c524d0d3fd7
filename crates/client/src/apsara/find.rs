//! Where Alibaba's own tools keep credentials.
//!
//! In this order: the profile that is given, and nothing else; the variables with a key; those
//! with a role and a token of another identity provider; `~/.aliyun/config.json`;
//! `~/.alibabacloud/credentials`; the role of the machine, where a variable names it. A key that is
//! there by half, or a kind of profile that is not understood, is an error and not passed over:
//! what comes next may be of another account.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::credentials::{Keys, Origin, Role};
use super::whole;

/// How long temporary keys are asked for where nobody says, in seconds.
const SECONDS_USUAL: u32 = 3600;

/// What sessions are called where nobody says.
const SESSION_USUAL: &str = "sexton";

/// The profile that is meant where nobody says.
const PROFILE_USUAL: &str = "default";

/// What a program is surrounded by.
pub(crate) struct Surroundings<'a> {
    pub(crate) variable: &'a dyn Fn(&str) -> Option<String>,
    pub(crate) read: &'a dyn Fn(&Path) -> io::Result<String>,
}

impl fmt::Debug for Surroundings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings").finish_non_exhaustive()
    }
}

/// Credentials, and the region that is kept with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) origin: Origin,
    pub(crate) region: Option<String>,
}

/// There are no credentials that can be used.
#[derive(Debug, thiserror::Error)]
pub enum ApsaraCredentialsError {
    /// Nothing has any.
    #[error("no credentials of Alibaba Cloud were found")]
    None,
    /// No file has this profile.
    #[error("there is no profile {name:?} of Alibaba Cloud")]
    NoProfile {
        /// Its name.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file is none of profiles.
    #[error("{} is not a file of profiles", path.display())]
    NotProfiles {
        /// The file.
        path: PathBuf,
    },
    /// Something is there by half.
    #[error("{place} has no {member}")]
    Missing {
        /// What lacks it: a profile, the environment.
        place: String,
        /// What is missing.
        member: &'static str,
    },
    /// A profile is of a kind that is not understood here.
    #[error("{place} is of the kind {kind:?}, which is not supported")]
    Unsupported {
        /// The profile.
        place: String,
        /// Its kind.
        kind: String,
    },
}

/// What a profile holds, by the names of `config.json`.
type Members = BTreeMap<String, String>;

#[derive(Deserialize)]
struct ConfigFile {
    #[serde(default)]
    current: String,
    #[serde(default)]
    profiles: Vec<BTreeMap<String, serde_json::Value>>,
}

/// Finds credentials. `profile` is what was given, if anything was.
pub(crate) fn find(
    around: &Surroundings<'_>,
    profile: Option<&str>,
) -> Result<Found, ApsaraCredentialsError> {
    if profile.is_none()
        && let Some(origin) = of_variables(around)?
    {
        return Ok(Found { origin, region: None });
    }
    let named = given(around, "ALIBABA_CLOUD_PROFILE");
    let wanted = profile.map(str::to_owned).or(named);
    let mut known = Vec::new();
    let files: [(_, Reader); 2] =
        [(home(around, ".aliyun/config.json"), config), (credentials_file(around), sections)];
    for (path, reader) in files {
        let Some(path) = path else { continue };
        let text = match (around.read)(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(source) => return Err(ApsaraCredentialsError::Unreadable { path, source }),
        };
        let profiles =
            reader(&text).ok_or(ApsaraCredentialsError::NotProfiles { path: path.clone() })?;
        let name = wanted.as_deref().unwrap_or(&profiles.usual);
        if let Some(members) = profiles.by_name.get(name) {
            let place = format!("the profile {name:?} in {}", path.display());
            return of_profile(members, &place);
        }
        known.extend(profiles.by_name.into_keys());
    }
    if let Some(name) = wanted {
        return Err(ApsaraCredentialsError::NoProfile { name, known });
    }
    match given(around, "ALIBABA_CLOUD_ECS_METADATA") {
        Some(role) => Ok(Found { origin: Origin::Machine { role }, region: None }),
        None => Err(ApsaraCredentialsError::None),
    }
}

/// A variable that is set and not empty.
pub(crate) fn given(around: &Surroundings<'_>, name: &str) -> Option<String> {
    (around.variable)(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn home(around: &Surroundings<'_>, file: &str) -> Option<PathBuf> {
    Some(Path::new(&given(around, "HOME")?).join(file))
}

fn credentials_file(around: &Surroundings<'_>) -> Option<PathBuf> {
    let named = given(around, "ALIBABA_CLOUD_CREDENTIALS_FILE").map(PathBuf::from);
    named.or_else(|| home(around, ".alibabacloud/credentials"))
}

/// The keys or the token of the environment, if there are any.
fn of_variables(around: &Surroundings<'_>) -> Result<Option<Origin>, ApsaraCredentialsError> {
    let environment = || "the environment".to_owned();
    let variable = |name| given(around, name);
    let missing = |member| ApsaraCredentialsError::Missing { place: environment(), member };
    let (id, secret) = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET");
    match (variable(id), variable(secret)) {
        (Some(id), Some(secret)) => {
            let token = variable("ALIBABA_CLOUD_SECURITY_TOKEN");
            return Ok(Some(Origin::Keys(Keys { id, secret, token, ends: None })));
        }
        (Some(_), None) => return Err(missing(secret)),
        (None, Some(_)) => return Err(missing(id)),
        (None, None) => {}
    }
    let Some(token_file) = variable("ALIBABA_CLOUD_OIDC_TOKEN_FILE") else { return Ok(None) };
    let needed = |name: &'static str| variable(name).ok_or_else(|| missing(name));
    let session = variable("ALIBABA_CLOUD_ROLE_SESSION_NAME");
    let role = Role {
        arn: needed("ALIBABA_CLOUD_ROLE_ARN")?,
        session: session.unwrap_or_else(|| SESSION_USUAL.to_owned()),
        seconds: SECONDS_USUAL,
    };
    let provider_arn = needed("ALIBABA_CLOUD_OIDC_PROVIDER_ARN")?;
    Ok(Some(Origin::Oidc { role, provider_arn, token_file: token_file.into() }))
}

/// The profiles of a file.
struct Profiles {
    /// The one that is meant where nobody says.
    usual: String,
    by_name: BTreeMap<String, Members>,
}

type Reader = fn(&str) -> Option<Profiles>;

/// Reads `config.json`.
fn config(text: &str) -> Option<Profiles> {
    let ConfigFile { current, profiles } = serde_json::from_str(text).ok()?;
    let mut by_name = BTreeMap::new();
    for profile in profiles {
        let members: Members = profile
            .into_iter()
            .filter_map(|(name, value)| match value {
                serde_json::Value::String(text) => Some((name, text)),
                serde_json::Value::Number(number) => Some((name, number.to_string())),
                serde_json::Value::Null
                | serde_json::Value::Bool(_)
                | serde_json::Value::Array(_)
                | serde_json::Value::Object(_) => None,
            })
            .collect();
        if let Some(name) = members.get("name") {
            by_name.insert(name.clone(), members);
        }
    }
    let usual = if current.is_empty() { PROFILE_USUAL.to_owned() } else { current };
    Some(Profiles { usual, by_name })
}

/// Reads `credentials`, whose sections have other names for the same.
fn sections(text: &str) -> Option<Profiles> {
    let mut by_name: BTreeMap<String, Members> = BTreeMap::new();
    let mut section: Option<String> = None;
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[') {
            let name = name.strip_suffix(']')?.trim().to_owned();
            by_name.entry(name.clone()).or_default();
            section = Some(name);
        } else if !line.is_empty() && !line.starts_with(['#', ';']) {
            let (name, value) = line.split_once('=')?;
            let members = by_name.get_mut(section.as_ref()?)?;
            let name = match name.trim() {
                "type" => "mode",
                "security_token" => "sts_token",
                "role_arn" => "ram_role_arn",
                "role_session_name" => "ram_session_name",
                "role_name" => "ram_role_name",
                "oidc_token_file_path" => "oidc_token_file",
                "role_session_expiration" => "expired_seconds",
                other => other,
            };
            members.insert(name.to_owned(), value.trim().to_owned());
        }
    }
    Some(Profiles { usual: PROFILE_USUAL.to_owned(), by_name })
}

/// What a profile says. `place` is its name in errors.
fn of_profile(members: &Members, place: &str) -> Result<Found, ApsaraCredentialsError> {
    let member = |name: &str| members.get(name).cloned().filter(|text| !text.is_empty());
    let missing = |member| ApsaraCredentialsError::Missing { place: place.to_owned(), member };
    let needed = |name: &'static str| member(name).ok_or_else(|| missing(name));
    let keys = || {
        let (id, secret) = (needed("access_key_id")?, needed("access_key_secret")?);
        whole(Some(id), Some(secret)).ok_or_else(|| missing("access_key_id"))
    };
    let role = || {
        let seconds = member("expired_seconds").and_then(|text| text.parse().ok());
        Ok::<Role, ApsaraCredentialsError>(Role {
            arn: needed("ram_role_arn")?,
            session: member("ram_session_name").unwrap_or_else(|| SESSION_USUAL.to_owned()),
            seconds: seconds.filter(|seconds| *seconds > 0).unwrap_or(SECONDS_USUAL),
        })
    };
    let mode = member("mode").unwrap_or_else(|| "AK".to_owned());
    let origin = match mode.as_str() {
        "AK" | "access_key" => Origin::Keys(keys()?),
        "StsToken" | "sts" => Origin::Keys(Keys { token: Some(needed("sts_token")?), ..keys()? }),
        "RamRoleArn" | "ram_role_arn" => {
            let by = Keys { token: member("sts_token"), ..keys()? };
            Origin::Role { by, role: role()?, external_id: member("external_id") }
        }
        "EcsRamRole" | "ecs_ram_role" => Origin::Machine { role: needed("ram_role_name")? },
        "OIDC" | "oidc_role_arn" => Origin::Oidc {
            role: role()?,
            provider_arn: needed("oidc_provider_arn")?,
            token_file: needed("oidc_token_file")?.into(),
        },
        _ => {
            let place = place.to_owned();
            return Err(ApsaraCredentialsError::Unsupported { place, kind: mode });
        }
    };
    Ok(Found { origin, region: member("region_id") })
}

#[cfg(test)]
mod tests;
