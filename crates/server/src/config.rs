//! What an operator decides about a server. The command line gathers it; here it is
//! already checked.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use sexton_core::{Detail, Realm, is_region};

use crate::realms::Served;
pub use sexton_wire::aws::error::MissingVault;

pub use sexton_store::sqlite::RollPolicy;

/// Everything that a server is started with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where metadata, blobs, keys and restores are kept. Made if it does not exist.
    pub data: PathBuf,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The account and the first region that are served.
    pub realm: Realm,
    /// More regions of that account.
    pub more_regions: Vec<String>,
    /// Certificate and key, PEM, to serve HTTPS with.
    pub tls: Option<TlsFiles>,
    /// For people who test automation; only on loopback, unless it says otherwise.
    pub dev: Option<Dev>,
    /// What requests may cost.
    pub limits: Limits,
    /// What a request that names an unknown vault is answered.
    pub missing_vault: MissingVault,
    /// Whether `/metrics` is served, to anybody who can connect.
    pub metrics: bool,
    /// When a deletion makes its key unrecoverable.
    pub erasure_epoch: RollPolicy,
    /// zstd level of new backups, 1 to 9.
    pub compression_level: i32,
    /// How long a backup of a database may have nothing come of it before it has failed.
    pub stall_max: Duration,
    /// What certificates commit to, of whoever runs the server.
    pub details: BTreeMap<Detail, String>,
}

/// The files of a TLS identity.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// The certificate chain, PEM.
    pub certificate: PathBuf,
    /// The private key, PEM.
    pub key: PathBuf,
}

impl Settings {
    /// The realm of an account in a region, if it is served: with `--dev` that is every region
    /// of every account that has an access key.
    pub fn served(&self, region: &str, account: &str) -> Option<Realm> {
        let listed = region == self.realm.region || self.more_regions.iter().any(|it| it == region);
        let own = account == self.realm.account;
        let served = match &self.dev {
            None => listed && own,
            Some(dev) => {
                let has_key = own || dev.keys.iter().any(|key| key.account == account);
                has_key && (listed || is_region(region))
            }
        };
        served.then(|| Realm::new(region, account))
    }

    /// Every realm of which [`Settings::served`] says so.
    pub(crate) fn all_served(&self) -> Served {
        let keys = self.dev.iter().flat_map(|dev| &dev.keys).map(|key| key.account.clone());
        let own = self.dev.iter().map(|_| self.realm.account.clone());
        Served { listed: self.listed_realms(), accounts: own.chain(keys).collect() }
    }

    /// Every realm that is served from the first start on.
    pub fn listed_realms(&self) -> Vec<Realm> {
        let account = &self.realm.account;
        let more = self.more_regions.iter().map(|region| Realm::new(region, account));
        std::iter::once(self.realm.clone()).chain(more).collect()
    }
}

/// An access key, and the account for which it speaks.
#[derive(Clone)]
pub struct AccessKey {
    /// The access key id.
    pub id: String,
    /// The secret.
    pub secret: String,
    /// The account.
    pub account: String,
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut printed = f.debug_struct("AccessKey");
        printed.field("id", &self.id).field("account", &self.account).finish_non_exhaustive()
    }
}

/// What `--dev` adds.
#[derive(Debug, Clone, Default)]
pub struct Dev {
    /// Access keys beside `test`/`test`.
    pub keys: Vec<AccessKey>,
    /// The world to begin with instead of the default one.
    pub seed: Option<PathBuf>,
    /// Whether it may listen where others can reach it.
    pub allow_remote: bool,
}

/// What requests may cost.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of one request body.
    pub body_bytes_max: usize,
    /// Bytes of one request's line and headers.
    pub header_bytes_max: usize,
    /// Connections at the same time; when more want in, idle ones are closed.
    pub connections_max: usize,
    /// How long a client may take to send one request.
    pub request_wait_max: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes_max: 1024 * 1024,
            header_bytes_max: 64 * 1024,
            connections_max: 1024,
            request_wait_max: Duration::from_mins(1),
        }
    }
}

#[cfg(test)]
impl Settings {
    /// Settings of a server for tests, in no folder yet.
    pub(crate) fn of_tests(dev: Option<Dev>) -> Self {
        Self {
            data: PathBuf::new(),
            listen: ([127, 0, 0, 1], 0).into(),
            realm: Realm::new("us-east-1", "123456789012"),
            more_regions: Vec::new(),
            tls: None,
            dev,
            limits: Limits::default(),
            missing_vault: MissingVault::NotFound,
            metrics: true,
            erasure_epoch: RollPolicy::EveryCommit,
            compression_level: 1,
            stall_max: Duration::from_mins(30),
            details: BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// They did not, of a region that is listed and has no such name as those of AWS: requests of
    /// another account were answered there, and copies into it were not made.
    #[test]
    fn what_is_served_and_what_may_have_something_stored_are_the_same() {
        let (id, secret, account) = ("AKSX1".to_owned(), "s".to_owned(), "210987654321".to_owned());
        let keys = vec![AccessKey { id, secret, account }];
        for dev in [None, Some(Dev::default()), Some(Dev { keys, ..Dev::default() })] {
            let more_regions = vec!["zoo".to_owned()];
            let settings = Settings { more_regions, ..Settings::of_tests(dev) };
            let all = settings.all_served();
            for region in ["us-east-1", "zoo", "eu-west-1", "bar"] {
                for account in ["123456789012", "210987654321", "333333333333"] {
                    let served = settings.served(region, account).is_some();
                    let may = all.has(&Realm::new(region, account));
                    assert_eq!(served, may, "{account} {region} {:?}", settings.dev);
                }
            }
        }
    }
}
