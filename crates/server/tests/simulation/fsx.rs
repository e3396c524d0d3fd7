//! What a world knows of its file systems: what is in their directories and in their backups,
//! what was asked with which token, and how long automatic backups are to stay.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Timestamp;
use sexton_core::{
    Backup, BackupName, FileSystem, FileSystemState, FsxBackupId, InRealm, Keeper, Made, Origin,
    ResourceArn, Source, SourceKind, State, Token, TokenName,
};
use sexton_store::{Follow, Subject};

use crate::report::Happened;
use crate::seen::{Seen, realms, shown_by_fsx, sources};
use crate::tree::{Tree, furnish, tree_of};
use crate::world::Simulation;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Whose content is in the directory of each file system: that of the one that it goes back
    /// to over backups.
    pub(crate) roots: BTreeMap<ResourceArn, ResourceArn>,
    /// What was put into the directories of those.
    pub(crate) trees: BTreeMap<ResourceArn, Tree>,
    /// Whose content is in each backup of a file system.
    pub(crate) contents: BTreeMap<InRealm<BackupName>, ResourceArn>,
    /// Deletions that were sent with a token.
    pub(crate) sent: Vec<Sent>,
    /// Tokens that the store remembers, and when they were used.
    pub(crate) tokens: BTreeMap<InRealm<TokenName>, Timestamp>,
    /// Automatic backups that are there: the fewest days that were said since they were taken,
    /// and when that was.
    pub(crate) automatic: BTreeMap<InRealm<BackupName>, (u8, Timestamp)>,
    /// When automatic backups are taken of each file system.
    pub(crate) starts: BTreeMap<ResourceArn, String>,
    /// Recovery points of file systems that `FSx` showed.
    pub(crate) through_both: BTreeSet<InRealm<BackupName>>,
    /// Whether a file system was told to go, and nobody has looked since.
    pub(crate) told: bool,
    /// How many servers there were.
    pub(crate) servers: usize,
}

/// A deletion that was sent with a token.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) token: InRealm<TokenName>,
    pub(crate) id: FsxBackupId,
    /// When it was sent first.
    pub(crate) first: Timestamp,
    /// Which server took it.
    pub(crate) server: usize,
    /// Whether somebody heard that it was accepted.
    pub(crate) answered: bool,
}

/// The directory of a file system.
pub(crate) fn directory(source: &Source) -> &Path {
    let SourceKind::Fsx { path } = &source.kind else { panic!("{source:?}") };
    Path::new(path)
}

/// Whether a backup was taken by itself.
pub(crate) fn is_automatic(backup: &Backup) -> bool {
    match &backup.keeper {
        Keeper::FileSystem(kept) => kept.made == Made::Automatic,
        Keeper::Vault(_) | Keeper::Instance(_) | Keeper::Log(_) => false,
    }
}

impl Simulation {
    pub(crate) fn sources(&self) -> Vec<Source> {
        self.ask(sources(&*self.store))
    }

    /// What stands for a token.
    pub(crate) fn remembered(&self, name: &InRealm<TokenName>) -> Option<Token> {
        let subject = [Subject::Token(name.clone())];
        self.ask(self.store.read(&subject, Follow::Nothing)).unwrap().token(name).cloned()
    }

    /// Panics if a directory does not hold what that of `root` did, to the byte.
    pub(crate) fn check_tree(&self, directory: &Path, root: &ResourceArn) {
        let same = tree_of(directory) == self.known.trees[root];
        assert!(same, "{} does not hold what {root} did", directory.display());
    }

    /// Takes note of what is new, and fills the directories of new file systems.
    pub(crate) fn learn(&mut self) {
        self.learn_of_instances();
        let sources = self.sources();
        for source in &sources {
            if let Some(file_system) = source.offered.file_system() {
                let start = file_system.automatic.daily_start.to_string();
                self.known.starts.insert(source.arn.clone(), start);
            }
            match source.offered.state() {
                FileSystemState::Creating { realm, backup, .. } => {
                    let content = self.known.contents[&realm.with(backup.clone())].clone();
                    self.known.roots.entry(source.arn.clone()).or_insert(content);
                }
                FileSystemState::Available { .. } => {
                    if !self.known.roots.contains_key(&source.arn) {
                        furnish(directory(source), &source.arn);
                        let tree = tree_of(directory(source));
                        self.known.trees.insert(source.arn.clone(), tree);
                        self.known.roots.insert(source.arn.clone(), source.arn.clone());
                    }
                }
                FileSystemState::Deleting { .. } | FileSystemState::Failed { .. } => (),
            }
        }
        for realm in realms() {
            for backup in self.ask(shown_by_fsx(&*self.store, &realm)) {
                self.learn_of(&backup, &sources);
            }
        }
        // FSx does not show what a logically air-gapped vault keeps: it has another kind of name.
        for Seen { backup, .. } in self.look() {
            if backup.source.service() == "fsx" && !backup.origin.is_captured() {
                self.learn_of(&backup, &sources);
            }
        }
    }

    fn learn_of(&mut self, backup: &Backup, sources: &[Source]) {
        let key = backup.key();
        if !self.known.contents.contains_key(&key) {
            let content = match &backup.origin {
                // What nobody offered any more when it began is generated.
                Origin::Captured if backup.offered.is_none() => None,
                Origin::Captured => Some(self.known.roots[&backup.source].clone()),
                Origin::Copied { realm, name, .. } => {
                    self.known.contents.get(&realm.with(name.clone())).cloned()
                }
            };
            self.known.contents.extend(content.map(|content| (key.clone(), content)));
        }
        if is_automatic(backup) {
            let source = sources.iter().find(|source| source.key().name == backup.source);
            let file_system = source.and_then(|source| source.offered.file_system());
            let days = file_system.map_or(u8::MAX, |it| it.automatic.retention_days);
            let known = self.known.automatic.entry(key).or_insert((days, backup.created));
            known.0 = known.0.min(days);
        }
    }

    /// What is going on with a file system.
    pub(crate) fn under_way(&self, source: &InRealm<ResourceArn>) -> Vec<Happened> {
        let (seen, sources) = (self.look(), self.sources());
        let of = |backup: &Backup| backup.source == source.name;
        let creating = |backup: &Backup| of(backup) && backup.state == State::Creating;
        let is_read = |other: &Source| match other.offered.file_system().and_then(FileSystem::reads)
        {
            Some(key) => seen.iter().any(|seen| seen.backup.key() == key && of(&seen.backup)),
            None => false,
        };
        let mut under_way = Vec::new();
        if seen.iter().any(|it| creating(&it.backup) && it.backup.origin.is_captured()) {
            under_way.push(Happened::ToldWhileCaptured);
        }
        if seen.iter().any(|it| creating(&it.backup) && !it.backup.origin.is_captured()) {
            under_way.push(Happened::ToldWhileCopied);
        }
        if sources.iter().any(is_read) {
            under_way.push(Happened::ToldWhileRestored);
        }
        under_way
    }

    /// Notes what a crash cuts.
    pub(crate) fn note_cuts(&mut self) {
        self.known.servers += 1;
        self.note_cuts_of_instances();
        self.note_cuts_of_plans();
        for seen in self.look() {
            let backup = seen.backup;
            if backup.state != State::Creating {
                continue;
            }
            if backup.in_vault().is_some() {
                if !backup.origin.is_captured() {
                    self.report.note(Happened::CopyJobCut);
                }
                continue;
            }
            if backup.as_set().is_some() {
                self.report.note(Happened::SetCut);
                continue;
            }
            let copied = !backup.origin.is_captured();
            self.report.note(if copied { Happened::CopyCut } else { Happened::CaptureCut });
        }
        for source in self.sources() {
            match source.offered.state() {
                FileSystemState::Creating { .. } => self.report.note(Happened::RestoreCut),
                FileSystemState::Deleting { .. } => self.report.note(Happened::RemovalCut),
                FileSystemState::Available { .. } | FileSystemState::Failed { .. } => (),
            }
        }
    }
}
