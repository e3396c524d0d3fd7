//! The arguments of `sexton delete`, and what follows from them.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use sexton_client::document::Intent;
use sexton_client::{CONCURRENCY_MAX, Options, RdsInstanceId};
use sexton_core::{REQUEST_DAYS_MAX, Service, VaultName};

use crate::args::{AwsArguments, ServiceName, SignatureName, duration, instance, options, vault};
use crate::exit;
use crate::render::{Format, View};

/// Delete recovery points of AWS Backup, backups of FSx or backup sets of RDS, and prove that they
/// are gone.
///
/// Every ARN and id is checked before the first call. The vault and the points are read and
/// shown: how many of them are there, how large and how old they are, by type, and which will
/// stay; and the number of points has to be typed back, unless --yes is given or all of them are
/// sure to stay. Then they are deleted at a rate that adapts to the service, and read back until
/// each is proven gone, or is known to have been left behind (EXPIRED), or the deadline has come.
///
/// A continuous backup is refused without --continuous, and a composite one is deleted when all
/// that is nested in it is gone.
///
/// That a point is not in the vault does not prove that it is gone: it may never have been
/// there. Such a point is looked for in the other vaults of the account, and reported as
/// elsewhere or absent. The report of an earlier run that saw it in this vault, given with
/// --after, proves that it is gone.
///
/// Backups of FSx are in no vault: give their ids or ARNs, and no --vault. Each is looked at
/// first. One that a vault of AWS Backup keeps is not asked for: the result names the vault,
/// and FSx would refuse. One that FSx has deleted and still lists after 30 seconds counts as
/// left behind.
///
/// Backup sets of ApsaraDB RDS are those of one instance: give their ids and --instance. Each is
/// looked at first; one that RDS shows as staying (`StoreStatus` Disabled) is not asked for, and
/// the result says why, and from when on it can be deleted. A hundred go with one request, or
/// none of them; one that stands in the way keeps none of the others.
///
/// After the first Ctrl-C no new deletion is started: the answers to those that were sent are
/// waited for and read back, and the result is reported; a service that does not answer any
/// more is waited for ten seconds at most. The second Ctrl-C ends at once.
#[derive(Debug, Args)]
#[command(after_long_help = exit::HELP, override_usage = USAGE)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct Arguments {
    /// Name of the vault that holds the recovery points; none for backups of FSx
    #[arg(long, value_name = "NAME", value_parser = vault)]
    pub(super) vault: Option<VaultName>,

    /// Id of the instance of RDS that the backup sets are of
    #[arg(long, value_name = "ID", value_parser = instance)]
    pub(super) instance: Option<RdsInstanceId>,

    /// How requests to RDS are signed [default: v3]
    #[arg(long, value_name = "VERSION", value_enum)]
    pub(super) signature: Option<SignatureName>,

    /// Service that deletes the backups [default: told by the ids, --vault and --instance]
    #[arg(long, value_name = "SERVICE", value_enum)]
    pub(super) service: Option<ServiceName>,

    /// ARNs of recovery points, ids (`backup-…`) or ARNs of FSx backups, or ids of backup sets of
    /// RDS, which are numbers; `-` reads them from standard input
    #[arg(value_name = "ARN", required_unless_present = "from_file")]
    pub(super) arns: Vec<String>,

    /// File that holds ARNs or ids separated by spaces or ends of lines, or the JSON or text
    /// output of the AWS CLI or `sexton`, or the JSON of `aliyun rds DescribeBackups`. A line that
    /// begins with `#` is a comment. `-` is
    /// standard input. May be given several times
    #[arg(long, value_name = "FILE")]
    pub(super) from_file: Vec<PathBuf>,

    /// Delete without asking for the number of points
    #[arg(long, short = 'y')]
    pub(super) yes: bool,

    /// Delete nothing: read the state of each point, and say what would happen to it
    #[arg(long, short = 'n', conflicts_with = "no_wait")]
    pub(super) dry_run: bool,

    /// Do not read back: whatever the service accepts is reported as accepted, not as gone. What is
    /// nested in a composite backup that is to go is read back all the same
    #[arg(long)]
    pub(super) no_wait: bool,

    /// Report of an earlier run on this vault or instance, or of FSx in this region (see
    /// --report). A point
    /// that it saw there, and that is not there now, counts as gone. May be given several times
    #[arg(long, value_name = "REPORT")]
    pub(super) after: Vec<PathBuf>,

    /// Count points that are in no vault as success, for scripts that run twice
    #[arg(long)]
    pub(super) absent_ok: bool,

    /// End with exit code 2 if no ARNs and no ids were given
    #[arg(long)]
    pub(super) fail_if_empty: bool,

    /// Delete continuous backups too: after that nobody can restore to a point in time. Without it
    /// they are refused, and so is what could not be read, which may be one
    #[arg(long)]
    pub(super) continuous: bool,

    /// What a legal hold or a lock keeps, ask for all the same: the vault deletes it once nothing
    /// keeps it any more. Only a Sexton server keeps such requests, and AWS Backup none
    #[arg(long)]
    pub(super) when_released: bool,

    /// How long --when-released waits before it is given up, such as 90d or 12h; at most 3650d
    #[arg(long, value_name = "DURATION", default_value = "90d", value_parser = within,
        requires = "when_released")]
    pub(super) within: Duration,

    /// How long to wait for points to disappear before they count as unknown, and to look for
    /// points that are not in the vault, both together; at most 8760h. Where points are nested in
    /// others, these have the same time again
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = timeout)]
    pub(super) timeout: Duration,

    /// The most deletions that wait for an answer at the same time
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = concurrency)]
    pub(super) concurrency: usize,

    /// The most requests per second; without it, as many as the service accepts
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) rate: Option<u32>,

    /// How to print the result [default: table on a terminal, otherwise text]
    #[arg(long, short = 'o', value_name = "FORMAT", value_enum)]
    pub(super) output: Option<Format>,

    /// Write the whole result as JSON to this file, whatever is printed
    #[arg(long, value_name = "FILE")]
    pub(super) report: Option<PathBuf>,

    /// Show every recovery point that did not go as it should, not only the first few
    #[arg(long)]
    pub(super) all: bool,

    /// Print nothing but the result
    #[arg(long, short = 'q')]
    pub(super) quiet: bool,

    #[command(flatten)]
    pub(super) aws: AwsArguments,
}

/// Every way to say which points.
const USAGE: &str = "\
sexton delete [OPTIONS] --vault <NAME> <ARN>...
       sexton delete [OPTIONS] --vault <NAME> --from-file <FILE>
       sexton delete [OPTIONS] --vault <NAME> -
       sexton delete [OPTIONS] --service fsx <ID>...
       sexton delete [OPTIONS] --service apsara-rds --instance <ID> <ID>...";

/// The longest that is waited for points to go, in hours: a year, which nobody waits.
const TIMEOUT_HOURS_MAX: u64 = 365 * 24;

fn timeout(text: &str) -> Result<Duration, String> {
    let timeout = duration(text)?;
    if timeout <= Duration::from_hours(TIMEOUT_HOURS_MAX) {
        Ok(timeout)
    } else {
        Err(format!("{text:?} is longer than {TIMEOUT_HOURS_MAX}h"))
    }
}

/// A duration as people write it, also in days.
fn within(text: &str) -> Result<Duration, String> {
    let days = text.strip_suffix('d').and_then(|days| days.parse::<u32>().ok());
    let within = match days {
        Some(days) => Duration::from_hours(24 * u64::from(days)),
        None => duration(text)
            .map_err(|_| format!("{text:?} is not a duration such as 90d, 12h or 30m"))?,
    };
    let longest = Duration::from_hours(24 * REQUEST_DAYS_MAX.unsigned_abs());
    if within >= Duration::from_secs(1) && within <= longest {
        Ok(within)
    } else {
        Err(format!("{text:?} is not between 1s and {REQUEST_DAYS_MAX}d"))
    }
}

fn concurrency(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=CONCURRENCY_MAX).contains(number));
    number.ok_or_else(|| format!("{text:?} is not a number from 1 to {CONCURRENCY_MAX}"))
}

impl Arguments {
    /// What is known of what is intended before anything was asked.
    pub(super) fn intent(&self) -> Intent {
        let service = self.service.map_or(Service::AwsBackup, Service::from);
        Intent {
            dry_run: self.dry_run,
            vault: self.vault.as_ref().map(|vault| vault.as_str().to_owned()),
            instance: self.instance.as_ref().map(|id| id.as_str().to_owned()),
            ..Intent::new(service, Timestamp::now())
        }
    }

    /// How it is to be done.
    pub(super) fn options(&self) -> Options {
        Options {
            concurrency: self.concurrency,
            wait: !self.no_wait,
            timeout: self.timeout,
            continuous: self.continuous,
            ..options(self.rate)
        }
    }

    /// How the result is shown.
    pub(super) fn view(&self) -> View {
        let format = self.output.unwrap_or_else(Format::usual);
        View { format, quiet: self.quiet, all: self.all }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_number_makes_it_panic_and_none_is_out_of_bounds(
            text in any::<String>(), likely in "-?[0-9]{1,25}[smhdwy]?",
        ) {
            for text in [&text, &likely] {
                if let Ok(number) = concurrency(text) {
                    prop_assert!((1..=CONCURRENCY_MAX).contains(&number));
                }
                if let Ok(within) = within(text) {
                    prop_assert!(within <= Duration::from_hours(24 * 3650));
                }
                if let Ok(timeout) = timeout(text) {
                    prop_assert!(timeout <= Duration::from_hours(TIMEOUT_HOURS_MAX));
                }
            }
        }
    }
}
