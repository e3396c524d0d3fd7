//! Whether the service answers, for how long it has not, and what follows from that. Pure:
//! instants come in as time since the run began.
//!
//! A refusal is an answer too. What is no answer is told once, not at every attempt; and a run
//! that was told to stop waits for a silent service only so long.

use std::time::Duration;

use crate::classify::Class;
use crate::provider::ProviderError;

/// After so long without an answer somebody is told until when it goes on.
const TELL_AFTER: Duration = Duration::from_secs(3);
/// The same while it is not known yet until when.
const TELL_LATE_AFTER: Duration = Duration::from_secs(10);

/// How long a run that was told to stop waits for the next answer.
const SILENT_MAX: Duration = Duration::from_secs(10);
/// The same where nothing is out that could be answered.
const UNREACHABLE_MAX: Duration = Duration::from_secs(3);

/// What somebody should be told.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Note {
    /// The service does not answer, for this reason. It is asked until then, if that is known.
    Silent { cause: String, until: Option<Duration> },
    /// It answers again.
    Answers,
}

/// What went wrong since the last answer.
#[derive(Debug)]
struct Outage {
    since: Duration,
    cause: String,
    /// The last request never left.
    unreachable: bool,
}

/// That the service does not answer was told, and until when it is asked, if that was known.
#[derive(Debug, PartialEq, Eq)]
struct Told(Option<Duration>);

/// What is known of how the service answers.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    in_flight: usize,
    /// Since when an answer is waited for.
    waiting: Option<Duration>,
    outage: Option<Outage>,
    /// Until when the present part of the run goes on, if that is known.
    until: Option<Duration>,
    /// What was told of the outage, if it was.
    told: Option<Told>,
    /// When the run was told to stop.
    draining: Option<Duration>,
}

impl Reach {
    /// The present part of the run goes on until then.
    pub(crate) fn goes_on_until(&mut self, until: Duration) {
        self.until = Some(until);
    }

    /// A request goes out.
    pub(crate) fn sent(&mut self, now: Duration) {
        self.in_flight += 1;
        self.waiting.get_or_insert(now);
    }

    /// A request is not out any more: it was answered, or failed, or nobody waits for it.
    pub(crate) fn ended(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// This came of a request; nothing if it was done.
    pub(crate) fn heard(&mut self, failure: Option<&ProviderError>, now: Duration) {
        if let Some(failure) = failure.filter(|failure| failure.class.is_silence()) {
            let since = self.outage.as_ref().map_or(now, |outage| outage.since);
            let unreachable = failure.class == Class::Unreachable;
            self.outage = Some(Outage { since, cause: failure.to_string(), unreachable });
        } else {
            self.outage = None;
            self.waiting = (self.in_flight > 0).then_some(now);
        }
    }

    /// The run has been told to stop.
    pub(crate) fn drain(&mut self, now: Duration) {
        self.draining.get_or_insert(now);
    }

    /// What to tell at `now`, if anything: each thing once.
    pub(crate) fn note(&mut self, now: Duration) -> Option<Note> {
        let Some(outage) = &self.outage else {
            return self.told.take().map(|_| Note::Answers);
        };
        let patience = if self.until.is_some() { TELL_AFTER } else { TELL_LATE_AFTER };
        let early = now.saturating_sub(outage.since) < patience;
        let told = Some(Told(self.until));
        if early || self.told == told || self.draining.is_some() {
            return None;
        }
        self.told = told;
        Some(Note::Silent { cause: outage.cause.clone(), until: self.until })
    }

    /// Why a run that was told to stop ends at `now` without the answers that are missing;
    /// nothing while it waits for them.
    pub(crate) fn given_up(&self, now: Duration) -> Option<&'static str> {
        let silent = now.saturating_sub(self.waiting?.max(self.draining?));
        let unreachable = self.in_flight == 0 && self.unreachable().is_some();
        if unreachable && silent >= UNREACHABLE_MAX {
            Some("the run was stopped and the service cannot be reached")
        } else if silent >= SILENT_MAX {
            Some("the run was stopped and the service does not answer")
        } else {
            None
        }
    }

    /// Why the service cannot be reached, if it is so.
    pub(crate) fn unreachable(&self) -> Option<&str> {
        self.outage.as_ref().filter(|outage| outage.unreachable).map(|outage| &*outage.cause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn secs(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    fn failure(class: Class) -> ProviderError {
        let (code, message) = ("Code".to_owned(), "as told".to_owned());
        ProviderError { class, code, message, request_id: None }
    }

    fn attempt(reach: &mut Reach, class: Option<Class>, now: Duration) {
        reach.sent(now);
        reach.ended();
        reach.heard(class.map(failure).as_ref(), now);
    }

    #[test]
    fn an_outage_is_told_once_and_so_is_its_end() {
        let mut reach = Reach::default();
        reach.goes_on_until(secs(900));
        attempt(&mut reach, None, secs(0));
        assert_eq!(reach.note(secs(9)), None);
        for now in 10..13 {
            attempt(&mut reach, Some(Class::Unreachable), secs(now));
            assert_eq!(reach.note(secs(now)), None, "{now}");
        }
        let cause = failure(Class::Lost).to_string();
        assert_eq!(reach.note(secs(13)), Some(Note::Silent { cause, until: Some(secs(900)) }));
        for now in 14..100 {
            attempt(&mut reach, Some(Class::Lost), secs(now));
            assert_eq!(reach.note(secs(now)), None, "{now}");
        }
        // Also who is refused or slowed down has been answered.
        attempt(&mut reach, Some(Class::Throttled), secs(100));
        assert_eq!(reach.note(secs(100)), Some(Note::Answers));
        assert_eq!(reach.note(secs(200)), None);
    }

    #[test]
    fn an_outage_is_told_again_once_it_is_known_until_when_it_goes_on() {
        let mut reach = Reach::default();
        attempt(&mut reach, Some(Class::Lost), secs(0));
        assert_eq!(reach.note(secs(9)), None);
        assert!(matches!(reach.note(secs(10)), Some(Note::Silent { until: None, .. })));
        reach.goes_on_until(secs(60));
        assert!(matches!(reach.note(secs(11)), Some(Note::Silent { until: Some(_), .. })));
        assert_eq!(reach.note(secs(12)), None);
    }

    #[test]
    fn a_run_that_was_told_to_stop_waits_only_for_what_may_be_answered() {
        for (class, out, ends) in [
            (Some(Class::Unreachable), 0, Some(secs(103))),
            (Some(Class::Unreachable), 1, Some(secs(110))),
            (Some(Class::Lost), 0, Some(secs(110))),
            (Some(Class::Throttled), 0, None),
            (None, 1, Some(secs(110))),
            (None, 0, None),
        ] {
            let mut reach = Reach::default();
            for _ in 0..out {
                reach.sent(secs(50));
            }
            attempt(&mut reach, class, secs(50));
            assert_eq!(reach.given_up(secs(99)), None, "nobody has told it to stop");
            reach.drain(secs(100));
            let first = (100..200).map(secs).find(|now| reach.given_up(*now).is_some());
            assert_eq!(first, ends, "{class:?} {out}");
        }
    }
}
