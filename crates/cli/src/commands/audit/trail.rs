//! Where an audit trail is read: in the data folder of a server that is stopped, or by asking one
//! that runs. To verify it, the hashes of what a server hands out are followed here.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use sexton_core::Event;
use sexton_server::audit::{self, AuditError, Begin, Looked};
use sexton_store::trail::{Finding, Link, Walk};

use super::super::admin::{Place, Server, ServerArguments};
use super::super::scrub::unopened;
use crate::exit::{Exit, Failure};

/// How often a server is asked for what came after.
const ASKED_EVERY: Duration = Duration::from_secs(1);

/// An audit trail.
pub(super) enum Trail {
    /// Of a server that is stopped.
    Folder(PathBuf),
    /// Of one that runs.
    Server(Server),
}

/// What a server answers.
#[derive(Deserialize)]
struct Page {
    events: Vec<Stored>,
    end: u64,
    signed: Signed,
}

#[derive(Deserialize)]
struct Stored {
    number: u64,
    body: String,
    hash: String,
}

/// What was signed with the newest certificates.
#[derive(Deserialize)]
struct Signed {
    events: u64,
    /// Whether others are stored in their place.
    rewritten: bool,
}

impl Trail {
    /// Finds the server, or its data folder if it is stopped.
    pub(super) async fn find(arguments: &ServerArguments) -> Result<Self, Failure> {
        Ok(match arguments.find().await? {
            Place::Folder(data) if audit::is_in_use(&data) => {
                Self::Server(arguments.of_folder(&data)?)
            }
            Place::Folder(data) => Self::Folder(data),
            Place::Server(server) => Self::Server(server),
        })
    }

    /// Checks all of it. `tell` gets what is not as it was written.
    pub(super) async fn verify(&self, tell: impl FnMut(&Finding)) -> Result<Looked, Failure> {
        match self {
            Self::Folder(data) => audit::verify(data, tell).map_err(|error| failure(&error)),
            Self::Server(server) => verify(server, tell).await,
        }
    }

    /// Hands out events, each with its number and its hash, until `take` breaks off; also those
    /// that come later if it is to `follow`.
    pub(super) async fn read(
        &self,
        from: Begin,
        follow: bool,
        mut take: impl FnMut(u64, &Event, &str) -> ControlFlow<()>,
    ) -> Result<(), Failure> {
        let server = match self {
            Self::Folder(_) if follow => {
                let text = "the server is stopped: nothing comes that could be followed";
                return Err(Failure::text(Exit::Usage, text).hint("leave out --follow"));
            }
            Self::Folder(data) => {
                return audit::read(data, from, take).map_err(|error| failure(&error));
            }
            Self::Server(server) => server,
        };
        let mut after = match from {
            Begin::After(number) => number,
            Begin::Last(_) => from.before(page(server, u64::MAX).await?.1.end),
        };
        loop {
            let (links, _) = page(server, after).await?;
            for link in &links {
                let event = audit::event_of(link).map_err(|error| failure(&error))?;
                if take(link.number, &event, &hex::encode(link.hash)).is_break() {
                    return Ok(());
                }
            }
            match links.last() {
                Some(last) => after = last.number,
                None if follow => tokio::time::sleep(ASKED_EVERY).await,
                None => return Ok(()),
            }
        }
    }
}

/// The events after one, and what was said beside them.
async fn page(server: &Server, after: u64) -> Result<(Vec<Link>, Page), Failure> {
    let answer = server.call("GET", &format!("trail?from={after}"), None).await?;
    let foreign = || {
        let text = "the answer is no audit trail: it is not a Sexton server that answers";
        Failure::text(Exit::Unexpected, text).hint("check --endpoint-url")
    };
    let mut page: Page = serde_json::from_value(answer).map_err(|_| foreign())?;
    let mut links = Vec::new();
    let mut last = after;
    for Stored { number, body, hash } in std::mem::take(&mut page.events) {
        // What leads back would never end.
        if number <= last {
            return Err(foreign());
        }
        last = number;
        let hash = hex::decode(hash).ok().and_then(|it| it.try_into().ok());
        let hash = hash.ok_or_else(foreign)?;
        links.push(Link { number, body, hash });
    }
    Ok((links, page))
}

async fn verify(server: &Server, mut tell: impl FnMut(&Finding)) -> Result<Looked, Failure> {
    let (mut walk, mut findings) = (Walk::default(), 0);
    let mut found = |finding: Option<Finding>| {
        if let Some(finding) = finding {
            findings += 1;
            tell(&finding);
        }
    };
    let (mut links, Page { end, signed, .. }) = page(server, 0).await?;
    if signed.rewritten {
        found(Some(Finding::Rewritten { events: signed.events }));
    }
    while !links.is_empty() {
        for link in &links {
            found(walk.step(link));
        }
        links = page(server, walk.head().0).await?.0;
    }
    found(walk.end(end.max(signed.events)));
    let (events, head) = walk.head();
    Ok(Looked { events, head: hex::encode(head), findings })
}

fn failure(error: &AuditError) -> Failure {
    match error {
        AuditError::Folder(error) => unopened(error),
        AuditError::Read(_) | AuditError::Signed(_) => Failure::new(Exit::Unexpected, error),
        AuditError::Unknown(_) => {
            Failure::new(Exit::Unexpected, error).hint("check it with `sexton audit verify`")
        }
    }
}
