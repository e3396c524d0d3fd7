//! Replies about backup plans and selections.

use jiff::Timestamp;
use sexton_core::{
    CopyAction, CreatedBy, Plan, PlanSelection, PlanVersion, Rule, RuleId, SelectionOrder, TagTest,
};

use super::lifecycle;
use crate::aws::Reply;
use crate::aws::model::backup::{
    self as model, BackupPlan, BackupPlansListMember, BackupRule, BackupSelection,
    BackupSelectionsListMember, Condition, ConditionParameter, ConditionType, Conditions,
    CreateBackupPlanOutput, CreateBackupSelectionOutput, DeleteBackupPlanOutput,
    GetBackupPlanOutput, GetBackupSelectionOutput, ListBackupPlanVersionsOutput,
    ListBackupPlansOutput, ListBackupSelectionsOutput, RecoveryPointCreator, RuleExecutionType,
    ScheduledPlanExecutionMember, UpdateBackupPlanOutput,
};
use crate::aws::timestamp::EpochSeconds;

/// The answer to `CreateBackupPlan`.
pub fn create_backup_plan(plan: &Plan) -> Reply {
    let output = members_of!(listed(plan, &plan.version) => CreateBackupPlanOutput {
        backup_plan_id, backup_plan_arn, creation_date, version_id
    });
    Reply::json(200, &output)
}

/// The answer to `UpdateBackupPlan`.
pub fn update_backup_plan(plan: &Plan) -> Reply {
    let output = members_of!(listed(plan, &plan.version) => UpdateBackupPlanOutput {
        backup_plan_id, backup_plan_arn, creation_date, version_id
    });
    Reply::json(200, &output)
}

/// The answer to `DeleteBackupPlan`.
pub fn delete_backup_plan(plan: &Plan) -> Reply {
    let output = DeleteBackupPlanOutput {
        backup_plan_id: Some(plan.id.to_string()),
        backup_plan_arn: Some(plan.arn()),
        deletion_date: plan.deleted.map(EpochSeconds),
        version_id: Some(plan.version.id.to_string()),
    };
    Reply::json(200, &output)
}

/// The answer to `GetBackupPlan`: a version of the plan, and when it runs next.
pub fn get_backup_plan(plan: &Plan, version: &PlanVersion, runs: &[(Timestamp, RuleId)]) -> Reply {
    let mut output = members_of!(listed(plan, version) => GetBackupPlanOutput {
        backup_plan_id, backup_plan_arn, creation_date, deletion_date, version_id,
        creator_request_id, last_execution_date
    });
    output.backup_plan = Some(BackupPlan {
        backup_plan_name: Some(version.name.clone()),
        rules: Some(version.rules.iter().map(rule).collect()),
        ..BackupPlan::default()
    });
    let run = |(at, rule): &(Timestamp, RuleId)| ScheduledPlanExecutionMember {
        execution_time: Some(EpochSeconds(*at)),
        rule_id: Some(rule.to_string()),
        rule_execution_type: Some(RuleExecutionType::Snapshots),
    };
    let runs: Vec<_> = runs.iter().map(run).collect();
    output.scheduled_runs_preview = (!runs.is_empty()).then_some(runs);
    Reply::json(200, &output)
}

/// The answer to `ListBackupPlans`.
pub fn list_backup_plans(plans: &[Plan], next_token: Option<String>) -> Reply {
    let list = plans.iter().map(|plan| listed(plan, &plan.version)).collect();
    Reply::json(200, &ListBackupPlansOutput { backup_plans_list: Some(list), next_token })
}

/// The answer to `ListBackupPlanVersions`: each with the time at which it was made.
pub fn list_backup_plan_versions(
    plan: &Plan,
    versions: &[PlanVersion],
    next_token: Option<String>,
) -> Reply {
    let member = |version: &PlanVersion| BackupPlansListMember {
        creation_date: Some(EpochSeconds(version.created)),
        ..listed(plan, version)
    };
    let list = Some(versions.iter().map(member).collect());
    Reply::json(200, &ListBackupPlanVersionsOutput { backup_plan_versions_list: list, next_token })
}

/// The answer to `CreateBackupSelection`.
pub fn create_backup_selection(plan: &Plan, selection: &PlanSelection) -> Reply {
    let output = CreateBackupSelectionOutput {
        selection_id: Some(selection.id.to_string()),
        backup_plan_id: Some(plan.id.to_string()),
        creation_date: Some(EpochSeconds(selection.created)),
    };
    Reply::json(200, &output)
}

/// The answer to `GetBackupSelection`.
pub fn get_backup_selection(plan: &Plan, found: &PlanSelection) -> Reply {
    let mut output = members_of!(listed_selection(plan, found) => GetBackupSelectionOutput {
        selection_id, backup_plan_id, creation_date, creator_request_id
    });
    output.backup_selection = Some(selection(&found.order));
    Reply::json(200, &output)
}

/// The answer to `DeleteBackupSelection`.
pub fn delete_backup_selection() -> Reply {
    Reply::empty(200)
}

/// The answer to `ListBackupSelections`.
pub fn list_backup_selections(
    plan: &Plan,
    selections: &[&PlanSelection],
    next_token: Option<String>,
) -> Reply {
    let list = selections.iter().map(|it| listed_selection(plan, it)).collect();
    Reply::json(200, &ListBackupSelectionsOutput { backup_selections_list: Some(list), next_token })
}

fn listed(plan: &Plan, version: &PlanVersion) -> BackupPlansListMember {
    BackupPlansListMember {
        backup_plan_arn: Some(plan.arn()),
        backup_plan_id: Some(plan.id.to_string()),
        backup_plan_name: Some(version.name.clone()),
        creation_date: Some(EpochSeconds(plan.created)),
        deletion_date: plan.deleted.map(EpochSeconds),
        version_id: Some(version.id.to_string()),
        creator_request_id: plan.token.clone(),
        last_execution_date: plan.ran.map(EpochSeconds),
        ..BackupPlansListMember::default()
    }
}

fn rule(rule: &Rule) -> BackupRule {
    let Rule { id, since: _, order } = rule;
    let copies: Vec<_> = order.copies.iter().map(copy).collect();
    BackupRule {
        rule_id: Some(id.to_string()),
        rule_name: Some(order.name.clone()),
        target_backup_vault_name: Some(order.vault.to_string()),
        schedule_expression: Some(order.schedule.expression().to_owned()),
        schedule_expression_timezone: Some(order.schedule.timezone().to_owned()),
        start_window_minutes: order.windows.start_minutes.map(i64::from),
        completion_window_minutes: order.windows.complete_minutes.map(i64::from),
        lifecycle: lifecycle(&order.lifecycle),
        recovery_point_tags: (!order.tags.is_empty()).then(|| order.tags.clone()),
        copy_actions: (!copies.is_empty()).then_some(copies),
        enable_continuous_backup: Some(false),
        ..BackupRule::default()
    }
}

fn copy(action: &CopyAction) -> model::CopyAction {
    model::CopyAction {
        destination_backup_vault_arn: Some(action.realm.vault_arn(&action.vault)),
        lifecycle: lifecycle(&action.lifecycle),
    }
}

fn listed_selection(plan: &Plan, selection: &PlanSelection) -> BackupSelectionsListMember {
    BackupSelectionsListMember {
        selection_id: Some(selection.id.to_string()),
        selection_name: Some(selection.order.name.clone()),
        backup_plan_id: Some(plan.id.to_string()),
        creation_date: Some(EpochSeconds(selection.created)),
        creator_request_id: selection.order.token.clone(),
        iam_role_arn: Some(selection.order.role.to_string()),
    }
}

/// Lists that are empty are shown as the real service does: as empty lists.
fn selection(order: &SelectionOrder) -> BackupSelection {
    let tag = |(key, value): &(String, String)| Condition {
        condition_type: Some(ConditionType::Stringequals),
        condition_key: Some(key.clone()),
        condition_value: Some(value.clone()),
    };
    let conditions = |test: TagTest| {
        let of = order.conditions.iter().filter(|it| it.test == test);
        let shown = of.map(|it| ConditionParameter {
            condition_key: Some(it.key.clone()),
            condition_value: Some(it.value.clone()),
        });
        Some(shown.collect())
    };
    BackupSelection {
        selection_name: Some(order.name.clone()),
        iam_role_arn: Some(order.role.to_string()),
        resources: Some(order.resources.clone()),
        not_resources: Some(order.not_resources.clone()),
        list_of_tags: Some(order.tags.iter().map(tag).collect()),
        conditions: Some(Conditions {
            string_equals: conditions(TagTest::Equals),
            string_not_equals: conditions(TagTest::NotEquals),
            string_like: conditions(TagTest::Like),
            string_not_like: conditions(TagTest::NotLike),
        }),
    }
}

/// The plan that made something; nothing if somebody asked for it.
pub(super) fn creator(created_by: Option<&CreatedBy>) -> Option<RecoveryPointCreator> {
    let by = created_by?;
    Some(RecoveryPointCreator {
        backup_plan_arn: Some(by.plan_arn.clone()),
        backup_plan_id: Some(by.plan.to_string()),
        backup_plan_name: Some(by.plan_name.clone()),
        backup_plan_version: Some(by.version.to_string()),
        backup_rule_cron: Some(by.schedule.clone()),
        backup_rule_id: Some(by.rule.to_string()),
        backup_rule_name: Some(by.rule_name.clone()),
        backup_rule_timezone: Some(by.timezone.clone()),
    })
}
