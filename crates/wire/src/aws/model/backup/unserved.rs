//! The operations of AWS Backup that are known and not served.
//!
//! Generated from `model/backup.json` by `tests/model.rs`; do not edit.

use crate::aws::model::Unserved;

/// Name, method and path of each.
pub static UNSERVED: &[Unserved] = &[
    Unserved {
        name: "AssociateBackupVaultMpaApprovalTeam",
        method: "PUT",
        path: "/backup-vaults/{backupVaultName}/mpaApprovalTeam",
    },
    Unserved {
        name: "CreateBackupAccessPoint",
        method: "PUT",
        path: "/backup-access-point/create",
    },
    Unserved { name: "CreateFramework", method: "POST", path: "/audit/frameworks" },
    Unserved { name: "CreateReportPlan", method: "POST", path: "/audit/report-plans" },
    Unserved {
        name: "CreateRestoreAccessBackupVault",
        method: "PUT",
        path: "/restore-access-backup-vaults",
    },
    Unserved { name: "CreateRestoreTestingPlan", method: "PUT", path: "/restore-testing/plans" },
    Unserved {
        name: "CreateRestoreTestingSelection",
        method: "PUT",
        path: "/restore-testing/plans/{RestoreTestingPlanName}/selections",
    },
    Unserved { name: "CreateTieringConfiguration", method: "PUT", path: "/tiering-configurations" },
    Unserved {
        name: "DeleteBackupAccessPoint",
        method: "DELETE",
        path: "/backup-access-point/delete/{AccessPointArn}",
    },
    Unserved {
        name: "DeleteBackupVaultNotifications",
        method: "DELETE",
        path: "/backup-vaults/{backupVaultName}/notification-configuration",
    },
    Unserved {
        name: "DeleteFramework",
        method: "DELETE",
        path: "/audit/frameworks/{frameworkName}",
    },
    Unserved {
        name: "DeleteReportPlan",
        method: "DELETE",
        path: "/audit/report-plans/{reportPlanName}",
    },
    Unserved {
        name: "DeleteRestoreTestingPlan",
        method: "DELETE",
        path: "/restore-testing/plans/{RestoreTestingPlanName}",
    },
    Unserved {
        name: "DeleteRestoreTestingSelection",
        method: "DELETE",
        path: "/restore-testing/plans/{RestoreTestingPlanName}/selections\
/{RestoreTestingSelectionName}",
    },
    Unserved {
        name: "DeleteTieringConfiguration",
        method: "DELETE",
        path: "/tiering-configurations/{tieringConfigurationName}",
    },
    Unserved {
        name: "DescribeBackupAccessPoint",
        method: "GET",
        path: "/backup-access-point/{AccessPointArn}",
    },
    Unserved {
        name: "DescribeFramework",
        method: "GET",
        path: "/audit/frameworks/{frameworkName}",
    },
    Unserved { name: "DescribeGlobalSettings", method: "GET", path: "/global-settings" },
    Unserved { name: "DescribeProtectedResource", method: "GET", path: "/resources/{resourceArn}" },
    Unserved { name: "DescribeRegionSettings", method: "GET", path: "/account-settings" },
    Unserved { name: "DescribeReportJob", method: "GET", path: "/audit/report-jobs/{reportJobId}" },
    Unserved {
        name: "DescribeReportPlan",
        method: "GET",
        path: "/audit/report-plans/{reportPlanName}",
    },
    Unserved { name: "DescribeScanJob", method: "GET", path: "/scan/jobs/{ScanJobId}" },
    Unserved {
        name: "DisassociateBackupVaultMpaApprovalTeam",
        method: "POST",
        path: "/backup-vaults/{backupVaultName}/mpaApprovalTeam",
    },
    Unserved {
        name: "ExportBackupPlanTemplate",
        method: "GET",
        path: "/backup/plans/{backupPlanId}/toTemplate/",
    },
    Unserved {
        name: "GetBackupPlanFromJSON",
        method: "POST",
        path: "/backup/template/json/toPlan",
    },
    Unserved {
        name: "GetBackupPlanFromTemplate",
        method: "GET",
        path: "/backup/template/plans/{templateId}/toPlan",
    },
    Unserved {
        name: "GetPITRMalwareScanResults",
        method: "GET",
        path: "/scan/pitr-malware-scan-results",
    },
    Unserved {
        name: "GetRecoveryPointIndexDetails",
        method: "GET",
        path: "/backup-vaults/{backupVaultName}/recovery-points/{recoveryPointArn}/index",
    },
    Unserved {
        name: "GetRestoreJobMetadata",
        method: "GET",
        path: "/restore-jobs/{restoreJobId}/metadata",
    },
    Unserved {
        name: "GetRestoreTestingInferredMetadata",
        method: "GET",
        path: "/restore-testing/inferred-metadata",
    },
    Unserved {
        name: "GetRestoreTestingPlan",
        method: "GET",
        path: "/restore-testing/plans/{RestoreTestingPlanName}",
    },
    Unserved {
        name: "GetRestoreTestingSelection",
        method: "GET",
        path: "/restore-testing/plans/{RestoreTestingPlanName}/selections\
/{RestoreTestingSelectionName}",
    },
    Unserved {
        name: "GetSupportedResourceTypes",
        method: "GET",
        path: "/supported-resource-types",
    },
    Unserved {
        name: "GetTieringConfiguration",
        method: "GET",
        path: "/tiering-configurations/{tieringConfigurationName}",
    },
    Unserved { name: "ListBackupAccessPoints", method: "GET", path: "/backup-access-point" },
    Unserved {
        name: "ListBackupAccessPointsByRecoveryPoint",
        method: "POST",
        path: "/backup-access-point/recovery-point/{RecoveryPointArn}",
    },
    Unserved {
        name: "ListBackupAccessPointsByResource",
        method: "POST",
        path: "/backup-access-point/resource/{ResourceArn}",
    },
    Unserved { name: "ListBackupJobSummaries", method: "GET", path: "/audit/backup-job-summaries" },
    Unserved { name: "ListBackupPlanTemplates", method: "GET", path: "/backup/template/plans" },
    Unserved { name: "ListCopyJobSummaries", method: "GET", path: "/audit/copy-job-summaries" },
    Unserved { name: "ListFrameworks", method: "GET", path: "/audit/frameworks" },
    Unserved { name: "ListIndexedRecoveryPoints", method: "GET", path: "/indexes/recovery-point/" },
    Unserved { name: "ListProtectedResources", method: "GET", path: "/resources/" },
    Unserved {
        name: "ListProtectedResourcesByBackupVault",
        method: "GET",
        path: "/backup-vaults/{backupVaultName}/resources/",
    },
    Unserved { name: "ListReportJobs", method: "GET", path: "/audit/report-jobs" },
    Unserved { name: "ListReportPlans", method: "GET", path: "/audit/report-plans" },
    Unserved {
        name: "ListRestoreAccessBackupVaults",
        method: "GET",
        path: "/logically-air-gapped-backup-vaults/{backupVaultName}\
/restore-access-backup-vaults/",
    },
    Unserved {
        name: "ListRestoreJobSummaries",
        method: "GET",
        path: "/audit/restore-job-summaries",
    },
    Unserved {
        name: "ListRestoreJobsByProtectedResource",
        method: "GET",
        path: "/resources/{resourceArn}/restore-jobs/",
    },
    Unserved { name: "ListRestoreTestingPlans", method: "GET", path: "/restore-testing/plans" },
    Unserved {
        name: "ListRestoreTestingSelections",
        method: "GET",
        path: "/restore-testing/plans/{RestoreTestingPlanName}/selections",
    },
    Unserved { name: "ListScanJobSummaries", method: "GET", path: "/audit/scan-job-summaries" },
    Unserved { name: "ListScanJobs", method: "GET", path: "/scan/jobs" },
    Unserved { name: "ListTieringConfigurations", method: "GET", path: "/tiering-configurations/" },
    Unserved {
        name: "PutBackupVaultNotifications",
        method: "PUT",
        path: "/backup-vaults/{backupVaultName}/notification-configuration",
    },
    Unserved {
        name: "PutRestoreValidationResult",
        method: "PUT",
        path: "/restore-jobs/{restoreJobId}/validations",
    },
    Unserved {
        name: "RevokeRestoreAccessBackupVault",
        method: "DELETE",
        path: "/logically-air-gapped-backup-vaults/{backupVaultName}\
/restore-access-backup-vaults/{restoreAccessBackupVaultArn}",
    },
    Unserved {
        name: "StartReportJob",
        method: "POST",
        path: "/audit/report-jobs/{reportPlanName}",
    },
    Unserved { name: "StartScanJob", method: "PUT", path: "/scan/job" },
    Unserved { name: "UpdateFramework", method: "PUT", path: "/audit/frameworks/{frameworkName}" },
    Unserved { name: "UpdateGlobalSettings", method: "PUT", path: "/global-settings" },
    Unserved {
        name: "UpdateRecoveryPointIndexSettings",
        method: "POST",
        path: "/backup-vaults/{backupVaultName}/recovery-points/{recoveryPointArn}/index",
    },
    Unserved { name: "UpdateRegionSettings", method: "PUT", path: "/account-settings" },
    Unserved {
        name: "UpdateReportPlan",
        method: "PUT",
        path: "/audit/report-plans/{reportPlanName}",
    },
    Unserved {
        name: "UpdateRestoreTestingPlan",
        method: "PUT",
        path: "/restore-testing/plans/{RestoreTestingPlanName}",
    },
    Unserved {
        name: "UpdateRestoreTestingSelection",
        method: "PUT",
        path: "/restore-testing/plans/{RestoreTestingPlanName}/selections\
/{RestoreTestingSelectionName}",
    },
    Unserved {
        name: "UpdateTieringConfiguration",
        method: "PUT",
        path: "/tiering-configurations/{tieringConfigurationName}",
    },
];
