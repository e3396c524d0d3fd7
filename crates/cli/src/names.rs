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
            && is_unknown(name, &value, &known)
        {
            let nearest = told(nearest(name, &known));
            let message = format!("there is no variable {name}{nearest}");
            return Err(Failure::text(Exit::Usage, message).hint(format!("unset {name}")));
        }
    }
    Ok(())
}

/// Of the names in `known`, the one that is most like `name`, if any is like it.
pub(crate) fn nearest<'a>(name: &str, known: &'a [String]) -> Option<&'a str> {
    let own = |name| str::strip_prefix(name, PREFIX).unwrap_or(name);
    let found = sexton_core::nearest(own(name), known.iter().map(|it| own(it)))?;
    known.iter().map(String::as_str).find(|it| own(it) == found)
}

/// What is said of the nearest name.
pub(crate) fn told(nearest: Option<&str>) -> String {
    nearest.map(|nearest| format!("; the nearest is {nearest}")).unwrap_or_default()
}

/// The names of all settings of `command`, as the settings file has them.
pub(crate) fn settings(command: &clap::Command) -> Vec<String> {
    let names = variables(command).into_iter();
    names.filter_map(|name| Some(name.strip_prefix(PREFIX)?.to_lowercase())).collect()
}

fn variables(command: &clap::Command) -> Vec<String> {
    let own = command.get_arguments().filter_map(clap::Arg::get_env).filter_map(OsStr::to_str);
    let own = own.filter(|name| name.starts_with(PREFIX)).map(str::to_owned);
    own.chain(command.get_subcommands().flat_map(variables)).collect()
}

/// Whether a variable is ours and nobody knows it.
fn is_unknown(name: &str, value: &OsStr, known: &[String]) -> bool {
    // Kubernetes: `SEXTON_PORT=tcp://10.0.0.1:7878`.
    let link = name == "SEXTON_PORT" && value.to_string_lossy().contains("://");
    let foreign = link || FOREIGN.iter().any(|it| name.starts_with(it));
    name.starts_with(PREFIX) && !foreign && !known.iter().any(|it| it == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_nobody_knows_is_told_from_those_that_others_set() {
        let known = ["SEXTON_LISTEN", "SEXTON_DATA"].map(str::to_owned);
        for (name, value, unknown) in [
            ("SEXTON_LISTEM", "a", true),
            ("SEXTON_DATA", "a", false),
            ("SEXTON_ENDPOINT_URL", "a", true),
            ("SEXTON_SERVICE_HOST", "10.0.0.1", false),
            ("SEXTON_PORT_7878_TCP_PROTO", "tcp", false),
            ("SEXTON_PORT", "tcp://10.0.0.1:7878", false),
            ("SEXTON_PORT", "7878", true),
            ("PATH", "a", false),
        ] {
            assert_eq!(is_unknown(name, value.as_ref(), &known), unknown, "{name}={value}");
        }
    }

    /// Every word was said to be nearest to some name, and a short one to `log`.
    #[test]
    fn a_name_that_is_like_no_other_has_no_nearest() {
        let names = ["log", "data", "dev", "listen", "connections_max", "tls_key"];
        let names = names.map(str::to_owned);
        let variables = names.clone().map(|name| format!("{PREFIX}{}", name.to_uppercase()));
        for (name, is_like) in [
            ("lgo", None),
            ("logs", Some("log")),
            ("lisen", Some("listen")),
            ("tls_kye", Some("tls_key")),
            ("connection_max", Some("connections_max")),
            ("colour", None),
            ("x", None),
            ("", None),
            ("endpoint_url", None),
        ] {
            assert_eq!(nearest(name, &names), is_like, "{name}");
            let variable = format!("{PREFIX}{}", name.to_uppercase());
            let is_like = is_like.map(|it| format!("{PREFIX}{}", it.to_uppercase()));
            assert_eq!(nearest(&variable, &variables).map(str::to_owned), is_like, "{variable}");
        }
    }
}
