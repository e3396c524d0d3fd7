//! On whose behalf a task works: which request, of whom, and whether the audit trail tells of it.
//!
//! An event that is made while a request is answered says which one. A call that would change
//! something, and of which no event tells when it is answered, gets one of its own.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};

use jiff::Timestamp;
use sexton_core::{CallsTold, Connection, Event, EventKind, RoleArn, Untold, Via, chain};
use sexton_store::{Change, Commit, StoreError};
use sexton_wire::{apsara, aws};

use crate::auth::Caller;
use crate::service::{Service, event, server_event};

/// The most characters of a text that an event has of a call: an ARN, or a hundred backup sets.
const CHARS_MAX: usize = 1200;

/// What a request comes with beside what it asks for.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    /// Its id, as the reply and the log have it.
    pub(crate) request: String,
    /// Over which connection it came.
    pub(crate) connection: Connection,
}

tokio::task_local! {
    static BEHALF: Behalf;
}

/// On whose behalf a task works.
struct Behalf {
    /// The role, if it is for a session: its name does not tell the path of its role, which
    /// policies of vaults are asked about.
    role: Option<RoleArn>,
    connection: Connection,
    via: Via,
    /// What is asked for.
    call: Mutex<Option<(String, String)>>,
    /// Whether it can change nothing, whatever its name.
    reads: AtomicBool,
    /// Whether there is an event of it.
    told: AtomicBool,
}

/// The role of the session for which this task works, if it does for one.
pub(crate) fn role() -> Option<RoleArn> {
    BEHALF.try_with(|it| it.role.clone()).ok().flatten()
}

/// The connection over which the request came that this task answers, if it answers one.
pub(crate) fn connection() -> Option<Connection> {
    BEHALF.try_with(|it| it.connection).ok()
}

/// An event is made: the request that it comes from, if this task works for one.
pub(crate) fn note_event() -> Option<Via> {
    let of_request = BEHALF.try_with(|it| {
        it.told.store(true, Ordering::Relaxed);
        it.via.clone()
    });
    of_request.ok()
}

/// What was decided so far is decided again, and its event was not written down.
pub(crate) fn forget_event() {
    // Nothing to forget where the task works for nobody.
    let (Ok(()) | Err(_)) = BEHALF.try_with(|it| it.told.store(false, Ordering::Relaxed));
}

/// This is asked for: as far as it is known when it is noted for the last time.
pub(crate) fn note_call(call: &str, resource: &str) {
    let (Ok(()) | Err(_)) = BEHALF.try_with(|it| {
        *lock(&it.call) = Some((cut(call), cut(resource)));
    });
}

/// What is asked for changes nothing.
pub(crate) fn note_reading() {
    let (Ok(()) | Err(_)) = BEHALF.try_with(|it| it.reads.store(true, Ordering::Relaxed));
}

fn cut(text: &str) -> String {
    text.chars().take(CHARS_MAX).collect()
}

fn lock<T>(it: &Mutex<T>) -> MutexGuard<'_, T> {
    it.lock().expect("no holder of this lock panics")
}

/// How a call is refused, in words that do not depend on the protocol.
pub(crate) struct Refusal<'a> {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The name of the error.
    pub(crate) name: &'a str,
    /// For people.
    pub(crate) message: &'a str,
}

/// Refuses a call.
pub(crate) trait Refuses {
    /// How.
    fn refusal(&self) -> Refusal<'_>;
}

impl Refuses for aws::WireError {
    fn refusal(&self) -> Refusal<'_> {
        Refusal { status: self.status, name: self.name, message: &self.message }
    }
}

impl Refuses for aws::fsx::Error {
    fn refusal(&self) -> Refusal<'_> {
        Refusal { status: self.status, name: self.name, message: &self.message }
    }
}

impl Refuses for aws::iam::Error {
    fn refusal(&self) -> Refusal<'_> {
        Refusal { status: self.status, name: self.code, message: &self.message }
    }
}

impl Refuses for aws::sts::Error {
    fn refusal(&self) -> Refusal<'_> {
        Refusal { status: self.status, name: self.code, message: &self.message }
    }
}

impl Refuses for apsara::Error {
    fn refusal(&self) -> Refusal<'_> {
        Refusal { status: self.status, name: &self.code, message: &self.message }
    }
}

/// Why an answer is no success: what is told, and all causes for the log alone.
pub(crate) struct Failed<E> {
    pub(crate) error: E,
    pub(crate) cause: Option<String>,
}

impl<E> Failed<E> {
    pub(crate) fn new(error: E, cause: Option<String>) -> Self {
        Self { error, cause }
    }
}

/// What the audit trail was told of calls.
#[derive(Debug, Default)]
pub struct Calls(Mutex<CallsTold>);

impl Calls {
    fn with<T>(&self, work: impl FnOnce(&mut CallsTold) -> T) -> T {
        work(&mut lock(&self.0))
    }
}

/// Whether a call of this name changes nothing, whatever becomes of it.
fn only_reads(call: &str) -> bool {
    let name = call.split_once(':').map_or(call, |(_, name)| name);
    ["Get", "List", "Describe"].iter().any(|verb| name.starts_with(verb))
}

impl Service {
    /// Does `work` for whoever asks. If it is a call that would change something, and no event
    /// tells of it, one is written down before it is answered.
    pub(crate) async fn on_behalf<T, E: Refuses>(
        &self,
        caller: &Caller,
        origin: &Origin,
        now: Timestamp,
        work: impl Future<Output = Result<T, Failed<E>>>,
    ) -> Result<T, Failed<E>> {
        let Origin { request, connection } = origin.clone();
        let via =
            Via { request, address: connection.address, key: caller.key.clone(), id: caller.id() };
        let role = caller.session().map(|session| session.role.clone());
        let call = Mutex::default();
        let [reads, told] = [AtomicBool::default(), AtomicBool::default()];
        let work = async {
            let ended = work.await;
            self.tell_call(caller, ended.as_ref().err(), now).await;
            ended
        };
        BEHALF.scope(Behalf { role, connection, via, call, reads, told }, work).await
    }

    async fn tell_call<E: Refuses>(
        &self,
        caller: &Caller,
        failed: Option<&Failed<E>>,
        now: Timestamp,
    ) {
        let noted = BEHALF.try_with(|it| {
            let is = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
            lock(&it.call).clone().filter(|_| !is(&it.reads)).map(|call| (call, is(&it.told)))
        });
        let Ok(Some(((call, resource), told))) = noted else { return };
        let refusal = failed.map(|it| it.error.refusal());
        let is_over = refusal.as_ref().is_some_and(|it| it.status >= 500);
        // What failed is no answer: nobody knows what became of it, or it is asked again.
        if only_reads(&call) || is_over || (told && refusal.is_none()) {
            return;
        }
        if !self.is_told(caller, &call, now) {
            return;
        }
        let (error, message) = match &refusal {
            None => (None, None),
            Some(refusal) => (Some(cut(refusal.name)), Some(cut(refusal.message))),
        };
        let one = Untold::one(caller.counted_as(), &call, now);
        let kind = EventKind::Called { call, resource, error, message };
        if let Err(error) = self.tell(event(now, &caller.by, &caller.realm, kind)).await {
            let (error, by) = (chain(&error), &caller.by.0);
            tracing::error!(error, by, "a call could not be told to the audit trail");
            self.calls.with(|calls| calls.put_back(one));
        }
    }

    /// Whether a call is told by itself. If not, it is counted.
    pub(crate) fn is_told(&self, caller: &Caller, call: &str, now: Timestamp) -> bool {
        self.calls.with(|calls| calls.decide(&caller.counted_as(), call, now))
    }

    /// Tells the audit trail of the calls that were counted.
    pub(crate) async fn tell_counted(&self, now: Timestamp) {
        for untold in self.calls.with(CallsTold::take_untold) {
            let Untold { by, calls, since } = untold.clone();
            let kind = EventKind::CalledMore { calls, since };
            if let Err(error) = self.tell(server_event(now, &by, kind)).await {
                let error = chain(&error);
                tracing::error!(error, by = by.0, "calls could not be told to the audit trail");
                self.calls.with(|calls| calls.put_back(untold));
            }
        }
    }

    /// Writes down an event that changes nothing.
    pub(crate) async fn tell(&self, event: Event) -> Result<(), StoreError> {
        let change = Change { event: Some(event), ..Change::default() };
        match self.store.commit(change).await? {
            Commit::Done => Ok(()),
            Commit::Stale => Err(StoreError::not_done("nothing was read that could be stale")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_only_reads_is_told_by_its_verb() {
        for call in ["backup:ListTags", "sexton:GetLog", "rds:DescribeBackups"] {
            assert!(only_reads(call), "{call}");
        }
        for call in ["backup:DeleteRecoveryPoint", "iam:PutRolePolicy", "sexton:Administer"] {
            assert!(!only_reads(call), "{call}");
        }
    }
}
