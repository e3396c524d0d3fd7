//! Lists against stocks that do what they are told, in paused time.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should stop")]

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use sexton_client::list::{
    Entry, Filter, Judged, Lister, Narrow, Property, Query, SortKey, Sorted, Stock, Tally,
    Unfinished, age, bytes, moment, tag,
};
use sexton_client::{Class, Listed, Options, ProviderError};
use sexton_core::Service;

fn entry(id: &str) -> Entry {
    Entry {
        service: Service::AwsBackup,
        account: None,
        region: "r".to_owned(),
        vault: Some("v".to_owned()),
        file_system: None,
        instance: None,
        id: id.to_owned(),
        source: None,
        kind: None,
        state: None,
        created: None,
        size: None,
        tags: None,
        expires: None,
        protected_by: None,
    }
}

/// A stock of numbered backups.
#[derive(Debug, Default)]
struct Fake {
    backups: usize,
    page: usize,
    /// How pages are answered, by the number of the request, where not as usual.
    failures: HashMap<usize, ProviderError>,
    /// So many of each page are on the one before, too.
    overlap: usize,
    /// After so many pages it begins again.
    repeats: Option<usize>,
    /// The tags of each, or how telling them fails.
    tags: HashMap<String, Result<Vec<(String, String)>, ProviderError>>,
    asked: AtomicUsize,
    in_flight: AtomicUsize,
    peak: AtomicUsize,
    tags_asked: AtomicUsize,
    narrowed: Mutex<Option<Narrow>>,
}

fn failure(class: Class, code: &str) -> ProviderError {
    ProviderError { class, code: code.to_owned(), message: "as told".to_owned(), request_id: None }
}

#[async_trait]
impl Stock for Fake {
    fn name(&self) -> String {
        "vault v".to_owned()
    }

    async fn page(
        &self,
        narrow: &Narrow,
        token: Option<String>,
    ) -> Result<Listed<Entry>, ProviderError> {
        *self.narrowed.lock().unwrap() = Some(narrow.clone());
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        if let Some(failure) = self.failures.get(&asked) {
            return Err(failure.clone());
        }
        let first: usize = token.map_or(0, |token| token.parse().unwrap());
        let end = (first + self.page).min(self.backups);
        let items = (first.saturating_sub(self.overlap)..end)
            .map(|number| entry(&format!("b{number:04}")))
            .collect();
        let again = self.repeats.is_some_and(|pages| end == pages * self.page);
        let next = if again { Some(self.page.to_string()) } else { None };
        Ok(Listed { items, next: next.or((end < self.backups).then(|| end.to_string())) })
    }

    async fn tags(
        &self,
        entry: &Entry,
        _: Option<String>,
    ) -> Result<Listed<(String, String)>, ProviderError> {
        self.tags_asked.fetch_add(1, Ordering::Relaxed);
        let in_flight = self.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
        self.peak.fetch_max(in_flight, Ordering::Relaxed);
        // Longer than the pace takes to let eight of them go.
        tokio::time::sleep(Duration::from_secs(1)).await;
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        let items = self.tags.get(&entry.id).cloned().unwrap_or(Ok(Vec::new()))?;
        Ok(Listed { items, next: None })
    }
}

struct Read {
    ids: Vec<String>,
    tally: Tally,
    end: Result<ControlFlow<()>, Unfinished>,
}

async fn read(fake: &Fake, query: &Query, wanted: usize) -> Read {
    let options = Options { concurrency: 8, ..Options::new(7, || Timestamp::UNIX_EPOCH) };
    let (mut ids, mut tally) = (Vec::new(), Tally::default());
    let mut sink = |entry: Entry| {
        ids.push(entry.id);
        if ids.len() < wanted { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    let end = Lister::new(&options).read(fake, query, &mut tally, &mut sink).await;
    Read { ids, tally, end }
}

const ALL: usize = usize::MAX;

#[tokio::test(start_paused = true)]
async fn a_list_is_read_to_its_end_in_the_order_of_the_service() {
    let fake = Fake { backups: 95, page: 10, ..Fake::default() };
    let Read { ids, tally, end } = read(&fake, &Query::default(), ALL).await;
    assert_eq!(end, Ok(ControlFlow::Continue(())));
    assert_eq!((ids.len(), tally.listed, tally.taken, tally.sizeless), (95, 95, 95, 95));
    assert!(ids.is_sorted());
    assert_eq!(fake.asked.into_inner(), 10);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_read_that_nobody_wants() {
    let fake = Fake { backups: 95, page: 10, ..Fake::default() };
    let Read { ids, end, .. } = read(&fake, &Query::default(), 10).await;
    assert_eq!((ids.len(), end), (10, Ok(ControlFlow::Break(()))));
    assert_eq!(fake.asked.into_inner(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_fails_for_a_while_is_asked_for_again() {
    let slow = failure(Class::Throttled, "ThrottlingException");
    let failures = [(1, slow.clone()), (2, slow)].into();
    let fake = Fake { backups: 30, page: 10, failures, ..Fake::default() };
    let Read { ids, end, .. } = read(&fake, &Query::default(), ALL).await;
    assert_eq!((ids.len(), end), (30, Ok(ControlFlow::Continue(()))));
}

#[tokio::test(start_paused = true)]
async fn a_list_that_breaks_off_is_an_error_that_names_the_place_and_how_far_it_came() {
    let denied = failure(Class::Forbidden { explicit: false }, "AccessDeniedException");
    let failures = [(2, denied.clone())].into();
    let fake = Fake { backups: 30, page: 10, failures, ..Fake::default() };
    let Read { ids, end, .. } = read(&fake, &Query::default(), ALL).await;
    let unfinished = end.unwrap_err();
    assert_eq!((ids.len(), unfinished.after), (20, 20));
    assert_eq!(unfinished.failure, denied);
    let told = "the list is not whole: vault v broke off after 20 backups";
    assert_eq!(unfinished.to_string(), told);
}

/// A backup that was made while a list was read moved the last of a page to the next.
#[tokio::test(start_paused = true)]
async fn what_two_pages_tell_is_listed_once() {
    let fake = Fake { backups: 30, page: 10, overlap: 3, ..Fake::default() };
    let Read { ids, tally, .. } = read(&fake, &Query::default(), ALL).await;
    let expected: Vec<String> = (0..30).map(|number| format!("b{number:04}")).collect();
    assert_eq!((ids, tally.listed, tally.taken), (expected, 30, 30));
}

/// It would go on for ever.
#[tokio::test(start_paused = true)]
async fn a_list_that_repeats_itself_is_an_error() {
    for pages in [2, 5] {
        let repeats = Some(pages);
        let fake = Fake { backups: 90, page: 10, repeats, ..Fake::default() };
        let Read { end, .. } = read(&fake, &Query::default(), ALL).await;
        assert!(end.unwrap_err().failure.message.contains("repeats itself"));
        assert_eq!(fake.asked.into_inner(), pages);
    }
}

fn with_tag() -> Query {
    let tags = vec![("team".to_owned(), "a".to_owned())];
    Query { filter: Filter { tags, ..Filter::default() }, tags: false }
}

#[tokio::test(start_paused = true)]
async fn tags_are_read_only_where_they_matter_and_not_all_at_once() {
    let team = |id: &str| (id.to_owned(), Ok(vec![("team".to_owned(), "a".to_owned())]));
    let tags: HashMap<_, _> = [team("b0003"), team("b0017"), team("b0029")].into();
    let fake = Fake { backups: 30, page: 30, tags: tags.clone(), ..Fake::default() };
    assert_eq!(read(&fake, &Query::default(), ALL).await.ids.len(), 30);
    assert_eq!(fake.tags_asked.load(Ordering::Relaxed), 0);
    let Read { ids, tally, .. } = read(&fake, &with_tag(), ALL).await;
    assert_eq!(ids, ["b0003", "b0017", "b0029"]);
    assert_eq!((tally.listed, tally.taken), (30, 3));
    assert_eq!(fake.tags_asked.load(Ordering::Relaxed), 30);
    assert_eq!(fake.peak.load(Ordering::Relaxed), 8);

    let fake = Fake { backups: 30, page: 30, tags, ..Fake::default() };
    let mut query = with_tag();
    query.filter.created_before = Some(Timestamp::UNIX_EPOCH);
    let Read { ids, tally, .. } = read(&fake, &query, ALL).await;
    assert_eq!((ids.len(), tally.lacking), (0, [(Property::Created, 30)].into()));
    assert_eq!(fake.tags_asked.load(Ordering::Relaxed), 0, "no tag would change that");
}

#[tokio::test(start_paused = true)]
async fn tags_that_are_not_told_are_counted_and_tags_that_cannot_be_read_end_the_list() {
    let refused = failure(Class::Refused(sexton_core::Obstacle::Invalid), "InvalidParameter");
    let tags: HashMap<_, _> = [("b0001".to_owned(), Err(refused))].into();
    let fake = Fake { backups: 3, page: 3, tags, ..Fake::default() };
    for query in
        [with_tag(), Query { filter: Filter { untagged: true, ..Filter::default() }, tags: false }]
    {
        let Read { tally, end, .. } = read(&fake, &query, ALL).await;
        assert_eq!((tally.lacking, end.is_ok()), ([(Property::Tags, 1)].into(), true));
    }
    let wanted = Query { tags: true, ..Query::default() };
    let Read { tally, ids, .. } = read(&fake, &wanted, ALL).await;
    assert_eq!((ids.len(), tally.untold_tags, tally.lacking.len()), (3, 1, 0));

    let denied = failure(Class::Forbidden { explicit: true }, "AccessDeniedException");
    let tags: HashMap<_, _> = [("b0001".to_owned(), Err(denied))].into();
    let fake = Fake { backups: 3, page: 3, tags, ..Fake::default() };
    let Read { end, .. } = read(&fake, &with_tag(), ALL).await;
    assert_eq!(end.unwrap_err().failure.code, "AccessDeniedException");
}

#[tokio::test(start_paused = true)]
async fn a_service_is_asked_to_narrow_with_a_second_to_spare() {
    let fake = Fake { backups: 3, page: 3, ..Fake::default() };
    let at = |text: &str| Some(moment(text).unwrap());
    let mut filter = Filter {
        created_before: at("2026-01-01T00:00:00Z"),
        created_after: at("2025-01-01T00:00:00Z"),
        sources: vec!["vol-1".to_owned()],
        kinds: vec!["EBS".to_owned()],
        ..Filter::default()
    };
    read(&fake, &Query { filter: filter.clone(), tags: false }, ALL).await;
    let expected = Narrow {
        created_before: at("2026-01-01T00:00:01Z"),
        created_after: at("2024-12-31T23:59:59Z"),
        source: Some("vol-1".to_owned()),
        kind: Some("EBS".to_owned()),
        parent: None,
    };
    assert_eq!(fake.narrowed.lock().unwrap().clone().unwrap(), expected);
    filter.kinds.push("RDS".to_owned());
    assert_eq!(filter.narrow().kind, None, "a service narrows by one");
}

#[test]
fn what_is_sorted_keeps_what_is_alike_as_it_came_and_what_lacks_it_last() {
    let sized = |id: &str, size: Option<u64>| Entry { size, ..entry(id) };
    let given = [("a", Some(2)), ("b", None), ("c", Some(1)), ("d", Some(2)), ("e", Some(3))];
    let ids = |reverse: bool, limit: Option<usize>| -> String {
        let mut sorted = Sorted::new(SortKey::Size, reverse, limit);
        for (id, size) in given {
            sorted.push(sized(id, size));
        }
        sorted.finish().into_iter().map(|entry| entry.id).collect()
    };
    assert_eq!(ids(false, None), "cadeb");
    assert_eq!(ids(true, None), "eadcb");
    assert_eq!(ids(false, Some(2)), "ca");
    let mut sorted = Sorted::new(SortKey::Size, false, Some(3));
    for size in (0..100_000).rev() {
        sorted.push(sized(&size.to_string(), Some(size)));
        assert!(sorted.held() <= 1000, "{}", sorted.held());
    }
    let ids: Vec<String> = sorted.finish().into_iter().map(|entry| entry.id).collect();
    assert_eq!(ids, ["0", "1", "2"]);
}

/// Says what becomes of each backup, as `filters.txt` does.
#[test]
fn filters_do_what_the_script_says() {
    let script = include_str!("list/filters.txt");
    let (mut now, mut backups) = (Timestamp::UNIX_EPOCH, Vec::new());
    let (mut told, mut expected) = (Vec::new(), Vec::new());
    for line in script.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (first, rest) = line.trim_end().split_once(' ').unwrap_or((line, ""));
        match first {
            "now" => now = moment(rest).unwrap(),
            "backup" => backups.push(backup(rest)),
            "keep" => {
                let filter = filter(rest, now);
                told.push(line.to_owned());
                told.extend(backups.iter().map(|entry| became(&filter, entry)));
                expected.push(line.to_owned());
            }
            _ => expected.push(line.to_owned()),
        }
    }
    assert_eq!(told, expected);
}

fn became(filter: &Filter, entry: &Entry) -> String {
    match filter.judge(entry) {
        Judged::Takes => format!("  takes {}", entry.id),
        Judged::Leaves => format!("  leaves {}", entry.id),
        Judged::Lacks(property) => format!("  lacks {}: {}", property.noun(), entry.id),
    }
}

fn backup(text: &str) -> Entry {
    let mut words = text.split_whitespace();
    let mut entry = entry(words.next().unwrap());
    for word in words {
        let (name, value) = word.split_once('=').unwrap();
        match name {
            "created" => entry.created = Some(moment(value).unwrap()),
            "size" => entry.size = Some(bytes(value).unwrap()),
            "state" => entry.state = Some(value.to_owned()),
            "type" => entry.kind = Some(value.to_owned()),
            "source" => entry.source = Some(value.to_owned()),
            "tags" => {
                let pairs = value.split(',').filter_map(|pair| pair.split_once(':'));
                let pairs = pairs.map(|(key, value)| (key.to_owned(), value.to_owned()));
                entry.tags = Some(pairs.collect::<BTreeMap<_, _>>());
            }
            other => panic!("{other}"),
        }
    }
    entry
}

fn filter(text: &str, now: Timestamp) -> Filter {
    let ago = |value: &str| {
        let age: SignedDuration = age(value).unwrap();
        Some(now - age)
    };
    let mut filter = Filter::default();
    for word in text.split_whitespace() {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        match name {
            "older-than" => filter.created_before = ago(value),
            "newer-than" => filter.created_after = ago(value),
            "before" => filter.created_before = Some(moment(value).unwrap()),
            "state" => filter.states.push(value.to_owned()),
            "source" => filter.sources.push(value.to_owned()),
            "type" => filter.kinds.push(value.to_owned()),
            "larger-than" => filter.larger_than = Some(bytes(value).unwrap()),
            "tag" => filter.tags.push(tag(value).unwrap()),
            "untagged" => filter.untagged = true,
            other => panic!("{other}"),
        }
    }
    filter
}
