#!/usr/bin/env python3
"""Backup plans and selections with boto3, on a server whose clock is set: what is read is what was
written, a plan backs up what it selects at its times, once each and also by a server that was
killed between, and what it made is deleted by `sexton delete`.
usage: plans.py      env: SEXTON_BIN the program"""
import configparser
import datetime
import json
import os
import subprocess
import urllib.request
import uuid

import boto3
from botocore.config import Config

from checks import PLANS, RESOURCE, ROLE, done, equal, ok, poll, raises, sexton
import model
import process
from process import scratch

FAR = 'eu-west-1'
ACCOUNT = '123456789012'
invalid, gone = 'InvalidParameterValueException', 'ResourceNotFoundException'
exists, refused = 'AlreadyExistsException', 'InvalidRequestException'
HOUR, DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)


class Server(process.Server):
    def __init__(self):
        super().__init__('--dev')
        self.ready()

    def client(self, region='us-east-1', key='test', secret='test'):
        config = Config(parameter_validation=False, retries={'total_max_attempts': 1})
        return model.watch(boto3.client(
            'backup', config=config, endpoint_url=self.url, aws_access_key_id=key,
            aws_secret_access_key=secret, region_name=region))

    def set_clock(self, now):
        body = json.dumps({'now': now.strftime('%Y-%m-%dT%H:%M:%SZ')}).encode()
        request = urllib.request.Request(self.url + '/_sexton/dev/clock', body,
                                         {'Content-Type': 'application/json'}, method='POST')
        with urllib.request.urlopen(request) as answer:
            answer.read()


def vault_arn(name, region='us-east-1'):
    return f'arn:aws:backup:{region}:{ACCOUNT}:backup-vault:{name}'


def rule(name='nightly', **more):
    return {'RuleName': name, 'TargetBackupVaultName': 'Default',
            'ScheduleExpression': 'cron(0 5 * * ? *)', **more}


def made(*rules, name=None, **more):
    name = name or 'p-' + uuid.uuid4().hex[:12]
    return backup.create_backup_plan(BackupPlan={'BackupPlanName': name, 'Rules': list(rules)},
                                     **more)


def selected(plan, *resources, **more):
    order = {'SelectionName': 'these', 'IamRoleArn': ROLE, 'Resources': list(resources), **more}
    return backup.create_backup_selection(BackupPlanId=plan, BackupSelection=order)


def shown(plan, **more):
    return backup.get_backup_plan(BackupPlanId=plan, **more)


def plans(**more):
    pages = backup.get_paginator('list_backup_plans').paginate(
        **more, PaginationConfig={'PageSize': 2})
    return [it for page in pages for it in page['BackupPlansList']]


def jobs(plan, state=None):
    found = backup.list_backup_jobs(**({'ByState': state} if state else {}))['BackupJobs']
    return [it for it in found if it.get('CreatedBy', {}).get('BackupPlanId') == plan]


def points(plan, vault='Default'):
    found = backup.list_recovery_points_by_backup_vault(BackupVaultName=vault,
                                                        ByBackupPlanId=plan)
    return found['RecoveryPoints']


server = Server()
backup = server.client()
start = datetime.datetime(2027, 1, 4, 12, tzinfo=datetime.timezone.utc)
server.set_clock(start)

# A plan is read as it was written, with what AWS Backup says where nothing is said.
token = {'CreatorRequestId': uuid.uuid4().hex}
first = made(rule(), rule('whole', **{
    'ScheduleExpression': 'cron(30 2 ? * SUN,WED *)', 'ScheduleExpressionTimezone': 'Europe/Berlin',
    'StartWindowMinutes': 60, 'CompletionWindowMinutes': 180, 'EnableContinuousBackup': False,
    'Lifecycle': {'DeleteAfterDays': 120, 'MoveToColdStorageAfterDays': 30},
    'RecoveryPointTags': {'team': 'a'}, 'CopyActions': [
        {'DestinationBackupVaultArn': vault_arn('far', FAR), 'Lifecycle': {'DeleteAfterDays': 9}}],
}), name='first', BackupPlanTags={'cost': '7'}, **token)
plan, arn = first['BackupPlanId'], first['BackupPlanArn']
equal(arn, f'arn:aws:backup:us-east-1:{ACCOUNT}:backup-plan:{plan}', 'its ARN has its id')
found = shown(plan)
rules = {it['RuleName']: it for it in found['BackupPlan']['Rules']}
equal((found['BackupPlan']['BackupPlanName'], found['VersionId'], found['CreatorRequestId']),
      ('first', first['VersionId'], token['CreatorRequestId']), 'a plan is read')
nightly = rules['nightly']
equal({it: nightly[it] for it in nightly if it != 'RuleId'},
      {**rule(), 'ScheduleExpressionTimezone': 'Etc/UTC', 'StartWindowMinutes': 480,
       'CompletionWindowMinutes': 10080, 'EnableContinuousBackup': False},
      'a rule has the windows of AWS')
equal(rules['whole']['CopyActions'],
      [{'DestinationBackupVaultArn': vault_arn('far', FAR), 'Lifecycle': {'DeleteAfterDays': 9}}],
      'and its copies')
equal(shown(made({'RuleName': 'r', 'TargetBackupVaultName': 'Default'})['BackupPlanId'])
      ['BackupPlan']['Rules'][0]['ScheduleExpression'], 'cron(0 5 ? * * *)',
      'a rule without a schedule has that of AWS')
runs = shown(plan, MaxScheduledRunsPreview=3)['ScheduledRunsPreview']
equal([it['ExecutionTime'] for it in runs],
      [start.replace(day=5, hour=5), start.replace(day=6, hour=1, minute=30),
       start.replace(day=6, hour=5)], 'the next runs are told, in the time of their places')

# The same request twice is one plan, and so is the same document.
twice = made(rule(), name='twice', CreatorRequestId='once')
equal(made(rule(), name='twice', CreatorRequestId='once')['BackupPlanId'], twice['BackupPlanId'],
      'a repeat answers with the first plan')
error = raises(lambda: made(rule(), name='twice'), exists, 'the same document is one plan')
equal(error.response['Arn'], twice['BackupPlanArn'], 'which is named')
raises(lambda: made(rule('other'), name='twice', CreatorRequestId='once'), exists,
       'a token is that of one plan')

# What is not served is refused, and what means nothing.
for more in [{'EnableContinuousBackup': True}, {'IndexActions': [{'ResourceTypes': ['EBS']}]},
             {'ScanActions': [{'MalwareScanner': 'GUARDDUTY', 'ScanMode': 'FULL_SCAN'}]},
             {'TargetLogicallyAirGappedBackupVaultArn': vault_arn('gap')},
             {'Lifecycle': {'DeleteAfterEvent': 'DELETE_AFTER_COPY'}}]:
    raises(lambda: made(rule(**more)), invalid, f'{min(more)} is refused', 'not supported')
raises(lambda: backup.create_backup_plan(BackupPlan={
    'BackupPlanName': 'vss', 'Rules': [rule()], 'AdvancedBackupSettings': [
        {'ResourceType': 'EC2', 'BackupOptions': {'WindowsVSS': 'enabled'}}]}), invalid,
       'AdvancedBackupSettings are refused', 'not supported')
for more, words in [({'ScheduleExpression': 'cron(0 5 * * *)'}, 'six'),
                    ({'ScheduleExpression': 'rate(1 minute)'}, 'hourly'),
                    ({'ScheduleExpressionTimezone': 'Mars/Olympus'}, 'IANA'),
                    ({'StartWindowMinutes': 59}, 'StartWindowMinutes'),
                    ({'TargetBackupVaultName': 'a b'}, 'TargetBackupVaultName'),
                    ({'RecoveryPointTags': {'aws:x': ''}}, 'aws:'),
                    ({'CopyActions': [{'DestinationBackupVaultArn': 'far'}]}, 'DestinationBackup')]:
    raises(lambda: made(rule(**more)), invalid, f'{more} is refused', words)
error = raises(lambda: made(rule(Lifecycle={'DeleteAfterDays': 5, 'MoveToColdStorageAfterDays': 1})),
               invalid, 'a lifecycle that contradicts itself is refused')
equal(error.response['Code'], 'ERROR_3015', 'by its number')
raises(lambda: made(), invalid, 'a plan has rules')

# Versions.
update = {'BackupPlanId': plan, 'BackupPlan': {'BackupPlanName': 'first', 'Rules': [
    rule(ScheduleExpression='cron(0 6 * * ? *)')]}}
versions = [first['VersionId'], backup.update_backup_plan(**update)['VersionId']]
ok(versions[0] != versions[1], 'a plan that changes has another version')
equal(shown(plan)['BackupPlan']['Rules'][0]['RuleId'], nightly['RuleId'], 'a rule keeps its id')
equal(len(shown(plan, VersionId=versions[0])['BackupPlan']['Rules']), 2, 'the first one is there')
pages = backup.get_paginator('list_backup_plan_versions').paginate(
    BackupPlanId=plan, PaginationConfig={'PageSize': 1})
equal([it['VersionId'] for page in pages for it in page['BackupPlanVersionsList']], versions,
      'all versions are listed')
raises(lambda: shown(plan, VersionId='x'), gone, 'what is no version is not there')
raises(lambda: shown('x'), gone, 'what is no plan is not there')

# Tags.
equal(backup.list_tags(ResourceArn=arn)['Tags'], {'cost': '7'}, 'a plan has tags')
backup.tag_resource(ResourceArn=arn, Tags={'team': 'a'})
backup.untag_resource(ResourceArn=arn, TagKeyList=['cost'])
equal(backup.list_tags(ResourceArn=arn)['Tags'], {'team': 'a'}, 'which change')

# Selections.
there = f'arn:aws:fsx:us-east-1:{ACCOUNT}:file-system/*'
raises(lambda: selected(plan), invalid, 'a selection of nothing is refused')
raises(lambda: selected(plan, 'vol-1'), invalid, 'what is no ARN is refused', 'vol-1')
raises(lambda: selected(plan, f'arn:aws:sns:us-east-1:{ACCOUNT}:t'), invalid,
       'what nobody can back up is refused')
raises(lambda: selected(str(uuid.uuid4()), '*'), invalid, 'a selection has a plan',
       'Cannot find Backup plan')
conditions = {'StringEquals': [{'ConditionKey': 'aws:ResourceTag/a', 'ConditionValue': 'b'}],
              'StringNotLike': [{'ConditionKey': 'aws:ResourceTag/c', 'ConditionValue': 'd*'}],
              'StringNotEquals': [], 'StringLike': []}
tag = {'ConditionType': 'STRINGEQUALS', 'ConditionKey': 'backup', 'ConditionValue': 'daily'}
one = selected(plan, there, NotResources=[RESOURCE], ListOfTags=[tag], Conditions=conditions)
two = selected(plan, RESOURCE)
key = {'BackupPlanId': plan, 'SelectionId': one['SelectionId']}
found = backup.get_backup_selection(**key)
equal(found['BackupSelection'],
      {'SelectionName': 'these', 'IamRoleArn': ROLE, 'Resources': [there],
       'NotResources': [RESOURCE], 'ListOfTags': [tag], 'Conditions': conditions},
      'a selection is read as it was written')
pages = backup.get_paginator('list_backup_selections').paginate(
    BackupPlanId=plan, PaginationConfig={'PageSize': 1})
equal([it['SelectionId'] for page in pages for it in page['BackupSelectionsList']],
      [one['SelectionId'], two['SelectionId']], 'and listed')
raises(lambda: backup.delete_backup_plan(BackupPlanId=plan), refused,
       'a plan with selections is not deleted', 'must be deleted prior')
for it in (one, two):
    backup.delete_backup_selection(BackupPlanId=plan, SelectionId=it['SelectionId'])
raises(lambda: backup.get_backup_selection(**key), gone, 'a selection that was deleted is gone')
raises(lambda: backup.delete_backup_selection(**key), gone, 'also for whoever deletes it again')
ok('DeletionDate' in backup.delete_backup_plan(BackupPlanId=plan), 'without them it is')
raises(lambda: shown(plan), gone, 'it is gone')
raises(lambda: backup.list_tags(ResourceArn=arn), gone, 'with its tags')
ok('DeletionDate' in shown(plan, VersionId=versions[0]), 'whoever knows its version sees when')
ok(plan not in [it['BackupPlanId'] for it in plans()], 'it is not listed')
ok(plan in [it['BackupPlanId'] for it in plans(IncludeDeleted=True)], 'but to whoever asks')

# A plan that runs: a directory, a volume that --dev makes up, and a vault that is not there.
path = os.path.join(scratch, 'source')
os.mkdir(path)
with open(os.path.join(path, 'letter'), 'w') as file:
    file.write('dear heirs')
resource = sexton('source', 'add', '--type', 'fsx', '--path', path).strip()
far = server.client(FAR)
far.create_backup_vault(BackupVaultName='far')
copies = [{'DestinationBackupVaultArn': vault_arn('far', FAR), 'Lifecycle': {'DeleteAfterDays': 9}}]
running = made(rule('daily', StartWindowMinutes=60, CompletionWindowMinutes=180,
                    Lifecycle={'DeleteAfterDays': 40}, RecoveryPointTags={'made': 'by plan'},
                    CopyActions=copies),
               rule('lost', TargetBackupVaultName='nowhere'), name='running')
plan = running['BackupPlanId']
selected(plan, resource, RESOURCE)
server.set_clock(start + DAY - 8 * HOUR)
equal(jobs(plan), [], 'nothing is made before its time')
server.set_clock(start.replace(day=5, hour=5) + datetime.timedelta(minutes=1))
poll(lambda: len(jobs(plan)) == 4 and len(jobs(plan, 'COMPLETED')) == 2, 'at its time it runs')
for job in jobs(plan, 'COMPLETED'):
    by = job['CreatedBy']
    equal((by['BackupPlanArn'], by['BackupPlanVersion'], by['BackupRuleName'], by['BackupRuleCron']),
          (running['BackupPlanArn'], running['VersionId'], 'daily', 'cron(0 5 * * ? *)'),
          'a job tells by which rule it was made')
    equal((job['IamRoleArn'], job['BackupVaultName']), (ROLE, 'Default'), 'with the role')
    equal(backup.describe_backup_job(BackupJobId=job['BackupJobId'])['CreatedBy'], by,
          'and so does its description')
failed = jobs(plan, 'FAILED')
equal({it['ResourceArn'] for it in failed}, {resource, RESOURCE}, 'what cannot be made fails')
equal({it['StatusMessage'] for it in failed}, {'Backup vault nowhere was not found.'},
      'and says why')
kept = points(plan)
equal({it['ResourceArn'] for it in kept}, {resource, RESOURCE}, 'points are found by their plan')
equal(points(str(uuid.uuid4())), [], 'and others are not')
for point in kept:
    arn = point['RecoveryPointArn']
    described = backup.describe_recovery_point(BackupVaultName='Default', RecoveryPointArn=arn)
    equal(described['CreatedBy']['BackupPlanId'], plan, 'a point tells which plan made it')
    equal(described['Lifecycle'], {'DeleteAfterDays': 40}, 'and has the lifecycle of the rule')
    equal(backup.list_tags(ResourceArn=arn)['Tags'], {'made': 'by plan'}, 'and its tags')
equal(shown(plan)['LastExecutionDate'], start.replace(day=5, hour=5), 'when it ran is told')


def copied():
    found = backup.list_copy_jobs()['CopyJobs']
    return [it for it in found if it['State'] == 'COMPLETED']


poll(lambda: len(copied()) == 2, 'copies follow')
equal({it['CreatedBy']['BackupPlanId'] for it in copied()}, {plan}, 'which the plan made')
equal({it['DestinationRecoveryPointLifecycle']['DeleteAfterDays'] for it in copied()}, {9},
      'with a lifecycle of their own')

# A server that is killed makes nothing twice.
server.end()
server = Server()
backup = server.client()
server.set_clock(start.replace(day=5, hour=5) + datetime.timedelta(minutes=50))
equal(len(jobs(plan)), 4, 'nothing is made twice')
# Days later one run is made up for, the last one, and only within its window.
server.set_clock(start.replace(day=9, hour=5) + datetime.timedelta(minutes=30))
poll(lambda: len(jobs(plan, 'COMPLETED')) == 4, 'what was missed is run once')
equal(len(points(plan)), 4, 'and no more')

# Every call asks for its right, and leaves an event.


def user(name, *statements):
    """A client of a user who may do what these say."""
    policy = os.path.join(scratch, name)
    with open(policy, 'w') as file:
        json.dump({'Version': '2012-10-17', 'Statement': list(statements)}, file)
    sexton('user', 'add', name, '--policy', policy)
    parsed = configparser.ConfigParser()
    parsed.read_string(sexton('key', 'add', name))
    section = parsed[parsed.sections()[0]]
    return server.client(key=section['aws_access_key_id'], secret=section['aws_secret_access_key'])


def allowed(actions, resource):
    return {'Effect': 'Allow', 'Action': actions, 'Resource': resource}


arn = running['BackupPlanArn']
reader = user('reader', allowed(['backup:GetBackupPlan', 'backup:CreateBackupSelection'], arn))
equal(reader.get_backup_plan(BackupPlanId=plan)['BackupPlanId'], plan, 'whoever may read it does')
order = {'SelectionName': 'mine', 'IamRoleArn': ROLE, 'Resources': ['*']}
raises(lambda: reader.create_backup_selection(BackupPlanId=plan, BackupSelection=order),
       'AccessDeniedException', 'a role must be passed', 'iam:PassRole', status=403)
other = made(rule('other'))['BackupPlanId']
for what, given in [
        ('create_backup_plan', {'BackupPlan': {'BackupPlanName': 'p', 'Rules': [rule()]}}),
        ('get_backup_plan', {'BackupPlanId': other}), ('list_backup_plans', {}),
        ('update_backup_plan', update), ('delete_backup_plan', {'BackupPlanId': plan}),
        ('list_backup_plan_versions', {'BackupPlanId': plan}),
        ('list_backup_selections', {'BackupPlanId': plan}),
        ('get_backup_selection', key), ('delete_backup_selection', key),
        ('tag_resource', {'ResourceArn': arn, 'Tags': {'a': 'b'}}),
        ('list_tags', {'ResourceArn': arn})]:
    raises(lambda: getattr(reader, what)(**given), 'AccessDeniedException', f'{what} is denied',
           'no identity-based policy allows', status=403)
events = [json.loads(line) for line in sexton('audit', 'export').splitlines()]
told = {it['eventName'] for it in events}
equal({'PlanChanged', 'PlanDue', 'PlanRan', 'PlannedJobFailed'} - told, set(), 'the trail tells')
equal({it['serviceEventDetails']['change'] for it in events if it['eventName'] == 'PlanChanged'},
      {'created', 'updated', 'deleted', 'selection_added', 'selection_removed', 'tagged'},
      'of every change')
ok('DeleteBackupPlan' in told, 'and of what was refused')

# What a plan made is deleted like all else.
arns = [it['RecoveryPointArn'] for it in points(plan)]
env = {**os.environ, 'AWS_ENDPOINT_URL': server.url, 'AWS_ACCESS_KEY_ID': 'test',
       'AWS_SECRET_ACCESS_KEY': 'test', 'AWS_REGION': 'us-east-1'}
ended = subprocess.run([os.environ['SEXTON_BIN'], 'delete', '--vault', 'Default', '--yes', *arns],
                       capture_output=True, text=True, env=env)
equal(ended.returncode, 0, 'sexton delete proves that they are gone')
equal(points(plan), [], 'they are')
count = len(plans())
server.end()
listed = sexton('realm', 'list')
ok(f'{ACCOUNT}/us-east-1\t' in listed and f', {count} backup plans' in listed,
   'a realm tells how many plans it has', (count, listed))
model.covered(PLANS)
done()
