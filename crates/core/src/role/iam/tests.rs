//! What IAM says of roles, call by call.

use super::*;
use crate::{RoleStatus, Standing};

const TRUST: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
    "Principal": {"Service": "backup.amazonaws.com"}, "Action": "sts:AssumeRole"}}"#;

fn order(trust: &str) -> RoleOrder {
    RoleOrder {
        path: "/service-role/".to_owned(),
        name: "Backups".to_owned(),
        trust: trust.to_owned(),
        description: None,
        session_seconds: 3600,
        tags: Tags::new(),
    }
}

fn create(order: RoleOrder) -> Result<IamRole, IamRefusal> {
    decide_create_role(order, "123456789012", None, Timestamp::UNIX_EPOCH, [7; 16])
}

fn role() -> IamRole {
    create(order(TRUST)).unwrap()
}

fn statement(effect: &str, action: &str, resource: &str) -> String {
    format!(
        r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "{effect}",
            "Action": "{action}", "Resource": "{resource}"}}}}"#
    )
}

/// What becomes of points of a volume and of a file system.
fn status(role: &IamRole) -> [RoleStatus; 2] {
    let standing = Standing::of(role);
    ["ec2:r:1:volume/vol-1", "fsx:r:1:file-system/fs-1"]
        .map(|it| standing.status(Some(&format!("arn:aws:{it}").parse().unwrap())))
}

const NONE: [RoleStatus; 2] = [RoleStatus::Denied; 2];
const ALL: [RoleStatus; 2] = [RoleStatus::Permitted; 2];

#[test]
fn a_role_has_the_arn_of_its_path_and_name() {
    let role = role();
    assert_eq!(role.arn.as_str(), "arn:aws:iam::123456789012:role/service-role/Backups");
    assert_eq!((role.id.len(), &role.id[..4]), (21, "AROA"));
    let again = decide_create_role(
        order(TRUST),
        "123456789012",
        Some(&role),
        Timestamp::UNIX_EPOCH,
        [7; 16],
    );
    assert_eq!(again, Err(IamRefusal::RoleExists { name: "Backups".to_owned() }));
}

#[test]
fn a_role_may_delete_what_its_policies_allow() {
    let made = role();
    assert_eq!(status(&made), NONE);
    let put = |text: String| made.decide_put("p", &text).unwrap();
    let volumes = put(statement("Allow", "ec2:DeleteSnapshot", "arn:aws:ec2:*::snapshot/*"));
    assert_eq!(status(&volumes), [RoleStatus::Permitted, RoleStatus::Denied]);
    let lacks = |role: &IamRole| Standing::of(role).denied().join(" ");
    assert_eq!(lacks(&volumes), {
        "ec2:DeregisterImage rds:DeleteDBSnapshot rds:DeleteDBClusterSnapshot \
         dynamodb:DeleteBackup fsx:DeleteBackup redshift:DeleteClusterSnapshot"
    });
    assert_eq!(lacks(&put(statement("Allow", "*", "*"))), "");
    let strange = create(order(&TRUST.replace("backup.", "ec2."))).unwrap();
    assert_eq!(lacks(&strange), "", "it is missing, whatever it permits");
    assert_eq!(status(&put(statement("Allow", "*", "*"))), ALL);
    let one = put(statement("Allow", "ec2:*", "arn:aws:ec2:us-east-1::snapshot/snap-1"));
    assert_eq!(status(&one), NONE);
    assert_eq!(status(&volumes.decide_remove("p").unwrap()), NONE);
}

/// It was forgotten: whoever may tag a role had what it kept deleted.
#[test]
fn what_somebody_said_of_a_role_counts_however_it_is_tagged_or_described() {
    let role = role().decide_put("deletes", &statement("Allow", "*", "*")).unwrap();
    let tags = [("team".to_owned(), "a".to_owned())].into();
    let (tagged, arn) = (role.decide_tag(&tags).unwrap(), role.arn.clone());
    for status in [RoleStatus::Permitted, RoleStatus::Denied, RoleStatus::Missing] {
        let told = Role { made: Some(Box::new(role.clone())), ..Role::told(arn.clone(), status) };
        let made = Some(Box::new(tagged.clone()));
        assert_eq!(told.described(tagged.clone()), Role { made, ..told });
    }
    assert_eq!(Role::made(role).described(tagged.clone()), Role::made(tagged));
}

#[test]
fn an_explicit_deny_wins_whatever_it_names() {
    let admin = role().decide_attach("arn:aws:iam::aws:policy/AdministratorAccess").unwrap();
    assert_eq!(status(&admin), ALL);
    let one = statement("Deny", "ec2:DeleteSnapshot", "arn:aws:ec2:us-east-1::snapshot/snap-1");
    let denied = admin.decide_put("deny", &one).unwrap();
    assert_eq!(status(&denied), [RoleStatus::Denied, RoleStatus::Permitted]);
}

#[test]
fn an_allow_counts_if_it_is_about_every_resource_of_the_kind() {
    let allow = |element: &str, resource: &str| {
        let text = format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "*",
                "{element}": "{resource}"}}}}"#
        );
        status(&role().decide_put("p", &text).unwrap())
    };
    for some in [
        "arn:aws:ec2:a*::snapshot/*",
        "arn:aws:ec2:???::snapshot/*",
        "arn:aws:ec2:*::snapshot/a*",
        "arn:aws:ec2:*::snapshot/???",
        "arn:aws:ec2:any::snapshot/any",
        "arn:aws:fsx:*:999999999999:backup/*",
    ] {
        assert_eq!(allow("Resource", some), NONE, "{some}");
    }
    let [volumes, file_systems] = [0, 1].map(|place| {
        let mut only = NONE;
        only[place] = RoleStatus::Permitted;
        only
    });
    for (all, what) in [
        ("arn:aws:ec2:*::snapshot/*", volumes),
        ("arn:aws:ec2:*::snapshot/snap-*", volumes),
        ("arn:aws:fsx:*:123456789012:backup/*", file_systems),
        ("arn:aws:fsx:*:${aws:PrincipalAccount}:backup/*", file_systems),
        ("arn:aws:fsx:*:*:*", file_systems),
        ("*", ALL),
    ] {
        assert_eq!(allow("Resource", all), what, "{all}");
    }
    for but in [
        "arn:aws:ec2:us-east-1::snapshot/snap-1",
        "arn:aws:ec2:*::snapshot/snap-*",
        "arn:aws:ec2:us-*:*:*",
        "arn:aws:s3:::bucket/*",
    ] {
        assert_eq!(allow("NotResource", but), NONE, "{but}");
    }
}

#[test]
fn a_managed_policy_that_denies_takes_what_others_allow() {
    let admin = role().decide_attach("arn:aws:iam::aws:policy/AdministratorAccess").unwrap();
    for name in ["AWSDenyAll", "AWSCompromisedKeyQuarantineV3"] {
        let arn = format!("arn:aws:iam::aws:policy/{name}");
        assert_eq!(status(&admin.decide_attach(&arn).unwrap()), NONE, "{name}");
    }
    // Nobody here knows what it says.
    let own = admin.decide_attach("arn:aws:iam::123456789012:policy/DenyDelete");
    assert!(matches!(own, Err(IamRefusal::NoManaged { .. })), "{own:?}");
}

#[test]
fn managed_policies_that_are_not_known_allow_nothing() {
    let attach = |name: &str| {
        status(&role().decide_attach(&format!("arn:aws:iam::aws:policy/{name}")).unwrap())
    };
    assert_eq!(attach("service-role/AWSBackupServiceRolePolicyForBackup"), ALL);
    assert_eq!(attach("service-role/AWSBackupServiceRolePolicyForRestores"), NONE);
    assert_eq!(attach("PowerUserAccess"), NONE);
}

#[test]
fn a_role_that_backup_may_not_assume_is_missing() {
    let mut role = create(order(&TRUST.replace("backup.", "ec2."))).unwrap();
    role = role.decide_attach("arn:aws:iam::aws:policy/AdministratorAccess").unwrap();
    assert_eq!(status(&role), [RoleStatus::Missing; 2]);
}

#[test]
fn a_role_with_policies_is_not_deleted() {
    let arn = "arn:aws:iam::aws:policy/AdministratorAccess";
    let attached = role().decide_attach(arn).unwrap();
    assert_eq!(attached.decide_delete(), Err(IamRefusal::InUse("detach all policies")));
    let put = role().decide_put("p", &statement("Allow", "*", "*")).unwrap();
    assert_eq!(put.decide_delete(), Err(IamRefusal::InUse("delete policies")));
    assert_eq!(
        attached.decide_detach(arn).unwrap().decide_delete(),
        Ok(Role::told(attached.arn.clone(), RoleStatus::Missing))
    );
}

#[test]
fn what_is_too_long_or_not_understood_is_refused() {
    // Of so many bytes.
    let padded = |bytes: usize| {
        let text = |name: &str| statement("Allow", name, "*").replace([' ', '\n'], "");
        text(&format!("s3:{}", "a".repeat(bytes - text("s3:").len())))
    };
    let long =
        TRUST.replace("\"Effect\"", &format!("\"Sid\": \"{}\", \"Effect\"", "a".repeat(2000)));
    assert!(matches!(create(order(&long)), Err(IamRefusal::Limit { .. })));
    let full = (0..8).fold(role(), |role, at| {
        role.decide_put(&at.to_string(), &padded(INLINE_BYTES_MAX / 8)).unwrap()
    });
    assert!(matches!(full.decide_put("q", &padded(200)), Err(IamRefusal::Limit { .. })));
    assert!(full.decide_put("1", &padded(200)).is_ok(), "it takes the place of the other");
    assert!(matches!(create(order("{}")), Err(IamRefusal::Malformed(_))));
    assert!(matches!(role().decide_put("p", TRUST), Err(IamRefusal::Malformed(_))));
    for path in ["", "x", "/x", "//", "/a:b/"] {
        let order = RoleOrder { path: path.to_owned(), ..order(TRUST) };
        assert!(matches!(create(order), Err(IamRefusal::Invalid { .. })), "{path}");
    }
}

#[test]
fn white_space_is_not_counted_and_bounded_all_the_same() {
    let spaced = |spaces: usize| format!("{TRUST}{}", " ".repeat(spaces));
    assert!(create(order(&spaced(TRUST_BYTES_MAX))).is_ok());
    let long = create(order(&spaced(4 * TRUST_BYTES_MAX)));
    assert!(matches!(long, Err(IamRefusal::Limit { .. })), "{long:?}");
    let text = format!("{}{}", statement("Allow", "*", "*"), " ".repeat(INLINE_BYTES_MAX));
    let put = |role: &IamRole, name: &str| role.decide_put(name, &text);
    let three = ["a", "b", "c"].iter().fold(role(), |role, name| put(&role, name).unwrap());
    assert!(matches!(put(&three, "d"), Err(IamRefusal::Limit { .. })));
}

#[test]
fn the_role_of_a_service_may_delete_and_is_changed_by_nobody() {
    let path = "/aws-service-role/backup.amazonaws.com/".to_owned();
    let order = RoleOrder { path, ..order(TRUST) };
    assert!(order.check_own().is_err());
    let linked = create(order).unwrap();
    assert_eq!(status(&linked), ALL);
    let protected = IamRefusal::Protected { name: linked.name.clone() };
    let admin = "arn:aws:iam::aws:policy/AdministratorAccess";
    for answer in [
        linked.decide_put("p", &statement("Deny", "*", "*")),
        linked.decide_remove("p"),
        linked.decide_attach(admin),
        linked.decide_detach(LINKED_POLICY),
        linked.decide_trust(TRUST),
        linked.decide_delete().map(|_| linked.clone()),
    ] {
        assert_eq!(answer, Err(protected.clone()));
    }
    let other = role().decide_attach(LINKED_POLICY);
    assert!(matches!(other, Err(IamRefusal::NoManaged { .. })), "{other:?}");
}

#[test]
fn a_role_that_is_given_another_trust_policy_is_one_of_that() {
    let role = role().decide_attach("arn:aws:iam::aws:policy/AdministratorAccess").unwrap();
    let lost = role.decide_trust(&TRUST.replace("backup.", "ec2.")).unwrap();
    assert_eq!(status(&lost), [RoleStatus::Missing; 2]);
    assert_eq!(status(&lost.decide_trust(TRUST).unwrap()), ALL);
    assert!(matches!(role.decide_trust("{}"), Err(IamRefusal::Malformed(_))));
}

#[test]
fn a_description_has_the_letters_that_iam_knows() {
    let with =
        |text: &str| create(RoleOrder { description: Some(text.to_owned()), ..order(TRUST) });
    assert!(with("caf\u{e9}\n\tfor backups").is_ok());
    for text in ["\u{0}", "a\u{7f}", "\u{4e2d}", "\u{202e}"] {
        assert!(matches!(with(text), Err(IamRefusal::Invalid { .. })), "{text:?}");
    }
}

/// A deny about buckets, or about somebody else, made points `EXPIRED` that nothing kept.
#[test]
fn a_deny_that_can_never_be_about_a_backup_denies_nothing() {
    let admin = role().decide_attach("arn:aws:iam::aws:policy/AdministratorAccess").unwrap();
    let denied = |element: &str, resource: &str, condition: &str| {
        let text = format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Deny", "Action": "*",
                "{element}": "{resource}", "Condition": {{{condition}}}}}}}"#
        );
        status(&admin.decide_put("deny", &text).unwrap())
    };
    for never in ["arn:aws:s3:::*", "arn:aws:ec2:*:*:volume/*", "arn:aws:fsx:*:*:file-system/*"] {
        assert_eq!(denied("Resource", never, ""), ALL, "{never}");
    }
    for once in ["*", "arn:aws:*", "arn:*:*:*:*:*1", "${aws:SourceIp}"] {
        assert_eq!(denied("Resource", once, ""), NONE, "{once}");
    }
    assert_eq!(denied("NotResource", "*", ""), ALL);
    assert_eq!(denied("NotResource", "arn:aws:s3:::*", ""), NONE);
    let own = role().arn.as_str().to_owned();
    for (condition, what) in [
        (r#""StringEquals": {"aws:PrincipalAccount": "999999999999"}"#.to_owned(), ALL),
        (r#""ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/Admin"}"#.to_owned(), ALL),
        (format!(r#""ArnNotEquals": {{"aws:PrincipalArn": "{own}"}}"#), ALL),
        (format!(r#""ArnEquals": {{"aws:PrincipalArn": "{own}"}}"#), NONE),
        (r#""Bool": {"aws:ViaAWSService": "true"}"#.to_owned(), ALL),
        (r#""StringEquals": {"aws:RequestedRegion": "eu-west-1"}"#.to_owned(), NONE),
    ] {
        assert_eq!(denied("Resource", "*", &condition), what, "{condition}");
    }
}

fn tagged(pairs: &[(&str, &str)]) -> Tags {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn given(pairs: &[(&str, &str)]) -> Result<Tags, IamRefusal> {
    check_role_tags(
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
    )
}

#[test]
fn a_key_of_a_tag_is_the_same_in_either_case_and_kept_as_it_was_written_last() {
    let role = role().decide_tag(&tagged(&[("Team", "a"), ("env", ""), ("\u{c9}t\u{e9}", "x")]));
    let role = role.unwrap();
    assert_eq!(role.tags, tagged(&[("Team", "a"), ("env", ""), ("\u{c9}t\u{e9}", "x")]));
    let other = role.decide_tag(&tagged(&[("TEAM", "b"), ("\u{e9}T\u{c9}", "y")])).unwrap();
    assert_eq!(other.tags, tagged(&[("TEAM", "b"), ("env", ""), ("\u{e9}T\u{c9}", "y")]));
    let less = other.decide_untag(&["ENV".to_owned(), "none".to_owned()]).unwrap();
    assert_eq!(less.tags, tagged(&[("TEAM", "b"), ("\u{e9}T\u{c9}", "y")]));
    let twice = given(&[("team", "a"), ("Team", "a")]);
    assert_eq!(twice, Err(IamRefusal::TagTwice { key: "Team".to_owned() }));
    let order = RoleOrder { tags: tagged(&[("team", "a"), ("Team", "b")]), ..order(TRUST) };
    assert!(matches!(create(order), Err(IamRefusal::TagTwice { .. })));
}

#[test]
fn tags_have_the_letters_and_lengths_that_iam_knows() {
    let (key, value) = ("k".repeat(128), "\u{4e2d}".repeat(256));
    assert!(given(&[(&key, &value), ("a b_.:/=+-@\u{a0}\u{bd}", "")]).is_ok());
    for key in ["", &"k".repeat(129), "a*", "a\tb", "a\u{0}", "a\u{85}b", "a\"", "a&b"] {
        assert!(matches!(given(&[(key, "")]), Err(IamRefusal::Invalid { .. })), "{key:?}");
        let untagged = role().decide_untag(&[key.to_owned()]);
        assert!(matches!(untagged, Err(IamRefusal::Invalid { .. })), "{key:?}");
    }
    for value in [&"v".repeat(257), "a*", "a\nb"] {
        assert!(matches!(given(&[("k", value)]), Err(IamRefusal::Invalid { .. })), "{value:?}");
    }
    for key in ["aws:x", "AWS:x", "Aws:"] {
        let reserved = IamRefusal::ReservedTag { key: key.to_owned() };
        assert_eq!(given(&[(key, "")]), Err(reserved));
    }
    assert!(given(&[("awsx", "")]).is_ok());
}

#[test]
fn a_role_has_fifty_tags_at_most() {
    let numbered = |range: std::ops::Range<usize>| -> Tags {
        range.map(|it| (it.to_string(), String::new())).collect()
    };
    let full = role().decide_tag(&numbered(0..30)).unwrap().decide_tag(&numbered(20..50)).unwrap();
    assert_eq!(full.tags.len(), 50);
    let over = full.decide_tag(&numbered(50..51));
    assert_eq!(over, Err(IamRefusal::Limit { what: "TagsPerRole", most: 50 }));
    assert!(full.decide_tag(&numbered(0..50)).is_ok(), "they take the place of others");
    let many = role().decide_tag(&numbered(0..51));
    assert!(matches!(many, Err(IamRefusal::Invalid { .. })), "{many:?}");
    let keys: Vec<String> = (0..51).map(|it| it.to_string()).collect();
    assert!(matches!(full.decide_untag(&keys), Err(IamRefusal::Invalid { .. })));
    assert_eq!(full.decide_untag(&keys[..50]).unwrap().tags, Tags::new());
}

#[test]
fn the_role_of_a_service_may_be_tagged_and_described_and_no_more() {
    let path = "/aws-service-role/backup.amazonaws.com/".to_owned();
    let linked = create(RoleOrder { path, ..order(TRUST) }).unwrap();
    let tagged = linked.decide_tag(&tagged(&[("team", "a")])).unwrap();
    assert_eq!(tagged.decide_untag(&["team".to_owned()]), Ok(linked.clone()));
    let described = linked.decide_update(Some("of backups"), None).unwrap();
    assert_eq!(described.description.as_deref(), Some("of backups"));
    let protected = IamRefusal::Protected { name: linked.name.clone() };
    assert_eq!(linked.decide_update(Some("x"), Some(7200)), Err(protected));
}

#[test]
fn what_an_update_does_not_give_stays() {
    let made = role().decide_update(Some("first"), Some(7200)).unwrap();
    let described = made.decide_update(Some(""), None).unwrap();
    assert_eq!((described.description.as_deref(), described.session_seconds), (Some(""), 7200));
    let longer = made.decide_update(None, Some(43_200)).unwrap();
    assert_eq!((longer.description.as_deref(), longer.session_seconds), (Some("first"), 43_200));
    assert_eq!(made.decide_update(None, None), Ok(made.clone()));
    for (description, seconds) in [(Some("\u{0}"), None), (None, Some(3599)), (None, Some(43_201))]
    {
        let refused = made.decide_update(description, seconds);
        assert!(matches!(refused, Err(IamRefusal::Invalid { .. })), "{refused:?}");
    }
}

#[test]
fn a_role_that_was_kept_before_roles_had_tags_has_none() {
    let text = serde_json::to_string(&role()).unwrap();
    assert!(!text.contains("tags"), "{text}");
    assert_eq!(serde_json::from_str::<IamRole>(&text).unwrap(), role());
    let tagged = role().decide_tag(&tagged(&[("team", "a")])).unwrap();
    let kept = serde_json::to_string(&tagged).unwrap();
    assert_eq!(serde_json::from_str::<IamRole>(&kept).unwrap(), tagged);
}

#[test]
fn what_a_role_may_by_its_tags_goes_with_them() {
    let allow = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*",
        "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/team": "a"}}}}"#;
    let made = role().decide_put("p", allow).unwrap();
    assert_eq!(status(&made), NONE);
    let of_a = made.decide_tag(&tagged(&[("Team", "a")])).unwrap();
    assert_eq!(status(&of_a), ALL);
    assert_eq!(status(&of_a.decide_untag(&["team".to_owned()]).unwrap()), NONE);
    let admin = role().decide_attach("arn:aws:iam::aws:policy/AdministratorAccess").unwrap();
    let denied = admin.decide_put("deny", &allow.replace("Allow", "Deny")).unwrap();
    assert_eq!(status(&denied), ALL);
    assert_eq!(status(&denied.decide_tag(&tagged(&[("team", "a")])).unwrap()), NONE);
}
