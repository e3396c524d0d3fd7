//! When a rule of a plan makes backups.
//!
//! A time that is skipped because clocks are set forward there is no time of a schedule, and one
//! that comes twice because they are set back is one: the first of the two. So says AWS of its
//! schedules.

use jiff::civil::Date;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

use super::cron::Cron;

/// The schedule of a rule that names none: AWS Backup's own.
pub const SCHEDULE_DEFAULT: &str = "cron(0 5 ? * * *)";

/// The time zone of a rule that names none.
pub const TIMEZONE_DEFAULT: &str = "Etc/UTC";

/// The longest expression or name of a time zone, in bytes.
const TEXT_BYTES_MAX: usize = 256;

/// The shortest time between two runs of a rule.
const PERIOD_MIN: SignedDuration = SignedDuration::from_hours(1);

/// The longest, so that the next one can be told.
const PERIOD_MAX: SignedDuration = SignedDuration::from_hours(24 * 36_500);

/// When a rule makes backups: an expression, in the time of a place.
///
/// Invariant: both texts are understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Texts", into = "Texts")]
pub struct PlanSchedule {
    texts: Texts,
    zone: TimeZone,
    times: Times,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Texts {
    expression: String,
    timezone: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Times {
    Cron(Box<Cron>),
    /// Every so often.
    Rate(SignedDuration),
}

/// The text is no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSchedule {
    /// It is not understood.
    #[error("ScheduleExpression {expression:?} is not valid: {problem}")]
    Expression {
        /// What was given.
        expression: String,
        /// What is wrong with it.
        problem: String,
    },
    /// There is no such time zone.
    #[error("ScheduleExpressionTimezone {timezone:?} is no time zone of the IANA database")]
    Timezone {
        /// What was given.
        timezone: String,
    },
}

impl PlanSchedule {
    /// Understands an expression, `cron(…)` or `rate(…)`, and the name of a time zone.
    pub fn parse(expression: &str, timezone: &str) -> Result<Self, InvalidSchedule> {
        let shown = |text: &str| text.chars().take(TEXT_BYTES_MAX).collect();
        let invalid = |problem: &str| InvalidSchedule::Expression {
            expression: shown(expression),
            problem: problem.to_owned(),
        };
        if expression.len() > TEXT_BYTES_MAX {
            return Err(invalid("it is too long"));
        }
        let times = match (within(expression, "cron"), within(expression, "rate")) {
            (Some(cron), _) => {
                Times::Cron(Box::new(Cron::parse(cron).map_err(|problem| invalid(&problem))?))
            }
            (None, Some(rate)) => Times::Rate(period(rate).map_err(invalid)?),
            (None, None) => return Err(invalid("it is neither cron(…) nor rate(…)")),
        };
        let zone = zone(timezone);
        let zone = zone.ok_or_else(|| InvalidSchedule::Timezone { timezone: shown(timezone) })?;
        let (expression, timezone) = (expression.to_owned(), timezone.to_owned());
        Ok(Self { texts: Texts { expression, timezone }, zone, times })
    }

    /// The expression.
    pub fn expression(&self) -> &str {
        &self.texts.expression
    }

    /// The name of the time zone.
    pub fn timezone(&self) -> &str {
        &self.texts.timezone
    }

    /// The first time after `after`, if there is one. A rate counts from `since`.
    pub fn next(&self, since: Timestamp, after: Timestamp) -> Option<Timestamp> {
        match &self.times {
            Times::Rate(period) => {
                let gone = (after.as_millisecond() - since.as_millisecond())
                    .div_euclid(milliseconds(*period));
                // The first run is a period after it began.
                at_period(since, *period, gone.checked_add(1)?.max(1))
            }
            Times::Cron(cron) => self.next_of(cron, after),
        }
    }

    /// The last time that is after `after` and not after `by`, if there is one.
    pub fn latest(&self, since: Timestamp, after: Timestamp, by: Timestamp) -> Option<Timestamp> {
        match &self.times {
            Times::Rate(period) => {
                let gone = (by.as_millisecond() - since.as_millisecond())
                    .div_euclid(milliseconds(*period));
                let found = at_period(since, *period, gone)?;
                (gone >= 1 && found > after).then_some(found)
            }
            Times::Cron(cron) => self.latest_of(cron, after, by),
        }
    }

    fn next_of(&self, cron: &Cron, after: Timestamp) -> Option<Timestamp> {
        // An offset that changes moves no time by as much as a day.
        let mut date = self.zone.to_datetime(after).date().yesterday().ok()?;
        loop {
            if date.year() > 2199 {
                return None;
            }
            if !cron.has_year(date.year()) {
                date = Date::new(date.year() + 1, 1, 1).ok()?;
            } else if !cron.has_month(date.month()) {
                date = date.first_of_month().checked_add(1.month()).ok()?;
            } else {
                let mut times = self.times_on(cron, date);
                if let Some(found) = times.find(|found| *found > after) {
                    return Some(found);
                }
                date = date.tomorrow().ok()?;
            }
        }
    }

    fn latest_of(&self, cron: &Cron, after: Timestamp, by: Timestamp) -> Option<Timestamp> {
        let mut date = self.zone.to_datetime(by).date().tomorrow().ok()?;
        let first = self.zone.to_datetime(after).date().yesterday().ok()?;
        while date >= first {
            if !cron.has_year(date.year()) {
                date = Date::new(date.year() - 1, 12, 31).ok()?;
            } else if !cron.has_month(date.month()) {
                date = date.first_of_month().yesterday().ok()?;
            } else {
                let times = self.times_on(cron, date);
                if let Some(found) = times.filter(|it| *it <= by).max() {
                    return (found > after).then_some(found);
                }
                date = date.yesterday().ok()?;
            }
        }
        None
    }

    /// The times on one day, of a month and year that the expression has.
    fn times_on<'a>(&'a self, cron: &'a Cron, date: Date) -> impl Iterator<Item = Timestamp> + 'a {
        let hours = (0..24).filter(move |_| cron.has_day(date));
        hours.filter(|hour| cron.has_hour(*hour)).filter_map(move |hour| {
            let time = self.zone.to_ambiguous_timestamp(date.at(hour, cron.minute, 0, 0));
            match time.offset() {
                AmbiguousOffset::Gap { .. } => None,
                AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => {
                    time.compatible().ok()
                }
            }
        })
    }
}

impl TryFrom<Texts> for PlanSchedule {
    type Error = InvalidSchedule;

    fn try_from(Texts { expression, timezone }: Texts) -> Result<Self, Self::Error> {
        Self::parse(&expression, &timezone)
    }
}

impl From<PlanSchedule> for Texts {
    fn from(schedule: PlanSchedule) -> Self {
        schedule.texts
    }
}

/// What stands in the parentheses of `name(…)`.
fn within<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')')
}

/// Of the database that is built in: what a time zone is does not go by the machine.
fn zone(name: &str) -> Option<TimeZone> {
    if name.len() > TEXT_BYTES_MAX {
        return None;
    }
    TimeZoneDatabase::bundled().get(name).ok()
}

/// How long `1 day` is.
fn period(text: &str) -> Result<SignedDuration, &'static str> {
    const FORM: &str = "a rate is a number and minutes, hours or days, as in rate(12 hours)";
    let (number, unit) = text.trim().split_once(' ').ok_or(FORM)?;
    let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let number = number.parse::<i64>().ok().filter(|_| digits).ok_or(FORM)?;
    let (minutes, is_one) = match unit.trim_start() {
        "minute" => (1, true),
        "minutes" => (1, false),
        "hour" => (60, true),
        "hours" => (60, false),
        "day" => (24 * 60, true),
        "days" => (24 * 60, false),
        _ => return Err(FORM),
    };
    if (number == 1) != is_one {
        return Err("its unit is singular with 1, and plural otherwise");
    }
    let minutes = number.checked_mul(minutes).ok_or("it is too long")?;
    let period = SignedDuration::try_from_mins(minutes).ok_or("it is too long")?;
    if period < PERIOD_MIN {
        return Err("plans run hourly at the most");
    }
    if period > PERIOD_MAX {
        return Err("it is too long");
    }
    Ok(period)
}

fn at_period(since: Timestamp, period: SignedDuration, count: i64) -> Option<Timestamp> {
    let milliseconds = milliseconds(period).checked_mul(count)?;
    since.checked_add(SignedDuration::from_millis(milliseconds)).ok()
}

/// A period is at the least an hour, and at the most a hundred years.
fn milliseconds(period: SignedDuration) -> i64 {
    period.as_secs() * 1000
}
