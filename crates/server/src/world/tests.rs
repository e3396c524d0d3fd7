//! Worlds that did not come to their beginning, and keys that went missing.

use std::collections::BTreeMap;

use sexton_core::{Keeper, Principal};
use sexton_store::BackupQuery;
use sexton_wire::aws::error::MissingVault;
use tempfile::TempDir;

use super::*;
use crate::config::{Dev, Limits, RollPolicy};

const SEED: &str = r#"{
    "vaults": [{"name": "Default", "tags": {"team": "a"}}, {"name": "second"}],
    "recovery_points": [{"vault": "second", "count": 2,
        "resource": "arn:aws:ec2:us-east-1:123456789012:volume/vol-1"}]
}"#;

/// Settings of a world for tests that begins with `seed`.
fn settings(folder: &TempDir, seed: &str) -> Settings {
    let path = folder.path().join("seed.json");
    fs::write(&path, seed).unwrap();
    let data = folder.path().join("data");
    fs::create_dir_all(&data).unwrap();
    Settings {
        data,
        listen: ([127, 0, 0, 1], 0).into(),
        realm: Realm { region: "us-east-1".to_owned(), account: "123456789012".to_owned() },
        tls: None,
        dev: Some(Dev { seed: Some(path), ..Dev::default() }),
        limits: Limits::default(),
        missing_vault: MissingVault::NotFound,
        metrics: true,
        erasure_epoch: RollPolicy::EveryCommit,
        compression_level: 1,
        details: BTreeMap::new(),
    }
}

async fn open(settings: &Settings) -> Result<World, WorldError> {
    World::open(settings, Arc::new(Clock::default()), dev::Beginning::Default).await
}

async fn backups(world: &World) -> Vec<sexton_core::Backup> {
    let query = BackupQuery::of_vault("second".parse().unwrap());
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
        let settings = settings(&folder, &seed);
        Mark::Beginning.write(&settings.data).unwrap();
        let error = open(&settings).await.unwrap_err().to_string();
        assert!(error.contains("seed.json") && error.contains(words), "{seed}: {error}");
        assert!(!settings.data.join("sexton.db").exists(), "{seed}");
        assert_eq!(Mark::read(&settings.data).unwrap(), Some(Mark::Beginning));
    }
    let settings = settings(&folder, SEED);
    let world = open(&settings).await.unwrap();
    assert_eq!(self::backups(&world).await.len(), 2);
    let default = world.service.vault(&"Default".parse().unwrap()).await.unwrap();
    assert_eq!(default.vault.tags["team"], "a");
    assert_eq!(Mark::read(&settings.data).unwrap(), Some(Mark::Begun));
    world.close().await;
}

#[tokio::test]
async fn a_world_killed_while_it_was_planted_begins_anew_and_no_other_does() {
    let folder = tempfile::tempdir().unwrap();
    let half = settings(&folder, "{}");
    Mark::Beginning.write(&half.data).unwrap();
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
    let settings = settings(&folder, SEED);
    Mark::Beginning.write(&settings.data).unwrap();
    let world = open(&settings).await.unwrap();
    let first = list_one(&world, None).await.unwrap();
    let token = first["NextToken"].as_str().unwrap();
    world.close().await;
    let world = open(&settings).await.unwrap();
    let second = list_one(&world, Some(token)).await.unwrap();
    assert_ne!(arn(&first), arn(&second));
    assert_eq!(second.get("NextToken"), None, "two points are two pages of one");

    let other = tempfile::tempdir().unwrap();
    let settings = self::settings(&other, SEED);
    Mark::Beginning.write(&settings.data).unwrap();
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
    let (by, now) = (Principal::server(), world.service.clock.now());
    let reply = crate::api::backup::answer(&world.service, call, &by, now).await;
    let reply = reply.map_err(|failure| failure.to_string())?;
    Ok(serde_json::from_slice(&reply.body).unwrap())
}

#[tokio::test]
async fn an_empty_world_has_no_vault_and_stays_so_when_it_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(&folder, SEED);
    Mark::Beginning.write(&settings.data).unwrap();
    let clock = Arc::new(Clock::default());
    let mut world = Some(open(&settings).await.unwrap());
    World::begin_anew(&mut world, &settings, &clock, dev::Beginning::Empty).await.unwrap();
    let world = world.unwrap();
    assert_eq!(world.service.store.list_vaults(None, 10).await.unwrap().items, []);
    world.close().await;
    let world = open(&settings).await.unwrap();
    assert_eq!(world.service.store.list_vaults(None, 10).await.unwrap().items, []);
    world.close().await;
}

#[tokio::test]
async fn a_folder_of_another_account_or_region_is_refused_and_both_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(&folder, "{}");
    check_realm(&settings).unwrap();
    open(&settings).await.unwrap().close().await;
    check_realm(&settings).unwrap();
    for (region, account) in [("eu-central-1", "123456789012"), ("us-east-1", "210987654321")] {
        let realm = Realm { region: region.to_owned(), account: account.to_owned() };
        let other = Settings { realm, ..settings.clone() };
        let error = check_realm(&other).unwrap_err().to_string();
        for words in ["us-east-1", "123456789012", region, account] {
            assert!(error.contains(words), "{words}: {error}");
        }
        Mark::Beginning.write(&settings.data).unwrap();
        check_realm(&other).expect("a world that is begun anew has no realm yet");
        Mark::Begun.write(&settings.data).unwrap();
    }
}

#[tokio::test]
async fn a_signing_key_is_not_replaced_once_it_has_signed() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(&folder, SEED);
    Mark::Beginning.write(&settings.data).unwrap();
    let world = open(&settings).await.unwrap();
    let key = settings.data.join("certificate-key");
    world.close().await;
    fs::remove_file(&key).unwrap();
    let world = open(&settings).await.unwrap();
    assert!(key.exists(), "nothing was signed with the one that is gone");
    let backup = backups(&world).await.remove(0);
    let (by, now) = (Principal::server(), world.service.clock.now());
    let Keeper::Vault(kept) = &backup.keeper;
    let deleted = world.service.delete_point(&kept.vault, &backup.name, &by, now);
    deleted.await.unwrap();
    while world.service.store.certificate(&backup.name).await.unwrap().is_none() {
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
    let settings = settings(&folder, SEED);
    Mark::Beginning.write(&settings.data).unwrap();
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
    let settings = settings(&folder, "{}");
    Mark::Beginning.write(&settings.data).unwrap();
    open(&settings).await.unwrap().close().await;
    let database = settings.data.join("sexton.db");
    let old = fs::read(&database).unwrap();
    let newer = async || {
        let world = open(&settings).await.unwrap();
        let tags = [("a".to_owned(), "b".to_owned())].into();
        let arn = world.service.realm.vault_arn(&"Default".parse().unwrap()).parse().unwrap();
        let (by, now) = (Principal::server(), world.service.clock.now());
        world.service.tag(&arn, &tags, &by, now).await.unwrap();
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
    let settings = settings(&folder, SEED);
    Mark::Beginning.write(&settings.data).unwrap();
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
    let settings = settings(&folder, SEED);
    Mark::Beginning.write(&settings.data).unwrap();
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
