//! Where in a log a restore to a time stops.
//!
//! The log tells its order, and of each transaction a second that whoever made it could choose:
//! `SET timestamp`. So what is claimed is believed only where it can be true: no transaction of a
//! file is later than the moment at which the file was stored, or at which the next one says
//! that it was begun. The restore stops before the first transaction that is believed to be of the
//! wanted second or a later one. What claims an earlier second stays where the log has it.

use super::events::GTID;

/// How far the clock of a database may be ahead of ours.
const SKEW_SECONDS: i64 = 3600;

/// Kinds of events that begin a transaction: of `MySQL` and `MariaDB`.
const BEGIN: [u8; 4] = [33, 34, 42, GTID];
/// Kinds of events that belong to none: those with which a file begins and ends, and what a server
/// notes between.
const OUTSIDE: [u8; 8] = [3, 4, 15, 27, 35, 161, 163, 164];

/// What a file of a log tells of its own time, in seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    /// When its first event says that it was begun.
    pub(super) begun: i64,
    /// When the file was written last, where it was stored.
    pub(super) stored: i64,
}

impl Told {
    /// Whether the file was begun after a second, if what it says of that can be true.
    pub(super) fn is_begun_after(self, second: i64) -> bool {
        self.begun > second && self.begun <= self.stored.saturating_add(SKEW_SECONDS)
    }
}

/// The last second that is believed of what is in each of some files that follow each other.
///
/// The later of the two moments counts. The first event of the next file may be too early: it has
/// the time of the statement that filled this one, which may have taken hours. The moment at which
/// a file was stored may be too early too, where the clock of the database is ahead of ours.
pub(super) fn believed_until(files: &[Told]) -> Vec<i64> {
    let next = files.iter().skip(1).map(Some).chain([None]);
    let until = |(file, next): (&Told, Option<&Told>)| {
        let begun = next.filter(|it| it.begun <= it.stored.saturating_add(SKEW_SECONDS));
        begun.map_or(file.stored, |next| file.stored.max(next.begun))
    };
    files.iter().zip(next).map(until).collect()
}

/// Looks for the place in one file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Search {
    /// The first second that is not wanted.
    time: i64,
    /// The last second that is believed.
    until: i64,
    /// Where a transaction began that has not ended, and the second of its last event.
    open: Option<(u64, i64)>,
    /// The latest second that was believed.
    pub(super) latest: i64,
}

impl Search {
    pub(super) fn new(time: i64, until: i64) -> Self {
        Self { time, until, open: None, latest: 0 }
    }

    /// Looks at the next event. Gives where to stop, if that is known with it.
    pub(super) fn take(&mut self, at: u64, kind: u8, seconds: u32) -> Option<u64> {
        let seconds = i64::from(seconds);
        if BEGIN.contains(&kind) {
            let stop = self.end();
            self.open = Some((at, seconds));
            return stop;
        }
        if OUTSIDE.contains(&kind) {
            return self.end().or_else(|| self.judge(at, seconds));
        }
        match &mut self.open {
            // It ends with its commit, whenever its statements were.
            Some((_, last)) => *last = seconds,
            // A log from before transactions had names.
            None => return self.judge(at, seconds),
        }
        None
    }

    /// Nothing more is in the file.
    pub(super) fn end(&mut self) -> Option<u64> {
        self.open.take().and_then(|(at, seconds)| self.judge(at, seconds))
    }

    fn judge(&mut self, at: u64, seconds: i64) -> Option<u64> {
        if seconds > self.until {
            return None;
        }
        self.latest = self.latest.max(seconds);
        (seconds >= self.time).then_some(at)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Searches a script: words like `b20` (a transaction begins, second 20), `o20` (outside of
    /// transactions) and `e20` (any other event). Gives the number of the event to stop before.
    fn stop(script: &str, time: i64, until: i64) -> Option<u64> {
        let mut search = Search::new(time, until);
        for (at, word) in (0..).zip(script.split_whitespace()) {
            let (kind, seconds) = word.split_at(1);
            let kind = match kind {
                "b" => GTID,
                "o" => 4,
                _ => 2,
            };
            if let Some(stop) = search.take(at, kind, seconds.parse().unwrap()) {
                return Some(stop);
            }
        }
        search.end()
    }

    #[test]
    fn a_restore_stops_before_the_first_transaction_of_the_wanted_second() {
        for (script, wanted) in [
            ("o1 b10 e10 b20 e20 b30 e30", Some(3)),
            ("o1 b10 e10 b19 e19", None),
            // It was committed later than it was begun.
            ("o1 b19 e18 e19 e20 b10 e10", Some(1)),
            // Its last event tells when it was committed, whatever one between claims.
            ("b10 e10 e35 e10 b20 e20", Some(4)),
            // That of somebody who is ahead of what can be is not believed.
            ("b10 e10 b2000 e2000 b11 e11 b20 e20", Some(6)),
            // One that is said to be earlier stays where it is.
            ("b10 e10 b1 e1 b20 e20", Some(4)),
            ("b20 e20 b1 e1", Some(0)),
            // The file itself tells that the time has passed.
            ("b10 e10 o20", Some(2)),
            ("b10 e10 o2000", None),
            ("o20 b1 e1", Some(0)),
            // Transactions without names.
            ("o1 e10 e19 e21 e22", Some(3)),
            ("", None),
        ] {
            assert_eq!(stop(script, 20, 40), wanted, "{script}");
        }
    }

    #[test]
    fn what_is_later_than_a_file_can_tell_is_not_believed() {
        let told = |begun, stored| Told { begun, stored };
        for (files, wanted) in [
            (vec![told(10, 19)], vec![19]),
            (vec![told(10, 19), told(20, 30)], vec![20, 30]),
            // The statement that filled the first file took long.
            (vec![told(10, 25), told(12, 30)], vec![25, 30]),
            // The database is ahead of us.
            (vec![told(110, 19), told(120, 30)], vec![120, 30]),
            // Somebody said that it is another year when the second file was begun.
            (vec![told(10, 19), told(9_000_000, 30), told(31, 40)], vec![19, 31, 40]),
            (vec![], vec![]),
        ] {
            assert_eq!(believed_until(&files), wanted, "{files:?}");
        }
    }

    #[test]
    fn a_file_was_begun_after_a_second_only_if_what_it_says_can_be() {
        let told = |begun| Told { begun, stored: 20 };
        assert!(told(11).is_begun_after(10) && told(20 + SKEW_SECONDS).is_begun_after(10));
        assert!(!told(10).is_begun_after(10) && !told(21 + SKEW_SECONDS).is_begun_after(10));
    }

    proptest! {
        /// Transactions with their true seconds, and lies among them.
        #[test]
        fn nothing_that_claims_what_cannot_be_moves_the_place(
            steps in prop::collection::vec((0_u32..4, any::<bool>()), 0..40),
            time in 0_i64..100,
        ) {
            let (mut now, mut true_ones, mut all) = (0_u32, Vec::new(), Vec::new());
            for (step, lies) in steps {
                now += step;
                let claimed = if lies { 1_000_000 } else { now };
                all.push(format!("b{claimed} e{claimed}"));
                true_ones.push((now, lies));
            }
            let until = i64::from(now);
            let first = true_ones.iter().position(|(at, lies)| !lies && i64::from(*at) >= time);
            let wanted = first.map(|at| 2 * u64::try_from(at).unwrap());
            prop_assert_eq!(stop(&all.join(" "), time, until), wanted);
        }
    }
}
