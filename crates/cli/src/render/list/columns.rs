//! A table that is printed while its rows come: the first rows say how wide the columns are.
//!
//! An id is never cut, so that it can be copied: it stands last, and other columns go where the
//! terminal has no room for all. A value that is wider than its column moves the rest of its row.

use std::ops::ControlFlow;

use indicatif::HumanBytes;
use jiff::Timestamp;
use sexton_client::list::Entry;
use sexton_core::plain;

use crate::render::print::Stream;

/// How many rows are held back until the widths are known.
const ROWS_HELD: usize = 200;

/// What stands between two columns.
const GAP: &str = "  ";

/// One column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    State,
    Created,
    Size,
    Type,
    Place,
    Source,
    Expires,
    Protected,
    Tags,
    Id,
}

/// All columns, in their order.
const ALL: [Column; 10] = [
    Column::State,
    Column::Created,
    Column::Size,
    Column::Type,
    Column::Place,
    Column::Expires,
    Column::Protected,
    Column::Source,
    Column::Tags,
    Column::Id,
];

/// What goes first where there is no room. What is not here always stays.
const DISPENSABLE: [Column; 5] =
    [Column::Source, Column::Expires, Column::Protected, Column::Type, Column::Place];

impl Column {
    fn title(self) -> &'static str {
        match self {
            Self::State => "STATE",
            Self::Created => "CREATED (UTC)",
            Self::Size => "SIZE",
            Self::Type => "TYPE",
            Self::Place => "PLACE",
            Self::Source => "SOURCE",
            Self::Expires => "EXPIRES",
            Self::Protected => "PROTECTED BY",
            Self::Tags => "TAGS",
            Self::Id => "ID",
        }
    }

    fn value(self, entry: &Entry) -> String {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let moment = |at: Option<Timestamp>, form: &str| {
            at.map(|at| at.strftime(form).to_string()).unwrap_or_default()
        };
        let value = match self {
            Self::State => text(&entry.state),
            Self::Created => moment(entry.created, "%F %R"),
            Self::Size => entry.size.map(|size| HumanBytes(size).to_string()).unwrap_or_default(),
            Self::Type => text(&entry.kind),
            Self::Place => {
                let place = entry.vault.as_ref().or(entry.file_system.as_ref());
                place.or(entry.instance.as_ref()).cloned().unwrap_or_default()
            }
            Self::Source => text(&entry.source),
            Self::Expires => moment(entry.expires, "%F"),
            Self::Protected => match &entry.protected_by {
                None => "not known".to_owned(),
                Some(all) => all.iter().map(|it| it.word()).collect::<Vec<_>>().join(" "),
            },
            Self::Tags => {
                let tags = entry.tags.iter().flatten();
                tags.map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ")
            }
            Self::Id => entry.id.clone(),
        };
        plain(&value).into_owned()
    }
}

/// The columns that are shown, once they are known.
#[derive(Debug)]
pub(super) struct Columns {
    tags: bool,
    /// Letters in a line of the terminal, where there is one.
    width: Option<usize>,
    held: Vec<Vec<String>>,
    shown: Option<Vec<(Column, usize)>>,
}

impl Columns {
    pub(super) fn new(tags: bool, width: Option<usize>) -> Self {
        Self { tags, width, held: Vec::new(), shown: None }
    }

    /// Prints one row, sooner or later.
    pub(super) fn row(&mut self, entry: &Entry, out: &mut Stream) -> ControlFlow<()> {
        let row = ALL.map(|column| column.value(entry)).to_vec();
        if let Some(shown) = &self.shown {
            return out.line(&line(shown, &row));
        }
        self.held.push(row);
        if self.held.len() < ROWS_HELD { ControlFlow::Continue(()) } else { self.flush(out) }
    }

    /// Prints the rows that were held back.
    pub(super) fn flush(&mut self, out: &mut Stream) -> ControlFlow<()> {
        let held = std::mem::take(&mut self.held);
        if held.is_empty() {
            return ControlFlow::Continue(());
        }
        let shown = self.choose(&held);
        let titles = ALL.map(|column| column.title().to_owned());
        out.line(&line(&shown, &titles))?;
        for row in &held {
            out.line(&line(&shown, row))?;
        }
        self.shown = Some(shown);
        ControlFlow::Continue(())
    }

    /// The columns for which there is room, and how wide they are. A column with nothing in it
    /// needs none.
    fn choose(&self, rows: &[Vec<String>]) -> Vec<(Column, usize)> {
        let letters = |text: &String| text.chars().count();
        let mut shown = Vec::new();
        for (at, column) in ALL.into_iter().enumerate() {
            let widest = rows.iter().map(|row| letters(&row[at])).max().unwrap_or(0);
            let wanted = widest > 0 && (column != Column::Tags || self.tags);
            if wanted || column == Column::Id {
                shown.push((column, widest.max(column.title().len())));
            }
        }
        let Some(width) = self.width else { return shown };
        for column in DISPENSABLE {
            let needed: usize = shown.iter().map(|(_, width)| width + GAP.len()).sum();
            if needed <= width + GAP.len() {
                break;
            }
            shown.retain(|(it, _)| *it != column);
        }
        shown
    }
}

/// One line of the table. `row` has a value for each of all columns.
fn line(shown: &[(Column, usize)], row: &[String]) -> String {
    let cells = shown.iter().map(|(column, width)| {
        let at = ALL.iter().position(|it| it == column).unwrap_or(0);
        let width = *width;
        match column {
            Column::Size => format!("{:>width$}", row[at]),
            Column::State
            | Column::Created
            | Column::Type
            | Column::Place
            | Column::Source
            | Column::Expires
            | Column::Protected
            | Column::Tags
            | Column::Id => format!("{:<width$}", row[at]),
        }
    });
    cells.collect::<Vec<_>>().join(GAP).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(width: Option<usize>) -> Vec<&'static str> {
        let mut row = ALL.map(|_| "x".repeat(15)).to_vec();
        row[9] = "i".repeat(40);
        let shown = Columns::new(false, width).choose(&[row]);
        shown.into_iter().map(|(column, _)| column.title()).collect()
    }

    #[test]
    fn an_id_is_never_cut_and_other_columns_make_room() {
        let all = titles(None);
        assert_eq!(all.len(), 9, "{all:?}");
        assert_eq!(titles(Some(200)), all);
        assert_eq!(titles(Some(130)).len(), 6);
        assert_eq!(titles(Some(20)), ["STATE", "CREATED (UTC)", "SIZE", "ID"]);
    }

    #[test]
    fn a_value_that_is_wider_than_its_column_stays_whole() {
        let shown = [(Column::State, 5), (Column::Id, 2)];
        let mut row = ALL.map(|_| String::new()).to_vec();
        (row[0], row[9]) = ("COMPLETED".to_owned(), "id".to_owned());
        assert_eq!(line(&shown, &row), "COMPLETED  id");
    }
}
