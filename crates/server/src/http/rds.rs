//! `ApsaraDB` RDS at the door, and who asks it.
//!
//! In this order: what is asked for is known, the access key is known, the signature is right and
//! not too old, its nonce counts, the parameters are right. So a stranger learns what is known in
//! public, and nothing of anybody's backups; and nobody can use up the nonces of somebody else.
//!
//! No parameter stands in a log or a metric: any of them may be a secret.

use http::request::Parts;
use sexton_core::chain;
use sexton_core::nonce::NonceRefusal;
use sexton_wire::apsara::model::{Action, Call};
use sexton_wire::apsara::request::Api as Asks;
use sexton_wire::apsara::signature::Claim;
use sexton_wire::apsara::{self, Error, Request, sts};
use sexton_wire::aws::WireError;
use sexton_wire::aws::dispatch::{Api, dispatch};

use super::{Answer, Door};
use crate::api::rds::{self, Asked, Failure, Form};
use crate::auth::Caller;
use crate::behalf::{self, Failed};
use crate::nonces::Uncounted;
use crate::service::Service;

/// A request that is not answered, and the name under which it is counted.
struct Refused {
    operation: &'static str,
    failed: Failed<Error>,
}

impl Refused {
    fn new(operation: &'static str, error: Error) -> Self {
        Self { operation, failed: Failed::new(error, None) }
    }
}

impl Door {
    /// Answers a request to RDS. Its id is the one under which the log has it.
    pub(super) async fn answer_rds(&self, asked: &super::Asked<'_>) -> Answer {
        let (parts, body, id) = (asked.parts, asked.body, asked.origin.request.as_str());
        let form = Form { format: apsara::request::format(parts, body), id, host: host(parts) };
        match self.rds(asked, &form).await {
            Ok(answer) => answer,
            Err(Refused { operation, failed: Failed { error, cause } }) => {
                let reply = error.reply(form.format, id, form.host);
                Answer { cause, ..Answer::new(operation, reply) }
            }
        }
    }

    async fn rds(&self, of: &super::Asked<'_>, form: &Form<'_>) -> Result<Answer, Refused> {
        let super::Asked { service, parts, body, origin, now } = *of;
        let undecoded = |error| Refused::new("undecoded", error);
        let request = Request::parse(parts, body).map_err(undecoded)?;
        match request.api() {
            Asks::Rds => {}
            Asks::Sts => {
                sts::check(request.action()).map_err(undecoded)?;
                let caller = self.caller_of_rds(service, &request, request.region(), false).await?;
                let (account, user) = (caller.realm.account.as_str(), caller.id());
                let identity = sts::Identity { account, arn: &caller.by.0, id: &user };
                let reply = sts::caller_identity(&identity, form.format, form.id);
                return Ok(Answer::new("sts:GetCallerIdentity", reply));
            }
        }
        let action = Action::of(request.action()).map_err(undecoded)?;
        let caller = self
            .caller_of_rds(service, &request, region(&request, action), changes(action))
            .await?;
        let operation = operation(action);
        let work = Box::pin(async {
            behalf::note_call(operation, "*");
            let call = Call::decode(action, request.parameters());
            let call = call.map_err(|error| Failed::new(error, None))?;
            let asked = Asked { caller: &caller, now, regions: &self.regions(), form };
            rds::answer(service, call, &asked).await.map_err(|failure| match failure {
                Failure::Refused(error) => Failed::new(error, None),
                Failure::Ops(failure) => {
                    Failed::new(rds::error(&failure, action), Some(chain(&failure)))
                }
            })
        });
        match service.on_behalf(&caller, origin, now, work).await {
            Ok(reply) => Ok(Answer::new(operation, reply)),
            Err(failed) => Err(Refused { operation, failed }),
        }
    }

    /// Who asks. From here on the same request is not answered again. `changes`: what is asked for
    /// changes something.
    async fn caller_of_rds(
        &self,
        service: &Service,
        request: &Request<'_>,
        region: Option<&str>,
        changes: bool,
    ) -> Result<Caller, Refused> {
        let unauthenticated = |error| Refused::new("unauthenticated", error);
        let claim = Claim::parse(request).map_err(unauthenticated)?;
        let now = self.clock.system();
        let (caller, nonce) = self
            .keys
            .authenticate_apsara(&claim, region, &self.settings, &service.identities, now)
            .map_err(unauthenticated)?;
        let counted = self.nonces.use_once(&nonce, changes, now).await;
        counted.map_err(|failure| {
            let failed = Failed::new(uncounted(&failure), Some(chain(&failure)));
            Refused { operation: "unauthenticated", failed }
        })?;
        Ok(caller)
    }

    /// The regions that are served of every account.
    fn regions(&self) -> Vec<&str> {
        let first = std::iter::once(&self.settings.realm.region);
        first.chain(&self.settings.more_regions).map(String::as_str).collect()
    }
}

/// What was said to a request before it was looked at, as a client of RDS reads it.
pub(super) fn as_rds(parts: &Parts, id: &str, error: &WireError) -> Option<Answer> {
    match dispatch(parts, b"") {
        Api::Rds { .. } => {
            let error = Error::new(error.status, error.name, error.message.clone());
            let format = apsara::request::format(parts, b"");
            Some(Answer::new("unread", error.reply(format, id, host(parts))))
        }
        Api::Backup | Api::Fsx { .. } | Api::Iam | Api::Sts | Api::Other => None,
    }
}

/// The region that a request names. One action has a word of its own for it.
fn region<'a>(request: &'a Request<'_>, action: Action) -> Option<&'a str> {
    let own = request.parameters().given("Region");
    own.filter(|_| action == Action::DescribeDetachedBackups).or_else(|| request.region())
}

/// The host that the client called.
fn host(parts: &Parts) -> &str {
    let header = parts.headers.get(http::header::HOST).and_then(|it| it.to_str().ok());
    header.or_else(|| parts.uri.authority().map(http::uri::Authority::as_str)).unwrap_or("")
}

fn uncounted(failure: &Uncounted) -> Error {
    match failure {
        Uncounted::Refused(NonceRefusal::Used) => Error::nonce_used(),
        Uncounted::Refused(NonceRefusal::Forgotten) => Error::nonce_forgotten(),
        Uncounted::Refused(NonceRefusal::TooMany) => Error::throttled(),
        Uncounted::Unwritten(_) => Error::unavailable(),
    }
}

/// Whether an action changes something.
fn changes(action: Action) -> bool {
    match action {
        Action::CreateBackup | Action::DeleteBackup | Action::ModifyBackupPolicy => true,
        Action::DescribeBackupPolicy
        | Action::DescribeBackupTasks
        | Action::DescribeBackups
        | Action::DescribeBinlogFiles
        | Action::DescribeDBInstanceAttribute
        | Action::DescribeDBInstances
        | Action::DescribeDetachedBackups
        | Action::DescribeLogBackupFiles
        | Action::DescribeRegions => false,
    }
}

/// The name of an action in metrics and in the log, as Alibaba's RAM has it: other services have
/// actions of the same name.
fn operation(action: Action) -> &'static str {
    match action {
        Action::CreateBackup => "rds:CreateBackup",
        Action::DeleteBackup => "rds:DeleteBackup",
        Action::DescribeBackupPolicy => "rds:DescribeBackupPolicy",
        Action::DescribeBackupTasks => "rds:DescribeBackupTasks",
        Action::DescribeBackups => "rds:DescribeBackups",
        Action::DescribeBinlogFiles => "rds:DescribeBinlogFiles",
        Action::DescribeDBInstanceAttribute => "rds:DescribeDBInstanceAttribute",
        Action::DescribeDBInstances => "rds:DescribeDBInstances",
        Action::DescribeDetachedBackups => "rds:DescribeDetachedBackups",
        Action::DescribeLogBackupFiles => "rds:DescribeLogBackupFiles",
        Action::DescribeRegions => "rds:DescribeRegions",
        Action::ModifyBackupPolicy => "rds:ModifyBackupPolicy",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_counted_under_their_own_names() {
        for action in Action::ALL {
            assert_eq!(operation(*action), format!("rds:{}", action.name()));
        }
    }
}
