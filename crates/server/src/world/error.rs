//! Why a world is not opened, in words for whoever starts the server.

use std::io;
use std::path::PathBuf;

use sexton_core::Realm;
use sexton_data::blobs::BlobError;
use sexton_store::certificate::LogError;
use sexton_store::{Cause, StoreError};

use crate::error::OpsError;

/// Why a world could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// A file or folder.
    #[error("{}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The metadata.
    #[error("the metadata in {} cannot be opened", path.display())]
    Metadata {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: Cause,
    },
    /// There is something of an account and region that the settings do not name.
    #[error(
        "{} holds what {} has, and the settings do not serve it: they say account {} in {}",
        path.display(), named(unserved), asked.account, regions.join(", ")
    )]
    UnservedRealms {
        /// The data folder.
        path: PathBuf,
        /// What it holds and nobody would find.
        unserved: Vec<Realm>,
        /// The first realm of the settings.
        asked: Realm,
        /// All regions of the settings.
        regions: Vec<String>,
    },
    /// The blobs.
    #[error("the blob folder cannot be opened")]
    Blobs(#[source] BlobError),
    /// Another server has it.
    #[error("{} is in use by another server", .0.display())]
    InUse(PathBuf),
    /// What has to be written before serving.
    #[error("the store could not be made ready")]
    Store(#[source] OpsError),
    /// The log of certificates.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The seed file, which cannot be read.
    #[error("seed file {} cannot be read", path.display())]
    SeedUnreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The seed file, which holds something else than it should.
    #[error("seed file {}: {reason}", path.display())]
    Seed {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl From<StoreError> for WorldError {
    fn from(error: StoreError) -> Self {
        Self::Store(error.into())
    }
}

impl From<OpsError> for WorldError {
    fn from(failure: OpsError) -> Self {
        Self::Store(failure)
    }
}

/// Accounts and their regions in words.
fn named(realms: &[Realm]) -> String {
    let one = |realm: &Realm| format!("account {} in region {}", realm.account, realm.region);
    realms.iter().map(one).collect::<Vec<_>>().join(" and ")
}
