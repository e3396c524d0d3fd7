#!/usr/bin/env python3
"""The package `sexton`: what it deletes, what it says of it, and where avtomat-aws is wrong.
usage: python_sweep.py ENDPOINT_URL (run by python_package.py)"""
import json
import os
import subprocess
import sys
import tempfile
import urllib.request

from checks import EXPIRED_ROLE, done, equal, ok, poll, raises
from python_between import between, client, ghost, points, url, vault_with

import boto3
import sexton
from avtomat_aws import backup as avtomat
from sexton import backup, fsx, rds

# The documented example of avtomat-aws, with the import changed.
(ours, mine), (theirs, others) = vault_with(5), vault_with(5)
equal(backup.delete_backups(backup_vault_name=ours, recovery_point_arns=mine), [],
      'everything is deleted: the list is empty')
equal(avtomat.delete_backups(backup_vault_name=theirs, recovery_point_arns=others), [],
      'and with avtomat-aws as well')
equal(points(ours), [], 'of ours nothing is left')
poll(lambda: points(theirs) == [], 'nor of theirs')
equal(backup.delete_backups(backup_vault_name=ours, recovery_point_arns=[]), [],
      'an empty list gives an empty list')

# Where avtomat-aws is wrong.
(ours, mine), (theirs, others) = vault_with(2, EXPIRED_ROLE), vault_with(2, EXPIRED_ROLE)
equal(avtomat.delete_backups(backup_vault_name=theirs, recovery_point_arns=others), [],
      'avtomat-aws takes EXPIRED for deleted')
equal(backup.delete_backups(backup_vault_name=ours, recovery_point_arns=mine), mine,
      'EXPIRED is a failure')
report = backup.delete_backups(backup_vault_name=ours, recovery_point_arns=[*mine, ghost, ghost],
                               detailed=True)
equal([item.outcome for item in report.items], ['expired', 'expired', 'absent'],
      'a report tells the outcome of each')
ok(report.items[0].obstacle == 'role' and report.items[0].way_out and report.items[0].reason,
   'with what stands in the way, and the way out', report.items[0])
equal((report.verdict, report.totals['expired'], report.to_dict()['duplicates'], bool(report)),
      ('partial', 2, 1, False), 'and what the call comes to')
equal([row['outcome'] for row in report], ['expired', 'expired', 'absent'], 'row by row')
ok('expired' in str(report) and '<table>' in report._repr_html_(), 'printable, and a table')
printed = subprocess.run(
    [os.path.join(os.path.dirname(sys.executable), 'sexton'), 'delete', '--vault', ours, '--yes',
     '--output', 'json', '--quiet', *mine, ghost], capture_output=True, text=True)
theirs_document, document = json.loads(printed.stdout), json.loads(report.to_json())
equal(sorted(document), sorted(theirs_document), 'JSON has the members of the command line')
equal([sorted(it) for it in document['items']], [sorted(it) for it in theirs_document['items']],
      'and so has each of its items')
equal(backup.delete_backups(backup_vault_name=ours, recovery_point_arns=[ghost], absent_ok=True),
      [], 'what is nowhere is no failure for whoever says so')


def elsewhere(address, call, **given):
    """Calls what knows an address only from the environment."""
    os.environ['AWS_ENDPOINT_URL_BACKUP'] = address
    try:
        return call(**given)
    finally:
        del os.environ['AWS_ENDPOINT_URL_BACKUP']


def locked(method, path, headers):
    if method == 'GET' and path.rstrip('/').count('/') == 2:
        return lambda body: json.dumps({**json.loads(body), 'Locked': True}).encode()
    return 'pass'


# To avtomat-aws the server says it of each deletion, as AWS does.
def refusing(method, path, headers):
    if method == 'DELETE':
        return 400, 'InvalidRequestException'
    return 'pass'


(vault, arns), (theirs, others) = vault_with(3), vault_with(3)
with between(refusing) as address:
    equal(elsewhere(address, avtomat.delete_backups, backup_vault_name=theirs,
                    recovery_point_arns=others), others,
          'of a locked vault avtomat-aws gives every point')
asked = []


def heard(method, path, headers):
    asked.append(method)
    return locked(method, path, headers)


with between(heard) as address:
    equal(backup.delete_backups(backup_vault_name=vault, recovery_point_arns=arns,
                                endpoint_url=address), arns,
          'and so do we')
    equal(asked, ['GET'], 'who only read the vault')
    report = backup.delete_backups(backup_vault_name=vault, recovery_point_arns=arns,
                                   endpoint_url=address, detailed=True)
equal((report.verdict, {(it.outcome, it.obstacle) for it in report.items}),
      ('refused', {('refused', 'vault_lock')}), 'with the lock as the reason')
ok(f'the vault {vault} is locked' in report.items[0].reason and report.items[0].way_out,
   'in words, and the way out', report.items[0])
equal((len(points(vault)), len(points(theirs))), (3, 3), 'and nothing is deleted')

# Deleted before, by whoever: the list of avtomat-aws says of all that they failed.
for name, given in (vault, arns), (theirs, others):
    equal(avtomat.delete_backups(backup_vault_name=name, recovery_point_arns=given), [],
          'all are deleted')
    poll(lambda: points(name) == [], 'and gone')
equal(avtomat.delete_backups(backup_vault_name=theirs, recovery_point_arns=others), others,
      'whoever asks avtomat-aws again is told that all failed')
report = backup.delete_backups(backup_vault_name=vault, recovery_point_arns=arns, detailed=True)
equal((report.verdict, report.totals['absent'], report.failed(absent_ok=True)),
      ('all_absent', 3, []), 'of ours none has failed, and none is proven gone: all are absent')
ok(all('no vault that can be read' in it.reason for it in report.failed()),
   'which is said of each, with where was looked', report.failed())
ok(all('after=' in it.way_out and 'absent_ok=True' in it.way_out and '--' not in it.way_out
       for it in report.failed()),
   'and with a way out that names arguments of Python', report.failed())
equal(backup.delete_backups(backup_vault_name=vault, recovery_point_arns=arns, absent_ok=True), [],
      'and whoever runs twice says that this is fine')
vault, arns = vault_with(1)
refusals = iter([True] * 4)


def throttled(method, path, headers):
    if method == 'DELETE' and next(refusals, False):
        return 400, 'ThrottlingException'
    return 'pass'


with between(throttled) as address:
    equal(backup.delete_backups(backup_vault_name=vault, recovery_point_arns=arns,
                                endpoint_url=address), [],
          'a service that asks for patience four times gets it')
vault, arns = vault_with(3)
losses = iter([True] * 3)
with between(lambda method, *_: 'lose' if method == 'DELETE' and next(losses, False) else 'pass'
             ) as address:
    report = backup.delete_backups(backup_vault_name=vault, recovery_point_arns=arns,
                                   endpoint_url=address, detailed=True)
    equal((report.verdict, bool(report), report.totals['gone']), ('all_gone', True, 3),
          'what was seen before is gone although the reply was lost')
equal(points(vault), [], 'and they are not there')
(vault, arns), (theirs, others) = vault_with(2), vault_with(2)
lost = set()


def once(method, path, headers):
    """The reply to the first deletion of each is lost."""
    if method != 'DELETE' or path in lost:
        return 'pass'
    lost.add(path)
    return 'lose'


with between(once) as address:
    equal(elsewhere(address, avtomat.delete_backups, backup_vault_name=theirs,
                    recovery_point_arns=others), others,
          'of lost replies avtomat-aws says that nothing was deleted')
    equal(points(theirs), [], 'where all is deleted')
    report = backup.delete_backups(backup_vault_name=vault, recovery_point_arns=arns,
                                   endpoint_url=address, detailed=True)
    equal((report.verdict, report.failed()), ('all_gone', []),
          'and Sexton, which looks first, that all has gone')

# Reports of earlier calls: what one of them saw there, and what is not there now, is gone.
(vault, arns), (other, others) = vault_with(3), vault_with(1)
first = backup.delete_backups(backup_vault_name=vault, recovery_point_arns=arns, detailed=True)
equal(backup.delete_backups(backup_vault_name=vault, recovery_point_arns=arns, after=first), [],
      'what an earlier report proves gone is no failure')
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, 'report.json')
    with open(path, 'w') as file:
        file.write(first.to_json())
    report = backup.delete_backups(backup_vault_name=vault, recovery_point_arns=[*arns, ghost],
                                   after=[path, first], detailed=True)
    equal(([it.outcome for it in report.items], report.totals['already_gone']),
          (['gone'] * 3 + ['absent'], 3), 'and of what no report names it proves nothing')
    subprocess.run([os.path.join(os.path.dirname(sys.executable), 'sexton'), 'delete', '--vault',
                    other, '--yes', '--quiet', '--report', path, *others], check=True,
                   stdout=subprocess.DEVNULL)
    equal(backup.delete_backups(backup_vault_name=other, recovery_point_arns=others,
                                after=path), [], 'a report of the command line counts as well')
    vault, arns = vault_with(1)
    for after, words in [
        (path, f'after: {path}: it is of vault {other}, and not {vault}'),
        ([first], 'after[0]: the report: it is of vault'),
        ([first, os.path.join(folder, 'none')], 'after[1]: cannot read'),
        (1, 'after: give a report'), ([first.to_dict()], 'after[0]: dict is neither'),
    ]:
        raises(lambda: backup.delete_backups(backup_vault_name=vault, recovery_point_arns=arns,
                                             after=after),
               'InvalidInputError', f'refused: {words}', words)
    for text, words in [(first.to_json()[:-9], 'ends too early, in line 1'),
                        ('[]', f'after: {path} is no report of `sexton delete`'),
                        ('{"schema": 2, "items": []}', 'is a report of schema 2, not 1')]:
        with open(path, 'w') as file:
            file.write(text)
        raises(lambda: backup.delete_backups(backup_vault_name=vault, recovery_point_arns=arns,
                                             after=path, endpoint_url='http://127.0.0.1:9'),
               'InvalidInputError', f'no report, told before any call: {words}', words)
equal(len(points(vault)), 1, 'and nothing is deleted')

arns = [ghost]
# What cannot be meant is said before the first call.
nobody = 'http://127.0.0.1:9'
for call, words in [
    (lambda: backup.delete_backups(backup_vault_name='v', recovery_point_arns=[arns[0], 'x'],
                                   endpoint_url=nobody), 'recovery_point_arns[1]'),
    (lambda: backup.delete_backups(backup_vault_name='v', recovery_point_arns=arns[0]),
     'give a list'),
    (lambda: backup.delete_backups(backup_vault_name='', recovery_point_arns=arns),
     'backup_vault_name'),
    (lambda: backup.delete_backups(backup_vault_name='v', recovery_point_arns=arns,
                                   region='eu-west-1'), 'is in region us-east-1'),
    (lambda: fsx.delete_backups(backup_ids=['backup-x']), 'backup_ids[0]'),
    (lambda: rds.delete_backups(db_instance_id='rm-1', backup_ids=['x']), 'backup_ids[0]'),
    (lambda: rds.delete_backups(db_instance_id='rm-1', backup_ids=['1'], signature='v2'),
     'signature'),
    (lambda: backup.delete_backups(backup_vault_name='v', recovery_point_arns=arns, rate=0),
     'rate'),
]:
    raises(call, 'InvalidInputError', f'refused before any call: {words}', words)
raises(lambda: backup.delete_backups(backup_vault_name='none', recovery_point_arns=arns),
       'NotFoundError', 'a vault that is not there')
ok(issubclass(sexton.InvalidInputError, ValueError), 'it is a ValueError as well')
equal(str(sexton.NotFoundError), "<class 'sexton.NotFoundError'>", 'by the name that is imported')

# FSx and RDS.
client_fsx = boto3.client('fsx')
system = client_fsx.describe_file_systems()['FileSystems'][0]['FileSystemId']
made = [client_fsx.create_backup(FileSystemId=system)['Backup']['BackupId'] for _ in range(3)]
poll(lambda: all(it['Lifecycle'] == 'AVAILABLE' for it in
                 client_fsx.describe_backups(BackupIds=made)['Backups']), 'three backups of FSx')
equal(fsx.delete_backups(backup_ids=made[:2]), [], 'two of them are deleted')
missing = 'backup-0123456789abcdef0'
report = fsx.delete_backups(backup_ids=[made[2], missing], detailed=True)
equal([(it.name, it.outcome) for it in report.items], [(made[2], 'gone'), (missing, 'absent')],
      'a report of FSx')
again = fsx.delete_backups(backup_ids=[made[2], missing], after=report, detailed=True)
equal([it.outcome for it in again.items], ['gone', 'absent'], 'which counts in the next call')
apsara = {'region': 'cn-hangzhou', 'endpoint_url': url}
instance = 'rm-uf6wjk5xxxxxxx'
sets = list(rds.list_backups(db_instance_id=instance, **apsara))
ok(len(sets) > 10 and sets[0].instance == instance, 'sets of RDS are listed', len(sets))
free = [it for it in sets if it.protected_by == []]
report = rds.delete_backups(db_instance_id=instance, backup_ids=[it.id for it in sets[:12]],
                            detailed=True, **apsara)
equal({it.id for it in sets[:12] if it.id in {one.id for one in free}},
      {it.name for it in report.items if it.gone}, 'those of RDS that can be are deleted')
ok(all(it.reason and it.way_out for it in report.failed()), 'and of the others it is said why')
gone = [it.name for it in report.items if it.gone]
equal((rds.delete_backups(db_instance_id=instance, backup_ids=gone, **apsara),
       rds.delete_backups(db_instance_id=instance, backup_ids=gone, after=report, **apsara)),
      (gone, []), 'and again with its report')

# Lists.
vault, arns = vault_with(4)
equal(sorted(it.id for it in backup.list_backups(backup_vault_name=vault)), arns, 'a vault')
one = next(iter(backup.list_backups(backup_vault_name=vault, type='EBS', newer_than='1d')))
ok(one.state == 'COMPLETED' and one.created.utcoffset().total_seconds() == 0, 'one entry', one)
equal(list(backup.list_backups(backup_vault_name=vault, older_than='90d')), [], 'by age')
raises(lambda: backup.list_backups(older_than='soon'), 'InvalidInputError', 'an age that is none')
raises(lambda: list(backup.list_backups(backup_vault_name='none')), 'UnfinishedListError',
       'a vault that is not there has no list')
ok(list(fsx.list_backups()) is not None, 'backups of FSx')

ok(urllib.request.urlopen(url + '/healthz').status == 200, 'the server is well')
done()
