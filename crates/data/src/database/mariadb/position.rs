//! Places in the binary log, as the tools and the servers say them.

use crate::database::LogPosition;

/// A place in the binary log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Position {
    /// The file.
    pub(super) file: String,
    /// The byte in it where the next event begins.
    pub(super) byte: u64,
    /// What the engine calls the last transaction before it, where that is known.
    pub(super) gtid: Option<String>,
}

impl Position {
    /// What a set says: the byte, and after a space the last transaction.
    pub(super) fn into_fact(self) -> LogPosition {
        let gtid = self.gtid.map(|gtid| format!(" {gtid}")).unwrap_or_default();
        LogPosition { file: self.file, position: format!("{}{gtid}", self.byte) }
    }

    /// Reads what a set says.
    pub(super) fn from_fact(fact: &LogPosition) -> Option<Self> {
        let (byte, gtid) = match fact.position.split_once(' ') {
            Some((byte, gtid)) => (byte, Some(gtid.to_owned())),
            None => (fact.position.as_str(), None),
        };
        Some(Self { file: checked(&fact.file)?, byte: byte.parse().ok()?, gtid })
    }

    /// Reads what a dump says at its beginning:
    /// `-- CHANGE MASTER TO MASTER_LOG_FILE='binlog.000001', MASTER_LOG_POS=2041;`, or the same
    /// of a `SOURCE`.
    pub(super) fn of_dump(beginning: &str) -> Option<Self> {
        let line = beginning.lines().find(|it| it.starts_with("-- CHANGE "))?;
        let (_, rest) = line.split_once("_LOG_FILE='")?;
        let (file, rest) = rest.split_once('\'')?;
        let (_, rest) = rest.split_once("_LOG_POS=")?;
        let byte = rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()?;
        Some(Self { file: checked(file)?, byte, gtid: None })
    }

    /// Reads what a copy of the files says at its end: `binlog position: filename
    /// 'binlog.000001', position '2041', GTID of the last change '0-1-10'`.
    pub(super) fn of_copy(said: &str) -> Option<Self> {
        let (_, rest) = said.rsplit_once("binlog position: filename '")?;
        let (file, rest) = rest.split_once("', position '")?;
        let (byte, rest) = rest.split_once('\'')?;
        let gtid = rest.split_once("GTID of the last change '").and_then(|(before, after)| {
            let gtid = after.split_once('\'')?.0;
            (before.len() < 4 && !gtid.is_empty()).then(|| gtid.to_owned())
        });
        Some(Self { file: checked(file)?, byte: byte.parse().ok()?, gtid })
    }
}

/// A name that is one of a file and nothing else: it becomes an argument and a part of paths.
fn checked(file: &str) -> Option<String> {
    is_log_name(file).then(|| file.to_owned())
}

/// Whether this can be the name of a binary log file: a name, a dot, a number.
pub(in crate::database) fn is_log_name(name: &str) -> bool {
    let safe = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let number = name.rsplit_once('.').map_or("", |(_, number)| number);
    name.len() <= 255
        && name.chars().all(safe)
        && !name.starts_with(['.', '-'])
        && (6..=10).contains(&number.len())
        && number.bytes().all(|it| it.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_in_the_log_is_read_from_what_either_engine_writes() {
        let place = |byte| Position { file: "binlog.000001".to_owned(), byte, gtid: None };
        for line in [
            "-- CHANGE MASTER TO MASTER_LOG_FILE='binlog.000001', MASTER_LOG_POS=2041;",
            "-- CHANGE REPLICATION SOURCE TO SOURCE_LOG_FILE='binlog.000001', SOURCE_LOG_POS=2041;",
        ] {
            let beginning = format!("-- dump\n\n{line}\n\n-- Current");
            assert_eq!(Position::of_dump(&beginning), Some(place(2041)));
        }
        let said = "[00] MySQL binlog position: filename 'binlog.000001', position '7', GTID of \
                    the last change '0-1-10'; completed OK!";
        let expected = Position { gtid: Some("0-1-10".to_owned()), ..place(7) };
        assert_eq!(Position::of_copy(said), Some(expected.clone()));
        assert_eq!(expected.clone().into_fact().position, "7 0-1-10");
        assert_eq!(Position::from_fact(&expected.clone().into_fact()), Some(expected));
        let said = "MySQL binlog position: filename 'binlog.000001', position '7'; completed OK!";
        assert_eq!(Position::of_copy(said), Some(place(7)));
    }

    #[test]
    fn what_is_no_name_of_a_log_file_is_not_taken_for_one() {
        for name in ["", "binlog", "binlog.1", "../binlog.000001", "-x.000001", "a b.000001"] {
            assert!(!is_log_name(name), "{name}");
            let line = format!("-- CHANGE MASTER TO MASTER_LOG_FILE='{name}', MASTER_LOG_POS=4;");
            assert_eq!(Position::of_dump(&line), None);
        }
        assert!(is_log_name("vm-bin.000001") && is_log_name("mysql-bin.1000000"));
    }
}
