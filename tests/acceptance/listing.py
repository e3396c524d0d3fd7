#!/usr/bin/env python3
"""Every listing: each filter, pages of one, tokens that survive deletion and are refused
when they are damaged or belong elsewhere. usage: listing.py ENDPOINT_URL"""
import datetime

from checks import RESOURCE, done, equal, ok, raises
from served import (back_up, client, ended_backup, ended_restore, post, start_backup,
                    start_restore, wait)
import model

TABLE = 'arn:aws:dynamodb:us-east-1:123456789012:table/Orders'
post('/_sexton/dev/reset', {'world': 'empty'})
backup = client()
for name in ('Default', 'one', 'two', 'three'):
    backup.create_backup_vault(BackupVaultName=name)


def clock():
    now = post('/_sexton/dev/clock', {'advance_seconds': 0})['now']
    return datetime.datetime.fromisoformat(now.replace('Z', '+00:00'))


# Six points in two vaults, each 20 seconds after the last: within the skew of a signature.
jobs = []
for vault, resource in [('one', RESOURCE), ('one', TABLE), ('one', RESOURCE), ('one', TABLE),
                        ('two', RESOURCE), ('one', RESOURCE)]:
    job = back_up(backup, vault, resource)
    jobs.append(job)
    post('/_sexton/dev/clock', {'advance_seconds': 20})
equal([job['State'] for job in jobs], ['COMPLETED'] * 6, 'six backups')
restores = []
for job in jobs[:3]:
    started = start_restore(backup, job['RecoveryPointArn'])['RestoreJobId']
    restores.append(ended_restore(backup, started))
    post('/_sexton/dev/clock', {'advance_seconds': 20})
middle = jobs[2]['CreationDate'] + datetime.timedelta(seconds=10)
arns = [job['RecoveryPointArn'] for job in jobs]
in_one = [arns[0], arns[1], arns[2], arns[3], arns[5]]


def listing(operation, items, name):
    def ask(**filters):
        return [item[name] for item in getattr(backup, operation)(**filters)[items]]
    return ask


def filters(ask, cases):
    for given, wanted in cases:
        try:
            found = ask(**given)
        except Exception as error:
            ok(False, f'{given}: {len(wanted)} items', error)
            continue
        ok(sorted(found) == sorted(wanted) and len(found) == len(set(found)),
           f'{given}: {len(wanted)} items', (found, wanted))


points = listing('list_recovery_points_by_backup_vault', 'RecoveryPoints', 'RecoveryPointArn')
filters(lambda **given: points(BackupVaultName='one', **given), [
    ({}, in_one),
    ({'ByResourceArn': RESOURCE}, [arns[0], arns[2], arns[5]]),
    ({'ByResourceArn': RESOURCE + '1'}, []),
    ({'ByResourceType': 'DynamoDB'}, [arns[1], arns[3]]),
    ({'ByResourceType': 'EFS'}, []),
    ({'ByCreatedBefore': middle}, arns[:3]),
    ({'ByCreatedAfter': middle}, [arns[3], arns[5]]),
    ({'ByCreatedAfter': middle, 'ByCreatedBefore': middle}, []),
    ({'ByCreatedAfter': middle, 'ByResourceArn': RESOURCE}, [arns[5]]),
    ({'ByCreatedBefore': middle, 'ByResourceType': 'EBS'}, [arns[0], arns[2]]),
    ({'ByBackupPlanId': 'plan'}, []),
    ({'ByParentRecoveryPointArn': arns[0]}, []),
    ({'BackupVaultAccountId': '123456789012'}, in_one),
])
raises(lambda: points(BackupVaultName='one', ByResourceArn=arns[0]),
       'InvalidParameterValueException', 'a point is no resource to list by',
       f'Unsupported resource type: {arns[0]}', 400)
by_resource = listing('list_recovery_points_by_resource', 'RecoveryPoints', 'RecoveryPointArn')
filters(by_resource, [
    ({'ResourceArn': RESOURCE}, [arns[0], arns[2], arns[4], arns[5]]),
    ({'ResourceArn': TABLE}, [arns[1], arns[3]]),
    ({'ResourceArn': TABLE, 'ManagedByAWSBackupOnly': True}, [arns[1], arns[3]]),
])
ids = [job['BackupJobId'] for job in jobs]
filters(listing('list_backup_jobs', 'BackupJobs', 'BackupJobId'), [
    ({}, ids),
    ({'ByState': 'COMPLETED'}, ids),
    ({'ByState': 'RUNNING'}, []),
    ({'ByState': 'PARTIAL'}, []),
    ({'ByResourceArn': TABLE}, [ids[1], ids[3]]),
    ({'ByResourceType': 'EBS'}, [ids[0], ids[2], ids[4], ids[5]]),
    ({'ByBackupVaultName': 'two'}, [ids[4]]),
    ({'ByCreatedBefore': middle}, ids[:3]),
    ({'ByCreatedAfter': middle}, ids[3:]),
    ({'ByCompleteBefore': middle}, ids[:3]),
    ({'ByCompleteAfter': middle}, ids[3:]),
    ({'ByAccountId': '*'}, ids),
    ({'ByAccountId': '123456789012'}, ids),
    ({'ByAccountId': '210987654321'}, []),
    ({'ByParentJobId': ids[0]}, []),
    ({'ByMessageCategory': 'SUCCESS'}, ids),
    ({'ByMessageCategory': '*'}, ids),
    ({'ByMessageCategory': 'AccessDenied'}, []),
    ({'ByBackupVaultName': 'one', 'ByState': 'COMPLETED', 'ByCreatedAfter': middle},
     [ids[3], ids[5]]),
])
restored = [job['RestoreJobId'] for job in restores]
later = restores[0]['CreationDate'] + datetime.timedelta(seconds=10)
filters(listing('list_restore_jobs', 'RestoreJobs', 'RestoreJobId'), [
    ({}, restored),
    ({'ByStatus': 'COMPLETED'}, restored),
    ({'ByStatus': 'FAILED'}, []),
    ({'ByResourceType': 'DynamoDB'}, [restored[1]]),
    ({'ByCreatedBefore': later}, restored[:1]),
    ({'ByCreatedAfter': later}, restored[1:]),
    ({'ByCompleteBefore': later}, restored[:1]),
    ({'ByCompleteAfter': later}, restored[1:]),
    ({'ByAccountId': '123456789012'}, restored),
    ({'ByParentJobId': restored[0]}, []),
])
filters(listing('list_backup_vaults', 'BackupVaultList', 'BackupVaultName'), [
    ({}, ['Default', 'one', 'two', 'three']),
    ({'ByVaultType': 'BACKUP_VAULT'}, ['Default', 'one', 'two', 'three']),
    ({'ByVaultType': 'LOGICALLY_AIR_GAPPED_BACKUP_VAULT'}, []),
    ({'ByShared': False}, ['Default', 'one', 'two', 'three']),
    ({'ByShared': True}, []),
])

# Pages.
vault_arn = backup.describe_backup_vault(BackupVaultName='one')['BackupVaultArn']
backup.tag_resource(ResourceArn=vault_arn, Tags={f'key {n}': str(n) for n in range(5)})
pages = [
    ('list_recovery_points_by_backup_vault', {'BackupVaultName': 'one'}, 'RecoveryPoints', 5),
    ('list_recovery_points_by_resource', {'ResourceArn': RESOURCE}, 'RecoveryPoints', 4),
    ('list_backup_jobs', {'ByBackupVaultName': 'one'}, 'BackupJobs', 5),
    ('list_restore_jobs', {}, 'RestoreJobs', 3),
    ('list_backup_vaults', {}, 'BackupVaultList', 4),
    ('list_tags', {'ResourceArn': vault_arn}, 'Tags', 5),
]


def items(answer, name):
    found = answer[name]
    return sorted(found.items()) if isinstance(found, dict) else found


tokens = {}
for operation, given, name, count in pages:
    call = getattr(backup, operation)
    whole = call(**given)
    ok('NextToken' not in whole, f'{operation}: no token when there is no more', whole)
    first = call(**given, MaxResults=1)
    tokens[operation] = first['NextToken']
    for size in (1, 2, count, 1000):
        found, token, asked = [], {}, 0
        while asked <= count:
            page = call(**given, MaxResults=size, **token)
            ok(len(page[name]) <= size, f'{operation}: pages of {size}', page)
            found += items(page, name)
            asked += 1
            if 'NextToken' not in page:
                break
            token = {'NextToken': page['NextToken']}
        equal(found, items(whole, name), f'{operation}: pages of {size} make up the whole')
    for size in (0, -1, 1001):
        raises(lambda: call(**given, MaxResults=size), 'InvalidParameterValueException',
               f'{operation}: MaxResults {size}')
    token = first['NextToken']
    damaged = token[:-4] + ('AAAA' if token[-4:] != 'AAAA' else 'BBBB')
    for kind, wrong in [('damaged', damaged), ('cut', token[:-3]), ('invented', 'e30='),
                        ('of other characters', '{"x": "\u00e9"}')]:
        raises(lambda: call(**given, NextToken=wrong), 'InvalidParameterValueException',
               f'{operation}: a token that is {kind}')
for operation, given, name, count in pages:
    if backup.can_paginate(operation):
        walked = backup.get_paginator(operation).paginate(**given, PaginationConfig={'PageSize': 1})
        equal([item for page in walked for item in page[name]], getattr(backup, operation)(
            **given)[name], f'{operation}: its paginator walks it')
for operation, given, name, count in pages:
    for other, token in tokens.items():
        if other != operation:
            raises(lambda: getattr(backup, operation)(**given, NextToken=token),
                   'InvalidParameterValueException', f'{operation}: a token of {other}')
raises(lambda: backup.list_backup_jobs(NextToken=tokens['list_backup_jobs']),
       'InvalidParameterValueException', 'a token of the same listing with another filter')
raises(lambda: backup.list_recovery_points_by_backup_vault(
    BackupVaultName='two', NextToken=tokens['list_recovery_points_by_backup_vault']),
    'InvalidParameterValueException', 'a token of another vault')

# Deletion between two pages: of what was shown, and of what comes next.
call = backup.list_recovery_points_by_backup_vault
order = points(BackupVaultName='one')
page = call(BackupVaultName='one', MaxResults=2)
seen = [point['RecoveryPointArn'] for point in page['RecoveryPoints']]
for arn in (seen[1], order[2]):
    backup.delete_recovery_point(BackupVaultName='one', RecoveryPointArn=arn)
wait(lambda: len(points(BackupVaultName='one')) == 3)
page = call(BackupVaultName='one', MaxResults=2, NextToken=page['NextToken'])
equal([point['RecoveryPointArn'] for point in page['RecoveryPoints']], order[3:],
      'a token survives the deletion of the item that it points at')
started = start_backup(backup, 'one')
equal(ended_backup(backup, started['BackupJobId'])['State'], 'COMPLETED', 'one more')
ok(model.answers > 200, f'{model.answers} answers were held against the model')
done()
