#!/usr/bin/env python3
"""The package `sexton`: what it deletes, what it says of it, and where avtomat-aws is wrong.
usage: python_sweep.py ENDPOINT_URL (run by python_package.py)"""
import asyncio
import http.client
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from checks import EXPIRED_ROLE, ROLE, aws_env, done, endpoint, equal, ok, poll, raises

url = endpoint()
aws_env(url)
for name in list(os.environ):
    if name.startswith('ALIBABA'):
        del os.environ[name]
os.environ.update(ALIBABA_CLOUD_ACCESS_KEY_ID='test', ALIBABA_CLOUD_ACCESS_KEY_SECRET='test')
import boto3  # noqa: E402  (after the environment)
import sexton  # noqa: E402
from avtomat_aws import backup as avtomat  # noqa: E402
from botocore.auth import SigV4Auth  # noqa: E402
from botocore.awsrequest import AWSRequest  # noqa: E402
from botocore.credentials import Credentials  # noqa: E402
from sexton import backup, fsx, rds  # noqa: E402

client = boto3.client('backup')
ghost = 'arn:aws:ec2:us-east-1::image/ami-1234567890abcdef0'
volume = 'arn:aws:ec2:us-east-1:123456789012:volume/vol-0123456789abcdef'


def points(vault):
    pages = client.get_paginator('list_recovery_points_by_backup_vault')
    return [point for page in pages.paginate(BackupVaultName=vault)
            for point in page['RecoveryPoints']]


def vault_with(count, role=ROLE):
    """A vault of its own with COUNT points, and their ARNs."""
    vault = 'py-' + uuid.uuid4().hex[:12]
    client.create_backup_vault(BackupVaultName=vault)
    for number in range(count):
        client.start_backup_job(BackupVaultName=vault, ResourceArn=volume + str(number % 10),
                                IamRoleArn=role)
    while [it['Status'] for it in points(vault)] != ['COMPLETED'] * count:
        time.sleep(0.05)
    return vault, sorted(it['RecoveryPointArn'] for it in points(vault))


class Between(BaseHTTPRequestHandler):
    """Between a client and the server: `judge` may answer instead of it, or lose its reply."""

    protocol_version = 'HTTP/1.1'

    def log_message(self, *words):
        pass

    def pass_on(self):
        body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
        fate = self.server.judge(self.command, self.path, self.headers)
        if isinstance(fate, tuple):
            status, code = fate
            self.reply(status, {'x-amzn-ErrorType': code, 'x-amzn-RequestId': 'between'},
                       json.dumps({'message': code}).encode())
            return
        ours = http.client.HTTPConnection(url.split('//')[1], timeout=60)
        ours.request(self.command, self.path, body, self.signed(body))
        answer = ours.getresponse()
        body, headers = answer.read(), dict(answer.getheaders())
        ours.close()
        if fate == 'lose':
            self.close_connection = True
            self.connection.close()
            return
        if callable(fate):
            body = fate(body)
        self.reply(answer.status, headers, body)

    def signed(self, body):
        """The headers of the request as it goes to the server, which believes no other host."""
        kept = ('content-type', 'x-amz-target')
        headers = {name: value for name, value in self.headers.items() if name.lower() in kept}
        request = AWSRequest(self.command, url + self.path, headers, body)
        key = 'second' if 'Credential=second/' in self.headers['Authorization'] else 'test'
        SigV4Auth(Credentials(key, 'test'), 'backup', 'us-east-1').add_auth(request)
        return dict(request.headers.items())

    def reply(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ('content-length', 'transfer-encoding', 'connection', 'date'):
                self.send_header(name, value)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = pass_on


class between:
    """A server that stands between, for a while."""

    def __init__(self, judge):
        self.server = ThreadingHTTPServer(('127.0.0.1', 0), Between)
        self.server.judge = judge

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f'http://127.0.0.1:{self.server.server_port}'

    def __exit__(self, *raised):
        self.server.shutdown()
        self.server.server_close()


# The documented example of avtomat-aws, with the import changed.
(ours, mine), (theirs, others) = vault_with(5), vault_with(5)
equal(backup.delete_backups(backup_vault_name=ours, recovery_point_arns=mine), [],
      'everything is deleted: the list is empty')
equal(avtomat.delete_backups(backup_vault_name=theirs, recovery_point_arns=others), [],
      'and with avtomat-aws as well')
equal(points(ours), [], 'of ours nothing is left')
poll(lambda: points(theirs) == [], 'nor of theirs')
equal(backup.delete_backups(backup_vault_name=ours, recovery_point_arns=[]), [],
      'an empty list gives an empty list')

# Where avtomat-aws is wrong.
(ours, mine), (theirs, others) = vault_with(2, EXPIRED_ROLE), vault_with(2, EXPIRED_ROLE)
equal(avtomat.delete_backups(backup_vault_name=theirs, recovery_point_arns=others), [],
      'avtomat-aws takes EXPIRED for deleted')
equal(backup.delete_backups(backup_vault_name=ours, recovery_point_arns=mine), mine,
      'EXPIRED is a failure')
report = backup.delete_backups(backup_vault_name=ours, recovery_point_arns=[*mine, ghost, ghost],
                               detailed=True)
equal([item.outcome for item in report.items], ['expired', 'expired', 'absent'],
      'a report tells the outcome of each')
ok(report.items[0].obstacle == 'role' and report.items[0].way_out and report.items[0].reason,
   'with what stands in the way, and the way out', report.items[0])
equal((report.verdict, report.totals['expired'], report.to_dict()['duplicates'], bool(report)),
      ('partial', 2, 1, False), 'and what the call comes to')
equal([row['outcome'] for row in report], ['expired', 'expired', 'absent'], 'row by row')
ok('expired' in str(report) and '<table>' in report._repr_html_(), 'printable, and a table')
printed = subprocess.run(
    [os.path.join(os.path.dirname(sys.executable), 'sexton'), 'delete', '--vault', ours, '--yes',
     '--output', 'json', '--quiet', *mine, ghost], capture_output=True, text=True)
theirs_document, document = json.loads(printed.stdout), json.loads(report.to_json())
equal(sorted(document), sorted(theirs_document), 'JSON has the members of the command line')
equal([sorted(it) for it in document['items']], [sorted(it) for it in theirs_document['items']],
      'and so has each of its items')
equal(backup.delete_backups(backup_vault_name=ours, recovery_point_arns=[ghost], absent_ok=True),
      [], 'what is nowhere is no failure for whoever says so')


def locked(method, path, headers):
    if method == 'GET' and path.rstrip('/').count('/') == 2:
        return lambda body: json.dumps({**json.loads(body), 'Locked': True}).encode()
    return 'pass'


vault, arns = vault_with(1)
with between(locked) as address:
    error = raises(lambda: backup.delete_backups(backup_vault_name=vault, recovery_point_arns=arns,
                                                 endpoint_url=address),
                   'LockedError', 'a locked vault is refused before anything is sent')
equal(len(points(vault)), 1, 'and nothing is deleted')
refusals = iter([True] * 4)


def throttled(method, path, headers):
    if method == 'DELETE' and next(refusals, False):
        return 400, 'ThrottlingException'
    return 'pass'


with between(throttled) as address:
    equal(backup.delete_backups(backup_vault_name=vault, recovery_point_arns=arns,
                                endpoint_url=address), [],
          'a service that asks for patience four times gets it')
vault, arns = vault_with(3)
losses = iter([True] * 3)
with between(lambda method, *_: 'lose' if method == 'DELETE' and next(losses, False) else 'pass'
             ) as address:
    report = backup.delete_backups(backup_vault_name=vault, recovery_point_arns=arns,
                                   endpoint_url=address, detailed=True)
    # It was not looked before, so that nobody saw them in the vault.
    equal(({it.outcome for it in report.items}, report.failed(absent_ok=True)), ({'absent'}, []),
          'a lost reply is settled by looking, where avtomat-aws says that nothing was deleted')
equal(points(vault), [], 'and they are not there')

# A session, whose credentials change in the middle of a run: the first are then refused.
vault, arns = vault_with(60)
seen = {'old': 0, 'new': 0}


class Frozen:
    secret_key, token = 'test', None

    def __init__(self, key):
        self.access_key = key


class Changing:
    def get_frozen_credentials(self):
        return Frozen('test' if seen['old'] < 10 else 'second')


class Session:
    region_name = 'us-east-1'

    def get_credentials(self):
        return Changing()

    def client(self, *words, **more):
        return boto3.client(*words, endpoint_url=self.url, **more)


def expiring(method, path, headers):
    key = 'new' if 'Credential=second/' in headers['Authorization'] else 'old'
    if key == 'old' and seen['new']:
        return 403, 'ExpiredTokenException'
    seen[key] += 1
    return 'pass'


with between(expiring) as Session.url:
    equal(backup.delete_backups(backup_vault_name=vault, recovery_point_arns=arns,
                                session=Session(), rate=20, concurrency=1), [],
          'a run outlives the credentials of its session')
ok(seen['new'] > 10, 'and goes on with the refreshed ones', seen)
vault, arns = vault_with(1)
equal(backup.delete_backups(backup_vault_name=vault, recovery_point_arns=arns,
                            session=boto3.Session(region_name='us-east-1')), [],
      'a session of boto3')

# What cannot be meant is said before the first call.
nobody = 'http://127.0.0.1:9'
for call, words in [
    (lambda: backup.delete_backups(backup_vault_name='v', recovery_point_arns=[arns[0], 'x'],
                                   endpoint_url=nobody), 'recovery_point_arns[1]'),
    (lambda: backup.delete_backups(backup_vault_name='v', recovery_point_arns=arns[0]),
     'give a list'),
    (lambda: backup.delete_backups(backup_vault_name='', recovery_point_arns=arns),
     'backup_vault_name'),
    (lambda: backup.delete_backups(backup_vault_name='v', recovery_point_arns=arns,
                                   region='eu-west-1'), 'is in region us-east-1'),
    (lambda: fsx.delete_backups(backup_ids=['backup-x']), 'backup_ids[0]'),
    (lambda: rds.delete_backups(db_instance_id='rm-1', backup_ids=['x']), 'backup_ids[0]'),
    (lambda: rds.delete_backups(db_instance_id='rm-1', backup_ids=['1'], signature='v2'),
     'signature'),
    (lambda: backup.delete_backups(backup_vault_name='v', recovery_point_arns=arns, rate=0),
     'rate'),
]:
    raises(call, 'InvalidInputError', f'refused before any call: {words}', words)
raises(lambda: backup.delete_backups(backup_vault_name='none', recovery_point_arns=arns),
       'NotFoundError', 'a vault that is not there')
ok(issubclass(sexton.InvalidInputError, ValueError), 'it is a ValueError as well')

# FSx and RDS.
client_fsx = boto3.client('fsx')
system = client_fsx.describe_file_systems()['FileSystems'][0]['FileSystemId']
made = [client_fsx.create_backup(FileSystemId=system)['Backup']['BackupId'] for _ in range(3)]
poll(lambda: all(it['Lifecycle'] == 'AVAILABLE' for it in
                 client_fsx.describe_backups(BackupIds=made)['Backups']), 'three backups of FSx')
equal(fsx.delete_backups(backup_ids=made[:2]), [], 'two of them are deleted')
missing = 'backup-0123456789abcdef0'
report = fsx.delete_backups(backup_ids=[made[2], missing], detailed=True)
equal([(it.name, it.outcome) for it in report.items], [(made[2], 'gone'), (missing, 'absent')],
      'a report of FSx')
apsara = {'region': 'cn-hangzhou', 'endpoint_url': url}
instance = 'rm-uf6wjk5xxxxxxx'
sets = list(rds.list_backups(db_instance_id=instance, **apsara))
ok(len(sets) > 10 and sets[0].instance == instance, 'sets of RDS are listed', len(sets))
free = [it for it in sets if it.protected_by == []]
report = rds.delete_backups(db_instance_id=instance, backup_ids=[it.id for it in sets[:12]],
                            detailed=True, **apsara)
equal({it.id for it in sets[:12] if it.id in {one.id for one in free}},
      {it.name for it in report.items if it.gone}, 'those of RDS that can be are deleted')
ok(all(it.reason and it.way_out for it in report.failed()), 'and of the others it is said why')

# Lists.
vault, arns = vault_with(4)
equal(sorted(it.id for it in backup.list_backups(backup_vault_name=vault)), arns, 'a vault')
one = next(iter(backup.list_backups(backup_vault_name=vault, type='EBS', newer_than='1d')))
ok(one.state == 'COMPLETED' and one.created.utcoffset().total_seconds() == 0, 'one entry', one)
equal(list(backup.list_backups(backup_vault_name=vault, older_than='90d')), [], 'by age')
raises(lambda: backup.list_backups(older_than='soon'), 'InvalidInputError', 'an age that is none')
raises(lambda: list(backup.list_backups(backup_vault_name='none')), 'UnfinishedListError',
       'a vault that is not there has no list')
ok(list(fsx.list_backups()) is not None, 'backups of FSx')

# Progress, the log, threads, asyncio, fork.
told = []
logged = []


class Handler(logging.Handler):
    def emit(self, record):
        logged.append((record.name, record.getMessage()))


# avtomat-aws disables every logger that there is.
logging.getLogger('sexton').disabled = False
logging.getLogger('sexton').addHandler(Handler())
logging.getLogger('sexton').setLevel(logging.INFO)
equal(backup.delete_backups(backup_vault_name=vault, recovery_point_arns=arns,
                            progress=told.append), [], 'with a progress')
ok([it for it in told if it.stage == 'verifying'][-1].done == 4, 'which comes to its end', told)
ok(any(name == 'sexton' and arns[0] in text and 'gone' in text for name, text in logged),
   'the log tells of each', logged)
vaults = [vault_with(3) for _ in range(4)]
found = {}


def delete(vault, arns):
    found[vault] = backup.delete_backups(backup_vault_name=vault, recovery_point_arns=arns)


threads = [threading.Thread(target=delete, args=one) for one in vaults[:3]]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
equal(list(found.values()), [[], [], []], 'threads call at the same time')
vault, arns = vaults[3]
equal(asyncio.run(asyncio.to_thread(backup.delete_backups, backup_vault_name=vault,
                                    recovery_point_arns=arns[:1])), [], 'asyncio.to_thread')
child = os.fork()
if child == 0:
    left = backup.delete_backups(backup_vault_name=vault, recovery_point_arns=arns[1:])
    os._exit(0 if left == [] else 1)
equal(os.waitpid(child, 0)[1], 0, 'after fork it works')

# Ctrl-C: the first one drains.
vault, arns = vault_with(30)


def interrupt(progress):
    if progress.done == 5:
        os.kill(os.getpid(), signal.SIGINT)


try:
    backup.delete_backups(backup_vault_name=vault, recovery_point_arns=arns, rate=10,
                          concurrency=1, progress=interrupt)
    ok(False, 'Ctrl-C raises KeyboardInterrupt')
except KeyboardInterrupt as interruption:
    report = interruption.report
    equal(report.verdict, 'interrupted', 'Ctrl-C raises KeyboardInterrupt with a report')
    gone = {it.name for it in report.items if it.gone}
    ok(len(gone) >= 5 and report.totals['unattempted'] > 0, 'of what was done', report)
    equal({it['RecoveryPointArn'] for it in points(vault)}, set(arns) - gone, 'which is true')


def fail(progress):
    raise RuntimeError('no more')


raises(lambda: backup.delete_backups(backup_vault_name=vault, recovery_point_arns=arns,
                                     progress=fail), 'RuntimeError',
       'what a progress raises ends the call')
ok(urllib.request.urlopen(url + '/healthz').status == 200, 'the server is well')
done()
