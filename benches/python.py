#!/usr/bin/env python3
"""Deletions through the package for Python beside `sexton delete`, in turns on one server; what an
import takes; and the memory of a listing.

    make clients && cargo build --release
    tests/clients/venv/bin/python benches/python.py

The package is installed into an environment of its own, unless SEXTON_BENCH_PYTHON names a Python
that has it. The command line looks at every point before its deletion where it asks somebody, and
not with --yes; the package does, unless told otherwise: each is measured both ways, and the answer
is there before the question. Every turn has a vault of its own with as many points, which were
really made. A time is that of a whole program, from its start to its end, which has proven that
every point is gone. What is listed is made up by a small server: what counts there is the memory of
the client."""
import json
import os
import pty
import shutil
import statistics
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import common

POINTS = common.number('SEXTON_BENCH_POINTS', 10_000)
ROUNDS = common.number('SEXTON_BENCH_ROUNDS', 3)
LISTED = common.number('SEXTON_BENCH_LISTED', 200_000)
IMPORTS = common.number('SEXTON_BENCH_IMPORTS', 21)
WAYS = 3
RESOURCE = 'arn:aws:ec2:us-east-1:123456789012:volume/vol-0123456789abcdef0'
DELETE = """
import sys
from sexton import backup
arns = open(sys.argv[2]).read().split()
report = backup.delete_backups(backup_vault_name=sys.argv[1], recovery_point_arns=arns,
                               detailed=True)
sys.exit(0 if report and report.totals['gone'] == len(arns) else str(report))
"""
IMPORT = """
import time
began = time.perf_counter()
from sexton import backup, fsx, rds
print(time.perf_counter() - began)
"""
LIST = """
import sys
from sexton import backup
print(sum(1 for _ in backup.list_backups(backup_vault_name=sys.argv[1])))
"""


class Pages(BaseHTTPRequestHandler):
    """A vault of LISTED points, a thousand on a page."""

    protocol_version = 'HTTP/1.1'

    def log_message(self, *words):
        pass

    def do_GET(self):
        if '/recovery-points' not in self.path:
            told = {'BackupVaultName': 'listed', 'NumberOfRecoveryPoints': LISTED}
        else:
            _, _, query = self.path.partition('nextToken=')
            first = int(query.partition('&')[0] or 0)
            points = [self.point(number) for number in range(first, min(first + 1000, LISTED))]
            told = {'RecoveryPoints': points}
            if first + 1000 < LISTED:
                told['NextToken'] = str(first + 1000)
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def point(self, number):
        arn = f'arn:aws:backup:us-east-1:123456789012:recovery-point:{number:032x}'
        return {'RecoveryPointArn': arn, 'BackupVaultName': 'listed', 'ResourceArn': RESOURCE,
                'ResourceType': 'EBS', 'Status': 'COMPLETED', 'CreationDate': 1790000000 + number,
                'BackupSizeInBytes': number}


def listing(python):
    """What the memory of a list comes to."""
    server = ThreadingHTTPServer(('127.0.0.1', 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    environment = common.environment(f'http://127.0.0.1:{server.server_port}', 'test', 'test')
    took, peak, out = measured([python, '-c', LIST, 'listed'], environment)
    server.shutdown()
    if int(out) != LISTED:
        sys.exit(f'{out} of {LISTED}')
    print(f'list: {LISTED} in {took:.1f} s, at most {peak:.0f} MiB', flush=True)


def installed(home):
    """A Python that has the package and nothing else."""
    given = os.environ.get('SEXTON_BENCH_PYTHON')
    if given:
        return given
    subprocess.run([sys.executable, '-m', 'venv', home / 'venv'], check=True)
    python = str(home / 'venv/bin/python')
    subprocess.run([python, '-m', 'pip', '-q', 'install', common.ROOT / 'python'], check=True)
    return python


def measured(words, environment, typed=None):
    """Seconds and the peak of resident MiB of a program, and what it wrote. What is `typed` is
    there before it asks."""
    ours, theirs = pty.openpty() if typed else (None, None)
    if typed:
        os.write(ours, typed.encode())
    began = time.monotonic()
    process = subprocess.Popen(words, env=environment, stdin=theirs, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL if typed else None, text=True)
    out = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    took = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if typed:
        os.close(ours)
        os.close(theirs)
    if process.returncode:
        sys.exit(f'{words[:4]} ended {process.returncode}: {out[-2000:]}')
    return took, used.ru_maxrss / 1024, out


def arns(vault, environment, path):
    """Writes the ARNs of a vault to a file."""
    words = [common.SEXTON, 'list', '--vault', vault, '--state', 'COMPLETED', '--output', 'text',
             '--quiet']
    _, _, out = measured(words, environment)
    path.write_text(out)
    count = len(out.split())
    if count != POINTS:
        sys.exit(f'{vault}: {count} points of {POINTS}')


def deletions(python, environment, home):
    """Each way in turns, every time another one first: nobody gets the warm server always."""
    def command(vault, ids, *more):
        words = [common.SEXTON, 'delete', '--vault', vault, '--quiet', '--output', 'json']
        return [*words, '--from-file', ids, *more]

    ways = {
        'sexton delete --yes': lambda vault, ids: (command(vault, ids, '--yes'), None),
        'sexton delete, asked': lambda vault, ids: (command(vault, ids), f'{POINTS}\n'),
        'Python': lambda vault, ids: ([python, '-c', DELETE, vault, ids], None),
    }
    took = {way: [] for way in ways}
    for number in range(ROUNDS):
        for at in range(WAYS):
            way = list(ways)[(number + at) % WAYS]
            vault, ids = f'turn-{number}-{at}', home / 'ids'
            arns(vault, environment, ids)
            words, typed = ways[way](vault, str(ids))
            took[way].append(measured(words, environment, typed)[0])
    middles = [statistics.median(times) for times in took.values()]
    for (way, times), middle in zip(took.items(), middles):
        every = ', '.join(f'{it:.2f}' for it in times)
        print(f'{way:26} {POINTS} gone in {middle:5.2f} s  ({every})  {middle / middles[0]:5.2f} times '
              'that of --yes', flush=True)


def imports(python):
    took = sorted(float(subprocess.run([python, '-c', IMPORT], capture_output=True, text=True,
                                       check=True).stdout) for _ in range(IMPORTS))
    print(f'import: {1000 * statistics.median(took):.1f} ms in the middle, '
          f'{1000 * took[0]:.1f} to {1000 * took[-1]:.1f}')


def main():
    home = common.folder()
    try:
        python = installed(home)
        imports(python)
        listing(python)
        turns = [f'turn-{number}-{at}' for number in range(ROUNDS) for at in range(WAYS)]
        points = [(vault, POINTS) for vault in turns]
        seed = {'vaults': [{'name': vault} for vault, _ in points],
                'recovery_points': [{'vault': vault, 'resource': RESOURCE, 'count': count}
                                    for vault, count in points]}
        (home / 'seed.json').write_text(json.dumps(seed))
        began = time.monotonic()
        with common.Server(home / 'data', '--dev', '--seed', home / 'seed.json') as server:
            print(f'{sum(count for _, count in points)} backups made in '
                  f'{time.monotonic() - began:.0f} s', flush=True)
            environment = server.environment('test', 'test')
            deletions(python, environment, home)
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == '__main__':
    main()
