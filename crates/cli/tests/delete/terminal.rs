//! `sexton delete` at a terminal: what it asks, shows, and does when Ctrl-C is typed.
//! `tests/acceptance/terminal.py` is the terminal, and the person in front of it.

use std::process::Command;

use serde_json::{Value, json};

use crate::vault::{Fate, Service, arn, lines, run};

/// What is typed for Ctrl-C and for Ctrl-D.
const INTERRUPT: &str = "\u{3}";
const END: &str = "\u{4}";

/// Runs `command` on a terminal. Gives its exit code and all that was on the screen.
pub(crate) fn at_a_terminal(command: &Command, mut script: Value) -> (i64, String) {
    let width = script.get("columns").cloned().unwrap_or_else(|| 100.into());
    script["columns"] = width;
    let scripts = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/acceptance/terminal.py");
    let mut person = Command::new("python3");
    person.arg(scripts).arg(script.to_string()).arg(command.get_program());
    person.args(command.get_args()).env_clear().env("TERM", "xterm");
    if let Some(path) = std::env::var_os("PATH") {
        person.env("PATH", path);
    }
    for (name, value) in command.get_envs() {
        person.env(name, value.unwrap_or_default());
    }
    let (code, stdout, stderr) = run(&mut person);
    assert_eq!(code, 0, "{stderr}");
    let told: Value = serde_json::from_str(&stdout).unwrap();
    let screen = told["screen"].as_str().unwrap().to_owned();
    assert_eq!(told["left"], json!([]), "{screen}");
    (told["exit"].as_i64().unwrap(), screen)
}

#[test]
fn the_count_typed_back_is_what_begins_a_deletion() {
    let service = Service::start(3, &[]);
    let command = service.sexton(&["--vault", "v", &arn(0), &arn(1), &arn(2)]);
    let steps = json!({"steps": [["Type 3 to delete: ", "3\r"]]});
    let (code, screen) = at_a_terminal(&command, steps);
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains("about to delete 3 recovery points"), "{screen}");
    assert_eq!(service.count("DELETE"), 3);
}

#[test]
fn the_count_may_be_typed_with_its_thousands_set_apart() {
    let service = Service::start(1200, &[]);
    let command = service.sexton(&["--vault", "v", "-"]);
    let steps = json!({"steps": [["Type 1200 to delete: ", "1,200\r"]], "stdin": lines(0..1200)});
    let (code, screen) = at_a_terminal(&command, steps);
    assert_eq!(code, 0, "{screen}");
    assert_eq!(service.count("DELETE"), 1200);
}

#[test]
fn anything_but_the_count_deletes_nothing() {
    let service = Service::start(3, &[]);
    for (typed, said) in [("2\r", "\"2\""), ("yes\r", "\"yes\""), ("\r", "\"\""), (END, "\"\"")] {
        let command = service.sexton(&["--vault", "v", &arn(0), &arn(1), &arn(2)]);
        let steps = json!({"steps": [["Type 3 to delete: ", typed]]});
        let (code, screen) = at_a_terminal(&command, steps);
        assert_eq!(code, 5, "{screen}");
        assert!(screen.contains(&format!("{said} is not 3: nothing was done")), "{screen}");
    }
    assert_eq!(service.count("DELETE"), 0);
}

/// As of a vault that is locked: whoever said yes was told then that nothing could be deleted.
#[test]
fn nobody_is_asked_to_confirm_what_is_surely_refused() {
    let policy = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Deny",
        "Principal": "*", "Action": "backup:DeleteRecoveryPoint", "Resource": "*"}]}"#;
    let service = Service::start(2, &[]);
    service.set(|vault| vault.holds = Some([("h-1", vec![0, 1])].into()));
    let command = service.sexton(&["--vault", "v", &arn(0), &arn(1)]);
    let (code, screen) = at_a_terminal(&command, json!({"steps": []}));
    assert_eq!(code, 5, "{screen}");
    assert!(screen.contains("2 will stay: ") && !screen.contains("Type"), "{screen}");
    service.set(|vault| (vault.holds, vault.policy) = (None, Some(policy.to_owned())));
    let (code, screen) = at_a_terminal(&command, json!({"steps": []}));
    assert_eq!(code, 5, "{screen}");
    assert!(screen.contains("2 will stay: ") && !screen.contains("Type"), "{screen}");
    // What is not in the vault is denied by nothing, and is looked for.
    let command = service.sexton(&["--vault", "v", &arn(0), &arn(9)]);
    let (code, screen) = at_a_terminal(&command, json!({"steps": []}));
    assert_eq!(code, 3, "{screen}");
    assert!(screen.contains("1 not there") && !screen.contains("Type"), "{screen}");
    // One that is open is asked about, with all others.
    service.set(|vault| {
        (vault.holds, vault.policy) = (Some([("h-1", vec![0])].into()), None);
    });
    let command = service.sexton(&["--vault", "v", &arn(0), &arn(1)]);
    let steps = json!({"steps": [["Type 2 to delete: ", "2\r"]]});
    let (code, screen) = at_a_terminal(&command, steps);
    assert_eq!(code, 3, "{screen}");
    assert_eq!(service.count("DELETE"), 1);
}

#[test]
fn ctrl_c_instead_of_the_count_deletes_nothing() {
    let service = Service::start(3, &[]);
    let command = service.sexton(&["--vault", "v", &arn(0)]);
    let steps = json!({"steps": [["Type 1 to delete: ", INTERRUPT]]});
    let (code, screen) = at_a_terminal(&command, steps);
    assert_eq!(code, -2, "ended by the signal: {screen}");
    assert_eq!(service.count("DELETE"), 0);
}

#[test]
fn whoever_pipes_the_ids_in_is_asked_at_the_terminal() {
    let service = Service::start(3, &[]);
    let command = service.sexton(&["--vault", "v", "-"]);
    let steps = json!({"steps": [["Type 3 to delete: ", "3\r"]], "stdin": lines(0..3)});
    let (code, screen) = at_a_terminal(&command, steps);
    assert_eq!(code, 0, "{screen}");
    assert_eq!(service.count("DELETE"), 3);
}

#[test]
fn the_second_ctrl_c_ends_at_once_and_keeps_what_was_proven() {
    let service = Service::start(2, &[(1, Fate::Stuck)]);
    let command = service.sexton(&["--vault", "v", "-y", &arn(0), &arn(1)]);
    let typed = [["verifying", ""], ["1/2", INTERRUPT], ["once more to end at once", INTERRUPT]];
    let (code, screen) = at_a_terminal(&command, json!({"steps": typed, "columns": 200}));
    assert_eq!(code, 130, "{screen}");
    assert!(screen.contains("aborted: the deletion was accepted; last seen DELETING"), "{screen}");
    for count in ["│ deleted and proven gone ┆ 1 ", "│ unknown                 ┆ 1 "] {
        assert!(screen.contains(count), "{count}: {screen}");
    }
}

#[test]
fn the_bar_moves_and_goes_away() {
    let service = Service::start(5, &[(4, Fate::Expired)]);
    let ids = lines(0..5);
    let mut command = service.sexton(&["--vault", "v", "-y", "-"]);
    let (code, screen) = at_a_terminal(&command, json!({"steps": [], "stdin": ids}));
    assert_eq!(code, 3, "{screen}");
    let (bars, rest) = screen.split_once("1 EXPIRED: ").unwrap();
    for part in ["deleting", "verifying", "5/5"] {
        assert!(bars.contains(part), "{part}: {screen}");
    }
    assert!(!rest.contains("verifying"), "{screen}");

    command.arg("--quiet");
    let (_, screen) = at_a_terminal(&command, json!({"steps": [], "stdin": ids}));
    assert!(screen.starts_with("4 absent: "), "{screen}");
}

#[test]
fn a_table_is_what_a_terminal_shows_and_it_fits() {
    let service = Service::start(3, &[(1, Fate::Held), (2, Fate::Expired)]);
    for (columns, arguments) in [(80, "-y"), (120, "-y"), (80, "--dry-run")] {
        let command = service.sexton(&["--vault", "v", arguments, "-"]);
        let script = json!({"steps": [], "stdin": lines(0..4), "columns": columns});
        let (_, screen) = at_a_terminal(&command, script);
        assert!(screen.contains("way out"), "{screen}");
        let rows: Vec<&str> = screen.lines().filter(|row| row.starts_with(['┌', '│'])).collect();
        assert!(rows.len() > 3, "{screen}");
        for row in rows {
            let width = row.trim_end().chars().count();
            assert!(width <= columns, "{width} columns: {row}");
        }
    }
}

/// What was typed was shown as it came when it was no argument: names may come out of a listing.
#[test]
fn an_argument_that_is_wrong_cannot_move_the_cursor() {
    let service = Service::start(0, &[]);
    let evil = "\u{1b}[31mevil\u{9b}2J";
    for arguments in [["--vault", evil, "x"], ["--vault", "v", evil], ["--output", evil, "x"]] {
        let command = service.sexton(&arguments);
        let (exit, screen) = at_a_terminal(&command, json!({"steps": []}));
        assert_eq!(exit, 2, "{screen}");
        assert!(screen.contains("evil"), "{screen}");
        assert!(!screen.contains(['\u{1b}', '\u{9b}']), "{screen:?}");
    }
}
