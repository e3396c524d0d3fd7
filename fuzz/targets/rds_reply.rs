//! Replies: whatever a service sends is an answer or an error, and whatever stands in ours is read
//! as it was meant, as JSON and as XML.
#![no_main]

use arbitrary::Arbitrary;
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use sexton_wire::apsara::encode::{self, Page, SetShown};
use sexton_wire::apsara::model::words::{BackupMethod, BackupMode, BackupStatus};
use sexton_wire::apsara::model::{
    Answer, create_backup, delete_backup, describe_backup_policy, describe_backup_tasks,
    describe_backups, describe_binlog_files, describe_db_instance_attribute, describe_db_instances,
    describe_detached_backups, describe_log_backup_files, describe_regions, modify_backup_policy,
};
use sexton_wire::apsara::{Format, reply};

#[path = "../../crates/wire/tests/apsara/xml.rs"]
mod xml;

#[derive(Debug, Arbitrary)]
struct Sample<'a> {
    status: u16,
    id: &'a str,
    instance: &'a str,
    comment: &'a str,
    regions: Vec<&'a str>,
    seconds: u32,
    size: u64,
    number: u64,
    body: &'a [u8],
}

/// Reads a foreign reply, and writes what was read so that it is read alike.
fn foreign<T: Answer>(sample: &Sample<'_>) {
    if let Ok(answer) = reply::read::<T>(sample.status, sample.body) {
        assert_eq!(sample.status, 200);
        own(&answer, sample.id);
    }
}

fn own<T: Answer>(answer: &T, id: &str) {
    let sent = reply::success(answer, Format::Json, id).body;
    let json: Value = serde_json::from_slice(&sent).unwrap();
    let again: T = reply::read(200, &sent).unwrap();
    assert_eq!(
        serde_json::from_slice::<Value>(&reply::success(&again, Format::Json, id).body).unwrap(),
        json
    );
    let sent = reply::success(answer, Format::Xml, id).body;
    let root = format!("{}Response", T::ACTION.name());
    assert_eq!(xml::read(&String::from_utf8(sent).unwrap()), xml::expected(&root, &json));
}

fuzz_target!(|sample: Sample<'_>| {
    foreign::<create_backup::Response>(&sample);
    foreign::<delete_backup::Response>(&sample);
    foreign::<describe_backup_policy::Response>(&sample);
    foreign::<describe_backup_tasks::Response>(&sample);
    foreign::<describe_backups::Response>(&sample);
    foreign::<describe_binlog_files::Response>(&sample);
    foreign::<describe_db_instance_attribute::Response>(&sample);
    foreign::<describe_db_instances::Response>(&sample);
    foreign::<describe_detached_backups::Response>(&sample);
    foreign::<describe_log_backup_files::Response>(&sample);
    foreign::<describe_regions::Response>(&sample);
    foreign::<modify_backup_policy::Response>(&sample);
    let at = Timestamp::from_second(i64::from(sample.seconds)).unwrap();
    let set = SetShown {
        id: sample.id.to_owned(),
        instance: sample.instance.to_owned(),
        started: at,
        ended: at,
        status: BackupStatus::Success,
        method: BackupMethod::Physical,
        mode: BackupMode::Manual,
        size_bytes: sample.size,
        is_deletable: sample.size % 2 == 0,
    };
    let page = Page { items: &[set.clone()], number: sample.number, total: sample.number };
    own(&encode::describe_backups(&page), sample.id);
    let detached = [(set, sample.comment.to_owned())];
    let page = Page { items: &detached, number: sample.number, total: sample.number };
    own(&encode::describe_detached_backups(&page), sample.id);
    // Each is told with the endpoint: few are enough.
    let few = &sample.regions[..sample.regions.len().min(4)];
    own(&encode::describe_regions(few, sample.comment), sample.id);
});
