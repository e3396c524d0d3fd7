//! Names in JSON: the reply of a listing, a list of ARNs, our own results.

use std::fmt;
use std::io::{BufRead, Read, Result};

use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// What the AWS CLI writes as text where a query finds nothing.
pub(super) const NOTHING: &str = "None";

/// The mark that Windows editors begin a file with.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What a JSON value names.
#[derive(Debug, Default)]
pub(super) struct Named {
    pub(super) arns: Vec<String>,
    /// Objects that should name an ARN and do not.
    pub(super) nameless: usize,
}

/// Reads the one value that `reader` stands before, and nothing after it.
pub(super) fn named(reader: &mut impl Read) -> serde_json::Result<Named> {
    Named::deserialize(&mut serde_json::Deserializer::from_reader(reader))
}

impl Named {
    fn add(&mut self, other: Self) {
        self.arns.extend(other.arns);
        self.nameless += other.nameless;
    }
}

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(Names)
    }
}

struct Names;

impl<'de> Visitor<'de> for Names {
    type Value = Named;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an ARN, an object that names one, or a list of these")
    }

    fn visit_str<E: Error>(self, text: &str) -> std::result::Result<Named, E> {
        Ok(Named { arns: vec![text.to_owned()], nameless: 0 })
    }

    fn visit_unit<E: Error>(self) -> std::result::Result<Named, E> {
        Ok(Named::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> std::result::Result<Named, A::Error> {
        let mut all = Named::default();
        while let Some(one) = list.next_element()? {
            all.add(one);
        }
        Ok(all)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> std::result::Result<Named, A::Error> {
        let mut all = Named::default();
        let mut says_something = false;
        // The id of a backup, for one that has no ARN.
        let mut id = Named::default();
        while let Some(key) = object.next_key::<String>()? {
            match &*key {
                // One point, the way AWS spells it or the way we do; or a list of them.
                "RecoveryPointArn" | "ResourceARN" | "arn" => {
                    let named: Named = object.next_value()?;
                    says_something |= !named.arns.is_empty();
                    all.add(named);
                }
                "BackupId" | "id" => id = object.next_value()?,
                // RDS puts a list into an object: `Items`, and in it `Backup`.
                "RecoveryPoints" | "Backups" | "items" | "Items" | "Backup" => {
                    all.add(object.next_value()?);
                    says_something = true;
                }
                // The end of a result of ours, which counts points and names none.
                "totals" => {
                    object.next_value::<IgnoredAny>()?;
                    says_something = true;
                }
                _ => drop(object.next_value::<IgnoredAny>()?),
            }
        }
        if !says_something && !id.arns.is_empty() {
            all.add(id);
            says_something = true;
        }
        all.nameless += usize::from(!says_something);
        Ok(all)
    }
}

/// A reader that knows on which line it is.
#[derive(Debug)]
pub(super) struct Counted<R> {
    inner: R,
    line: u64,
    at_start: bool,
}

impl<R: BufRead> Counted<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, line: 1, at_start: true }
    }

    /// The line that the next byte is on.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// The first byte of what comes next, after any blanks. Nothing: there is nothing more.
    pub(super) fn first_of_next(&mut self) -> Result<Option<u8>> {
        if std::mem::take(&mut self.at_start) && self.inner.fill_buf()?.starts_with(BYTE_ORDER_MARK)
        {
            self.inner.consume(BYTE_ORDER_MARK.len());
        }
        loop {
            let Some(&first) = self.inner.fill_buf()?.first() else { return Ok(None) };
            if !first.is_ascii_whitespace() {
                return Ok(Some(first));
            }
            self.consume(1);
        }
    }
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let read = self.inner.read(buffer)?;
        self.line += newlines(&buffer[..read]);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        if count == 0 {
            return;
        }
        // What is consumed has been filled, and is not read again by this.
        self.line +=
            self.inner.fill_buf().map_or(0, |bytes| newlines(bytes.get(..count).unwrap_or(bytes)));
        self.inner.consume(count);
    }
}

fn newlines(bytes: &[u8]) -> u64 {
    bytes.iter().map(|byte| u64::from(*byte == b'\n')).sum()
}
