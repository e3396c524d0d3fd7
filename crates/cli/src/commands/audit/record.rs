//! An event of the audit trail in the form of a record of CloudTrail.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sexton_core::{Event, EventKind};

/// The version of CloudTrail's format of records.
const VERSION: &str = "1.11";

/// The record of an event. Its id is the beginning of its hash, which is in it whole.
pub(super) fn of(number: u64, event: &Event, hash: &str) -> Value {
    let mut details = match serde_json::to_value(&event.kind) {
        Ok(Value::Object(members)) => members,
        // An event is an object of its own making.
        Ok(_) | Err(_) => Map::new(),
    };
    let name = details.remove("event");
    let name = name.as_ref().and_then(Value::as_str).map(camel_case);
    details.insert("eventNumber".to_owned(), number.into());
    details.insert("eventHash".to_owned(), hash.into());
    details.insert("at".to_owned(), event.at.to_string().into());
    let seconds = Timestamp::from_second(event.at.as_second()).unwrap_or(event.at);
    let realm = event.realm.as_ref();
    let mut record = json!({
        "eventVersion": VERSION,
        "userIdentity": identity(event),
        "eventTime": seconds.to_string(),
        "eventSource": "sexton",
        "eventName": name,
        "awsRegion": realm.map(|realm| &realm.region),
        "eventID": uuid(hash),
        "readOnly": false,
        "eventType": "AwsServiceEvent",
        "managementEvent": true,
        "recipientAccountId": realm.map(|realm| &realm.account),
        "eventCategory": "Management",
        "serviceEventDetails": details,
    });
    if let Some(via) = &event.via {
        record["requestID"] = via.request.as_str().into();
        record["sourceIPAddress"] = via.address.to_string().into();
    }
    if let EventKind::Called { call, resource, error, message } = &event.kind {
        let (service, name) = call.split_once(':').unwrap_or(("sexton", call));
        let host = match service {
            "sexton" => "",
            // Amazon has an RDS too, which is not served here.
            "rds" => ".aliyuncs.com",
            _ => ".amazonaws.com",
        };
        record["eventType"] = "AwsApiCall".into();
        record["eventSource"] = format!("{service}{host}").into();
        record["eventName"] = name.into();
        record["resources"] = json!([{ "ARN": resource }]);
        record["errorCode"] = error.as_deref().into();
        record["errorMessage"] = message.as_deref().into();
    }
    record
}

/// Who decided: the root identity of an account, a user, a session of a role, or the server by
/// itself.
fn identity(event: &Event) -> Value {
    let by = event.by.0.as_str();
    // Alibaba's names have no partition.
    let arn =
        by.strip_prefix("acs:").map_or_else(|| by.to_owned(), |rest| format!("arn:acs:{rest}"));
    let fields: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, _, "iam" | "sts" | "ram", _, account, name] = fields.as_slice() else {
        return json!({ "type": "AWSService", "invokedBy": by });
    };
    let mut identity = match name.split_once('/') {
        None => json!({ "type": "Root", "arn": by, "principalId": account, "accountId": account }),
        Some(("user", user)) => json!({
            "type": "IAMUser", "arn": by, "accountId": account, "userName": user,
        }),
        Some(_) => json!({ "type": "AssumedRole", "arn": by, "accountId": account }),
    };
    if let Some(via) = &event.via {
        identity["principalId"] = via.id.as_str().into();
        identity["accessKeyId"] = via.key.as_str().into();
    }
    identity
}

/// `DeletionDecided` of `deletion_decided`.
fn camel_case(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    name.split('_').map(word).collect()
}

/// The first digits of a hash, grouped as those of a UUID.
fn uuid(hash: &str) -> String {
    let mut digits = hash.chars();
    let groups = [8, 4, 4, 4, 12].map(|count| digits.by_ref().take(count).collect::<String>());
    groups.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use sexton_core::{Principal, Realm, Via};

    #[test]
    fn a_record_has_the_members_of_cloudtrail_and_all_that_the_event_says() {
        let realm = Realm::new("us-east-1", "123456789012");
        let event = Event {
            at: "2026-11-29T03:00:00.5Z".parse().unwrap(),
            by: Principal(realm.root_principal()),
            realm: Some(realm),
            via: None,
            kind: EventKind::VaultDeleted { vault: "gold".parse().unwrap() },
        };
        let record = of(7, &event, &"ab".repeat(32));
        assert_eq!(record["eventName"], "VaultDeleted");
        assert_eq!(record["eventTime"], "2026-11-29T03:00:00Z");
        assert_eq!(record["eventID"], "abababab-abab-abab-abab-abababababab");
        assert_eq!(record["userIdentity"]["type"], "Root");
        assert_eq!(record["recipientAccountId"], "123456789012");
        let details = &record["serviceEventDetails"];
        assert_eq!((&details["vault"], &details["eventNumber"]), (&json!("gold"), &json!(7)));
        let call = EventKind::Called {
            call: "backup:DeleteRecoveryPoint".to_owned(),
            resource: "arn:aws:backup:us-east-1:123456789012:recovery-point:1".to_owned(),
            error: Some("InvalidRequestException".to_owned()),
            message: Some("no".to_owned()),
        };
        let via = Via {
            request: "r-1".to_owned(),
            address: "192.0.2.7".parse().unwrap(),
            key: "AKSX1".to_owned(),
            id: "AIDA1".to_owned(),
        };
        let by = Principal("arn:aws:iam::123456789012:user/ann".to_owned());
        let refused = of(8, &Event { via: Some(via), kind: call, by, ..event.clone() }, "");
        for (member, value) in [
            ("/eventType", "AwsApiCall"),
            ("/eventSource", "backup.amazonaws.com"),
            ("/eventName", "DeleteRecoveryPoint"),
            ("/errorCode", "InvalidRequestException"),
            ("/errorMessage", "no"),
            ("/sourceIPAddress", "192.0.2.7"),
            ("/requestID", "r-1"),
            ("/userIdentity/accessKeyId", "AKSX1"),
            ("/userIdentity/principalId", "AIDA1"),
        ] {
            assert_eq!(refused.pointer(member).and_then(Value::as_str), Some(value), "{member}");
        }
        let server = Event { by: Principal::server(), ..event };
        let identity = json!({ "type": "AWSService", "invokedBy": "sexton" });
        assert_eq!(of(8, &server, "")["userIdentity"], identity);
    }
}
