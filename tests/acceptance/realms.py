#!/usr/bin/env python3
"""Regions and accounts of one server have nothing to do with each other.
usage: realms.py ENDPOINT_URL   (of `serve --dev --dev-key other:hush@210987654321`)"""
import boto3
from botocore.config import Config

from checks import RESOURCE, ROLE, done, ok, raises
from served import back_up, client, post

FAR = 'ap-south-1'
here, far = client(), client(region_name=FAR)
other = client(aws_access_key_id='other', aws_secret_access_key='hush')


def vaults(backup):
    return [vault['BackupVaultName'] for vault in backup.list_backup_vaults()['BackupVaultList']]


ok(vaults(far) == ['Default'], 'a region that nobody wrote to has its vault Default')
ok(f':{FAR}:' in far.describe_backup_vault(BackupVaultName='Default')['BackupVaultArn'],
   'which has an ARN of that region')
ok(far.describe_backup_vault(BackupVaultName='Default')['NumberOfRecoveryPoints'] == 0,
   'and is empty')
raises(lambda: far.create_backup_vault(BackupVaultName='Default'), 'AlreadyExistsException',
       'and its name is taken')
for backup in (here, far, other):
    backup.create_backup_vault(BackupVaultName='twin')
points = {}
for name, backup, resource in [
    ('here', here, RESOURCE), ('far', far, RESOURCE.replace('us-east-1', FAR)),
    ('other', other, RESOURCE.replace('123456789012', '210987654321')),
]:
    points[name] = back_up(backup, 'twin', resource)['RecoveryPointArn']
ok(f':{FAR}:' in points['far'], 'what is made has an ARN of its region')


def listed(backup):
    page = backup.list_recovery_points_by_backup_vault(BackupVaultName='twin')
    return [point['RecoveryPointArn'] for point in page['RecoveryPoints']]


ok([listed(it) for it in (here, far, other)] == [[points[it]] for it in ('here', 'far', 'other')],
   'three vaults of one name list three points')
ok(all(len(it.list_backup_jobs()['BackupJobs']) == 1 for it in (here, far, other)),
   'and jobs are listed where they were begun')
job = far.list_backup_jobs()['BackupJobs'][0]['BackupJobId']
raises(lambda: here.describe_backup_job(BackupJobId=job), 'ResourceNotFoundException',
       'a job of another region is not found')
for backup in (here, other):
    raises(lambda: backup.describe_recovery_point(
        BackupVaultName='twin', RecoveryPointArn=points['far']), 'ResourceNotFoundException',
        'nor is a point')
    raises(lambda: backup.delete_recovery_point(
        BackupVaultName='twin', RecoveryPointArn=points['far']), 'ResourceNotFoundException',
        'which cannot be deleted from there')
    raises(lambda: backup.start_restore_job(
        RecoveryPointArn=points['far'], IamRoleArn=ROLE, Metadata={}),
        'ResourceNotFoundException', 'nor restored')
token = {'BackupVaultName': 'twin', 'IamRoleArn': ROLE, 'IdempotencyToken': 'once'}
ok(here.start_backup_job(ResourceArn=RESOURCE, **token)['BackupJobId']
   != far.start_backup_job(ResourceArn=RESOURCE, **token)['BackupJobId'],
   'an idempotency token is known where it was used')
page = here.list_backup_vaults(MaxResults=1)['NextToken']
raises(lambda: far.list_backup_vaults(MaxResults=1, NextToken=page),
       'InvalidParameterValueException', 'a page token goes on in its region alone')
account = boto3.client('sts', aws_access_key_id='other', aws_secret_access_key='hush',
                       config=Config(retries={'total_max_attempts': 1}))
ok(account.get_caller_identity()['Account'] == '210987654321', 'an access key tells its account')
raises(lambda: client(region_name='nowhere').list_backup_vaults(), 'InvalidSignatureException',
       'what is no region is refused', status=403)
far.delete_recovery_point(BackupVaultName='twin', RecoveryPointArn=points['far'])
ok(points['here'] in listed(here) and listed(other) == [points['other']],
   'a deletion touches nothing elsewhere')
post('/_sexton/dev/reset', {'world': 'empty'})
ok([vaults(it) for it in (here, far, other)] == [[], [], []], 'a reset is for all')
done()
