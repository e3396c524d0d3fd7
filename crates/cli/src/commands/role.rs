//! `sexton role`: what a running server knows of roles.

use clap::Subcommand;
use serde_json::{Value, json};
use sexton_core::RoleArn;

use super::admin::{ServerArguments, items, segment};
use crate::args::role;
use crate::exit::{Exit, Failure};
use crate::render;

/// What `sexton role` is asked for.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// List the roles whose status was set, and those that were made with IAM: ARN and status,
    /// separated by a tab. After another one, the actions that the policies of a denied role do not
    /// permit: what needs none of them is deleted. Every other role counts as permitted
    List {
        #[command(flatten)]
        server: ServerArguments,
    },
    /// Set the status of a role. Recovery points of a role that is denied or missing become
    /// EXPIRED when they are deleted: set the role to permitted and delete them again
    Set {
        /// ARN of the role
        #[arg(value_parser = role)]
        arn: RoleArn,
        /// Whether it can delete recovery points
        #[arg(long)]
        status: Status,
        #[command(flatten)]
        server: ServerArguments,
    },
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum Status {
    /// It exists and may delete.
    Permitted,
    /// It exists and may not delete.
    Denied,
    /// It no longer exists.
    Missing,
}

/// Does what was asked.
pub(crate) async fn run(action: Action) -> Result<Exit, Failure> {
    match action {
        Action::List { server } => {
            let answer = server.call("GET", "roles", None).await?;
            for role in items(&answer, "roles")? {
                let row = ["arn", "status"].map(|name| role[name].as_str().unwrap_or(""));
                let denied = role["denied"].as_array().map_or_else(String::new, |actions| {
                    actions.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",")
                });
                let denied = Some(&*denied).filter(|it| !it.is_empty());
                render::line_of_fields(row.into_iter().chain(denied));
            }
        }
        Action::Set { arn, status, server } => {
            let status = match status {
                Status::Permitted => "permitted",
                Status::Denied => "denied",
                Status::Missing => "missing",
            };
            let path = format!("roles/{}", segment(arn.as_str()));
            server.call("PUT", &path, Some(json!({ "status": status }))).await?;
        }
    }
    Ok(Exit::Success)
}
