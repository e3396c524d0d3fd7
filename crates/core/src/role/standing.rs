//! What AWS Backup can do with a role, told from what the role says.

use serde::{Deserialize, Serialize};

use super::iam::LINKED_POLICY;
use super::{IamRole, RoleStatus};
use crate::policy::{Context, Identity, Kind, Policy, Request, Ruling};
use crate::rights::{is_denying, principal_tags};
use crate::{ResourceArn, ResourceType};

/// The service that assumes the role.
const BACKUP: &str = "backup.amazonaws.com";

/// The managed policies that let their role delete what recovery points are made of.
const DELETING: [&str; 3] = [
    LINKED_POLICY,
    "arn:aws:iam::aws:policy/AdministratorAccess",
    "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup",
];

/// What a recovery point of each type is made of outside of AWS Backup: the action that deletes
/// it, and its ARN. `{}` stands for any name or region, and `@` for the account.
///
/// Types that are not here are kept by AWS Backup itself, which needs no permission of the role.
const PARTS: [(&str, &str, &str); 9] = [
    ("EBS", "ec2:DeleteSnapshot", "arn:aws:ec2:{}::snapshot/snap-{}"),
    ("EC2", "ec2:DeleteSnapshot", "arn:aws:ec2:{}::snapshot/snap-{}"),
    ("EC2", "ec2:DeregisterImage", "arn:aws:ec2:{}::image/ami-{}"),
    ("Storage Gateway", "ec2:DeleteSnapshot", "arn:aws:ec2:{}::snapshot/snap-{}"),
    ("RDS", "rds:DeleteDBSnapshot", "arn:aws:rds:{}:@:snapshot:awsbackup:{}"),
    ("Aurora", "rds:DeleteDBClusterSnapshot", "arn:aws:rds:{}:@:cluster-snapshot:awsbackup:{}"),
    ("DynamoDB", "dynamodb:DeleteBackup", "arn:aws:dynamodb:{}:@:table/{}/backup/{}"),
    ("FSx", "fsx:DeleteBackup", "arn:aws:fsx:{}:@:backup/backup-{}"),
    ("Redshift", "redshift:DeleteClusterSnapshot", "arn:aws:redshift:{}:@:snapshot:{}/{}"),
];

/// What stands for any name: letters that no policy names, and not always as many. What is about
/// both of these names is about every one.
const ANY: [&str; 2] = ["\u{e000}", "\u{e001}\u{e002}\u{e003}\u{e004}\u{e005}\u{e006}\u{e007}"];

/// What AWS Backup can do with a role. It is kept beside the role, so that a deletion
/// understands no policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Whether AWS Backup may assume it.
    assumed: bool,
    /// The actions of [`PARTS`] that it may not do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    denied: Vec<String>,
}

impl Standing {
    /// What AWS Backup can do with this role.
    ///
    /// A deny counts if it can ever be about a resource of its kind: which points it would spare
    /// is not known before one of them is deleted. An allow counts if it is about every resource
    /// of its kind.
    pub fn of(role: &IamRole) -> Self {
        let by = Identity::service(BACKUP);
        let trusted = Policy::parse(&role.trust, Kind::Trust).is_ok_and(|trust| {
            let context = &known(role);
            let resource = role.arn.as_str();
            let request = Request { by: &by, action: "sts:AssumeRole", resource, context };
            trust.rule(&request) == Ruling::Allows
        });
        let all = role.inline.values().map(|text| Policy::parse(text, Kind::Identity));
        // One that cannot be read may deny anything.
        let inline: Option<Vec<Policy>> = all.map(Result::ok).collect();
        let attached = |is: &dyn Fn(&str) -> bool| role.attached.iter().any(|arn| is(arn));
        let managed = attached(&|arn| DELETING.contains(&arn));
        let denies_all = attached(&is_denying);
        // Who asks is a session of the role that AWS Backup has. No more is known of it.
        let account = role.arn.account();
        let context = Context::default()
            .with("aws:PrincipalAccount", account)
            .with("aws:PrincipalArn", role.arn.as_str())
            .with("aws:PrincipalIsAWSService", "false")
            .with("aws:PrincipalType", "AssumedRole")
            .with("aws:ViaAWSService", "false")
            .without("aws:username");
        let context = &principal_tags(context, &role.tags);
        let may = |policies: &[Policy], action, part: &str| {
            let names = ANY.map(|any| part.replace("{}", any).replace('@', account));
            let requests =
                names.each_ref().map(|resource| Request { by: &by, action, resource, context });
            let allows = managed || policies.iter().any(|it| it.allows_all(&requests));
            let all = part.replace("{}", "*").replace('@', account);
            let denies = |it: &Policy| it.denies_somewhere(&requests, &all);
            allows && !denies_all && !policies.iter().any(denies)
        };
        let mut denied = Vec::new();
        for (_, action, part) in PARTS {
            let allowed = inline.as_deref().is_some_and(|policies| may(policies, action, part));
            if !allowed && !denied.iter().any(|it| it == action) {
                denied.push(action.to_owned());
            }
        }
        Self { assumed: trusted, denied }
    }

    /// What it may not do of all that deleting recovery points may need. Nothing: it may do all of
    /// it, or AWS Backup may not even assume it.
    pub fn denied(&self) -> &[String] {
        if self.assumed { &self.denied } else { &[] }
    }

    /// Whether recovery points of `source` can be deleted with the role. Those of a type that is
    /// not known need all that there is.
    pub fn status(&self, source: Option<&ResourceArn>) -> RoleStatus {
        if !self.assumed {
            return RoleStatus::Missing;
        }
        let kind = source.and_then(ResourceArn::resource_type);
        let is_needed = |of: &str| match &kind {
            Some(ResourceType(kind)) => kind == of,
            None => true,
        };
        let lacks = |action: &str| self.denied.iter().any(|it| it == action);
        let denied = PARTS.iter().any(|(of, action, _)| is_needed(of) && lacks(action));
        if denied { RoleStatus::Denied } else { RoleStatus::Permitted }
    }
}

/// What is known of a request that AWS Backup makes. Anything else is unknown, and an allow that
/// asks for it does not allow.
fn known(role: &IamRole) -> Context<'_> {
    let account = role.arn.account();
    Context::default()
        .with("aws:SourceAccount", account)
        .with("aws:PrincipalIsAWSService", "true")
        .with("aws:PrincipalServiceName", BACKUP)
        .without("sts:ExternalId")
}
