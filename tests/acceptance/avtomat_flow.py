#!/usr/bin/env python3
"""avtomat-aws: create_backups and delete_backups, on the command line and from Python.
usage: avtomat_flow.py ENDPOINT_URL

It calls STS GetCallerIdentity before anything else, and stops if that fails."""
import ast
import os
import subprocess
import sys
import uuid

from checks import EXPIRED_ROLE, ROLE, aws_env, done, endpoint, equal, ok, poll, raises

url = endpoint()
env = aws_env(url)
import boto3  # noqa: E402  (after the environment)
from avtomat_aws import backup  # noqa: E402

client = boto3.client('backup')
program = os.path.join(os.path.dirname(sys.executable), 'aaws')
vault = 'av-' + uuid.uuid4().hex[:12]
ghost = 'arn:aws:ec2:us-east-1::image/ami-1234567890abcdef0'
client.create_backup_vault(BackupVaultName=vault)


def points():
    listed = client.list_recovery_points_by_backup_vault(BackupVaultName=vault)
    return sorted(point['RecoveryPointArn'] for point in listed['RecoveryPoints'])


def aaws(*words):
    ended = subprocess.run([program, *words], env=dict(env), capture_output=True, text=True)
    return ended.returncode, ended.stdout, ended.stderr


def create(role, *ids):
    return aaws('backup', 'create_backups', '--resource_ids', *ids, '--service', 'ebs',
                '--backup_vault_name', vault, '--iam_role', role)


def delete(*arns):
    return aaws('backup', 'delete_backups', '--backup_vault_name', vault,
                '--recovery_point_arns', *arns)


code, out, err = aaws('sts', 'whoami')
ok(code == 0 and ast.literal_eval(out)['Region'] == env['AWS_DEFAULT_REGION'],
   'aaws sts whoami', (code, out, err))
code, out, err = create(ROLE, 'vol-0123456789abcdef0', 'vol-0123456789abcdef1')
ok(code == 0 and out.strip() == '[]', 'create_backups prints []', (code, out, err))
poll(lambda: len(points()) == 2, 'two recovery points appear')
poll(lambda: all(point['Status'] == 'COMPLETED' for point in
                 client.list_recovery_points_by_backup_vault(
                     BackupVaultName=vault)['RecoveryPoints']), 'both are COMPLETED')
first, second = points()
code, out, err = delete(first, ghost)
ok(code == 0 and ast.literal_eval(out) == [ghost],
   'delete_backups prints those that failed, and exits 0', (code, out, err))
ok(f'{first} - deleted' in err and f'{ghost} - failed to delete' in err
   and 'ResourceNotFoundException' in err, 'its log names deleted and failed', err)
poll(lambda: points() == [second], 'only the deleted one is gone')
equal(backup.delete_backups(backup_vault_name=vault, recovery_point_arns=[second]), [],
      'delete_backups from Python gives []')
poll(lambda: points() == [], 'the vault is empty')
equal(backup.delete_backups(backup_vault_name=vault, recovery_point_arns=[ghost]), [ghost],
      'delete_backups from Python gives the one that failed')
equal(backup.delete_backups(backup_vault_name=vault + '-none', recovery_point_arns=[ghost],
                            region='eu-west-1'), [ghost], 'another region')

# It knows nothing of FSx: it makes backups of EC2 only. What AWS Backup keeps of a file system it
# deletes like all else, and then FSx has it no more either.
fsx = boto3.client('fsx')
file_system = fsx.describe_file_systems()['FileSystems'][0]['ResourceARN']
arn = client.start_backup_job(BackupVaultName=vault, ResourceArn=file_system,
                              IamRoleArn=ROLE)['RecoveryPointArn']
kept = arn.rsplit('/', 1)[-1]
poll(lambda: fsx.describe_backups(BackupIds=[kept])['Backups'][0]['Lifecycle'] == 'AVAILABLE',
     'FSx shows what AWS Backup keeps')
code, out, err = delete(arn)
ok(code == 0 and out.strip() == '[]' and f'{arn} - deleted' in err, 'avtomat-aws deletes it',
   (code, out, err))
raises(lambda: fsx.describe_backups(BackupIds=[kept]), 'BackupNotFound', 'and FSx has it no more')
poll(lambda: points() == [], 'nor has the vault')

create(EXPIRED_ROLE, 'vol-0123456789abcdef2')
poll(lambda: len(points()) == 1, 'a recovery point of a role without permission')
stuck = points()[0]


def status():
    return client.describe_recovery_point(BackupVaultName=vault, RecoveryPointArn=stuck)['Status']


poll(lambda: status() == 'COMPLETED', 'it is COMPLETED')
code, out, err = delete(stuck)
ok(code == 0 and out.strip() == '[]' and f'{stuck} - deleted' in err,
   "HTTP 200 without a deletion: avtomat-aws says 'deleted'", (code, out, err))
poll(lambda: status() == 'EXPIRED', 'and the recovery point is EXPIRED')
done()
