//! `sexton erasure`: an erasure that gave up is seen, and goes on when a person says so.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::support::{Served, sexton};
use crate::{http, run, stopped, terminate, until};

fn text(output: &Output) -> (Option<i32>, String, String) {
    let utf8 = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), utf8(&output.stdout), utf8(&output.stderr))
}

/// Runs a few lines of Python against the database of a server that is stopped or idle.
fn database(folder: &Path, lines: &str) -> String {
    let script = format!(
        "import json, sqlite3\ndb = sqlite3.connect('data/sexton.db')\n{lines}\ndb.commit()\n"
    );
    let ended = Command::new("python3").args(["-c", &script]).current_dir(folder).output();
    let (code, out, err) = text(&ended.unwrap());
    assert_eq!(code, Some(0), "{err}");
    out
}

/// As twenty hours without one removed object leave the first erasure.
const PARK: &str = "
erasing = 'SELECT slot, body FROM erasures ORDER BY epoch, slot LIMIT 1'
slot, body = db.execute(erasing).fetchone()
state = json.loads(body[1:])
reason = 'manifest could not be removed'
state['deleting']['erasing']['state'] = {'state': 'parked', 'reason': reason}
parked = body[0] + json.dumps(state)
db.execute('UPDATE erasures SET due_ms = NULL, body = ? WHERE slot = ?', (parked, slot))";

const SEED: &str = r#"{"recovery_points": [{"vault": "Default", "count": 3,
    "resource": "arn:aws:dynamodb:us-east-1:123456789012:table/Orders"}]}"#;

/// In an epoch of an hour nothing is certified, so that what is being erased stays so.
const SERVE: [&str; 5] = ["--dev", "--seed", "seed.json", "--erasure-epoch", "1h"];

fn stop(mut server: Served) -> tempfile::TempDir {
    terminate(&server);
    assert_eq!(stopped(&mut server), Some(0));
    let folder = tempfile::tempdir().unwrap();
    for name in ["data", "seed.json"] {
        fs::rename(server.folder.path().join(name), folder.path().join(name)).unwrap();
    }
    folder
}

fn parked(server: &Served) -> String {
    let metrics = http::get(&server.endpoint, "/metrics").text;
    let line = metrics.lines().find(|line| line.starts_with("sexton_erasures_parked "));
    line.unwrap().to_owned()
}

#[test]
fn a_parked_erasure_is_listed_with_its_reason_and_ends_once_it_is_retried() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("seed.json"), SEED).unwrap();
    let server = Served::start_in(folder, &SERVE, &[]);
    let print = "for (arn,) in db.execute('SELECT arn FROM backups ORDER BY slot'): print(arn)";
    let arns = database(server.folder.path(), print);
    let [stuck, slow, kept] = arns.lines().collect::<Vec<_>>()[..] else { panic!("{arns}") };
    let delete = ["delete", "--vault", "Default", "--yes", "--timeout", "1s"];
    for arn in [stuck, slow] {
        let ended = sexton(server.folder.path(), &delete)
            .args(["--endpoint-url", &server.endpoint, "--region", "us-east-1", arn])
            .envs([("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")])
            .output();
        assert_eq!(text(&ended.unwrap()).0, Some(4), "accepted and not proven");
    }
    let erasure = |server: &Served, arguments: &[&str]| {
        let arguments = [&["erasure"], arguments, &["--data", "data"]].concat();
        text(&run(server.folder.path(), &arguments))
    };
    let (code, waiting, _) = erasure(&server, &["list"]);
    let row = |arn: &str| waiting.lines().any(|it| it.starts_with(&format!("{arn}\twaiting\t0\t")));
    assert!(code == Some(0) && row(stuck) && row(slow) && waiting.lines().count() == 2);
    let (code, out, refused) = erasure(&server, &["retry", slow, kept]);
    assert_eq!((code, out.as_str()), (Some(5), ""));
    assert!(refused.contains("is not parked: it goes on by itself"), "{refused}");
    assert!(refused.contains("is not being erased"), "the second is asked for too: {refused}");

    let folder = stop(server);
    database(folder.path(), PARK);
    let server = Served::start_in(folder, &SERVE, &[]);
    assert_eq!(parked(&server), "sexton_erasures_parked 1");
    let (_, out, _) = erasure(&server, &["list", "--parked", "--output", "text"]);
    let fields: Vec<&str> = out.trim_end_matches('\n').split('\t').collect();
    assert_eq!(fields[..3], [stuck, "parked", "32"]);
    assert_eq!(fields[4], "manifest could not be removed");
    let (_, out, _) = erasure(&server, &["list", "--parked", "--output", "json"]);
    let document: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(document["erasures"][0]["since"], fields[3]);
    let (_, out, _) = erasure(&server, &["list", "--output", "table"]);
    assert!(out.contains("parked") && out.contains("reason"), "{out}");

    let (code, out, err) = erasure(&server, &["retry", "--all-parked"]);
    assert_eq!((code, out), (Some(0), format!("waiting\t{stuck}\n")), "{err}");
    assert_eq!(parked(&server), "sexton_erasures_parked 0");
    let certificate = ["certificate", stuck, "--data", "data"];
    until("its certificate", || run(server.folder.path(), &certificate).status.code() != Some(5));
    assert!(run(server.folder.path(), &certificate).status.success());
    let (code, out, _) = erasure(&server, &["list", "--parked"]);
    assert_eq!((code, out.as_str()), (Some(0), ""));
    let (code, out, _) = erasure(&server, &["retry", "--all-parked"]);
    assert_eq!((code, out.as_str()), (Some(0), ""), "nothing is parked, nothing is wrong");
}

#[test]
fn what_is_no_recovery_point_is_refused_before_the_server_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["erasure", "retry"][..], &["erasure", "retry", "me"]] {
        let (code, out, err) = text(&run(folder.path(), arguments));
        assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
    }
    let (_, _, err) = text(&run(folder.path(), &["erasure", "retry"]));
    assert!(err.contains("--all-parked"), "{err}");
}
