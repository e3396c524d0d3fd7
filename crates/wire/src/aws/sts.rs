//! STS (query protocol): `GetCallerIdentity`, which some clients ask before anything else, and
//! `AssumeRole`.

use http::request::Parts;
use sexton_core::{AssumeOrder, AssumeRefusal, RoleArn, Session};

use super::Reply;
use super::query::{self, Invalid, Parameters};
use super::sigv4::AuthError;
use crate::xml::escape;

/// What can be asked of STS here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// Who am I?
    GetCallerIdentity,
    /// Let me act as this role.
    AssumeRole(AssumeOrder),
}

/// Who the caller is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity<'a> {
    /// Such as `arn:aws:iam::123456789012:root`.
    pub arn: &'a str,
    /// The unique id of the identity; for root, the account id.
    pub user_id: &'a str,
    /// Twelve digits.
    pub account: &'a str,
}

/// An error of STS.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Error {
    /// The HTTP status.
    pub status: u16,
    /// Its name.
    pub code: &'static str,
    /// For people.
    pub message: String,
}

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// Understands a request, sent as a form or as a query.
pub fn decode(parts: &Parts, body: &[u8]) -> Result<Call, Error> {
    let given = &Parameters::of(parts, body)?;
    match given.find("Action").as_deref() {
        Some("GetCallerIdentity") => Ok(Call::GetCallerIdentity),
        Some("AssumeRole") => assume(given),
        Some(action) => {
            let action: String = action.chars().take(128).collect();
            let message = format!("Could not find operation {action} for version 2011-06-15");
            Err(Error { status: 400, code: "InvalidAction", message })
        }
        None => {
            let message = "The request must contain the parameter Action".to_owned();
            Err(Error { status: 400, code: "MissingAction", message })
        }
    }
}

/// The answer to `GetCallerIdentity`.
pub fn caller_identity(identity: &Identity<'_>, request_id: &str) -> Reply {
    let Identity { arn, user_id, account } = identity;
    let result = format!(
        "<Arn>{}</Arn><UserId>{}</UserId><Account>{}</Account>",
        escape(arn),
        escape(user_id),
        escape(account),
    );
    query::answer(NAMESPACE, "GetCallerIdentity", &result, request_id)
}

/// What would narrow a session, or say more of it, and is not known here.
const UNSUPPORTED: [&str; 7] = [
    "PolicyArns",
    "Tags",
    "TransitiveTagKeys",
    "ProvidedContexts",
    "SerialNumber",
    "TokenCode",
    "SourceIdentity",
];

fn assume(given: &Parameters<'_>) -> Result<Call, Error> {
    given.refuse(&UNSUPPORTED)?;
    let role = given.need("RoleArn")?.parse::<RoleArn>().ok().filter(RoleArn::is_role);
    let Some(role) = role else {
        let message = "RoleArn is not the ARN of a role".to_owned();
        return Err(Error { status: 400, code: "ValidationError", message });
    };
    Ok(Call::AssumeRole(AssumeOrder {
        role,
        session: given.need("RoleSessionName")?,
        seconds: given.number("DurationSeconds")?,
        policy: given.text("Policy"),
        external_id: given.text("ExternalId"),
    }))
}

/// With which requests are signed in a session.
#[derive(Debug)]
pub struct Credentials<'a> {
    /// The access key id.
    pub key: &'a str,
    /// The secret.
    pub secret: &'a str,
    /// What goes with every request.
    pub token: &'a str,
}

/// The answer to `AssumeRole`.
pub fn assumed(session: &Session, credentials: &Credentials<'_>, request_id: &str) -> Reply {
    let Credentials { key, secret, token } = credentials;
    let arn = session.principal().0;
    let result = format!(
        "<AssumedRoleUser><AssumedRoleId>{}:{}</AssumedRoleId><Arn>{}</Arn></AssumedRoleUser>\
         <Credentials><AccessKeyId>{}</AccessKeyId><SecretAccessKey>{}</SecretAccessKey>\
         <SessionToken>{}</SessionToken><Expiration>{}</Expiration></Credentials>",
        escape(&session.role_id),
        escape(&session.name),
        escape(&arn),
        escape(key),
        escape(secret),
        escape(token),
        session.until.strftime("%Y-%m-%dT%H:%M:%SZ"),
    );
    query::answer(NAMESPACE, "AssumeRole", &result, request_id)
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        Self { status: 400, code: "ValidationError", message: invalid.to_string() }
    }
}

impl From<AssumeRefusal> for Error {
    fn from(refusal: AssumeRefusal) -> Self {
        let (status, code) = match &refusal {
            AssumeRefusal::Root | AssumeRefusal::Denied { .. } => (403, "AccessDenied"),
            AssumeRefusal::TooLong
            | AssumeRefusal::TooLongChained
            | AssumeRefusal::Invalid { .. } => (400, "ValidationError"),
            AssumeRefusal::Malformed(_) => (400, "MalformedPolicyDocument"),
        };
        Self { status, code, message: refusal.to_string() }
    }
}

impl From<AuthError> for Error {
    fn from(error: AuthError) -> Self {
        let (status, code) = match &error {
            AuthError::MissingToken => (403, "MissingAuthenticationToken"),
            AuthError::Incomplete { .. } => (400, "IncompleteSignature"),
            AuthError::Mismatch
            | AuthError::Expired { .. }
            | AuthError::NotYetCurrent { .. }
            | AuthError::BadExpiry
            | AuthError::WrongDate
            | AuthError::WrongRegion { .. }
            | AuthError::WrongService { .. }
            | AuthError::Unsigned { .. }
            | AuthError::UnsignedPayload => (403, "SignatureDoesNotMatch"),
            AuthError::UnknownKey => (403, "InvalidClientTokenId"),
            AuthError::ExpiredToken => (403, "ExpiredToken"),
        };
        Self { status, code, message: error.to_string() }
    }
}

impl Error {
    /// Whoever asks does so too often.
    pub fn throttled() -> Self {
        Self { status: 400, code: "Throttling", message: "Rate exceeded".to_owned() }
    }

    /// The server cannot answer now.
    pub fn unavailable() -> Self {
        let message = "The service is temporarily unavailable.".to_owned();
        Self { status: 503, code: "ServiceUnavailable", message }
    }

    /// The error as an answer.
    pub fn reply(&self, request_id: &str) -> Reply {
        query::error(NAMESPACE, (self.status, self.code, &self.message), request_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn parts(method: &str, target: &str) -> Parts {
        let request = Request::builder()
            .method(method)
            .uri(target)
            .header("content-type", "application/x-www-form-urlencoded; charset=utf-8");
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn the_action_comes_by_form_or_query() {
        let call = decode(&parts("POST", "/"), b"Action=GetCallerIdentity&Version=2011-06-15");
        assert_eq!(call, Ok(Call::GetCallerIdentity));
        let target = "/?Action=GetCallerIdentity&Version=2011-06-15";
        assert_eq!(decode(&parts("GET", target), b""), Ok(Call::GetCallerIdentity));
        let refused = decode(&parts("POST", "/"), b"Action=GetSessionToken&Version=2011-06-15");
        assert_eq!(refused.unwrap_err().code, "InvalidAction");
        assert_eq!(decode(&parts("POST", "/"), b"").unwrap_err().code, "MissingAction");
    }

    /// A policy that could not be read was left out, so that the session could do all that the
    /// role may; and tags were refused in the one spelling that boto3 has.
    #[test]
    fn what_would_narrow_a_session_is_never_dropped() {
        let take = "Action=AssumeRole&Version=2011-06-15&RoleSessionName=job-7\
                    &RoleArn=arn:aws:iam::123456789012:role/sweeper";
        let ask =
            |more: &[u8]| decode(&parts("POST", "/"), &[take.as_bytes(), b"&", more].concat());
        let policy = |more: &str| match ask(more.as_bytes()) {
            Ok(Call::AssumeRole(order)) => order.policy,
            other => panic!("{more}: {other:?}"),
        };
        assert_eq!(policy("Policy=%7B%7D").as_deref(), Some("{}"));
        assert_eq!(policy("%50olicy={}").as_deref(), Some("{}"));
        assert_eq!(policy("Policy=").as_deref(), Some(""), "which is no policy that can be read");
        for more in [
            "Policy=%zz",
            "Policy=%ff",
            "Polic%7=a",
            "ExternalId=a%",
            "PolicyArns.member.1.arn=a",
            "PolicyArns.member.2.arn=a",
            "PolicyArns.1=a",
            "Tags=a",
            "%54ags.entry.1.Key=a",
            "TransitiveTagKeys.member.7=a",
            "ProvidedContexts.member.1.ContextAssertion=a",
            "SerialNumber=a",
            "TokenCode=1",
            "SourceIdentity=a",
            "DurationSeconds=",
        ] {
            let error = ask(more.as_bytes()).unwrap_err();
            assert_eq!((error.status, error.code), (400, "ValidationError"), "{more}");
        }
        assert_eq!(ask(b"Policy=\xff").unwrap_err().code, "ValidationError");
        let target = format!("/?{take}");
        let error = decode(&parts("POST", &target), b"Policy=\xff").unwrap_err();
        assert_eq!(error.code, "ValidationError", "nor is a form beside a query");
    }

    #[test]
    fn the_answer_is_the_xml_that_clients_read() {
        let identity = Identity { arn: "arn:a:root", user_id: "1", account: "123456789012" };
        let reply = caller_identity(&identity, "r-1");
        let body = String::from_utf8(reply.body.clone()).unwrap();
        assert_eq!(reply.header("content-type"), Some("text/xml"));
        assert!(body.contains("<GetCallerIdentityResult><Arn>arn:a:root</Arn>"), "{body}");
        assert!(body.contains("<Account>123456789012</Account>"), "{body}");
        assert!(body.contains("<RequestId>r-1</RequestId>"), "{body}");
    }

    #[test]
    fn errors_escape_what_clients_sent() {
        let refused = decode(&parts("POST", "/"), b"Action=%3Cb%3E%26%00").unwrap_err();
        let body = String::from_utf8(refused.reply("r").body).unwrap();
        assert!(body.contains("&lt;b&gt;&amp;\u{fffd}"), "{body}");
    }
}
