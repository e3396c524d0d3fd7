//! Names that nobody knows are refused with the nearest one that somebody does: a setting with a
//! typing mistake in its name would silently be its default.

/// Of the names in `known`, the one that is most like `name`, if any is like it: at most half
/// of its letters differ.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let with_distances = known.into_iter().map(|it| (distance(name, it), it));
    let (letters, nearest) = with_distances.min_by_key(|(letters, _)| *letters)?;
    (letters * 2 <= name.chars().count().max(nearest.chars().count())).then_some(nearest)
}

/// How many letters have to be put in, left out or changed to make `other` of `one`.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (above, letter) in one.chars().enumerate() {
        let mut corner = above;
        row[0] = above + 1;
        for (column, wanted) in other.iter().enumerate() {
            let changed = corner + usize::from(letter != *wanted);
            corner = row[column + 1];
            row[column + 1] = changed.min(corner + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_counts_letters() {
        for (one, other, letters) in
            [("", "", 0), ("", "abc", 3), ("abc", "", 3), ("data", "dtaa", 2), ("log", "logs", 1)]
        {
            assert_eq!(distance(one, other), letters, "{one} {other}");
        }
    }
}
