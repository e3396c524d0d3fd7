#!/usr/bin/env python3
"""The aws CLI. usage: awscli_flow.py ENDPOINT_URL   (env AWS_CLI names another program)"""
import json
import os
import shlex
import subprocess
import sys
import uuid

from checks import RESOURCE, ROLE, aws_env, done, endpoint, equal, ok, poll

cli = shlex.split(os.environ.get('AWS_CLI', os.path.join(os.path.dirname(sys.executable), 'aws')))
url = endpoint()
env = dict(aws_env(url))
del env['AWS_ENDPOINT_URL']


def aws(*words, extra=None, option=True):
    command = cli + (['--endpoint-url', url] if option else []) + list(words)
    ended = subprocess.run(command, env={**env, **(extra or {})}, capture_output=True,
                           text=True, stdin=subprocess.DEVNULL)
    return ended.returncode, ended.stdout, ended.stderr


def answer(*words):
    code, out, err = aws(*words)
    ok(code == 0, f'aws {" ".join(words[:2])} exits 0', err)
    return json.loads(out) if out.strip() else {}


def fails(name, *words):
    code, out, err = aws(*words)
    ok(code in (254, 255) and f'({name})' in err,
       f'aws {" ".join(words[:2])} fails with {name}', (code, out, err))


vault = 'cli-' + uuid.uuid4().hex[:12]
in_vault = ('--backup-vault-name', vault)
made = answer('backup', 'create-backup-vault', *in_vault)
equal(made.get('BackupVaultName'), vault, 'the vault is made')
job = answer('backup', 'start-backup-job', *in_vault, '--resource-arn', RESOURCE,
             '--iam-role-arn', ROLE)


def completed():
    found = json.loads(aws('backup', 'describe-backup-job', '--backup-job-id',
                           job['BackupJobId'])[1])
    return found if found['State'] == 'COMPLETED' else None


arn = poll(completed, 'the job is COMPLETED')['RecoveryPointArn']
point = (*in_vault, '--recovery-point-arn', arn)


def points():
    listed = json.loads(aws('backup', 'list-recovery-points-by-backup-vault', *in_vault)[1])
    return [point['RecoveryPointArn'] for point in listed['RecoveryPoints']]


equal(points(), [arn], 'the point is listed')
equal(answer('backup', 'describe-recovery-point', *point).get('RecoveryPointArn'), arn,
      'the point is described')
equal(aws('backup', 'delete-recovery-point', *point), (0, '', ''),
      'delete-recovery-point prints nothing and exits 0')
poll(lambda: points() == [], 'the point is gone from the list')
fails('ResourceNotFoundException', 'backup', 'delete-recovery-point', *point)
fails('ResourceNotFoundException', 'backup', 'describe-recovery-point', *point)
equal(aws('backup', 'delete-backup-vault', *in_vault)[0], 0, 'the vault is deleted')
for name in ('AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_BACKUP'):
    equal(aws('backup', 'list-backup-vaults', extra={name: url}, option=False)[0], 0,
          f'{name} instead of --endpoint-url')
ok(json.loads(aws('sts', 'get-caller-identity')[1]).get('Account'), 'sts get-caller-identity')
# FSx.
file_system = answer('fsx', 'describe-file-systems')['FileSystems'][0]['FileSystemId']
made = answer('fsx', 'create-backup', '--file-system-id', file_system)['Backup']['BackupId']


def lifecycle():
    code, out, _ = aws('fsx', 'describe-backups', '--backup-ids', made)
    return code == 0 and json.loads(out)['Backups'][0]['Lifecycle'] == 'AVAILABLE'


poll(lifecycle, 'the FSx backup is available')
equal(answer('fsx', 'delete-backup', '--backup-id', made),
      {'BackupId': made, 'Lifecycle': 'DELETED'}, 'aws fsx delete-backup')
fails('BackupNotFound', 'fsx', 'delete-backup', '--backup-id', made)
fails('BackupNotFound', 'fsx', 'describe-backups', '--backup-ids', made)
equal(answer('fsx', 'describe-backups')['Backups'], [], 'none is left')
done()
