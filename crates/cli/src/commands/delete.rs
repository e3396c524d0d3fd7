//! `sexton delete`: deletes recovery points, backups of FSx and backup sets of RDS, and reads back
//! until they are gone.
//!
//! Everything is checked before the first call; the place is read before anybody is
//! asked; and nobody is asked without being told what they say yes to.

mod arguments;
mod earlier;
mod fsx;
mod ids;
mod points;
mod preflight;
mod rds;
mod released;
mod report_file;
mod service;

use std::io::BufReader;
use std::sync::Arc;

use sexton_client::document::{Intent, Run};
use sexton_client::{
    Event, Forecast, Foreseen, Options, Order, Plan, Preview, Provider, ProviderError, Report,
    Sight, Stop, StopCause, Survey, delete, foretell, is_released, look_at, may_wait, note_sights,
};
use sexton_core::{Service, Totals, Verdict};

pub(crate) use self::arguments::Arguments;
use self::earlier::Earlier;
use self::ids::{BadIds, Gathered, Gathering, IDS_MAX};
use self::released::Released;
use self::report_file::ReportFile;
use self::service::{Wanted, choose};
use super::asker::Asker;
use super::person::Signals;
use crate::exit::{Exit, Failure};
use crate::files::{self, STDIN};
use crate::render::{self, Looked, Progress, View};

/// What helps where nobody can be asked.
const UNASKED: &str = "give --yes to delete without being asked, or --dry-run to look first";

/// Runs the command.
pub(crate) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let Gathered { ids, duplicates } = gather(&arguments)?;
    let service = arguments.service.map(Service::from);
    let wanted = choose(service, arguments.vault.as_ref(), arguments.instance.as_ref(), ids)?;
    rds::check_options(&arguments, wanted.service())?;
    let earlier = Earlier::read(&arguments.after)?;
    let released = Released::prepare(&arguments, wanted.service()).await?;
    let (asker, job) = match wanted {
        Wanted::Nothing(service) => return nothing_to_do(&arguments, service),
        Wanted::Points(vault, arns) => {
            let asker = asker(&arguments)?;
            let job = points::prepare(&arguments, vault, &arns, duplicates, earlier);
            (asker, Box::pin(job).await?)
        }
        Wanted::Backups(ids, more) => {
            let asker = asker(&arguments)?;
            let job = fsx::prepare(&arguments, &ids, duplicates + more, earlier);
            (asker, Box::pin(job).await?)
        }
        Wanted::Sets(instance, ids) => {
            let asker = asker(&arguments)?;
            let job = rds::prepare(&arguments, instance, &ids, duplicates, earlier);
            (asker, Box::pin(job).await?)
        }
    };
    Box::pin(carry_out(Job { released, ..job }, &arguments, asker)).await
}

/// Whoever can be asked, if somebody is to be.
fn asker(arguments: &Arguments) -> Result<Option<Asker>, Failure> {
    let asks = !arguments.yes && !arguments.dry_run;
    asks.then(|| Asker::find(UNASKED)).transpose()
}

/// All that is needed to do what was asked.
struct Job {
    provider: Arc<dyn Provider>,
    order: Order,
    options: Options,
    intent: Intent,
    report_file: Option<ReportFile>,
    /// The place has a lock: this is a dry run.
    locked: bool,
    /// Whoever is asked to delete what something keeps once that goes.
    released: Option<Released>,
}

impl Job {
    /// What was planned, with what earlier runs have seen.
    fn of(
        mut plan: Plan,
        earlier: Earlier,
        report_file: Option<ReportFile>,
    ) -> Result<Self, Failure> {
        earlier.tell(&mut plan)?;
        let Plan { provider, order, options, intent, facts, .. } = plan;
        let locked = facts.is_some_and(|facts| facts.locked);
        let released = None;
        Ok(Self { provider, order, options, intent, report_file, locked, released })
    }

    /// Whether somebody has something to confirm: not where all is surely refused, and nobody is
    /// asked to wait for it.
    fn asks_for_something(&self) -> bool {
        let waits = |refused: &ProviderError| {
            self.released.is_some() && is_released(refused.class.obstacle())
        };
        self.order.asks_for_something(waits)
    }
}

/// Shows what is about to be done, has it confirmed by whoever is to be asked, and does it.
async fn carry_out(
    mut job: Job,
    arguments: &Arguments,
    asker: Option<Asker>,
) -> Result<Exit, Failure> {
    let (shows, count) = (!arguments.quiet || asker.is_some(), job.order.targets.len());
    if shows {
        render::intent(&job.intent, &job.order.targets);
    }
    let sights = look(&job, arguments).await;
    let Job { provider, order, options, intent, .. } = &mut job;
    let connection = arguments.aws.connection();
    note_sights(order, &sights, &**provider, intent.service, &connection, options).await;
    let preview = Preview::of(&job.order, &sights, job.locked);
    if shows {
        render::preview(&preview, count);
    }
    if arguments.dry_run {
        return foresee(job, arguments, sights, &preview).await;
    }
    if let Some(asker) = asker.filter(|_| job.asks_for_something()) {
        asker.confirm(count, "delete")?;
    }
    sweep(job, arguments).await
}

/// Looks how each point stands.
async fn look(job: &Job, arguments: &Arguments) -> Vec<Sight> {
    let Job { provider, order, options, intent, .. } = job;
    let progress = Progress::new("looking", intent, arguments.view(), order.targets.len());
    let (_handle, stop) = Stop::new();
    let events = |event: Event<'_>| progress.event(&event);
    let sights = look_at(&**provider, order, options, &events, stop).await;
    progress.finish();
    sights
}

/// Tells what would become of each point, and touches none.
async fn foresee(
    job: Job,
    arguments: &Arguments,
    sights: Vec<Sight>,
    preview: &Preview,
) -> Result<Exit, Failure> {
    let Job { provider, order, options, intent, report_file, locked, .. } = job;
    let (_handle, stop) = Stop::new();
    let survey = foretell(&*provider, &order, sights, &options, locked, stop).await;
    let looked = Looked::new(&intent, &order.targets, preview, &survey);
    render::forecasts(arguments.view(), &looked);
    if let Some(file) = report_file {
        file.write(&looked.whole())?;
    }
    Ok(how_a_look_ended(&survey, arguments.absent_ok))
}

/// Deletes, and reads back.
async fn sweep(job: Job, arguments: &Arguments) -> Result<Exit, Failure> {
    let Job { provider, order, options, intent, report_file, released, .. } = job;
    let view = arguments.view();
    let (handle, stop) = Stop::new();
    let progress = Progress::new("deleting", &intent, view, order.targets.len());
    // Heeded from here on: none comes too early to be answered with a report.
    let signals = Signals::heed().map_err(|error| Failure::new(Exit::Unexpected, &error))?;
    let signals = tokio::spawn(signals.stop(handle, progress.clone()));
    let events = |event: Event<'_>| progress.event(&event);
    let waits = released.is_some();
    let until_asked = |event: Event<'_>| {
        // It is told how it ended once that is known.
        let is_told_later =
            matches!(event, Event::Settled { outcome, .. } if waits && may_wait(outcome));
        if !is_told_later {
            events(event);
        }
    };
    let mut report = delete(provider, order, options, &until_asked, stop.clone()).await;
    if let Some(released) = released {
        released.ask(&mut report, arguments, &events, &stop).await;
    }
    signals.abort();
    progress.finish();
    render::report(view, &intent, &report);
    if let Some(file) = report_file {
        file.write(&Run::whole(&intent, &report))?;
    }
    Ok(how_it_ended(&report, arguments.absent_ok))
}

/// There are no points. A script that runs every night has such nights.
fn nothing_to_do(arguments: &Arguments, service: Service) -> Result<Exit, Failure> {
    if arguments.fail_if_empty {
        return Err(Failure::text(Exit::Usage, "no ARNs and no ids were given")
            .hint("without --fail-if-empty this is no error"));
    }
    let report_file = arguments.report.as_deref().map(ReportFile::open).transpose()?;
    let (intent, view) = (Intent { service, ..arguments.intent() }, arguments.view());
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

/// The exit code of a dry run: whoever looks first wants to know that every point was seen
/// where it is said to be.
fn how_a_look_ended(survey: &Survey, absent_ok: bool) -> Exit {
    let as_expected = |point: &Foreseen| match point.forecast {
        Forecast::WouldDelete { .. }
        | Forecast::WouldWatch
        | Forecast::AlreadyGone
        | Forecast::WouldBeRefused { .. } => true,
        Forecast::Absent => absent_ok,
        Forecast::Elsewhere { .. } | Forecast::Unknown { .. } => false,
    };
    if survey.points.iter().all(as_expected) { Exit::Success } else { Exit::NotProven }
}

/// The exit code of a run. That the service cannot be reached comes first, whatever became of
/// the points; a run that never had credentials ends as it would have done before its first
/// deletion.
fn how_it_ended(report: &Report, absent_ok: bool) -> Exit {
    if report.verdict == Verdict::AllAbsent && absent_ok {
        return Exit::Success;
    }
    match (&report.stopped, report.verdict) {
        (Some(StopCause::Unreachable(_)), _) => Exit::Unexpected,
        (Some(StopCause::Credentials(_)), Verdict::Refused) => Exit::Usage,
        (_, verdict) => verdict.into(),
    }
}

/// All ids from wherever they are, checked.
fn gather(arguments: &Arguments) -> Result<Gathered, Failure> {
    let mut gathering = Gathering::default();
    for (number, text) in (1..).zip(&arguments.arns) {
        if text == "-" {
            gathering.lines(STDIN, std::io::stdin().lock()).map_err(bad_ids)?;
        } else {
            gathering.argument(number, text).map_err(bad_ids)?;
        }
    }
    for path in &arguments.from_file {
        let origin = path.display().to_string();
        if origin == "-" {
            gathering.lines(STDIN, std::io::stdin().lock()).map_err(bad_ids)?;
            continue;
        }
        gathering.lines(&origin, BufReader::new(files::open(path)?)).map_err(bad_ids)?;
    }
    gathering.finish().map_err(bad_ids)
}

#[expect(clippy::needless_pass_by_value, reason = "it is made to be reported, and no more")]
fn bad_ids(error: BadIds) -> Failure {
    let usage = Failure::new(Exit::Usage, &error);
    match &error {
        BadIds::Unreadable { origin, source } => files::unreadable(origin, source),
        BadIds::NotJson { .. } => usage.hint(
            "nothing was sent; give JSON as `aws backup \
             list-recovery-points-by-backup-vault`, `aliyun rds DescribeBackups` or `sexton \
             delete` write it",
        ),
        BadIds::CutOff { .. } => {
            usage.hint("nothing was sent; it was not written to its end: make it again")
        }
        BadIds::Invalid(_) => usage.in_lines().hint(
            "nothing was sent; an ARN looks like \
             arn:aws:backup:REGION:ACCOUNT:recovery-point:ID, the id of an FSx backup like \
             backup-0123456789abcdef0, and that of a backup set of RDS is a number",
        ),
        BadIds::TooMany => usage.hint(format!("give at most {IDS_MAX} at a time")),
        BadIds::NotText { .. } => usage.hint("give a text file in UTF-8, with one ARN a line"),
        BadIds::LongLine { .. } => usage.hint("give one ARN a line"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(stopped: Option<StopCause>, verdict: Verdict) -> Report {
        let (items, totals, searched) = (Vec::new(), Totals::default(), None);
        Report { items, totals, stopped, searched, verdict }
    }

    /// All but the last ended with what became of the points, and not as the help says.
    #[test]
    fn that_the_service_cannot_be_reached_comes_before_what_became_of_the_points() {
        let lost = || Some(StopCause::Unreachable(String::new()));
        let credentials = || Some(StopCause::Credentials(String::new()));
        for (stopped, verdict, exit) in [
            (lost(), Verdict::Refused, Exit::Unexpected),
            (lost(), Verdict::Partial, Exit::Unexpected),
            (lost(), Verdict::NotProven, Exit::Unexpected),
            (lost(), Verdict::Interrupted, Exit::Unexpected),
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
            let survey = Survey { points: vec![forecast.into()], searched: None };
            assert_eq!(how_a_look_ended(&survey, absent_ok), exit, "{survey:?}");
        }
    }
}
