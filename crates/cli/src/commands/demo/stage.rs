//! What the demonstration is played on: a real server with keys of its own, and clients
//! that reach it over the network like everybody else's.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde_json::{Value, json};
use sexton_client::{AdminClient, AwsBackup};
use sexton_core::{Realm, ResourceArn, RoleArn, VaultName};
use sexton_server::Server;
use sexton_server::config::{Limits, MissingVault, RollPolicy, Settings};
use sexton_store::certificate::Document;
use tempfile::TempDir;

use super::super::admin::segment;
use super::super::certificate::read_log;
use crate::exit::{Exit, Failure};

/// A server in a temporary folder, and the ways to it.
pub(super) struct Stage {
    folder: TempDir,
    server: Server,
    admin: AdminClient,
    pub(super) backup: AwsBackup,
    pub(super) vault: VaultName,
    realm: Realm,
}

/// What went wrong, and in which part.
pub(super) fn broken(error: &(dyn std::error::Error + 'static)) -> Failure {
    Failure::new(Exit::Unexpected, error)
}

/// A check that did not hold.
pub(super) fn unproven(what: impl Into<String>) -> Failure {
    Failure::text(Exit::Unexpected, what).hint("this is a bug in sexton: please report it")
}

impl Stage {
    pub(super) async fn open() -> Result<Self, Failure> {
        let folder = tempfile::Builder::new().prefix("sexton-demo-").tempdir();
        let folder = folder.map_err(|error| broken(&error))?;
        let realm = Realm::new("us-east-1", "123456789012");
        let settings = Settings {
            data: folder.path().join("data"),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            realm: realm.clone(),
            more_regions: Vec::new(),
            tls: None,
            dev: None,
            limits: Limits::default(),
            missing_vault: MissingVault::NotFound,
            metrics: false,
            erasure_epoch: RollPolicy::EveryCommit,
            compression_level: 1,
            stall_max: std::time::Duration::from_mins(30),
            details: BTreeMap::new(),
        };
        let server = Server::start(settings).await.map_err(|error| broken(&error))?;
        let (endpoint, key) = (server.endpoint(), server.root_key());
        let admin = AdminClient::new(endpoint, &key.id, &key.secret, &realm.region, None)
            .map_err(|error| broken(&error))?;
        let backup = AwsBackup::with_access_key(endpoint, &realm.region, &key.id, &key.secret)
            .map_err(|error| broken(&error))?;
        let vault = "Default".parse().map_err(|error| broken(&error))?;
        Ok(Self { folder, server, admin, backup, vault, realm })
    }

    /// Stops the server, and leaves nothing behind.
    pub(super) async fn close(self) -> Result<(), Failure> {
        self.server.stop().await;
        self.folder.close().map_err(|error| broken(&error))
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The account of the demonstration.
    pub(super) fn account(&self) -> &str {
        &self.realm.account
    }

    /// A role of the demonstration's account.
    pub(super) fn role(&self, name: &str) -> Result<RoleArn, Failure> {
        let arn = format!("arn:aws:iam::{}:role/{name}", self.realm.account);
        arn.parse().map_err(|error| broken(&error))
    }

    /// Where the directories are made.
    pub(super) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Where the server keeps the bytes of backups.
    pub(super) fn blobs(&self) -> PathBuf {
        self.folder.path().join("data/blobs")
    }

    /// Where the server has put what it restored.
    pub(super) fn restored(&self, job: &str) -> PathBuf {
        self.folder.path().join("data/restores").join(job)
    }

    async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Result<Value, Failure> {
        let path = format!("/_sexton/v1/{path}");
        self.admin.call(method, &path, body).await.map_err(|error| broken(&error))
    }

    /// Registers a directory.
    pub(super) async fn add_source(&self, path: &std::path::Path) -> Result<ResourceArn, Failure> {
        let body = json!({ "type": "fsx", "path": path });
        let source = self.call("POST", "sources", Some(body)).await?;
        source["arn"].as_str().unwrap_or("").parse().map_err(|error| broken(&error))
    }

    /// Says what is known of a role.
    pub(super) async fn set_role(&self, role: &RoleArn, status: &str) -> Result<(), Failure> {
        let path = format!("roles/{}", segment(role.as_str()));
        self.call("PUT", &path, Some(json!({ "status": status }))).await.map(drop)
    }

    /// The certificate of a point that is gone.
    pub(super) async fn certificate(&self, arn: &str) -> Result<Document, Failure> {
        let document = self.call("GET", &format!("certificates/{}", segment(arn)), None).await?;
        serde_json::from_value(document).map_err(|error| broken(&error))
    }

    /// The leaves of the log of certificates, from the first.
    pub(super) async fn log(&self) -> Result<Vec<[u8; 32]>, Failure> {
        let mut leaves = Vec::new();
        let call = async |path: String| self.call("GET", &path, None).await;
        read_log(call, |_, leaf| leaves.push(leaf)).await?;
        Ok(leaves)
    }

    /// The public key, from the file that the server's owner would hand out.
    pub(super) fn public_key(&self) -> Result<String, Failure> {
        let path = self.folder.path().join("data/certificate-key.pub");
        std::fs::read_to_string(path).map_err(|error| broken(&error))
    }
}
