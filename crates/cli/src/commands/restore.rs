//! `sexton restore`: has a running server restore a backup set of an instance, and waits for it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};
use sexton_client::list::moment;
use sexton_client::{RdsBackupSetId, RdsInstanceId};

use super::admin::{Server, ServerArguments, segment};
use super::database::settings;
use crate::args::instance;
use crate::exit::{Exit, Failure};
use crate::render;

/// How often the server is asked how far it is.
const ASKED_EVERY: Duration = Duration::from_millis(500);

/// Restore a backup set of ApsaraDB RDS on a running server: into a new folder, or into a database
/// that is there and empty.
///
/// A physical set becomes a data folder that the engine starts from; a logical one is loaded into
/// the database that a file of settings names. With --time the log backups are replayed up to that
/// time, where there are any that reach it.
///
/// The server does it, and goes on if this command is ended.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Id of the instance that the set is of
    #[arg(value_name = "INSTANCE", value_parser = instance)]
    instance: RdsInstanceId,
    /// Id of the backup set
    #[arg(long, value_name = "ID", value_parser = set)]
    backup_set: RdsBackupSetId,
    /// A folder on the server's machine that is not there yet; or a file here that says how an
    /// empty database is reached, as of `sexton source add --connection`
    #[arg(long, value_name = "DIR|FILE")]
    into: PathBuf,
    /// Which database of the set, where it is loaded into one
    #[arg(long, value_name = "NAME")]
    database: Option<String>,
    /// To which time, in UTC: 2026-11-28T18:00:00Z [default: that of the set]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    time: Option<Timestamp>,
    #[command(flatten)]
    server: ServerArguments,
}

fn set(text: &str) -> Result<RdsBackupSetId, String> {
    text.parse().map_err(|_| "the id of a backup set is a number, such as 324909958".to_owned())
}

/// Runs the command.
pub(crate) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let body = arguments.body()?;
    let server = arguments.server.connect().await?;
    let begun = server.call("POST", "restores", Some(body)).await?;
    let Some(job) = begun["restore"].as_str() else { return Err(foreign()) };
    ended(&server, job).await
}

impl Arguments {
    /// What the server is asked with.
    fn body(&self) -> Result<Value, Failure> {
        let mut body = json!({
            "instance": self.instance.as_str(), "backup_set": self.backup_set.as_str(),
        });
        if self.into.is_file() {
            body["connection"] = settings(Some(&self.into), None)?.into();
        } else {
            body["directory"] = directory(&self.into)?.into();
        }
        if let Some(database) = &self.database {
            if !self.into.is_file() {
                let text = "--database is of a restore into a database, and --into is no file here";
                return Err(Failure::text(Exit::Usage, text).hint(
                    "give --into with a file of connection settings, or leave --database out",
                ));
            }
            body["database"] = database.as_str().into();
        }
        if let Some(time) = self.time {
            body["time"] = time.to_string().into();
        }
        Ok(body)
    }
}

/// A folder by its whole path.
fn directory(path: &Path) -> Result<String, Failure> {
    let path = std::path::absolute(path).map_err(|error| Failure::new(Exit::Usage, &error))?;
    let not_text = || {
        let text = format!("{} is not UTF-8, which a folder must be", path.display());
        Failure::text(Exit::Usage, text)
    };
    path.to_str().map(str::to_owned).ok_or_else(not_text)
}

/// Waits until a restore has ended.
async fn ended(server: &Server, job: &str) -> Result<Exit, Failure> {
    let mut told = None;
    loop {
        let now = server.call("GET", &format!("restores/{}", segment(job)), None).await?;
        let message = now["message"].as_str().unwrap_or("");
        match now["state"].as_str() {
            Some("running") => {
                let percent = now["percent"].as_f64();
                if percent.is_some() && percent != told {
                    render::note(&format!("{:.0} %", percent.unwrap_or(0.0)));
                    told = percent;
                }
            }
            Some("completed") => {
                if !message.is_empty() {
                    render::line(message);
                }
                return Ok(Exit::Success);
            }
            Some("failed") => {
                let text = format!("the restore failed: {message}");
                return Err(Failure::text(Exit::Unexpected, text));
            }
            Some(_) | None => return Err(foreign()),
        }
        tokio::time::sleep(ASKED_EVERY).await;
    }
}

fn foreign() -> Failure {
    let text = "the answer tells of no restore: it is not a Sexton server that answers";
    Failure::text(Exit::Unexpected, text).hint("check --endpoint-url")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn body(arguments: &[&str]) -> Result<Value, String> {
        let line = ["x", "rm-1", "--backup-set", "324909958"].iter().chain(arguments);
        let line = Line::try_parse_from(line).map_err(|error| error.to_string())?;
        line.arguments.body().map_err(|failure| failure.message)
    }

    #[test]
    fn a_file_is_a_database_and_anything_else_a_folder_on_the_server() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("db.toml");
        std::fs::write(&file, "engine = \"postgresql\"\npassword = \"hunter2\"\n").unwrap();
        let (file, new) = (file.to_str().unwrap(), folder.path().join("new"));
        let new = new.to_str().unwrap();
        let told = body(&["--into", file, "--database", "shop"]).unwrap();
        assert!(told["connection"].as_str().unwrap().contains("hunter2"));
        assert_eq!((&told["database"], told.get("directory")), (&json!("shop"), None));
        let told = body(&["--into", new, "--time", "2026-11-28T18:00:00Z"]).unwrap();
        assert_eq!(told["directory"], new);
        assert_eq!(told["time"], "2026-11-28T18:00:00Z");
        assert_eq!((&told["instance"], &told["backup_set"]), (&json!("rm-1"), &json!("324909958")));
        let refused = body(&["--into", new, "--database", "shop"]).unwrap_err();
        assert!(refused.contains("--database is of a restore into a database"), "{refused}");
        assert!(body(&["--into", new, "--time", "soon"]).is_err());
    }
}
