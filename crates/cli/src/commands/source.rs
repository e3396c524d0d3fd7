//! `sexton source`: what a running server can back up.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use serde_json::{Value, json};
use sexton_client::RdsInstanceId;

use super::admin::{ServerArguments, items, segment};
use super::database::{EngineName, settings};
use crate::args::{instance, source};
use crate::exit::{Exit, Failure};
use crate::render;

/// What `sexton source` is asked for.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Register a directory or a database, and print what backups name it by: its ARN, or the id of
    /// the instance
    Add(Box<Addition>),
    /// List the sources: ARN, type, and path, name or what keeps the snapshots, separated by tabs.
    /// A fourth field says how many replication slots its databases may hold for log backups that
    /// are over, if there are any
    List {
        #[command(flatten)]
        server: ServerArguments,
    },
    /// Say what keeps the EBS snapshots of a volume or an instance of EC2, to rehearse with a
    /// server that was started with --dev, or lock an instance of RDS. Recovery points that are
    /// made of kept snapshots become EXPIRED when they are deleted: set them to deletable and
    /// delete again. Of a locked instance no backup set is deleted that somebody asks for. Or give
    /// up replication slots of databases that will never be reached again
    #[command(group = ArgGroup::new("state").required(true)
        .args(["snapshots", "lock_mode", "forget_slots"]))]
    Set {
        /// ARN of the volume or the instance; of RDS its id will do
        #[arg(value_name = "ARN", value_parser = source_or_instance)]
        name: String,
        /// What keeps the snapshots
        #[arg(long, value_name = "STATE", value_enum)]
        snapshots: Option<SnapshotState>,
        /// Whether the instance of RDS is locked
        #[arg(long, value_name = "MODE", value_enum)]
        lock_mode: Option<LockMode>,
        /// Tell no database of the instance any more to drop the replication slot that it held for
        /// log backups that are over: if it is there still, its log fills its disk
        #[arg(long)]
        forget_slots: bool,
        #[command(flatten)]
        server: ServerArguments,
    },
    /// Forget a source; its recovery points or backup sets stay
    Remove {
        /// ARN of the source, or the id of an instance
        #[arg(value_name = "ARN", value_parser = source_or_instance)]
        name: String,
        #[command(flatten)]
        server: ServerArguments,
    },
}

/// What is to be registered.
#[derive(Debug, Args)]
pub(crate) struct Addition {
    /// What it is offered as
    #[arg(long = "type", value_name = "TYPE")]
    kind: Kind,
    /// The directory, on the server
    #[arg(long, value_name = "DIR")]
    path: Option<PathBuf>,
    /// Allow backups of the directory while it is empty. Without this they fail: the disk
    /// that belongs there may not be mounted
    #[arg(long)]
    allow_empty: bool,
    /// Name of the database, for people
    #[arg(long, value_name = "NAME", help_heading = "Databases")]
    name: Option<String>,
    /// File that says how the server reaches the database, with its password, in TOML; `-` is
    /// standard input. Without it, the variables that the tools of --engine read, such as PGHOST
    /// and PGPASSWORD
    #[arg(long, value_name = "FILE", help_heading = "Databases")]
    connection: Option<PathBuf>,
    /// Engine of the database, where the file does not say it
    #[arg(long, value_name = "ENGINE", value_enum, help_heading = "Databases")]
    engine: Option<EngineName>,
    /// Edition that the instance is shown with [default: high-availability]
    #[arg(long, value_name = "EDITION", value_enum, help_heading = "Databases")]
    edition: Option<EditionName>,
    /// What the instance is to others [default: primary]
    #[arg(long = "kind", value_name = "KIND", value_enum, help_heading = "Databases")]
    role: Option<InstanceKindName>,
    /// Id of the instance that it follows
    #[arg(long, value_name = "ID", value_parser = instance, help_heading = "Databases")]
    primary: Option<RdsInstanceId>,
    #[command(flatten)]
    server: ServerArguments,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SnapshotState {
    /// Nothing does.
    Deletable,
    /// EBS Snapshot Lock.
    Locked,
    /// An image that was registered with them.
    InUse,
}

impl SnapshotState {
    fn word(self) -> &'static str {
        match self {
            Self::Deletable => "deletable",
            Self::Locked => "locked",
            Self::InUse => "in-use",
        }
    }
}

/// What RDS calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LockMode {
    Unlock,
    ManualLock,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// A file system of Amazon `FSx`: a directory.
    Fsx,
    /// An instance of `ApsaraDB` RDS: a database.
    ApsaraRds,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EditionName {
    /// A primary and a secondary node: its backup sets can be deleted.
    HighAvailability,
    /// One node.
    Basic,
    /// More nodes.
    Cluster,
}

impl EditionName {
    fn word(self) -> &'static str {
        match self {
            Self::HighAvailability => "high_availability",
            Self::Basic => "basic",
            Self::Cluster => "cluster",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum InstanceKindName {
    /// It stands for itself.
    Primary,
    /// It follows a primary one, and is read from.
    Readonly,
    /// It stands by in case of a disaster.
    Guard,
    /// It was made to look at a clone, for a time.
    Temp,
}

impl InstanceKindName {
    fn word(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Readonly => "read_only",
            Self::Guard => "guard",
            Self::Temp => "temporary",
        }
    }
}

impl Addition {
    /// What the server is asked with.
    fn body(&self) -> Result<Value, Failure> {
        let foreign: &[(&str, bool)] = match self.kind {
            Kind::Fsx => &[
                ("--name", self.name.is_some()),
                ("--connection", self.connection.is_some()),
                ("--engine", self.engine.is_some()),
                ("--edition", self.edition.is_some()),
                ("--kind", self.role.is_some()),
                ("--primary", self.primary.is_some()),
            ],
            Kind::ApsaraRds => {
                &[("--path", self.path.is_some()), ("--allow-empty", self.allow_empty)]
            }
        };
        let usage = |text: String| Failure::text(Exit::Usage, text);
        if let Some((option, _)) = foreign.iter().find(|(_, given)| *given) {
            let (of, word) = match self.kind {
                Kind::Fsx => ("a database", "fsx"),
                Kind::ApsaraRds => ("a directory", "apsara-rds"),
            };
            return Err(usage(format!("{option} is of {of}, and cannot be meant for {word}"))
                .hint(format!("leave {option} out, or give another --type")));
        }
        match self.kind {
            Kind::Fsx => {
                let Some(path) = &self.path else {
                    return Err(usage("no directory is named".to_owned()).hint("give --path"));
                };
                let path = std::path::absolute(path);
                let path = path.map_err(|error| Failure::new(Exit::Usage, &error))?;
                let Some(path) = path.to_str() else {
                    let path = path.display();
                    return Err(usage(format!(
                        "{path} is not UTF-8, which a source's path must be"
                    )));
                };
                Ok(json!({ "type": "fsx", "path": path, "allow_empty": self.allow_empty }))
            }
            Kind::ApsaraRds => {
                let Some(name) = &self.name else {
                    return Err(usage("the database has no name".to_owned()).hint("give --name"));
                };
                let connection = settings(self.connection.as_deref(), self.engine)?;
                let edition = self.edition.unwrap_or(EditionName::HighAvailability).word();
                let kind = self.role.unwrap_or(InstanceKindName::Primary).word();
                let mut body = json!({
                    "type": "apsara-rds", "name": name, "connection": connection,
                    "edition": edition, "kind": kind,
                });
                if let Some(primary) = &self.primary {
                    body["primary"] = primary.as_str().into();
                }
                Ok(body)
            }
        }
    }
}

/// Parses the ARN of a source or the id of an instance.
fn source_or_instance(text: &str) -> Result<String, String> {
    let is_instance = text.starts_with("rm-") && instance(text).is_ok();
    if is_instance { Ok(text.to_owned()) } else { source(text).map(|arn| arn.as_str().to_owned()) }
}

/// What a source is, in the words of --type; a volume or an instance of EC2 has none there.
fn type_of(source: &Value) -> Option<&str> {
    if source["offered"]["resource"].is_object() {
        return Some("ec2");
    }
    source["kind"]["type"].as_str()
}

/// The id of the instance that a source is, if it is one.
fn instance_of(source: &Value) -> Option<&str> {
    let (_, id) = source["arn"].as_str()?.split_once(":dbinstance/")?;
    Some(id)
}

/// The ARN of what is named by its ARN, or by the id of an instance.
async fn arn_of(name: &str, server: &ServerArguments) -> Result<String, Failure> {
    if name.starts_with("arn:") {
        return Ok(name.to_owned());
    }
    let answer = server.call("GET", "sources", None).await?;
    let found = items(&answer, "sources")?.iter().find(|it| instance_of(it) == Some(name));
    let arn = found.and_then(|source| source["arn"].as_str()).map(str::to_owned);
    arn.ok_or_else(|| {
        let text = format!("no source {name:?}");
        Failure::text(Exit::Refused, text)
            .hint("list the sources with `sexton source list`; each region has its own (--region)")
    })
}

/// Does what was asked.
pub(crate) async fn run(action: Action) -> Result<Exit, Failure> {
    match action {
        Action::Add(addition) => {
            let body = addition.body()?;
            let added = addition.server.call("POST", "sources", Some(body)).await?;
            let arn = added["arn"].as_str().unwrap_or("");
            render::line(instance_of(&added).unwrap_or(arn));
        }
        Action::List { server } => {
            let answer = server.call("GET", "sources", None).await?;
            for source in items(&answer, "sources")? {
                let row = [source["arn"].as_str(), type_of(source), place(source)];
                let owed = slots_owed(source);
                let row = row.into_iter().map(|text| text.unwrap_or("")).chain(owed.as_deref());
                render::line_of_fields(row);
            }
        }
        Action::Set { name, snapshots, lock_mode, forget_slots, server } => {
            let path = format!("sources/{}", segment(&arn_of(&name, &server).await?));
            let body = match (snapshots, lock_mode) {
                (Some(snapshots), _) => json!({ "snapshots": snapshots.word() }),
                (None, None) if forget_slots => json!({ "forget_slots": true }),
                (None, mode) => json!({ "locked": mode == Some(LockMode::ManualLock) }),
            };
            server.call("PUT", &path, Some(body)).await?;
        }
        Action::Remove { name, server } => {
            let arn = arn_of(&name, &server).await?;
            server.call("DELETE", &format!("sources/{}", segment(&arn)), None).await?;
        }
    }
    Ok(Exit::Success)
}

/// The path of a directory, the name of a database, or what keeps the snapshots of a volume.
fn place(source: &Value) -> Option<&str> {
    let offered = source["offered"].as_object();
    let said = |name: &str| offered?.values().find_map(|offered| offered[name].as_str());
    let path = source["kind"]["path"].as_str();
    path.or_else(|| said("description")).or_else(|| said("snapshots"))
}

/// How many replication slots the databases of an instance may hold for log backups that are over.
fn slots_owed(source: &Value) -> Option<String> {
    let owed = source["offered"]["instance"]["owed"].as_array()?.len();
    Some(
        sexton_core::counted(u64::try_from(owed).unwrap_or(u64::MAX), "replication slot") + " owed",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        addition: Addition,
    }

    fn body(arguments: &[&str]) -> Result<Value, String> {
        let line = Line::try_parse_from(["x"].iter().chain(arguments)).unwrap();
        line.addition.body().map_err(|failure| failure.message)
    }

    #[test]
    fn a_database_is_told_with_its_settings_and_what_it_is_shown_as() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("db.toml");
        std::fs::write(&file, "host = \"db\"\npassword = \"hunter2\"\n").unwrap();
        let file = file.to_str().unwrap();
        let rds = ["--type", "apsara-rds", "--name", "shop", "--connection", file];
        let more = ["--engine", "mysql", "--edition", "basic", "--kind", "readonly"];
        let told = body(&[&rds[..], &more, &["--primary", "rm-1"]].concat()).unwrap();
        assert_eq!((&told["edition"], &told["kind"]), (&json!("basic"), &json!("read_only")));
        assert_eq!((&told["primary"], &told["name"]), (&json!("rm-1"), &json!("shop")));
        assert!(told["connection"].as_str().unwrap().contains("engine = \"mysql\""), "{told}");
        let told = body(&rds).unwrap();
        assert_eq!(told["edition"], "high_availability");
        assert_eq!(told["kind"], "primary");
        assert!(told.get("primary").is_none());
    }

    #[test]
    fn options_of_another_type_are_refused_by_name() {
        for (arguments, said) in [
            (&["--type", "fsx"][..], "no directory is named"),
            (&["--type", "fsx", "--path", "/x", "--name", "n"], "--name is of a database"),
            (&["--type", "fsx", "--path", "/x", "--edition", "basic"], "--edition is of a"),
            (&["--type", "apsara-rds"], "the database has no name"),
            (&["--type", "apsara-rds", "--path", "/x"], "--path is of a directory"),
            (&["--type", "apsara-rds", "--allow-empty"], "--allow-empty is of a directory"),
            (&["--type", "apsara-rds", "--name", "n"], "nothing says how the database"),
        ] {
            let refused = body(arguments).unwrap_err();
            assert!(refused.contains(said), "{arguments:?}: {refused}");
        }
    }
}
