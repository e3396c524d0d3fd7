//! Backup plans: what they begin at their time, once each.

use jiff::SignedDuration;
use sexton_core::{
    BackupJob, BackupJobState, CopyAction, CopyJobState, EventKind, InRealm, Lifecycle, Plan,
    PlanOrder, PlanSchedule, Principal, RuleOrder, SelectionOrder, State, Tags, Vault, VaultName,
    Windows,
};
use sexton_server::scheduler::{Look, Scheduler};
use sexton_store::{Change, Commit, Write};

use crate::bench::{Bench, ROLE, by, key, realm};
use crate::soon;

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const GONE: &str = "arn:aws:fsx:eu-central-1:123456789012:file-system/fs-gone";
const EVERYTHING: &str = "arn:aws:fsx:*:*:file-system/*";

fn rule(vault: &str) -> RuleOrder {
    RuleOrder {
        name: "hourly".to_owned(),
        vault: vault.parse().unwrap(),
        schedule: PlanSchedule::parse("rate(1 hour)", "Etc/UTC").unwrap(),
        windows: Windows::default(),
        lifecycle: Lifecycle { delete_after_days: Some(3), ..Lifecycle::default() },
        tags: [("kept".to_owned(), "short".to_owned())].into(),
        copies: Vec::new(),
    }
}

fn selection(resources: &[&str]) -> SelectionOrder {
    SelectionOrder {
        name: "these".to_owned(),
        role: ROLE.parse().unwrap(),
        resources: resources.iter().map(|it| (*it).to_owned()).collect(),
        not_resources: Vec::new(),
        tags: Vec::new(),
        conditions: Vec::new(),
        token: None,
    }
}

impl Bench {
    /// A plan of one rule that backs these up.
    async fn plan(&self, rule: RuleOrder, resources: &[&str]) -> Plan {
        let (name, rules, now) = ("nightly".to_owned(), vec![rule], self.service.clock.now());
        let order = PlanOrder { name, rules, tags: Tags::new(), token: None };
        let plan = self.service.create_plan(&realm(), &order, &by(), now).await.unwrap();
        let order = selection(resources);
        let made = self.service.add_selection(&plan.key(), &order, &by(), now).await.unwrap();
        made.0
    }

    /// Looks until nothing more is worth while, and lets all jobs end.
    async fn run_plans(&self) -> usize {
        let (mut scheduler, mut done) = (Scheduler::default(), 0);
        loop {
            let Look { plans, more, .. } = scheduler.look(&self.service).await;
            done += plans;
            soon(self.service.jobs.settled()).await;
            if !more {
                return done;
            }
        }
    }

    async fn later(&self, by: SignedDuration) {
        let clock = &self.service.clock;
        clock.set(clock.now() + by);
        self.run_plans().await;
    }

    /// All backup jobs, the oldest first.
    async fn backup_jobs(&self) -> Vec<BackupJob> {
        let all = std::sync::Arc::new(|_: &BackupJob| true);
        let page = self.service.store.list_backup_jobs(&realm(), all, None, 100).await.unwrap();
        page.items.into_iter().rev().collect()
    }

    async fn told_times(&self, wanted: impl Fn(&EventKind) -> bool) -> usize {
        let events = self.service.store.events(0, 1000).await.unwrap();
        events.iter().filter(|event| wanted(&event.kind)).count()
    }

    async fn make(&self, vault: &InRealm<VaultName>) {
        let now = self.service.clock.now();
        let wanted = Vault::new(vault.realm.clone(), vault.name.clone(), now);
        self.service.create_vault(wanted, &by(), now).await.unwrap();
    }
}

fn reason(job: &BackupJob) -> &str {
    job.state.reason().unwrap_or_else(|| panic!("it has failed: {:?}", job.state))
}

#[tokio::test]
async fn a_plan_backs_up_what_it_selects_once_at_each_of_its_times() {
    let bench = Bench::new().await;
    let plan = bench.plan(rule("gold"), &[EVERYTHING]).await;
    bench.run_plans().await;
    assert_eq!(bench.backup_jobs().await.len(), 0, "it is not its time");
    bench.later(HOUR).await;
    let jobs = bench.backup_jobs().await;
    let [job] = &jobs[..] else { panic!("{jobs:?}") };
    assert!(matches!(job.state, BackupJobState::Completed { .. }), "{:?}", job.state);
    let made_by = job.created_by.as_deref().unwrap();
    assert_eq!((made_by.plan, made_by.version), (plan.id, plan.version.id));
    assert_eq!(job.role.as_str(), ROLE);
    let backup = bench.service.store.backup(&key(&job.backup)).await.unwrap().unwrap().backup;
    let kept = backup.in_vault().unwrap();
    assert_eq!(kept.created_by, job.created_by);
    assert_eq!(kept.lifecycle.delete_after_days, Some(3));
    assert_eq!(backup.tags, rule("gold").tags);
    // Neither another look nor another server makes a second one.
    bench.run_plans().await;
    let bench = bench.restarted();
    bench.run_plans().await;
    assert_eq!(bench.backup_jobs().await.len(), 1);
    bench.later(HOUR).await;
    assert_eq!(bench.backup_jobs().await.len(), 2);
    let ran = |kind: &EventKind| matches!(kind, EventKind::PlanRan { jobs: 1, .. });
    assert_eq!(bench.told_times(ran).await, 2);
}

#[tokio::test]
async fn what_was_missed_is_run_once_while_its_start_window_lasts() {
    let bench = Bench::new().await;
    let daily = RuleOrder {
        schedule: PlanSchedule::parse("rate(24 hours)", "Etc/UTC").unwrap(),
        windows: Windows { start_minutes: Some(120), complete_minutes: None },
        ..rule("gold")
    };
    bench.plan(daily, &[EVERYTHING]).await;
    bench.later(HOUR * (24 * 40 + 1)).await;
    let jobs = bench.backup_jobs().await;
    assert_eq!(jobs.len(), 1, "of forty");
    assert_eq!(jobs[0].windows.start_minutes, Some(60), "the rest of its window");
    bench.later(HOUR * 26).await;
    assert_eq!(bench.backup_jobs().await.len(), 1, "its window has passed");
    let missed = |kind: &EventKind| {
        let EventKind::PlanDue { runs, .. } = kind else { return false };
        runs.iter().any(|run| run.missed)
    };
    assert_eq!(bench.told_times(missed).await, 1);
}

#[tokio::test]
async fn a_run_that_was_written_down_is_gone_on_with_where_it_was_left() {
    let bench = Bench::new().await;
    let plan = bench.plan(rule("gold"), &[EVERYTHING, GONE]).await;
    let clock = &bench.service.clock;
    clock.set(clock.now() + HOUR);
    // As a server leaves it that is killed after the first of two backups was begun.
    let stored = bench.service.store.plan(&plan.key()).await.unwrap().unwrap();
    let sexton_core::PlanLook::Settled(settled, _) = stored.value.look(clock.now()) else {
        panic!("it is due")
    };
    let run = settled.runs[0].clone();
    let first = "arn:aws:fsx:eu-central-1:123456789012:file-system/fs-1".parse().unwrap();
    let left = settled.with_begun(&run, first, None, clock.now());
    let writes = vec![Write::PutPlan(Box::new(left))];
    let change = Change { expects: vec![stored.expect], writes, ..Change::default() };
    assert_eq!(bench.service.store.commit(change).await.unwrap(), Commit::Done);
    let bench = bench.restarted();
    bench.run_plans().await;
    let jobs = bench.backup_jobs().await;
    assert_eq!(jobs.iter().map(|job| job.resource.as_str()).collect::<Vec<_>>(), [GONE]);
    assert_eq!(
        bench.told_times(|kind| matches!(kind, EventKind::PlanRan { jobs: 2, .. })).await,
        1
    );
}

/// What was left was not backed up, and nobody was told.
#[tokio::test]
async fn a_selection_that_is_made_anew_while_a_run_goes_on_has_the_rest_backed_up() {
    let bench = Bench::new().await;
    let plan = bench.plan(rule("gold"), &[EVERYTHING, GONE]).await;
    let (clock, store) = (&bench.service.clock, &bench.service.store);
    clock.set(clock.now() + HOUR);
    let stored = store.plan(&plan.key()).await.unwrap().unwrap();
    let sexton_core::PlanLook::Settled(settled, _) = stored.value.look(clock.now()) else {
        panic!("it is due")
    };
    let run = settled.runs[0].clone();
    let first = "arn:aws:fsx:eu-central-1:123456789012:file-system/fs-1".parse().unwrap();
    let left = Box::new(settled.with_begun(&run, first, None, clock.now()));
    let change = Change {
        expects: vec![stored.expect],
        writes: vec![Write::PutPlan(left)],
        ..Change::default()
    };
    assert_eq!(store.commit(change).await.unwrap(), Commit::Done);
    let (id, now) = (plan.selections[0].id, clock.now());
    bench.service.remove_selection(&plan.key(), id, &by(), now).await.unwrap();
    bench.run_plans().await;
    let anew = selection(&[EVERYTHING, GONE]);
    bench.service.add_selection(&plan.key(), &anew, &by(), now).await.unwrap();
    bench.run_plans().await;
    let jobs = bench.backup_jobs().await;
    assert_eq!(jobs.iter().map(|job| job.resource.as_str()).collect::<Vec<_>>(), [GONE]);
    let left = store.plan(&plan.key()).await.unwrap().unwrap().value;
    assert_eq!(left.runs, []);
}

/// Two backups were made at once: that of the time before, long after its window, and that of now.
#[tokio::test]
async fn what_a_run_has_not_begun_when_its_window_is_over_expires() {
    let bench = Bench::new().await;
    let windows = Windows { start_minutes: Some(60), complete_minutes: None };
    let schedule = PlanSchedule::parse("rate(24 hours)", "Etc/UTC").unwrap();
    let plan = bench.plan(RuleOrder { windows, schedule, ..rule("gold") }, &[EVERYTHING]).await;
    let clock = &bench.service.clock;
    clock.set(clock.now() + HOUR * 24);
    let stored = bench.service.store.plan(&plan.key()).await.unwrap().unwrap();
    let sexton_core::PlanLook::Settled(left, _) = stored.value.look(clock.now()) else {
        panic!("it is due")
    };
    let writes = vec![Write::PutPlan(left)];
    let change = Change { expects: vec![stored.expect], writes, ..Change::default() };
    assert_eq!(bench.service.store.commit(change).await.unwrap(), Commit::Done);
    let bench = bench.restarted();
    bench.later(HOUR * 24).await;
    let jobs = bench.backup_jobs().await;
    let expired = |job: &&BackupJob| matches!(job.state, BackupJobState::Expired { .. });
    let done = |job: &&BackupJob| matches!(job.state, BackupJobState::Completed { .. });
    assert_eq!((jobs.len(), jobs.iter().filter(expired).count()), (2, 1), "{jobs:?}");
    assert_eq!(jobs.iter().filter(done).count(), 1, "{jobs:?}");
}

#[tokio::test]
async fn what_cannot_be_backed_up_makes_a_job_that_says_why() {
    let bench = Bench::new().await;
    bench.plan(rule("gold"), &[GONE]).await;
    bench.plan(RuleOrder { name: "lost".to_owned(), ..rule("nowhere") }, &[EVERYTHING]).await;
    bench.later(HOUR).await;
    let mut jobs = bench.backup_jobs().await;
    jobs.sort_by(|one, other| one.vault.cmp(&other.vault));
    let [gone, lost] = &jobs[..] else { panic!("{jobs:?}") };
    assert!(reason(gone).contains("Cannot find resource"), "{gone:?}");
    assert_eq!(reason(lost), "Backup vault nowhere was not found.");
    assert!(lost.created_by.is_some());
    let failed = |kind: &EventKind| matches!(kind, EventKind::PlannedJobFailed { .. });
    assert_eq!(bench.told_times(failed).await, 2);
}

#[tokio::test]
async fn the_policy_of_a_vault_is_asked_about_the_role_of_the_selection() {
    let bench = Bench::new().await;
    let policy = format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Deny",
            "Principal": {{"AWS": "{ROLE}"}}, "Action": "backup:StartBackupJob",
            "Resource": "*"}}]}}"#
    );
    let (vault, now) = (realm().with("gold".parse().unwrap()), bench.service.clock.now());
    let root = Principal(realm().root_principal());
    bench.service.put_vault_policy(&vault, policy, &root, now).await.unwrap();
    bench.plan(rule("gold"), &[EVERYTHING]).await;
    bench.later(HOUR).await;
    let jobs = bench.backup_jobs().await;
    let said = reason(&jobs[0]);
    assert!(said.contains("assumed-role/backup/AWSBackup-Plan is not authorized"), "{said}");
}

#[tokio::test]
async fn copies_follow_once_a_backup_is_complete_and_each_once() {
    let bench = Bench::new().await;
    let action = |vault: &str, days| CopyAction {
        realm: realm(),
        vault: vault.parse().unwrap(),
        lifecycle: Lifecycle { delete_after_days: Some(days), ..Lifecycle::default() },
    };
    bench.make(&realm().with("far".parse().unwrap())).await;
    let copies = vec![action("far", 9), action("nowhere", 9)];
    let plan = bench.plan(RuleOrder { copies, ..rule("gold") }, &[EVERYTHING]).await;
    bench.later(HOUR).await;
    assert_eq!(bench.backup_jobs().await.len(), 1);
    for _look in 0..3 {
        bench.later(SignedDuration::from_secs(30)).await;
    }
    let all = std::sync::Arc::new(|_: &sexton_core::CopyJob| true);
    let page = bench.service.store.list_copy_jobs(&realm(), all, None, 100).await.unwrap();
    let [failed, made] = &page.items[..] else { panic!("{:?}", page.items) };
    assert!(matches!(made.state, CopyJobState::Completed { .. }), "{made:?}");
    assert_eq!(made.created_by.as_ref().unwrap().plan, plan.id);
    let copy = bench.service.store.backup(&made.copy_key()).await.unwrap().unwrap().backup;
    let kept = copy.in_vault().unwrap();
    assert_eq!((kept.vault.as_str(), kept.lifecycle.delete_after_days), ("far", Some(9)));
    assert_eq!(kept.created_by, made.created_by);
    assert!(matches!(copy.state, State::Completed { .. }));
    let CopyJobState::Failed { reason, .. } = &failed.state else { panic!("{failed:?}") };
    assert!(reason.contains("nowhere"), "{reason}");
    let left = bench.service.store.plan(&plan.key()).await.unwrap().unwrap().value;
    assert_eq!(left.runs, [], "nothing is left to be done");
}

#[tokio::test]
async fn a_plan_whose_selection_went_begins_nothing_more_and_can_be_deleted() {
    let bench = Bench::new().await;
    let plan = bench.plan(rule("gold"), &[EVERYTHING]).await;
    let (service, now) = (&bench.service, bench.service.clock.now());
    let selection = plan.selections[0].id;
    assert!(service.delete_plan(&plan.key(), &by(), now).await.is_err(), "it has a selection");
    service.remove_selection(&plan.key(), selection, &by(), now).await.unwrap();
    service.delete_plan(&plan.key(), &by(), now).await.unwrap();
    bench.later(HOUR * 5).await;
    assert_eq!(bench.backup_jobs().await.len(), 0);
    assert!(service.store.plan(&plan.key()).await.unwrap().is_some(), "its record");
    bench.later(HOUR * 24 * 31).await;
    assert!(service.store.plan(&plan.key()).await.unwrap().is_none());
}
