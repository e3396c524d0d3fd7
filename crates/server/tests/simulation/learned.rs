//! What callers take from the answers of a simulated `FSx`.

use jiff::Timestamp;
use sexton_core::{BackupName, FsxRefusal, InRealm, ResourceArn, Token, TokenName};
use sexton_server::OpsError;

use crate::calls_fsx::id_of;
use crate::report::Happened;
use crate::world::Simulation;

/// How long a token is remembered at least.
pub(crate) const TOKEN_SECONDS: i64 = 86_400;

/// What a caller learns of `FSx`.
#[derive(Debug)]
pub(crate) enum Learned {
    /// How a deletion ended.
    Deletion(Deletion),
    /// A file system goes.
    ToldToGo(InRealm<ResourceArn>),
    /// It was the wrong door, which was said.
    WrongDoor(Happened, Option<InRealm<TokenName>>),
}

/// How a deletion ended that `FSx` was asked for.
#[derive(Debug)]
pub(crate) struct Deletion {
    pub(crate) key: InRealm<BackupName>,
    /// Its token: which of those that were sent, its name, and what stood for it before.
    pub(crate) token: Option<(usize, InRealm<TokenName>, Option<Token>)>,
    pub(crate) end: End,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    Accepted,
    NotFound,
    TokenUsed,
    InUse,
    /// Refused otherwise, or nobody knows.
    Other,
}

impl End {
    pub(crate) fn of(ended: &Result<(), OpsError>) -> Self {
        match ended {
            Ok(()) => Self::Accepted,
            Err(OpsError::Fsx(FsxRefusal::BackupNotFound { .. })) => Self::NotFound,
            Err(OpsError::Fsx(FsxRefusal::TokenUsed { .. })) => Self::TokenUsed,
            Err(OpsError::Fsx(
                FsxRefusal::BackupRestoring { .. } | FsxRefusal::BackupBeingCopied { .. },
            )) => Self::InUse,
            Err(_) => Self::Other,
        }
    }
}

impl Learned {
    pub(crate) fn note(self, world: &mut Simulation) {
        match self {
            Self::Deletion(deletion) => deletion.note(world),
            Self::ToldToGo(source) => {
                world.known.told = true;
                for under_way in world.under_way(&source) {
                    world.report.note(under_way);
                }
            }
            Self::WrongDoor(door, token) => {
                world.report.note(door);
                let remembered = token.and_then(|token| world.remembered(&token));
                assert_eq!(remembered, None, "nothing was done with this token");
            }
        }
    }
}

impl Deletion {
    fn note(self, world: &mut Simulation) {
        let Self { key, token, end } = self;
        world.report.refused_in_use += usize::from(end == End::InUse);
        if end == End::Accepted {
            world.accepted.insert(key.clone());
        }
        let Some((sent, name, known)) = token else { return };
        let now = world.remembered(&name);
        let may_be_forgotten =
            |used: Timestamp| world.time.since(world.time.asked[&used]) >= TOKEN_SECONDS;
        let same = |token: &Token| token.answer == id_of(&key).as_str();
        match (&known, &end) {
            (_, End::Other) => (),
            // What stood for the token must have decided, unless it was forgotten meanwhile.
            (Some(first), _) if now.as_ref() == Some(first) || !may_be_forgotten(first.used) => {
                let expected = if same(first) { End::Accepted } else { End::TokenUsed };
                assert_eq!(end, expected, "{key} with {name:?}, which stands for {first:?}");
                let earlier = world.known.sent[sent].server < world.known.servers;
                let happened = match (expected, earlier) {
                    (End::Accepted, true) => Happened::RepeatedAfterCrash,
                    (End::Accepted, false) => Happened::Repeated,
                    (_, _) => Happened::OtherParameters,
                };
                world.report.note(happened);
            }
            (Some(_) | None, End::Accepted) => {
                let remembered = now.as_ref().is_some_and(same);
                let began = world.time.asked[&world.known.sent[sent].first];
                let forgotten = now.is_none() && world.time.since(began) >= TOKEN_SECONDS;
                assert!(remembered || forgotten, "{name:?} deleted {key}, and stands for {now:?}");
            }
            (Some(_) | None, End::TokenUsed) => {
                assert!(!now.as_ref().is_some_and(same), "{name:?} stands for {key}");
            }
            (Some(_) | None, End::NotFound | End::InUse) => (),
        }
        if end == End::Accepted && !world.known.sent[sent].answered {
            let asked = &mut world.known.sent[sent];
            asked.answered = asked.id == id_of(&key);
        }
    }
}
