//! A request to RDS, from its bytes to the call that it asks for, and the answer to a wrong one.
//! What was understood is understood alike once it is written down again.

use jiff::Timestamp;
use serde_json::Value;
use sexton_wire::apsara::model::{Action, Call};
use sexton_wire::apsara::signature::{Claim, named_key};
use sexton_wire::apsara::{Error, Format, Parameters, Request, request, sts};

use crate::request::request as wire_request;
use crate::xml;

fn refused(error: &Error, format: Format) {
    assert!(error.status < 500, "{error}");
    let reply = error.reply(Format::Json, "ab-1", "host");
    let json: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(json["Code"], *error.code);
    let reply = error.reply(Format::Xml, "ab-1", "host");
    let text = String::from_utf8(reply.body).unwrap();
    assert_eq!(xml::read(&text), xml::expected("Error", &json));
    drop(error.reply(format, "ab-1", "host"));
}

pub(crate) fn ask(bytes: &[u8]) {
    let Some((parts, body)) = wire_request(bytes) else { return };
    let format = request::format(&parts, body);
    named_key(&parts);
    let request = match Request::parse(&parts, body) {
        Ok(request) => request,
        Err(error) => return refused(&error, format),
    };
    assert_eq!(request.format(), format);
    let parameters = request.parameters();
    let again = Parameters::parse(&parameters.encoded(), b"").unwrap();
    assert_eq!(again, *parameters);
    match Claim::parse(&request) {
        Ok(claim) => {
            let now = Timestamp::from_second(1_795_878_245).unwrap();
            if let Err(error) = claim.verify("secret", None, now) {
                refused(&error, format);
            }
        }
        Err(error) => refused(&error, format),
    }
    if let Err(error) = sts::check(request.action()) {
        refused(&error, format);
    }
    let action = match Action::of(request.action()) {
        Ok(action) => action,
        Err(error) => return refused(&error, format),
    };
    let call = match Call::decode(action, parameters) {
        Ok(call) => call,
        Err(error) => return refused(&error, format),
    };
    let again = Parameters::of(call.parameters()).unwrap();
    assert_eq!(Call::decode(action, &again), Ok(call));
}
