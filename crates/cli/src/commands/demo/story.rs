//! The demonstration itself: nine steps, each of which checks what it shows.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use sexton_client::{Event, JobState, Options, Order, Report, Stop, Target, delete};
use sexton_core::{
    BackupArn, BackupName, Certificate, Detail, Obstacle, Outcome, ResourceArn, RoleArn, Service,
    counted,
};
use sexton_store::certificate::Verified;

use super::protection::protect;
use super::stage::{Stage, broken, unproven};
use super::{content, tree};
use crate::exit::Failure;
use crate::render::demo::{Bytes, Screen, Step, Tone};

/// Nights that are backed up.
const NIGHTS: u32 = 60;
/// The last nights, before which nothing has changed: their backups can be compared with
/// what is there now.
const QUIET_NIGHTS: usize = 4;
/// The last nights that are kept.
const KEPT_NIGHTS: usize = 3;
/// How often a restore is started that is to be running while its point is deleted.
const HOLDS_MAX: u32 = 3;

/// What somebody has before anything is deleted.
struct Estate {
    paths: [PathBuf; 3],
    /// The points of each night, in the order of the paths.
    nights: Vec<[BackupArn; 3]>,
    /// A point whose role is going to be gone.
    orphan: BackupArn,
    role: RoleArn,
    retired: RoleArn,
    blob_bytes: u64,
}

/// The result of a deletion of many.
struct Bulk {
    held: BackupArn,
    restore: String,
    report: Report,
}

/// Which of the three directories is used where only one is.
const MACHINE: usize = 2;

/// Plays the whole of it.
pub(super) async fn tell(screen: &Screen, stage: &Stage) -> Result<(), Failure> {
    let estate = make_and_back_up(screen, stage).await?;
    restore_one(screen, stage, &estate).await.map_err(at(4))?;
    let bulk = delete_many(screen, stage, &estate).await.map_err(at(5))?;
    let mut gone: Vec<BackupArn> = proven(&bulk.report).collect();
    gone.extend(take_the_ways_out(screen, stage, &estate, &bulk).await.map_err(at(6))?);
    let kept = estate.without(&gone);
    protect(screen, stage, &kept).await.map_err(at(7))?;
    look_at_the_kept(screen, stage, &estate, kept.len()).await.map_err(at(8))?;
    check_the_proofs(screen, stage, &gone).await.map_err(at(9))?;
    let left = blob_bytes(stage)?;
    screen.heading("In the end", "");
    for (count, what, proof) in [
        (gone.len().to_string(), "recovery points gone", "keys destroyed, bytes absent, certified"),
        ("1".to_owned(), "of them in use at first", "by a restore, which ended whole"),
        ("1".to_owned(), "of them EXPIRED at first", "until its role was repaired"),
        (kept.len().to_string(), "recovery points kept", "the newest restored, byte for byte"),
        (Bytes(left).to_string(), "still on disk", &format!("of {}", Bytes(estate.blob_bytes))),
    ] {
        screen.row(&count, what, proof);
    }
    Ok(())
}

fn at(step: u8) -> impl FnOnce(Failure) -> Failure {
    move |failure| Failure { message: format!("step {step}: {}", failure.message), ..failure }
}

/// Steps 1 to 3.
async fn make_and_back_up(screen: &Screen, stage: &Stage) -> Result<Estate, Failure> {
    let step = screen.step(2, "Make something to lose", 1);
    let home = stage.home();
    // Not to be interrupted half-way: nobody may write while the folder is being removed.
    let made = tokio::task::block_in_place(|| {
        let paths = content::make(&home)?;
        tree::measure(&home).map(|extent| (paths, extent))
    });
    let (paths, extent) = made.map_err(|error| at(2)(broken(&error)))?;
    let count = content::NAMES.len();
    step.done(&format!(
        "{count} directories, {}, {}",
        counted(extent.files, "file"),
        Bytes(extent.bytes)
    ));
    back_up(screen, stage, paths).await.map_err(at(3))
}

async fn back_up(screen: &Screen, stage: &Stage, paths: [PathBuf; 3]) -> Result<Estate, Failure> {
    let nights_total = usize::try_from(NIGHTS).unwrap_or(usize::MAX);
    let step = screen.step(3, "Back it up, 60 nights", nights_total);
    let (role, retired) = (stage.role("nightly-backup")?, stage.role("retired-last-year")?);
    let [ledger, photos, machine] = &paths;
    let sources = [
        stage.add_source(ledger).await?,
        stage.add_source(photos).await?,
        stage.add_source(machine).await?,
    ];
    let mut nights = Vec::new();
    for night in 0..NIGHTS {
        if nights.len() + QUIET_NIGHTS < nights_total {
            let lived = tokio::task::block_in_place(|| content::live_through(&paths, night));
            lived.map_err(|error| broken(&error))?;
        }
        let [ledger, photos, machine] = &sources;
        let (ledger, photos, machine) = tokio::try_join!(
            Box::pin(make_point(stage, ledger, &role)),
            Box::pin(make_point(stage, photos, &role)),
            Box::pin(make_point(stage, machine, &role)),
        )?;
        nights.push([ledger, photos, machine]);
        step.advance();
    }
    let orphan = make_point(stage, &sources[0], &retired).await?;
    let points = nights.len() * sources.len() + 1;
    let blob_bytes = blob_bytes(stage)?;
    step.done(&format!("{}, {} sealed", counted(points, "recovery point"), Bytes(blob_bytes)));
    Ok(Estate { paths, nights, orphan, role, retired, blob_bytes })
}

/// One backup, to its end.
async fn make_point(
    stage: &Stage,
    source: &ResourceArn,
    role: &RoleArn,
) -> Result<BackupArn, Failure> {
    let started = stage.backup.start_backup(&stage.vault, source, role).await;
    let started = started.map_err(|error| broken(&error))?;
    match stage.backup.wait_for_backup(&started.job).await.map_err(|error| broken(&error))? {
        JobState::Completed { .. } => Ok(started.point),
        JobState::Failed { reason } => Err(unproven(format!("a backup failed: {reason}"))),
        JobState::Underway => Err(unproven("a backup has no end")),
    }
}

fn blob_bytes(stage: &Stage) -> Result<u64, Failure> {
    let measured = tokio::task::block_in_place(|| tree::measure(&stage.blobs()));
    Ok(measured.map_err(|error| broken(&error))?.bytes)
}

async fn restore_one(screen: &Screen, stage: &Stage, estate: &Estate) -> Result<(), Failure> {
    let step = screen.step(4, "Restore one", 1);
    let extent = restore_and_compare(stage, estate, estate.point(1, MACHINE)?, MACHINE).await?;
    step.done(&format!("{}: identical, byte for byte", counted(extent.files, "file")));
    Ok(())
}

impl Estate {
    /// The point that was made so many nights before the end; 1 is the last.
    fn point(&self, nights_ago: usize, which: usize) -> Result<&BackupArn, Failure> {
        let night = self.nights.iter().rev().nth(nights_ago.saturating_sub(1));
        let point = night.and_then(|night| night.get(which));
        point.ok_or_else(|| unproven("a night has no backup"))
    }

    /// The points of all nights that are not among these.
    fn without(&self, gone: &[BackupArn]) -> Vec<BackupArn> {
        let gone: BTreeSet<&BackupArn> = gone.iter().collect();
        self.nights.iter().flatten().filter(|arn| !gone.contains(arn)).cloned().collect()
    }
}

async fn restore_and_compare(
    stage: &Stage,
    estate: &Estate,
    point: &BackupArn,
    which: usize,
) -> Result<tree::Extent, Failure> {
    let started = stage.backup.start_restore(point, &estate.role).await;
    let job = started.map_err(|error| broken(&error))?;
    compare_when_done(stage, &job, &estate.paths[which]).await
}

async fn compare_when_done(
    stage: &Stage,
    job: &str,
    original: &Path,
) -> Result<tree::Extent, Failure> {
    match stage.backup.wait_for_restore(job).await.map_err(|error| broken(&error))? {
        JobState::Completed { .. } => (),
        JobState::Failed { reason } => {
            return Err(unproven(format!("a restore failed: {reason}")));
        }
        JobState::Underway => return Err(unproven("a restore has no end")),
    }
    let restored = stage.restored(job);
    let compared = tokio::task::block_in_place(|| tree::compare(original, &restored));
    compared
        .map_err(|error| broken(&error))?
        .map_err(|difference| unproven(format!("the restored {difference}")))
}

/// Step 5: everything but the last nights, while one point is being restored and another
/// has lost its role.
async fn delete_many(screen: &Screen, stage: &Stage, estate: &Estate) -> Result<Bulk, Failure> {
    stage.set_role(&estate.retired, "missing").await?;
    let old = &estate.nights[..estate.nights.len() - KEPT_NIGHTS];
    let mut held = estate.point(KEPT_NIGHTS + 1, MACHINE)?;
    let mut arns = vec![held.clone(), estate.orphan.clone()];
    arns.extend(old.iter().flatten().filter(|arn| *arn != held).cloned());
    let step = screen.step(5, "Delete the old ones", arns.len());
    let mut restore = hold(stage, held, estate, 0).await?;
    let mut report = delete_points(stage, arns, Some(&step)).await;
    // A machine that was busy elsewhere may have let the restore end first.
    for attempt in 1..HOLDS_MAX {
        if outcome(&report, held).is_some_and(|outcome| !outcome.is_gone()) {
            break;
        }
        held = estate.point(usize::try_from(attempt).unwrap_or(1), MACHINE)?;
        restore = hold(stage, held, estate, attempt).await?;
        let again = delete_points(stage, vec![held.clone()], None).await;
        report.items.extend(again.items);
    }
    report.totals = report.items.iter().map(|item| &item.outcome).collect();
    let bulk = Bulk { held: held.clone(), restore, report };
    show_the_deletion(screen, stage, estate, &bulk, step)?;
    Ok(bulk)
}

/// Starts restores of `point`, more at every attempt, and gives the last one's id while
/// it is running.
async fn hold(
    stage: &Stage,
    point: &BackupArn,
    estate: &Estate,
    attempt: u32,
) -> Result<String, Failure> {
    let mut last = String::new();
    for _restore in 0..4_u32.pow(attempt) {
        let job = stage.backup.start_restore(point, &estate.role).await;
        last = job.map_err(|error| broken(&error))?;
    }
    match stage.backup.restore_job(&last).await.map_err(|error| broken(&error))? {
        JobState::Underway | JobState::Completed { .. } => Ok(last),
        JobState::Failed { reason } => Err(unproven(format!("a restore failed: {reason}"))),
    }
}

pub(super) async fn delete_points(
    stage: &Stage,
    arns: Vec<BackupArn>,
    shown: Option<&Step<'_>>,
) -> Report {
    let target = |arn: &BackupArn| Target::point(arn, Some(stage.account()));
    let held = u64::try_from(arns.len()).ok();
    let order = Order::of(arns.iter().map(target).collect(), held);
    let events = |event: Event<'_>| {
        if let (Event::Settled { .. }, Some(step)) = (event, shown) {
            step.advance();
        }
    };
    let (_handle, stop) = Stop::new();
    let provider = Arc::new(stage.backup.vault(stage.vault.clone()));
    delete(provider, order, Options::new(0, Timestamp::now), &events, stop).await
}

fn outcome<'a>(report: &'a Report, arn: &BackupArn) -> Option<&'a Outcome> {
    report.items.iter().find(|item| item.target.name() == arn.as_str()).map(|item| &item.outcome)
}

/// The points that are proven gone.
fn proven(report: &Report) -> impl Iterator<Item = BackupArn> {
    let gone = report.items.iter().filter(|item| item.outcome.is_gone());
    gone.filter_map(|item| item.target.name().parse().ok())
}

fn show_the_deletion(
    screen: &Screen,
    stage: &Stage,
    estate: &Estate,
    bulk: &Bulk,
    step: Step<'_>,
) -> Result<(), Failure> {
    let totals = bulk.report.totals;
    let (Some(Outcome::Refused { message, obstacle: Obstacle::InUse, .. }), Some(expired)) =
        (outcome(&bulk.report, &bulk.held), outcome(&bulk.report, &estate.orphan))
    else {
        return Err(unproven("a point was not refused while a restore was reading it"));
    };
    let Outcome::Expired { reason: Some(reason), obstacle: obstacle @ Obstacle::Role } = expired
    else {
        return Err(unproven("a point whose role is missing did not end EXPIRED"));
    };
    if totals.gone + 2 != totals.sum() {
        return Err(unproven(format!("not all of the others are gone: {totals:?}")));
    }
    step.done(&format!("{} asked for, in one run", totals.sum()));
    screen.count(
        totals.gone,
        "gone",
        Tone::Good,
        "key destroyed, bytes removed, read back: absent",
    );
    screen.count(1, "refused", Tone::Caution, "a restore is reading it");
    screen.detail("said", Tone::Plain, message);
    screen.detail("way out", Tone::Plain, Obstacle::InUse.way_out(Service::AwsBackup));
    screen.count(1, "EXPIRED", Tone::Caution, "accepted, and still stored: its role is gone");
    screen.detail("said", Tone::Plain, reason);
    screen.detail("way out", Tone::Plain, obstacle.way_out(Service::AwsBackup));
    screen.shrinking(estate.blob_bytes, blob_bytes(stage)?);
    Ok(())
}

/// Step 6. The restore that was in the way has to end whole, of course.
async fn take_the_ways_out(
    screen: &Screen,
    stage: &Stage,
    estate: &Estate,
    bulk: &Bulk,
) -> Result<Vec<BackupArn>, Failure> {
    let step = screen.step(6, "Solve both problems", 2);
    compare_when_done(stage, &bulk.restore, &estate.paths[MACHINE]).await?;
    stage.set_role(&estate.retired, "permitted").await?;
    let arns = vec![bulk.held.clone(), estate.orphan.clone()];
    let report = delete_points(stage, arns, Some(&step)).await;
    if report.totals.gone != 2 {
        let totals = report.totals;
        return Err(unproven(format!("a way out led nowhere: {totals:?}")));
    }
    step.done("restore done, role repaired: both gone");
    Ok(proven(&report).collect())
}

/// Step 8: what was kept, of so many points, is whole.
async fn look_at_the_kept(
    screen: &Screen,
    stage: &Stage,
    estate: &Estate,
    kept: usize,
) -> Result<(), Failure> {
    let step = screen.step(8, "Look at what was kept", estate.paths.len());
    for which in 0..estate.paths.len() {
        let point = estate.point(KEPT_NIGHTS, which)?;
        restore_and_compare(stage, estate, point, which).await?;
        step.advance();
    }
    step.done(&format!("{}, the newest restored: whole", counted(kept, "point")));
    Ok(())
}

/// Step 9: every certificate, against the public key and the log, and the disk itself.
async fn check_the_proofs(
    screen: &Screen,
    stage: &Stage,
    gone: &[BackupArn],
) -> Result<(), Failure> {
    let step = screen.step(9, "Check the proofs", gone.len());
    let mut documents = Vec::with_capacity(gone.len());
    for arn in gone {
        documents.push(stage.certificate(arn.as_str()).await?);
        step.advance();
    }
    let (key, log) = (stage.public_key()?, stage.log().await?);
    let mut shown = None;
    for (arn, document) in gone.iter().zip(documents) {
        let verified = document.verify(&key, Some(&log)).map_err(|error| broken(&error))?;
        let certificate = &verified.certificate;
        let BackupName::Arn(certified) = &certificate.backup;
        if certified != arn {
            return Err(unproven(format!("a certificate speaks of another point than {arn}")));
        }
        let objects = certificate.objects.as_str();
        let left = stage.blobs().join(objects.get(..2).unwrap_or_default()).join(objects);
        if left.exists() {
            return Err(unproven(format!("{} is still there", left.display())));
        }
        shown = Some(verified);
    }
    step.done(&format!("{}: all of them hold", counted(gone.len(), "certificate")));
    if let Some(verified) = shown {
        show(screen, &verified);
    }
    Ok(())
}

fn show(screen: &Screen, verified: &Verified) {
    let Verified { certificate, leaf, log, details } = verified;
    let Certificate { backup, decided, epoch, .. } = certificate;
    let Certificate { key_destroyed, verified_absent, objects_removed, .. } = certificate;
    let BackupName::Arn(arn) = backup;
    let decided_by = details.get(&Detail::DecidedBy).cloned().flatten();
    let decided_by = decided_by.unwrap_or_else(|| "(redacted)".to_owned());
    for (label, text) in [
        ("one of them", arn.resource().to_owned()),
        ("decided", format!("{decided:.3} by {decided_by}")),
        ("key destroyed", format!("{key_destroyed:.3}, with the root key of epoch {epoch}")),
        ("bytes absent", format!("{verified_absent:.3}, {}", counted(*objects_removed, "object"))),
        ("signature", "holds, against the public key of this server".to_owned()),
        ("log", format!("leaf {leaf} of {}, and the log given agrees", log.size)),
    ] {
        screen.detail(label, Tone::Plain, &text);
    }
}
