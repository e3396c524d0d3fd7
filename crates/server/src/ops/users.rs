//! Users, as whoever administers the server has them changed. Who may ask follows before the
//! answer: whoever was told that an access key is disabled can rely on it.

use jiff::Timestamp;
use sexton_core::{EventKind, Principal, USERS_MAX, User, UserChange, UserName, UserRefusal};
use sexton_store::{Change, Follow, Reading, Subject, Tally, Write};

use super::decide::Decided;
use crate::error::OpsError;
use crate::service::{Service, server_event};

impl Service {
    /// Changes a user as `decide` says of them, or of nobody if there is none.
    pub async fn change_user(
        &self,
        key: &UserName,
        decide: impl Fn(Option<&User>) -> Result<(User, UserChange), UserRefusal> + Sync,
        by: &Principal,
        now: Timestamp,
    ) -> Result<User, OpsError> {
        let _turn = self.identities.change().await;
        let decide = &decide;
        let attempt = || async move {
            let reading = self.read_user(key).await?;
            let before = reading.user(key);
            let (user, change) = decide(before)?;
            if before == Some(&user) {
                return Ok(Decided::Answer(user));
            }
            if before.is_none() && self.store.tally(&Tally::Users).await? >= USERS_MAX {
                return Err(UserRefusal::TooMany.into());
            }
            let write = Write::PutUser(user.clone());
            Ok(Decided::commit(written(&reading, (&user, change), write, by, now), user))
        };
        let changed = self.decide_again(attempt).await;
        self.refresh_user(key).await;
        changed
    }

    /// Removes the user of this name, of whom no access key is active.
    pub async fn remove_user(
        &self,
        key: &UserName,
        name: &str,
        by: &Principal,
        now: Timestamp,
    ) -> Result<(), OpsError> {
        let _turn = self.identities.change().await;
        let attempt = || async move {
            let reading = self.read_user(key).await?;
            let user = reading.user(key).ok_or_else(|| UserRefusal::no_user(name))?;
            user.decide_remove()?;
            let write = Write::RemoveUser(key.clone());
            let change = written(&reading, (user, UserChange::Removed), write, by, now);
            Ok(Decided::commit(change, ()))
        };
        let removed = self.decide_again(attempt).await;
        self.refresh_user(key).await;
        removed
    }

    async fn read_user(&self, key: &UserName) -> Result<Reading, OpsError> {
        Ok(self.store.read(&[Subject::User(key.clone())], Follow::Nothing).await?)
    }

    /// Has the user read again, whatever became of a change: it may be done although nobody was
    /// told.
    async fn refresh_user(&self, key: &UserName) {
        if let Err(error) = self.identities.reload(&*self.store, key).await {
            self.identities.lock_out(key);
            let user = key.as_str();
            tracing::error!(%error, user, "a user cannot be read and is not let in until changed");
        }
    }
}

fn written(
    reading: &Reading,
    (user, change): (&User, UserChange),
    write: Write,
    by: &Principal,
    now: Timestamp,
) -> Change {
    let kind = EventKind::UserChanged { user: user.arn(), change };
    Change {
        expects: reading.expects(),
        requires: vec![(Tally::Users, USERS_MAX)],
        writes: vec![write],
        event: Some(server_event(now, by, kind)),
        ..Change::default()
    }
}
