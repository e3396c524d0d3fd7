//! Backup, restore and copy jobs in the store in memory.

use std::collections::BTreeMap;

use sexton_core::{BackupJob, CopyJob, InRealm, JobId, Realm, RestoreJob};

use crate::Commit;

/// A job that an idempotency token can have begun.
pub(super) trait Begun {
    fn id(&self) -> JobId;
    fn realm(&self) -> &Realm;
    fn token(&self) -> Option<&str>;
}

impl Begun for BackupJob {
    fn id(&self) -> JobId {
        self.id
    }

    fn realm(&self) -> &Realm {
        &self.realm
    }

    fn token(&self) -> Option<&str> {
        self.idempotency_token.as_deref()
    }
}

impl Begun for RestoreJob {
    fn id(&self) -> JobId {
        self.id
    }

    fn realm(&self) -> &Realm {
        &self.realm
    }

    fn token(&self) -> Option<&str> {
        self.idempotency_token.as_deref()
    }
}

impl Begun for CopyJob {
    fn id(&self) -> JobId {
        self.id
    }

    fn realm(&self) -> &Realm {
        &self.realm
    }

    fn token(&self) -> Option<&str> {
        self.idempotency_token.as_deref()
    }
}

/// Makes or replaces a job, unless another has its token.
pub(super) fn put_job<T: Begun>(
    jobs: &mut BTreeMap<JobId, (u64, i64, T)>,
    generation: u64,
    next_row: &mut i64,
    job: T,
) -> Commit {
    let has_token =
        |it: &T| job.token().is_some() && (it.realm(), it.token()) == (job.realm(), job.token());
    if jobs.values().any(|it| it.2.id() != job.id() && has_token(&it.2)) {
        return Commit::Stale;
    }
    let row = jobs.get(&job.id()).map(|it| it.1);
    *next_row += i64::from(row.is_none());
    let row = row.unwrap_or(*next_row);
    jobs.insert(job.id(), (generation, row, job));
    Commit::Done
}

/// The job that a token began first.
pub(super) fn of_token<'a, T: Begun>(
    jobs: &'a BTreeMap<JobId, (u64, i64, T)>,
    token: &InRealm<String>,
) -> Option<&'a (u64, i64, T)> {
    let begun = |it: &&(u64, i64, T)| {
        *it.2.realm() == token.realm && it.2.token() == Some(token.name.as_str())
    };
    jobs.values().filter(begun).min_by_key(|it| it.1)
}
