//! Values that are read and values that are not.

use proptest::prelude::*;

use super::*;

fn reads<T: Value>(text: &str) -> Option<String> {
    T::read(text).ok().map(|value| value.write())
}

#[test]
fn numbers_are_whole_and_between_their_bounds() {
    for (text, expected) in [
        ("7", Some("7")),
        ("730", Some("730")),
        ("007", Some("7")),
        ("6", None),
        ("731", None),
        ("-7", None),
        ("+7", None),
        ("7.0", None),
        (" 7", None),
        ("-", None),
        ("\u{667}", None),
        ("99999999999999999999", None),
    ] {
        assert_eq!(reads::<Number<7, 730>>(text).as_deref(), expected, "{text}");
    }
    assert_eq!(reads::<Number<-1, 1>>("-1").as_deref(), Some("-1"));
    assert_eq!(Number::<7, 730>::new(6), None);
    assert_eq!(Number::<7, 730>::new(7).map(Number::get), Some(7));
}

#[test]
fn switches_have_several_words() {
    for (text, on) in [("1", true), ("True", true), ("true", true), ("0", false), ("False", false)]
    {
        assert_eq!(Switch::read(text), Ok(Switch(on)), "{text}");
    }
    for text in ["", "2", "yes", "Enable"] {
        assert!(Switch::read(text).is_err(), "{text}");
    }
}

#[test]
fn ids_are_plain() {
    for text in ["rm-uf6wjk5xxxxxxx", "324909958", "cn-hangzhou", "a_B-9"] {
        assert_eq!(reads::<InstanceId>(text).as_deref(), Some(text));
    }
    let long = "a".repeat(65);
    for text in ["", "a b", "a,b", "a/b", "..", "\u{4e2d}", "a\n", "\u{1b}[0m", &long] {
        assert!(reads::<BackupSetId>(text).is_none(), "{text:?}");
    }
}

#[test]
fn a_list_of_ids_is_deleted_each_once() {
    assert_eq!(reads::<BackupSetIds>("1,2, 1 ,3").as_deref(), Some("1,2,3"));
    assert_eq!(reads::<BackupSetIds>("7").as_deref(), Some("7"));
    assert_eq!(BackupSetIds::new([]), None);
}

#[test]
fn days_are_at_least_two() {
    assert_eq!(reads::<Weekdays>("Friday,Monday,Friday").as_deref(), Some("Monday,Friday"));
    let days = Weekdays::read("Tuesday, Sunday").unwrap().from_monday();
    assert_eq!(days, [false, true, false, false, false, false, true]);
    for text in ["", "Monday", "Monday,Monday", "Monday,", "monday,friday", "Mon,Fri"] {
        assert!(Weekdays::read(text).is_err(), "{text}");
    }
}

#[test]
fn a_window_is_two_times_of_day() {
    let window = DailyWindow::read("23:00Z-00:00Z").unwrap();
    assert_eq!(window.minutes(), (23 * 60, 0));
    assert_eq!(window.write(), "23:00Z-00:00Z");
    for text in ["", "02:00Z", "2:00Z-3:00Z", "02:00-03:00", "24:00Z-01:00Z", "02:60Z-03:00Z"] {
        assert!(DailyWindow::read(text).is_err(), "{text}");
    }
}

#[test]
fn a_link_is_not_shown() {
    let link = Link("https://example.com/?Signature=hunter2".to_owned());
    assert!(!format!("{link:?}").contains("hunter2"));
}

/// What is read is written so that the same is read again.
fn steady<T: Value + PartialEq + fmt::Debug>(text: &str) {
    if let Ok(value) = T::read(text) {
        assert_eq!(T::read(&value.write()).as_ref(), Ok(&value), "{text}");
    }
}

proptest! {
    #[test]
    fn reading_never_panics_and_writing_keeps_the_value(
        text in prop_oneof![
            any::<String>(),
            "[0-9:Z-]{0,14}",
            "-?[0-9]{0,20}",
            "([a-zA-Z0-9-]{0,4},){0,5}[a-z0-9]{0,3}",
            "((Mon|Tues|Wednes|Fri)day,?){0,5}",
            "(true|FALSE|1|0|True)",
        ],
    ) {
        steady::<Number<30, 1000>>(&text);
        steady::<Number<{ i64::MIN }, { i64::MAX }>>(&text);
        steady::<Switch>(&text);
        steady::<bool>(&text);
        steady::<InstanceId>(&text);
        steady::<BackupSetIds>(&text);
        steady::<DailyWindow>(&text);
        steady::<Weekdays>(&text);
        steady::<Seconds>(&text);
    }
}
