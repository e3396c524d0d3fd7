#!/usr/bin/env python3
"""A real directory on a server that is not for tests: backed up, restored, damaged,
deleted, proven gone. usage: directory.py ENDPOINT_URL
env: SEXTON_BIN the program, SEXTON_DATA the server's data folder"""
import json
import os
import shutil
import tempfile

from checks import RESOURCE, ROLE, done, equal, ok, raises, sexton
import served
from served import (back_up, client_of_profile, ended_restore, get, metric, start_backup,
                    start_restore, wait)
import tree

data = os.environ['SEXTON_DATA']
backup = client_of_profile()
equal(backup.meta.endpoint_url, served.url, 'the profile file names the server')


def blob_files():
    return [os.path.join(folder, name)
            for folder, _, names in os.walk(os.path.join(data, 'blobs')) for name in names
            if name != 'sexton-store']


scratch = tempfile.TemporaryDirectory()
root = os.path.join(scratch.name, 'tree')
noise = tree.make(root)
vault = {'BackupVaultName': 'directory'}
backup.create_backup_vault(**vault)

# Sources.
raises(lambda: start_backup(backup, 'directory', RESOURCE), 'ResourceNotFoundException',
       'what was never registered is not backed up', status=400)
arn = sexton('source', 'add', '--type', 'fsx', '--path', root).strip()
ok(arn.startswith('arn:aws:fsx:us-east-1:123456789012:file-system/fs-'), 'it has an ARN', arn)
equal(sexton('source', 'add', '--type', 'fsx', '--path', root).strip(), arn,
      'registered twice, it is one source')
ok(f'{arn}\tfsx\t{root}' in sexton('source', 'list').splitlines(), 'source list shows it')
sexton('source', 'add', '--type', 'fsx', '--path', os.path.join(root, 'one'), status=5)
sexton('source', 'add', '--type', 'fsx', '--path', os.path.join(root, 'missing'), status=5)
for own in (data, os.path.dirname(data), os.path.join(data, 'restores')):
    sexton('source', 'add', '--type', 'fsx', '--path', own, status=5)

# There and back.
equal(blob_files(), [], 'there are no blobs at first')
before = tree.look(root)
job = back_up(backup, 'directory', arn)
equal(job['State'], 'COMPLETED', 'the directory is backed up')
ok(job['BackupSizeInBytes'] > len(noise), 'the job tells its size', job)
point = job['RecoveryPointArn']
ok(not any(noise[:64] in open(blob, 'rb').read() for blob in blob_files()),
   'no blob holds the content in clear')
restored = ended_restore(backup, start_restore(backup, point)['RestoreJobId'])
equal(restored['Status'], 'COMPLETED', 'it is restored')
restores = os.path.join(data, 'restores')
target = os.path.join(restores, restored['RestoreJobId'])
equal(tree.differences(before, tree.look(target)), [], 'the restored tree is the same')
equal(tree.differences(before, tree.look(root)), [], 'and the source was left alone')

# What is damaged is not restored, and never wrong.
blobs = sorted(blob_files(), key=os.path.getsize)
largest, manifest = blobs[-1], next(it for it in blobs if it.endswith('manifest'))
for blob in (largest, manifest):
    content = open(blob, 'rb').read()
    for damage, wrong in [
        ('one bit', content[:-40] + bytes([content[-40] ^ 1]) + content[-39:]),
        ('the end', content[:-17]), ('everything', b''), ('the first byte', content[1:]),
    ]:
        open(blob, 'wb').write(wrong)
        ended = ended_restore(backup, start_restore(backup, point)['RestoreJobId'])
        ok(ended['Status'] == 'FAILED' and os.path.basename(blob) in ended['StatusMessage'],
           f'{os.path.basename(blob)} without {damage}: FAILED, and says which',
           (ended['Status'], ended.get('StatusMessage')))
    open(blob, 'wb').write(content)
equal(os.listdir(restores), [restored['RestoreJobId']], 'nothing is left of a failed restore')
again = ended_restore(backup, start_restore(backup, point)['RestoreJobId'])
equal(again['Status'], 'COMPLETED', 'mended, it is restored again')

# The source goes, the point stays.
sexton('source', 'remove', arn)
sexton('source', 'remove', arn, status=5)
equal(sexton('source', 'list'), '', 'source list is empty')
raises(lambda: start_backup(backup, 'directory', arn), 'ResourceNotFoundException',
       'a source that was removed is not backed up')
ok(backup.describe_recovery_point(**vault, RecoveryPointArn=point), 'its point is still there')

# Deletion that is accepted and not carried out.
sexton('role', 'set', ROLE, '--status', 'denied')
ok(f'{ROLE}\tdenied' in sexton('role', 'list').splitlines(), 'role list shows it')
sexton('certificate', point, status=5)
backup.delete_recovery_point(**vault, RecoveryPointArn=point)
found = backup.describe_recovery_point(**vault, RecoveryPointArn=point)
ok(found['Status'] == 'EXPIRED' and ROLE in found['StatusMessage'],
   'a denied role: EXPIRED, and says why', found)
equal(len(blob_files()), len(blobs), 'and still stored')
sexton('role', 'set', ROLE, '--status', 'permitted')

# Deletion.
backup.delete_recovery_point(**vault, RecoveryPointArn=point)
wait(lambda: metric('erasure_backlog') == 0)
equal(blob_files(), [], 'deleted: no blob is left')
raises(lambda: backup.describe_recovery_point(**vault, RecoveryPointArn=point),
       'ResourceNotFoundException', 'and no recovery point')
equal((metric('stored_bytes'), metric('certificates')), (0, 1), 'the metrics say so')
ok(metric('erased_bytes') > len(noise), 'and how much it was')
certificate = sexton('certificate', point)
path = os.path.join(scratch.name, 'certificate.json')
log = os.path.join(scratch.name, 'log')
open(path, 'w').write(certificate)
open(log, 'w').write(sexton('certificate', 'log'))
equal(len(open(log).read().splitlines()), 1, 'the log has one leaf')
shown = sexton('certificate', 'verify', path)
ok('the certificate holds' in shown and point in shown, 'the certificate holds', shown)
sexton('certificate', 'verify', path, '--log', log)
sexton('certificate', 'verify', '-', given=certificate)
sexton('certificate', 'verify', path, '--public-key', os.path.join(data, 'certificate-key.pub'))
for what, wrong in [('another point', certificate.replace(point[-6:], 'abcdef')),
                    ('another vault', certificate.replace('directory', 'elsewhere'))]:
    ok(wrong != certificate, f'the certificate names {what[8:]}', certificate)
    sexton('certificate', 'verify', '-', status=5, given=wrong)
ok(point in json.loads(certificate)['statement'], 'the certificate is a JSON document')
open(log, 'w').write('0' * 64 + '\n')
sexton('certificate', 'verify', path, '--log', log, status=5)
equal(get('/healthz'), (200, 'ok\n'), 'the server is well')
scratch.cleanup()
shutil.rmtree(restores, ignore_errors=True)
done()
