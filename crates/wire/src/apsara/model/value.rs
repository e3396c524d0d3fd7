//! What a parameter or a member may be.
//!
//! Each type is read in one place, so that afterwards nothing is just a text.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};

use super::Action;
use crate::apsara::{Error, Parameters, time};

/// The most ids that one `DeleteBackup` may have, counted with those that are there twice.
pub const BACKUP_SET_IDS_MAX: usize = 100;

/// The longest id, in bytes.
const ID_LEN_MAX: usize = 64;

/// The minutes of a day.
const DAY_MINUTES: u16 = 24 * 60;

/// The days of a week, in the order in which they are written.
const DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// A text is not what a parameter may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidValue {
    /// What it may be.
    expected: Cow<'static, str>,
    /// The error for it, where it is not the one for every other fault of the parameter.
    code: Option<&'static str>,
}

impl InvalidValue {
    /// What it may be.
    pub fn new(expected: impl Into<Cow<'static, str>>) -> Self {
        Self { expected: expected.into(), code: None }
    }
}

/// What can be the value of a parameter.
pub trait Value: Sized {
    /// The error for one that is there and empty, where that is not the same as absent.
    const EMPTY: Option<&'static str> = None;

    /// Reads it.
    fn read(text: &str) -> Result<Self, InvalidValue>;

    /// Writes it so that it is read again.
    fn write(&self) -> String;
}

/// Reads the parameters of one action.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    action: Action,
    given: &'a Parameters,
    code: &'static str,
}

impl<'a> Reader<'a> {
    pub(super) fn new(action: Action, given: &'a Parameters) -> Self {
        Self { action, given, code: super::ANY.code }
    }

    /// The same, where a value that is wrong has this error.
    pub(super) fn or(self, code: &'static str) -> Self {
        Self { code, ..self }
    }

    pub(super) fn required<T: Value>(self, name: &str) -> Result<T, Error> {
        let Some(text) = self.given.get(name) else { return Err(Error::missing(name)) };
        if text.is_empty() {
            return Err(match T::EMPTY {
                Some(code) => self.action.error(code),
                None => Error::missing(name),
            });
        }
        self.read(name, text)
    }

    pub(super) fn optional<T: Value>(self, name: &str) -> Result<Option<T>, Error> {
        self.given.given(name).map(|text| self.read(name, text)).transpose()
    }

    fn read<T: Value>(self, name: &str, text: &str) -> Result<T, Error> {
        T::read(text).map_err(|InvalidValue { expected, code }| {
            let code = code.unwrap_or(self.code);
            self.action.refuse(&[code], &format!("{name} is {expected}"))
        })
    }
}

/// Adds a parameter, if it has a value.
pub(super) fn put<T: Value>(
    pairs: &mut Vec<(&'static str, String)>,
    name: &'static str,
    value: Option<&T>,
) {
    if let Some(value) = value {
        pairs.push((name, value.write()));
    }
}

impl Value for String {
    fn read(text: &str) -> Result<Self, InvalidValue> {
        Ok(text.to_owned())
    }

    fn write(&self) -> String {
        self.clone()
    }
}

impl Value for bool {
    fn read(text: &str) -> Result<Self, InvalidValue> {
        let is = |word: &str| text.eq_ignore_ascii_case(word);
        if is("true") || is("false") {
            Ok(is("true"))
        } else {
            Err(InvalidValue::new("true or false"))
        }
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

/// A whole number between two bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number<const MIN: i64, const MAX: i64>(i64);

impl<const MIN: i64, const MAX: i64> Number<MIN, MAX> {
    /// This number, if it is between the bounds.
    pub fn new(number: i64) -> Option<Self> {
        (MIN..=MAX).contains(&number).then_some(Self(number))
    }

    /// The number.
    pub fn get(self) -> i64 {
        self.0
    }
}

impl<const MIN: i64, const MAX: i64> Value for Number<MIN, MAX> {
    fn read(text: &str) -> Result<Self, InvalidValue> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let number = if plain { text.parse().ok() } else { None };
        number
            .and_then(Self::new)
            .ok_or_else(|| InvalidValue::new(format!("a whole number between {MIN} and {MAX}")))
    }

    fn write(&self) -> String {
        self.0.to_string()
    }
}

/// On or off, in any of the words of RDS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Switch(pub bool);

impl Value for Switch {
    fn read(text: &str) -> Result<Self, InvalidValue> {
        match text {
            "1" => Ok(Self(true)),
            "0" => Ok(Self(false)),
            other => {
                bool::read(other).map(Self).map_err(|_| InvalidValue::new("True, 1, False or 0"))
            }
        }
    }

    fn write(&self) -> String {
        (if self.0 { "True" } else { "False" }).to_owned()
    }
}

/// Whether a text could be an id of RDS.
fn is_id(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=ID_LEN_MAX).contains(&text.len()) && text.bytes().all(plain)
}

/// What an id may be, for people.
const ID_FORM: &str = "1 to 64 letters, digits, '-' or '_'";

/// A text with the form of an id, as a type of its own.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Value for $name {
            fn read(text: &str) -> Result<Self, InvalidValue> {
                let id = is_id(text).then(|| Self(text.to_owned()));
                id.ok_or(InvalidValue::new(ID_FORM))
            }

            fn write(&self) -> String {
                self.0.clone()
            }
        }
    };
}

id!(
    /// An instance, such as `rm-uf6wjk5xxxxxxx`.
    InstanceId
);
id!(
    /// A backup set, such as `324909958`.
    BackupSetId
);
id!(
    /// A region, such as `cn-hangzhou`.
    RegionId
);

/// The backup sets that are to be deleted together: at least one, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupSetIds(Vec<BackupSetId>);

impl BackupSetIds {
    /// These, each once and in this order. Nothing if there are none or too many.
    pub fn new(ids: impl IntoIterator<Item = BackupSetId>) -> Option<Self> {
        let mut each: Vec<BackupSetId> = Vec::new();
        for id in ids {
            if !each.contains(&id) {
                each.push(id);
            }
        }
        (1..=BACKUP_SET_IDS_MAX).contains(&each.len()).then_some(Self(each))
    }

    /// The ids.
    pub fn as_slice(&self) -> &[BackupSetId] {
        &self.0
    }
}

impl Value for BackupSetIds {
    const EMPTY: Option<&'static str> = Some("ParameterLeastAssociate");

    fn read(text: &str) -> Result<Self, InvalidValue> {
        let wrong = |expected: String, code| InvalidValue { expected: expected.into(), code };
        let items: Vec<&str> = text.split(',').map(str::trim).collect();
        if items.iter().all(|item| item.is_empty()) {
            return Err(wrong("at least one id".to_owned(), Self::EMPTY));
        }
        if items.len() > BACKUP_SET_IDS_MAX {
            let expected = format!("at most {BACKUP_SET_IDS_MAX} ids");
            return Err(wrong(expected, Some("DeleteBackupSetNumExceed")));
        }
        let ids: Result<Vec<BackupSetId>, _> = items.into_iter().map(BackupSetId::read).collect();
        let expected = || wrong(format!("ids with commas between them, each {ID_FORM}"), None);
        ids.ok().and_then(Self::new).ok_or_else(expected)
    }

    fn write(&self) -> String {
        let ids: Vec<&str> = self.0.iter().map(BackupSetId::as_str).collect();
        ids.join(",")
    }
}

/// A time of day in UTC, from one minute to another, which may be of the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DailyWindow {
    from_minute: u16,
    to_minute: u16,
}

impl DailyWindow {
    /// From one minute of the day to another; nothing if a day has no such minute.
    pub fn new(from_minute: u16, to_minute: u16) -> Option<Self> {
        (from_minute.max(to_minute) < DAY_MINUTES).then_some(Self { from_minute, to_minute })
    }

    /// The minute of the day at which it begins, and at which it ends.
    pub fn minutes(self) -> (u16, u16) {
        (self.from_minute, self.to_minute)
    }
}

impl Value for DailyWindow {
    fn read(text: &str) -> Result<Self, InvalidValue> {
        fn minute(text: &str) -> Option<u16> {
            let (hours, minutes) = text.strip_suffix('Z')?.split_once(':')?;
            let two = |text: &str| {
                let plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
                plain.then(|| text.parse::<u16>().ok())?
            };
            let (hours, minutes) = (two(hours)?, two(minutes)?);
            let minute = hours * 60 + minutes;
            (minutes < 60 && minute < DAY_MINUTES).then_some(minute)
        }
        let ends = text.split_once('-').and_then(|(from, to)| Some((minute(from)?, minute(to)?)));
        let window = ends.and_then(|(from_minute, to_minute)| Self::new(from_minute, to_minute));
        window.ok_or(InvalidValue::new("two times of day, HH:mmZ-HH:mmZ"))
    }

    fn write(&self) -> String {
        let of = |minute: u16| format!("{:02}:{:02}Z", minute / 60, minute % 60);
        format!("{}-{}", of(self.from_minute), of(self.to_minute))
    }
}

/// Days of the week, at least two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weekdays([bool; 7]);

impl Weekdays {
    /// These days, from Monday to Sunday; nothing if they are fewer than two.
    pub fn new(from_monday: [bool; 7]) -> Option<Self> {
        (from_monday.iter().filter(|it| **it).count() >= 2).then_some(Self(from_monday))
    }

    /// Whether each day is one of them, from Monday to Sunday.
    pub fn from_monday(self) -> [bool; 7] {
        self.0
    }
}

impl Value for Weekdays {
    fn read(text: &str) -> Result<Self, InvalidValue> {
        let wrong = || InvalidValue::new("at least two days of the week, Monday,Tuesday");
        let mut days = [false; 7];
        for word in text.split(',').map(str::trim) {
            let day = DAYS.iter().position(|day| *day == word).ok_or_else(wrong)?;
            days[day] = true;
        }
        Self::new(days).ok_or_else(wrong)
    }

    fn write(&self) -> String {
        let days = DAYS.iter().zip(self.0).filter(|(_, is)| *is).map(|(day, _)| *day);
        days.collect::<Vec<_>>().join(",")
    }
}

/// A point in time that is written in one precision.
macro_rules! point_in_time {
    ($(#[$doc:meta])* $name:ident, $write:path) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(pub Timestamp);

        impl Value for $name {
            fn read(text: &str) -> Result<Self, InvalidValue> {
                let expected = "a time in UTC, YYYY-MM-DDTHH:MMZ or YYYY-MM-DDTHH:MM:SSZ";
                time::read(text).map(Self).ok_or(InvalidValue::new(expected))
            }

            fn write(&self) -> String {
                $write(self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.write())
            }
        }
    };
}

point_in_time!(
    /// Written to the second.
    Seconds,
    time::to_the_second
);
point_in_time!(
    /// Written to the minute.
    Minutes,
    time::to_the_minute
);

/// A count that is written as a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Counter(pub u64);

impl Serialize for Counter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// Where something can be fetched by whoever knows it: a secret, which `Debug` does not show.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Link(pub String);

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Link")
    }
}

#[cfg(test)]
mod tests;
