#!/usr/bin/env python3
"""How far the backup of a log is behind, while somebody commits at a rate that does not end.

    make clients && cargo build --release
    tests/clients/venv/bin/python benches/log_lag.py postgresql
    tests/clients/venv/bin/python benches/log_lag.py mariadb

One client commits 64 KiB at a time, so many MB of log a second, for a minute at each rate. Twice a
second the end of the log is compared with the end of what the server shows as backed up: sealed, and
in a run that is complete. A file is sealed once it is whole, and has been so for ten seconds or has
seven others beside it: that is a part of every lag. Both engines write files of 16 MiB here. Then the
client stops, the file ends, and the rest is waited for. Memory is that of the server and of the tools that it has started."""
import os
import pathlib
import statistics
import subprocess
import sys
import threading
import time

import common

os.environ.setdefault('SEXTON_BIN', common.SEXTON)
sys.path.insert(0, str(common.ROOT / 'tests/acceptance'))
import databases  # noqa: E402  (from the tests, as the next one)
from rds_sources import Postgres, kind, registered, started, until  # noqa: E402

RATES = [float(it) for it in os.environ.get('SEXTON_BENCH_RATES', '1 8 24').split()]
SECONDS = common.number('SEXTON_BENCH_SECONDS', 60)
MB, LOOK_SECONDS, QUIET_SECONDS = 1e6, 0.5, 16
SPAN = {'StartTime': '2020-01-01T00:00', 'EndTime': '2090-01-01T00:00'}

if kind is Postgres:
    OPTIONS = ['fsync=on', 'shared_buffers=256MB', 'max_wal_size=4GB']
    ACTION, SUFFIX = 'DescribeLogBackupFiles', 'Z'
    POSITION = "SELECT pg_current_wal_lsn() - '0/0'::pg_lsn;"
    BATCH = ("INSERT INTO t SELECT string_agg(md5(random()::text), '') "
             'FROM generate_series(0, 2047) g GROUP BY g / 16;')
else:
    OPTIONS = ['--max-binlog-size=16M', '--innodb-buffer-pool-size=512M', '--binlog-format=ROW',
               '--innodb-log-file-size=256M']
    ACTION, SUFFIX = 'DescribeBinlogFiles', ':00Z'
    POSITION = ("SELECT variable_value FROM information_schema.global_status "
                "WHERE variable_name = 'binlog_bytes_written';")
    BATCH = ('INSERT INTO t SELECT concat(sha2(rand(), 512), sha2(rand(), 512), sha2(rand(), 512), '
             'sha2(rand(), 512)) FROM mysql.seq_1_to_128;')


class Client:
    """A connection that stays."""

    def __init__(self, server):
        if kind is Postgres:
            words = [server.program('psql'), '-XAtq', '-v', 'ON_ERROR_STOP=1', '-U', databases.USER,
                     '-d', 'postgres', '-h', server.folder, '-p', server.port]
        else:
            words = [databases.program('mariadb'), '--no-defaults', f'--socket={server.socket}',
                     '--user=root', '--batch', '--skip-column-names', '--unbuffered', 'shop']
        self.child = subprocess.Popen([str(it) for it in words], text=True, bufsize=1,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, sql):
        """Has it done, and gives where the log ends then."""
        self.child.stdin.write(f'{sql} {POSITION}\n')
        line = self.child.stdout.readline()
        if not line:
            sys.exit('the database does not answer')
        return float(line)

    def end(self):
        self.child.stdin.close()
        self.child.wait()


class Commits(threading.Thread):
    """Commits so many bytes a second until it is told to end."""

    def __init__(self, client, rate):
        super().__init__(daemon=True)
        self.client, self.rate, self.ends = client, rate, threading.Event()
        self.start()

    def run(self):
        began, first = time.monotonic(), self.client.ask('')
        while not self.ends.is_set():
            ahead = (self.client.ask(BATCH) - first) / self.rate - (time.monotonic() - began)
            if ahead > 0:
                self.ends.wait(ahead)


def resident(process):
    """MiB of a process and of those that it has started."""
    folder, kib = pathlib.Path('/proc', str(process)), 0
    try:
        for line in (folder / 'status').read_text().splitlines():
            kib += int(line.split()[1]) if line.startswith('VmRSS') else 0
        children = [(it / 'children').read_text().split() for it in (folder / 'task').iterdir()]
    except (FileNotFoundError, ProcessLookupError):
        return kib / 1024
    return kib / 1024 + sum(resident(child) for some in children for child in some)


def sealed():
    """Bytes of the log that are backed up."""
    span = {name: text + SUFFIX for name, text in SPAN.items()}
    found, size = 1, 0
    for page in range(1, 1000):
        if page > found:
            break
        answer = signer.ask(ACTION, DBInstanceId=instance, PageNumber=page, PageSize=100, **span)
        found, size = -(-answer.json['TotalRecordCount'] // 100), size + answer.json['TotalFileSize']
    return size


def at_rest():
    """Where the log ends, and how much of it is backed up, once nothing more comes of that."""
    source.ask('INSERT INTO t VALUES (1)')
    source.new_log_file()
    found, since = sealed(), time.monotonic()
    while time.monotonic() - since < QUIET_SECONDS:
        time.sleep(LOOK_SECONDS)
        if sealed() != found:
            found, since = sealed(), time.monotonic()
    return looks.ask(''), found


def measure(rate):
    position, backed_up = at_rest()
    writes = Client(source.server)
    commits = Commits(writes, rate * MB)
    began, ends, seconds, behind, memory = time.monotonic(), [], [], [], []
    first = position
    while time.monotonic() - began < SECONDS:
        # What is backed up is asked for first: what is written meanwhile counts as not backed up.
        done = sealed() - backed_up
        position, now = looks.ask(''), time.monotonic()
        ends.append((now, position - first))
        behind.append((position - first - done) / MB)
        # Since when there has been more than that.
        seconds.append(now - next((at for at, end in ends if end > done), now))
        memory.append(resident(server.child.pid))
        time.sleep(LOOK_SECONDS)
    commits.ends.set()
    commits.join()
    took, position = time.monotonic() - began, looks.ask('')
    writes.end()
    source.new_log_file()
    stopped = time.monotonic()
    # The names of files, and other words that a file begins with, are in one of the two only.
    until(lambda: sealed() - backed_up >= position - first - 64e3, 'the rest is backed up')
    rest = time.monotonic() - stopped
    print(f'| {(position - first) / MB / took:.1f} MB/s | {statistics.median(behind):.1f} MB, '
          f'{max(behind):.1f} MB | {statistics.median(seconds):.1f} s, {max(seconds):.1f} s | '
          f'{rest:.1f} s | {statistics.median(memory):.0f} MiB, {max(memory):.0f} MiB |', flush=True)


print('load', os.getloadavg(), flush=True)
source = object.__new__(kind)
source.server = (databases.PostgreSql if kind is Postgres else databases.MariaDb)(OPTIONS)
try:
    if kind is not Postgres:
        source.server.query('CREATE DATABASE shop')
    source.ask('CREATE TABLE t (w varchar(600))')
    server, signer = started()
    instance, _ = registered(signer, source)
    looks = Client(source.server)
    time.sleep(6)
    print(f'at rest: {resident(server.child.pid):.0f} MiB', flush=True)
    print('| committed | behind, median and most | in time | the rest, after the end | memory |')
    print('| --- | --- | --- | --- | --- |', flush=True)
    for rate in RATES:
        measure(rate)
    looks.end()
    server.end(15)
finally:
    print('load', os.getloadavg())
    source.server.close()
