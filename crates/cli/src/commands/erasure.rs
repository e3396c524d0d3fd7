//! `sexton erasure`: what a running server is erasing, and what became stuck.

use clap::Subcommand;
use serde_json::Value;
use sexton_core::BackupArn;

use super::admin::{Server, ServerArguments, segment};
use crate::args::recovery_point;
use crate::exit::{Exit, Failure};
use crate::render::{self, ListFormat};

/// What `sexton erasure` is asked for.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// List the erasures that are not finished: ARN, state, how many attempts in a row removed
    /// nothing, since when, and why it is parked. And what is asked for with `sexton delete
    /// --when-released`: since when, and what keeps it; `given_up` once its deadline has come
    List {
        /// Only those that are not tried any more and wait for you
        #[arg(long)]
        parked: bool,
        /// How they are printed [default: a table for people, text for pipes]
        #[arg(long, value_name = "FORMAT")]
        output: Option<ListFormat>,
        #[command(flatten)]
        server: ServerArguments,
    },
    /// Take back what was asked for with `sexton delete --when-released`
    Withdraw {
        /// ARNs of the recovery points
        #[arg(value_name = "ARN", value_parser = recovery_point, required = true)]
        arns: Vec<BackupArn>,
        #[command(flatten)]
        server: ServerArguments,
    },
    /// Retry parked erasures, after their cause was repaired
    #[command(group = clap::ArgGroup::new("which").required(true).args(["arns", "all_parked"]))]
    Retry {
        /// ARNs of the recovery points
        #[arg(value_name = "ARN", value_parser = recovery_point)]
        arns: Vec<BackupArn>,
        /// Every erasure that is parked
        #[arg(long)]
        all_parked: bool,
        #[command(flatten)]
        server: ServerArguments,
    },
}

/// Does what was asked.
pub(crate) async fn run(action: Action) -> Result<Exit, Failure> {
    match action {
        Action::List { parked, output, server } => {
            let server = server.connect().await?;
            let mut erasures = list(&server, parked).await?;
            if !parked {
                erasures.extend(server.list("erasure-requests?", "requests").await?);
            }
            render::erasures(output, &erasures);
            Ok(Exit::Success)
        }
        Action::Retry { arns, all_parked, server } => {
            let server = server.connect().await?;
            let arns = if all_parked {
                let parked = list(&server, true).await?;
                parked.iter().filter_map(|it| Some(it["arn"].as_str()?.to_owned())).collect()
            } else {
                arns.iter().map(ToString::to_string).collect()
            };
            let ask = async |arn: &str| {
                let path = format!("erasures/{}", segment(arn));
                let erasure = server.call("POST", &path, None).await?;
                Ok(erasure["state"].as_str().unwrap_or("waiting").to_owned())
            };
            each(arns, ask).await
        }
        Action::Withdraw { arns, server } => {
            let server = server.connect().await?;
            let ask = async |arn: &str| {
                let path = format!("erasure-requests/{}", segment(arn));
                server.call("DELETE", &path, None).await?;
                Ok("withdrawn".to_owned())
            };
            each(arns.iter().map(ToString::to_string).collect(), ask).await
        }
    }
}

/// Every erasure, or every one that is parked: a few hundred bytes each.
async fn list(server: &Server, parked: bool) -> Result<Vec<Value>, Failure> {
    let path = if parked { "erasures?state=parked&" } else { "erasures?" };
    server.list(path, "erasures").await
}

/// Asks for one after the other; what is refused does not keep the others waiting.
async fn each(
    arns: Vec<String>,
    ask: impl AsyncFn(&str) -> Result<String, Failure>,
) -> Result<Exit, Failure> {
    let mut exit = Exit::Success;
    for arn in arns {
        match ask(&arn).await {
            Ok(state) => render::line_of_fields([&state, &arn]),
            Err(failure) if failure.exit == Exit::Refused => {
                render::failure(&failure);
                exit = Exit::Refused;
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(exit)
}
