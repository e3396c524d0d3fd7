#!/usr/bin/env python3
"""Every operation that is served, each answer held against botocore's service model.
usage: validate.py ENDPOINT_URL"""
import os
import tempfile
import uuid

from checks import EXPIRED_ROLE, RESOURCE, came, done, equal, ok, raises, sexton
from served import (OPERATIONS, back_up, client, ended_backup, ended_restore, meanwhile,
                    start_backup, start_restore, wait)
import model

backup = client()
sts = client('sts')
who = sts.get_caller_identity()
equal((who['Account'], who['Arn']), ('123456789012', 'arn:aws:iam::123456789012:root'),
      'GetCallerIdentity')

# Vaults.
name = 'validate-' + uuid.uuid4().hex[:8]
vault = {'BackupVaultName': name}
made = backup.create_backup_vault(**vault, BackupVaultTags={'team': 'a b', 'é': ''},
                                  CreatorRequestId='first')
again = backup.create_backup_vault(**vault, BackupVaultTags={'team': 'a b', 'é': ''},
                                   CreatorRequestId='first')
equal(again['BackupVaultArn'], made['BackupVaultArn'],
      'CreateBackupVault is idempotent by CreatorRequestId')
equal(backup.describe_backup_vault(**vault)['NumberOfRecoveryPoints'], 0,
      'DescribeBackupVault counts the points')
ok({'Default', name} <= {it['BackupVaultName']
                         for it in backup.list_backup_vaults()['BackupVaultList']},
   'ListBackupVaults: Default is there from the beginning')

# Backups of every type of resource that has a name of its own.
account = ':us-east-1:123456789012:'
resources = {
    'EBS': RESOURCE,
    'EC2': f'arn:aws:ec2{account}instance/i-0123456789abcdef0',
    'FSx': f'arn:aws:fsx{account}file-system/fs-0123456789abcdef0',
    'EFS': f'arn:aws:elasticfilesystem{account}file-system/fs-0123456789abcdef0',
    'RDS': f'arn:aws:rds{account}db:database',
    'Aurora': f'arn:aws:rds{account}cluster:cluster',
    'DynamoDB': f'arn:aws:dynamodb{account}table/Orders',
    'S3': 'arn:aws:s3:::bucket',
}
points = {}
for kind, resource in resources.items():
    job = back_up(backup, name, resource, RecoveryPointTags={'kind': kind},
                  Lifecycle={'MoveToColdStorageAfterDays': 10, 'DeleteAfterDays': 200})
    equal((job['State'], job['ResourceType'], job['ResourceArn']), ('COMPLETED', kind, resource),
          f'a backup of {kind}')
    points[kind] = job['RecoveryPointArn']
    found = backup.describe_recovery_point(**vault, RecoveryPointArn=points[kind])
    equal((found['Status'], found['ResourceType'], found['BackupSizeInBytes']),
          ('COMPLETED', kind, 8192), f'a recovery point of {kind}')
    ok((found['CalculatedLifecycle']['DeleteAt'] - found['CreationDate']).days == 200,
       'its lifecycle is calculated', found)
    shown = backup.get_recovery_point_restore_metadata(**vault, RecoveryPointArn=points[kind])
    equal(shown['RecoveryPointArn'], points[kind], 'GetRecoveryPointRestoreMetadata')
listed = backup.list_recovery_points_by_backup_vault(**vault)['RecoveryPoints']
equal({it['RecoveryPointArn'] for it in listed}, set(points.values()), 'all are listed')
listed = backup.list_recovery_points_by_resource(ResourceArn=RESOURCE)['RecoveryPoints']
ok(points['EBS'] in {it['RecoveryPointArn'] for it in listed}, 'and listed by resource')
repeated = {'IdempotencyToken': 'once', 'StartWindowMinutes': 60, 'CompleteWindowMinutes': 120,
            'BackupOptions': {}}
equal(start_backup(backup, name, **repeated)['BackupJobId'],
      start_backup(backup, name, **repeated)['BackupJobId'],
      'StartBackupJob is idempotent by IdempotencyToken')

# Tags.
for kind, arn in [('vault', made['BackupVaultArn']), ('FSx point', points['FSx']),
                  ('DynamoDB point', points['DynamoDB'])]:
    backup.tag_resource(ResourceArn=arn, Tags={'new': '1', 'gone': '2'})
    backup.tag_resource(ResourceArn=arn, Tags={'new': '3'})
    backup.untag_resource(ResourceArn=arn, TagKeyList=['gone', 'never there'])
    tags = backup.list_tags(ResourceArn=arn)['Tags']
    ok(tags['new'] == '3' and 'gone' not in tags and len(tags) >= 2, f'tags of a {kind}', tags)

# A job that waits behind others can be stopped; a point that is being restored is in use.
tree = tempfile.TemporaryDirectory()
noise = os.urandom(24 << 20)
with open(os.path.join(tree.name, 'noise'), 'wb') as file:
    file.write(noise)
slow = sexton('source', 'add', '--type', 'fsx', '--path', tree.name).strip()
batches, stopped, restores = [], [], []


def running(job):
    return backup.describe_backup_job(BackupJobId=job)['State'] == 'RUNNING'


def busy():
    """A backup job that waits behind others: of those that do already, or of new ones."""
    if not batches or batches[-1][-1] in stopped or not running(batches[-1][-1]):
        batches.append([start_backup(backup, name, slow)['BackupJobId'] for _ in range(7)])
    return batches[-1][-1]


def point_of(job):
    return backup.describe_backup_job(BackupJobId=job)['RecoveryPointArn']


_, refusal = meanwhile(busy, lambda job: backup.delete_recovery_point(
    **vault, RecoveryPointArn=point_of(job)), running)
raises(lambda: came(refusal), 'InvalidResourceStateException',
       'a point that is being created is not deleted')
_, refusal = meanwhile(busy, lambda job: restores.append(
    start_restore(backup, point_of(job))['RestoreJobId']), running)
raises(lambda: came(refusal), 'InvalidRequestException', 'nor restored')


def stop(job):
    backup.stop_backup_job(BackupJobId=job)
    stopped.append(job)


job, _ = meanwhile(busy, stop, lambda job: job in stopped)
ended = ended_backup(backup, job)
equal(ended['State'], 'ABORTED', 'StopBackupJob: the job ends ABORTED')


def left():
    found = backup.list_recovery_points_by_backup_vault(**vault)['RecoveryPoints']
    return ended['RecoveryPointArn'] not in {it['RecoveryPointArn'] for it in found}


wait(left)
ok(True, 'and its recovery point goes')
raises(lambda: backup.stop_backup_job(BackupJobId=job), 'InvalidRequestException',
       'a job that has ended is not stopped')
large = [ended_backup(backup, it) for batch in batches for it in batch if it not in stopped]
equal({it['State'] for it in large}, {'COMPLETED'}, 'the other jobs complete')
ok(all(it['BackupSizeInBytes'] >= 24 << 20 and it['PercentDone'] == '100.0' for it in large),
   'with their size', large)
# Only the last of each batch was asked to go.
spare = [it['RecoveryPointArn'] for it in large if it['BackupJobId'] not in
         [batch[-1] for batch in batches]]


def reading():
    """A point that is read by restores, of which the last waits behind the others."""
    started = [start_restore(backup, spare[0])['RestoreJobId'] for _ in range(6)]
    restores.extend(started)
    return spare[0], started[-1]


def use(reader):
    backup.delete_recovery_point(**vault, RecoveryPointArn=reader[0])
    spare.pop(0)


_, refusal = meanwhile(reading, use, lambda reader: backup.describe_restore_job(
    RestoreJobId=reader[1])['Status'] == 'RUNNING')
raises(lambda: came(refusal), 'InvalidResourceStateException',
       'a point that is being restored is not deleted')
ended = [ended_restore(backup, it) for it in restores]
equal({it['Status'] for it in ended}, {'COMPLETED'}, 'the restores complete')
for it in ended:
    name_of = it['CreatedResourceArn'].split('/')[-1] if it['Status'] == 'COMPLETED' else ''
    path = os.path.join(os.environ['SEXTON_DATA'], 'restores', name_of, 'noise')
    ok(os.path.exists(path) and open(path, 'rb').read() == noise,
       'each wrote what was backed up', it)
found = backup.list_restore_jobs()['RestoreJobs']
ok({job['RestoreJobId'] for job in found} >= set(restores), 'ListRestoreJobs')
found = backup.list_backup_jobs(ByState='ABORTED')['BackupJobs']
equal([it['BackupJobId'] for it in found], stopped, 'ListBackupJobs')
tree.cleanup()
failed = back_up(backup, name, slow)
ok(failed['State'] == 'FAILED' and failed.get('StatusMessage'),
   'a backup of a directory that is gone is FAILED, with a message', failed)

# Deletion, accepted and not carried out, then carried out.
stuck = back_up(backup, name, role=EXPIRED_ROLE)['RecoveryPointArn']
backup.delete_recovery_point(**vault, RecoveryPointArn=stuck)
found = backup.describe_recovery_point(**vault, RecoveryPointArn=stuck)
ok(found['Status'] == 'EXPIRED' and found['StatusMessage'], 'a broken role: EXPIRED', found)
equal(ended_restore(backup, start_restore(backup, stuck)['RestoreJobId'])['Status'], 'COMPLETED',
      'an EXPIRED point can still be restored')
backup.delete_recovery_point(**vault, RecoveryPointArn=stuck)
equal(backup.describe_recovery_point(**vault, RecoveryPointArn=stuck)['Status'], 'EXPIRED',
      'deleted again: EXPIRED again')
sexton('role', 'set', EXPIRED_ROLE, '--status', 'permitted')
backup.delete_recovery_point(**vault, RecoveryPointArn=stuck)


def none_left():
    found = backup.list_recovery_points_by_backup_vault(**vault)['RecoveryPoints']
    for point in found:
        if point['Status'] != 'DELETING':
            backup.delete_recovery_point(**vault, RecoveryPointArn=point['RecoveryPointArn'])
    return not found


wait(none_left)
raises(lambda: start_restore(backup, stuck), 'ResourceNotFoundException',
       'a deleted point is not restored')
raises(lambda: backup.list_tags(ResourceArn=stuck), 'ResourceNotFoundException',
       'and has no tags')
backup.delete_backup_vault(**vault)
raises(lambda: backup.describe_backup_vault(**vault), 'ResourceNotFoundException',
       'the vault is gone')
model.covered(OPERATIONS + ['GetCallerIdentity'])
done()
