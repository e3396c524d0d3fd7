//! What takes privileges to make, and is restored with them.

use std::fs;
use std::path::Path;
use std::process::Command;

use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};
use sexton_data::blobs::Blobs;
use sexton_data::source::Readable;

use super::{Bench, OWNER, assert_same, is_root, set_mode, skip};

/// An access list in the kernel's own form: its version, then tag, permissions and id of
/// each entry.
fn access_list(entries: &[(u16, u16, u32)]) -> Vec<u8> {
    let mut list = 2_u32.to_le_bytes().to_vec();
    for (tag, permissions, id) in entries {
        list.extend_from_slice(&tag.to_le_bytes());
        list.extend_from_slice(&permissions.to_le_bytes());
        list.extend_from_slice(&id.to_le_bytes());
    }
    list
}

/// There and back without a finding.
async fn goes_the_whole_way(bench: &Bench) {
    assert_eq!(bench.capture().await.unwrap().findings.list, []);
    assert_eq!(bench.restore().await.unwrap().findings.list, []);
    assert_same(&bench.source(), &bench.target());
}

#[tokio::test]
async fn access_lists_of_files_and_directories_are_restored() {
    const ANYBODY: u32 = u32::MAX;
    let bench = Bench::new();
    let (file, folder) = (bench.source().join("file"), bench.source().join("folder"));
    fs::write(&file, "for user 4711 and nobody else").unwrap();
    fs::create_dir(&folder).unwrap();
    // Owner, user 4711, group, mask, others.
    let list = access_list(&[
        (0x01, 6, ANYBODY),
        (0x02, 4, 4711),
        (0x04, 0, ANYBODY),
        (0x10, 4, ANYBODY),
        (0x20, 0, ANYBODY),
    ]);
    if xattr::set(&file, "system.posix_acl_access", &list).is_err() {
        skip("this file system keeps no access lists");
        return;
    }
    xattr::set(&folder, "system.posix_acl_access", &list).unwrap();
    xattr::set(&folder, "system.posix_acl_default", &list).unwrap();
    goes_the_whole_way(&bench).await;
    let kept = |path: &Path, name: &str| xattr::get(path, name).unwrap();
    let (file, folder) = (bench.target().join("file"), bench.target().join("folder"));
    assert_eq!(kept(&file, "system.posix_acl_access"), Some(list.clone()));
    assert_eq!(kept(&folder, "system.posix_acl_default"), Some(list));
}

#[tokio::test]
async fn attributes_that_are_the_systems_own_are_restored() {
    let bench = Bench::new();
    let file = bench.source().join("ping");
    fs::write(&file, "a program").unwrap();
    set_mode(&file, 0o755);
    // May send raw packets: revision 2, in force at once.
    let mut capability = 0x0200_0001_u32.to_le_bytes().to_vec();
    capability.extend_from_slice(&(1_u32 << 13).to_le_bytes());
    capability.extend_from_slice(&[0; 12]);
    if xattr::set(&file, "security.capability", &capability).is_err()
        || xattr::set(&file, "security.sexton", b"label").is_err()
    {
        skip("this takes privileges that the test does not have");
        return;
    }
    goes_the_whole_way(&bench).await;
    let restored = bench.target().join("ping");
    assert_eq!(xattr::get(&restored, "security.capability").unwrap(), Some(capability));
    assert_eq!(xattr::get(&restored, "security.sexton").unwrap().as_deref(), Some(&b"label"[..]));
}

#[tokio::test]
async fn block_and_character_devices_are_restored() {
    let bench = Bench::new();
    let mode = Mode::from_raw_mode(0o640);
    for (name, kind, device) in [
        ("block", FileType::BlockDevice, makedev(7, 4321)),
        ("character", FileType::CharacterDevice, makedev(1, 3)),
    ] {
        if mknodat(CWD, bench.source().join(name), kind, mode, device).is_err() {
            skip("this machine does not let the test make devices");
            return;
        }
    }
    goes_the_whole_way(&bench).await;
}

#[tokio::test]
async fn mount_points_inside_a_source_are_crossed() {
    let bench = Bench::new();
    let inside = bench.source().join("mounted");
    fs::create_dir(&inside).unwrap();
    let mut mount = Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(&inside);
    if !is_root() || !mount.output().is_ok_and(|it| it.status.success()) {
        skip("this machine does not let the test mount anything");
        return;
    }
    let written = fs::write(inside.join("letter"), "from another disk");
    let captured = bench.capture().await;
    assert!(Command::new("umount").arg(&inside).status().unwrap().success());
    written.unwrap();
    assert_eq!(captured.unwrap().findings.list, []);
    bench.restore().await.unwrap();
    let restored = fs::read(bench.target().join("mounted/letter")).unwrap();
    assert_eq!(restored, b"from another disk");
}

/// The reason was lost: what was said is that the backup, a file, is no folder.
#[tokio::test]
async fn a_backup_that_cannot_be_removed_says_why() {
    let mut bench = Bench::new();
    let root = bench.folder.path().join("blobs");
    bench.blobs = Blobs::local(&root, OWNER).unwrap();
    bench.capture_kind(&Readable::Generated).await.unwrap();
    let blob = root.join("ab").join(bench.prefix.as_str());
    // Nobody may remove a mount backup.
    let mut mount = Command::new("mount");
    mount.arg("--bind").args([&blob, &blob]);
    if !is_root() || !mount.output().is_ok_and(|it| it.status.success()) {
        skip("this machine does not let the test mount anything");
        return;
    }
    let deletion = bench.blobs.delete(&bench.prefix, &["manifest".to_owned()].into()).await;
    assert!(Command::new("umount").arg(&blob).status().unwrap().success());
    assert!(deletion.deleted.gone.is_empty() && blob.exists());
    assert!(deletion.failure.unwrap().words().contains("busy"));
}
