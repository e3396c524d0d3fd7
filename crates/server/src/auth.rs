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
use std::sync::{Arc, Mutex};

use http::request::Parts;
use jiff::Timestamp;
use sexton_core::{Principal, Realm, Session, User};
use sexton_wire::apsara;
use sexton_wire::aws::sigv4::{AuthError, Claim, Expected, SigningKey};
use zeroize::Zeroizing;

use sexton_store::entropy::Entropy;
use sexton_store::files;

use crate::config::{AccessKey, Settings};
use crate::identities::{Holder, Identities, Invalid};

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
    /// The access key.
    pub(crate) key: String,
    /// Whose it was.
    pub(crate) who: Who,
}

/// Whose an access key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Who {
    /// The account's own.
    Root,
    /// A user's, or that of a session of a role.
    Holder(Holder),
}

impl Caller {
    /// Whoever signs with an access key of a user, if it can be signed with: for the simulator, in
    /// which nothing is signed.
    pub fn of_user(
        identities: &Identities,
        key: &str,
        realm: Realm,
        now: Timestamp,
    ) -> Option<Self> {
        let holder = identities.holder(key, None, now).ok()?;
        Some(Who::Holder(holder).caller(key, realm))
    }

    /// Whoever acts in a session of a role, whether it has ended or not: for the simulator.
    pub fn of_session(session: Session, realm: Realm) -> Self {
        Who::Holder(Holder::Session(Arc::new(session))).caller("ASSXSIMULATED", realm)
    }

    /// The user, if it is one.
    pub fn user(&self) -> Option<&User> {
        match &self.who {
            Who::Holder(Holder::User(known)) => Some(&known.user),
            Who::Root | Who::Holder(Holder::Session(_)) => None,
        }
    }

    /// The root identity of an account, under the name of the server.
    #[cfg(test)]
    pub(crate) fn of_tests(realm: Realm) -> Self {
        Self { by: Principal::server(), realm, key: "AKSX1".to_owned(), who: Who::Root }
    }

    /// The session of a role, if it is one.
    pub(crate) fn session(&self) -> Option<&Session> {
        match &self.who {
            Who::Root | Who::Holder(Holder::User(_)) => None,
            Who::Holder(Holder::Session(session)) => Some(session),
        }
    }

    /// Under whom its calls are counted: whoever asks has one name for both clouds, and all
    /// sessions of a role have one.
    pub(crate) fn counted_as(&self) -> Principal {
        Principal(match &self.who {
            Who::Root => self.realm.root_principal(),
            Who::Holder(Holder::User(known)) => known.user.arn(),
            Who::Holder(Holder::Session(session)) => session.role.as_str().to_owned(),
        })
    }

    /// The unique id of whoever asks; for root, the account.
    pub(crate) fn id(&self) -> String {
        match &self.who {
            Who::Root => self.realm.account.clone(),
            Who::Holder(Holder::User(known)) => known.user.id.clone(),
            Who::Holder(Holder::Session(session)) => {
                format!("{}:{}", session.role_id, session.name)
            }
        }
    }
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

/// An access key of a request, with what is checked of it.
struct Found {
    secret: Zeroizing<String>,
    account: String,
    who: Who,
}

impl From<Invalid> for AuthError {
    fn from(invalid: Invalid) -> Self {
        match invalid {
            Invalid::Unknown => Self::UnknownKey,
            Invalid::Expired => Self::ExpiredToken,
        }
    }
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
    pub(crate) fn knows(&self, parts: &Parts, identities: &Identities, now: Timestamp) -> bool {
        Claim::parse(parts).is_ok_and(|claim| {
            let (key, token) = (claim.access_key_id(), claim.session_token());
            self.has(key, token, identities, now)
        })
    }

    fn has(&self, key: &str, token: Option<&str>, of: &Identities, now: Timestamp) -> bool {
        self.secrets.contains_key(key) || of.holder(key, token, now).is_ok()
    }

    /// Whose the access key of a claim is.
    fn find(
        &self,
        claim: &Claim<'_>,
        identities: &Identities,
        now: Timestamp,
    ) -> Result<Found, Invalid> {
        let (key, token) = (claim.access_key_id(), claim.session_token());
        // A token that goes with another key is not its own, whatever it is.
        if let Some(Secret { text, account }) = self.secrets.get(key) {
            return Ok(Found { secret: text.clone(), account: account.clone(), who: Who::Root });
        }
        let holder = identities.holder(key, token, now)?;
        let account = holder.account().to_owned();
        Ok(Found { secret: identities.secret(key), account, who: Who::Holder(holder) })
    }

    /// Checks the signature of a request to a service that this server does not have, for
    /// whichever service it was made.
    pub(crate) fn authenticate_any(
        &self,
        parts: &Parts,
        body: &[u8],
        settings: &Settings,
        identities: &Identities,
        now: Timestamp,
    ) -> Result<Caller, AuthError> {
        let claim = Claim::parse(parts)?;
        let found = self.find(&claim, identities, now)?;
        let realm = claimed_realm(&claim, &found.account, settings);
        let expected = Expected { region: &realm.region, service: claim.service() };
        // Not remembered: what is asked for once is not worth a place.
        let key =
            SigningKey::derive(&found.secret, claim.date(), expected.region, expected.service);
        claim.verify(parts, body, &key, now, &expected, found.token(&claim))?;
        Ok(found.caller(&claim, realm))
    }

    /// Checks the signature of a request to `service`, and tells whose it is and where.
    pub(crate) fn authenticate(
        &self,
        parts: &Parts,
        body: &[u8],
        settings: &Settings,
        identities: &Identities,
        (service, now): (&'static str, Timestamp),
    ) -> Result<Caller, AuthError> {
        let claim = Claim::parse(parts)?;
        let found = self.find(&claim, identities, now)?;
        let realm = match claim.region() {
            // The one endpoint of IAM, and that of STS, for all regions.
            GLOBAL_REGION if matches!(service, "sts" | "iam") => {
                Realm::new(GLOBAL_REGION, &found.account)
            }
            _ => claimed_realm(&claim, &found.account, settings),
        };
        let key = self.signing_key(&claim, &found, &realm, service);
        let expected = Expected { region: &realm.region, service };
        claim.verify(parts, body, &key, now, &expected, found.token(&claim))?;
        // Wherever it was signed for, IAM is asked where it is.
        let realm =
            if service == "iam" { Realm::new(GLOBAL_REGION, &realm.account) } else { realm };
        Ok(found.caller(&claim, realm))
    }

    /// Whether a request names a key that there is, in the way of Alibaba Cloud.
    pub(crate) fn knows_apsara(
        &self,
        parts: &Parts,
        identities: &Identities,
        now: Timestamp,
    ) -> bool {
        let named = apsara::signature::named_key(parts);
        named.is_some_and(|key| self.has(&key, None, identities, now))
    }

    /// Checks a signature of Alibaba Cloud, which is bound to no region: what it is for is the one
    /// that the request names, if it is served, or else the first. The nonce is yet to be counted.
    /// Sessions, which are taken on with AWS's STS, sign with their tokens.
    pub(crate) fn authenticate_apsara(
        &self,
        claim: &apsara::signature::Claim<'_>,
        region: Option<&str>,
        settings: &Settings,
        identities: &Identities,
        now: Timestamp,
    ) -> Result<(Caller, apsara::signature::Nonce), apsara::Error> {
        let key = claim.access_key_id();
        let (secret, account, who) = if let Some(Secret { text, account }) = self.secrets.get(key) {
            (text.clone(), account.clone(), Who::Root)
        } else {
            let holder = holder_of_apsara(claim, identities, now)?;
            (identities.secret(key), holder.account().to_owned(), Who::Holder(holder))
        };
        let token = match &who {
            // It was opened: it is the one of this key.
            Who::Holder(Holder::Session(_)) => claim.security_token(),
            Who::Root | Who::Holder(Holder::User(_)) => None,
        };
        let nonce = claim.verify(&secret, token, now)?;
        let served = region.and_then(|region| settings.served(region, &account));
        let first = || Realm::new(&settings.realm.region, &account);
        let realm = served.unwrap_or_else(first);
        let by = Principal(match &who {
            Who::Holder(Holder::User(known)) => {
                apsara::sts::user_principal(&account, &known.user.name)
            }
            Who::Holder(Holder::Session(session)) => {
                let role = session.role.as_str().rsplit('/').next().unwrap_or_default();
                apsara::sts::session_principal(&account, role, &session.name)
            }
            Who::Root => apsara::sts::root_principal(&account),
        });
        Ok((Caller { by, realm, key: key.to_owned(), who }, nonce))
    }

    fn signing_key(
        &self,
        claim: &Claim<'_>,
        found: &Found,
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
        let key = SigningKey::derive(&found.secret, claim.date(), &realm.region, service);
        if derived.len() >= SIGNING_KEYS_MAX {
            derived.clear();
        }
        derived.insert(scope, key.clone());
        key
    }
}

impl Found {
    /// The token that has to go with the request.
    fn token<'a>(&self, claim: &'a Claim<'_>) -> Option<&'a str> {
        match &self.who {
            // It was opened: it is the one of this key.
            Who::Holder(Holder::Session(_)) => claim.session_token(),
            Who::Root | Who::Holder(Holder::User(_)) => None,
        }
    }

    fn caller(self, claim: &Claim<'_>, realm: Realm) -> Caller {
        self.who.caller(claim.access_key_id(), realm)
    }
}

impl Who {
    /// The same, under the name that the services of AWS have for it.
    fn caller(self, key: &str, realm: Realm) -> Caller {
        let by = match &self {
            Self::Root => Principal(realm.root_principal()),
            Self::Holder(Holder::User(known)) => Principal(known.user.arn()),
            Self::Holder(Holder::Session(session)) => session.principal(),
        };
        Caller { by, realm, key: key.to_owned(), who: self }
    }
}

/// Whose the access key of a claim is that is not root's, in the way of Alibaba Cloud. A token that
/// goes with another key is told once the signature is right.
fn holder_of_apsara(
    claim: &apsara::signature::Claim<'_>,
    identities: &Identities,
    now: Timestamp,
) -> Result<Holder, apsara::Error> {
    let key = claim.access_key_id();
    match claim.security_token().map(|token| identities.holder(key, Some(token), now)) {
        Some(Ok(session)) => return Ok(session),
        Some(Err(Invalid::Expired)) => return Err(apsara::Error::expired_token()),
        Some(Err(Invalid::Unknown)) | None => (),
    }
    identities.holder(key, None, now).map_err(|_| apsara::Error::unknown_key())
}

/// The realm of a claim, or one that is served instead: then the claim is refused for its region.
fn claimed_realm(claim: &Claim<'_>, account: &str, settings: &Settings) -> Realm {
    let served = settings.served(claim.region(), account);
    served.unwrap_or_else(|| Realm::new(&settings.realm.region, account))
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
