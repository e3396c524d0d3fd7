#!/usr/bin/env python3
"""Copies of recovery points with boto3: to another vault, region and account; what they hold
meanwhile, what they are afterwards, and what a killed server leaves of one.
usage: copies.py      env: SEXTON_BIN the program"""
import datetime
import json
import os
import uuid

import boto3
from botocore.config import Config

from checks import ROLE, asked, done, equal, ok, poll, raises, sexton
import model
import process
from process import data, scratch
import tree

FAR, OTHER = 'eu-west-1', '210987654321'
refused, invalid = 'InvalidRequestException', 'InvalidParameterValueException'
gone, busy = 'ResourceNotFoundException', 'InvalidResourceStateException'
SIZE = 24 << 20
HOUR = datetime.timedelta(hours=1)


class Server(process.Server):
    def __init__(self):
        super().__init__('--dev', '--dev-key', f'other:hush@{OTHER}')
        self.ready()
        self.here = self.client()
        self.far = self.client(region_name=FAR)
        self.other = self.client(aws_access_key_id='other', aws_secret_access_key='hush')

    def client(self, **options):
        config = Config(parameter_validation=False, retries={'total_max_attempts': 1},
                        read_timeout=300)
        known = {'endpoint_url': self.url, 'aws_access_key_id': 'test',
                 'aws_secret_access_key': 'test', 'region_name': 'us-east-1', **options}
        return model.watch(boto3.client('backup', config=config, **known))


def vault_arn(name, region='us-east-1', account='123456789012'):
    return f'arn:aws:backup:{region}:{account}:backup-vault:{name}'


def ended(backup, job):
    def look():
        found = backup.describe_copy_job(CopyJobId=job)['CopyJob']
        return found if found['State'] in ('COMPLETED', 'FAILED') else None
    return wait(look)


def wait(look):
    return poll(look, 'it ends', step=0.01)


def backed_up(backup, resource, vault='Default', **more):
    job = backup.start_backup_job(BackupVaultName=vault, ResourceArn=resource, IamRoleArn=ROLE,
                                  **more)
    state = wait(lambda: (lambda it: it if it != 'RUNNING' else None)(
        backup.describe_backup_job(BackupJobId=job['BackupJobId'])['State']))
    equal(state, 'COMPLETED', 'a backup is made')
    return job['RecoveryPointArn']


def start(backup, point, destination, source='Default', **more):
    order = {'RecoveryPointArn': point, 'SourceBackupVaultName': source, 'IamRoleArn': ROLE,
             'DestinationBackupVaultArn': destination, **more}
    return backup.start_copy_job(**order)


def copied(backup, point, destination, **more):
    job = ended(backup, start(backup, point, destination, **more)['CopyJobId'])
    equal((job['State'], job.get('StatusMessage')), ('COMPLETED', None), 'the copy is complete')
    return job


def restored_is(backup, point, path, what):
    job = backup.start_restore_job(RecoveryPointArn=point, Metadata={}, IamRoleArn=ROLE)
    found = wait(lambda: (lambda it: it if it['Status'] != 'RUNNING' else None)(
        backup.describe_restore_job(RestoreJobId=job['RestoreJobId'])))
    if not ok(found['Status'] == 'COMPLETED', f'{what}: restored', found):
        return
    made = os.path.join(data, 'restores', job['RestoreJobId'])
    equal(tree.differences(tree.look(made), tree.look(path)), [], f'{what}: the same in every byte')


def described(backup, vault, point):
    return backup.describe_recovery_point(BackupVaultName=vault, RecoveryPointArn=point)


def objects():
    return {os.path.join(folder, name) for folder, _, names in os.walk(os.path.join(data, 'blobs'))
            for name in names if not name.startswith('.')}


server = Server()
here, far, other = server.here, server.far, server.other
path = os.path.join(scratch, 'source')
os.mkdir(path)
with open(os.path.join(path, 'letter'), 'w') as file:
    file.write('dear heirs')
with open(os.path.join(path, 'noise'), 'wb') as file:
    file.write(os.urandom(SIZE))
resource = sexton('source', 'add', '--type', 'fsx', '--path', path).strip()
point = backed_up(here, resource, RecoveryPointTags={'case': 'heirs'})
here.create_backup_vault(BackupVaultName='second')
far.create_backup_vault(BackupVaultName='kept')
other.create_backup_vault(BackupVaultName='theirs')

# To another vault, another region, another account.
token = {'IdempotencyToken': uuid.uuid4().hex}
answer = start(here, point, vault_arn('second'), Lifecycle={'DeleteAfterDays': 40}, **token)
equal(answer['IsParent'], False, 'a copy job is not a parent')
near = ended(here, answer['CopyJobId'])
equal(near['State'], 'COMPLETED', 'a copy to another vault is complete')
again = start(here, point, vault_arn('second'), Lifecycle={'DeleteAfterDays': 40}, **token)
equal(again['CopyJobId'], answer['CopyJobId'], 'a repeat of its token answers with the same job')
raises(lambda: start(here, point, vault_arn('second'), **token), invalid,
       'and not to another order', 'lifecycle')
away = copied(here, point, vault_arn('kept', FAR))
untouched = copied(here, point, vault_arn('Default', 'ap-south-1'))
ok(':ap-south-1:' in untouched['DestinationRecoveryPointArn'],
   'a region that nobody wrote to has its vault Default')
theirs = vault_arn('theirs', account=OTHER)
for vault in ('theirs', 'none'):
    raises(lambda: start(here, point, vault_arn(vault, account=OTHER)), 'AccessDeniedException',
           'a vault of another account must allow it, and nobody is told whether it is there',
           'because no resource-based policy allows the backup:CopyIntoBackupVault action',
           status=403)
other.put_backup_vault_access_policy(BackupVaultName='theirs', Policy=json.dumps({
    'Version': '2012-10-17', 'Statement': [{
        'Effect': 'Allow', 'Principal': {'AWS': 'arn:aws:iam::123456789012:root'},
        'Action': 'backup:CopyIntoBackupVault', 'Resource': '*'}]}))
given = copied(here, point, theirs)
equal(given['AccountId'], '123456789012', 'its job is of the account that asked for it')
equal(other.list_copy_jobs()['CopyJobs'], [], 'and of no other')
raises(lambda: far.describe_copy_job(CopyJobId=away['CopyJobId']), gone,
       'a job is found where it was asked for')

copies = [(here, 'second', near), (far, 'kept', away), (other, 'theirs', given)]
for backup, vault, job in copies:
    arn = job['DestinationRecoveryPointArn']
    found = described(backup, vault, arn)
    equal((found['Status'], found['SourceBackupVaultArn'], found['ResourceArn']),
          ('COMPLETED', vault_arn('Default'), resource), f'the copy in {vault} says what it is of')
    equal(found['BackupSizeInBytes'], job['BackupSizeInBytes'], 'and how large')
    ok(arn != point and arn.startswith('arn:aws:fsx:'), 'it has a name of its own', arn)
    listed = backup.list_recovery_points_by_backup_vault(BackupVaultName=vault)['RecoveryPoints']
    equal([it['RecoveryPointArn'] for it in listed], [arn], 'it is listed in its vault')
    equal(listed[0]['SourceBackupVaultArn'], vault_arn('Default'), 'with where it came from')
    equal(backup.list_tags(ResourceArn=arn)['Tags'], {'case': 'heirs'}, 'it has the tags')
ok('SourceBackupVaultArn' not in described(here, 'Default', point), 'what is no copy says nothing')
equal(described(here, 'second', near['DestinationRecoveryPointArn'])['Lifecycle']
      ['DeleteAfterDays'], 40, 'a copy has its own lifecycle')
equal(len([it for it in objects() if it.endswith('manifest')]), 5, 'each has bytes of its own')
restored_is(far, away['DestinationRecoveryPointArn'], path, 'a copy in another region')
restored_is(other, given['DestinationRecoveryPointArn'], path, 'a copy in another account')

# What listings are narrowed by.


def listed(**filters):
    pages = here.get_paginator('list_copy_jobs').paginate(
        PaginationConfig={'PageSize': 1}, **filters)
    return [job['CopyJobId'] for page in pages for job in page['CopyJobs']]


every = [job['CopyJobId'] for job in (given, untouched, away, near)]
equal(listed(), every, 'copy jobs come newest first, page by page')
equal(listed(ByState='COMPLETED'), every, 'by state')
equal(listed(ByState='FAILED'), [], 'by another state')
equal(listed(ByDestinationVaultArn=theirs), every[:1], 'by the vault that they go to')
equal(listed(ByResourceArn=resource), every, 'by the resource')
equal(listed(ByResourceType='EBS'), [], 'by another type of resource')
equal(listed(BySourceRecoveryPointArn=point), every, 'by what was copied')
early, late = near['CreationDate'] - HOUR, given['CompletionDate'] + HOUR
equal(listed(ByCreatedAfter=early), every, 'by when they were begun')
equal(listed(ByCreatedAfter=late), [], 'none was later')
equal(listed(ByCreatedBefore=late), every, 'or before')
equal(listed(ByCreatedBefore=early), [], 'none was earlier')
equal(listed(ByCompleteAfter=early, ByCompleteBefore=late), every, 'by when they ended')
equal(listed(ByCompleteBefore=early), [], 'none had ended')
equal(listed(ByAccountId=OTHER), [], 'by account')
equal(listed(ByParentJobId='none'), [], 'by parent: there are none')
equal(listed(ByMessageCategory='SUCCESS'), every, 'by category')
raises(lambda: here.list_copy_jobs(ByState='DONE'), invalid, 'a state is one of the model')

# One goes, the others stay.
here.delete_recovery_point(BackupVaultName='Default', RecoveryPointArn=point)
poll(lambda: asked('certificate', point).returncode == 0, 'the original is certified as gone')
statement = json.loads(json.loads(sexton('certificate', point))['statement'])
equal(statement['known_copies'], 4, 'and its certificate counts the copies, in every account')
restored_is(here, near['DestinationRecoveryPointArn'], path, 'a copy whose original is gone')
point = near['DestinationRecoveryPointArn']

# What is not copied.
raises(lambda: start(here, point, vault_arn('Default')), gone, 'a point of another vault')
raises(lambda: start(here, point, vault_arn('second'), source='second'), invalid,
       'into the vault that it is in', 'name another vault')
raises(lambda: start(here, point, vault_arn('none'), source='second'), gone,
       'into a vault that is not there', 'none')
raises(lambda: start(here, point, 'second', source='second'), invalid, 'the ARN is that of a vault')
raises(lambda: start(here, point, vault_arn('kept', FAR), source='none'), gone, 'from no vault')
raises(lambda: start(here, point, vault_arn('kept', FAR), source='second',
                     Lifecycle={'DeleteAfterDays': 0}), invalid, 'with no such lifecycle')
raises(lambda: start(here, point, vault_arn('kept', FAR), source='second',
                     Lifecycle={'DeleteAfterEvent': 'DELETE_AFTER_COPY'}), invalid,
       'nothing is deleted after a copy')
raises(lambda: here.describe_copy_job(CopyJobId=str(uuid.uuid4())), gone, 'no such job')

# Locks, holds and policies.
far.create_backup_vault(BackupVaultName='locked')
far.put_backup_vault_lock_configuration(BackupVaultName='locked', MinRetentionDays=7,
                                        MaxRetentionDays=30)
for days, words in [(6, 'minimum retention of 7 days'), (31, 'maximum retention of 30 days'),
                    (None, 'stays for ever')]:
    lifecycle = {'Lifecycle': {'DeleteAfterDays': days}} if days else {}
    job = ended(here, start(here, point, vault_arn('locked', FAR), source='second',
                            **lifecycle)['CopyJobId'])
    ok(job['State'] == 'FAILED' and words in job['StatusMessage'],
       f'a copy of {days} days does not keep to the lock', job)
    ok('DestinationRecoveryPointArn' not in job, 'and there is none', job)
kept = copied(here, point, vault_arn('locked', FAR), source='second',
              Lifecycle={'DeleteAfterDays': 7})['DestinationRecoveryPointArn']
raises(lambda: far.delete_recovery_point(BackupVaultName='locked', RecoveryPointArn=kept),
       refused, 'a copy in a locked vault is locked', 'configured with Lock')
hold = far.create_legal_hold(
    Title='case', Description='against us',
    RecoveryPointSelection={'VaultNames': ['kept']})['LegalHoldId']
held = copied(here, point, vault_arn('kept', FAR), source='second')['DestinationRecoveryPointArn']
raises(lambda: far.delete_recovery_point(BackupVaultName='kept', RecoveryPointArn=held), refused,
       'a hold of the destination is of the copy', hold)
far.cancel_legal_hold(LegalHoldId=hold, CancelDescription='over')
far.delete_recovery_point(BackupVaultName='kept', RecoveryPointArn=held)


def deny(backup, vault, action):
    backup.put_backup_vault_access_policy(BackupVaultName=vault, Policy=json.dumps({
        'Version': '2012-10-17', 'Statement': [{
            'Effect': 'Deny', 'Principal': '*', 'Action': action, 'Resource': '*'}]}))


for backup, vault, action in [(here, 'second', 'backup:StartCopyJob'),
                              (here, 'second', 'backup:CopyFromBackupVault'),
                              (far, 'kept', 'backup:CopyIntoBackupVault')]:
    deny(backup, vault, action)
    raises(lambda: start(here, point, vault_arn('kept', FAR), source='second'),
           'AccessDeniedException', f'{vault} denies {action}', f'{action} on resource',
           status=403)
    backup.delete_backup_vault_access_policy(BackupVaultName=vault)

# While a copy is made neither goes, and a server that is killed leaves nothing of it.
with open(os.path.join(path, 'more'), 'wb') as file:
    file.write(os.urandom(16 * SIZE))
large = backed_up(here, resource)
before = objects()


def caught():
    """A copy job that still runs after both deletions were asked for."""
    for _ in range(20):
        job = start(here, large, vault_arn('kept', FAR))['CopyJobId']
        arn = here.describe_copy_job(CopyJobId=job)['CopyJob'].get('DestinationRecoveryPointArn')
        answers = []
        for backup, vault, it in [(here, 'Default', large), (far, 'kept', arn)]:
            try:
                backup.delete_recovery_point(BackupVaultName=vault, RecoveryPointArn=it)
                answers.append(None)
            except Exception as error:
                answers.append(error.response['Error']['Code'])
        state = here.describe_copy_job(CopyJobId=job)['CopyJob']['State']
        if state in ('CREATED', 'RUNNING'):
            return job, arn, answers
        poll(lambda: here.list_recovery_points_by_backup_vault(BackupVaultName='Default') or True,
             'another try')
    raise SystemExit('no copy lasted long enough')


job, arn, answers = caught()
equal(answers, [busy, busy], 'neither the original nor the copy goes while it is made')
poll(lambda: here.describe_copy_job(CopyJobId=job)['CopyJob']['State'] == 'RUNNING', 'it runs')
server.end()
server = Server()
here, far, other = server.here, server.far, server.other
found = ended(here, job)
equal((found['State'], found.get('StatusMessage')),
      ('FAILED', 'the server stopped while the copy was running'), 'kill -9 fails the copy')
poll(lambda: 'sexton_erasure_backlog 0' in server.get('/metrics'), 'what it stored goes')
raises(lambda: described(far, 'kept', arn), gone, 'there is no such point')
ok(objects() <= before, 'no byte is left without a record', objects() - before)
restored_is(far, copied(here, large, vault_arn('kept', FAR))['DestinationRecoveryPointArn'], path,
            'the next copy')
here.delete_recovery_point(BackupVaultName='Default', RecoveryPointArn=large)
poll(lambda: 'sexton_erasure_backlog 0' in server.get('/metrics'), 'and the original goes')
model.covered(['StartCopyJob', 'DescribeCopyJob', 'ListCopyJobs'])
done()
