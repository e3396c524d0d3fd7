#!/usr/bin/env python3
"""The disk of the data folder runs full, to the last page, in the middle of a backup of a real
database. The set fails and says why, and nothing is left of it; sets are deleted as soon as there
is a little room; nothing of the log is lost; and the next set is whole. Without the right to mount
a disk of its own it does nothing, and says so.
usage: rds_full.py postgresql|mariadb      env: SEXTON_BIN the program"""
import atexit
import errno
import os
import pathlib
import signal
import subprocess
import time

from alibaba import stamp
from checks import done, equal, ok
from process import data, log, scratch
from rds_sources import (MARKER, ROWS, Postgres, begin, ended, files, filled, kind, make,
                         registered, sets, slow_tools, started, stored_bytes,
                         tools_running, until)

# Jobs leave 256 MiB of it free; the log has room beside them, received and restored.
DISK_MIB = 640
# What is stored and is no backup: the mark of the store.
MARK_BYTES = 49
OTHER = 'rm-uf6wjk5xxxxxxx'

os.mkdir(data, 0o700)
mounted = subprocess.run(['mount', '-t', 'tmpfs', '-o', f'size={DISK_MIB}m,mode=700',
                          'sexton-test', data], capture_output=True, text=True)
if mounted.returncode:
    pathlib.Path(log).touch()
    print('skipped: no disk of its own can be mounted here:', mounted.stderr.strip())
    print('0 passed, 0 failed')
    raise SystemExit(0)
# Before the folder is removed.
atexit.register(subprocess.run, ['umount', '--lazy', data])
ballast = pathlib.Path(data, 'ballast')


def free():
    found = os.statvfs(data)
    return found.f_bavail * found.f_bsize


def fill(left=0):
    """Takes the room of the disk but so many bytes."""
    with open(ballast, 'ab', buffering=0) as file:
        while free() > left:
            try:
                file.write(b'7' * min(1 << 20, free() - left))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise


def said(words):
    return [it for it in pathlib.Path(log).read_text().splitlines() if words in it]


def metric(name):
    lines = server.get('/metrics').splitlines()
    return next(int(it.split()[1]) for it in lines if it.startswith(f'sexton_{name} '))


def write(many):
    """Rows in so many files of the log."""
    global number
    for _ in range(many):
        rows = ', '.join(f"({number + it}, '{MARKER}')" for it in range(20))
        source.ask(f'INSERT INTO t VALUES {rows}')
        number += 20
        source.new_log_file()


def nothing_unwanted():
    """Whether all that is stored belongs to a backup."""
    return stored_bytes() == metric('stored_bytes') + MARK_BYTES


def spooled():
    """The files of the log that are whole and in the spool."""
    names = {name.rsplit('/', 1)[-1] for name, _ in files('log-spool')}
    return {it for it in names if not it.startswith('.') and not it.endswith('.partial')}


def others():
    return {it['BackupId'] for it in sets(signer, OTHER)}


number = 2000
source, folder = filled(), slow_tools()
# More than what fits into pipes and sockets.
rows = 'generate_series(1, 20000)' if kind is Postgres else 'mysql.seq_1_to_20000'
source.ask('CREATE TABLE big (w varchar(2000))')
source.ask(f"INSERT INTO big SELECT repeat('x', 1000) FROM {rows}")
server, signer = started()
instance, _ = registered(signer, source, f'tools = "{folder}"\n')
physical = make(signer, instance, 'Physical')
write(2)
deletable = [it['BackupId'] for it in sets(signer, OTHER) if it['StoreStatus'] == 'Enabled'][:2]
before = others()
until(nothing_unwanted, 'only backups are stored')

# Full in the middle of a dump, while the log is received.
listed = sets(signer, instance)
(folder / 'slow').touch()
job = begin(signer, instance, 'Logical')
until((folder / 'begun').exists, 'the dump is in its middle')
write(1)
fill()
ok(free() < 4096, 'the disk is full to the last page', free())
kept = spooled()
(folder / 'go').touch()
write(2)
until(lambda: said('log backup has a problem'), 'the log says that its backup does not go on')


def reasons():
    """Why sets failed: the disk is looked at, or it takes nothing more."""
    return said('a backup was stopped') + said('a backup failed')


until(reasons, 'the set is given up')
ok(any('MiB free, and jobs' in it or 'No space left' in it for it in reasons()), 'the log says why',
   reasons())
until(lambda: not tools_running(), 'no tool is left that would write')
ok(kept <= spooled(), 'what was received is there still', (kept, spooled()))
if kind is Postgres:
    until(lambda: metric('log_backup_lag_bytes') > 16 << 20, 'what it keeps for us is a lag', 90)
answer = signer.ask('DeleteBackup', DBInstanceId=OTHER, BackupId=deletable[0])
equal(others() == before, answer.status != 200, 'without a byte a set is deleted, or is not')

# A little room: it is for deletions.
ballast.unlink()
fill(32 << 20)
answer = signer.ask('DeleteBackup', DBInstanceId=OTHER, BackupId=deletable[1])
equal(answer.status, 200, 'with 32 MiB free a set is deleted')
ok(deletable[1] not in others(), 'and is shown no more')
until(lambda: metric('erasure_backlog') == 0, 'its bytes are gone')
task = ended(signer, instance, job)
equal(task['BackupStatus'], 'Failed', 'the set that was in its middle failed')
job = begin(signer, instance, 'Logical')
equal(ended(signer, instance, job)['BackupStatus'], 'Failed', 'and so does one that begins now')
until(lambda: said('a backup did not begin'), 'which the log says')
failed = [it for it in sets(signer, instance) if it not in listed]
ok(all(it['BackupStatus'] == 'Failed' for it in failed), 'none of them is a set', failed)
until(nothing_unwanted, 'and nothing of them is stored')
# The log may be received again by now: there is some room.
until(lambda: not tools_running(('pg_dump', '-dump')), 'nor does a tool of theirs run')
write(1)

# Room again: nothing was lost.
ballast.unlink()
(folder / 'slow').unlink()
make(signer, instance, 'Logical')
source.ask(f"INSERT INTO t VALUES (-1, '{MARKER} before')")
wanted = source.ask(ROWS)
# Between two commits lies a whole second.
time.sleep(1.2)
between = stamp()
# A file of the log is taken to tell of what was two seconds before it was written.
time.sleep(4)
source.ask(f"INSERT INTO t VALUES (-2, '{MARKER} after')")
source.new_log_file()
target = os.path.join(scratch, 'again')


def restored():
    """Whether the log is backed up as far as the time. Until then a restore is refused."""
    ran = subprocess.run([os.environ['SEXTON_BIN'], 'restore', instance, '--backup-set',
                          physical['BackupId'], '--into', target, '--time', between],
                         capture_output=True)
    return ran.returncode == 0


until(restored, 'the set is restored to a time after that')
again = kind(over=target)
until(again.recovered, 'the log is replayed')
found = again.ask(ROWS), again.ask('SELECT i FROM t WHERE i < 0')
again.server.close()
equal(found, (wanted, '-1'), 'all that was written while the disk was full is there')
until(nothing_unwanted, 'only backups are stored')
until(lambda: metric('log_backup_problems') == 0, 'log backup has no problem')
equal(server.end(signal.SIGTERM), 0, 'it stops as usual')
equal(tools_running(), [], 'no tool is left')
source.server.close()
done()
