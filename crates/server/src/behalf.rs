//! On whose behalf a task works: which request, of whom, and whether the audit trail tells of it.
//!
//! An event that is made while a request is answered says which one. A call that would change
//! something, and of which no event tells when it is answered, gets one of its own.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use jiff::Timestamp;
use sexton_core::{
    CallsTold, Connection, Event, EventKind, RoleArn, Stated, Tags, Untold, Via, chain,
};
use sexton_store::{Change, Commit, StoreError};
use sexton_wire::{apsara, aws};

use crate::auth::Caller;
use crate::service::{Service, event, server_event};

/// The most characters of what a call is asked of: an ARN, or a hundred backup sets.
const RESOURCE_CHARS_MAX: usize = 1200;

/// The most characters of what it is answered.
const MESSAGE_CHARS_MAX: usize = 300;

/// The longest name of a call. Those that are served are shorter.
const NAME_CHARS_MAX: usize = 64;

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
    /// The tags that it had when its rights were read last, once that is known.
    role_tags: Mutex<Option<Arc<Tags>>>,
    connection: Connection,
    via: Via,
    /// What the request says of which policies may ask, once that is known.
    stated: OnceLock<Arc<Stated>>,
    /// What is asked for.
    call: Mutex<Option<(String, String)>>,
    /// Whether nothing is to be told of it: it can change nothing, or it is counted already.
    quiet: AtomicBool,
    /// Whether there is an event of it.
    told: AtomicBool,
}

/// The role of the session for which this task works, if it does for one.
pub(crate) fn role() -> Option<RoleArn> {
    BEHALF.try_with(|it| it.role.clone()).ok().flatten()
}

/// The role of the session for which this task works has these tags; nothing if there is no such
/// role any more.
pub(crate) fn note_role_tags(tags: Option<Tags>) {
    // Nobody is asked where the task works for nobody.
    let (Ok(()) | Err(_)) = BEHALF.try_with(|it| *lock(&it.role_tags) = tags.map(Arc::new));
}

/// The tags of that role, if they are known.
pub(crate) fn role_tags() -> Option<Arc<Tags>> {
    BEHALF.try_with(|it| lock(&it.role_tags).clone()).ok().flatten()
}

/// The connection over which the request came that this task answers, if it answers one.
pub(crate) fn connection() -> Option<Connection> {
    BEHALF.try_with(|it| it.connection).ok()
}

/// The request that this task answers says this, of all that policies may ask.
pub(crate) fn note_stated(stated: Stated) {
    // Nobody is asked where the task works for nobody.
    let (Ok(()) | Err(_)) = BEHALF.try_with(|it| drop(it.stated.set(Arc::new(stated))));
}

/// What the request says that this task answers, if it answers one, and it is known.
pub(crate) fn stated() -> Option<Arc<Stated>> {
    BEHALF.try_with(|it| it.stated.get().cloned()).ok().flatten()
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
        *lock(&it.call) = Some((name(call), cut(resource, RESOURCE_CHARS_MAX)));
    });
}

/// No event is to tell of what is asked for: it changes nothing, or is counted already.
pub(crate) fn note_quiet() {
    let (Ok(()) | Err(_)) = BEHALF.try_with(|it| it.quiet.store(true, Ordering::Relaxed));
}

/// The unique id of whoever signed the request that this task answers, if it answers one.
pub(crate) fn signer() -> Option<String> {
    BEHALF.try_with(|it| it.via.id.clone()).ok()
}

fn cut(text: &str, chars_max: usize) -> String {
    text.chars().take(chars_max).collect()
}

/// The name of a call; what cannot be one, and anybody may make up, has one name for all of it.
fn name(call: &str) -> String {
    let is_name = |it: char| it.is_ascii_alphanumeric() || it == ':';
    let service = call.split_once(':').map_or("sexton", |(service, _)| service);
    if call.len() <= NAME_CHARS_MAX && call.chars().all(is_name) {
        call.to_owned()
    } else {
        format!("{}:Unknown", cut(service, 16))
    }
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
        let (call, stated, role_tags) = (Mutex::default(), OnceLock::new(), Mutex::default());
        let [quiet, told] = [AtomicBool::default(), AtomicBool::default()];
        let work = async {
            let ended = work.await;
            self.tell_call(caller, ended.as_ref().err(), now).await;
            ended
        };
        let behalf = Behalf { role, role_tags, connection, via, stated, call, quiet, told };
        BEHALF.scope(behalf, work).await
    }

    async fn tell_call<E: Refuses>(
        &self,
        caller: &Caller,
        failed: Option<&Failed<E>>,
        now: Timestamp,
    ) {
        let noted = BEHALF.try_with(|it| {
            let is = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
            lock(&it.call).clone().filter(|_| !is(&it.quiet)).map(|call| (call, is(&it.told)))
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
            Some(refusal) => (
                Some(cut(refusal.name, NAME_CHARS_MAX)),
                Some(cut(refusal.message, MESSAGE_CHARS_MAX)),
            ),
        };
        let one = Untold::one(caller.counted_as(), &call, now);
        let kind = EventKind::Called { call, resource, error, message };
        if let Err(error) = self.tell(event(now, &caller.by, &caller.realm, kind)).await {
            // It may stand there all the same, and is not counted beside.
            let may_be_told = matches!(error, StoreError::Unknown(_));
            let (error, by) = (chain(&error), &caller.by.0);
            tracing::error!(error, by, "a call could not be told to the audit trail");
            if !may_be_told {
                self.calls.with(|calls| calls.put_back(one));
            }
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
    fn what_is_no_name_of_a_call_has_one_name_for_all_of_it() {
        assert_eq!(name("iam:CreateRole"), "iam:CreateRole");
        for made_up in ["iam:Create Role", "iam:\u{1}", &format!("iam:{}", "x".repeat(64))] {
            assert_eq!(name(made_up), "iam:Unknown");
        }
        assert!(name(&"x".repeat(9999)).len() < NAME_CHARS_MAX);
    }

    #[tokio::test]
    async fn whoever_takes_on_roles_too_often_is_counted_once_for_each() {
        let service = Service::in_memory();
        let realm = sexton_core::Realm::new("us-east-1", "123456789012");
        let caller = Caller::of_tests(realm);
        let connection = Connection { address: [127, 0, 0, 1].into(), encrypted: false };
        let origin = Origin { request: "r".to_owned(), connection };
        let ask = async || {
            let work = async {
                note_call("sts:AssumeRole", "*");
                if service.is_told(&caller, "sts:AssumeRole", Timestamp::UNIX_EPOCH) {
                    // As if it was done, and told.
                    note_event();
                    return Ok(());
                }
                note_quiet();
                Err(Failed::new(aws::sts::Error::throttled(), None))
            };
            service.on_behalf(&caller, &origin, Timestamp::UNIX_EPOCH, work).await.is_ok()
        };
        let mut done = 0;
        for _ in 0..1003 {
            done += u64::from(ask().await);
        }
        let untold = service.calls.with(CallsTold::take_untold);
        let counted = untold.first().map(|it| it.calls["sts:AssumeRole"]);
        assert_eq!((done, counted), (1000, Some(3)));
        assert_eq!(service.store.events(0, 10).await.unwrap(), []);
    }

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
