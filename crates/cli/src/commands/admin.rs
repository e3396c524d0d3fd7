//! What the commands share that speak to a running server over its own API.

use std::path::PathBuf;

use clap::Args;
use serde_json::Value;
use sexton_client::{AdminClient, AdminError, Profile};
pub(crate) use sexton_wire::aws::percent::encode as segment;

use super::serve::DATA_FOLDER;
use crate::exit::{Exit, Failure};

/// Which server, and as whom. By default the one whose data folder is here.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Server options")]
pub(crate) struct ServerArguments {
    /// Data folder of the server, whose access key is used
    #[arg(long, value_name = "DIR", env = "SEXTON_DATA", default_value = DATA_FOLDER)]
    pub(crate) data: PathBuf,

    /// Address of the server [default: as written in the data folder]
    #[arg(long, value_name = "URL", env = "SEXTON_ENDPOINT_URL")]
    endpoint_url: Option<String>,

    /// File of root certificates to trust beside the system's
    #[arg(long, value_name = "FILE", env = "AWS_CA_BUNDLE")]
    ca_bundle: Option<PathBuf>,
}

impl ServerArguments {
    /// Makes one call and gives its answer.
    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, Failure> {
        let file = self.data.join(sexton_server::auth::PROFILE_FILE);
        let profile = Profile::load(&file).map_err(|error| {
            Failure::new(Exit::Usage, &error).hint("name the data folder of the server with --data")
        })?;
        let endpoint = self.endpoint_url.clone().or(profile.endpoint_url);
        let endpoint = endpoint.unwrap_or_else(|| "http://127.0.0.1:7878".to_owned());
        let region = profile.region.unwrap_or_else(|| "us-east-1".to_owned());
        let bundle = self.ca_bundle.as_deref().filter(|path| !path.as_os_str().is_empty());
        let (id, secret) = (&profile.access_key_id, &profile.secret_access_key);
        let client = AdminClient::new(&endpoint, id, secret, &region, bundle)
            .map_err(|error| Failure::new(Exit::Usage, &error))?;
        let path = format!("/_sexton/v1/{path}");
        client.call(method, &path, body).await.map_err(|error| failure(&error))
    }
}

/// The array that `answer` has under `name`. Without one it is no server of ours that
/// answers, and nothing must not be taken for none.
pub(super) fn items<'a>(answer: &'a Value, name: &str) -> Result<&'a [Value], Failure> {
    let foreign = || {
        let text = format!("the answer has no {name}: it is not a Sexton server that answers");
        Failure::text(Exit::Unexpected, text).hint("check --endpoint-url")
    };
    answer[name].as_array().map(Vec::as_slice).ok_or_else(foreign)
}

fn failure(error: &AdminError) -> Failure {
    let failure = Failure::new(Exit::Unexpected, error);
    match error {
        AdminError::Refused { status, hint, .. } => {
            // A server that could not is none that would not.
            let exit = if *status < 500 { Exit::Refused } else { Exit::Unexpected };
            let failure = Failure::new(exit, error);
            match hint.as_deref() {
                None | Some("") => failure,
                Some(hint) => failure.hint(hint),
            }
        }
        AdminError::NoAnswer { .. } => failure.hint("is the server running? `sexton serve`"),
        AdminError::Endpoint { .. }
        | AdminError::Transport(_)
        | AdminError::Request { .. }
        | AdminError::Foreign { .. } => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_could_not_has_not_refused() {
        for (status, exit) in [(404, Exit::Refused), (409, Exit::Refused), (500, Exit::Unexpected)]
        {
            let hint = Some("try again".to_owned());
            let error = AdminError::Refused { status, message: "no".to_owned(), hint };
            let failure = failure(&error);
            assert_eq!((failure.exit, failure.hint.as_deref()), (exit, Some("try again")));
        }
    }
}
