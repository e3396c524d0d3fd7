//! Rows of `LOAD DATA` in a log: their file is beside the log, for the scratch server to read.
//!
//! The tool writes what such a statement loaded into files, which nobody removes, and writes the
//! statement so that the client sends the file. A client that may do that sends any file of this
//! machine that a statement asks for; so the server reads it instead, from the one folder
//! that it may read.

use std::path::Path;

/// What the tool writes before the path, and how the names of its files begin.
const FROM_CLIENT: &[u8] = b"LOCAL INFILE '";
const NAME: &[u8] = b"/SQL_LOAD_MB-";
/// The longest rest of such a name that is believed.
const NAME_BYTES_MAX: usize = 64;
/// What may follow it; without that, rows that are there already are kept.
const REPLACE: &[u8] = b" REPLACE";

/// Turns the statements of one run of the tool.
#[derive(Debug)]
pub(super) struct Turn {
    wanted: Vec<u8>,
    held: Vec<u8>,
}

impl Turn {
    /// For a tool that writes its files into this folder.
    pub(super) fn new(folder: &Path) -> Self {
        let mut wanted = FROM_CLIENT.to_vec();
        wanted.extend(escaped(folder.as_os_str().as_encoded_bytes()));
        wanted.extend(NAME);
        Self { wanted, held: Vec::new() }
    }

    /// Takes more of what the tool writes, and gives what can go on.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(bytes);
        let mut out = Vec::with_capacity(self.held.len());
        let mut rest = self.held.as_slice();
        while let Some(at) = find(rest, &self.wanted) {
            let Some((statement, after)) = turned(&rest[at..], &self.wanted) else {
                out.extend_from_slice(&rest[..at]);
                self.held = rest[at..].to_vec();
                return out;
            };
            out.extend_from_slice(&rest[..at]);
            out.extend(statement);
            rest = after;
        }
        // The beginning of one may be at its end.
        let (whole, begun) = rest.split_at(rest.len().saturating_sub(self.wanted.len() - 1));
        out.extend_from_slice(whole);
        self.held = begun.to_vec();
        out
    }

    /// Gives what was held back.
    pub(super) fn end(self) -> Vec<u8> {
        self.held
    }
}

/// What stands for a statement that begins here, as far as its file; and what follows. Nothing if
/// there is too little of it.
fn turned<'a>(text: &'a [u8], wanted: &[u8]) -> Option<(Vec<u8>, &'a [u8])> {
    let name = &text[wanted.len()..];
    let Some(end) = name.iter().position(|byte| *byte == b'\'') else {
        let is_other = name.len() > NAME_BYTES_MAX;
        return is_other.then(|| (wanted.to_vec(), name));
    };
    let after = &name[end + 1..];
    if after.len() < REPLACE.len() {
        return None;
    }
    let (_, from_server) = text.split_at(b"LOCAL ".len());
    let mut out = from_server[..from_server.len() - after.len()].to_vec();
    if !after.starts_with(REPLACE) {
        // What a client sends is loaded so, without a word.
        out.extend_from_slice(b" IGNORE");
    }
    Some((out, after))
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = wanted.first()?;
    let mut from = 0;
    loop {
        from += text[from..].iter().position(|byte| byte == first)?;
        if text[from..].starts_with(wanted) {
            return Some(from);
        }
        from += 1;
    }
}

/// A path as the tool writes it between quotes.
fn escaped(path: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(path.len());
    for byte in path {
        match byte {
            b'\n' => escaped.extend(b"\\n"),
            b'\r' => escaped.extend(b"\\r"),
            b'\t' => escaped.extend(b"\\t"),
            8 => escaped.extend(b"\\b"),
            b'\\' | b'\'' => escaped.extend([b'\\', *byte]),
            _ => escaped.push(*byte),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turned(text: &str, step: usize) -> String {
        let mut turn = Turn::new(Path::new("/a'b/load"));
        let mut out: Vec<u8> =
            text.as_bytes().chunks(step).flat_map(|part| turn.take(part)).collect();
        out.extend(turn.end());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_statement_that_loads_a_file_of_the_tool_reads_it_by_the_server() {
        let path = "'/a\\'b/load/SQL_LOAD_MB-1-0'";
        let text = format!(
            "SET x;\nLOAD DATA LOCAL INFILE {path} REPLACE INTO TABLE t (a)\n/*!*/;\n\
             LOAD DATA LOCAL INFILE {path} INTO TABLE t\n/*!*/;\n"
        );
        let wanted = format!(
            "SET x;\nLOAD DATA INFILE {path} REPLACE INTO TABLE t (a)\n/*!*/;\n\
             LOAD DATA INFILE {path} IGNORE INTO TABLE t\n/*!*/;\n"
        );
        // What asks the client for another file stays, and the client refuses it.
        let other = "LOAD DATA LOCAL INFILE '/etc/shadow' INTO TABLE t;\nLOCAL INFILE '/a\\'b";
        for step in [1, 2, 7, 64, usize::MAX] {
            assert_eq!(turned(&text, step), wanted, "{step}");
            assert_eq!(turned(other, step), other, "{step}");
            assert_eq!(turned("", step), "");
        }
        let cut = "LOAD DATA LOCAL INFILE '/a\\'b/load/SQL_LOAD_MB-1";
        assert_eq!(turned(cut, 5), cut);
        let long = format!("{cut}{}", "x".repeat(200));
        assert_eq!(turned(&long, 5), long);
    }
}
