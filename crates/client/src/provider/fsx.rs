//! Amazon FSx: the backups of the file systems of a region, through signed JSON requests.
//!
//! FSx deletes a backup before it answers, and the answer is no proof: what it has deleted is
//! read back like everything else. Each deletion has one token, made of the run and the backup,
//! so that a try whose reply was lost can be repeated as the same deletion. What AWS Backup
//! keeps is told apart ([`State::Kept`](super::State)): FSx would refuse to delete it.

pub(crate) mod backup;
pub(crate) mod id;
mod reply;
pub(crate) mod stock;
mod table;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use self::backup::{FsxBackup, tags};
use self::reply::{account, document, unanswered, unreadable, unsayable};
use super::aws::no_credentials;
use super::{
    AbsenceBy, Listed, Manner, Named, Place, PlaceFacts, Provider, ProviderError, Settles, Target,
    Unheard,
};
use crate::caller::Caller;
use crate::options::Options;
use crate::signed::{Reply, Unsigned, Wallet, exchange};
use crate::stop::Stop;

/// How the service is called in the scope of a signature.
const SERVICE: &str = "fsx";

/// How its operations are named on the wire.
const TARGET: &str = "AWSSimbaAPIService_v20180301";

const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// The most backups that one request can name, and that one page can hold.
const BACKUPS_MAX: u16 = 50;

/// The longest that one request may take, until its answer has been read.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(45);

/// FSx in one region, or a server that speaks its API.
#[derive(Clone)]
pub struct Fsx(Arc<Inner>);

struct Inner {
    connector: SharedHttpConnector,
    wallet: Wallet,
    url: String,
    /// The service that tells whose credentials these are.
    sts_url: String,
    region: String,
}

impl fmt::Debug for Fsx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { url, region, .. } = &*self.0;
        f.debug_struct("Fsx").field("url", url).field("region", region).finish_non_exhaustive()
    }
}

/// One run of deletions: what its tokens are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunId(u128);

impl RunId {
    /// The run that these random bits stand for.
    pub fn new(random: u128) -> Self {
        Self(random)
    }

    /// The token of the deletion of the backup with this id, always the same in this run. It has
    /// letters, digits and dashes, and fewer than 63.
    fn token(self, id: &str) -> String {
        let mut hash = Sha256::new();
        hash.update(b"sexton delete ");
        hash.update(self.0.to_be_bytes());
        hash.update(id);
        format!("sexton-{}", hex::encode(&hash.finalize()[..20]))
    }
}

impl Fsx {
    /// The service at the first of the addresses, with STS at the second. Nothing is sent yet.
    pub(crate) fn new(
        connector: SharedHttpConnector,
        credentials: SharedCredentialsProvider,
        (url, sts_url): (String, String),
        region: String,
    ) -> Self {
        let wallet = Wallet::new(credentials);
        Self(Arc::new(Inner { connector, wallet, url, sts_url, region }))
    }

    /// The backups of the region, as `run` deletes them.
    pub fn backups(&self, run: RunId) -> FsxBackups {
        FsxBackups { fsx: self.clone(), run }
    }

    /// The region.
    pub fn region(&self) -> &str {
        &self.0.region
    }

    /// Reads one page of all backups of the region, from the start or from where `token` says;
    /// or of those of one file system. A page may hold fewer than it could, or none, and have
    /// another after it.
    pub async fn list(
        &self,
        file_system: Option<&str>,
        token: Option<String>,
    ) -> Result<Listed<FsxBackup>, ProviderError> {
        let mut input = json!({"MaxResults": BACKUPS_MAX});
        if let Some(id) = file_system {
            input["Filters"] = json!([{"Name": "file-system-id", "Values": [id]}]);
        }
        if let Some(token) = token {
            input["NextToken"] = token.into();
        }
        self.describe_backups(&input).await
    }

    /// Reads one page of the tags of the backup with this ARN. A reply without any has none: it is
    /// about this backup and nothing else.
    pub(crate) async fn tags(
        &self,
        arn: &str,
        token: Option<String>,
    ) -> Result<Listed<(String, String)>, ProviderError> {
        let mut input = json!({"ResourceARN": arn});
        if let Some(token) = token {
            input["NextToken"] = token.into();
        }
        let reply = self.call("ListTagsForResource", &input).await?;
        let items = match reply.get("Tags") {
            None | Some(Value::Null) => Vec::new(),
            Some(told) => tags(told).ok_or_else(|| unreadable("its tags are none"))?,
        };
        Ok(Listed { items, next: next(&reply)? })
    }

    async fn describe_backups(&self, input: &Value) -> Result<Listed<FsxBackup>, ProviderError> {
        let reply = self.call("DescribeBackups", input).await?;
        let listed = reply.get("Backups").and_then(Value::as_array);
        let listed = listed.ok_or_else(|| unreadable("it lists no backups"))?;
        let items = listed.iter().map(|told| FsxBackup::read(told, self.region()));
        Ok(Listed { items: items.collect::<Result<_, _>>()?, next: next(&reply)? })
    }

    /// Makes one request, and hands back the document of its success.
    async fn call(&self, operation: &str, input: &Value) -> Result<Value, ProviderError> {
        let (target, body) = (format!("{TARGET}.{operation}"), input.to_string());
        let request = Unsigned {
            method: "POST",
            url: &self.0.url,
            headers: &[("content-type", CONTENT_TYPE), ("x-amz-target", &target)],
            body: &body,
            service: SERVICE,
            region: self.region(),
        };
        document(&self.send(request).await?)
    }

    /// The account that the credentials belong to, and so every backup that they can name. Asks
    /// again where that may help.
    pub async fn account(&self, options: &Options) -> Result<String, ProviderError> {
        let request = Unsigned {
            method: "POST",
            url: &self.0.sts_url,
            headers: &[("content-type", "application/x-www-form-urlencoded")],
            body: "Action=GetCallerIdentity&Version=2011-06-15",
            service: "sts",
            region: self.region(),
        };
        let (_handle, stop) = Stop::new();
        let ask = || async { account(&self.send(request).await?) };
        Caller::new(stop, options).look(ask).await
    }

    async fn send(&self, request: Unsigned<'_>) -> Result<Reply, ProviderError> {
        let Inner { connector, wallet, .. } = &*self.0;
        let now = SystemTime::now();
        let identity = wallet.identity(now).await.map_err(|error| no_credentials(&error))?;
        let request = request.signed(&identity, now).map_err(|error| unsayable(&error))?;
        let exchange = tokio::time::timeout(REQUEST_TIMEOUT, exchange(connector, request));
        let reply = exchange.await.unwrap_or_else(|elapsed| Err(elapsed.into()));
        reply.map_err(|error| unanswered(&error))
    }
}

/// Where the page after this reply begins.
fn next(reply: &Value) -> Result<Option<String>, ProviderError> {
    match reply.get("NextToken") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(token)) => Ok(Some(token.clone()).filter(|token| !token.is_empty())),
        Some(_) => Err(unreadable("its token is no text")),
    }
}

/// The backups of a region.
#[derive(Debug, Clone)]
pub struct FsxBackups {
    fsx: Fsx,
    run: RunId,
}

#[async_trait]
impl Provider for FsxBackups {
    fn manner(&self) -> Manner {
        Manner {
            batch_max: 1,
            settles: Settles::AtOnce,
            unheard: Unheard::SendAgain,
            describe_max: usize::from(BACKUPS_MAX),
            absence: AbsenceBy::Name,
            list_page_max: BACKUPS_MAX,
            // The quota of a region is 500 of those that people made, and it can be raised.
            holds_usually: 2_000,
            place_noun: "region",
        }
    }

    fn name(&self) -> &str {
        self.fsx.region()
    }

    async fn place(&self) -> Result<PlaceFacts, ProviderError> {
        let page = self.fsx.describe_backups(&json!({"MaxResults": 1})).await?;
        let account = page.items.into_iter().find_map(|backup| backup.account);
        Ok(PlaceFacts { account, ..PlaceFacts::default() })
    }

    async fn delete(&self, batch: &[Target]) -> Result<(), ProviderError> {
        // There is one, as `manner` says.
        for target in batch {
            let (id, token) = (target.name(), self.run.token(target.name()));
            let input = json!({"BackupId": id, "ClientRequestToken": token});
            let reply = self.fsx.call("DeleteBackup", &input).await?;
            if reply.get("BackupId").and_then(Value::as_str) != Some(id) {
                return Err(unreadable("it does not name the backup"));
            }
        }
        Ok(())
    }

    async fn describe(&self, batch: &[&Target]) -> Result<Vec<Named>, ProviderError> {
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<&str> = batch.iter().map(|target| target.name()).collect();
        let mut reply = self.fsx.describe_backups(&json!({"BackupIds": ids})).await?;
        let mut found = Vec::with_capacity(batch.len());
        for id in ids {
            let place = reply.items.iter().position(|backup| backup.id.as_str() == id);
            let place = place.ok_or_else(|| unreadable("it does not name the backup"))?;
            found.push(reply.items.swap_remove(place).named());
        }
        Ok(found)
    }

    async fn list(&self, token: Option<String>) -> Result<Listed<Named>, ProviderError> {
        let Listed { items, next } = self.fsx.list(None, token).await?;
        Ok(Listed { items: items.into_iter().map(FsxBackup::named).collect(), next })
    }

    /// None: a backup is in the region of its credentials, or not known to them.
    async fn places(&self, _: Option<String>) -> Result<Listed<Place>, ProviderError> {
        Ok(Listed { items: Vec::new(), next: None })
    }
}

#[cfg(test)]
mod tests;
