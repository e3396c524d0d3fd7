//! `sexton realm`: the accounts and regions of a data folder.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use sexton_core::{Realm, counted};
use sexton_server::realms::stopped::{self, RealmError};
use sexton_store::sqlite::realm::Contents;

use super::scrub::unopened;
use super::serve::DATA_FOLDER;
use crate::exit::{Exit, Failure};
use crate::render;

const HELP: &str = "\
A server keeps apart what each account has in each region. It refuses to start while
something is stored of an account and region that its settings do not serve.

Exit codes:
    0  it is done
    1  the data folder is in use, or could not be read or written
    2  there is no such realm, or it holds backups or file systems: nothing was changed
  130  interrupted";

/// Arguments of `sexton realm`.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the realms, with the number of their vaults, backups, sources and
    /// backup plans
    List {
        #[command(flatten)]
        folder: Folder,
    },
    /// Drop a realm without backups and file systems of FSx, with its vaults, sources, plans and
    /// jobs. Certificates stay
    Drop {
        /// Account and region, such as 123456789012/us-east-1
        #[arg(value_name = "ACCOUNT/REGION")]
        realm: String,

        #[command(flatten)]
        folder: Folder,
    },
}

#[derive(Debug, Args)]
struct Folder {
    /// Data folder of the stopped server
    #[arg(long, value_name = "DIR", env = "SEXTON_DATA", default_value = DATA_FOLDER)]
    data: PathBuf,
}

/// Does what was asked.
pub(crate) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    match arguments.action {
        Action::List { folder } => {
            for stored in stopped::list(&folder.data).map_err(|error| failure(&error))? {
                render::line_of_fields([stored.realm.to_string().as_str(), &contents(&stored)]);
            }
        }
        Action::Drop { realm, folder } => {
            let realm: Realm = realm.parse().map_err(|error| Failure::new(Exit::Usage, &error))?;
            let gone = stopped::drop_realm(&folder.data, &realm).await;
            let gone = gone.map_err(|error| failure(&error))?;
            render::line(&format!("dropped {realm}: {}", contents(&gone)));
        }
    }
    Ok(Exit::Success)
}

fn contents(contents: &Contents) -> String {
    let Contents { realm: _, vaults, backups, sources, plans } = contents;
    let [vaults, backups, sources, plans] =
        [(vaults, "vault"), (backups, "backup"), (sources, "source"), (plans, "backup plan")]
            .map(|(count, one)| counted(*count, one));
    format!("{vaults}, {backups}, {sources}, {plans}")
}

fn failure(error: &RealmError) -> Failure {
    match error {
        RealmError::Folder(error) => unopened(error),
        RealmError::Unknown(_) => {
            Failure::new(Exit::Usage, error).hint("list the realms with `sexton realm list`")
        }
        RealmError::HoldsBackups { realm, .. } => Failure::new(Exit::Usage, error).hint(format!(
            "serve it with {0} among its --regions, delete its backups, and wait until `sexton \
             erasure list --region {0}` shows none",
            realm.region
        )),
        RealmError::HasFileSystems { realm, .. } => Failure::new(Exit::Usage, error).hint(format!(
            "serve it with {} among its --regions, and delete them with `aws fsx \
             delete-file-system`",
            realm.region
        )),
        RealmError::HasSlots { realm, .. } => Failure::new(Exit::Usage, error).hint(format!(
            "serve it with {} among its --regions; `sexton source set ARN --forget-slots` gives up \
             those of a database that will never be reached again",
            realm.region
        )),
        RealmError::HasHolds { realm, .. } => Failure::new(Exit::Usage, error).hint(format!(
            "serve it with {} among its --regions, and cancel them with `aws backup \
             cancel-legal-hold`",
            realm.region
        )),
        RealmError::Store(_) => Failure::new(Exit::Unexpected, error),
    }
}
