//! A provider that does what a test tells it to, and remembers what was asked of it.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use sexton_client::{
    AbsenceBy, Class, Facts, Form, Listed, Manner, Named, Options, Order, Place, PlaceFacts,
    Provider, ProviderError, Settles, State, Stop, Survey, Target, Unheard, foretell, look_at,
};
use sexton_core::{BackupArn, Obstacle};

/// How one try of a deletion is answered.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// Accepted, and gone at once.
    Gone,
    /// Accepted, and deleting for this many looks.
    Deleting(u32),
    /// Accepted, and nothing happens.
    Ignored,
    /// Accepted, and left behind.
    Expired(&'static str),
    /// Accepted; then another point has the name.
    Remade,
    /// Carried out, but the reply is lost.
    LostAfter,
    /// Lost on the way there.
    LostBefore,
    /// Refused.
    Fail(ProviderError),
    /// Whoever asks does not live to hear the answer.
    Crash,
}

#[derive(Debug, Clone)]
struct Point {
    state: State,
    created: Timestamp,
    /// Looks until a point that is being deleted is gone.
    looks: u32,
    remade: bool,
}

#[derive(Debug)]
struct FakeState {
    points: BTreeMap<String, Point>,
    answers: HashMap<String, VecDeque<Answer>>,
    /// How points hang together with others, where they do.
    forms: HashMap<String, Form>,
    log: Vec<String>,
    in_flight: usize,
    peak: usize,
    vault: Option<ProviderError>,
    list: Option<ProviderError>,
    describe: Option<ProviderError>,
    /// What the other vaults hold, or why they cannot be read.
    others: BTreeMap<String, Result<Vec<String>, ProviderError>>,
    vaults: Option<ProviderError>,
    /// Nothing gets through to it.
    down: bool,
}

/// The vault that is deleted from.
pub(crate) const VAULT: &str = "v";

#[derive(Debug)]
pub(crate) struct Fake {
    state: Mutex<FakeState>,
    /// How long each request takes.
    pub(crate) latency: Duration,
    /// Points on a page.
    pub(crate) page: usize,
    /// What the vault says of its size, when that is not the truth.
    pub(crate) claimed_points: Option<u64>,
    /// Whether its listing shows nothing, whatever there is.
    pub(crate) shows_nothing: bool,
    pub(crate) manner: Manner,
}

/// A place of the fake, as the engine sees it.
#[derive(Debug)]
struct Bound {
    fake: Arc<Fake>,
    place: String,
}

pub(crate) fn failure(class: Class, code: &str) -> ProviderError {
    ProviderError { class, code: code.to_owned(), message: "as told".to_owned(), request_id: None }
}

/// What point `number` is called.
pub(crate) fn target(number: usize) -> Target {
    Target::point(&arn(number), Some("123456789012"))
}

pub(crate) fn arn(number: usize) -> BackupArn {
    format!("arn:aws:backup:us-east-1:123456789012:recovery-point:{number:06}").parse().unwrap()
}

impl Fake {
    /// A vault that holds points 0 to `points`, all AVAILABLE.
    pub(crate) fn new(points: usize) -> Self {
        let point = Point {
            state: State::Standing,
            created: Timestamp::UNIX_EPOCH,
            looks: 0,
            remade: false,
        };
        let points = (0..points).map(|n| (arn(n).to_string(), point.clone())).collect();
        let state = FakeState {
            points,
            answers: HashMap::new(),
            forms: HashMap::new(),
            log: Vec::new(),
            in_flight: 0,
            peak: 0,
            vault: None,
            list: None,
            describe: None,
            others: BTreeMap::new(),
            vaults: None,
            down: false,
        };
        let state = Mutex::new(state);
        let manner = Manner {
            batch_max: 1,
            settles: Settles::Later,
            unheard: Unheard::SendAgain,
            describe_max: 1,
            absence: AbsenceBy::Name,
            list_page_max: 1000,
            holds_usually: 1_000_000,
            place_noun: "vault",
        };
        let latency = Duration::from_millis(10);
        Self { state, latency, page: 1000, claimed_points: None, shows_nothing: false, manner }
    }

    /// The place that is deleted from.
    pub(crate) fn bound(self: &Arc<Self>) -> Arc<dyn Provider> {
        Arc::new(Bound { fake: Arc::clone(self), place: VAULT.to_owned() })
    }

    /// Has point `number` stand so, whatever is asked for.
    pub(crate) fn standing(self, number: usize, stands: State) -> Self {
        self.state().points.get_mut(arn(number).as_str()).unwrap().state = stands;
        self
    }

    /// Point `number` is a continuous one.
    pub(crate) fn continuous(self, number: usize) -> Self {
        self.state().forms.entry(arn(number).to_string()).or_default().continuous = true;
        self
    }

    /// Points `inside` are nested in point `number`, which is refused as long as any is there.
    pub(crate) fn composite(self, number: usize, inside: &[usize]) -> Self {
        let parent = arn(number).to_string();
        {
            let forms = &mut self.state().forms;
            forms.entry(parent.clone()).or_default().composite = true;
            for it in inside {
                let form = forms.entry(arn(*it).to_string()).or_default();
                form.parent = Some(parent.clone().into_boxed_str());
            }
        }
        self
    }

    /// What was asked of it, in order.
    pub(crate) fn log(&self) -> Vec<String> {
        self.state().log.clone()
    }

    /// Answers the tries of deleting point `number` so; further ones with `Gone`.
    pub(crate) fn answer(self, number: usize, answers: impl IntoIterator<Item = Answer>) -> Self {
        self.state().answers.insert(arn(number).to_string(), answers.into_iter().collect());
        self
    }

    pub(crate) fn fail_vault(self, failure: ProviderError) -> Self {
        self.state().vault = Some(failure);
        self
    }

    pub(crate) fn fail_list(self, failure: ProviderError) -> Self {
        self.state().list = Some(failure);
        self
    }

    pub(crate) fn fail_describe(self, failure: ProviderError) -> Self {
        self.state().describe = Some(failure);
        self
    }

    /// Another vault of the account, and what it holds or why it cannot be read.
    pub(crate) fn other(
        self,
        vault: &str,
        holds: Result<std::ops::Range<usize>, ProviderError>,
    ) -> Self {
        let points = holds.map(|numbers| numbers.map(|n| arn(n).to_string()).collect());
        self.state().others.insert(vault.to_owned(), points);
        self
    }

    pub(crate) fn fail_vaults(self, failure: ProviderError) -> Self {
        self.state().vaults = Some(failure);
        self
    }

    /// From now on nothing gets through to it, or everything does again.
    pub(crate) fn set_down(&self, down: bool) {
        self.state().down = down;
    }

    /// How many requests of this kind were made.
    pub(crate) fn count(&self, kind: &str) -> usize {
        self.state().log.iter().filter(|entry| entry.as_str() == kind).count()
    }

    /// How many points the vault holds.
    pub(crate) fn holds(&self) -> usize {
        self.state().points.len()
    }

    /// The most requests that were in flight at once.
    pub(crate) fn peak(&self) -> usize {
        self.state().peak
    }

    fn state(&self) -> MutexGuard<'_, FakeState> {
        self.state.lock().unwrap()
    }

    async fn travel(&self, kind: &str) -> Result<(), ProviderError> {
        {
            let mut state = self.state();
            state.log.push(kind.to_owned());
            state.in_flight += 1;
            state.peak = state.peak.max(state.in_flight);
        }
        tokio::time::sleep(self.latency).await;
        let mut state = self.state();
        state.in_flight -= 1;
        if state.down { Err(failure(Class::Unreachable, "NoConnection")) } else { Ok(()) }
    }
}

/// Looks at the targets of `order`, and tells what would become of them.
pub(crate) async fn survey(fake: &Arc<Fake>, order: &Order, options: &Options) -> Survey {
    let ((_handle, stop), provider) = (Stop::new(), fake.bound());
    let sights = look_at(&*provider, order, options, &|_| (), stop.clone()).await;
    foretell(&*provider, order, sights, options, false, stop).await
}

fn facts(arn: &str, state: State, created: Timestamp) -> Named {
    let status = match state {
        State::Making => "CREATING",
        State::Standing | State::Kept { .. } | State::Stays { .. } => "COMPLETED",
        State::Leaving => "DELETING",
        State::Left { .. } => "EXPIRED",
    };
    let (size, kind) = (Some(1 << 20), Some("EBS".into()));
    let status = status.into();
    let facts = Facts { state, status, created: Some(created), size, kind, form: None };
    Named { name: arn.to_owned(), facts }
}

/// What one look sees, and what it changes.
fn see(state: &mut FakeState, arn: &str) -> Option<Named> {
    let point = state.points.get_mut(arn)?;
    let mut facts = facts(arn, point.state.clone(), point.created);
    facts.facts.form = state.forms.get(arn).cloned().map(Box::new);
    if point.state == State::Leaving {
        if point.remade {
            point.state = State::Standing;
            point.created = Timestamp::from_second(1_000_000).unwrap();
        } else if point.looks == 0 {
            state.points.remove(arn);
            return None;
        } else {
            point.looks -= 1;
        }
    }
    Some(facts)
}

/// What another vault than [`VAULT`] holds.
fn other(state: &FakeState, vault: &str) -> Option<Result<Vec<Named>, ProviderError>> {
    let facts = |arn: &String| facts(arn, State::Standing, Timestamp::UNIX_EPOCH);
    let holds = state.others.get(vault)?;
    Some(holds.clone().map(|points| points.iter().map(facts).collect()))
}

/// What is nested in `parent` and is there.
fn nested(state: &FakeState, parent: &str) -> Vec<String> {
    let inside = |name: &&String| {
        let form = state.forms.get(*name);
        form.is_some_and(|form| form.parent.as_deref() == Some(parent))
    };
    state.points.keys().filter(inside).cloned().collect()
}

/// How the try of deleting `target` is answered, unless something is in its way.
fn answer(state: &mut FakeState, target: &Target) -> Result<Answer, ProviderError> {
    let answer = state.answers.get_mut(target.name()).and_then(VecDeque::pop_front);
    if let Some(Answer::Fail(failure)) = answer {
        return Err(failure);
    }
    if !nested(state, target.name()).is_empty() {
        return Err(failure(Class::Refused(Obstacle::Nested), "InvalidRequestException"));
    }
    match state.points.get(target.name()).map(|point| &point.state) {
        None => Err(failure(Class::NotFound { target: true }, "ResourceNotFoundException")),
        Some(State::Leaving) => {
            Err(failure(Class::Busy(Obstacle::InUse), "InvalidResourceStateException"))
        }
        Some(State::Stays { .. }) => {
            Err(failure(Class::Refused(Obstacle::NotDeletable), "NotSupport"))
        }
        Some(State::Making | State::Standing | State::Kept { .. } | State::Left { .. }) => {
            match answer {
                Some(Answer::LostBefore) => Err(failure(Class::Lost, "NoAnswer")),
                answer => Ok(answer.unwrap_or(Answer::Gone)),
            }
        }
    }
}

/// Does what was accepted, and says whether the reply arrives.
fn apply(state: &mut FakeState, target: &Target, answer: &Answer) -> Result<(), ProviderError> {
    let point = state.points.get_mut(target.name()).unwrap();
    match answer {
        Answer::Gone => drop(state.points.remove(target.name())),
        Answer::Deleting(looks) => (point.state, point.looks) = (State::Leaving, *looks),
        Answer::Ignored => {}
        Answer::Expired(reason) => {
            let (reason, obstacle) = (Some((*reason).to_owned()), Obstacle::Role);
            point.state = State::Left { reason, obstacle };
        }
        Answer::Remade => (point.state, point.remade) = (State::Leaving, true),
        Answer::LostAfter => {
            state.points.remove(target.name());
            return Err(failure(Class::Lost, "NoAnswer"));
        }
        Answer::LostBefore | Answer::Crash | Answer::Fail(_) => unreachable!("told before"),
    }
    Ok(())
}

#[async_trait]
impl Provider for Bound {
    fn manner(&self) -> Manner {
        self.fake.manner
    }

    fn name(&self) -> &str {
        &self.place
    }

    async fn place(&self) -> Result<PlaceFacts, ProviderError> {
        self.fake.travel("vault").await?;
        let state = self.fake.state();
        if let Some(points) = other(&state, &self.place) {
            let holds = u64::try_from(points?.len()).unwrap();
            return Ok(PlaceFacts { holds: Some(holds), ..PlaceFacts::default() });
        }
        let holds =
            self.fake.claimed_points.unwrap_or_else(|| u64::try_from(state.points.len()).unwrap());
        match &state.vault {
            Some(failure) => Err(failure.clone()),
            None => Ok(PlaceFacts { holds: Some(holds), ..PlaceFacts::default() }),
        }
    }

    async fn delete(&self, batch: &[Target]) -> Result<(), ProviderError> {
        self.fake.travel("delete").await?;
        assert!((1..=self.fake.manner.batch_max).contains(&batch.len()), "{}", batch.len());
        let answers: Result<Vec<Answer>, ProviderError> = {
            let mut state = self.fake.state();
            batch.iter().map(|target| answer(&mut state, target)).collect()
        };
        let answers = answers?;
        assert!(!answers.iter().any(|it| matches!(it, Answer::Crash)), "as told");
        let mut state = self.fake.state();
        let mut reply = Ok(());
        for (target, answer) in batch.iter().zip(&answers) {
            reply = reply.and(apply(&mut state, target, answer));
        }
        reply
    }

    async fn describe(&self, batch: &[&Target]) -> Result<Vec<Named>, ProviderError> {
        self.fake.travel("describe").await?;
        assert!((1..=self.fake.manner.describe_max).contains(&batch.len()), "{}", batch.len());
        let mut state = self.fake.state();
        if let Some(points) = other(&state, &self.place) {
            let missing = failure(Class::NotFound { target: true }, "ResourceNotFoundException");
            let points = points?;
            let find = |target: &&Target| points.iter().find(|it| it.name == target.name());
            let found = batch.iter().map(|target| find(target).cloned());
            return found.collect::<Option<Vec<_>>>().ok_or(missing);
        }
        if let Some(failure) = &state.describe {
            return Err(failure.clone());
        }
        let missing = failure(Class::NotFound { target: false }, "ResourceNotFoundException");
        let found = batch.iter().map(|target| see(&mut state, target.name()));
        found.collect::<Option<Vec<_>>>().ok_or(missing)
    }

    async fn list(&self, token: Option<String>) -> Result<Listed<Named>, ProviderError> {
        self.fake.travel("list").await?;
        let mut state = self.fake.state();
        if let Some(points) = other(&state, &self.place) {
            return Ok(Listed { items: points?, next: None });
        }
        if let Some(failure) = &state.list {
            return Err(failure.clone());
        }
        if self.fake.shows_nothing {
            return Ok(Listed { items: Vec::new(), next: None });
        }
        let (after, page) = (token.unwrap_or_default(), self.fake.page);
        let names: Vec<String> = state.points.range(after..).map(|(arn, _)| arn.clone()).collect();
        let next = names.get(page).cloned();
        let shown: Vec<String> = names.into_iter().take(page).collect();
        let items = shown.iter().filter_map(|arn| see(&mut state, arn)).collect();
        Ok(Listed { items, next })
    }

    async fn nested(
        &self,
        parent: &str,
        _: Option<String>,
    ) -> Result<Listed<String>, ProviderError> {
        self.fake.travel("nested").await?;
        let state = self.fake.state();
        match &state.list {
            Some(failure) => Err(failure.clone()),
            None => Ok(Listed { items: nested(&state, parent), next: None }),
        }
    }

    async fn places(&self, _: Option<String>) -> Result<Listed<Place>, ProviderError> {
        self.fake.travel("vaults").await?;
        let state = self.fake.state();
        if let Some(failure) = &state.vaults {
            return Err(failure.clone());
        }
        let names = state.others.keys().cloned().chain([VAULT.to_owned()]);
        let place = |name: String| {
            let bound = Self { fake: Arc::clone(&self.fake), place: name.clone() };
            Place { name, provider: Some(Arc::new(bound)) }
        };
        Ok(Listed { items: names.map(place).collect(), next: None })
    }
}
