#!/usr/bin/env python3
"""Real databases as instances of RDS, while what runs is killed: the server in the middle of log
backup, of a set and of a restore, the database in the middle of its backup; and a binary log that begins
anew.
usage: rds_killed.py postgresql|mariadb      env: SEXTON_BIN the program"""
import os
import pathlib
import subprocess
import sys
import time

from alibaba import stamp
from checks import done, equal, ok
from process import log, scratch
from rds_sources import (MARKER, NAMES, ROWS, Maria, Postgres, begin, ended, file, filled, kind,
                         make, registered, sets, sexton, slow_tools, started, tools_running, until)

# All that a restore runs.
RESTORING = ('pg_verifybackup', 'mbstream', 'mariadb-backup', 'mariadbd', 'mariadb-binlog')


def restore(target, *more, **how):
    return subprocess.Popen([os.environ['SEXTON_BIN'], 'restore', instance, '--backup-set',
                             physical['BackupId'], '--into', str(target), *more],
                            stdout=subprocess.DEVNULL, stderr=open(log, 'a'), **how)


def is_as_before(target):
    again = kind(over=str(target))
    until(again.recovered, 'the log is replayed')
    found = again.ask(ROWS), again.ask('SELECT i FROM t WHERE i < 0')
    again.server.close()
    equal(found, (wanted, '-1'), 'all that was committed before the time is there, and no more')


source, folder = filled(), slow_tools()
# More than what fits into pipes and sockets.
many = 'generate_series(1, 20000)' if kind is Postgres else 'mysql.seq_1_to_20000'
source.ask('CREATE TABLE big (w varchar(2000))')
source.ask(f"INSERT INTO big SELECT repeat('x', 1000) FROM {many}")
server, signer = started()
more = f'tools = "{folder}"\n'
instance, _ = registered(signer, source, more)
physical = make(signer, instance, 'Physical')

# Log backup is killed at once, while a file is in the spool, and after it was backed up.
action = 'DescribeLogBackupFiles' if kind is Postgres else 'DescribeBinlogFiles'
span = {'StartTime': '2020-01-01T00:00Z', 'EndTime': '2090-01-01T00:00Z'}
if kind is Maria:
    span = {name: text.replace('Z', ':00Z') for name, text in span.items()}


def backed_up():
    return signer.ask(action, DBInstanceId=instance, **span).json['TotalRecordCount']


def spooled():
    return [it for it in pathlib.Path(scratch, 'data').rglob('*')
            if it.is_file() and it.name.startswith(('0000', 'binlog.'))]


number = 2000
for moment in [lambda: True, spooled, lambda: backed_up() >= 1, lambda: True]:
    for _ in range(20):
        number += 1
        source.ask(f"INSERT INTO t VALUES ({number}, '{MARKER}')")
    source.new_log_file()
    until(moment, 'log backup has come as far as that')
    server.end()
    source.ask(f"INSERT INTO t VALUES ({number + 100000}, '{MARKER}')")
    server, signer = started()
source.ask(f"INSERT INTO t VALUES (-1, '{MARKER} before')")
wanted = source.ask(ROWS)
# Between two commits lies a whole second.
time.sleep(1.2)
between = stamp()
time.sleep(1.2)
source.ask(f"INSERT INTO t VALUES (-2, '{MARKER} after')")
target = pathlib.Path(scratch, 'after-kills')


def reaches():
    """Whether the log is backed up as far as the time. Until then a restore is refused."""
    global number
    number += 1
    source.ask(f"INSERT INTO t VALUES ({number}, '{MARKER} after')")
    source.new_log_file()
    return restore(target, '--time', between).wait() == 0


until(reaches, 'the log reaches the time')
is_as_before(target)

# A restore is killed, the one of MariaDB while a server of ours replays the log.
target = pathlib.Path(scratch, 'killed')
staging = pathlib.Path(scratch, '.killed.restoring')
asking = restore(target, '--time', between)


def in_the_middle():
    if asking.poll() is not None:
        return True
    return tools_running(('mariadbd',)) if kind is Maria else staging.exists()


until(in_the_middle, 'the restore is in its middle')
server.end()
ok(asking.wait() != 0 or target.exists(), 'whoever asked for it is told')
server, signer = started()
# What receives the log goes on, and is begun anew at once.
until(lambda: all('--stop-never' in it for it in tools_running(RESTORING)),
      'no program is left over the folder')
if not target.exists():
    until(lambda: restore(target, '--time', between).wait() == 0, 'it is restored again')
ok(not staging.exists(), 'nothing is left beside it')
is_as_before(target)

# The server is killed in the middle of a set: the task fails, and nothing of the set is left.
listed = sets(signer, instance)


def halfway():
    """Has a set begin, and waits until its dump is in the middle."""
    (folder / 'begun').unlink(missing_ok=True)
    job = begin(signer, instance, 'Logical')
    until((folder / 'begun').exists, 'the dump is in its middle')
    return job


(folder / 'slow').touch()
job = halfway()
server.end()
(folder / 'go').touch()
server, signer = started()
task = ended(signer, instance, job)
equal(task['BackupStatus'], 'Failed', 'the set of a server that was killed fails')
until(lambda: not tools_running(('pg_dump', 'mariadb-dump')), 'its dump has ended')
until(lambda: 'sexton_erasure_backlog 0' in server.get('/metrics'), 'and its bytes are removed')
listed_now = [it for it in sets(signer, instance) if it['BackupStatus'] != 'Failed']
equal(listed_now, listed, 'the other sets are as they were')
(folder / 'slow').unlink()
make(signer, instance, 'Logical')

# The database is killed in the middle of its backup.
listed = sets(signer, instance)
(folder / 'go').unlink()
(folder / 'slow').touch()
job = halfway()
source.server.kill()
(folder / 'go').touch()
task = ended(signer, instance, job)
equal(task['BackupStatus'], 'Failed', 'the backup of a database that was killed fails')
failed = [it for it in sets(signer, instance) if it not in listed]
ok(all(it['BackupStatus'] == 'Failed' for it in failed), 'and makes no set', failed)
(folder / 'slow').unlink()


def state():
    told = signer.ask('DescribeDBInstanceAttribute', DBInstanceId=instance).json
    return told['Items']['DBInstanceAttribute'][0]['DBInstanceStatus']


until(lambda: state() == 'Stopped', 'within seconds it is shown as not running', 30)
answer = signer.ask('DeleteBackup', DBInstanceId=instance, BackupId=listed[0]['BackupId'])
equal(answer.code, 'IncorrectDBInstanceState', 'and no set of it is deleted')
ok('cannot be reached: ' in answer.json['Message'] and 'since' in answer.json['Message'],
   'which is told, with why and since when', answer.json)
source.server.start_again()
# It has another port now.
sexton('source', 'add', '--type', 'apsara-rds', '--name', NAMES[sys.argv[1]],
       '--connection', file('connection.toml', source.settings() + more))
make(signer, instance, 'Logical')

if kind is Maria:
    # Another log takes the place of the old one, under the same names.
    until(lambda: 'sexton_log_backup_problems 0' in server.get('/metrics'), 'its log is received')
    source.server.query('RESET MASTER')
    source.ask(f"INSERT INTO t VALUES (-4, '{MARKER} after')")
    source.new_log_file()
    until(lambda: b'is received anew' in pathlib.Path(log).read_bytes(), 'it is noticed')
    until(lambda: 'sexton_log_backup_problems 0' in server.get('/metrics'), 'and it goes on')
    source.ask(f"INSERT INTO t VALUES (-5, '{MARKER} after')")
    source.new_log_file()
    ok(restore(pathlib.Path(scratch, 'other'), '--time', stamp()).wait() != 0,
       'a restore over it is refused')
server.end(15)
equal(tools_running(), [], 'no tool is left')
sexton('scrub')
ok(True, 'no object is stored that belongs to nothing')
source.server.close()
done()
