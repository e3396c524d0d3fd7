//! The arguments of `sexton list`, and what follows from them.

use clap::{Args, ValueEnum};
use jiff::{SignedDuration, Timestamp};
use sexton_client::list::{Filter, Query, SortKey, Sorted, age, bytes, moment, tag};
use sexton_client::{Options, RdsInstanceId};
use sexton_core::{Service, VaultName};

use crate::args::{AwsArguments, ServiceName, SignatureName, instance, options, vault};
use crate::exit::{Exit, Failure};
use crate::render::list::ItemFormat;

/// List backups: of every vault of AWS Backup, of vaults that are named, of FSx, or of the
/// instances of ApsaraDB RDS.
///
/// A backup that AWS Backup made of a file system of FSx is told by both services. FSx does not
/// delete it: it is protected by `aws_backup` there.
///
/// The list is read to its end. If that is not possible, the exit code is not 0, standard error
/// says what is missing, and what was printed does not look like a whole list: `sexton delete`
/// does not read it.
///
/// A backup of which the service does not tell what a filter asks for is left out, and counted
/// on standard error.
///
/// `sexton list --vault NAME --older-than 90d --output text | sexton delete --vault NAME -`
/// deletes what was found.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct Arguments {
    /// Name of a vault; without it, every vault. May be given several times: each is listed once
    #[arg(long, value_name = "NAME", value_parser = vault)]
    pub(super) vault: Vec<VaultName>,

    /// Id of an instance of RDS; without it, every instance of the region. May be given several
    /// times: each is listed once
    #[arg(long, value_name = "ID", value_parser = instance)]
    pub(super) instance: Vec<RdsInstanceId>,

    /// How requests to RDS are signed [default: v3]
    #[arg(long, value_name = "VERSION", value_enum)]
    pub(super) signature: Option<SignatureName>,

    /// Service that is asked [default: aws-backup, or apsara-rds with --instance]. May be given
    /// several times, for one after the other
    #[arg(long, value_name = "SERVICE", value_enum)]
    service: Vec<ServiceName>,

    /// Only backups that were made longer ago than this: 90d, 36h, 2w; `m` are minutes.
    /// By the clock of this machine: where that of the service is another one, give --before
    #[arg(long, value_name = "AGE", value_parser = age, help_heading = "Filters")]
    older_than: Option<SignedDuration>,

    /// Only backups that were made less long ago than this
    #[arg(long, value_name = "AGE", value_parser = age, help_heading = "Filters")]
    newer_than: Option<SignedDuration>,

    /// Only backups that were made before this date (its midnight in UTC) or moment
    #[arg(long, value_name = "DATE", value_parser = moment, help_heading = "Filters")]
    before: Option<Timestamp>,

    /// Only backups in this state, such as EXPIRED. May be given several times, for any of them
    #[arg(long, value_name = "STATE", help_heading = "Filters")]
    state: Vec<String>,

    /// Only backups with this tag, in capitals or not as it is. Of several, all are wanted
    #[arg(long, value_name = "KEY=VALUE", value_parser = tag, help_heading = "Filters")]
    tag: Vec<(String, String)>,

    /// Only backups without any tag
    #[arg(long, conflicts_with = "tag", help_heading = "Filters")]
    untagged: bool,

    /// Only backups of this resource: its ARN, the id at the end of it, or that of an instance. May
    /// be given several
    /// times, for any of them
    #[arg(long, value_name = "ARN", help_heading = "Filters")]
    resource: Vec<String>,

    /// Only backups of this type: with AWS Backup the type of the resource, such as EBS; with FSx
    /// and RDS whoever made it, such as `USER_INITIATED` or `Manual`. May be given
    /// several times, for any of them
    #[arg(long = "type", value_name = "TYPE", help_heading = "Filters")]
    kind: Vec<String>,

    /// Only backups of more bytes than this: 10GiB, 500MB
    #[arg(long, value_name = "SIZE", value_parser = bytes, help_heading = "Filters")]
    larger_than: Option<u64>,

    /// Print so many, and read no more than that takes
    #[arg(long, value_name = "N")]
    pub(super) limit: Option<usize>,

    /// Put them in this order, instead of the order of the service: all are held in memory
    #[arg(long, value_name = "KEY", value_enum)]
    sort: Option<Key>,

    /// The other way round
    #[arg(long, requires = "sort")]
    reverse: bool,

    /// Read the tags of each, which costs a request for each of which the list tells none: with
    /// AWS Backup for all
    #[arg(long)]
    tags: bool,

    /// The most requests per second; without it, as many as the service accepts
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,

    /// How to print them [default: table on a terminal, otherwise text]
    #[arg(long, short = 'o', value_name = "FORMAT", value_enum)]
    output: Option<ItemFormat>,

    /// Print nothing but the list, and what it lacks
    #[arg(long, short = 'q')]
    pub(super) quiet: bool,

    #[command(flatten)]
    pub(super) aws: AwsArguments,
}

/// By what a list can be put in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Key {
    /// The oldest first
    Created,
    /// What is deleted by itself the soonest first
    Expires,
    /// The smallest first
    Size,
    /// By state
    State,
    /// By type
    Type,
    /// By what it is of
    Source,
    /// By vault, file system or instance
    Vault,
    /// By ARN or id
    Id,
}

impl From<Key> for SortKey {
    fn from(key: Key) -> Self {
        match key {
            Key::Created => Self::Created,
            Key::Expires => Self::Expires,
            Key::Size => Self::Size,
            Key::State => Self::State,
            Key::Type => Self::Kind,
            Key::Source => Self::Source,
            Key::Vault => Self::Place,
            Key::Id => Self::Id,
        }
    }
}

impl Arguments {
    /// The services that are asked, each once.
    pub(super) fn services(&self) -> Result<Vec<Service>, Failure> {
        let mut services: Vec<Service> = Vec::new();
        for name in &self.service {
            let service = Service::from(*name);
            if !services.contains(&service) {
                services.push(service);
            }
        }
        if services.is_empty() {
            let is_rds = !self.instance.is_empty();
            services.push(if is_rds { Service::ApsaraRds } else { Service::AwsBackup });
        }
        for service in &services {
            if let Some(text) = self.foreign(*service) {
                return Err(Failure::text(Exit::Usage, text));
            }
        }
        Ok(services)
    }

    /// What is wrong with an option that `service` does not have, if one was given.
    fn foreign(&self, service: Service) -> Option<String> {
        let (vault, instance) = (!self.vault.is_empty(), !self.instance.is_empty());
        match service {
            Service::Fsx if vault => {
                Some("FSx has no vaults: give --vault or --service fsx, and not both".to_owned())
            }
            Service::ApsaraRds if vault => {
                let text = "ApsaraDB RDS has no vaults: give --vault or --service apsara-rds, and \
                            not both";
                Some(text.to_owned())
            }
            Service::ApsaraRds => {
                let option = self.aws.only_of_aws()?;
                Some(format!("{option} is of AWS, and cannot be meant for apsara-rds"))
            }
            Service::AwsBackup | Service::Fsx => {
                let signature = self.signature.is_some().then_some("--signature");
                let option = instance.then_some("--instance").or(signature)?;
                let word = service.word();
                Some(format!("{option} is of ApsaraDB RDS, and cannot be meant for {word}"))
            }
        }
    }

    /// What is asked for, at `now`.
    pub(super) fn query(&self, now: Timestamp) -> Result<Query, Failure> {
        let ago = |age: SignedDuration| {
            let long_ago = || Failure::text(Exit::Usage, "an age goes back too far");
            now.checked_sub(age).map_err(|_| long_ago())
        };
        let older = self.older_than.map(ago).transpose()?;
        let filter = Filter {
            created_before: older.into_iter().chain(self.before).min(),
            created_after: self.newer_than.map(ago).transpose()?,
            states: self.state.clone(),
            sources: self.resource.clone(),
            kinds: self.kind.clone(),
            larger_than: self.larger_than,
            tags: self.tag.clone(),
            untagged: self.untagged,
        };
        Ok(Query { filter, tags: self.tags })
    }

    /// How requests are made.
    pub(super) fn options(&self) -> Options {
        options(self.rate)
    }

    /// What puts them in order, if that is asked for.
    pub(super) fn sorted(&self) -> Option<Sorted> {
        self.sort.map(|key| Sorted::new(key.into(), self.reverse, self.limit))
    }

    /// How they are printed.
    pub(super) fn format(&self) -> ItemFormat {
        self.output.unwrap_or_else(ItemFormat::usual)
    }

    /// Whether tags are there to be shown.
    pub(super) fn shows_tags(&self) -> bool {
        self.tags || self.untagged || !self.tag.is_empty()
    }
}
