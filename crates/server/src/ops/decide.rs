//! Read, decide, commit, and again if something moved: the loop of every operation.

use sexton_store::{Change, Commit};

use crate::error::{DECISIONS_MAX, OpsError};
use crate::service::Service;

/// What was decided.
pub(crate) enum Decided<T> {
    /// Nothing is to be changed, and this is the answer.
    Answer(T),
    /// This is to be committed. Once it is, this is the answer.
    Commit(Change, T),
}

impl Service {
    /// Commits what `decide` says, and asks it again if what it read has changed meanwhile.
    pub(crate) async fn decide_again<T, E, D>(&self, decide: impl Fn() -> D) -> Result<T, E>
    where
        D: Future<Output = Result<Decided<T>, E>>,
        E: From<OpsError>,
    {
        for _decision in 0..DECISIONS_MAX {
            let (change, answer) = match decide().await? {
                Decided::Answer(answer) => return Ok(answer),
                Decided::Commit(change, answer) => (change, answer),
            };
            match self.store.commit(change).await.map_err(OpsError::Store)? {
                Commit::Done => return Ok(answer),
                Commit::Stale => (),
            }
        }
        Err(OpsError::Contended.into())
    }
}
