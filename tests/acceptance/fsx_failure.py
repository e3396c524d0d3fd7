#!/usr/bin/env python3
"""A store that cannot write: FSx answers InternalServerError, nothing is deleted, and the token
that could not delete deletes once the server can.
usage: fsx_failure.py      env: SEXTON_BIN the program"""
import resource
import signal

import boto3
from botocore.config import Config

from checks import done, equal, poll, raises
from process import Server

NONE = resource.RLIM_INFINITY


def begin():
    """A server, and a client of its FSx."""
    # A file that must not grow further is an error to the server, and not its end.
    server = Server('--dev', restore_signals=False).ready()
    config = Config(retries={'total_max_attempts': 1}, read_timeout=300)
    return server, boto3.client('fsx', endpoint_url=server.url, config=config,
                                aws_access_key_id='test', aws_secret_access_key='test')


server, fsx = begin()
of = fsx.describe_file_systems()['FileSystems'][0]['FileSystemId']
backup = fsx.create_backup(FileSystemId=of)['Backup']['BackupId']


def seen():
    return fsx.describe_backups(BackupIds=[backup])['Backups'][0]['Lifecycle']


poll(lambda: seen() == 'AVAILABLE', 'the backup is there')
resource.prlimit(server.child.pid, resource.RLIMIT_FSIZE, (4096, NONE))
for attempt in ('first', 'second'):
    raises(lambda: fsx.delete_backup(BackupId=backup, ClientRequestToken='once'),
           'InternalServerError', f'the {attempt} attempt of a server that cannot write', status=500)
equal(seen(), 'AVAILABLE', 'nothing was deleted')
raises(lambda: fsx.create_backup(FileSystemId=of), 'InternalServerError', 'nor is anything made')
server.end(signal.SIGTERM)

server, fsx = begin()
equal(seen(), 'AVAILABLE', 'it is there after a restart')
for attempt in ('the token', 'the token once more'):
    equal(fsx.delete_backup(BackupId=backup, ClientRequestToken='once')['Lifecycle'], 'DELETED',
          f'{attempt} deletes')
raises(seen, 'BackupNotFound', 'it is gone')
poll(lambda: 'sexton_erasure_backlog 0' in server.get('/metrics'), 'its bytes are gone')
equal(server.end(signal.SIGTERM), 0, 'it stops as usual')
done()
