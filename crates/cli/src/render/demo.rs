//! How the demonstration looks: numbered steps, what each found, and how long it took.
//!
//! Eighty columns, whatever the terminal; weight and colour only where somebody looks,
//! and not where `NO_COLOR` says that they would rather not.

use std::fmt;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use sexton_core::plain;

use super::print::{is_terminal, out_coloured as out};

const TITLE_WIDTH: usize = 24;
const RESULT_WIDTH: usize = 40;
/// Where what a step found begins.
const DETAIL_INDENT: usize = 5;
const LABEL_WIDTH: usize = 14;
const TEXT_WIDTH: usize = 78 - DETAIL_INDENT - LABEL_WIDTH;
const BAR_CELLS: u64 = 40;

/// How a word stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Plain,
    Bold,
    Dim,
    Good,
    Caution,
}

/// The whole of the demonstration's output.
#[derive(Debug)]
pub(crate) struct Screen {
    colour: bool,
    began: Instant,
}

/// One step that is being taken.
#[derive(Debug)]
pub(crate) struct Step<'a> {
    screen: &'a Screen,
    number: u8,
    title: &'static str,
    began: Instant,
    bar: ProgressBar,
}

impl Screen {
    pub(crate) fn new() -> Self {
        let silenced = std::env::var_os("NO_COLOR").is_some_and(|it| !it.is_empty());
        let dumb = std::env::var_os("TERM").is_none_or(|it| it == "dumb");
        let colour = is_terminal() && !silenced && !dumb;
        Self { colour, began: Instant::now() }
    }

    fn paint(&self, tone: Tone, text: &str) -> String {
        let text = plain(text);
        let code = match tone {
            Tone::Plain => return text.into_owned(),
            Tone::Bold => "1",
            Tone::Dim => "2",
            Tone::Good => "32",
            Tone::Caution => "33",
        };
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.into_owned() }
    }

    /// A line that begins a part, apart from what comes before.
    pub(crate) fn heading(&self, text: &str, rest: &str) {
        let line = format!("  {}  {rest}", self.paint(Tone::Bold, text));
        out("");
        out(line.trim_end());
    }

    /// Begins a step. It has a bar of `length`, which nobody sees if it is short work.
    pub(crate) fn step(&self, number: u8, title: &'static str, length: usize) -> Step<'_> {
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
        let template = "  {prefix} {bar:38} {human_pos}/{human_len}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("━╸─"));
        }
        bar.set_prefix(format!("{number}  {title:TITLE_WIDTH$}"));
        bar.tick();
        Step { screen: self, number, title, began: Instant::now(), bar }
    }

    /// Something that a step found: a label and a text, which may take several lines.
    pub(crate) fn detail(&self, label: &str, tone: Tone, text: &str) {
        for (row, line) in wrapped(text, TEXT_WIDTH).into_iter().enumerate() {
            let label = if row == 0 { label } else { "" };
            let label = self.paint(Tone::Dim, &format!("{label:LABEL_WIDTH$}"));
            out(&format!("{:DETAIL_INDENT$}{label}{}", "", self.paint(tone, &line)));
        }
    }

    /// A count of points that ended alike.
    pub(crate) fn count(&self, count: u64, word: &str, tone: Tone, text: &str) {
        let word = self.paint(tone, &format!("{word:<9}"));
        out(&format!("{:DETAIL_INDENT$}{count:>3} {word} {text}", ""));
    }

    /// Two amounts as bars of one scale.
    pub(crate) fn shrinking(&self, before: u64, after: u64) {
        for (label, bytes, tone) in
            [("disk before", before, Tone::Plain), ("disk after", after, Tone::Good)]
        {
            let eighths = (bytes * BAR_CELLS * 8).checked_div(before.max(1)).unwrap_or(0);
            let bar = self.paint(tone, &bar(eighths));
            let label = self.paint(Tone::Dim, &format!("{label:LABEL_WIDTH$}"));
            out(&format!("{:DETAIL_INDENT$}{label}{bar} {}", "", Bytes(bytes)));
        }
    }

    /// A row of the last table.
    pub(crate) fn row(&self, count: &str, what: &str, proof: &str) {
        let count = self.paint(Tone::Bold, &format!("{count:>9}"));
        let proof = self.paint(Tone::Dim, proof);
        out(&format!("  {count}  {what:<26}{proof}"));
    }

    /// A command to try, and what it is for.
    pub(crate) fn command(&self, command: &str, purpose: &str) {
        out(&format!("{:DETAIL_INDENT$}{}", "", self.paint(Tone::Bold, command)));
        out(&format!("{:DETAIL_INDENT$}  {}", "", self.paint(Tone::Dim, purpose)));
    }

    /// How long all of it has taken.
    pub(crate) fn elapsed(&self) -> Seconds {
        Seconds(self.began.elapsed())
    }
}

impl Step<'_> {
    /// One unit of the work is done.
    pub(crate) fn advance(&self) {
        self.bar.inc(1);
    }

    /// The step is done, and this is what came of it.
    pub(crate) fn done(self, result: &str) {
        self.bar.finish_and_clear();
        let title = self.screen.paint(Tone::Bold, &format!("{:TITLE_WIDTH$}", self.title));
        let time = format!("{:>7}", Seconds(self.began.elapsed()).to_string());
        let time = self.screen.paint(Tone::Dim, &time);
        out(&format!("  {}  {title} {result:<RESULT_WIDTH$}{time}", self.number));
    }
}

impl Drop for Step<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Bytes as people say them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bytes(pub(crate) u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = |unit: u64| (self.0 * 10 / unit / 10, self.0 * 10 / unit % 10);
        match self.0 {
            0..1_000 => write!(f, "{} B", self.0),
            1_000..1_000_000 => write!(f, "{} kB", self.0 / 1_000),
            1_000_000..1_000_000_000 => {
                let (whole, tenth) = tenths(1_000_000);
                write!(f, "{whole}.{tenth} MB")
            }
            1_000_000_000.. => write!(f, "{} GB", self.0 / 1_000_000_000),
        }
    }
}

/// A time to a tenth of a second.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seconds(pub(crate) Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} s", self.0.as_secs_f64())
    }
}

/// A bar of so many eighths of a cell; something is never nothing.
fn bar(eighths: u64) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let whole = usize::try_from(eighths / 8).unwrap_or(0);
    let part = usize::try_from(eighths % 8).unwrap_or(0);
    let (whole, part) = ("█".repeat(whole), PARTS[part]);
    if whole.is_empty() && part.is_empty() { "▏".to_owned() } else { whole + part }
}

/// Lines of at most `width` characters; a longer word has a line to itself.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().map_or(0, |line| line.chars().count());
        if line > 0 && line + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else if let Some(last) = lines.last_mut() {
            if line > 0 {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_said_as_people_say_them() {
        for (bytes, text) in [(0, "0 B"), (999, "999 B"), (31_450, "31 kB"), (9_960_000, "9.9 MB")]
        {
            assert_eq!(Bytes(bytes).to_string(), text);
        }
        assert_eq!(Seconds(Duration::from_millis(1260)).to_string(), "1.3 s");
    }

    #[test]
    fn long_texts_are_wrapped_between_words() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("incomprehensible", 7), ["incomprehensible"]);
        assert_eq!(wrapped("", 7), [""]);
    }

    #[test]
    fn a_bar_has_the_length_of_its_amount() {
        assert_eq!(bar(0), "▏");
        assert_eq!(bar(8), "█");
        assert_eq!(bar(20), "██▌");
    }
}
