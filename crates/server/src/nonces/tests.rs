//! Nonces over restarts, crashes and full disks.

use proptest::prelude::*;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn nonce(text: &str, until: i64) -> Nonce {
    Nonce { access_key_id: "key".to_owned(), text: text.to_owned(), until: at(until) }
}

fn refused(found: Result<(), Uncounted>) -> Option<NonceRefusal> {
    match found {
        Ok(()) => None,
        Err(Uncounted::Refused(refusal)) => Some(refusal),
        Err(Uncounted::Unwritten(error)) => panic!("{error}"),
    }
}

/// Opens what `used` has left on the disk, as a process that was killed leaves it.
fn again(folder: &Path, now: i64) -> UsedNonces {
    UsedNonces::open(folder, Before::File, at(now)).unwrap()
}

#[tokio::test]
async fn a_nonce_of_a_change_is_known_to_the_next_process_although_this_one_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let first = UsedNonces::open(folder.path(), Before::Nothing, at(0)).unwrap();
    first.use_once(&nonce("a", 900), true, at(10)).await.unwrap();
    let second = again(folder.path(), 20);
    let found = second.use_once(&nonce("a", 900), true, at(20)).await;
    assert_eq!(refused(found), Some(NonceRefusal::Used));
    second.use_once(&nonce("b", 900), true, at(20)).await.unwrap();
    let late = again(folder.path(), 1000);
    let found = late.use_once(&nonce("b", 900), true, at(20)).await;
    assert_eq!(refused(found), Some(NonceRefusal::Forgotten), "its time has passed");
}

#[tokio::test]
async fn a_nonce_of_a_read_is_known_to_the_next_process_when_this_one_was_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let first = UsedNonces::open(folder.path(), Before::Nothing, at(0)).unwrap();
    first.use_once(&nonce("a", 900), false, at(10)).await.unwrap();
    let found = first.use_once(&nonce("a", 900), false, at(10)).await;
    assert_eq!(refused(found), Some(NonceRefusal::Used));
    first.close().await;
    let found = again(folder.path(), 20).use_once(&nonce("a", 900), false, at(20)).await;
    assert_eq!(refused(found), Some(NonceRefusal::Used));
}

/// A server that was stopped more than ten seconds after its last request had stamped its file with
/// when that was, and was not believed by the next one.
#[tokio::test]
async fn a_file_that_has_all_is_not_changed_when_a_server_stops() {
    let folder = tempfile::tempdir().unwrap();
    let first = UsedNonces::open(folder.path(), Before::Nothing, at(0)).unwrap();
    first.use_once(&nonce("a", 900), false, at(10)).await.unwrap();
    let content = || fs::read(folder.path().join(FILE)).unwrap();
    // Somebody hands it on by himself.
    while first.disk.lock().await.written == 0 {
        tokio::task::yield_now().await;
    }
    let before = content();
    assert_eq!(format::read(&before).unwrap().notes.len(), 1);
    first.close().await;
    assert_eq!(content(), before);
}

#[tokio::test]
async fn without_its_file_nothing_counts_that_could_have_counted_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE);
    let first = UsedNonces::open(folder.path(), Before::Nothing, at(0)).unwrap();
    // Signed by a clock that is as far ahead as may be.
    let latest = 10 + 2 * SKEW_SECONDS_MAX + 1;
    first.use_once(&nonce("a", latest), true, at(10)).await.unwrap();
    let whole = fs::read(&path).unwrap();
    let mut damaged = whole.clone();
    damaged.extend_from_slice(&whole[40..]);
    damaged[60] ^= 1;
    for (what, bytes) in [
        ("gone", None),
        ("emptied", Some(&b""[..])),
        ("another", Some(b"something else of the same length, or not")),
        ("damaged", Some(&damaged)),
    ] {
        fs::remove_file(&path).ok();
        if let Some(bytes) = bytes {
            fs::write(&path, bytes).unwrap();
        }
        let next = again(folder.path(), 10);
        let found = next.use_once(&nonce("a", latest), true, at(20)).await;
        assert_eq!(refused(found), Some(NonceRefusal::Forgotten), "{what}");
        let found = next.use_once(&nonce("b", latest + 1), true, at(20)).await;
        assert_eq!(refused(found), None, "{what}: what is signed later counts");
        let after = again(folder.path(), 20);
        let found = after.use_once(&nonce("c", latest), true, at(20)).await;
        assert_eq!(refused(found), Some(NonceRefusal::Forgotten), "{what}, after another start");
    }
    let more = UsedNonces::open(folder.path(), Before::MoreThanFile, at(30)).unwrap();
    let found = more.use_once(&nonce("d", latest + 10), true, at(30)).await;
    assert_eq!(refused(found), Some(NonceRefusal::Forgotten), "an older file");
}

/// As from a backup of the folder, or from another place: what was used since is in no copy.
#[tokio::test]
async fn an_older_file_that_was_put_back_beside_newer_metadata_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE);
    let first = UsedNonces::open(folder.path(), Before::Nothing, at(0)).unwrap();
    first.use_once(&nonce("a", 900), true, at(10)).await.unwrap();
    let mut copy = fs::read(&path).unwrap();
    first.use_once(&nonce("b", 900), true, at(10)).await.unwrap();
    first.close().await;
    drop(first);
    // The copy was made an hour ago, and is written now.
    let last = copy.len() - 40;
    let made = fs::metadata(&path).unwrap().ctime() - 3600;
    copy.splice(last.., format::stamp(made));
    for in_place in [true, false] {
        if !in_place {
            fs::remove_file(&path).unwrap();
        }
        fs::write(&path, &copy).unwrap();
        let next = again(folder.path(), 20);
        for (text, refusal) in [
            ("a", NonceRefusal::Used),
            ("b", NonceRefusal::Forgotten),
            ("never used", NonceRefusal::Forgotten),
        ] {
            let found = next.use_once(&nonce(text, 900), true, at(20)).await;
            assert_eq!(refused(found), Some(refusal), "{text}");
        }
        let later = 20 + 2 * SKEW_SECONDS_MAX + 2;
        let found = next.use_once(&nonce("c", later), true, at(20)).await;
        assert_eq!(refused(found), None, "what is signed later counts");
    }
    // One without a stamp is none of ours either.
    fs::write(&path, format::whole(&[])).unwrap();
    let found = again(folder.path(), 30).use_once(&nonce("d", 900), true, at(30)).await;
    assert_eq!(refused(found), Some(NonceRefusal::Forgotten));
}

#[tokio::test]
async fn what_a_crash_has_left_of_the_last_note_is_no_damage() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE);
    let first = UsedNonces::open(folder.path(), Before::Nothing, at(0)).unwrap();
    for text in ["a", "b"] {
        first.use_once(&nonce(text, 900), true, at(10)).await.unwrap();
    }
    let whole = fs::read(&path).unwrap();
    // The last note, and the stamp behind it.
    for cut in 41..80 {
        fs::write(&path, &whole[..whole.len() - cut]).unwrap();
        let next = again(folder.path(), 20);
        let found = next.use_once(&nonce("a", 900), true, at(20)).await;
        assert_eq!(refused(found), Some(NonceRefusal::Used), "{cut}");
        assert_eq!(refused(next.use_once(&nonce("b", 900), true, at(20)).await), None, "{cut}");
    }
}

#[tokio::test]
async fn a_change_whose_nonce_cannot_be_written_is_not_begun_and_the_next_one_is() {
    let folder = tempfile::tempdir().unwrap();
    let used = UsedNonces::open(folder.path(), Before::Nothing, at(0)).unwrap();
    {
        // As after a failed write: it is made anew, where there is no folder.
        let mut disk = used.disk.lock().await;
        disk.file = None;
        disk.path = folder.path().join("missing/nonces");
    }
    let found = used.use_once(&nonce("a", 900), true, at(10)).await;
    assert!(matches!(found, Err(Uncounted::Unwritten(_))), "{found:?}");
    used.use_once(&nonce("read", 900), false, at(10)).await.unwrap();
    used.disk.lock().await.path = folder.path().join(FILE);
    used.use_once(&nonce("b", 900), true, at(10)).await.unwrap();
    let next = again(folder.path(), 20);
    for text in ["a", "b", "read"] {
        let found = next.use_once(&nonce(text, 900), true, at(20)).await;
        assert_eq!(refused(found), Some(NonceRefusal::Used), "{text}");
    }
}

#[tokio::test]
async fn the_file_does_not_grow_with_what_has_passed() {
    let folder = tempfile::tempdir().unwrap();
    let used = UsedNonces::open(folder.path(), Before::Nothing, at(0)).unwrap();
    let many = i64::try_from(NOTES_SPARE).unwrap() + 10;
    for number in 0..many {
        used.use_once(&nonce(&number.to_string(), number + 2), false, at(number)).await.unwrap();
    }
    used.close().await;
    used.use_once(&nonce("last", 2 * many), true, at(many)).await.unwrap();
    assert!(fs::metadata(folder.path().join(FILE)).unwrap().len() < 400);
    let next = again(folder.path(), many);
    let found = next.use_once(&nonce("last", 2 * many), true, at(many)).await;
    assert_eq!(refused(found), Some(NonceRefusal::Used));
    let found = next.use_once(&nonce("0", 2), true, at(1)).await;
    assert_eq!(refused(found), Some(NonceRefusal::Forgotten), "however the clock was set back");
}

#[tokio::test]
async fn those_that_come_at_once_are_all_written() {
    let folder = tempfile::tempdir().unwrap();
    let used = UsedNonces::open(folder.path(), Before::Nothing, at(0)).unwrap();
    let nonces: Vec<Nonce> = (0..50).map(|number| nonce(&number.to_string(), 900)).collect();
    let all = nonces.iter().map(|nonce| used.use_once(nonce, true, at(10)));
    for found in futures::future::join_all(all).await {
        found.unwrap();
    }
    let next = again(folder.path(), 20);
    for nonce in &nonces {
        let found = next.use_once(nonce, true, at(20)).await;
        assert_eq!(refused(found), Some(NonceRefusal::Used), "{nonce:?}");
    }
}

fn any_note() -> impl Strategy<Value = NonceNote> {
    let until = (-1_000_i64..4_000_000_000).prop_map(at);
    (any::<u8>(), any::<[u8; 8]>(), any::<[u8; 16]>(), until).prop_map(
        |(kind, key, nonce, until)| match kind % 3 {
            0 => NonceNote::Used(UsedNonce { key, nonce, until }),
            1 => NonceNote::Forgotten { key: Some(key), until },
            _ => NonceNote::Forgotten { key: None, until },
        },
    )
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        notes in proptest::collection::vec(any_note(), 0..20),
        second: i64,
    ) {
        let mut bytes = format::whole(&notes);
        bytes.extend(format::stamp(second));
        let expected = format::Said { notes, stamp: Some(second) };
        prop_assert_eq!(format::read(&bytes), Some(expected));
    }

    #[test]
    fn no_file_makes_it_panic_and_no_changed_byte_is_believed(
        notes in proptest::collection::vec(any_note(), 2..6),
        place: prop::sample::Index,
        change in 1_u8..,
        any in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        format::read(&any);
        let mut bytes = format::whole(&notes);
        let place = place.index(bytes.len());
        bytes[place] ^= change;
        let found = format::read(&bytes);
        // A changed last note is as one that was not written whole.
        let last = bytes.len() - 40;
        let expected = (place >= last).then(|| notes[..notes.len() - 1].to_vec());
        prop_assert_eq!(found.map(|it| it.notes), expected);
    }
}
