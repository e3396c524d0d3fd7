//! How a command ends: the exit codes, and the failures that have one.

use std::error::Error;
use std::process::ExitCode;

use sexton_client::chain;
use sexton_core::Verdict;

/// The exit codes, as `--help` explains them. One text, so that it stays true.
pub(crate) const HELP: &str = "\
Exit codes:
    0  every point is proven gone (or absent, with --absent-ok), or a dry run found every
       point in the vault, or there was nothing to do
    1  something unexpected: the service cannot be reached, a file cannot be read, or the
       result cannot be written, whatever became of the points
    2  usage: a wrong argument, setting or ARN, a file that holds something else than it
       should, no region, no usable credentials, nothing to do with --fail-if-empty; nothing
       was deleted
    3  partial failure: some points were refused, left EXPIRED, or never asked for
    4  nothing failed, but not every point is proven gone: accepted, asked for
       (--when-released), unknown, absent or in another vault; or a dry run did not find
       every point in the vault
    5  refused: nothing was deleted (a locked or missing vault, a wrong count typed,
       nobody to confirm, or every point refused)
  130  interrupted before every point was proven gone
The first that applies, in this order: 1, 2, 0, 130, 5, 3, 4.";

/// The same of every command that has no codes of its own.
pub(crate) const COMMON_HELP: &str = "\
Exit codes:
    0  it is done
    1  something unexpected: the server does not answer, a file cannot be read, or the result
       cannot be written
    2  usage: an argument, a setting or a file is wrong, or there are no usable credentials
    5  refused, by the server, which may know no such thing, or because nobody could confirm
  130  interrupted";

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Success,
    Unexpected,
    Usage,
    Partial,
    NotProven,
    Refused,
    Interrupted,
}

impl Exit {
    /// The number that the shell sees.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Unexpected => 1,
            Self::Usage => 2,
            Self::Partial => 3,
            Self::NotProven => 4,
            Self::Refused => 5,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::NothingToDo | Verdict::AllGone => Self::Success,
            Verdict::Interrupted => Self::Interrupted,
            Verdict::Refused => Self::Refused,
            Verdict::Partial => Self::Partial,
            Verdict::AllAbsent | Verdict::NotProven => Self::NotProven,
        }
    }
}

/// A command that did not do what it was asked to.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The exit code.
    pub(crate) exit: Exit,
    /// What happened, with its causes.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) hint: Option<String>,
    /// The message is of several lines, all of them ours. Otherwise it is one line, whatever
    /// is quoted in it.
    pub(crate) in_lines: bool,
}

impl Failure {
    /// A failure with the whole chain of `error`'s causes.
    pub(crate) fn new(exit: Exit, error: &dyn Error) -> Self {
        Self { exit, message: chain(error), hint: None, in_lines: false }
    }

    /// A failure in words.
    pub(crate) fn text(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), hint: None, in_lines: false }
    }

    /// The same failure, with advice.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same failure, whose message has several lines. What it quotes must be quoted so
    /// that it has none of its own.
    pub(crate) fn in_lines(mut self) -> Self {
        self.in_lines = true;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Exit; 7] = [
        Exit::Success,
        Exit::Unexpected,
        Exit::Usage,
        Exit::Partial,
        Exit::NotProven,
        Exit::Refused,
        Exit::Interrupted,
    ];

    /// What `--help` says of each code.
    fn help() -> Vec<(String, String)> {
        let mut rows: Vec<(String, String)> = Vec::new();
        for line in HELP.lines().skip(1).filter(|line| line.starts_with(' ')) {
            match (line.trim().split_once("  "), rows.last_mut()) {
                (Some((code, text)), _) => rows.push((code.to_owned(), text.to_owned())),
                (None, Some((_, text))) => *text = format!("{text} {}", line.trim()),
                (None, None) => panic!("{line:?}"),
            }
        }
        rows
    }

    #[test]
    fn the_help_names_every_code() {
        let named: Vec<String> = help().into_iter().map(|(code, _)| code).collect();
        assert_eq!(named, ALL.map(|exit| exit.code().to_string()));
    }

    #[test]
    fn the_readme_says_what_the_help_says() {
        let readme = include_str!("../../../README.md").replace('`', "");
        for (code, text) in help() {
            let row = format!("| {code} | {text} |");
            assert!(readme.lines().any(|line| line == row), "{row}");
        }
    }
}
