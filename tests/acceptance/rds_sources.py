"""Real databases as instances of RDS: what the scripts share that back them up, restore them and
kill what runs. The first word of the script's command line says which engine."""
import json
import os
import pathlib
import subprocess
import sys
import threading
import time
import urllib.request

import databases
from alibaba import Signer, window_far_from_now
from checks import equal, ok
from process import Server, data, scratch

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


def begin(signer, instance, method):
    """Has a set made, and gives the id of its task."""
    asked = signer.ask('CreateBackup', DBInstanceId=instance, BackupMethod=method)
    ok(asked.status == 200, f'a {method} set begins', asked)
    return asked.json['BackupJobId']


def ended(signer, instance, job):
    """Waits until a task has ended, and gives it."""
    def look():
        task = signer.ask('DescribeBackupTasks', DBInstanceId=instance, BackupJobId=job)
        task = task.json['Items']['BackupJob']
        return task[0] if task and task[0]['BackupStatus'] in ('Finished', 'Failed') else None

    return until(look, 'a set is made')


def make(signer, instance, method):
    """Has a set made, and gives it once it has ended."""
    task = ended(signer, instance, begin(signer, instance, method))
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


def processes(kind_of=()):
    """Tools of the engine, or other programs, that write into the folder of this script still: their
    numbers, and how they were called."""
    running = {}
    for process in pathlib.Path('/proc').iterdir():
        try:
            words = (process / 'cmdline').read_bytes().split(b'\0')
        except (FileNotFoundError, NotADirectoryError, PermissionError, ProcessLookupError):
            continue
        text = b' '.join(words).decode(errors='replace')
        if any(tool in text for tool in kind_of or kind.tools) and str(scratch) in text:
            running[int(process.name)] = text
    return running


def tools_running(kind_of=()):
    """How the tools that run were called."""
    return list(processes(kind_of).values())


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


def registered(signer, source, more=''):
    """Registers a database, with more settings, has its log backed up, and gives its id and its
    region."""
    os.environ.update(ALIBABA_CLOUD_ACCESS_KEY_ID='test', ALIBABA_CLOUD_ACCESS_KEY_SECRET='test')
    connection = file('connection.toml', source.settings() + more)
    instance = sexton('source', 'add', '--type', 'apsara-rds', '--name', NAMES[sys.argv[1]],
                      '--connection', connection).split()[0].rsplit('/', 1)[-1]
    ok(instance.startswith('rm-'), 'the database is an instance', instance)
    region = signer.ask('DescribeDBInstanceAttribute', DBInstanceId=instance)
    region = region.json['Items']['DBInstanceAttribute'][0]['RegionId']
    answer = signer.ask('ModifyBackupPolicy', DBInstanceId=instance, BackupLog='Enable',
                        LogBackupRetentionPeriod=7, **window_far_from_now())
    ok(answer.status == 200, 'its log is backed up', answer)
    # The instance that the server begins with makes sets too.
    answer = signer.ask('ModifyBackupPolicy', DBInstanceId='rm-uf6wjk5xxxxxxx',
                        **window_far_from_now())
    ok(answer.status == 200, 'the other instance makes no set meanwhile', answer)
    return instance, region


def slow_tools():
    """A folder with the tools, and a dump that waits in its middle once somebody says `slow`."""
    folder = pathlib.Path(scratch, 'tools')
    folder.mkdir()
    real = databases.PostgreSql.program('pg_dump') if kind is Postgres else '/usr/sbin/mariadbd'
    for path in [os.path.dirname(real), *os.environ['PATH'].split(':')]:
        for tool in pathlib.Path(path).glob('pg_*' if kind is Postgres else 'm*'):
            if not (folder / tool.name).exists():
                (folder / tool.name).symlink_to(tool)
    if kind is Postgres:
        (folder / 'psql').symlink_to(databases.PostgreSql.program('psql'))
    dump = folder / ('pg_dump' if kind is Postgres else 'mariadb-dump')
    real = dump.resolve()
    dump.unlink()
    dump.write_text(f"""#!/bin/bash
set -o pipefail
[ "$1" != --version ] && [ -e {folder}/slow ] || exec {real} "$@"
{real} "$@" | {{
  head -c 200000; touch {folder}/begun
  while [ ! -e {folder}/go ]; do sleep 0.05; done
  cat
}}
""")
    dump.chmod(0o755)
    return folder


def filled():
    """A database with a thousand rows."""
    source = kind()
    source.ask('CREATE TABLE t (i int primary key, w varchar(100))')
    values = ', '.join(f"({number}, '{MARKER}')" for number in range(1, 1000))
    source.ask(f'INSERT INTO t VALUES {values}')
    return source
