//! What becomes of a reply of FSx that is no success.
//!
//! FSx names its errors in the body (`__type`); the head is believed only where the body says
//! nothing. A refusal counts only if it is whole.

use std::borrow::Cow;

use serde_json::Value;
use sexton_core::Obstacle;

use super::table::classify;
use crate::cause::{chain, find};
use crate::classify::Class;
use crate::provider::aws::{self, no_answer, short};
use crate::provider::{NAMELESS, ProviderError};
use crate::signed::{Cause, Reply};
use crate::transport::{Lack, Unanswered};

/// What else an error tells, and how that is said.
const EXTRAS: [(&str, &str); 3] =
    [("FileSystemId", "file system"), ("BackupId", "backup"), ("Parameter", "parameter")];

/// A reply that promised success and tells nothing: it counts as none.
pub(super) fn unreadable(lack: &str) -> ProviderError {
    aws::unreadable("FSx", lack)
}

/// A request that nobody makes, since there is nothing to ask by.
pub(super) fn unasked(why: &str) -> ProviderError {
    ProviderError::local(Class::Refused(Obstacle::Invalid), "NotAsked", why)
}

/// A request that cannot be put into words.
pub(super) fn unsayable(error: &Cause) -> ProviderError {
    let class = Class::Refused(Obstacle::Invalid);
    ProviderError::local(class, "InvalidRequest", chain(&**error))
}

/// No answer came, or not all of it.
pub(super) fn unanswered(error: &Cause) -> ProviderError {
    find::<Unanswered>(&**error).map_or_else(
        || ProviderError::local(Class::Lost, Lack::Answer.code(), chain(&**error)),
        no_answer,
    )
}

/// The document of a success, or what the reply says instead.
pub(super) fn document(reply: &Reply) -> Result<Value, ProviderError> {
    if !reply.whole {
        return Err(unreadable("it is cut off"));
    }
    if !(200..300).contains(&reply.status) {
        return Err(refusal(reply));
    }
    match serde_json::from_slice(&reply.body) {
        Ok(document @ Value::Object(_)) => Ok(document),
        Ok(_) | Err(_) => Err(unreadable("it is no JSON object")),
    }
}

/// The account that STS tells of.
pub(super) fn account(reply: &Reply) -> Result<String, ProviderError> {
    if !reply.whole || !(200..300).contains(&reply.status) {
        return Err(if reply.whole { refusal(reply) } else { unreadable("it is cut off") });
    }
    let text = String::from_utf8_lossy(&reply.body);
    let told = text.split_once("<Account>").and_then(|(_, rest)| rest.split_once("</Account>"));
    let digits = |text: &&str| text.len() == 12 && text.bytes().all(|it| it.is_ascii_digit());
    let account = told.map(|(account, _)| account.trim()).filter(digits);
    account.map(str::to_owned).ok_or_else(|| unreadable("it names no account"))
}

/// What an error reply says. Only one with a whole document says that a backup is not there.
fn refusal(reply: &Reply) -> ProviderError {
    let json: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let member = |name: &str| json.get(name).and_then(Value::as_str);
    let code = member("__type").or(reply.error.as_deref()).and_then(aws::name);
    let words = member("Message")
        .or_else(|| member("message"))
        .map_or(String::from_utf8_lossy(&reply.body), Cow::from);
    let mut message = short(&words);
    for (name, noun) in EXTRAS {
        if let Some(named) = member(name).filter(|named| !words.contains(named)) {
            message = format!("{message} ({noun} {})", short(named));
        }
    }
    let class = classify(reply.status, code, &words);
    let is_cut = matches!(class, Class::NotFound { .. }) && !json.is_object();
    let class = if is_cut { Class::Lost } else { class };
    let code = code.map_or_else(|| format!("{NAMELESS}{}", reply.status), short);
    let request_id = reply.request_id.as_deref().map(short);
    ProviderError { class, code, message: message.trim().to_owned(), request_id }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reply(status: u16, error: Option<&str>, body: &str) -> Reply {
        Reply {
            status,
            error: error.map(str::to_owned),
            request_id: Some("r-1".to_owned()),
            whole: true,
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn an_error_is_named_by_its_body_and_else_by_its_head() {
        let body = r#"{"__type":"com.amazonaws.fsx#BackupNotFound","Message":"no"}"#;
        let failure = refusal(&reply(400, Some("BadRequest"), body));
        assert_eq!(failure.class, Class::NotFound { target: true });
        assert_eq!((&*failure.code, &*failure.message), ("BackupNotFound", "no"));
        assert_eq!(failure.request_id.as_deref(), Some("r-1"));
        let failure = refusal(&reply(400, Some("BadRequest:http://x"), r#"{"message":"no"}"#));
        assert_eq!((failure.class, &*failure.code), {
            (Class::Refused(Obstacle::Invalid), "BadRequest")
        });
        assert!(refusal(&reply(404, None, "<html>")).is_nameless());
    }

    #[test]
    fn what_keeps_a_backup_is_named() {
        let body = r#"{"__type":"BackupRestoring","FileSystemId":"fs-01234567","Message":"busy"}"#;
        assert_eq!(refusal(&reply(400, None, body)).message, "busy (file system fs-01234567)");
        let body = r#"{"__type":"BackupBeingCopied","BackupId":"backup-01234567"}"#;
        let message = refusal(&reply(400, None, body)).message;
        assert!(message.contains("backup-01234567"), "{message}");
    }

    #[test]
    fn a_reply_that_is_not_whole_says_nothing() {
        let body = r#"{"__type":"BackupNotFound"}"#;
        let cut = Reply { whole: false, ..reply(400, None, body) };
        assert_eq!(document(&cut).unwrap_err().class, Class::Lost);
        let failure = refusal(&reply(400, Some("BackupNotFound"), &body[..9]));
        assert_eq!(failure.class, Class::Lost);
        for body in ["", "[]", "null", "<html>"] {
            assert_eq!(document(&reply(200, None, body)).unwrap_err().class, Class::Lost, "{body}");
        }
    }

    #[test]
    fn an_account_is_twelve_digits_or_not_known() {
        let xml = |text: &str| format!("<R><GetCallerIdentityResult><Account>{text}</Account></R>");
        let told = account(&reply(200, None, &xml("123456789012")));
        assert_eq!(told.as_deref(), Ok("123456789012"));
        for body in [xml("x"), xml(""), "{}".to_owned(), String::new()] {
            assert_eq!(account(&reply(200, None, &body)).unwrap_err().class, Class::Lost);
        }
        assert!(account(&reply(403, None, &xml("123456789012"))).is_err());
    }

    proptest! {
        #[test]
        fn no_reply_makes_it_panic(
            status in 100_u16..600, body in proptest::collection::vec(any::<u8>(), 0..80),
        ) {
            let reply = Reply { body, ..reply(status, None, "") };
            if let Err(failure) = document(&reply) {
                let absent = matches!(failure.class, Class::NotFound { .. });
                prop_assert!(!absent && !failure.message.contains(char::is_control));
            }
        }
    }
}
