//! Whether the databases of instances answer, as they were seen last.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use sexton_core::{InRealm, ResourceArn};

/// How long what was seen of a database is believed.
const FRESH: Duration = Duration::from_secs(5);

/// What was seen of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// When it was looked at.
    pub at: Timestamp,
    /// Since when it is as it was seen, as far as this process knows.
    pub since: Timestamp,
    /// Why it does not answer, if it does not.
    pub unreachable: Option<String>,
}

impl Seen {
    /// Why it does not answer, and since when, in words; nothing if it does.
    pub(crate) fn silent(&self) -> Option<String> {
        let since = Timestamp::from_second(self.since.as_second()).unwrap_or(self.since);
        self.unreachable.as_ref().map(|why| format!("{why} (since {since})"))
    }
}

/// One that is looked at by one party at a time.
#[derive(Debug, Default)]
struct Place(tokio::sync::Mutex<Option<(Instant, Seen)>>);

/// What was seen of all databases.
#[derive(Debug)]
pub struct Instances {
    fresh: Duration,
    places: Mutex<HashMap<InRealm<ResourceArn>, Arc<Place>>>,
}

impl Default for Instances {
    fn default() -> Self {
        Self::fresh_for(FRESH)
    }
}

impl Instances {
    /// Nothing was seen yet, and what is seen is believed for so long. Public for the simulator,
    /// in which no time of a real clock may decide.
    pub fn fresh_for(fresh: Duration) -> Self {
        Self { fresh, places: Mutex::default() }
    }

    /// What is known of a database, or what `look` finds now: whoever asks meanwhile waits for
    /// the same look.
    pub(crate) async fn seen<F>(
        &self,
        key: &InRealm<ResourceArn>,
        now: Timestamp,
        look: impl FnOnce() -> F,
    ) -> Seen
    where
        F: Future<Output = Result<(), String>>,
    {
        let place = Arc::clone(self.places().entry(key.clone()).or_default());
        let mut known = place.0.lock().await;
        if let Some((looked, seen)) = &*known
            && looked.elapsed() < self.fresh
        {
            return seen.clone();
        }
        let unreachable = look().await.err();
        let before = known.as_ref().map(|(_, seen)| seen);
        let same = before.filter(|it| it.unreachable.is_some() == unreachable.is_some());
        let since = same.map_or(now, |it| it.since);
        let seen = Seen { at: now, since, unreachable };
        *known = Some((instant(), seen.clone()));
        seen
    }

    /// Forgets one that is removed, or reached in another way from now on.
    pub(crate) fn forget(&self, key: &InRealm<ResourceArn>) {
        self.places().remove(key);
    }

    fn places(&self) -> std::sync::MutexGuard<'_, HashMap<InRealm<ResourceArn>, Arc<Place>>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[expect(clippy::disallowed_methods, reason = "measures a wait, decides nothing")]
fn instant() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use sexton_core::Realm;

    use super::*;

    #[tokio::test]
    async fn a_database_is_looked_at_once_while_what_was_seen_is_fresh() {
        let instances = Instances::default();
        let key = Realm::new("r", "1").with("arn:acs:rds:r:1:dbinstance/rm-1".parse().unwrap());
        let now = Timestamp::UNIX_EPOCH;
        let first = instances.seen(&key, now, async || Err("refused".to_owned())).await;
        assert_eq!(first.silent().unwrap(), "refused (since 1970-01-01T00:00:00Z)");
        let looked = async || panic!("it is fresh");
        assert_eq!(instances.seen(&key, now, looked).await, first);
        instances.forget(&key);
        assert_eq!(instances.seen(&key, now, async || Ok(())).await.silent(), None);
    }
}
