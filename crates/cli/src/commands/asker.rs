//! The person in front of what cannot be undone, who is asked before it.

use std::fs::File;
use std::io::{BufRead as _, BufReader, IsTerminal as _};

use crate::exit::{Exit, Failure};
use crate::render;

/// Somebody who can be asked.
pub(crate) enum Asker {
    StandardInput,
    /// Standard input carries something else, and there is a terminal all the same.
    Terminal(File),
}

impl Asker {
    /// Finds them, or says `how` it goes without.
    pub(crate) fn find(how: &str) -> Result<Self, Failure> {
        if std::io::stdin().is_terminal() {
            return Ok(Self::StandardInput);
        }
        let terminal = std::io::stderr().is_terminal().then(|| File::open("/dev/tty"));
        match terminal {
            Some(Ok(terminal)) => Ok(Self::Terminal(terminal)),
            Some(Err(_)) | None => Err(Failure::text(
                Exit::Refused,
                "nobody can be asked for confirmation: there is no terminal",
            )
            .hint(how)),
        }
    }

    /// Asks for the count to be typed back, to `delete` so many, say.
    pub(crate) fn confirm(self, count: usize, verb: &str) -> Result<(), Failure> {
        render::question(count, verb);
        let mut line = String::new();
        let read = match self {
            Self::StandardInput => std::io::stdin().read_line(&mut line),
            Self::Terminal(terminal) => BufReader::new(terminal).read_line(&mut line),
        };
        read.map_err(|error| Failure::new(Exit::Unexpected, &error))?;
        let typed = line.trim();
        if is_count(typed, count) {
            return Ok(());
        }
        let text = format!("{typed:?} is not {count}: nothing was done");
        Err(Failure::text(Exit::Refused, text))
    }
}

/// Whether `typed` is this number, as it is or with its thousands set apart.
fn is_count(typed: &str, count: usize) -> bool {
    typed == count.to_string() || typed == render::grouped(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_taken_with_its_thousands_set_apart_and_not_otherwise() {
        for (typed, count, same) in [
            ("3000", 3000, true),
            ("3,000", 3000, true),
            ("1,234,567", 1_234_567, true),
            ("30,00", 3000, false),
            ("3.000", 3000, false),
            ("+3", 3, false),
            ("03", 3, false),
            ("", 0, false),
        ] {
            assert_eq!(is_count(typed, count), same, "{typed}");
        }
    }
}
