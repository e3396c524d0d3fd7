#!/usr/bin/env python3
"""The audit trail of a stopped server: shown, exported, and what somebody does to it behind the
server's back is found, and named.
usage: audit.py      env: SEXTON_BIN the program"""
import hashlib
import json
import os
import shutil
import signal
import sqlite3

from checks import RESOURCE, ROLE, asked, done, equal, ok, poll, sexton
from process import Server, data, scratch

server = Server('--dev', '--log', 'warn').ready()
job = server.backup.start_backup_job(BackupVaultName='Default', ResourceArn=RESOURCE,
                                     IamRoleArn=ROLE)
poll(lambda: server.backup.describe_backup_job(BackupJobId=job['BackupJobId'])['State']
     == 'COMPLETED', 'there is a backup')
server.backup.delete_recovery_point(BackupVaultName='Default',
                                    RecoveryPointArn=job['RecoveryPointArn'])
poll(lambda: asked('certificate', 'export').stdout, 'the log of certificates is signed')
for name in ['first', 'second', 'third', 'fourth']:
    server.backup.create_backup_vault(BackupVaultName=name)
server.backup.delete_backup_vault(BackupVaultName='second')
running = asked('audit', 'verify')
ok(running.returncode == 1 and 'stop its server first' in running.stderr,
   'a running server keeps its trail to itself', running)
equal(server.end(signal.SIGTERM), 0, 'the server ends')

# As it is.
whole = sexton('audit', 'verify')
records = [json.loads(line) for line in sexton('audit', 'export').splitlines()]
count = len(records)
ok(whole.startswith(f'{count} events, the last with hash '), 'the trail is whole', whole)
head = whole.split()[-1]
equal([it['serviceEventDetails']['eventNumber'] for it in records], list(range(1, count + 1)),
      'every event is exported')
last = records[-1]
equal((last['eventName'], last['serviceEventDetails']['vault']), ('VaultDeleted', 'second'),
      'the last one too')
equal(last['serviceEventDetails']['eventHash'], head, 'its hash is the head of the trail')
equal((last['userIdentity']['type'], last['userIdentity']['arn'], last['awsRegion'],
       last['recipientAccountId']),
      ('Root', 'arn:aws:iam::123456789012:root', 'us-east-1', '123456789012'), 'who, and where')
equal(len({it['eventID'] for it in records}), count, 'no two have the same id')
tail = [line.split('\t') for line in sexton('audit', 'tail', '-n', '2').splitlines()]
equal([(it[0], json.loads(it[4])['event']) for it in tail],
      [(str(count - 1), 'vault_created'), (str(count), 'vault_deleted')], 'the tail is the end')


def tampered(*statements, without=None, other=None):
    """What is found in a copy of the data folder to which this was done."""
    copy = os.path.join(scratch, 'copy')
    shutil.copytree(data, copy)
    with sqlite3.connect(os.path.join(copy, 'sexton.db')) as database:
        for it in statements:
            it(database) if callable(it) else database.execute(it)
    database.close()
    if without:
        os.remove(os.path.join(copy, without))
    if other:
        with open(os.path.join(copy, other), 'r+') as file:
            text = file.read()
            file.seek(0)
            file.write(text.swapcase())
    os.environ['SEXTON_DATA'] = copy
    ended = asked('audit', 'verify')
    os.environ['SEXTON_DATA'] = data
    shutil.rmtree(copy)
    return ended.returncode, ended.stdout.splitlines()[:-1]


at = count - 2
changed = 'event {} was changed or moved, or the one before it was, with its hash'
equal(tampered(), (0, []), 'a copy is whole')
equal(tampered(f"UPDATE events SET body = replace(body, 'third', 'other') WHERE seq = {at}"),
      (3, [changed.format(at)]), 'an event that was changed')
equal(tampered(f'DELETE FROM events WHERE seq = {at}'), (3, [f'event {at} is missing']),
      'an event that was removed')
equal(tampered('DELETE FROM events WHERE seq IN (2, 3)'), (3, ['events 2 to 3 are missing']),
      'two of them')
equal(tampered(f'UPDATE events SET seq = -1 WHERE seq = {at}',
               f'UPDATE events SET seq = {at} WHERE seq = {at + 1}',
               f'UPDATE events SET seq = {at + 1} WHERE seq = -1'),
      (3, [changed.format(at), changed.format(at + 1), changed.format(at + 2)]),
      'two that changed places')

# The newest checkpoint of the log of certificates speaks of the trail too.
with open(os.path.join(data, 'log-checkpoint')) as file:
    signed = next(int(it.split()[2]) for it in file if it.startswith('audit trail '))
ok(0 < signed < count, 'events are signed with certificates', (signed, count))
missing = f'events {signed - 1} to {signed} are missing'
equal(tampered(f'DELETE FROM events WHERE seq >= {signed - 1}'), (3, [missing]),
      'the end of what was signed is cut off')
for file in ['log-checkpoint', 'certificate-key', 'certificate-key.pub']:
    equal(tampered(without=file), (1, []), f'without {file} nobody knows what was signed')
equal(tampered(other='certificate-key.pub'), (1, []), "nor where the key is somebody else's")
for number in [0, -1]:
    row = f"INSERT INTO events SELECT {number}, body, hash FROM events WHERE seq = 1"
    equal(tampered(row), (1, []), f'an event that is numbered {number}')


def rewritten(first):
    """From this event on with other words, and every hash made anew."""
    def rewrite(database):
        rows = database.execute('SELECT seq, body, hash FROM events ORDER BY seq').fetchall()
        last = bytes(32)
        for seq, body, known in rows:
            if seq < first:
                last = known
                continue
            body += ' ' if seq == first else ''
            last = hashlib.sha256(last + body.encode()).digest()
            database.execute('UPDATE events SET body = ?, hash = ? WHERE seq = ?',
                             (body, last, seq))
    return rewrite


other = f'the first {signed} events are not those that were signed: they were written anew'
for first in [1, signed]:
    equal(tampered(rewritten(first)), (3, [other]), f'from event {first} on it was written anew')
equal(tampered(rewritten(signed + 1)), (0, []), 'what was signed is as it was')
done()
