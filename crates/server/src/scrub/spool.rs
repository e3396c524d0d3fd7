//! The folder of logs that wait to be backed up.
//!
//! What is in it is nowhere else yet, so each file has to be one that the next start can take.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use sexton_data::database::COMPARED;

use super::Finding;
use crate::log_backups::{FOLDER, RESTORED};

/// Looks at it; `instances` are those that are known.
pub(super) fn look(folder: &Path, instances: &BTreeSet<String>) -> Vec<Finding> {
    let spools = folder.join(FOLDER);
    let entries = match fs::read_dir(&spools) {
        Ok(entries) => entries,
        // It comes with the first log backup.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => return vec![finding(String::new(), &unreadable(&error))],
    };
    let mut found = Vec::new();
    for entry in entries {
        match entry {
            Ok(entry) => look_at(&entry, instances, &mut found),
            Err(error) => found.push(finding(String::new(), &unreadable(&error))),
        }
    }
    found
}

fn look_at(entry: &fs::DirEntry, instances: &BTreeSet<String>, found: &mut Vec<Finding>) {
    let name = entry.file_name().to_string_lossy().into_owned();
    let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
    let wrong = if !is_folder {
        Some("is no folder of an instance: move it away")
    } else if name.starts_with(RESTORED) {
        Some("was left by a restore that was interrupted: the next start removes it")
    } else if !instances.contains(&name) {
        Some("is of no instance that is known: the next start removes it")
    } else {
        None
    };
    match wrong {
        Some(wrong) => found.push(finding(name, wrong)),
        None => look_into(&entry.path(), &name, found),
    }
}

/// Looks whether each file of an instance can be read, by whoever looks.
fn look_into(folder: &Path, name: &str, found: &mut Vec<Finding>) {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return found.push(finding(name.to_owned(), &unreadable(&error))),
    };
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                found.push(finding(name.to_owned(), &unreadable(&error)));
                continue;
            }
        };
        let at = format!("{name}/{}", entry.file_name().to_string_lossy());
        match entry.file_type() {
            Ok(kind) if kind.is_file() => {
                if let Err(error) = fs::File::open(entry.path()) {
                    found.push(finding(at, &unreadable(&error)));
                }
            }
            Ok(_) if entry.file_name() == COMPARED => {
                let left = "was left by a receiver that was interrupted: the next one removes it";
                found.push(finding(at, left));
            }
            Ok(_) => found.push(finding(at, "is no file: no log backup takes it")),
            Err(error) => found.push(finding(at, &unreadable(&error))),
        }
    }
}

fn finding(entry: String, reason: &str) -> Finding {
    Finding::Spool { entry, reason: reason.to_owned() }
}

fn unreadable(error: &io::Error) -> String {
    format!("cannot be read: {error}")
}
