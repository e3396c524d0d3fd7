//! Step 7: what is to be kept is protected, and all of it asked for again.

use sexton_client::Report;
use sexton_core::{BackupArn, Obstacle, Outcome, Service, counted};

use super::stage::{Stage, broken, unproven};
use super::story::delete_points;
use crate::exit::Failure;
use crate::render::demo::{Screen, Tone};

/// How long the lock keeps what is in the vault.
const DAYS: i64 = 30;

/// Everything that is left, asked for under a legal hold and then in a locked vault. None of it
/// may go.
pub(super) async fn protect(
    screen: &Screen,
    stage: &Stage,
    kept: &[BackupArn],
) -> Result<(), Failure> {
    let step = screen.step(7, "Protect what is kept", 2);
    let (backup, vault) = (&stage.backup, &stage.vault);
    let case = backup.hold_vault(vault, "Case 17").await.map_err(|error| broken(&error))?;
    let held = delete_points(stage, kept.to_vec(), None).await;
    step.advance();
    backup.cancel_hold(&case, "closed").await.map_err(|error| broken(&error))?;
    backup.lock_vault(vault, DAYS).await.map_err(|error| broken(&error))?;
    let locked = delete_points(stage, kept.to_vec(), None).await;
    backup.unlock_vault(vault).await.map_err(|error| broken(&error))?;
    let held = refused(&held, Obstacle::LegalHold)?;
    let locked = refused(&locked, Obstacle::VaultLock)?;
    step.done(&format!("{} asked for twice, all kept", counted(kept.len(), "point")));
    for (what, obstacle, message) in [
        ("a legal hold is of all points of the vault", Obstacle::LegalHold, held),
        ("the hold is cancelled, the vault locked", Obstacle::VaultLock, locked),
    ] {
        screen.count(kept.len().try_into().unwrap_or(0), "refused", Tone::Caution, what);
        screen.detail("said", Tone::Plain, &message);
        screen.detail("way out", Tone::Plain, obstacle.way_out(Service::AwsBackup));
    }
    Ok(())
}

/// What the server said to all of them, if it refused all of them because of this.
fn refused(report: &Report, because: Obstacle) -> Result<String, Failure> {
    let mut said = None;
    for item in &report.items {
        let Outcome::Refused { message, obstacle, .. } = &item.outcome else {
            return Err(unproven(format!("a protected point is {}", item.outcome.word())));
        };
        if *obstacle != because {
            return Err(unproven(format!("a protected point was refused otherwise: {message}")));
        }
        said = Some(message.clone());
    }
    said.ok_or_else(|| unproven("nothing was asked for"))
}
