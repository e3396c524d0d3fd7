//! Errors as FSx sends them.
//!
//! Status 400 for whatever the client did, authentication included, and 500 for what broke
//! here. boto3 takes the type from the body, and other SDKs from the header too, so it is sent
//! twice.

use http::{HeaderName, HeaderValue};
use serde_json::{Map, Value};
use sexton_core::{FsxRefusal, InvalidFsxId, ParseArnError};

use crate::aws::Reply;
use crate::aws::model::check::{Violation, echo};
use crate::aws::model::fsx::{ERRORS, Operation};
use crate::aws::paging::NoPage;
use crate::aws::sigv4::AuthError;

/// The longest message that the model has room for, in characters.
const MESSAGE_CHARS_MAX: usize = 256;

/// An error of FSx's protocol.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {message}")]
pub struct Error {
    /// The HTTP status.
    pub status: u16,
    /// Its name, such as `BackupNotFound`.
    pub name: &'static str,
    /// For people. Never holds what a cause said.
    pub message: String,
    /// Further members of the body.
    pub extras: Vec<(&'static str, String)>,
}

impl Error {
    fn new(name: &'static str, message: impl Into<String>) -> Self {
        Self { status: 400, name, message: message.into(), extras: Vec::new() }
    }

    fn with(mut self, member: &'static str, value: &impl ToString) -> Self {
        self.extras.push((member, value.to_string()));
        self
    }

    /// The request is not acceptable. The message says why.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new("BadRequest", message)
    }

    /// Whoever asks may not.
    pub fn access_denied(message: impl Into<String>) -> Self {
        Self::new("AccessDeniedException", message)
    }

    /// Something broke here, or cannot be told now. The cause is in the server's log, not on
    /// the wire. Clients ask again.
    pub fn internal() -> Self {
        let message = "The request was not completed. Try again with the same token.";
        Self { status: 500, ..Self::new("InternalServerError", message) }
    }

    /// The body is no JSON object.
    pub(super) fn serialization() -> Self {
        Self::new("SerializationException", "the body must be a JSON object")
    }

    /// A file system of this type needs its configuration.
    pub(super) fn missing_file_system_configuration(member: &str) -> Self {
        let message = format!("{member} is required for a file system of this type");
        Self::new("MissingFileSystemConfiguration", message)
    }

    /// A volume of this type needs its configuration.
    pub(super) fn missing_volume_configuration(member: &str) -> Self {
        let message = format!("{member} is required for a volume of this type");
        Self::new("MissingVolumeConfiguration", message)
    }

    /// A KMS key for a copy.
    pub(super) fn invalid_destination_key() -> Self {
        let message = "copies are sealed with a key of this server's own: leave KmsKeyId out";
        Self::new("InvalidDestinationKmsKey", message)
    }

    /// Nothing is served through access points of S3 here.
    pub(super) fn no_access_point(name: &str) -> Self {
        let message = format!("S3 access point {:?} is not attached to a volume here", echo(name));
        Self::new("S3AccessPointAttachmentNotFound", message)
    }

    /// No such region.
    pub(super) fn invalid_region(region: &str) -> Self {
        let message = format!("{:?} is not a region such as us-east-1", echo(region));
        Self::new("InvalidRegion", message)
    }

    /// Another service's resource.
    pub(super) fn not_service_resource(arn: &str) -> Self {
        let message = "the resource is not one of Amazon FSx: ask the service that has it";
        Self::new("NotServiceResourceError", message).with("ResourceARN", &arn)
    }

    /// A resource of FSx that has no tags.
    pub(super) fn does_not_support_tagging(arn: &str) -> Self {
        let message = "only file systems, volumes and backups have tags here";
        Self::new("ResourceDoesNotSupportTagging", message).with("ResourceARN", &arn)
    }

    /// What a refusal is called in answer to this operation. No arm is a wildcard: a new
    /// refusal does not compile until it has a name here.
    pub fn refused(refusal: FsxRefusal, operation: Operation) -> Self {
        let message = refusal.to_string();
        let error = match refusal {
            FsxRefusal::BackupNotFound { .. } => Self::new("BackupNotFound", message),
            FsxRefusal::FileSystemNotFound { .. } => Self::new("FileSystemNotFound", message),
            FsxRefusal::VolumeNotFound { .. } => Self::new("VolumeNotFound", message),
            FsxRefusal::StorageVirtualMachineNotFound { .. } => {
                Self::new("StorageVirtualMachineNotFound", message)
            }
            FsxRefusal::BackupInProgress { .. } => Self::new("BackupInProgress", message),
            FsxRefusal::BackupRestoring { file_system } => {
                let mut error = Self::new("BackupRestoring", message);
                error.extras.extend(file_system.map(|id| ("FileSystemId", id.to_string())));
                error
            }
            FsxRefusal::BackupBeingCopied { id, copy: _ } => {
                Self::new("BackupBeingCopied", message).with("BackupId", &id)
            }
            FsxRefusal::KeptByVault { .. }
            | FsxRefusal::BadRequest { .. }
            | FsxRefusal::Tags(_) => Self::bad_request(message),
            FsxRefusal::TokenUsed { parameter } => {
                Self::new("IncompatibleParameterError", message).with("Parameter", &parameter)
            }
            FsxRefusal::TooManyCopies => {
                let limit = "TOTAL_IN_PROGRESS_COPY_BACKUPS";
                Self::new("ServiceLimitExceeded", message).with("Limit", &limit)
            }
            FsxRefusal::TooMany { .. } => {
                Self::new("ServiceLimitExceeded", message).with("Limit", &limit(operation))
            }
            FsxRefusal::SourceBackupUnavailable { id } => {
                Self::new("SourceBackupUnavailable", message).with("BackupId", &id)
            }
            FsxRefusal::InvalidRegion { .. } => Self::new("InvalidRegion", message),
            FsxRefusal::Unsupported { .. } => Self::new("UnsupportedOperation", message),
            FsxRefusal::ResourceNotFound { arn } => {
                Self::new("ResourceNotFound", message).with("ResourceARN", &arn)
            }
        };
        error.in_answer_to(operation)
    }

    /// What an operation does not declare is a bad request in answer to it: clients know no
    /// other.
    fn in_answer_to(self, operation: Operation) -> Self {
        let modelled = ERRORS.iter().any(|error| error.name == self.name);
        if modelled && !operation.info().errors.contains(&self.name) {
            return Self::bad_request(self.message);
        }
        self
    }

    /// The error as an answer.
    pub fn reply(&self) -> Reply {
        let mut body = Map::new();
        body.insert("__type".to_owned(), self.name.into());
        let long = self.message.chars().count() > MESSAGE_CHARS_MAX;
        let mut message: String = self.message.chars().take(MESSAGE_CHARS_MAX).collect();
        if long {
            message.pop();
            message.push('…');
        }
        body.insert("Message".to_owned(), Value::String(message));
        for (name, value) in &self.extras {
            body.insert((*name).to_owned(), Value::String(value.clone()));
        }
        let header = HeaderName::from_static("x-amzn-errortype");
        Reply::json_1_1(self.status, &body).with(header, HeaderValue::from_static(self.name))
    }
}

/// What there is too much of when an operation makes more.
fn limit(operation: Operation) -> &'static str {
    match operation {
        Operation::CreateBackup | Operation::CopyBackup => "TOTAL_USER_INITIATED_BACKUPS",
        Operation::CreateVolume => "VOLUMES_PER_FILE_SYSTEM",
        Operation::CreateFileSystem
        | Operation::CreateFileSystemFromBackup
        | Operation::UpdateFileSystem
        | Operation::DeleteFileSystem
        | Operation::DescribeFileSystems
        | Operation::DescribeVolumes
        | Operation::DeleteVolume
        | Operation::DescribeStorageVirtualMachines
        | Operation::DescribeS3AccessPointAttachments
        | Operation::DescribeBackups
        | Operation::DeleteBackup
        | Operation::TagResource
        | Operation::UntagResource
        | Operation::ListTagsForResource => "FILE_SYSTEM_COUNT",
    }
}

/// The answer to an operation that is not served.
pub fn not_served(operation: &str) -> Error {
    let known = crate::aws::model::fsx::UNSERVED.contains(&operation);
    let operation = echo(operation);
    let message = if known {
        format!("{operation} of Amazon FSx is not served here: nothing was done")
    } else {
        format!("{operation:?} is no operation of Amazon FSx: nothing was done")
    };
    Error::new("UnknownOperationException", message)
}

impl From<Violation> for Error {
    fn from(violation: Violation) -> Self {
        Self::bad_request(violation.to_string())
    }
}

impl From<NoPage> for Error {
    fn from(refusal: NoPage) -> Self {
        Self::bad_request(refusal.to_string())
    }
}

impl From<InvalidFsxId> for Error {
    fn from(refusal: InvalidFsxId) -> Self {
        Self::bad_request(format!("{:?} is not of the form {}", echo(&refusal.text), refusal.form))
    }
}

impl From<ParseArnError> for Error {
    fn from(refusal: ParseArnError) -> Self {
        Self::bad_request(format!("{:?} is not an ARN", echo(&refusal.text)))
    }
}

/// For FSx, where all of these have status 400.
impl From<AuthError> for Error {
    fn from(refusal: AuthError) -> Self {
        Self::new(refusal.name(), refusal.to_string())
    }
}

#[cfg(test)]
mod tests;
