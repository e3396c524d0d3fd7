//! The keys that requests are signed with, and where temporary ones are got.
//!
//! Temporary keys are got anew some minutes before they end. No secret is shown by `Debug`, and
//! none stands in an error.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use jiff::Timestamp;
use serde_json::Value;
use sexton_core::Obstacle;
use sexton_wire::apsara::signature::{Credentials, Order, sign_v3_for};
use sexton_wire::apsara::{Parameters, time};
use tokio::sync::Mutex;

use super::{Address, no_credentials, no_keys, nonce, send, sent, whole};
use crate::classify::Class;
use crate::provider::ProviderError;
use crate::provider::apsara_rds::reply::unsayable;
use crate::signed::{Cause, Reply};

/// The version of the service that gives temporary credentials.
const STS_VERSION: &str = "2015-04-01";

/// Keys are got anew so long before they end.
const RENEWED_BEFORE: Duration = Duration::from_mins(5);

/// For how long a machine's token for its metadata is good, in seconds.
const METADATA_SECONDS: &str = "21600";

/// The longest message that is kept of a reply.
const MESSAGE_CHARS_MAX: usize = 300;

/// An access key.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Keys {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) token: Option<String>,
    /// When they end, if they do.
    pub(crate) ends: Option<Timestamp>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Keys {
    /// For a signature.
    pub(crate) fn credentials(&self) -> Credentials<'_> {
        let Self { id, secret, token, .. } = self;
        Credentials { access_key_id: id, secret, security_token: token.as_deref() }
    }
}

/// Where keys come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// They are here.
    Keys(Keys),
    /// A role is taken on with other keys.
    Role { by: Keys, role: Role, external_id: Option<String> },
    /// A role is taken on with a token of another identity provider, which stands in a file.
    Oidc { role: Role, provider_arn: String, token_file: PathBuf },
    /// The machine has a role.
    Machine { role: String },
}

/// A role, and how it is taken on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Role {
    pub(crate) arn: String,
    pub(crate) session: String,
    pub(crate) seconds: u32,
}

/// The present keys.
#[derive(Debug)]
pub(crate) struct Wallet {
    pub(crate) origin: Origin,
    pub(crate) connector: SharedHttpConnector,
    /// The service that gives temporary credentials.
    pub(crate) sts: Address,
    /// Where a machine learns of itself.
    pub(crate) metadata: Address,
    pub(crate) present: Mutex<Option<Keys>>,
}

impl Wallet {
    /// The keys that are good at `now`. Whoever asks while they are got waits.
    pub(crate) async fn keys(&self, now: Timestamp) -> Result<Keys, ProviderError> {
        if let Origin::Keys(keys) = &self.origin {
            return Ok(keys.clone());
        }
        let mut present = self.present.lock().await;
        let good = |keys: &&Keys| {
            let soon = now.checked_add(RENEWED_BEFORE);
            keys.ends.is_none_or(|ends| soon.is_ok_and(|soon| soon < ends))
        };
        if let Some(keys) = present.as_ref().filter(good) {
            return Ok(keys.clone());
        }
        let keys = self.fetch(now).await?;
        *present = Some(keys.clone());
        Ok(keys)
    }

    /// The account that the keys are of, where the service for that tells it.
    pub(crate) async fn account(&self, now: Timestamp) -> Result<String, ProviderError> {
        let keys = self.keys(now).await?;
        let (host, action, nonce) = (self.sts.host.as_str(), "GetCallerIdentity", nonce());
        let parameters = Parameters::default();
        let order = Order { host, action, parameters: &parameters, now, nonce: &nonce };
        let signed = sign_v3_for(STS_VERSION, &order, &keys.credentials());
        let reply = send(&self.connector, &self.sts, signed).await?;
        let json: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let account = json.get("AccountId").and_then(Value::as_str);
        let digits = |text: &&str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
        let account = account.filter(|_| reply.whole && reply.status == 200).filter(digits);
        let lack =
            || ProviderError::local(Class::Refused(Obstacle::Other), "NoAccount", "not told");
        account.map(str::to_owned).ok_or_else(lack)
    }

    async fn fetch(&self, now: Timestamp) -> Result<Keys, ProviderError> {
        match &self.origin {
            Origin::Keys(keys) => Ok(keys.clone()),
            Origin::Role { by, role, external_id } => {
                let whose = format!("the role {} cannot be taken on", role.arn);
                let keys = self.assume(by, role, external_id.as_deref(), now).await;
                keys.map_err(|failure| no_keys(failure, &whose))
            }
            Origin::Oidc { role, provider_arn, token_file } => {
                let whose = format!("the role {} cannot be taken on", role.arn);
                let token = std::fs::read_to_string(token_file).map_err(|error| {
                    no_credentials(&format!("cannot read {}: {error}", token_file.display()))
                })?;
                let keys = self.assume_by_token(role, provider_arn, token.trim(), now).await;
                keys.map_err(|failure| no_keys(failure, &whose))
            }
            Origin::Machine { role } => {
                let whose = format!("the machine gives no keys of its role {role}");
                self.of_machine(role).await.map_err(|failure| no_keys(failure, &whose))
            }
        }
    }

    async fn assume(
        &self,
        by: &Keys,
        role: &Role,
        external_id: Option<&str>,
        now: Timestamp,
    ) -> Result<Keys, ProviderError> {
        let seconds = role.seconds.to_string();
        let asked = [
            ("RoleArn", role.arn.as_str()),
            ("RoleSessionName", &role.session),
            ("DurationSeconds", &seconds),
        ];
        let external_id = external_id.map(|id| ("ExternalId", id));
        let parameters = Parameters::of(asked.into_iter().chain(external_id));
        let parameters = parameters.map_err(|error| unsayable(&error))?;
        let (host, action, nonce) = (self.sts.host.as_str(), "AssumeRole", nonce());
        let order = Order { host, action, parameters: &parameters, now, nonce: &nonce };
        let signed = sign_v3_for(STS_VERSION, &order, &by.credentials());
        keys_of(&send(&self.connector, &self.sts, signed).await?)
    }

    /// The same with a token instead of a signature.
    async fn assume_by_token(
        &self,
        role: &Role,
        provider_arn: &str,
        token: &str,
        now: Timestamp,
    ) -> Result<Keys, ProviderError> {
        let (seconds, nonce, now) = (role.seconds.to_string(), nonce(), time::to_the_second(now));
        let asked = Parameters::of([
            ("Action", "AssumeRoleWithOIDC"),
            ("Version", STS_VERSION),
            ("Format", "JSON"),
            ("Timestamp", &now),
            ("SignatureNonce", &nonce),
            ("RoleArn", &role.arn),
            ("OIDCProviderArn", provider_arn),
            ("OIDCToken", token),
            ("RoleSessionName", &role.session),
            ("DurationSeconds", &seconds),
        ]);
        let asked = asked.map_err(|error| unsayable(&error))?;
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let request = plain("POST", &format!("{}/", self.sts.url), &headers, asked.encoded());
        let request = request.map_err(|error| unsayable(&*error))?;
        keys_of(&sent(&self.connector, request).await?)
    }

    /// Asks the machine for the keys of its role, with a token first: what only passes requests on
    /// cannot get one.
    async fn of_machine(&self, role: &str) -> Result<Keys, ProviderError> {
        let ask = async |method: &str, path: &str, header: (&'static str, &str)| {
            let url = format!("{}/latest/{path}", self.metadata.url);
            let request = plain(method, &url, &[header], String::new());
            sent(&self.connector, request.map_err(|error| unsayable(&*error))?).await
        };
        let ttl = ("x-aliyun-ecs-metadata-token-ttl-seconds", METADATA_SECONDS);
        let token = ask("PUT", "api/token", ttl).await?;
        let token = match std::str::from_utf8(&token.body) {
            Ok(text) if token.whole && token.status == 200 => text.trim().to_owned(),
            Ok(_) | Err(_) => return Err(no_credentials("it gives no token for its metadata")),
        };
        let role = sexton_wire::aws::percent::encode(role);
        let path = format!("meta-data/ram/security-credentials/{role}");
        keys_of(&ask("GET", &path, ("x-aliyun-ecs-metadata-token", &token)).await?)
    }
}

/// A request that is not signed.
fn plain(
    method: &str,
    url: &str,
    headers: &[(&'static str, &str)],
    body: String,
) -> Result<HttpRequest, Cause> {
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method(method)?;
    request.set_uri(url.to_owned())?;
    for (name, value) in headers {
        request.headers_mut().try_insert(*name, (*value).to_owned())?;
    }
    Ok(request)
}

/// The keys in a reply: in its `Credentials`, or in itself.
fn keys_of(reply: &Reply) -> Result<Keys, ProviderError> {
    let json: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let text = |of: &Value, name: &str| of.get(name).and_then(Value::as_str).map(str::to_owned);
    if !reply.whole || reply.status != 200 {
        let short = |text: &str| text.chars().take(MESSAGE_CHARS_MAX).collect::<String>();
        let code = text(&json, "Code").unwrap_or_else(|| format!("HTTP {}", reply.status));
        let code = short(&code);
        let message = text(&json, "Message").unwrap_or_default();
        // A string to sign may hold a token, in the words of either signature.
        let words = ["string to sign", "StringToSign"];
        let said = words.iter().find_map(|it| message.split_once(it)).map(|(said, _)| said);
        let message = short(said.unwrap_or(&message));
        let class = match (reply.whole, reply.status) {
            (false, _) => Class::Lost,
            (true, 500..) => Class::Server,
            (true, _) if code.starts_with("Throttling") => Class::Throttled,
            (true, _) => Class::Credentials,
        };
        return Err(ProviderError::local(class, &code, message));
    }
    let told = json.get("Credentials").unwrap_or(&json);
    let keys = whole(text(told, "AccessKeyId"), text(told, "AccessKeySecret"));
    let token = text(told, "SecurityToken").filter(|token| !token.is_empty());
    let ends = text(told, "Expiration").and_then(|text| text.parse().ok());
    match (keys, token, ends) {
        (Some(keys), Some(token), Some(ends)) => {
            Ok(Keys { token: Some(token), ends: Some(ends), ..keys })
        }
        (_, _, _) => Err(no_credentials("the reply has no temporary credentials")),
    }
}

#[cfg(test)]
mod tests;
