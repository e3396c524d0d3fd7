//! What of the words of a tool may be repeated when a statement of a customer fails.
//!
//! The tool quotes the statement, and the server what it found wrong in it, below its message:
//! rows, and whatever a function of the customer has to say. Nothing of that belongs into the log
//! of this server, or before somebody else's eyes. Of all these words the first line of the error
//! remains, up to where it may quote a value, and what the tool was about to make.

/// How much of a line is repeated.
const LETTERS_MAX: usize = 200;

const OWN: &str = "pg_restore: error: ";
const ABOUT: &str = "pg_restore: from TOC entry ";
/// How the message of a server begins in the words of the tool.
const OF_SERVER: [&str; 2] = ["ERROR:  ", "FATAL:  "];
/// What the tool says before the words of a server, in whatever language those are.
const BEFORE: [&str; 6] = [
    "query failed: ",
    "could not execute query: ",
    "error returned by PQputCopyData: ",
    "error returned by PQputCopyEnd: ",
    "transaction: ",
    "COPY failed for table ",
];
/// How messages begin that quote names of things, and nothing else.
const NAMES_ONLY: [&str; 32] = [
    "access method \"",
    "cannot cast type ",
    "cannot drop ",
    "collation \"",
    "column \"",
    "connection to server ",
    "constraint \"",
    "could not access file \"",
    "could not create unique index \"",
    "could not open extension control file \"",
    "data type ",
    "database \"",
    "duplicate key value violates unique constraint \"",
    "encoding \"",
    "extension \"",
    "foreign-data wrapper \"",
    "function ",
    "index \"",
    "insert or update on table \"",
    "language \"",
    "must be ",
    "new row for relation \"",
    "null value in column \"",
    "operator ",
    "permission denied ",
    "relation \"",
    "role \"",
    "schema \"",
    "server \"",
    "tablespace \"",
    "type \"",
    "unrecognized configuration parameter \"",
];
/// What quotes begin with, in the languages of servers.
const QUOTES: [char; 7] = ['"', '\'', '`', '«', '»', '“', '„'];

/// What may be repeated; nothing if no line tells of an error.
pub(super) fn error_only(said: &str) -> String {
    // What a function of the customer raises is the customer's words.
    let in_function = said.lines().any(|line| {
        let is_context = line.split_once(": ").is_some_and(|(word, _)| word == word.to_uppercase());
        is_context && (line.contains("PL/") || line.contains(" function "))
    });
    let error = said.lines().find_map(|line| line.strip_prefix(OWN));
    let about = said.lines().find(|line| line.starts_with(ABOUT));
    let error = error.map(|error| format!("{OWN}{}", told(error, in_function)));
    let lines = error.into_iter().chain(about.map(str::to_owned));
    lines.map(|line| line.chars().take(LETTERS_MAX).collect()).collect::<Vec<String>>().join("\n")
}

fn told(error: &str, in_function: bool) -> String {
    let of_server = OF_SERVER.iter().filter_map(|it| Some(error.find(it)? + it.len())).min();
    if let Some(at) = of_server {
        let (before, message) = error.split_at(at);
        return if in_function {
            format!("{before}…")
        } else {
            before.to_owned() + &names(message)
        };
    }
    let before = BEFORE.iter().filter_map(|it| Some(error.find(it)? + it.len())).min();
    match before {
        Some(at) => format!("{}…", &error[..at]),
        None => names(error),
    }
}

/// The message as far as it quotes nothing but names.
fn names(message: &str) -> String {
    let names_only = NAMES_ONLY.iter().any(|it| message.starts_with(it));
    match message.find(QUOTES).filter(|_| !names_only) {
        Some(quote) => format!("{}…", &message[..quote]),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_row_or_a_statement_that_failed_neither_its_text_nor_its_values_are_repeated() {
        let query = "pg_restore: error: could not execute query: ";
        for (line, below, kept) in [
            (
                "COPY failed for table \"cards\": ERROR:  new row for relation \"cards\" violates \
                 check constraint \"c\"",
                "DETAIL:  Failing row contains (SECRET).\nCONTEXT:  COPY cards, line 1: \"SECRET\"",
                "COPY failed for table \"cards\": ERROR:  new row for relation \"cards\" violates \
                 check constraint \"c\"",
            ),
            (
                "COPY failed for table \"t\": ERROR:  invalid input syntax for type integer: \
                 \"SECRET\"",
                "CONTEXT:  COPY t, line 1, column a: \"SECRET\"",
                "COPY failed for table \"t\": ERROR:  invalid input syntax for type integer: …",
            ),
            (
                "COPY failed for table \"t\": ERROR:  card SECRET is bad",
                "CONTEXT:  PL/pgSQL function public.f() line 3 at RAISE",
                "COPY failed for table \"t\": ERROR:  …",
            ),
            (
                "COPY failed for table \"t\": ERROR:  card SECRET is bad",
                "CONTEXT:  SQL function \"f\" statement 1",
                "COPY failed for table \"t\": ERROR:  …",
            ),
            (
                "COPY failed for table \"t\": FEHLER:  Karte SECRET ist falsch",
                "KONTEXT:  PL/pgSQL-Funktion f() Zeile 3 bei RAISE",
                "COPY failed for table …",
            ),
            (
                "could not execute query: FEHLER:  ungültige Eingabe: »SECRET«",
                "",
                "could not execute query: …",
            ),
            (
                "could not execute query: ERROR:  permission denied to create event trigger \"e\"",
                "HINT:  Must be superuser.\nCommand was: CREATE EVENT TRIGGER SECRET;",
                "could not execute query: ERROR:  permission denied to create event trigger \"e\"",
            ),
            (
                "connection to server at \"127.0.0.1\", port 1 failed: FATAL:  role \"x\" does \
                 not exist",
                "",
                "connection to server at \"127.0.0.1\", port 1 failed: FATAL:  role \"x\" does \
                 not exist",
            ),
            (
                "could not read from input file: end of file",
                "",
                "could not read from input file: end of file",
            ),
        ] {
            let said = format!("pg_restore: while PROCESSING TOC:\n{OWN}{line}\n{below}\n");
            assert_eq!(error_only(&said), format!("{OWN}{kept}"));
        }
        let about = "pg_restore: from TOC entry 3320; 0 16385 TABLE DATA cards sexton";
        let said =
            format!("pg_restore: while PROCESSING TOC:\n{about}\n{query}ERROR:  no 'SECRET'");
        assert_eq!(error_only(&said), format!("{query}ERROR:  no …\n{about}"));
        assert_eq!(error_only(&"x".repeat(1000)), "");
        let long = format!("{OWN}{}", "x".repeat(1000));
        assert_eq!(error_only(&long).len(), LETTERS_MAX);
    }
}
