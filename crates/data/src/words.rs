//! What went wrong, in words for whoever asked: nothing of where this server keeps its files.

use crate::blobs::BlobError;

/// What the system says went wrong, wherever in the chain of `error`: words without paths.
pub(crate) fn system_words(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let code = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::raw_os_error);
        if let Some(code) = code {
            return Some(std::io::Error::from_raw_os_error(code).to_string());
        }
        cause = error.source();
    }
    None
}

/// `what`, and what the system says of it.
pub(crate) fn with_system_words(
    what: impl Into<String>,
    error: &(dyn std::error::Error + 'static),
) -> String {
    let what = what.into();
    match system_words(error) {
        Some(words) => format!("{what}: {words}"),
        None => what,
    }
}

/// What went wrong with which object. Names of objects are relative; a path is not one.
pub(crate) fn blob_words(error: &BlobError) -> String {
    let name = |object: &str| {
        if object.starts_with('/') { "the blob folder".to_owned() } else { object.to_owned() }
    };
    match error {
        BlobError::Missing { object } => format!("{} is missing", name(object)),
        BlobError::NotDone { object, .. } => format!("{} could not be used", name(object)),
        BlobError::Unknown { object, .. } => format!("{} may be incomplete", name(object)),
    }
}
