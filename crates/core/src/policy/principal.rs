//! Who asks, and who is meant.

use super::malformed::Problem;

/// Who asks: the root identity of an account, a user, a role, a session of a role, or a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Empty for a service, which is in none.
    account: String,
    /// Such as `user/ann`; `root` for an account itself; that of a service.
    name: String,
    /// Of a session, which role it is of, such as `role/path/name`. Its own name tells the last
    /// part of that alone, which roles with other paths may have had, and may have again.
    role: Option<String>,
}

/// The text names nobody who could ask.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not the ARN of an identity")]
pub struct InvalidIdentity {
    /// What was given, cut to a length fit for a message.
    pub text: String,
}

/// Whom a statement is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Principal {
    /// `*`.
    Everyone,
    /// An account, and so everybody in it.
    Account {
        /// Its number.
        account: String,
        /// The ARN of its root, if it is named by that.
        arn: Option<String>,
    },
    /// A user, a role or a session.
    Named {
        /// Of this account.
        account: String,
        /// Such as `role/path/name`.
        name: String,
        /// The whole of it, which has the partition too.
        arn: String,
    },
    /// A service, such as `backup.amazonaws.com`.
    Service(String),
    /// A canonical user, an identity provider, a unique id: nobody who asks here.
    Nobody,
}

const ROOT: &str = "root";

impl Identity {
    /// Somebody of whom nothing is known.
    pub fn anybody() -> Self {
        Self { account: String::new(), name: String::new(), role: None }
    }
}

/// Account and name of an ARN of IAM, STS or RAM.
pub(super) fn account_and_name(arn: &str) -> Option<(&str, &str)> {
    let fields = match arn.strip_prefix("acs:") {
        Some(rest) => rest,
        None => {
            arn.strip_prefix("arn:")?
                .split_once(':')
                .filter(|(partition, _)| {
                    *partition != "acs"
                        && partition.bytes().all(|it| it.is_ascii_lowercase() || it == b'-')
                })?
                .1
        }
    };
    let mut fields = fields.splitn(4, ':');
    let service = fields.next()?;
    let (region, account, name) = (fields.next()?, fields.next()?, fields.next()?);
    let known = matches!(service, "iam" | "sts" | "ram") && region.is_empty();
    (known && is_account(account) && !name.is_empty()).then_some((account, name))
}

/// Accounts of AWS have twelve digits, those of Alibaba Cloud sixteen.
fn is_account(text: &str) -> bool {
    (12..=20).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_digit())
}

impl Identity {
    /// The identity of this ARN, such as `arn:aws:iam::123456789012:root`.
    pub fn parse(arn: &str) -> Result<Self, InvalidIdentity> {
        let (account, name) = account_and_name(arn)
            .ok_or_else(|| InvalidIdentity { text: super::malformed::cut(arn) })?;
        Ok(Self { account: account.to_owned(), name: name.to_owned(), role: None })
    }

    /// The same, known to be a session of the role of this ARN, if that is of its account and name.
    #[must_use]
    pub fn of_role(self, arn: &str) -> Self {
        let of = account_and_name(arn).filter(|(account, name)| {
            let last = name.strip_prefix("role/").and_then(|it| it.rsplit('/').next());
            *account == self.account && last.is_some() && last == self.role()
        });
        let role = of.map(|(_, name)| name.to_owned());
        Self { role, ..self }
    }

    /// A service of AWS, such as `backup.amazonaws.com`.
    pub fn service(name: &str) -> Self {
        Self { account: String::new(), name: name.to_owned(), role: None }
    }

    /// Whether it is an account itself.
    pub(crate) fn is_root(&self) -> bool {
        !self.is_service() && self.name == ROOT
    }

    /// The name of the user, if this is one.
    pub(crate) fn user(&self) -> Option<&str> {
        self.name.strip_prefix("user/")?.rsplit('/').next()
    }

    /// The account itself, in which this identity is.
    pub(crate) fn root_of_account(&self) -> Self {
        Self { account: self.account.clone(), name: ROOT.to_owned(), role: None }
    }

    /// Whether both are in one account.
    pub(crate) fn is_in_account(&self, account: &str) -> bool {
        self.account == account
    }

    fn is_service(&self) -> bool {
        self.account.is_empty()
    }

    /// The role, if this is a session of one: `assumed-role/name/session`.
    fn role(&self) -> Option<&str> {
        self.name.strip_prefix("assumed-role/")?.split_once('/').map(|(role, _)| role)
    }

    /// Whether it belongs to what `principal` names; `perhaps`, if that is not known.
    fn is_in(&self, principal: &Principal, perhaps: bool) -> bool {
        match principal {
            Principal::Everyone => true,
            Principal::Account { account, .. } => *account == self.account,
            Principal::Named { .. } => {
                self.is_itself(principal) || self.is_session_of(principal, perhaps)
            }
            Principal::Service(_) => self.is_itself(principal),
            Principal::Nobody => false,
        }
    }

    fn is_itself(&self, principal: &Principal) -> bool {
        match principal {
            Principal::Named { account, name, .. } => {
                *account == self.account && *name == self.name
            }
            Principal::Service(name) => self.is_service() && *name == self.name,
            Principal::Everyone | Principal::Account { .. } | Principal::Nobody => false,
        }
    }

    /// Whether it is a session of the role that `principal` names; `perhaps`, if only the last part
    /// of the role's name is known, and fits.
    fn is_session_of(&self, principal: &Principal, perhaps: bool) -> bool {
        let Some(last) = self.role() else { return false };
        match principal {
            Principal::Named { account, name, .. } if *account == self.account => {
                let named = || name.strip_prefix("role/").and_then(|it| it.rsplit('/').next());
                let fits = || perhaps && named() == Some(last);
                self.role.as_ref().map_or_else(fits, |role| name == role)
            }
            Principal::Named { .. }
            | Principal::Everyone
            | Principal::Account { .. }
            | Principal::Service(_)
            | Principal::Nobody => false,
        }
    }

    /// Whether one of `principals` is this identity, or something that it belongs to.
    pub(super) fn is_meant_by(&self, principals: &[Principal]) -> bool {
        principals.iter().any(|principal| self.is_in(principal, true))
    }

    /// Whether one of `principals`, of a statement that allows, is this identity. Everybody is
    /// every user and every role: a service is allowed by its name alone. An account that is
    /// allowed lets its own policies say who of it may: by itself that allows root alone.
    pub(super) fn is_allowed_by(&self, principals: &[Principal]) -> bool {
        let named = |it: &&Principal| match it {
            Principal::Everyone => !self.is_service(),
            Principal::Account { .. } => self.is_root(),
            Principal::Named { .. } | Principal::Service(_) | Principal::Nobody => true,
        };
        principals.iter().filter(named).any(|principal| self.is_in(principal, false))
    }

    /// Whether a statement that allows all but `principals` is about this identity: never, if it
    /// is a service, or if somebody is named who may be more than is known here.
    pub(super) fn is_left_by(&self, principals: &[Principal]) -> bool {
        let unknown = |it: &Principal| matches!(it, Principal::Nobody | Principal::Service(_));
        !self.is_service() && !self.is_meant_by(principals) && !principals.iter().any(unknown)
    }

    /// Whether `principals` names all that this identity is: its account, its role and itself. A
    /// deny for all but some spares only those who are named so.
    pub(super) fn is_spared_by(&self, principals: &[Principal]) -> bool {
        if principals.contains(&Principal::Everyone) {
            return true;
        }
        if self.is_service() {
            return self.is_meant_by(principals);
        }
        let listed = |is: &dyn Fn(&Principal) -> bool| principals.iter().any(is);
        let account = listed(
            &|it| matches!(it, Principal::Account { account, .. } if *account == self.account),
        );
        let itself = self.is_root() || listed(&|it| self.is_itself(it));
        let role = self.role().is_none() || listed(&|it| self.is_session_of(it, false));
        account && itself && role
    }
}

impl Principal {
    /// What `AWS` or `RAM` may say.
    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        if text == "*" {
            return Ok(Self::Everyone);
        }
        if is_account(text) {
            return Ok(Self::Account { account: text.to_owned(), arn: None });
        }
        let is_unique_id = (16..=128).contains(&text.len())
            && text.starts_with('A')
            && text.bytes().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit());
        if is_unique_id {
            return Ok(Self::Nobody);
        }
        match account_and_name(text) {
            Some((account, ROOT)) => {
                Ok(Self::Account { account: account.to_owned(), arn: Some(text.to_owned()) })
            }
            Some((account, name)) if !name.contains(['*', '?']) && name.contains('/') => {
                let (account, name) = (account.to_owned(), name.to_owned());
                Ok(Self::Named { account, name, arn: text.to_owned() })
            }
            Some(_) | None => Err(Problem::form(
                text,
                "a principal: *, an account id, or the ARN of an account's root, a user, a role \
                 or a session, without wildcards",
            )),
        }
    }
}
