//! Roles: found by what they are called, made once, listed in pages.

use jiff::Timestamp;
use sexton_core::{
    IamRole, Role, RoleArn, RoleName, RoleOrder, RoleStatus, Tags, decide_create_role,
};
use sexton_store::{Change, Commit, Follow, MetaStore, Subject, Write};

use crate::fixture::{change, done};

const ACCOUNT: &str = "123456789012";

const TRUST: &str = r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole",
    "Principal": {"Service": "backup.amazonaws.com"}}}"#;

fn role(path: &str, name: &str) -> IamRole {
    let order = RoleOrder {
        path: path.to_owned(),
        name: name.to_owned(),
        trust: TRUST.to_owned(),
        description: None,
        session_seconds: 3600,
        tags: Tags::new(),
    };
    decide_create_role(order, ACCOUNT, None, Timestamp::UNIX_EPOCH, [1; 16]).unwrap()
}

async fn named(store: &dyn MetaStore, name: &str) -> Option<String> {
    let key = RoleName::new(ACCOUNT, name);
    let subject = Subject::RoleNamed(key.clone());
    let reading = store.read(&[subject], Follow::Nothing).await.unwrap();
    reading.role_named(&key).map(|role| role.path.clone())
}

/// Two callers that found a name free do not both take it, whatever paths they have in mind.
pub(crate) async fn a_name_of_a_role_is_taken_once(store: &dyn MetaStore) {
    let one = role("/", "Backups");
    let found = store.read(&[Subject::RoleNamed(one.key())], Follow::Nothing).await.unwrap();
    let take = |role: IamRole| Change {
        expects: found.expects(),
        ..change(vec![Write::PutRole(Role::made(role))])
    };
    assert_eq!(store.commit(take(one.clone())).await.unwrap(), Commit::Done);
    assert_eq!(store.commit(take(role("/a/", "BACKUPS"))).await.unwrap(), Commit::Stale);
    assert_eq!(named(store, "backups").await.as_deref(), Some("/"));
    // Whoever does not look is refused, and nothing of it is there.
    let unseen = change(vec![Write::PutRole(Role::made(role("/a/", "backups")))]);
    assert!(store.commit(unseen).await.is_err());
    assert_eq!(store.list_roles(None, 10).await.unwrap().items.len(), 1);
    // One that is gone is known of, and its name is free.
    let gone = Role::told(one.arn.clone(), RoleStatus::Missing);
    done(store, change(vec![Write::PutRole(gone)])).await;
    assert_eq!(named(store, "backups").await, None);
    done(store, change(vec![Write::PutRole(Role::made(role("/a/", "backups")))])).await;
    assert_eq!(named(store, "Backups").await.as_deref(), Some("/a/"));
}

/// It was a role that nobody had ever heard of, and so one that may delete, whatever the role of
/// its name may.
pub(crate) async fn the_name_of_a_role_in_another_arn_is_that_of_none(store: &dyn MetaStore) {
    let status = async |arn: &str| {
        let arn: RoleArn = format!("arn:aws:iam::{ACCOUNT}:role/{arn}").parse().unwrap();
        let subject = [Subject::Role(arn.clone())];
        let reading = store.read(&subject, Follow::Nothing).await.unwrap();
        (reading.role(&arn), reading.expects())
    };
    let (before, looked) = status("BACKUPS").await;
    assert_eq!(before, RoleStatus::Permitted, "nobody has heard of it");
    let made = role("/team/", "Backups");
    done(store, change(vec![Write::PutRole(Role::made(made.clone()))])).await;
    let change_by = |expects| Change { expects, ..change(Vec::new()) };
    let stale = store.commit(change_by(looked)).await.unwrap();
    assert_eq!(stale, Commit::Stale, "whoever looked before does not know of the name");
    for other in ["BACKUPS", "Backups", "team/backups", "Team/Backups", "a/team/Backups"] {
        assert_eq!(status(other).await.0, RoleStatus::Missing, "{other}");
    }
    assert_eq!(status("team/Backups").await.0, RoleStatus::Denied, "the role has no policy");
    assert_eq!(status("team/Backups2").await.0, RoleStatus::Permitted);
    // Of whom somebody said something that counts.
    let told = "arn:aws:iam::123456789012:role/BACKUPS".parse().unwrap();
    let told = Role::told(told, RoleStatus::Permitted);
    done(store, change(vec![Write::PutRole(told)])).await;
    assert_eq!(status("BACKUPS").await.0, RoleStatus::Permitted);
    // The name of one that is gone is free.
    let (_, looked) = status("backups").await;
    let gone = Role::told(made.arn, RoleStatus::Missing);
    done(store, change(vec![Write::PutRole(gone)])).await;
    assert_eq!(store.commit(change_by(looked)).await.unwrap(), Commit::Stale);
    assert_eq!(status("backups").await.0, RoleStatus::Permitted);
}

pub(crate) async fn roles_come_in_pages_of_which_none_is_lost(store: &dyn MetaStore) {
    let mut made: Vec<Role> = Vec::new();
    for number in 0..25 {
        let mut role = role("/", &format!("role-{number:02}"));
        // Far more than IAM takes: a page ends before it is too large.
        role.inline.insert("p".to_owned(), " ".repeat(512 * 1024));
        made.push(Role::made(role));
    }
    done(store, change(made.iter().cloned().map(Write::PutRole).collect())).await;
    let (mut found, mut after, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = store.list_roles(after.as_ref(), 20).await.unwrap();
        assert!(page.items.len() <= 20, "{}", page.items.len());
        found.extend(page.items);
        (after, pages) = (page.next, pages + 1);
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found, made);
    assert!(pages >= 2, "{pages}");
}
