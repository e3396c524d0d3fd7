#!/usr/bin/env python3
"""Real databases as instances of RDS: backed up while somebody writes, restored whole and to a
time between two commits, deleted, and nothing of them left.
usage: rds_databases.py postgresql|mariadb      env: SEXTON_BIN the program"""
import json
import os
import subprocess
import time

import databases
from alibaba import stamp
from checks import done, equal, ok
from process import scratch
from rds_sources import (MARKER, ROWS, Maria, Postgres, Writer, advance, file, files, filled,
                         in_the_clear, kind, make, registered, sets, sexton, started, stored_bytes,
                         tools_running, until)

DAY = 24 * 60 * 60

source = filled()
server, signer = started()
begun = stored_bytes()
instance, region = registered(signer, source)

writer = Writer(source)
physical = make(signer, instance, 'Physical')
writer.end()
equal(physical['StoreStatus'], 'Disabled', 'the set is too young to be deleted')
source.ask(f"INSERT INTO t VALUES (-1, '{MARKER} before')")
before = source.ask(ROWS)
# Between two commits lies a whole second.
time.sleep(1.2)
between = stamp()
time.sleep(4)
source.ask(f"INSERT INTO t VALUES (-2, '{MARKER} after')")
for _ in range(3):
    source.new_log_file()
    source.ask(f"INSERT INTO t VALUES ({-3 - _}, '{MARKER}')")
action = 'DescribeLogBackupFiles' if kind is Postgres else 'DescribeBinlogFiles'
span = {'StartTime': '2020-01-01T00:00Z', 'EndTime': '2090-01-01T00:00Z'}
if kind is Maria:
    span = {name: text.replace('Z', ':00Z') for name, text in span.items()}
until(lambda: signer.ask(action, DBInstanceId=instance, **span).json['TotalRecordCount'] >= 3,
      'log files are backed up')

for name, more, wanted in [('whole', (), None), ('to-a-time', ('--time', between), before)]:
    target = os.path.join(scratch, name)
    sexton('restore', instance, '--backup-set', physical['BackupId'], '--into', target, *more)
    again = kind(over=target)
    # It answers before it has come to that time.
    until(lambda: again.recovered(), 'the log is replayed')
    rows, last = again.ask(ROWS), again.ask('SELECT i FROM t WHERE i < 0')
    again.server.close()
    if wanted:
        equal((rows, last), (wanted, '-1'), 'restored to a time: all before it, nothing after it')
    else:
        ok(int(rows.replace('\t', '|').split('|')[0]) >= 999, 'restored: all that was there', rows)
        equal(last, '', 'and nothing of later')

logical = make(signer, instance, 'Logical')
wanted = source.ask(ROWS)
settings, rows = source.empty()
more = ('--database', kind.database)
sexton('restore', instance, '--backup-set', logical['BackupId'], '--into',
       file('target.toml', settings), *more)
equal(rows(), wanted, 'a logical set is loaded into an empty database, row for row')

for backup, into, says in ((physical, 'target.toml', 'restore it into a new folder'),
                           (logical, 'nowhere', 'for another time take a physical set')):
    ran = subprocess.run([os.environ['SEXTON_BIN'], 'restore', instance, '--backup-set',
                          backup['BackupId'], '--into', os.path.join(scratch, into), '--time',
                          between], capture_output=True, text=True)
    ok(ran.returncode != 0 and says in ran.stderr, 'what a set is not for is refused', ran)

listed = sets(signer, instance)
ids = '\n'.join(it['BackupId'] for it in listed)
stored = stored_bytes()
advance(server, 9 * DAY)
sexton('source', 'set', instance, '--lock-mode', 'manual-lock')
shown = signer.ask('DescribeDBInstanceAttribute', DBInstanceId=instance).json
equal(shown['Items']['DBInstanceAttribute'][0]['LockMode'], 'ManualLock', 'an instance is locked')
answer = signer.ask('DeleteBackup', DBInstanceId=instance, BackupId=listed[0]['BackupId'])
equal((answer.status, answer.code), (404, 'IncorrectDBInstanceLockMode'), 'its sets stay')
refused = sexton('delete', '--instance', instance, '--endpoint-url', server.url, '--region', region,
                 '-y', '-o', 'json', listed[0]['BackupId'], code=5)
equal(json.loads(refused)['items'][0]['obstacle'], 'instance_lock', 'and Sexton says why')
sexton('source', 'set', instance, '--lock-mode', 'unlock')
equal(len(sets(signer, instance)), len(listed), 'all of them are there')
deleted = sexton('delete', '--instance', instance, '--endpoint-url', server.url, '--region', region,
                 '-y', '-o', 'json', '-', text=ids)
equal(json.loads(deleted)['totals']['gone'], len(listed), 'every set is deleted and proven gone')
equal(sets(signer, instance), [], 'and shown no more')


def logs(on):
    """Switches log backup, and waits until the database keeps its log for it, or does not."""
    answer = signer.ask('ModifyBackupPolicy', DBInstanceId=instance,
                        BackupPolicyMode='LogBackupPolicy', EnableBackupLog=str(on))
    ok(answer.status == 200, f'log backup is on: {on}', answer)
    until(lambda: slots() == on, f'a slot is there: {on}')


def slots():
    """How many slots the database has; of MariaDB, which has none, whether it should."""
    if kind is Maria:
        return bool(tools_running(('mariadb-binlog',)))
    return int(source.ask('SELECT count(*) FROM pg_replication_slots'))


logs(True)
logs(False)
advance(server, 31 * DAY)
until(lambda: signer.ask(action, DBInstanceId=instance, **span).json['TotalRecordCount'] == 0,
      'log backups go when they were kept for long enough')
until(lambda: 'sexton_erasure_backlog 0' in server.get('/metrics'), 'all of it is certified')
ok(stored_bytes() <= begun < stored, 'the disk is as free as before',
   f'{begun}, {stored}, {stored_bytes()}')
for deletion in listed:
    named = f'arn:acs:rds:{region}:123456789012:dbinstance/{instance}/backup/'
    sexton('certificate', named + deletion['BackupId'])
# What was received and is in no run goes with log backup.
until(lambda: not in_the_clear(), 'nothing of a row is in the data folder')
logs(True)
# What an instance is decides before what its sets are.
for name, code, more in [('one', 'IncorrectDBInstanceType', ('--edition', 'basic')),
                         ('read', 'ReadDBInstanceNotSupport', ('--kind', 'readonly')),
                         ('guard', 'ReadDBInstanceNotSupport', ('--kind', 'guard')),
                         ('clone', 'ReadDBInstanceNotSupport', ('--kind', 'temp'))]:
    follows = () if name == 'one' else ('--primary', instance)
    other = sexton('source', 'add', '--type', 'apsara-rds', '--name', name, '--connection',
                   file(f'{name}.toml', source.settings()), *more, *follows).split()[0]
    answer = signer.ask('DeleteBackup', DBInstanceId=other.rsplit('/', 1)[-1], BackupId='1')
    equal((answer.status < 500, answer.code), (True, code), f'{more}: no set of it is deleted')
sexton('source', 'remove', named.rsplit('/backup/', 1)[0])
until(lambda: not slots(), 'the slot of an instance that is removed goes with it')
until(lambda: not in_the_clear(), 'nothing of a row is in the data folder')
server.end(15)
equal(tools_running(), [], 'no tool is left')
secret = databases.PASSWORD.encode()
equal([name for name, content in files() if secret in content], [], 'nor the password')
source.server.close()
done()
