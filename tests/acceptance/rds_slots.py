#!/usr/bin/env python3
"""A real PostgreSQL holds no replication slot for log backups that are over, whatever stops at the
moment in which they end, and the slot of those that are not stays.
usage: rds_slots.py postgresql      env: SEXTON_BIN the program"""
import os
import pathlib
import signal
import socket
import subprocess
import threading

from alibaba import stamp
from checks import done, equal, ok
from process import log, scratch
from rds_sources import (NAMES, Postgres, file, filled, make, registered, sexton, started,
                         tools_running, until)

NAME = NAMES['postgresql']


class Door:
    """An address that stays while the server behind it is another one, or none."""

    def __init__(self, server):
        self.server = server
        self.listens = socket.create_server(('127.0.0.1', 0))
        self.port = self.listens.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            near, _ = self.listens.accept()
            try:
                far = socket.create_connection(('127.0.0.1', self.server.port))
            except (OSError, AttributeError):
                near.close()
                continue
            for ends in ((near, far), (far, near)):
                threading.Thread(target=self.carry, args=ends, daemon=True).start()

    @staticmethod
    def carry(here, there):
        try:
            while some := here.recv(65536):
                there.sendall(some)
            there.shutdown(socket.SHUT_WR)
        except OSError:
            for end in (here, there):
                end.close()


class Behind(Postgres):
    """A database that is reached through a door."""

    def __init__(self, of, door):
        self.server, self.door = of.server, door

    def connection(self, more):
        text = super().connection(more)
        return text.replace(f'port = {self.server.port}', f'port = {self.door.port}')


def slots(of):
    return of.ask("SELECT slot_name FROM pg_replication_slots WHERE slot_name LIKE 'sexton%'")


def said():
    return pathlib.Path(log).read_text()


def policy(on):
    answer = signer.ask('ModifyBackupPolicy', DBInstanceId=instance, EnableBackupLog=str(on),
                        BackupPolicyMode='LogBackupPolicy')
    equal(answer.status, 200, f'log backup is {"on" if on else "off"}')


def remove():
    sexton('source', 'remove', instance)


def add(of, code=0):
    sexton('source', 'add', '--type', 'apsara-rds', '--name', NAME, '--connection',
           file('again.toml', of.settings()), code=code)


def owed():
    name = 'sexton_log_backup_slots_owed '
    lines = server.get('/metrics').splitlines()
    return next(int(it.removeprefix(name)) for it in lines if it.startswith(name))


def active(of):
    return of.ask("SELECT count(*) FROM pg_replication_slots WHERE active") == '1'


source = filled()
door = Door(source.server)
behind = Behind(source, door)
server, signer = started()

# The server ends at the moment in which the answer is there.
for ends, how in ((lambda: policy(False), signal.SIGKILL), (remove, signal.SIGKILL),
                  (lambda: policy(False), signal.SIGTERM), (remove, signal.SIGTERM)):
    instance, _ = registered(signer, behind)
    until(lambda: active(source), 'its log is received')
    ends()
    server.end(how)
    server, signer = started()
    until(lambda: not slots(source), 'the next start has the slot dropped', 60)
    until(lambda: owed() == 0, 'and owes nothing', 30)

# The database is down, also over a restart.
instance, _ = registered(signer, behind)
until(lambda: active(source), 'its log is received')
source.server.kill()
policy(False)
until(lambda: owed() == 1, 'a slot is owed', 30)
ok('1 replication slot owed' in sexton('source', 'list'), 'which the list shows')
until(lambda: '--forget-slots' in said(), 'and the log, with the way out', 60)
server.end(signal.SIGTERM)
server, signer = started()
until(lambda: owed() == 1, 'it is owed after a restart', 30)
source.server.start_again()
until(lambda: not slots(source), 'it is dropped once the database is back', 120)
until(lambda: owed() == 0, 'and owed no more', 30)
ok('owed' not in sexton('source', 'list'), 'nor shown')

# Down, and back at another address, which somebody says.
policy(True)
until(lambda: active(source), 'its log is received')
source.server.kill()
policy(False)
until(lambda: owed() == 1, 'a slot is owed', 30)
door.server = None
source.server.start_again()
moved = Behind(source, Door(source.server))
add(moved)
until(lambda: not slots(source), 'it is dropped where the database is now', 60)
until(lambda: owed() == 0, 'and owed no more', 30)

# Switched on again while it is owed.
policy(True)
until(lambda: active(source), 'its log is received')
kept = slots(source)
server.end(signal.SIGKILL)
server, signer = started()
policy(False)
policy(True)
until(lambda: active(source) and owed() == 0, 'log backup goes on', 60)
equal(slots(source), kept, 'with its slot')

# Another server under the same name.
other = filled()
add(other)
until(lambda: active(other), 'the log of the other server is received')
until(lambda: not slots(source), 'and the old one keeps nothing', 60)
add(moved)
until(lambda: active(source) and not slots(other), 'and back', 60)
until(lambda: owed() == 0, 'nothing is owed', 30)

# A server that will never be back.
add(other)
until(lambda: active(other), 'the log of the other server is received')
other.server.kill()
add(moved)
until(lambda: owed() == 1, 'what a server keeps that is down is owed', 30)
remove()
until(lambda: not slots(source), 'a source that is removed has its own slot dropped', 60)
until(lambda: owed() == 1, 'and the other one is owed still', 30)
sexton('source', 'set', instance, '--forget-slots')
until(lambda: owed() == 0, 'until somebody gives it up', 30)
other.server.close()

# The instance goes on with what was restored of it, at the same address.
instance, _ = registered(signer, moved)
until(lambda: active(source), 'its log is received')
whole = make(signer, instance, 'Physical')
# The server's clock is ahead of the machine's after it was killed so often.
until(lambda: stamp() > whole['BackupEndTime'], 'the set is of a time that has passed')
source.ask("INSERT INTO t VALUES (2000, 'later'); SELECT pg_sleep(2)")
moment = stamp()
source.ask('SELECT pg_sleep(2)')
for number in range(3):
    source.ask(f"INSERT INTO t VALUES ({3000 + number}, 'too late')")
    source.new_log_file()


def restored():
    """The folder of a restore, once the log backups reach its time."""
    target = pathlib.Path(scratch, 'restored')
    words = ['restore', instance, '--backup-set', whole['BackupId'], '--into', str(target),
             '--time', moment]
    ran = subprocess.run([os.environ['SEXTON_BIN'], *words], capture_output=True)
    return target if ran.returncode == 0 else None


target = until(restored, 'it is restored to a time', 60)
source.server.kill()
again = Postgres(over=str(target))
until(again.recovered, 'it is whole')
mark = len(said())
moved.door.server = again.server
until(lambda: active(again), 'its log is received anew, by itself', 120)
until(lambda: 'is received anew' in said()[mark:], 'and the log says so', 60)
equal(said()[mark:].count('is received anew'), 1, 'once')
policy(False)
until(lambda: not slots(again) and owed() == 0, 'off', 60)
policy(True)
until(lambda: active(again), 'and on again, the log is received')
make(signer, instance, 'Physical')
server.end(signal.SIGTERM)
equal(tools_running(), [], 'no tool is left')
again.server.close()
source.server.close()
done()
