//! Whatever was never asked to go opens: at the end, every backup that is there is restored.

use std::sync::Arc;

use sexton_core::{
    FileSystemOrder, FileSystemState, JobId, Principal, ResourceArn, RestoreJobState, RestoreOrder,
    State, Tags,
};
use sexton_server::ops::fsx::Asked;

use crate::calls_fsx::id_of;
use crate::fsx::directory;
use crate::rds::is_of_instance;
use crate::seen::Seen;
use crate::world::Simulation;

/// Who opens everything at the end.
pub(crate) fn opener() -> Principal {
    Principal("arn:aws:iam::123456789012:user/opener".to_owned())
}

impl Simulation {
    /// Restores every backup by the door of whoever keeps it. Nobody waits at the gate.
    pub(crate) fn open_everything(&mut self) {
        let (mut jobs, mut made): (Vec<JobId>, Vec<ResourceArn>) = (Vec::new(), Vec::new());
        for Seen { backup, .. } in self.look() {
            if !matches!(backup.state, State::Completed { .. } | State::Expired { .. }) {
                continue;
            }
            // A set is opened by the tools of its database.
            if is_of_instance(backup.name.as_str()) {
                continue;
            }
            let (service, now, by) = (Arc::clone(self.service()), self.now(), opener());
            if backup.in_vault().is_some() {
                let order = RestoreOrder {
                    backup: backup.name.clone(),
                    resource_type: None,
                    role: None,
                    idempotency_token: None,
                    metadata: std::collections::BTreeMap::new(),
                };
                let started = service.start_restore(&backup.realm, order, &by, now);
                jobs.push(self.runtime().block_on(started).unwrap().id);
            } else {
                let order = FileSystemOrder {
                    kind: None,
                    storage_capacity: None,
                    shown: serde_json::Map::new(),
                    configuration: serde_json::Map::new(),
                    retention_days: Some(0),
                    daily_start: None,
                    copy_tags: false,
                    tags: Tags::new(),
                };
                let asked = Asked { by: &by, realm: &backup.realm, now, token: None };
                let id = id_of(&backup.key());
                let started = service.restore_file_system(order, &id, &asked);
                let arn = self.runtime().block_on(started).unwrap().arn;
                let content = self.known.contents[&backup.key()].clone();
                self.known.roots.insert(arn.clone(), content);
                made.push(arn);
            }
            // One after the other: chance decides nothing.
            self.drain();
        }
        self.report.opened += jobs.len() + made.len();
        for job in jobs {
            let state = self.ask(self.store.restore_job(job)).unwrap().unwrap().value.state;
            assert!(matches!(state, RestoreJobState::Completed { .. }), "{state:?}");
        }
        for source in self.sources() {
            if made.contains(&source.arn) {
                let state = source.offered.state();
                assert!(matches!(state, FileSystemState::Available { .. }), "{state:?}");
                self.check_tree(directory(&source), &self.known.roots[&source.arn]);
            }
        }
    }
}
