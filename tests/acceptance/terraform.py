#!/usr/bin/env python3
"""What Terraform's AWS provider does with aws_backup_vault, its policy and its lock, with
aws_backup_plan and aws_backup_selection, and with aws_iam_role, call by call with boto3: what is
read is what was written, a second plan shows no difference, and what is gone is known to be.
Terraform itself is not run.
usage: terraform.py ENDPOINT_URL"""
import json
import re
import uuid

import boto3
from botocore.config import Config

import model
from checks import RESOURCE, done, equal, ok, poll, raises
from served import back_up

CONFIG = Config(retries={'total_max_attempts': 1}, user_agent=(
    'APN/1.0 HashiCorp/1.0 Terraform/1.9.5 (+https://www.terraform.io) terraform-provider-aws/'
    '5.100.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.36.3'))
ACCOUNT = '123456789012'
KEY = f'arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab'
MANAGED = {'arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyFor' + it
           for it in ['Backup', 'Restores']}
# What the provider takes for "is gone". Of vaults and their policies it takes
# AccessDeniedException for it too, so nothing that is there may answer either of them.
ABSENT, REFUSED = 'ResourceNotFoundException', 'InvalidRequestException'


def as_go_sends(params, **_rest):
    """The SDK for Go leaves out the slash at the end of a path."""
    params['url'] = re.sub(r'/(?=\?|$)', '', params['url'])


def as_go_reads(operation_model, response_dict, **_rest):
    """A policy in IAM comes as in a URL, where the provider takes a plus sign for a space. Tags
    come as they are."""
    body = re.sub(b'<Tags>.*?</Tags>', b'', response_dict['body'])
    if b'+' in body:
        ok(False, f'{operation_model.name}: no plus sign on the wire', body)


backup, iam, sts = [model.watch(boto3.client(it, config=CONFIG)) for it in ['backup', 'iam', 'sts']]
backup.meta.events.register('before-call.backup', as_go_sends)
iam.meta.events.register('before-parse.iam', as_go_reads)


def normal(*statements):
    """A policy as the provider sends it: names in order, no spaces, and & as JSON of Go has it."""
    policy = {'Version': '2012-10-17', 'Statement': list(statements)}
    return json.dumps(policy, separators=(',', ':'), sort_keys=True).replace('&', '\\u0026')


def vault(key):
    """What it reads of a vault and of its lock. Another type of vault would be taken for none."""
    found = backup.describe_backup_vault(**key)
    members = ['BackupVaultArn', 'BackupVaultName', 'VaultType', 'EncryptionKeyArn',
               'NumberOfRecoveryPoints', 'MinRetentionDays', 'MaxRetentionDays']
    return {**{it: found[it] for it in members if it in found},
            'Tags': backup.list_tags(ResourceArn=found['BackupVaultArn'])['Tags']}


def policy(key):
    found = backup.get_backup_vault_access_policy(**key)
    return found['BackupVaultArn'], found['BackupVaultName'], json.loads(found['Policy'])


def listed(given):
    """Tags as IAM lists them, in the order of their keys."""
    return [{'Key': it, 'Value': given[it]} for it in sorted(given)]


def role(key):
    """A role, the policies in it, and those that are attached to it."""
    attached = iam.list_attached_role_policies(**key)['AttachedPolicies']
    inline = {it: iam.get_role_policy(**key, PolicyName=it)['PolicyDocument']
              for it in iam.list_role_policies(**key)['PolicyNames']}
    return iam.get_role(**key)['Role'], inline, {it['PolicyArn'] for it in attached}


def unchanged(read, key, wanted, what):
    equal(read(key), wanted, f'{what}: what is read is what was written')
    equal(read(key), wanted, f'{what}: and so for a second plan')


def went(key, point):
    """After a deletion the provider waits, and takes every status but DELETING for an error."""
    try:
        status = backup.describe_recovery_point(**key, RecoveryPointArn=point)['Status']
    except backup.exceptions.ResourceNotFoundException:
        return True
    if status != 'DELETING':
        raise SystemExit(f'{point} is {status} after its deletion')


# aws_backup_vault. The provider asks first whose account it is.
equal(sts.get_caller_identity()['Account'], ACCOUNT, 'the account is known')
tags = {'team': 'a b', 'empty': '', 'path:x/y=z+@': 'caf\u00e9'}
for given in [{}, {'EncryptionKeyArn': KEY, 'BackupVaultTags': tags}]:
    name = 'tf-' + uuid.uuid4().hex
    key, arn = {'BackupVaultName': name}, f'arn:aws:backup:us-east-1:{ACCOUNT}:backup-vault:{name}'
    backup.create_backup_vault(**key, **given)
    written = {'BackupVaultArn': arn, 'VaultType': 'BACKUP_VAULT', 'NumberOfRecoveryPoints': 0,
               'Tags': given.pop('BackupVaultTags', {}), **key, **given}
    unchanged(vault, key, written, f'a vault with {given or "nothing"}')
raises(lambda: backup.create_backup_vault(**key), 'AlreadyExistsException', 'one of each name')
# Tags are all that changes in place: first those that go, then those that are new or others.
backup.untag_resource(ResourceArn=arn, TagKeyList=['team', 'empty'])
backup.tag_resource(ResourceArn=arn, Tags={'path:x/y=z+@': 'other', 'new': ''})
unchanged(vault, key, {**written, 'Tags': {'path:x/y=z+@': 'other', 'new': ''}}, 'changed tags')
backup.untag_resource(ResourceArn=arn, TagKeyList=['path:x/y=z+@', 'new'])
unchanged(vault, key, {**written, 'Tags': {}}, 'no tags any more')
# Another key is another vault, of the same name and at once.
backup.delete_backup_vault(**key)
written.update({'Tags': {}, 'EncryptionKeyArn': KEY.replace('1234', '4321')})
backup.create_backup_vault(**key, EncryptionKeyArn=written['EncryptionKeyArn'])
unchanged(vault, key, written, 'the vault with another key')

# aws_backup_vault_policy.
deny = {'Sid': 'Keep', 'Effect': 'Deny', 'Principal': {'AWS': '*'}, 'Resource': '*',
        'Action': ['backup:DeleteRecoveryPoint', 'backup:UpdateRecoveryPointLifecycle']}
but = {**deny, 'Condition': {'StringNotLike': {'aws:userId': ['AROAEXAMPLE:a&b*', ACCOUNT]}}}
allow = {'Effect': 'Allow', 'Principal': {'AWS': f'arn:aws:iam::{ACCOUNT}:root'}, 'Resource': '*',
         'Action': 'backup:CopyIntoBackupVault'}
raises(lambda: policy(key), ABSENT, 'there is no policy before', status=400)
for given in [normal(deny), normal(but, allow)]:
    backup.put_backup_vault_access_policy(**key, Policy=given)
    unchanged(policy, key, (arn, name, json.loads(given)), 'a policy')
backup.delete_backup_vault_access_policy(**key)
raises(lambda: policy(key), ABSENT, 'a policy that was deleted is gone', status=400)

# aws_backup_vault_lock_configuration. What changes is removed and put again.
for given in [{}, {'MinRetentionDays': 7}, {'MinRetentionDays': 7, 'MaxRetentionDays': 1200}]:
    for days in [{}, {'ChangeableForDays': 3}]:
        backup.put_backup_vault_lock_configuration(**key, **given, **days)
        unchanged(vault, key, {**written, **given}, f'a lock of {given | days}')
        backup.delete_backup_vault_lock_configuration(**key)
equal(vault(key), written, 'nothing of a lock is left')

# All of it is gone with the vault, whoever deleted that.
backup.delete_backup_vault(**key)
for call in [vault, policy, lambda key: backup.delete_backup_vault(**key),
             lambda key: backup.delete_backup_vault_access_policy(**key),
             lambda key: backup.delete_backup_vault_lock_configuration(**key)]:
    raises(lambda: call(key), ABSENT, 'what was of the vault is gone', status=400)

# aws_iam_role, aws_iam_role_policy and aws_iam_role_policy_attachment.
own = {'RoleName': 'tf-' + uuid.uuid4().hex[:12]}
trust = {'Effect': 'Allow', 'Principal': {'Service': 'backup.amazonaws.com'},
         'Action': 'sts:AssumeRole'}
where = {**trust, 'Condition': {'StringEquals': {'aws:SourceAccount': [ACCOUNT, 'a+b & c']}}}
inline = {'Effect': 'Allow', 'Action': 'ec2:DeleteSnapshot',
          'Resource': ['arn:aws:ec2:*::snapshot/*', 'arn:aws:ec2:*::a+b%2B&c d']}
# With default_tags of the provider every role has some.
given = {**own, 'Path': '/tf/', 'MaxSessionDuration': 7200, 'Description': 'of backups',
         'Tags': listed(tags)}
made = iam.create_role(**given, AssumeRolePolicyDocument=normal(trust))['Role']
equal({it: made[it] for it in given}, given, 'a role is made as it was asked for')
unchanged(role, own, (made, {}, set()), 'a role with tags')
for it in MANAGED:
    iam.attach_role_policy(**own, PolicyArn=it)
for first, second in [(trust, [inline]), (where, [inline, inline]), (trust, [inline])]:
    iam.put_role_policy(**own, PolicyName='own', PolicyDocument=normal(*second))
    iam.update_assume_role_policy(**own, PolicyDocument=normal(first))
    unchanged(role, own, ({**made, 'AssumeRolePolicyDocument': json.loads(normal(first))},
                          {'own': json.loads(normal(*second))}, MANAGED), 'a role')

# What changes of it in place, each by a call of its own: tags first go and then are put.
made = iam.get_role(**own)['Role']
iam.untag_role(**own, TagKeys=['team', 'empty'])
iam.tag_role(**own, Tags=listed({'path:x/y=z+@': 'other', 'new': ''}))
made['Tags'] = listed({'new': '', 'path:x/y=z+@': 'other'})
equal(iam.get_role(**own)['Role'], made, 'a role has other tags')
for text in ['of backups & more', '']:
    iam.update_role_description(**own, Description=text)
    made['Description'] = text
    equal(iam.get_role(**own)['Role'], made, f'a role is described as {text!r}')
iam.update_role(**own, MaxSessionDuration=3600)
made['MaxSessionDuration'] = 3600
equal(iam.get_role(**own)['Role'], made, 'its sessions are shorter, and nothing else changes')
iam.untag_role(**own, TagKeys=['path:x/y=z+@', 'new'])
made.pop('Tags')
equal(iam.get_role(**own)['Role'], made, 'no tags any more')

# A vault with force_destroy.
backup.create_backup_vault(**key)
points = {back_up(backup, name, RESOURCE, made['Arn'])['RecoveryPointArn'] for _ in range(5)}
equal(vault(key)['NumberOfRecoveryPoints'], 5, 'its points are counted')
hold = backup.create_legal_hold(Title='case', Description='kept',
                                RecoveryPointSelection={'VaultNames': [name]})['LegalHoldId']
raises(lambda: backup.delete_recovery_point(**key, RecoveryPointArn=min(points)), REFUSED,
       'with force a point stays while it is held', 'legal hold', status=400)
raises(lambda: backup.delete_backup_vault(**key), REFUSED, 'the vault is not taken for gone')
backup.cancel_legal_hold(LegalHoldId=hold, CancelDescription='settled')
pages = backup.get_paginator('list_recovery_points_by_backup_vault').paginate(
    **key, PaginationConfig={'PageSize': 2})
for point in (it['RecoveryPointArn'] for page in pages for it in page['RecoveryPoints']):
    backup.delete_recovery_point(**key, RecoveryPointArn=point)
    poll(lambda: went(key, point), 'a point goes')
    points.remove(point)
equal(points, set(), 'all were listed, though some went while pages were read')
backup.delete_backup_vault(**key)
raises(lambda: vault(key), ABSENT, 'the vault goes at once after the last of them', status=400)

# The role goes: only its policies keep it.
equal(iam.list_instance_profiles_for_role(**own)['InstanceProfiles'], [], 'it has no profiles')
raises(lambda: iam.delete_role(**own), 'DeleteConflict', 'policies keep it', status=409)
for it in MANAGED:
    iam.detach_role_policy(**own, PolicyArn=it)
iam.delete_role_policy(**own, PolicyName='own')
equal(role(own)[1:], ({}, set()), 'it has no policy any more')
iam.delete_role(**own)
for what in ['get_role', 'list_role_policies', 'list_attached_role_policies', 'delete_role',
             'list_instance_profiles_for_role', 'list_role_tags']:
    raises(lambda: getattr(iam, what)(**own), 'NoSuchEntity', f'{what}: it is gone', status=404)

# aws_backup_plan. What a rule does not say the provider says itself.


def plan(key):
    """What it reads of a plan, and its tags by its ARN."""
    found = backup.get_backup_plan(**key)
    rules = [{it: rule[it] for it in rule if it != 'RuleId'} for rule in found['BackupPlan']['Rules']]
    return {'name': found['BackupPlan']['BackupPlanName'],
            'rules': sorted(rules, key=lambda it: it['RuleName']), 'version': found['VersionId'],
            'tags': backup.list_tags(ResourceArn=found['BackupPlanArn'])['Tags']}


def rule(name, **more):
    return {'RuleName': name, 'TargetBackupVaultName': 'Default', 'EnableContinuousBackup': False,
            'ScheduleExpressionTimezone': 'Etc/UTC', 'StartWindowMinutes': 60,
            'CompletionWindowMinutes': 180, 'ScheduleExpression': 'cron(0 12 * * ? *)', **more}


far = {'DestinationBackupVaultArn': f'arn:aws:backup:eu-west-1:{ACCOUNT}:backup-vault:far',
       'Lifecycle': {'DeleteAfterDays': 7}}
rules = [rule('a'), rule('b', Lifecycle={'MoveToColdStorageAfterDays': 30, 'DeleteAfterDays': 160},
                         RecoveryPointTags=tags, CopyActions=[far])]
name = 'tf-' + uuid.uuid4().hex[:12]
made = backup.create_backup_plan(BackupPlan={'BackupPlanName': name, 'Rules': rules},
                                 BackupPlanTags=tags)
key, written = {'BackupPlanId': made['BackupPlanId']}, {
    'name': name, 'rules': rules, 'version': made['VersionId'], 'tags': tags}
unchanged(plan, key, written, 'a plan')
rules = [rule('a', ScheduleExpression='cron(0 13 ? * MON-FRI *)'), rule('c')]
changed = backup.update_backup_plan(**key, BackupPlan={'BackupPlanName': name, 'Rules': rules})
written.update({'rules': rules, 'version': changed['VersionId']})
backup.untag_resource(ResourceArn=made['BackupPlanArn'], TagKeyList=sorted(tags))
unchanged(plan, key, {**written, 'tags': {}}, 'a plan that was changed')

# aws_backup_selection. What changes of it is made anew.
chosen = {'SelectionName': 's', 'IamRoleArn': f'arn:aws:iam::{ACCOUNT}:role/tf',
          'Resources': ['arn:aws:ec2:*:*:volume/*', RESOURCE], 'NotResources': [],
          'ListOfTags': [{'ConditionType': 'STRINGEQUALS', 'ConditionKey': 'backup',
                          'ConditionValue': 'yes'}],
          'Conditions': {'StringEquals': [{'ConditionKey': 'aws:ResourceTag/team',
                                           'ConditionValue': 'a'}],
                         'StringLike': [], 'StringNotEquals': [], 'StringNotLike': []}}
for wanted in [chosen, {**chosen, 'ListOfTags': [], 'NotResources': [RESOURCE]}]:
    own = backup.create_backup_selection(**key, BackupSelection=wanted)['SelectionId']
    unchanged(lambda key: backup.get_backup_selection(**key)['BackupSelection'],
              {**key, 'SelectionId': own}, wanted, 'a selection')
    raises(lambda: backup.delete_backup_plan(**key), REFUSED, 'its plan stays while it is there',
           'Related backup plan selections must be deleted prior to backup')
    backup.delete_backup_selection(**key, SelectionId=own)
    raises(lambda: backup.get_backup_selection(**key, SelectionId=own), ABSENT,
           'a selection is gone', status=400)
backup.delete_backup_plan(**key)
raises(lambda: plan(key), ABSENT, 'the plan is gone', status=400)

# No vault has notifications, which is gone to Terraform, and none takes any.
raises(lambda: backup.get_backup_vault_notifications(BackupVaultName='Default'), ABSENT,
       'there are no notifications', 'Failed reading notifications', status=400)
raises(lambda: backup.put_backup_vault_notifications(
    BackupVaultName='Default', BackupVaultEvents=['BACKUP_JOB_COMPLETED'],
    SNSTopicArn='arn:aws:sns:us-east-1:123456789012:topic'),
       'UnknownOperationException', 'and none are put', 'not served here; nothing was done',
       status=404)
done()
