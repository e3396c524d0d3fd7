#!/usr/bin/env python3
"""What protects recovery points, with boto3: vault locks, legal holds, and lifecycles that change.
usage: protection.py ENDPOINT_URL
env: SEXTON_BIN the program, SEXTON_DATA the server's data folder"""
import datetime
import uuid

from checks import RESOURCE, asked, done, equal, ok, poll, raises
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

# Legal holds.
HELD = 'The recovery point cannot be deleted because it has active legal hold(s)'
gone = 'ResourceNotFoundException'
state = 'InvalidResourceStateException'


def hold(title='case', **selection):
    more = {'RecoveryPointSelection': selection} if selection else {}
    return backup.create_legal_hold(Title=title, Description='against us', **more)


def cancel(placed, **more):
    answer = backup.cancel_legal_hold(LegalHoldId=placed['LegalHoldId'],
                                      CancelDescription='settled', **more)
    equal(answer['ResponseMetadata']['HTTPStatusCode'], 201, 'CancelLegalHold answers 201')


def held_by(placed):
    pages = backup.get_paginator('list_recovery_points_by_legal_hold').paginate(
        LegalHoldId=placed['LegalHoldId'], PaginationConfig={'PageSize': 1})
    return {it['RecoveryPointArn'] for page in pages for it in page.get('RecoveryPoints', [])}


key, other = vault(), vault()
first, elsewhere = point(key), point(other)
placed = hold(VaultNames=[key['BackupVaultName']])
ok(placed['Status'] == 'ACTIVE' and ':legal-hold:' in placed['LegalHoldArn'], 'it holds at once',
   placed)
raises(delete(key, first), refused, 'a hold keeps what is in its vault', HELD, status=400)
second = point(key)
raises(delete(key, second), refused, 'also what comes later', HELD)
equal(held_by(placed), {first, second}, 'they are listed, a page at a time')
delete(other, elsewhere)()
ok(True, 'what is in another vault goes')
again = hold('another', ResourceIdentifiers=[RESOURCE])
cancel(placed)
raises(delete(key, first), refused, 'two holds were of it', HELD)
equal(held_by(placed), set(), 'nothing is held by one that was canceled')
found = backup.get_legal_hold(LegalHoldId=placed['LegalHoldId'])
equal((found['Status'], found['CancelDescription']), ('CANCELED', 'settled'), 'its record is kept')
equal((found['RetainRecordUntil'] - found['CancellationDate']).days, 180, 'for 180 days')
raises(lambda: cancel(placed), state, 'it is canceled once', status=400)
listed = {it['LegalHoldId']: it['Status'] for page in
          backup.get_paginator('list_legal_holds').paginate(PaginationConfig={'PageSize': 1})
          for it in page['LegalHolds']}
equal({listed[it['LegalHoldId']] for it in [placed]}, {'CANCELED'}, 'ListLegalHolds shows both')
equal(listed[again['LegalHoldId']], 'ACTIVE', 'and which of them hold')
cancel(again, RetainRecordInDays=0)
delete(key, first)()
pass_days(1)
poll(lambda: again['LegalHoldId'] not in
     {it['LegalHoldId'] for it in backup.list_legal_holds()['LegalHolds']},
     'a record is kept for as long as was said')
now = datetime.datetime.fromisoformat(post('/_sexton/dev/clock', {'advance_seconds': 0})['now'])
dated = hold(DateRange={'FromDate': now - 9 * DAY, 'ToDate': now - 2 * DAY})
equal(dated['RecoveryPointSelection']['DateRange']['FromDate'].date(), (now - 9 * DAY).date(),
      'its dates are shown')
ok(second not in held_by(dated), 'one that was made later is not held')
cancel(dated)
dated = hold(DateRange={'FromDate': now - 9 * DAY, 'ToDate': now + DAY})
ok(second in held_by(dated), 'one of these dates is')
cancel(dated)
short = point(key, Lifecycle={'DeleteAfterDays': 1})
everything = hold()
pass_days(2)
served.wait(lambda: served.metric('expiry_delay_seconds') == 0)
equal(status(key, short), 'COMPLETED', 'a lifecycle that ends waits for the hold')
raises(delete(key, second), refused, 'one that says nothing is of everything', HELD)
token = {'Title': 'case', 'Description': 'against us', 'IdempotencyToken': uuid.uuid4().hex}
equal(backup.create_legal_hold(**token)['LegalHoldId'],
      backup.create_legal_hold(**token)['LegalHoldId'], 'the same token places one hold')
raises(lambda: backup.create_legal_hold(**{**token, 'Title': 'other'}), invalid,
       'another order with it', status=400)
for it in backup.list_legal_holds()['LegalHolds']:
    if it['Status'] == 'ACTIVE':
        cancel(it)
post('/_sexton/dev/clock', {'advance_seconds': 3600})
poll(lambda: short not in {it['RecoveryPointArn'] for it in
                           backup.list_recovery_points_by_backup_vault(**key)['RecoveryPoints']},
     'and goes within an hour of its end')
tagged = backup.create_legal_hold(Title='case', Description='against us', Tags={'case': '7'})
arn = tagged['LegalHoldArn']


def tags(**given):
    return lambda: backup.create_legal_hold(Title='case', Description='against us', Tags=given)


equal(backup.list_tags(ResourceArn=arn)['Tags'], {'case': '7'}, 'a hold has tags')
backup.tag_resource(ResourceArn=arn, Tags={'team': 'a'})
backup.untag_resource(ResourceArn=arn, TagKeyList=['case'])
equal(backup.list_tags(ResourceArn=arn)['Tags'], {'team': 'a'}, 'which change')
cancel(tagged)
equal(backup.list_tags(ResourceArn=arn)['Tags'], {'team': 'a'}, 'and stay with its record')
reserved = {'aws:team': 'a'}
for what, call, name in [
    ('a reserved tag of a new hold', tags(**reserved), invalid),
    ('a reserved tag of a hold', lambda: backup.tag_resource(ResourceArn=arn, Tags=reserved),
     invalid),
    ('51 tags', tags(**{f'tag-{number}': '' for number in range(51)}), 'LimitExceededException'),
    ('a hold that is not there',
     lambda: backup.list_tags(ResourceArn=arn[:-36] + str(uuid.uuid4())), gone),
    ('a hold of another region',
     lambda: backup.list_tags(ResourceArn=arn.replace('us-east-1', 'eu-west-1')), gone),
]:
    raises(call, name, what, status=400)
many = [hold() for _ in range(50)]
raises(hold, 'LimitExceededException', 'there are 50 at the most', status=400)
for it in many:
    backup.cancel_legal_hold(LegalHoldId=it['LegalHoldId'], CancelDescription='settled')
for what, call, name in [
    ('a hold without a title', lambda: hold(''), 'MissingParameterValueException'),
    ('dates that end before they begin',
     lambda: hold(DateRange={'FromDate': now, 'ToDate': now - DAY}), invalid),
    ('a resource that is no ARN', lambda: hold(ResourceIdentifiers=['vol-1']), invalid),
    ('GetLegalHold of none', lambda: backup.get_legal_hold(LegalHoldId='none'), gone),
    ('CancelLegalHold of none', lambda: cancel({'LegalHoldId': str(uuid.uuid4())}), gone),
    ('ListRecoveryPointsByLegalHold of none', lambda: held_by({'LegalHoldId': 'none'}), invalid),
]:
    raises(call, name, what, status=400)

# Lifecycles that change.
def change(arn, key=key, **lifecycle):
    return backup.update_recovery_point_lifecycle(**key, RecoveryPointArn=arn,
                                                  Lifecycle=lifecycle)


found = change(second, DeleteAfterDays=40)
equal(found['Lifecycle'], {'DeleteAfterDays': 40}, 'a lifecycle is changed')
shown_now = backup.describe_recovery_point(**key, RecoveryPointArn=second)
equal(shown_now['CalculatedLifecycle'], found['CalculatedLifecycle'], 'and calculated anew')
equal(change(second, MoveToColdStorageAfterDays=30, DeleteAfterDays=120)['Lifecycle'],
      {'MoveToColdStorageAfterDays': 30, 'DeleteAfterDays': 120}, 'cold storage is kept')
ok('Lifecycle' not in change(second), 'what is left out is no more')
for what, lifecycle in [('0 days', {'DeleteAfterDays': 0}),
                        ('89 days of cold storage',
                         {'MoveToColdStorageAfterDays': 30, 'DeleteAfterDays': 119}),
                        ('cold storage today', {'MoveToColdStorageAfterDays': 1})]:
    raises(lambda lifecycle=lifecycle: change(second, **lifecycle), invalid, what, status=400)
lock(key)
raises(lambda: change(second, DeleteAfterDays=9), refused, 'not in a locked vault', LOCKED)
unlock(key)
raises(lambda: change(first[:-1] + '0', DeleteAfterDays=9), gone, 'of no recovery point')
change(second, DeleteAfterDays=1)
poll(lambda: second not in {it['RecoveryPointArn'] for it in
                            backup.list_recovery_points_by_backup_vault(**key)['RecoveryPoints']},
     'one that has ended already deletes')
model.covered(PROTECTION)
done()
