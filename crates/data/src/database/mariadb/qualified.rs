//! Looks into a dump for names that lead out of the database that it is loaded into.
//!
//! A dump names no database, so that it can be loaded into any: but a trigger is written as
//! somebody made it, `CREATE TRIGGER shop.audit … ON shop.orders` too, and where the collation of
//! a database was changed it says `ALTER DATABASE shop`. Loaded into another database, these
//! would change the one that they name, which may be in use.
//!
//! Only the beginnings of lines and of what stands between `DELIMITER ;;` and `;;` are looked at,
//! as the dump tools write them. This finds what a customer's own statements do; it is no guard
//! against a dump that somebody made to do harm.

/// How much of the beginning of a statement is looked at.
const HEAD_BYTES_MAX: usize = 16 << 10;
/// What a line begins with that says how statements end from there on.
const DELIMITER: &[u8] = b"DELIMITER ";

/// What looks into one dump.
#[derive(Debug)]
pub(super) struct Look<'a> {
    /// The database that the dump is of.
    of: &'a str,
    /// The one that it is loaded into.
    into: &'a str,
    /// The beginning of this line, and its last two bytes.
    line: Vec<u8>,
    last: [u8; 2],
    /// Whether statements may go over lines.
    block: bool,
    /// The beginning of this statement.
    statement: Vec<u8>,
    /// The first database that is another one.
    found: Option<String>,
}

impl<'a> Look<'a> {
    /// Begins to look into a dump of `of` that is to be loaded into `into`.
    pub(super) fn new(of: &'a str, into: &'a str) -> Self {
        let (line, statement) = (Vec::new(), Vec::new());
        Self { of, into, line, last: [0; 2], block: false, statement, found: None }
    }

    /// Looks at more of it.
    pub(super) fn take(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let text = part.strip_suffix(b"\n");
            self.add(text.unwrap_or(part));
            if text.is_some() {
                self.end_line();
            }
        }
    }

    /// Gives the first other database that it names.
    pub(super) fn end(mut self) -> Option<String> {
        self.end_line();
        self.end_statement();
        self.found
    }

    fn add(&mut self, text: &[u8]) {
        append(&mut self.line, text);
        match *text {
            [.., one, other] => self.last = [one, other],
            [other] => self.last = [self.last[1], other],
            [] => {}
        }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let ends = std::mem::take(&mut self.last) == *b";;";
        if let Some(delimiter) = line.strip_prefix(DELIMITER) {
            self.end_statement();
            self.block = delimiter.trim_ascii() != b";";
            return;
        }
        append(&mut self.statement, &line);
        append(&mut self.statement, b"\n");
        if ends || !self.block {
            self.end_statement();
        }
    }

    fn end_statement(&mut self) {
        let statement = std::mem::take(&mut self.statement);
        if self.found.is_none() {
            let mut named = databases(&statement).into_iter();
            self.found = named.find(|name| !self.is_own(name));
        }
    }

    /// Whether it is the database that the dump is loaded into. Where that is called like the
    /// one that the dump is of, what stood for this one there does so here.
    fn is_own(&self, name: &str) -> bool {
        name == self.into || (self.of == self.into && name.eq_ignore_ascii_case(self.of))
    }
}

fn append(to: &mut Vec<u8>, text: &[u8]) {
    let room = HEAD_BYTES_MAX.saturating_sub(to.len());
    to.extend_from_slice(&text[..text.len().min(room)]);
}

/// What a statement consists of.
#[derive(Debug, PartialEq, Eq)]
enum Token {
    /// A word without quotes.
    Word(String),
    /// What stands in quotes.
    Quoted(String),
    /// Anything else.
    Mark(u8),
}

impl Token {
    fn is(&self, words: &[&str]) -> bool {
        match self {
            Self::Word(word) => words.iter().any(|it| it.eq_ignore_ascii_case(word)),
            Self::Quoted(_) | Self::Mark(_) => false,
        }
    }

    fn name(&self) -> Option<&str> {
        match self {
            Self::Word(name) | Self::Quoted(name) => Some(name),
            Self::Mark(_) => None,
        }
    }
}

/// What statements do that change something by its name.
const VERBS: [&str; 12] = [
    "CREATE", "DROP", "ALTER", "TRUNCATE", "RENAME", "LOCK", "INSERT", "REPLACE", "DELETE",
    "UPDATE", "LOAD", "CALL",
];
/// What can be made in a database.
const KINDS: [&str; 10] = [
    "TABLE",
    "TABLES",
    "VIEW",
    "TRIGGER",
    "PROCEDURE",
    "FUNCTION",
    "EVENT",
    "SEQUENCE",
    "PACKAGE",
    "INDEX",
];
/// What may stand before a name.
const BETWEEN: [&str; 13] = [
    "IF",
    "NOT",
    "EXISTS",
    "BODY",
    "INTO",
    "FROM",
    "IGNORE",
    "LOW_PRIORITY",
    "DELAYED",
    "QUICK",
    "TEMPORARY",
    "ONLINE",
    "CONCURRENT",
];
/// What follows `ALTER DATABASE` where no name does.
const CHANGES: [&str; 5] = ["CHARACTER", "CHARSET", "COLLATE", "DEFAULT", "COMMENT"];

/// The databases that the beginning of a statement names.
fn databases(statement: &[u8]) -> Vec<String> {
    let tokens = tokens(statement);
    let Some((verb, rest)) = tokens.split_first() else { return Vec::new() };
    if verb.is(&["USE"]) {
        return rest.first().and_then(Token::name).map(str::to_owned).into_iter().collect();
    }
    if !verb.is(&VERBS) {
        return Vec::new();
    }
    // Who defines it, and the like, stands between `CREATE` and what is made.
    let at = if verb.is(&["CREATE"]) {
        let made = |it: &Token| it.is(&KINDS) || it.is(&["DATABASE", "SCHEMA"]);
        rest.iter().position(made).unwrap_or(0)
    } else {
        0
    };
    let rest = &rest[at..];
    let is_trigger = rest.first().is_some_and(|it| it.is(&["TRIGGER"]));
    let is_database = |it: &Token| it.is(&["DATABASE", "SCHEMA"]);
    let whole = rest.first().is_some_and(is_database);
    let skipped = |it: &&Token| it.is(&KINDS) || it.is(&BETWEEN) || is_database(it);
    let name_at = rest.iter().take_while(skipped).count();
    let rest = &rest[name_at..];
    if whole {
        let name = rest.first().filter(|it| !it.is(&CHANGES)).and_then(Token::name);
        return name.map(str::to_owned).into_iter().collect();
    }
    let mut named = Vec::from_iter(qualifier(rest));
    if is_trigger {
        // `… BEFORE INSERT ON orders`
        let on = rest.iter().position(|it| it.is(&["ON"]));
        named.extend(on.and_then(|on| qualifier(&rest[on + 1..])));
    }
    named
}

/// The database in a name of two parts.
fn qualifier(tokens: &[Token]) -> Option<String> {
    match tokens {
        [name, Token::Mark(b'.'), ..] => name.name().map(str::to_owned),
        _ => None,
    }
}

/// Takes a statement apart. What is in a comment that only some servers read is a part of it.
fn tokens(mut text: &[u8]) -> Vec<Token> {
    let mut found = Vec::new();
    while let Some((&first, rest)) = text.split_first() {
        text = match first {
            b'\'' | b'"' | b'`' => {
                let (name, after) = quoted(rest, first);
                found.push(Token::Quoted(name));
                after
            }
            b'#' => after(rest, b"\n"),
            b'-' if rest.starts_with(b"- ") || rest.starts_with(b"-\n") => after(rest, b"\n"),
            b'/' if rest.starts_with(b"*!") => without_version(&rest[2..]),
            b'/' if rest.starts_with(b"*M!") => without_version(&rest[3..]),
            b'/' if rest.starts_with(b"*") => after(&rest[1..], b"*/"),
            b'*' if rest.starts_with(b"/") => &rest[1..],
            _ if first.is_ascii_whitespace() => rest,
            _ if is_of_word(first) => {
                let length = text.iter().take_while(|byte| is_of_word(**byte)).count();
                let (word, after) = text.split_at(length);
                found.push(Token::Word(String::from_utf8_lossy(word).into_owned()));
                after
            }
            _ => {
                found.push(Token::Mark(first));
                rest
            }
        };
    }
    found
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || !byte.is_ascii()
}

fn without_version(text: &[u8]) -> &[u8] {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    &text[digits..]
}

/// What follows the first `end`.
fn after<'a>(text: &'a [u8], end: &[u8]) -> &'a [u8] {
    let at = text.windows(end.len()).position(|it| it == end);
    at.map_or(&[], |at| &text[at + end.len()..])
}

/// What stands before the closing quote, and what follows it.
fn quoted(text: &[u8], quote: u8) -> (String, &[u8]) {
    let mut name = Vec::new();
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte == quote {
            match rest.strip_prefix(&[quote]) {
                Some(after) => rest = after,
                None => break,
            }
        } else if byte == b'\\'
            && quote != b'`'
            && let Some((&escaped, after)) = rest.split_first()
        {
            name.push(escaped);
            rest = after;
            continue;
        }
        name.push(byte);
    }
    (String::from_utf8_lossy(&name).into_owned(), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found, however the dump comes in parts.
    fn found(of: &str, into: &str, dump: &str) -> Option<String> {
        let at_once = |step: usize| {
            let mut look = Look::new(of, into);
            dump.as_bytes().chunks(step).for_each(|part| look.take(part));
            look.end()
        };
        let found = at_once(usize::MAX);
        assert_eq!([1, 7].map(at_once), [found.clone(), found.clone()], "{dump}");
        found
    }

    const PLAIN: &str = "\
-- USE shop in a comment\n/*M!999999\\- enable the sandbox mode */ \n\
DROP TABLE IF EXISTS `t`;\n/*!50001 DROP VIEW IF EXISTS `v`*/;\n\
CREATE TABLE `t` (\n  `i` int(11) COMMENT 'shop.x',\n  KEY (`i`)\n) ENGINE=InnoDB;\n\
LOCK TABLES `t` WRITE;\n/*!40000 ALTER TABLE `t` DISABLE KEYS */;\n\
INSERT INTO `t` VALUES (1,'USE shop; CREATE TRIGGER shop.tr'),\n(2,'\\n');\n\
/*!50003 SET sql_mode = 'ANSI_QUOTES' */ ;\n\
ALTER DATABASE CHARACTER SET utf8mb4;\n\
DELIMITER ;;\n\
/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`local.host`*/ /*!50003 TRIGGER tr BEFORE INSERT ON t\n\
FOR EACH ROW BEGIN\n  SELECT shop.i INTO @a FROM shop.t\nUSE INDEX (i);\nEND */;;\nDELIMITER ;\n\
DELIMITER ;;\nCREATE DEFINER=`a`@`%` PROCEDURE `p`()\nUPDATE shop.t SET i = 1 ;;\nDELIMITER ;\n\
/*!50001 CREATE ALGORITHM=UNDEFINED */\n/*!50001 VIEW `v` AS select `shop`.`t`.`i` from `t` */;\n";

    #[test]
    fn a_dump_that_names_no_database_where_it_makes_something_can_go_anywhere() {
        assert_eq!(found("shop", "new", PLAIN), None);
    }

    #[test]
    fn a_trigger_that_somebody_made_with_the_name_of_its_database_leads_there() {
        for head in [
            "TRIGGER shop.tr BEFORE INSERT ON shop.big",
            "TRIGGER `shop`.`tr` BEFORE INSERT ON big",
            "TRIGGER tr BEFORE INSERT ON `shop` . `big`",
            "TRIGGER tr\n  -- why\n BEFORE INSERT # or\n ON\n shop.big",
            "TRIGGER IF NOT EXISTS \"shop\".\"tr\" AFTER UPDATE ON big",
            "trigger /* one */ shop.tr before insert on big",
        ] {
            let dump = format!(
                "{PLAIN}DELIMITER ;;\n/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ \
                 /*!50003 {head} FOR EACH ROW SET NEW.i=NEW.i */;;\nDELIMITER ;\n"
            );
            assert_eq!(found("shop", "new1", &dump).as_deref(), Some("shop"), "{head}");
            assert_eq!(found("shop", "shop", &dump), None, "{head}");
            // Names of databases that differ in their letters are those of two databases.
            assert_eq!(found("shop", "Shop", &dump).as_deref(), Some("shop"), "{head}");
        }
        let dump = "DELIMITER ;;\nCREATE TRIGGER SHOP.tr BEFORE INSERT ON t\n*/;;\nDELIMITER ;\n";
        assert_eq!(found("shop", "shop", dump), None);
        // The name may have anything in it.
        let dump = "DELIMITER ;;\nCREATE TRIGGER `s``h.o'p`.tr BEFORE INSERT ON t ;;\n";
        assert_eq!(found("s`h.o'p", "new", dump).as_deref(), Some("s`h.o'p"));
    }

    #[test]
    fn whatever_else_names_another_database_leads_there() {
        for line in [
            "USE `other`;",
            "/*!40000 use other */;",
            "ALTER DATABASE `other` CHARACTER SET latin1 COLLATE latin1_swedish_ci ;",
            "CREATE DATABASE /*!32312 IF NOT EXISTS*/ `other`;",
            "/*!40000 DROP DATABASE IF EXISTS `other`*/;",
            "CREATE TABLE other.t (i int);",
            "CREATE OR REPLACE ALGORITHM=MERGE DEFINER=`a`@`b` VIEW `other`.`v` AS SELECT 1;",
            "CREATE SEQUENCE IF NOT EXISTS `other`.`s`;",
            "INSERT IGNORE INTO `other`.`t` VALUES (1);",
            "INSERT INTO other.t VALUES (1);",
            "DROP TABLE IF EXISTS `other`.`t`;",
            "LOCK TABLES `other`.`t` WRITE;",
            "DELIMITER ;;\nCREATE DEFINER=`a`@`%` FUNCTION `other`.`f`() RETURNS INT\nRETURN 1 ;;",
            "DELIMITER ;;\n/*!50106 CREATE*/ /*!50106 EVENT other.e ON SCHEDULE EVERY 1 DAY */ ;;",
        ] {
            let dump = format!("{PLAIN}{line}");
            assert_eq!(found("shop", "shop", &dump).as_deref(), Some("other"), "{line}");
        }
        // However long the lines before it are.
        let dump = format!("INSERT INTO t VALUES ('{}');\nUSE other;\n", "x".repeat(100_000));
        assert_eq!(found("shop", "shop", &dump).as_deref(), Some("other"));
    }
}
