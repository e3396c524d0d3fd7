"""What the scripts of the package for Python share: the environment, vaults of their own, and a
server between the client and ours that answers instead of it, or loses its reply."""
import http.client
import json
import os
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from checks import ROLE, aws_env, endpoint

url = endpoint()
aws_env(url)
for name in list(os.environ):
    if name.startswith('ALIBABA'):
        del os.environ[name]
os.environ.update(ALIBABA_CLOUD_ACCESS_KEY_ID='test', ALIBABA_CLOUD_ACCESS_KEY_SECRET='test')
import boto3  # noqa: E402  (after the environment)
from botocore.auth import SigV4Auth  # noqa: E402
from botocore.awsrequest import AWSRequest  # noqa: E402
from botocore.credentials import Credentials  # noqa: E402

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
        if isinstance(fate, dict):
            self.reply(200, {'Content-Type': 'application/json'}, json.dumps(fate).encode())
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
        try:
            self.end_headers()
            self.wfile.write(body)
        except ConnectionError:
            # Whoever asked waits no more.
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = pass_on


def made_up(count):
    """Judges as a vault of so many points would answer, a thousand on a page."""
    def point(number):
        arn = f'arn:aws:backup:us-east-1:123456789012:recovery-point:{number:032x}'
        return {'RecoveryPointArn': arn, 'BackupVaultName': 'listed', 'ResourceType': 'EBS',
                'Status': 'COMPLETED', 'CreationDate': 1790000000 + number,
                'BackupSizeInBytes': number}

    def judge(method, path, headers):
        if '/recovery-points' not in path:
            return {'BackupVaultName': 'listed', 'NumberOfRecoveryPoints': count}
        first = int(path.partition('nextToken=')[2].partition('&')[0] or 0)
        end = min(first + 1000, count)
        page = {'RecoveryPoints': [point(number) for number in range(first, end)]}
        return page if end == count else {**page, 'NextToken': str(end)}

    return judge


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
