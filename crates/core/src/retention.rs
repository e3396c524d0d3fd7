//! How long what has ended is remembered.

use jiff::{SignedDuration, Timestamp};

/// Days for which a job that has ended can be described: as many as with AWS Backup.
pub const JOB_DAYS: i64 = 30;

/// The instant until which jobs must have ended that may be forgotten at `now`. What they made
/// outlives them: backups, restored directories and the events of the audit trail stay.
pub fn forgotten_until(now: Timestamp) -> Timestamp {
    now.saturating_sub(SignedDuration::from_hours(24 * JOB_DAYS)).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_remembered_for_thirty_days_after_its_end() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let ended = at("2026-01-31T12:00:00Z");
        assert_eq!(forgotten_until(at("2026-03-02T12:00:00Z")), ended);
        assert_eq!(forgotten_until(Timestamp::MIN), Timestamp::MIN);
    }
}
