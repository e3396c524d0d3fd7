#!/usr/bin/env python3
"""Real databases as instances of RDS: backed up while somebody writes, restored whole and to a
time between two commits, deleted, and nothing of them left; also when the server is killed.
usage: rds_databases.py postgresql|mariadb      env: SEXTON_BIN the program"""
import json
import os
import pathlib
import subprocess
import sys
import threading
import time
import urllib.request

import databases
from alibaba import Signer, stamp
from checks import done, equal, ok
from process import Server, data, scratch

DAY = 24 * 60 * 60
# In every table, so that whatever is left of it in the clear can be found.
MARKER = 'a-marker-that-is-nowhere-else'
NAMES = {'postgresql': 'orders', 'mariadb': 'shop'}


class Postgres:
    engine = 'postgresql'
    tools = ('pg_basebackup', 'pg_receivewal', 'pg_dump')

    def __init__(self, over=None):
        self.server = databases.PostgreSql(over=over)

    def ask(self, sql):
        return self.server.query('postgres', sql)

    def new_log_file(self):
        self.ask('SELECT pg_switch_wal()')

    def recovered(self):
        return self.ask('SELECT pg_is_in_recovery()') == 'f'

    def settings(self, database='postgres'):
        return self.connection(f'database = {json.dumps(database)}\n')

    def connection(self, more):
        return (f'engine = "{self.engine}"\nhost = "127.0.0.1"\nport = {self.server.port}\n'
                f'tls = "off"\nuser = "{databases.USER}"\n'
                f'password = {json.dumps(databases.PASSWORD)}\n{more}')

    def empty(self):
        """A database that a logical set is loaded into, how it is reached, and its rows."""
        self.ask('CREATE DATABASE emptied')
        return self.settings('emptied'), lambda: self.server.query('emptied', ROWS)

    database = 'postgres'


class Maria(Postgres):
    engine = 'mysql'
    tools = ('mariadb-backup', 'mariadb-binlog', 'mariadb-dump')
    database = 'shop'

    def __init__(self, over=None):
        self.server = databases.MariaDb(over=over)
        if over is None:
            self.server.query('CREATE DATABASE shop')

    def ask(self, sql):
        return self.server.query('USE shop; ' + sql)

    def new_log_file(self):
        self.server.query('FLUSH BINARY LOGS')

    def recovered(self):
        return True

    def settings(self, database=None):
        return self.connection(f'database = "{database}"\n' if database else '')

    def empty(self):
        self.server.query('DROP DATABASE shop; CREATE DATABASE shop')
        return self.settings('shop'), lambda: self.ask(ROWS)


ROWS = "SELECT count(*), sum(i), min(w) FROM t WHERE i > 0"
kind = {'postgresql': Postgres, 'mariadb': Maria}[sys.argv[1]]


def sexton(*words, text=None, code=0, **variables):
    ran = subprocess.run([os.environ['SEXTON_BIN'], *words], input=text, capture_output=True,
                         text=True, env={**os.environ, **variables})
    if ran.returncode != code:
        ok(False, 'sexton ' + ' '.join(words[:3]), f'{ran.returncode}: {ran.stdout}{ran.stderr}')
    return ran.stdout


def file(name, text):
    path = pathlib.Path(scratch, name)
    path.write_text(text)
    path.chmod(0o600)
    return str(path)


def until(look, what, limit=300):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise SystemExit(f'{what}: not within {limit} s')


def started():
    server = Server('--dev', '--log', 'warn').ready()
    return server, Signer(server.url)


def advance(server, seconds):
    request = urllib.request.Request(server.url + '/_sexton/dev/clock',
                                     json.dumps({'advance_seconds': seconds}).encode(),
                                     {'Content-Type': 'application/json'}, method='POST')
    urllib.request.urlopen(request).read()


def sets(signer, instance):
    answer = signer.ask('DescribeBackups', DBInstanceId=instance, PageSize=100)
    return answer.json['Items']['Backup']


def make(signer, instance, method):
    """Has a set made, and gives it once it has ended."""
    asked = signer.ask('CreateBackup', DBInstanceId=instance, BackupMethod=method)
    ok(asked.status == 200, f'a {method} set begins', asked)

    def ended():
        task = signer.ask('DescribeBackupTasks', DBInstanceId=instance,
                          BackupJobId=asked.json['BackupJobId']).json['Items']['BackupJob']
        return task[0] if task and task[0]['BackupStatus'] in ('Finished', 'Failed') else None

    task = until(ended, 'a set is made')
    equal(task['BackupStatus'], 'Finished', f'the {method} set is whole')
    return next(it for it in sets(signer, instance) if it['BackupId'] == task['BackupId'])


def files(below=''):
    """Every file of the data folder with its content. The server removes some meanwhile."""
    for folder, _, names in os.walk(os.path.join(data, below)):
        for name in names:
            path = pathlib.Path(folder, name)
            try:
                yield str(path.relative_to(data)), path.read_bytes()
            except FileNotFoundError:
                pass


def stored_bytes():
    return sum(len(content) for _, content in files('blobs'))


def in_the_clear():
    """The files of the data folder that hold the marker."""
    return [name for name, content in files() if MARKER.encode() in content]


def tools_running():
    """Tools of the engine that write into the folder of this script still."""
    running = []
    for process in pathlib.Path('/proc').iterdir():
        try:
            words = (process / 'cmdline').read_bytes().split(b'\0')
        except (FileNotFoundError, NotADirectoryError, PermissionError, ProcessLookupError):
            continue
        text = b' '.join(words).decode(errors='replace')
        if any(tool in text for tool in kind.tools) and str(scratch) in text:
            running.append(text)
    return running


class Writer:
    """Somebody who writes all the time."""

    def __init__(self, source):
        self.source, self.number, self.ends = source, 1000, False
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.ends:
            self.number += 1
            self.source.ask(f"INSERT INTO t VALUES ({self.number}, '{MARKER}')")

    def end(self):
        self.ends = True
        self.thread.join()


source = kind()
source.ask('CREATE TABLE t (i int primary key, w varchar(100))')
values = ', '.join(f"({number}, '{MARKER}')" for number in range(1, 1000))
source.ask(f'INSERT INTO t VALUES {values}')
server, signer = started()
begun = stored_bytes()
os.environ.update(ALIBABA_CLOUD_ACCESS_KEY_ID='test', ALIBABA_CLOUD_ACCESS_KEY_SECRET='test')
connection = file('connection.toml', source.settings())
instance = sexton('source', 'add', '--type', 'apsara-rds', '--name', NAMES[sys.argv[1]],
                  '--connection', connection).split()[0].rsplit('/', 1)[-1]
ok(instance.startswith('rm-'), 'the database is an instance', instance)
region = signer.ask('DescribeDBInstanceAttribute', DBInstanceId=instance)
region = region.json['Items']['DBInstanceAttribute'][0]['RegionId']
answer = signer.ask('ModifyBackupPolicy', DBInstanceId=instance, BackupRetentionPeriod=30,
                    PreferredBackupPeriod='Monday,Tuesday', PreferredBackupTime='02:00Z-03:00Z',
                    BackupLog='Enable', LogBackupRetentionPeriod=7)
ok(answer.status == 200, 'its log is backed up', answer)

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

# Killed in the middle: nothing of the set is left, nor a tool, and the next one is made.
asked = signer.ask('CreateBackup', DBInstanceId=instance, BackupMethod='Physical')
ok(asked.status == 200, 'a set begins', asked)
server.end()
server, signer = started()
task = signer.ask('DescribeBackupTasks', DBInstanceId=instance,
                  BackupJobId=asked.json['BackupJobId']).json['Items']['BackupJob']
ok(not task or task[0]['BackupStatus'] in ('Finished', 'Failed'), 'it has ended', task)
make(signer, instance, 'Physical')

listed = sets(signer, instance)
ids = '\n'.join(it['BackupId'] for it in listed)
stored = stored_bytes()
advance(server, 9 * DAY)
deleted = sexton('delete', '--instance', instance, '--endpoint-url', server.url, '--region', region,
                 '-y', '-o', 'json', '-', text=ids)
equal(json.loads(deleted)['totals']['gone'], len(listed), 'every set is deleted and proven gone')
equal(sets(signer, instance), [], 'and shown no more')
signer.ask('ModifyBackupPolicy', DBInstanceId=instance, BackupPolicyMode='LogBackupPolicy',
           EnableBackupLog='False')
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
sexton('source', 'remove', named.rsplit('/backup/', 1)[0])
server.end(15)
equal(in_the_clear(), [], 'nothing of a row is in the data folder')
equal(tools_running(), [], 'no tool is left')
secret = databases.PASSWORD.encode()
equal([name for name, content in files() if secret in content], [], 'nor the password')
source.server.close()
done()
