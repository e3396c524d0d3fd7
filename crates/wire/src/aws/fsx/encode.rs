//! From core's values to replies: one function for each operation's success.
//!
//! Members that are not known stay out of the reply, and so do empty lists of tags, which the
//! model does not allow.

mod backups;
mod sources;

use serde::Serialize;
use sexton_core::Tags;

use crate::aws::Reply;
use crate::aws::model::fsx::{ListTagsForResourceResponse, Tag};

pub(super) use backups::backup_type;
pub use backups::{copy_backup, create_backup, delete_backup, describe_backups};
pub use sources::{
    create_file_system, create_file_system_from_backup, create_volume, delete_file_system,
    delete_volume, describe_file_systems, describe_s3_access_point_attachments,
    describe_storage_virtual_machines, describe_volumes, storage_virtual_machine,
    update_file_system,
};
pub(super) use sources::{file_system_type, kind};

/// The longest text that a reply tells of what went wrong, in characters.
const WORDS_CHARS_MAX: usize = 256;

fn answer<T: Serialize>(output: &T) -> Reply {
    Reply::json_1_1(200, output)
}

/// The answer to `TagResource`.
pub fn tag_resource() -> Reply {
    answer(&serde_json::json!({}))
}

/// The answer to `UntagResource`.
pub fn untag_resource() -> Reply {
    answer(&serde_json::json!({}))
}

/// The answer to `ListTagsForResource`.
pub fn list_tags_for_resource(tags: &Tags, next_token: Option<String>) -> Reply {
    answer(&ListTagsForResourceResponse { tags: list(tags), next_token })
}

/// Tags as a list; nothing if there are none.
fn list(tags: &Tags) -> Option<Vec<Tag>> {
    let tag = |(key, value): (&String, &String)| Tag {
        key: Some(key.clone()),
        value: Some(value.clone()),
    };
    (!tags.is_empty()).then(|| tags.iter().map(tag).collect())
}

/// Words for people, cut to what the model has room for; nothing if there are none.
fn words(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.chars().take(WORDS_CHARS_MAX).collect())
}

#[cfg(test)]
mod tests;
