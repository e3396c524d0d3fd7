//! Does what is due because its time has come: backups expire, and jobs that ended
//! long ago are forgotten, so that they do not pile up for ever; and backup plans run.
//!
//! One loop serves every kind. It asks the store what is due, a page of each kind at a look,
//! lets `sexton-core` decide, and commits; it has no other input. A commit that is stale or
//! fails is left to a later look. While the clock is not believed, nothing is done but what
//! somebody told to go.
//!
//! Nobody waits for anybody here: the kinds are looked at side by side, every item is decided
//! and committed by itself, and requests go before all of it. Each kind goes on in its
//! listing where its last look ended, so that what fails again and again stands in nobody's
//! way; at the end of the listing it begins anew.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::stream::{self, StreamExt};
use jiff::{SignedDuration, Timestamp};
use sexton_core::{
    Backup, BackupName, Expiry, HoldId, InRealm, PlanId, Principal, REQUEST_LOOK_MINUTES,
    ResourceArn, Token, Why, chain, decide_expiry, forgotten_until,
};
use sexton_store::{Change, Commit, Cursor, EndedJob, Page, StoreError, TOKENS_TOGETHER, Write};

use crate::error::{DECISIONS_MAX, OpsError};
use crate::service::Service;

/// Items of one kind that one look takes.
const PAGE_ITEMS_MAX: usize = 128;

/// Items of one kind that are worked on at the same time: enough to share a transaction, few
/// enough to leave the store to requests.
const AT_ONCE_MAX: usize = 32;

/// How long between two looks when nothing more is due. Lifecycles count days.
const LOOK_WAIT: Duration = Duration::from_secs(10);

/// How long between two rounds through the deletions that are asked for and wait.
const REQUESTS_WAIT: SignedDuration = SignedDuration::from_mins(REQUEST_LOOK_MINUTES);

/// The same after a round in which something failed.
const REQUESTS_RETRY_WAIT: SignedDuration = SignedDuration::from_mins(1);

/// What a look came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Look {
    /// Backups that were deleted, became `EXPIRED`, or were put off.
    pub expiries: usize,
    /// Jobs that were forgotten.
    pub forgotten: usize,
    /// Records of legal holds that were forgotten.
    pub holds: usize,
    /// Tokens that were forgotten.
    pub tokens: usize,
    /// Deletions that are asked for and were looked at.
    pub requests: usize,
    /// File systems of which something was done.
    pub sources: usize,
    /// Backup plans of which something was done.
    pub plans: usize,
    /// Whether another look is worth while at once.
    pub more: bool,
}

/// How far each kind has come in its listing. A hint: whoever loses it begins anew.
#[derive(Debug, Default)]
pub struct Scheduler {
    expiries: Option<Cursor>,
    ended_jobs: Option<Cursor>,
    sources: Option<Cursor>,
    plans: Option<Cursor>,
    requests: Requests,
}

/// How far the scheduler is with the deletions that are asked for and wait. It looks at all of
/// them when somebody tells that what keeps them may be gone, when the server starts, and now and
/// then: nobody tells of everything.
#[derive(Debug, Default)]
struct Requests {
    place: Option<Cursor>,
    /// When the next round begins; nothing if that is at once.
    next: Option<Timestamp>,
    /// A round is under way.
    goes_on: bool,
}

/// Looks now and then, and whenever somebody sets or confirms the clock, until `stop` says
/// so. Says in the log when the clock jumped. Public for the simulator.
pub async fn run(service: Arc<Service>, mut stop: tokio::sync::watch::Receiver<bool>) {
    let mut scheduler = Scheduler::default();
    let mut trusted = service.clock_trusted();
    loop {
        let trusted_before = std::mem::replace(&mut trusted, service.clock_trusted());
        if trusted != trusted_before {
            let (wall, counted) = (service.clock.system(), service.clock.now());
            let words = if trusted { "believed again" } else { "not believed any more" };
            tracing::warn!(%wall, %counted, "the clock is {words}");
        }
        // A look may be left in the middle: what was sent to the store is whole.
        let look = tokio::select! {
            biased;
            _ = stop.changed() => return,
            look = scheduler.look(&service) => look,
        };
        if look.more {
            continue;
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_WAIT) => (),
            () = service.clock.moved() => (),
            () = service.due.notified() => (),
            _ = stop.changed() => return,
        }
    }
}

impl Scheduler {
    /// Looks at a page of each kind, and does what is due of it. Public for the simulator and
    /// for tests.
    pub async fn look(&mut self, service: &Arc<Service>) -> Look {
        service.tell_counted(service.clock.now()).await;
        let Some(now) = service.trusted_now() else {
            // What somebody told to go does not go by the clock.
            let sources = look_at_sources(service, &mut self.sources, None).await;
            return Look { sources, ..Look::default() };
        };
        let (expiries, requests, forgotten, holds, tokens, sources, plans) = futures::join!(
            expire(service, &mut self.expiries, now),
            self.requests.look(service, now),
            forget(service, &mut self.ended_jobs, now),
            forget_holds(service, now),
            forget_tokens(service, now),
            look_at_sources(service, &mut self.sources, Some(now)),
            look_at_plans(service, &mut self.plans, now)
        );
        Look {
            expiries,
            requests,
            forgotten,
            holds,
            tokens,
            sources,
            plans,
            // Where nothing is done although something is due, the store has time to recover.
            more: expiries > 0 && self.expiries.is_some()
                || forgotten > 0 && self.ended_jobs.is_some()
                || requests > 0 && self.requests.goes_on
                || tokens == TOKENS_TOGETHER
                || sources > 0 && self.sources.is_some()
                || plans > 0,
        }
    }
}

impl Requests {
    /// Decides about a page of the deletions that are asked for and wait, if a round is due.
    async fn look(&mut self, service: &Service, now: Timestamp) -> usize {
        if !self.goes_on {
            let soonest = now.saturating_add(REQUESTS_WAIT).unwrap_or(Timestamp::MAX);
            // What is later than that was written by a clock that has been set back since.
            let waits = self.next.is_some_and(|next| now < next && next <= soonest);
            if !service.released.swap(false, Ordering::Relaxed) && waits {
                return 0;
            }
            (self.goes_on, self.place, self.next) = (true, None, Some(soonest));
        }
        let waiting = service.store.list_requested(true, self.place.as_ref(), PAGE_ITEMS_MAX).await;
        let failed = AtomicBool::new(waiting.is_err());
        let decide = async |backup: Backup| {
            let decided = service.decide_request_of(&backup.key(), now).await;
            if !matches!(decided, Ok(Commit::Done)) {
                failed.store(true, Ordering::Relaxed);
            }
            decided
        };
        let what = "deletion that is asked for";
        let looked = each(waiting, &mut self.place, what, decide).await;
        self.goes_on = self.place.is_some();
        if failed.load(Ordering::Relaxed) {
            let soon = now.saturating_add(REQUESTS_RETRY_WAIT).unwrap_or(Timestamp::MAX);
            self.next = Some(soon);
        }
        looked
    }
}

/// Has backups expire.
async fn expire(service: &Service, place: &mut Option<Cursor>, now: Timestamp) -> usize {
    let due = service.store.due_expiries(now, place.as_ref(), PAGE_ITEMS_MAX).await;
    each(due, place, "expiry of a recovery point", |key| expire_one(service, key, now)).await
}

/// What moved meanwhile, such as a legal hold of others, is decided from again: they may come and
/// go all the time, and a later look would find the same.
async fn expire_one(
    service: &Service,
    key: InRealm<BackupName>,
    now: Timestamp,
) -> Result<Commit, StoreError> {
    for _decision in 0..DECISIONS_MAX {
        let Some(snapshot) = service.store.backup(&key).await? else { break };
        let committed = match decide_expiry(snapshot.delete_facts(), now, service.new_job_id(now)) {
            Expiry::Delete(deletion) => {
                let asked = (&Principal::server(), Why::Lifecycle);
                service.commit_deletion(snapshot, deletion, asked, None, now).await?
            }
            Expiry::PutOff { until } => {
                let change = Change {
                    expects: snapshot.expects,
                    writes: vec![Write::PutOffExpiry(key.clone(), until)],
                    event: None,
                    background: true,
                    ..Change::default()
                };
                service.store.commit(change).await?
            }
            // It was deleted since it was listed.
            Expiry::Nothing => break,
        };
        if committed == Commit::Done {
            return Ok(Commit::Done);
        }
    }
    Ok(Commit::Stale)
}

/// Forgets jobs.
async fn forget(service: &Service, place: &mut Option<Cursor>, now: Timestamp) -> usize {
    let until = forgotten_until(now);
    let ended = service.store.ended_jobs(until, place.as_ref(), PAGE_ITEMS_MAX).await;
    each(ended, place, "forgetting of a job", |job| forget_one(service, job)).await
}

/// A job that was touched since it was listed is kept for a later look.
async fn forget_one(service: &Service, job: EndedJob) -> Result<Commit, StoreError> {
    let change = Change {
        expects: vec![job.expect],
        writes: vec![Write::RemoveJob(job.id)],
        event: None,
        background: true,
        ..Change::default()
    };
    service.store.commit(change).await
}

/// Forgets records of legal holds that were cancelled long ago.
async fn forget_holds(service: &Service, now: Timestamp) -> usize {
    let ended = service.store.ended_holds(now, None, PAGE_ITEMS_MAX).await;
    let forget = async |key: InRealm<HoldId>| {
        let Some(held) = service.store.hold(&key).await? else { return Ok(Commit::Stale) };
        let change = Change {
            expects: vec![held.expect],
            writes: vec![Write::RemoveHold(key)],
            background: true,
            ..Change::default()
        };
        service.store.commit(change).await
    };
    each(ended, &mut None, "forgetting of a legal hold", forget).await
}

/// Forgets tokens, some at a time. Tells how many.
async fn forget_tokens(service: &Service, now: Timestamp) -> usize {
    let until = Token::forgotten_until(now);
    let forgotten = async {
        let old = service.store.tokens_used_before(until).await?;
        if old == 0 {
            return Ok(0);
        }
        let writes = vec![Write::ForgetTokens(until)];
        let change = Change { writes, background: true, ..Change::default() };
        match service.store.commit(change).await? {
            Commit::Done => Ok(usize::try_from(old).unwrap_or(usize::MAX)),
            Commit::Stale => Ok(0),
        }
    };
    let forgotten: Result<usize, StoreError> = forgotten.await;
    forgotten.unwrap_or_else(|error| {
        tracing::warn!(error = chain(&error), "tokens were not forgotten");
        0
    })
}

/// Has automatic backups taken and removed, and goes on with file systems that go: those alone
/// if the clock is not believed.
async fn look_at_sources(
    service: &Arc<Service>,
    place: &mut Option<Cursor>,
    now: Option<Timestamp>,
) -> usize {
    let until = now.unwrap_or(Timestamp::MIN);
    let due = service.store.due_sources(until, place.as_ref(), PAGE_ITEMS_MAX).await;
    let look = async |key: InRealm<ResourceArn>| match service.look_at_source(key, now).await {
        Ok(commit) => Ok(commit),
        Err(OpsError::Store(error)) => Err(error),
        Err(other) => Err(StoreError::not_done(chain(&other))),
    };
    each(due, place, "look at a file system", look).await
}

/// Has backup plans run. One of which something was done may have more to do at once.
async fn look_at_plans(
    service: &Arc<Service>,
    place: &mut Option<Cursor>,
    now: Timestamp,
) -> usize {
    let due = service.store.due_plans(now, place.as_ref(), PAGE_ITEMS_MAX).await;
    let look = async |key: InRealm<PlanId>| match service.look_at_plan(key, now).await {
        Ok(commit) => Ok(commit),
        Err(OpsError::Store(error)) => Err(error),
        Err(other) => Err(StoreError::not_done(chain(&other))),
    };
    each(due, place, "look at a backup plan", look).await
}

/// Works on every item of a page by itself, and moves on behind it. Tells how many were done.
async fn each<T, F: Future<Output = Result<Commit, StoreError>>>(
    listed: Result<Page<T>, StoreError>,
    place: &mut Option<Cursor>,
    what: &str,
    work: impl Fn(T) -> F,
) -> usize {
    let page = match listed {
        Ok(page) => page,
        Err(error) => {
            *place = None;
            tracing::warn!(error = chain(&error), "it is not known whether the {what} is due");
            return 0;
        }
    };
    *place = page.next;
    let mut ends = stream::iter(page.items).map(work).buffer_unordered(AT_ONCE_MAX);
    let (mut done, mut failures, mut first) = (0, 0_usize, None);
    while let Some(end) = ends.next().await {
        match end {
            Ok(Commit::Done) => done += 1,
            Ok(Commit::Stale) => (),
            Err(error) => {
                failures += 1;
                first.get_or_insert(error);
            }
        }
    }
    // One line, however many there are: they are tried again for as long as they fail.
    if let Some(error) = first {
        tracing::warn!(error = chain(&error), failures, "the {what} failed");
    }
    done
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    fn page(items: std::ops::Range<u8>, next: Option<u8>) -> Page<u8> {
        Page { items: items.collect(), next: next.map(|it| Cursor(vec![it])) }
    }

    #[tokio::test]
    async fn what_fails_or_has_moved_holds_up_nobody_and_is_passed_over() {
        let mut place = None;
        let worked = std::sync::Mutex::new(Vec::new());
        let work = async |item: u8| {
            worked.lock().unwrap().push(item);
            match item % 3 {
                0 => Err(StoreError::not_done("it is damaged")),
                1 => Ok(Commit::Stale),
                _ => Ok(Commit::Done),
            }
        };
        assert_eq!(each(Ok(page(0..9, Some(8))), &mut place, "test", work).await, 3);
        assert_eq!(*worked.lock().unwrap(), (0..9).collect::<Vec<_>>());
        assert_eq!(place, Some(Cursor(vec![8])), "the next look goes on behind them");
        assert_eq!(each(Ok(page(9..10, None)), &mut place, "test", work).await, 0);
        assert_eq!(place, None, "and begins anew at the end");
    }

    #[tokio::test]
    async fn an_item_that_takes_long_lets_the_others_go_on() {
        let waiting = tokio::sync::Notify::new();
        let (mut place, others) = (None, AtomicUsize::new(0));
        let work = async |item: u8| {
            if item == 0 {
                waiting.notified().await;
            } else if others.fetch_add(1, Ordering::Relaxed) == 98 {
                // The last of them.
                waiting.notify_one();
            }
            Ok(Commit::Done)
        };
        assert_eq!(each(Ok(page(0..100, None)), &mut place, "test", work).await, 100);
    }
}
