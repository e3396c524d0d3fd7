//! Who asks: access keys, their secrets, and the signatures made with them.
//!
//! Nothing of a secret is ever logged or answered. Signing keys of AWS are derived once a day
//! for each access key, region and service, and remembered. The same access keys sign for
//! Alibaba Cloud, with their secrets themselves.

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Mutex;

use http::request::Parts;
use jiff::Timestamp;
use sexton_core::{Principal, Realm};
use sexton_wire::apsara;
use sexton_wire::aws::sigv4::{AuthError, Claim, Expected, SigningKey};
use zeroize::Zeroizing;

use sexton_store::entropy::Entropy;
use sexton_store::files;

use crate::config::{AccessKey, Settings};

/// The region that requests to a service without regions are signed for.
const GLOBAL_REGION: &str = "us-east-1";

/// Signing keys that are remembered.
const SIGNING_KEYS_MAX: usize = 1024;

/// Who signed a request, and for which realm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub by: Principal,
    /// The account of the access key in the region of the signature.
    pub realm: Realm,
}

/// The access keys that a server accepts.
pub struct Keys {
    secrets: HashMap<String, Secret>,
    derived: Mutex<HashMap<Scope, SigningKey>>,
}

struct Secret {
    text: Zeroizing<String>,
    account: String,
}

#[derive(PartialEq, Eq, Hash)]
struct Scope {
    access_key: String,
    date: String,
    region: String,
    service: &'static str,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("count", &self.secrets.len()).finish_non_exhaustive()
    }
}

impl Keys {
    /// Takes access keys; each speaks for the root identity of its account.
    pub fn new(keys: Vec<AccessKey>) -> Self {
        let secrets = keys.into_iter().map(|AccessKey { id, secret, account }| {
            (id, Secret { text: Zeroizing::new(secret), account })
        });
        Self { secrets: secrets.collect(), derived: Mutex::default() }
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
        settings: &Settings,
        now: Timestamp,
    ) -> Result<Caller, AuthError> {
        let claim = Claim::parse(parts)?;
        let secret = self.secrets.get(claim.access_key_id()).ok_or(AuthError::UnknownKey)?;
        let realm = claimed_realm(&claim, secret, settings);
        let expected = Expected { region: &realm.region, service: claim.service() };
        // Not remembered: what is asked for once is not worth a place.
        let key = SigningKey::derive(&secret.text, claim.date(), expected.region, expected.service);
        claim.verify(parts, body, &key, now, &expected, None)?;
        Ok(Caller { by: Principal(realm.root_principal()), realm })
    }

    /// Checks the signature of a request to `service`, and tells whose it is and where.
    pub fn authenticate(
        &self,
        parts: &Parts,
        body: &[u8],
        settings: &Settings,
        service: &'static str,
        now: Timestamp,
    ) -> Result<Caller, AuthError> {
        let claim = Claim::parse(parts)?;
        let secret = self.secrets.get(claim.access_key_id()).ok_or(AuthError::UnknownKey)?;
        let realm = match claim.region() {
            // The one endpoint of IAM, and that of STS, for all regions.
            GLOBAL_REGION if matches!(service, "sts" | "iam") => {
                Realm::new(GLOBAL_REGION, &secret.account)
            }
            _ => claimed_realm(&claim, secret, settings),
        };
        let key = self.signing_key(&claim, secret, &realm, service);
        let expected = Expected { region: &realm.region, service };
        claim.verify(parts, body, &key, now, &expected, None)?;
        Ok(Caller { by: Principal(realm.root_principal()), realm })
    }

    /// Whether a request names a key that there is, in the way of Alibaba Cloud.
    pub(crate) fn knows_apsara(&self, parts: &Parts) -> bool {
        apsara::signature::named_key(parts).is_some_and(|key| self.secrets.contains_key(&*key))
    }

    /// Checks a signature of Alibaba Cloud, which is bound to no region: what it is for is the one
    /// that the request names, if it is served, or else the first. The nonce is yet to be counted.
    pub(crate) fn authenticate_apsara(
        &self,
        claim: &apsara::signature::Claim<'_>,
        region: Option<&str>,
        settings: &Settings,
        now: Timestamp,
    ) -> Result<(Caller, apsara::signature::Nonce), apsara::Error> {
        let secret = self.secrets.get(claim.access_key_id());
        let secret = secret.ok_or_else(apsara::Error::unknown_key)?;
        let nonce = claim.verify(&secret.text, None, now)?;
        let served = region.and_then(|region| settings.served(region, &secret.account));
        let first = || Realm::new(&settings.realm.region, &secret.account);
        let realm = served.unwrap_or_else(first);
        let by = Principal(apsara::sts::root_principal(&realm.account));
        Ok((Caller { by, realm }, nonce))
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
            region: realm.region.clone(),
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

/// The realm of a claim, or one that is served instead: then the claim is refused for its region.
fn claimed_realm(claim: &Claim<'_>, secret: &Secret, settings: &Settings) -> Realm {
    let served = settings.served(claim.region(), &secret.account);
    served.unwrap_or_else(|| Realm::new(&settings.realm.region, &secret.account))
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
        let account = "123456789012".to_owned();
        let key = AccessKey { id: id.clone(), secret: secret.clone(), account };
        let keys = Keys::new(vec![key.clone()]);
        let dev = crate::config::Dev { keys: vec![key], ..Default::default() };
        let root = RootKey { id, secret };
        let printed = format!("{root:?} {dev:?} {keys:?}");
        assert!(printed.contains("AKSX1") && !printed.contains("hush"), "{printed}");
    }
}
