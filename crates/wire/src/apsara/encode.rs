//! Answers, of what a service knows: every action of [`super::model`] from plain values.
//!
//! What is left out of an answer is what this house has not: links to download, classes of
//! machines, networks. Nothing stands in an answer that is not so.

mod instances;
mod logs;
mod policy;
mod sets;

use super::model::{create_backup, delete_backup, describe_regions};

pub use instances::{
    InstanceShown, category, describe_db_instance_attribute, describe_db_instances, engine, kind,
    status,
};
pub use logs::{LogFileShown, describe_binlog_files, describe_log_backup_files};
pub use policy::{PolicyShown, describe_backup_policy, modify_backup_policy};
pub use sets::{
    SetShown, TaskProgress, TaskShown, describe_backup_tasks, describe_backups,
    describe_detached_backups,
};

/// One page of a listing, and where it is in the whole.
#[derive(Debug)]
pub struct Page<'a, T> {
    /// What is on it.
    pub items: &'a [T],
    /// Its number, from 1.
    pub number: u64,
    /// How many items there are on all pages.
    pub total: u64,
}

/// A number as replies have it. One that is too great for the type is the greatest.
fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// How many items are on a page.
fn count<T>(items: &[T]) -> u64 {
    u64::try_from(items.len()).unwrap_or(u64::MAX)
}

/// The answer to `DeleteBackup`: that it was done.
pub fn delete_backup() -> delete_backup::Response {
    delete_backup::Response::default()
}

/// The answer to `CreateBackup`: by which number its task is found.
pub fn create_backup(job: u32) -> create_backup::Response {
    create_backup::Response { backup_job_id: Some(job.to_string()), ..Default::default() }
}

/// The answer to `DescribeRegions`. Each is one zone, and is found where the client has found
/// this one.
pub fn describe_regions(regions: &[&str], endpoint: &str) -> describe_regions::Response {
    let shown = |region: &&str| describe_regions::RdsRegion {
        local_name: Some((*region).to_owned()),
        region_endpoint: Some(endpoint.to_owned()).filter(|it| !it.is_empty()),
        region_id: Some((*region).to_owned()),
        zone_id: Some((*region).to_owned()),
        zone_name: None,
    };
    let rds_region = Some(regions.iter().map(shown).collect());
    let regions = Some(describe_regions::RegionsList { rds_region });
    describe_regions::Response { regions, ..Default::default() }
}

#[cfg(test)]
mod tests;
