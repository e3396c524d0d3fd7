//! The audit trail in the data folder of a server that is stopped: checked from its first event to
//! its last, and read. Nothing is changed.

use std::ops::ControlFlow;
use std::path::Path;

use sexton_core::Event;
use sexton_store::Cause;
use sexton_store::certificate::{LogError, SignedTrail};
use sexton_store::sqlite::ReadOnly;
use sexton_store::trail::{Finding, Walk};

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
    let walked = store.each_event(0, |number, link| {
        found(walk.step(number, &link));
        let is_last = number == signed.events();
        let rewritten = (is_last && !signed.ends_with(link.hash))
            .then_some(Finding::Rewritten { events: number });
        found(rewritten);
        ControlFlow::Continue(())
    });
    walked.map_err(AuditError::Read)?;
    found(walk.end(signed.events()));
    let (events, head) = walk.head();
    Ok(Looked { events, head: hex::encode(head), findings })
}

/// Hands out every event with its number and its hash, in hexadecimal digits: all of them, or the
/// last so many.
pub fn read(
    folder: &Path,
    last: Option<u64>,
    mut take: impl FnMut(u64, &Event, &str) -> ControlFlow<()>,
) -> Result<(), AuditError> {
    let store = stopped::look_at(folder)?;
    let after = match last {
        None => 0,
        Some(last) => store.last_event().map_err(AuditError::Read)?.saturating_sub(last),
    };
    let mut unknown = None;
    let read = store.each_event(after, |number, link| {
        if let Ok(event) = ReadOnly::event_of(&link) {
            return take(number, &event, &hex::encode(link.hash));
        }
        unknown = Some(number);
        ControlFlow::Break(())
    });
    read.map_err(AuditError::Read)?;
    unknown.map_or(Ok(()), |number| Err(AuditError::Unknown(number)))
}
