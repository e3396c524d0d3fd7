//! `sexton key`: the access keys with which users sign.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::admin::{ServerArguments, segment};
use super::user::users;
use crate::exit::{Exit, Failure};
use crate::render;

/// What `sexton key` is asked for.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Make an access key for a user, and print it as a profile for the file of AWS credentials.
    /// Its secret is shown this once
    Add {
        /// Name of the user
        user: String,
        #[command(flatten)]
        server: ServerArguments,
    },
    /// List the access keys: id, user, active or disabled, and when it was made, separated by tabs
    List {
        /// Only those of this user
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
        #[command(flatten)]
        server: ServerArguments,
    },
    /// Make an access key that takes the place of another one, and print it as `add` does. The
    /// other one works on until it is disabled
    Rotate(Named),
    /// Refuse every request that is signed with an access key, from now on
    Disable(Named),
    /// Accept requests again that are signed with an access key
    Enable(Named),
    /// Remove an access key that is disabled
    Remove(Named),
}

/// One access key.
#[derive(Debug, Args)]
pub(crate) struct Named {
    /// Id of the access key
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    server: ServerArguments,
}

/// Does what was asked.
pub(crate) async fn run(action: Action) -> Result<Exit, Failure> {
    match action {
        Action::Add { user, server } => add(&user, &server).await?,
        Action::List { user, server } => {
            for (owner, key) in keys(&users(&server).await?) {
                if user.as_ref().is_some_and(|user| !user.eq_ignore_ascii_case(owner)) {
                    continue;
                }
                let active = key["active"] == Value::Bool(true);
                let text = |name: &str| key[name].as_str().unwrap_or("");
                let state = if active { "active" } else { "disabled" };
                render::line_of_fields([text("id"), owner, state, text("created")]);
            }
        }
        Action::Rotate(Named { id, server }) => {
            let users = users(&server).await?;
            let found = keys(&users).into_iter().find(|(_, key)| key["id"] == id.as_str());
            let Some((owner, _)) = found else {
                let text = format!("no user has an access key {id}");
                return Err(Failure::text(Exit::Usage, text).hint("see `sexton key list`"));
            };
            add(owner, &server).await?;
            render::note(&format!(
                "{id} works on: `sexton key disable {id}` once nothing uses it, then `sexton key \
                 remove {id}`"
            ));
        }
        Action::Disable(named) => change(&named, "disable").await?,
        Action::Enable(named) => change(&named, "enable").await?,
        Action::Remove(named) => change(&named, "remove").await?,
    }
    Ok(Exit::Success)
}

/// The access keys of all users, each with the name of the user.
fn keys(users: &[Value]) -> Vec<(&str, &Value)> {
    let mut found = Vec::new();
    for user in users {
        let name = user["name"].as_str().unwrap_or("");
        found.extend(user["keys"].as_array().into_iter().flatten().map(|key| (name, key)));
    }
    found
}

async fn add(user: &str, server: &ServerArguments) -> Result<(), Failure> {
    let made = server.call("POST", "keys", Some(json!({ "user": user }))).await?;
    let text = |name: &str| made[name].as_str().unwrap_or("");
    render::line_of_fields([format!("[{}]", text("user"))]);
    render::line_of_fields([format!("aws_access_key_id = {}", text("id"))]);
    render::line_of_fields([format!("aws_secret_access_key = {}", text("secret"))]);
    Ok(())
}

async fn change(named: &Named, change: &str) -> Result<(), Failure> {
    let path = format!("keys/{}", segment(&named.id));
    named.server.call("PATCH", &path, Some(json!({ "change": change }))).await.map(drop)
}
