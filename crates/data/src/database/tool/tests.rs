//! What is promised of child processes, with shell scripts in place of tools.

use std::fs;

use tempfile::TempDir;

use super::*;

const PASSWORD: &str = "hush: \\hush";

/// A folder of tools with one in it.
fn tool(script: &str) -> (TempDir, Tool) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("tool");
    sexton_testing::script(&path, &format!("#!/bin/sh\n{script}\n"));
    let tool = Tool::find_in(Some(folder.path()), "tool").unwrap();
    (folder, tool)
}

/// Whether a process is there and not just waiting to be reaped.
fn lives(id: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", id.trim())).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}

#[test]
fn an_output_counts_only_if_the_tool_ended_well() {
    let (_folder, tool) = tool("echo all of it; echo 'disk full' >&2; exit 3");
    let error = tool.run().answer(&Cancel::default()).unwrap_err();
    assert_eq!(error.to_string(), "tool ended with code 3: disk full");
    let (_folder, tool) = self::tool("echo all of it; kill -9 $$");
    let error = tool.run().answer(&Cancel::default()).unwrap_err();
    assert_eq!(error.to_string(), "tool was killed by signal 9: it does not say why");
    let (_folder, tool) = self::tool("echo all of it");
    assert_eq!(tool.run().answer(&Cancel::default()).unwrap(), b"all of it\n");
}

#[test]
fn a_tool_that_says_more_than_is_kept_does_not_wait_and_is_quoted_without_secrets() {
    let (_folder, tool) = tool(
        "i=0; while [ $i -lt 3000 ]; do echo \"$i of many lines with $WORD in them\" >&2; \
         i=$((i+1)); done; printf '\\033[2Jlast\\n' >&2; exit 1",
    );
    let run = tool.run().variable("WORD", PASSWORD).hide(PASSWORD);
    let error = run.answer(&Cancel::default()).unwrap_err().to_string();
    assert!(error.len() < 2 * SAID_BYTES_MAX, "{error}");
    assert!(error.contains("2999 of many lines with … in them; \\u{1b}[2Jlast"), "{error}");
    assert!(!error.contains("hush"), "{error}");
}

/// Half of a password was at the beginning of what is kept.
#[test]
fn a_secret_that_is_cut_in_two_is_not_quoted() {
    let (_folder, tool) = tool(&format!(
        "printf 'xx%s\\n' \"$WORD\" >&2; printf '%0{}d' 0 >&2; exit 1",
        SAID_BYTES_MAX - 6
    ));
    let run = tool.run().variable("WORD", PASSWORD).hide(PASSWORD);
    let error = run.answer(&Cancel::default()).unwrap_err().to_string();
    assert!(error.contains("000") && !error.contains("hush"), "{error}");
}

#[test]
fn a_tool_is_killed_with_all_that_it_started() {
    let (folder, tool) = tool("sleep 1000 & echo $! > \"$(dirname \"$0\")/id\"; echo on; wait");
    let cancel = Cancel::default();
    let mut running = tool.run().start(Input::Nothing, Output::Read, &cancel).unwrap();
    let mut on = [0; 3];
    running.read_exact(&mut on).unwrap();
    let id = fs::read_to_string(folder.path().join("id")).unwrap();
    assert!(lives(&id));
    cancel.cancel();
    let error = DatabaseError::of("tool", running.read(&mut on).unwrap_err());
    assert!(matches!(error, DatabaseError::Cancelled), "{error}");
    drop(running);
    while lives(&id) {
        std::thread::yield_now();
    }
}

#[test]
fn a_tool_that_leaves_somebody_behind_with_its_outputs_ends_all_the_same() {
    let (_folder, tool) = tool("sleep 1000 & echo $! >&2");
    let cancel = Cancel::default();
    let running = tool.run().start(Input::Nothing, Output::Nowhere, &cancel).unwrap();
    let id = running.end().unwrap();
    while lives(&id) {
        std::thread::yield_now();
    }
}

#[test]
fn somebody_left_behind_who_says_more_and_more_is_not_listened_to_for_ever() {
    // It has said so once before the tool ends, however late whoever is left behind begins.
    let (_folder, tool) = tool("echo more >&2; while :; do echo more >&2; done & echo $! >&2");
    let cancel = Cancel::default();
    let running = tool.run().start(Input::Nothing, Output::Nowhere, &cancel).unwrap();
    assert!(running.end().unwrap().contains("more"));
}

/// The input ends when the process that writes it is killed.
#[test]
fn a_server_of_ours_is_killed_when_its_input_ends() {
    let (folder, tool) = tool("echo $$ > \"$(dirname \"$0\")/id\"; exec sleep 1000");
    let cancel = Cancel::default();
    let run = tool.run_with_us().unwrap();
    let mut running = run.start(Input::Written, Output::Nowhere, &cancel).unwrap();
    let id = || fs::read_to_string(folder.path().join("id")).unwrap_or_default();
    while !id().ends_with('\n') {
        assert!(!running.has_ended().unwrap());
    }
    assert!(lives(&id()));
    running.stdin = None;
    while lives(&id()) {
        std::thread::yield_now();
    }
    assert_eq!(
        running.end().unwrap_err().to_string().split(':').next(),
        Some("tool ended with code 137")
    );
    // One that ends by itself says so.
    let (_folder, tool) = self::tool("exit 3");
    let run = tool.run_with_us().unwrap();
    let mut running = run.start(Input::Written, Output::Nowhere, &cancel).unwrap();
    while !running.has_ended().unwrap() {}
    let error = running.end().unwrap_err().to_string();
    assert_eq!(error, "tool ended with code 3: it does not say why");
}

#[test]
fn a_tool_has_no_more_time_than_it_was_given() {
    let (_folder, tool) = tool("echo waiting >&2; exec sleep 1000");
    let run = tool.run().at_most(Duration::from_secs(1));
    let error = run.answer(&Cancel::default()).unwrap_err();
    assert!(matches!(error, DatabaseError::TooLong { seconds: 1, .. }), "{error}");
}

#[test]
fn what_is_written_arrives_and_a_tool_that_reads_no_more_says_why() {
    let (folder, tool) = tool("cat > \"$(dirname \"$0\")/copy\"");
    let cancel = Cancel::default();
    let mut running = tool.run().start(Input::Written, Output::Nowhere, &cancel).unwrap();
    let bytes = vec![7; 1 << 20];
    running.write_all(&bytes).unwrap();
    running.end().unwrap();
    assert_eq!(fs::read(folder.path().join("copy")).unwrap(), bytes);

    let (_folder, tool) = self::tool("echo 'I am full' >&2; exit 1");
    let mut running = tool.run().start(Input::Written, Output::Nowhere, &cancel).unwrap();
    let error = running.write_all(&bytes).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    assert_eq!(running.end().unwrap_err().to_string(), "tool ended with code 1: I am full");
}

#[test]
fn a_tool_knows_nothing_of_what_this_process_knows() {
    let (_folder, tool) = tool("env");
    let environment = tool.run().variable("OURS", "1").answer(&Cancel::default()).unwrap();
    let environment = String::from_utf8(environment).unwrap();
    let mut names: Vec<_> =
        environment.lines().filter_map(|it| Some(it.split_once('=')?.0)).collect();
    names.retain(|name| !["PWD", "_", "SHLVL"].contains(name));
    names.sort_unstable();
    assert_eq!(names, ["LC_ALL", "OURS", "PATH"]);
}

#[test]
fn a_tool_that_is_not_there_is_named_with_the_way_out() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("pg_dump"), "not a program").unwrap();
    let error = Tool::find_in(Some(folder.path()), "pg_dump").unwrap_err().to_string();
    assert_eq!(
        error,
        "the tool pg_dump is not in the folder that the connection settings name as tools: \
         install the client tools of the database"
    );
}
