#!/usr/bin/env python3
"""`sexton delete`, which proves, beside avtomat-aws, which does not: in one run, on one
server, on points that were really made.

    make clients && cargo build --release
    tests/clients/venv/bin/python benches/cli_vs_avtomat.py

The server's points are backups of generated payloads, one object each. avtomat-aws
deletes one point after the other; it is given fewer of them, and its time is scaled."""
import json
import pathlib
import shutil
import subprocess
import sys
import time

import common

POINTS = common.number('SEXTON_BENCH_POINTS', 10_000)
AVTOMAT_POINTS = common.number('SEXTON_BENCH_AVTOMAT_POINTS', 1_000)
AAWS = str(pathlib.Path(sys.executable).parent / 'aaws')
VAULT = 'Default'


def arns(environment):
    import boto3
    session = boto3.Session(environment['AWS_ACCESS_KEY_ID'], environment['AWS_SECRET_ACCESS_KEY'],
                            region_name='us-east-1')
    client = session.client('backup', endpoint_url=environment['AWS_ENDPOINT_URL'])
    pages = client.get_paginator('list_recovery_points_by_backup_vault')
    found = [point for page in pages.paginate(BackupVaultName=VAULT, PaginationConfig={
        'PageSize': 1000}) for point in page['RecoveryPoints']]
    return [point['RecoveryPointArn'] for point in found if point['Status'] == 'COMPLETED']


def timed(words, environment):
    began = time.monotonic()
    ended = subprocess.run(words, env=environment, capture_output=True, text=True)
    took = time.monotonic() - began
    if ended.returncode:
        sys.exit(f'{words[:4]} ended {ended.returncode}: {ended.stderr[-2000:]}')
    return took, ended


def main():
    home = common.folder()
    try:
        resource = 'arn:aws:ec2:us-east-1:123456789012:volume/vol-0123456789abcdef0'
        count = POINTS + AVTOMAT_POINTS
        seed = {'recovery_points': [{'vault': VAULT, 'resource': resource, 'count': count}]}
        (home / 'seed.json').write_text(json.dumps(seed))
        began = time.monotonic()
        with common.Server(home / 'data', '--dev', '--seed', home / 'seed.json') as server:
            print(f'{count} backups made in {time.monotonic() - began:.1f} s')
            environment = server.environment('test', 'test')
            every = arns(environment)
            if len(every) != count:
                sys.exit(f'{len(every)} points of {count}')
            ours, theirs = every[:POINTS], every[POINTS:]
            (home / 'ids').write_text('\n'.join(ours))
            took, ended = timed([common.SEXTON, 'delete', '--vault', VAULT, '--yes', '--from-file',
                                 str(home / 'ids'), '--output', 'json'], environment)
            totals = json.loads(ended.stdout)['totals']
            if totals['gone'] != POINTS:
                sys.exit(f'not all gone: {totals}')
            mine = POINTS / took
            print(f'sexton delete  {POINTS:>6} deleted and proven gone in {took:6.2f} s  '
                  f'{mine:8.0f} /s')
            took, ended = timed([AAWS, 'backup', 'delete_backups', '--backup_vault_name', VAULT,
                                 '--recovery_point_arns', *theirs], environment)
            if ended.stdout.strip() != '[]' or arns(environment):
                sys.exit(f'avtomat-aws did not delete: {ended.stdout[:500]}')
            other = AVTOMAT_POINTS / took
            print(f'avtomat-aws    {AVTOMAT_POINTS:>6} deletions accepted     in {took:6.2f} s  '
                  f'{other:8.0f} /s')
            print(f'sexton is {mine / other:.1f} times as fast (avtomat-aws scaled from '
                  f'{AVTOMAT_POINTS} to {POINTS} points: {POINTS / other:.0f} s)')
    finally:
        shutil.rmtree(home, ignore_errors=True)


main()
