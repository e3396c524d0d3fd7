#!/usr/bin/env python3
"""Deletions that every kind of protection is asked about, beside deletions of an unprotected vault.

    make clients && cargo build --release
    tests/clients/venv/bin/python benches/protections.py

Recovery points of one vault are deleted in turns, on one server in one run, as benches/services.py
does. In every second turn the vault has an access policy of twelve statements, and its realm fifty
legal holds of twenty vaults and ten resources each. None of them is of what is deleted, so that all
of them are asked to the end. Whether the vault is locked is read in both: a lock refuses them all."""
import json
import os
import statistics
import time

import common
from services import COUNT, ROUNDS, Caller, turn

HOLDS, VAULTS, RESOURCES, STATEMENTS = 50, 20, 10, 12
ACCOUNT = 'arn:aws:iam::123456789012'
POLICY = {'Version': '2012-10-17', 'Statement': [
    {'Sid': f'Nobody{number}', 'Effect': 'Deny', 'Principal': {'AWS': '*'},
     'Action': ['backup:DeleteRecoveryPoint', 'backup:DeleteBackupVault'], 'Resource': '*',
     'Condition': {'ArnLike': {'aws:PrincipalArn': f'{ACCOUNT}:role/other-{number}-*'},
                   'DateGreaterThan': {'aws:CurrentTime': '2020-01-01T00:00:00Z'}}}
    for number in range(STATEMENTS)]}


def make(caller):
    order = {'FileSystemType': 'LUSTRE', 'StorageCapacity': 1200,
             'SubnetIds': ['subnet-0123456789abcdef0'],
             'LustreConfiguration': {'DeploymentType': 'PERSISTENT_2',
                                     'PerUnitStorageThroughput': 125}}
    made, _, _ = caller.send([caller.fsx('CreateFileSystem', order)], 1)
    source = json.loads(made[0])['FileSystem']['ResourceARN']
    jobs, _, _ = caller.send([caller.signed('backup', 'PUT', '/backup-jobs', {
        'BackupVaultName': 'Default', 'ResourceArn': source,
        'IamRoleArn': f'{ACCOUNT}:role/nightly-backup'}) for _ in range(COUNT)], 8)
    while caller.metric(r'recovery_points\{state="creating"\}'):
        time.sleep(0.2)
    return [json.loads(answer)['RecoveryPointArn'] for answer in jobs]


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
    ask = caller.signed
    caller.send([ask('backup', 'DELETE', '/backup-vaults/Default/access-policy')], 1)
    caller.send([ask('backup', 'DELETE', f'/legal-holds/{hold}?cancelDescription=over')
                 for hold in holds], 1)


def main():
    with common.Server(common.folder() / 'data', '--dev') as server:
        caller = Caller(server)
        points = make(caller)
        time.sleep(2)
        each = COUNT // (2 * ROUNDS)
        figures = {'unprotected': [], 'protected': []}
        for number in range(2 * ROUNDS):
            # Neither of them always comes first.
            name = 'protected' if number % 4 in (1, 2) else 'unprotected'
            holds = protect(caller) if name == 'protected' else []
            requests = [caller.signed('backup', 'DELETE',
                                      '/backup-vaults/Default/recovery-points/'
                                      + it.replace(':', '%3A').replace('/', '%2F'))
                        for it in points[number * each:(number + 1) * each]]
            figures[name].append(turn(caller, requests))
            if holds:
                release(caller, holds)
        used = {}
        for name, turns in figures.items():
            rate, late, used[name] = (statistics.median(column) for column in zip(*turns))
            print(f'{name}: {rate:.0f} a second, p99 {late:.1f} ms, '
                  f'{used[name]:.0f} us of processor')
        print(f'processor: {used["protected"] / used["unprotected"]:.2f} times')
        print('load', os.getloadavg())


if __name__ == '__main__':
    main()
