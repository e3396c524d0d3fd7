//! Names of things, and what paths and queries make of text.

use jiff::Timestamp;
use sexton_core::{
    BackupArn, FileSystemId, FsxBackupId, InstanceId, PlanSchedule, Realm, ResourceArn, RoleArn,
    VaultName, plain,
};
use sexton_wire::apsara::time;
use sexton_wire::aws::percent::{decode, decode_form, encode, find_form, raw_pairs};

/// What is read is written as it was.
macro_rules! same {
    ($text:expr, $($name:ty),*) => {
        $(if let Ok(read) = $text.parse::<$name>() {
            assert_eq!(read.to_string(), $text);
        })*
    };
}

pub(crate) fn ask(text: &str) {
    same!(
        text,
        BackupArn,
        ResourceArn,
        RoleArn,
        VaultName,
        Realm,
        FsxBackupId,
        FileSystemId,
        InstanceId
    );
    if let Ok(arn) = text.parse::<BackupArn>() {
        let fields = [arn.partition(), arn.service(), arn.region(), arn.account(), arn.resource()];
        assert_eq!(format!("arn:{}", fields.join(":")), text);
    }
    if let Some(at) = time::read(text) {
        assert!(text == time::to_the_second(at) || text == time::to_the_minute(at), "{text}");
    }
    if let Ok(schedule) = PlanSchedule::parse(text, "Europe/Berlin") {
        let (since, mut now) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
        for _ in 0..3 {
            let Some(next) = schedule.next(since, now) else { break };
            assert_eq!(schedule.latest(since, now, next), Some(next), "{text} after {now}");
            now = next;
        }
    }
    let encoded = encode(text);
    assert_eq!(decode(&encoded).unwrap(), text);
    assert_eq!(decode_form(&encoded).unwrap(), text);
    drop((decode(text), decode_form(text), find_form(text, "a"), raw_pairs(text).count()));
    assert!(!plain(text).contains(char::is_control));
}
