#!/usr/bin/env python3
"""Regions and accounts of one server have nothing to do with each other.
usage: realms.py ENDPOINT_URL   (of `serve --dev --dev-key other:hush@210987654321`)"""
import os
import subprocess

import boto3
from botocore.config import Config

from checks import RESOURCE, ROLE, asked, done, ok, raises, sexton
from served import back_up, client, post, url, wait

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

wait(lambda: asked('certificate', points['far']).returncode == 0)
ok(points['far'] in sexton('certificate', points['far']),
   'a certificate is found in the region of its ARN')
ok(points['far'] in sexton('certificate', 'export'), 'and exported with those of its account')
ok(sexton('certificate', 'export', '--vault', 'twin') == '', 'by vault in one region alone')
role = 'arn:aws:iam::123456789012:role/R'
sexton('role', 'set', role, '--status', 'denied')


def as_other(*words):
    """`sexton` with WORDS and the access key of the other account."""
    env = {name: value for name, value in os.environ.items() if not name.startswith('SEXTON_')}
    env.update(AWS_ACCESS_KEY_ID='other', AWS_SECRET_ACCESS_KEY='hush')
    ran = subprocess.run([os.environ['SEXTON_BIN'], *words, '--endpoint-url', url], env=env,
                         capture_output=True, text=True)
    return ran.returncode, ran.stdout


ok(as_other('certificate', 'export') == (0, ''), 'another account is shown none of it')
ok(as_other('role', 'list') == (0, ''), 'nor roles')
ok(as_other('role', 'set', role, '--status', 'permitted') == (5, ''), 'nor may it set them')
ok(as_other('certificate', points['far']) == (5, ''), 'nor has it the certificate')
post('/_sexton/dev/reset', {'world': 'empty'})
ok([vaults(it) for it in (here, far, other)] == [[], [], []], 'a reset is for all')
done()
