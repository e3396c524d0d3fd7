//! The only way out: whatever is shown on standard output or standard error is written here.
//!
//! Much of it is foreign: the words of a service, names on a server, the fields of a
//! certificate. So nothing is taken for plain by whoever prints it. A line is one line, a field
//! is one field and a cell is one cell, whatever they hold; what would not be seen is an escape.
//! Only JSON gives the exact text, in escapes of its own.

use std::fmt;
use std::io::{self, BufWriter, IsTerminal as _, Stdout, Write as _};
use std::ops::ControlFlow;
use std::sync::OnceLock;

use comfy_table::{ContentArrangement, Table};
use serde::Serialize;
use sexton_core::{Plain, plain, plain_json};

/// Why a part of a result was lost, the first time.
static UNWRITTEN: OnceLock<io::Error> = OnceLock::new();

/// Why a part of a result could not be written, if it could not.
pub(crate) fn unwritten() -> Option<&'static io::Error> {
    UNWRITTEN.get()
}

/// Whether somebody looks at standard output, and does not read it with a program.
pub(crate) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// One line on standard output.
pub(crate) fn out(line: &str) {
    write(&plain(line));
}

/// One line of fields, separated by tabs.
pub(crate) fn fields<T: fmt::Display>(fields: impl IntoIterator<Item = T>) {
    let fields: Vec<String> = fields.into_iter().map(|field| Plain(field).to_string()).collect();
    write(&fields.join("\t"));
}

/// One JSON value on a line of its own.
pub(crate) fn json(value: &impl Serialize) {
    if let Ok(line) = serde_json::to_string(value) {
        write(&plain_json(&line));
    }
}

/// One JSON value on lines for people.
pub(crate) fn json_document(value: &impl Serialize) {
    if let Ok(text) = serde_json::to_string_pretty(value) {
        write(&plain_json(&text));
    }
}

/// A table. `fitted`: it becomes no wider than the terminal.
pub(crate) fn table<const N: usize>(
    header: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
    fitted: bool,
) {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::UTF8_FULL_CONDENSED);
    if fitted {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    table.set_header(header.map(plain));
    for row in rows {
        table.add_row(row.map(|cell| plain(&cell).into_owned()));
    }
    // The ends of its own lines are all that is left in it.
    write(&table.to_string());
}

/// One line on standard output that has colours of ours in it. Foreign text is made plain
/// before it is coloured; what else a line holds is made plain here.
pub(super) fn out_coloured(line: &str) {
    write(&coloured(line));
}

fn coloured(line: &str) -> String {
    const COLOUR: &str = "\x1b[";
    let mut parts = line.split(COLOUR);
    let mut text = plain(parts.next().unwrap_or("")).into_owned();
    for part in parts {
        match part.split_once('m') {
            Some((code, rest)) if code.bytes().all(|byte| byte.is_ascii_digit()) => {
                text.push_str(COLOUR);
                text.push_str(code);
                text.push('m');
                text.push_str(&plain(rest));
            }
            Some(_) | None => {
                text.push_str(&plain(COLOUR));
                text.push_str(&plain(part));
            }
        }
    }
    text
}

/// What is plain already, as one line or several, on standard output.
fn write(text: &str) {
    // What comes next is for others, even where nobody reads on.
    let _: ControlFlow<()> = goes_on(writeln!(io::stdout().lock(), "{text}"));
}

/// How many letters a line of the terminal has, if somebody looks at one.
pub(super) fn width() -> Option<usize> {
    Table::new().width().map(usize::from)
}

/// A long result on standard output, which ends early where nobody reads on. Whoever writes to it
/// has made plain what is foreign.
#[derive(Debug)]
pub(super) struct Stream(BufWriter<Stdout>);

impl Stream {
    /// Nothing is written yet.
    pub(super) fn new() -> Self {
        Self(BufWriter::with_capacity(1 << 16, io::stdout()))
    }

    /// Writes `text`, sooner or later, and says whether anybody reads on.
    pub(super) fn text(&mut self, text: &str) -> ControlFlow<()> {
        goes_on(self.0.write_all(text.as_bytes()))
    }

    /// Writes `text` and the end of its line.
    pub(super) fn line(&mut self, text: &str) -> ControlFlow<()> {
        self.text(text)?;
        self.text("\n")
    }

    /// Writes what has been held back.
    pub(super) fn flush(&mut self) -> ControlFlow<()> {
        goes_on(self.0.flush())
    }
}

/// Whether to write on after this.
fn goes_on(written: io::Result<()>) -> ControlFlow<()> {
    match written {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => {
            // Whoever closed the pipe does not want the rest.
            if error.kind() != io::ErrorKind::BrokenPipe {
                drop(UNWRITTEN.set(error));
            }
            ControlFlow::Break(())
        }
    }
}

/// One line on standard error, in one piece: nothing holds it back there, and a letter at a time
/// would be a call for each.
pub(crate) fn err(line: &str) {
    let line = plain(line);
    if !super::log::leave(&line) {
        drop(put_line(&mut io::stderr().lock(), &line));
    }
}

fn put_line(to: &mut impl io::Write, line: &str) -> io::Result<()> {
    to.write_all(format!("{line}\n").as_bytes())
}

/// What somebody is asked: the cursor stays behind it.
pub(crate) fn ask(question: &str) {
    let mut stderr = io::stderr().lock();
    drop(stderr.write_all(plain(question).as_bytes()));
    drop(stderr.flush());
}

/// An event of the log as one line, without its end.
pub(super) fn log_line(event: &str, json: bool) -> String {
    let event = event.strip_suffix('\n').unwrap_or(event);
    if json { plain_json(event).into_owned() } else { plain(event).into_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every letter was a call of its own.
    #[test]
    fn a_line_of_standard_error_is_written_in_one_piece() {
        struct Pieces(Vec<Vec<u8>>);
        impl io::Write for Pieces {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.push(bytes.to_owned());
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut pieces = Pieces(Vec::new());
        put_line(&mut pieces, &plain("error: a\u{1b}b")).unwrap();
        assert_eq!(pieces.0, [b"error: a\\u{1b}b\n"]);
    }

    /// A tracing field that is only displayed is written as it is: a name in it could begin
    /// a line of its own.
    #[test]
    fn an_event_of_the_log_is_one_line_of_text() {
        let event = "INFO a backup failed resource=a\n ERROR\u{1b}[2J\u{9b}\u{202e}\n";
        let line = log_line(event, false);
        assert_eq!(line, "INFO a backup failed resource=a\\n ERROR\\u{1b}[2J\\u{9b}\\u{202e}");
        let event = "{\"resource\":\"a\\n\u{9b}\u{202e}\"}\n";
        let line = log_line(event, true);
        assert_eq!(line, "{\"resource\":\"a\\n\\u009b\\u202e\"}");
    }

    #[test]
    fn of_a_coloured_line_only_the_colours_are_taken_as_they_are() {
        for (line, written) in [
            ("\x1b[1mbold\x1b[0m", "\x1b[1mbold\x1b[0m"),
            ("\x1b[2J\x1b]0;m\x07\n", "\\u{1b}[2J\\u{1b}]0;m\\u{7}\\n"),
            ("m\x1b[31", "m\\u{1b}[31"),
        ] {
            assert_eq!(coloured(line), written);
        }
    }
}
