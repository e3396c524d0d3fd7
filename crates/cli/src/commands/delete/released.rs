//! `--when-released`: what something keeps is asked for all the same.

use sexton_client::{
    AdminClient, AdminError, Event, Plan, Report, Stop, ask_when_released, check_keeps_requests,
    connect_admin,
};
use sexton_core::{Service, VaultName};

use super::arguments::Arguments;
use crate::commands::connection::{unanswered_hint, unconnected};
use crate::exit::{Exit, Failure};

/// What to do where nobody keeps requests.
const INSTEAD: &str = "\
    run again without --when-released once the hold is cancelled or the lock is removed; \
    --dry-run tells without deleting anything whether it is";

/// The server that keeps requests, and the vault that they are about.
#[derive(Debug)]
pub(super) struct Released {
    server: AdminClient,
    vault: VaultName,
}

impl Released {
    /// Refuses a service that cannot keep requests, before anything is deleted. Nothing if nobody
    /// wants one to.
    pub(super) async fn prepare(
        arguments: &Arguments,
        service: Service,
    ) -> Result<Option<Self>, Failure> {
        if !arguments.when_released {
            return Ok(None);
        }
        let (Some(vault), Service::AwsBackup) = (&arguments.vault, service) else {
            let text = "--when-released is for recovery points in a vault";
            return Err(Failure::text(Exit::Usage, text)
                .hint("no legal hold and no lock keeps backups of FSx or RDS themselves"));
        };
        let connected = Box::pin(connect_admin(&arguments.aws.connection())).await;
        let Some(server) = connected.map_err(|error| unconnected(&error))? else {
            let text = "AWS Backup cannot keep a deletion until a hold or a lock is gone";
            return Err(Failure::text(Exit::Usage, text).hint(INSTEAD));
        };
        check_keeps_requests(&server).await.map_err(|error| unkept(&error))?;
        Ok(Some(Self { server, vault: vault.clone() }))
    }

    /// Counts every target of a plan as refused whose vault is locked: none is asked to be
    /// deleted now.
    pub(super) fn refuse_locked(plan: &mut Plan) {
        if let Some(refused) = plan.refused_by_lock() {
            let names = plan.order.targets.iter().map(|target| target.name().to_owned());
            plan.order.refused.extend(names.map(|name| (name, refused.clone())));
        }
    }

    /// Asks for what the run could not delete.
    pub(super) async fn ask(
        &self,
        report: &mut Report,
        arguments: &Arguments,
        events: &(dyn Fn(Event<'_>) + Send + Sync),
        stop: &Stop,
    ) {
        let wanted = (&self.vault, arguments.within);
        ask_when_released(&self.server, report, wanted, events, stop).await;
    }
}

fn unkept(error: &AdminError) -> Failure {
    match error {
        AdminError::NoAnswer { lack, .. } => {
            Failure::new(Exit::Unexpected, error).hint(unanswered_hint(*lack))
        }
        AdminError::Refused { .. } | AdminError::Foreign { .. } => {
            let text = "this service cannot keep a deletion until a hold or a lock is gone";
            Failure::text(Exit::Usage, text).hint(INSTEAD)
        }
        AdminError::Endpoint { .. } | AdminError::Transport(_) | AdminError::Request { .. } => {
            Failure::new(Exit::Usage, error)
        }
    }
}
