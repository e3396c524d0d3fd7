//! What `DescribeDBInstanceAttribute` is asked with and answers.
//!
//! Generated from `model/rds.json` by `tests/model.rs`; do not edit.

use super::macros::structure;
use super::value::{InstanceId, Reader, Seconds, Switch, put};
use super::{Action, Answer};
use crate::apsara::{Error, Parameters};

/// What `DescribeDBInstanceAttribute` is asked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `DBInstanceId`.
    pub db_instance_id: InstanceId,
    /// `Expired`.
    pub expired: Option<Switch>,
}

impl Request {
    pub(super) fn decode(given: &Parameters) -> Result<Self, Error> {
        let read = Reader::new(Action::DescribeDBInstanceAttribute, given);
        Ok(Self {
            db_instance_id: read.or("InvalidDBInstanceId.NotFound").required("DBInstanceId")?,
            expired: read.optional("Expired")?,
        })
    }

    pub(super) fn encode(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        put(&mut pairs, "DBInstanceId", Some(&self.db_instance_id));
        put(&mut pairs, "Expired", self.expired.as_ref());
        pairs
    }
}

structure! {
    /// What `BabelfishConfig` holds.
    BabelfishConfig {
        babelfish_enabled: String = "BabelfishEnabled",
        migration_mode: String = "MigrationMode",
    }
}

structure! {
    /// An item of `DBClusterNode`.
    DbClusterNode {
        class_code: String = "ClassCode",
        class_type: String = "ClassType",
        cpu: String = "Cpu",
        memory: String = "Memory",
        node_id: String = "NodeId",
        node_region_id: String = "NodeRegionId",
        node_role: String = "NodeRole",
        node_zone_id: String = "NodeZoneId",
        status: String = "Status",
    }
}

structure! {
    /// What `DBClusterNodes` holds.
    DbClusterNodesList {
        db_cluster_node: Vec<DbClusterNode> = "DBClusterNode",
    }
}

structure! {
    /// What `DBInstanceIds` holds.
    DbInstanceIdsList {
        db_instance_id: Vec<String> = "DBInstanceId",
    }
}

structure! {
    /// What `Extra` holds.
    Extra {
        db_instance_ids: DbInstanceIdsList = "DBInstanceIds",
    }
}

structure! {
    /// An item of `ReadOnlyDBInstanceId`.
    ReadOnlyDbInstanceId {
        db_instance_id: String = "DBInstanceId",
    }
}

structure! {
    /// What `ReadOnlyDBInstanceIds` holds.
    ReadOnlyDbInstanceIdsList {
        read_only_db_instance_id: Vec<ReadOnlyDbInstanceId> = "ReadOnlyDBInstanceId",
    }
}

structure! {
    /// What `ServerlessConfig` holds.
    ServerlessConfig {
        auto_pause: bool = "AutoPause",
        scale_max: f64 = "ScaleMax",
        scale_min: f64 = "ScaleMin",
        switch_force: bool = "SwitchForce",
    }
}

structure! {
    /// An item of `SlaveZone`.
    SlaveZone {
        zone_id: String = "ZoneId",
    }
}

structure! {
    /// What `SlaveZones` holds.
    SlaveZonesList {
        slave_zone: Vec<SlaveZone> = "SlaveZone",
    }
}

structure! {
    /// An item of `DBInstanceAttribute`.
    DbInstanceAttribute {
        account_max_quantity: i64 = "AccountMaxQuantity",
        advanced_features: String = "AdvancedFeatures",
        auto_upgrade_minor_version: String = "AutoUpgradeMinorVersion",
        availability_value: String = "AvailabilityValue",
        babelfish_config: BabelfishConfig = "BabelfishConfig",
        bpe_enabled: String = "BpeEnabled",
        bursting_enabled: bool = "BurstingEnabled",
        can_temp_upgrade: bool = "CanTempUpgrade",
        category: String = "Category",
        cold_data_enabled: bool = "ColdDataEnabled",
        collation: String = "Collation",
        connection_mode: String = "ConnectionMode",
        connection_string: String = "ConnectionString",
        console_version: String = "ConsoleVersion",
        creation_time: Seconds = "CreationTime",
        current_kernel_version: String = "CurrentKernelVersion",
        db_cluster_nodes: DbClusterNodesList = "DBClusterNodes",
        db_instance_cpu: String = "DBInstanceCPU",
        db_instance_class: String = "DBInstanceClass",
        db_instance_class_type: String = "DBInstanceClassType",
        db_instance_description: String = "DBInstanceDescription",
        db_instance_disk_used: String = "DBInstanceDiskUsed",
        db_instance_id: String = "DBInstanceId",
        db_instance_memory: i64 = "DBInstanceMemory",
        db_instance_net_type: String = "DBInstanceNetType",
        db_instance_status: String = "DBInstanceStatus",
        db_instance_storage: i64 = "DBInstanceStorage",
        db_instance_storage_type: String = "DBInstanceStorageType",
        db_instance_type: String = "DBInstanceType",
        db_max_quantity: i64 = "DBMaxQuantity",
        dedicated_host_group_id: String = "DedicatedHostGroupId",
        deletion_protection: bool = "DeletionProtection",
        engine: String = "Engine",
        engine_version: String = "EngineVersion",
        expire_time: Seconds = "ExpireTime",
        extra: Extra = "Extra",
        general_group_name: String = "GeneralGroupName",
        guard_db_instance_id: String = "GuardDBInstanceId",
        ip_type: String = "IPType",
        increment_source_db_instance_id: String = "IncrementSourceDBInstanceId",
        instance_network_type: String = "InstanceNetworkType",
        instruction_set_arch: String = "InstructionSetArch",
        io_acceleration_enabled: String = "IoAccelerationEnabled",
        latest_kernel_version: String = "LatestKernelVersion",
        lock_mode: String = "LockMode",
        lock_reason: String = "LockReason",
        maintain_time: String = "MaintainTime",
        master_instance_id: String = "MasterInstanceId",
        master_zone: String = "MasterZone",
        max_connections: i64 = "MaxConnections",
        max_iombps: i64 = "MaxIOMBPS",
        max_iops: i64 = "MaxIOPS",
        pg_bouncer_enabled: String = "PGBouncerEnabled",
        pay_type: String = "PayType",
        port: String = "Port",
        proxy_type: i64 = "ProxyType",
        read_only_db_instance_ids: ReadOnlyDbInstanceIdsList = "ReadOnlyDBInstanceIds",
        readonly_instance_sql_delayed_time: String = "ReadonlyInstanceSQLDelayedTime",
        region_id: String = "RegionId",
        resource_group_id: String = "ResourceGroupId",
        security_ip_list: String = "SecurityIPList",
        security_ip_mode: String = "SecurityIPMode",
        serverless_config: ServerlessConfig = "ServerlessConfig",
        slave_zones: SlaveZonesList = "SlaveZones",
        super_permission_mode: String = "SuperPermissionMode",
        temp_db_instance_id: String = "TempDBInstanceId",
        temp_upgrade_time_end: String = "TempUpgradeTimeEnd",
        temp_upgrade_time_start: String = "TempUpgradeTimeStart",
        time_zone: String = "TimeZone",
        tips: String = "Tips",
        tips_level: i64 = "TipsLevel",
        v_switch_id: String = "VSwitchId",
        vpc_cloud_instance_id: String = "VpcCloudInstanceId",
        vpc_id: String = "VpcId",
        zone_id: String = "ZoneId",
        kind_code: String = "kindCode",
    }
}

structure! {
    /// What `Items` holds.
    ItemsList {
        db_instance_attribute: Vec<DbInstanceAttribute> = "DBInstanceAttribute",
    }
}

structure! {
    /// What `DescribeDBInstanceAttribute` answers.
    Response {
        items: ItemsList = "Items",
        request_id: String = "RequestId",
    }
}

impl Answer for Response {
    const ACTION: Action = Action::DescribeDBInstanceAttribute;
}
