//! Points in time, as AWS's JSON and query strings carry them.
//!
//! Bodies hold numbers of epoch seconds whose fraction is milliseconds; every other form
//! breaks some SDK. Reading is lenient: whole or fractional numbers, their decimal text,
//! and ISO 8601 are all taken.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// A point in time that serialises as epoch seconds, cut to milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EpochSeconds(pub Timestamp);

impl EpochSeconds {
    /// Reads a JSON number, or a string of either form.
    pub(crate) fn from_json(value: &Value) -> Option<Self> {
        match value {
            Value::Number(number) => from_seconds(number.as_f64()?),
            Value::String(text) => parse(text).map(Self),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }
}

/// Reads ISO 8601 with any number of fraction digits, or a decimal number of seconds.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let number = || text.parse::<f64>().ok().and_then(from_seconds);
    text.parse().ok().or_else(|| number().map(|it| it.0))
}

/// Reads the bound of a filter: what [`parse`] reads, and what lies beyond every instant
/// that there can be here, as the last or the first of them. Callers write the end of the
/// year 9999 for "no limit", which is some hours later than [`Timestamp::MAX`].
pub(crate) fn parse_bound(text: &str) -> Option<Timestamp> {
    parse(text).or_else(|| {
        let is_late = match text.parse::<f64>() {
            Ok(seconds) if seconds.is_finite() => seconds > 0.0,
            Ok(_) => return None,
            Err(_) => {
                let pieces = jiff::fmt::temporal::Pieces::parse(text).ok()?;
                pieces.offset()?;
                match pieces.date().year() {
                    ..=-9999 => false,
                    9999.. => true,
                    // Whatever is odd about the text, it is not that it lies too far away.
                    _ => return None,
                }
            }
        };
        Some(if is_late { Timestamp::MAX } else { Timestamp::MIN })
    })
}

fn from_seconds(seconds: f64) -> Option<EpochSeconds> {
    let exact = SignedDuration::try_from_secs_f64(seconds).ok()?;
    let millis = exact.round(jiff::Unit::Millisecond).ok()?;
    Timestamp::from_duration(millis).ok().map(EpochSeconds)
}

impl From<Timestamp> for EpochSeconds {
    fn from(instant: Timestamp) -> Self {
        Self(instant)
    }
}

impl Serialize for EpochSeconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let millis = SignedDuration::from_millis(self.0.as_millisecond());
        serializer.serialize_f64(millis.as_secs_f64())
    }
}

impl<'de> Deserialize<'de> for EpochSeconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl Visitor<'_> for Either {
            type Value = EpochSeconds;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("epoch seconds or an ISO 8601 instant")
            }

            fn visit_f64<E: Error>(self, seconds: f64) -> Result<EpochSeconds, E> {
                from_seconds(seconds).ok_or_else(|| E::custom("instant out of range"))
            }

            fn visit_i64<E: Error>(self, seconds: i64) -> Result<EpochSeconds, E> {
                Timestamp::from_second(seconds).map(EpochSeconds).map_err(E::custom)
            }

            fn visit_u64<E: Error>(self, seconds: u64) -> Result<EpochSeconds, E> {
                i64::try_from(seconds).map_err(E::custom).and_then(|it| self.visit_i64(it))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<EpochSeconds, E> {
                parse(text).map(EpochSeconds).ok_or_else(|| E::custom("not an instant"))
            }
        }

        deserializer.deserialize_any(Either)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(json: &str) -> Option<String> {
        serde_json::from_str::<EpochSeconds>(json).ok().map(|it| it.0.to_string())
    }

    #[test]
    fn a_body_carries_seconds_with_milliseconds() {
        let instant: Timestamp = "2018-01-26T00:11:30.087999Z".parse().unwrap();
        let json = serde_json::to_string(&EpochSeconds(instant)).unwrap();
        assert_eq!(json, "1516925490.087");
        assert_eq!(read(&json).unwrap(), "2018-01-26T00:11:30.087Z");
    }

    #[test]
    fn other_spellings_are_read() {
        for json in [
            "1516925490",
            "1516925490.0",
            "\"1516925490\"",
            "\"2018-01-26T00:11:30Z\"",
            "\"2018-01-26T00:11:30.000000Z\"",
        ] {
            assert_eq!(read(json).as_deref(), Some("2018-01-26T00:11:30Z"), "{json}");
        }
        for json in ["\"\"", "1e300", "\"soon\"", "true", "\"NaN\""] {
            assert_eq!(read(json), None, "{json}");
        }
    }

    #[test]
    fn queries_carry_three_or_six_digits() {
        for text in ["2024-01-02T03:04:05.678Z", "2024-01-02T03:04:05.678000Z", "1704164645.678"] {
            assert_eq!(parse(text).unwrap().as_millisecond(), 1_704_164_645_678, "{text}");
        }
    }

    #[test]
    fn a_bound_beyond_every_instant_is_the_last_or_the_first() {
        for text in ["9999-12-31T00:00:00Z", "9999-12-31T23:59:59.999999+00:00", "1e12"] {
            assert_eq!(parse_bound(text), Some(Timestamp::MAX), "{text}");
        }
        for text in ["-009999-01-01T00:00:00Z", "-1e12"] {
            assert_eq!(parse_bound(text), Some(Timestamp::MIN), "{text}");
        }
        let ordinary = "2024-01-02T03:04:05Z";
        assert_eq!(parse_bound(ordinary), parse(ordinary));
        // Without an offset it is no instant, however far away.
        for text in ["9999-12-31T00:00:00", "9999-13-31T00:00:00Z", "inf", "NaN", "soon", ""] {
            assert_eq!(parse_bound(text), None, "{text}");
        }
        // Nor is an ordinary year with an odd text.
        for text in ["2024-06-01Z", "2024-06-01+01:00", "2024-06-01T00:00Z[!u-ca=x]"] {
            assert_eq!(parse_bound(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn milliseconds_survive_the_round_trip(millis in 0_i64..4_102_444_800_000) {
            let instant = Timestamp::from_millisecond(millis).unwrap();
            let json = serde_json::to_string(&EpochSeconds(instant)).unwrap();
            prop_assert_eq!(serde_json::from_str::<EpochSeconds>(&json).unwrap().0, instant);
        }
    }
}
