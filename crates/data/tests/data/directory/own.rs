//! The server's own files never become part of a backup.

use std::fs;
use std::process::Command;

use sexton_data::capture::CaptureError;
use sexton_data::source::{Finding, OwnFiles, Problem, Readable, SourceError};

use super::{Bench, is_root, skip};

/// A source with a data folder in it, and something beside that.
fn bench() -> Bench {
    let mut bench = Bench::new();
    let data = bench.source().join("sexton-data");
    fs::create_dir_all(data.join("blobs/ab")).unwrap();
    fs::write(data.join("blobs/ab/segment"), "sealed").unwrap();
    fs::write(data.join("root-key"), "the root").unwrap();
    fs::write(bench.source().join("letter"), "dear heirs").unwrap();
    bench.own = OwnFiles::of(&data).unwrap();
    bench
}

fn skipped(path: &str) -> Finding {
    Finding { path: path.to_owned(), what: Problem::OwnData }
}

#[tokio::test]
async fn the_data_folder_inside_a_source_is_left_out_and_reported() {
    let bench = bench();
    let captured = bench.capture().await.unwrap();
    assert_eq!(captured.findings.list, [skipped("sexton-data")]);
    bench.restore().await.unwrap();
    assert!(bench.target().join("letter").exists());
    assert!(!bench.target().join("sexton-data").exists());
}

#[tokio::test]
async fn a_further_name_of_the_root_key_is_left_out_as_well() {
    let bench = bench();
    fs::hard_link(bench.source().join("sexton-data/root-key"), bench.source().join("innocent"))
        .unwrap();
    let captured = bench.capture().await.unwrap();
    assert_eq!(captured.findings.list, [skipped("innocent"), skipped("sexton-data")]);
    bench.restore().await.unwrap();
    assert!(!bench.target().join("innocent").exists());
}

/// Backs up while this folder of the data folder is mounted elsewhere in the source as well.
async fn only_the_mount_is_left_out(folder: &str) {
    let bench = bench();
    let (from, to) = (bench.source().join(folder), bench.source().join("mounted"));
    fs::create_dir(&to).unwrap();
    let mounted = is_root() && {
        let mut mount = Command::new("mount");
        mount.arg("--bind").args([&from, &to]).output().is_ok_and(|it| it.status.success())
    };
    if !mounted {
        skip("this machine does not let the test mount anything");
        return;
    }
    let captured = bench.capture().await;
    assert!(Command::new("umount").arg(&to).status().unwrap().success());
    let found = captured.unwrap().findings.list;
    assert_eq!(found, [skipped("mounted"), skipped("sexton-data")]);
}

#[tokio::test]
async fn blobs_that_are_mounted_somewhere_else_are_left_out_there() {
    only_the_mount_is_left_out("sexton-data/blobs").await;
}

#[tokio::test]
async fn a_part_of_the_blobs_is_left_out_wherever_it_is_mounted() {
    only_the_mount_is_left_out("sexton-data/blobs/ab").await;
}

#[tokio::test]
async fn a_source_that_came_to_lie_in_the_data_folder_is_refused() {
    let mut bench = Bench::new();
    bench.own = OwnFiles::of(bench.folder.path()).unwrap();
    let error = bench.capture().await.unwrap_err();
    let CaptureError::Source(SourceError::OwnData { .. }) = error else { panic!("{error:?}") };
    fs::create_dir_all(bench.source().join("deep/down")).unwrap();
    let path = bench.source().join("deep/down").to_str().unwrap().to_owned();
    let error = bench.capture_kind(&Readable::Directory(path.into())).await.unwrap_err();
    assert!(matches!(error, CaptureError::Source(SourceError::OwnData { .. })), "{error:?}");
}

/// What a data folder says of itself.
fn mark(folder: &std::path::Path, identity: &str) {
    fs::write(folder.join("sexton-store"), format!("sexton store v1\n{identity}\n")).unwrap();
}

/// An overlay over the data folder has inodes of its own, like a copy.
#[tokio::test]
async fn a_copy_of_the_data_folder_is_left_out_at_any_depth() {
    let mut bench = bench();
    let data = bench.source().join("sexton-data");
    let [ours, others] = ["a1".repeat(16), "b2".repeat(16)];
    mark(&data, &ours);
    bench.own = OwnFiles::of(&data).unwrap();
    for (name, identity) in [("copy", &ours), ("deep/down/blobs", &ours), ("theirs", &others)] {
        let folder = bench.source().join(name);
        fs::create_dir_all(&folder).unwrap();
        mark(&folder, identity);
        fs::write(folder.join("root-key"), "the root").unwrap();
    }
    let captured = bench.capture().await.unwrap();
    let found = ["copy", "deep/down/blobs", "sexton-data"].map(skipped);
    assert_eq!(captured.findings.list, found);
    bench.restore().await.unwrap();
    assert!(!bench.target().join("copy").exists());
    assert!(bench.target().join("theirs/root-key").exists(), "not ours to leave out");

    let path = bench.source().join("deep/down/blobs").to_str().unwrap().to_owned();
    let error = bench.capture_kind(&Readable::Directory(path.into())).await.unwrap_err();
    assert!(matches!(error, CaptureError::Source(SourceError::OwnData { .. })), "{error:?}");
}

#[tokio::test]
async fn a_sealed_object_is_left_out_whatever_it_is_called() {
    let mut bench = Bench::new();
    let blobs = bench.folder.path().join("blobs");
    bench.blobs = sexton_data::blobs::Blobs::local(&blobs, super::OWNER).unwrap();
    bench.capture_kind(&Readable::Generated).await.unwrap();
    let object = blobs.join("ab").join(bench.prefix.as_str());
    fs::copy(object, bench.source().join("innocent")).unwrap();
    fs::write(bench.source().join("letter"), "SXTN is what sealed objects begin with").unwrap();
    bench.prefix = sexton_core::ObjectPrefix::new([0xcd; 16]);
    let captured = bench.capture().await.unwrap();
    assert_eq!(captured.findings.list, [skipped("innocent")]);
    assert_eq!(captured.counts.files, 1);
}
