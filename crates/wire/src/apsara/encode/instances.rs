//! Instances.

use jiff::Timestamp;
use sexton_core::{Edition, Engine, InstanceKind};

use super::{Page, count, whole};
use crate::apsara::model::value::Seconds;
use crate::apsara::model::words;
use crate::apsara::model::{describe_db_instance_attribute, describe_db_instances};

/// An instance.
#[derive(Debug, Clone)]
pub struct InstanceShown {
    /// Its id.
    pub id: String,
    /// In which region it is.
    pub region: String,
    /// What people call it.
    pub description: String,
    /// Its engine.
    pub engine: Engine,
    /// The version of it, such as `8.0`.
    pub version: String,
    /// Its edition.
    pub edition: Edition,
    /// What it is to others.
    pub kind: InstanceKind,
    /// The one that it belongs to, if it is not a primary one.
    pub primary: Option<String>,
    /// The read-only ones that follow it.
    pub read_only: Vec<String>,
    /// The one that stands by for it in case of a disaster.
    pub guard: Option<String>,
    /// The one that was made of it for a time.
    pub temporary: Option<String>,
    /// Whether its database answers.
    pub is_running: bool,
    /// Whether it is locked.
    pub is_locked: bool,
    /// Since when it is known here.
    pub created: Timestamp,
}

/// `Engine`.
pub fn engine(engine: Engine) -> words::Engine {
    match engine {
        Engine::MySql => words::Engine::MySql,
        Engine::PostgreSql => words::Engine::PostgreSql,
        Engine::MariaDb => words::Engine::MariaDb,
        Engine::SqlServer => words::Engine::SqlServer,
    }
}

/// `Category`.
pub fn category(edition: Edition) -> &'static str {
    match edition {
        Edition::Basic => "Basic",
        Edition::HighAvailability => "HighAvailability",
        Edition::Cluster => "cluster",
    }
}

/// `DBInstanceType`.
pub fn kind(kind: InstanceKind) -> words::InstanceType {
    match kind {
        InstanceKind::Primary => words::InstanceType::Primary,
        InstanceKind::ReadOnly => words::InstanceType::Readonly,
        InstanceKind::Guard => words::InstanceType::Guard,
        InstanceKind::Temporary => words::InstanceType::Temp,
    }
}

/// `DBInstanceStatus`. What does not answer is not running, whatever else it is.
pub fn status(is_running: bool) -> &'static str {
    if is_running { "Running" } else { "Stopped" }
}

fn lock_mode(is_locked: bool) -> &'static str {
    if is_locked { "ManualLock" } else { "Unlock" }
}

/// What both actions tell of an instance, as an item of either: their types have these members
/// alike.
macro_rules! told {
    ($item:ident, $it:expr) => {
        $item {
            category: Some(category($it.edition).to_owned()),
            connection_mode: Some(words::ConnectionMode::Standard.word().to_owned()),
            db_instance_description: Some($it.description.clone()),
            db_instance_id: Some($it.id.clone()),
            db_instance_net_type: Some("Intranet".to_owned()),
            db_instance_status: Some(status($it.is_running).to_owned()),
            db_instance_type: Some(kind($it.kind).word().to_owned()),
            deletion_protection: Some(false),
            engine: Some(engine($it.engine).word().to_owned()),
            engine_version: Some($it.version.clone()),
            guard_db_instance_id: $it.guard.clone(),
            instance_network_type: Some(words::InstanceNetworkType::Classic.word().to_owned()),
            lock_mode: Some(lock_mode($it.is_locked).to_owned()),
            master_instance_id: $it.primary.clone(),
            pay_type: Some(words::PayType::Postpaid.word().to_owned()),
            region_id: Some($it.region.clone()),
            temp_db_instance_id: $it.temporary.clone(),
            zone_id: Some($it.region.clone()),
            ..Default::default()
        }
    };
}

/// The answer to `DescribeDBInstances`.
pub fn describe_db_instances(
    page: &Page<'_, InstanceShown>,
    next_token: Option<String>,
) -> describe_db_instances::Response {
    use describe_db_instances::{
        DbInstance, ItemsList, ReadOnlyDbInstanceId, ReadOnlyDbInstanceIdsList,
    };
    let follower = |id: &String| ReadOnlyDbInstanceId { db_instance_id: Some(id.clone()) };
    let shown = |it: &InstanceShown| DbInstance {
        create_time: Some(Seconds(it.created)),
        mutri_o_rsignle: Some(false),
        read_only_db_instance_ids: Some(ReadOnlyDbInstanceIdsList {
            read_only_db_instance_id: Some(it.read_only.iter().map(follower).collect()),
        }),
        ..told!(DbInstance, it)
    };
    let db_instance = Some(page.items.iter().map(shown).collect());
    describe_db_instances::Response {
        items: Some(ItemsList { db_instance }),
        next_token,
        page_number: Some(whole(page.number)),
        page_record_count: Some(whole(count(page.items))),
        request_id: None,
        total_record_count: Some(whole(page.total)),
    }
}

/// The answer to `DescribeDBInstanceAttribute`.
pub fn describe_db_instance_attribute(
    it: &InstanceShown,
) -> describe_db_instance_attribute::Response {
    use describe_db_instance_attribute::{
        DbInstanceAttribute, ItemsList, ReadOnlyDbInstanceId, ReadOnlyDbInstanceIdsList,
    };
    let follower = |id: &String| ReadOnlyDbInstanceId { db_instance_id: Some(id.clone()) };
    let attribute = DbInstanceAttribute {
        creation_time: Some(Seconds(it.created)),
        read_only_db_instance_ids: Some(ReadOnlyDbInstanceIdsList {
            read_only_db_instance_id: Some(it.read_only.iter().map(follower).collect()),
        }),
        ..told!(DbInstanceAttribute, it)
    };
    let items = Some(ItemsList { db_instance_attribute: Some(vec![attribute]) });
    describe_db_instance_attribute::Response { items, request_id: None }
}
