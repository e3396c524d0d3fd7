//! What becomes of a reply of AWS Backup that is no success.
//!
//! Errors are read from the reply itself: its header, its body and its status. The
//! SDK's own types leave out the service's `ERROR_nnnn`, which servers are known to
//! send without naming the exception. A refusal counts only if it is whole.

use std::borrow::Cow;
use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_backup::error::SdkError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use sexton_core::Obstacle;

use super::table::{Reply, classify};
use crate::cause::{chain, find};
use crate::classify::Class;
use crate::provider::aws::{self, MESSAGE_CHARS_MAX, UNREADABLE, no_answer, no_credentials};
use crate::provider::{NAMELESS, ProviderError};
use crate::transport::{Lack, Unanswered};

/// A reply that promised success and tells nothing: it counts as none.
pub(super) fn unreadable(lack: &str) -> ProviderError {
    aws::unreadable("AWS Backup", lack)
}

/// What the SDK's error means.
pub(super) fn failure<E: Error + 'static>(error: &SdkError<E, HttpResponse>) -> ProviderError {
    let local = |class, code: &str| ProviderError::local(class, code, chain(error));
    if let Some(reply) = error.raw_response() {
        let said_no = !reply.status().is_success() && is_whole(reply);
        return if said_no { refusal(reply) } else { local(Class::Lost, UNREADABLE) };
    }
    if let Some(lacking) = find::<CredentialsError>(error) {
        no_credentials(lacking)
    } else if let Some(unanswered) = find::<Unanswered>(error) {
        // Without what the SDK says of it: that it was not sent.
        no_answer(unanswered)
    } else if matches!(error, SdkError::ConstructionFailure(_)) {
        local(Class::Refused(Obstacle::Invalid), "InvalidRequest")
    } else {
        local(Class::Lost, Lack::Answer.code())
    }
}

/// Whether the whole body of a reply came: as much of it as its head promised.
fn is_whole(reply: &HttpResponse) -> bool {
    // The SDK keeps no body that it could not read to its end.
    let Some(body) = reply.body().bytes() else { return false };
    let promised = reply.headers().get("content-length").map(|length| length.trim().parse());
    promised.is_none_or(|promised| promised == Ok(body.len()))
}

/// What an error reply says. Only one with a whole document says that a thing is not there.
fn refusal(reply: &HttpResponse) -> ProviderError {
    let body = reply.body().bytes().unwrap_or_default();
    let json: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let member = |names: [&str; 2]| names.into_iter().find_map(|name| json.get(name)?.as_str());
    let header = |name| reply.headers().get(name);
    let code = header("x-amzn-errortype").or_else(|| member(["__type", "__Type"]));
    let code = code.and_then(aws::name);
    let stated = member(["Code", "code"]).filter(|stated| !stated.is_empty());
    let number = stated.filter(|stated| stated.starts_with("ERROR_"));
    let code = code.or_else(|| stated.filter(|_| number.is_none()));
    let status = reply.status().as_u16();
    let words = member(["Message", "message"]).map_or(String::from_utf8_lossy(body), Cow::from);
    let message = aws::short(&words);
    let class = classify(Reply { status, code, number, message: &message });
    let is_cut = matches!(class, Class::NotFound { .. }) && !json.is_object();
    let class = if is_cut { Class::Lost } else { class };
    let short = |text: &str| text.chars().take(MESSAGE_CHARS_MAX).collect::<String>();
    let named = code.or(number).map_or_else(|| format!("{NAMELESS}{status}"), short);
    let request_id = header("x-amzn-requestid").map(short);
    ProviderError { class, code: named, message, request_id }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_smithy_types::body::SdkBody;
    use proptest::prelude::*;

    fn reply(status: u16, header: Option<&'static str>, body: &'static str) -> HttpResponse {
        let mut reply = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
        if let Some(header) = header {
            reply.headers_mut().insert("x-amzn-errortype", header);
        }
        reply.headers_mut().insert("x-amzn-requestid", "r-1");
        reply
    }

    #[test]
    fn the_name_is_found_wherever_it_stands() {
        let long = "ResourceNotFoundException:http://internal.amazon.com/coral/x/";
        let body = r#"{"Code":"ERROR_2603","Message":"Cannot find recovery point."}"#;
        let failure = refusal(&reply(400, Some(long), body));
        assert_eq!(failure.class, Class::NotFound { target: true });
        assert_eq!(failure.code, "ResourceNotFoundException");
        assert_eq!(failure.request_id.as_deref(), Some("r-1"));

        let failure = refusal(&reply(400, None, body));
        assert_eq!(
            (failure.class, &*failure.code),
            (Class::NotFound { target: true }, "ERROR_2603")
        );

        let failure = refusal(&reply(400, None, r#"{"__type":"a#ThrottlingException"}"#));
        assert_eq!(failure.class, Class::Throttled);

        let failure = refusal(&reply(404, None, r#"{"Code":""}"#));
        assert!(failure.is_nameless(), "{}", failure.code);
    }

    /// A refusal that was cut off after its head proved a point gone.
    #[test]
    fn a_reply_that_is_not_whole_is_no_reply() {
        let missing = Some("ResourceNotFoundException");
        let body = r#"{"Code":"ERROR_2603","Message":"Cannot find recovery point."}"#;
        let lost = |reply: HttpResponse| {
            let error = SdkError::<std::fmt::Error, HttpResponse>::response_error("x", reply);
            failure(&error).class == Class::Lost
        };
        let mut whole = reply(400, missing, body);
        assert!(!lost(reply(400, missing, body)));
        whole.headers_mut().insert("content-length", body.len().to_string());
        assert!(!lost(whole));
        let mut cut = reply(400, missing, &body[..20]);
        assert!(lost(reply(400, missing, &body[..20])), "no length was promised");
        cut.headers_mut().insert("content-length", body.len().to_string());
        assert!(lost(cut));
        assert!(lost(reply(400, missing, "")));
        let mut unread = reply(400, missing, body);
        *unread.body_mut() = SdkBody::taken();
        assert!(lost(unread));
    }

    #[test]
    fn what_is_not_json_is_judged_by_its_status() {
        let failure = refusal(&reply(502, None, "<html>bad gateway</html>"));
        assert_eq!((failure.class, &*failure.code), (Class::Server, "HTTP 502"));
        assert_eq!(failure.message, "<html>bad gateway</html>");
    }

    proptest! {
        #[test]
        fn no_error_reply_makes_it_panic_or_says_that_a_point_is_gone_by_its_status(
            status in 300_u16..600,
            name in proptest::option::of("[ -~]{0,30}"),
            bytes in proptest::collection::vec(any::<u8>(), 0..80),
            member in "__type|__Type|Code|code|Message|message",
            value in "\"[^\"\\\\]{0,20}\"|-?[0-9]{1,30}|null|\\[\\]|\\{",
        ) {
            for body in [bytes, format!("{{\"{member}\":{value}}}").into_bytes()] {
                let mut reply = HttpResponse::new(status.try_into()?, SdkBody::from(body));
                if let Some(name) = name.clone() {
                    reply.headers_mut().insert("x-amzn-errortype", name);
                }
                let failure = refusal(&reply);
                prop_assert!(!failure.code.is_empty());
                // Only the service's own name for it proves an absence, whatever the status.
                let named = failure.code.starts_with("ResourceNotFound");
                let absent = matches!(failure.class, Class::NotFound { .. });
                prop_assert!(named || !absent);
                prop_assert!(failure.message.chars().count() <= MESSAGE_CHARS_MAX);
                prop_assert!(!failure.message.contains(char::is_control));
            }
        }
    }
}
