//! Whose credentials these are, asked of STS.
//!
//! Through AWS's SDK, because its clients share what they found: credentials that came of a role,
//! of a profile or of a program are not asked for a second time, and it is the same session of the
//! role that is told here and that signs what follows.

use std::fmt;

use aws_config::SdkConfig;
use aws_sdk_sts::config::{Builder, StalledStreamProtectionConfig};
use aws_smithy_types::retry::RetryConfig;
use sexton_core::policy::Asker;

use crate::cause::{chain, in_one_line};
use crate::provider::aws::short;

/// STS, or a server that speaks its API.
#[derive(Clone)]
pub struct Sts {
    sdk: SdkConfig,
    /// Its address, if that is not where every AWS tool finds it.
    elsewhere: Option<String>,
    /// The ARN of the role that the credentials are of, if one was asked for.
    role: Option<String>,
}

impl fmt::Debug for Sts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { elsewhere, role, .. } = self;
        let mut shown = f.debug_struct("Sts");
        shown.field("elsewhere", elsewhere).field("role", role).finish_non_exhaustive()
    }
}

impl Sts {
    /// Nothing is sent yet, and nothing is made of the settings before somebody asks.
    pub(crate) fn new(sdk: SdkConfig, elsewhere: Option<String>, role: Option<String>) -> Self {
        Self { sdk, elsewhere, role }
    }

    /// Who signs with these credentials. Asks once, and fails with the reason if no answer comes
    /// that tells. Whoever asks bounds how long that may take.
    pub(crate) async fn asker(&self) -> Result<Asker, String> {
        let config = Builder::from(&self.sdk)
            .retry_config(RetryConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        let config = match &self.elsewhere {
            Some(url) => config.endpoint_url(url),
            None => config,
        };
        let client = aws_sdk_sts::Client::from_conf(config.build());
        let reply = client.get_caller_identity().send().await;
        let reply = reply.map_err(|error| short(&in_one_line(&chain(&error))))?;
        let asker = reply.arn().and_then(|arn| Asker::parse(arn, self.role.as_deref()).ok());
        // Whatever tells of two accounts tells nothing.
        let told = asker.filter(|asker| reply.account() == Some(asker.account()));
        told.ok_or_else(|| "its answer names nobody who is known".to_owned())
    }
}
