//! `sexton user`: who may use a running server beside the root identity of its account.

use std::path::PathBuf;

use clap::{ArgGroup, Subcommand};
use serde_json::{Map, Value, json};

use super::admin::{ServerArguments, segment};
use crate::exit::{Exit, Failure};
use crate::files;
use crate::render;

/// What `sexton user` is asked for.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Make a user, and print their ARN. They may do what their policies allow, and nothing else:
    /// give them access keys with `sexton key add`
    Add {
        /// Name of the user
        name: String,
        /// File with a policy as IAM writes them for users; it is called as the file, without
        /// what follows the last dot. Can be given several times
        #[arg(long = "policy", value_name = "FILE")]
        policies: Vec<PathBuf>,
        #[command(flatten)]
        server: ServerArguments,
    },
    /// List the users: name, ARN, names of their policies, and number of their access keys,
    /// separated by tabs
    List {
        #[command(flatten)]
        server: ServerArguments,
    },
    /// Print a user as JSON, with policies and access keys; no secret is shown
    Show {
        /// Name of the user
        name: String,
        #[command(flatten)]
        server: ServerArguments,
    },
    /// Put policies in a user, and remove some
    #[command(group = ArgGroup::new("change").required(true).multiple(true)
        .args(["put", "remove"]))]
    Policy {
        /// Name of the user
        name: String,
        /// File with a policy, which takes the place of one of the same name. Can be given several
        /// times
        #[arg(long, value_name = "FILE")]
        put: Vec<PathBuf>,
        /// Name of a policy that goes. Can be given several times
        #[arg(long, value_name = "POLICY")]
        remove: Vec<String>,
        #[command(flatten)]
        server: ServerArguments,
    },
    /// Remove a user of whom no access key is active
    Remove {
        /// Name of the user
        name: String,
        #[command(flatten)]
        server: ServerArguments,
    },
}

/// Does what was asked.
pub(crate) async fn run(action: Action) -> Result<Exit, Failure> {
    match action {
        Action::Add { name, policies, server } => {
            let body = json!({ "name": name, "policies": read(&policies)? });
            let made = server.call("POST", "users", Some(body)).await?;
            render::line_of_fields([made["arn"].as_str().unwrap_or("")]);
        }
        Action::List { server } => {
            for user in users(&server).await? {
                let text = |name: &str| user[name].as_str().unwrap_or("").to_owned();
                let policies = user["policies"].as_object();
                let names: Vec<_> = policies.into_iter().flat_map(Map::keys).cloned().collect();
                let keys = user["keys"].as_array().map_or(0, Vec::len);
                let row = [text("name"), text("arn"), names.join(","), keys.to_string()];
                render::line_of_fields(row);
            }
        }
        Action::Show { name, server } => {
            let called = |user: &Value| {
                user["name"].as_str().is_some_and(|it| it.eq_ignore_ascii_case(&name))
            };
            let Some(user) = users(&server).await?.into_iter().find(called) else {
                let text = format!("there is no user {name}");
                return Err(Failure::text(Exit::Usage, text).hint("see `sexton user list`"));
            };
            render::json_document(&user);
        }
        Action::Policy { name, put, remove, server } => {
            let body = json!({ "put": read(&put)?, "remove": remove });
            server.call("PATCH", &format!("users/{}", segment(&name)), Some(body)).await?;
        }
        Action::Remove { name, server } => {
            server.call("DELETE", &format!("users/{}", segment(&name)), None).await?;
        }
    }
    Ok(Exit::Success)
}

/// All users of the account.
pub(super) async fn users(server: &ServerArguments) -> Result<Vec<Value>, Failure> {
    server.connect().await?.list("users?", "users").await
}

/// The longest file of a policy, in bytes. The server takes less.
const POLICY_BYTES_MAX: u64 = 64 * 1024;

/// The policies in these files, by the names of the files.
fn read(paths: &[PathBuf]) -> Result<Map<String, Value>, Failure> {
    let mut policies = Map::new();
    for path in paths {
        let name = path.file_stem().and_then(|name| name.to_str());
        let unnamed = || format!("{} gives no name for a policy", path.display());
        let name = name.ok_or_else(|| Failure::text(Exit::Usage, unnamed()))?.to_owned();
        let text = files::read_text(path, POLICY_BYTES_MAX)?;
        if policies.insert(name.clone(), Value::String(text)).is_some() {
            let text = format!("two files give a policy of the name {name}");
            return Err(Failure::text(Exit::Usage, text).hint("rename one"));
        }
    }
    Ok(policies)
}
