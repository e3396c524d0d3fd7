//! `sexton clock`: whether a running server believes its machine's clock.

use clap::Subcommand;
use serde_json::{Value, json};
use sexton_core::counted;

use super::admin::ServerArguments;
use crate::exit::{Exit, Failure};
use crate::render;

/// What `sexton clock` is asked for.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Show the machine's clock and the time that the server uses. They differ after the clock
    /// jumped; then no recovery point is deleted by its lifecycle
    Show {
        #[command(flatten)]
        server: ServerArguments,
    },
    /// Confirm that the machine's clock is right although it jumped. From then on recovery
    /// points are deleted by their lifecycles again
    Confirm {
        #[command(flatten)]
        server: ServerArguments,
    },
}

/// Does what was asked.
pub(crate) async fn run(action: Action) -> Result<Exit, Failure> {
    let (answer, confirmed) = match action {
        Action::Show { server } => (server.call("GET", "clock", None).await?, false),
        Action::Confirm { server } => (server.call("POST", "clock", Some(json!({}))).await?, true),
    };
    let Some(trusted) = answer["trusted"].as_bool() else {
        let text = "the answer tells no clock: it is not a Sexton server that answers";
        return Err(Failure::text(Exit::Unexpected, text.to_owned()).hint("check --endpoint-url"));
    };
    let at = |name: &str| moment(&answer[name]);
    render::line_of_fields(["machine's clock", &at("system")]);
    render::line_of_fields(["server's time", &at("counted")]);
    let jumped = counted(answer["jumped_seconds"].as_i64().unwrap_or(0), "second");
    render::line(&match (trusted, confirmed) {
        (true, false) => "the server trusts the clock".to_owned(),
        (true, true) => "the server trusted the clock already".to_owned(),
        (false, false) => format!("the server does not trust the clock: it jumped by {jumped}"),
        (false, true) => format!("trusted from now on: the clock had jumped by {jumped}"),
    });
    Ok(Exit::Success)
}

/// An instant as text; whatever else was answered is not shown.
fn moment(value: &Value) -> String {
    let parsed = value.as_str().and_then(|it| it.parse::<jiff::Timestamp>().ok());
    parsed.map_or_else(|| "unknown".to_owned(), |it| it.to_string())
}
