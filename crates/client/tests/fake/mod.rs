//! A provider that does what a test tells it to, and remembers what was asked of it.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use sexton_client::{
    BackupProvider, Class, Failure, Page, PointFacts, PointStatus, VaultFacts, VaultPage,
};
use sexton_core::{BackupArn, VaultName};

/// How one try of a deletion is answered.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// Accepted, and gone at once.
    Gone,
    /// Accepted, and deleting for this many looks.
    Deleting(u32),
    /// Accepted, and left behind.
    Expired(&'static str),
    /// Accepted; the name is then borne by another point.
    Remade,
    /// Carried out, but the reply is lost.
    LostAfter,
    /// Lost on the way there.
    LostBefore,
    /// Refused.
    Fail(Failure),
    /// Whoever asks does not live to hear the answer.
    Crash,
}

#[derive(Debug, Clone)]
struct Point {
    status: PointStatus,
    message: Option<String>,
    created: Timestamp,
    /// Looks until a point that is being deleted is gone.
    looks: u32,
    remade: bool,
}

#[derive(Debug)]
struct State {
    points: BTreeMap<String, Point>,
    answers: HashMap<String, VecDeque<Answer>>,
    log: Vec<String>,
    in_flight: usize,
    peak: usize,
    vault: Option<Failure>,
    list: Option<Failure>,
    describe: Option<Failure>,
    /// What the other vaults hold, or why they cannot be read.
    others: BTreeMap<String, Result<Vec<String>, Failure>>,
    vaults: Option<Failure>,
}

/// The vault that is deleted from.
pub(crate) const VAULT: &str = "v";

#[derive(Debug)]
pub(crate) struct Fake {
    state: Mutex<State>,
    /// How long each request takes.
    pub(crate) latency: Duration,
    /// Points on a page.
    pub(crate) page: usize,
    /// What the vault says of its size, when that is not the truth.
    pub(crate) claimed_points: Option<u64>,
}

pub(crate) fn failure(class: Class, code: &str) -> Failure {
    Failure { class, code: code.to_owned(), message: "as told".to_owned(), request_id: None }
}

pub(crate) fn arn(number: usize) -> BackupArn {
    format!("arn:aws:backup:us-east-1:123456789012:recovery-point:{number:06}").parse().unwrap()
}

impl Fake {
    /// A vault that holds points 0 to `points`, all AVAILABLE.
    pub(crate) fn new(points: usize) -> Self {
        let point = Point {
            status: PointStatus::Available,
            message: None,
            created: Timestamp::UNIX_EPOCH,
            looks: 0,
            remade: false,
        };
        let points = (0..points).map(|n| (arn(n).to_string(), point.clone())).collect();
        let state = State {
            points,
            answers: HashMap::new(),
            log: Vec::new(),
            in_flight: 0,
            peak: 0,
            vault: None,
            list: None,
            describe: None,
            others: BTreeMap::new(),
            vaults: None,
        };
        let state = Mutex::new(state);
        Self { state, latency: Duration::from_millis(10), page: 1000, claimed_points: None }
    }

    /// Answers the tries of deleting point `number` so; further ones with `Gone`.
    pub(crate) fn answer(self, number: usize, answers: impl IntoIterator<Item = Answer>) -> Self {
        self.state().answers.insert(arn(number).to_string(), answers.into_iter().collect());
        self
    }

    pub(crate) fn fail_vault(self, failure: Failure) -> Self {
        self.state().vault = Some(failure);
        self
    }

    pub(crate) fn fail_list(self, failure: Failure) -> Self {
        self.state().list = Some(failure);
        self
    }

    pub(crate) fn fail_describe(self, failure: Failure) -> Self {
        self.state().describe = Some(failure);
        self
    }

    /// Another vault of the account, and what it holds or why it cannot be read.
    pub(crate) fn other(self, vault: &str, holds: Result<std::ops::Range<usize>, Failure>) -> Self {
        let points = holds.map(|numbers| numbers.map(|n| arn(n).to_string()).collect());
        self.state().others.insert(vault.to_owned(), points);
        self
    }

    pub(crate) fn fail_vaults(self, failure: Failure) -> Self {
        self.state().vaults = Some(failure);
        self
    }

    /// How many requests of this kind were made.
    pub(crate) fn count(&self, kind: &str) -> usize {
        self.state().log.iter().filter(|entry| entry.as_str() == kind).count()
    }

    /// The most requests that were in flight at once.
    pub(crate) fn peak(&self) -> usize {
        self.state().peak
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    async fn travel(&self, kind: &str) {
        {
            let mut state = self.state();
            state.log.push(kind.to_owned());
            state.in_flight += 1;
            state.peak = state.peak.max(state.in_flight);
        }
        tokio::time::sleep(self.latency).await;
        self.state().in_flight -= 1;
    }
}

/// What one look sees, and what it changes.
fn see(state: &mut State, arn: &str) -> Option<PointFacts> {
    let point = state.points.get_mut(arn)?;
    let facts = PointFacts {
        arn: arn.to_owned(),
        status: point.status.clone(),
        message: point.message.clone(),
        created: Some(point.created),
    };
    if point.status == PointStatus::Deleting {
        if point.remade {
            point.status = PointStatus::Available;
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
fn other(state: &State, vault: &VaultName) -> Option<Result<Vec<PointFacts>, Failure>> {
    let facts = |arn: &String| PointFacts {
        arn: arn.clone(),
        status: PointStatus::Completed,
        message: None,
        created: Some(Timestamp::UNIX_EPOCH),
    };
    let holds = state.others.get(vault.as_str())?;
    Some(holds.clone().map(|points| points.iter().map(facts).collect()))
}

#[async_trait]
impl BackupProvider for Fake {
    async fn describe_vault(&self, vault: &VaultName) -> Result<VaultFacts, Failure> {
        self.travel("vault").await;
        let state = self.state();
        if let Some(points) = other(&state, vault) {
            let points = u64::try_from(points?.len()).unwrap();
            return Ok(VaultFacts { points, ..VaultFacts::default() });
        }
        let points =
            self.claimed_points.unwrap_or_else(|| u64::try_from(state.points.len()).unwrap());
        match &state.vault {
            Some(failure) => Err(failure.clone()),
            None => Ok(VaultFacts { points, ..VaultFacts::default() }),
        }
    }

    async fn delete(&self, _: &VaultName, arn: &BackupArn) -> Result<(), Failure> {
        self.travel("delete").await;
        let mut state = self.state();
        let answer = state.answers.get_mut(arn.as_str()).and_then(VecDeque::pop_front);
        let answer = answer.unwrap_or(Answer::Gone);
        let lost = Err(failure(Class::Lost, "NoAnswer"));
        if let Answer::Fail(failure) = answer {
            return Err(failure);
        }
        let Some(point) = state.points.get_mut(arn.as_str()) else {
            return Err(failure(Class::NotFound { point: true }, "ResourceNotFoundException"));
        };
        if point.status == PointStatus::Deleting {
            return Err(failure(Class::Busy, "InvalidResourceStateException"));
        }
        match answer {
            Answer::Gone => {
                state.points.remove(arn.as_str());
                Ok(())
            }
            Answer::Deleting(looks) => {
                (point.status, point.looks) = (PointStatus::Deleting, looks);
                Ok(())
            }
            Answer::Expired(reason) => {
                point.status = PointStatus::Expired;
                point.message = Some(reason.to_owned());
                Ok(())
            }
            Answer::Remade => {
                (point.status, point.remade) = (PointStatus::Deleting, true);
                Ok(())
            }
            Answer::LostAfter => {
                state.points.remove(arn.as_str());
                lost
            }
            Answer::LostBefore => lost,
            Answer::Crash => {
                drop(state);
                panic!("as told")
            }
            Answer::Fail(failure) => Err(failure),
        }
    }

    async fn describe(&self, vault: &VaultName, arn: &BackupArn) -> Result<PointFacts, Failure> {
        self.travel("describe").await;
        let mut state = self.state();
        if let Some(points) = other(&state, vault) {
            let missing = failure(Class::NotFound { point: true }, "ResourceNotFoundException");
            return points?.into_iter().find(|it| it.arn == arn.as_str()).ok_or(missing);
        }
        if let Some(failure) = &state.describe {
            return Err(failure.clone());
        }
        let missing = failure(Class::NotFound { point: false }, "ResourceNotFoundException");
        see(&mut state, arn.as_str()).ok_or(missing)
    }

    async fn list(&self, vault: &VaultName, token: Option<String>) -> Result<Page, Failure> {
        self.travel("list").await;
        let mut state = self.state();
        if let Some(points) = other(&state, vault) {
            return Ok(Page { points: points?, next: None });
        }
        if let Some(failure) = &state.list {
            return Err(failure.clone());
        }
        let after = token.unwrap_or_default();
        let names: Vec<String> = state.points.range(after..).map(|(arn, _)| arn.clone()).collect();
        let next = names.get(self.page).cloned();
        let shown: Vec<String> = names.into_iter().take(self.page).collect();
        let points = shown.iter().filter_map(|arn| see(&mut state, arn)).collect();
        Ok(Page { points, next })
    }

    async fn list_vaults(&self, _: Option<String>) -> Result<VaultPage, Failure> {
        self.travel("vaults").await;
        let state = self.state();
        if let Some(failure) = &state.vaults {
            return Err(failure.clone());
        }
        let others = state.others.keys().cloned();
        Ok(VaultPage { names: others.chain([VAULT.to_owned()]).collect(), next: None })
    }
}
