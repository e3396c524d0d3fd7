//! The settings of a server, every one of them checked before anything is opened.

use std::collections::{BTreeMap, HashSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use sexton_core::{Detail, REALMS_MAX, Realm};
use sexton_server::config::{AccessKey, Dev, Limits, MissingVault, RollPolicy, Settings, TlsFiles};

use super::given::Given;
use crate::args::duration;
use crate::exit::{Exit, Failure};

/// Where a server keeps its data unless it is told otherwise.
pub(crate) const DATA_FOLDER: &str = "sexton-data";

/// Every setting, checked; what is not said has its usual value.
pub(super) fn check(given: Given) -> Result<Settings, Failure> {
    let or = |said: Option<String>, usual: &str| said.unwrap_or_else(|| usual.to_owned());
    let region = check_region("region", or(given.region, "us-east-1"))?;
    let account = check_account(or(given.account, "123456789012"))?;
    let realm = Realm::new(region, account);
    let dev = given.dev.unwrap_or(false);
    let defaults = Limits::default();
    let wait = given.request_seconds_max.map(Duration::from_secs);
    let limits = Limits {
        body_bytes_max: given.body_bytes_max.unwrap_or(defaults.body_bytes_max),
        header_bytes_max: given.header_bytes_max.unwrap_or(defaults.header_bytes_max),
        connections_max: given.connections_max.unwrap_or(defaults.connections_max),
        request_wait_max: wait.unwrap_or(defaults.request_wait_max),
    };
    let details = [
        (Detail::Operator, given.certificate_operator),
        (Detail::Place, given.certificate_place),
        (Detail::Categorization, given.certificate_categorization),
    ];
    let level = given.compression_level.unwrap_or(1);
    let stall = given.stall_minutes.unwrap_or(30);
    Ok(Settings {
        dev: check_dev(dev, given.allow_remote, &given.dev_key, given.seed, &realm.account)?,
        details: check_details(details)?,
        data: given.data.unwrap_or_else(|| DATA_FOLDER.into()),
        listen: given.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 7878))),
        more_regions: check_more_regions(given.regions, &realm)?,
        realm,
        tls: check_tls(given.tls_certificate, given.tls_key)?,
        limits: check_limits(limits)?,
        missing_vault: check_missing_vault(&or(given.missing_vault, "not-found"))?,
        erasure_epoch: check_epoch(&or(given.erasure_epoch, "every-commit"))?,
        compression_level: in_range("compression_level", level, 1, 9)?,
        stall_max: Duration::from_mins(in_range("stall_minutes", stall, 1, 10_080)?),
        metrics: given.metrics.unwrap_or(true),
    })
}

fn wrong(name: &str, value: &str, accepted: &str) -> Failure {
    Failure::text(Exit::Usage, format!("{name} is {value:?}; it must be {accepted}"))
}

fn check_region(name: &str, region: String) -> Result<String, Failure> {
    let fits = (1..=32).contains(&region.len())
        && region.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if fits { Ok(region) } else { Err(wrong(name, &region, "a region such as eu-central-1")) }
}

fn check_more_regions(regions: Vec<String>, first: &Realm) -> Result<Vec<String>, Failure> {
    let regions = regions.into_iter().map(|it| check_region("regions", it.trim().to_owned()));
    let regions: Vec<String> = regions.collect::<Result<_, _>>()?;
    if regions.contains(&first.region) {
        let message = format!("region {} is the first one already", first.region);
        return Err(Failure::text(Exit::Usage, message).hint("--region names the first one"));
    }
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
    keys: &[String],
    seed: Option<PathBuf>,
    account: &str,
) -> Result<Option<Dev>, Failure> {
    if !dev {
        let remote = allow_remote == Some(true);
        let given =
            [("dev_key", !keys.is_empty()), ("seed", seed.is_some()), ("allow_remote", remote)];
        return match given.iter().find(|(_, given)| *given) {
            Some((name, _)) => {
                Err(Failure::text(Exit::Usage, format!("{name} is of no use without dev")))
            }
            None => Ok(None),
        };
    }
    let keys: Vec<AccessKey> =
        keys.iter().map(|key| access_key(key, account)).collect::<Result<_, _>>()?;
    let mut ids = HashSet::from(["test"]);
    if let Some(twice) = keys.iter().find(|key| !ids.insert(&key.id)) {
        let message = format!("there is an access key {} already", twice.id);
        return Err(Failure::text(Exit::Usage, message).hint("give each --dev-key its own id"));
    }
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
            let failure = Failure::text(Exit::Usage, message);
            Err(if twelve { failure } else { failure.hint("an account has twelve digits") })
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
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_settings_file_makes_it_panic(text in prop_oneof![
            any::<String>(),
            "((data|region|regions|account|log|dev|seed|metrics|dev_key|erasure_epoch|é)( |=){1,2}\
              (\"[a-z0-9:é]{0,9}\"|true|-?[0-9]{1,25}|\\[\"a:b\"\\]|[^a-z])[\r\n]{0,2}){0,3}",
            "(compression_level|stall_minutes|(body_bytes|request_seconds|connections)_max) ?= ?\
              -?[0-9_]{1,25}",
        ]) {
            if let Ok(given) = Given::parse(&text, Path::new("file")) {
                drop(check(given));
            }
        }
    }
}
