//! Answers written and read.

use serde_json::json;

use super::*;
use crate::apsara::Error;
use crate::apsara::model::{delete_backup, describe_backups};

fn xml(value: &Value) -> String {
    let members = value.as_object().unwrap().clone();
    let reply = encode(200, "R", members, Format::Xml);
    let text = String::from_utf8(reply.body).unwrap();
    text.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>").unwrap().to_owned()
}

#[test]
fn a_list_is_an_element_several_times() {
    let items = json!({ "Items": { "Backup": [{ "BackupId": "1" }, { "BackupId": "2" }] } });
    let expected = "<R><Items><Backup><BackupId>1</BackupId></Backup>\
                    <Backup><BackupId>2</BackupId></Backup></Items></R>";
    assert_eq!(xml(&items), expected);
    assert_eq!(xml(&json!({ "Items": { "Backup": [] } })), "<R><Items></Items></R>");
}

#[test]
fn every_kind_of_value_is_written() {
    assert_eq!(xml(&json!({ "A": true })), "<R><A>true</A></R>");
    assert_eq!(xml(&json!({ "A": -7 })), "<R><A>-7</A></R>");
    assert_eq!(xml(&json!({ "A": null })), "<R></R>");
    assert_eq!(xml(&json!({ "A": "<&\u{0}>" })), "<R><A>&lt;&amp;\u{fffd}&gt;</A></R>");
}

#[test]
fn the_format_is_read_in_any_case() {
    assert_eq!(Format::read("json"), Some(Format::Json));
    assert_eq!(Format::read("JSON"), Some(Format::Json));
    assert_eq!(Format::read("Xml"), Some(Format::Xml));
    assert_eq!(Format::read("yaml"), None);
}

fn answered(status: u16, body: &str) -> Result<delete_backup::Response, NoAnswer> {
    read(status, body.as_bytes())
}

#[test]
fn the_id_of_the_request_is_in_upper_case() {
    let reply = success(&delete_backup::Response::default(), Format::Json, "ab-1");
    assert_eq!(reply.status, 200);
    assert_eq!(reply.body, br#"{"RequestId":"AB-1"}"#);
    let reply = success(&delete_backup::Response::default(), Format::Xml, "ab-1");
    let text = String::from_utf8(reply.body).unwrap();
    let expected = "<DeleteBackupResponse><RequestId>AB-1</RequestId></DeleteBackupResponse>";
    assert!(text.ends_with(expected), "{text}");
}

#[test]
fn counters_that_are_texts_stay_texts_and_no_answer_has_a_code() {
    let answer: describe_backups::Response = serde_json::from_value(json!({
        "PageNumber": 1, "PageRecordCount": "1", "TotalRecordCount": 1,
        "Items": { "Backup": [{ "BackupSize": 7, "BackupEndTime": "2026-11-28T15:04Z" }] },
    }))
    .unwrap();
    let reply = success(&answer, Format::Json, "r");
    let body: Value = serde_json::from_slice(&reply.body).unwrap();
    for name in ["PageNumber", "PageRecordCount", "TotalRecordCount"] {
        assert_eq!(body[name], "1", "{name}");
    }
    let backup = &body["Items"]["Backup"][0];
    assert_eq!(backup["BackupSize"], 7);
    assert_eq!(backup["BackupEndTime"], "2026-11-28T15:04:00Z");
    assert_eq!(body.get("Code"), None);
    assert_eq!(
        read(200, &reply.body).map(|it: describe_backups::Response| it.items),
        Ok(answer.items)
    );
}

#[test]
fn an_error_is_read_whatever_its_status_is() {
    let sent =
        Error::new(404, "InvalidBackupSetID.NotFound", "Specified backup set ID does not exist.");
    let body = sent.reply(Format::Json, "ab-1", "h").body;
    for status in [200, 404, 500] {
        let Err(NoAnswer::Refused(refusal)) = read::<delete_backup::Response>(status, &body) else {
            panic!("an error is an answer");
        };
        assert_eq!((refusal.status, &*refusal.code), (status, "InvalidBackupSetID.NotFound"));
        assert_eq!((&*refusal.message, &*refusal.request_id), (&*sent.message, "AB-1"));
    }
}

#[test]
fn what_is_no_answer_is_not_taken_for_one() {
    for (status, body) in [
        (200, ""),
        (200, "{}"),
        (200, "[]"),
        (200, "null"),
        (200, "<html>"),
        (200, r#"{"RequestId":null}"#),
        (200, r#"{"RequestId":"1","Code":7}"#),
        (204, r#"{"RequestId":"1"}"#),
        (302, r#"{"RequestId":"1"}"#),
        (500, r#"{"RequestId":"1"}"#),
        (503, ""),
    ] {
        assert_eq!(answered(status, body), Err(NoAnswer::Unreadable { status }), "{body}");
    }
    assert!(answered(200, r#"{"RequestId":"1","More":{}}"#).is_ok());
}

#[test]
fn a_client_does_not_keep_the_string_to_sign() {
    for words in ["server string to sign is:POST&tok", "server StringToSign is [tok]"] {
        let body = json!({ "Code": "SignatureDoesNotMatch", "Message": format!("Wrong. {words}") });
        let refused = answered(400, &body.to_string()).unwrap_err();
        assert!(!format!("{refused:?} {refused}").contains("tok"), "{refused}");
        assert!(refused.to_string().contains("Wrong."), "{refused}");
    }
}
