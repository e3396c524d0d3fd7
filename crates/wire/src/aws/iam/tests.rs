//! Calls of IAM as they come, and answers as they go.

use http::Request;
use jiff::Timestamp;
use sexton_core::{IamRole, Removal, RoleUse, RoleUser, decide_create_role};

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
    assert!(!body.contains("Tags"), "{body}");
}

#[test]
fn the_deletion_of_a_role_of_a_service_is_a_task_that_says_how_it_ended() {
    let ask_after = |task: &str| {
        let task = super::super::percent::encode(task);
        ask(&format!("Action=GetServiceLinkedRoleDeletionStatus&DeletionTaskId={task}"))
    };
    let id = "0192a3b4-0000-7000-8000-000000000001";
    let text = format!("task/aws-service-role/backup.amazonaws.com/ann/{id}");
    let Ok(Call::GetServiceLinkedRoleDeletionStatus { task }) = ask_after(&text) else {
        panic!("{text}")
    };
    let body = self::text(&deletion_task(&task, "r"));
    assert!(body.contains(&format!("<DeletionTaskId>{text}</DeletionTaskId>")), "{body}");
    let task = id.parse().unwrap();
    let gone = self::text(&deletion_status(&Removal { task, kept_by: None }, "r"));
    assert!(gone.contains("Result><Status>SUCCEEDED</Status></Get"), "{gone}");
    let (by, region, point) = (RoleUser::BackupJob, "us-east-1".to_owned(), "a&b".to_owned());
    let kept_by = Some(RoleUse { by, job: task, region, point });
    let kept = self::text(&deletion_status(&Removal { task, kept_by }, "r"));
    let words = format!("backup job {id} in us-east-1 has not ended");
    for part in ["<Status>FAILED</Status>", "<Resources><member>a&amp;b</member>", &words] {
        assert!(kept.contains(part), "{kept}");
    }
    assert_eq!(ask_after("task/1").unwrap_err().code, "InvalidInput");
    let deleted = ask("Action=DeleteServiceLinkedRole&RoleName=ann");
    assert_eq!(deleted, Ok(Call::DeleteServiceLinkedRole { role: "ann".to_owned() }));
}

#[test]
fn the_tags_of_a_role_are_shown_with_it_and_not_in_lists() {
    let tags = [("a&b".to_owned(), String::new()), ("team".to_owned(), "c".to_owned())];
    let made = IamRole { tags: tags.clone().into_iter().collect(), ..role_named("ann") };
    let body = text(&role("GetRole", &made, "r"));
    // No letter that IAM takes in a tag has to be escaped; others are all the same.
    let members = "<member><Key>a&amp;b</Key><Value></Value></member>\
                   <member><Key>team</Key><Value>c</Value></member>";
    assert!(body.contains(&format!("<Tags>{members}</Tags></Role>")), "{body}");
    let body = text(&roles(&Listed { items: &[made], marker: None }, "r"));
    assert!(!body.contains("Tags"), "{body}");
    let body = text(&super::tags(&Listed { items: &tags, marker: Some("team") }, "r"));
    let listed = format!("<Tags>{members}</Tags><IsTruncated>true</IsTruncated><Marker>team<");
    assert!(body.contains(&listed), "{body}");
}

#[test]
fn tags_and_their_keys_are_read_in_whichever_order_they_come() {
    let tagged = ask("Action=TagRole&RoleName=ann&Tags.member.2.Value=&Tags.member.1.Key=team&\
                      T%61gs.member.2.Key=e+nv&Tags.member.1.Value=a%2Bb");
    let tags = [("team", "a+b"), ("e nv", "")].map(|(key, value)| (key.into(), value.into()));
    let change = RoleChange::TagRole { tags: tags.into() };
    assert_eq!(tagged, Ok(Call::Change { role: "ann".to_owned(), change }));
    let untagged = ask("Action=UntagRole&RoleName=ann&TagKeys.member.2=b&TagKeys.member.1=a");
    let change = RoleChange::UntagRole { keys: vec!["a".to_owned(), "b".to_owned()] };
    assert_eq!(untagged, Ok(Call::Change { role: "ann".to_owned(), change }));
    // A client sends an empty list so.
    let none = RoleChange::TagRole { tags: Tags::new() };
    let none = Call::Change { role: "ann".to_owned(), change: none };
    assert_eq!(ask("Action=TagRole&RoleName=ann&Tags="), Ok(none));
    for without in ["TagRole", "UntagRole", "UpdateRoleDescription"] {
        let error = ask(&format!("Action={without}&RoleName=ann")).unwrap_err();
        assert_eq!(error.code, "ValidationError", "{without}");
        assert!(error.message.ends_with("must be given"), "{error}");
    }
    let empty = RoleChange::UpdateRoleDescription { description: String::new() };
    let empty = Call::Change { role: "ann".to_owned(), change: empty };
    assert_eq!(ask("Action=UpdateRoleDescription&RoleName=ann&Description="), Ok(empty));
}

#[test]
fn keys_of_tags_that_are_spelled_otherwise_are_refused() {
    for keys in ["TagKeys.1=a", "TagKeys=a", "TagKeys.member.2=a", "TagKeys.member.1.Key=a"] {
        let error = ask(&format!("Action=UntagRole&RoleName=ann&{keys}")).unwrap_err();
        assert_eq!(error.code, "InvalidInput", "{keys}");
    }
    let error = ask("Action=UntagRole&RoleName=ann&TagKeys.member.1=").unwrap_err();
    assert_eq!(error.code, "ValidationError");
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
        (IamRefusal::LinkedExists { name: name() }, 400, "InvalidInput"),
        (IamRefusal::NoRole { name: name() }, 404, "NoSuchEntity"),
        (IamRefusal::NoPolicy { policy: name() }, 404, "NoSuchEntity"),
        (IamRefusal::InUse("detach all policies"), 409, "DeleteConflict"),
        (IamRefusal::Limit { what: "x", most: 1 }, 409, "LimitExceeded"),
        (IamRefusal::TagTwice { key: name() }, 400, "InvalidInput"),
        (IamRefusal::ReservedTag { key: name() }, 400, "InvalidInput"),
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
        "Tags.1.Key=a&Tags.1.Value=b",
        "Tags=a",
        "Tags.=a",
        "Tags.member=a",
        "Tags.member.1=a",
        "%54ags.entry.1.Key=a",
        "Tags.member.2.Key=a&Tags.member.2.Value=b",
        "Tags.member.0.Key=a&Tags.member.0.Value=b",
        "Tags.member.01.Key=a&Tags.member.01.Value=b",
        "Tags.member.+1.Key=a&Tags.member.+1.Value=b",
        "Tags.member.99999999999999999999.Key=a",
        "Tags.member.1.Key=a&Tags.member.1.Value=b&Tags.member.3.Key=c&Tags.member.3.Value=d",
        "Tags.member.1.Key=a&Tags.member.1.Value=b&Tags.member.1.Value=c",
        "Tags.member.1.Key=a&Tags.member.1.Value=b&Tags.member.1.Kind=c",
        "Tags.member.1.Key=a&Tags.member.1.Value=b&Tags.member.1.=c",
        "Tags.member.1.Key=a&Tags.member.1.Value=b&Tags.member.1.key=c",
        "Tags.member.1.Key=a&Tags.member.1.Value=b&Tags=",
        "Tags.member.1.Key=a&Tags.member.1.Value=b&Tags.member.2.Key=A&Tags.member.2.Value=b",
        "Tags.member.1.Key=Aws:x&Tags.member.1.Value=b",
        "PermissionsBoundary=arn",
    ] {
        let error = ask(&format!("{create}&{more}")).unwrap_err();
        assert_eq!((error.status, error.code), (400, "InvalidInput"), "{more}");
    }
    for (more, lacks) in [
        ("Tags.member.1.Key=a", "Tags.member.1.Value must be given"),
        ("Tags.member.1.Value=a", "Tags.member.1.Key must be given"),
        ("Tags.member.1.Key=&Tags.member.1.Value=a", "1 to 128 letters"),
    ] {
        let error = ask(&format!("{create}&{more}")).unwrap_err();
        assert_eq!((error.status, error.code), (400, "ValidationError"), "{more}");
        assert!(error.message.contains(lacks), "{error}");
    }
    assert!(ask(&format!("{create}&Tagsy=a")).is_ok());
    assert!(ask(&format!("{create}&Tags=")).is_ok());
    // Where nobody looks at tags they are refused in every spelling.
    for more in ["Tags.member.1.Key=a", "Tags.1.Key=a", "Tags=a", "%54ags.entry.1.Key=a"] {
        let linked = format!("Action=CreateServiceLinkedRole&AWSServiceName=x&{more}");
        assert_eq!(ask(&linked).unwrap_err().code, "InvalidInput", "{more}");
    }
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
