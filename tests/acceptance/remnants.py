#!/usr/bin/env python3
"""After a deletion's answer, the root key that could have opened the backup is nowhere in
the data folder: neither while the server runs, nor after it was killed, nor started again.
usage: remnants.py      env: SEXTON_BIN the program

Without that root, the ring of an old copy of the metadata is noise. That the ring really
needs it is proven inside the server's own tests, by trying."""
import os

from checks import RESOURCE, ROLE, done, equal, ok, poll
from process import Server, data

SLOT, MAGIC = 4096, b'SXROOT\0\1'


def roots():
    """The keys in the root file, by epoch."""
    content = open(os.path.join(data, 'root-key'), 'rb').read()
    slots = [content[at:at + SLOT] for at in range(0, len(content), SLOT)]
    return {int.from_bytes(it[8:16], 'big'): it[16:48] for it in slots if it.startswith(MAGIC)}


def unless_gone(error):
    """The eraser empties the folder meanwhile. What is gone holds nothing; what is there and
    cannot be read might."""
    if not isinstance(error, FileNotFoundError):
        raise error


def holders(secret):
    """The files of the data folder that hold SECRET, raw or as text."""
    forms = [secret, secret[::-1], secret.hex().encode(), secret.hex().upper().encode()]
    found = []
    for folder, _, names in os.walk(data, onerror=unless_gone):
        for name in names:
            path = os.path.join(folder, name)
            try:
                with open(path, 'rb') as file:
                    content = file.read()
            except OSError as error:
                unless_gone(error)
                continue
            if any(form in content for form in forms):
                found.append(os.path.relpath(path, data))
    return found


def completed(backup, job):
    return backup.describe_backup_job(BackupJobId=job)['State'] == 'COMPLETED'


server = Server('--dev', '--log', 'warn').ready()
backup = server.backup
jobs = [backup.start_backup_job(BackupVaultName='Default', ResourceArn=RESOURCE,
                                IamRoleArn=ROLE) for _ in range(8)]
poll(lambda: all(completed(backup, it['BackupJobId']) for it in jobs), 'eight backups')
points = [it['RecoveryPointArn'] for it in jobs]
past = {}
for number, point in enumerate(points[:6]):
    before = roots()
    equal(len(before), 1, f'deletion {number}: there is one root')
    (epoch, key), = before.items()
    equal(holders(key), ['root-key'], 'and it is where it should be, and nowhere else')
    past[epoch] = key
    backup.delete_recovery_point(BackupVaultName='Default', RecoveryPointArn=point)
    # From here on the answer is given.
    after = roots()
    ok(len(after) == 1 and epoch not in after and key not in after.values(),
       'after the answer there is another', sorted(after))
    equal({it: holders(old) for it, old in past.items() if holders(old)}, {},
          'and no root of the past is left anywhere')
equal(len(set(past.values())), 6, 'six roots are gone')
server.end()
equal([it for old in past.values() for it in holders(old)], [],
      'nor after the server is killed')
backup = Server('--dev', '--log', 'warn').ready().backup
equal([it for old in past.values() for it in holders(old)], [], 'nor when it has started again')
left = backup.list_recovery_points_by_backup_vault(BackupVaultName='Default')
equal({it['RecoveryPointArn'] for it in left['RecoveryPoints']
       if it['Status'] == 'COMPLETED'}, set(points[6:]), 'the other backups are still there')
for point in points[6:]:
    job = backup.start_restore_job(RecoveryPointArn=point, Metadata={},
                                   IamRoleArn=ROLE)['RestoreJobId']
    poll(lambda: backup.describe_restore_job(RestoreJobId=job)['Status'] == 'COMPLETED',
         'and can be restored')
done()
