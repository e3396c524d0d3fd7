//! `sexton list`: which backups there are, to the end or with an error.
//!
//! What is printed before an error is no list: JSON is left open, the lines of text, CSV and
//! NDJSON end with one that `sexton delete` refuses, and the exit code is not 0.

mod arguments;
mod interrupt;

use std::collections::HashSet;
use std::ops::ControlFlow;

use jiff::Timestamp;
use sexton_client::list::{Entry, Lister, Property, Query, Sorted, Stock, Tally, Unfinished};
use sexton_client::{
    ApsaraRds, ApsaraSignature, AwsBackup, Class, Connected, ConnectedFsx, ConnectedRds, Event,
    Fsx, ProviderError, RdsRules, connect, connect_fsx, connect_rds,
};

use sexton_core::Service;

pub(crate) use self::arguments::Arguments;
use self::interrupt::Interrupt;
use super::connection::{Reading, unconnected, unconnected_rds, unread};
use crate::exit::{Exit, Failure};
use crate::render::list::{Heading, Printer};
use crate::render::{self, grouped, grouped_u64};

/// From how many backups on it is told that they are held in memory.
const HELD_MANY: usize = 100_000;

/// Runs the command.
pub(crate) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let begun = Timestamp::now();
    let query = arguments.query(begun)?;
    let mut sources = Vec::new();
    for service in arguments.services()? {
        sources.push(Source::connect(service, &arguments).await?);
    }
    let heading = sources.first().map(|source| (&*source.region, source.endpoint.as_deref()));
    let (region, endpoint) = heading.unwrap_or_default();
    let heading = Heading::new(region, endpoint, begun);
    let mut listing = Listing {
        printer: Printer::new(arguments.format(), arguments.shows_tags(), &heading),
        sorted: arguments.sorted(),
        limit: arguments.limit,
        printed: 0,
        is_limited: false,
        quiet: arguments.quiet,
        interrupt: Interrupt::heed()?,
    };
    let interrupt = listing.interrupt.clone();
    let mut tally = Tally::default();
    for source in &sources {
        let read = Box::pin(source.read(&arguments, &query, &mut tally, &mut listing));
        let read = tokio::select! {
            read = read => read,
            () = interrupt.happened() => Ok(ControlFlow::Break(())),
        };
        match read {
            Ok(ControlFlow::Continue(())) => {}
            Ok(ControlFlow::Break(())) => break,
            Err(unfinished) => {
                listing.printer.break_off(&unfinished);
                return Err(broken_off(&unfinished, &source.api, &arguments));
            }
        }
    }
    if listing.print_sorted(&tally).is_continue() && !interrupt.is_over() {
        listing.finish(&tally);
    } else if interrupt.is_over() {
        let unfinished = interrupted(&tally);
        listing.printer.break_off(&unfinished);
        return Err(Failure::new(Exit::Interrupted, &unfinished));
    }
    Ok(Exit::Success)
}

/// A service that is asked.
struct Source {
    api: Api,
    region: String,
    endpoint: Option<String>,
}

enum Api {
    Backup(AwsBackup),
    Fsx(Fsx),
    Rds(ApsaraRds),
}

impl Api {
    fn service(&self) -> Service {
        match self {
            Self::Backup(_) => Service::AwsBackup,
            Self::Fsx(_) => Service::Fsx,
            Self::Rds(_) => Service::ApsaraRds,
        }
    }
}

impl Source {
    async fn connect(service: Service, arguments: &Arguments) -> Result<Self, Failure> {
        let connection = arguments.aws.connection();
        Ok(match service {
            Service::AwsBackup => {
                let connected = connect(&connection).await.map_err(|error| unconnected(&error))?;
                let Connected { backup, region, endpoint, .. } = connected;
                Self { api: Api::Backup(backup), region, endpoint }
            }
            Service::Fsx => {
                let connected = connect_fsx(&connection).await;
                let connected = connected.map_err(|error| unconnected(&error))?;
                let ConnectedFsx { fsx, region, endpoint } = connected;
                Self { api: Api::Fsx(fsx), region, endpoint }
            }
            Service::ApsaraRds => {
                let signature =
                    arguments.signature.map_or(ApsaraSignature::V3, ApsaraSignature::from);
                let connected = connect_rds(&connection, signature);
                let connected = connected.map_err(|error| unconnected_rds(&error))?;
                let ConnectedRds { rds, region, endpoint } = connected;
                Self { api: Api::Rds(rds), region, endpoint }
            }
        })
    }

    /// Reads all that is asked for of it.
    async fn read(
        &self,
        arguments: &Arguments,
        query: &Query,
        tally: &mut Tally,
        listing: &mut Listing,
    ) -> Result<ControlFlow<()>, Unfinished> {
        let lister = Lister::new(&arguments.options());
        let events = |event: Event<'_>| tell(&event, arguments.quiet);
        let work = async {
            for stock in self.stocks(&lister, arguments).await? {
                let sink = &mut |entry| listing.take(entry);
                if lister.read(&*stock, query, tally, sink).await?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            Ok(ControlFlow::Continue(()))
        };
        Box::pin(lister.telling(&events, work)).await
    }

    /// What is to be read: the vaults or instances that are named, or all; or the backups of FSx.
    async fn stocks(
        &self,
        lister: &Lister,
        arguments: &Arguments,
    ) -> Result<Vec<Box<dyn Stock>>, Unfinished> {
        let backup = match &self.api {
            Api::Backup(backup) => backup,
            Api::Fsx(fsx) => return Ok(vec![Box::new(fsx.stock())]),
            Api::Rds(rds) => return instances(rds, lister, arguments).await,
        };
        if arguments.vault.is_empty() {
            let vaults = lister.vaults(backup, &self.region).await?.into_iter();
            return Ok(vaults.map(|vault| -> Box<dyn Stock> { Box::new(vault) }).collect());
        }
        let mut stocks: Vec<Box<dyn Stock>> = Vec::with_capacity(arguments.vault.len());
        let mut named = HashSet::new();
        for vault in arguments.vault.iter().filter(|vault| named.insert(vault.as_str())) {
            let stock = backup.stock(vault.clone(), self.region.clone());
            stocks.push(Box::new(lister.described(stock).await?));
        }
        Ok(stocks)
    }
}

/// The instances of RDS that are named, each once, or all.
async fn instances(
    rds: &ApsaraRds,
    lister: &Lister,
    arguments: &Arguments,
) -> Result<Vec<Box<dyn Stock>>, Unfinished> {
    let ids = if arguments.instance.is_empty() {
        lister.instances(rds).await?
    } else {
        let mut named = HashSet::new();
        let ids = arguments.instance.iter().filter(|id| named.insert(*id)).cloned();
        let ids: Vec<_> = ids.collect();
        lister.look_for(rds, &ids).await?;
        ids
    };
    // Why a set stays is told by `delete`: a list tells only that it does.
    let sets = ids.into_iter().map(|id| rds.sets(id, RdsRules::default(), Timestamp::now));
    Ok(sets.map(|sets| -> Box<dyn Stock> { Box::new(sets.stock()) }).collect())
}

/// A list that is being printed.
struct Listing {
    printer: Printer,
    sorted: Option<Sorted>,
    limit: Option<usize>,
    printed: usize,
    is_limited: bool,
    quiet: bool,
    interrupt: Interrupt,
}

impl Listing {
    /// Takes what is listed next, and says whether more is wanted.
    fn take(&mut self, entry: Entry) -> ControlFlow<()> {
        if self.interrupt.is_over() {
            return ControlFlow::Break(());
        }
        match &mut self.sorted {
            Some(sorted) => {
                sorted.push(entry);
                if sorted.held() == HELD_MANY && !self.quiet {
                    let many = grouped(HELD_MANY);
                    render::note(&format!("--sort holds all in memory: {many} so far"));
                }
                ControlFlow::Continue(())
            }
            None if self.limit.is_some_and(|limit| self.printed >= limit) => {
                self.is_limited = true;
                ControlFlow::Break(())
            }
            None => {
                self.printed += 1;
                self.printer.entry(&entry)
            }
        }
    }

    /// Prints what was put in order, if something was, and says whether anybody reads on.
    fn print_sorted(&mut self, tally: &Tally) -> ControlFlow<()> {
        let Some(sorted) = self.sorted.take() else { return ControlFlow::Continue(()) };
        for entry in sorted.finish() {
            if self.interrupt.is_over() {
                return ControlFlow::Break(());
            }
            self.printed += 1;
            self.printer.entry(&entry)?;
        }
        self.is_limited = u64::try_from(self.printed).is_ok_and(|it| it < tally.taken);
        ControlFlow::Continue(())
    }

    /// Everything has been read and printed, or as much of it as was wanted.
    fn finish(mut self, tally: &Tally) {
        let ended_early = self.printer.finish(self.printed, self.is_limited, tally).is_break();
        if ended_early {
            return;
        }
        for (property, count) in &tally.lacking {
            lacking(*property, *count);
        }
        if self.quiet {
            return;
        }
        if tally.untold_tags > 0 {
            let count = grouped_u64(tally.untold_tags);
            render::note(&format!("the service tells no tags of {count} of them"));
        }
        if self.is_limited {
            render::note("there are more than --limit lets through");
        }
    }
}

/// That a filter could not judge some backups is told whatever is asked for: the list may lack
/// some that are wanted.
fn lacking(property: Property, count: u64) {
    let (count, noun) = (grouped_u64(count), property.noun());
    render::note(&format!(
        "left out because the service does not tell {noun} of them, by which to judge: {count}"
    ));
}

/// Says how the service answers, where it does not.
fn tell(event: &Event<'_>, quiet: bool) {
    match event {
        Event::Silent { cause, left: _ } if !quiet => {
            render::note(&format!("the service does not answer ({cause}); asking again"));
        }
        Event::AnswersAgain if !quiet => render::note("the service answers again"),
        Event::Silent { .. }
        | Event::AnswersAgain
        | Event::Answered { .. }
        | Event::Looked
        | Event::Watching { .. }
        | Event::Searching { .. }
        | Event::Settled { .. } => {}
    }
}

/// A list that somebody has interrupted.
fn interrupted(tally: &Tally) -> Unfinished {
    let failure = ProviderError::local(Class::Lost, "Interrupted", "a signal has ended it");
    Unfinished { place: "the reading".to_owned(), after: tally.listed, failure }
}

/// Why there is no list, and the way out.
fn broken_off(unfinished: &Unfinished, api: &Api, arguments: &Arguments) -> Failure {
    let reading = Reading {
        service: api.service(),
        aws: &arguments.aws,
        missing: match api {
            Api::Backup(_) | Api::Fsx(_) => {
                "check --vault, --region and --profile; a vault that was deleted meanwhile is not \
                 listed the next time"
            }
            Api::Rds(_) => "check --instance, --region and --profile",
        },
        forbidden: match api {
            Api::Backup(_) => {
                "check --vault, --region and --profile, and permit backup:ListBackupVaults, \
                 backup:ListRecoveryPointsByBackupVault and, for tags, backup:ListTags"
            }
            Api::Fsx(_) => {
                "check --region and --profile, and permit fsx:DescribeBackups and, for tags, \
                 fsx:ListTagsForResource"
            }
            Api::Rds(_) => {
                "check --instance, --region and --profile, and permit rds:DescribeBackups and \
                 rds:DescribeDBInstances"
            }
        },
    };
    unread(unfinished, &unfinished.failure, &reading)
}
