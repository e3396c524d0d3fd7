//! Roles that belong to services: deleted by a task, which has ended when it is answered for, and
//! asked how that ended.

use sexton_core::{
    BackupName, Event, EventKind, Realm, Removal, RemovalName, RoleArn, RoleName, RoleUse,
    RoleUser, TagKeys, check_role_name, decide_remove_linked,
};
use sexton_store::{Change, Follow, StoreError, Subject};

use super::super::decide::Decided;
use super::{RoleCall, put, role_in};
use crate::error::OpsError;
use crate::service::{Service, server_event};

impl Service {
    /// Tries to delete a role that belongs to a service. Gives the name of the task, of which
    /// [`Service::removal`] tells how it ended.
    pub async fn remove_linked_role(
        &self,
        account: &str,
        name: &str,
        called: RoleCall<'_>,
    ) -> Result<RemovalName, OpsError> {
        check_role_name(name)?;
        let key = &RoleName::new(account, name);
        let attempt = || async move {
            let reading = self.read_role(key).await?;
            let (role, whole) = role_in(&reading, key, name)?;
            let (used, task) = (self.use_of(&role.arn).await?, self.new_job_id(called.now));
            // Told to whoever asks how it ended, and to the trail.
            let kept = used.as_ref().map(ToString::to_string);
            let rest = decide_remove_linked(role, whole, used, task)?;
            let change = put(rest, TagKeys::default(), &reading, called);
            let change = match kept {
                None => change,
                Some(why) => Change { event: Some(failed(&role.arn, why, called)), ..change },
            };
            Ok(Decided::commit(change, RemovalName::new(role, task)))
        };
        let removed = self.decide_again(attempt).await;
        self.tell_released();
        removed
    }

    /// How a task ended that was to delete a role of this account.
    pub async fn removal(&self, account: &str, task: &RemovalName) -> Result<Removal, OpsError> {
        let Some(arn) = task.arn(account) else { return Ok(task.ended(None)?.clone()) };
        let subject = [Subject::Role(arn.clone())];
        let reading = self.store.read(&subject, Follow::Nothing).await?;
        Ok(task.ended(reading.whole_role(&arn))?.clone())
    }

    /// A job that uses the role of this ARN and has not ended, if there is one, in whichever region
    /// of the account of the role: of those of others it says nothing. One that begins while that
    /// is looked for may not be seen: it ends as it would have.
    async fn use_of(&self, arn: &RoleArn) -> Result<Option<RoleUse>, StoreError> {
        let (backups, restores) = self.store.interrupted_jobs().await?;
        let copies = self.store.interrupted_copies().await?;
        let used = |by, job, realm: &Realm, point: &BackupName| {
            let (region, point) = (realm.region.clone(), point.to_string());
            RoleUse { by, job, region, point }
        };
        let own = |realm: &Realm| realm.account == arn.account();
        let backups = backups.iter().filter(|job| job.role == *arn && own(&job.realm));
        let backups = backups.map(|it| used(RoleUser::BackupJob, it.id, &it.realm, &it.backup));
        let copies = copies.iter().filter(|job| job.role == *arn && own(&job.realm));
        let copies = copies.map(|it| used(RoleUser::CopyJob, it.id, &it.realm, &it.original));
        let restores = restores.iter().filter(|job| job.role.as_ref() == Some(arn));
        let restores = restores.filter(|job| own(&job.realm));
        let restores = restores.map(|it| used(RoleUser::RestoreJob, it.id, &it.realm, &it.backup));
        Ok(backups.chain(copies).chain(restores).next())
    }
}

/// What the trail is told of a task that did not delete the role.
fn failed(role: &RoleArn, why: String, RoleCall { call, by, now, .. }: RoleCall<'_>) -> Event {
    let (call, resource) = (format!("iam:{call}"), role.to_string());
    let (error, message) = (Some("FAILED".to_owned()), Some(why));
    server_event(now, by, EventKind::Called { call, resource, error, message })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use sexton_core::{
        BackupJob, BackupJobState, IamRefusal, JobId, Lifecycle, Principal, ResourceType, Role,
        RoleOrder, RoleStatus, SourceKind, Tags, Windows,
    };
    use sexton_store::{Commit, Write};

    use super::*;

    const NAME: &str = "AWSServiceRoleForBackup";
    const ACCOUNT: &str = "123456789012";

    fn order() -> RoleOrder {
        let trust = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
            "Principal": {"Service": "backup.amazonaws.com"}, "Action": "sts:AssumeRole"}}"#;
        RoleOrder {
            path: "/aws-service-role/backup.amazonaws.com/".to_owned(),
            name: NAME.to_owned(),
            trust: trust.to_owned(),
            description: None,
            session_seconds: 3600,
            tags: Tags::new(),
        }
    }

    fn running(role: RoleArn) -> BackupJob {
        BackupJob {
            id: JobId::from_bytes([5; 16]),
            realm: Realm::new("eu-west-1", ACCOUNT),
            vault: "Default".parse().unwrap(),
            backup: "arn:aws:ec2:eu-west-1::snapshot/snap-1".parse().unwrap(),
            resource: "arn:aws:ec2:eu-west-1:123456789012:volume/vol-1".parse().unwrap(),
            resource_type: ResourceType("EBS".to_owned()),
            role,
            created: Timestamp::UNIX_EPOCH,
            lifecycle: Lifecycle::default(),
            tags: Tags::new(),
            windows: Windows::new(None, None).unwrap(),
            idempotency_token: None,
            created_by: None,
            source: SourceKind::Generated,
            state: BackupJobState::Running,
        }
    }

    fn called<'a>(call: &'a str, by: &'a Principal) -> RoleCall<'a> {
        RoleCall { call, policy: None, by, now: Timestamp::UNIX_EPOCH }
    }

    /// In another region than the one that is asked, and with the role in use by a job that ends.
    #[tokio::test]
    async fn a_role_of_a_service_goes_once_no_job_uses_it() {
        let (service, by) = (Service::in_memory(), &Principal::server());
        let made = called("CreateServiceLinkedRole", by);
        let role = service.create_role(ACCOUNT, &order(), made).await.unwrap();
        let put = async |job: BackupJob| {
            let writes = vec![Write::PutBackupJob(job)];
            let change = Change { writes, ..Change::default() };
            assert_eq!(service.store.commit(change).await.unwrap(), Commit::Done);
        };
        let remove = async || {
            let call = called("DeleteServiceLinkedRole", by);
            service.remove_linked_role(ACCOUNT, NAME, call).await
        };
        let ended = async |task: &RemovalName| service.removal(ACCOUNT, task).await;
        // Another account may name the role; its job is its own.
        let realm = Realm::new("eu-west-1", "210987654321");
        let job = running(role.arn.clone());
        put(BackupJob { realm, id: JobId::from_bytes([6; 16]), ..job.clone() }).await;
        let task = remove().await.unwrap();
        assert_eq!(ended(&task).await.unwrap().kept_by, None);
        let role = service.create_role(ACCOUNT, &order(), made).await.unwrap();
        put(job.clone()).await;
        let task = remove().await.unwrap();
        let kept = ended(&task).await.unwrap().kept_by.unwrap();
        assert_eq!((kept.job, kept.region.as_str()), (job.id, "eu-west-1"));
        assert_eq!(service.role_named(ACCOUNT, NAME).await.unwrap(), role, "it stays as it was");
        let events = service.store.events(0, 10).await.unwrap();
        let told = &events.last().unwrap().kind;
        assert!(matches!(told, EventKind::Called { error: Some(_), .. }), "{told:?}");

        let (at, size_bytes) = (Timestamp::UNIX_EPOCH, 1);
        let state = BackupJobState::Completed { at, size_bytes, message: String::new() };
        put(BackupJob { state, ..job }).await;
        let second = remove().await.unwrap();
        assert_eq!(ended(&second).await.unwrap().kept_by, None);
        let forgotten = ended(&task).await;
        assert!(matches!(forgotten, Err(OpsError::Role(IamRefusal::NoTask { .. }))));
        let subject = [Subject::Role(role.arn.clone())];
        let reading = service.store.read(&subject, Follow::Nothing).await.unwrap();
        let known: &Role = reading.whole_role(&role.arn).unwrap();
        assert_eq!(known.status, RoleStatus::Missing, "what was backed up with it expires");
        assert!(matches!(remove().await, Err(OpsError::Role(IamRefusal::NoRole { .. }))));

        service.create_role(ACCOUNT, &order(), made).await.unwrap();
        assert_eq!(ended(&second).await.unwrap().kept_by, None, "it can be asked still");
    }
}
