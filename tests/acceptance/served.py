"""What the scripts share that look at a server closely: clients, jobs, the clock."""
import json
import os
import time
import urllib.error
import urllib.request

from checks import RESOURCE, ROLE, aws_env, endpoint

OPERATIONS = [
    'CreateBackupVault', 'DescribeBackupVault', 'ListBackupVaults', 'DeleteBackupVault',
    'StartBackupJob', 'DescribeBackupJob', 'ListBackupJobs', 'StopBackupJob',
    'ListRecoveryPointsByBackupVault', 'ListRecoveryPointsByResource',
    'DescribeRecoveryPoint', 'DeleteRecoveryPoint', 'GetRecoveryPointRestoreMetadata',
    'StartRestoreJob', 'DescribeRestoreJob', 'ListRestoreJobs',
    'TagResource', 'UntagResource', 'ListTags',
]

# What protects recovery points.
PROTECTION = [
    'PutBackupVaultLockConfiguration', 'DeleteBackupVaultLockConfiguration',
    'CreateLegalHold', 'GetLegalHold', 'ListLegalHolds', 'CancelLegalHold',
    'ListRecoveryPointsByLegalHold', 'UpdateRecoveryPointLifecycle',
]

# What is always refused, because nothing here is what it is for.
REFUSED = [
    'DisassociateRecoveryPoint', 'DisassociateRecoveryPointFromParent',
    'GetBackupVaultNotifications',
]

# Access policies of vaults.
POLICIES = [
    'PutBackupVaultAccessPolicy', 'GetBackupVaultAccessPolicy', 'DeleteBackupVaultAccessPolicy',
]

# Copies, and what takes nothing else.
COPIES = [
    'StartCopyJob', 'DescribeCopyJob', 'ListCopyJobs', 'CreateLogicallyAirGappedBackupVault',
]

url = endpoint()
aws_env(url)
import boto3  # noqa: E402  (after the environment)
from botocore.config import Config  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402

import model  # noqa: E402


def client(service='backup', **options):
    """A client that sends once, checks nothing itself, and whose answers are checked."""
    config = Config(parameter_validation=False, retries={'total_max_attempts': 1})
    return model.watch(boto3.client(service, config=config, **options))


def post(path, body):
    """An unsigned call, to the part of the server that is for tests."""
    request = urllib.request.Request(url + path, json.dumps(body).encode(),
                                     {'Content-Type': 'application/json'}, method='POST')
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def metric(name):
    with urllib.request.urlopen(url + '/metrics') as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith(f'sexton_{name} '):
                return float(line.split()[-1])
    return None


def get(path):
    try:
        with urllib.request.urlopen(url + path) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def wait(look, limit=300):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        seen = look()
        if seen:
            return seen
        time.sleep(0.01)
    raise SystemExit(f'not within {limit} s')


def meanwhile(begin, call, still, tries=50):
    """CALL of what BEGIN gives, answered while it is STILL so: gives that and what came of
    the call. Nothing lasts until a script gets its turn on a busy machine, so what has ended
    by then proves nothing and is begun again."""
    for _ in range(tries):
        subject = begin()
        try:
            came = call(subject)
        except ClientError as error:
            came = error
        if still(subject):
            return subject, came
    raise SystemExit(f'not once in {tries} tries was it still so after the call')


def start_backup(backup, vault, resource=RESOURCE, role=ROLE, **more):
    return backup.start_backup_job(BackupVaultName=vault, ResourceArn=resource, IamRoleArn=role,
                                   **more)


def ended_backup(backup, job):
    def ended():
        found = backup.describe_backup_job(BackupJobId=job)
        return found if found['State'] in ('COMPLETED', 'FAILED', 'ABORTED') else None
    return wait(ended)


def back_up(backup, vault, resource=RESOURCE, role=ROLE, **more):
    """A completed backup job."""
    return ended_backup(
        backup, start_backup(backup, vault, resource, role, **more)['BackupJobId'])


def start_restore(backup, point, role=ROLE):
    return backup.start_restore_job(RecoveryPointArn=point, Metadata={}, IamRoleArn=role)


def ended_restore(backup, job):
    def ended():
        found = backup.describe_restore_job(RestoreJobId=job)
        return found if found['Status'] in ('COMPLETED', 'FAILED', 'ABORTED') else None
    return wait(ended)


def client_of_profile():
    """A client that knows nothing but the profile that the server wrote, as users have it."""
    for name in ('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_ENDPOINT_URL', 'AWS_REGION',
                 'AWS_DEFAULT_REGION'):
        del os.environ[name]
    profile = os.path.join(os.environ['SEXTON_DATA'], 'aws-profile')
    os.environ['AWS_SHARED_CREDENTIALS_FILE'] = os.environ['AWS_CONFIG_FILE'] = profile
    return client()
