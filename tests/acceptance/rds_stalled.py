#!/usr/bin/env python3
"""A real database that is stopped in the middle of its backup: it answers nothing, and hangs up on
nobody. The backup ends as failed after `stall_minutes`, and that of another database goes on.
usage: rds_stalled.py postgresql|mariadb      env: SEXTON_BIN the program"""
import os
import pathlib
import signal
import time

from alibaba import Signer, window_far_from_now
from checks import done, equal, ok
from process import Server, log
from rds_sources import (Postgres, begin, ended, file, filled, kind, make, registered, sexton,
                         slow_tools, tools_running, until)


def processes(server):
    """The server, and all that it has started."""
    found, more = [], [server.process()]
    while more:
        number = more.pop()
        found.append(number)
        children = pathlib.Path(f'/proc/{number}/task/{number}/children')
        more += [int(it) for it in children.read_text().split()] if children.exists() else []
    return found


def tell(server, what):
    for number in processes(server):
        os.kill(number, what)


def answers():
    told = signer.ask('DescribeDBInstanceAttribute', DBInstanceId=instance).json
    return told['Items']['DBInstanceAttribute'][0]['DBInstanceStatus'] == 'Running'


source, other, folder = filled(), filled(), slow_tools()
# More than what fits into pipes and sockets.
many = 'generate_series(1, 20000)' if kind is Postgres else 'mysql.seq_1_to_20000'
source.ask('CREATE TABLE big (w varchar(2000))')
source.ask(f"INSERT INTO big SELECT repeat('x', 1000) FROM {many}")
server = Server('--dev', '--log', 'warn', '--stall-minutes', '1').ready()
signer = Signer(server.url)
instance, _ = registered(signer, source, f'tools = "{folder}"\n')
beside = sexton('source', 'add', '--type', 'apsara-rds', '--name', 'beside', '--connection',
                file('beside.toml', other.settings())).split()[0].rsplit('/', 1)[-1]
signer.ask('ModifyBackupPolicy', DBInstanceId=beside, **window_far_from_now())
(folder / 'slow').touch()
job = begin(signer, instance, 'Logical')
until((folder / 'begun').exists, 'the dump is in its middle')
tell(source.server, signal.SIGSTOP)
(folder / 'go').touch()
stopped = time.monotonic()
make(signer, beside, 'Logical')
ok(time.monotonic() - stopped < 60, 'the backup of another database waits for nothing')
task = ended(signer, instance, job)
waited = time.monotonic() - stopped
equal(task['BackupStatus'], 'Failed', 'the backup of a database that was stopped fails')
ok(waited > 50, 'after the minute that the settings say', waited)
until(lambda: not tools_running(('pg_dump', '-dump')), 'and its tool is ended')
why = 'nothing has come of the backup for 1 minute'
until(lambda: why in pathlib.Path(log).read_text(), 'the log says why')
tell(source.server, signal.SIGCONT)
(folder / 'slow').unlink()
until(answers, 'the database answers again')
make(signer, instance, 'Logical')
server.end(15)
equal(tools_running(), [], 'no tool is left')
source.server.close()
other.server.close()
done()
