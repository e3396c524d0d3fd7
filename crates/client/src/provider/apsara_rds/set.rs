//! One backup set as RDS tells of it, and whether it may be deleted.
//!
//! The service says that in one word, `StoreStatus`, and not why. The reason is worked out of the
//! instance and its backup policy by the same rule as a server does ([`deletable`]): it is
//! for people, and decides nothing.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};
use sexton_core::{
    BackupPolicy, BackupSet, Instance, LogBackup, Obstacle, Undeletable, deletable, deletable_after,
};
use sexton_wire::apsara::model::describe_backups::Backup;

use super::reply::unreadable;
use crate::provider::{Facts, Named, ProviderError, State};

/// One backup set, as `DescribeBackups` tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RdsBackupSet {
    /// Its id.
    pub id: String,
    /// `Success` or `Failed`, or another word while it is being made.
    pub status: String,
    /// `Automated` or `Manual`.
    pub mode: Option<String>,
    /// When it was begun.
    pub begun: Option<Timestamp>,
    /// When it had ended.
    pub ended: Option<Timestamp>,
    /// How many bytes it holds.
    pub size: Option<u64>,
    /// Whether the service says that it can be deleted; nothing where it does not say.
    pub deletable: Option<bool>,
}

/// What is known of an instance that decides which of its sets may go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RdsRules {
    /// The instance.
    pub instance: Option<Instance>,
    /// What is backed up of it, and how long it is kept.
    pub policy: Option<BackupPolicy>,
}

impl RdsBackupSet {
    /// Reads one item of a reply that is about `instance`.
    pub(super) fn read(told: Backup, instance: &str) -> Result<Self, ProviderError> {
        let id = told.backup_id.filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| unreadable("a backup set has no BackupId"))?;
        match told.db_instance_id.as_deref() {
            Some(named) if named == instance => {}
            Some(_) => return Err(unreadable("it tells of another instance")),
            None => return Err(unreadable("a backup set does not say of which instance it is")),
        }
        let status = told.backup_status.filter(|status| !status.is_empty());
        Ok(Self {
            id,
            status: status.ok_or_else(|| unreadable("a backup set has no BackupStatus"))?,
            mode: told.backup_mode,
            begun: told.backup_start_time.map(|it| it.0),
            ended: told.backup_end_time.map(|it| it.0),
            size: told.backup_size.and_then(|size| u64::try_from(size).ok()),
            deletable: told.store_status.as_deref().and_then(|word| match word {
                "Enabled" => Some(true),
                "Disabled" => Some(false),
                _ => None,
            }),
        })
    }

    /// What matters of it to a deletion, at `now`.
    pub(super) fn named(self, rules: &RdsRules, now: Timestamp) -> Named {
        let state = match (self.status.as_str(), self.deletable) {
            (status, _) if MAKING.contains(&status) => State::Making,
            ("Success" | "Failed", Some(false)) => {
                let (obstacle, reason) = self.why_not(rules, now);
                State::Stays { obstacle, reason: reason.map(String::into_boxed_str) }
            }
            ("Success" | "Failed", Some(true) | None) | (_, Some(true)) => State::Standing,
            // What is not known is kept, unless the service says in so many words that it may go.
            (status, Some(false) | None) => {
                let reason = format!("RDS shows it as {status:?}, and not as Success or Failed");
                State::Stays { obstacle: Obstacle::NotDeletable, reason: Some(reason.into()) }
            }
        };
        let (status, kind) = (known(self.status), self.mode.map(known));
        let facts = Facts { state, status, created: self.begun, size: self.size, kind, form: None };
        Named { name: self.id, facts }
    }

    /// Why it may not go, as far as that can be known here.
    fn why_not(&self, rules: &RdsRules, now: Timestamp) -> (Obstacle, Option<String>) {
        let unknown = (Obstacle::NotDeletable, None);
        let (Some(ended), Some(policy)) = (self.ended, rules.policy) else { return unknown };
        let refused = match rules.instance {
            Some(instance) => deletable(&instance, &policy, &BackupSet::Ended { at: ended }, now),
            None => deletable_after(&policy, ended).and_then(|after| {
                if now > after { Ok(()) } else { Err(Undeletable::TooYoung { after }) }
            }),
        };
        let Err(why) = refused else { return unknown };
        let reason = match &why {
            Undeletable::TooYoung { after } => too_young(policy, ended, *after, now),
            Undeletable::Engine
            | Undeletable::Edition
            | Undeletable::Running
            | Undeletable::InUse
            | Undeletable::LogsAsLong { .. } => why.to_string(),
        };
        let obstacle = match why {
            Undeletable::Engine | Undeletable::Edition => Obstacle::Edition,
            Undeletable::Running => Obstacle::InUse,
            Undeletable::InUse => Obstacle::Restoring,
            Undeletable::LogsAsLong { .. } => Obstacle::LogRetention,
            Undeletable::TooYoung { .. } => Obstacle::TooYoung,
        };
        (obstacle, Some(reason))
    }
}

/// What RDS calls a set that is being made.
const MAKING: [&str; 7] =
    ["NoStart", "Checking", "Preparing", "Waiting", "Uploading", "Running", "Progressing"];

/// The least that logs can be kept for, in days.
const LOG_DAYS_MIN: i64 = 7;

/// From when on it can be deleted, in whole minutes, and what would let it go at once.
fn too_young(policy: BackupPolicy, ended: Timestamp, after: Timestamp, now: Timestamp) -> String {
    // The first whole minute in which it is older than it must be.
    let from = after.checked_add(SignedDuration::from_mins(1)).unwrap_or(after);
    let from = from.strftime("%F %R");
    // It has to be older than the retention, if only by a second.
    let days = (now.duration_since(ended) - SignedDuration::from_secs(1)).as_hours() / 24;
    match policy.log {
        LogBackup::On { days: kept } if days >= LOG_DAYS_MIN => format!(
            "too young: deletable from {from} UTC, or once logs are kept for at most {days} days \
             instead of {kept}"
        ),
        LogBackup::On { .. } | LogBackup::Off => format!("too young: deletable from {from} UTC"),
    }
}

/// A word of the service, which takes no room where it is one of those that are usual.
fn known(word: String) -> Cow<'static, str> {
    let usual = ["Success", "Failed", "Automated", "Manual"];
    usual.into_iter().find(|it| *it == word).map_or(Cow::Owned(word), Cow::Borrowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::Class;
    use serde_json::{Value, json};
    use sexton_core::{Edition, Engine, InstanceKind};

    fn told() -> Value {
        json!({
            "BackupId": "324909958", "DBInstanceId": "rm-1", "BackupStatus": "Success",
            "BackupMode": "Automated", "BackupStartTime": "2026-11-26T10:00:00Z",
            "BackupEndTime": "2026-11-27T10:30:15Z", "BackupSize": 5, "StoreStatus": "Disabled",
        })
    }

    fn read(told: Value) -> Result<RdsBackupSet, ProviderError> {
        RdsBackupSet::read(serde_json::from_value(told).unwrap(), "rm-1")
    }

    fn rules(log: LogBackup, edition: Edition) -> RdsRules {
        let instance = Instance {
            engine: Engine::MySql,
            edition,
            kind: InstanceKind::Primary,
            is_running: true,
            is_locked: false,
        };
        RdsRules { instance: Some(instance), policy: Some(BackupPolicy { days: 30, log }) }
    }

    #[test]
    fn why_a_set_stays_is_told_with_the_moment_from_which_it_may_go() {
        let (ha, basic) = (Edition::HighAvailability, Edition::Basic);
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (soon, late) = (at("2026-11-28T10:00:00Z"), at("2026-12-06T10:00:00Z"));
        for (rules, now, obstacle, reason) in [
            (rules(LogBackup::Off, ha), soon, Obstacle::TooYoung, {
                Some("too young: deletable from 2026-12-04 10:31 UTC")
            }),
            (rules(LogBackup::On { days: 7 }, ha), soon, Obstacle::TooYoung, {
                Some("too young: deletable from 2026-12-04 10:31 UTC")
            }),
            (rules(LogBackup::On { days: 15 }, ha), late, Obstacle::TooYoung, {
                Some(
                    "too young: deletable from 2026-12-12 10:31 UTC, or once logs are kept for at \
                     most 8 days instead of 15",
                )
            }),
            (rules(LogBackup::On { days: 30 }, ha), late, Obstacle::LogRetention, {
                Some(
                    "log backups are kept for 30 days and backup sets for 30: sets can be deleted \
                     while logs are kept for a shorter time than sets",
                )
            }),
            (rules(LogBackup::Off, basic), late, Obstacle::Edition, {
                Some("only backup sets of the High-availability Edition can be deleted")
            }),
            // By our clock it may go: the service knows better.
            (rules(LogBackup::Off, ha), late, Obstacle::NotDeletable, None),
            (RdsRules::default(), late, Obstacle::NotDeletable, None),
        ] {
            let named = read(told()).unwrap().named(&rules, now);
            let expected = State::Stays { obstacle, reason: reason.map(Into::into) };
            assert_eq!(named.facts.state, expected);
        }
    }

    #[test]
    fn only_the_service_says_that_a_set_may_go() {
        let unknown = |status: &str| State::Stays {
            obstacle: Obstacle::NotDeletable,
            reason: Some(format!("RDS shows it as {status}, and not as Success or Failed").into()),
        };
        for (status, store, expected) in [
            ("Success", json!("Enabled"), State::Standing),
            ("Failed", json!("Enabled"), State::Standing),
            ("Success", json!(null), State::Standing),
            ("Success", json!("SomethingNew"), State::Standing),
            ("Running", json!("Disabled"), State::Making),
            ("Preparing", json!("Enabled"), State::Making),
            ("SomethingNew", json!("Enabled"), State::Standing),
            ("Something\nNew", json!("Disabled"), unknown(r#""Something\nNew""#)),
            ("SomethingNew", json!(null), unknown(r#""SomethingNew""#)),
        ] {
            let mut told = told();
            (told["BackupStatus"], told["StoreStatus"]) = (status.into(), store);
            let named = read(told).unwrap().named(&RdsRules::default(), Timestamp::UNIX_EPOCH);
            assert_eq!((named.facts.state, &*named.facts.status), (expected, status));
        }
    }

    #[test]
    fn what_does_not_say_which_set_it_is_of_is_no_reply() {
        for (member, value) in [
            ("BackupId", json!(null)),
            ("BackupId", json!("")),
            ("DBInstanceId", json!("rm-2")),
            ("DBInstanceId", json!(null)),
            ("BackupStatus", json!(null)),
        ] {
            let mut told = told();
            told[member] = value;
            assert_eq!(read(told).unwrap_err().class, Class::Lost, "{member}");
        }
    }
}
