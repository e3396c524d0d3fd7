//! What the sweep needs of a cloud, and nothing more.
//!
//! A provider is bound to one place when it is made: a vault, the file systems of a region,
//! an instance. Two kinds of implementation exist: the clouds through their official SDKs,
//! or signed requests, and the scripted provider of the tests. An implementation makes one
//! request per call and never retries by itself: retrying is decided in one place, for the
//! whole run.

pub(crate) mod apsara_rds;
pub(crate) mod aws;
pub(crate) mod aws_backup;
pub(crate) mod fsx;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use sexton_core::{Obstacle, Outcome, Plain};

use crate::classify::Class;

/// One place of a cloud that holds what can be deleted.
#[async_trait]
pub trait Provider: fmt::Debug + Send + Sync {
    /// How the service does things. Always the same.
    fn manner(&self) -> Manner;

    /// The name of the place.
    fn name(&self) -> &str;

    /// Reads the place. An error is never to be taken for "it does not exist".
    async fn place(&self) -> Result<PlaceFacts, ProviderError>;

    /// Asks for the deletion of at most [`Manner::batch_max`] targets: of all of them, or of
    /// none. `Ok` means accepted, not done.
    async fn delete(&self, batch: &[Target]) -> Result<(), ProviderError>;

    /// Reads at most [`Manner::describe_max`] targets: all of them, in any order, or none.
    async fn describe(&self, batch: &[&Target]) -> Result<Vec<Named>, ProviderError>;

    /// Reads one page of what is in the place, from the start or from where `token` says.
    /// A page of another place is an error.
    async fn list(&self, token: Option<String>) -> Result<Listed<Named>, ProviderError>;

    /// Reads one page of the names of what is nested in the target with the name `parent`, and so
    /// goes before it, from the start or from where `token` says.
    async fn nested(
        &self,
        _parent: &str,
        _token: Option<String>,
    ) -> Result<Listed<String>, ProviderError> {
        Ok(Listed { items: Vec::new(), next: None })
    }

    /// Reads one page of the places where a target could be instead, from the start or from
    /// where `token` says. This place may be among them.
    async fn places(&self, token: Option<String>) -> Result<Listed<Place>, ProviderError>;
}

/// How a service does things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manner {
    /// The most targets that one deletion can name.
    pub batch_max: usize,
    /// When a deletion that was accepted has been done.
    pub settles: Settles,
    /// What to do about a deletion that got no answer.
    pub unheard: Unheard,
    /// The most targets that one request can read.
    pub describe_max: usize,
    /// What proves that a target is not in the place.
    pub absence: AbsenceBy,
    /// The most targets that one page of a listing can hold.
    pub list_page_max: u16,
    /// How many targets a place holds of which that is not known.
    pub holds_usually: u64,
    /// What a place is called, in messages: "vault".
    pub place_noun: &'static str,
}

/// When a deletion that was accepted has been done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settles {
    /// Some time afterwards. Until then the target may look as it did before.
    Later,
    /// Before the answer. A target that is still there will not go because of it.
    AtOnce,
}

/// What to do about a deletion that got no answer, and so may have been done or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unheard {
    /// Send it again: the service knows a deletion that it has seen.
    SendAgain,
    /// Look first. What has gone meanwhile was deleted, and what still stands is asked for again:
    /// a deletion by id that is done twice deletes nothing else.
    LookFirst,
}

/// What proves that a target is not in a place that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AbsenceBy {
    /// The service says so of each by its name, or a listing does not show it.
    Name,
    /// Only a listing that was read whole. That nothing is told by a name proves nothing.
    Listing,
}

/// What is to be deleted, by the name that its service has for it. It is made by a provider's
/// module, of a name that was parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    name: String,
    /// Why "not found" proves nothing of this one, if it does not.
    doubt: Option<Box<str>>,
    /// Whether somebody saw it in the place before the run: what is not there any more has gone.
    seen: bool,
}

impl Target {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// One of which nobody has seen anything yet.
    fn unseen(name: &str, doubt: Option<String>) -> Self {
        Self { name: name.to_owned(), doubt: doubt.map(String::into_boxed_str), seen: false }
    }

    /// Why "not found" proves nothing of this one, if it does not.
    pub(crate) fn doubt(&self) -> Option<&str> {
        self.doubt.as_deref()
    }

    /// Whether somebody saw it in the place before the run.
    pub(crate) fn was_seen(&self) -> bool {
        self.seen
    }

    /// Takes note that somebody saw it in the place.
    pub(crate) fn note_seen(&mut self) {
        self.seen = true;
    }
}

/// What is known of a place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlaceFacts {
    /// The account that it belongs to.
    pub account: Option<String>,
    /// About how many targets it holds, where the service counts them.
    pub holds: Option<u64>,
    /// Whether a lock keeps everything in it from being deleted.
    pub locked: bool,
    /// Whether it was made so that nobody ever deletes from it.
    pub air_gapped: bool,
    /// From when on the lock is immutable.
    pub lock_date: Option<Timestamp>,
}

/// One target, as a service tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// What is told.
    pub facts: Facts,
}

/// What is known of a target. A run may hold millions of these: words that are known take no
/// room of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// How it stands.
    pub state: State,
    /// The service's own word for that.
    pub status: Cow<'static, str>,
    /// When it was made, as the service tells it.
    pub created: Option<Timestamp>,
    /// How many bytes it has, as the service tells it.
    pub size: Option<u64>,
    /// What kind of backup it is: of what, with AWS Backup; by whom, with FSx.
    pub kind: Option<Cow<'static, str>>,
    /// How it hangs together with others, and with what it is a backup of, if it does.
    pub form: Option<Box<Form>>,
}

/// How a target hangs together with others, and with what it is a backup of. Most have none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    /// It goes on taking up what changes: without it, nobody can restore to a time any more.
    pub continuous: bool,
    /// Others are nested in it, which have to go first.
    pub composite: bool,
    /// The name of what it is nested in.
    pub parent: Option<Box<str>>,
}

impl Facts {
    /// How its service would refuse the deletion of what it shows as staying, or as being made:
    /// one of these would keep all others of a request.
    pub(crate) fn refusal(&self) -> Option<ProviderError> {
        match &self.state {
            State::Stays { obstacle, reason } => {
                Some(ProviderError::stays(*obstacle, reason.as_deref()))
            }
            State::Making => Some(ProviderError::stays(Obstacle::InUse, Some(MAKING))),
            State::Standing | State::Kept { .. } | State::Leaving | State::Left { .. } => None,
        }
    }
}

/// How a target stands, as far as a deletion is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It is being made, and cannot be deleted yet.
    Making,
    /// It is there.
    Standing,
    /// It is there, and only another service deletes it.
    Kept {
        /// The ARN of what it is a backup of, by which that service finds it.
        source: Option<String>,
    },
    /// It is there, and its service says that it cannot be deleted now.
    Stays {
        /// What stands in the way.
        obstacle: Obstacle,
        /// What is known of that besides.
        reason: Option<Box<str>>,
    },
    /// A deletion is under way.
    Leaving,
    /// A deletion has failed for good.
    Left {
        /// What the service says of it.
        reason: Option<String>,
        /// What stood in the way.
        obstacle: Obstacle,
    },
}

/// One page of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Where the next page begins; nothing after the last.
    pub next: Option<String>,
}

/// A place where a target could be.
#[derive(Debug, Clone)]
pub struct Place {
    /// Its name, as the service tells it.
    pub name: String,
    /// The way there; nothing if this is no name that can be asked for.
    pub provider: Option<Arc<dyn Provider>>,
}

/// A request that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}", Plain(code), Plain(message))]
pub struct ProviderError {
    /// What to make of it.
    pub class: Class,
    /// The service's name for it, or ours when there was no answer.
    pub code: String,
    /// The service's own words.
    pub message: String,
    /// The service's id of the request.
    pub request_id: Option<String>,
}

impl ProviderError {
    /// One that no service has said: nothing was asked, or no answer came that can be understood.
    pub fn local(class: Class, code: &str, message: impl Into<String>) -> Self {
        Self { class, code: code.to_owned(), message: message.into(), request_id: None }
    }

    /// The refusal of what its service shows as staying: nobody asked for it.
    pub fn stays(obstacle: Obstacle, reason: Option<&str>) -> Self {
        let message = reason.unwrap_or(STAYS);
        Self::local(Class::Refused(obstacle), "NotDeletable", message)
    }

    /// Whether what refused the request did not name its error, as every refusal of a known
    /// service does: it is probably something else that answers at the address.
    pub fn is_nameless(&self) -> bool {
        self.code.starts_with(NAMELESS)
    }

    /// The outcome of a deletion that the service refused, for what stands in the way.
    pub(crate) fn refused(self, obstacle: Obstacle) -> Outcome {
        let Self { class: _, code, message, request_id } = self;
        Outcome::Refused { code, message, obstacle, request_id }
    }
}

/// What is said of what stays for no reason that is known.
pub(crate) const STAYS: &str = "the service says that it cannot be deleted now";

/// What is said of what is not whole yet.
pub(crate) const MAKING: &str = "it is still being made";

/// How a failure is named that has only an HTTP status.
pub(crate) const NAMELESS: &str = "HTTP ";
