#!/usr/bin/env python3
"""How much of a limit is used, and how much is refused: `sexton delete` beside a script of
boto3 with `mode: adaptive` and 64 threads, in one run, against services that allow so many
requests a second.

    make clients && cargo build --release
    tests/clients/venv/bin/python benches/pace.py [LIMIT ...]

The service is this script: a token bucket of 50 and 20 ms a request. Everything that is
asked counts against the limit, what sexton reads back too; boto3 reads nothing back."""
import asyncio
import concurrent.futures
import json
import multiprocessing
import subprocess
import sys
import time
import urllib.parse

import common

BURST = common.number('SEXTON_BENCH_BURST', 50)
LATENCY = common.number('SEXTON_BENCH_LATENCY_MS', 20) / 1000
THREADS = 64
ACCOUNT = '123456789012'
VAULT = 'nightly'


def arns(count):
    return [f'arn:aws:backup:us-east-1:{ACCOUNT}:recovery-point:{n:08x}-0000-4000-8000-000000000000'
            for n in range(count)]


class Service:
    """One vault behind a token bucket."""

    def __init__(self, limit, count):
        self.limit, self.points = limit, dict.fromkeys(arns(count), 1.0)
        self.tokens, self.filled = BURST, time.monotonic()
        self.accepted = self.refused = 0
        self.first = self.last = None

    def allows(self):
        now = time.monotonic()
        self.tokens = min(BURST, self.tokens + (now - self.filled) * self.limit)
        self.filled = now
        self.first = self.first or now
        if self.tokens < 1:
            self.refused += 1
            return False
        self.tokens -= 1
        self.accepted += 1
        self.last = now
        return True

    def answer(self, method, target):
        if target == '/figures':
            took = (self.last or 0) - (self.first or 0)
            return 200, {'accepted': self.accepted, 'refused': self.refused, 'seconds': took}
        if not self.allows():
            return 429, {'message': 'Rate exceeded'}
        path, _, query = target.partition('?')
        parts = [urllib.parse.unquote(part) for part in path.strip('/').split('/')]
        vault = {'BackupVaultName': VAULT, 'CreationDate': 1.0,
                 'BackupVaultArn': f'arn:aws:backup:us-east-1:{ACCOUNT}:backup-vault:{VAULT}',
                 'NumberOfRecoveryPoints': len(self.points)}
        if len(parts) == 2:
            return 200, vault
        if len(parts) == 3:
            asked = urllib.parse.parse_qs(query)
            start = int(asked.get('nextToken', ['0'])[0])
            page = int(asked.get('maxResults', ['1000'])[0])
            names = list(self.points)
            found = [self.point(name) for name in names[start:start + page]]
            more = {'NextToken': str(start + page)} if start + page < len(names) else {}
            return 200, {'RecoveryPoints': found, **more}
        name = '/'.join(parts[3:])
        if name not in self.points:
            return 404, {'message': 'Cannot find recovery point. ERROR_2603'}
        if method == 'DELETE':
            del self.points[name]
            return 200, None
        return 200, self.point(name)

    @staticmethod
    def point(name):
        return {'RecoveryPointArn': name, 'BackupVaultName': VAULT, 'Status': 'COMPLETED',
                'BackupVaultArn': f'arn:aws:backup:us-east-1:{ACCOUNT}:backup-vault:{VAULT}',
                'CreationDate': 1.0, 'ResourceType': 'EBS'}

    async def connection(self, reader, writer):
        names = {429: 'ThrottlingException', 404: 'ResourceNotFoundException'}
        try:
            while head := await reader.readuntil(b'\r\n\r\n'):
                lines = head.decode('latin-1').split('\r\n')
                method, target, _ = lines[0].split(' ', 2)
                lengths = [line for line in lines if line.lower().startswith('content-length:')]
                if lengths:
                    await reader.readexactly(int(lengths[0].split(':')[1]))
                if target != '/figures':
                    await asyncio.sleep(LATENCY / 2)
                status, body = self.answer(method, target)
                if target != '/figures':
                    await asyncio.sleep(LATENCY / 2)
                text = b'' if body is None else json.dumps(body).encode()
                name = f'x-amzn-errortype: {names[status]}\r\n' if status in names else ''
                writer.write(f'HTTP/1.1 {status} .\r\ncontent-type: application/json\r\n{name}'
                             f'content-length: {len(text)}\r\n\r\n'.encode() + text)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def serve(limit, count, pipe):
    async def main():
        server = await asyncio.start_server(Service(limit, count).connection, '127.0.0.1', 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()
    asyncio.run(main())


class Served:
    def __init__(self, limit, count):
        here, there = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=serve, args=(limit, count, there))
        self.process.start()
        self.url = f'http://127.0.0.1:{here.recv()}'

    def figures(self):
        import urllib.request
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        return json.load(opener.open(self.url + '/figures'))

    def stop(self):
        self.process.terminate()
        self.process.join()


def sexton(url, count):
    environment = common.environment(url, 'test', 'test')
    ended = subprocess.run(
        [common.SEXTON, 'delete', '--vault', VAULT, '--yes', '--output', 'json', '-'],
        input='\n'.join(arns(count)), env=environment, capture_output=True, text=True)
    if ended.returncode or json.loads(ended.stdout)['totals']['gone'] != count:
        sys.exit(f'sexton ended {ended.returncode}: {ended.stderr[-2000:]}')


def boto(url, count):
    import boto3
    from botocore.config import Config
    config = Config(retries={'mode': 'adaptive', 'max_attempts': 50}, max_pool_connections=THREADS,
                    proxies={})
    client = boto3.Session('test', 'test', region_name='us-east-1').client(
        'backup', endpoint_url=url, config=config)
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda arn: client.delete_recovery_point(
            BackupVaultName=VAULT, RecoveryPointArn=arn), arns(count)))


def main():
    limits = [float(word) for word in sys.argv[1:]] or [5, 50, 500]
    for limit in limits:
        count = int(min(10_000, max(200, limit * 40)))
        for name, way in (('sexton', sexton), ('boto3 adaptive', boto)):
            served = Served(limit, count)
            try:
                way(served.url, count)
                it = served.figures()
            finally:
                served.stop()
            used = it['accepted'] / (it['seconds'] * limit + BURST)
            share = it['refused'] / (it['accepted'] + it['refused'])
            print(f'{limit:g}/s {name:<15} {count} points in {it["seconds"]:.1f} s: '
                  f'{used:.1%} of the limit and its burst used, {share:.2%} refused', flush=True)


if __name__ == '__main__':
    main()
