//! What is written has the types and the precision that the clients expect.

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};
use sexton_core::{Edition, Engine, InstanceKind, LogBackup};

use super::*;
use crate::apsara::model::value::{DailyWindow, Weekdays};
use crate::apsara::model::words::{BackupMethod, BackupMode, BackupStatus};
use crate::apsara::model::{Answer, describe_backups as model_backups};
use crate::apsara::reply::{self, Format};
use crate::apsara::time;

fn at(text: &str) -> Timestamp {
    time::read(text).unwrap()
}

/// What a client gets, without the id of the request.
fn sent<T: Answer>(answer: &T) -> Value {
    let reply = reply::success(answer, Format::Json, "r");
    assert_eq!(reply.status, 200);
    let mut body: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(body.as_object_mut().unwrap().remove("RequestId"), Some(json!("R")));
    body
}

fn set(status: BackupStatus) -> SetShown {
    SetShown {
        id: "324909958".to_owned(),
        instance: "rm-1".to_owned(),
        started: at("2026-11-28T15:04:05Z"),
        ended: at("2026-11-28T15:05:06Z"),
        status,
        method: BackupMethod::Physical,
        mode: BackupMode::Automated,
        size_bytes: 7,
        is_deletable: true,
    }
}

fn page<T>(items: &[T]) -> Page<'_, T> {
    Page { items, number: 2, total: 31 }
}

#[test]
fn the_counters_of_backup_sets_are_texts_and_their_times_are_to_the_second() {
    let failed =
        SetShown { mode: BackupMode::Manual, is_deletable: false, ..set(BackupStatus::Failed) };
    let found = sent(&describe_backups(&page(&[set(BackupStatus::Success), failed])));
    let common = json!({
        "BackupId": "324909958", "DBInstanceId": "rm-1", "BackupSize": 7,
        "BackupStartTime": "2026-11-28T15:04:05Z", "BackupEndTime": "2026-11-28T15:05:06Z",
        "BackupMethod": "Physical", "BackupType": "FullBackup",
    });
    let with = |more: Value| {
        let mut whole = common.clone();
        whole.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        whole
    };
    let expected = json!({
        "PageNumber": "2", "PageRecordCount": "2", "TotalRecordCount": "31",
        "TotalEcsSnapshotSize": 0,
        "Items": { "Backup": [
            with(json!({
                "BackupStatus": "Success", "BackupMode": "Automated", "IsAvail": 1,
                "MetaStatus": "OK", "StoreStatus": "Enabled", "BackupInitiator": "System",
            })),
            with(json!({
                "BackupStatus": "Failed", "BackupMode": "Manual", "IsAvail": 0,
                "MetaStatus": "NO", "StoreStatus": "Disabled", "BackupInitiator": "User",
            })),
        ] },
    });
    assert_eq!(found, expected);
}

#[test]
fn sets_without_an_instance_say_what_it_was_called() {
    let sets = [(set(BackupStatus::Success), "shop".to_owned())];
    let found = sent(&describe_detached_backups(&page(&sets)));
    assert_eq!(found["TotalRecordCount"], "31");
    let shown = &found["Items"]["Backup"][0];
    assert_eq!(shown["DBInstanceComment"], "shop");
    assert_eq!(shown["BackupEndTime"], "2026-11-28T15:05:06Z");
    assert_eq!(shown["StoreStatus"], "Enabled");
}

#[test]
fn a_task_is_a_number_in_a_text_and_names_its_set_when_it_is_finished() {
    assert_eq!(sent(&create_backup(5487)), json!({ "BackupJobId": "5487" }));
    let task = |progress| TaskShown {
        job: 5487,
        set: Some("324909958".to_owned()),
        mode: BackupMode::Manual,
        progress,
    };
    for (progress, status, process, names_set) in [
        (TaskProgress::Waiting, "NoStart", "0", false),
        (TaskProgress::Running { percent: Some(24) }, "Uploading", "24", false),
        (TaskProgress::Running { percent: None }, "Uploading", "0", false),
        (TaskProgress::Finished, "Finished", "100", true),
        (TaskProgress::Failed, "Failed", "NOT_AVAILABLE", false),
    ] {
        let found = sent(&describe_backup_tasks(&[task(progress)]));
        let mut expected = json!({
            "BackupJobId": "5487", "BackupStatus": status, "BackupProgressStatus": status,
            "Process": process, "JobMode": "Manual", "TaskAction": "TEMP_BACKUP_TASK",
        });
        if names_set {
            expected["BackupId"] = json!("324909958");
        }
        assert_eq!(found, json!({ "Items": { "BackupJob": [expected] } }), "{progress:?}");
    }
}

fn policy(log: LogBackup) -> PolicyShown {
    PolicyShown {
        days: 30,
        log,
        on: Weekdays::new([true, false, true, false, false, false, true]),
        at: DailyWindow::new(18 * 60, 19 * 60),
        method: BackupMethod::Logical,
        next: Some(at("2026-11-29T18:00:59Z")),
    }
}

#[test]
fn a_policy_says_in_three_ways_whether_logs_are_kept() {
    let common = json!({
        "BackupRetentionPeriod": 30, "BackupMethod": "Logical",
        "PreferredBackupPeriod": "Monday,Wednesday,Sunday",
        "PreferredBackupTime": "18:00Z-19:00Z", "PreferredNextBackupTime": "2026-11-29T18:00Z",
        "ReleasedKeepPolicy": "None",
    });
    let mut on = common.clone();
    on["BackupLog"] = json!("Enable");
    on["EnableBackupLog"] = json!("1");
    on["LogBackupRetentionPeriod"] = json!(7);
    assert_eq!(sent(&describe_backup_policy(&policy(LogBackup::On { days: 7 }))), on);
    let mut off = common;
    off["BackupLog"] = json!("Disabled");
    off["EnableBackupLog"] = json!("0");
    assert_eq!(sent(&describe_backup_policy(&policy(LogBackup::Off))), off);
    let modified = sent(&modify_backup_policy("rm-1", &policy(LogBackup::On { days: 7 })));
    assert_eq!(modified, json!({ "DBInstanceID": "rm-1", "EnableBackupLog": "1" }));
}

fn instance(kind: InstanceKind) -> InstanceShown {
    InstanceShown {
        id: "rm-1".to_owned(),
        region: "cn-hangzhou".to_owned(),
        description: "shop".to_owned(),
        engine: Engine::MySql,
        version: "8.0".to_owned(),
        edition: Edition::HighAvailability,
        kind,
        primary: (kind != InstanceKind::Primary).then(|| "rm-0".to_owned()),
        read_only: vec!["rr-1".to_owned()],
        guard: None,
        temporary: None,
        is_running: true,
        is_locked: false,
        created: at("2026-01-02T03:04:05Z"),
    }
}

#[test]
fn instances_are_listed_with_counters_that_are_numbers() {
    let found = sent(&describe_db_instances(&page(&[instance(InstanceKind::Primary)]), None));
    for (name, number) in [("PageNumber", 2), ("PageRecordCount", 1), ("TotalRecordCount", 31)] {
        assert_eq!(found[name], number, "{name}");
    }
    let shown = &found["Items"]["DBInstance"][0];
    for (name, value) in [
        ("Category", "HighAvailability"),
        ("CreateTime", "2026-01-02T03:04:05Z"),
        ("DBInstanceId", "rm-1"),
        ("DBInstanceStatus", "Running"),
        ("DBInstanceType", "Primary"),
        ("Engine", "MySQL"),
        ("EngineVersion", "8.0"),
        ("LockMode", "Unlock"),
        ("RegionId", "cn-hangzhou"),
    ] {
        assert_eq!(shown[name], value, "{name}");
    }
    assert_eq!(shown["DeletionProtection"], false);
    let followers = &shown["ReadOnlyDBInstanceIds"]["ReadOnlyDBInstanceId"];
    assert_eq!(followers, &json!([{ "DBInstanceId": "rr-1" }]));
    assert_eq!(shown.get("MasterInstanceId"), None);
}

#[test]
fn every_kind_edition_and_engine_of_an_instance_has_its_word() {
    let attribute = |it: &InstanceShown| {
        let found = sent(&describe_db_instance_attribute(it));
        found["Items"]["DBInstanceAttribute"][0].clone()
    };
    for (kind, word, primary) in [
        (InstanceKind::Primary, "Primary", Value::Null),
        (InstanceKind::ReadOnly, "Readonly", json!("rm-0")),
        (InstanceKind::Guard, "Guard", json!("rm-0")),
        (InstanceKind::Temporary, "Temp", json!("rm-0")),
    ] {
        let found = attribute(&instance(kind));
        assert_eq!(
            (&found["DBInstanceType"], &found["MasterInstanceId"]),
            (&json!(word), &primary)
        );
        assert_eq!(found["CreationTime"], "2026-01-02T03:04:05Z");
    }
    for (edition, word) in [
        (Edition::Basic, "Basic"),
        (Edition::HighAvailability, "HighAvailability"),
        (Edition::Cluster, "cluster"),
    ] {
        let shown = InstanceShown { edition, ..instance(InstanceKind::Primary) };
        assert_eq!(attribute(&shown)["Category"], word);
    }
    for (engine, word) in [
        (Engine::MySql, "MySQL"),
        (Engine::PostgreSql, "PostgreSQL"),
        (Engine::MariaDb, "MariaDB"),
        (Engine::SqlServer, "SQLServer"),
    ] {
        let shown = InstanceShown { engine, ..instance(InstanceKind::Primary) };
        assert_eq!(attribute(&shown)["Engine"], word);
    }
    let down =
        InstanceShown { is_running: false, is_locked: true, ..instance(InstanceKind::Primary) };
    assert_eq!(attribute(&down)["DBInstanceStatus"], "Stopped");
    assert_eq!(attribute(&down)["LockMode"], "ManualLock");
}

#[test]
fn files_of_logs_have_times_to_the_second_or_to_the_minute_as_the_action_has_them() {
    let file = LogFileShown {
        name: "mysql-bin.000005".to_owned(),
        begins: at("2026-11-28T15:04:05Z"),
        ends: at("2026-11-28T15:09:06Z"),
        size_bytes: u64::MAX,
    };
    let files = [file.clone(), file];
    let found = sent(&describe_binlog_files(&page(&files), u64::MAX));
    assert_eq!(found["TotalFileSize"], i64::MAX, "the sum does not turn negative");
    for (name, number) in [("PageNumber", 2), ("PageRecordCount", 2), ("TotalRecordCount", 31)] {
        assert_eq!(found[name], number, "{name}");
    }
    let shown = json!({
        "FileSize": i64::MAX, "LogBeginTime": "2026-11-28T15:04:05Z",
        "LogEndTime": "2026-11-28T15:09:06Z", "LogFileName": "mysql-bin.000005",
        "RemoteStatus": "Completed",
    });
    assert_eq!(found["Items"]["BinLogFile"][0], shown);
    let found = sent(&describe_log_backup_files(&page(&files), 7));
    assert_eq!(found["TotalFileSize"], 7, "it is that of all pages");
    let shown = json!({
        "FileSize": i64::MAX, "LogBeginTime": "2026-11-28T15:04Z",
        "LogEndTime": "2026-11-28T15:09Z",
    });
    assert_eq!(found["Items"]["BinLogFile"][0], shown);
    assert_eq!(found["TotalRecordCount"], 31);
}

#[test]
fn deletion_answers_nothing_but_that_it_was_done() {
    assert_eq!(sent(&delete_backup()), json!({}));
}

#[test]
fn every_region_is_found_where_the_client_has_found_this_one() {
    let found = sent(&describe_regions(&["cn-hangzhou", "us-east-1"], "localhost:7878"));
    let regions = found["Regions"]["RDSRegion"].as_array().unwrap();
    assert_eq!(regions.len(), 2);
    assert_eq!(regions[1]["RegionId"], "us-east-1");
    assert_eq!(regions[1]["RegionEndpoint"], "localhost:7878");
    assert_eq!(
        sent(&describe_regions(&["a"], ""))["Regions"]["RDSRegion"][0].get("RegionEndpoint"),
        None
    );
}

proptest! {
    #[test]
    fn whatever_a_set_is_called_json_is_read_again_and_xml_is_whole(
        id: String, instance: String, comment: String, size_bytes: u64, number: u64, total: u64,
        seconds in -60_000_000_000_i64..250_000_000_000,
    ) {
        let moment = Timestamp::from_second(seconds).unwrap();
        let shown = SetShown {
            id: id.clone(), instance, started: moment, ended: moment,
            size_bytes, ..set(BackupStatus::Success)
        };
        let answer = describe_backups(&Page { items: std::slice::from_ref(&shown), number, total });
        let reply = reply::success(&answer, Format::Json, &id);
        let read: model_backups::Response = reply::read(200, &reply.body).unwrap();
        let sets = read.items.unwrap().backup.unwrap();
        prop_assert_eq!(sets[0].backup_id.as_deref(), Some(id.as_str()));
        prop_assert_eq!(read.total_record_count.map(|it| it.0), Some(total));
        let page = Page { items: &[(shown, comment)], number, total };
        let detached = describe_detached_backups(&page);
        for body in [
            reply::success(&answer, Format::Xml, &id).body,
            reply::success(&detached, Format::Xml, &id).body,
        ] {
            let text = String::from_utf8(body).unwrap();
            let control = |it: char| it < ' ' && !matches!(it, '\t' | '\n');
            prop_assert!(!text.contains(control), "{text:?}");
            let tags = |open: &str| text.matches(open).count();
            prop_assert_eq!(tags("<") - tags("</") - 1, tags("</"), "every element is closed");
        }
    }
}
