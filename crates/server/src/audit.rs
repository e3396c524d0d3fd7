//! The audit trail in the data folder of a server that is stopped: checked from its first event to
//! its last, and read. Nothing is changed.

use std::ops::ControlFlow;
use std::path::Path;

use sexton_core::Event;
use sexton_store::Cause;
use sexton_store::certificate::{LogError, SignedTrail};
use sexton_store::sqlite::ReadOnly;
use sexton_store::trail::{Finding, Link, Walk};

use crate::stopped::{self, StoppedError};

/// Why the trail was not read to its end.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The data folder is not opened.
    #[error(transparent)]
    Folder(#[from] StoppedError),
    /// The metadata.
    #[error("the audit trail cannot be read")]
    Read(#[source] Cause),
    /// The newest checkpoint, or the key that signed it.
    #[error("what was signed of the audit trail is not known")]
    Signed(#[source] LogError),
    /// An event that this program does not know.
    #[error("event {0} is none that this program knows")]
    Unknown(u64),
}

/// What was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// The number of the last event.
    pub events: u64,
    /// Its hash, in hexadecimal digits: whoever keeps it elsewhere can tell later that nothing
    /// before it was rewritten.
    pub head: String,
    /// How much was found.
    pub findings: u64,
}

/// Whether a server has this data folder, and is to be asked for its trail.
pub fn is_in_use(folder: &Path) -> bool {
    matches!(stopped::look_at(folder), Err(StoppedError::InUse(_)))
}

/// Follows the chain of hashes from the first event to the last, and holds its length and its
/// hash against the newest checkpoint of the certificates' log. `tell` gets what is not as it was
/// written.
pub fn verify(folder: &Path, mut tell: impl FnMut(&Finding)) -> Result<Looked, AuditError> {
    let store = stopped::look_at(folder)?;
    let signed = SignedTrail::read(folder).map_err(AuditError::Signed)?;
    let (mut walk, mut findings) = (Walk::default(), 0);
    let mut found = |finding: Option<Finding>| {
        if let Some(finding) = finding {
            findings += 1;
            tell(&finding);
        }
    };
    let walked = store.each_event(0, |link| {
        found(walk.step(&link));
        let is_last = link.number == signed.events();
        let rewritten = (is_last && !signed.ends_with(link.hash))
            .then_some(Finding::Rewritten { events: link.number });
        found(rewritten);
        ControlFlow::Continue(())
    });
    walked.map_err(AuditError::Read)?;
    found(walk.end(signed.events()));
    let (events, head) = walk.head();
    Ok(Looked { events, head: hex::encode(head), findings })
}

/// From where on a trail is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begin {
    /// After the event of this number.
    After(u64),
    /// The last so many.
    Last(u64),
}

impl Begin {
    /// The number of the event before the first one, in a trail whose last one has `end`.
    pub fn before(self, end: u64) -> u64 {
        match self {
            Self::After(number) => number,
            Self::Last(count) => end.saturating_sub(count),
        }
    }
}

/// What an event says, if this program knows it.
pub fn event_of(link: &Link) -> Result<Event, AuditError> {
    ReadOnly::event_of(link).map_err(|_| AuditError::Unknown(link.number))
}

/// Hands out events with their numbers and hashes, in hexadecimal digits.
pub fn read(
    folder: &Path,
    from: Begin,
    mut take: impl FnMut(u64, &Event, &str) -> ControlFlow<()>,
) -> Result<(), AuditError> {
    let store = stopped::look_at(folder)?;
    let after = from.before(store.last_event().map_err(AuditError::Read)?);
    let mut unknown = Ok(());
    let read = store.each_event(after, |link| match event_of(&link) {
        Ok(event) => take(link.number, &event, &hex::encode(link.hash)),
        Err(error) => {
            unknown = Err(error);
            ControlFlow::Break(())
        }
    });
    read.map_err(AuditError::Read)?;
    unknown
}
