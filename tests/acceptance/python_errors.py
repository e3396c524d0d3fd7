#!/usr/bin/env python3
"""What the package `sexton` raises, each exception for what it is named for, and before anything is
deleted; and its ways out, which name arguments of Python.
usage: python_errors.py ENDPOINT_URL (run by python_package.py)"""
import json
import os
import re
import socket
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from checks import came, done, equal, ok, raises
from python_between import ghost, url, vault_with

import boto3
import botocore.session
import sexton
from botocore.credentials import DeferredRefreshableCredentials
from sexton import backup, fsx, rds
from sexton._report import _ARGUMENTS, _way_out

INSTANCE = 'rm-uf6wjk5xxxxxxx'
APSARA = {'region': 'cn-hangzhou'}
# A session has no credentials for RDS, and is refused there.
HINT = 'give profile= (for AWS also session=)'


class Says(BaseHTTPRequestHandler):
    """A service that says the same to everybody: a status and the name of an error, a status and a
    page of a proxy (without a name), or nothing at all."""

    protocol_version = 'HTTP/1.1'

    def log_message(self, *words):
        pass

    def say(self):
        self.rfile.read(int(self.headers.get('Content-Length') or 0))
        operation = self.headers.get('X-Amz-Target') or self.headers.get('x-acs-action') or ''
        self.server.heard.append(f'{self.command} {operation}')
        if self.server.says is None:
            self.close_connection = True
            return
        status, code = self.server.says
        body = b'<html>a proxy</html>'
        self.send_response(status)
        if code is not None:
            self.send_header('x-amzn-ErrorType', code)
            self.send_header('x-amzn-RequestId', 'said-1')
            body = json.dumps({'__type': code, 'message': 'so it is', 'Code': code,
                               'Message': 'so it is', 'RequestId': 'said-1'}).encode()
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = say


class saying:
    """A server that says SAYS, for a while."""

    def __init__(self, says):
        self.server = ThreadingHTTPServer(('127.0.0.1', 0), Says)
        self.server.says, self.server.heard = says, []

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f'http://127.0.0.1:{self.server.server_port}'
        return self

    def __exit__(self, *raised):
        self.server.shutdown()
        self.server.server_close()

    def deletions(self):
        return [it for it in self.server.heard if 'DELETE' in it or 'Delete' in it]


def of_backup(address=url, vault='v', arns=(ghost,), **more):
    return backup.delete_backups(backup_vault_name=vault, recovery_point_arns=arns,
                                 endpoint_url=address, **more)


def of_fsx(address=url, **more):
    return fsx.delete_backups(backup_ids=['backup-0123456789abcdef0'], endpoint_url=address, **more)


def of_rds(address=url, **more):
    return rds.delete_backups(db_instance_id=INSTANCE, backup_ids=['1'], endpoint_url=address,
                              **{**APSARA, **more})


CALLS = {'AWS Backup': of_backup, 'FSx': of_fsx, 'RDS': of_rds}


def tell(error, what, base=sexton.SextonError, code=None, request_id=None, hint=None):
    """Checks what an exception that was raised has to say."""
    good = (isinstance(error, base) and isinstance(error, sexton.SextonError)
            and (error.code, error.request_id) == (code, request_id)
            and (hint in error.hint and str(error).endswith(f'({error.hint})') if hint
                 else error.hint is None))
    return ok(good, what, error and vars(error))


# What cannot be meant: said before any call, by its argument.
with saying((500, 'InternalError')) as nobody, tempfile.TemporaryDirectory() as folder:
    at = nobody.address
    text = os.path.join(folder, 'text')
    with open(text, 'w') as file:
        file.write('no report')
    points = {'backup_vault_name': 'v', 'recovery_point_arns': [ghost], 'endpoint_url': at}
    backups = {'backup_ids': ['backup-0123456789abcdef0'], 'endpoint_url': at}
    sets = {'db_instance_id': INSTANCE, 'backup_ids': ['1'], 'endpoint_url': at, **APSARA}
    for call, usual, wrong, words in [
        (backup.delete_backups, points, {'recovery_point_arns': [ghost, 'x']},
         'recovery_point_arns[1]: '),
        (backup.delete_backups, points, {'recovery_point_arns': [1]}, 'recovery_point_arns[0]: '),
        (backup.delete_backups, points, {'backup_vault_name': ''}, 'backup_vault_name: '),
        (backup.delete_backups, points, {'timeout': float('nan')}, 'timeout: '),
        (backup.delete_backups, points, {'concurrency': 0}, 'concurrency: '),
        (backup.delete_backups, points, {'rate': 0}, 'rate: '),
        (backup.delete_backups, points, {'after': text}, f'after: {text} '),
        (backup.delete_backups, points, {'session': 1}, 'session: '),
        (backup.delete_backups, points, {'profile': 'nobody'}, 'there is no profile "nobody"'),
        (backup.delete_backups, points, {'region': 'no region'}, 'invalid region'),
        (backup.delete_backups, points, {'endpoint_url': 'ftp://x'}, 'invalid endpoint URL'),
        (fsx.delete_backups, backups, {'backup_ids': ['backup-x']}, 'backup_ids[0]: '),
        (fsx.delete_backups, backups, {'region': 'no region'}, 'invalid region'),
        (rds.delete_backups, sets, {'backup_ids': ['1', 'x']}, 'backup_ids[1]: '),
        (rds.delete_backups, sets, {'db_instance_id': ''}, 'db_instance_id: '),
        (rds.delete_backups, sets, {'signature': 'v2'}, 'signature: '),
        (backup.list_backups, {'endpoint_url': at}, {'older_than': 'soon'}, 'older_than'),
        (fsx.list_backups, {'endpoint_url': at}, {'larger_than': 'much'}, 'larger_than'),
        (rds.list_backups, {'endpoint_url': at, **APSARA}, {'before': 'then'}, 'before'),
    ]:
        error = raises(lambda: call(**{**usual, **wrong}), 'InvalidInputError',
                       f'{call.__module__}.{call.__name__}, invalid: {wrong}', words)
        ok(isinstance(error, ValueError), 'which is a ValueError', error)
    equal(nobody.server.heard, [], 'and none of it was asked for')

# Credentials: none anywhere, and such as the server does not know.
kept = dict(os.environ)
with saying((500, 'InternalError')) as nobody, tempfile.TemporaryDirectory() as folder:
    for name in list(os.environ):
        if name.startswith('ALIBABA') or name.endswith(('_KEY_ID', '_ACCESS_KEY')):
            del os.environ[name]
    os.environ.update(HOME=folder, ALIBABA_CLOUD_ECS_METADATA_DISABLED='true')
    for service, code in ('AWS Backup', 'NoCredentials'), ('FSx', 'NoCredentials'), ('RDS', None):
        error = raises(lambda: CALLS[service](nobody.address), 'CredentialsError',
                       f'no credentials of {service}')
        tell(error, 'with the way to give some', code=code, hint=HINT)
    raises(lambda: of_backup(nobody.address, session=boto3.Session()), 'CredentialsError',
           'a session that has none', 'the session has no credentials')
    inner = botocore.session.get_session()
    inner._credentials = DeferredRefreshableCredentials(lambda: 1 / 0, 'broker')
    error = raises(lambda: of_backup(nobody.address, region='us-east-1', session=inner),
                   'CredentialsError', 'a session that fails to get some', 'division by zero')
    tell(error, 'with the way to give others', code='NoCredentials', hint=HINT)
    equal(nobody.server.heard, [], 'and nothing was asked for')
os.environ.clear()
os.environ.update(kept)
(vault, arns) = vault_with(1)
stranger = boto3.Session('nobody', 'knows', region_name='us-east-1')
refused = {
    'AWS Backup': lambda: of_backup(url, vault, arns, session=stranger),
    'FSx': lambda: of_fsx(session=stranger),
    'RDS': of_rds,
}
os.environ['ALIBABA_CLOUD_ACCESS_KEY_ID'] = 'nobody'
for service, call in refused.items():
    error = raises(call, 'CredentialsError', f'credentials that {service} does not know')
    code = 'InvalidAccessKeyId.NotFound' if service == 'RDS' else 'UnrecognizedClientException'
    tell(error, 'by the name of the service, with the id of its request', code=code,
         request_id=getattr(error, 'request_id', None) or 'some', hint=HINT)
os.environ.update(kept)

# What a service says, or does not say, of every request: of all three at the same time, because
# being throttled is waited for.
silent = socket.socket()
silent.bind(('127.0.0.1', 0))
NOWHERE = f'http://127.0.0.1:{silent.getsockname()[1]}'
said = [
    # what is said, the exception, its other base, its code, with the id of the request
    ((403, None), 'ForbiddenError', PermissionError, 'HTTP 403', False),
    ((400, 'Throttling'), 'ThrottledError', Exception, 'Throttling', True),
    ((429, None), 'ThrottledError', Exception, 'HTTP 429', False),
    ((500, 'InternalError'), 'ServiceError', Exception, 'InternalError', True),
    ((400, 'NobodyKnowsThis'), 'ServiceError', Exception, 'NobodyKnowsThis', True),
    (None, 'UnreachableError', ConnectionError, 'NoAnswer', False),
    (NOWHERE, 'UnreachableError', ConnectionError, 'NoConnection', False),
]
with ThreadPoolExecutor(32) as pool:
    asked = []
    for case in said:
        for service, call in CALLS.items():
            if case[0] == (403, None) and service == 'RDS':
                # There a status alone says nothing of permissions.
                case = (case[0], 'ServiceError', Exception, *case[3:])
            server = saying(None if isinstance(case[0], str) else case[0]).__enter__()
            address = case[0] if isinstance(case[0], str) else server.address
            asked.append((service, case, server, pool.submit(call, address)))
    for service, (says, name, base, code, numbered), server, ended in asked:
        error = raises(lambda: came(ended.exception() or ended.result()), name,
                       f'{service} says {says}')
        tell(error, f'{name} has what was said', base=base, code=code,
             request_id='said-1' if numbered else None)
        equal(server.deletions(), [], 'and nothing was asked to be deleted')
        server.__exit__()
silent.close()

# That reading is forbidden, in the words of the service, does not end a call: who may not read may
# be allowed to delete. What becomes of it stands in the report.
with saying((403, 'AccessDeniedException')) as server:
    item, = CALLS['AWS Backup'](server.address, detailed=True).items
    equal((item.outcome, item.code, server.deletions()), ('refused', 'NotRead', []),
          'what may be continuous is not asked for')
for service, code, more in [('AWS Backup', 'AccessDeniedException', {'continuous': True}),
                            ('FSx', 'AccessDeniedException', {}), ('RDS', 'Forbidden.RAM', {})]:
    with saying((403, code)) as server:
        report = CALLS[service](server.address, detailed=True, **more)
    item, = report.items
    equal((item.outcome, item.code, item.request_id, bool(server.deletions())),
          ('refused', code, 'said-1', True), f'{service} forbids everything by name')
with saying((403, 'AccessDeniedException')) as server:
    error = raises(lambda: list(backup.list_backups(backup_vault_name='v',
                                                    endpoint_url=server.address)),
                   'UnfinishedListError', 'a list that is forbidden')
tell(error, 'has what was said', code='AccessDeniedException', request_id='said-1')

# Ways out: the client tells them in the words of the command line.
source = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'crates', 'core',
                      'src', 'service.rs')
with open(source) as file:
    code = re.sub(r'^ *//.*$', '', file.read().partition('#[cfg(test)]')[0], flags=re.M)
told = [re.sub(r'\\\n *', '', it) for it in re.findall(r'"((?:[^"\\]|\\.)*)"', code, re.S)]
ok('run again later, or with a lower --rate' in told and len(told) > 40,
   'all ways out are read from where the client has them', told)
commands = re.compile(r'--\w|`sexton (?!role`)')
equal([it for it in told if commands.search(_way_out(it))], [],
      'none of them names options of the command line to a caller of Python')
equal([there for there, _ in _ARGUMENTS if not any(there in it for it in told)], [],
      'and nothing is replaced that none of them says')
done()
