//! The settings that a set brings with its files: `backup-my.cnf`, which the tool that copies
//! them writes, and which the server that they are restored for reads.
//!
//! It says where the files of the live server are. A server that is started over the restored
//! ones with such a place opens those of the live one, and changes them. All files of a set are in
//! one folder, so a place is not needed: it is left out. What is not known to be harmless is
//! refused.

use std::path::Path;
use std::{fs, io};

use crate::database::DatabaseError;
use crate::database::restore::unsupported;
use crate::restore::RestoreError;

/// The file, in the folder of a set.
pub(super) const FILE: &str = "backup-my.cnf";

/// Places of files that a set has in its own folder, where a server looks for them by itself.
const PLACES: [&str; 8] = [
    "aria_log_dir_path",
    "datadir",
    "innodb_buffer_pool_filename",
    "innodb_data_home_dir",
    "innodb_log_arch_dir",
    "innodb_log_group_home_dir",
    "innodb_temp_tablespaces_dir",
    "innodb_undo_directory",
];
/// The files of the system tablespace, as `ibdata1:12M;ibdata2:12M:autoextend`.
const SYSTEM: &str = "innodb_data_file_path";
/// How the names of options begin that say what is only read: programs and keys.
const READ_ONLY: [&str; 5] = [
    "early_plugin_load",
    "file_key_management",
    "hashicorp_key_management",
    "plugin_dir",
    "plugin_load",
];

/// What becomes of one option.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    Kept,
    LeftOut,
    /// What is wrong with it.
    Refused(&'static str),
}

/// Makes the settings of an unpacked set those of a server whose files are all in its folder.
pub(super) fn settle(folder: &Path) -> Result<(), RestoreError> {
    let failed = |error| DatabaseError::system("the settings of the backup cannot be read", error);
    let path = folder.join(FILE);
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        text => text.map_err(failed)?,
    };
    let (settled, system) = settled(&text).map_err(|why| unsupported(&why))?;
    if let Some(missing) = system.iter().find(|name| !folder.join(name).is_file()) {
        let missing = sexton_core::plain(missing);
        return Err(unsupported(&format!(
            "the backup does not have {missing}, which its settings name as a file of the system \
             tablespace"
        )));
    }
    Ok(fs::write(&path, settled).map_err(failed)?)
}

/// The settings without any place outside of the folder, and the files of the system tablespace.
fn settled(text: &str) -> Result<(String, Vec<String>), String> {
    let (mut settled, mut system) = (String::new(), Vec::new());
    for line in text.lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';', '[']) {
            settled.extend([line, "\n"]);
            continue;
        }
        let (name, value) = line.split_once('=').unwrap_or((line, ""));
        let (name, value) = (plain_name(name), value.trim().trim_matches(['"', '\'']));
        match fate(&name, value) {
            Fate::Kept => settled.extend([line, "\n"]),
            Fate::LeftOut => continue,
            Fate::Refused(why) => {
                let (name, value) = (sexton_core::plain(&name), sexton_core::plain(value));
                return Err(format!(
                    "the settings of the backup have {name}={value}, {why}: a server that reads \
                     them could change files of the one that was backed up. Make logical backups \
                     of it"
                ));
            }
        }
        if name == SYSTEM {
            let file = |part: &str| part.split(':').next().unwrap_or_default().to_owned();
            system = value.split(';').map(file).filter(|file| !file.is_empty()).collect();
        }
    }
    Ok((settled, system))
}

/// The name of an option, however it is written.
fn plain_name(name: &str) -> String {
    let name = name.trim().to_ascii_lowercase().replace('-', "_");
    name.strip_prefix("loose_").unwrap_or(&name).to_owned()
}

fn fate(name: &str, value: &str) -> Fate {
    if name.starts_with('!') {
        return Fate::Refused("which reads the settings of others");
    }
    if PLACES.contains(&name) {
        return Fate::LeftOut;
    }
    // The part of a system tablespace that is elsewhere is not where the set has it.
    if name == SYSTEM && value.contains('/') {
        return Fate::Refused("a system tablespace outside of the data folder");
    }
    if READ_ONLY.iter().any(|it| name.starts_with(it)) {
        return Fate::Kept;
    }
    // Sizes, algorithms, switches: what names no place cannot lead to one.
    let outside = value.starts_with(['/', '~']) || value.split('/').any(|part| part == "..");
    if outside { Fate::Refused("which may be a place outside of its folder") } else { Fate::Kept }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_settings_of_a_set_only_what_leads_to_no_place_outside_is_kept() {
        let text = "# by the tool\n[mysqld]\ninnodb_checksum_algorithm=crc32\n\
            innodb_data_file_path=ibdata1:12M;ibdata2:10M:autoextend\n\
            innodb_undo_directory=/live/undo\nloose-innodb-data-home-dir = /live\n\
            innodb-log-group-home-dir=\"/live\"\naria_log_dir_path=/live\n\
            innodb_buffer_pool_filename=/live/pool\ninnodb_undo_tablespaces=3\n\
            plugin_load_add=file_key_management\nplugin_dir=/usr/lib/plugin/\n\
            file_key_management_filename=/etc/keys\n\nskip_something\nrelative=./it\n";
        let (settled, system) = settled(text).unwrap();
        assert_eq!(system, ["ibdata1", "ibdata2"]);
        let wanted = "# by the tool\n[mysqld]\ninnodb_checksum_algorithm=crc32\n\
            innodb_data_file_path=ibdata1:12M;ibdata2:10M:autoextend\ninnodb_undo_tablespaces=3\n\
            plugin_load_add=file_key_management\nplugin_dir=/usr/lib/plugin/\n\
            file_key_management_filename=/etc/keys\n\nskip_something\nrelative=./it\n";
        assert_eq!(settled, wanted);
    }

    #[test]
    fn an_option_that_may_lead_elsewhere_is_refused_by_its_name() {
        for line in [
            "innodb_data_file_path=/live/ibdata1:12M:autoextend",
            "innodb_data_file_path=ibdata1:12M;../ibdata2:12M:autoextend",
            "rocksdb_datadir=/live/rocks",
            "Loose-Some-Thing = '../live'",
            "some=~root/live",
            "!includedir /etc/mysql",
        ] {
            let refused = settled(&format!("[mysqld]\n{line}\n")).unwrap_err();
            let name = plain_name(line.split('=').next().unwrap());
            assert!(refused.starts_with(&format!("the settings of the backup have {name}")));
            assert!(refused.ends_with("Make logical backups of it"), "{refused}");
        }
    }

    #[test]
    fn a_set_without_a_file_of_its_system_tablespace_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let text = "[mysqld]\ninnodb_data_file_path=ibdata1:12M\ninnodb_undo_directory=/live\n";
        fs::write(&path, text).unwrap();
        let refused = settle(folder.path()).unwrap_err().for_caller();
        assert!(refused.contains("does not have ibdata1,"), "{refused}");
        fs::write(folder.path().join("ibdata1"), "").unwrap();
        settle(folder.path()).unwrap();
        let settled = fs::read_to_string(&path).unwrap();
        assert_eq!(settled, "[mysqld]\ninnodb_data_file_path=ibdata1:12M\n");
    }
}
