//! What was acknowledged survives `kill -9`, and what was deleted leaves no remnant,
//! neither on the disk nor in memory.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should stop")]

#[path = "support/scripts.rs"]
mod scripts;

#[test]
fn what_was_acknowledged_survives_kill_9_under_load() {
    scripts::run("crash.py", &[], &[], String::new);
}

#[test]
fn no_root_that_could_open_a_deleted_backup_is_left() {
    scripts::run("remnants.py", &[], &[], String::new);
}

#[test]
fn what_certificates_say_of_people_is_forgotten_in_every_file() {
    scripts::run("redact.py", &[], &[], String::new);
}

#[test]
fn no_key_that_could_open_a_deleted_backup_stays_in_memory() {
    scripts::run("memory.py", &[], &[], String::new);
}
