//! What an identity may do, told from the policies that hang on it.
//!
//! The root identity of an account may do everything that no policy of a resource denies. A user
//! may do what a policy of theirs allows, and a session what a policy of its role allows, and the
//! policy that it was begun with, if it was. An explicit deny wins, wherever it stands. A policy
//! that cannot be read may deny anything, so that it does.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use jiff::Timestamp;

use crate::policy::{Context, Identity, Kind, MalformedPolicy, Policy, Request, Ruling, rule};
use crate::stated::{add_stated, each_tag};
use crate::{Principal, Realm, Stated, Tags, VaultPolicy};

/// The managed policy that allows everything.
const ALLOWS_ALL: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// How the names of managed policies begin that are known to deny. What others of AWS deny is not
/// known here.
const DENYING: [&str; 2] = ["awsdenyall", "awscompromisedkeyquarantine"];

/// Whether a managed policy is known to deny, in whichever partition, folder and case it is named.
pub(crate) fn is_denying(arn: &str) -> bool {
    let name = arn.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    DENYING.iter().any(|denying| name.starts_with(denying))
}

/// The longest ARN that policies are asked about, in bytes. Those of AWS and of RDS are shorter.
pub(crate) const RESOURCE_BYTES_MAX: usize = 640;

/// Who asks, and of which role it is a session, if it is one.
pub(crate) fn identity(by: &Principal, role: Option<&str>) -> Option<Identity> {
    let by = Identity::parse(&by.0).ok()?;
    Some(match role {
        Some(role) => by.of_role(role),
        None => by,
    })
}

/// What an identity may do, before any resource is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rights {
    /// Everything: it is the root identity.
    All,
    /// What these policies say.
    Said(Arc<Said>),
}

/// The policies of an identity, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Nothing if one of them cannot be read.
    inline: Option<Vec<Policy>>,
    allows_all: bool,
    denies_all: bool,
    /// The policy that a session was begun with: what it does not allow is not allowed.
    within: Option<Policy>,
    /// The tags of the role, of a session. Users have none here, whatever this says.
    tags: Option<Tags>,
}

impl Rights {
    /// What these policies say: those that an identity holds, by name, and the ARNs of managed
    /// ones. Managed policies that are not known here count for nothing.
    pub fn of(held: &BTreeMap<String, String>, attached: &BTreeSet<String>) -> Self {
        let read = |text: &String| Policy::parse(text, Kind::Identity).ok();
        Self::Said(Arc::new(Said {
            inline: held.values().map(read).collect(),
            allows_all: attached.contains(ALLOWS_ALL),
            denies_all: attached.iter().any(|arn| is_denying(arn)),
            within: None,
            tags: None,
        }))
    }

    /// The same, of sessions of a role that has these tags.
    #[must_use]
    pub fn tagged(self, tags: Tags) -> Self {
        self.changed(|said| said.tags = Some(tags))
    }

    /// The tags of the role whose sessions have these rights, if they are known.
    pub fn role_tags(&self) -> Option<&Tags> {
        match self {
            Self::All => None,
            Self::Said(said) => said.tags.as_ref(),
        }
    }

    /// The same, and no more than this policy of a session allows.
    pub fn within(self, policy: &str) -> Result<Self, MalformedPolicy> {
        let policy = Policy::parse(policy, Kind::Identity)?;
        Ok(self.changed(|said| said.within = Some(policy)))
    }

    /// Policies are not copied where nobody else has them, as for a request of a session.
    fn changed(mut self, change: impl FnOnce(&mut Said)) -> Self {
        if let Self::Said(said) = &mut self {
            change(Arc::make_mut(said));
        }
        self
    }

    /// Whether they allow a request by themselves. What is not allowed a resource may still allow;
    /// what is refused nobody may.
    pub(crate) fn allow(&self, request: &Request<'_>) -> Result<bool, Because> {
        let Self::Said(said) = self else { return Ok(true) };
        let Some(inline) = &said.inline else { return Err(Because::Denied) };
        let own = rule(inline, request);
        let within = said.within.as_ref().map_or(Ruling::Allows, |it| it.rule(request));
        if said.denies_all || own == Ruling::Denies || within == Ruling::Denies {
            return Err(Because::Denied);
        }
        if within == Ruling::Silent {
            return Err(Because::OutsideOfSession);
        }
        Ok(said.allows_all || own == Ruling::Allows)
    }
}

/// Why something is not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    /// A policy of the identity denies it.
    Denied,
    /// The policy with which a session was begun does not allow it.
    OutsideOfSession,
    /// No policy of the identity allows it.
    NothingAllows,
    /// A policy of the resource denies it.
    ResourceDenies,
    /// The resource is of another account, and no policy of it allows it.
    NoResourceAllows,
}

/// Somebody may not do something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{action} on {resource} is not allowed to {}: {}", by.0, self.because.words())]
pub struct Denied {
    /// Who asked.
    pub by: Principal,
    /// For what, such as `backup:DeleteRecoveryPoint`.
    pub action: String,
    /// The ARN of what it was asked of.
    pub resource: String,
    /// Why.
    pub because: Because,
}

impl Because {
    fn words(self) -> &'static str {
        match self {
            Self::Denied => "a policy of this identity denies it",
            Self::OutsideOfSession => "the policy of the session does not allow it",
            Self::NothingAllows => "no policy of this identity allows it",
            Self::ResourceDenies => "the policy of the vault denies it",
            Self::NoResourceAllows => "the vault is of another account, and no policy allows it",
        }
    }
}

impl Denied {
    /// In the words of AWS, which do not tell whether there is such a resource.
    pub fn in_words_of_aws(&self) -> String {
        let Self { by, action, resource, because } = self;
        let because = match because {
            Because::Denied => "with an explicit deny in an identity-based policy".to_owned(),
            Because::OutsideOfSession => {
                format!("because no session policy allows the {action} action")
            }
            Because::NothingAllows => {
                format!("because no identity-based policy allows the {action} action")
            }
            Because::ResourceDenies => {
                "with an explicit deny in a resource-based policy".to_owned()
            }
            Because::NoResourceAllows => {
                format!("because no resource-based policy allows the {action} action")
            }
        };
        format!(
            "User: {} is not authorized to perform: {action} on resource: {resource} {because}",
            by.0
        )
    }
}

/// Over which connection a request came. What stands in the request itself says nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connection {
    /// The address at the other end.
    pub address: IpAddr,
    /// Whether it is encrypted.
    pub encrypted: bool,
}

/// Somebody asks for something that their rights are asked about.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    /// Who.
    pub by: &'a Principal,
    /// The role, if it is a session of one.
    pub role: Option<&'a str>,
    /// In which realm.
    pub realm: &'a Realm,
    /// When.
    pub at: Timestamp,
    /// Over which connection; nothing if no request is being answered.
    pub connection: Option<Connection>,
    /// For what, such as `backup:DeleteRecoveryPoint`.
    pub action: &'a str,
    /// The ARN of what it is asked of; `*` if it is of nothing that has one.
    pub resource: &'a str,
    /// The tags of that, if they were read.
    pub tags: Option<&'a Tags>,
    /// What the request says; nothing if none is being answered.
    pub stated: Option<&'a Stated>,
}

impl Asking<'_> {
    /// The refusal of what nothing allows.
    pub fn denied(&self, because: Because) -> Denied {
        let (action, resource) = (self.action.to_owned(), self.resource.to_owned());
        Denied { by: self.by.clone(), action, resource, because }
    }

    /// Refuses what the rights of whoever asks do not allow, and no policy of the resource, `own`,
    /// allows in place of them. What that denies is decided where the resource is.
    ///
    /// What is refused is refused as if the tags had not been read: of something that is not there
    /// nobody reads them, and the two must look the same. Nothing that is allowed without them is
    /// refused with them.
    pub fn check(&self, rights: &Rights, own: Option<&VaultPolicy>) -> Result<(), Denied> {
        let unread = Asking { tags: None, ..*self };
        match unread.check_known(rights, own) {
            Err(_) if self.tags.is_some() && self.check_known(rights, own).is_ok() => Ok(()),
            checked => checked,
        }
    }

    fn check_known(&self, rights: &Rights, own: Option<&VaultPolicy>) -> Result<(), Denied> {
        let denied = |because| self.denied(because);
        let Some(by) = identity(self.by, self.role) else {
            return Err(denied(Because::NothingAllows));
        };
        // What is longer than any name is that of nothing, and costs much to compare.
        if self.resource.len() > RESOURCE_BYTES_MAX {
            return Err(denied(Because::NothingAllows));
        }
        let context = &self.context(&by, rights);
        let request = Request { by: &by, action: self.action, resource: self.resource, context };
        if rights.allow(&request).map_err(denied)? {
            return Ok(());
        }
        let policy = own.and_then(VaultPolicy::meaning);
        let granted = policy.is_some_and(|it| it.rule(&request) == Ruling::Allows);
        if granted { Ok(()) } else { Err(denied(Because::NothingAllows)) }
    }

    /// What is known of it, of something of the account of whoever asks, who may do what `rights`
    /// say.
    pub(crate) fn context<'c>(&'c self, by: &'c Identity, rights: &'c Rights) -> Context<'c> {
        let (account, tags) = (&self.realm.account, rights.role_tags());
        let known = known((by, self.by, self.role, tags), (self.realm, account), self.at);
        let known = circumstances(known, self.connection, self.tags);
        // IAM has another name for them too.
        let known = match self.tags.filter(|_| is_of_iam(self.resource)) {
            None => known,
            Some(tags) => {
                each_tag(known.without_all(&["iam:ResourceTag/"]), "iam:ResourceTag/", tags)
            }
        };
        add_stated(known, self.stated, self.action)
    }
}

/// Whether this is the ARN of something that IAM keeps.
fn is_of_iam(resource: &str) -> bool {
    resource.split(':').nth(2) == Some("iam")
}

/// Over which connection a request came, and which tags what it is made of has. Both are unknown,
/// and not absent, if they are not given: a deny that asks for them denies.
pub(crate) fn circumstances<'a>(
    known: Context<'a>,
    connection: Option<Connection>,
    tags: Option<&'a Tags>,
) -> Context<'a> {
    let known = match connection {
        None => known,
        Some(Connection { address, encrypted }) => known
            .with("aws:SourceIp", address.to_string())
            .with("aws:SecureTransport", encrypted.to_string()),
    };
    let Some(tags) = tags else { return known };
    each_tag(known.without("aws:ResourceTag/"), "aws:ResourceTag/", tags)
}

/// What is known of an identity that makes a request, of something of the account `owner`. A
/// session has the tags of its role: they are unknown, and not absent, if they are not given.
pub(crate) fn known<'a>(
    (by, arn, role, tags): (&'a Identity, &'a Principal, Option<&'a str>, Option<&'a Tags>),
    (realm, owner): (&'a Realm, &'a str),
    at: Timestamp,
) -> Context<'a> {
    let account = realm.account.as_str();
    let known = Context::default()
        .with("aws:CurrentTime", at.to_string())
        .with("aws:EpochTime", at.as_second().to_string())
        .with("aws:PrincipalAccount", account)
        .with("aws:PrincipalIsAWSService", "false")
        .with("aws:RequestedRegion", realm.region.as_str())
        .with("aws:ResourceAccount", owner)
        .with("aws:ViaAWSService", "false");
    let known = known.without_all(&NOBODYS);
    if by.is_root() {
        known
            .with("aws:PrincipalArn", arn.0.as_str())
            .with("aws:PrincipalType", "Account")
            .with("aws:userid", account)
            .without_all(&ROOT_HAS_NOT)
    } else if let Some(user) = by.user() {
        known
            .with("aws:PrincipalArn", arn.0.as_str())
            .with("aws:PrincipalType", "User")
            .with("aws:username", user)
            .without_all(&USERS_HAVE_NOT)
    } else {
        let known = known.with("aws:PrincipalType", "AssumedRole").without("aws:username");
        let known = match role {
            Some(role) => known.with("aws:PrincipalArn", role),
            None => known,
        };
        match tags {
            Some(tags) => principal_tags(known, tags),
            None => known,
        }
    }
}

/// Adds the tags of whoever asks.
pub(crate) fn principal_tags<'a>(known: Context<'a>, tags: &'a Tags) -> Context<'a> {
    each_tag(known.without_all(&NO_TAGS), "aws:PrincipalTag/", tags)
}

/// What says that whoever asks has no tags beside those that are told.
const NO_TAGS: [&str; 1] = ["aws:PrincipalTag/"];

/// What the root identity of an account does not have.
const ROOT_HAS_NOT: [&str; 3] = ["aws:PrincipalTag/", "aws:TokenIssueTime", "aws:username"];

/// What users do not have.
const USERS_HAVE_NOT: [&str; 2] = ["aws:PrincipalTag/", "aws:TokenIssueTime"];

/// What no request has that anybody makes here.
const NOBODYS: [&str; 16] = [
    "aws:CalledVia",
    "aws:CalledViaFirst",
    "aws:CalledViaLast",
    "aws:FederatedProvider",
    "aws:MultiFactorAuthAge",
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceIdentity",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:VpcSourceIp",
];
