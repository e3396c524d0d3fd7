//! The actions that RDS has and that are not understood here.
//!
//! Generated from `model/rds.json` by `tests/model.rs`; do not edit.

/// Their names, with blanks between them.
pub(super) const UNSERVED: &str = "\
    AcceptRCInquiredSystemEvent ActivateMigrationTargetInstance \
    AddRCInstancesToDeploymentSet AddTagsToResource AllocateInstancePublicConnection \
    AllocateReadWriteSplittingConnection AssociateEipAddressWithRCInstance AttachRCDisk \
    AttachRCInstances AttachWhitelistTemplateToInstance AuthorizeBackupEncryption \
    AuthorizeRCSecurityGroupPermission CalculateDBInstanceWeight \
    CancelActiveOperationTasks CancelImport CheckAccountNameAvailable \
    CheckBackupEncryptionAuthorized CheckCloudResourceAuthorized CheckCreateDdrDBInstance \
    CheckDBNameAvailable CheckInstanceExist CheckRdsCustomInit \
    CheckRegionSupportBackupEncryption CheckServiceLinkedRole CloneDBInstance \
    CloneParameterGroup ConfirmNotify CopyDatabase CopyDatabaseBetweenInstances \
    CreateAccount CreateCloudMigrationPrecheckTask CreateCloudMigrationTask \
    CreateDBInstance CreateDBInstanceEndpoint CreateDBInstanceEndpointAddress \
    CreateDBInstanceForRebuild CreateDBInstanceReplication \
    CreateDBInstanceSecurityGroupRule CreateDBNodes CreateDBProxyEndpointAddress \
    CreateDatabase CreateDdrInstance CreateDiagnosticReport CreateGADInstance \
    CreateGadInstanceMember CreateImportTask CreateMaskingRules CreateMigrateTask \
    CreateOnlineDatabaseTask CreateOrderForDeleteDBNodes CreateParameterGroup \
    CreatePostgresExtensions CreateRCDeploymentSet CreateRCDisk CreateRCImage \
    CreateRCNodePool CreateRCSnapshot CreateReadOnlyDBInstance CreateReplicationLink \
    CreateSecret CreateServiceLinkedRole CreateTempDBInstance CreateYouhuiForOrder \
    DeleteADSetting DeleteAccount DeleteBackupFile DeleteDBInstance \
    DeleteDBInstanceEndpoint DeleteDBInstanceEndpointAddress DeleteDBInstanceReplication \
    DeleteDBInstanceSecurityGroupRule DeleteDBNodes DeleteDBProxyEndpointAddress \
    DeleteDatabase DeleteGadInstance DeleteMaskingRules DeleteParameterGroup \
    DeleteParameterTimedScheduleTask DeletePostgresExtensions DeleteRCClusterNodes \
    DeleteRCDeploymentSet DeleteRCDisk DeleteRCInstance DeleteRCInstances DeleteRCNodePool \
    DeleteRCSnapshot DeleteRCVCluster DeleteReplicationLink DeleteSecret DeleteSlot \
    DeleteUserBackupFile DescibeImportsFromDatabase DescribeADInfo \
    DescribeAccountMaskingPrivilege DescribeAccounts DescribeActionEventPolicy \
    DescribeActiveOperationMaintainConf DescribeActiveOperationTasks \
    DescribeAllWhitelistTemplate DescribeAnalyticdbByPrimaryDBInstance \
    DescribeAvailableClasses DescribeAvailableCrossRegion DescribeAvailableMetrics \
    DescribeAvailableRecoveryTime DescribeAvailableZones DescribeBackupDatabase \
    DescribeCharacterSetName DescribeClassDetails DescribeCloudMigrationPrecheckResult \
    DescribeCloudMigrationResult DescribeCollationTimeZones DescribeComputeBurstConfig \
    DescribeCrossBackupMetaList DescribeCrossRegionBackupDBInstance \
    DescribeCrossRegionBackups DescribeCrossRegionLogBackupFiles \
    DescribeCurrentModifyOrder DescribeCustinsResourceInfo DescribeDBInstanceByTags \
    DescribeDBInstanceCLS DescribeDBInstanceConnectivity DescribeDBInstanceDetail \
    DescribeDBInstanceEncryptionKey DescribeDBInstanceEndpoints DescribeDBInstanceHAConfig \
    DescribeDBInstanceIPArrayList DescribeDBInstanceIpHostname DescribeDBInstanceMetrics \
    DescribeDBInstanceMonitor DescribeDBInstanceNetInfo \
    DescribeDBInstanceNetInfoForChannel DescribeDBInstancePerformance \
    DescribeDBInstancePromoteActivity DescribeDBInstanceProxyConfiguration \
    DescribeDBInstanceReplication DescribeDBInstanceSSL \
    DescribeDBInstanceSecurityGroupRule DescribeDBInstanceSwitchLog DescribeDBInstanceTDE \
    DescribeDBInstancesAsCsv DescribeDBInstancesByExpireTime \
    DescribeDBInstancesByPerformance DescribeDBInstancesForClone \
    DescribeDBMiniEngineVersions DescribeDBProxy DescribeDBProxyEndpoint \
    DescribeDBProxyPerformance DescribeDTCSecurityIpHostsForSQLServer DescribeDatabases \
    DescribeDedicatedHostGroups DescribeDedicatedHosts DescribeDiagnosticReportList \
    DescribeErrorLogs DescribeEvents DescribeGadInstances DescribeHADiagnoseConfig \
    DescribeHASwitchConfig DescribeHistoryEvents DescribeHistoryEventsStat \
    DescribeHistoryTasks DescribeHistoryTasksStat \
    DescribeHostGroupElasticStrategyParameters DescribeHostWebShell DescribeImportTask \
    DescribeImportTaskValidation DescribeInstanceAutoRenewalAttribute \
    DescribeInstanceCrossBackupPolicy DescribeInstanceKeywords \
    DescribeInstanceLinkedWhitelistTemplate DescribeKmsAssociateResources \
    DescribeLocalAvailableRecoveryTime DescribeMarketingActivity DescribeMaskingRules \
    DescribeMetaList DescribeMigrateTaskById DescribeMigrateTasks \
    DescribeModifyPGHbaConfigLog DescribeModifyParameterLog DescribeOssDownloads \
    DescribePGHbaConfig DescribeParameterGroup DescribeParameterGroups \
    DescribeParameterTemplates DescribeParameterTimedScheduleTask DescribeParameters \
    DescribePostgresExtensions DescribePrice DescribeQuickSaleConfig \
    DescribeRCAvailableResource DescribeRCCloudAssistantStatus DescribeRCClusterConfig \
    DescribeRCClusterNodes DescribeRCClusters DescribeRCDeploymentSets DescribeRCDisks \
    DescribeRCElasticScaling DescribeRCImageList DescribeRCInstanceAttribute \
    DescribeRCInstanceDdosCount DescribeRCInstanceHistoryEvents \
    DescribeRCInstanceIpAddress DescribeRCInstanceTypeFamilies DescribeRCInstanceTypes \
    DescribeRCInstanceVncUrl DescribeRCInstances DescribeRCInvocationResults \
    DescribeRCMetricList DescribeRCNetworkInterfaces DescribeRCNodePool \
    DescribeRCResourcesModification DescribeRCSecurityGroupList \
    DescribeRCSecurityGroupPermission DescribeRCSnapshots DescribeRCVCluster \
    DescribeRdsResourceSettings DescribeReadDBInstanceDelay DescribeRegionInfos \
    DescribeRenewalPrice DescribeReplicationLinkLogs DescribeResourceDetails \
    DescribeResourceUsage DescribeSQLCollectorPolicy DescribeSQLCollectorRetention \
    DescribeSQLLogFiles DescribeSQLLogRecords DescribeSQLLogReportList \
    DescribeSQLServerUpgradeVersions DescribeSecrets DescribeSecurityGroupConfiguration \
    DescribeSlots DescribeSlowLogRecords DescribeSlowLogs DescribeSupportOnlineResizeDisk \
    DescribeTags DescribeTasks DescribeUpgradeMajorVersionPrecheckTask \
    DescribeUpgradeMajorVersionTasks DescribeVSwitchList DescribeVSwitches DescribeVpcs \
    DescribeWhitelistTemplate DescribeWhitelistTemplateLinkedInstance DestroyDBInstance \
    DetachGadInstanceMember DetachRCDisk DetachWhitelistTemplateToInstance \
    EnableBackupEncryption EvaluateLocalExtendDisk GetDBInstanceTopology \
    GetDbProxyInstanceSsl GrantAccountPrivilege GrantOperatorPermission \
    ImportUserBackupFile InstallRCCloudAssistant ListClasses ListImportTasks \
    ListRCVClusters ListTagResources ListUserBackupFiles LockAccount \
    MigrateConnectionToOtherZone MigrateDBInstance MigrateDBNodes MigrateSecurityIPMode \
    MigrateToOtherZone ModifyADInfo ModifyAccountCheckPolicy ModifyAccountDescription \
    ModifyAccountMaskingPrivilege ModifyAccountSecurityPolicy ModifyActionEventPolicy \
    ModifyActiveOperationTasks ModifyBackupSetExpireTime ModifyCollationTimeZone \
    ModifyComputeBurstConfig ModifyCustinsResource ModifyDBDescription ModifyDBInstance \
    ModifyDBInstanceAutoUpgradeMinorVersion ModifyDBInstanceCLS ModifyDBInstanceConfig \
    ModifyDBInstanceConnectionMode ModifyDBInstanceConnectionString \
    ModifyDBInstanceDelayedReplicationTime ModifyDBInstanceDeletionProtection \
    ModifyDBInstanceDescription ModifyDBInstanceEndpoint ModifyDBInstanceEndpointAddress \
    ModifyDBInstanceHAConfig ModifyDBInstanceMaintainTime ModifyDBInstanceMetrics \
    ModifyDBInstanceMonitor ModifyDBInstanceNetworkExpireTime ModifyDBInstanceNetworkType \
    ModifyDBInstancePayType ModifyDBInstanceProxyConfiguration \
    ModifyDBInstanceReplicationSwitch ModifyDBInstanceSSL \
    ModifyDBInstanceSecurityGroupRule ModifyDBInstanceSpec ModifyDBInstanceTDE \
    ModifyDBInstanceVectorSupportStatus ModifyDBNode ModifyDBProxy ModifyDBProxyEndpoint \
    ModifyDBProxyEndpointAddress ModifyDBProxyInstance \
    ModifyDTCSecurityIpHostsForSQLServer ModifyDasInstanceConfig ModifyDatabaseConfig \
    ModifyDbProxyInstanceSsl ModifyEventInfo ModifyHADiagnoseConfig ModifyHASwitchConfig \
    ModifyImportTask ModifyInstanceAutoRenewalAttribute ModifyInstanceCrossBackupPolicy \
    ModifyMaskingRules ModifyPGHbaConfig ModifyParameter ModifyParameterGroup \
    ModifyParameterTimedScheduleTask ModifyRCDeploymentSetAttribute ModifyRCDiskAttribute \
    ModifyRCDiskChargeType ModifyRCDiskSpec ModifyRCElasticScaling ModifyRCInstance \
    ModifyRCInstanceAttribute ModifyRCInstanceChargeType ModifyRCInstanceDescription \
    ModifyRCInstanceKeyPair ModifyRCInstanceNetworkSpec ModifyRCInstanceVpcAttribute \
    ModifyRCSecurityGroupPermission ModifyRCVCluster ModifyReadWriteSplittingConnection \
    ModifyReadonlyInstanceDelayReplicationTime ModifyResourceGroup \
    ModifySQLCollectorPolicy ModifySQLCollectorRetention ModifySecurityGroupConfiguration \
    ModifySecurityIps ModifyTaskInfo ModifyWhitelistTemplate \
    PreCheckCreateOrderForDeleteDBNodes PrecheckDuckDBDependency PurgeDBInstanceLog \
    QueryNotify QueryRecommendByCode RdsCustomInit RebootRCInstance RebootRCInstances \
    RebuildDBInstance RebuildReplicationLink ReceiveDBInstance RecoveryDBInstance \
    RedeployRCInstance ReleaseInstanceConnection ReleaseInstancePublicConnection \
    ReleaseReadWriteSplittingConnection RemoveRCInstancesFromDeploymentSet \
    RemoveTagsFromResource RenewInstance RenewRCInstance ReplaceRCInstanceSystemDisk \
    ResetAccount ResetAccountPassword ResizeRCInstanceDisk RestartDBInstance \
    RestoreDdrTable RestoreTable RevokeAccountPrivilege RevokeOperatorPermission \
    RevokeRCSecurityGroupPermission RunRCCommand RunRCInstances ShareRCDeploymentSet \
    StartDBInstance StartRCInstance StartRCInstances StopDBInstance StopRCInstance \
    StopRCInstances SwitchDBInstanceHA SwitchDBInstanceNetType SwitchDBInstanceVpc \
    SwitchGuardToMasterInstance SwitchOverMajorVersionUpgrade SwitchReplicationLink \
    SyncRCKeyPair SyncRCSecurityGroup TagResources TerminateMigrateTask \
    TransformDBInstancePayType UnassociateEipAddressWithRCInstance UnlockAccount \
    UntagResources UpdateDBInstanceReplication UpdatePostgresExtensions \
    UpdateUserBackupFile UpgradeDBInstanceEngineVersion UpgradeDBInstanceKernelVersion \
    UpgradeDBInstanceMajorVersion UpgradeDBInstanceMajorVersionPrecheck \
    UpgradeDBProxyInstanceKernelVersion ValidateImportTask";
