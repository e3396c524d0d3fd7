//! What an operator says of a server: by flags and variables, or by the same names in a
//! settings file.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::LogFormat;
use crate::exit::{Exit, Failure};
use crate::{files, names};

const FILE: &str = "sexton.toml";

/// Longer than every settings file.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// What is said; the rest has its usual value.
#[derive(Debug, Default, Args, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Given {
    /// Folder for metadata, blobs, keys and restores [default: sexton-data; with --dev a
    /// temporary one, which is removed when the server stops]
    #[arg(long, value_name = "DIR", env = "SEXTON_DATA")]
    pub(super) data: Option<PathBuf>,

    /// Address to listen on; port 0 takes a free one [default: 127.0.0.1:7878]
    #[arg(long, value_name = "HOST:PORT", env = "SEXTON_LISTEN", value_parser = address)]
    #[serde(deserialize_with = "listen")]
    pub(super) listen: Option<SocketAddr>,

    /// First region that is served; --dev serves every other one as well [default: us-east-1]
    #[arg(long, value_name = "REGION", env = "SEXTON_REGION")]
    pub(super) region: Option<String>,

    /// More regions, each with vaults and backups of its own; the region of a request's
    /// signature says which is meant
    #[arg(long, value_name = "REGION,…", env = "SEXTON_REGIONS", value_delimiter = ',')]
    pub(super) regions: Vec<String>,

    /// Account id of all ARNs, twelve digits [default: 123456789012]
    #[arg(long, value_name = "DIGITS", env = "SEXTON_ACCOUNT")]
    pub(super) account: Option<String>,

    /// Certificate chain to serve HTTPS with, PEM
    #[arg(long, value_name = "FILE", env = "SEXTON_TLS_CERTIFICATE")]
    pub(super) tls_certificate: Option<PathBuf>,

    /// Private key of that certificate, PEM
    #[arg(long, value_name = "FILE", env = "SEXTON_TLS_KEY")]
    pub(super) tls_key: Option<PathBuf>,

    /// Answer to requests that name an unknown vault: not-found, as AWS documents it, or
    /// access-denied, as AWS really answers [default: not-found]
    #[arg(long, value_name = "ANSWER", env = "SEXTON_MISSING_VAULT")]
    pub(super) missing_vault: Option<String>,

    /// When a deletion makes its key unrecoverable: every-commit, or a duration such as 1s
    /// for more deletions a second [default: every-commit]
    #[arg(long, value_name = "WHEN", env = "SEXTON_ERASURE_EPOCH")]
    pub(super) erasure_epoch: Option<String>,

    /// zstd level of new backups, 1 to 9 [default: 1]
    #[arg(long, value_name = "LEVEL", env = "SEXTON_COMPRESSION_LEVEL")]
    pub(super) compression_level: Option<i32>,

    /// Minutes after which a backup of a database has failed if nothing comes of it [default: 30]
    #[arg(long, value_name = "MINUTES", env = "SEXTON_STALL_MINUTES")]
    pub(super) stall_minutes: Option<u64>,

    /// Whether /metrics is served, to anybody who can connect: true or false [default: true]
    #[arg(long, value_name = "BOOL", env = "SEXTON_METRICS")]
    pub(super) metrics: Option<bool>,

    /// Bytes of one request body [default: 1048576]
    #[arg(long, value_name = "BYTES", env = "SEXTON_BODY_BYTES_MAX")]
    pub(super) body_bytes_max: Option<usize>,

    /// Bytes of one request's line and headers, at least 8192 [default: 65536]
    #[arg(long, value_name = "BYTES", env = "SEXTON_HEADER_BYTES_MAX")]
    pub(super) header_bytes_max: Option<usize>,

    /// Connections at the same time, fewer if the limit of open files leaves less room. When
    /// all are in use, idle ones are closed for new ones [default: 1024]
    #[arg(long, value_name = "COUNT", env = "SEXTON_CONNECTIONS_MAX")]
    pub(super) connections_max: Option<usize>,

    /// Seconds that a client may take to send one request [default: 60]
    #[arg(long, value_name = "SECONDS", env = "SEXTON_REQUEST_SECONDS_MAX")]
    pub(super) request_seconds_max: Option<u64>,

    /// For testing automation, on loopback unless --allow-remote: accepts test/test, backs
    /// up resources that were never registered, has a clock that can be set (POST
    /// /_sexton/dev/clock) and a world that can be reset (POST /_sexton/dev/reset). Opens
    /// only a data folder that is empty or that --dev made [default: false]
    #[arg(long, value_name = "BOOL", env = "SEXTON_DEV", num_args = 0..=1,
        require_equals = true, default_missing_value = "true")]
    pub(super) dev: Option<bool>,

    /// Lets --dev listen on addresses that are not loopback, for containers: everybody who
    /// can connect can then read, change and erase everything [default: false]
    #[arg(long, value_name = "BOOL", env = "SEXTON_ALLOW_REMOTE", num_args = 0..=1,
        require_equals = true, default_missing_value = "true")]
    pub(super) allow_remote: Option<bool>,

    /// Access key that --dev accepts besides; repeated, or several with commas between
    #[arg(
        long,
        value_name = "ID:SECRET[@ACCOUNT]",
        env = "SEXTON_DEV_KEY",
        hide_env_values = true,
        value_delimiter = ','
    )]
    pub(super) dev_key: Vec<String>,

    /// World that --dev begins with instead of the default one: JSON with vaults, sources and
    /// backups, as README.md shows
    #[arg(long, value_name = "FILE", env = "SEXTON_SEED")]
    pub(super) seed: Option<PathBuf>,

    /// Who is responsible for deletions: name, title, organization, telephone; written into
    /// certificates [default: nothing is written]
    #[arg(long, value_name = "TEXT", env = "SEXTON_CERTIFICATE_OPERATOR")]
    pub(super) certificate_operator: Option<String>,

    /// Where the server stands; written into certificates [default: nothing is written]
    #[arg(long, value_name = "TEXT", env = "SEXTON_CERTIFICATE_PLACE")]
    pub(super) certificate_place: Option<String>,

    /// How confidential the data are; written into certificates [default: nothing is written]
    #[arg(long, value_name = "TEXT", env = "SEXTON_CERTIFICATE_CATEGORIZATION")]
    pub(super) certificate_categorization: Option<String>,

    /// What is logged to stderr: error, warn, info, debug, trace, or MODULE=LEVEL
    /// [default: info]
    #[arg(long, value_name = "LEVEL", env = "SEXTON_LOG")]
    pub(super) log: Option<String>,

    /// Form of the log [default: text]
    #[arg(long, value_name = "FORM", env = "SEXTON_LOG_FORMAT")]
    pub(super) log_format: Option<LogFormat>,
}

impl Given {
    /// What is said here, and of the rest what `other` says.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            data: self.data.or(other.data),
            listen: self.listen.or(other.listen),
            region: self.region.or(other.region),
            regions: if self.regions.is_empty() { other.regions } else { self.regions },
            account: self.account.or(other.account),
            tls_certificate: self.tls_certificate.or(other.tls_certificate),
            tls_key: self.tls_key.or(other.tls_key),
            missing_vault: self.missing_vault.or(other.missing_vault),
            erasure_epoch: self.erasure_epoch.or(other.erasure_epoch),
            compression_level: self.compression_level.or(other.compression_level),
            stall_minutes: self.stall_minutes.or(other.stall_minutes),
            metrics: self.metrics.or(other.metrics),
            body_bytes_max: self.body_bytes_max.or(other.body_bytes_max),
            header_bytes_max: self.header_bytes_max.or(other.header_bytes_max),
            connections_max: self.connections_max.or(other.connections_max),
            request_seconds_max: self.request_seconds_max.or(other.request_seconds_max),
            dev: self.dev.or(other.dev),
            allow_remote: self.allow_remote.or(other.allow_remote),
            dev_key: if self.dev_key.is_empty() { other.dev_key } else { self.dev_key },
            seed: self.seed.or(other.seed),
            certificate_operator: self.certificate_operator.or(other.certificate_operator),
            certificate_place: self.certificate_place.or(other.certificate_place),
            certificate_categorization: self
                .certificate_categorization
                .or(other.certificate_categorization),
            log: self.log.or(other.log),
            log_format: self.log_format.or(other.log_format),
        }
    }

    /// Reads the file that was named, or the usual one if it is there.
    pub(super) fn load(named: Option<&Path>) -> Result<Self, Failure> {
        let path = named.unwrap_or(Path::new(FILE));
        if named.is_none() && !path.try_exists().unwrap_or(true) {
            return Ok(Self::default());
        }
        Self::parse(&files::read_text(path, FILE_BYTES_MAX)?, path)
    }

    /// Reads a settings file, whose path is `path`.
    pub(super) fn parse(text: &str, path: &Path) -> Result<Self, Failure> {
        toml::from_str(text).map_err(|error| {
            let unknown = error.span().map(|span| &text[span]);
            let unknown = unknown.filter(|_| error.message().starts_with("unknown field"));
            let message = match unknown {
                Some(name) => {
                    let name = name.trim_matches(['"', '\'']);
                    let known = names::settings(&command());
                    let nearest = names::told(names::nearest(name, &known));
                    format!("there is no setting {name:?}{nearest}")
                }
                None => error.message().to_owned(),
            };
            let message = format!("settings file {}: {message}", path.display());
            let line = error.span().map(|span| text[..span.start].matches('\n').count() + 1);
            let message = match line {
                Some(line) => format!("{message} (line {line})"),
                None => message,
            };
            Failure::text(Exit::Usage, message)
        })
    }
}

/// The command that has every setting.
fn command() -> clap::Command {
    Given::augment_args(clap::Command::new("serve"))
}

/// An address in the settings file.
fn listen<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SocketAddr>, D::Error> {
    address(&String::deserialize(from)?).map(Some).map_err(D::Error::custom)
}

/// Reads an address to listen on, and looks up the name of its host if it has one.
fn address(text: &str) -> Result<SocketAddr, String> {
    let words = "it must be HOST:PORT, such as 127.0.0.1:7878, [::1]:7878 or localhost:7878";
    let found = text.to_socket_addrs().map_err(|error| format!("{text:?}: {error}; {words}"))?;
    let found: Vec<SocketAddr> = found.collect();
    // Every client that knows a name by both kinds of address knows the older one.
    let first = found.iter().find(|it| it.is_ipv4()).or(found.first());
    first.copied().ok_or_else(|| format!("{text:?} has no address; {words}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_a_name() {
        let settings = names::settings(&command());
        assert!(settings.len() >= 19, "{settings:?}");
        assert_eq!(names::nearest("colour", &settings), None);
        assert_eq!(names::nearest("tls_certifcate", &settings), Some("tls_certificate"));
    }

    #[test]
    fn an_address_may_have_the_name_of_its_host() {
        assert!(address("localhost:7878").unwrap().ip().is_loopback());
        assert_eq!(address("[::1]:0").unwrap(), ([0, 0, 0, 0, 0, 0, 0, 1], 0).into());
        for text in ["localhost", "", ":", "127.0.0.1:99999"] {
            let error = address(text).unwrap_err();
            assert!(error.contains("HOST:PORT"), "{error}");
        }
    }
}
