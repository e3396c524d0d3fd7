#!/usr/bin/env python3
"""The key of the certificates' log is followed by another: a leaf announces it to those who know
the old one, and while both are kept everything is verified by either, also by a verifier that
somebody else wrote (proofbundle).
usage: next_key.py      env: SEXTON_BIN the program, CLIENTS the clients"""
import json
import os
import subprocess

from checks import RESOURCE, ROLE, done, equal, ok, poll, sexton
from process import Server, data, scratch

WORDS = ['--dev', '--log', 'warn']
proofbundle = os.path.join(os.environ['CLIENTS'], 'venv', 'bin', 'proofbundle')
secret = os.path.join(data, 'certificate-key')


def kept(name, text):
    path = os.path.join(scratch, name)
    with open(path, 'w', newline='') as file:
        file.write(text)
    return path


def public():
    return open(os.path.join(data, 'certificate-key.pub')).read().strip()


def bundle():
    return [json.loads(line) for line in sexton('certificate', 'export').splitlines()]


def deleted():
    """Makes and deletes a backup, and waits for its certificate."""
    before = len(bundle())
    job = server.backup.start_backup_job(BackupVaultName='Default', ResourceArn=RESOURCE,
                                         IamRoleArn=ROLE)
    point = job['RecoveryPointArn']
    poll(lambda: server.backup.describe_backup_job(
        BackupJobId=job['BackupJobId'])['State'] == 'COMPLETED', 'there is a backup')
    server.backup.delete_recovery_point(BackupVaultName='Default', RecoveryPointArn=point)
    poll(lambda: len(bundle()) > before, 'and a certificate instead')


def foreign(document, key):
    """Whether the tool of somebody else says that it holds."""
    ended = subprocess.run(
        [proofbundle, 'verify-proof', kept('tlog-proof', document['proof']), '--json',
         '--payload-file', kept('statement', document['statement']), '--log-vkey', key,
         '--expected-origin', key.split('+')[0]], capture_output=True, text=True)
    return json.loads(ended.stdout)['ok']


def ours(documents, key, status=0):
    given = '\n'.join(json.dumps(it) for it in documents)
    return sexton('certificate', 'verify', '-', '--public-key', kept('key', key), given=given,
                  status=status)


server = Server(*WORDS).ready()
deleted()
old, before = public(), bundle()
server.end()
with open(secret, 'a') as file:
    file.write('next\n')
server = Server(*WORDS).ready()
deleted()
new, both = public(), bundle()
ok(old != new and old.split('+')[0] == new.split('+')[0], 'another key of the same log', new)
equal(len(both), 3, 'a leaf more than certificates')
for key in (old, new):
    equal(ours(both, key).count(f'next key\t{new}\n'), 1, 'it announces the key')
    equal(ours(both[1:2], key), f'next key\t{new}\n', 'also alone')
    equal([foreign(it, key) for it in both], [True] * 3, 'another program believes either key')
ours(before, old)
ours(before, new, status=5)

server.end()
kept_key = open(secret).read().splitlines()[0]
with open(secret, 'w') as file:
    file.write(kept_key + '\n')
server = Server(*WORDS).ready()
deleted()
after = bundle()
equal([len(after), public()], [4, new], 'nothing is announced again')
ours(after, new)
ours(after, old, status=5)
equal([foreign(after[-1], key) for key in (old, new)], [False, True], 'for others neither')
done()
