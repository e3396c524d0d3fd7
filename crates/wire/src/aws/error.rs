//! Errors as AWS Backup sends them.
//!
//! The type travels twice: in the header `x-amzn-ErrorType`, which boto3 goes by, and as
//! `__type` in the body, which helps the others. A body's `Code` (such as `ERROR_2603`)
//! is AWS's internal number; without the header, boto3 and the JavaScript SDK would take
//! it for the error's name, so the header is always there.
//!
//! What each refusal of `sexton-core` is called is in `refusals`.

mod refusals;

use http::{HeaderName, HeaderValue};
use serde_json::{Map, Value};

use super::Reply;

pub use refusals::vault_refusal;

/// Where the type of an error goes.
const ERROR_TYPE_HEADER: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// An error of AWS Backup's protocol.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {message}")]
pub struct WireError {
    /// The HTTP status.
    pub status: u16,
    /// Its name, such as `ResourceNotFoundException`.
    pub name: &'static str,
    /// AWS's internal number, where one is known.
    pub code: Option<&'static str>,
    /// For people. Never holds what a cause said.
    pub message: String,
    /// Further members of the body.
    pub extras: Vec<(&'static str, String)>,
}

/// What a vault that does not exist answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MissingVault {
    /// As documented: `ResourceNotFoundException`.
    #[default]
    NotFound,
    /// As observed of the real service: 403 `AccessDeniedException`.
    AccessDenied,
}

impl WireError {
    /// An error without number and extras.
    pub fn new(status: u16, name: &'static str, message: impl Into<String>) -> Self {
        Self { status, name, code: None, message: message.into(), extras: Vec::new() }
    }

    #[must_use]
    fn numbered(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    /// A required parameter is absent or empty.
    pub fn missing_parameter(name: &str) -> Self {
        let message = format!("missing required parameter {name}: it must be given and not empty");
        Self::new(400, "MissingParameterValueException", message)
    }

    /// A parameter is not acceptable. The message names it and says what is.
    pub fn invalid_parameter(message: impl Into<String>) -> Self {
        Self::new(400, "InvalidParameterValueException", message)
    }

    /// The request is well-formed and cannot be done.
    pub fn invalid_request(message: impl Into<String>) -> Self {
        Self::new(400, "InvalidRequestException", message)
    }

    /// Something else is being done to the recovery point.
    pub fn invalid_state(message: impl Into<String>) -> Self {
        Self::new(400, "InvalidResourceStateException", message)
    }

    /// What was named does not exist. AWS Backup answers 400, not 404.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(400, "ResourceNotFoundException", message)
    }

    /// No such recovery point in the vault.
    pub fn unknown_point() -> Self {
        Self::not_found("Cannot find recovery point.").numbered("ERROR_2603")
    }

    /// No such vault.
    pub fn unknown_vault(name: &str, answer: MissingVault) -> Self {
        match answer {
            MissingVault::NotFound => {
                Self::not_found(format!("Backup vault {name} was not found."))
            }
            MissingVault::AccessDenied => {
                Self::access_denied("Insufficient privileges to perform this action.")
            }
        }
    }

    /// The vault has no access policy.
    pub fn no_policy(vault_arn: &str) -> Self {
        Self::not_found(format!("Backup Vault {vault_arn} has no associated POLICY"))
    }

    /// Nobody is told of what happens in the vault.
    pub fn no_notifications(vault: &str) -> Self {
        let message = "Failed reading notifications from database for Backup vault";
        Self::not_found(format!("{message} {vault}")).numbered("ERROR_2106")
    }

    /// No such backup or restore job.
    pub fn unknown_job(id: &str) -> Self {
        Self::not_found(format!("Cannot find job {}.", super::model::check::echo(id)))
    }

    /// No such legal hold.
    pub fn unknown_hold(id: &str) -> Self {
        Self::not_found(format!("Cannot find legal hold {}.", super::model::check::echo(id)))
    }

    /// No such backup plan, or no such version of it.
    pub fn unknown_plan() -> Self {
        Self::not_found("Failed reading Backup plan with provided version")
    }

    /// The same, where that is an invalid parameter.
    pub fn no_such_plan(id: &str) -> Self {
        let id = super::model::check::echo(id);
        Self::invalid_parameter(format!("Cannot find Backup plan with ID {id}"))
    }

    /// The plan has no such selection.
    pub fn unknown_selection() -> Self {
        Self::not_found("Cannot find backup selection with provided id")
    }

    /// The same, where that is an invalid parameter.
    pub fn no_such_hold(id: &str) -> Self {
        let id = super::model::check::echo(id);
        Self::invalid_parameter(format!("LegalHoldId {id} is not that of a legal hold"))
    }

    /// AWS Backup has no backups of such a resource.
    pub fn unsupported_resource(arn: &sexton_core::ResourceArn) -> Self {
        let arn = super::model::check::echo(arn.as_str());
        Self::invalid_parameter(format!("Unsupported resource type: {arn}"))
    }

    /// No such resource to tag or list by.
    pub fn unknown_resource(arn: &str) -> Self {
        Self::not_found(format!("Cannot find resource {}.", super::model::check::echo(arn)))
    }

    /// Not permitted.
    pub fn access_denied(message: impl Into<String>) -> Self {
        Self::new(403, "AccessDeniedException", message)
    }

    /// AWS Backup knows the operation or the path, and this server does not.
    pub fn unknown_operation(message: impl Into<String>) -> Self {
        Self::new(404, "UnknownOperationException", message)
    }

    /// The server cannot answer now. Status 500, which clients retry; they would not
    /// retry the same name with 400.
    pub fn unavailable() -> Self {
        Self::new(500, "ServiceUnavailableException", "The service is temporarily unavailable.")
    }

    /// Something broke here. The cause is in the server's log, not on the wire.
    pub fn internal() -> Self {
        Self::new(500, "InternalFailure", "An internal error occurred.")
    }

    /// The error as an answer.
    pub fn reply(&self) -> Reply {
        let mut body = Map::new();
        body.insert("__type".to_owned(), self.name.into());
        if let Some(code) = self.code {
            body.insert("Code".to_owned(), code.into());
        }
        body.insert("Message".to_owned(), Value::String(self.message.clone()));
        for (name, value) in &self.extras {
            body.insert((*name).to_owned(), Value::String(value.clone()));
        }
        let header = HeaderValue::from_static(self.name);
        Reply::json(self.status, &body).with(ERROR_TYPE_HEADER, header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::model::backup::ERRORS;

    fn body(error: &WireError) -> Value {
        serde_json::from_slice(&error.reply().body).unwrap()
    }

    #[test]
    fn the_type_is_sent_twice() {
        let error = WireError::unknown_point();
        assert_eq!(error.reply().header("x-amzn-errortype"), Some("ResourceNotFoundException"));
        let body = body(&error);
        assert_eq!(body["__type"], "ResourceNotFoundException");
        assert_eq!(body["Code"], "ERROR_2603");
        assert_eq!(body["Message"], "Cannot find recovery point.");
        assert_eq!(error.status, 400);
    }

    #[test]
    fn a_missing_vault_answers_as_configured() {
        let documented = WireError::unknown_vault("v", MissingVault::NotFound);
        assert_eq!((documented.status, documented.name), (400, "ResourceNotFoundException"));
        let observed = WireError::unknown_vault("v", MissingVault::AccessDenied);
        assert_eq!((observed.status, observed.name), (403, "AccessDeniedException"));
    }

    #[test]
    fn modelled_errors_have_their_modelled_status() {
        let errors = [
            WireError::missing_parameter("X"),
            WireError::invalid_parameter("x"),
            WireError::invalid_request("x"),
            WireError::invalid_state("x"),
            WireError::unknown_point(),
            WireError::unavailable(),
        ];
        for error in errors {
            let modelled = ERRORS.iter().find(|shape| shape.name == error.name).unwrap();
            assert_eq!(error.status, modelled.status, "{}", error.name);
        }
    }
}
