//! Answers of services that speak the query protocol.

use super::Reply;
use crate::xml::escape;

/// The answer to `action`, with the XML of its result.
pub(super) fn answer(namespace: &str, action: &str, result: &str, request_id: &str) -> Reply {
    let result = format!("<{action}Result>{result}</{action}Result>");
    whole(namespace, action, &result, request_id)
}

/// The answer to an action that tells nothing but that it is done.
pub(super) fn done(namespace: &str, action: &str, request_id: &str) -> Reply {
    whole(namespace, action, "", request_id)
}

fn whole(namespace: &str, action: &str, result: &str, request_id: &str) -> Reply {
    let body = format!(
        "<{action}Response xmlns=\"{namespace}\">{result}<ResponseMetadata>\
         <RequestId>{}</RequestId></ResponseMetadata></{action}Response>\n",
        escape(request_id),
    );
    Reply::xml(200, body)
}

/// The answer to what is refused.
pub(super) fn error(
    namespace: &str,
    (status, code, message): (u16, &str, &str),
    request_id: &str,
) -> Reply {
    let fault = if status < 500 { "Sender" } else { "Receiver" };
    let body = format!(
        "<ErrorResponse xmlns=\"{namespace}\"><Error><Type>{fault}</Type><Code>{}</Code>\
         <Message>{}</Message></Error><RequestId>{}</RequestId></ErrorResponse>\n",
        escape(code),
        escape(message),
        escape(request_id),
    );
    Reply::xml(status, body)
}
