//! What listings are narrowed by: what an index can help with, and a predicate.

use std::sync::Arc;

use jiff::Timestamp;
use sexton_core::{RecoveryPoint, ResourceArn, ResourceType, VaultName};

/// Says of each row whether it is asked for. The words of the filter stay with the
/// protocol that has them.
pub type Wanted<T> = Arc<dyn Fn(&T) -> bool + Send + Sync>;

/// Which recovery points. At least one of `vault` and `resource` must be given: no
/// listing walks through everything.
#[derive(Debug, Clone)]
pub struct PointQuery {
    /// Points of this vault.
    pub vault: Option<VaultName>,
    /// Points of this resource.
    pub resource: Option<ResourceArn>,
    /// Points made before this instant.
    pub created_before: Option<Timestamp>,
    /// Points made after this instant.
    pub created_after: Option<Timestamp>,
    /// Points of resources of this type.
    pub resource_type: Option<ResourceType>,
}

impl PointQuery {
    /// All points of a vault.
    pub fn of_vault(vault: VaultName) -> Self {
        Self {
            vault: Some(vault),
            resource: None,
            created_before: None,
            created_after: None,
            resource_type: None,
        }
    }

    /// All points of a resource, in whatever vault.
    pub fn of_resource(resource: ResourceArn) -> Self {
        Self {
            vault: None,
            resource: Some(resource),
            created_before: None,
            created_after: None,
            resource_type: None,
        }
    }

    /// Whether `point` is asked for.
    pub fn lets_through(&self, point: &RecoveryPoint) -> bool {
        self.vault.as_ref().is_none_or(|vault| *vault == point.vault)
            && self.resource.as_ref().is_none_or(|resource| *resource == point.resource)
            && self.created_before.is_none_or(|before| point.created < before)
            && self.created_after.is_none_or(|after| point.created > after)
            && self.resource_type.as_ref().is_none_or(|kind| *kind == point.resource_type)
    }
}
