//! From what a person says about an account to an RDS that can be called.
//!
//! Nothing is sent yet: credentials that do not work show in the first request. Role and external
//! id of a [`Connection`] are those of AWS, and not looked at.

use std::path::Path;
use std::sync::Arc;

use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use tokio::sync::Mutex;

use super::credentials::Wallet;
use super::find::{Surroundings, find, given};
use super::{Address, ApsaraClient, ApsaraSignature};
use crate::connect::{ConnectError, Connection, is_region};
use crate::provider::apsara_rds::ApsaraRds;
use crate::provider::aws_backup::REPLY_BYTES_MAX;
use crate::transport::Transport;

/// The regions that one address serves; each of the others has its own.
const CENTRAL: [&str; 16] = [
    "cn-qingdao",
    "cn-beijing",
    "cn-hangzhou",
    "cn-shanghai",
    "cn-shenzhen",
    "cn-heyuan",
    "cn-hongkong",
    "ap-southeast-1",
    "us-west-1",
    "us-east-1",
    "cn-hangzhou-finance",
    "cn-shanghai-finance-1",
    "cn-shenzhen-finance-1",
    "cn-beijing-finance-1",
    "cn-beijing-gov-1",
    "cn-north-2-gov-1",
];

/// The service that gives temporary credentials.
const STS: &str = "https://sts.aliyuncs.com";

/// Where a machine of Alibaba Cloud learns of itself.
const METADATA: &str = "http://100.100.100.200";

/// RDS, and what it stands for.
#[derive(Debug)]
pub struct ConnectedRds {
    /// The service.
    pub rds: ApsaraRds,
    /// The region that is asked for.
    pub region: String,
    /// The service's address, unless it is Alibaba's own.
    pub endpoint: Option<String>,
}

/// Makes a client of RDS.
pub fn connect_rds(
    connection: &Connection,
    signature: ApsaraSignature,
) -> Result<ConnectedRds, ConnectError> {
    let around = Surroundings {
        variable: &|name| std::env::var(name).ok(),
        read: &|path: &Path| std::fs::read_to_string(path),
    };
    let found = find(&around, connection.profile.as_deref());
    let found = found.map_err(ConnectError::ApsaraCredentials)?;
    let region = connection.region.clone();
    let region = region.or_else(|| given(&around, "ALIBABA_CLOUD_REGION_ID")).or(found.region);
    let region = region.ok_or(ConnectError::NoRegion)?;
    if !is_region(&region) {
        return Err(ConnectError::Region { text: region });
    }
    let endpoint = connection.endpoint_url.clone();
    let wrong = |text: &str| ConnectError::Endpoint { text: text.to_owned() };
    let address = |url: &str| Address::read(url).ok_or_else(|| wrong(url));
    let own = own_url(&region);
    let transport = Transport::new(connection.ca_bundle.as_deref(), REPLY_BYTES_MAX)?;
    let connector = SharedHttpConnector::new(transport);
    let wallet = Wallet {
        origin: found.origin,
        connector: connector.clone(),
        sts: address(sts_url(endpoint.as_deref()))?,
        metadata: address(METADATA)?,
        present: Mutex::new(None),
    };
    let address = address(endpoint.as_deref().unwrap_or(&own))?;
    let client = ApsaraClient { connector, wallet, address, region: region.clone(), signature };
    Ok(ConnectedRds { rds: ApsaraRds(Arc::new(client)), region, endpoint })
}

/// Where accounts are told: whoever serves RDS elsewhere has accounts of their own.
fn sts_url(endpoint: Option<&str>) -> &str {
    let is_alibabas = |address: &Address| {
        let host = address.host.split(':').next().unwrap_or_default();
        host.ends_with(".aliyuncs.com")
    };
    endpoint.filter(|url| !Address::read(url).as_ref().is_some_and(is_alibabas)).unwrap_or(STS)
}

/// Alibaba's own address of RDS in `region`.
fn own_url(region: &str) -> String {
    if CENTRAL.contains(&region) {
        "https://rds.aliyuncs.com".to_owned()
    } else {
        format!("https://rds.{region}.aliyuncs.com")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_told_where_rds_is_unless_that_is_alibabas_own() {
        for (endpoint, found) in [
            (None, STS),
            (Some("https://rds.eu-central-1.aliyuncs.com/"), STS),
            (Some("https://rds-vpc.cn-beijing.aliyuncs.com:443"), STS),
            (Some("http://127.0.0.1:7878"), "http://127.0.0.1:7878"),
            (Some("http://aliyuncs.com.example"), "http://aliyuncs.com.example"),
        ] {
            assert_eq!(sts_url(endpoint), found);
        }
    }

    #[test]
    fn a_region_has_the_common_address_or_one_of_its_own() {
        assert_eq!(own_url("cn-hangzhou"), "https://rds.aliyuncs.com");
        assert_eq!(own_url("eu-central-1"), "https://rds.eu-central-1.aliyuncs.com");
    }
}
