//! From what a person says about an account to a provider that can be called.
//!
//! Credentials, region and endpoint come from where every AWS tool finds them, unless they
//! are given as options. The credentials of a profile that is given as an option are used,
//! and no others, whatever the environment holds. Otherwise a forgotten variable
//! would have the points of another account deleted. Nothing is sent yet: credentials that
//! do not work show in the first request.

use std::path::PathBuf;
use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_sdk_backup::config::{Builder, StalledStreamProtectionConfig};
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use aws_smithy_types::retry::RetryConfig;
use aws_types::origin::Origin;
use aws_types::os_shim_internal::{Env, Fs};
use aws_types::service_config::ServiceConfigKey;

use crate::admin::{AdminClient, AdminError};
use crate::apsara::find::ApsaraCredentialsError;
use crate::provider::aws_backup::{AwsBackup, REPLY_BYTES_MAX};
use crate::provider::fsx::Fsx;
use crate::sts::Sts;
use crate::transport::{Transport, TransportError, is_http_url};

/// The longest that one request may take, until its answer has been read.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(45);

/// Where to connect, and as whom. Whatever is absent is looked for as usual.
#[derive(Debug, Clone, Default)]
pub struct Connection {
    /// The profile of the AWS configuration files, whose credentials are used.
    pub profile: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// The service's address, for anything but AWS itself.
    pub endpoint_url: Option<String>,
    /// A role to assume.
    pub role_arn: Option<String>,
    /// The external id that assuming the role asks for.
    pub external_id: Option<String>,
    /// A file of root certificates to trust beside the system's.
    pub ca_bundle: Option<PathBuf>,
    /// Whoever has the credentials, instead of all that is looked for as usual. It is asked
    /// again when those that it gave are about to expire, or are told to be good for no time.
    pub credentials: Option<SharedCredentialsProvider>,
}

/// A service, and what it stands for.
#[derive(Debug)]
pub struct Connected {
    /// The service.
    pub backup: AwsBackup,
    /// Whoever tells as whom.
    pub sts: Sts,
    /// The region that requests are signed for.
    pub region: String,
    /// The service's address, unless it is AWS's own.
    pub endpoint: Option<String>,
}

/// FSx, and what it stands for.
#[derive(Debug)]
pub struct ConnectedFsx {
    /// The service.
    pub fsx: Fsx,
    /// The region that requests are signed for.
    pub region: String,
    /// The service's address, unless it is AWS's own.
    pub endpoint: Option<String>,
}

/// No provider can be made of this.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// No region anywhere.
    #[error("no region is set")]
    NoRegion,
    /// The region is not one.
    #[error("invalid region {text:?}")]
    Region {
        /// What was given.
        text: String,
    },
    /// The address is not an HTTP URL.
    #[error("invalid endpoint URL {text:?}")]
    Endpoint {
        /// What was given.
        text: String,
    },
    /// The files of profiles cannot be read.
    #[error("the AWS configuration files cannot be read")]
    Profiles(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// There is no profile of that name.
    #[error("there is no profile {name:?}")]
    NoProfile {
        /// What was given.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// No credentials of Alibaba Cloud were found, or none that can be used.
    #[error(transparent)]
    ApsaraCredentials(ApsaraCredentialsError),
    /// No credentials were found, or none that can be used.
    #[error("no usable credentials")]
    Credentials(#[source] CredentialsError),
    /// The HTTP client cannot be set up.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The client of a server's own API cannot be made.
    #[error(transparent)]
    Admin(#[from] Box<AdminError>),
}

/// Makes a client of the service.
pub async fn connect(connection: &Connection) -> Result<Connected, ConnectError> {
    let sdk = load(connection).await?;
    let endpoint = endpoint(connection, &sdk, "Backup")?;
    let (sdk, region) = identify(connection, sdk, endpoint.as_deref()).await?;
    let config = Builder::from(&sdk)
        .retry_config(RetryConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .timeout_config(TimeoutConfig::builder().operation_timeout(REQUEST_TIMEOUT).build());
    let config = match &endpoint {
        Some(url) => config.endpoint_url(url),
        None => config,
    };
    let client = aws_sdk_backup::Client::from_conf(config.build());
    let elsewhere = sts_elsewhere(connection, &sdk, endpoint.as_deref(), &region);
    let sts = Sts::new(sdk, elsewhere, connection.role_arn.clone());
    Ok(Connected { backup: AwsBackup::new(client), sts, region, endpoint })
}

/// Makes a client of FSx.
pub async fn connect_fsx(connection: &Connection) -> Result<ConnectedFsx, ConnectError> {
    let sdk = load(connection).await?;
    let endpoint = endpoint(connection, &sdk, "FSx")?;
    let (sdk, region) = identify(connection, sdk, endpoint.as_deref()).await?;
    let Some(credentials) = sdk.credentials_provider() else {
        return Err(ConnectError::Credentials(CredentialsError::not_loaded("nothing has any")));
    };
    let url = endpoint.clone().map_or_else(|| own_url("fsx", &region, &sdk), rooted);
    // Whoever serves FSx elsewhere has accounts of their own.
    let sts = connection.endpoint_url.clone().or_else(|| configured_endpoint(&sdk, "STS"));
    let sts = sts.filter(|url| is_http_url(url)).or_else(|| endpoint.clone());
    let sts = sts.map_or_else(|| own_url("sts", &region, &sdk), rooted);
    let transport = Transport::new(connection.ca_bundle.as_deref(), REPLY_BYTES_MAX)?;
    let fsx =
        Fsx::new(SharedHttpConnector::new(transport), credentials, (url, sts), region.clone());
    Ok(ConnectedFsx { fsx, region, endpoint })
}

/// How the regions of each partition begin, and how addresses of AWS end there, of IPv4 and of
/// both. The last one has all others.
const PARTITIONS: [(&str, &str, &str); 7] = [
    ("cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    ("us-iso-", "c2s.ic.gov", "api.aws.ic.gov"),
    ("us-isob-", "sc2s.sgov.gov", "api.aws.scloud"),
    ("us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
    ("eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
    ("eusc-", "amazonaws.eu", "api.amazonwebservices.eu"),
    ("", "amazonaws.com", "api.aws"),
];

/// Whether a host of AWS itself has this address.
fn is_of_aws(url: &str) -> bool {
    let host = url.parse::<http::Uri>().ok();
    let host = host.as_ref().and_then(http::Uri::host).unwrap_or_default().to_ascii_lowercase();
    let ends = |suffix: &str| host.strip_suffix(suffix).is_some_and(|rest| rest.ends_with('.'));
    PARTITIONS.iter().any(|(_, ipv4, ipv6)| ends(ipv4) || ends(ipv6))
}

/// AWS's own address of a service in `region`.
fn own_url(service: &str, region: &str, sdk: &SdkConfig) -> String {
    let found = PARTITIONS.iter().find(|(prefix, _, _)| region.starts_with(prefix));
    let (ipv4, ipv6) = found.map_or(("amazonaws.com", "api.aws"), |it| (it.1, it.2));
    let fips = if sdk.use_fips() == Some(true) { "-fips" } else { "" };
    let suffix = if sdk.use_dual_stack() == Some(true) { ipv6 } else { ipv4 };
    format!("https://{service}{fips}.{region}.{suffix}/")
}

/// An address with a path, which a request is signed with.
fn rooted(endpoint: String) -> String {
    let path = endpoint.split_once("://").is_some_and(|(_, rest)| rest.contains('/'));
    if path { endpoint } else { format!("{endpoint}/") }
}

/// Makes a client of a Sexton server's own API, found as any service is. Nothing where no
/// address is set: AWS has no such API.
pub async fn connect_admin(connection: &Connection) -> Result<Option<AdminClient>, ConnectError> {
    let sdk = load(connection).await?;
    let Some(endpoint) = endpoint(connection, &sdk, "Backup")? else { return Ok(None) };
    let (sdk, region) = identify(connection, sdk, Some(&endpoint)).await?;
    let credentials = match sdk.credentials_provider() {
        Some(provider) => provider.provide_credentials().await,
        None => Err(CredentialsError::not_loaded("nothing provides any")),
    };
    let credentials = credentials.map_err(ConnectError::Credentials)?;
    let bundle = connection.ca_bundle.as_deref();
    let client = AdminClient::with_credentials(&endpoint, credentials, &region, bundle);
    client.map(Some).map_err(|error| Box::new(error).into())
}

/// What is found where every AWS tool looks.
async fn load(connection: &Connection) -> Result<SdkConfig, ConnectError> {
    let mut loader = aws_config::defaults(BehaviorVersion::latest());
    if let Some(profile) = &connection.profile {
        check_profile(profile).await?;
        loader = loader.profile_name(profile);
    } else if connection.credentials.is_none()
        && let Ok(profile) = std::env::var("AWS_PROFILE")
        && !matches!(profile.trim(), "" | "default")
    {
        // As the AWS CLI does, even where other variables hold credentials.
        check_profile(profile.trim()).await?;
    }
    if let Some(region) = &connection.region {
        loader = loader.region(Region::new(region.clone()));
    }
    let bundle = connection.ca_bundle.as_deref();
    loader = loader.http_client(Transport::new(bundle, REPLY_BYTES_MAX)?);
    Ok(loader.load().await)
}

/// The SDK says no more of a profile that is missing than that it found no credentials.
async fn check_profile(name: &str) -> Result<(), ConnectError> {
    let files = EnvConfigFiles::default();
    let profiles = aws_config::profile::load(&Fs::real(), &Env::real(), &files, None).await;
    let profiles = profiles.map_err(|error| ConnectError::Profiles(Box::new(error)))?;
    if profiles.get_profile(name).is_some() {
        return Ok(());
    }
    let mut known: Vec<String> = profiles.profiles().map(str::to_owned).collect();
    known.sort_unstable();
    Err(ConnectError::NoProfile { name: name.to_owned(), known })
}

/// The same, as whom was asked for, and the region. `endpoint` is the address of the service,
/// unless it is AWS's own.
async fn identify(
    connection: &Connection,
    mut sdk: SdkConfig,
    endpoint: Option<&str>,
) -> Result<(SdkConfig, String), ConnectError> {
    let region = match sdk.region() {
        Some(region) if !region.as_ref().is_empty() => region.to_string(),
        _ => return Err(ConnectError::NoRegion),
    };
    if !is_region(&region) {
        return Err(ConnectError::Region { text: region });
    }
    if let Some(credentials) = &connection.credentials {
        let builder = sdk.into_builder().credentials_provider(credentials.clone());
        sdk = builder.identity_cache(IdentityCache::no_cache()).build();
    } else if let Some(profile) = &connection.profile {
        sdk = with_profile(sdk, profile);
    }
    if let Some(role) = &connection.role_arn {
        let elsewhere = sts_elsewhere(connection, &sdk, endpoint, &region);
        // Boxed: what holds the settings of the SDK twice is a large future.
        sdk = Box::pin(assume(sdk, role, connection.external_id.as_deref(), elsewhere.as_deref()))
            .await;
    }
    Ok((sdk, region))
}

/// Where STS is asked, if that is not where every AWS tool does: at `endpoint`, the address of the
/// service. Whoever serves that elsewhere knows its roles and users, and AWS must not be asked for
/// them: it would be shown whose credentials these are, and knows none of them.
fn sts_elsewhere(
    connection: &Connection,
    sdk: &SdkConfig,
    endpoint: Option<&str>,
    region: &str,
) -> Option<String> {
    let elsewhere = endpoint.filter(|url| !is_of_aws(url));
    // What is set for all services gives way to --endpoint-url, as for the service itself.
    let of_all = sdk.endpoint_url().filter(|_| connection.endpoint_url.is_some());
    let own = configured_endpoint(sdk, "STS");
    if own.as_ref().is_some_and(|url| is_http_url(url) && Some(url.as_str()) != of_all) {
        return None;
    }
    // What does not count is not left to the SDK to find, which panics at an empty address.
    let of_aws = || own.as_ref().map(|_| own_url("sts", region, sdk));
    elsewhere.map(str::to_owned).or_else(of_aws)
}

/// The address of the service with this id, unless it is AWS's own.
fn endpoint(
    connection: &Connection,
    sdk: &SdkConfig,
    service_id: &'static str,
) -> Result<Option<String>, ConnectError> {
    let configured = || configured_endpoint(sdk, service_id);
    let endpoint = connection.endpoint_url.clone().or_else(configured);
    match endpoint {
        Some(url) if !is_http_url(&url) => Err(ConnectError::Endpoint { text: url }),
        endpoint => Ok(endpoint),
    }
}

/// The same, with the credentials of a role. `sts` is where they are asked for, if that is not
/// where every AWS tool does.
async fn assume(
    sdk: SdkConfig,
    role: &str,
    external_id: Option<&str>,
    sts: Option<&str>,
) -> SdkConfig {
    let asked = match sts {
        Some(url) => {
            let mut asked = sdk.to_builder().endpoint_url(url);
            // Said here, so that nothing of the environment or the profile takes its place.
            asked.insert_origin("endpoint_url", Origin::shared_config());
            asked.build()
        }
        None => sdk.clone(),
    };
    let mut provider = AssumeRoleProvider::builder(role).session_name("sexton").configure(&asked);
    if let Some(id) = external_id {
        provider = provider.external_id(id);
    }
    let credentials = provider.build().await;
    sdk.into_builder().credentials_provider(SharedCredentialsProvider::new(credentials)).build()
}

/// The same, with the credentials of `profile` instead of the first that are found.
fn with_profile(sdk: SdkConfig, profile: &str) -> SdkConfig {
    let mut config = ProviderConfig::without_region().with_region(sdk.region().cloned());
    if let Some(client) = sdk.http_client() {
        config = config.with_http_client(client);
    }
    let credentials =
        ProfileFileCredentialsProvider::builder().configure(&config).profile_name(profile).build();
    sdk.into_builder().credentials_provider(SharedCredentialsProvider::new(credentials)).build()
}

/// The address that the environment or the profile names for the service with this id.
fn configured_endpoint(sdk: &SdkConfig, service_id: &'static str) -> Option<String> {
    let key = ServiceConfigKey::builder()
        .service_id(service_id)
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .ok()?;
    sdk.service_config()
        .and_then(|config| config.load_config(key))
        .or_else(|| sdk.endpoint_url().map(str::to_owned))
}

/// Whether `text` can be a region, which becomes a part of host names.
pub(crate) fn is_region(text: &str) -> bool {
    let letters = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    letters && !text.starts_with('-') && (1..=63).contains(&text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_of_aws_are_its_own() {
        for url in [
            "https://backup.us-east-1.amazonaws.com",
            "https://BACKUP-fips.us-gov-west-1.amazonaws.com:443/",
            "https://vpce-1-2.backup.eu-central-1.vpce.amazonaws.com/",
            "https://backup.cn-north-1.amazonaws.com.cn",
            "https://backup.eu-west-1.api.aws",
        ] {
            assert!(is_of_aws(url), "{url}");
        }
        for url in [
            "http://127.0.0.1:7878",
            "http://localhost",
            "https://amazonaws.com.example.org",
            "https://notamazonaws.com",
            "https://example.org/backup.us-east-1.amazonaws.com",
            "https://backup.amazonaws.com@example.org/",
            "not an address",
        ] {
            assert!(!is_of_aws(url), "{url}");
        }
    }
}
