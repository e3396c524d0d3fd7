//! How a database is reached: a small TOML text, from a file or from the environment.
//!
//! It holds a password. So it is never an argument, no error repeats anything of it, and it is read
//! here only as far as to say which engine it is of.

use std::path::Path;

use clap::ValueEnum;
use serde_json::Value;
use toml::Table;

use crate::exit::{Exit, Failure};
use crate::files;

/// The longest text of settings, in bytes.
const BYTES_MAX: u64 = 16 << 10;

/// The engine of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EngineName {
    /// `PostgreSQL`
    Postgresql,
    /// `MySQL`
    Mysql,
    /// `MariaDB`, which is offered as `MySQL`
    Mariadb,
}

impl EngineName {
    fn word(self) -> &'static str {
        match self {
            Self::Postgresql => "postgresql",
            Self::Mysql => "mysql",
            Self::Mariadb => "mariadb",
        }
    }

    /// The engine that a word of the settings is for.
    fn of(word: &str) -> Option<Self> {
        Self::value_variants().iter().copied().find(|it| it.word() == word)
    }

    /// Engines that understand each other, and are offered as one.
    fn family(self) -> Self {
        match self {
            Self::Postgresql => Self::Postgresql,
            Self::Mysql | Self::Mariadb => Self::Mysql,
        }
    }

    /// The variables that the engine's own tools read, and what they say.
    fn variables(self) -> [(&'static str, &'static str); 5] {
        match self {
            Self::Postgresql => [
                ("host", "PGHOST"),
                ("port", "PGPORT"),
                ("user", "PGUSER"),
                ("password", "PGPASSWORD"),
                ("database", "PGDATABASE"),
            ],
            Self::Mysql | Self::Mariadb => [
                ("host", "MYSQL_HOST"),
                ("port", "MYSQL_TCP_PORT"),
                ("user", "MYSQL_USER"),
                ("password", "MYSQL_PWD"),
                ("database", "MYSQL_DATABASE"),
            ],
        }
    }
}

/// The settings in `file`, or else in the variables of `engine`.
pub(crate) fn settings(file: Option<&Path>, engine: Option<EngineName>) -> Result<String, Failure> {
    match (file, engine) {
        (Some(file), engine) => {
            let name = file.display().to_string();
            of_text(files::read_text(file, BYTES_MAX)?, engine, &name)
        }
        (None, Some(engine)) => of_variables(engine, |name| std::env::var(name).ok()),
        (None, None) => {
            let text = "nothing says how the database is reached";
            Err(Failure::text(Exit::Usage, text).hint(
                "give --connection with a file of settings; or --engine, and the variables that \
                 its tools read, such as PGHOST and PGPASSWORD",
            ))
        }
    }
}

/// The same text, with its engine in it.
fn of_text(text: String, engine: Option<EngineName>, name: &str) -> Result<String, Failure> {
    // An error of the parser would repeat a line.
    let Ok(table) = text.parse::<Table>() else {
        return Err(Failure::text(Exit::Usage, format!("{name} is not TOML"))
            .hint("a line looks like host = \"db.example.org\""));
    };
    let Some(engine) = engine else { return Ok(text) };
    let told = table.get("engine").map(|told| told.as_str().and_then(EngineName::of));
    match told {
        Some(Some(told)) if told.family() == engine.family() => Ok(text),
        Some(told) => {
            let (told, word) = (told.map_or("another one", EngineName::word), engine.word());
            let text =
                format!("{name} says that the engine is {told}, and --engine that it is {word}");
            Err(Failure::text(Exit::Usage, text).hint("leave --engine out, or correct it"))
        }
        None => {
            let line = line("engine", engine.word());
            Ok(format!("{line}{text}"))
        }
    }
}

/// A line of TOML. Its texts have the escapes of JSON, and one that JSON does not need.
fn line(key: &str, text: &str) -> String {
    let text = Value::from(text).to_string().replace('\u{7f}', "\\u007f");
    format!("{key} = {text}\n")
}

/// Settings made of variables.
fn of_variables(
    engine: EngineName,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<String, Failure> {
    let (mut settings, mut place) = (line("engine", engine.word()), false);
    for (key, name) in engine.variables() {
        let Some(text) = variable(name).filter(|text| !text.is_empty()) else { continue };
        // A host that is a path is the socket, as it is to the engine's own tools.
        let key = if key == "host" && text.starts_with('/') { "socket" } else { key };
        place |= matches!(key, "host" | "socket");
        if key == "port" {
            let Ok(port) = text.parse::<u16>() else {
                return Err(Failure::text(Exit::Usage, format!("{name} is no port")));
            };
            settings.extend(["port = ", &port.to_string(), "\n"]);
        } else {
            settings.push_str(&line(key, &text));
        }
    }
    let [(_, host), ..] = engine.variables();
    if place {
        Ok(settings)
    } else {
        let text = format!("neither --connection nor {host} says where the database is");
        Err(Failure::text(Exit::Usage, text).hint("give --connection with a file of settings"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_made_of_what_the_engines_own_tools_read() {
        let variables = |name: &str| match name {
            "PGHOST" => Some("/run/postgresql".to_owned()),
            "PGPORT" => Some("5433".to_owned()),
            "PGUSER" => Some("backup".to_owned()),
            "PGPASSWORD" => Some("a\"b\n\u{7f}\u{1}ü".to_owned()),
            "MYSQL_HOST" => Some("db".to_owned()),
            _ => None,
        };
        let read = |engine| of_variables(engine, variables).unwrap().parse::<Table>().unwrap();
        let table = read(EngineName::Postgresql);
        assert_eq!(table["socket"].as_str(), Some("/run/postgresql"));
        assert_eq!((table["port"].as_integer(), table["password"].as_str()), {
            (Some(5433), Some("a\"b\n\u{7f}\u{1}ü"))
        });
        assert!(!table.contains_key("host") && !table.contains_key("database"));
        assert_eq!(read(EngineName::Mysql)["host"].as_str(), Some("db"));
        assert!(of_variables(EngineName::Mysql, |_| None).is_err());
    }

    #[test]
    fn mysql_and_mariadb_are_one_family_and_the_file_says_which_of_them() {
        for (told, engine) in [("mariadb", EngineName::Mysql), ("mysql", EngineName::Mariadb)] {
            let text = format!("engine = \"{told}\"\n");
            assert_eq!(of_text(text.clone(), Some(engine), "db.toml").unwrap(), text);
        }
        for (told, engine, found) in [
            ("\"postgresql\"", EngineName::Mysql, "postgresql, and --engine that it is mysql"),
            ("\"mariadb\"", EngineName::Postgresql, "mariadb, and --engine that it is postgresql"),
            ("7", EngineName::Mysql, "another one, and --engine that it is mysql"),
        ] {
            let failure = of_text(format!("engine = {told}"), Some(engine), "db.toml").unwrap_err();
            assert_eq!(failure.message, format!("db.toml says that the engine is {found}"));
        }
    }

    #[test]
    fn no_error_repeats_a_line_of_a_file_with_a_password() {
        let wrong = "password = hunter2";
        for (text, engine) in [
            (wrong, None),
            ("engine = \"mysql\"\npassword = \"hunter2\"", Some(EngineName::Postgresql)),
        ] {
            let failure = of_text(text.to_owned(), engine, "db.toml").unwrap_err();
            let said = format!("{}{:?}", failure.message, failure.hint);
            assert!(said.contains("db.toml") && !said.contains("hunter2"), "{said}");
        }
        let text = "host = \"db\"".to_owned();
        let whole = of_text(text, Some(EngineName::Mariadb), "db.toml").unwrap();
        assert_eq!(whole.parse::<Table>().unwrap()["engine"].as_str(), Some("mariadb"));
    }
}
