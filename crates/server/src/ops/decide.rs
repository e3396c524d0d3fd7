//! Read, decide, commit, and again if something moved: the loop of every operation.

use sexton_store::{Change, Commit, Follow, StoreError, Subject};

use crate::behalf;
use crate::error::{DECISIONS_MAX, OpsError};
use crate::service::Service;

/// What was decided.
pub(crate) enum Decided<T> {
    /// Nothing is to be changed, and this is the answer.
    Answer(T),
    /// This is to be committed. Once it is, this is the answer.
    Commit(Box<Change>, T),
}

impl<T> Decided<T> {
    /// Has `change` committed, and answers then.
    pub(crate) fn commit(change: Change, answer: T) -> Self {
        Self::Commit(Box::new(change), answer)
    }
}

/// What the commit of work that begins came to.
pub(crate) enum Beginning {
    /// What it was decided from has changed.
    Stale,
    /// It is written down.
    Surely,
    /// It may be: neither the commit nor a look afterwards could tell.
    Perhaps(StoreError),
}

/// Has `attempt` decide and commit, and again if it is told that what it read has changed.
pub(crate) async fn again<T, E, A>(attempt: impl Fn() -> A) -> Result<T, E>
where
    A: Future<Output = Result<Option<T>, E>>,
    E: From<OpsError>,
{
    for _decision in 0..DECISIONS_MAX {
        behalf::forget_event();
        if let Some(answer) = attempt().await? {
            return Ok(answer);
        }
    }
    Err(OpsError::Contended.into())
}

impl Service {
    /// Commits what `decide` says, and asks it again if what it read has changed meanwhile.
    pub(crate) async fn decide_again<T, E, D>(&self, decide: impl Fn() -> D) -> Result<T, E>
    where
        D: Future<Output = Result<Decided<T>, E>>,
        E: From<OpsError>,
    {
        let decide = &decide;
        again(|| async move {
            let (change, answer) = match decide().await? {
                Decided::Answer(answer) => return Ok(Some(answer)),
                Decided::Commit(change, answer) => (change, answer),
            };
            let committed = self.store.commit(*change).await.map_err(OpsError::Store)?;
            Ok((committed == Commit::Done).then_some(answer))
        })
        .await
    }

    /// Commits the beginning of something that is `begun`, and looks after a lost reply whether
    /// it is there: then it is ours, and nobody else would run it.
    pub(crate) async fn begin_work(
        &self,
        change: Change,
        begun: Subject,
    ) -> Result<Beginning, StoreError> {
        let lost = match self.store.commit(change).await {
            Ok(Commit::Done) => return Ok(Beginning::Surely),
            Ok(Commit::Stale) => return Ok(Beginning::Stale),
            Err(lost @ StoreError::Unknown(_)) => lost,
            Err(error) => return Err(error),
        };
        match self.store.read(std::slice::from_ref(&begun), Follow::Nothing).await {
            Ok(reading) if reading.has(&begun) => Ok(Beginning::Surely),
            Ok(_) => Err(lost),
            Err(_) => Ok(Beginning::Perhaps(lost)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// The end of a life of a log was decided again for as long as anything moved.
    #[tokio::test]
    async fn what_moves_each_time_that_it_is_decided_is_given_up() {
        let decided = Cell::new(0);
        let attempt = || async {
            decided.set(decided.get() + 1);
            Ok(None)
        };
        let given_up = again::<(), OpsError, _>(attempt).await;
        assert!(matches!(given_up, Err(OpsError::Contended)));
        assert_eq!(decided.get(), DECISIONS_MAX);
    }
}
