//! What a capture reads: a directory, a database, or log files of one.

use std::sync::Arc;

use sexton_core::{Backup, BackupLoss, BackupMethod, Keeper, Offered, SourceKind};
use sexton_data::database::{DatabaseOrder, Method, Settings};
use sexton_data::source::Readable;

use crate::log_backups;
use crate::service::Service;

impl Service {
    /// What a capture of `source` for `backup` reads.
    pub(super) async fn readable(
        &self,
        source: &SourceKind,
        backup: &Backup,
    ) -> Result<Readable, BackupLoss> {
        let lost = |reason: String| {
            let (job, resource) = (backup.id.job(), &backup.source);
            tracing::warn!(%job, %resource, reason, "a backup failed");
            BackupLoss::Failed { reason }
        };
        match source {
            SourceKind::Fsx { path } => Ok(Readable::Directory(path.into())),
            SourceKind::Generated => Ok(Readable::Generated),
            SourceKind::Database => {
                let kept = match &backup.keeper {
                    Keeper::Instance(kept) => kept,
                    Keeper::Log(log) => {
                        let folder = log_backups::spool(self, log.instance.as_str());
                        let folder = folder.ok_or_else(|| lost("no spool".to_owned()))?;
                        let names = log.files.iter().map(|file| file.name.clone()).collect();
                        return Ok(Readable::Files { folder, names });
                    }
                    Keeper::Vault(_) | Keeper::FileSystem(_) => {
                        return Err(lost("only an instance backs up a database".to_owned()));
                    }
                };
                let key = backup.realm.with(backup.source.clone());
                let text = self.settings(&key).await.map_err(lost)?;
                // It may have been exchanged since it was looked at.
                if let Some(database) = backup.offered.as_deref().and_then(Offered::instance) {
                    self.check_database(&text, database).await.map_err(lost)?;
                }
                let settings = Settings::parse(&text).map_err(|error| lost(error.to_string()))?;
                Ok(Readable::Database(DatabaseOrder {
                    settings: Arc::new(settings),
                    method: match kept.method {
                        BackupMethod::Physical => Method::Physical,
                        BackupMethod::Logical => Method::Logical,
                    },
                    databases: kept.databases.clone(),
                }))
            }
        }
    }
}
