//! Signed requests of Alibaba Cloud's RPC, one at a time and never repeated by itself.
//!
//! No crate signs these with temporary credentials, and the one that knows where Alibaba's tools
//! keep them brings a second HTTP client: what is needed of both is small, and stands here, over
//! the signatures of `sexton-wire`.
//!
//! Every request has a nonce and a time of its own, also one that is made again: a gateway refuses
//! the same one twice.

pub(crate) mod connect;
pub(crate) mod credentials;
pub(crate) mod find;

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use jiff::Timestamp;
use sexton_wire::apsara::Parameters;
use sexton_wire::apsara::model::Answer;
use sexton_wire::apsara::signature::{Order, Signed, Unsignable, sign_v1, sign_v3};

use self::credentials::{Keys, Wallet};
use crate::classify::Class;
use crate::provider::ProviderError;
use crate::provider::apsara_rds::reply::{answer, unanswered, unsayable};
use crate::signed::{Cause, Reply, exchange};

/// The longest that one request may take, until its answer has been read.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(45);

/// How requests are signed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ApsaraSignature {
    /// `HMAC-SHA1` over the parameters, as older tools do.
    V1,
    /// `ACS3-HMAC-SHA256`.
    #[default]
    V3,
}

/// RDS at one address, and whoever asks it.
pub(crate) struct ApsaraClient {
    connector: SharedHttpConnector,
    wallet: Wallet,
    address: Address,
    region: String,
    signature: ApsaraSignature,
}

impl fmt::Debug for ApsaraClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, region, signature, .. } = self;
        let mut shown = f.debug_struct("ApsaraClient");
        shown.field("address", address).field("region", region).field("signature", signature);
        shown.finish_non_exhaustive()
    }
}

/// An address that requests go to, without a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// With its scheme, and without an end.
    url: String,
    /// As it is called: host, and port where it is not the usual one.
    host: String,
}

impl Address {
    /// Reads an HTTP URL. The signatures know no path, so that it must have none.
    pub(crate) fn read(url: &str) -> Option<Self> {
        let url = url.trim_end_matches('/');
        let parsed: http::Uri = url.parse().ok()?;
        let plain = matches!(parsed.path(), "/" | "") && parsed.query().is_none();
        let host = parsed.authority()?.as_str();
        let known = matches!(parsed.scheme_str(), Some("http" | "https"));
        let named = plain && known && !host.is_empty() && !host.contains('@');
        named.then(|| Self { url: url.to_owned(), host: host.to_owned() })
    }
}

impl ApsaraClient {
    /// The region.
    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    /// The account that the keys are of.
    pub(crate) async fn account(&self) -> Result<String, ProviderError> {
        self.wallet.account(Timestamp::now()).await
    }

    /// Makes one request for the action that `A` answers.
    pub(crate) async fn call<A: Answer>(
        &self,
        asked: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Result<A, ProviderError> {
        // Without it, a gateway of many regions answers for its own.
        let region = ("RegionId", self.region.clone());
        let parameters = Parameters::of(asked.into_iter().chain([region]));
        let parameters = parameters.map_err(|error| unsayable(&error))?;
        let now = Timestamp::now();
        let keys = self.wallet.keys(now).await?;
        let (host, nonce) = (self.address.host.as_str(), nonce());
        let action = A::ACTION.name();
        let order = Order { host, action, parameters: &parameters, now, nonce: &nonce };
        let signed = match self.signature {
            ApsaraSignature::V1 => sign_v1(&order, &keys.credentials()),
            ApsaraSignature::V3 => sign_v3(&order, &keys.credentials()),
        };
        answer(&send(&self.connector, &self.address, signed).await?)
    }
}

/// Sends a signed request, and reads its reply.
async fn send(
    connector: &SharedHttpConnector,
    address: &Address,
    signed: Result<Signed, Unsignable>,
) -> Result<Reply, ProviderError> {
    // What cannot be a header comes of the credentials: nothing else is foreign here.
    let signed = signed.map_err(|error| no_credentials(&error.to_string()))?;
    let request = request(address, signed);
    let request = request.map_err(|error| unsayable(&*error))?;
    sent(connector, request).await
}

/// Sends a request, and reads its reply.
async fn sent(
    connector: &SharedHttpConnector,
    request: HttpRequest,
) -> Result<Reply, ProviderError> {
    let exchange = tokio::time::timeout(REQUEST_TIMEOUT, exchange(connector, request));
    let reply = exchange.await.unwrap_or_else(|elapsed| Err(elapsed.into()));
    reply.map_err(|error| unanswered(&error))
}

fn request(address: &Address, signed: Signed) -> Result<HttpRequest, Cause> {
    let Signed { method, target, headers, body } = signed;
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method(method.as_str())?;
    request.set_uri(format!("{}{target}", address.url))?;
    for (name, value) in &headers {
        request.headers_mut().try_insert(name.as_str().to_owned(), value.to_str()?.to_owned())?;
    }
    Ok(request)
}

/// What no other request has: the hasher's keys come of the system's randomness.
fn nonce() -> String {
    let random = || RandomState::new().hash_one(std::process::id());
    format!("{:016x}{:016x}", random(), random())
}

/// There is nothing to sign with, for this reason.
fn no_credentials(why: &str) -> ProviderError {
    ProviderError::local(Class::Credentials, "NoCredentials", why)
}

/// A reply of the service that gives temporary credentials, or of a machine, cannot be used.
fn no_keys(failure: ProviderError, whose: &str) -> ProviderError {
    let ProviderError { class, code, message, request_id } = failure;
    let class = match class {
        Class::Throttled | Class::Server | Class::Lost | Class::Unreachable => class,
        Class::NotFound { .. }
        | Class::Busy(_)
        | Class::Forbidden { .. }
        | Class::Credentials
        | Class::Refused(_) => Class::Credentials,
    };
    ProviderError { class, code, message: format!("{whose}: {message}"), request_id }
}

/// The keys, or nothing where one of them is missing.
fn whole(id: Option<String>, secret: Option<String>) -> Option<Keys> {
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    Some(Keys { id: given(id)?, secret: given(secret)?, token: None, ends: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_and_no_path() {
        for (url, host) in [
            ("http://127.0.0.1:7878", Some("127.0.0.1:7878")),
            ("https://rds.aliyuncs.com/", Some("rds.aliyuncs.com")),
            ("http://localhost/rds", None),
            ("http://localhost/?x=1", None),
            ("http://user@localhost", None),
            ("rds.aliyuncs.com", None),
            ("ftp://localhost", None),
            ("", None),
        ] {
            let found = Address::read(url).map(|it| it.host);
            assert_eq!(found.as_deref(), host, "{url}");
        }
    }

    #[test]
    fn no_two_requests_have_one_nonce() {
        let nonces: std::collections::HashSet<String> = (0..1000).map(|_| nonce()).collect();
        assert_eq!(nonces.len(), 1000);
    }
}
