#!/usr/bin/env python3
"""Logically air-gapped vaults with boto3: they take copies alone, and nobody deletes from them.
usage: air_gapped.py ENDPOINT_URL      the server must be `sexton serve --dev`"""
import json
import os
import subprocess
import urllib.request

import boto3
from botocore.config import Config

from checks import RESOURCE, ROLE, aws_env, done, endpoint, equal, ok, poll, raises
import model

url = endpoint()
aws_env(url)
backup = model.watch(boto3.client('backup', config=Config(
    retries={'total_max_attempts': 1}, parameter_validation=False, read_timeout=300)))
NAME, DAYS = 'island', {'MinRetentionDays': 7, 'MaxRetentionDays': 30}
invalid, refused = 'InvalidParameterValueException', 'InvalidRequestException'


def create(name=NAME, **more):
    return backup.create_logically_air_gapped_backup_vault(
        BackupVaultName=name, **{**DAYS, **more})


def advance(days):
    body = json.dumps({'advance_seconds': days * 86_400}).encode()
    urllib.request.urlopen(f'{url}/_sexton/dev/clock', data=body).read()


made = create(CreatorRequestId='first', BackupVaultTags={'team': 'a'})
ok(made['BackupVaultArn'].endswith(f':backup-vault:{NAME}'), 'a vault is made')
equal(made['VaultState'], 'AVAILABLE', 'and is there at once')
equal(create(CreatorRequestId='first', BackupVaultTags={'team': 'a'})['CreationDate'],
      made['CreationDate'], 'the same request makes no other')
raises(create, 'AlreadyExistsException', 'nor does another one')
raises(lambda: create(CreatorRequestId='first', MaxRetentionDays=31, BackupVaultTags={'team': 'a'}),
       'AlreadyExistsException', 'nor one that differs')
raises(lambda: backup.create_backup_vault(BackupVaultName=NAME), 'AlreadyExistsException',
       'its name is taken for plain ones too')
for days, words in [({'MinRetentionDays': 6}, 'MinRetentionDays must be between 7'),
                    ({'MaxRetentionDays': 36_501}, 'MaxRetentionDays must be between 7'),
                    ({'MinRetentionDays': 31}, 'must not be greater')]:
    raises(lambda days=days: create('other', **days), invalid, f'{days} is refused', words)
raises(lambda: backup.create_logically_air_gapped_backup_vault(
    BackupVaultName='other', MinRetentionDays=7), 'MissingParameterValueException',
    'both are needed')

shown = backup.describe_backup_vault(BackupVaultName=NAME)
equal({name: shown.get(name) for name in ('VaultType', 'Locked', 'LockDate', *DAYS)},
      {'VaultType': 'LOGICALLY_AIR_GAPPED_BACKUP_VAULT', 'Locked': True, 'LockDate': None, **DAYS},
      'it is locked from the first moment on')
for kind, there in [('LOGICALLY_AIR_GAPPED_BACKUP_VAULT', True), ('BACKUP_VAULT', False)]:
    listed = backup.list_backup_vaults(ByVaultType=kind)['BackupVaultList']
    equal(NAME in [it['BackupVaultName'] for it in listed], there, f'lists of {kind} say so')

vault = {'BackupVaultName': NAME}
raises(lambda: backup.delete_backup_vault_lock_configuration(**vault), refused,
       'nobody removes the lock', 'logically air-gapped')
raises(lambda: backup.put_backup_vault_lock_configuration(**vault, MinRetentionDays=1), refused,
       'or changes it', 'logically air-gapped')
raises(lambda: backup.start_backup_job(**vault, ResourceArn=RESOURCE, IamRoleArn=ROLE,
                                       Lifecycle={'DeleteAfterDays': 7}),
       refused, 'no backup is made into it', 'takes copies alone')


def copied(**more):
    """A copy of a new backup, as it ended."""
    job = backup.start_backup_job(BackupVaultName='Default', ResourceArn=RESOURCE, IamRoleArn=ROLE)
    poll(lambda: backup.describe_backup_job(BackupJobId=job['BackupJobId'])['State'] == 'COMPLETED',
         'there is a backup')
    copy = backup.start_copy_job(
        RecoveryPointArn=job['RecoveryPointArn'], SourceBackupVaultName='Default',
        DestinationBackupVaultArn=made['BackupVaultArn'], IamRoleArn=ROLE, **more)['CopyJobId']

    def ended():
        found = backup.describe_copy_job(CopyJobId=copy)['CopyJob']
        return found if found['State'] in ('COMPLETED', 'FAILED') else None
    return poll(ended, 'a copy ends')


for life, words in [({}, 'for ever'), ({'DeleteAfterDays': 6}, 'shorter'),
                    ({'DeleteAfterDays': 31}, 'longer')]:
    found = copied(**({'Lifecycle': life} if life else {}))
    ok(found['State'] == 'FAILED' and words in found['StatusMessage'],
       f'a copy with the lifecycle {life} is not let in', found)
copy = copied(Lifecycle={'DeleteAfterDays': 7})
equal(copy['State'], 'COMPLETED', 'one that keeps to it is')
point = copy['DestinationRecoveryPointArn']
ok(':recovery-point:' in point and point.startswith('arn:aws:backup:'),
   'what is in such a vault is named by AWS Backup', point)
held = {**vault, 'RecoveryPointArn': point}
equal(backup.describe_recovery_point(**held)['VaultType'], 'LOGICALLY_AIR_GAPPED_BACKUP_VAULT',
      'and shown with the kind of its vault')
of_resource = backup.list_recovery_points_by_resource(ResourceArn=RESOURCE)['RecoveryPoints']
equal({it['VaultType'] for it in of_resource if it['BackupVaultName'] == NAME},
      {'LOGICALLY_AIR_GAPPED_BACKUP_VAULT'}, 'also by its resource')
equal({it['VaultType'] for it in of_resource if it['BackupVaultName'] == 'Default'},
      {'BACKUP_VAULT'}, 'and others with theirs')
raises(lambda: backup.delete_recovery_point(**held), refused, 'nobody deletes it',
       'configured with Lock')
raises(lambda: backup.update_recovery_point_lifecycle(**held, Lifecycle={'DeleteAfterDays': 1}),
       refused, 'or has it go sooner')
raises(lambda: backup.delete_backup_vault(**vault), refused, 'nor is the vault removed with it')
ended = subprocess.run([os.environ['SEXTON_BIN'], 'delete', '--vault', NAME, '--yes',
                        '--endpoint-url', url, point], capture_output=True, text=True)
ok(ended.returncode == 5 and 'logically air-gapped' in ended.stdout + ended.stderr,
   'sexton delete says so and asks nothing', ended)
advance(8)
poll(lambda: not backup.list_recovery_points_by_backup_vault(**vault)['RecoveryPoints'],
     'it goes by its own lifecycle')
backup.delete_backup_vault(**vault)
raises(lambda: backup.describe_backup_vault(**vault), 'ResourceNotFoundException',
       'an empty vault can be removed')
done()
