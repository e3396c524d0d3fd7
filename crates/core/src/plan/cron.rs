//! Cron expressions as AWS has them: minute, hour, day of the month, month, day of the week, year.
//!
//! One of the two kinds of days is `?`, since AWS takes no expression that has both. What a field
//! can say is `*`, a value, a range `1-5`, a step `0/6`, `*/6` or `1-12/3`, and several of these
//! with commas; months and days of the week have names as well. Of days of the month also `L`, the
//! last one, `LW`, the last Monday to Friday, and `15W`, the Monday to Friday that is nearest to
//! the 15th in its month; of days of the week `L`, Saturday, `6L`, the last Friday of the month,
//! and `6#3`, its third Friday.

use jiff::civil::{Date, Weekday};

/// The years that a schedule can name.
const YEARS: (u16, u16) = (1970, 2199);

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// When something is done, in the time of some place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cron {
    /// The minute. There is one, so that nothing is done more often than hourly.
    pub(super) minute: i8,
    /// A bit for each hour.
    hours: u32,
    days: Days,
    /// A bit for each month.
    months: u16,
    years: Vec<(u16, u16, u16)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Days {
    OfMonth(Vec<DayOfMonth>),
    OfWeek(Vec<DayOfWeek>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DayOfMonth {
    /// A bit for each day.
    These(u32),
    Last,
    LastWeekday,
    /// The Monday to Friday that is nearest to this day.
    Nearest(u16),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DayOfWeek {
    /// A bit for each day, from 1, which is Sunday.
    These(u32),
    LastOfMonth(u16),
    /// The day, and which one of its kind in the month.
    Nth(u16, u16),
}

/// What is wrong with an expression, in words.
type Problem = String;

impl Cron {
    /// Understands what stands between the parentheses.
    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        let fields: Vec<&str> = text.split(' ').filter(|field| !field.is_empty()).collect();
        let [minute, hour, day, month, weekday, year] = fields[..] else {
            return Err(format!("it has {} fields, and must have six", fields.len()));
        };
        let digits = minute.bytes().all(|byte| byte.is_ascii_digit()).then_some(minute);
        let Some(minute @ 0..=59) = digits.and_then(|digits| digits.parse::<i8>().ok()) else {
            return Err(format!(
                "the minute {minute:?} is not one number from 0 to 59; plans run hourly at the most"
            ));
        };
        let days = match (day, weekday) {
            ("?", "?") => return Err("both kinds of days are `?`".to_owned()),
            (day, "?") => Days::OfMonth(each(day, day_of_month)?),
            ("?", weekday) => Days::OfWeek(each(weekday, day_of_week)?),
            (_, _) => {
                return Err(
                    "one of the day of the month and the day of the week must be `?`".to_owned()
                );
            }
        };
        let hours = bits(hour, (0, 23), &[])?;
        let months = bits(month, (1, 12), &MONTHS)?;
        let months = u16::try_from(months).map_err(|_| "its months are too many".to_owned())?;
        let years = each(year, |part| span(part, YEARS, &[]))?;
        Ok(Self { minute, hours, days, months, years })
    }

    /// Whether it has something to do in this year.
    pub(super) fn has_year(&self, year: i16) -> bool {
        let Ok(year) = u16::try_from(year) else { return false };
        let within = |(from, to, step): &(u16, u16, u16)| {
            (*from..=*to).contains(&year) && (year - from).is_multiple_of(*step)
        };
        self.years.iter().any(within)
    }

    /// Whether it has something to do in this month.
    pub(super) fn has_month(&self, month: i8) -> bool {
        self.months & (1_u16 << month) != 0
    }

    /// Whether it has something to do on this day, if it has in its month and year.
    pub(super) fn has_day(&self, date: Date) -> bool {
        match &self.days {
            Days::OfMonth(days) => days.iter().any(|day| day.is(date)),
            Days::OfWeek(days) => days.iter().any(|day| day.is(date)),
        }
    }

    /// Whether it has something to do in this hour.
    pub(super) fn has_hour(&self, hour: i8) -> bool {
        self.hours & (1_u32 << hour) != 0
    }
}

impl DayOfMonth {
    fn is(self, date: Date) -> bool {
        match self {
            Self::These(bits) => bits & (1_u32 << date.day()) != 0,
            Self::Last => date.day() == date.days_in_month(),
            Self::LastWeekday => Some(date) == nearest(date.last_of_month()),
            Self::Nearest(day) => {
                let of = i8::try_from(day).ok();
                let of = of.and_then(|day| Date::new(date.year(), date.month(), day).ok());
                of.is_some_and(|of| nearest(of) == Some(date))
            }
        }
    }
}

/// The Monday to Friday that is nearest to a date, in its month.
fn nearest(date: Date) -> Option<Date> {
    let days = match date.weekday() {
        Weekday::Saturday if date.day() == 1 => 2,
        Weekday::Saturday => -1,
        Weekday::Sunday if date.day() == date.days_in_month() => -2,
        Weekday::Sunday => 1,
        Weekday::Monday
        | Weekday::Tuesday
        | Weekday::Wednesday
        | Weekday::Thursday
        | Weekday::Friday => 0,
    };
    let day = date.day() + days;
    Date::new(date.year(), date.month(), day).ok()
}

impl DayOfWeek {
    fn is(self, date: Date) -> bool {
        let number = date.weekday().to_sunday_one_offset();
        let is = |day: u16| i16::from(number) == day.cast_signed();
        match self {
            Self::These(bits) => bits & (1_u32 << number) != 0,
            Self::LastOfMonth(day) => is(day) && date.day() + 7 > date.days_in_month(),
            Self::Nth(day, nth) => {
                is(day) && i16::from((date.day() - 1) / 7) + 1 == nth.cast_signed()
            }
        }
    }
}

/// The parts of a field that stand between commas.
fn each<T>(field: &str, part: impl Fn(&str) -> Result<T, Problem>) -> Result<Vec<T>, Problem> {
    field.split(',').map(part).collect()
}

fn day_of_month(part: &str) -> Result<DayOfMonth, Problem> {
    let range = (1, 31);
    match part {
        "L" => Ok(DayOfMonth::Last),
        "LW" => Ok(DayOfMonth::LastWeekday),
        _ => match part.strip_suffix('W') {
            Some(day) => value(day, range, &[]).map(DayOfMonth::Nearest),
            None => bits_of(part, range, &[]).map(DayOfMonth::These),
        },
    }
}

fn day_of_week(part: &str) -> Result<DayOfWeek, Problem> {
    let range = (1, 7);
    if part == "L" {
        return Ok(DayOfWeek::These(1 << 7));
    }
    if let Some(day) = part.strip_suffix('L') {
        return value(day, range, &DAYS).map(DayOfWeek::LastOfMonth);
    }
    match part.split_once('#') {
        Some((day, nth)) => Ok(DayOfWeek::Nth(value(day, range, &DAYS)?, value(nth, (1, 5), &[])?)),
        None => bits_of(part, range, &DAYS).map(DayOfWeek::These),
    }
}

/// A bit for each value that a field names.
fn bits(field: &str, range: (u16, u16), names: &[&str]) -> Result<u32, Problem> {
    let parts = each(field, |part| bits_of(part, range, names))?;
    Ok(parts.into_iter().fold(0, |all, one| all | one))
}

/// A bit for each value that one part of a field names.
fn bits_of(part: &str, range: (u16, u16), names: &[&str]) -> Result<u32, Problem> {
    let (from, to, step) = span(part, range, names)?;
    let values = (from..=to).step_by(usize::from(step));
    Ok(values.fold(0, |bits, value| bits | 1_u32 << value))
}

/// The first and the last value that one part of a field names, and how far they are apart.
fn span(part: &str, range: (u16, u16), names: &[&str]) -> Result<(u16, u16, u16), Problem> {
    let (values, step) = match part.split_once('/') {
        None => (part, None),
        Some((values, step)) => (values, Some(value(step, (1, range.1), &[])?)),
    };
    let (from, to) = match values.split_once('-') {
        Some((from, to)) => (value(from, range, names)?, value(to, range, names)?),
        None if values == "*" => range,
        None => {
            let from = value(values, range, names)?;
            // `3/6` begins at 3 and goes on to the end.
            (from, if step.is_some() { range.1 } else { from })
        }
    };
    if from > to {
        return Err(format!("the range {part:?} ends before it begins"));
    }
    Ok((from, to, step.unwrap_or(1)))
}

fn value(text: &str, (from, to): (u16, u16), names: &[&str]) -> Result<u16, Problem> {
    let upper = text.to_ascii_uppercase();
    if let Some(place) = names.iter().position(|name| *name == upper) {
        // What has names counts from 1.
        return Ok(u16::try_from(place + 1).unwrap_or(from));
    }
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(value) if digits && (from..=to).contains(&value) => Ok(value),
        Ok(_) | Err(_) => Err(format!("{text:?} is not a value from {from} to {to}")),
    }
}
