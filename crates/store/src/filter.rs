//! What listings are narrowed by: what an index can help with, and a predicate.

use std::sync::Arc;

use sexton_core::{
    Backup, FileSystemId, InRealm, PlanId, Realm, ResourceArn, ResourceType, Span, VaultName,
};

/// Says of each row whether it is asked for. The words of the filter stay with the
/// protocol that has them.
pub type Wanted<T> = Arc<dyn Fn(&T) -> bool + Send + Sync>;

/// Which backups. At least one of `vault` and `resource` must be given: no
/// listing walks through everything.
#[derive(Debug, Clone)]
pub struct BackupQuery {
    /// Backups of this realm.
    pub realm: Realm,
    /// Backups of this vault.
    pub vault: Option<VaultName>,
    /// Backups of this resource.
    pub resource: Option<ResourceArn>,
    /// Backups made in this time.
    pub created: Span,
    /// Backups of resources of this type.
    pub resource_type: Option<ResourceType>,
    /// Backups that this plan made.
    pub plan: Option<PlanId>,
}

impl BackupQuery {
    /// All backups of a vault.
    pub fn of_vault(realm: Realm, vault: VaultName) -> Self {
        Self {
            realm,
            vault: Some(vault),
            resource: None,
            created: Span::default(),
            resource_type: None,
            plan: None,
        }
    }

    /// All backups of a resource, in whatever vault.
    pub fn of_resource(realm: Realm, resource: ResourceArn) -> Self {
        Self {
            realm,
            vault: None,
            resource: Some(resource),
            created: Span::default(),
            resource_type: None,
            plan: None,
        }
    }

    /// Whether `backup` is asked for.
    pub fn lets_through(&self, backup: &Backup) -> bool {
        let Some(kept) = backup.in_vault() else { return false };
        self.realm == backup.realm
            && self.vault.as_ref().is_none_or(|vault| *vault == kept.vault)
            && self.resource.as_ref().is_none_or(|resource| *resource == backup.source)
            && self.created.contains(backup.created)
            && self.resource_type.as_ref().is_none_or(|kind| *kind == kept.resource_type)
            && self.plan.is_none_or(|plan| kept.is_of_plan(plan))
    }
}

/// Which backups of a source, whoever keeps them.
#[derive(Clone)]
pub struct SourceQuery {
    /// The source.
    pub source: InRealm<ResourceArn>,
    /// Those of which this says so.
    pub wanted: Wanted<Backup>,
}

impl std::fmt::Debug for SourceQuery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SourceQuery").field("source", &self.source).finish_non_exhaustive()
    }
}

impl SourceQuery {
    /// All backups of a source.
    pub fn all(source: InRealm<ResourceArn>) -> Self {
        Self { source, wanted: Arc::new(|_| true) }
    }

    /// Whether `backup` is asked for.
    pub fn lets_through(&self, backup: &Backup) -> bool {
        self.source.realm == backup.realm
            && self.source.name == backup.source
            && (self.wanted)(backup)
    }
}

/// Which backups of those that `FSx` shows.
#[derive(Clone)]
pub struct FsxQuery {
    /// Backups of this realm.
    pub realm: Realm,
    /// Of this file system, and of its volumes.
    pub file_system: Option<FileSystemId>,
    /// Those of which this says so.
    pub wanted: Wanted<Backup>,
}

impl std::fmt::Debug for FsxQuery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("FsxQuery");
        shown.field("realm", &self.realm).field("file_system", &self.file_system);
        shown.finish_non_exhaustive()
    }
}

impl FsxQuery {
    /// Whether `backup` is asked for.
    pub fn lets_through(&self, backup: &Backup) -> bool {
        let of = self.file_system.as_ref();
        self.realm == backup.realm
            && backup.is_of_fsx()
            && of.is_none_or(|of| FileSystemId::of(&backup.source).as_ref() == Some(of))
            && (self.wanted)(backup)
    }
}
