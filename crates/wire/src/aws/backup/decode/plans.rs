//! Requests about backup plans and selections.
//!
//! What a plan could not do here is refused when it is made: nobody looks at a plan again, and one
//! that says more than it does would be believed.

use sexton_core::{
    CopyAction, PlanId, PlanOrder, PlanSchedule, RuleOrder, SCHEDULE_DEFAULT, SelectionId,
    SelectionOrder, TIMEZONE_DEFAULT, TagCondition, TagTest, Tags, Windows,
};

use super::copies::vault_at;
use super::{Labels, Members, creator_request, lifecycle_of, page, required, unsupported};
use crate::aws::WireError;
use crate::aws::backup::call::{Call, Planning};
use crate::aws::backup::members::typed;
use crate::aws::model::backup::{
    self as model, BackupPlanInput, BackupRuleInput, BackupSelection, ConditionParameter,
    ConditionType, CreateBackupPlanInput, CreateBackupSelectionInput, GetBackupPlanInput,
    ListBackupPlansInput, Operation, UpdateBackupPlanInput,
};

/// What is no id is that of no plan.
fn plan(labels: &Labels<'_>) -> Result<PlanId, WireError> {
    labels.text(0).parse().map_err(|_| WireError::unknown_plan())
}

fn selection(labels: &Labels<'_>) -> Result<SelectionId, WireError> {
    labels.text(1).parse().map_err(|_| WireError::unknown_selection())
}

pub(super) fn create(members: Members) -> Result<Call, WireError> {
    let input: CreateBackupPlanInput = typed(members)?;
    let tags = input.backup_plan_tags.unwrap_or_default();
    let token = creator_request(input.creator_request_id)?;
    let wanted = input.backup_plan.ok_or_else(|| WireError::missing_parameter("BackupPlan"))?;
    Ok(Call::Plan(Planning::Create(order(wanted, tags, token)?)))
}

pub(super) fn update(labels: &Labels<'_>, members: Members) -> Result<Call, WireError> {
    let input: UpdateBackupPlanInput = typed(members)?;
    let wanted = input.backup_plan.ok_or_else(|| WireError::missing_parameter("BackupPlan"))?;
    let (plan, order) = (plan(labels)?, order(wanted, Tags::new(), None)?);
    Ok(Call::Plan(Planning::Update { plan, order }))
}

pub(super) fn get(labels: &Labels<'_>, members: Members) -> Result<Call, WireError> {
    let input: GetBackupPlanInput = typed(members)?;
    let version = match input.version_id.filter(|it| !it.is_empty()) {
        None => None,
        Some(version) => Some(version.parse().map_err(|_| WireError::unknown_plan())?),
    };
    let runs = input.max_scheduled_runs_preview.unwrap_or(0);
    let runs = usize::try_from(runs).unwrap_or(0);
    Ok(Call::Plan(Planning::Get { plan: plan(labels)?, version, runs }))
}

pub(super) fn delete(labels: &Labels<'_>) -> Result<Call, WireError> {
    Ok(Call::Plan(Planning::Delete { plan: plan(labels)? }))
}

pub(super) fn list(members: Members) -> Result<Call, WireError> {
    let page = page(Operation::ListBackupPlans, &[], &members)?;
    let input: ListBackupPlansInput = typed(members)?;
    let deleted = input.include_deleted == Some(true);
    Ok(Call::Plan(Planning::List { deleted, page }))
}

pub(super) fn list_versions(labels: &Labels<'_>, members: &Members) -> Result<Call, WireError> {
    let page = page(Operation::ListBackupPlanVersions, &labels.binding(), members)?;
    Ok(Call::Plan(Planning::ListVersions { plan: plan(labels)?, page }))
}

pub(super) fn select(labels: &Labels<'_>, members: Members) -> Result<Call, WireError> {
    let input: CreateBackupSelectionInput = typed(members)?;
    let wanted = input.backup_selection;
    let wanted = wanted.ok_or_else(|| WireError::missing_parameter("BackupSelection"))?;
    // The operation declares no `ResourceNotFoundException`.
    let plan = labels.text(0).parse().map_err(|_| WireError::no_such_plan(labels.text(0)))?;
    let token = creator_request(input.creator_request_id)?;
    Ok(Call::Plan(Planning::Select { plan, order: selected(wanted, token)? }))
}

pub(super) fn get_selection(labels: &Labels<'_>) -> Result<Call, WireError> {
    let (plan, selection) = (plan(labels)?, selection(labels)?);
    Ok(Call::Plan(Planning::GetSelection { plan, selection }))
}

pub(super) fn unselect(labels: &Labels<'_>) -> Result<Call, WireError> {
    let (plan, selection) = (plan(labels)?, selection(labels)?);
    Ok(Call::Plan(Planning::Unselect { plan, selection }))
}

pub(super) fn list_selections(labels: &Labels<'_>, members: &Members) -> Result<Call, WireError> {
    let page = page(Operation::ListBackupSelections, &labels.binding(), members)?;
    Ok(Call::Plan(Planning::ListSelections { plan: plan(labels)?, page }))
}

fn order(
    wanted: BackupPlanInput,
    tags: Tags,
    token: Option<String>,
) -> Result<PlanOrder, WireError> {
    if wanted.advanced_backup_settings.is_some_and(|settings| !settings.is_empty()) {
        return Err(unsupported("AdvancedBackupSettings"));
    }
    if wanted.scan_settings.is_some_and(|settings| !settings.is_empty()) {
        return Err(unsupported("ScanSettings"));
    }
    let name = required(wanted.backup_plan_name, "BackupPlanName")?;
    let rules = wanted.rules.unwrap_or_default();
    let rules = rules.into_iter().map(rule).collect::<Result<_, _>>()?;
    Ok(PlanOrder { name, rules, tags, token })
}

fn rule(wanted: BackupRuleInput) -> Result<RuleOrder, WireError> {
    if wanted.enable_continuous_backup == Some(true) {
        return Err(unsupported("EnableContinuousBackup"));
    }
    if wanted.target_logically_air_gapped_backup_vault_arn.is_some() {
        return Err(unsupported("TargetLogicallyAirGappedBackupVaultArn"));
    }
    if wanted.index_actions.is_some_and(|actions| !actions.is_empty()) {
        return Err(unsupported("IndexActions"));
    }
    if wanted.scan_actions.is_some_and(|actions| !actions.is_empty()) {
        return Err(unsupported("ScanActions"));
    }
    let expression = wanted.schedule_expression.filter(|it| !it.is_empty());
    let zone = wanted.schedule_expression_timezone.filter(|it| !it.is_empty());
    let schedule = PlanSchedule::parse(
        expression.as_deref().unwrap_or(SCHEDULE_DEFAULT),
        zone.as_deref().unwrap_or(TIMEZONE_DEFAULT),
    );
    let copies = wanted.copy_actions.unwrap_or_default();
    Ok(RuleOrder {
        name: required(wanted.rule_name, "RuleName")?,
        vault: required(wanted.target_backup_vault_name, "TargetBackupVaultName")?.parse()?,
        schedule: schedule.map_err(|invalid| WireError::invalid_parameter(invalid.to_string()))?,
        windows: windows(wanted.start_window_minutes, wanted.completion_window_minutes)?,
        lifecycle: lifecycle_of(wanted.lifecycle)?,
        tags: wanted.recovery_point_tags.unwrap_or_default(),
        copies: copies.into_iter().map(copy).collect::<Result<_, _>>()?,
    })
}

/// A rule has another name for the second one than a job.
fn windows(start: Option<i64>, completion: Option<i64>) -> Result<Windows, WireError> {
    let renamed = |message: String| message.replace("CompleteWindow", "CompletionWindow");
    Windows::new(start, completion)
        .map_err(|invalid| WireError::invalid_parameter(renamed(invalid.to_string())))
}

fn copy(wanted: model::CopyAction) -> Result<CopyAction, WireError> {
    let arn = required(wanted.destination_backup_vault_arn, "DestinationBackupVaultArn")?;
    let destination = vault_at(&arn)?;
    Ok(CopyAction {
        realm: destination.realm,
        vault: destination.name,
        lifecycle: lifecycle_of(wanted.lifecycle)?,
    })
}

fn selected(wanted: BackupSelection, token: Option<String>) -> Result<SelectionOrder, WireError> {
    let tags = wanted.list_of_tags.unwrap_or_default();
    let tags = tags.into_iter().map(|tag| {
        if tag.condition_type != Some(ConditionType::Stringequals) {
            let message = "ListOfTags.ConditionType must be STRINGEQUALS";
            return Err(WireError::invalid_parameter(message));
        }
        let key = required(tag.condition_key, "ListOfTags.ConditionKey")?;
        Ok((key, tag.condition_value.unwrap_or_default()))
    });
    let conditions = wanted.conditions.unwrap_or_default();
    let mut all = Vec::new();
    for (test, list) in [
        (TagTest::Equals, conditions.string_equals),
        (TagTest::NotEquals, conditions.string_not_equals),
        (TagTest::Like, conditions.string_like),
        (TagTest::NotLike, conditions.string_not_like),
    ] {
        for ConditionParameter { condition_key, condition_value } in list.unwrap_or_default() {
            let key = required(condition_key, "Conditions.ConditionKey")?;
            all.push(TagCondition { test, key, value: condition_value.unwrap_or_default() });
        }
    }
    Ok(SelectionOrder {
        name: required(wanted.selection_name, "SelectionName")?,
        role: required(wanted.iam_role_arn, "IamRoleArn")?.parse()?,
        resources: wanted.resources.unwrap_or_default(),
        not_resources: wanted.not_resources.unwrap_or_default(),
        tags: tags.collect::<Result<_, WireError>>()?,
        conditions: all,
        token,
    })
}

#[cfg(test)]
mod tests {
    use http::Request;
    use serde_json::{Value, json};

    use super::*;
    use crate::aws::backup::decode;

    fn asked(method: &str, path: &str, body: &Value) -> Result<Planning, WireError> {
        let request = Request::builder().method(method).uri(path).body(()).unwrap();
        let call = decode(&request.into_parts().0, body.to_string().as_bytes())?;
        let Call::Plan(call) = call else { panic!("it is of a plan: {call:?}") };
        Ok(call)
    }

    fn create(rule: &Value, more: &Value) -> Result<PlanOrder, WireError> {
        let mut plan = json!({ "BackupPlanName": "p", "Rules": [rule] });
        for (name, member) in more.as_object().unwrap() {
            plan[name] = member.clone();
        }
        let call = asked("PUT", "/backup/plans/", &json!({ "BackupPlan": plan }))?;
        let Planning::Create(order) = call else { panic!("a plan is made: {call:?}") };
        Ok(order)
    }

    fn rule(more: &Value) -> Value {
        let mut rule = json!({ "RuleName": "r", "TargetBackupVaultName": "gold" });
        for (name, member) in more.as_object().unwrap() {
            rule[name] = member.clone();
        }
        rule
    }

    #[test]
    fn a_rule_that_says_little_has_the_schedule_of_aws() {
        let order = create(&rule(&json!({})), &json!({})).unwrap();
        let schedule = &order.rules[0].schedule;
        let found = (schedule.expression(), schedule.timezone());
        assert_eq!(found, ("cron(0 5 ? * * *)", "Etc/UTC"));
        assert_eq!(order.rules[0].windows, Windows::default());
    }

    #[test]
    fn what_a_plan_could_not_do_here_is_refused_by_name() {
        let disabled = json!({ "EnableContinuousBackup": false, "IndexActions": [] });
        create(&rule(&disabled), &json!({ "AdvancedBackupSettings": [] })).unwrap();
        for (more, word) in [
            (json!({ "EnableContinuousBackup": true }), "EnableContinuousBackup"),
            (json!({ "IndexActions": [{ "ResourceTypes": ["EBS"] }] }), "IndexActions"),
            (json!({ "ScanActions": [{ "MalwareScanner": "GUARDDUTY" }] }), "ScanActions"),
            (
                json!({ "TargetLogicallyAirGappedBackupVaultArn": "arn:aws:b:r:a:v" }),
                "TargetLogicallyAirGappedBackupVaultArn",
            ),
            (
                json!({ "Lifecycle": { "DeleteAfterEvent": "DELETE_AFTER_COPY" } }),
                "DeleteAfterEvent",
            ),
            (json!({ "ScheduleExpression": "cron(0 5 * * *)" }), "six"),
            (json!({ "ScheduleExpressionTimezone": "Mars" }), "IANA"),
            (json!({ "CompletionWindowMinutes": 0 }), "CompletionWindowMinutes"),
            (json!({ "CopyActions": [{ "DestinationBackupVaultArn": "v" }] }), "backup-vault"),
        ] {
            let error = create(&rule(&more), &json!({})).unwrap_err();
            assert_eq!(error.name, "InvalidParameterValueException", "{more}");
            assert!(error.message.contains(word), "{error}");
        }
        for (more, word) in [
            (
                json!({ "AdvancedBackupSettings": [{ "ResourceType": "EC2" }] }),
                "AdvancedBackupSettings",
            ),
            (json!({ "ScanSettings": [{ "MalwareScanner": "GUARDDUTY" }] }), "ScanSettings"),
        ] {
            let error = create(&rule(&json!({})), &more).unwrap_err();
            assert!(error.message.contains(word), "{error}");
        }
    }

    #[test]
    fn a_plan_that_is_none_is_answered_as_each_operation_declares() {
        let selection = json!({ "BackupSelection": {
            "SelectionName": "s", "IamRoleArn": "arn:aws:iam::1:role/r", "Resources": ["*"] } });
        let plan = json!({ "BackupPlan": { "BackupPlanName": "p", "Rules": [rule(&json!({}))] } });
        let none = json!({});
        for (method, path, body, operation) in [
            ("GET", "/backup/plans/x", &none, Operation::GetBackupPlan),
            ("POST", "/backup/plans/x", &plan, Operation::UpdateBackupPlan),
            ("DELETE", "/backup/plans/x", &none, Operation::DeleteBackupPlan),
            ("GET", "/backup/plans/x/versions", &none, Operation::ListBackupPlanVersions),
            ("PUT", "/backup/plans/x/selections", &selection, Operation::CreateBackupSelection),
            ("GET", "/backup/plans/x/selections", &none, Operation::ListBackupSelections),
            ("GET", "/backup/plans/x/selections/y", &none, Operation::GetBackupSelection),
            ("DELETE", "/backup/plans/x/selections/y", &none, Operation::DeleteBackupSelection),
        ] {
            let error = asked(method, path, body).unwrap_err();
            assert!(operation.info().errors.contains(&error.name), "{operation:?}: {error}");
        }
    }

    #[test]
    fn a_selection_carries_all_of_its_conditions() {
        let id = "01a2e092-16d8-767d-bfe6-e68979278d3d";
        let body = json!({ "BackupSelection": {
            "SelectionName": "s", "IamRoleArn": "arn:aws:iam::1:role/r",
            "NotResources": ["arn:aws:fsx:r:1:file-system/1"],
            "ListOfTags": [
                { "ConditionType": "STRINGEQUALS", "ConditionKey": "a", "ConditionValue": "b" }],
            "Conditions": {
                "StringLike": [{ "ConditionKey": "aws:ResourceTag/c", "ConditionValue": "d*" }],
                "StringNotEquals": [
                    { "ConditionKey": "aws:ResourceTag/e", "ConditionValue": "f" }] } } });
        let path = format!("/backup/plans/{id}/selections/");
        let Planning::Select { plan, order } = asked("PUT", &path, &body).unwrap() else {
            panic!("something is selected")
        };
        assert_eq!(plan.to_string(), id);
        assert_eq!(order.tags, [("a".to_owned(), "b".to_owned())]);
        let tests: Vec<_> = order.conditions.iter().map(|it| (it.test, it.key.as_str())).collect();
        let expected =
            [(TagTest::NotEquals, "aws:ResourceTag/e"), (TagTest::Like, "aws:ResourceTag/c")];
        assert_eq!(tests, expected);
    }
}
