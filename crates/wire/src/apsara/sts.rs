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

/// The name of a user of an account.
pub fn user_principal(account: &str, user: &str) -> String {
    format!("acs:ram::{account}:user/{user}")
}

/// The name of a session of a role, whose own name is without its path.
pub fn session_principal(account: &str, role: &str, session: &str) -> String {
    format!("acs:ram::{account}:assumed-role/{role}/{session}")
}

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub struct Identity<'a> {
    /// The account.
    pub account: &'a str,
    /// Such as `acs:ram::123456789012:root`.
    pub arn: &'a str,
    /// The unique id of the identity; for root, the account.
    pub id: &'a str,
}

/// The answer. `request_id` is shown in upper case.
pub fn caller_identity(identity: &Identity<'_>, format: Format, request_id: &str) -> Reply {
    let Identity { account, arn, id } = *identity;
    let kind = match arn {
        _ if id == account => "Account",
        arn if arn.contains(":assumed-role/") => "AssumedRoleUser",
        _ => "RAMUser",
    };
    let members = [
        ("AccountId", account.to_owned()),
        ("Arn", arn.to_owned()),
        ("IdentityType", kind.to_owned()),
        ("PrincipalId", id.to_owned()),
        ("RequestId", request_id.to_uppercase()),
        ("UserId", id.to_owned()),
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
            let arn = &root_principal("123456789012");
            let identity = Identity { account: "123456789012", arn, id: "123456789012" };
            String::from_utf8(caller_identity(&identity, format, "ab-1").body).unwrap()
        };
        let json: Value = serde_json::from_str(&text(Format::Json)).unwrap();
        assert_eq!(json["AccountId"], "123456789012");
        assert_eq!(json["Arn"], "acs:ram::123456789012:root");
        assert_eq!(json["RequestId"], "AB-1");
        let arn = &session_principal("123456789012", "sweeper", "job-7");
        let session = Identity { account: "123456789012", arn, id: "AROA1:job-7" };
        let told = String::from_utf8(caller_identity(&session, Format::Json, "1").body).unwrap();
        assert!(told.contains(r#""IdentityType":"AssumedRoleUser""#), "{told}");
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
