//! The settings of a server: flags and variables over the file over the defaults, and
//! every one of them checked before anything is opened.

use std::collections::{BTreeMap, HashSet};
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args as _;
use serde::Deserialize;
use sexton_core::{Detail, REALMS_MAX, Realm};
use sexton_server::config::{AccessKey, Dev, Limits, MissingVault, RollPolicy, Settings, TlsFiles};

use super::{Arguments, LogFormat};
use crate::args::duration;
use crate::exit::{Exit, Failure};
use crate::files;
use crate::names;

/// Where a server keeps its data unless it is told otherwise.
pub(crate) const DATA_FOLDER: &str = "sexton-data";

const FILE: &str = "sexton.toml";

/// Longer than every settings file.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// The settings file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    data: Option<PathBuf>,
    listen: Option<Listen>,
    region: Option<String>,
    regions: Option<Vec<String>>,
    account: Option<String>,
    tls_certificate: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    missing_vault: Option<String>,
    erasure_epoch: Option<String>,
    compression_level: Option<i32>,
    metrics: Option<bool>,
    body_bytes_max: Option<usize>,
    header_bytes_max: Option<usize>,
    connections_max: Option<usize>,
    request_seconds_max: Option<u64>,
    log: Option<String>,
    log_format: Option<LogFormat>,
    dev: Option<bool>,
    allow_remote: Option<bool>,
    dev_key: Option<Vec<String>>,
    seed: Option<PathBuf>,
    certificate_operator: Option<String>,
    certificate_place: Option<String>,
    certificate_categorization: Option<String>,
}

/// The command that has every setting.
fn command() -> clap::Command {
    Arguments::augment_args(clap::Command::new("serve"))
}

/// An address in the settings file.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Listen(SocketAddr);

impl TryFrom<String> for Listen {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        address(&text).map(Self)
    }
}

/// Reads an address to listen on, and looks up the name of its host if it has one.
pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    let words = "it must be HOST:PORT, such as 127.0.0.1:7878, [::1]:7878 or localhost:7878";
    let found = text.to_socket_addrs().map_err(|error| format!("{text:?}: {error}; {words}"))?;
    let found: Vec<SocketAddr> = found.collect();
    // Every client that knows a name by both kinds of address knows the older one.
    let first = found.iter().find(|it| it.is_ipv4()).or(found.first());
    first.copied().ok_or_else(|| format!("{text:?} has no address; {words}"))
}

impl File {
    /// Whether it says where the data folder is.
    pub(super) fn names_data(&self) -> bool {
        self.data.is_some()
    }

    /// What is logged, and in which form: needed before the rest is looked at.
    pub(super) fn log(&self, arguments: &Arguments) -> (String, LogFormat) {
        let filter = arguments.log.clone().or_else(|| self.log.clone());
        let format = arguments.log_format.or(self.log_format);
        (filter.unwrap_or_else(|| "info".to_owned()), format.unwrap_or(LogFormat::Text))
    }

    /// Reads the file that was named, or the usual one if it is there.
    pub(super) fn load(named: Option<&Path>) -> Result<Self, Failure> {
        let path = named.unwrap_or(Path::new(FILE));
        if named.is_none() && !path.try_exists().unwrap_or(true) {
            return Ok(Self::default());
        }
        Self::parse(&files::read_text(path, FILE_BYTES_MAX)?, path)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, Failure> {
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

/// Flags and variables over the file over the defaults.
pub(super) fn merge(arguments: &Arguments, file: File) -> Result<Settings, Failure> {
    let given = |flag: &Option<String>, file: Option<String>, default: &str| {
        flag.clone().or(file).unwrap_or_else(|| default.to_owned())
    };
    let region = given(&arguments.region, file.region, "us-east-1");
    let more = Some(arguments.regions.clone()).filter(|it| !it.is_empty()).or(file.regions);
    let account = given(&arguments.account, file.account, "123456789012");
    let realm = Realm::new(check_region(region)?, check_account(account)?);
    let missing = given(&arguments.missing_vault, file.missing_vault, "not-found");
    let epoch = given(&arguments.erasure_epoch, file.erasure_epoch, "every-commit");
    let certificate = arguments.tls_certificate.clone().or(file.tls_certificate);
    let key = arguments.tls_key.clone().or(file.tls_key);
    let dev = check_dev(
        arguments.dev.or(file.dev).unwrap_or(false),
        arguments.allow_remote.or(file.allow_remote),
        if arguments.dev_key.is_empty() { file.dev_key } else { Some(arguments.dev_key.clone()) },
        arguments.seed.clone().or(file.seed),
        &realm.account,
    )?;
    let defaults = Limits::default();
    let limits = Limits {
        body_bytes_max: arguments
            .body_bytes_max
            .or(file.body_bytes_max)
            .unwrap_or(defaults.body_bytes_max),
        header_bytes_max: arguments
            .header_bytes_max
            .or(file.header_bytes_max)
            .unwrap_or(defaults.header_bytes_max),
        connections_max: arguments
            .connections_max
            .or(file.connections_max)
            .unwrap_or(defaults.connections_max),
        request_wait_max: arguments
            .request_seconds_max
            .or(file.request_seconds_max)
            .map_or(defaults.request_wait_max, Duration::from_secs),
    };
    let details = check_details([
        (Detail::Operator, arguments.certificate_operator.clone().or(file.certificate_operator)),
        (Detail::Place, arguments.certificate_place.clone().or(file.certificate_place)),
        (
            Detail::Categorization,
            arguments.certificate_categorization.clone().or(file.certificate_categorization),
        ),
    ])?;
    let level = arguments.compression_level.or(file.compression_level).unwrap_or(1);
    Ok(Settings {
        data: arguments.data.clone().or(file.data).unwrap_or_else(|| DATA_FOLDER.into()),
        listen: arguments
            .listen
            .or(file.listen.map(|Listen(address)| address))
            .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 7878))),
        more_regions: check_more_regions(more.unwrap_or_default(), &realm)?,
        realm,
        tls: check_tls(certificate, key)?,
        dev,
        limits: check_limits(limits)?,
        missing_vault: check_missing_vault(&missing)?,
        erasure_epoch: check_epoch(&epoch)?,
        compression_level: in_range("compression_level", level, 1, 9)?,
        metrics: arguments.metrics.or(file.metrics).unwrap_or(true),
        details,
    })
}

fn wrong(name: &str, value: &str, accepted: &str) -> Failure {
    Failure::text(Exit::Usage, format!("{name} is {value:?}; it must be {accepted}"))
}

fn check_region(region: String) -> Result<String, Failure> {
    let fits = (1..=32).contains(&region.len())
        && region.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if fits { Ok(region) } else { Err(wrong("region", &region, "a region such as eu-central-1")) }
}

fn check_more_regions(regions: Vec<String>, first: &Realm) -> Result<Vec<String>, Failure> {
    let regions: Vec<String> = regions.into_iter().map(check_region).collect::<Result<_, _>>()?;
    let mut known = HashSet::from([&first.region]);
    if let Some(twice) = regions.iter().find(|region| !known.insert(*region)) {
        return Err(Failure::text(Exit::Usage, format!("region {twice} is named twice")));
    }
    let most = usize::try_from(REALMS_MAX).unwrap_or(usize::MAX);
    if known.len() > most {
        let message = format!("{} regions are more than {REALMS_MAX}", known.len());
        return Err(Failure::text(Exit::Usage, message));
    }
    Ok(regions)
}

fn check_account(account: String) -> Result<String, Failure> {
    let fits = account.len() == 12 && account.chars().all(|c| c.is_ascii_digit());
    if fits { Ok(account) } else { Err(wrong("account", &account, "twelve digits")) }
}

fn check_tls(
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
) -> Result<Option<TlsFiles>, Failure> {
    match (certificate, key) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => Ok(Some(TlsFiles { certificate, key })),
        (Some(_), None) | (None, Some(_)) => {
            let message = "tls_certificate and tls_key must be given together";
            Err(Failure::text(Exit::Usage, message))
        }
    }
}

fn check_dev(
    dev: bool,
    allow_remote: Option<bool>,
    keys: Option<Vec<String>>,
    seed: Option<PathBuf>,
    account: &str,
) -> Result<Option<Dev>, Failure> {
    if !dev {
        let remote = allow_remote == Some(true);
        let given =
            [("dev_key", keys.is_some()), ("seed", seed.is_some()), ("allow_remote", remote)];
        return match given.iter().find(|(_, given)| *given) {
            Some((name, _)) => {
                Err(Failure::text(Exit::Usage, format!("{name} is of no use without dev")))
            }
            None => Ok(None),
        };
    }
    let keys = keys.unwrap_or_default();
    let keys = keys.iter().map(|key| access_key(key, account)).collect::<Result<_, _>>()?;
    Ok(Some(Dev { keys, seed, allow_remote: allow_remote.unwrap_or(false) }))
}

/// A key as `ID:SECRET` of `own` account, or as `ID:SECRET@ACCOUNT`. The message of a wrong one
/// says nothing of it: it may be a secret.
fn access_key(key: &str, own: &str) -> Result<AccessKey, Failure> {
    let (key, account) = key.rsplit_once('@').unwrap_or((key, own));
    let twelve = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    match key.split_once(':') {
        Some((id, secret)) if !id.is_empty() && !secret.is_empty() && twelve => {
            let [id, secret, account] = [id, secret, account].map(str::to_owned);
            Ok(AccessKey { id, secret, account })
        }
        Some(_) | None => {
            let message = "dev_key is not of the form ID:SECRET or ID:SECRET@ACCOUNT";
            Err(Failure::text(Exit::Usage, message).hint("an account has twelve digits"))
        }
    }
}

/// The longest text that every certificate repeats.
const DETAIL_LETTERS_MAX: usize = 500;

fn check_details(
    given: [(Detail, Option<String>); 3],
) -> Result<BTreeMap<Detail, String>, Failure> {
    let mut details = BTreeMap::new();
    for (detail, text) in given {
        let Some(text) = text else { continue };
        let fits = (1..=DETAIL_LETTERS_MAX).contains(&text.chars().count());
        if !fits || text.trim().is_empty() || text.chars().any(char::is_control) {
            let name = format!("certificate_{}", detail.name());
            let accepted = format!("one line of 1 to {DETAIL_LETTERS_MAX} letters");
            return Err(wrong(&name, &text, &accepted));
        }
        details.insert(detail, text);
    }
    Ok(details)
}

fn check_missing_vault(answer: &str) -> Result<MissingVault, Failure> {
    match answer {
        "not-found" => Ok(MissingVault::NotFound),
        "access-denied" => Ok(MissingVault::AccessDenied),
        _ => Err(wrong("missing_vault", answer, "not-found or access-denied")),
    }
}

/// The longest epoch: a key that waits longer than a day was not deleted.
const EPOCH_MAX: Duration = Duration::from_hours(24);

fn check_epoch(when: &str) -> Result<RollPolicy, Failure> {
    if when == "every-commit" {
        return Ok(RollPolicy::EveryCommit);
    }
    match duration(when) {
        Ok(wait) if !wait.is_zero() && wait <= EPOCH_MAX => Ok(RollPolicy::Every(wait)),
        Ok(_) | Err(_) => {
            Err(wrong("erasure_epoch", when, "every-commit, or a duration of at most 24h"))
        }
    }
}

fn check_limits(limits: Limits) -> Result<Limits, Failure> {
    in_range("body_bytes_max", limits.body_bytes_max, 1024, 64 << 20)?;
    in_range("header_bytes_max", limits.header_bytes_max, 8192, 1 << 20)?;
    in_range("connections_max", limits.connections_max, 1, 1_000_000)?;
    in_range("request_seconds_max", limits.request_wait_max.as_secs(), 1, 3600)?;
    Ok(limits)
}

fn in_range<T>(name: &str, value: T, least: T, most: T) -> Result<T, Failure>
where
    T: Copy + PartialOrd + std::fmt::Display,
{
    if value < least || value > most {
        let accepted = format!("{least} to {most}");
        return Err(wrong(name, &value.to_string(), &accepted));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::FromArgMatches;
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn no_settings_file_makes_it_panic(text in prop_oneof![
            any::<String>(),
            "((data|region|regions|account|log|dev|seed|metrics|dev_key|erasure_epoch|é)( |=){1,2}\
              (\"[a-z0-9:é]{0,9}\"|true|-?[0-9]{1,25}|\\[\"a:b\"\\]|[^a-z])[\r\n]{0,2}){0,3}",
            "(compression_level|(body_bytes|request_seconds|connections)_max) ?= ?-?[0-9_]{1,25}",
        ]) {
            let matches = command();
            let matches = matches.try_get_matches_from(["serve"]).unwrap();
            let arguments = Arguments::from_arg_matches(&matches).unwrap();
            if let Ok(file) = File::parse(&text, Path::new(FILE)) {
                drop(merge(&arguments, file));
            }
        }
    }
}
