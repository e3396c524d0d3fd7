//! What the callers of a simulated `FSx` do.

use std::collections::BTreeMap;
use std::sync::Arc;

use sexton_core::{
    Backup, BackupName, FileSystemChange, FileSystemId, FileSystemOrder, FileSystemState,
    FileSystemType, FsxBackupId, FsxBackupOrder, FsxCopyOrder, FsxRefusal, InRealm, Made,
    Principal, Realm, RemoveFileSystem, ResourceArn, Source, State, Tags, TokenName, TokenUse,
};
use sexton_server::OpsError;
use sexton_server::ops::fsx::Asked;
use sexton_server::ops::tags::Door;

use crate::calls::{Answer, by};
use crate::fsx::{Sent, is_automatic};
use crate::learned::{Deletion, End, Learned};
use crate::report::Happened;
use crate::seen::realms;
use crate::world::Simulation;

/// File systems at a time.
const SOURCES_MAX: usize = 5;

/// In seconds.
const DAY: u32 = 86_400;

/// Who asks at the wrong door: nothing is ever done for it.
pub(crate) const STRANGER: &str = "stranger";

pub(crate) fn id_of(key: &InRealm<BackupName>) -> FsxBackupId {
    FsxBackupId::of(&key.name).expect("FSx names it")
}

fn named(realm: &Realm, operation: &str, token: &str) -> InRealm<TokenName> {
    realm.with(TokenName { operation: operation.to_owned(), token: token.to_owned() })
}

fn with(name: InRealm<TokenName>, parameter: &str, value: &str) -> TokenUse {
    let asked = BTreeMap::from([(parameter.to_owned(), value.to_owned())]);
    TokenUse { name, asked }
}

fn is_whole(backup: &Backup) -> bool {
    matches!(backup.state, State::Completed { .. } | State::Expired { .. })
}

impl Simulation {
    /// Begins one call of `FSx` of a random kind.
    pub(crate) fn call_fsx(&mut self) {
        if std::mem::take(&mut self.known.told) {
            // As the server does it at once.
            return self.look_at_what_is_due();
        }
        match self.dice.roll(100) {
            0..10 => self.create_file_system(),
            10..16 => self.update_file_system(),
            16..33 => self.create_fsx_backup(),
            33..43 => self.copy_fsx_backup(),
            43..52 => self.restore_file_system(),
            52..72 => self.delete_fsx_backup(),
            72..79 => self.ask_at_the_wrong_door(),
            79..87 => self.delete_file_system(),
            87..96 => self.wait_for_a_window(),
            _ => self.tag_fsx(),
        }
    }

    fn file_systems(&self, wanted: impl Fn(&FileSystemState) -> bool) -> Vec<Source> {
        let mut sources = self.sources();
        sources.retain(|source| wanted(source.offered.state()));
        sources
    }

    /// A file system that can be used.
    pub(crate) fn file_system(&mut self) -> Option<Source> {
        let available =
            |state: &FileSystemState| matches!(state, FileSystemState::Available { .. });
        let sources = self.file_systems(available);
        self.dice.pick(&sources).cloned()
    }

    /// A backup that `FSx` shows and that `wanted` lets through, most often one that is whole.
    fn fsx_backup(&mut self, wanted: impl Fn(&Backup) -> bool) -> Option<Backup> {
        let mut backups: Vec<_> = self.look().into_iter().map(|seen| seen.backup).collect();
        backups.retain(|backup| backup.is_of_fsx() && wanted(backup));
        if self.dice.percent(80) {
            backups.retain(is_whole);
        }
        self.dice.pick(&backups).cloned()
    }

    fn order(&mut self, kind: Option<FileSystemType>) -> FileSystemOrder {
        let (hour, minute) = (self.dice.roll(24), self.dice.roll(60));
        FileSystemOrder {
            kind,
            storage_capacity: None,
            shown: serde_json::Map::new(),
            configuration: serde_json::Map::new(),
            retention_days: self.retention(),
            daily_start: Some(format!("{hour:02}:{minute:02}").parse().unwrap()),
            copy_tags: self.dice.percent(50),
            tags: Tags::new(),
        }
    }

    fn retention(&mut self) -> Option<u8> {
        *self.dice.pick(&[Some(0), Some(1), Some(7), Some(30), Some(90), None]).unwrap()
    }

    fn create_file_system(&mut self) {
        if self.sources().len() >= SOURCES_MAX {
            return self.delete_file_system();
        }
        let kinds = [FileSystemType::OpenZfs, FileSystemType::Windows, FileSystemType::Lustre];
        let kind = *self.dice.pick(&kinds).unwrap();
        let order = self.order(Some(kind));
        let realm = self.dice.pick(&realms()).unwrap().clone();
        let (service, now) = (Arc::clone(self.service()), self.now());
        self.start(async move {
            let asked = Asked { by: &by(), realm: &realm, now, token: None };
            Answer::of(&service.create_file_system(order, &asked).await)
        });
    }

    /// Most often one that has automatic backups, which are to be none any more.
    fn update_file_system(&mut self) {
        let off = self.dice.percent(60);
        let automatic = self.fsx_backup(is_automatic).filter(|_| off);
        let of = |source: &Source| automatic.as_ref().is_some_and(|it| it.source == source.arn);
        let found = self.sources().into_iter().find(of);
        let Some(source) = found.or_else(|| self.file_system()) else { return };
        let retention_days = if off { Some(0) } else { self.retention() };
        let change = FileSystemChange { retention_days, ..FileSystemChange::default() };
        let (service, now) = (Arc::clone(self.service()), self.now());
        self.start(async move {
            let id = FileSystemId::of(&source.arn).unwrap();
            let asked = Asked { by: &by(), realm: &source.realm, now, token: None };
            Answer::of(&service.update_file_system(&id, change, &asked).await)
        });
    }

    fn create_fsx_backup(&mut self) {
        let Some(source) = self.file_system() else { return };
        // Whoever asks twice at a time is kept waiting before it is refused.
        let busy = self.waiting().iter().any(|(label, _)| label.contains(source.arn.as_str()));
        if busy || !self.room_for_a_job() || !self.under_way(&source.key()).is_empty() {
            return;
        }
        let number = self.dice.roll(40);
        let name = named(&source.realm, "CreateBackup", &number.to_string());
        let token = (number < 20).then(|| with(name, "FileSystemId", source.arn.as_str()));
        let made = Made::Asked;
        let order = FsxBackupOrder { source: source.arn.clone(), made, tags: Tags::new() };
        self.time.note();
        let (service, now) = (Arc::clone(self.service()), self.now());
        self.start(async move {
            let asked = Asked { by: &by(), realm: &source.realm, now, token };
            Answer::of(&service.create_fsx_backup(order, &asked).await)
        });
    }

    fn copy_fsx_backup(&mut self) {
        let Some(backup) = self.fsx_backup(|it| it.offered.is_some()) else { return };
        if !self.room_for_a_job() {
            return;
        }
        let realm = self.dice.pick(&realms()).unwrap().clone();
        let original = backup.realm.with(id_of(&backup.key()));
        let order = FsxCopyOrder { original, copy_tags: true, tags: Tags::new() };
        let (service, now) = (Arc::clone(self.service()), self.now());
        self.start(async move {
            let asked = Asked { by: &by(), realm: &realm, now, token: None };
            Answer::of(&service.copy_fsx_backup(order, &asked).await)
        });
    }

    fn restore_file_system(&mut self) {
        let Some(backup) = self.fsx_backup(|it| it.offered.is_some()) else { return };
        if !self.room_for_a_job() || self.sources().len() > SOURCES_MAX {
            return;
        }
        let order = self.order(None);
        let (service, now) = (Arc::clone(self.service()), self.now());
        self.start(async move {
            let asked = Asked { by: &by(), realm: &backup.realm, now, token: None };
            let id = id_of(&backup.key());
            Answer::of(&service.restore_file_system(order, &id, &asked).await)
        });
    }

    /// Deletes a backup with a new token or with none, sends a deletion again of which nobody
    /// heard, or deletes with the token of another.
    fn delete_fsx_backup(&mut self) {
        let roll = self.dice.roll(100);
        if roll < 40 {
            let mut lost = self.known.sent.clone();
            lost.retain(|sent| !sent.answered || roll < 10);
            if self.dice.percent(60) {
                lost.retain(|sent| self.known.tokens.contains_key(&sent.token));
            }
            let Some(sent) = self.dice.pick(&lost).cloned() else { return };
            let key = sent.token.realm.with(sent.id.name(&sent.token.realm));
            return self.send_deletion(key, Some(sent.token));
        }
        let kept = |backup: &Backup| backup.in_vault().is_none();
        let Some(backup) = self.fsx_backup(kept) else { return };
        let mut used: Vec<_> = self.known.sent.iter().map(|sent| sent.token.clone()).collect();
        used.retain(|token| token.realm == backup.realm);
        let number = self.known.sent.len().to_string();
        let token = match roll {
            40..55 => self.dice.pick(&used).cloned(),
            55..90 => Some(named(&backup.realm, "DeleteBackup", &number)),
            _ => None,
        };
        self.send_deletion(backup.key(), token);
    }

    fn send_deletion(&mut self, key: InRealm<BackupName>, token: Option<InRealm<TokenName>>) {
        let id = id_of(&key);
        self.time.note();
        self.asked_to_go.insert(key.clone());
        let first = self.now();
        let token = token.map(|name| {
            let sent = &mut self.known.sent;
            let place = sent.iter().position(|sent| sent.token == name).unwrap_or_else(|| {
                let (token, id, server) = (name.clone(), id.clone(), self.known.servers);
                sent.push(Sent { token, id, first, server, answered: false });
                sent.len() - 1
            });
            let known = self.remembered(&name);
            (place, name, known)
        });
        let (service, now) = (Arc::clone(self.service()), self.now());
        self.start(async move {
            let used = token.as_ref().map(|(_, name, _)| with(name.clone(), "Id", id.as_str()));
            let asked = Asked { by: &by(), realm: &key.realm, now, token: used };
            let end = End::of(&service.delete_fsx_backup(&id, &asked).await);
            Answer::Fsx(Learned::Deletion(Deletion { key, token, end }))
        });
    }

    /// Asks each service to delete what the other keeps.
    fn ask_at_the_wrong_door(&mut self) {
        let stranger = Principal(STRANGER.to_owned());
        let (service, now) = (Arc::clone(self.service()), self.now());
        if self.dice.percent(50) {
            let Some(backup) = self.fsx_backup(|it| it.in_vault().is_some()) else { return };
            let name = named(&backup.realm, "DeleteBackup", "of the stranger");
            let id = id_of(&backup.key());
            let token = self.dice.percent(50).then(|| with(name.clone(), "Id", id.as_str()));
            self.start(async move {
                let asked = Asked { by: &stranger, realm: &backup.realm, now, token };
                match service.delete_fsx_backup(&id, &asked).await {
                    Ok(()) => panic!("FSx deleted {id}, which a vault keeps"),
                    Err(OpsError::Fsx(FsxRefusal::KeptByVault { .. })) => {
                        Answer::Fsx(Learned::WrongDoor(Happened::WrongDoorOfFsx, Some(name)))
                    }
                    Err(_) => Answer::Other,
                }
            });
            return;
        }
        let Some(backup) = self.fsx_backup(|it| it.in_vault().is_none()) else { return };
        let vault = backup.realm.with(self.vault().name);
        self.start(async move {
            match service.delete_point(&vault, &backup.name, &stranger, now).await {
                Ok(()) => panic!("AWS Backup deleted {}, which FSx keeps", backup.name),
                Err(OpsError::NoBackup | OpsError::NoVault(_)) => {
                    Answer::Fsx(Learned::WrongDoor(Happened::WrongDoorOfBackup, None))
                }
                Err(_) => Answer::Other,
            }
        });
    }

    /// Tells a file system to go, most often one of which something is under way.
    fn delete_file_system(&mut self) {
        if !self.room_for_a_job() {
            return;
        }
        let mut sources = self.file_systems(|_| true);
        let roll = self.dice.roll(100);
        if roll < 50 {
            sources.retain(|source| !self.under_way(&source.key()).is_empty());
            // A backup is seldom read, and not for long.
            let read =
                |it: &&Source| self.under_way(&it.key()).contains(&Happened::ToldWhileRestored);
            let read: Vec<_> = sources.iter().filter(read).cloned().collect();
            if !read.is_empty() {
                sources = read;
            }
        } else if let Some(automatic) = self.fsx_backup(is_automatic).filter(|_| roll < 75) {
            sources.retain(|source| source.arn == automatic.source);
        }
        let Some(source) = self.dice.pick(&sources).cloned() else { return };
        let skip_final = *self.dice.pick(&[None, Some(true), Some(false)]).unwrap();
        let order = RemoveFileSystem { skip_final, ..RemoveFileSystem::default() };
        let (service, now) = (Arc::clone(self.service()), self.now());
        self.start(async move {
            let id = FileSystemId::of(&source.arn).unwrap();
            let asked = Asked { by: &by(), realm: &source.realm, now, token: None };
            match service.delete_file_system(&id, order, &asked).await {
                Ok(source) => Answer::Fsx(Learned::ToldToGo(source.key())),
                Err(_) => Answer::Other,
            }
        });
    }

    /// Waits until an automatic backup is to be taken, or a little longer, or some days longer.
    fn wait_for_a_window(&mut self) {
        let due = |source: &Source| source.offered.due().filter(|due| *due > self.now());
        let due: Vec<_> = self.sources().iter().filter_map(due).collect();
        if let Some(due) = self.dice.pick(&due).copied() {
            let wait = u32::try_from(due.duration_since(self.now()).as_secs()).unwrap();
            let late = u32::try_from(self.dice.roll(2400)).unwrap();
            let days = if self.dice.percent(30) { self.dice.roll(6) } else { 0 };
            let days = u32::try_from(days).unwrap();
            self.tick(wait.min(DAY) + late + days * DAY);
        }
        self.look_at_what_is_due();
    }

    fn tag_fsx(&mut self) {
        let Some(backup) = self.fsx_backup(|_| true) else { return };
        let file_system = self.file_system().filter(|_| self.dice.percent(50));
        let BackupName::Arn(arn) = &backup.name;
        let arn: ResourceArn = arn.as_str().parse().unwrap();
        let (realm, arn) = file_system.map_or((backup.realm, arn), |it| (it.realm, it.arn));
        let (service, now) = (Arc::clone(self.service()), self.now());
        let tags = Tags::from([("tag".to_owned(), self.dice.roll(100).to_string())]);
        self.start(async move {
            Answer::of(&service.tag(Door::Fsx, &realm, &arn, &tags, &by(), now).await)
        });
    }
}
