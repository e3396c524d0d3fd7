#!/usr/bin/env python3
"""After a deletion's answer, no key that could open the backup is left in the memory of the
server: no root of the past, no page key, no data key, and nothing that is derived from one.
usage: memory.py      env: SEXTON_BIN the program

The script keeps what a thief may have: a copy of the root key's file and of the key ring
before every deletion. It opens the old rings as the server does, so it knows every key that
ever was. Then it reads all memory of the running process, as a core would hold it."""
import contextlib
import hashlib
import hmac
import itertools
import os
import re
import signal
import sqlite3
import struct
import uuid

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from checks import RESOURCE, ROLE, done, equal, ok, poll, sexton
from process import Server, data, scratch

SLOT, MAGIC, FANOUT, KEY, PAGE = 4096, b'SXROOT\0\1', 64, 32, 4096
SALT = b'sexton sealed backup 1'
OLD, NEW, DELETED = 70, 4, 12


def serve():
    server = Server('--dev', '--log', 'warn').ready()
    return server, server.backup


# What a thief knows.

class Copy:
    """A copy of the root key and of the key ring, opened."""

    def __init__(self):
        content = open(os.path.join(data, 'root-key'), 'rb').read()
        slots = [content[at:at + SLOT] for at in range(0, len(content), SLOT)]
        (self.root,) = [it[16:48] for it in slots if it.startswith(MAGIC)]
        file = f'file:{os.path.join(data, "sexton.db")}?mode=ro'
        with contextlib.closing(sqlite3.connect(file, uri=True)) as db:
            db.execute('BEGIN')
            (levels,), = db.execute('SELECT ring_levels FROM meta')
            sealed = {(level, page): body for level, page, body in
                      db.execute('SELECT level, page, sealed FROM ring')}
            slots = dict(db.execute('SELECT slot, arn FROM backups'))
        self.pages, leaves = set(), {}
        self.open(sealed, levels - 1, 0, self.root, leaves)
        # A world for tests begins with backup sets of RDS, which nobody touches here.
        named = {slot: name for slot, name in slots.items() if not name.startswith('arn:acs:')}
        self.points = {named[slot]: key for slot, key in leaves.items() if slot in named}

    def open(self, sealed, level, page, key, leaves):
        body = sealed[level, page]
        bound = bytes([1, level]) + page.to_bytes(8, 'big')
        keys = AESGCM(key).decrypt(body[1:13], body[13:], bound)
        for place in range(FANOUT):
            below, number = keys[place * KEY:][:KEY], page * FANOUT + place
            if not any(below):
                continue
            if level == 0:
                leaves[number] = below
            else:
                self.pages.add(below)
                self.open(sealed, level - 1, number, below, leaves)


def derived(key, job):
    """What seals the objects of a backup: the key between, and those of single objects."""
    middle = hmac.digest(SALT, key, hashlib.sha256)
    info = [uuid.UUID(job).bytes + bytes([kind]) + number.to_bytes(4, 'big') + b'\1'
            for kind, number in [(1, 0), (2, 1)]]
    return [middle] + [hmac.digest(middle, it, hashlib.sha256) for it in info]


# What the memory holds.

def present(pid, begin, size):
    """The pages of a mapping that hold anything."""
    with open(f'/proc/{pid}/pagemap', 'rb') as file:
        file.seek(begin // PAGE * 8)
        entries = file.read(size // PAGE * 8)
    # In memory, or swapped out.
    return [it for it in range(size // PAGE) if entries[it * 8 + 7] & 0xc0]


def memory(pid):
    """All that is mapped and can be read, in pieces without a gap. Nothing is left out: what
    cannot be looked at fails the test."""
    pieces = []
    with open(f'/proc/{pid}/maps') as maps, open(f'/proc/{pid}/mem', 'rb', 0) as file:
        for line in maps:
            fields = line.split()
            name = fields[5] if len(fields) > 5 else ''
            if fields[1][0] != 'r' or name.startswith(('[vvar', '[vsyscall')):
                continue
            begin, close = (int(it, 16) for it in fields[0].split('-'))
            piece = bytearray()
            last = None
            for page in present(pid, begin, close - begin):
                if last is not None and page != last + 1:
                    pieces.append(bytes(piece))
                    piece.clear()
                file.seek(begin + page * PAGE)
                piece += file.read(PAGE)
                last = page
            pieces.append(bytes(piece))
    return pieces


def halves(key):
    """The halves of a key, less of it could not be told from chance; and as a SHA-256 over
    the key has them."""
    swapped = b''.join(key[at:at + 4][::-1] for at in range(0, len(key), 4))
    return [it[at:at + 16] for it in (key, swapped) for at in (0, 16)]


def words_of(half):
    return struct.unpack('=2Q', half)


class Memory:
    """All that a process holds, and where KEYS stand in it."""

    def __init__(self, pid, keys):
        self.all = b'\0'.join(memory(pid))
        wanted = {word for key in keys for half in halves(key) for word in words_of(half)}
        self.words = set()
        for shift in range(8):
            part = memoryview(self.all)[shift:]
            self.words |= wanted.intersection(part[:len(part) // 8 * 8].cast('Q'))

    def places(self, key):
        """In how many places the half of a key stands that stands in more."""
        there = [it for it in halves(key) if self.words.issuperset(words_of(it))]
        return max((self.all.count(half) for half in there), default=0)


def look(server, what, gone, living):
    try:
        held = Memory(server.child.pid, [*living.values(), *itertools.chain(*gone.values())])
    except OSError as error:
        ok(False, f'{what}: the memory of a child can be read (kernel.yama.ptrace_scope at '
                  'most 1)', error)
        return
    ok(len(held.all) > 4 << 20, f'{what}: there is memory to look at', len(held.all))
    for name, key in living.items():
        ok(held.places(key), f'{what}: {name} is found, as it must be')
    for name, keys in gone.items():
        found = [it for it in map(held.places, keys) if it]
        ok(keys and not found, f'{what}: none of {len(keys)} {name} is left',
           f'{len(found)} of {len(keys)} are, in {sum(found)} places')


# What happens.

def back_up(backup, number, resource=RESOURCE):
    jobs = [backup.start_backup_job(BackupVaultName='Default', ResourceArn=resource,
                                    IamRoleArn=ROLE) for _ in range(number)]
    def ended(job):
        found = backup.describe_backup_job(BackupJobId=job['BackupJobId'])
        return found['State'] == 'COMPLETED'
    poll(lambda: all(map(ended, jobs)), f'{number} backups')
    return {it['RecoveryPointArn']: it['BackupJobId'] for it in jobs}


def large():
    """The ARN of a directory that is more than a manifest can hold."""
    path = os.path.join(scratch, 'large')
    os.mkdir(path)
    with open(os.path.join(path, 'noise'), 'wb') as file:
        file.write(os.urandom(1 << 20))
    return sexton('source', 'add', '--type', 'fsx', '--path', path).strip()


def restore(backup, points, state='COMPLETED'):
    for point in points:
        job = backup.start_restore_job(RecoveryPointArn=point, Metadata={},
                                       IamRoleArn=ROLE)['RestoreJobId']
        poll(lambda: backup.describe_restore_job(RestoreJobId=job)['Status'] == state,
             f'one restore is {state}')


def damage():
    """Changes the last byte of the largest object, and gives what changes it back."""
    blobs = [os.path.join(folder, name) for folder, _, names in os.walk(os.path.join(data, 'blobs'))
             for name in names]
    largest = max(blobs, key=os.path.getsize)
    content = open(largest, 'rb').read()

    def write(content):
        with open(largest, 'wb') as file:
            file.write(content)
    write(content[:-1] + bytes([content[-1] ^ 1]))
    return lambda: write(content)


server, backup = serve()
jobs = back_up(backup, OLD)
# What stands in the root key's file is read at a start.
server.end(signal.SIGTERM)
server, backup = serve()
old = list(jobs)
restore(backup, [old[0], old[1], old[69]])
jobs |= back_up(backup, NEW - 1) | back_up(backup, 1, large())
new = [it for it in jobs if it not in old]
restore(backup, new[1:])
mend = damage()
restore(backup, new[-1:], 'FAILED')
mend()
copies = [Copy()]
equal(len(copies[0].points), OLD + NEW, 'a thief knows the key of every backup')
ok(len(copies[0].pages) == 2, 'there are pages below the top', len(copies[0].pages))
limits = open(f'/proc/{server.child.pid}/limits').read()
ok(re.search(r'^Max core file size +0 ', limits, re.M), 'a crash writes no core', limits)
none = {'keys of objects': [it for point, key in copies[0].points.items()
                            for it in derived(key, jobs[point])]}
look(server, 'before', none, {'the root': copies[0].root})
deleted = [*new[1:], *old[:DELETED - 4], old[69]]
for point in deleted:
    backup.delete_recovery_point(BackupVaultName='Default', RecoveryPointArn=point)
    copies.append(Copy())
now, known = copies[-1], copies[0].points
ok(not set(deleted) & set(now.points), 'a thief of today does not')
gone = {
    'roots of the past': [it.root for it in copies[:-1]],
    'page keys of the past': list(set().union(*(it.pages for it in copies)) - now.pages),
    'data keys of deleted backups': [known[it] for it in deleted],
    **none,
}
equal([len(it) for it in list(gone.values())[:3]], [DELETED, DELETED, DELETED],
      'so many keys are gone')
kept = now.points[old[20]]
look(server, 'after', gone, {'the root': now.root, 'the key of a backup that is kept': kept})
done()
