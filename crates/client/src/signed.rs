//! Signed requests (Signature Version 4) of services that have no SDK here.
//!
//! One request at a time, never repeated by itself. A reply is handed back whole or not at all.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::http::{HttpConnector as _, SharedHttpConnector};
use aws_smithy_runtime_api::client::identity::Identity;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use tokio::sync::Mutex;

/// Why a request was not made, or not answered.
pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Credentials are got anew so long before they expire.
const RENEWED_BEFORE: Duration = Duration::from_mins(5);

/// A request, not signed yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unsigned<'a> {
    /// The method.
    pub(crate) method: &'a str,
    /// Where it goes, with its path and query encoded.
    pub(crate) url: &'a str,
    /// The headers that are signed beside those of the signature.
    pub(crate) headers: &'a [(&'static str, &'a str)],
    /// The body.
    pub(crate) body: &'a str,
    /// The service that the signature is for.
    pub(crate) service: &'a str,
    /// The region that the signature is for.
    pub(crate) region: &'a str,
}

impl Unsigned<'_> {
    /// The same request, signed by `identity` as of `now`. The path is encoded a second time in
    /// what is signed, as for every AWS service but S3.
    pub(crate) fn signed(self, identity: &Identity, now: SystemTime) -> Result<HttpRequest, Cause> {
        let signing = v4::SigningParams::builder()
            .identity(identity)
            .region(self.region)
            .name(self.service)
            .time(now)
            .settings(SigningSettings::default())
            .build()?
            .into();
        let body = SignableBody::Bytes(self.body.as_bytes());
        let signable =
            SignableRequest::new(self.method, self.url, self.headers.iter().copied(), body)?;
        let (instructions, _) = sign(signable, &signing)?.into_parts();

        let mut request = HttpRequest::new(SdkBody::from(self.body));
        request.set_method(self.method)?;
        request.set_uri(self.url)?;
        for (name, value) in self.headers {
            request.headers_mut().insert(*name, (*value).to_owned());
        }
        let (headers, _) = instructions.into_parts();
        for header in headers {
            request.headers_mut().insert(header.name(), header.value().to_owned());
        }
        Ok(request)
    }
}

/// A reply, read to its end.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The name of the error, if the head has it.
    pub(crate) error: Option<String>,
    /// The service's id of the request.
    pub(crate) request_id: Option<String>,
    /// Whether as much came as the head promised.
    pub(crate) whole: bool,
    /// The body.
    pub(crate) body: Vec<u8>,
}

/// Sends a request and reads the reply.
pub(crate) async fn exchange(
    connector: &SharedHttpConnector,
    request: HttpRequest,
) -> Result<Reply, Cause> {
    let mut reply = connector.call(request).await?;
    let header = |name| reply.headers().get(name).map(str::to_owned);
    let promised = header("content-length").map(|length| length.trim().parse::<usize>());
    let (error, request_id) = (header("x-amzn-errortype"), header("x-amzn-requestid"));
    let status = reply.status().as_u16();
    let mut stream = ByteStream::new(reply.take_body());
    let mut body = Vec::new();
    while let Some(chunk) = stream.try_next().await? {
        body.extend_from_slice(&chunk);
    }
    let whole = promised.is_none_or(|promised| promised == Ok(body.len()));
    Ok(Reply { status, error, request_id, whole, body })
}

/// The present credentials, which are looked for again before they expire.
#[derive(Debug)]
pub(crate) struct Wallet {
    provider: SharedCredentialsProvider,
    present: Mutex<Option<Credentials>>,
}

impl Wallet {
    pub(crate) fn new(provider: SharedCredentialsProvider) -> Self {
        Self { provider, present: Mutex::new(None) }
    }

    /// The credentials that are good at `now`. Whoever asks while they are looked for waits.
    pub(crate) async fn identity(&self, now: SystemTime) -> Result<Identity, CredentialsError> {
        let mut present = self.present.lock().await;
        let good = |credentials: &&Credentials| {
            credentials.expiry().is_none_or(|end| now + RENEWED_BEFORE < end)
        };
        if let Some(credentials) = present.as_ref().filter(good) {
            return Ok(credentials.clone().into());
        }
        let credentials = self.provider.provide_credentials().await?;
        *present = Some(credentials.clone());
        Ok(credentials.into())
    }
}
