//! Points in time as RDS writes them: in UTC, to the second or to the minute.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// Writes `YYYY-MM-DDTHH:MM:SSZ`.
pub fn to_the_second(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Writes `YYYY-MM-DDTHH:MMZ`.
pub fn to_the_minute(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%MZ").to_string()
}

/// Reads either form, and nothing else.
pub fn read(text: &str) -> Option<Timestamp> {
    let (text, seconds) = match text.len() {
        17 => (text, 0),
        20 => (text, number(text, 17, 2, Some((16, b':')))?),
        _ => return None,
    };
    if !text.ends_with('Z') {
        return None;
    }
    let (century, year) = (number(text, 0, 2, None)?, number(text, 2, 2, None)?);
    let month = number(text, 5, 2, Some((4, b'-')))?;
    let day = number(text, 8, 2, Some((7, b'-')))?;
    let hour = number(text, 11, 2, Some((10, b'T')))?;
    let minute = number(text, 14, 2, Some((13, b':')))?;
    let year = i16::from(century) * 100 + i16::from(year);
    let civil = DateTime::new(year, month, day, hour, minute, seconds, 0).ok()?;
    Offset::UTC.to_timestamp(civil).ok()
}

/// The digits at a place, where the byte before them is as it should be.
fn number(text: &str, from: usize, count: usize, before: Option<(usize, u8)>) -> Option<i8> {
    let bytes = text.as_bytes();
    if before.is_some_and(|(place, byte)| bytes.get(place) != Some(&byte)) {
        return None;
    }
    let digits = text.get(from..from + count)?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_precisions_are_read() {
        let time = read("2026-11-28T15:04:05Z").unwrap();
        assert_eq!(to_the_second(time), "2026-11-28T15:04:05Z");
        assert_eq!(to_the_minute(time), "2026-11-28T15:04Z");
        assert_eq!(to_the_second(read("2026-11-28T15:04Z").unwrap()), "2026-11-28T15:04:00Z");
    }

    #[test]
    fn nothing_else_is_read() {
        for text in [
            "",
            "2026-11-28",
            "2026-11-28T15:04:05",
            "2026-11-28 15:04:05Z",
            "2026-11-28T15:04:05+",
            "2026-11-28T15:04z",
            "2026-13-28T15:04Z",
            "2026-02-30T15:04Z",
            "2026-11-28T24:04Z",
            "2026-11-28T15:04:61Z",
            "+026-11-28T15:04Z",
            "2026-11-28T15-04Z",
            "2026-11-28T15:04:0\u{e9}Z",
            "20261128T150405Z",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(seconds in 0_i64..253_402_300_799) {
            let time = Timestamp::from_second(seconds).unwrap();
            prop_assert_eq!(read(&to_the_second(time)), Some(time));
            let minute = Timestamp::from_second(seconds - seconds % 60).unwrap();
            prop_assert_eq!(read(&to_the_minute(time)), Some(minute));
        }

        #[test]
        fn reading_never_panics(
            text in prop_oneof![any::<String>(), "[0-9TZ:é-]{15,20}".prop_map(String::from)],
        ) {
            read(&text);
        }
    }
}
