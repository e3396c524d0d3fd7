#!/usr/bin/env python3
"""`sexton list` over a million recovery points, beside `aws backup
list-recovery-points-by-backup-vault` and the paginator of boto3: the time and the peak of the
memory of each, in one run, on one server.

    make clients && cargo build --release
    tests/clients/venv/bin/python benches/list.py

The folder is filled through the server's own store, by the benchmark `listing`, before a server
opens it. Each reads every page of a thousand points and writes one ARN a line; what is written is
counted and compared."""
import configparser
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import time

import common

POINTS = common.number('SEXTON_BENCH_POINTS', 1_000_000)
ROUNDS = common.number('SEXTON_BENCH_ROUNDS', 1)
VAULT = 'bench'
BIN = pathlib.Path(sys.executable).parent
PAGINATOR = f"""
import boto3
pages = boto3.client('backup').get_paginator('list_recovery_points_by_backup_vault')
for page in pages.paginate(BackupVaultName={VAULT!r}, PaginationConfig={{'PageSize': 1000}}):
    for point in page['RecoveryPoints']:
        print(point['RecoveryPointArn'])
"""


def seed(data):
    environment = {**os.environ, 'SEXTON_BENCH_SEED': str(data), 'SEXTON_BENCH_POINTS': str(POINTS)}
    words = [os.environ.get('CARGO', 'cargo'), 'bench', '-q', '-p', 'sexton-server',
             '--bench', 'listing']
    subprocess.run(words, env=environment, cwd=common.ROOT, check=True)


def measured(words, environment, out):
    """Seconds, processor seconds and the peak of resident MiB of a program, and what it wrote."""
    began = time.monotonic()
    with open(out, 'wb') as stdout:
        process = subprocess.Popen(words, env=environment, stdout=stdout)
        _, status, used = os.wait4(process.pid, 0)
    took = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f'{words[:3]} ended {process.returncode}')
    # Whatever this script held would count as memory of the next program, which begins as a copy.
    count, digest = 0, 0
    with open(out, 'rb') as lines:
        for line in lines:
            count += 1
            digest ^= int.from_bytes(hashlib.sha256(line.strip()).digest(), 'big')
    return took, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, count, digest


def main():
    home = common.folder()
    try:
        began = time.monotonic()
        seed(home / 'data')
        print(f'{POINTS} points made in {time.monotonic() - began:.0f} s')
        with common.Server(home / 'data') as server:
            profile = configparser.ConfigParser()
            profile.read(home / 'data/aws-profile')
            keys = profile[profile.sections()[0]]
            environment = server.environment(
                keys['aws_access_key_id'], keys['aws_secret_access_key'])
            aws = ['backup', 'list-recovery-points-by-backup-vault', '--backup-vault-name', VAULT,
                   '--page-size', '1000', '--query', 'RecoveryPoints[].[RecoveryPointArn]',
                   '--output', 'text']
            list_all = [common.SEXTON, 'list', '--vault', VAULT, '--output']
            programs = [
                ('sexton list', [*list_all, 'text']),
                ('boto3 paginator', [sys.executable, '-c', PAGINATOR]),
                ('aws backup', [str(BIN / 'aws'), *aws]),
            ]
            digests = set()
            for _ in range(ROUNDS):
                for name, words in programs:
                    measures = measured(words, environment, home / 'out')
                    took, processor, peak, count, digest = measures
                    digests.add((count, digest))
                    print(f'{name:16} {took:7.1f} s  {processor:7.1f} s of processor'
                          f'  {peak:7.1f} MiB', flush=True)
            if digests != {(POINTS, next(iter(digests))[1])}:
                sys.exit(f'they do not list the same: {digests}')
            for name, words in [('  as JSON', ['json']),
                                ('  sorted', ['text', '--sort', 'size', '--reverse'])]:
                took, processor, peak, *_ = measured([*list_all, *words], environment, home / 'out')
                print(f'{name:16} {took:7.1f} s  {processor:7.1f} s of processor'
                      f'  {peak:7.1f} MiB', flush=True)
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == '__main__':
    main()
