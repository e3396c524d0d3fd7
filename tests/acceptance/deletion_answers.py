#!/usr/bin/env python3
"""What DeleteRecoveryPoint answers: every row of that table in docs/SEMANTICS.md, brought about
through the public API, asked for, and looked at afterwards.
usage: deletion_answers.py ENDPOINT_URL
env: SEXTON_BIN the program, SEXTON_DATA the server's data folder"""
import json
import os
import pathlib
import re
import tempfile
import uuid

from botocore.exceptions import ClientError

import served
from checks import EXPIRED_ROLE, asked, done, equal, ok, poll, sexton
from served import (back_up, ended_backup, ended_restore, meanwhile, post, start_backup,
                    start_restore)

backup = served.client()
GHOST = 'arn:aws:ec2:us-east-1::snapshot/snap-00000000000000000'
LOCKED = 'RecoveryPoint cannot be deleted or updated (Backup vault configured with Lock)'
HELD = 'The recovery point cannot be deleted because it has active legal hold(s)'
GONE, NEVER, DELETING = 'gone', 'never there', 'DELETING'


def vault():
    name = 'v-' + uuid.uuid4().hex[:12]
    backup.create_backup_vault(BackupVaultName=name)
    return name


def point(name, **more):
    return back_up(backup, name, **more)['RecoveryPointArn']


def pass_days(days):
    post('/_sexton/dev/clock', {'advance_seconds': days * 86400})


def status(name, arn):
    try:
        return backup.describe_recovery_point(BackupVaultName=name, RecoveryPointArn=arn)['Status']
    except ClientError as error:
        return error.response['Error']['Code']


def delete(name, arn):
    """Status, name of the error and message of one deletion."""
    try:
        answer = backup.delete_recovery_point(BackupVaultName=name, RecoveryPointArn=arn)
        return answer['ResponseMetadata']['HTTPStatusCode'], None, ''
    except ClientError as error:
        return (error.response['ResponseMetadata']['HTTPStatusCode'],
                error.response['Error']['Code'], error.response['Error']['Message'])


def row(name):
    """The function makes the case NAME: gives vault, ARN, words of the message and state after."""
    def keep(make):
        rows[name] = make
        return make
    return keep


rows = {}


@row('complete')
def complete():
    name = vault()
    return name, point(name), '', GONE


@row('not in this vault, and in no other')
def unknown():
    return vault(), GHOST, 'Cannot find recovery point.', NEVER


@row('in another vault')
def elsewhere():
    other = vault()
    arn = point(other)
    followed.append(lambda: equal(status(other, arn), 'COMPLETED', 'it stays where it is'))
    return vault(), arn, 'Cannot find recovery point.', NEVER


@row('of a vault that is not there')
def no_vault():
    return 'none-' + uuid.uuid4().hex[:12], GHOST, '', NEVER


@row('of a vault whose name cannot be made, such as one with a space')
def odd_name():
    return 'a b', GHOST, 'a b', NEVER


@row('of a vault with a name of 129 characters')
def no_name():
    return 'a' * 129, GHOST, 'is not valid', None


@row('an ARN that is none')
def no_arn():
    return vault(), 'snap-1', '', None


@row('in a vault that is locked in governance mode')
def governance():
    name = vault()
    arn = point(name)
    backup.put_backup_vault_lock_configuration(BackupVaultName=name, MinRetentionDays=1)
    return name, arn, LOCKED, 'COMPLETED'


@row('in a vault that is locked in compliance mode')
def compliance():
    name = vault()
    arn = point(name)
    backup.put_backup_vault_lock_configuration(BackupVaultName=name, ChangeableForDays=3)
    return name, arn, LOCKED, 'COMPLETED'


@row('in a vault whose lock is immutable')
def immutable():
    name, arn, words, after = compliance()
    pass_days(4)
    return name, arn, words, after


@row('under a legal hold')
def held():
    name = vault()
    arn = point(name)
    hold = backup.create_legal_hold(Title='case', Description='against us',
                                    RecoveryPointSelection={'VaultNames': [name]})
    return name, arn, f'{HELD}: {hold["LegalHoldId"]}', 'COMPLETED'


@row('under a legal hold and in a locked vault')
def held_and_locked():
    name, arn, words, after = held()
    backup.put_backup_vault_lock_configuration(BackupVaultName=name, MinRetentionDays=1)
    return name, arn, words, after


def deny(name):
    backup.put_backup_vault_access_policy(BackupVaultName=name, Policy=json.dumps({
        'Version': '2012-10-17', 'Statement': [{
            'Effect': 'Deny', 'Principal': '*', 'Resource': '*',
            'Action': 'backup:DeleteRecoveryPoint'}]}))


def denied(arn):
    return ('User: arn:aws:iam::123456789012:root is not authorized to perform: '
            f'backup:DeleteRecoveryPoint on resource: {arn} with an explicit deny in a '
            'resource-based policy')


@row('denied by the policy of the vault')
def by_policy():
    name = vault()
    arn = point(name)
    deny(name)
    return name, arn, denied(arn), 'COMPLETED'


@row('denied by the policy of the vault, and not in it')
def by_policy_blindly():
    name = vault()
    deny(name)
    return name, GHOST, denied(GHOST), NEVER


@row('made with a role that is missing or may not delete')
def expires():
    name = vault()
    return name, point(name, role=EXPIRED_ROLE), '', 'EXPIRED'


@row('EXPIRED, and the role as before')
def expires_again():
    name, arn, *_ = expires()
    equal(delete(name, arn)[0], 200, 'it is deleted once')
    return name, arn, '', 'EXPIRED'


@row('EXPIRED, and the role mended')
def expired():
    name, arn, *_ = expires_again()
    sexton('role', 'set', EXPIRED_ROLE, '--status', 'permitted')
    followed.append(lambda: sexton('role', 'set', EXPIRED_ROLE, '--status', 'missing'))
    return name, arn, '', GONE


@row('gone already')
def gone():
    name, arn, *_ = complete()
    equal(delete(name, arn)[0], 200, 'it is deleted once')
    poll(lambda: status(name, arn) == 'ResourceNotFoundException', 'it goes')
    return name, arn, 'Cannot find recovery point.', NEVER


def after(name, arn, wanted):
    if wanted == GONE:
        poll(lambda: status(name, arn) == 'ResourceNotFoundException', '  it is gone')
        poll(lambda: asked('certificate', arn).returncode == 0, '  and certified')
    elif wanted == NEVER:
        equal(status(name, arn), 'ResourceNotFoundException', '  nothing is there')
    elif wanted:
        equal(status(name, arn), wanted, f'  it is {wanted}')


# What the page says of each: 200, or the status and the name of the error.
page = pathlib.Path(__file__).parents[2].joinpath('docs/SEMANTICS.md').read_text()
table = page.split('### What DeleteRecoveryPoint answers\n')[1].split('\n#')[0]
said = {}
for line in table.splitlines():
    cells = [cell.strip().replace('`', '') for cell in line.strip('|').split('|')]
    found = re.match(r'(\d{3})(?: (\w+Exception))?', cells[-1]) if len(cells) == 3 else None
    if found:
        said[cells[0]] = int(found[1]), found[2]
BUSY = {'being created', 'being restored'}
equal(set(said), set(rows) | BUSY, 'the page has the rows that are tried here')

for what, make in rows.items():
    followed = []
    name, arn, words, state = make()
    answer = delete(name, arn)
    equal(answer[:2], said.get(what), what)
    ok(words in answer[2], '  the message says so', answer)
    after(name, arn, state)
    for follow in followed:
        follow()

# What is busy. Of what has ended before the answer came nothing can be said: it is begun again.
tree = tempfile.TemporaryDirectory()
with open(os.path.join(tree.name, 'noise'), 'wb') as file:
    file.write(os.urandom(24 << 20))
slow = sexton('source', 'add', '--type', 'fsx', '--path', tree.name).strip()
name, jobs, restores = vault(), [], []


def create():
    jobs.extend(start_backup(backup, name, slow)['BackupJobId'] for _ in range(7))
    return backup.describe_backup_job(BackupJobId=jobs[-1])


_, answer = meanwhile(create, lambda job: delete(name, job['RecoveryPointArn']),
                      lambda job: status(name, job['RecoveryPointArn']) == 'CREATING')
equal(answer[:2], said.get('being created'), 'being created')
points = [ended_backup(backup, job)['RecoveryPointArn'] for job in jobs]


def restore():
    restores.extend(start_restore(backup, points[-1])['RestoreJobId'] for _ in range(6))
    return points[-1], restores[-1]


def delete_restored(started):
    answer = delete(name, started[0])
    if answer[0] == 200:
        points.remove(started[0])
    return answer


def restoring(started):
    return backup.describe_restore_job(RestoreJobId=started[1])['Status'] == 'RUNNING'


started, answer = meanwhile(restore, delete_restored, restoring)
equal(answer[:2], said.get('being restored'), 'being restored')
ok(any(job in answer[2] for job in restores), '  it names a restore job', answer)
equal(status(name, started[0]), 'COMPLETED', '  it is COMPLETED')
equal({ended_restore(backup, job)['Status'] for job in restores}, {'COMPLETED'},
      '  and restored whole')
tree.cleanup()
done()
