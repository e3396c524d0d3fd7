//! Where ids come from, and how they are checked before anything is sent.
//!
//! ARNs and ids of FSx backups (`backup-…`) separated by whitespace, one a line or several; JSON
//! documents that name them, as `sexton` and the AWS CLI write them, pretty or one a line; and
//! the rows that the AWS CLI writes with `--output text`. Blank lines and lines that begin with
//! `#` say nothing. [`json`] and [`rows`] find the names in the last two.

mod json;
mod rows;

use std::collections::HashSet;
use std::fmt;
use std::io::{BufRead, Read as _};

use sexton_core::Plain;

use self::json::Counted;
use crate::commands::id::Id;

/// The most ids that one run takes: twice AWS's quota for a vault.
pub(crate) const IDS_MAX: usize = 2_000_000;

/// The longest line that is read, in bytes: some 170,000 ARNs.
const LINE_BYTES_MAX: u64 = 16 << 20;

/// The most bad ids that are named; the others are counted.
const BAD_SHOWN_MAX: usize = 10;

/// Ids that cannot be deleted as they stand.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadIds {
    #[error("cannot read {origin}")]
    Unreadable { origin: String, source: std::io::Error },
    /// A binary file, or one in UTF-16.
    #[error("{origin} is not a text file")]
    NotText { origin: String },
    /// Its beginning was read, and says nothing of what the rest is.
    #[error("{origin}, line {line}: longer than {LINE_BYTES_MAX} bytes")]
    LongLine { origin: String, line: u64 },
    /// Where the next value begins is not known.
    #[error("{origin}, line {line}: not JSON")]
    NotJson { origin: String, line: u64, source: serde_json::Error },
    /// A file that was not written whole: what else it was to name is not known.
    #[error(
        "{origin} ends too early, in line {end}: the JSON that begins in line {line} is not whole"
    )]
    CutOff { origin: String, line: u64, end: u64 },
    #[error("{0}")]
    Invalid(Complaints),
    #[error("more than {IDS_MAX} ids")]
    TooMany,
}

/// What is wrong, and where.
#[derive(Debug, Default)]
pub(crate) struct Complaints {
    shown: Vec<String>,
    hidden: usize,
}

impl Complaints {
    pub(crate) fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    pub(crate) fn add(&mut self, place: fmt::Arguments<'_>, error: &dyn fmt::Display) {
        if self.shown.len() < BAD_SHOWN_MAX {
            self.shown.push(Plain(format_args!("{place}: {error}")).to_string());
        } else {
            self.hidden += 1;
        }
    }
}

impl fmt::Display for Complaints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown.join("\n       "))?;
        if self.hidden > 0 {
            write!(f, "\n       and {} more", self.hidden)?;
        }
        Ok(())
    }
}

/// Gathers ids from several places.
#[derive(Debug, Default)]
pub(crate) struct Gathering {
    ids: Vec<Id>,
    complaints: Complaints,
}

/// Ids that can be deleted: each is there once.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Gathered {
    pub(crate) ids: Vec<Id>,
    pub(crate) duplicates: usize,
}

impl Gathering {
    /// Takes the `number`th argument.
    pub(crate) fn argument(&mut self, number: usize, text: &str) -> Result<(), BadIds> {
        let place = format_args!("argument {number}");
        if text.trim().is_empty() {
            return self.take(place, text);
        }
        text.split_whitespace().try_for_each(|word| self.take(place, word))
    }

    /// Takes all that `reader` holds; `origin` is its name in messages.
    pub(crate) fn lines(&mut self, origin: &str, reader: impl BufRead) -> Result<(), BadIds> {
        let unreadable = |source| BadIds::Unreadable { origin: origin.to_owned(), source };
        let mut reader = Counted::new(reader);
        let mut rows = false;
        let mut line = Vec::new();
        while let Some(first) = reader.first_of_next().map_err(unreadable)? {
            let number = reader.line();
            let place = format_args!("{origin}, line {number}");
            if matches!(first, b'{' | b'[') {
                let named = match json::named(&mut reader) {
                    Ok(named) => named,
                    Err(error) if error.is_io() => return Err(unreadable(error.into())),
                    Err(error) if error.is_eof() => {
                        let (origin, end) = (origin.to_owned(), reader.line());
                        return Err(BadIds::CutOff { origin, line: number, end });
                    }
                    Err(source) => {
                        let origin = origin.to_owned();
                        return Err(BadIds::NotJson { origin, line: number, source });
                    }
                };
                for arn in named.arns {
                    self.take(place, &arn)?;
                }
                for _ in 0..named.nameless {
                    self.complaints.add(place, &"no ARN in this JSON object");
                }
                continue;
            }
            line.clear();
            // One more than a line may have, which tells a long line from one that ends here.
            let limited = &mut reader.by_ref().take(LINE_BYTES_MAX + 1);
            limited.read_until(b'\n', &mut line).map_err(unreadable)?;
            if line.contains(&0) {
                return Err(BadIds::NotText { origin: origin.to_owned() });
            }
            if u64::try_from(line.len()).is_ok_and(|bytes| bytes > LINE_BYTES_MAX) {
                return Err(BadIds::LongLine { origin: origin.to_owned(), line: number });
            }
            self.line(place, String::from_utf8_lossy(&line).trim(), &mut rows)?;
        }
        Ok(())
    }

    /// Takes one line. `rows`: there have been rows of the AWS CLI before.
    fn line(
        &mut self,
        place: fmt::Arguments<'_>,
        text: &str,
        rows: &mut bool,
    ) -> Result<(), BadIds> {
        if text.starts_with('#') || text == json::NOTHING {
            return Ok(());
        }
        match rows::read(text, *rows) {
            rows::Line::Words => {
                text.split_whitespace().try_for_each(|word| self.take(place, word))
            }
            rows::Line::Aside => Ok(()),
            rows::Line::Point(arn) => {
                *rows = true;
                self.take(place, arn)
            }
            rows::Line::Unclear => {
                self.complaints.add(place, &"which of these names the backup is not clear");
                Ok(())
            }
        }
    }

    fn take(&mut self, place: fmt::Arguments<'_>, text: &str) -> Result<(), BadIds> {
        match text.parse::<Id>() {
            // No point's name has these; they come of lists, tables and scripts.
            Ok(_) if text.contains([',', ';', '"', '\'', '|']) => {
                self.complaints.add(place, &format_args!("{text:?} is more than an ARN"));
            }
            Ok(_) if self.ids.len() == IDS_MAX => return Err(BadIds::TooMany),
            Ok(id) => self.ids.push(id),
            Err(error) => self.complaints.add(place, &error),
        }
        Ok(())
    }

    /// All ids, which may be none, or all that is wrong with them.
    pub(crate) fn finish(self) -> Result<Gathered, BadIds> {
        if !self.complaints.shown.is_empty() {
            return Err(BadIds::Invalid(self.complaints));
        }
        let mut seen = HashSet::with_capacity(self.ids.len());
        let fresh: Vec<bool> = self.ids.iter().map(|id| seen.insert(id)).collect();
        drop(seen);
        let given = self.ids.len();
        let with_fresh = self.ids.into_iter().zip(fresh);
        let ids: Vec<Id> = with_fresh.filter_map(|(id, fresh)| fresh.then_some(id)).collect();
        Ok(Gathered { duplicates: given - ids.len(), ids })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const A: &str = "arn:aws:ec2:us-east-1::snapshot/snap-a";
    const B: &str = "arn:aws:ec2:us-east-1::snapshot/snap-b";

    fn id(text: &str) -> Id {
        text.parse().unwrap()
    }

    fn gather(text: &str) -> Result<Gathered, BadIds> {
        let mut gathering = Gathering::default();
        gathering.lines("ids", text.as_bytes())?;
        gathering.finish()
    }

    #[test]
    fn every_form_of_input_is_read() {
        let text = format!(
            "\u{feff}# old\r\n{A}\r\n\n  {B}  \n{A}\t{B} {A}\n{{\"RecoveryPointArn\":\"{A}\"}}\n\
             {{\"arn\":\"{B}\"}}"
        );
        let gathered = gather(&text).unwrap();
        assert_eq!(gathered.ids, [id(A), id(B)]);
        assert_eq!(gathered.duplicates, 5);
    }

    #[test]
    fn ids_of_fsx_are_read_as_the_aws_cli_and_this_program_write_them() {
        let (bare, other) = ("backup-0123456789abcdef0", "backup-0123456789abcdef1");
        let arn = format!("arn:aws:fsx:us-east-1:123456789012:backup/{other}");
        let listing = format!(
            "{{\"Backups\": [{{\"BackupId\": \"{bare}\", \"Lifecycle\": \"AVAILABLE\", \
             \"FileSystem\": {{\"ResourceARN\": \"arn:aws:fsx:r:1:file-system/fs-1\"}}}}, \
             {{\"BackupId\": \"{other}\", \"ResourceARN\": \"{arn}\"}}], \"NextToken\": \"x\"}}"
        );
        let settled = format!(
            "{{\"id\":\"{bare}\",\"outcome\":\"gone\"}}\n\
             {{\"id\":\"{other}\",\"arn\":\"{arn}\"}}\n{{\"totals\":{{}}}}\n"
        );
        let rows = format!(
            "BACKUPS\t{bare}\t2026-01-01T00:00:00+00:00\tAVAILABLE\t1\tUSER_INITIATED\n\
             FILESYSTEM\tfs-0123456789abcdef0\tarn:aws:fsx:r:1:file-system/fs-1\n\
             TAGS\tbackup-01234567\tx\n\
             BACKUPS\t{other}\t2026-01-01T00:00:00+00:00\t{arn}\tbackup-01234567\n"
        );
        for (text, second) in
            [(listing, &*arn), (settled, &arn), (rows, other), (format!("{bare} {arn}"), &arn)]
        {
            let gathered = gather(&text).unwrap();
            assert_eq!((gathered.ids, gathered.duplicates), (vec![id(bare), id(second)], 0));
        }
        let error = gather("backup-12\n").unwrap_err().to_string();
        assert!(error.contains("line 1: \"backup-12\" is no id of an FSx backup"), "{error}");
    }

    #[test]
    fn ids_of_backup_sets_are_read_as_the_tools_of_alibaba_cloud_write_them() {
        let listing = "{\"RequestId\": \"AB\", \"PageNumber\": \"1\", \"Items\": {\"Backup\": [\
            {\"BackupId\": \"324909958\", \"DBInstanceId\": \"rm-1\", \"StoreStatus\": \"Enabled\",\
             \"BackupDownloadLinkByDB\": {\"BackupDownloadLinkByDB\": []}},\
            {\"DBInstanceId\": \"rm-1\", \"BackupId\": \"324909959\"}]}}";
        let own = "{\"id\":\"324909958\",\"outcome\":\"gone\"}\n{\"id\":\"324909959\"}\n";
        for text in [listing, own, "324909958 324909959\n"] {
            let gathered = gather(text).unwrap();
            assert_eq!(gathered.ids, [id("324909958"), id("324909959")], "{text}");
        }
        assert_eq!(gather("{\"Items\": {\"Backup\": []}}").unwrap().ids, []);
        for text in ["324909958,324909959", "123456789012345678901"] {
            assert!(gather(text).is_err(), "{text}");
        }
    }

    #[test]
    fn bad_ids_are_named_with_their_lines() {
        let text = format!("{A}\nnonsense\n\n{{\"x\":1}}\n");
        let error = gather(&text).unwrap_err().to_string();
        assert!(error.contains("ids, line 2: invalid ARN \"nonsense\""), "{error}");
        assert!(error.contains("ids, line 4: no ARN"), "{error}");
        let error = gather(&"x\n".repeat(50)).unwrap_err().to_string();
        assert!(error.ends_with("and 40 more"), "{error}");
    }

    /// Each of these was one ARN that no vault knows, and so counted as gone.
    #[test]
    fn what_is_more_than_an_arn_is_none() {
        for text in
            [format!("{A},{B}"), format!("{A},COMPLETED"), format!("{A};"), format!("{A}\"")]
        {
            let error = gather(&text).unwrap_err().to_string();
            assert!(error.contains("line 1: ") && error.contains("is more than an ARN"), "{error}");
            let mut gathering = Gathering::default();
            gathering.argument(1, &text).unwrap();
            assert!(gathering.finish().unwrap_err().to_string().contains("more than an ARN"));
        }
        let mut gathering = Gathering::default();
        gathering.argument(1, &format!(" {A} {B}\n")).unwrap();
        assert_eq!(gathering.finish().unwrap().ids.len(), 2);
        let mut gathering = Gathering::default();
        gathering.argument(7, " ").unwrap();
        assert!(gathering.finish().unwrap_err().to_string().starts_with("argument 7: "));
    }

    #[test]
    fn what_is_not_text_is_said_once() {
        let utf_16: Vec<u8> = A.bytes().flat_map(|byte| [byte, 0]).collect();
        let error = Gathering::default().lines("ids", &*utf_16).unwrap_err();
        assert_eq!(error.to_string(), "ids is not a text file");
    }

    /// The rest of it was read as the next line: of a comment, as ids to delete.
    #[test]
    fn a_line_that_is_too_long_is_refused_and_its_rest_is_not_read() {
        let max = usize::try_from(LINE_BYTES_MAX).unwrap();
        let comment = |bytes: usize| format!("#{}", "x".repeat(bytes - 1));
        let longest = format!("{}\n{A}", comment(max - 1));
        assert_eq!(gather(&longest).unwrap().ids, [id(A)]);
        for text in [
            format!("{A}\n{} {B}\n", comment(max)),
            format!("{A}\n{}\n{B}", comment(max + 1)),
            format!("{A}\n{}", format!("{B} ").repeat(max / B.len())),
        ] {
            let error = gather(&text).unwrap_err().to_string();
            assert!(error.starts_with("ids, line 2: longer than 16777216 bytes"), "{error}");
        }
    }

    #[test]
    fn a_list_may_be_empty() {
        for text in ["", "# nothing\n\n", "None\n", "[]", "{\"RecoveryPoints\": []}\n", "[\n]\n"] {
            assert_eq!(gather(text).unwrap().ids, [], "{text}");
        }
    }

    #[test]
    fn what_the_aws_cli_and_this_program_write_is_read_as_it_is() {
        let listing = format!(
            "{{\n    \"RecoveryPoints\": [\n        {{\n \
                        \"RecoveryPointArn\": \"{A}\",\n\
             \"ParentRecoveryPointArn\": \"arn:aws:backup:r:1:recovery-point:p\", \
             \"IsParent\": false,\n\
             \"Lifecycle\": {{\"DeleteAfterDays\": 7}}, \"BackupSizeInBytes\": 1.5}},\n\
             {{\"RecoveryPointArn\": \"{B}\"}}],\n \"NextToken\": \"x\"\n}}\n"
        );
        let names = format!("[\n  \"{A}\",\n  \"{B}\"\n]\n");
        let settled = format!("{{\"arn\":\"{A}\",\"outcome\":\"gone\"}}\n{{\"arn\":\"{B}\"}}\n");
        let ndjson =
            format!("{settled}{{\"schema\":1,\"vault\":\"v\",\"totals\":{{\"gone\":2}}}}\n");
        let report = format!(
            "{{\"vault\":\"v\",\"totals\":{{}},\"items\":[{{\"arn\":\"{A}\"}},\
             {{\"arn\":\"{B}\"}}]}}"
        );
        let rows = format!(
            "RECOVERYPOINTS\t1024\tarn:aws:backup:r:1:backup-vault:v\tv\t\
             2026-01-01T00:00:00+00:00\t\
             arn:aws:iam::1:role/r\tFalse\tFalse\t{A}\tarn:aws:ec2:r:1:volume/vol-1\t\
             EBS\tCOMPLETED\n\
             CALCULATEDLIFECYCLE\t2026-02-01\nLIFECYCLE\t7\n\
             RECOVERYPOINTS\t1024\tarn:aws:backup:r:1:recovery-point:composite:p\t{B}\t\
             arn:aws:eks:r:1:cluster/c\tEKS\tCOMPLETED\n"
        );
        for text in [listing, names, ndjson, report, rows, format!("{A}\t{B}\n")] {
            let gathered = gather(&text).unwrap();
            assert_eq!(gathered.ids, [id(A), id(B)], "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_said_and_nothing_is_guessed() {
        let parent = "arn:aws:backup:r:1:recovery-point:composite:p";
        for (text, said) in [
            (format!("{{\"arn\": {A}}}"), "line 1: not JSON: expected value"),
            ("[1]".to_owned(), "line 1: not JSON: invalid type"),
            ("[{\"x\": 1}]".to_owned(), "line 1: no ARN in this JSON object"),
            (format!("RECOVERYPOINTS\t{parent}\t{A}\tCOMPLETED"), "is not clear"),
            ("RECOVERYPOINTS\tv\tCOMPLETED".to_owned(), "is not clear"),
            ("LIFECYCLE\t7".to_owned(), "invalid ARN \"LIFECYCLE\""),
        ] {
            let error = sexton_core::chain(&gather(&text).unwrap_err());
            assert!(error.contains(said), "{text}: {error}");
        }
    }

    /// It was told to be no ARN, and what an ARN looks like.
    #[test]
    fn json_that_is_cut_off_is_said_to_end_too_early_and_where() {
        let whole =
            format!("{A}\n{{\n \"RecoveryPoints\": [\n  {{\"RecoveryPointArn\": \"{B}\"}}\n]}}");
        assert_eq!(gather(&whole).unwrap().ids.len(), 2);
        let begins = A.len() + 1;
        for cut in begins + 1..whole.len() {
            let error = gather(&whole[..cut]).unwrap_err().to_string();
            let end = whole[..cut].matches('\n').count() + 1;
            let said = format!("ids ends too early, in line {end}: the JSON that begins in line 2");
            assert!(error.starts_with(&said), "{cut}: {error}");
        }
    }

    proptest! {
        #[test]
        fn reading_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut gathering = Gathering::default();
            drop(gathering.lines("bytes", &*bytes));
            drop(gathering.finish());
        }

        #[test]
        fn every_line_is_an_id_a_comment_or_a_complaint(
            lines in proptest::collection::vec(
                "#[^\n\0]{0,9}|[ \t]{0,3}|[^\\s{\\[#\0\u{feff}]{1,9}\
                 |arn:aws:ec2:r::snapshot/[a-z]{1,3}",
                0..20,
            ),
        ) {
            let said = lines.iter().filter(|it| !it.trim().is_empty() && !it.starts_with('#'));
            let number = |it: &str| it.len() <= 9 && it.bytes().all(|byte| byte.is_ascii_digit());
            let good = |it: &&String| it.starts_with("arn:") || number(it.trim());
            let (said, good) = (said.clone().count(), said.filter(good).count());
            match gather(&lines.join("\n")) {
                Ok(Gathered { ids, duplicates }) => prop_assert_eq!(ids.len() + duplicates, said),
                Err(BadIds::Invalid(Complaints { shown, hidden, .. })) => {
                    prop_assert_eq!(shown.len() + hidden, said - good);
                }
                Err(other) => prop_assert!(false, "{other}"),
            }
        }
    }
}
