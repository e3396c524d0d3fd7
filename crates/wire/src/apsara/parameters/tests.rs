//! Queries and forms of all kinds.

use proptest::prelude::*;

use super::*;

fn parsed(query: &str) -> Result<Parameters, Error> {
    Parameters::parse(query, b"")
}

#[test]
fn query_and_form_are_merged() {
    let both = Parameters::parse("Action=DeleteBackup&a=1", b"BackupId=1%2C2&b=x+y").unwrap();
    assert_eq!(both.get("Action"), Some("DeleteBackup"));
    assert_eq!(both.get("BackupId"), Some("1,2"));
    assert_eq!(both.get("b"), Some("x y"));
    assert_eq!(both.get("c"), None);
}

#[test]
fn an_empty_value_is_there_and_not_given() {
    let empty = parsed("SignatureType=&flag&&a=1").unwrap();
    assert_eq!(empty.get("SignatureType"), Some(""));
    assert_eq!(empty.get("flag"), Some(""));
    assert_eq!(empty.given("flag"), None);
    assert_eq!(empty.given("a"), Some("1"));
}

#[test]
fn a_name_that_is_there_twice_is_refused_wherever_it_stands() {
    for (query, form) in [
        ("BackupId=1&BackupId=2", ""),
        ("BackupId=1&BackupId=1", ""),
        ("BackupId=1&%42ackupId=2", ""),
        ("BackupId=1", "BackupId=2"),
        ("", "BackupId=1&BackupId=2"),
    ] {
        let error = Parameters::parse(query, form.as_bytes()).unwrap_err();
        assert_eq!((error.status, &*error.code), (400, "InvalidParameter"), "{query} {form}");
        assert!(error.message.contains("twice"), "{error}");
    }
}

#[test]
fn what_does_not_decode_is_refused_and_not_repeated() {
    for query in ["a=1&b=%", "a=1&b=%4", "a=1&b=%zzhunter2", "a=1&%ff=1", "a=1&b=%C3%28"] {
        let error = parsed(query).unwrap_err();
        assert_eq!(&*error.code, "InvalidParameter", "{query}");
        assert!(error.message.contains("number 2"), "{error}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
    assert!(Parameters::parse("", b"a=\xff").unwrap_err().message.contains("form"));
}

#[test]
fn counts_and_lengths_have_bounds() {
    let many = |count: usize| (0..count).map(|it| format!("p{it}=1")).collect::<Vec<_>>().join("&");
    assert!(parsed(&many(COUNT_MAX)).is_ok());
    assert!(parsed(&many(COUNT_MAX + 1)).is_err());
    assert!(parsed(&format!("{}=1", "n".repeat(NAME_LEN_MAX))).is_ok());
    assert!(parsed(&format!("{}=1", "n".repeat(NAME_LEN_MAX + 1))).is_err());
    assert!(parsed("=1").is_err());
    assert!(parsed(&format!("a={}", "v".repeat(VALUE_LEN_MAX))).is_ok());
    assert!(parsed(&format!("a={}", "v".repeat(VALUE_LEN_MAX + 1))).is_err());
    assert!(parsed(&"&".repeat(TOTAL_LEN_MAX)).is_ok());
    assert!(Parameters::parse(&"&".repeat(TOTAL_LEN_MAX), b"&").is_err());
}

#[test]
fn no_value_is_shown() {
    let secret = parsed("SecurityToken=hunter2&AccountPassword=hunter2").unwrap();
    assert_eq!(format!("{secret:?}"), r#"{"AccountPassword", "SecurityToken"}"#);
}

#[test]
fn a_list_is_numbered_from_one() {
    let query = "Id.2=b&Id.1=a&Id.10=j&Id.3=c&Id.4=d&Id.5=e&Id.6=f&Id.7=g&Id.8=h&Id.9=i&Idle=1";
    let items = parsed(query).unwrap();
    let expected = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    assert_eq!(items.list("Id").unwrap(), expected);
    assert!(items.list("Idle").unwrap().is_empty());
    for wrong in [
        "Id.2=b",
        "Id.1=a&Id.3=c",
        "Id.0=a",
        "Id.01=a",
        "Id.x=a",
        "Id.=a",
        "Id.1.Key=a",
        "Id.201=a",
    ] {
        let error = parsed(wrong).unwrap().list("Id").unwrap_err();
        assert_eq!(&*error.code, "InvalidParameter", "{wrong}");
    }
}

#[test]
fn the_canonical_form_is_sorted_and_leaves_the_signature_out() {
    let query = "b=x+y&a=*%7E&Signature=1&SignatureType=&c=%E4%B8%AD";
    let expected = "SignatureType=&a=%2A~&b=x%20y&c=%E4%B8%AD";
    assert_eq!(parsed(query).unwrap().canonical(Some("Signature")), expected);
}

fn pairs() -> impl Strategy<Value = BTreeMap<String, String>> {
    let name = prop_oneof!["[A-Za-z.0-9]{1,12}", "\\PC{1,8}"];
    let name = name.prop_filter("a name is not empty", |it| !it.is_empty());
    proptest::collection::btree_map(name, any::<String>(), 0..8)
}

proptest! {
    #[test]
    fn what_is_encoded_is_read_again(in_query in pairs(), in_form in pairs()) {
        let in_form: BTreeMap<String, String> =
            in_form.into_iter().filter(|(name, _)| !in_query.contains_key(name)).collect();
        let query = Parameters::of(in_query.clone()).unwrap().encoded();
        let form = Parameters::of(in_form.clone()).unwrap().encoded();
        let both = Parameters::parse(&query, form.as_bytes()).unwrap();
        prop_assert_eq!(both, Parameters::of(in_query.into_iter().chain(in_form)).unwrap());
    }

    #[test]
    fn no_query_and_no_form_makes_it_panic(
        query in prop_oneof![any::<String>(), "([a-zN.0-9%+=&]|%[0-9a-fA-F]{2}){0,60}"],
        form in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..80),
            "([a-zN.0-9%+=&]|%[0-9a-fA-F]{2}){0,60}".prop_map(String::into_bytes),
        ],
    ) {
        if let Ok(parameters) = Parameters::parse(&query, &form) {
            parameters.list("N").ok();
            let again = Parameters::parse(&parameters.encoded(), b"");
            prop_assert_eq!(again, Ok(parameters));
        }
    }

    #[test]
    fn a_list_of_any_length_is_read_in_its_order(
        items in proptest::collection::vec("[a-z]{0,3}", 0..30),
    ) {
        let name = |number: usize| format!("L.{number}");
        let named = (1..).zip(&items).map(|(number, item)| (name(number), item.clone()));
        let parameters = Parameters::of(named).unwrap();
        prop_assert_eq!(parameters.list("L").unwrap(), items);
    }
}
