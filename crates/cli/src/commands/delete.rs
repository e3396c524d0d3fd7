//! `sexton delete`: deletes recovery points, and reads back until they are gone.
//!
//! Everything is checked before the first call; the vault is read before anybody is
//! asked; and nobody is asked without being told what they say yes to.

mod earlier;
mod ids;
mod person;
mod preflight;
mod report_file;

use std::fs::File;
use std::hash::{BuildHasher as _, RandomState};
use std::io::BufReader;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use sexton_client::{
    BackupProvider, CONCURRENCY_MAX, Connected, Forecast, Options, Order, Report, Stop, StopCause,
    Survey, VaultFacts, connect, delete, survey,
};
use sexton_core::{Totals, VaultName, Verdict};

use self::ids::{BadIds, Gathered, Gathering, IDS_MAX};
use self::person::{Asker, Signals};
use self::preflight::{check_places, patiently, read_vault};
use self::report_file::ReportFile;
use super::connection::unconnected;
use crate::args::{AwsArguments, duration};
use crate::exit::{self, Exit, Failure};
use crate::render::{self, Format, Intent, Looked, Progress, Run, View};

/// Delete recovery points of AWS Backup, and prove that they are gone.
///
/// Every ARN is checked before the first call. The vault is read and shown, and the
/// number of points has to be typed back. Then the points are deleted at a rate that
/// adapts to the service, and read back until each is proven gone, or is known to have
/// been left behind (EXPIRED), or the deadline has come.
///
/// A point that is not in the vault is not gone for that: where nobody saw it there, it is
/// looked for in the other vaults of the account, and reported as elsewhere or absent. The
/// report of the run that saw it, given with --after, proves it gone.
///
/// The first Ctrl-C starts no new deletion, waits for those in flight, reads back what
/// was asked for and reports; the second ends at once.
#[derive(Debug, Args)]
#[command(after_long_help = exit::HELP, override_usage = USAGE)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct Arguments {
    /// Name of the vault that holds the recovery points
    #[arg(long, value_name = "NAME", value_parser = vault)]
    vault: VaultName,

    /// ARNs of recovery points; `-` reads them from standard input
    #[arg(value_name = "ARN", required_unless_present = "from_file")]
    arns: Vec<String>,

    /// File of ARNs, separated by whitespace, or of JSON or text as the AWS CLI or `sexton`
    /// write it; `#` at the beginning of a line makes it a comment. May be given several times
    #[arg(long, value_name = "FILE")]
    from_file: Vec<PathBuf>,

    /// Do not ask
    #[arg(long, short = 'y')]
    yes: bool,

    /// Delete nothing: read where each point stands, and say what would happen to it
    #[arg(long, short = 'n', conflicts_with = "no_wait")]
    dry_run: bool,

    /// Do not read back: whatever the service accepts is reported as accepted, not as gone
    #[arg(long)]
    no_wait: bool,

    /// Report of an earlier run on this vault: points that it saw there, and that are not
    /// there any more, are gone. May be given several times
    #[arg(long, value_name = "REPORT")]
    after: Vec<PathBuf>,

    /// Take points that are in no vault for success, as when a script runs a second time
    #[arg(long)]
    absent_ok: bool,

    /// Fail if there is nothing to do, with exit code 2
    #[arg(long)]
    fail_if_empty: bool,

    /// How long to read back before a point counts as unknown, and to look for points that
    /// are not in the vault, at most 8760h
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = timeout)]
    timeout: Duration,

    /// The most deletions in flight at once
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = concurrency)]
    concurrency: usize,

    /// The most requests per second; without it, as many as the service bears
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,

    /// How to print the result [default: table on a terminal, otherwise text]
    #[arg(long, short = 'o', value_name = "FORMAT", value_enum)]
    output: Option<Format>,

    /// Write the whole result as JSON to this file, whatever is printed
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,

    /// Show every recovery point that did not go as it should, not only the first few
    #[arg(long)]
    all: bool,

    /// Print nothing but the result
    #[arg(long, short = 'q')]
    quiet: bool,

    #[command(flatten)]
    aws: AwsArguments,
}

/// Every way to say which points.
const USAGE: &str = "\
sexton delete [OPTIONS] --vault <NAME> <ARN>...
       sexton delete [OPTIONS] --vault <NAME> --from-file <FILE>
       sexton delete [OPTIONS] --vault <NAME> -";

/// The longest that is waited for points to go, in hours: a year, which nobody waits.
const TIMEOUT_HOURS_MAX: u64 = 365 * 24;

fn vault(text: &str) -> Result<VaultName, String> {
    if text.starts_with("arn:") {
        return Err("give the name of the vault, not its ARN".to_owned());
    }
    text.parse().map_err(|error: sexton_core::InvalidVaultName| error.to_string())
}

fn timeout(text: &str) -> Result<Duration, String> {
    let timeout = duration(text)?;
    if timeout <= Duration::from_hours(TIMEOUT_HOURS_MAX) {
        Ok(timeout)
    } else {
        Err(format!("{text:?} is longer than {TIMEOUT_HOURS_MAX}h"))
    }
}

fn concurrency(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=CONCURRENCY_MAX).contains(number));
    number.ok_or_else(|| format!("{text:?} is not a number from 1 to {CONCURRENCY_MAX}"))
}

/// Runs the command.
pub(crate) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let Gathered { ids, duplicates } = gather(&arguments)?;
    let earlier = arguments.after.iter().map(|path| earlier::read(path));
    let earlier = earlier.collect::<Result<Vec<_>, _>>()?;
    if ids.is_empty() {
        return nothing_to_do(&arguments);
    }
    let asks = !arguments.yes && !arguments.dry_run;
    let asker = if asks { Some(Asker::find()?) } else { None };
    let connected =
        connect(&arguments.aws.connection()).await.map_err(|error| unconnected(&error))?;
    let Connected { provider, region, endpoint } = connected;
    check_places(&ids, &region, None)?;
    let report_file = arguments.report.as_deref().map(ReportFile::open).transpose()?;
    let provider: Arc<dyn BackupProvider> = Arc::new(provider);
    let options = options(&arguments);
    let facts = patiently(read_vault(&provider, &arguments, &options), arguments.quiet).await?;
    let account = facts.as_ref().and_then(VaultFacts::account);
    check_places(&ids, &region, account)?;
    let intent = Intent {
        account: account.map(str::to_owned),
        region: Some(region),
        endpoint,
        points_in_vault: facts.as_ref().map(|facts| facts.points),
        duplicates,
        ..intent(&arguments)
    };
    let order = Order {
        vault: arguments.vault.clone(),
        arns: ids.into(),
        vault_known: facts.is_some(),
        account: intent.account.clone(),
        seen_before: earlier::seen(earlier, &intent)?,
    };
    if !arguments.quiet || asker.is_some() {
        render::intent(&intent, &order.arns);
    }
    if let Some(asker) = asker {
        asker.confirm(order.arns.len())?;
    }
    let job = Job { provider, order, options, intent, report_file };
    if arguments.dry_run {
        let locked = facts.is_some_and(|facts| facts.locked);
        look(job, &arguments, locked).await
    } else {
        sweep(job, &arguments).await
    }
}

/// All that is needed to do what was asked.
struct Job {
    provider: Arc<dyn BackupProvider>,
    order: Order,
    options: Options,
    intent: Intent,
    report_file: Option<ReportFile>,
}

/// Looks, and touches nothing.
async fn look(job: Job, arguments: &Arguments, locked: bool) -> Result<Exit, Failure> {
    let Job { provider, order, options, intent, report_file } = job;
    let (_handle, stop) = Stop::new();
    let survey = survey(provider, &order, &options, locked, stop).await;
    render::forecasts(view(arguments), &intent, &order.arns, &survey);
    if let Some(file) = report_file {
        file.write(&Looked::whole(&intent, &order.arns, &survey))?;
    }
    Ok(how_a_look_ended(&survey, arguments.absent_ok))
}

/// Deletes, and reads back.
async fn sweep(job: Job, arguments: &Arguments) -> Result<Exit, Failure> {
    let Job { provider, order, options, intent, report_file } = job;
    let view = view(arguments);
    let (handle, stop) = Stop::new();
    let progress = Progress::new(view.format, order.arns.len(), view.quiet);
    // Heeded from here on: none comes too early to be answered with a report.
    let signals = Signals::heed().map_err(|error| Failure::new(Exit::Unexpected, &error))?;
    let signals = tokio::spawn(signals.stop(handle, progress.clone()));
    let events = |event: sexton_client::Event<'_>| progress.event(&event);
    let report = delete(provider, order, options, &events, stop).await;
    signals.abort();
    progress.finish();
    render::report(view, &intent, &report);
    if let Some(file) = report_file {
        file.write(&Run::whole(&intent, &report))?;
    }
    Ok(how_it_ended(&report, arguments.absent_ok))
}

/// There are no points. A script that runs every night has such nights.
fn nothing_to_do(arguments: &Arguments) -> Result<Exit, Failure> {
    if arguments.fail_if_empty {
        return Err(Failure::text(Exit::Usage, "no recovery points were given")
            .hint("without --fail-if-empty this is no error"));
    }
    let report_file = arguments.report.as_deref().map(ReportFile::open).transpose()?;
    let (intent, view) = (intent(arguments), view(arguments));
    if !view.quiet {
        render::nothing_to_do();
    }
    let report = Report {
        items: Vec::new(),
        totals: Totals::default(),
        stopped: None,
        searched: None,
        verdict: Verdict::NothingToDo,
    };
    render::report(View { quiet: true, ..view }, &intent, &report);
    if let Some(file) = report_file {
        file.write(&Run::whole(&intent, &report))?;
    }
    Ok(Exit::Success)
}

/// What is known of the intent before anything was asked.
fn intent(arguments: &Arguments) -> Intent {
    Intent {
        dry_run: arguments.dry_run,
        vault: arguments.vault.as_str().to_owned(),
        account: None,
        region: None,
        endpoint: None,
        points_in_vault: None,
        duplicates: 0,
        begun: Timestamp::now(),
    }
}

fn options(arguments: &Arguments) -> Options {
    Options {
        concurrency: arguments.concurrency,
        rate_max: arguments.rate,
        wait: !arguments.no_wait,
        timeout: arguments.timeout,
        ..Options::new(RandomState::new().hash_one(std::process::id()), Timestamp::now)
    }
}

fn view(arguments: &Arguments) -> View {
    let format = arguments.output.unwrap_or_else(Format::usual);
    View { format, quiet: arguments.quiet, all: arguments.all }
}

/// The exit code of a dry run: whoever looks first wants to know that every point was seen
/// where it is said to be.
fn how_a_look_ended(survey: &Survey, absent_ok: bool) -> Exit {
    let as_expected = |forecast: &Forecast| match forecast {
        Forecast::WouldDelete { .. }
        | Forecast::WouldWatch
        | Forecast::AlreadyGone
        | Forecast::WouldBeRefused { .. } => true,
        Forecast::Absent => absent_ok,
        Forecast::Elsewhere { .. } | Forecast::Unknown { .. } => false,
    };
    if survey.forecasts.iter().all(as_expected) { Exit::Success } else { Exit::NotProven }
}

/// The exit code of a run. One that never got to work failed as it would have done before
/// its first deletion.
fn how_it_ended(report: &Report, absent_ok: bool) -> Exit {
    if report.verdict == Verdict::AllAbsent && absent_ok {
        return Exit::Success;
    }
    if report.verdict == Verdict::Refused {
        match &report.stopped {
            Some(StopCause::Unreachable(_)) => return Exit::Unexpected,
            Some(StopCause::Credentials(_)) => return Exit::Usage,
            Some(StopCause::Interrupted | StopCause::Futile(_)) | None => {}
        }
    }
    report.verdict.into()
}

/// All ids from wherever they are, checked.
fn gather(arguments: &Arguments) -> Result<Gathered, Failure> {
    let mut gathering = Gathering::default();
    for (number, text) in (1..).zip(&arguments.arns) {
        if text == "-" {
            gathering.lines("standard input", std::io::stdin().lock()).map_err(bad_ids)?;
        } else {
            gathering.argument(number, text).map_err(bad_ids)?;
        }
    }
    for path in &arguments.from_file {
        let origin = path.display().to_string();
        if origin == "-" {
            gathering.lines("standard input", std::io::stdin().lock()).map_err(bad_ids)?;
            continue;
        }
        let file = File::open(path)
            .map_err(|source| bad_ids(BadIds::Unreadable { origin: origin.clone(), source }))?;
        gathering.lines(&origin, BufReader::new(file)).map_err(bad_ids)?;
    }
    gathering.finish().map_err(bad_ids)
}

/// A file that cannot be read is nobody's wrong argument; what it holds may be.
#[expect(clippy::needless_pass_by_value, reason = "it is made to be reported, and no more")]
fn bad_ids(error: BadIds) -> Failure {
    let usage = Failure::new(Exit::Usage, &error);
    match error {
        BadIds::Unreadable { .. } => Failure::new(Exit::Unexpected, &error),
        BadIds::Invalid(_) => usage.in_lines().hint(
            "nothing was sent; an ARN looks like \
             arn:aws:backup:REGION:ACCOUNT:recovery-point:ID",
        ),
        BadIds::TooMany => usage.hint(format!("give at most {IDS_MAX} at a time")),
        BadIds::NotText { .. } => usage.hint("give a text file in UTF-8, with one ARN a line"),
        BadIds::LongLine { .. } => usage.hint("give one ARN a line"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn report(stopped: Option<StopCause>, verdict: Verdict) -> Report {
        let (items, totals, searched) = (Vec::new(), Totals::default(), None);
        Report { items, totals, stopped, searched, verdict }
    }

    /// Both ended with 5, which says that the service refused every point.
    #[test]
    fn a_run_that_never_got_to_work_ends_as_if_it_had_not_begun() {
        let lost = || Some(StopCause::Unreachable(String::new()));
        let credentials = || Some(StopCause::Credentials(String::new()));
        for (stopped, verdict, exit) in [
            (lost(), Verdict::Refused, Exit::Unexpected),
            (lost(), Verdict::Partial, Exit::Partial),
            (credentials(), Verdict::Refused, Exit::Usage),
            (credentials(), Verdict::Partial, Exit::Partial),
            (Some(StopCause::Futile(String::new())), Verdict::Refused, Exit::Refused),
            (None, Verdict::Refused, Exit::Refused),
        ] {
            let report = report(stopped, verdict);
            assert_eq!(how_it_ended(&report, false), exit, "{report:?}");
        }
    }

    #[test]
    fn absent_is_success_only_for_whoever_says_so() {
        for (verdict, absent_ok, exit) in [
            (Verdict::AllAbsent, false, Exit::NotProven),
            (Verdict::AllAbsent, true, Exit::Success),
            (Verdict::NotProven, true, Exit::NotProven),
            (Verdict::Partial, true, Exit::Partial),
        ] {
            assert_eq!(how_it_ended(&report(None, verdict), absent_ok), exit, "{verdict:?}");
        }
        let elsewhere = || Forecast::Elsewhere { vault: String::new(), status: String::new() };
        for (forecast, absent_ok, exit) in [
            (Forecast::WouldWatch, false, Exit::Success),
            (Forecast::Absent, false, Exit::NotProven),
            (Forecast::Absent, true, Exit::Success),
            (elsewhere(), true, Exit::NotProven),
        ] {
            let survey = Survey { forecasts: vec![forecast], searched: None };
            assert_eq!(how_a_look_ended(&survey, absent_ok), exit, "{survey:?}");
        }
    }

    proptest! {
        #[test]
        fn no_number_makes_it_panic_and_none_is_out_of_bounds(
            text in any::<String>(), likely in "-?[0-9]{1,25}[smhdwy]?",
        ) {
            for text in [&text, &likely] {
                if let Ok(number) = concurrency(text) {
                    prop_assert!((1..=CONCURRENCY_MAX).contains(&number));
                }
                if let Ok(timeout) = timeout(text) {
                    prop_assert!(timeout <= Duration::from_hours(TIMEOUT_HOURS_MAX));
                }
            }
        }
    }
}
