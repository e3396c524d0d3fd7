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
    ///
    /// A domain that is listed no more was taken out of the log (`FLUSH BINARY LOGS
    /// DELETE_DOMAIN_ID`). If all are, nothing tells this log from one that was begun anew.
    pub(super) fn goes_on(&mut self, listed: &[Transaction]) -> bool {
        let last = self.last.get_or_insert_default();
        let is_listed = |domain: &u32| listed.iter().any(|it| it.0 == *domain);
        let fits = |(domain, it): (&u32, &(u32, u64))| {
            !is_listed(domain) || listed.contains(&(*domain, it.0, it.1))
        };
        let some_go_on = last.is_empty() || last.keys().any(is_listed);
        if !some_go_on || !last.iter().all(fits) {
            return false;
        }
        last.retain(|domain, _| is_listed(domain));
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
        let mut life = Life::default();
        assert!(life.goes_on(&[(0, 2, 3), (0, 1, 7), (5, 1, 9)]));
        assert!(life.goes_on(&[(0, 2, 3), (0, 1, 7), (5, 1, 9)]));
    }

    #[test]
    fn a_domain_that_was_taken_out_of_a_log_does_not_end_it_if_another_one_goes_on() {
        let mut life = Life::default();
        assert!(life.goes_on(&[(0, 1, 7), (5, 1, 9)]));
        assert!(life.goes_on(&[(0, 1, 7)]));
        // It may come back, and counts anew.
        life.add((5, 1, 1));
        assert!(life.goes_on(&[(0, 1, 7), (5, 1, 1)]));
        assert!(!life.goes_on(&[(0, 1, 8)]) && !life.goes_on(&[]));
        let mut life = Life::default();
        assert!(life.goes_on(&[]) && life.goes_on(&[(0, 1, 7)]));
        assert!(!life.goes_on(&[(5, 1, 9)]), "no domain of before goes on");
    }
}
