//! What AWS Backup can do with a role, told from what the role says.

use serde::{Deserialize, Serialize};

use super::{IamRole, RoleStatus};
use crate::policy::{Context, Identity, Kind, Policy, Request, Ruling, rule};
use crate::{ResourceArn, ResourceType};

/// The service that assumes the role.
const BACKUP: &str = "backup.amazonaws.com";

/// The managed policies that let their role delete what recovery points are made of.
const DELETING: [&str; 2] = [
    "arn:aws:iam::aws:policy/AdministratorAccess",
    "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup",
];

/// What a recovery point of each type is made of outside of AWS Backup: the action that deletes
/// it, and the ARN that is asked about, of no region and no name that anything has.
///
/// Types that are not here are kept by AWS Backup itself, which needs no permission of the role.
const PARTS: [(&str, &str, &str); 9] = [
    ("EBS", "ec2:DeleteSnapshot", "arn:aws:ec2:any::snapshot/any"),
    ("EC2", "ec2:DeleteSnapshot", "arn:aws:ec2:any::snapshot/any"),
    ("EC2", "ec2:DeregisterImage", "arn:aws:ec2:any::image/any"),
    ("Storage Gateway", "ec2:DeleteSnapshot", "arn:aws:ec2:any::snapshot/any"),
    ("RDS", "rds:DeleteDBSnapshot", "arn:aws:rds:any:any:snapshot:awsbackup:any"),
    ("Aurora", "rds:DeleteDBClusterSnapshot", "arn:aws:rds:any:any:cluster-snapshot:awsbackup:any"),
    ("DynamoDB", "dynamodb:DeleteBackup", "arn:aws:dynamodb:any:any:table/any/backup/any"),
    ("FSx", "fsx:DeleteBackup", "arn:aws:fsx:any:any:backup/any"),
    ("Redshift", "redshift:DeleteClusterSnapshot", "arn:aws:redshift:any:any:snapshot:any/any"),
];

/// What AWS Backup can do with a role. It is kept beside the role, so that a deletion reads no
/// policy.
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
    /// A deny counts whatever resource it names: which points it would spare is not known before
    /// one of them is deleted. An allow counts if it is about every resource of its kind.
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
        let managed = role.attached.iter().any(|arn| DELETING.contains(&arn.as_str()));
        let mut denied = Vec::new();
        for (_, action, resource) in PARTS {
            // Who asks is a session of the role, of which no more is known.
            let context = &Context::default().with("aws:PrincipalAccount", role.arn.account());
            let request = &Request { by: &by, action, resource, context };
            let allowed = inline.as_ref().is_some_and(|policies| {
                let allows = managed || rule(policies, request) == Ruling::Allows;
                allows && !policies.iter().any(|policy| policy.denies_somewhere(request))
            });
            if !allowed && !denied.iter().any(|it| it == action) {
                denied.push(action.to_owned());
            }
        }
        Self { assumed: trusted, denied }
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
fn known(role: &IamRole) -> Context {
    let account = role.arn.account();
    Context::default()
        .with("aws:SourceAccount", account)
        .with("aws:PrincipalIsAWSService", "true")
        .with("aws:PrincipalServiceName", BACKUP)
        .without("sts:ExternalId")
}
