#!/usr/bin/env python3
"""Sixty-four callers at once change one role, delete what was made with it, or place and cancel legal
holds: each has its answer at the first try.
usage: contention.py ENDPOINT_URL"""
import concurrent.futures
import json
import threading

import boto3
from botocore.config import Config

from checks import aws_env, code_of, done, endpoint, equal

CALLERS = 64
aws_env(endpoint())
once = Config(retries={'total_max_attempts': 1}, max_pool_connections=CALLERS)
backup = boto3.client('backup', config=once)
iam = boto3.client('iam', config=once)


def policy(**statement):
    return json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', **statement}]})


def at_once(calls, what):
    """Makes all of these calls together; none of them may fail."""
    gate = threading.Barrier(len(calls))

    def make(call):
        gate.wait()
        try:
            call()
        except Exception as error:
            return code_of(error)
        return None

    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        failed = [it for it in pool.map(make, calls) if it]
    equal(failed, [], what)


TRUST = policy(Principal={'Service': 'backup.amazonaws.com'}, Action='sts:AssumeRole')
DELETE = policy(Action='ec2:DeleteSnapshot', Resource='*')
role = iam.create_role(RoleName='busy', AssumeRolePolicyDocument=TRUST)['Role']['Arn']
iam.put_role_policy(RoleName='busy', PolicyName='delete', PolicyDocument=DELETE)
names = [f'p{number}' for number in range(CALLERS)]


def put(name):
    def call():
        for _ in range(3):
            iam.put_role_policy(RoleName='busy', PolicyName=name, PolicyDocument=DELETE)
    return call


at_once([put(name) for name in names], '64 callers change one role three times each')
found = iam.list_role_policies(RoleName='busy')['PolicyNames']
equal(sorted(found), sorted(['delete', *names]), 'and nothing of it is lost')

resource = 'arn:aws:ec2:us-east-1:123456789012:volume/vol-0123456789abcdef0'
jobs = [backup.start_backup_job(BackupVaultName='Default', ResourceArn=resource, IamRoleArn=role)
        for _ in range(CALLERS // 2)]
points = []
for job in jobs:
    while True:
        seen = backup.describe_backup_job(BackupJobId=job['BackupJobId'])
        if seen['State'] == 'COMPLETED':
            break
    points.append(seen['RecoveryPointArn'])


def delete(point):
    return lambda: backup.delete_recovery_point(BackupVaultName='Default', RecoveryPointArn=point)


at_once([*map(delete, points), *map(put, names[:CALLERS // 2])],
        '32 delete with it while 32 change it')


def hold():
    made = backup.create_legal_hold(Title='case', Description='against us')
    backup.cancel_legal_hold(LegalHoldId=made['LegalHoldId'], CancelDescription='settled',
                             RetainRecordInDays=0)


at_once([hold] * 48, '48 place holds and cancel them')
equal([it for it in backup.list_legal_holds()['LegalHolds'] if it['Status'] == 'ACTIVE'], [],
      'and none is left')
done()
