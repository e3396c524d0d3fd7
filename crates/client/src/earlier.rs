//! Reports of earlier runs, which tell that targets have been in their place.
//!
//! A target that an earlier run saw there, and that is not there now, has gone. A report
//! counts only for the place that it names: same vault or instance, account, region and endpoint.

use std::collections::HashSet;
use std::io::{BufReader, Read};

use serde::Deserialize;
use sexton_core::{BackupArn, Outcome, Service};

use crate::document::{Intent, SCHEMA};
use crate::plan::Plan;
use crate::survey::Forecast;

/// A report as [`Run`](crate::document::Run) writes it, of a run or of a dry run.
#[derive(Debug, Deserialize)]
pub struct Earlier {
    schema: u32,
    #[serde(default)]
    service: Service,
    vault: Option<String>,
    instance: Option<String>,
    account: Option<String>,
    region: Option<String>,
    endpoint: Option<String>,
    items: Vec<Item>,
}

#[derive(Debug, Deserialize)]
struct Item {
    /// Of FSx and RDS.
    id: Option<String>,
    arn: Option<BackupArn>,
    #[serde(flatten)]
    told: Told,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Told {
    Outcome(Outcome),
    Forecast(Forecast),
}

impl Told {
    fn was_there(&self) -> bool {
        match self {
            Self::Outcome(outcome) => outcome.was_there(),
            Self::Forecast(forecast) => forecast.was_there(),
        }
    }
}

/// What was read is no report of this version. The message goes on from the name of what was read.
#[derive(Debug, thiserror::Error)]
pub enum NoReport {
    /// Nothing could be read.
    #[error("cannot be read")]
    Unreadable(#[source] std::io::Error),
    /// It was not written to its end: it proves nothing.
    #[error("ends too early, in line {line}: it is not whole")]
    CutOff {
        /// Its last line.
        line: usize,
    },
    /// It is of another version.
    #[error("is a report of schema {0}, not {SCHEMA}")]
    OtherSchema(u32),
    /// It is something else.
    #[error("is no report of `sexton delete`")]
    Invalid(#[source] serde_json::Error),
}

/// A report speaks of another place than that of the run, or nobody knows that it does not.
#[derive(Debug, thiserror::Error)]
#[error("{difference}")]
pub struct OtherPlace {
    /// Which of the reports, counted from 0.
    pub number: usize,
    difference: String,
}

impl Earlier {
    /// Reads a report.
    pub fn read(source: impl Read) -> Result<Self, NoReport> {
        let read: Result<Self, serde_json::Error> = serde_json::from_reader(BufReader::new(source));
        match read {
            Ok(earlier) if earlier.schema == SCHEMA => Ok(earlier),
            Ok(other) => Err(NoReport::OtherSchema(other.schema)),
            Err(error) if error.is_io() => Err(NoReport::Unreadable(error.into())),
            Err(error) if error.is_eof() => Err(NoReport::CutOff { line: error.line() }),
            Err(error) => Err(NoReport::Invalid(error)),
        }
    }
}

impl Plan {
    /// Takes note of the targets that earlier runs saw in the place of this one: what is not there
    /// any more has gone.
    pub fn saw_earlier(&mut self, reports: Vec<Earlier>) -> Result<(), OtherPlace> {
        let seen = seen(reports, &self.intent)?;
        self.order.saw(|_, name| seen.contains(name));
        Ok(())
    }
}

/// The targets that `reports` tell to have been in the place of `intent`.
fn seen(reports: Vec<Earlier>, intent: &Intent) -> Result<HashSet<String>, OtherPlace> {
    let mut seen = HashSet::new();
    for (number, report) in reports.into_iter().enumerate() {
        if let Some(difference) = differs(&report, intent) {
            return Err(OtherPlace { number, difference });
        }
        let there = report.items.into_iter().filter(|item| item.told.was_there());
        for item in there {
            let arn = item.arn.map(|arn| arn.as_str().to_owned());
            seen.extend(item.id.or(arn));
        }
    }
    Ok(seen)
}

/// In what a report speaks of another place, if it does.
fn differs(report: &Earlier, intent: &Intent) -> Option<String> {
    let told = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
    let tells = match intent.service {
        Service::AwsBackup => Some("backup:DescribeBackupVault"),
        Service::Fsx => Some("fsx:DescribeBackups"),
        // An id of an instance is one of a kind in all accounts.
        Service::ApsaraRds => None,
    };
    if let Some(tells) = tells
        && (intent.account.is_none() || report.account.is_none())
    {
        return Some(format!("the account is not known to both runs: permit {tells}, which tells"));
    }
    let service = |service: Service| Some(service.word().to_owned());
    for (what, there, here) in [
        ("service", &service(report.service), &service(intent.service)),
        ("vault", &report.vault, &intent.vault),
        ("instance", &report.instance, &intent.instance),
        ("account", &report.account, &intent.account),
        ("region", &report.region, &intent.region),
        ("endpoint", &report.endpoint, &intent.endpoint),
    ] {
        if there != here {
            return Some(format!("it is of {what} {}, and not {}", told(there), told(here)));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intent() -> Intent {
        Intent {
            service: Service::AwsBackup,
            vault: Some("v".to_owned()),
            instance: None,
            account: Some("123456789012".to_owned()),
            region: Some("us-east-1".to_owned()),
            endpoint: None,
            points_in_vault: None,
            duplicates: 0,
            dry_run: false,
            begun: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    fn report(items: &str) -> Earlier {
        let text = format!(
            "{{\"schema\":1,\"tool\":\"sexton\",\"vault\":\"v\",\"account\":\"123456789012\",\
             \"region\":\"us-east-1\",\"endpoint\":null,\"items\":[{items}]}}"
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn only_what_a_report_saw_in_the_vault_was_there() {
        for (told, there) in [
            (r#""outcome":"gone","at":"2026-01-01T00:00:00Z","already":false"#, true),
            (r#""outcome":"accepted""#, true),
            (r#""outcome":"expired","reason":null,"obstacle":"role","way_out":"x""#, true),
            (r#""outcome":"unknown","cause":"late","seen":"2026-01-01T00:00:00Z""#, true),
            (r#""outcome":"unknown","cause":"late""#, false),
            (r#""outcome":"elsewhere","vault":"w","status":"COMPLETED""#, false),
            (r#""outcome":"absent","at":null"#, false),
            (r#""outcome":"unattempted""#, false),
            (r#""forecast":"would_delete","status":"COMPLETED""#, true),
            (r#""forecast":"absent""#, false),
        ] {
            let item = format!("{{\"arn\":\"arn:aws:backup:r:1:recovery-point:1\",{told}}}");
            let seen = seen(vec![report(&item)], &intent()).unwrap();
            assert_eq!(!seen.is_empty(), there, "{told}");
        }
    }

    #[test]
    fn a_report_of_fsx_is_read_by_its_ids() {
        let text = "{\"schema\":1,\"service\":\"fsx\",\"vault\":null,\"account\":\"123456789012\",\
                    \"region\":\"us-east-1\",\"endpoint\":null,\"items\":[{\"id\":\
                    \"backup-0123456789abcdef0\",\"outcome\":\"accepted\"}]}";
        let report: Earlier = serde_json::from_str(text).unwrap();
        let here = Intent { service: Service::Fsx, vault: None, ..intent() };
        let seen = seen(vec![report], &here).unwrap();
        assert!(seen.contains("backup-0123456789abcdef0"), "{seen:?}");
    }

    #[test]
    fn a_report_of_rds_is_of_one_instance() {
        let text = "{\"schema\":1,\"service\":\"apsara-rds\",\"vault\":null,\"instance\":\"rm-1\",\
                    \"account\":null,\"region\":\"cn-hangzhou\",\"endpoint\":null,\
                    \"items\":[{\"id\":\
                    \"324909958\",\"outcome\":\"accepted\"}]}";
        let here = |instance: &str| Intent {
            service: Service::ApsaraRds,
            vault: None,
            instance: Some(instance.to_owned()),
            account: None,
            region: Some("cn-hangzhou".to_owned()),
            ..intent()
        };
        let report = || serde_json::from_str::<Earlier>(text).unwrap();
        assert!(seen(vec![report()], &here("rm-1")).unwrap().contains("324909958"));
        let refused = seen(vec![report()], &here("rm-2")).unwrap_err();
        assert!(refused.to_string().contains("of instance rm-1, and not rm-2"), "{refused}");
    }

    #[test]
    fn a_report_of_another_vault_proves_nothing_and_is_refused() {
        for (here, said) in [
            (Intent { vault: Some("w".to_owned()), ..intent() }, "of vault v, and not w"),
            (Intent { service: Service::Fsx, ..intent() }, "of service aws-backup, and not fsx"),
            (Intent { region: None, ..intent() }, "of region us-east-1, and not none"),
            (Intent { endpoint: Some("http://x".to_owned()), ..intent() }, "of endpoint none"),
            (Intent { account: Some("2".to_owned()), ..intent() }, "of account 123456789012"),
            (Intent { account: None, ..intent() }, "permit backup:DescribeBackupVault"),
        ] {
            let refused = seen(vec![report("")], &here).unwrap_err();
            assert!(refused.to_string().contains(said), "{refused}");
        }
    }
}
