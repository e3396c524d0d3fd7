#!/usr/bin/env python3
"""DeleteBackup of FSx beside DeleteRecoveryPoint of AWS Backup, on one server in one run.

    make clients && cargo build --release
    tests/clients/venv/bin/python benches/services.py

Real backups of empty directories are made first, as many through each service. Then they are deleted
in turns, each turn over 64 connections that send the next request when the last is answered. All
requests are signed beforehand; each DeleteBackup has a ClientRequestToken of its own, as SDKs send
one. The processor is that of the server until the last certificate of the turn is there."""
import json
import os
import re
import select
import socket
import statistics
import time
import urllib.request

import common
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

COUNT = common.number('SEXTON_BENCH_DELETIONS', 4000)
ROUNDS = common.number('SEXTON_BENCH_ROUNDS', 5)
CLIENTS = 64
KEY = Credentials('test', 'test')


class Caller:
    def __init__(self, server):
        self.url, self.process = server.url, server.process
        self.host, port = server.url.removeprefix('http://').split(':')
        self.port = int(port)

    def signed(self, service, method, path, body=None, headers=None, key=KEY):
        """One request as bytes."""
        data = json.dumps(body) if body is not None else ''
        request = AWSRequest(method, self.url + path, headers=headers or {}, data=data)
        SigV4Auth(key, service, 'us-east-1').add_auth(request)
        lines = [f'{method} {path} HTTP/1.1', f'host: {self.host}:{self.port}',
                 f'content-length: {len(data)}']
        lines += [f'{name}: {value}' for name, value in request.headers.items()]
        return ('\r\n'.join(lines) + '\r\n\r\n' + data).encode()

    def fsx(self, operation, body):
        return self.signed('fsx', 'POST', '/', body, {
            'content-type': 'application/x-amz-json-1.1',
            'x-amz-target': 'AWSSimbaAPIService_v20180301.' + operation})

    def send(self, requests, clients):
        """The answers, in the order in which they came, and how long each and all took."""
        answers, waited, rest = [], [], iter(requests)
        ready, open_connections = select.epoll(), {}
        began = time.monotonic()
        for request in (next(rest, None) for _ in range(clients)):
            if request is None:
                break
            connection = socket.create_connection((self.host, self.port))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(request)
            ready.register(connection, select.EPOLLIN)
            open_connections[connection.fileno()] = [connection, b'', time.monotonic()]
        while open_connections:
            for number, _ in ready.poll():
                held = open_connections[number]
                held[1] += held[0].recv(65536)
                head, whole, body = held[1].partition(b'\r\n\r\n')
                length = re.search(rb'content-length: (\d+)', head, re.I)
                if not whole or len(body) < int(length[1] if length else 0):
                    continue
                assert head.startswith(b'HTTP/1.1 20'), held[1].decode()
                answers.append(body)
                waited.append(time.monotonic() - held[2])
                request = next(rest, None)
                if request is None:
                    ready.unregister(held[0])
                    held[0].close()
                    del open_connections[number]
                else:
                    held[1:] = [b'', time.monotonic()]
                    held[0].sendall(request)
        return answers, sorted(waited), time.monotonic() - began

    def metric(self, name):
        with urllib.request.urlopen(self.url + '/metrics') as answer:
            found = re.findall(rf'^sexton_{name} ([\d.]+)$', answer.read().decode(), re.M)
        return float(found[0]) if found else 0.0

    def processor(self):
        with open(f'/proc/{self.process.pid}/stat') as file:
            words = file.read().rsplit(')', 1)[1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf('SC_CLK_TCK')


def make(caller):
    """A backup of each of COUNT file systems through both services: what is deleted."""
    order = {'FileSystemType': 'LUSTRE', 'StorageCapacity': 1200,
             'SubnetIds': ['subnet-0123456789abcdef0'],
             'LustreConfiguration': {'DeploymentType': 'PERSISTENT_2',
                                     'PerUnitStorageThroughput': 125}}
    made, _, _ = caller.send([caller.fsx('CreateFileSystem', order) for _ in range(COUNT)], 8)
    sources = [json.loads(answer)['FileSystem'] for answer in made]
    begun, _, _ = caller.send([caller.fsx('CreateBackup', {'FileSystemId': it['FileSystemId']})
                               for it in sources], 8)
    role = 'arn:aws:iam::123456789012:role/nightly-backup'
    jobs, _, _ = caller.send([caller.signed('backup', 'PUT', '/backup-jobs', {
        'BackupVaultName': 'Default', 'ResourceArn': it['ResourceARN'], 'IamRoleArn': role})
        for it in sources], 8)
    while caller.metric(r'recovery_points\{state="creating"\}'):
        time.sleep(0.2)
    return ([json.loads(answer)['Backup']['BackupId'] for answer in begun],
            [json.loads(answer)['RecoveryPointArn'] for answer in jobs])


def turn(caller, requests):
    before = caller.processor()
    _, waited, took = caller.send(requests, CLIENTS)
    while caller.metric('erasure_backlog'):
        time.sleep(0.02)
    used = caller.processor() - before
    count = len(requests)
    return count / took, waited[count * 99 // 100] * 1e3, used / count * 1e6


def main():
    with common.Server(common.folder() / 'data', '--dev') as server:
        caller = Caller(server)
        backups, points = make(caller)
        time.sleep(2)
        each = COUNT // ROUNDS
        figures = {'DeleteBackup': [], 'DeleteRecoveryPoint': []}
        for number in range(ROUNDS):
            part = slice(number * each, (number + 1) * each)
            requests = {
                'DeleteBackup': [caller.fsx('DeleteBackup', {
                    'BackupId': it, 'ClientRequestToken': f'{number}-{it}'})
                    for it in backups[part]],
                'DeleteRecoveryPoint': [caller.signed(
                    'backup', 'DELETE',
                    '/backup-vaults/Default/recovery-points/'
                    + it.replace(':', '%3A').replace('/', '%2F'))
                    for it in points[part]],
            }
            for name in sorted(requests, reverse=number % 2 == 1):
                figures[name].append(turn(caller, requests[name]))
        for name, turns in figures.items():
            rate, late, used = (statistics.median(column) for column in zip(*turns))
            print(f'{name}: {rate:.0f} a second, p99 {late:.1f} ms, {used:.0f} us of processor')
        print('load', os.getloadavg())


if __name__ == '__main__':
    main()
