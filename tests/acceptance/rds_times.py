#!/usr/bin/env python3
"""Restores of a set to a time between two commits, whatever became of the log since: somebody went on
with a server that was restored or began the log anew, or log backup was off for a while. And
what was restored starts, also where the settings of a server are not in its data folder.
usage: rds_times.py postgresql|mariadb          env: SEXTON_BIN the program"""
import os
import pwd
import subprocess
import time

import databases
from alibaba import stamp
from checks import done, equal, ok
from process import data, log, scratch
from rds_sources import (Maria, Postgres, file, filled, kind, make, registered, sexton, started,
                         tools_running, until)

ROWS = 'SELECT i FROM t WHERE i < 0 ORDER BY i DESC'
ACTION = 'DescribeLogBackupFiles' if kind is Postgres else 'DescribeBinlogFiles'
SPAN = {'StartTime': '2020-01-01T00:00Z', 'EndTime': '2090-01-01T00:00Z'}
if kind is Maria:
    SPAN = {name: text.replace('Z', ':00Z') for name, text in SPAN.items()}

source = filled()
server, signer = started()
instance, region = registered(signer, source)


def stored():
    return signer.ask(ACTION, DBInstanceId=instance, **SPAN).json['TotalRecordCount']


def store(*numbers):
    """Writes a row for each number, each into a file of the log of its own, and waits for them."""
    before = stored()
    for number in numbers:
        source.ask(f"INSERT INTO t VALUES ({number}, 'row')")
        source.new_log_file()
    until(lambda: stored() >= before + len(numbers), 'log files are backed up')


def between(number):
    """Writes a row, and gives a time after it with no other commit near."""
    source.ask(f"INSERT INTO t VALUES ({number}, 'row')")
    time.sleep(1.2)
    moment = stamp()
    time.sleep(3)
    return moment


def receives():
    if kind is Maria:
        return bool(tools_running(('mariadb-binlog',)))
    return source.ask('SELECT count(*) FROM pg_replication_slots WHERE active') != '0'


def logs(on):
    answer = signer.ask('ModifyBackupPolicy', DBInstanceId=instance,
                        BackupPolicyMode='LogBackupPolicy', EnableBackupLog=str(on))
    ok(answer.status == 200, f'log backup is on: {on}', answer)
    # What is switched on again at once goes on with what it has.
    spool = os.path.join(data, 'log-spool', instance)
    until(lambda: receives() == os.path.exists(spool) == on, f'the log is received: {on}')


def restored(name, backup, moment):
    """A server of a set at a time, and its rows in one line."""
    target = os.path.join(scratch, name)
    sexton('restore', instance, '--backup-set', backup['BackupId'], '--into', target, '--time', moment)
    again = kind(over=target)
    until(again.recovered, 'the log is replayed')
    return again, again.ask(ROWS).replace('\n', ' ')


def refused(name, backup, moment):
    target = os.path.join(scratch, name)
    words = ('restore', instance, '--backup-set', backup['BackupId'], '--into', target)
    ran = subprocess.run([os.environ['SEXTON_BIN'], *words, '--time', moment], capture_output=True,
                         text=True)
    ok(ran.returncode != 0 and not os.path.exists(target), f'{name}: it is refused', ran)
    return ran.stderr


def has(name, backup, moment, rows):
    again, found = restored(name, backup, moment)
    again.server.close()
    equal(found, rows, f'{name}: all that was committed before, and nothing of later')


old = make(signer, instance, 'Physical')
first = between(-1)
second = between(-2)
store(-3, -4, -5)
has('before', old, second, '-1 -2')

# Another life of the log, with files of the same names or from before the end of the old one.
if kind is Postgres:
    going_on, rows = restored('first', old, first)
    equal(rows, '-1', 'an earlier time')
    source.server.close()
    source = going_on
    sexton('source', 'add', '--type', 'apsara-rds', '--name', 'orders', '--connection',
           file('again.toml', source.settings()))
else:
    source.ask('RESET MASTER')
logs(False)
if kind is Maria:
    while source.ask('SHOW MASTER STATUS').split()[0] < 'binlog.000003':
        source.new_log_file()
logs(True)
values = ', '.join(f"({number}, '{'x' * 90}')" for number in range(5000, 5500))
source.ask(f'INSERT INTO t VALUES {values}')
store(-101, -102, -103, -104)
has('old-life', old, second, '-1 -2')
said = refused('other-life', old, stamp())
ok('breaks off after' in said or 'log backups tell of what was until' in said,
   'and why is said', said)

# A hole, in the new life.
new = make(signer, instance, 'Physical')
third = between(-110)
rows = source.ask(ROWS).replace('\n', ' ')
store(-111, -112)
logs(False)
for number in range(-129, -120):
    source.ask(f"INSERT INTO t VALUES ({number}, 'row')")
    source.new_log_file()
    if kind is Postgres:
        source.ask('CHECKPOINT')
logs(True)
store(-131, -132, -133)
has('before-a-hole', new, third, rows)
said = refused('behind-a-hole', new, stamp())
ok('breaks off after' in said, 'and why is said', said)

if kind is Maria:
    # The log is begun anew while it is received: nobody has to switch anything.
    source.ask('RESET MASTER')

    def said_so():
        with open(log) as lines:
            return 'does not go on from what was received, and is received anew' in lines.read()

    until(said_so, 'it is noticed')
    until(receives, 'the log is received anew')
    newest = make(signer, instance, 'Physical')
    fourth = between(-140)
    rows = source.ask(ROWS).replace('\n', ' ')
    store(-141, -142)
    has('begun-anew', newest, fourth, rows)
    refused('begun-anew-since', new, stamp())


class ByName(databases.PostgreSql):
    """A server that is reached by whom it runs as."""

    me = pwd.getpwuid(databases.NOBODY if os.geteuid() == 0 else os.geteuid()).pw_name

    def query(self, database, sql, user=None):
        psql = [self.program('psql'), '-XAtq', '-v', 'ON_ERROR_STOP=1', '-U', user or self.me]
        psql += ['-d', database, '-h', str(self.folder), '-p', str(self.port), '-c', sql]
        return databases.output(psql, **databases.as_nobody())


if kind is Postgres:
    # Settings that are elsewhere, as on Debian.
    for name in ('postgresql.conf', 'pg_hba.conf', 'pg_ident.conf'):
        (source.server.data / name).unlink()
    source.ask(f'CREATE ROLE {ByName.me} SUPERUSER LOGIN')
    bare = make(signer, instance, 'Physical')
    target = os.path.join(scratch, 'bare')
    said = sexton('restore', instance, '--backup-set', bare['BackupId'], '--into', target)
    ok('postgresql.conf and pg_hba.conf were not in the backup' in said, 'it is said', said)
    with ByName(over=target) as started_again:
        rows = started_again.query('postgres', 'SELECT count(*) > 1000 FROM t')
        equal(rows, 't', 'a set without settings starts, for whom it runs as')
        try:
            ok(False, 'nobody is let in by trust', started_again.query('postgres', 'SELECT 1',
                                                                        databases.USER))
        except RuntimeError as error:
            ok('Peer authentication failed' in str(error), 'nobody is let in by trust', error)
server.end(15)
source.server.close()
done()
