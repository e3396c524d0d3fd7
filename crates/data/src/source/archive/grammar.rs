//! Which records there may be, and in which order.

use super::{Attributes, DATA_BYTES_MAX, LINK_PATH_BYTES_MAX, Record, XATTRS_BYTES_MAX};
use crate::seal::length;

const NAME_BYTES_MAX: usize = 255;
const TARGET_BYTES_MAX: usize = 4096;

/// Where in the grammar the reader is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    depth: u64,
    /// In a file: where the next data may begin.
    file: Option<u64>,
    pub(super) state: State,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum State {
    #[default]
    Begin,
    Tree,
    RootLeft,
    Ended,
}

impl Place {
    /// The place after this record, if it may stand here.
    pub(super) fn after(mut self, record: &Record<'_>) -> Result<Self, &'static str> {
        let in_file = matches!(record, Record::Data { .. } | Record::FileEnd { .. });
        let end = matches!(record, Record::End { .. });
        if in_file != self.file.is_some() {
            return Err("a record does not belong inside or outside a file");
        }
        if end != (self.state == State::RootLeft) {
            return Err("the end is not where it should be");
        }
        match record {
            Record::Enter { .. } => self.depth += 1,
            Record::Leave { .. } => match self.depth.checked_sub(1) {
                Some(depth) => self.depth = depth,
                None => self.state = State::RootLeft,
            },
            Record::File { .. } => self.file = Some(0),
            Record::Data { offset, bytes } => {
                if self.file.is_none_or(|next| *offset < next) {
                    return Err("data goes backwards");
                }
                let end = offset.checked_add(u64::from(*bytes));
                self.file = Some(end.filter(offset_fits).ok_or("data ends too far")?);
            }
            Record::FileEnd { size, .. } => {
                if !offset_fits(size) || self.file.is_none_or(|next| *size < next) {
                    return Err("a file is shorter than its data");
                }
                self.file = None;
            }
            Record::End { .. } => self.state = State::Ended,
            Record::Symlink { .. }
            | Record::HardLink { .. }
            | Record::Fifo { .. }
            | Record::Device { .. } => {}
        }
        Ok(self)
    }
}

/// File offsets are signed in every system call.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "it is a filter of an Option")]
fn offset_fits(offset: &u64) -> bool {
    i64::try_from(*offset).is_ok()
}

/// Whether the record by itself is one that a writer of ours could have written.
pub(super) fn check(record: &Record<'_>) -> Result<(), &'static str> {
    match record {
        Record::Enter { name } | Record::File { name } => check_name(name),
        Record::Leave { attributes } | Record::FileEnd { attributes, .. } => {
            check_attributes(attributes)
        }
        Record::Data { bytes, .. } => match usize::try_from(*bytes) {
            Ok(1..=DATA_BYTES_MAX) => Ok(()),
            Ok(_) | Err(_) => Err("a data record is empty or too long"),
        },
        Record::Symlink { name, target, attributes } => {
            if target.is_empty() || target.len() > TARGET_BYTES_MAX || target.contains(&0) {
                return Err("a symbolic link has an impossible target");
            }
            check_name(name)?;
            check_attributes(attributes)
        }
        Record::HardLink { name, to } => {
            if to.len() > LINK_PATH_BYTES_MAX {
                return Err("a hard link names too long a path");
            }
            to.split(|byte| *byte == b'/').try_for_each(check_name)?;
            check_name(name)
        }
        Record::Fifo { name, attributes } | Record::Device { name, attributes, .. } => {
            check_name(name)?;
            check_attributes(attributes)
        }
        Record::End { .. } => Ok(()),
    }
}

/// A name is one component: it cannot lead anywhere but into the current directory.
fn check_name(name: &[u8]) -> Result<(), &'static str> {
    let special = name.is_empty() || name == b"." || name == b"..";
    if special || name.len() > NAME_BYTES_MAX || name.iter().any(|it| matches!(it, 0 | b'/')) {
        return Err("a name is not one path component");
    }
    Ok(())
}

fn check_attributes(attributes: &Attributes<'_>) -> Result<(), &'static str> {
    let Attributes { mode, uid, gid, mtime_nanos, xattrs, .. } = attributes;
    if *mode > 0o7777 || *uid == u32::MAX || *gid == u32::MAX || *mtime_nanos >= 1_000_000_000 {
        return Err("an attribute is out of range");
    }
    let mut sum = 0;
    for (name, value) in xattrs {
        if name.is_empty() || name.len() > NAME_BYTES_MAX || name.contains(&0) {
            return Err("an extended attribute has an impossible name");
        }
        sum += length(name.len()) + length(value.len());
    }
    if sum > length(XATTRS_BYTES_MAX) {
        return Err("extended attributes are too long");
    }
    Ok(())
}
