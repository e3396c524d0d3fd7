#!/usr/bin/env python3
"""boto3 as people use it: create, list, delete, verify. usage: boto3_flow.py ENDPOINT_URL"""
import datetime
import uuid

from checks import EXPIRED_ROLE, RESOURCE, ROLE, aws_env, done, endpoint, equal, ok, poll, raises

url = endpoint()
aws_env(url)
import boto3  # noqa: E402  (after the environment)

backup = boto3.client('backup')
equal(backup.meta.endpoint_url, url, 'AWS_ENDPOINT_URL is honoured')
vault = 'v-' + uuid.uuid4().hex[:12]
key = {'BackupVaultName': vault}


def points():
    pages = backup.get_paginator('list_recovery_points_by_backup_vault').paginate(
        **key, PaginationConfig={'PageSize': 1})
    return [point['RecoveryPointArn'] for page in pages for point in page['RecoveryPoints']]


def backed_up(role=ROLE):
    job = backup.start_backup_job(**key, ResourceArn=RESOURCE, IamRoleArn=role,
                                  StartWindowMinutes=60, Lifecycle={'DeleteAfterDays': 14})
    ok(job.get('BackupJobId') and isinstance(job.get('CreationDate'), datetime.datetime),
       'StartBackupJob answers BackupJobId and a CreationDate', job)

    def completed():
        found = backup.describe_backup_job(BackupJobId=job['BackupJobId'])
        return found if found['State'] == 'COMPLETED' else None
    return poll(completed, 'the job reaches COMPLETED')['RecoveryPointArn']


made = backup.create_backup_vault(**key)
ok(made['BackupVaultName'] == vault and made['BackupVaultArn'].endswith(':backup-vault:' + vault)
   and isinstance(made['CreationDate'], datetime.datetime), 'CreateBackupVault', made)
ok(made['ResponseMetadata'].get('RequestId'), 'x-amzn-requestid is sent', made)
error = raises(lambda: backup.create_backup_vault(**key), 'AlreadyExistsException',
               'a second CreateBackupVault fails')
ok(isinstance(error, backup.exceptions.AlreadyExistsException) and error.response.get('Arn'),
   'the modelled AlreadyExistsException carries Arn', error)

first, second = backed_up(), backed_up()
ok(first != second, 'two recovery points', (first, second))
equal(set(points()), {first, second}, 'ListRecoveryPointsByBackupVault pages over both')
point = backup.describe_recovery_point(**key, RecoveryPointArn=first)
ok(point['RecoveryPointArn'] == first and point['Status'] == 'COMPLETED',
   'DescribeRecoveryPoint', point)
raises(lambda: backup.delete_backup_vault(**key), 'InvalidRequestException',
       'a vault that holds recovery points cannot be deleted')
answer = backup.delete_recovery_point(**key, RecoveryPointArn=first)
metadata = answer.pop('ResponseMetadata')
ok(not answer and metadata['HTTPStatusCode'] == 200
   and metadata['HTTPHeaders'].get('content-length', '0') == '0',
   'DeleteRecoveryPoint: HTTP 200, empty body', metadata)
poll(lambda: first not in points(), 'a deleted recovery point leaves the list')
ok(second in points(), 'the other one stays')
raises(lambda: backup.describe_recovery_point(**key, RecoveryPointArn=first),
       'ResourceNotFoundException', 'DescribeRecoveryPoint after the deletion')
error = raises(lambda: backup.delete_recovery_point(**key, RecoveryPointArn=first),
               'ResourceNotFoundException', 'a second DeleteRecoveryPoint', status=400)
ok(isinstance(error, backup.exceptions.ResourceNotFoundException)
   and error.response['Error'].get('Message'), 'modelled, with a message', error)
raises(lambda: backup.delete_recovery_point(BackupVaultName=vault + '-none',
                                            RecoveryPointArn=second),
       'ResourceNotFoundException', 'an unknown vault')
try:
    backup.delete_recovery_point(**key, RecoveryPointArn='')
    ok(False, 'an empty ARN is refused (DELETE .../recovery-points/)')
except Exception as error:
    ok(True, 'an empty ARN is refused: ' + type(error).__name__)
ok(second in points(), 'the empty ARN deleted nothing')

stuck = backed_up(EXPIRED_ROLE)
answer = backup.delete_recovery_point(**key, RecoveryPointArn=stuck)
equal(answer['ResponseMetadata']['HTTPStatusCode'], 200, 'a denied role: still HTTP 200')
point = poll(lambda: (lambda it: it if it['Status'] == 'EXPIRED' else None)(
    backup.describe_recovery_point(**key, RecoveryPointArn=stuck)), 'and the point is EXPIRED')
ok('does not have permission' in point['StatusMessage'], 'with a StatusMessage', point)
ok(stuck in points(), 'and still listed')

backup.delete_recovery_point(**key, RecoveryPointArn=second)
poll(lambda: points() == [stuck], 'the second recovery point is gone')
empty = {'BackupVaultName': vault + '-e'}
backup.create_backup_vault(**empty)
equal(backup.delete_backup_vault(**empty)['ResponseMetadata']['HTTPStatusCode'], 200,
      'DeleteBackupVault of an empty vault')
raises(lambda: backup.describe_backup_vault(**empty), 'ResourceNotFoundException',
       'the vault is gone')
identity = boto3.client('sts').get_caller_identity()
ok(identity.get('Arn') and identity.get('Account'), 'STS GetCallerIdentity', identity)
done()
