//! Whether files of a binary log are of one log.
//!
//! `RESET MASTER` begins a log anew, with the names that its files had before. What one log
//! tells says nothing of the other, and no two files of theirs may be replayed one after another.
//! A log of `MariaDB` numbers its transactions, and each file lists the last ones before it.

use std::collections::BTreeMap;

use super::events::Transaction;

/// The last transaction of each domain.
#[derive(Debug, Default)]
pub(super) struct Life {
    /// Nothing before the first file that lists any.
    last: Option<BTreeMap<u32, (u32, u64)>>,
}

impl Life {
    /// A file begins, with these before it. Gives whether it can be of the same log.
    pub(super) fn goes_on(&mut self, listed: &[Transaction]) -> bool {
        let last = self.last.get_or_insert_default();
        let known = |(domain, it): (&u32, &(u32, u64))| listed.contains(&(*domain, it.0, it.1));
        if !last.iter().all(known) {
            return false;
        }
        // Of each domain the last one comes last.
        last.extend(listed.iter().map(|(domain, server, number)| (*domain, (*server, *number))));
        true
    }

    /// A transaction begins.
    pub(super) fn add(&mut self, (domain, server, number): Transaction) {
        self.last.get_or_insert_default().insert(domain, (server, number));
    }

    /// Whether a set that says which transactions were its last ones can end here. The server
    /// may have had later ones from somewhere else, which are not in its own log.
    pub(super) fn can_be_at(&self, set: &str) -> bool {
        let numbers = |one: &str| -> Option<Transaction> {
            let mut parts = one.trim().split('-');
            let (domain, server) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
            Some((domain, server, parts.next()?.parse().ok()?))
        };
        let known = self.last.as_ref();
        set.split(',').filter_map(numbers).all(|(domain, server, number)| {
            let here = known.and_then(|last| last.get(&domain));
            here.is_none_or(|here| here.0 != server || here.1 == number)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_another_log_does_not_list_what_came_before() {
        let mut life = Life::default();
        assert!(life.can_be_at("0-1-7"), "a log without numbers says nothing");
        assert!(life.goes_on(&[(0, 2, 3), (0, 1, 6), (5, 1, 9)]));
        life.add((0, 1, 7));
        assert!(life.can_be_at("0-1-7") && life.can_be_at("5-1-9, 0-1-7"));
        assert!(life.can_be_at("0-3-100") && life.can_be_at("7-1-1") && life.can_be_at("?"));
        assert!(!life.can_be_at("0-1-8"));
        assert!(!life.goes_on(&[]) && !life.goes_on(&[(0, 1, 6), (5, 1, 9)]));
        assert!(!life.goes_on(&[(0, 1, 7)]));
        assert!(life.goes_on(&[(0, 2, 3), (0, 1, 7), (5, 1, 9)]));
    }
}
