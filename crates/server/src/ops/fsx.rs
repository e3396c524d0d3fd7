//! Operations on what Amazon `FSx` shows: file systems, volumes, and their backups.
//!
//! `FSx` has no jobs, so there are none here: a backup that is being made, and a file system
//! that is made or goes, are records of their own work. What was interrupted is ended at a start
//! ([`Service::end_interrupted`]).

mod automatic;
mod backups;
mod copies;
mod deletion;
mod file_systems;
mod listing;
mod removal;
mod volumes;

use sexton_core::{
    FileSystemId, FsxBackupId, FsxRefusal, Principal, Realm, Token, TokenName, TokenUse,
};
use sexton_store::{Reading, Subject, Write};

use jiff::Timestamp;

use crate::error::OpsError;
use crate::service::Service;

/// Who asks for something, where, when, and with which token.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// Who.
    pub by: &'a Principal,
    /// Where.
    pub realm: &'a Realm,
    /// When.
    pub now: Timestamp,
    /// With which token, if with one.
    pub token: Option<TokenUse>,
}

impl Asked<'_> {
    /// What is to be read of the token.
    fn subject(&self) -> Option<Subject> {
        self.token.as_ref().map(|token| Subject::Token(token.name.clone()))
    }

    /// What the token answered when it was used first, if it was: it must have asked for the
    /// same.
    fn first<'a>(&self, reading: &'a Reading) -> Result<Option<&'a str>, FsxRefusal> {
        let Some(token) = &self.token else { return Ok(None) };
        let Some(first) = reading.token(&token.name) else { return Ok(None) };
        match token.differs(first) {
            None => Ok(Some(&first.answer)),
            Some(parameter) => Err(FsxRefusal::TokenUsed { parameter: parameter.to_owned() }),
        }
    }

    /// The write that remembers the token, once `answer` was made or deleted with it.
    fn used(&self, answer: &str) -> Option<Write> {
        let token = self.token.clone()?;
        let name: sexton_core::InRealm<TokenName> = token.name.clone();
        let used: Token = token.used(answer.to_owned(), self.now);
        Some(Write::PutToken(name, used))
    }
}

/// The id that a token answered: we wrote it ourselves.
fn answered<T: std::str::FromStr>(answer: &str) -> Result<T, OpsError> {
    let damaged = || sexton_store::StoreError::not_done("a token answers what is no id").into();
    answer.parse().map_err(|_| damaged())
}

fn no_backup(id: &FsxBackupId) -> OpsError {
    FsxRefusal::BackupNotFound { id: id.clone() }.into()
}

fn no_file_system(id: &FileSystemId) -> OpsError {
    FsxRefusal::FileSystemNotFound { id: id.to_string() }.into()
}

impl Service {
    /// Has the loop that works on file systems look at once.
    pub(crate) fn look_at_file_systems(&self) {
        self.due.notify_one();
    }
}
