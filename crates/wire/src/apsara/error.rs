//! Errors as Alibaba Cloud's RPC gateway sends them.

use serde::Serialize;

use crate::aws::Reply;

/// Characters of a client's text that are repeated: more than any action or host has.
const ECHO_CHARS_MAX: usize = 255;

/// The body that every Alibaba Cloud client parses.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Body<'a> {
    request_id: &'a str,
    host_id: &'a str,
    code: &'a str,
    message: &'a str,
    recommend: &'a str,
}

/// The answer to every RDS action: none is served yet.
///
/// `request_id` is shown in upper case, as the gateway does; `host` is what the client
/// called, and `action` what it asked for, if that is known.
pub fn not_served(request_id: &str, host: &str, action: Option<&str>) -> Reply {
    let cut = |text: &str| text.chars().take(ECHO_CHARS_MAX).collect::<String>();
    let action = action.map(cut);
    let message = match action {
        Some(action) => format!("ApsaraDB RDS is not served here yet: {action} was not done."),
        None => "ApsaraDB RDS is not served here yet: nothing was done.".to_owned(),
    };
    let body = Body {
        request_id: &request_id.to_uppercase(),
        host_id: &cut(host),
        code: "InvalidApi.NotFound",
        message: &message,
        recommend: "",
    };
    Reply::json(404, &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_has_the_five_members() {
        let reply = not_served("ab-1", "localhost", Some("DeleteBackup"));
        assert_eq!(reply.status, 404);
        let body: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!(body["Code"], "InvalidApi.NotFound");
        assert_eq!(body["RequestId"], "AB-1");
        assert_eq!(body["HostId"], "localhost");
        assert_eq!(body["Recommend"], "");
        assert!(body["Message"].as_str().unwrap().contains("DeleteBackup"));
    }

    #[test]
    fn what_a_stranger_sends_is_not_sent_back_at_length() {
        let long = "x".repeat(1 << 20);
        assert!(not_served("ab-1", &long, Some(&long)).body.len() < 1024);
    }
}
