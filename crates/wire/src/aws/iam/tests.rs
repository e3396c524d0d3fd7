//! Calls of IAM as they come, and answers as they go.

use http::Request;
use jiff::Timestamp;
use sexton_core::{IamRole, decide_create_role};

use super::*;

fn ask(body: &str) -> Result<Call, Error> {
    let request = Request::builder()
        .method("POST")
        .uri("/")
        .header("content-type", "application/x-www-form-urlencoded; charset=utf-8");
    let parts = request.body(()).unwrap().into_parts().0;
    decode(&parts, format!("{body}&Version=2010-05-08").as_bytes())
}

fn text(reply: &Reply) -> String {
    String::from_utf8(reply.body.clone()).unwrap()
}

const TRUST: &str = r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole",
    "Principal": {"Service": "backup.amazonaws.com"}}}"#;

fn role_named(name: &str) -> IamRole {
    let document = super::super::percent::encode(TRUST);
    let asked =
        ask(&format!("Action=CreateRole&RoleName={name}&AssumeRolePolicyDocument={document}"));
    let Ok(Call::CreateRole(order)) = asked else { panic!("{asked:?}") };
    let now = Timestamp::UNIX_EPOCH;
    decide_create_role(order, "123456789012", None, now, [1; 16]).unwrap()
}

#[test]
fn a_role_comes_back_with_its_policy_percent_encoded() {
    let made = role_named("ann");
    assert_eq!((made.path.as_str(), made.session_seconds), ("/", 3600));
    let body = text(&role("GetRole", &made, "r-1"));
    assert!(body.contains("<GetRoleResult><Role><Path>/</Path>"), "{body}");
    assert!(body.contains("<Arn>arn:aws:iam::123456789012:role/ann</Arn>"), "{body}");
    assert!(body.contains("<AssumeRolePolicyDocument>%7B%22Statement"), "{body}");
    assert!(body.contains("<CreateDate>1970-01-01T00:00:00Z</CreateDate>"), "{body}");
}

#[test]
fn a_list_that_goes_on_has_a_marker() {
    let items = [role_named("ann"), role_named("bob")];
    let body = text(&roles(&Listed { items: &items, marker: Some("bob") }, "r"));
    assert!(body.contains("<IsTruncated>true</IsTruncated><Marker>bob</Marker>"), "{body}");
    let items = ["arn:aws:iam::aws:policy/service-role/P".to_owned()];
    let body = text(&policies(&Listed { items: &items, marker: None }, "r"));
    assert!(body.contains("<member><PolicyName>P</PolicyName><PolicyArn>arn:"), "{body}");
    assert!(body.contains("<IsTruncated>false</IsTruncated></ListAttached"), "{body}");
}

#[test]
fn pages_are_bounded() {
    let page = |items_max, after: Option<&str>| {
        let page = Page { after: after.map(str::to_owned), items_max };
        Ok(Call::ListRoles { path_prefix: "/".to_owned(), page })
    };
    assert_eq!(ask("Action=ListRoles"), page(100, None));
    assert_eq!(ask("Action=ListRoles&MaxItems=2&Marker=bob"), page(2, Some("bob")));
    for wrong in ["MaxItems=0", "MaxItems=1001", "MaxItems=x", "Marker=", "PathPrefix=x"] {
        let refused = ask(&format!("Action=ListRoles&{wrong}")).unwrap_err();
        assert_eq!(refused.code, "ValidationError", "{wrong}");
    }
}

#[test]
fn what_is_not_served_is_said_in_the_form_of_iam() {
    let refused = ask("Action=Create%3CUser").unwrap_err();
    assert_eq!((refused.status, refused.code), (400, "InvalidAction"));
    let body = text(&refused.reply("r"));
    assert!(body.contains("<Type>Sender</Type><Code>InvalidAction</Code>"), "{body}");
    assert!(body.contains("Create&lt;User of IAM is not served here"), "{body}");
    let boundary = "Action=CreateRole&RoleName=a&PermissionsBoundary=arn";
    assert_eq!(ask(boundary).unwrap_err().code, "InvalidInput");
    assert_eq!(ask("Action=GetRole&RoleName=").unwrap_err().code, "ValidationError");
    assert_eq!(ask("RoleName=a").unwrap_err().code, "MissingAction");
}

#[test]
fn refusals_have_the_names_of_iam() {
    let name = || "a".to_owned();
    for (refusal, status, code) in [
        (IamRefusal::RoleExists { name: name() }, 409, "EntityAlreadyExists"),
        (IamRefusal::NoRole { name: name() }, 404, "NoSuchEntity"),
        (IamRefusal::NoPolicy { policy: name() }, 404, "NoSuchEntity"),
        (IamRefusal::InUse("detach all policies"), 409, "DeleteConflict"),
        (IamRefusal::Limit { what: "x", most: 1 }, 409, "LimitExceeded"),
        (IamRefusal::Invalid { parameter: "x", form: "y" }, 400, "ValidationError"),
    ] {
        let error = Error::from(refusal);
        assert_eq!((error.status, error.code), (status, code));
    }
}

/// Tags were refused in the one spelling that boto3 has, and dropped in every other.
#[test]
fn what_is_not_kept_is_refused_however_it_is_spelled() {
    let document = super::super::percent::encode(TRUST);
    let create = format!("Action=CreateRole&RoleName=ann&AssumeRolePolicyDocument={document}");
    for more in [
        "Tags.member.1.Key=a",
        "Tags.member.7.Value=a",
        "Tags.1.Key=a",
        "Tags=a",
        "%54ags.entry.1.Key=a",
        "PermissionsBoundary=arn",
    ] {
        let error = ask(&format!("{create}&{more}")).unwrap_err();
        assert_eq!((error.status, error.code), (400, "InvalidInput"), "{more}");
    }
    assert!(ask(&format!("{create}&Tagsy=a")).is_ok());
}

/// A description that could not be read was left out, and the role made without it.
#[test]
fn a_parameter_that_cannot_be_read_is_not_left_out() {
    let document = super::super::percent::encode(TRUST);
    let create = format!("Action=CreateRole&RoleName=ann&AssumeRolePolicyDocument={document}");
    for more in ["Description=%ff", "Description=a%2", "%zz=a"] {
        let error = ask(&format!("{create}&{more}")).unwrap_err();
        assert_eq!(error.code, "MalformedInput", "{more}");
    }
}
