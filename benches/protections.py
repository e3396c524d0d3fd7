#!/usr/bin/env python3
"""Deletions that every kind of protection is asked about, beside deletions of an unprotected vault.

    make clients && cargo build --release
    tests/clients/venv/bin/python benches/protections.py

Recovery points of one vault are made and then deleted in three turns, as benches/services.py does, and
this SEXTON_BENCH_ROUNDS times on one server: each round compares its own turns, and none of the three
always comes first. In two turns of three the vault has an access policy of twelve statements, and its realm fifty
legal holds of twenty vaults and ten resources each. None of them is of what is deleted, so that all
of them are asked to the end. In one of these two a user asks, who has a policy of as many denials
beside the one that lets them; in the others root does. Whether the vault is locked, what the role may
and what keeps the snapshots is read in all: the points are of a volume."""
import configparser
import json
import os
import statistics
import subprocess
import time

import common
from botocore.credentials import Credentials
from services import COUNT, KEY, ROUNDS, Caller, turn

HOLDS, VAULTS, RESOURCES, STATEMENTS = 50, 20, 10, 12
ACCOUNT = 'arn:aws:iam::123456789012'
POLICY = {'Version': '2012-10-17', 'Statement': [
    {'Sid': f'Nobody{number}', 'Effect': 'Deny', 'Principal': {'AWS': '*'},
     'Action': ['backup:DeleteRecoveryPoint', 'backup:DeleteBackupVault'], 'Resource': '*',
     'Condition': {'ArnLike': {'aws:PrincipalArn': f'{ACCOUNT}:role/other-{number}-*'},
                   'DateGreaterThan': {'aws:CurrentTime': '2020-01-01T00:00:00Z'}}}
    for number in range(STATEMENTS)]}


VOLUME = 'arn:aws:ec2:us-east-1:123456789012:volume/vol-0123456789abcdef0'
KINDS = ('unprotected', 'protected', 'by a user')


def make(caller):
    jobs, _, _ = caller.send([caller.signed('backup', 'PUT', '/backup-jobs', {
        'BackupVaultName': 'Default', 'ResourceArn': VOLUME,
        'IamRoleArn': f'{ACCOUNT}:role/nightly-backup'}) for _ in range(COUNT)], 8)
    while caller.metric(r'recovery_points\{state="creating"\}'):
        time.sleep(0.2)
    time.sleep(2)
    return [json.loads(answer)['RecoveryPointArn'] for answer in jobs]


def user(server):
    """The access key of a user who may delete, and is denied what nobody asks for."""
    denied = [{'Effect': 'Deny', 'Action': ['backup:DeleteRecoveryPoint'], 'Resource': '*',
               'Condition': {'ArnLike': {'aws:PrincipalArn': f'{ACCOUNT}:role/other-{number}-*'},
                             'DateGreaterThan': {'aws:CurrentTime': '2020-01-01T00:00:00Z'}}}
              for number in range(STATEMENTS)]
    path = server.data.parent / 'policy.json'
    path.write_text(json.dumps({'Version': '2012-10-17', 'Statement': [
        *denied, {'Effect': 'Allow', 'Action': 'backup:Delete*', 'Resource': '*'}]}))

    def sexton(*words):
        return subprocess.run([common.SEXTON, *words], check=True, capture_output=True, text=True,
                              env=server.environment('test', 'test')).stdout

    sexton('user', 'add', 'sweeper', '--policy', str(path))
    keys = configparser.ConfigParser()
    keys.read_string(sexton('key', 'add', 'sweeper'))
    (section,) = keys.sections()
    return Credentials(keys[section]['aws_access_key_id'], keys[section]['aws_secret_access_key'])


def protect(caller):
    """What protects others; the ids of the holds."""
    ask = caller.signed
    caller.send([ask('backup', 'PUT', '/backup-vaults/Default/access-policy',
                     {'Policy': json.dumps(POLICY)})], 1)
    placed, _, _ = caller.send([ask('backup', 'POST', '/legal-holds', {
        'Title': f'case {hold}', 'Description': 'of others', 'RecoveryPointSelection': {
            'VaultNames': [f'vault-{hold}-{number}' for number in range(VAULTS)],
            'ResourceIdentifiers': [f'arn:aws:ec2:us-east-1:123456789012:volume/vol-{hold:08x}'
                                    f'{number:09x}' for number in range(RESOURCES)]}})
        for hold in range(HOLDS)], 1)
    return [json.loads(answer)['LegalHoldId'] for answer in placed]


def release(caller, holds):
    if not holds:
        return
    ask = caller.signed
    caller.send([ask('backup', 'DELETE', '/backup-vaults/Default/access-policy')], 1)
    caller.send([ask('backup', 'DELETE', f'/legal-holds/{hold}?cancelDescription=over')
                 for hold in holds], 1)


def main():
    with common.Server(common.folder() / 'data', '--dev') as server:
        caller, own = Caller(server), user(server)
        figures = {name: [] for name in KINDS}
        for number in range(ROUNDS):
            points = make(caller)
            for place in range(3):
                name = KINDS[(number + place) % 3]
                holds = protect(caller) if name != 'unprotected' else []
                requests = [caller.signed('backup', 'DELETE',
                                          '/backup-vaults/Default/recovery-points/'
                                          + it.replace(':', '%3A').replace('/', '%2F'),
                                          key=own if name == 'by a user' else KEY)
                            for it in points[place::3]]
                figures[name].append(turn(caller, requests))
                release(caller, holds)
        for name, turns in figures.items():
            rate, late, used = (statistics.median(column) for column in zip(*turns))
            times = [own[2] / plain[2] for own, plain in zip(turns, figures['unprotected'])]
            print(f'{name}: {rate:.0f} a second, p99 {late:.1f} ms, {used:.0f} us of processor, '
                  f'{statistics.median(times):.2f} times '
                  f'({", ".join(f"{it:.2f}" for it in sorted(times))})')
        print('load', os.getloadavg())


if __name__ == '__main__':
    main()
