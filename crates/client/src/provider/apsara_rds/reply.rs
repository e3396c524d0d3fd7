//! What becomes of a reply of RDS.
//!
//! A success is a whole document with the id of the request, an error one with a `Code`. Anything
//! else says nothing of what was asked for.

use sexton_core::Obstacle;
use sexton_wire::apsara::model::Answer;
use sexton_wire::apsara::reply::{NoAnswer, Refusal, read};

use super::table::classify;
use crate::cause::{chain, find};
use crate::classify::Class;
use crate::provider::aws::{self, no_answer, short};
use crate::provider::{NAMELESS, ProviderError};
use crate::signed::{Cause, Reply};
use crate::transport::{Lack, Unanswered};

/// A reply that promised success and tells nothing: it counts as none.
pub(super) fn unreadable(lack: &str) -> ProviderError {
    aws::unreadable("ApsaraDB RDS", lack)
}

/// A request that cannot be put into words.
pub(crate) fn unsayable(error: &dyn std::error::Error) -> ProviderError {
    ProviderError::local(Class::Refused(Obstacle::Invalid), "InvalidRequest", chain(error))
}

/// No answer came, or not all of it.
pub(crate) fn unanswered(error: &Cause) -> ProviderError {
    find::<Unanswered>(&**error).map_or_else(
        || ProviderError::local(Class::Lost, Lack::Answer.code(), chain(&**error)),
        no_answer,
    )
}

/// The answer of a reply, or what the reply says instead.
pub(crate) fn answer<A: Answer>(reply: &Reply) -> Result<A, ProviderError> {
    if !reply.whole {
        return Err(unreadable("it is cut off"));
    }
    match read(reply.status, &reply.body) {
        Ok(answer) => Ok(answer),
        Err(NoAnswer::Refused(refusal)) => Err(refused(refusal)),
        Err(NoAnswer::Unreadable { status: 200..300 }) => Err(unreadable("it is no such document")),
        Err(NoAnswer::Unreadable { status }) => {
            let message = short(&String::from_utf8_lossy(&reply.body)).trim().to_owned();
            let (class, code) = (classify(status, None), format!("{NAMELESS}{status}"));
            Err(ProviderError { class, code, message, request_id: None })
        }
    }
}

fn refused(refusal: Refusal) -> ProviderError {
    let Refusal { status, code, message, request_id } = refusal;
    ProviderError {
        class: classify(status, Some(&code)),
        code: short(&code),
        message: short(&message),
        request_id: Some(short(&request_id)).filter(|id| !id.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sexton_wire::apsara::model::delete_backup::Response;

    fn reply(status: u16, body: &str) -> Reply {
        let body = body.as_bytes().to_vec();
        Reply { status, error: None, request_id: None, whole: true, body }
    }

    fn failure(status: u16, body: &str) -> ProviderError {
        answer::<Response>(&reply(status, body)).unwrap_err()
    }

    #[test]
    fn an_error_is_what_has_a_code_and_keeps_the_id_of_its_request() {
        let body = r#"{"RequestId":"AB-1","HostId":"h","Code":"InvalidBackupSetID.NotFound",
            "Message":"Specified\u001b[2J backup set ID does not exist.","Recommend":"x"}"#;
        for status in [404, 403, 200] {
            let failure = failure(status, body);
            assert_eq!(failure.class, Class::NotFound { target: true });
            assert_eq!(failure.request_id.as_deref(), Some("AB-1"));
            assert!(!failure.message.contains('\u{1b}'), "{failure:?}");
        }
    }

    /// A client that signed wrongly is told its own string to sign, in which a token may stand.
    #[test]
    fn a_string_to_sign_is_in_no_message() {
        let body = r#"{"RequestId":"R","Code":"SignatureDoesNotMatch","Message":"Specified
            signature is not matched with our calculation. server string to sign is:hunter2"}"#
            .replace('\n', " ");
        let failure = failure(400, &body);
        assert_eq!(failure.class, Class::Credentials);
        assert!(!format!("{failure:?}").contains("hunter2"), "{failure:?}");
    }

    #[test]
    fn what_is_no_document_of_rds_proves_nothing() {
        assert!(answer::<Response>(&reply(200, r#"{"RequestId":"R"}"#)).is_ok());
        for body in ["", "{}", "[]", "null", "<html>", r#"{"RequestId":1}"#] {
            assert_eq!(failure(200, body).class, Class::Lost, "{body}");
        }
        let cut = Reply { whole: false, ..reply(200, r#"{"RequestId":"R"}"#) };
        assert_eq!(answer::<Response>(&cut).unwrap_err().class, Class::Lost);
        let web = failure(404, "<html>");
        assert!(web.is_nameless() && web.class == Class::Refused(Obstacle::Other), "{web:?}");
        assert_eq!(failure(502, "<html>").class, Class::Server);
    }

    proptest! {
        #[test]
        fn no_reply_makes_it_panic_or_says_that_a_set_is_gone(
            status in 100_u16..600, body in proptest::collection::vec(any::<u8>(), 0..80),
        ) {
            let reply = Reply { body, ..reply(status, "") };
            if let Err(failure) = answer::<Response>(&reply) {
                let absent = matches!(failure.class, Class::NotFound { .. });
                prop_assert!(!absent && !failure.message.contains(char::is_control));
            }
        }
    }
}
