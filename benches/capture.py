#!/usr/bin/env python3
"""Backup and restore of one tree: sexton, beside `tar | zstd -1` and restic.

    make clients && cargo build --release && apt-get install restic zstd
    tests/clients/venv/bin/python benches/capture.py

The tree has bytes that compress and bytes that do not, large files and many small ones.
It is read once beforehand, so that everybody finds it in memory; everybody's time ends
when what they wrote is on the disk. sexton's times are those of its jobs, from accepted to
completed, as the API tells them; it seals what it stores, as restic does and tar does not."""
import os
import random
import shutil
import subprocess
import sys
import time

import common

LARGE = common.number('SEXTON_BENCH_LARGE', 24)
LARGE_BYTES = 16 << 20
SMALL = common.number('SEXTON_BENCH_SMALL', 20_000)
SMALL_BYTES = 4 << 10
ROUNDS = common.number('SEXTON_BENCH_ROUNDS', 3)
VAULT = 'Default'
ROLE = 'arn:aws:iam::123456789012:role/nightly-backup'


def make(tree):
    """Half of the bytes of large files are random, half are text."""
    dice = random.Random(7)
    words = [bytes(dice.choices(b'abcdefghijklmnopqrstuvwxyz', k=dice.randint(3, 11)))
             for _ in range(4000)]
    for number in range(LARGE):
        path = tree / f'large/{number:03}'
        path.parent.mkdir(parents=True, exist_ok=True)
        if number % 2:
            path.write_bytes(dice.randbytes(LARGE_BYTES))
        else:
            chunk = b' '.join(dice.choices(words, k=150_000))
            copies = LARGE_BYTES // len(chunk) + 1
            lines = (b'%d %s\n' % (copy, chunk) for copy in range(copies))
            path.write_bytes(b''.join(lines)[:LARGE_BYTES])
    for number in range(SMALL):
        path = tree / f'small/{number // 200:03}/{number % 200:03}.conf'
        path.parent.mkdir(parents=True, exist_ok=True)
        text = b' '.join(dice.choices(words, k=dice.randint(10, 2 * SMALL_BYTES // 8)))
        path.write_bytes(text)


def timed(words, **options):
    began = time.monotonic()
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, **options)
    return time.monotonic() - began


def used(folder):
    """Bytes of objects; the folder's mark is none."""
    return sum(path.stat().st_size for path in folder.rglob('*')
               if path.is_file() and path.name != 'sexton-store')


def fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    os.sync()
    return folder


def tar(home, tree):
    file = fresh(home / 'tar') / 'tree.tar.zst'
    back = timed(['sh', '-c', f'tar -c -C {tree} . | zstd -q -1 -T1 -o {file} && sync'])
    stored = file.stat().st_size
    target = fresh(home / 'target')
    return back, timed(['sh', '-c', f'zstd -q -d -c {file} | tar -x -C {target} && sync']), stored


def restic(home, tree):
    repository = fresh(home / 'restic')
    environment = {**os.environ, 'RESTIC_PASSWORD': 'bench', 'RESTIC_REPOSITORY': str(repository),
                   'RESTIC_CACHE_DIR': str(home / 'cache')}
    timed(['restic', 'init', '-q'], env=environment)
    back = timed(['sh', '-c', f'restic backup -q {tree} && sync'], env=environment)
    stored = used(repository)
    target = fresh(home / 'target')
    command = f'restic restore -q latest --target {target} && sync'
    return back, timed(['sh', '-c', command], env=environment), stored


class Sexton:
    """A running server, and the directory as a source of it."""

    def __init__(self, server, tree):
        import boto3
        profile = dict(line.split(' = ') for line in
                       (server.data / 'aws-profile').read_text().splitlines() if ' = ' in line)
        self.server = server
        session = boto3.Session(profile['aws_access_key_id'], profile['aws_secret_access_key'],
                                region_name='us-east-1')
        self.client = session.client('backup', endpoint_url=server.url)
        words = [common.SEXTON, 'source', 'add', '--type', 'fsx', '--path', tree, '--data',
                 server.data]
        self.source = subprocess.run(words, check=True, capture_output=True,
                                     text=True).stdout.strip()

    def ended(self, describe):
        while True:
            job = describe()
            if job.get('State', job.get('Status')) not in ('CREATED', 'PENDING', 'RUNNING'):
                break
            time.sleep(0.05)
        if job.get('State', job.get('Status')) != 'COMPLETED':
            sys.exit(f'a job failed: {job}')
        return (job['CompletionDate'] - job['CreationDate']).total_seconds()

    def __call__(self, home, tree):
        os.sync()
        started = self.client.start_backup_job(BackupVaultName=VAULT, ResourceArn=self.source,
                                               IamRoleArn=ROLE)
        back = self.ended(lambda: self.client.describe_backup_job(
            BackupJobId=started['BackupJobId']))
        stored = used(self.server.data / 'blobs')
        os.sync()
        restored = self.client.start_restore_job(RecoveryPointArn=started['RecoveryPointArn'],
                                                 IamRoleArn=ROLE, Metadata={})
        forth = self.ended(lambda: self.client.describe_restore_job(
            RestoreJobId=restored['RestoreJobId']))
        target = self.server.data / 'restores' / restored['RestoreJobId']
        subprocess.run(['diff', '-r', '--no-dereference', tree, target], check=True)
        shutil.rmtree(target)
        self.client.delete_recovery_point(BackupVaultName=VAULT,
                                          RecoveryPointArn=started['RecoveryPointArn'])
        while used(self.server.data / 'blobs'):
            time.sleep(0.05)
        return back, forth, stored


def main():
    if not shutil.which('restic') or not shutil.which('zstd'):
        sys.exit('restic and zstd are needed: apt-get install restic zstd')
    home = common.folder()
    try:
        tree = home / 'tree'
        make(tree)
        size = used(tree)
        print(f'{LARGE} files of {LARGE_BYTES >> 20} MiB and {SMALL} small ones, '
              f'{size / 1e6:.0f} MB; the best of {ROUNDS} rounds')
        with common.Server(home / 'data') as server:
            rivals = [('tar | zstd -1', tar), ('restic', restic), ('sexton', Sexton(server, tree))]
            best = {}
            for _ in range(ROUNDS):
                for name, rival in rivals:
                    result = rival(home, tree)
                    before = best.get(name, result)
                    best[name] = [min(pair) for pair in zip(before, result)]
        for name, (back, forth, stored) in best.items():
            print(f'{name:<14} backup {back:6.2f} s {size / back / 1e6:6.0f} MB/s   '
                  f'restore {forth:6.2f} s {size / forth / 1e6:6.0f} MB/s   '
                  f'stored {stored / 1e6:6.0f} MB')
    finally:
        shutil.rmtree(home, ignore_errors=True)


main()
