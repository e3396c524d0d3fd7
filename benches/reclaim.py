#!/usr/bin/env python3
"""What it costs to be rid of one backup of many: sexton, beside `restic forget --prune`, rustic
and plain unlink.

    make clients && cargo build --release && apt-get install restic
    tests/clients/venv/bin/python benches/reclaim.py

One tree is backed up 200 times, with some of its files written anew before each time. At 10, 50
and 200 backups one of them is deleted, three times, from the middle; it is backed up again in
between. sexton's first time ends with the answer, when the key is destroyed durably; its second
when the bytes are gone and the certificate is there. Everybody else's ends when the program has
ended and the disk is in step (`sync -f`). restic keeps what many backups share once, so it looks
at all that is left before it removes anything. rustic is measured where it is installed."""
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import time

import common

STAGES = [int(it) for it in os.environ.get('SEXTON_BENCH_STAGES', '10,50,200').split(',')]
FILES = common.number('SEXTON_BENCH_FILES', 2000)
CHANGED = common.number('SEXTON_BENCH_CHANGED', 40)
ROUNDS = common.number('SEXTON_BENCH_ROUNDS', 3)
VAULT = 'Default'
ROLE = 'arn:aws:iam::123456789012:role/nightly-backup'


def write(path, dice):
    """Half of the bytes compress."""
    half = dice.randint(1 << 10, 8 << 10)
    path.write_bytes(dice.randbytes(half) + b'grave matters\n' * (half // 14))


def make(tree, dice):
    for number in range(FILES):
        path = tree / f'{number // 100:03}/{number % 100:03}'
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, dice)


def change(tree, dice):
    for number in dice.sample(range(FILES), CHANGED):
        write(tree / f'{number // 100:03}/{number % 100:03}', dice)


def bytes_in(folder):
    return sum(path.stat().st_size for path in folder.rglob('*') if path.is_file())


class Sexton:
    name = 'sexton'

    def __init__(self, server, tree):
        import boto3
        profile = dict(line.split(' = ') for line in
                       (server.data / 'aws-profile').read_text().splitlines() if ' = ' in line)
        session = boto3.Session(profile['aws_access_key_id'], profile['aws_secret_access_key'],
                                region_name='us-east-1')
        self.client = session.client('backup', endpoint_url=server.url)
        self.folder = server.data / 'blobs'
        words = [common.SEXTON, 'source', 'add', '--type', 'fsx', '--path', tree, '--data',
                 server.data]
        self.source = subprocess.run(words, check=True, capture_output=True,
                                     text=True).stdout.strip()
        self.backups = []

    def back_up(self):
        started = self.client.start_backup_job(BackupVaultName=VAULT, ResourceArn=self.source,
                                               IamRoleArn=ROLE)
        while True:
            job = self.client.describe_backup_job(BackupJobId=started['BackupJobId'])
            if job['State'] == 'COMPLETED':
                break
            if job['State'] not in ('CREATED', 'PENDING', 'RUNNING'):
                sys.exit(f'a backup failed: {job}')
            time.sleep(0.005)
        self.backups.append(started['RecoveryPointArn'])

    def delete(self):
        """Until the answer, and until the bytes are gone as well."""
        arn = self.backups.pop(len(self.backups) // 2)
        began = time.monotonic()
        self.client.delete_recovery_point(BackupVaultName=VAULT, RecoveryPointArn=arn)
        answered = time.monotonic() - began
        while True:
            try:
                self.client.describe_recovery_point(BackupVaultName=VAULT, RecoveryPointArn=arn)
            except self.client.exceptions.ResourceNotFoundException:
                return answered, time.monotonic() - began
            time.sleep(0.002)


class Repository:
    """A repository of restic, or of rustic, which has the same format and other options."""

    def __init__(self, name, home, tree):
        self.name, self.folder, self.tree = name, home / name, tree
        upper = name.upper()
        self.environment = {**os.environ, f'{upper}_PASSWORD': 'bench',
                            f'{upper}_REPOSITORY': str(self.folder),
                            f'{upper}_CACHE_DIR': str(home / f'{name}-cache')}
        self.run('init')

    def run(self, *words):
        done = subprocess.run([self.name, *words], env=self.environment, capture_output=True,
                              text=True)
        if done.returncode:
            sys.exit(f'{self.name} {words[0]} failed: {done.stderr}')
        return done.stdout

    def back_up(self):
        self.run('backup', str(self.tree))

    def delete(self):
        shown = json.loads(self.run('snapshots', '--json'))
        # rustic groups what it lists.
        flat = []
        for entry in shown:
            group = entry[1] if isinstance(entry, list) else entry.get('snapshots', [entry])
            flat.extend(group)
        ids = [it['id'] for it in flat]
        prune = ['--instant-delete'] if self.name == 'rustic' else []
        began = time.monotonic()
        self.run('forget', ids[len(ids) // 2], '--prune', *prune)
        subprocess.run(['sync', '-f', self.folder], check=True)
        return (time.monotonic() - began,)


class Unlink:
    """As many files as sexton has objects, with as many bytes, and nothing else to do."""
    name = 'rm -r'

    def __init__(self, home, objects):
        self.folder, self.objects = home / 'plain', objects
        self.number = 0

    def back_up(self):
        self.number += 1
        folder = self.folder / f'{self.number:06}'
        folder.mkdir(parents=True)
        for number, size in enumerate(self.objects()):
            (folder / f'{number:06}').write_bytes(os.urandom(size))

    def delete(self):
        names = sorted(self.folder.iterdir())
        began = time.monotonic()
        subprocess.run(['rm', '-r', names[len(names) // 2]], check=True)
        subprocess.run(['sync', '-f', self.folder], check=True)
        return (time.monotonic() - began,)


def largest(folder):
    """The sizes of the objects of one backup: of the last that was written."""
    newest = max((path for path in folder.glob('*/*')), key=lambda path: path.stat().st_mtime_ns)
    if newest.is_file():
        return [newest.stat().st_size]
    return [path.stat().st_size for path in newest.iterdir()]


def main():
    if not shutil.which('restic'):
        sys.exit('restic is needed: apt-get install restic')
    home = common.folder()
    dice = random.Random(7)
    try:
        tree = home / 'tree'
        make(tree, dice)
        print(f'{FILES} files, {bytes_in(tree) / 1e6:.0f} MB, {CHANGED} of them written anew '
              f'before each backup; the median of {ROUNDS} deletions')
        with common.Server(home / 'data') as server:
            sexton = Sexton(server, tree)
            rivals = [sexton, Unlink(home, lambda: largest(sexton.folder))]
            rivals += [Repository(name, home, tree) for name in ('restic', 'rustic')
                       if shutil.which(name)]
            if not shutil.which('rustic'):
                print('rustic is not installed and left out')
            for _ in range(max(STAGES)):
                change(tree, dice)
                for rival in rivals:
                    rival.back_up()
                made = len(sexton.backups)
                if made in STAGES:
                    measure(rivals, made, tree, dice)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def measure(rivals, made, tree, dice):
    times = {rival.name: [] for rival in rivals}
    for _ in range(ROUNDS):
        os.sync()
        for rival in rivals:
            times[rival.name].append(rival.delete())
        change(tree, dice)
        for rival in rivals:
            rival.back_up()
    for rival in rivals:
        medians = [statistics.median(column) for column in zip(*times[rival.name])]
        shown = ', '.join(f'{1000 * it:8.1f} ms' for it in medians)
        stored = bytes_in(rival.folder) / 1e6
        print(f'{made:4} backups  {rival.name:<8} {shown:<26} of {stored:7.0f} MB', flush=True)


main()
