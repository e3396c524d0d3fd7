//! The deletion of a role that belongs to a service. IAM makes a task of it, which has a name and
//! can be asked how it ended; here it has ended when the name is told.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::iam::{LINKED, check_path};
use super::{IamRefusal, IamRole, Role, RoleStatus, check_role_name};
use crate::{JobId, RoleArn};

/// The last deletion of a role that belongs to a service, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removal {
    /// Its task.
    pub task: JobId,
    /// What kept the role; nothing if it went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_by: Option<RoleUse>,
}

/// A job that has not ended, and that a role is used for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleUse {
    /// What kind of job it is.
    pub by: RoleUser,
    /// Which.
    pub job: JobId,
    /// In which region.
    pub region: String,
    /// The ARN of the recovery point that it makes or reads.
    pub point: String,
}

/// The kinds of jobs that use roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the kinds of jobs")]
pub enum RoleUser {
    BackupJob,
    CopyJob,
    RestoreJob,
}

impl fmt::Display for RoleUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { by, job, region, point: _ } = self;
        let kind = match by {
            RoleUser::BackupJob => "backup",
            RoleUser::CopyJob => "copy",
            RoleUser::RestoreJob => "restore",
        };
        write!(f, "{kind} job {job} in {region} has not ended")
    }
}

/// The name of such a task, as IAM has it:
/// `task/aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup/UUID`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovalName {
    /// The path of the role: it says to which service it belongs.
    path: String,
    /// The name of the role.
    role: String,
    /// The task.
    task: JobId,
}

impl RemovalName {
    /// That of a task that is to delete this role.
    pub fn new(role: &IamRole, task: JobId) -> Self {
        Self { path: role.path.clone(), role: role.name.clone(), task }
    }

    /// The name of the role.
    pub fn role(&self) -> &str {
        &self.role
    }

    /// The ARN of the role in an account, if it has one there.
    pub fn arn(&self, account: &str) -> Option<RoleArn> {
        format!("arn:aws:iam::{account}:role{}{}", self.path, self.role).parse().ok()
    }

    /// How the task ended, of which `role` is all that is known of the role of that ARN. IAM
    /// forgets tasks; here one is forgotten when the next one is made.
    pub fn ended<'a>(&self, role: Option<&'a Role>) -> Result<&'a Removal, IamRefusal> {
        let last = role.and_then(|role| role.removal.as_ref());
        let found = last.filter(|removal| removal.task == self.task);
        found.ok_or_else(|| IamRefusal::NoTask { task: self.to_string() })
    }
}

impl fmt::Display for RemovalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "task{}{}/{}", self.path, self.role, self.task)
    }
}

impl FromStr for RemovalName {
    type Err = IamRefusal;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = || {
            let (role, task) = text.strip_prefix("task")?.rsplit_once('/')?;
            let name = role.rsplit('/').next()?;
            let path = role.strip_suffix(name)?;
            let is_role = check_role_name(name).is_ok() && check_path(path).is_ok();
            let task = task.parse().ok().filter(|_| is_role && path.starts_with(LINKED))?;
            Some(Self { path: path.to_owned(), role: name.to_owned(), task })
        };
        // One thing has one name: an id can be written in several ways.
        let name = parts().filter(|name| name.to_string() == text);
        name.ok_or(IamRefusal::NoTaskName)
    }
}

/// What is left of a role that belongs to a service when the task `task` has tried to delete it,
/// while `used` is a job that has not ended and uses it, if there is one. Then it stays. What was
/// backed up with it asks for it still, as with every other role that is deleted.
pub fn decide_remove_linked(
    role: &IamRole,
    whole: &Role,
    used: Option<RoleUse>,
    task: JobId,
) -> Result<Role, IamRefusal> {
    if !role.path.starts_with(LINKED) {
        return Err(IamRefusal::NotLinked { name: role.name.clone() });
    }
    let rest = match &used {
        Some(_) => whole.clone(),
        None => Role::told(role.arn.clone(), RoleStatus::Missing),
    };
    Ok(Role { removal: Some(Removal { task, kept_by: used }), ..rest })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{RoleOrder, Tags, decide_create_role};

    const TRUST: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Principal": {"Service": "backup.amazonaws.com"}, "Action": "sts:AssumeRole"}}"#;
    const TASK: &str = "0192a3b4-0000-7000-8000-000000000001";
    const OTHER: &str = "0192a3b4-0000-7000-8000-000000000002";

    fn role_in(path: &str) -> IamRole {
        let order = RoleOrder {
            path: path.to_owned(),
            name: "AWSServiceRoleForBackup".to_owned(),
            trust: TRUST.to_owned(),
            description: None,
            session_seconds: 3600,
            tags: Tags::new(),
        };
        decide_create_role(order, "123456789012", None, Timestamp::UNIX_EPOCH, [7; 16]).unwrap()
    }

    fn linked() -> IamRole {
        role_in("/aws-service-role/backup.amazonaws.com/")
    }

    fn used() -> RoleUse {
        let (by, job) = (RoleUser::CopyJob, OTHER.parse().unwrap());
        RoleUse { by, job, region: "us-east-1".to_owned(), point: "arn".to_owned() }
    }

    #[test]
    fn a_role_of_a_service_goes_unless_a_job_uses_it() {
        let (role, task) = (linked(), TASK.parse().unwrap());
        let whole = Role::made(role.clone());
        let kept = decide_remove_linked(&role, &whole, Some(used()), task).unwrap();
        assert_eq!((kept.status, kept.made.as_deref()), (RoleStatus::Permitted, Some(&role)));
        let name = RemovalName::new(&role, task);
        assert_eq!(name.ended(Some(&kept)).unwrap().kept_by, Some(used()));
        let words = format!("copy job {OTHER} in us-east-1 has not ended");
        assert_eq!(used().to_string(), words);

        let gone = decide_remove_linked(&role, &kept, None, task).unwrap();
        assert_eq!((gone.status, &gone.made), (RoleStatus::Missing, &None));
        assert_eq!(name.ended(Some(&gone)).unwrap().kept_by, None);
        // Another task, and one of a role of which nothing is known, never was.
        let other = RemovalName::new(&role, OTHER.parse().unwrap());
        for answer in [other.ended(Some(&gone)), name.ended(None), name.ended(Some(&whole))] {
            assert!(matches!(answer, Err(IamRefusal::NoTask { .. })), "{answer:?}");
        }
        let own = role_in("/");
        let refused = decide_remove_linked(&own, &Role::made(own.clone()), None, task);
        assert_eq!(refused, Err(IamRefusal::NotLinked { name: own.name.clone() }));
    }

    #[test]
    fn a_role_that_is_described_otherwise_or_made_again_keeps_the_end_of_its_task() {
        let (role, task) = (linked(), TASK.parse().unwrap());
        let whole = Role::made(role.clone());
        let kept = decide_remove_linked(&role, &whole, Some(used()), task).unwrap();
        let other = IamRole { description: Some("a".to_owned()), ..role.clone() };
        let described = kept.described(other);
        assert_eq!(described.removal, kept.removal);
        let gone = decide_remove_linked(&role, &kept, None, task).unwrap();
        assert_eq!(Role::made(role).after(Some(&gone)).removal, gone.removal);
    }

    #[test]
    fn the_name_of_a_task_says_of_which_role_it_is() {
        let text =
            format!("task/aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup/{TASK}");
        let name: RemovalName = text.parse().unwrap();
        assert_eq!(name, RemovalName::new(&linked(), TASK.parse().unwrap()));
        assert_eq!((name.to_string(), name.role()), (text.clone(), "AWSServiceRoleForBackup"));
        assert_eq!(name.arn("123456789012"), Some(linked().arn));
        let upper = text.to_uppercase();
        for wrong in [
            "",
            "task",
            "task/",
            TASK,
            &text[4..],
            &text[..text.len() - 1],
            &text.replace("aws-service-role", "service-role"),
            &text.replace("AWSServiceRoleForBackup", ""),
            &text.replace("AWSServiceRoleForBackup", "a b"),
            &text.replace("backup.", "backup:"),
            &upper,
        ] {
            let refused = wrong.parse::<RemovalName>();
            assert_eq!(refused, Err(IamRefusal::NoTaskName), "{wrong}");
        }
    }
}
