//! Counts of things, in words.

use std::fmt::Display;

/// A number and what it counts, whose name takes an `s` unless there is one of it.
///
/// ```
/// # use sexton_core::counted;
/// assert_eq!(counted(1_u64, "recovery point"), "1 recovery point");
/// assert_eq!(counted(0_usize, "object"), "0 objects");
/// ```
pub fn counted<N: Copy + Display + PartialEq + From<u8>>(number: N, thing: &str) -> String {
    format!("{number} {thing}{}", plural(number))
}

/// The end of a noun of which there are so many.
pub fn plural<N: Copy + PartialEq + From<u8>>(number: N) -> &'static str {
    if number == N::from(1) { "" } else { "s" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_a_thing_takes_no_s_and_any_other_number_does() {
        for (number, text) in
            [(0, "0 objects"), (1, "1 object"), (2, "2 objects"), (-1, "-1 objects")]
        {
            assert_eq!(counted::<i64>(number, "object"), text);
        }
    }
}
