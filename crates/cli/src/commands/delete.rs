//! `sexton delete`: deletes recovery points, and reads back until they are gone.
//!
//! Everything is checked before the first call; the vault is read before anybody is
//! asked; and nobody is asked without being told what they say yes to.

mod ids;
mod preflight;

use std::fs::File;
use std::hash::{BuildHasher as _, RandomState};
use std::io::{BufRead as _, BufReader, IsTerminal as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use sexton_client::{
    BackupProvider, CONCURRENCY_MAX, Connected, Options, Order, Report, Stop, StopCause,
    StopHandle, VaultFacts, connect, delete, survey,
};
use sexton_core::{RecoveryPointArn, VaultName, Verdict};
use tokio::signal::unix::{Signal, SignalKind, signal};

use self::ids::{BadIds, Gathered, Gathering, IDS_MAX};
use self::preflight::{check_places, patiently, read_vault, unconnected};
use crate::args::{AwsArguments, duration};
use crate::exit::{self, Exit, Failure};
use crate::render::{self, Format, Intent, Progress};

/// Delete recovery points of AWS Backup, and prove that they are gone.
///
/// Every ARN is checked before the first call. The vault is read and shown, and the
/// number of points has to be typed back. Then the points are deleted at a rate that
/// adapts to the service, and read back until each is proven gone, or is known to have
/// been left behind (EXPIRED), or the deadline has come. A point that is gone already
/// counts as gone, and is reported as such.
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

    /// File of ARNs, separated by whitespace; `#` at the beginning of a line makes it a
    /// comment. May be given several times
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

    /// How long to read back before a point counts as unknown, at most 8760h
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
    let asker = if arguments.yes || arguments.dry_run { None } else { Some(Asker::find()?) };
    let connected =
        connect(&arguments.aws.connection()).await.map_err(|error| unconnected(&error))?;
    let Connected { provider, region, endpoint } = connected;
    check_places(&ids, &region, None)?;
    let provider: Arc<dyn BackupProvider> = Arc::new(provider);
    let options = Options {
        concurrency: arguments.concurrency,
        rate_max: arguments.rate,
        wait: !arguments.no_wait,
        timeout: arguments.timeout,
        ..Options::new(RandomState::new().hash_one(std::process::id()), Timestamp::now)
    };
    let facts = patiently(read_vault(&provider, &arguments, &options), arguments.quiet).await?;
    check_places(&ids, &region, facts.as_ref().and_then(VaultFacts::account))?;
    let format = arguments.output.unwrap_or_else(Format::usual);
    let intent = Intent {
        vault: arguments.vault.as_str().to_owned(),
        account: facts.as_ref().and_then(VaultFacts::account).map(str::to_owned),
        region,
        endpoint,
        points_in_vault: facts.as_ref().map(|facts| facts.points),
        duplicates,
        dry_run: arguments.dry_run,
    };
    let arns: Arc<[RecoveryPointArn]> = ids.into();
    if !arguments.quiet || asker.is_some() {
        render::intent(&intent, &arns);
    }
    let order = Order {
        vault: arguments.vault.clone(),
        arns,
        vault_known: facts.is_some(),
        account: intent.account.clone(),
    };
    if arguments.dry_run {
        let locked = facts.is_some_and(|facts| facts.locked);
        let (_handle, stop) = Stop::new();
        let forecasts = survey(provider, &order, &options, locked, stop).await;
        return Ok(render::forecasts(format, &intent, &order.arns, &forecasts));
    }
    if let Some(asker) = asker {
        asker.confirm(order.arns.len())?;
    }
    let (handle, stop) = Stop::new();
    let progress = Progress::new(format, order.arns.len(), arguments.quiet);
    // Heeded from here on: none comes too early to be answered with a report.
    let signals = Signals::heed().map_err(|error| Failure::new(Exit::Unexpected, &error))?;
    let signals = tokio::spawn(signals.stop(handle, progress.clone()));
    let events = |event: sexton_client::Event<'_>| progress.event(&event);
    let report = delete(provider, order, options, &events, stop).await;
    signals.abort();
    progress.finish();
    render::report(format, &intent, &report, arguments.quiet);
    Ok(how_it_ended(&report))
}

/// The exit code of a run. One that never got to work failed as it would have done before
/// its first deletion.
fn how_it_ended(report: &Report) -> Exit {
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
        BadIds::Invalid(ref complaints) if complaints.of_json => usage.in_lines().hint(
            "nothing was sent; give plain ARNs: `aws backup list-recovery-points-by-backup-vault \
             --output text --query 'RecoveryPoints[].RecoveryPointArn'` writes them",
        ),
        BadIds::Invalid(_) => usage.in_lines().hint(
            "nothing was sent; an ARN looks like \
             arn:aws:backup:REGION:ACCOUNT:recovery-point:ID",
        ),
        BadIds::TooMany => usage.hint(format!("give at most {IDS_MAX} at a time")),
        BadIds::NotText { .. } => usage.hint("give a text file in UTF-8, with one ARN a line"),
        BadIds::LongLine { .. } => usage.hint("give one ARN a line"),
        BadIds::None => usage.hint("give ARNs as arguments, with --from-file, or to `-`"),
    }
}

/// Somebody who can be asked.
enum Asker {
    StandardInput,
    /// Standard input carries something else, and there is a terminal all the same.
    Terminal(File),
}

impl Asker {
    fn find() -> Result<Self, Failure> {
        if std::io::stdin().is_terminal() {
            return Ok(Self::StandardInput);
        }
        let terminal = std::io::stderr().is_terminal().then(|| File::open("/dev/tty"));
        match terminal {
            Some(Ok(terminal)) => Ok(Self::Terminal(terminal)),
            Some(Err(_)) | None => Err(Failure::text(
                Exit::Refused,
                "nobody can be asked for confirmation: there is no terminal",
            )
            .hint("give --yes to delete without being asked, or --dry-run to look first")),
        }
    }

    /// Asks for the count to be typed back.
    fn confirm(self, count: usize) -> Result<(), Failure> {
        render::question(count);
        let mut line = String::new();
        let read = match self {
            Self::StandardInput => std::io::stdin().read_line(&mut line),
            Self::Terminal(terminal) => BufReader::new(terminal).read_line(&mut line),
        };
        read.map_err(|error| Failure::new(Exit::Unexpected, &error))?;
        let typed = line.trim();
        if typed.parse() == Ok(count) {
            return Ok(());
        }
        let text = format!("{typed:?} is not {count}: nothing was deleted");
        Err(Failure::text(Exit::Refused, text))
    }
}

/// Ctrl-C, and the polite signal of a service manager.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn heed() -> std::io::Result<Self> {
        let (interrupt, terminate) = (SignalKind::interrupt(), SignalKind::terminate());
        Ok(Self { interrupt: signal(interrupt)?, terminate: signal(terminate)? })
    }

    /// The next one. `false`: none will come.
    async fn next(&mut self) -> bool {
        tokio::select! {
            signalled = self.interrupt.recv() => signalled.is_some(),
            signalled = self.terminate.recv() => signalled.is_some(),
        }
    }

    /// Stops the run: gently at the first signal, at once at the second.
    async fn stop(mut self, handle: StopHandle, progress: Progress) {
        if self.next().await {
            handle.drain();
            progress.note("stopping: waiting for what is in flight; once more to end at once");
        }
        if self.next().await {
            handle.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sexton_core::Totals;

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
            let report = Report { items: Vec::new(), totals: Totals::default(), stopped, verdict };
            assert_eq!(how_it_ended(&report), exit, "{report:?}");
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
