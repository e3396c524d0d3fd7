//! What a policy surely denies to somebody, by nothing but who they are.

use super::VaultPolicy;
use crate::policy::Asker;

const OWNER: &str = "111122223333";
const ROOT: &str = "arn:aws:iam::111122223333:root";
const ANN: &str = "arn:aws:iam::111122223333:user/staff/ann";
const BOB: &str = "arn:aws:iam::111122223333:user/bob";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/cleaner/friday";
const ROLE: &str = "arn:aws:iam::111122223333:role/cleaner";
const DEEP_ROLE: &str = "arn:aws:iam::111122223333:role/night/cleaner";
const FEDERATED: &str = "arn:aws:sts::111122223333:federated-user/ann";
const SNAPSHOT: &str = "arn:aws:ec2:us-east-1::snapshot/snap-0123456789abcdef0";

/// A policy that denies the deletion with these elements beside, written with `'` for `"`.
fn denying(elements: &str) -> VaultPolicy {
    let resource = if elements.contains("Resource'") { "" } else { "'Resource': '*'," };
    let action = if elements.contains("Action'") {
        ""
    } else {
        "'Action': ['backup:StartCopyJob', 'backup:DeleteRecoveryPoint'],"
    };
    let statement = format!("{{'Effect': 'Deny', {action} {resource} {elements}}}");
    let text = format!("{{'Version': '2012-10-17', 'Statement': [{statement}]}}");
    VaultPolicy::parse(&text.replace('\'', "\"")).unwrap()
}

fn asker(arn: &str, role: Option<&str>) -> Asker {
    Asker::parse(arn, role).unwrap()
}

fn denies(elements: &str, asker: &Asker, point: &str) -> bool {
    denying(elements).deletions_denied_to(asker, OWNER).include(point)
}

#[test]
fn only_those_are_surely_meant_whom_a_deny_names_by_what_is_known_of_them() {
    for (principal, arn, role, surely) in [
        // Everybody, and an account.
        ("'*'", FEDERATED, None, true),
        ("{'AWS': '*'}", SESSION, None, true),
        ("{'AWS': '111122223333'}", ANN, None, true),
        ("{'AWS': 'arn:aws:iam::111122223333:root'}", ANN, None, true),
        ("{'AWS': 'arn:aws:iam::111122223333:root'}", SESSION, None, true),
        ("{'AWS': 'arn:aws:iam::111122223333:root'}", FEDERATED, None, true),
        ("{'AWS': 'arn:aws:iam::111122223333:root'}", ROOT, None, true),
        ("{'AWS': 'arn:aws:sts::111122223333:root'}", ROOT, None, false),
        ("{'AWS': '999999999999'}", ANN, None, false),
        // A user.
        ("{'AWS': 'arn:aws:iam::111122223333:user/staff/ann'}", ANN, None, true),
        ("{'AWS': ['999999999999', 'arn:aws:iam::111122223333:user/staff/ann']}", ANN, None, true),
        ("{'AWS': 'arn:aws:iam::111122223333:user/ann'}", ANN, None, false),
        ("{'AWS': 'arn:aws:iam::111122223333:user/staff/ann'}", BOB, None, false),
        ("{'AWS': 'arn:aws:iam::111122223333:user/staff/ann'}", ROOT, None, false),
        ("{'AWS': 'arn:aws:iam::111122223333:user/staff/ann'}", FEDERATED, None, false),
        ("{'AWS': 'arn:aws:iam::999999999999:user/staff/ann'}", ANN, None, false),
        // A role, of which a session tells the last part alone.
        ("{'AWS': 'arn:aws:iam::111122223333:role/cleaner'}", SESSION, None, false),
        ("{'AWS': 'arn:aws:iam::111122223333:role/night/cleaner'}", SESSION, None, false),
        ("{'AWS': 'arn:aws:iam::111122223333:role/cleaner'}", SESSION, Some(ROLE), true),
        ("{'AWS': 'arn:aws:iam::111122223333:role/cleaner'}", SESSION, Some(DEEP_ROLE), false),
        ("{'AWS': 'arn:aws:iam::111122223333:role/night/cleaner'}", SESSION, Some(ROLE), false),
        ("{'AWS': 'arn:aws:iam::111122223333:role/night/cleaner'}", SESSION, Some(DEEP_ROLE), true),
        // One session of it.
        ("{'AWS': 'arn:aws:sts::111122223333:assumed-role/cleaner/friday'}", SESSION, None, true),
        ("{'AWS': 'arn:aws:sts::111122223333:assumed-role/cleaner/monday'}", SESSION, None, false),
        ("{'AWS': 'arn:aws:sts::111122223333:federated-user/ann'}", FEDERATED, None, true),
        ("{'AWS': 'arn:aws:sts::111122223333:federated-user/bob'}", FEDERATED, None, false),
        // Another partition.
        ("{'AWS': 'arn:aws-cn:iam::111122223333:user/staff/ann'}", ANN, None, false),
        ("{'AWS': 'arn:aws-cn:iam::111122223333:root'}", ANN, None, false),
        // Nobody that can be told.
        ("{'AWS': 'AIDAIOSFODNN7EXAMPLE'}", ANN, None, false),
        ("{'Service': 'backup.amazonaws.com'}", ANN, None, false),
        ("{'Federated': 'cognito-identity.amazonaws.com'}", FEDERATED, None, false),
    ] {
        let denied = denies(&format!("'Principal': {principal}"), &asker(arn, role), SNAPSHOT);
        assert_eq!(denied, surely, "{principal} {arn} {role:?}");
    }
}

#[test]
fn a_deny_of_all_but_some_surely_means_those_who_are_none_of_them() {
    for (principal, arn, role, surely) in [
        ("{'AWS': 'arn:aws:iam::111122223333:user/bob'}", ANN, None, true),
        ("{'AWS': 'arn:aws:iam::111122223333:user/bob'}", ROOT, None, true),
        ("{'AWS': 'arn:aws:iam::111122223333:user/bob'}", SESSION, None, true),
        ("{'AWS': 'arn:aws:iam::111122223333:user/staff/ann'}", ANN, None, false),
        ("{'AWS': 'arn:aws:iam::111122223333:user/Ann'}", ANN, None, false),
        // Whose a federated user is nobody tells.
        ("{'AWS': 'arn:aws:iam::111122223333:user/bob'}", FEDERATED, None, false),
        ("{'AWS': 'arn:aws:iam::999999999999:user/bob'}", FEDERATED, None, true),
        // Whether an account spares those who are in it is read in two ways.
        ("{'AWS': ['111122223333', 'arn:aws:iam::111122223333:user/bob']}", ANN, None, false),
        ("{'AWS': '111122223333'}", ROOT, None, false),
        ("{'AWS': 'arn:aws-cn:iam::111122223333:root'}", ANN, None, false),
        ("{'AWS': '999999999999'}", ANN, None, true),
        // A role that the session may be of.
        ("{'AWS': 'arn:aws:iam::111122223333:role/cleaner'}", SESSION, None, false),
        ("{'AWS': 'arn:aws:iam::111122223333:role/night/cleaner'}", SESSION, None, false),
        ("{'AWS': 'arn:aws:iam::111122223333:role/cleaner'}", SESSION, Some(DEEP_ROLE), false),
        ("{'AWS': 'arn:aws:iam::111122223333:role/cleaner/other'}", SESSION, None, true),
        ("{'AWS': 'arn:aws:sts::111122223333:assumed-role/cleaner/x'}", SESSION, None, false),
        ("{'AWS': 'arn:aws:sts::111122223333:assumed-role/other/friday'}", SESSION, None, true),
        ("{'AWS': 'AIDAIOSFODNN7EXAMPLE'}", ANN, None, false),
        ("{'Federated': 'cognito-identity.amazonaws.com'}", SESSION, None, false),
        ("{'Service': 'backup.amazonaws.com'}", ANN, None, true),
        ("'*'", ANN, None, false),
    ] {
        let denied = denies(&format!("'NotPrincipal': {principal}"), &asker(arn, role), SNAPSHOT);
        assert_eq!(denied, surely, "{principal} {arn} {role:?}");
    }
}

#[test]
fn a_condition_counts_if_it_is_surely_met_by_who_asks() {
    for (condition, arn, role, surely) in [
        ("'StringEquals': {'aws:username': 'ann'}", ANN, None, true),
        ("'StringNotEquals': {'aws:username': ['bob', 'eve']}", ANN, None, true),
        ("'StringNotEquals': {'aws:username': 'ann'}", ANN, None, false),
        ("'StringNotEquals': {'aws:username': 'bob'}", SESSION, None, false),
        ("'StringNotEqualsIfExists': {'aws:username': 'bob'}", ROOT, None, false),
        ("'Null': {'aws:username': 'false'}", ANN, None, true),
        ("'Null': {'aws:username': 'true'}", SESSION, None, false),
        ("'StringEquals': {'aws:PrincipalAccount': '111122223333'}", FEDERATED, None, true),
        ("'StringNotEquals': {'AWS:PRINCIPALACCOUNT': '999999999999'}", SESSION, None, true),
        ("'ArnLike': {'aws:PrincipalArn': 'arn:aws:iam::*:user/staff/*'}", ANN, None, true),
        ("'ArnNotLike': {'aws:PrincipalArn': 'arn:aws:iam::*:role/night/*'}", ROOT, None, true),
        ("'ArnNotLike': {'aws:PrincipalArn': 'arn:aws:iam::*:role/night/*'}", SESSION, None, false),
        (
            "'ArnNotLike': {'aws:PrincipalArn': 'arn:aws:iam::*:role/night/*'}",
            SESSION,
            Some(ROLE),
            true,
        ),
        (
            "'ArnNotLike': {'aws:PrincipalArn': 'arn:aws:iam::*:role/night/*'}",
            SESSION,
            Some(DEEP_ROLE),
            false,
        ),
        ("'StringNotLike': {'aws:PrincipalArn': '*:role/*'}", FEDERATED, None, false),
        // What only the service knows.
        ("'Bool': {'aws:SecureTransport': 'false'}", ANN, None, false),
        ("'BoolIfExists': {'aws:MultiFactorAuthPresent': 'false'}", ANN, None, false),
        ("'Null': {'aws:MultiFactorAuthAge': 'true'}", ANN, None, false),
        ("'NotIpAddress': {'aws:SourceIp': '10.0.0.0/8'}", ANN, None, false),
        ("'DateGreaterThan': {'aws:CurrentTime': '2020-01-01T00:00:00Z'}", ANN, None, false),
        ("'StringEquals': {'aws:ResourceTag/keep': 'yes'}", ANN, None, false),
        ("'StringNotEquals': {'aws:PrincipalTag/team': 'ops'}", ANN, None, false),
        ("'StringEquals': {'aws:userid': 'AIDAIOSFODNN7EXAMPLE'}", ANN, None, false),
        // All of them have to be met.
        (
            "'StringEquals': {'aws:username': 'ann'}, 'Bool': {'aws:SecureTransport': 'true'}",
            ANN,
            None,
            false,
        ),
        (
            "'StringEquals': {'aws:username': 'ann', 'aws:PrincipalAccount': '111122223333'}",
            ANN,
            None,
            true,
        ),
        // Variables.
        ("'StringLike': {'aws:PrincipalArn': '*/${aws:username}'}", ANN, None, true),
        ("'StringNotLike': {'aws:PrincipalArn': '*/${aws:userid}'}", ANN, None, false),
    ] {
        let elements = format!("'Principal': '*', 'Condition': {{{condition}}}");
        let denied = denies(&elements, &asker(arn, role), SNAPSHOT);
        assert_eq!(denied, surely, "{condition} {arn} {role:?}");
    }
}

#[test]
fn of_what_is_asked_for_the_reading_counts_that_denies_less() {
    let nested = "arn:aws:rds:us-east-1:111122223333:snapshot:awsbackup:job-1";
    for (elements, point, surely) in [
        ("'Resource': 'arn:aws:ec2:*::snapshot/*'", SNAPSHOT, true),
        ("'Resource': 'arn:aws:ec2:*::image/*'", SNAPSHOT, false),
        ("'Resource': ['arn:aws:ec2:*::image/*', 'arn:aws:ec2:*']", SNAPSHOT, true),
        ("'Resource': 'arn:aws-cn:ec2:*::snapshot/*'", SNAPSHOT, false),
        ("'Resource': 'arn:aws:backup:*:*:backup-vault:*'", SNAPSHOT, false),
        ("'Resource': 'arn:aws:rds:*:*:snapshot:*'", nested, true),
        ("'Resource': 'arn:aws:rds:*:awsbackup:job-1'", nested, false),
        ("'NotResource': 'arn:aws:ec2:*::image/*'", SNAPSHOT, true),
        ("'NotResource': 'arn:aws:ec2:*::snapshot/*'", SNAPSHOT, false),
        ("'NotResource': 'arn:aws:rds:*:awsbackup:job-1'", nested, false),
        ("'NotResource': 'arn:aws:ec2:*::${aws:userid}'", SNAPSHOT, false),
        ("'Resource': 'arn:aws:ec2:*::snapshot/*${aws:username}*'", SNAPSHOT, false),
        ("'Resource': 'arn:aws:ec2:*:*:*${aws:userid}'", SNAPSHOT, false),
        ("'Resource': 'arn:aws:ec2:*::image/${aws:username}'", "arn:aws:ec2:r::image/ann", true),
        ("'NotAction': 'backup:StartCopyJob'", SNAPSHOT, true),
        ("'NotAction': 'backup:deleterecoverypoint'", SNAPSHOT, false),
        ("'Action': 'backup:DELETERECOVERYPOINT'", SNAPSHOT, true),
        ("'Action': 'backup:StartCopyJob'", SNAPSHOT, false),
    ] {
        let elements = format!("'Principal': {{'AWS': '{ANN}'}}, {elements}");
        assert_eq!(denies(&elements, &asker(ANN, None), point), surely, "{elements} {point}");
    }
}

#[test]
fn an_allow_takes_nothing_of_a_deny_away_and_denies_nothing() {
    let both = |first: &str, second: &str| {
        let statement = |effect| {
            format!(
                "{{'Effect': '{effect}', 'Principal': '*', 'Action': 'backup:DeleteRecoveryPoint', \
                 'Resource': '*', 'Condition': {{'StringEquals': {{'aws:username': 'ann'}}}}}}"
            )
        };
        let (first, second) = (statement(first), statement(second));
        let text = format!("{{'Version': '2012-10-17', 'Statement': [{first}, {second}]}}");
        let policy = VaultPolicy::parse(&text.replace('\'', "\"")).unwrap();
        let denied = policy.deletions_denied_to(&asker(ANN, None), OWNER);
        (denied.is_empty(), denied.include(SNAPSHOT))
    };
    assert_eq!(both("Allow", "Deny"), (false, true));
    assert_eq!(both("Deny", "Allow"), (false, true));
    assert_eq!(both("Allow", "Allow"), (true, false));
}

#[test]
fn nothing_is_sure_where_the_vault_is_of_another_account_or_its_policy_cannot_be_read() {
    let ann = asker(ANN, None);
    assert!(denying("'Principal': '*'").deletions_denied_to(&ann, "999999999999").is_empty());
    let unread = VaultPolicy::from("{}".to_owned());
    assert!(unread.deletions_denied_to(&ann, OWNER).is_empty());
    assert!(!unread.denies_deletion_to_some(OWNER));
}

/// Otherwise the service for identities would be asked for nothing, before every run.
#[test]
fn who_asks_is_worth_to_find_out_where_a_deny_may_be_of_some_by_nothing_else() {
    for (elements, worth) in [
        ("'Principal': '*'", false),
        ("'Principal': '*', 'Condition': {'StringEquals': {'aws:username': 'ann'}}", true),
        ("'Principal': '*', 'Condition': {'Bool': {'aws:SecureTransport': 'false'}}", false),
        (
            "'Principal': {'AWS': '111122223333'}, 'Condition': {'Bool': \
             {'aws:MultiFactorAuthPresent': 'false'}, 'StringEquals': {'aws:username': 'ann'}}",
            false,
        ),
        ("'Principal': {'AWS': '111122223333'}", true),
        ("'Principal': {'AWS': 'arn:aws:iam::111122223333:user/ann'}", true),
        ("'Principal': {'AWS': 'arn:aws:iam::999999999999:user/ann'}", false),
        ("'Principal': {'AWS': 'AIDAIOSFODNN7EXAMPLE'}", false),
        ("'Principal': {'Service': 'backup.amazonaws.com'}", false),
        ("'NotPrincipal': {'AWS': 'arn:aws:iam::111122223333:user/ann'}", true),
        ("'Principal': {'AWS': '111122223333'}, 'Action': 'backup:StartCopyJob'", false),
    ] {
        assert_eq!(denying(elements).denies_deletion_to_some(OWNER), worth, "{elements}");
    }
}

#[test]
fn what_names_nobody_who_can_ask_is_refused() {
    for arn in [
        "",
        "ann",
        "arn:aws:iam::111122223333:user/",
        "arn:aws:iam::111122223333:user//ann",
        "arn:aws:iam::111122223333:user/*",
        "arn:aws:iam::111122223333:user/a n",
        "arn:aws:iam::111122223333:user/${aws:username}",
        "arn:aws:iam::111122223333:role/cleaner",
        "arn:aws:iam::111122223333:root/x",
        "arn:aws:iam::111122223333:group/ops",
        "arn:aws:iam::1111:user/ann",
        "arn:aws:iam:us-east-1:111122223333:user/ann",
        "arn:aws:sts::111122223333:user/ann",
        "arn:aws:sts::111122223333:assumed-role/cleaner",
        "arn:aws:sts::111122223333:assumed-role/night/cleaner/friday",
        "arn:aws:sts::111122223333:federated-user/",
        "arn:AWS:iam::111122223333:user/ann",
        "arn:aws:ec2::111122223333:user/ann",
        "arn:acs:ram::111122223333:user/ann",
        "acs:ram::1111222233334444:user/ann",
        "arn:aws:iam::111122223333:user/ann\n",
    ] {
        assert_eq!(Asker::parse(arn, None).unwrap_err().text, arn, "{arn}");
    }
}

#[test]
fn a_role_that_a_session_cannot_be_of_is_not_taken_for_its_own() {
    let elements = "'Principal': '*', 'Condition': {'Null': {'aws:PrincipalArn': 'false'}}";
    for (role, known) in [
        (ROLE, true),
        (DEEP_ROLE, true),
        ("arn:aws:iam::111122223333:role/other", false),
        ("arn:aws:iam::111122223333:role/Cleaner", false),
        ("arn:aws:iam::999999999999:role/cleaner", false),
        ("arn:aws-cn:iam::111122223333:role/cleaner", false),
        ("cleaner", false),
    ] {
        let asker = asker(SESSION, Some(role));
        assert_eq!(denies(elements, &asker, SNAPSHOT), known, "{role}");
    }
}
