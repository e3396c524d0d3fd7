#!/usr/bin/env python3
"""Certificates of many backups: had together, checked offline by `sexton`, and leaf by leaf
by a verifier that somebody else wrote (proofbundle: C2SP signed notes and proofs).
usage: certificate.py ENDPOINT_URL
env: SEXTON_BIN the program, SEXTON_DATA the server's data folder, CLIENTS the clients"""
import hashlib
import json
import os
import subprocess
import tempfile

from checks import done, equal, ok, sexton
from served import back_up, client_of_profile, metric, wait

COUNT = 7  # more than one level of the tree, and no power of two

data = os.environ['SEXTON_DATA']
proofbundle = os.path.join(os.environ['CLIENTS'], 'venv', 'bin', 'proofbundle')
backup = client_of_profile()
scratch = tempfile.TemporaryDirectory()


def kept(name, text):
    """A file with exactly this text."""
    path = os.path.join(scratch.name, name)
    with open(path, 'w', newline='') as file:
        file.write(text)
    return path


def foreign(statement, proof, key, origin):
    """What the tool of somebody else says."""
    ended = subprocess.run(
        [proofbundle, 'verify-proof', kept('gone.tlog-proof', proof), '--json',
         '--payload-file', kept('statement', statement), '--log-vkey', key,
         '--expected-origin', origin], capture_output=True, text=True)
    verdict = json.loads(ended.stdout)
    equal(ended.returncode == 0, verdict['ok'], 'its exit status is its verdict')
    return verdict


source = os.path.join(scratch.name, 'source')
os.mkdir(source)
for vault in ('gold', 'silver'):
    backup.create_backup_vault(BackupVaultName=vault)
arn = sexton('source', 'add', '--type', 'fsx', '--path', source).strip()
points = []
for number in range(COUNT):
    kept(os.path.join('source', 'letter'), f'letter {number}')
    vault = 'silver' if number == 3 else 'gold'
    points.append((vault, back_up(backup, vault, arn)['RecoveryPointArn']))
for vault, point in points:
    backup.delete_recovery_point(BackupVaultName=vault, RecoveryPointArn=point)
wait(lambda: metric('erasure_backlog') == 0)
arns = [point for _, point in points]

# Many at once.
bundle = sexton('certificate', 'export')
documents = [json.loads(line) for line in bundle.splitlines()]
said = [json.loads(document['statement']) for document in documents]
equal(sorted(it['backup'] for it in said), sorted(arns), 'a bundle has all of them')
equal(sexton('certificate', *arns[:2]).count('\n'), 2, 'two ARNs give two lines')
silver = sexton('certificate', 'export', '--vault', 'silver').splitlines()
equal([json.loads(json.loads(it)['statement'])['backup'] for it in silver], [arns[3]],
      'a bundle of one vault has what that vault kept')
missing = arns[0][:-1] + ('0' if arns[0][-1] != '0' else '1')
equal(sexton('certificate', arns[0], missing, status=5).count('\n'), 1,
      'one that is missing does not take the others with it')
log = kept('log', sexton('certificate', 'log'))
shown = sexton('certificate', 'verify', kept('bundle', bundle), '--log', log)
equal(shown.count('holds\t'), COUNT, 'the bundle holds, against the log too')
sexton('certificate', 'verify', '-', given=bundle.replace('silver', 'golden'), status=5)
sexton('certificate', 'verify', '-', given='', status=5)
altered = sexton('certificate', 'verify', '-', given=bundle.replace(':root', ':user/jane'), status=5)
equal(altered, '', 'nor does one with another name beside it')

# What they say.
first = said[0]
equal((first['version'], first['why'], first['known_copies']), (1, 'asked', 0), 'why it went')
equal(first['kept'], {'service': 'backup', 'by': points[0][0]}, 'who kept it')
equal(first['source'], arn, 'what it was made of')
by = documents[0]['openings']['decided_by']
ok(by['text'].endswith(':root') and by['text'] not in documents[0]['statement'],
   'who decided it stands beside the statement', by)
equal(hashlib.sha256(bytes.fromhex(by['salt']) + by['text'].encode()).hexdigest(),
      first['commitments']['decided_by'], 'which commits to it')
equal(first['protections_checked'], ['state_and_uses', 'vault', 'role',
                                     'legal_holds'], 'what was checked')
sealed, destroyed = first['method']['sealed'], first['method']['destroyed']
equal((sealed['algorithm'], sealed['key_bits'], sealed['fips_validated']),
      ('AES-256-GCM', 256, False), 'what it was sealed with')
ok(sealed['tool'].startswith('sexton ') and destroyed['root_file_system'], 'and by which program',
   first['method'])
equal(len(first['out_of_scope']), 5, 'and what is not claimed')

# Somebody else's tool.
key = open(os.path.join(data, 'certificate-key.pub')).read().strip()
origin = key.split('+')[0]
for number, document in enumerate(documents):
    equal(document['public_key'], key, 'it names the key')
    verdict = foreign(document['statement'], document['proof'], key, origin)
    ok(verdict['ok'] and verdict['log_ok'] and verdict['inclusion_ok'],
       f'leaf {number} is verified by another program', verdict)
    equal((verdict['index'], verdict['tree_size']), (number, COUNT), 'in its place')
one, two = documents[:2]
for what, statement, proof, by in [
    ('a changed statement', one['statement'].replace('gold', 'lead'), one['proof'], key),
    ('the proof of another', one['statement'], two['proof'], key),
    ('a changed checkpoint', one['statement'], one['proof'].replace(f'\n{COUNT}\n', '\n8\n'), key),
]:
    ok(not foreign(statement, proof, by, origin)['ok'], f'{what} is refused by it')
checkpoint = open(os.path.join(data, 'log-checkpoint')).read()
ok(one['proof'].endswith('\n\n' + checkpoint), 'the checkpoint in the folder is the one handed out')
scratch.cleanup()
done()
