//! Volumes of file systems: directories in theirs.

use sexton_core::{
    EventKind, FileSystemId, FsxRefusal, Realm, Source, SourceKind, VolumeId, VolumeOrder,
    decide_create_volume,
};
use sexton_store::{Follow, Subject};

use super::file_systems::roots;
use super::{Asked, answered};
use crate::error::OpsError;
use crate::ops::decide::Decided;
use crate::service::Service;

impl Service {
    /// Makes a volume.
    pub async fn create_volume(
        &self,
        order: VolumeOrder,
        asked: &Asked<'_>,
    ) -> Result<Source, OpsError> {
        let parent = &asked.realm.with(order.file_system.arn(asked.realm));
        let order = &order;
        self.decide_again(|| async move {
            let mut roots = roots(asked);
            roots.push(Subject::Source(parent.clone()));
            let reading = self.store.read(&roots, Follow::Nothing).await?;
            if let Some(first) = asked.first(&reading)? {
                return Ok(Decided::Answer(self.volume(asked.realm, &answered(first)?).await?));
            }
            let random = self.entropy.bytes();
            let source = reading.source(parent);
            let source =
                decide_create_volume(order.clone(), source, asked.realm, asked.now, random)?;
            let SourceKind::Fsx { path } = &source.kind else {
                return Err(FsxRefusal::no_source(&source.arn).into());
            };
            let of_path = Subject::SourceOfPath(asked.realm.with(path.clone()));
            let others = self.store.read(std::slice::from_ref(&of_path), Follow::Nothing).await?;
            if others.has(&of_path) {
                let message = format!("There is a volume {} already.", order.name);
                return Err(FsxRefusal::BadRequest { message }.into());
            }
            let added = EventKind::SourceAdded { source: source.arn.clone() };
            let expects = reading.expects().into_iter().chain(others.expects()).collect();
            let change = self.adding(&source, expects, added, asked).await?;
            self.make_directory(&source).await?;
            Ok(Decided::commit(change, source))
        })
        .await
    }

    /// The volumes of a file system.
    pub(super) async fn volumes_of(
        &self,
        realm: &Realm,
        id: &FileSystemId,
    ) -> Result<Vec<Source>, OpsError> {
        let mut sources = self.store.list_sources(realm).await?;
        let of = |source: &Source| source.offered.volume().is_some_and(|it| it.file_system == *id);
        sources.retain(of);
        Ok(sources)
    }

    /// A volume.
    pub async fn volume(&self, realm: &Realm, id: &VolumeId) -> Result<Source, OpsError> {
        let sources = self.store.list_sources(realm).await?;
        let is = |source: &Source| source.offered.volume().is_some_and(|volume| volume.id == *id);
        sources.into_iter().find(is).ok_or_else(|| missing(id))
    }
}

pub(super) fn missing(id: &VolumeId) -> OpsError {
    FsxRefusal::VolumeNotFound { id: id.to_string() }.into()
}
