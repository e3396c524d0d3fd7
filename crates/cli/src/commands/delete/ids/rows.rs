//! Rows as the AWS CLI writes them with `--output text`.
//!
//! A row has the members of one point, in the order of their names and without them. The
//! ARN of the point comes right before that of its resource, and may come right after that
//! of its parent, which is a recovery point too. The row of an FSx backup begins with its id;
//! those that tell more of it begin with the name of a member.

use sexton_client::{FsxBackupId, Misplaced, misplaced};
use sexton_core::BackupArn;

/// How a row of a recovery point begins.
const POINT: &str = "RECOVERYPOINTS";

/// How a row of an FSx backup begins.
const BACKUP: &str = "BACKUPS";

/// How the rows begin that tell more of the point before them, or of the listing.
const ASIDES: [&str; 7] = [
    "AGGREGATEDSCANRESULT",
    "CALCULATEDLIFECYCLE",
    "CREATEDBY",
    "FINDINGS",
    "LIFECYCLE",
    "NEXTTOKEN",
    "SCANRESULTS",
];

/// What a line is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// No row: words, each of which should be an ARN.
    Words,
    /// A row that names no point of its own.
    Aside,
    /// The row of this point.
    Point(&'a str),
    /// A row of a point that cannot be told.
    Unclear,
}

/// Tells what the line `text` is. `rows`: there have been rows of points before it.
pub(super) fn read(text: &str, rows: bool) -> Line<'_> {
    let mut fields = text.split('\t');
    match fields.next() {
        Some(BACKUP) => {
            let mut ids = fields.filter(|field| field.parse::<FsxBackupId>().is_ok());
            ids.next().map_or(Line::Unclear, Line::Point)
        }
        Some(POINT) => point(&fields.collect::<Vec<_>>()).map_or(Line::Unclear, Line::Point),
        Some(first) if rows && (ASIDES.contains(&first) || is_member(first)) => Line::Aside,
        _ => Line::Words,
    }
}

/// Whether this is the name of a member as the rows have it. No name of a backup is one.
fn is_member(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// The recovery point that a row is of, if that is clear.
fn point<'a>(fields: &[&'a str]) -> Option<&'a str> {
    let parsed: Vec<Option<BackupArn>> = fields.iter().map(|field| field.parse().ok()).collect();
    let arn = |place: usize| parsed.get(place).and_then(Option::as_ref);
    let points: Vec<usize> =
        (0..fields.len()).filter(|&at| arn(at).is_some_and(is_point)).collect();
    let before_resource =
        points.iter().copied().filter(|&at| arn(at + 1).is_some_and(|it| !is_point(it)));
    match (&points[..], &before_resource.collect::<Vec<_>>()[..]) {
        (&[at], _) | (_, &[at]) => Some(fields[at]),
        // Of a service that is not known here: whatever may be one, if there is but one.
        ([], _) => {
            let mut may_be = (0..fields.len()).filter(|&at| {
                let names_none =
                    |it: &BackupArn| misplaced(it, it.region(), None) == Some(Misplaced::NoBackup);
                arn(at).is_some_and(|it| !names_none(it))
            });
            let first = may_be.next()?;
            may_be.next().is_none().then(|| fields[first])
        }
        _ => None,
    }
}

/// Whether this has the form that recovery points of its service have.
fn is_point(arn: &BackupArn) -> bool {
    let begins = |names: &[&str]| names.iter().any(|name| arn.resource().starts_with(name));
    match arn.service() {
        "backup" => begins(&["recovery-point:"]),
        "ec2" => begins(&["snapshot/", "image/"]),
        "rds" => begins(&["snapshot:", "cluster-snapshot:"]),
        "redshift" => begins(&["snapshot:"]),
        "fsx" => begins(&["backup/"]),
        "dynamodb" => arn.resource().contains("/backup/"),
        _ => false,
    }
}
