//! Worlds that did not come to their beginning, and keys that went missing.

use sexton_core::{Edition, Engine, InstanceKind, PolicyChange, Principal, REALMS_MAX, Vault};
use sexton_store::BackupQuery;
use sexton_store::certificate::LogError;
use tempfile::TempDir;

use super::*;
use crate::config::Dev;
use crate::error::OpsError;
use crate::ops::rds::InstanceOrder;
use crate::ops::tags::Door;

const SEED: &str = r#"{
    "vaults": [{"name": "Default", "tags": {"team": "a"}}, {"name": "second"}],
    "recovery_points": [{"vault": "second", "count": 2,
        "resource": "arn:aws:ec2:us-east-1:123456789012:volume/vol-1"}]
}"#;

fn realm() -> Realm {
    Realm::new("us-east-1", "123456789012")
}

/// Settings of a world for tests that begins with `seed`.
fn settings(folder: &TempDir, seed: &str) -> Settings {
    let path = folder.path().join("seed.json");
    fs::write(&path, seed).unwrap();
    let data = folder.path().join("data");
    fs::create_dir_all(&data).unwrap();
    Settings { data, ..Settings::of_tests(Some(Dev { seed: Some(path), ..Dev::default() })) }
}

/// Settings of a world that is about to begin in `folder`.
fn beginning(folder: &TempDir, seed: &str) -> Settings {
    let settings = settings(folder, seed);
    Mark::Beginning.write(&settings.data).unwrap();
    settings
}

async fn open(settings: &Settings) -> Result<World, WorldError> {
    World::open(settings, Arc::new(Clock::default()), dev::Beginning::Default).await
}

async fn backups(world: &World) -> Vec<sexton_core::Backup> {
    let query = BackupQuery::of_vault(realm(), "second".parse().unwrap());
    world.service.store.list_backups(&query, None, 1000).await.unwrap().items
}

#[tokio::test]
async fn a_seed_that_is_wrong_anywhere_plants_nothing_and_can_be_corrected() {
    let folder = tempfile::tempdir().unwrap();
    let backups = r#""recovery_points": [{"vault": "other", "resource": "arn:aws:fsx:r:1:a/b"}]"#;
    for (seed, words) in [
        (SEED.replace(r#""vault": "second""#, r#""vault": "third""#), "no vault third"),
        (SEED.replace(r#""name": "second""#, r#""name": "Default""#), "Default is there twice"),
        (SEED.replace("team", "aws:team"), "aws:team"),
        (SEED.replace("aws:ec2", "aws:nothing"), "unsupported"),
        (SEED.replace("\"count\": 2", "\"count\": 2000000"), "more than 1000000"),
        (format!("{{\"vaults\": [{{\"name\": \"?\"}}], {backups}}}"), "\"?\" is not valid"),
        (SEED.replace(r#"{"name": "second"}"#, r#"{"nome": "second"}"#), "nome"),
    ] {
        let settings = beginning(&folder, &seed);
        let error = open(&settings).await.unwrap_err().to_string();
        assert!(error.contains("seed.json") && error.contains(words), "{seed}: {error}");
        assert!(!settings.data.join("sexton.db").exists(), "{seed}");
        assert_eq!(Mark::read(&settings.data).unwrap(), Some(Mark::Beginning));
    }
    let settings = settings(&folder, SEED);
    let world = open(&settings).await.unwrap();
    assert_eq!(self::backups(&world).await.len(), 2);
    let default = world.service.vault(&realm().with("Default".parse().unwrap())).await.unwrap();
    assert_eq!(default.vault.tags["team"], "a");
    assert_eq!(Mark::read(&settings.data).unwrap(), Some(Mark::Begun));
    world.close().await;
}

#[tokio::test]
async fn a_world_killed_while_it_was_planted_begins_anew_and_no_other_does() {
    let folder = tempfile::tempdir().unwrap();
    let half = beginning(&folder, "{}");
    open(&half).await.unwrap().close().await;
    // As a kill before the first backup leaves it: vaults, and no word of an end.
    Mark::Beginning.write(&half.data).unwrap();
    let whole = settings(&folder, SEED);
    let world = open(&whole).await.unwrap();
    let first = backups(&world).await;
    assert_eq!(first.len(), 2);
    world.close().await;
    let world = open(&whole).await.unwrap();
    assert_eq!(backups(&world).await, first, "a world that has begun goes on");
    world.close().await;
}

#[tokio::test]
async fn a_listing_goes_on_after_a_restart_and_in_no_other_world() {
    let folder = tempfile::tempdir().unwrap();
    let settings = beginning(&folder, SEED);
    let world = open(&settings).await.unwrap();
    let first = list_one(&world, None).await.unwrap();
    let token = first["NextToken"].as_str().unwrap();
    world.close().await;
    let world = open(&settings).await.unwrap();
    let second = list_one(&world, Some(token)).await.unwrap();
    assert_ne!(arn(&first), arn(&second));
    assert_eq!(second.get("NextToken"), None, "two points are two pages of one");

    let other = tempfile::tempdir().unwrap();
    let settings = beginning(&other, SEED);
    let other = open(&settings).await.unwrap();
    let refused = list_one(&other, Some(token)).await.unwrap_err();
    assert!(refused.contains("NextToken is not valid"), "{refused}");
    world.close().await;
    other.close().await;
}

fn arn(page: &serde_json::Value) -> &str {
    page["RecoveryPoints"][0]["RecoveryPointArn"].as_str().unwrap()
}

/// A page of one backup, as a client gets it.
async fn list_one(world: &World, token: Option<&str>) -> Result<serde_json::Value, String> {
    let token = token.map_or_else(String::new, |token| format!("&nextToken={token}"));
    let target = format!("/backup-vaults/second/recovery-points?maxResults=1{token}");
    let (parts, ()) = http::Request::get(target).body(()).unwrap().into_parts();
    let call = sexton_wire::aws::backup::decode(&parts, b"").map_err(|it| it.to_string())?;
    let (caller, now) = (caller(realm()), world.service.clock.now());
    let reply = crate::api::backup::answer(&world.service, call, &caller, now).await;
    let reply = reply.map_err(|failure| failure.to_string())?;
    Ok(serde_json::from_slice(&reply.body).unwrap())
}

#[tokio::test]
async fn an_empty_world_has_no_vault_and_stays_so_when_it_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let settings = beginning(&folder, SEED);
    let clock = Arc::new(Clock::default());
    let mut world = Some(open(&settings).await.unwrap());
    World::begin_anew(&mut world, &settings, &clock, dev::Beginning::Empty).await.unwrap();
    let world = world.unwrap();
    assert_eq!(world.service.store.list_vaults(&realm(), None, 10).await.unwrap().items, []);
    world.close().await;
    let world = open(&settings).await.unwrap();
    assert_eq!(world.service.store.list_vaults(&realm(), None, 10).await.unwrap().items, []);
    world.close().await;
}

fn caller(realm: Realm) -> crate::auth::Caller {
    crate::auth::Caller::of_tests(realm)
}

/// The names of the vaults of a realm, as a client is told them.
async fn vaults(world: &World, realm: &Realm) -> Vec<String> {
    let (parts, ()) = http::Request::get("/backup-vaults/").body(()).unwrap().into_parts();
    let call = sexton_wire::aws::backup::decode(&parts, b"").unwrap();
    let (caller, now) = (caller(realm.clone()), world.service.clock.now());
    let reply = crate::api::backup::answer(&world.service, call, &caller, now).await.unwrap();
    let reply: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
    let name = |vault: &serde_json::Value| vault["BackupVaultName"].as_str().unwrap().to_owned();
    reply["BackupVaultList"].as_array().unwrap().iter().map(name).collect()
}

async fn make_vault(world: &World, realm: &Realm, name: &str) -> Result<Vault, OpsError> {
    let (by, now) = (Principal::server(), world.service.clock.now());
    let vault = Vault::new(realm.clone(), name.parse().unwrap(), now);
    world.service.create_vault(vault, &by, now).await
}

#[tokio::test]
async fn a_region_for_tests_is_there_before_anything_is_written_of_it_and_begins_with_default() {
    let folder = tempfile::tempdir().unwrap();
    let settings = beginning(&folder, SEED);
    let world = open(&settings).await.unwrap();
    let far = settings.served("ap-south-1", "123456789012").unwrap();
    assert_eq!(vaults(&world, &realm()).await, ["Default", "second"]);
    assert_eq!(vaults(&world, &far).await, ["Default"]);
    let default = far.with("Default".parse().unwrap());
    assert_eq!(world.service.vault(&default).await.unwrap().backups, 0);
    assert_eq!(world.service.store.list_realms().await.unwrap(), [realm()], "reading writes none");

    let taken = make_vault(&world, &far, "Default").await.unwrap_err();
    assert!(matches!(taken, OpsError::Vault(..)), "{taken:?}");
    assert_eq!(world.service.store.list_realms().await.unwrap(), [realm(), far.clone()]);
    make_vault(&world, &far, "gold").await.unwrap();
    let (by, now) = (Principal::server(), world.service.clock.now());
    world.service.delete_vault(&default, &by, now).await.unwrap();
    assert_eq!(vaults(&world, &far).await, ["gold"]);
    world.close().await;
    let world = open(&settings).await.unwrap();
    assert_eq!(vaults(&world, &far).await, ["gold"], "what was deleted does not come back");
    assert_eq!(vaults(&world, &realm()).await, ["Default", "second"]);
    world.close().await;
}

#[tokio::test]
async fn a_world_begun_empty_has_no_vault_in_any_region_after_a_restart_either() {
    let folder = tempfile::tempdir().unwrap();
    let settings = beginning(&folder, SEED);
    let clock = Arc::new(Clock::default());
    let mut world = Some(open(&settings).await.unwrap());
    World::begin_anew(&mut world, &settings, &clock, dev::Beginning::Empty).await.unwrap();
    let far = Realm::new("ap-south-1", "123456789012");
    let mut world = world.unwrap();
    for _start in 0..2 {
        assert_eq!(vaults(&world, &realm()).await, [""; 0]);
        assert_eq!(vaults(&world, &far).await, [""; 0]);
        world.close().await;
        world = open(&settings).await.unwrap();
    }
    make_vault(&world, &far, "gold").await.unwrap();
    assert_eq!(vaults(&world, &far).await, ["gold"]);
    world.close().await;
}

#[tokio::test]
async fn realms_are_bounded_and_those_that_have_begun_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let settings = beginning(&folder, "{}");
    let world = open(&settings).await.unwrap();
    let far = |number: u64| Realm::new(format!("xx-far-{number}"), "123456789012");
    for number in 1..REALMS_MAX {
        make_vault(&world, &far(number), "gold").await.unwrap();
    }
    for name in ["gold", "Default"] {
        let refused = make_vault(&world, &far(REALMS_MAX), name).await.unwrap_err();
        assert!(matches!(refused, OpsError::TooManyRealms), "{refused:?}");
    }
    assert_eq!(vaults(&world, &far(REALMS_MAX)).await, ["Default"], "it can be read");
    make_vault(&world, &far(1), "iron").await.unwrap();
    world.close().await;
}

#[tokio::test]
async fn every_region_of_the_settings_begins_with_a_vault_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let one = Settings { dev: None, ..settings(&folder, "{}") };
    open(&one).await.unwrap().close().await;
    let two = Settings { more_regions: vec!["eu-central-1".to_owned()], ..one.clone() };
    check_realms(&two).unwrap();
    let world = open(&two).await.unwrap();
    let more = Realm::new("eu-central-1", "123456789012");
    assert_eq!(vaults(&world, &more).await, ["Default"]);
    assert_eq!(world.service.store.list_realms().await.unwrap(), [realm(), more.clone()]);
    world.close().await;
    check_realms(&one).expect("nobody misses the vault that every realm begins with");
    let world = open(&two).await.unwrap();
    make_vault(&world, &more, "gold").await.unwrap();
    world.close().await;

    let refused = check_realms(&one).unwrap_err();
    let all = [more.clone()];
    assert!(matches!(&refused, WorldError::UnservedRealms { unserved, .. } if *unserved == all));
    assert_eq!(two.served("eu-west-1", "123456789012"), None, "only --dev serves all regions");
    // Nothing is in it, so it can go.
    let gone = crate::realms::stopped::drop_realm(&one.data, &more).await.unwrap();
    assert_eq!((gone.vaults, gone.backups), (2, 0));
    check_realms(&one).unwrap();
    open(&one).await.unwrap().close().await;
}

#[tokio::test]
async fn a_realm_with_backups_is_not_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let settings = beginning(&folder, SEED);
    open(&settings).await.unwrap().close().await;
    let listed = crate::realms::stopped::list(&settings.data).unwrap();
    assert_eq!((listed[0].vaults, listed[0].backups, listed.len()), (2, 2, 1));
    let refused = crate::realms::stopped::drop_realm(&settings.data, &realm()).await.unwrap_err();
    assert!(refused.to_string().contains("holds 2 backups"), "{refused}");
    let world = open(&settings).await.unwrap();
    assert_eq!(backups(&world).await.len(), 2);
    let busy = crate::realms::stopped::list(&settings.data).unwrap_err();
    assert!(busy.to_string().contains("stop its server first"), "{busy}");
    world.close().await;
}

/// What a crash left of a large restore kept everybody waiting at the next start.
#[tokio::test]
async fn what_a_crash_left_of_restores_goes_while_the_world_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let settings = beginning(&folder, SEED);
    let left = [
        "restores/.018f0c4e-0000-7000-8000-000000000001.restoring",
        "file-systems/.fs-0123456789abcdef0.restoring",
    ];
    let left = left.map(|name| settings.data.join(name));
    open(&settings).await.unwrap().close().await;
    for path in &left {
        fs::create_dir_all(path.join("half/a/tree")).unwrap();
    }
    let precious = settings.data.join("restores/.precious.restoring");
    fs::create_dir(&precious).unwrap();
    let world = open(&settings).await.unwrap();
    assert_eq!(backups(&world).await.len(), 2);
    while left.iter().any(|path| path.exists()) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    world.close().await;
    assert!(precious.is_dir());
}

/// The directories stayed, and nobody knew of them any more.
#[tokio::test]
async fn a_realm_with_a_file_system_that_was_made_here_is_not_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let settings = beginning(&folder, r#"{"file_systems": [{"type": "lustre"}]}"#);
    let world = open(&settings).await.unwrap();
    let [source] = &world.service.store.list_sources(&realm()).await.unwrap()[..] else {
        panic!("not one source");
    };
    let id = source.offered.id().to_owned();
    world.close().await;
    let refused = crate::realms::stopped::drop_realm(&settings.data, &realm()).await.unwrap_err();
    assert!(refused.to_string().contains("1 file system made by FSx"), "{refused}");
    assert!(settings.data.join("file-systems").join(&id).is_dir());
    assert_eq!(crate::realms::stopped::list(&settings.data).unwrap()[0].sources, 1);
}

/// Nobody would have the slots dropped, and the log of their databases would fill their disks.
#[tokio::test]
async fn a_realm_is_not_dropped_while_a_database_may_keep_a_slot_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let settings = beginning(&folder, "{}");
    let order = InstanceOrder {
        name: "orders".to_owned(),
        engine: Engine::PostgreSql,
        version: "15.0".to_owned(),
        edition: Edition::HighAvailability,
        kind: InstanceKind::Primary,
        primary: None,
        identity: None,
        connection: "engine = \"postgresql\"".to_owned().into(),
    };
    let (by, id) = (Principal::server(), order.id(&realm()));
    let key = realm().with(id.arn(&realm()));
    let logs = |on| PolicyChange { log: Some(on), ..PolicyChange::default() };
    for has in ["one that is used", "one that is owed", "none"] {
        let world = open(&settings).await.unwrap();
        let (service, now) = (&world.service, world.service.clock.now());
        match has {
            "one that is used" => {
                service.add_instance(&order, &by, &realm(), now).await.unwrap();
                let changed = logs(true);
                service.set_backup_policy(&realm(), id.as_str(), &changed, &by, now).await.unwrap();
            }
            "one that is owed" => {
                let changed = logs(false);
                service.set_backup_policy(&realm(), id.as_str(), &changed, &by, now).await.unwrap();
            }
            _ => assert_eq!(service.forget_slots(&key, None, &by, now).await.unwrap(), 1),
        }
        world.close().await;
        let dropped = crate::realms::stopped::drop_realm(&settings.data, &realm()).await;
        if has == "none" {
            assert_eq!(dropped.unwrap().sources, 1);
        } else {
            let refused = dropped.unwrap_err().to_string();
            assert!(refused.contains("1 instance whose databases may keep"), "{has}: {refused}");
        }
    }
}

#[tokio::test]
async fn a_folder_of_another_account_or_region_is_refused_and_both_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { dev: None, ..settings(&folder, "{}") };
    check_realms(&settings).unwrap();
    let world = open(&settings).await.unwrap();
    make_vault(&world, &realm(), "gold").await.unwrap();
    world.close().await;
    check_realms(&settings).unwrap();
    for (region, account) in [("eu-central-1", "123456789012"), ("us-east-1", "210987654321")] {
        let other = Settings { realm: Realm::new(region, account), ..settings.clone() };
        let error = check_realms(&other).unwrap_err().to_string();
        for words in ["us-east-1", "123456789012", region, account] {
            assert!(error.contains(words), "{words}: {error}");
        }
        let both = Settings { more_regions: vec!["us-east-1".to_owned()], ..other };
        assert_eq!(check_realms(&both).is_ok(), account == "123456789012");
    }
}

#[tokio::test]
async fn a_world_for_tests_that_is_begun_anew_has_no_realm_yet() {
    let folder = tempfile::tempdir().unwrap();
    let settings = beginning(&folder, SEED);
    open(&settings).await.unwrap().close().await;
    let other = Settings { realm: Realm::new("us-east-1", "210987654321"), ..settings.clone() };
    assert!(check_realms(&other).is_err(), "nobody has a key to it");
    let key = crate::config::AccessKey {
        id: "id".to_owned(),
        secret: "secret".to_owned(),
        account: "123456789012".to_owned(),
    };
    let dev = Dev { keys: vec![key], ..Dev::default() };
    check_realms(&Settings { dev: Some(dev), ..other.clone() }).unwrap();
    Mark::Beginning.write(&settings.data).unwrap();
    check_realms(&other).unwrap();
}

#[tokio::test]
async fn a_signing_key_is_not_replaced_once_it_has_signed() {
    let folder = tempfile::tempdir().unwrap();
    let settings = beginning(&folder, SEED);
    let world = open(&settings).await.unwrap();
    let key = settings.data.join("certificate-key");
    world.close().await;
    fs::remove_file(&key).unwrap();
    let world = open(&settings).await.unwrap();
    assert!(key.exists(), "nothing was signed with the one that is gone");
    let backup = backups(&world).await.remove(0);
    let (by, now) = (Principal::server(), world.service.clock.now());
    let kept = backup.in_vault().unwrap();
    let vault = backup.realm.with(kept.vault.clone());
    let deleted = world.service.delete_point(&vault, &backup.name, &by, now);
    deleted.await.unwrap();
    while world.service.store.certificate(&backup.key()).await.unwrap().is_none() {
        tokio::task::yield_now().await;
    }
    world.close().await;
    let kept = folder.path().join("kept");
    fs::rename(&key, &kept).unwrap();
    let error = open(&settings).await.unwrap_err();
    assert!(matches!(error, WorldError::Log(LogError::NoKey(path)) if path == key));
    assert!(!key.exists());
    fs::rename(&kept, &key).unwrap();
    open(&settings).await.unwrap().close().await;
}

#[tokio::test]
async fn a_world_that_is_begun_anew_has_a_log_of_another_name_and_key() {
    let folder = tempfile::tempdir().unwrap();
    let settings = beginning(&folder, SEED);
    let mut world = Some(open(&settings).await.unwrap());
    let first = world.as_ref().unwrap().service.log.public_key();
    let clock = Arc::new(Clock::default());
    World::begin_anew(&mut world, &settings, &clock, dev::Beginning::Default).await.unwrap();
    let world = world.unwrap();
    let second = world.service.log.public_key();
    let name = |key: &str| key.split('+').next().unwrap().to_owned();
    assert_ne!(name(&second), name(&first));
    let written = fs::read_to_string(settings.data.join("certificate-key.pub")).unwrap();
    assert_eq!(written.trim(), second);
    world.close().await;
}

#[tokio::test]
async fn an_older_database_is_taken_if_a_person_says_so_and_only_once() {
    let folder = tempfile::tempdir().unwrap();
    let settings = beginning(&folder, "{}");
    open(&settings).await.unwrap().close().await;
    let database = settings.data.join("sexton.db");
    let old = fs::read(&database).unwrap();
    let newer = async || {
        let world = open(&settings).await.unwrap();
        let tags = [("a".to_owned(), "b".to_owned())].into();
        let arn = realm().vault_arn(&"Default".parse().unwrap()).parse().unwrap();
        let (by, now) = (Principal::server(), world.service.clock.now());
        world.service.tag(Door::Backup, &realm(), &arn, &tags, &by, now).await.unwrap();
        world.close().await;
    };
    newer().await;
    fs::write(&database, &old).unwrap();
    let error = sexton_core::chain(&open(&settings).await.unwrap_err());
    assert!(error.contains("older copy") && error.contains("accept-older-metadata"), "{error}");
    fs::write(settings.data.join("accept-older-metadata"), "").unwrap();
    newer().await;
    fs::write(&database, &old).unwrap();
    assert!(open(&settings).await.is_err(), "it was said of the last start");
}

#[tokio::test]
async fn a_folder_that_is_served_is_not_opened_again_although_its_lock_was_removed() {
    let folder = tempfile::tempdir().unwrap();
    let settings = beginning(&folder, SEED);
    let world = open(&settings).await.unwrap();
    let before = backups(&world).await;
    for mark in [Mark::Begun, Mark::Beginning] {
        mark.write(&settings.data).unwrap();
        assert!(matches!(open(&settings).await.unwrap_err(), WorldError::InUse(_)));
    }
    assert_eq!(backups(&world).await, before);
    assert!(settings.data.join("sexton.db").exists(), "nothing of it is removed");
    world.close().await;
}

#[tokio::test]
async fn a_lost_root_key_is_not_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let settings = beginning(&folder, SEED);
    let world = open(&settings).await.unwrap();
    assert_eq!(world.concerns(), "");
    let (root_key, kept) = (settings.data.join("root-key"), settings.data.join("kept"));
    fs::rename(&root_key, &kept).unwrap();
    assert!(world.concerns().contains("the root key is not in its place"), "/readyz says so");
    world.close().await;
    let error = sexton_core::chain(&open(&settings).await.unwrap_err());
    assert!(error.contains("root-key") && error.contains("put the file back"), "{error}");
    assert!(!root_key.exists(), "no root key is made");
    fs::rename(&kept, &root_key).unwrap();
    open(&settings).await.unwrap().close().await;
}

#[tokio::test]
async fn what_a_killed_restore_left_beside_its_folder_is_removed_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let settings = beginning(&folder, "{}");
    let world = open(&settings).await.unwrap();
    let target = folder.path().join("restored");
    let (left, others) = (folder.path().join(".restored.restoring"), folder.path().join(".mine"));
    for made in [&left, &others] {
        fs::create_dir(made).unwrap();
        fs::write(made.join("rows"), "some of them").unwrap();
    }
    let now = world.service.clock.now();
    let order = InstanceOrder {
        name: "orders".to_owned(),
        engine: Engine::PostgreSql,
        version: "15.0".to_owned(),
        edition: Edition::HighAvailability,
        kind: InstanceKind::Primary,
        primary: None,
        identity: None,
        connection: String::new().into(),
    };
    let by = Principal::server();
    let mut source = world.service.add_instance(&order, &by, &realm(), now).await.unwrap();
    let sexton_core::Offered::Instance(database) = &mut source.offered else { panic!() };
    let job = sexton_core::JobId::from_bytes([7; 16]);
    let target = Some(target.to_str().unwrap().to_owned());
    database.restores.push(sexton_core::SetRestore { job, reads: Vec::new(), target });
    let writes = vec![sexton_store::Write::PutSource(source.clone())];
    let change = sexton_store::Change { writes, ..sexton_store::Change::default() };
    assert_eq!(world.service.store.commit(change).await.unwrap(), sexton_store::Commit::Done);
    world.close().await;

    let world = open(&settings).await.unwrap();
    let (found, _) = world.service.store.source(&source.key()).await.unwrap();
    let found = found.unwrap();
    assert_eq!(found.offered.instance().unwrap().restores, [], "it is in use no more");
    let gone = async {
        while left.exists() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), gone).await.expect("it is removed");
    assert!(others.exists(), "it is nobody's restore");
    world.close().await;
}
