//! Who asks, as a service tells those who ask it, and not as the one that they ask knows them.
//!
//! Less is known than where the request is decided: of a session only the last part of its role's
//! name, unless somebody says which role it is of. What is said here of a policy is sure all the
//! same: whoever goes by it asks for nothing, and nobody tells them that they could have.

use super::principal::{InvalidIdentity, Principal, account_and_name};
use super::{Context, malformed};
use crate::ResourceArn;

/// Somebody of AWS, by the ARN that `GetCallerIdentity` of STS tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asker {
    arn: String,
    partition: String,
    account: String,
    being: Being,
}

/// What somebody is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Being {
    /// The account itself.
    Root,
    /// A user, by their name without its path.
    User(String),
    Session {
        /// The name of the role, without its path.
        name: String,
        /// The ARN of the role, if it is known.
        role: Option<String>,
    },
    /// A federated user: somebody's, and nobody tells whose.
    Federated,
}

/// The keys of which something can be known, in lower case.
pub(super) const KEYS: [&str; 3] = ["aws:principalaccount", "aws:principalarn", "aws:username"];

impl Asker {
    /// Whoever has this ARN. If they are a session of the role with the ARN `role`, that is known
    /// of them too.
    pub fn parse(arn: &str, role: Option<&str>) -> Result<Self, InvalidIdentity> {
        let invalid = || InvalidIdentity { text: malformed::cut(arn) };
        let parsed: ResourceArn = arn.parse().map_err(|_| invalid())?;
        let (account, name) = account_and_name(arn).ok_or_else(invalid)?;
        let is_plain = |it: char| !it.is_whitespace() && !"*?:$".contains(it);
        let parts: Vec<&str> = name.split('/').collect();
        if !name.chars().all(is_plain) || parts.iter().any(|part| part.is_empty()) {
            return Err(invalid());
        }
        let being = match (parsed.service(), &parts[..]) {
            ("iam", ["root"]) => Being::Root,
            ("iam", ["user", .., name]) => Being::User((*name).to_owned()),
            ("sts", ["assumed-role", name, _]) => {
                let is_of = |it: &&str| is_role(it, (parsed.partition(), account), name);
                let role = role.filter(is_of).map(str::to_owned);
                Being::Session { name: (*name).to_owned(), role }
            }
            ("sts", ["federated-user", _]) => Being::Federated,
            _ => return Err(invalid()),
        };
        let (partition, account) = (parsed.partition().to_owned(), account.to_owned());
        Ok(Self { arn: arn.to_owned(), partition, account, being })
    }

    /// The ARN that was told.
    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// The account.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// What is known of every request of theirs. Where they ask from, how and when, only the
    /// service knows.
    pub(super) fn context(&self) -> Context<'_> {
        let known = Context::default().with("aws:PrincipalAccount", self.account());
        match &self.being {
            Being::Root => known.with("aws:PrincipalArn", self.arn()),
            Being::User(name) => {
                known.with("aws:PrincipalArn", self.arn()).with("aws:username", name.as_str())
            }
            Being::Session { role: Some(role), .. } => {
                known.with("aws:PrincipalArn", role.as_str())
            }
            Being::Session { role: None, .. } | Being::Federated => known,
        }
    }

    /// Whether one of `principals` surely is this one, or something that they belong to.
    pub(super) fn is_surely_among(&self, principals: &[Principal]) -> bool {
        principals.iter().any(|principal| match principal {
            Principal::Everyone => true,
            Principal::Account { account, arn } => {
                *account == self.account && arn.as_ref().is_none_or(|arn| *arn == self.root())
            }
            Principal::Named { arn, .. } => *arn == self.arn || self.role() == Some(arn),
            Principal::Service(_) | Principal::Nobody => false,
        })
    }

    /// Whether one of `principals` may be this one, or something that they belong to. Of a unique
    /// id nobody knows whose it is; and whether an account stands for all who are in it, where it
    /// is spared, is read in two ways.
    pub(super) fn may_be_among(&self, principals: &[Principal]) -> bool {
        principals.iter().any(|principal| match principal {
            Principal::Everyone | Principal::Nobody => true,
            Principal::Account { account, .. } => *account == self.account,
            Principal::Named { account, name, .. } => *account == self.account && self.may_be(name),
            Principal::Service(_) => false,
        })
    }

    /// Whether this may be the name of this one in their account, or of what they belong to. In one
    /// account no two users have one name, whatever their paths are, and no two roles; and `Ann` is
    /// `ann`.
    fn may_be(&self, name: &str) -> bool {
        let (kind, rest) = name.split_once('/').unwrap_or_default();
        let last = rest.rsplit('/').next().unwrap_or_default();
        match &self.being {
            Being::Root => false,
            Being::User(own) => kind == "user" && last.eq_ignore_ascii_case(own),
            Being::Session { name: own, .. } => {
                let role = if kind == "assumed-role" {
                    rest.split('/').next().unwrap_or_default()
                } else {
                    last
                };
                role.eq_ignore_ascii_case(own)
            }
            Being::Federated => true,
        }
    }

    fn root(&self) -> String {
        format!("arn:{}:iam::{}:root", self.partition, self.account)
    }

    /// The ARN of the role, if this is a session of one that is known.
    fn role(&self) -> Option<&String> {
        match &self.being {
            Being::Session { role, .. } => role.as_ref(),
            Being::Root | Being::User(_) | Being::Federated => None,
        }
    }
}

/// Whether `arn` is that of a role of this partition and account, with this name at its end.
fn is_role(arn: &str, (partition, account): (&str, &str), name: &str) -> bool {
    let rest = arn.strip_prefix(&*format!("arn:{partition}:iam::{account}:role/"));
    rest.and_then(|rest| rest.rsplit('/').next()) == Some(name)
}
