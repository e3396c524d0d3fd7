//! What of the words of a client may be repeated when a statement of a customer fails.
//!
//! The client quotes the statement, and the server what it found wrong in it: rows, and passwords.
//! Neither belongs into the log of this server, or before somebody else's eyes. Of all its words
//! the number of the error remains, and those that are the server's own.

/// How much of the words is repeated.
const LETTERS_MAX: usize = 200;

/// Errors that quote names of things and of machines, or settings, and nothing else.
const NAMES_ONLY: [u32; 31] = [
    1005, 1007, 1008, 1030, 1045, 1049, 1050, 1051, 1091, 1109, 1130, 1146, 1153, 1227, 1286, 1304,
    1305, 1359, 1360, 1396, 1435, 1698, 2002, 2003, 2005, 2006, 2013, 2020, 2026, 4031, 4166,
];
/// An error whose words are those of a customer's program.
const SIGNAL: u32 = 1644;

/// What may be repeated: `ERROR 1062 (23000) at line 7: Duplicate entry …`; nothing if no line
/// tells of an error.
pub(super) fn error_only(said: &str) -> String {
    let told = said.lines().filter_map(told).next_back();
    told.unwrap_or_default().chars().take(LETTERS_MAX).collect()
}

fn told(line: &str) -> Option<String> {
    let rest = line.strip_prefix("ERROR ")?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let number = rest[..digits].parse::<u32>().ok()?;
    let Some((place, words)) = rest.split_once(": ") else {
        return Some(format!("ERROR {number}"));
    };
    // `1062 (23000) at line 7`: anything longer is something else.
    let place = if place.len() <= 40 { place } else { &rest[..digits] };
    if number == SIGNAL {
        return Some(format!("ERROR {place}: …"));
    }
    let quote = words.find(['\'', '"', '`']).filter(|_| !NAMES_ONLY.contains(&number));
    Some(match quote {
        Some(quote) => format!("ERROR {place}: {}…", &words[..quote]),
        None => format!("ERROR {place}: {words}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_statement_that_failed_neither_its_text_nor_its_values_are_repeated() {
        let said = "--------------\nCREATE USER eve IDENTIFIED BY 'SECRET'\n--------------\n\n";
        for (line, kept) in [
            (
                "ERROR 1396 (HY000) at line 32: Operation CREATE USER failed for 'eve'@'%'",
                "ERROR 1396 (HY000) at line 32: Operation CREATE USER failed for 'eve'@'%'",
            ),
            (
                "ERROR 1062 (23000) at line 7: Duplicate entry 'SECRET' for key 'PRIMARY'",
                "ERROR 1062 (23000) at line 7: Duplicate entry …",
            ),
            (
                "ERROR 1064 (42000) at line 7: You have an error in your SQL syntax near 'it's a \
                 SECRET' at line 1",
                "ERROR 1064 (42000) at line 7: You have an error in your SQL syntax near …",
            ),
            (
                "ERROR 1366 (22007) at line 1: Incorrect string value: `SECRET`",
                "ERROR 1366 (22007) at line 1: Incorrect string value: …",
            ),
            ("ERROR 1644 (45000) at line 9: row SECRET is bad", "ERROR 1644 (45000) at line 9: …"),
            (
                "ERROR 1146 (42S02) at line 63: Table 'SHOP.T' doesn't exist",
                "ERROR 1146 (42S02) at line 63: Table 'SHOP.T' doesn't exist",
            ),
            ("ERROR 1 SECRET", "ERROR 1"),
            ("ERROR SECRET", ""),
            ("mariadb: SECRET", ""),
        ] {
            assert_eq!(error_only(&format!("{said}{line}\n")), kept);
            assert_eq!(error_only(line), kept);
        }
        let long = format!("ERROR 1146 (42S02) at line 1: {}", "x".repeat(1000));
        assert_eq!(error_only(&long).len(), LETTERS_MAX);
        assert_eq!(error_only(""), "");
    }
}
