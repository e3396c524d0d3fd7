//! What is kept of what a request says of a file system or a volume.
//!
//! Replies show less than requests say, and partly in another form. What is kept is what will
//! be shown, so no password is ever kept, and a reply holds nothing that the model does not
//! have. What the server itself goes by, such as the days that automatic backups are kept,
//! is taken out: whoever shows it puts in what is true by then.

use serde_json::{Map, Value, json};
use sexton_core::{DailyStart, FileSystemType};

use super::error::Error;
use crate::aws::model::check::fitting;
use crate::aws::model::fsx::{FILE_SYSTEM, VOLUME};
use crate::aws::model::{Member, Shape};

type Members = Map<String, Value>;

/// The configurations of a request, by the type that each is for.
pub(super) type Given = [(FileSystemType, Option<Members>); 4];

/// What is said of one type of file system.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// What is shown again.
    pub(super) shown: Members,
    pub(super) retention_days: Option<u8>,
    pub(super) daily_start: Option<DailyStart>,
    pub(super) copy_tags: bool,
}

/// The one configuration that a request has, if it has one.
pub(super) fn only<T>(
    given: impl IntoIterator<Item = (FileSystemType, Option<T>)>,
) -> Result<Option<(FileSystemType, T)>, Error> {
    let mut found = given.into_iter().filter_map(|(kind, given)| given.map(|it| (kind, it)));
    let first = found.next();
    match (&first, found.next()) {
        (Some((first, _)), Some((second, _))) => Err(Error::bad_request(format!(
            "{} and {} cannot be given together",
            first.configuration(),
            second.configuration()
        ))),
        (_, None) | (None, Some(_)) => Ok(first),
    }
}

/// Reads what is said of a file system of this type.
pub(super) fn said(kind: FileSystemType, mut given: Members) -> Result<Said, Error> {
    let retention_days = given.remove("AutomaticBackupRetentionDays");
    let retention_days = retention_days.and_then(|days| u8::try_from(days.as_u64()?).ok());
    let daily_start = given.remove("DailyAutomaticBackupStartTime");
    let daily_start =
        daily_start.as_ref().and_then(Value::as_str).map(str::parse::<DailyStart>).transpose()?;
    let copy_tags = given.remove("CopyTagsToBackups").and_then(|it| it.as_bool());
    match kind {
        FileSystemType::Windows => with_aliases(&mut given),
        FileSystemType::Lustre => with_data_repository(&mut given),
        FileSystemType::Ontap | FileSystemType::OpenZfs => {}
    }
    let shown = kept(&FILE_SYSTEM, kind, &given);
    Ok(Said { shown, retention_days, daily_start, copy_tags: copy_tags.unwrap_or(false) })
}

/// What is kept of what is said of a volume of this type.
pub(super) fn of_volume(kind: FileSystemType, given: &Members) -> Members {
    kept(&VOLUME, kind, given)
}

/// What is kept of the members of a file system that all types have.
pub(super) fn top(members: Members) -> Members {
    let members: Members = members.into_iter().filter(|(_, value)| !value.is_null()).collect();
    match fitting(&FILE_SYSTEM, &Value::Object(members)) {
        Some(Value::Object(shown)) => shown,
        Some(_) | None => Members::new(),
    }
}

fn kept(of: &Shape, kind: FileSystemType, given: &Members) -> Members {
    let Shape::Structure(members) = of else { return Members::new() };
    let named = |member: &&Member| member.name == kind.configuration();
    let shape = members.iter().find(named).map(|member| member.shape);
    match shape.and_then(|shape| fitting(shape, &Value::Object(given.clone()))) {
        Some(Value::Object(shown)) => shown,
        Some(_) | None => Members::new(),
    }
}

/// Names that are asked for are shown as aliases that are there.
fn with_aliases(given: &mut Members) {
    let Some(Value::Array(names)) = given.get_mut("Aliases") else { return };
    for name in names {
        *name = json!({ "Name": name.take(), "Lifecycle": "AVAILABLE" });
    }
}

/// What links a Lustre file system to a bucket is shown together.
fn with_data_repository(given: &mut Members) {
    let members = ["ImportPath", "ExportPath", "ImportedFileChunkSize", "AutoImportPolicy"];
    let mut linked: Members = members
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), given.remove(name)?)))
        .collect();
    if linked.contains_key("ImportPath") {
        linked.insert("Lifecycle".to_owned(), "AVAILABLE".into());
        given.insert("DataRepositoryConfiguration".to_owned(), Value::Object(linked));
    }
}
