//! The server's own files never become part of a backup.

use std::fs;

use sexton_server::capture::CaptureError;
use sexton_server::source::{Finding, OwnFiles, Problem, SourceError};

use crate::{Bench, is_root, skip};

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

#[tokio::test]
async fn blobs_that_are_mounted_somewhere_else_are_left_out_there() {
    let bench = bench();
    let (from, to) = (bench.source().join("sexton-data/blobs"), bench.source().join("mounted"));
    fs::create_dir(&to).unwrap();
    let mounted = is_root() && {
        let mut mount = std::process::Command::new("mount");
        mount.arg("--bind").args([&from, &to]).output().is_ok_and(|it| it.status.success())
    };
    if !mounted {
        skip("this machine does not let the test mount anything");
        return;
    }
    let captured = bench.capture().await;
    let mut unmount = std::process::Command::new("umount");
    assert!(unmount.arg(&to).status().unwrap().success());
    let found = captured.unwrap().findings.list;
    assert_eq!(found, [skipped("mounted"), skipped("sexton-data")]);
}

#[tokio::test]
async fn a_source_that_came_to_lie_in_the_data_folder_is_refused() {
    let mut bench = Bench::new();
    bench.own = OwnFiles::of(bench.folder.path()).unwrap();
    let error = bench.capture().await.unwrap_err();
    let CaptureError::Source(SourceError::OwnData { .. }) = error else { panic!("{error:?}") };
    fs::create_dir_all(bench.source().join("deep/down")).unwrap();
    let path = bench.source().join("deep/down").to_str().unwrap().to_owned();
    let error = bench.capture_kind(&sexton_core::SourceKind::Fsx { path }).await.unwrap_err();
    assert!(matches!(error, CaptureError::Source(SourceError::OwnData { .. })), "{error:?}");
}
