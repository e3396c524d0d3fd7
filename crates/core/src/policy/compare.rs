//! Values that conditions compare: numbers, instants, networks.

use std::cmp::Ordering;
use std::net::IpAddr;

use jiff::Timestamp;

/// How two values are to stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    pub(super) fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

/// A number as it is written in decimal, compared exactly however long it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decimal {
    negative: bool,
    /// Without zeros in front.
    whole: String,
    /// Without zeros at the end.
    fraction: String,
}

impl Decimal {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
        if !is_digits(whole) || !is_digits(fraction) {
            return None;
        }
        let whole = whole.trim_start_matches('0').to_owned();
        let fraction = fraction.trim_end_matches('0').to_owned();
        let negative = negative && !(whole.is_empty() && fraction.is_empty());
        Some(Self { negative, whole, fraction })
    }

    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let size = |one: &Self, other: &Self| {
            let lengths = one.whole.len().cmp(&other.whole.len());
            lengths
                .then_with(|| one.whole.cmp(&other.whole))
                .then(one.fraction.cmp(&other.fraction))
        };
        match (self.negative, other.negative) {
            (false, false) => size(self, other),
            (true, true) => size(other, self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

/// An instant: as ISO 8601 writes it, a day for its beginning in UTC, or seconds since 1970.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    // Four digits are a year to some and a second to others.
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.len() > 4 && digits.bytes().all(|it| it.is_ascii_digit()) {
        return Timestamp::from_second(text.parse().ok()?).ok();
    }
    let is_day = text.len() == 10 && text.is_ascii();
    if is_day { format!("{text}T00:00:00Z").parse().ok() } else { text.parse().ok() }
}

pub(super) fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// Addresses that begin with the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Network {
    bits: u128,
    length: u32,
    is_v4: bool,
}

impl Network {
    /// `10.0.0.0/8`, or one address.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => {
                let is_plain = length.bytes().all(|it| it.is_ascii_digit());
                (address, Some(length.parse().ok().filter(|_| is_plain)?))
            }
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let length = length.unwrap_or(longest);
        let is_v4 = address.is_ipv4();
        (length <= longest).then(|| Self { bits: top(address), length, is_v4 })
    }

    /// Whether this address is in it.
    pub(super) fn contains(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let differ = self.bits ^ top(address);
        address.is_ipv4() == self.is_v4 && differ.leading_zeros() >= self.length
    }
}

/// The bits of an address, the first of them at the top.
fn top(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()) << 96,
        IpAddr::V6(address) => address.to_bits(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_compare_as_numbers_do(one in -99_999_i64..99_999, other in -99_999_i64..99_999) {
            // Three digits after the point.
            let written = |it: i64| {
                let sign = if it < 0 { "-" } else { "" };
                format!("{sign}{}.{:03}", it.abs() / 1000, it.abs() % 1000)
            };
            let number = |it| Decimal::parse(&written(it)).unwrap();
            prop_assert_eq!(number(one).compare(&number(other)), one.cmp(&other));
        }

        #[test]
        fn a_network_holds_what_begins_alike(
            one: u32, other: u32, length in 0_u32..=32,
        ) {
            let text = |bits: u32| IpAddr::from(bits.to_be_bytes());
            let network = Network::parse(&format!("{}/{length}", text(one))).unwrap();
            let alike = (u64::from(one ^ other) >> (32 - length)) == 0;
            prop_assert_eq!(network.contains(text(other)), alike);
        }
    }

    #[test]
    fn a_number_too_long_for_a_machine_is_compared_to_its_last_digit() {
        let number = |text: &str| Decimal::parse(text).unwrap();
        let long = format!("1{}", "0".repeat(50));
        assert!(number(&format!("{long}.1")).compare(&number(&long)).is_gt());
        assert!(number("-0").compare(&number("+0.00")).is_eq());
        for text in ["", "-", ".5", "5.", "1e3", "0x1", "1 ", "NaN", "１"] {
            assert_eq!(Decimal::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn instants_are_read_in_the_forms_that_policies_have() {
        let at = instant("2026-01-02T00:00:00Z");
        assert!(at.is_some());
        assert_eq!(at, instant("2026-01-02"));
        assert_eq!(at, instant("1767312000"));
        assert_eq!(at, instant("2026-01-02T01:00:00+01:00"));
        for text in ["", "2026", "-", "tomorrow", "2026-13-01", "99999999999999999999"] {
            assert_eq!(instant(text), None, "{text:?}");
        }
    }

    #[test]
    fn addresses_of_one_kind_are_not_in_networks_of_the_other() {
        let all = Network::parse("0.0.0.0/0").unwrap();
        assert!(all.contains("::ffff:10.0.0.1".parse().unwrap()));
        assert!(!all.contains("2001:db8::1".parse().unwrap()));
        assert!(!Network::parse("::/0").unwrap().contains("10.0.0.1".parse().unwrap()));
        for text in ["10.0.0.0/33", "10.0.0.0/", "10.0.0.0/+8", "10.0.0", "*", "::/129"] {
            assert_eq!(Network::parse(text), None, "{text:?}");
        }
    }
}
