//! Listings by the number of a page, of which each tells how many things there are in all. Pure.
//!
//! What is deleted from a page that was read moves the rest forward, and one thing is then on no
//! page that is read. So a listing of several pages is read twice, and counts only if both
//! readings were the same, page by page: then there was a moment between them at which all of it
//! was so. A page that is shorter than it must be, or not the one that was asked for, or of a
//! listing that has another length by now, makes the listing worth nothing.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use sexton_core::Obstacle;

use super::reply::unreadable;
use crate::classify::Class;
use crate::provider::ProviderError;

/// What one page tells of itself.
#[derive(Debug)]
pub(super) struct Page<'a> {
    pub(super) number: Option<u64>,
    pub(super) total: Option<u64>,
    /// How many things it says that it holds, if it says so.
    pub(super) count: Option<u64>,
    /// The ids of what it holds.
    pub(super) ids: Vec<&'a str>,
}

/// Where a listing goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cursor {
    /// The page that is read next.
    page: u64,
    /// What the first reading came to, once it has ended.
    first: Option<u64>,
    /// What was read until now in this reading.
    read: u64,
    /// How many things there are, once that was told.
    total: Option<u64>,
}

impl Cursor {
    /// Where `token` says; at the beginning where there is none.
    pub(super) fn at(token: Option<&str>) -> Result<Self, ProviderError> {
        let cursor = token.map_or_else(|| Some(Self::start()), Self::read);
        cursor.ok_or_else(|| unreadable("its token is none"))
    }

    /// What a request for the page asks with.
    pub(super) fn asks(self, size: u16) -> [(&'static str, String); 2] {
        [("PageNumber", self.page.to_string()), ("PageSize", size.to_string())]
    }

    /// At the beginning.
    fn start() -> Self {
        Self { page: 1, first: None, read: 0, total: None }
    }

    /// Whether what is read now was read before.
    pub(super) fn is_second_reading(self) -> bool {
        self.first.is_some()
    }

    /// As a token.
    pub(super) fn write(self) -> String {
        let Self { page, first, read, total } = self;
        let text = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |it| it.to_string());
        format!("{page}/{}/{read}/{}", text(first), text(total))
    }

    /// Reads a token.
    fn read(token: &str) -> Option<Self> {
        let mut parts = token.split('/');
        let optional = |text: &str| match text {
            "-" => Some(None),
            text => text.parse().ok().map(Some),
        };
        let cursor = Self {
            page: parts.next()?.parse().ok()?,
            first: optional(parts.next()?)?,
            read: parts.next()?.parse().ok()?,
            total: optional(parts.next()?)?,
        };
        parts.next().is_none().then_some(cursor)
    }

    /// Where the listing goes on after `page`, of which each holds `size` at the most; nothing
    /// where it has been read whole.
    pub(super) fn after(self, page: &Page<'_>, size: u64) -> Result<Option<Self>, ProviderError> {
        if page.number != Some(self.page) {
            return Err(unreadable("it is not the page that was asked for"));
        }
        let total = page.total.ok_or_else(|| unreadable("it does not say how many there are"))?;
        if self.total.is_some_and(|before| before != total) {
            return Err(changed());
        }
        let held = u64::try_from(page.ids.len()).unwrap_or(u64::MAX);
        let before = (self.page - 1).saturating_mul(size);
        if held != total.saturating_sub(before).min(size) || page.count.is_some_and(|it| it != held)
        {
            return Err(unreadable("a page of it is cut off"));
        }
        let each: HashSet<&&str> = page.ids.iter().collect();
        if each.len() != page.ids.len() {
            return Err(unreadable("it tells one thing twice"));
        }
        let mut hasher = DefaultHasher::new();
        (self.read, &page.ids).hash(&mut hasher);
        let read = hasher.finish();
        if before + held < total {
            return Ok(Some(Self { page: self.page + 1, read, total: Some(total), ..self }));
        }
        match self.first {
            Some(first) if first == read => Ok(None),
            Some(_) => Err(changed()),
            None if self.page == 1 => Ok(None),
            None => Ok(Some(Self { page: 1, first: Some(read), read: 0, total: Some(total) })),
        }
    }
}

/// The listing is another one than it was. It says nothing against the service.
fn changed() -> ProviderError {
    let message = "the listing changed while it was read";
    ProviderError::local(Class::Busy(Obstacle::InUse), "ListingChanged", message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn page(number: u64, things: &[String], size: usize) -> Page<'_> {
        let at = usize::try_from(number - 1).unwrap() * size;
        let ids: Vec<&str> = things.iter().skip(at).take(size).map(String::as_str).collect();
        let count = |count: usize| Some(u64::try_from(count).unwrap());
        Page { number: Some(number), total: count(things.len()), count: count(ids.len()), ids }
    }

    fn things(count: usize) -> Vec<String> {
        (0..count).map(|number| number.to_string()).collect()
    }

    /// Reads a listing that is `at(n)` when its `n`th request is answered.
    fn read(at: impl Fn(usize) -> Vec<String>, size: usize) -> Result<HashSet<String>, String> {
        let (mut cursor, mut seen) = (Cursor::start(), HashSet::new());
        for request in 0..100 {
            let things = at(request);
            let page = page(cursor.page, &things, size);
            seen.extend(page.ids.iter().map(|it| (*it).to_owned()));
            let next = cursor.after(&page, u64::try_from(size).unwrap());
            match next.map_err(|failure| failure.message)? {
                Some(next) => cursor = Cursor::read(&next.write()).unwrap(),
                None => return Ok(seen),
            }
        }
        panic!("it has no end");
    }

    #[test]
    fn a_listing_that_does_not_change_is_read_whole() {
        for count in [0, 1, 2, 3, 4, 5, 9] {
            let read = read(|_| things(count), 3).unwrap();
            assert_eq!(read.len(), count);
        }
    }

    /// One was deleted on the first page while the second was read, and another was made: the
    /// length was the same, and one set on no page.
    #[test]
    fn what_moves_over_the_edge_of_a_page_is_not_taken_for_absent() {
        let at = |request: usize| {
            let mut things = things(6);
            if request >= 1 {
                things.remove(0);
                things.push("new".to_owned());
            }
            things
        };
        assert_eq!(read(at, 3).unwrap_err(), "the listing changed while it was read");
    }

    #[test]
    fn a_page_that_lies_makes_the_listing_worth_nothing() {
        let whole = things(5);
        for lie in [
            |page: &mut Page<'_>| page.number = Some(2),
            |page: &mut Page<'_>| page.number = None,
            |page: &mut Page<'_>| page.total = None,
            |page: &mut Page<'_>| page.total = Some(2),
            |page: &mut Page<'_>| page.total = Some(90),
            |page: &mut Page<'_>| page.count = Some(90),
            |page: &mut Page<'_>| page.ids.truncate(4),
            |page: &mut Page<'_>| page.ids[0] = page.ids[1],
        ] {
            let mut page = page(1, &whole, 10);
            lie(&mut page);
            assert!(Cursor::start().after(&page, 10).is_err(), "{page:?}");
        }
    }

    proptest! {
        /// Whatever happens between the requests: what is not shown was not there at some moment.
        #[test]
        fn what_a_listing_does_not_show_was_absent_at_some_moment(
            changes in proptest::collection::vec((0_usize..12, any::<bool>()), 12),
            begin in 0_usize..8,
            size in 1_usize..4,
        ) {
            let mut states = vec![things(begin)];
            for (number, (place, adds)) in changes.into_iter().enumerate() {
                let mut state = states[number].clone();
                if adds {
                    state.insert(place.min(state.len()), format!("new-{number}"));
                } else if place < state.len() {
                    state.remove(place);
                }
                states.push(state);
            }
            let at = |request: usize| states[request.min(states.len() - 1)].clone();
            if let Ok(seen) = read(at, size) {
                for always in &states[0] {
                    if states.iter().all(|state| state.contains(always)) {
                        prop_assert!(seen.contains(always));
                    }
                }
            }
        }

        #[test]
        fn no_token_makes_it_panic(token in "[0-9/-]{0,30}") {
            let read = Cursor::read(&token);
            prop_assert!(read.is_none_or(|read| Cursor::read(&read.write()) == Some(read)));
        }
    }
}
