//! Decisions as text scripts: what is asked, a line `----`, what is answered, an empty
//! line. `UPDATE=1` writes the answers anew, so that the diff is the review.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should stop")]
#![expect(clippy::disallowed_methods, reason = "the scripts are files")]

use std::fmt::Write;
use std::fs;
use std::path::Path;

#[path = "scripts/ask.rs"]
mod ask;
#[path = "scripts/ask_copy.rs"]
mod ask_copy;
#[path = "scripts/ask_fsx.rs"]
mod ask_fsx;
#[path = "scripts/ask_nonce.rs"]
mod ask_nonce;
#[path = "scripts/ask_plan.rs"]
mod ask_plan;
#[path = "scripts/ask_policy.rs"]
mod ask_policy;
#[path = "scripts/ask_protection.rs"]
mod ask_protection;
#[path = "scripts/ask_rds.rs"]
mod ask_rds;
#[path = "scripts/ask_users.rs"]
mod ask_users;
#[path = "scripts/never.rs"]
mod never;
#[path = "scripts/words.rs"]
mod words;

/// Runs a script, and compares or rewrites it.
fn run(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts").join(name);
    let script = fs::read_to_string(&path).unwrap();
    let mut actual = String::new();
    for block in script.split("\n\n").filter(|block| !block.trim().is_empty()) {
        let question = block.split("\n----").next().unwrap().trim();
        let asked: Vec<&str> = question.lines().filter(|line| !line.starts_with('#')).collect();
        writeln!(actual, "{question}").unwrap();
        // A block of remarks asks nothing.
        if let [directive, lines @ ..] = &asked[..] {
            writeln!(actual, "----\n{}", ask::answer(directive, lines).trim_end()).unwrap();
        }
        actual.push('\n');
    }
    let actual = format!("{}\n", actual.trim_end());
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, actual).unwrap();
    } else if let Some((want, have)) =
        script.lines().zip(actual.lines()).find(|(want, have)| want != have)
    {
        panic!("{name}: wanted {want:?}, got {have:?}; UPDATE=1 rewrites the script");
    } else {
        assert_eq!(script, actual, "{name}; UPDATE=1 rewrites the script");
    }
}

macro_rules! scripts {
    ($($test:ident: $file:literal),* $(,)?) => {
        $(#[test]
        fn $test() {
            run($file);
        })*

        #[test]
        fn every_script_is_run() {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
            let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
            let mut names: Vec<_> = names.filter_map(|name| name.into_string().ok()).collect();
            names.retain(|name| Path::new(name).extension().is_some_and(|it| it == "txt"));
            names.sort();
            let mut run = vec![$($file.to_owned()),*];
            run.sort();
            assert_eq!(names, run);
        }
    };
}

scripts! {
    recovery_points_are_deleted_as_the_script_says: "delete.txt",
    backups_begin_and_stop_as_the_script_says: "backup.txt",
    restores_begin_as_the_script_says: "restore.txt",
    copies_begin_as_the_script_says: "copy.txt",
    vaults_come_and_go_as_the_script_says: "vault.txt",
    recovery_points_are_protected_as_the_script_says: "protection.txt",
    erasures_are_asked_for_as_the_script_says: "request.txt",
    lifecycles_hold_as_the_script_says: "lifecycle.txt",
    recovery_points_expire_as_the_script_says: "expiry.txt",
    erasures_go_on_as_the_script_says: "erasure.txt",
    fsx_does_as_the_script_says: "fsx.txt",
    plans_run_as_the_script_says: "plan.txt",
    sets_of_rds_are_deleted_as_the_script_says: "rds.txt",
    nonces_count_as_the_script_says: "nonce.txt",
    policies_say_what_the_script_says: "policy.txt",
    vaults_deny_what_the_script_says: "access.txt",
    users_may_do_what_the_script_says: "users.txt",
    the_audit_trail_adds_up_as_the_script_says: "replay.txt",
}
