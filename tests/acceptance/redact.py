#!/usr/bin/env python3
"""What certificates say of people and places can be forgotten, in every file of the server and
whenever it is killed; what is left of them holds as before.
usage: redact.py      env: SEXTON_BIN the program"""
import json
import os
import pty
import subprocess

from checks import RESOURCE, ROLE, asked, done, equal, ok, poll, sexton
from process import Server, data, scratch

JANE, PLACE = 'Jane Doe, who wishes to be forgotten', 'Leonberg, room 4'
WORDS = ['--dev', '--log', 'warn', '--certificate-operator', JANE, '--certificate-place', PLACE]
COUNT = 40  # more than one page of openings
ALL = {'decided_by', 'operator', 'place'}


def completed(job):
    return server.backup.describe_backup_job(BackupJobId=job)['State'] == 'COMPLETED'


def bundle():
    """Every certificate, by the backup that it is of."""
    found = [json.loads(line) for line in sexton('certificate', 'export').splitlines()]
    return {json.loads(it['statement'])['backup']: it for it in found}


def left(openings):
    """How many salts of these, and how often Jane, are in the files of the database."""
    names = [os.path.join(data, name) for name in ('sexton.db', 'sexton.db-wal')]
    content = b''.join(open(name, 'rb').read() for name in names if os.path.exists(name))
    salts = [it['salt'].encode() for them in openings for it in them.values()]
    return sum(salt in content for salt in salts), content.count(JANE.encode())


def kept(name, text):
    path = os.path.join(scratch, name)
    with open(path, 'w') as file:
        file.write(text)
    return path


def typed(answer, *words):
    """`sexton` with WORDS, in front of a person who types ANSWER."""
    person, terminal = pty.openpty()
    child = subprocess.Popen([os.environ['SEXTON_BIN'], *words, '--data', data], text=True,
                             stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    os.close(terminal)
    os.write(person, answer.encode() + b'\n')
    out, err = child.communicate()
    os.close(person)
    return child.returncode, out, err


server = Server(*WORDS).ready()
jobs = [server.backup.start_backup_job(BackupVaultName='Default', ResourceArn=RESOURCE,
                                       IamRoleArn=ROLE) for _ in range(COUNT)]
poll(lambda: all(completed(it['BackupJobId']) for it in jobs), 'there are backups')
arns = [it['RecoveryPointArn'] for it in jobs]
for arn in arns:
    server.backup.delete_recovery_point(BackupVaultName='Default', RecoveryPointArn=arn)
poll(lambda: len(bundle()) == COUNT, 'and then certificates instead')
whole, log = bundle(), sexton('certificate', 'log')
equal({frozenset(it['openings']) for it in whole.values()}, {frozenset(ALL)}, 'which say it all')
ok(not any(JANE in it['statement'] or PLACE in it['statement'] for it in whole.values()),
   'but not in what is in the log')
first = arns[0]
shown = sexton('certificate', 'verify', kept('whole', json.dumps(whole[first])))
ok(JANE in shown and PLACE in shown and 'redacted' not in shown, 'they are shown', shown)
openings = [whole[arn]['openings'] for arn in arns]
ok(left(openings)[0] == len(ALL) * COUNT, 'the search finds every salt', left(openings))

# Nothing is forgotten without somebody who agrees.
ended = asked('certificate', 'redact', first, given='')
equal((ended.returncode, ended.stdout), (5, ''), 'nobody can be asked')
ok('--yes' in ended.stderr, 'and the way out is named', ended.stderr)
status, out, err = typed('2', 'certificate', 'redact', first)
ok(status == 5 and out == '' and 'forgotten' in err, 'another number is no yes', (out, err))
for words in (['certificate', 'redact'], ['certificate', 'redact', '--before', 'yesterday']):
    equal(asked(*words).returncode, 2, f'{words[1:]} is not understood')
sexton('certificate', 'redact', first[:-1], '--yes', status=5)
equal(bundle(), whole, 'all of it is there')

status, out, err = typed('1', 'certificate', 'redact', first)
equal((status, out), (0, 'redacted\t1 certificate\n'), 'a person agrees')
poll(lambda: left(openings[:1])[0] == 0, 'no salt of it is in any file')
now = bundle()
equal(now[first], {**whole[first], 'openings': {}}, 'statement and proof did not change')
equal({arn: now[arn] for arn in arns[1:]}, {arn: whole[arn] for arn in arns[1:]}, 'nor the others')
shown = sexton('certificate', 'verify', kept('redacted', json.dumps(now[first])), '--log',
               kept('log-then', log))
ok(JANE not in shown and shown.count('(redacted)') == len(ALL), 'it holds, and says so', shown)
sexton('certificate', 'verify', kept('whole', json.dumps(whole[first])))
equal(sexton('certificate', 'redact', first, '--yes'), '', 'a second time there is nothing to do')
equal(sexton('certificate', 'redact', '--before', '2020-01-01', '--yes'), '', 'nor of before')

# Killed while it forgets the rest.
child = subprocess.Popen([os.environ['SEXTON_BIN'], 'certificate', 'redact', '--before',
                          '2200-01-01', '--yes', '--data', data], stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
poll(lambda: child.poll() is not None or left(openings)[0] < len(ALL) * (COUNT - 1),
     'it is at it', step=0.001)
server.end()
child.wait()
server = Server(*WORDS).ready()
for arn, document in bundle().items():
    ok(document['openings'] in ({}, whole[arn]['openings']), 'all or nothing of one is forgotten')
    equal(document['statement'], whole[arn]['statement'], 'and nothing else')
ok(sexton('certificate', 'redact', '--before', '2200-01-01', '--yes').count('\n') <= 1, 'the rest')
equal({len(it['openings']) for it in bundle().values()}, {0}, 'is forgotten')
poll(lambda: left(openings) == (0, 0), 'nothing of it is in any file')
equal(sexton('certificate', 'log'), log, 'the log is what it was')
redacted = '\n'.join(json.dumps(it) for it in bundle().values())
equal(sexton('certificate', 'verify', '-', given=redacted).count('redacted: decided_by, operator'),
      COUNT, 'and every certificate holds')
server.end()
equal(left(openings), (0, 0), 'killed again')
server = Server(*WORDS).ready()
equal(left(openings), (0, 0), 'and started again')
done()
