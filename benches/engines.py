#!/usr/bin/env python3
"""Backup and restore of a real database, beside the tools that people have for that, in one run.

    make clients && cargo build --release && apt-get install pgbackrest barman zstd
    tests/clients/venv/bin/python benches/engines.py postgresql
    tests/clients/venv/bin/python benches/engines.py mariadb

Everybody backs up the same database, in turns, and restores it into a new folder; everybody's time
ends when what they wrote is on the disk. sexton and pgBackRest encrypt what they store, and the others
do not. sexton's times are those of a client that asks every 50 ms."""
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import time

import common

os.environ.setdefault('SEXTON_BIN', common.SEXTON)
sys.path.insert(0, str(common.ROOT / 'tests/acceptance'))
import databases  # noqa: E402  (from the tests, as the next one)
from rds_sources import Maria, Postgres, kind, make, registered, sexton, sets, started  # noqa: E402

SCALE = common.number('SEXTON_BENCH_SCALE', 135)
ROWS = common.number('SEXTON_BENCH_ROWS', 4_000_000)
ROUNDS = common.number('SEXTON_BENCH_ROUNDS', 2)
NOBODY = databases.as_nobody()


def used(*folders):
    return sum(path.stat().st_size for folder in folders for path in folder.rglob('*')
               if path.is_file() and not path.is_symlink())


def run(*words, **more):
    ran = subprocess.run([str(word) for word in words], capture_output=True, text=True,
                         **{**NOBODY, **more})
    if ran.returncode:
        sys.exit(f'{words}: {ran.returncode}\n{ran.stdout}{ran.stderr}')


def timed(work):
    os.sync()
    began = time.monotonic()
    work()
    os.sync()
    return time.monotonic() - began


class Ours:
    """`sexton serve`, and a client."""

    name = 'sexton'

    def __init__(self, source, home):
        self.home = home
        self.server, self.signer = started()
        self.instance, _ = registered(self.signer, source)
        policy = {'BackupLog': 'Disable'}
        self.signer.ask('ModifyBackupPolicy', DBInstanceId=self.instance, **policy)

    def back_up(self):
        self.before = self.stored()
        self.made = make(self.signer, self.instance, 'Physical')

    def stored(self):
        answer = self.server.get('/metrics')
        return float(re.search(r'^sexton_stored_bytes\S* (\S+)', answer, re.M)[1])

    def bytes(self):
        return self.stored() - self.before

    def restore(self, target):
        sexton('restore', self.instance, '--backup-set', self.made['BackupId'], '--into', str(target))


class Pipe:
    """What a person types."""

    def __init__(self, source, home):
        self.source, self.file = source, home / 'pipe.zst'

    def bytes(self):
        return self.file.stat().st_size


class BaseBackup(Pipe):
    name = '`pg_basebackup | zstd -1`'

    def back_up(self):
        tool = databases.PostgreSql.program('pg_basebackup')
        server = self.source.server
        run('bash', '-c', f'set -o pipefail; {tool} -h {server.folder} -p {server.port} '
            f'-U {databases.USER} -D - -Ft -X fetch -c fast | zstd -q -1 -T1 -f -o {self.file}')

    def restore(self, target):
        verify = databases.PostgreSql.program('pg_verifybackup')
        run('bash', '-c', f'mkdir -m 700 {target} && zstd -q -d -c {self.file} | tar -x -C {target} '
            f'&& {verify} -q {target}')


class PgBackRest:
    name = 'pgBackRest 2.45, `zst` level 1, encrypted'

    def __init__(self, source, home):
        self.source, self.folder = source, home / 'pgbackrest'
        for name in ['repository', 'log', 'lock', 'spool']:
            (self.folder / name).mkdir(parents=True)
        server = source.server
        self.settings = self.folder / 'settings'
        self.settings.write_text(f"""[global]
repo1-path={self.folder}/repository
repo1-cipher-type=aes-256-cbc
repo1-cipher-pass=of-a-measurement
log-path={self.folder}/log
lock-path={self.folder}/lock
spool-path={self.folder}/spool
log-level-console=warn
compress-type=zst
compress-level=1
process-max=2
start-fast=y
[bench]
pg1-path={server.data}
pg1-port={server.port}
pg1-socket-path={server.folder}
pg1-user={databases.USER}
pg1-database=postgres
""")
        databases.hand_over(self.folder)
        self.command = ['pgbackrest', f'--config={self.settings}', '--stanza=bench']
        run(*self.command, 'stanza-create')
        archive = ' '.join([*self.command, 'archive-push', '%p'])
        source.ask(f"ALTER SYSTEM SET archive_command = '{archive}'")
        source.ask('SELECT pg_reload_conf()')

    def back_up(self):
        run(*self.command, '--type=full', '--repo1-retention-full=1', 'backup')

    def bytes(self):
        return used(self.folder / 'repository')

    def restore(self, target):
        target.mkdir(mode=0o700)
        databases.hand_over(target)
        run(*self.command, f'--pg1-path={target}', 'restore')

    def end(self):
        self.source.ask("ALTER SYSTEM SET archive_command = '/bin/true'")
        self.source.ask('SELECT pg_reload_conf()')


class Barman:
    name = 'Barman 3.4, gzip level 1'

    def __init__(self, source, home):
        self.folder = home / 'barman'
        for name in ['home', 'staged']:
            (self.folder / name).mkdir(parents=True)
        server = source.server
        how = f'host={server.folder} port={server.port} user={databases.USER} dbname=postgres'
        self.settings = self.folder / 'settings'
        self.settings.write_text(f"""[barman]
barman_home = {self.folder}/home
barman_user = nobody
log_file = {self.folder}/log
configuration_files_directory = {self.folder}/none
[bench]
description = "bench"
conninfo = {how}
streaming_conninfo = {how}
backup_method = postgres
backup_compression = gzip
backup_compression_level = 1
backup_compression_format = tar
streaming_archiver = on
slot_name = barman
create_slot = auto
immediate_checkpoint = true
path_prefix = {pathlib.Path(databases.PostgreSql.program('pg_basebackup')).parent}
""")
        databases.hand_over(self.folder)
        self.words = ['barman', '-q', '-c', self.settings]
        self.more = {'env': {**os.environ, 'HOME': str(self.folder), 'LC_ALL': 'C.UTF-8'}}
        self.receiver = None
        subprocess.run([*self.words, 'receive-wal', '--create-slot', 'bench'], capture_output=True,
                       **NOBODY, **self.more)
        self.receiver = subprocess.Popen([*self.words, 'receive-wal', 'bench'],
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                         **NOBODY, **self.more)
        self.source = source
        # A file of the log has to be there before the first backup.
        for _ in range(60):
            source.ask('CREATE TABLE IF NOT EXISTS noted (i int)')
            source.ask('INSERT INTO noted VALUES (1)')
            source.ask('SELECT pg_switch_wal()')
            run(*self.words, 'archive-wal', 'bench', **self.more)
            if not subprocess.run([*self.words, 'check', 'bench'], capture_output=True, **NOBODY,
                                  **self.more).returncode:
                break
            time.sleep(0.5)

    def back_up(self):
        for old in (self.folder / 'home/bench/base').glob('*'):
            run(*self.words, 'delete', 'bench', old.name, **self.more)
        run(*self.words, 'backup', 'bench', **self.more)

    def bytes(self):
        return used(self.folder / 'home/bench/base')

    def restore(self, target):
        # Of the log that the backup needs too: that is received by now.
        self.source.ask('SELECT pg_switch_wal()')
        run(*self.words, 'archive-wal', 'bench', **self.more)
        run(*self.words, 'recover', '--recovery-staging-path', self.folder / 'staged', 'bench',
            'latest', target, **self.more)

    def end(self):
        self.receiver.terminate()
        self.receiver.wait()
        self.source.ask("SELECT pg_drop_replication_slot('barman')")


class MariaBackup(Pipe):
    name = '`mariadb-backup | zstd -1`'

    def back_up(self):
        server = self.source.server
        run('bash', '-c', 'set -o pipefail; mariadb-backup --no-defaults --backup --stream=mbstream '
            f'--user=root --socket={server.socket} --datadir={server.data} --target-dir={server.folder} '
            f'| zstd -q -1 -T1 -f -o {self.file}')

    def restore(self, target):
        run('bash', '-c', f'mkdir -m 700 {target} && zstd -q -d -c {self.file} | mbstream -x -C {target} '
            f'&& mariadb-backup --no-defaults --prepare --target-dir={target}')


def contest(source, home, kinds):
    """Everybody in turns."""
    times = {}
    for each in kinds:
        contestant = each(source, home)
        for turn in range(ROUNDS):
            backed_up, target = timed(contestant.back_up), home / f'restored-{turn}'
            restored = timed(lambda: contestant.restore(target))
            times.setdefault(each.name, []).append((backed_up, restored, contestant.bytes()))
            shutil.rmtree(target)
            print(f'{each.name}: {backed_up:.1f} s, {contestant.bytes() / 1e6:.0f} MB, '
                  f'restored in {restored:.1f} s', flush=True)
        if each is Ours:
            ours = contestant
        elif hasattr(contestant, 'end'):
            contestant.end()
    print('\n| | backup | restore | stored |\n| --- | --- | --- | --- |')
    for name, turns in times.items():
        backed_up, restored, stored = (statistics.median(column) for column in zip(*turns))
        print(f'| {name} | {backed_up:.1f} s | {restored:.1f} s | {stored / 1e6:.0f} MB |')
    return ours


home = common.folder()
os.chmod(home, 0o711)
for above in home.parents:
    if not above.stat().st_mode & 0o001:
        sys.exit(f'{above} is closed to the user that databases run as: set SEXTON_BENCH_DIR')
databases.hand_over(home)
source = object.__new__(kind)
print('load', os.getloadavg(), flush=True)
try:
    if kind is Postgres:
        source.server = databases.PostgreSql(['archive_mode=on', 'archive_command=/bin/true',
                                              'max_wal_size=4GB', 'shared_buffers=256MB'])
        # What a command says here could not be changed afterwards.
        source.server.options = [it for it in source.server.options if 'archive_command' not in it]
        source.server.kill()
        source.server.start_again()
        source.ask("ALTER SYSTEM SET archive_command = '/bin/true'")
        source.ask('SELECT pg_reload_conf()')
        server = source.server
        run('pgbench', '-q', '-i', '-s', SCALE, '-h', server.folder, '-p', server.port, '-U',
            databases.USER, 'postgres')
        source.ask('CHECKPOINT')
    else:
        source.server = databases.MariaDb(['--innodb-buffer-pool-size=512M',
                                           '--innodb-log-file-size=256M'])
        source.server.query('CREATE DATABASE shop')
        source.ask('CREATE TABLE t (i int primary key, w varchar(200), x char(64))')
        step = 200_000
        for first in range(1, ROWS, step):
            source.ask(f"INSERT INTO t SELECT seq, concat(md5(seq), sha1(seq), md5(-seq)), sha2(seq, 256) FROM "
                       f"mysql.seq_{first}_to_{first + step - 1}")
    print(f'{used(source.server.data) / 1e6:.0f} MB of files', flush=True)
    kinds = [BaseBackup, PgBackRest, Barman, Ours] if kind is Postgres else [MariaBackup, Ours]
    left_out = os.environ.get('SEXTON_BENCH_WITHOUT', '').split()
    ours = contest(source, home, [it for it in kinds if it.__name__ not in left_out])
    ours.server.end(15)
finally:
    print('load', os.getloadavg())
    shutil.rmtree(home, ignore_errors=True)
    if hasattr(source, 'server'):
        source.server.close()
