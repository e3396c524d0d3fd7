//! How people write ages, moments, sizes and tags. Pure.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// Text that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no {what}")]
pub struct InvalidWord {
    text: String,
    what: &'static str,
}

fn invalid(text: &str, what: &'static str) -> InvalidWord {
    InvalidWord { text: text.to_owned(), what }
}

/// An age such as `90d`, `36h` or `1w2d`: a day has 24 hours. Months and years have no one
/// length, and a number without a unit says nothing.
pub fn age(text: &str) -> Result<SignedDuration, InvalidWord> {
    let wrong = || invalid(text, "age such as 90d, 36h or 2w (s, m, h, d and w are known)");
    let mut rest = text;
    let mut seconds: i64 = 0;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: i64 = rest[..digits].parse().map_err(|_| wrong())?;
        let unit = match rest[digits..].chars().next() {
            Some('s') => 1,
            Some('m') => 60,
            Some('h') => 3600,
            Some('d') => 24 * 3600,
            Some('w') => 7 * 24 * 3600,
            Some(_) | None => return Err(wrong()),
        };
        let part = number.checked_mul(unit).ok_or_else(wrong)?;
        seconds = seconds.checked_add(part).ok_or_else(wrong)?;
        rest = &rest[digits + 1..];
    }
    if text.is_empty() { Err(wrong()) } else { Ok(SignedDuration::from_secs(seconds)) }
}

/// A moment: a date, which means its midnight, a date with a time, both in UTC; or one that
/// names its offset.
pub fn moment(text: &str) -> Result<Timestamp, InvalidWord> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment);
    }
    let wrong = || invalid(text, "date such as 2026-01-31 or 2026-01-31T18:00:00Z, in UTC");
    let civil = match text.parse::<Date>() {
        // The parser of dates lets a time behind one pass.
        Ok(date) if text.len() == 10 => date.to_datetime(jiff::civil::Time::midnight()),
        Ok(_) | Err(_) => text.parse::<DateTime>().map_err(|_| wrong())?,
    };
    let civil = TimeZone::UTC.to_timestamp(civil);
    civil.map_err(|_| wrong())
}

/// A number of bytes such as `10GiB` (powers of 1024) or `10GB` (powers of 1000).
pub fn bytes(text: &str) -> Result<u64, InvalidWord> {
    let wrong = || invalid(text, "size such as 10GiB, 500MB or 4096");
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number: u64 = text[..digits].parse().map_err(|_| wrong())?;
    let unit: u64 = match text[digits..].trim_start() {
        "" | "B" => 1,
        "kB" | "KB" => 1000,
        "MB" => 1000_u64.pow(2),
        "GB" => 1000_u64.pow(3),
        "TB" => 1000_u64.pow(4),
        "PB" => 1000_u64.pow(5),
        "KiB" => 1024,
        "MiB" => 1024_u64.pow(2),
        "GiB" => 1024_u64.pow(3),
        "TiB" => 1024_u64.pow(4),
        "PiB" => 1024_u64.pow(5),
        _ => return Err(wrong()),
    };
    number.checked_mul(unit).ok_or_else(wrong)
}

/// A tag as `KEY=VALUE`: all up to the first `=` is the key, and the value may be empty.
pub fn tag(text: &str) -> Result<(String, String), InvalidWord> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        Some(_) | None => Err(invalid(text, "tag such as team=storage")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ages_are_read_as_people_write_them() {
        for (text, hours) in [("90d", 2160), ("36h", 36), ("2w", 336), ("1w2d", 216), ("60m", 1)] {
            assert_eq!(age(text), Ok(SignedDuration::from_hours(hours)), "{text}");
        }
        for text in ["", "90", "-5d", "1y", "3M", "d", "1.5d", "90 d", "99999999999999999w", "٣d"]
        {
            assert!(age(text).unwrap_err().to_string().contains("90d"), "{text}");
        }
    }

    #[test]
    fn a_date_is_its_midnight_in_utc() {
        for (text, told) in [
            ("2026-01-31", "2026-01-31T00:00:00Z"),
            ("2026-01-31T18:00", "2026-01-31T18:00:00Z"),
            ("2026-01-31 18:00:05", "2026-01-31T18:00:05Z"),
            ("2026-01-31T18:00:00+02:00", "2026-01-31T16:00:00Z"),
        ] {
            assert_eq!(moment(text).unwrap().to_string(), told, "{text}");
        }
        for text in ["", "2026", "2026-13-01", "2026-02-30", "31.01.2026", "yesterday"] {
            assert!(moment(text).unwrap_err().to_string().contains("2026-01-31"), "{text}");
        }
    }

    #[test]
    fn sizes_say_whether_they_count_by_1000_or_1024() {
        assert_eq!(bytes("10GiB"), Ok(10 << 30));
        assert_eq!(bytes("10 GB"), Ok(10_000_000_000));
        assert_eq!(bytes("4096"), Ok(4096));
        for text in ["", "GiB", "10G", "-1", "1.5GiB", "99999999PiB", "10gib"] {
            assert!(bytes(text).unwrap_err().to_string().contains("10GiB"), "{text}");
        }
    }

    #[test]
    fn a_tag_has_a_key() {
        assert_eq!(tag("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert_eq!(tag("a="), Ok(("a".to_owned(), String::new())));
        assert!(tag("=b").is_err() && tag("a").is_err() && tag("").is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(
            text in any::<String>(), near in "[0-9]{0,22}[a-zA-Z0-9é: -]{0,9}",
        ) {
            for text in [&text, &near] {
                drop((age(text), moment(text), bytes(text), tag(text)));
            }
        }
    }
}
