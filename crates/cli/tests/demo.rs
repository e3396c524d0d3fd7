//! `sexton demo` as somebody runs it who decides in half a minute whether to go on.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should stop")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

fn sexton_demo(temporary: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sexton"));
    // The environment of an AWS user, which must not matter.
    command
        .arg("demo")
        .env("TMPDIR", temporary)
        .env("AWS_PROFILE", "no-such-profile")
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        .env("HTTP_PROXY", "http://127.0.0.1:1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn is_empty(folder: &Path) -> bool {
    folder.read_dir().unwrap().next().is_none()
}

#[test]
fn the_demonstration_proves_what_it_shows_and_leaves_nothing_behind() {
    let temporary = tempfile::tempdir().unwrap();
    let output = sexton_demo(temporary.path()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{text}\n{complaint}");
    assert_eq!(complaint, "");
    // On a busy machine a restore may end before its point is deleted. That one is gone then, and
    // another one is tried.
    let more = (0..3).find(|more| text.contains(&format!("{} gone ", 170 + more)));
    let more = more.unwrap_or_else(|| panic!("170 or a few more are gone: {text}"));
    let kept = 9 - more;
    for line in [
        "181 recovery points",
        "identical, byte for byte",
        "1 refused ",
        "1 EXPIRED ",
        "restore done, role repaired: both gone",
        &format!("{kept} points asked for twice, all kept"),
        &format!("{kept} refused   a legal hold"),
        &format!("{kept} refused   the hold is cancelled, the vault locked"),
        &format!("{kept} points, the newest restored: whole"),
        &format!("{} certificates: all of them hold", 172 + more),
        "holds, against the public key of this server",
        " serve --dev",
    ] {
        assert!(text.contains(line), "{line:?} is not in\n{text}");
    }
    assert!(!text.contains('\x1b'), "escape sequences in a pipe");
    let own = env!("CARGO_BIN_EXE_sexton");
    for line in text.lines().filter(|line| !line.contains(own)) {
        assert!(line.chars().count() <= 80, "{line:?} is too long");
    }
    assert!(is_empty(temporary.path()), "the temporary folder was left behind");
}

#[test]
fn an_interrupted_demonstration_leaves_nothing_behind_either() {
    let temporary = tempfile::tempdir().unwrap();
    let mut child = sexton_demo(temporary.path()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let made = lines.by_ref().map(Result::unwrap).find(|line| line.contains("Make something"));
    assert!(made.is_some());
    assert!(!is_empty(temporary.path()));
    let signalled = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(signalled.unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(complaint.contains("interrupted"), "{complaint}");
    assert!(is_empty(temporary.path()), "the temporary folder was left behind");
}
