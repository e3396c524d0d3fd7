//! Copies: each call to its operation, each result to its reply.

use std::sync::Arc;

use jiff::Timestamp;
use sexton_core::CopyJob;
use sexton_wire::aws::Reply;
use sexton_wire::aws::backup::Copying;
use sexton_wire::aws::backup::encode;

use super::{cursor, token};
use crate::auth::Caller;
use crate::error::OpsError;
use crate::service::Service;

/// Answers a call.
pub(super) async fn answer(
    service: &Arc<Service>,
    call: Copying,
    Caller { by, realm, .. }: &Caller,
    now: Timestamp,
) -> Result<Reply, OpsError> {
    match call {
        Copying::Start(order) => {
            let job = service.start_copy(realm, order, by, now).await?;
            Ok(encode::start_copy_job(&job))
        }
        Copying::Describe { job } => {
            let job = service.copy_job_of(realm, job).await?;
            Ok(encode::describe_copy_job(&job))
        }
        Copying::List { filter, page } => {
            let wanted = Arc::new(move |job: &CopyJob| filter.matches(job));
            let after = cursor(service, realm, &page)?;
            let found =
                service.store.list_copy_jobs(realm, wanted, after.as_ref(), page.items_max).await?;
            let token = token(service, realm, &page, found.next);
            Ok(encode::list_copy_jobs(&found.items, token))
        }
    }
}
