//! STS of Alibaba Cloud (RPC, version 2015-04-01): `GetCallerIdentity`, by which a client learns
//! which account its access key is of.

use serde_json::{Map, Value};

use super::reply::encode;
use super::{Error, Format};
use crate::aws::Reply;

/// The version of the API.
pub const VERSION: &str = "2015-04-01";

/// What it is called by.
pub const ACTION: &str = "GetCallerIdentity";

/// What it has besides, and is not served.
const UNSERVED: [&str; 3] = ["AssumeRole", "AssumeRoleWithOIDC", "AssumeRoleWithSAML"];

/// Refuses every action but the one that is served.
pub fn check(action: &str) -> Result<(), Error> {
    if action == ACTION {
        Ok(())
    } else if UNSERVED.contains(&action) {
        let message = "The specified action is not supported: no roles are taken on here.";
        Err(Error::new(400, "UnsupportedOperation", message))
    } else {
        Err(Error::unknown_action())
    }
}

/// The name of the root identity of an account.
pub fn root_principal(account: &str) -> String {
    format!("acs:ram::{account}:root")
}

/// The answer: the root identity of an account. `request_id` is shown in upper case.
pub fn caller_identity(account: &str, format: Format, request_id: &str) -> Reply {
    let members = [
        ("AccountId", account.to_owned()),
        ("Arn", root_principal(account)),
        ("IdentityType", "Account".to_owned()),
        ("PrincipalId", account.to_owned()),
        ("RequestId", request_id.to_uppercase()),
        ("UserId", account.to_owned()),
    ];
    let members: Map<String, Value> =
        members.into_iter().map(|(name, text)| (name.to_owned(), Value::String(text))).collect();
    encode(200, "GetCallerIdentityResponse", members, format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identity_is_told_in_both_forms() {
        let text = |format| {
            String::from_utf8(caller_identity("123456789012", format, "ab-1").body).unwrap()
        };
        let json: Value = serde_json::from_str(&text(Format::Json)).unwrap();
        assert_eq!(json["AccountId"], "123456789012");
        assert_eq!(json["Arn"], "acs:ram::123456789012:root");
        assert_eq!(json["RequestId"], "AB-1");
        let xml = text(Format::Xml);
        assert!(xml.contains("<AccountId>123456789012</AccountId>"), "{xml}");
        assert!(xml.ends_with("</GetCallerIdentityResponse>"), "{xml}");
    }

    #[test]
    fn nothing_else_is_a_success() {
        assert_eq!(check("GetCallerIdentity"), Ok(()));
        for (action, code) in
            [("AssumeRole", "UnsupportedOperation"), ("DeleteBackup", "InvalidApi.NotFound")]
        {
            assert_eq!(check(action).unwrap_err().code, code);
        }
    }
}
