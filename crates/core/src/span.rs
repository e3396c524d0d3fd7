//! A span of time, which listings are narrowed to.

use jiff::Timestamp;

/// The time between two instants, without them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    /// Later than this.
    pub after: Option<Timestamp>,
    /// Earlier than this.
    pub before: Option<Timestamp>,
}

impl Span {
    /// Whether `at` lies in it.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.after.is_none_or(|after| at > after) && self.before.is_none_or(|before| at < before)
    }

    /// The same of what may not have happened yet, and then lies neither before nor after
    /// anything.
    pub fn contains_if_any(&self, at: Option<Timestamp>) -> bool {
        at.map_or(*self == Self::default(), |at| self.contains(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_a_span_are_not_in_it() {
        let second = |it| Timestamp::from_second(it).unwrap();
        let span = Span { after: Some(second(1)), before: Some(second(3)) };
        assert_eq!([1, 2, 3].map(|it| span.contains(second(it))), [false, true, false]);
        assert!(!span.contains_if_any(None) && Span::default().contains_if_any(None));
    }
}
