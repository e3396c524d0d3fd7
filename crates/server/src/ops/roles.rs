//! Roles that are made here, as the calls of IAM have them changed.

mod linked;

use jiff::Timestamp;
use sexton_core::{
    EventKind, IamRefusal, IamRole, Principal, Role, RoleName, RoleOrder, TagKeys, Tags,
    check_role_name, decide_create_role,
};
use sexton_store::{Change, Follow, Reading, Subject, Tally, Write};

use super::decide::Decided;
use crate::error::OpsError;
use crate::service::{Service, server_event};

/// Roles that something can be known of. One that was deleted stays: it is missing.
pub(crate) const ROLES_MAX: u64 = 100_000;

/// What is called, by whom, and of which policy, as the trail tells it.
#[derive(Debug, Clone, Copy)]
pub struct RoleCall<'a> {
    /// The name of the call.
    pub call: &'a str,
    /// The policy that it is about, if it is about one.
    pub policy: Option<&'a str>,
    /// Who calls.
    pub by: &'a Principal,
    /// When.
    pub now: Timestamp,
}

impl Service {
    /// Makes a role in the account.
    pub async fn create_role(
        &self,
        account: &str,
        order: &RoleOrder,
        called: RoleCall<'_>,
    ) -> Result<IamRole, OpsError> {
        let arn = &order.arn(account)?;
        let decide = || async move {
            let key = RoleName::new(account, &order.name);
            // Whoever makes a role of this name, or sets one of this ARN, moves it.
            let subjects = [Subject::RoleNamed(key.clone()), Subject::Role(arn.clone())];
            let reading = self.store.read(&subjects, Follow::Nothing).await?;
            let (before, random) = (reading.role_named(&key), self.entropy.bytes());
            let made = decide_create_role(order.clone(), account, before, called.now, random)?;
            let full = self.store.tally(&Tally::Roles).await? >= ROLES_MAX;
            if full && reading.whole_role(arn).is_none() {
                let most = usize::try_from(ROLES_MAX).unwrap_or(usize::MAX);
                return Err(IamRefusal::Limit { what: "RolesPerAccount", most }.into());
            }
            let tags = TagKeys::between(&Tags::new(), &made.tags);
            let role = Role::made(made.clone()).after(reading.whole_role(arn));
            Ok(Decided::commit(put(role, tags, &reading, called), made))
        };
        let made = self.decide_again(decide).await;
        self.tell_released();
        made
    }

    /// Changes the role of this name as `decide` says, which is given what it says and all that is
    /// known of it. Gives what became of it.
    pub async fn change_role(
        &self,
        account: &str,
        name: &str,
        called: RoleCall<'_>,
        decide: impl Fn(&IamRole, &Role) -> Result<Role, IamRefusal> + Sync,
    ) -> Result<Role, OpsError> {
        check_role_name(name)?;
        let (key, decide) = (&RoleName::new(account, name), &decide);
        let attempt = || async move {
            let reading = self.read_role(key).await?;
            let (role, whole) = role_in(&reading, key, name)?;
            let changed = decide(role, whole)?;
            if changed == *whole {
                return Ok(Decided::Answer(changed));
            }
            // Of a role that goes it is told that it goes.
            let made = changed.made.as_ref();
            let tags = made.map(|made| TagKeys::between(&role.tags, &made.tags));
            let tags = tags.unwrap_or_default();
            Ok(Decided::commit(put(changed.clone(), tags, &reading, called), changed))
        };
        let changed = self.decide_again(attempt).await;
        self.tell_released();
        changed
    }

    /// The role of this name, whatever its path.
    pub async fn role_named(&self, account: &str, name: &str) -> Result<IamRole, OpsError> {
        check_role_name(name)?;
        let key = RoleName::new(account, name);
        let reading = self.read_role(&key).await?;
        Ok(role_in(&reading, &key, name)?.0.clone())
    }

    async fn read_role(&self, key: &RoleName) -> Result<Reading, OpsError> {
        Ok(self.store.read(&[Subject::RoleNamed(key.clone())], Follow::Nothing).await?)
    }
}

/// What writes the role down, if nothing of it has changed since it was read.
fn put(
    role: Role,
    tags: TagKeys,
    reading: &Reading,
    RoleCall { call, policy, by, now }: RoleCall<'_>,
) -> Change {
    let kind = EventKind::RoleChanged {
        role: role.arn.clone(),
        call: Some(call.to_owned()),
        policy: policy.map(str::to_owned),
        status: role.status,
        tags,
    };
    Change {
        expects: reading.expects(),
        requires: vec![(Tally::Roles, ROLES_MAX)],
        writes: vec![Write::PutRole(role)],
        event: Some(server_event(now, by, kind)),
        ..Change::default()
    }
}

/// The role of this name: what it says, and all that is known of it.
fn role_in<'a>(
    reading: &'a Reading,
    key: &RoleName,
    name: &str,
) -> Result<(&'a IamRole, &'a Role), IamRefusal> {
    let whole = reading.whole_role_named(key);
    let found = whole.and_then(|whole| Some((whole.made.as_deref()?, whole)));
    found.ok_or_else(|| IamRefusal::NoRole { name: name.to_owned() })
}
