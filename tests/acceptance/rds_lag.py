#!/usr/bin/env python3
"""What receives the log of a real PostgreSQL is stopped: /metrics tell a lag that grows with what
is written, and none to speak of once it goes on.
usage: rds_lag.py postgresql      env: SEXTON_BIN the program"""
import os
import signal

from checks import done, equal, ok
from rds_sources import filled, processes, registered, started, tools_running, until

MIB = 1 << 20
# The newest file of the log may not have been received whole.
FILE = 16 * MIB
RECEIVER = ('pg_receivewal',)


def lag():
    lines = server.get('/metrics').splitlines()
    name = 'sexton_log_backup_lag_bytes '
    return next(int(it.removeprefix(name)) for it in lines if it.startswith(name))


def write(mib):
    """So much that nobody can keep shorter."""
    for _ in range(mib):
        source.ask(f"SELECT pg_logical_emit_message(false, 'test', repeat('x', {MIB}))")


def is_received():
    source.new_log_file()
    return lag() < MIB


source = filled()
server, signer = started()
instance, _ = registered(signer, source)
receiver = until(lambda: list(processes(RECEIVER)), 'the log is received')
equal(len(receiver), 1, 'by one program')
until(is_received, 'nothing is behind')
os.kill(receiver[0], signal.SIGSTOP)
before = 0
for more in (24, 24):
    write(more)
    before = until(lambda: lag() > before + (more - 16) * MIB and lag(), 'the lag grows')
ok(before > FILE, 'what is written while nobody receives is the lag', before)
os.kill(receiver[0], signal.SIGCONT)
until(is_received, 'what was behind is received')
ok(tools_running(RECEIVER), 'and the log goes on to be')
server.end(signal.SIGTERM)
equal(tools_running(), [], 'no tool is left')
source.server.close()
done()
