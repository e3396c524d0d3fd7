//! Credentials of a session of boto3 or botocore, which that session refreshes.
//!
//! It is asked again and again, so that a run outlives credentials that expire in the middle of
//! it; but not for every request, which would make each of them wait for the interpreter.

use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};
use tokio::sync::{Mutex, oneshot};

use crate::thread::Message;

/// For how long what the session gave is used.
const KEPT: Duration = Duration::from_secs(1);

/// Access key, secret key and token, or why there are none.
pub(crate) type Keys = Result<(String, String, Option<String>), String>;

/// Asks the thread that called.
#[derive(Debug)]
pub(crate) struct SessionCredentials {
    caller: SyncSender<Message>,
    kept: Mutex<Option<(Instant, Credentials)>>,
}

impl SessionCredentials {
    /// Asks through `caller`.
    pub(crate) fn new(caller: SyncSender<Message>) -> Self {
        Self { caller, kept: Mutex::new(None) }
    }

    async fn credentials(&self) -> Result<Credentials, CredentialsError> {
        let mut kept = self.kept.lock().await;
        if let Some((at, credentials)) = kept.as_ref()
            && at.elapsed() < KEPT
        {
            return Ok(credentials.clone());
        }
        let (answer, keys) = oneshot::channel();
        let gone = || CredentialsError::provider_error("nobody waits for the call any more");
        self.caller.send(Message::Keys(answer)).map_err(|_| gone())?;
        let keys = keys.await.map_err(|_| gone())?;
        let (id, secret, token) = keys.map_err(CredentialsError::provider_error)?;
        // Good for no time: whoever signs asks again, and what is kept is decided here.
        let credentials = Credentials::new(id, secret, token, Some(SystemTime::now()), "session");
        *kept = Some((Instant::now(), credentials.clone()));
        Ok(credentials)
    }
}

impl ProvideCredentials for SessionCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}
