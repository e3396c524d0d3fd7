//! What the commands share that speak to a running server over its own API.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;
use sexton_client::{AdminClient, AdminError, ConnectError, Profile, ProfileError, connect_admin};
pub(crate) use sexton_wire::aws::percent::encode as segment;

use super::connection::{unanswered_hint, unconnected};
use super::serve::DATA_FOLDER;
use crate::args::AwsArguments;
use crate::exit::{Exit, Failure};
use crate::files;

/// The most pages of one listing: ten million things.
const PAGES_MAX: usize = 10_000;

/// How a server is named.
const NAME_A_SERVER: &str = "\
    name the data folder of the server with --data; or its address with --endpoint-url, and its \
    access key as for every AWS tool";

/// Which server, and as whom. Found as every AWS tool finds it; where that says nothing, it is
/// the server whose data folder is here.
#[derive(Debug, Clone, Args)]
pub(crate) struct ServerArguments {
    /// Data folder of the server, which holds its address and an access key [default: what the
    /// AWS options say; otherwise ./sexton-data]
    #[arg(long, value_name = "DIR", env = "SEXTON_DATA", help_heading = "Server options")]
    data: Option<PathBuf>,

    #[command(flatten)]
    aws: AwsArguments,
}

/// A server that can be called.
#[derive(Debug)]
pub(crate) struct Server(AdminClient);

/// What was named.
#[derive(Debug)]
pub(crate) enum Place {
    /// The data folder of a server, by its name or because it is here.
    Folder(PathBuf),
    /// A server.
    Server(Server),
}

impl ServerArguments {
    /// Finds the server, and the credentials for it. Nothing is sent to it yet.
    pub(crate) async fn connect(&self) -> Result<Server, Failure> {
        match self.find().await? {
            Place::Folder(data) => self.of_folder(&data),
            Place::Server(server) => Ok(server),
        }
    }

    /// Finds the server, or its data folder.
    pub(crate) async fn find(&self) -> Result<Place, Failure> {
        if let Some(data) = &self.data {
            return Ok(Place::Folder(data.clone()));
        }
        let connection = self.aws.connection();
        let here = Path::new(DATA_FOLDER);
        let is_here = here.join(sexton_server::auth::PROFILE_FILE).is_file();
        // Boxed: looking for credentials in all the places where they may be is a large future.
        match Box::pin(connect_admin(&connection)).await {
            Ok(Some(client)) => Ok(Place::Server(Server(client))),
            Ok(None) if connection.profile.is_some() || connection.role_arn.is_some() => {
                let text = "no address of a server is set, and AWS has no such API";
                Err(Failure::text(Exit::Usage, text)
                    .hint("give --endpoint-url, or set AWS_ENDPOINT_URL_BACKUP"))
            }
            Ok(None) if is_here => Ok(Place::Folder(here.to_owned())),
            Ok(None) => {
                let text = format!("no server is named, and there is no folder {DATA_FOLDER} here");
                Err(Failure::text(Exit::Usage, text).hint(NAME_A_SERVER))
            }
            // The address alone is known of the server whose data folder is here.
            Err(ConnectError::NoRegion | ConnectError::Credentials(_)) if is_here => {
                Ok(Place::Folder(here.to_owned()))
            }
            Err(error) => Err(unconnected(&error)),
        }
    }

    /// The server of a data folder.
    pub(crate) fn of_folder(&self, data: &Path) -> Result<Server, Failure> {
        let connection = self.aws.connection();
        let profile = Profile::load(&data.join(sexton_server::auth::PROFILE_FILE));
        let profile = profile.map_err(|error| {
            let failure = match &error {
                ProfileError::Unreadable { path, source } => {
                    files::unreadable(&path.display().to_string(), source)
                }
                ProfileError::Missing { .. } => Failure::new(Exit::Usage, &error),
            };
            failure.hint(NAME_A_SERVER)
        })?;
        let endpoint = connection.endpoint_url.or(profile.endpoint_url);
        let endpoint = endpoint.unwrap_or_else(|| "http://127.0.0.1:7878".to_owned());
        let region = connection.region.or(profile.region);
        let region = region.unwrap_or_else(|| "us-east-1".to_owned());
        let (id, secret) = (&profile.access_key_id, &profile.secret_access_key);
        AdminClient::new(&endpoint, id, secret, &region, connection.ca_bundle.as_deref())
            .map(Server)
            .map_err(|error| Failure::new(Exit::Usage, &error))
    }

    /// Finds the server, makes one call and gives its answer.
    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, Failure> {
        self.connect().await?.call(method, path, body).await
    }
}

impl Server {
    /// Makes one call and gives its answer.
    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, Failure> {
        let path = format!("/_sexton/v1/{path}");
        self.0.call(method, &path, body).await.map_err(|error| failure(&error))
    }

    /// Every page of a listing, put together. Each names the next by its `next`; `path` ends
    /// so that the name of the page can follow.
    pub(crate) async fn list(&self, path: &str, name: &str) -> Result<Vec<Value>, Failure> {
        let (mut all, mut after) = (Vec::new(), String::new());
        let mut seen = HashSet::new();
        loop {
            let page = self.call("GET", &format!("{path}{after}"), None).await?;
            all.extend_from_slice(items(&page, name)?);
            let Some(next) = page["next"].as_str() else { return Ok(all) };
            if !seen.insert(next.to_owned()) || seen.len() > PAGES_MAX {
                return Err(endless(name));
            }
            after = format!("after={}", segment(next));
        }
    }
}

/// A listing that leads back to where it was.
fn endless(name: &str) -> Failure {
    let text = format!("the listing of {name} has no end: the server repeats itself");
    Failure::text(Exit::Unexpected, text).hint("check --endpoint-url: is it a Sexton server?")
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
        AdminError::NoAnswer { lack, .. } => failure.hint(unanswered_hint(*lack)),
        AdminError::Foreign { .. } => failure.hint("check --endpoint-url"),
        AdminError::Endpoint { .. } | AdminError::Transport(_) | AdminError::Request { .. } => {
            failure
        }
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
