//! Who asks: access keys, their secrets, and the signatures made with them.
//!
//! Nothing of a secret is ever logged or answered. Signing keys are derived once a day
//! for each access key and service, and remembered.

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Mutex;

use http::request::Parts;
use jiff::Timestamp;
use sexton_core::{Principal, Realm};
use sexton_wire::aws::sigv4::{AuthError, Claim, Expected, SigningKey};
use zeroize::Zeroizing;

use sexton_store::entropy::Entropy;
use sexton_store::files;

/// Signing keys that are remembered.
const SIGNING_KEYS_MAX: usize = 1024;

/// The access keys that a server accepts.
pub struct Keys {
    secrets: HashMap<String, Secret>,
    derived: Mutex<HashMap<Scope, SigningKey>>,
}

struct Secret {
    text: Zeroizing<String>,
    principal: Principal,
}

#[derive(PartialEq, Eq, Hash)]
struct Scope {
    access_key: String,
    date: String,
    service: &'static str,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("count", &self.secrets.len()).finish_non_exhaustive()
    }
}

impl Keys {
    /// Takes pairs of access key id and secret; all of them speak for `principal`.
    pub fn new(pairs: Vec<(String, String)>, principal: &Principal) -> Self {
        let secret = |text| Secret { text: Zeroizing::new(text), principal: principal.clone() };
        let secrets = pairs.into_iter().map(|(id, text)| (id, secret(text))).collect();
        Self { secrets, derived: Mutex::default() }
    }

    /// Whether a request claims a key that there is. Nothing is checked of the claim.
    pub(crate) fn knows(&self, parts: &Parts) -> bool {
        Claim::parse(parts).is_ok_and(|claim| self.secrets.contains_key(claim.access_key_id()))
    }

    /// Checks the signature of a request to a service that this server does not have, for
    /// whichever service it was made.
    pub(crate) fn authenticate_any(
        &self,
        parts: &Parts,
        body: &[u8],
        realm: &Realm,
        now: Timestamp,
    ) -> Result<Principal, AuthError> {
        let claim = Claim::parse(parts)?;
        let secret = self.secrets.get(claim.access_key_id()).ok_or(AuthError::UnknownKey)?;
        let expected = Expected { region: &realm.region, service: claim.service() };
        // Not remembered: what is asked for once is not worth a place.
        let key = SigningKey::derive(&secret.text, claim.date(), expected.region, expected.service);
        claim.verify(parts, body, &key, now, &expected, None)?;
        Ok(secret.principal.clone())
    }

    /// Checks the signature of a request to `service` and tells whose it is.
    pub fn authenticate(
        &self,
        parts: &Parts,
        body: &[u8],
        realm: &Realm,
        service: &'static str,
        now: Timestamp,
    ) -> Result<Principal, AuthError> {
        let claim = Claim::parse(parts)?;
        let secret = self.secrets.get(claim.access_key_id()).ok_or(AuthError::UnknownKey)?;
        let key = self.signing_key(&claim, secret, realm, service);
        let expected = Expected { region: &realm.region, service };
        claim.verify(parts, body, &key, now, &expected, None)?;
        Ok(secret.principal.clone())
    }

    fn signing_key(
        &self,
        claim: &Claim<'_>,
        secret: &Secret,
        realm: &Realm,
        service: &'static str,
    ) -> SigningKey {
        let scope = Scope {
            access_key: claim.access_key_id().to_owned(),
            date: claim.date().to_owned(),
            service,
        };
        let mut derived = self.derived.lock().expect("no holder of this lock panics");
        if let Some(key) = derived.get(&scope) {
            return key.clone();
        }
        let key = SigningKey::derive(&secret.text, claim.date(), &realm.region, service);
        if derived.len() >= SIGNING_KEYS_MAX {
            derived.clear();
        }
        derived.insert(scope, key.clone());
        key
    }
}

/// The name of the profile file in the data folder.
pub const PROFILE_FILE: &str = "aws-profile";

/// An access key with what a client needs beside it.
#[derive(Clone, PartialEq, Eq)]
pub struct RootKey {
    /// The access key id.
    pub id: String,
    /// The secret.
    pub secret: String,
}

impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RootKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Loads the root access key, or makes it at the first start. The file is an AWS profile
/// that only its owner can read; region and endpoint in it follow the settings.
pub fn root_key(
    folder: &Path,
    realm: &Realm,
    endpoint: &str,
    entropy: &dyn Entropy,
) -> io::Result<RootKey> {
    let path = folder.join(PROFILE_FILE);
    let key = match fs::read_to_string(&path) {
        Ok(text) => parse_profile(&text).ok_or_else(|| {
            let path = path.display();
            io::Error::other(format!("{path} does not hold an access key"))
        })?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let (id, secret): ([u8; 8], [u8; 30]) = (entropy.bytes(), entropy.bytes());
            RootKey { id: format!("AKSX{}", hex::encode_upper(id)), secret: hex::encode(secret) }
        }
        Err(error) => return Err(error),
    };
    let text = profile(&key, &realm.region, endpoint);
    if fs::read_to_string(&path).ok().as_deref() != Some(&text) {
        files::write_private(&path, text.as_bytes())?;
    }
    Ok(key)
}

fn profile(key: &RootKey, region: &str, endpoint: &str) -> String {
    format!(
        "# The root access key of this Sexton server. Use it with\n\
         # AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE both set to this file.\n\
         [default]\n\
         aws_access_key_id = {}\n\
         aws_secret_access_key = {}\n\
         region = {region}\n\
         endpoint_url = {endpoint}\n",
        key.id, key.secret
    )
}

fn parse_profile(text: &str) -> Option<RootKey> {
    let value = |name: &str| {
        text.lines().find_map(|line| {
            let (key, value) = line.split_once('=')?;
            (key.trim() == name).then(|| value.trim().to_owned())
        })
    };
    Some(RootKey { id: value("aws_access_key_id")?, secret: value("aws_secret_access_key")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_in_what_is_printed_for_debugging() {
        let (id, secret) = ("AKSX1".to_owned(), "hush".to_owned());
        let dev =
            crate::config::Dev { keys: vec![(id.clone(), secret.clone())], ..Default::default() };
        let keys = Keys::new(dev.keys.clone(), &Principal::server());
        let root = RootKey { id, secret };
        let printed = format!("{root:?} {dev:?} {keys:?}");
        assert!(printed.contains("AKSX1") && !printed.contains("hush"), "{printed}");
    }
}
