//! Failures of the client as the exceptions of the package.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use sexton_client::list::Unfinished;
use sexton_client::{Class, ConnectError, ProviderError, Unplanned, chain};
use sexton_core::plain;

/// A call that cannot be done, on its way to Python.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The name of the exception in `sexton._errors`.
    kind: &'static str,
    message: String,
    hint: Option<&'static str>,
    code: Option<String>,
    request_id: Option<String>,
}

const REGION_HINT: &str = "give region=, or set AWS_REGION (for RDS: ALIBABA_CLOUD_REGION_ID)";
/// RDS takes no session: those of boto3 have no credentials that it knows.
const CREDENTIALS_HINT: &str = "give profile= (for AWS also session=), or set credentials as for \
                                every tool of the cloud";

impl Failure {
    fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None, code: None, request_id: None }
    }

    /// What was given cannot be meant.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new("InvalidInputError", message)
    }

    /// The runtime cannot be made, or has gone.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new("SextonError", message)
    }

    /// The call was begun before a `fork`, and this is the other process.
    pub(crate) fn forked() -> Self {
        let message = "this call was begun by another process, before a fork: begin it again";
        Self::new("SextonError", message)
    }

    /// Nothing can be connected to with what was given.
    pub(crate) fn connect(error: &ConnectError) -> Self {
        let (kind, hint) = match error {
            ConnectError::NoRegion => ("InvalidInputError", Some(REGION_HINT)),
            ConnectError::Region { .. }
            | ConnectError::Endpoint { .. }
            | ConnectError::NoProfile { .. }
            | ConnectError::Profiles(_)
            | ConnectError::Transport(_) => ("InvalidInputError", None),
            ConnectError::ApsaraCredentials(_) | ConnectError::Credentials(_) => {
                ("CredentialsError", Some(CREDENTIALS_HINT))
            }
            ConnectError::Admin(_) => ("ServiceError", None),
        };
        Self { hint, ..Self::new(kind, chain(error)) }
    }

    /// The service was asked, and this is what came of it.
    pub(crate) fn service(failure: &ProviderError) -> Self {
        let (kind, hint) = match failure.class {
            Class::NotFound { .. } => ("NotFoundError", None),
            Class::Forbidden { .. } => ("ForbiddenError", None),
            Class::Credentials => ("CredentialsError", Some(CREDENTIALS_HINT)),
            Class::Throttled => ("ThrottledError", None),
            Class::Lost | Class::Unreachable => ("UnreachableError", None),
            Class::Server | Class::Busy(_) | Class::Refused(_) => ("ServiceError", None),
        };
        let (code, request_id) = (Some(failure.code.clone()), failure.request_id.clone());
        Self { hint, code, request_id, ..Self::new(kind, chain(failure)) }
    }

    /// Nothing was deleted, for this reason.
    pub(crate) fn unplanned(error: &Unplanned) -> Self {
        match error {
            Unplanned::Misplaced(misplaced) => {
                let told = misplaced.iter().map(|(arn, why)| format!("{arn} {why}"));
                Self::invalid(told.take(COMPLAINTS_MAX).collect::<Vec<_>>().join("; "))
            }
            Unplanned::Unread(failure) => Self::service(failure),
        }
    }

    /// A list has broken off.
    pub(crate) fn unfinished(error: &Unfinished) -> Self {
        let Self { hint, code, request_id, .. } = Self::service(&error.failure);
        Self { hint, code, request_id, ..Self::new("UnfinishedListError", chain(error)) }
    }

    /// The exception.
    pub(crate) fn raise(self, py: Python<'_>) -> PyErr {
        let Self { kind, message, hint, code, request_id } = self;
        let plain = |text: String| plain(&text).into_owned();
        let arguments = (plain(message), hint, code.map(plain), request_id.map(plain));
        let made =
            py.import("sexton._errors").and_then(|errors| errors.getattr(kind)?.call1(arguments));
        match made {
            Ok(exception) => PyErr::from_value(exception),
            Err(error) => PyRuntimeError::new_err(format!("{kind}: {error}")),
        }
    }
}

/// The most names that one message complains of.
pub(crate) const COMPLAINTS_MAX: usize = 10;
