#!/usr/bin/env python3
"""What protects recovery points, with boto3: vault locks, and what they let in and let go.
usage: protection.py ENDPOINT_URL
env: SEXTON_BIN the program, SEXTON_DATA the server's data folder"""
import datetime
import uuid

from checks import asked, done, equal, ok, poll, raises
import model
import served
from served import PROTECTION, back_up, ended_backup, post, start_backup

backup = served.client()
invalid, refused = 'InvalidParameterValueException', 'InvalidRequestException'
LOCKED = 'RecoveryPoint cannot be deleted or updated (Backup vault configured with Lock)'
DAY = datetime.timedelta(days=1)


def vault():
    name = 'v-' + uuid.uuid4().hex[:12]
    backup.create_backup_vault(BackupVaultName=name)
    return {'BackupVaultName': name}


def point(key, **more):
    return back_up(backup, key['BackupVaultName'], **more)['RecoveryPointArn']


def lock(key, **limits):
    backup.put_backup_vault_lock_configuration(**key, **limits)


def unlock(key):
    backup.delete_backup_vault_lock_configuration(**key)


def shown(key):
    """What both calls show of a lock, which is the same."""
    members = ['Locked', 'MinRetentionDays', 'MaxRetentionDays', 'LockDate']
    described = backup.describe_backup_vault(**key)
    listed = [it for page in backup.get_paginator('list_backup_vaults').paginate()
              for it in page['BackupVaultList']
              if it['BackupVaultName'] == key['BackupVaultName']]
    both = [{name: it[name] for name in members if name in it} for it in [described, listed[0]]]
    equal(both[0], both[1], 'DescribeBackupVault and ListBackupVaults agree')
    return both[0]


def delete(key, arn):
    return lambda: backup.delete_recovery_point(**key, RecoveryPointArn=arn)


def status(key, arn):
    return backup.describe_recovery_point(**key, RecoveryPointArn=arn)['Status']


def pass_days(days):
    post('/_sexton/dev/clock', {'advance_seconds': days * 86400})


# Governance mode.
key = vault()
early = point(key)
equal(shown(key), {'Locked': False}, 'a vault has no lock')
lock(key, MinRetentionDays=7, MaxRetentionDays=30)
equal(shown(key), {'Locked': True, 'MinRetentionDays': 7, 'MaxRetentionDays': 30},
      'a lock of governance mode has no date')
raises(delete(key, early), refused, 'nobody deletes from a locked vault', LOCKED, status=400)
equal(status(key, early), 'COMPLETED', 'the point stays')
for days, words in [(6, 'minimum retention of 7 days'), (31, 'maximum retention of 30 days'),
                    (None, 'stays for ever')]:
    lifecycle = {'Lifecycle': {'DeleteAfterDays': days}} if days else {}
    job = ended_backup(backup, start_backup(backup, key['BackupVaultName'],
                                            **lifecycle)['BackupJobId'])
    ok(job['State'] == 'FAILED' and words in job['StatusMessage'],
       f'a job of {days} days fails', job)
    ok('CompletionDate' in job, 'at once', job)
kept = [point(key, Lifecycle={'DeleteAfterDays': days}) for days in [7, 30]]
equal({it['RecoveryPointArn'] for it in
       backup.list_recovery_points_by_backup_vault(**key)['RecoveryPoints']},
      {early, *kept}, 'what keeps to the lock is let in, and nothing else')
token = {'IdempotencyToken': uuid.uuid4().hex}
equal(start_backup(backup, key['BackupVaultName'], **token)['BackupJobId'],
      start_backup(backup, key['BackupVaultName'], **token)['BackupJobId'],
      'a job that failed at once is the answer to its token')
raises(lambda: backup.delete_backup_vault(**key), refused, 'the vault is not empty')
lock(key, MaxRetentionDays=60)
equal(shown(key), {'Locked': True, 'MaxRetentionDays': 60}, 'it can be replaced')
pass_days(7)
poll(lambda: kept[0] not in {it['RecoveryPointArn'] for it in
                             backup.list_recovery_points_by_backup_vault(**key)['RecoveryPoints']},
     'a lifecycle ends in a locked vault too')
poll(lambda: asked('certificate', kept[0]).stdout, 'and there is a certificate')
unlock(key)
equal(shown(key), {'Locked': False}, 'it can be removed')
unlock(key)
delete(key, early)()
delete(key, kept[1])()

# Compliance mode.
key = vault()
held = point(key)
before = datetime.datetime.fromisoformat(post('/_sexton/dev/clock', {'advance_seconds': 0})['now'])
lock(key, MinRetentionDays=1, ChangeableForDays=3)
found = shown(key)
ok(abs(found['LockDate'] - before - 3 * DAY) < datetime.timedelta(minutes=10),
   'its date is in three days', found)
raises(delete(key, held), refused, 'it keeps what is there before its date', LOCKED)
lock(key, MinRetentionDays=2, ChangeableForDays=4)
ok(shown(key)['LockDate'] > found['LockDate'], 'until then it can be replaced')
unlock(key)
equal(shown(key), {'Locked': False}, 'or removed')
lock(key, ChangeableForDays=3)
pass_days(3)
immutable = shown(key)
for what, call in [('replaced', lambda: lock(key, MinRetentionDays=1)),
                   ('made longer', lambda: lock(key, ChangeableForDays=36500)),
                   ('removed', lambda: unlock(key))]:
    raises(call, refused, f'after its date it cannot be {what}', 'immutable', status=400)
raises(delete(key, held), refused, 'nothing is deleted', LOCKED)
equal(shown(key), immutable, 'it is as it was')
raises(lambda: backup.delete_backup_vault(**key), refused, 'the vault stays, since it is not empty')
empty = vault()
lock(empty, ChangeableForDays=3)
pass_days(3)
backup.delete_backup_vault(**empty)
ok(True, 'an empty vault goes, whatever its lock')

# What is not acceptable.
key = vault()
for what, limits in [('a minimum of 0', {'MinRetentionDays': 0}),
                     ('a maximum of 36501', {'MaxRetentionDays': 36501}),
                     ('a minimum above the maximum',
                      {'MinRetentionDays': 8, 'MaxRetentionDays': 7}),
                     ('two days to change it', {'ChangeableForDays': 2}),
                     ('36501 days to change it', {'ChangeableForDays': 36501})]:
    raises(lambda limits=limits: lock(key, **limits), invalid, what, status=400)
equal(shown(key), {'Locked': False}, 'none of these locked it')
raises(lambda: lock({'BackupVaultName': 'none'}), 'ResourceNotFoundException', 'no such vault')
raises(lambda: unlock({'BackupVaultName': 'none'}), 'ResourceNotFoundException', 'no such vault')
model.covered(PROTECTION)
done()
