//! What `DescribeDBInstances` is asked with and answers.
//!
//! Generated from `model/rds.json` by `tests/model.rs`; do not edit.

use super::macros::structure;
use super::value::{InstanceId, Number, Reader, RegionId, Seconds, Switch, put};
use super::words::{ConnectionMode, Engine, InstanceNetworkType, InstanceType, PayType};
use super::{Action, Answer};
use crate::apsara::{Error, Parameters};

/// What `DescribeDBInstances` is asked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `Category`.
    pub category: Option<String>,
    /// `ClientToken`.
    pub client_token: Option<String>,
    /// `ConnectionMode`.
    pub connection_mode: Option<ConnectionMode>,
    /// `ConnectionString`.
    pub connection_string: Option<String>,
    /// `DBInstanceClass`.
    pub db_instance_class: Option<String>,
    /// `DBInstanceId`.
    pub db_instance_id: Option<InstanceId>,
    /// `DBInstanceStatus`.
    pub db_instance_status: Option<String>,
    /// `DBInstanceType`.
    pub db_instance_type: Option<InstanceType>,
    /// `DedicatedHostGroupId`.
    pub dedicated_host_group_id: Option<String>,
    /// `DedicatedHostId`.
    pub dedicated_host_id: Option<String>,
    /// `Engine`.
    pub engine: Option<Engine>,
    /// `EngineVersion`.
    pub engine_version: Option<String>,
    /// `Expired`.
    pub expired: Option<Switch>,
    /// `Filter`.
    pub filter: Option<String>,
    /// `InstanceLevel`.
    pub instance_level: Option<Number<0, 2_147_483_647>>,
    /// `InstanceNetworkType`.
    pub instance_network_type: Option<InstanceNetworkType>,
    /// `MaxResults`.
    pub max_results: Option<Number<1, 100>>,
    /// `NextToken`.
    pub next_token: Option<String>,
    /// `PageNumber`.
    pub page_number: Option<Number<0, 21_474_836>>,
    /// `PageSize`.
    pub page_size: Option<Number<1, 100>>,
    /// `PayType`.
    pub pay_type: Option<PayType>,
    /// `RegionId`.
    pub region_id: RegionId,
    /// `ResourceGroupId`.
    pub resource_group_id: Option<String>,
    /// `SearchKey`.
    pub search_key: Option<String>,
    /// `Tags`.
    pub tags: Option<String>,
    /// `VSwitchId`.
    pub v_switch_id: Option<String>,
    /// `VpcId`.
    pub vpc_id: Option<String>,
    /// `ZoneId`.
    pub zone_id: Option<String>,
    /// `proxyId`.
    pub proxy_id: Option<String>,
}

impl Request {
    pub(super) fn decode(given: &Parameters) -> Result<Self, Error> {
        let read = Reader::new(Action::DescribeDBInstances, given);
        Ok(Self {
            category: read.optional("Category")?,
            client_token: read.optional("ClientToken")?,
            connection_mode: read.optional("ConnectionMode")?,
            connection_string: read.optional("ConnectionString")?,
            db_instance_class: read.optional("DBInstanceClass")?,
            db_instance_id: read.optional("DBInstanceId")?,
            db_instance_status: read.optional("DBInstanceStatus")?,
            db_instance_type: read
                .or("InvalidDBInstanceType.ValueNotSupport")
                .optional("DBInstanceType")?,
            dedicated_host_group_id: read.optional("DedicatedHostGroupId")?,
            dedicated_host_id: read.optional("DedicatedHostId")?,
            engine: read.optional("Engine")?,
            engine_version: read.optional("EngineVersion")?,
            expired: read.or("InvalidExpired.Format").optional("Expired")?,
            filter: read.optional("Filter")?,
            instance_level: read.optional("InstanceLevel")?,
            instance_network_type: read.optional("InstanceNetworkType")?,
            max_results: read.optional("MaxResults")?,
            next_token: read.or("Invalid.NextToken").optional("NextToken")?,
            page_number: read.optional("PageNumber")?,
            page_size: read.optional("PageSize")?,
            pay_type: read.optional("PayType")?,
            region_id: read.required("RegionId")?,
            resource_group_id: read.optional("ResourceGroupId")?,
            search_key: read.optional("SearchKey")?,
            tags: read.optional("Tags")?,
            v_switch_id: read.optional("VSwitchId")?,
            vpc_id: read.optional("VpcId")?,
            zone_id: read.optional("ZoneId")?,
            proxy_id: read.optional("proxyId")?,
        })
    }

    pub(super) fn encode(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        put(&mut pairs, "Category", self.category.as_ref());
        put(&mut pairs, "ClientToken", self.client_token.as_ref());
        put(&mut pairs, "ConnectionMode", self.connection_mode.as_ref());
        put(&mut pairs, "ConnectionString", self.connection_string.as_ref());
        put(&mut pairs, "DBInstanceClass", self.db_instance_class.as_ref());
        put(&mut pairs, "DBInstanceId", self.db_instance_id.as_ref());
        put(&mut pairs, "DBInstanceStatus", self.db_instance_status.as_ref());
        put(&mut pairs, "DBInstanceType", self.db_instance_type.as_ref());
        put(&mut pairs, "DedicatedHostGroupId", self.dedicated_host_group_id.as_ref());
        put(&mut pairs, "DedicatedHostId", self.dedicated_host_id.as_ref());
        put(&mut pairs, "Engine", self.engine.as_ref());
        put(&mut pairs, "EngineVersion", self.engine_version.as_ref());
        put(&mut pairs, "Expired", self.expired.as_ref());
        put(&mut pairs, "Filter", self.filter.as_ref());
        put(&mut pairs, "InstanceLevel", self.instance_level.as_ref());
        put(&mut pairs, "InstanceNetworkType", self.instance_network_type.as_ref());
        put(&mut pairs, "MaxResults", self.max_results.as_ref());
        put(&mut pairs, "NextToken", self.next_token.as_ref());
        put(&mut pairs, "PageNumber", self.page_number.as_ref());
        put(&mut pairs, "PageSize", self.page_size.as_ref());
        put(&mut pairs, "PayType", self.pay_type.as_ref());
        put(&mut pairs, "RegionId", Some(&self.region_id));
        put(&mut pairs, "ResourceGroupId", self.resource_group_id.as_ref());
        put(&mut pairs, "SearchKey", self.search_key.as_ref());
        put(&mut pairs, "Tags", self.tags.as_ref());
        put(&mut pairs, "VSwitchId", self.v_switch_id.as_ref());
        put(&mut pairs, "VpcId", self.vpc_id.as_ref());
        put(&mut pairs, "ZoneId", self.zone_id.as_ref());
        put(&mut pairs, "proxyId", self.proxy_id.as_ref());
        pairs
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
    /// An item of `DBInstance`.
    DbInstance {
        bpe_enabled: String = "BpeEnabled",
        bursting_enabled: bool = "BurstingEnabled",
        category: String = "Category",
        cold_data_enabled: bool = "ColdDataEnabled",
        connection_mode: String = "ConnectionMode",
        connection_string: String = "ConnectionString",
        create_time: Seconds = "CreateTime",
        db_instance_cpu: String = "DBInstanceCPU",
        db_instance_class: String = "DBInstanceClass",
        db_instance_description: String = "DBInstanceDescription",
        db_instance_id: String = "DBInstanceId",
        db_instance_memory: i64 = "DBInstanceMemory",
        db_instance_net_type: String = "DBInstanceNetType",
        db_instance_status: String = "DBInstanceStatus",
        db_instance_storage_type: String = "DBInstanceStorageType",
        db_instance_type: String = "DBInstanceType",
        dedicated_host_group_id: String = "DedicatedHostGroupId",
        dedicated_host_group_name: String = "DedicatedHostGroupName",
        dedicated_host_id_for_log: String = "DedicatedHostIdForLog",
        dedicated_host_id_for_master: String = "DedicatedHostIdForMaster",
        dedicated_host_id_for_slave: String = "DedicatedHostIdForSlave",
        dedicated_host_name_for_log: String = "DedicatedHostNameForLog",
        dedicated_host_name_for_master: String = "DedicatedHostNameForMaster",
        dedicated_host_name_for_slave: String = "DedicatedHostNameForSlave",
        dedicated_host_zone_id_for_log: String = "DedicatedHostZoneIdForLog",
        dedicated_host_zone_id_for_master: String = "DedicatedHostZoneIdForMaster",
        dedicated_host_zone_id_for_slave: String = "DedicatedHostZoneIdForSlave",
        deletion_protection: bool = "DeletionProtection",
        destroy_time: Seconds = "DestroyTime",
        engine: String = "Engine",
        engine_version: String = "EngineVersion",
        expire_time: Seconds = "ExpireTime",
        general_group_name: String = "GeneralGroupName",
        guard_db_instance_id: String = "GuardDBInstanceId",
        instance_network_type: String = "InstanceNetworkType",
        io_acceleration_enabled: String = "IoAccelerationEnabled",
        lock_mode: String = "LockMode",
        lock_reason: String = "LockReason",
        master_instance_id: String = "MasterInstanceId",
        mutri_o_rsignle: bool = "MutriORsignle",
        pay_type: String = "PayType",
        read_only_db_instance_ids: ReadOnlyDbInstanceIdsList = "ReadOnlyDBInstanceIds",
        region_id: String = "RegionId",
        resource_group_id: String = "ResourceGroupId",
        switch_weight: i64 = "SwitchWeight",
        temp_db_instance_id: String = "TempDBInstanceId",
        tips: String = "Tips",
        tips_level: i64 = "TipsLevel",
        v_switch_id: String = "VSwitchId",
        vpc_cloud_instance_id: String = "VpcCloudInstanceId",
        vpc_id: String = "VpcId",
        vpc_name: String = "VpcName",
        zone_id: String = "ZoneId",
    }
}

structure! {
    /// What `Items` holds.
    ItemsList {
        db_instance: Vec<DbInstance> = "DBInstance",
    }
}

structure! {
    /// What `DescribeDBInstances` answers.
    Response {
        items: ItemsList = "Items",
        next_token: String = "NextToken",
        page_number: i64 = "PageNumber",
        page_record_count: i64 = "PageRecordCount",
        request_id: String = "RequestId",
        total_record_count: i64 = "TotalRecordCount",
    }
}

impl Answer for Response {
    const ACTION: Action = Action::DescribeDBInstances;
}
