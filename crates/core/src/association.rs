//! What a recovery point can be a part of: a continuous backup, or a composite one. There are none
//! here, so that nothing is ever taken out of one.

use crate::Backup;

/// What somebody wants a recovery point to be no part of any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Association {
    /// The continuous backup of its source, which goes on without AWS Backup.
    Continuous,
    /// The composite recovery point that it is nested in.
    Parent,
}

/// Why a recovery point stays what it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AssociationRefusal {
    /// It is in no vault: another service keeps it.
    #[error("the backup is in no vault, and no recovery point")]
    InNoVault,
    /// It is no continuous backup.
    #[error("the recovery point is no continuous backup")]
    NotContinuous,
    /// It is nested in none.
    #[error("the recovery point has no parent")]
    NoParent,
}

/// Why a backup is not taken out of that: whatever its state, it is a part of nothing.
pub fn refuse_disassociation(backup: &Backup, from: Association) -> AssociationRefusal {
    match (backup.in_vault(), from) {
        (None, _) => AssociationRefusal::InNoVault,
        (Some(_), Association::Continuous) => AssociationRefusal::NotContinuous,
        (Some(_), Association::Parent) => AssociationRefusal::NoParent,
    }
}
