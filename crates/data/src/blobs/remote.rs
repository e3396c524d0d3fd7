//! An object store as a blob store. It is durable by itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{self, StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{
    GetOptions, GetRange, MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload,
};
use sexton_core::ObjectPrefix;

use super::{
    BlobError, Cause, Holdings, LIST_OBJECTS_MAX, Listing, Piece, READ_BYTES_MAX, Removal, Removed,
};

/// Requests that are in flight for one bulk call.
const CONCURRENT_MAX: usize = 32;

/// Any object store.
#[derive(Debug, Clone)]
pub(super) struct Remote(pub(super) Arc<dyn ObjectStore>);

impl Remote {
    pub(super) async fn read(
        &self,
        prefix: &ObjectPrefix,
        name: &str,
        offset: u64,
    ) -> Result<Piece, BlobError> {
        let path = object_path(prefix, name);
        let failed = |error| {
            if matches!(error, object_store::Error::NotFound { .. }) {
                return BlobError::Missing { object: path.to_string() };
            }
            BlobError::not_done(path.as_ref(), error)
        };
        let range = GetRange::Bounded(offset..offset.saturating_add(READ_BYTES_MAX));
        let options = GetOptions { range: Some(range), ..GetOptions::default() };
        match self.0.get_opts(&path, options).await {
            Ok(found) => {
                let total = found.meta.size;
                Ok(Piece { bytes: found.bytes().await.map_err(failed)?, total })
            }
            // A range at the end of an object is an error for some stores.
            Err(error) => match self.0.head(&path).await {
                Ok(meta) if meta.size <= offset => {
                    Ok(Piece { bytes: Bytes::new(), total: meta.size })
                }
                Ok(_) => Err(failed(error)),
                Err(error) => Err(failed(error)),
            },
        }
    }

    async fn list(&self, prefix: &ObjectPrefix) -> Result<Listing, BlobError> {
        let path = prefix_path(prefix);
        let failed = |error| BlobError::not_done(path.as_ref(), error);
        let mut listing = Listing::default();
        let mut found = self.0.list(Some(&path));
        while let Some(meta) = found.try_next().await.map_err(failed)? {
            if listing.objects.len() == LIST_OBJECTS_MAX {
                listing.more = true;
                break;
            }
            let inner = meta.location.prefix_match(&path);
            let name = inner
                .map_or_else(String::new, |parts| join(parts.map(|it| it.as_ref().to_owned())));
            listing.objects.insert(name);
        }
        Ok(listing)
    }

    pub(super) async fn list_many(
        &self,
        prefixes: &[ObjectPrefix],
    ) -> Vec<Result<Listing, BlobError>> {
        let each = stream::iter(prefixes.to_vec()).map(|prefix| {
            let store = self.clone();
            async move { store.list(&prefix).await }
        });
        each.buffered(CONCURRENT_MAX).collect().await
    }

    pub(super) async fn delete_many(&self, wanted: Vec<Removal>) -> Vec<Removed> {
        let each = stream::iter(wanted).map(|removal| {
            let store = self.clone();
            async move { store.delete_objects(removal).await }
        });
        each.buffered(CONCURRENT_MAX).collect().await
    }

    async fn delete_objects(&self, removal: Removal) -> Removed {
        let Removal { prefix, names } = removal;
        let mut removed = Removed::default();
        for name in &names {
            let path = object_path(&prefix, name);
            match self.0.delete(&path).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {
                    removed.deleted.gone.insert(name.clone());
                }
                Err(error) => {
                    let failure = BlobError::unknown(path.as_ref(), error);
                    removed.failure.get_or_insert(failure);
                }
            }
        }
        removed.deleted.tried = names;
        removed
    }

    pub(super) async fn holdings(&self, shard: &str) -> Result<Holdings, BlobError> {
        let path = Path::from(shard);
        let mut found = self.0.list(Some(&path));
        let mut holdings = Holdings::new();
        while let Some(meta) =
            found.try_next().await.map_err(|error| BlobError::not_done(shard, error))?
        {
            let Some(parts) = meta.location.prefix_match(&path) else { continue };
            let mut parts = parts.map(|part| part.as_ref().to_owned());
            let backup = parts.next().unwrap_or_default();
            let objects: &mut BTreeMap<String, u64> = holdings.entry(backup).or_default();
            objects.insert(join(parts), meta.size);
        }
        Ok(holdings)
    }
}

/// An object on its way.
#[derive(Debug)]
pub(super) struct Sending {
    store: Arc<dyn ObjectStore>,
    path: Path,
    parts: Option<Box<dyn MultipartUpload>>,
}

impl Sending {
    pub(super) fn new(remote: &Remote, prefix: &ObjectPrefix, name: &str) -> Self {
        Self { store: Arc::clone(&remote.0), path: object_path(prefix, name), parts: None }
    }

    pub(super) async fn part(&mut self, bytes: Bytes, last: bool) -> Result<(), Cause> {
        if self.parts.is_none() && last {
            self.store.put(&self.path, PutPayload::from_bytes(bytes)).await?;
            return Ok(());
        }
        let parts = match &mut self.parts {
            Some(parts) => parts,
            none @ None => none.insert(self.store.put_multipart(&self.path).await?),
        };
        parts.put_part(PutPayload::from_bytes(bytes)).await?;
        if last {
            parts.complete().await?;
            self.parts = None;
        }
        Ok(())
    }

    pub(super) async fn abandon(self) -> Result<(), Cause> {
        match self.parts {
            Some(mut parts) => Ok(parts.abort().await?),
            None => Ok(()),
        }
    }
}

fn prefix_path(prefix: &ObjectPrefix) -> Path {
    let shard = prefix.as_str().get(..2).unwrap_or("00");
    Path::from_iter([shard, prefix.as_str()])
}

/// `name` may have several parts if a stranger wrote it.
fn object_path(prefix: &ObjectPrefix, name: &str) -> Path {
    name.split('/').fold(prefix_path(prefix), Path::join)
}

fn join(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join("/")
}
