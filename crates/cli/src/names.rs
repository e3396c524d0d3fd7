//! Names that nobody knows: refused with the nearest one that somebody does, since a
//! setting with a typing mistake in its name would silently be its default.

use std::ffi::OsStr;

use crate::exit::{Exit, Failure};

/// How our variables begin.
const PREFIX: &str = "SEXTON_";

/// Variables that others set: Kubernetes for a service of our name, and our own tests and
/// benchmarks, which pass on what they were told.
const FOREIGN: [&str; 4] = ["SEXTON_SERVICE_", "SEXTON_PORT_", "SEXTON_BIN", "SEXTON_BENCH_"];

/// Refuses a `SEXTON_*` variable that neither `command` nor any command in it has.
pub(crate) fn check_variables(command: &clap::Command) -> Result<(), Failure> {
    let known = variables(command);
    for (name, value) in std::env::vars_os() {
        if let Some(name) = name.to_str()
            && let Some(nearest) = unknown_variable(name, &value, &known)
        {
            let message = format!("there is no variable {name}; the nearest is {nearest}");
            return Err(Failure::text(Exit::Usage, message).hint(format!("unset {name}")));
        }
    }
    Ok(())
}

/// Of the names in `known`, the one that is most like `name`.
pub(crate) fn nearest<'a>(name: &str, known: &'a [String]) -> &'a str {
    known.iter().min_by_key(|it| distance(name, it)).map_or("", String::as_str)
}

/// The names of all settings of `command`, as the settings file has them.
pub(crate) fn settings(command: &clap::Command) -> Vec<String> {
    let names = variables(command).into_iter();
    let names = names.filter_map(|name| Some(name.strip_prefix(PREFIX)?.to_lowercase()));
    names.filter(|name| name != "config").collect()
}

fn variables(command: &clap::Command) -> Vec<String> {
    let own = command.get_arguments().filter_map(clap::Arg::get_env).filter_map(OsStr::to_str);
    let own = own.filter(|name| name.starts_with(PREFIX)).map(str::to_owned);
    own.chain(command.get_subcommands().flat_map(variables)).collect()
}

/// The known variable that is nearest to one that is ours and that nobody knows.
fn unknown_variable<'a>(name: &str, value: &OsStr, known: &'a [String]) -> Option<&'a str> {
    // Kubernetes: `SEXTON_PORT=tcp://10.0.0.1:7878`.
    let link = name == "SEXTON_PORT" && value.to_string_lossy().contains("://");
    let foreign = link || FOREIGN.iter().any(|it| name.starts_with(it));
    let ours = name.starts_with(PREFIX) && !foreign;
    (ours && !known.iter().any(|it| it == name)).then(|| nearest(name, known))
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

    #[test]
    fn a_variable_that_nobody_knows_is_told_from_those_that_others_set() {
        let known = ["SEXTON_LISTEN", "SEXTON_CONNECTIONS_MAX", "SEXTON_DATA"].map(str::to_owned);
        let nearest = |name: &str, value: &str| unknown_variable(name, value.as_ref(), &known);
        assert_eq!(nearest("SEXTON_LISTEM", "a"), Some("SEXTON_LISTEN"));
        assert_eq!(nearest("SEXTON_CONNECTION_MAX", "1"), Some("SEXTON_CONNECTIONS_MAX"));
        assert_eq!(nearest("SEXTON_DATA", "a"), None);
        assert!(nearest("SEXTON_ENDPOINT_URL", "a").is_some(), "no command has it any more");
        assert_eq!(nearest("SEXTON_SERVICE_HOST", "10.0.0.1"), None);
        assert_eq!(nearest("SEXTON_PORT_7878_TCP_PROTO", "tcp"), None);
        assert_eq!(nearest("SEXTON_PORT", "tcp://10.0.0.1:7878"), None);
        assert!(nearest("SEXTON_PORT", "7878").is_some());
        assert_eq!(nearest("PATH", "a"), None);
    }
}
