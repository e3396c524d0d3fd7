//! `sexton source`: what a running server can back up.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;
use sexton_core::ResourceArn;

use super::admin::{ServerArguments, items, segment};
use crate::args::source;
use crate::exit::{Exit, Failure};
use crate::render;

/// What `sexton source` is asked for.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Register a directory, and print its ARN, which backup jobs need
    Add {
        /// What the directory is offered as
        #[arg(long = "type", value_name = "TYPE")]
        kind: Kind,
        /// The directory, on the server
        #[arg(long, value_name = "DIR")]
        path: PathBuf,
        /// Allow backups of the directory while it is empty. Without this they fail: the disk
        /// that belongs there may not be mounted
        #[arg(long)]
        allow_empty: bool,
        #[command(flatten)]
        server: ServerArguments,
    },
    /// List the sources: ARN, type and path, separated by tabs
    List {
        #[command(flatten)]
        server: ServerArguments,
    },
    /// Forget a source; its recovery points stay
    Remove {
        /// ARN of the source
        #[arg(value_parser = source)]
        arn: ResourceArn,
        #[command(flatten)]
        server: ServerArguments,
    },
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum Kind {
    /// A file system of Amazon `FSx`.
    Fsx,
}

/// Does what was asked.
pub(crate) async fn run(action: Action) -> Result<Exit, Failure> {
    match action {
        Action::Add { kind: Kind::Fsx, path, allow_empty, server } => {
            let path =
                std::path::absolute(&path).map_err(|error| Failure::new(Exit::Usage, &error))?;
            let Some(path) = path.to_str() else {
                let message =
                    format!("{} is not UTF-8, which a source's path must be", path.display());
                return Err(Failure::text(Exit::Usage, message));
            };
            let body = json!({ "type": "fsx", "path": path, "allow_empty": allow_empty });
            let source = server.call("POST", "sources", Some(body)).await?;
            render::line(source["arn"].as_str().unwrap_or(""));
        }
        Action::List { server } => {
            let answer = server.call("GET", "sources", None).await?;
            for source in items(&answer, "sources")? {
                let kind = &source["kind"];
                let row = [&source["arn"], &kind["type"], &kind["path"]];
                render::line_of_fields(row.map(|value| value.as_str().unwrap_or("")));
            }
        }
        Action::Remove { arn, server } => {
            server.call("DELETE", &format!("sources/{}", segment(arn.as_str())), None).await?;
        }
    }
    Ok(Exit::Success)
}
