#!/usr/bin/env python3
"""The page of the package does what it shows, and the package is typed: every example of
python/README.md is run, and checked by mypy and pyright; stubs and module are compared.
usage: python_page.py ENDPOINT_URL (run by python_package.py)"""
import os
import re
import subprocess
import sys
import tempfile
import time

from checks import ROLE, aws_env, done, endpoint, equal, ok

url = endpoint()
env = aws_env(url)
env.update(ALIBABA_CLOUD_ACCESS_KEY_ID='test', ALIBABA_CLOUD_ACCESS_KEY_SECRET='test',
           ALIBABA_CLOUD_REGION_ID='cn-hangzhou')
import boto3  # noqa: E402  (after the environment)
import sexton  # noqa: E402

here = os.path.dirname(os.path.abspath(__file__))
page = os.path.join(here, '..', '..', 'python', 'README.md')
with open(page) as file:
    examples = re.findall(r'^```python\n(.*?)^```', file.read(), re.M | re.S)
ok(len(examples) >= 7, 'the page has examples', len(examples))
client = boto3.client('backup')
client.create_backup_vault(BackupVaultName='nightly')
volume = 'arn:aws:ec2:us-east-1:123456789012:volume/vol-0123456789abcdef0'


def points():
    listed = client.list_recovery_points_by_backup_vault(BackupVaultName='nightly')
    return listed['RecoveryPoints']


def three():
    """Three recovery points in the vault."""
    for _ in range(3):
        client.start_backup_job(BackupVaultName='nightly', ResourceArn=volume, IamRoleArn=ROLE)
    while {it['Status'] for it in points()} != {'COMPLETED'}:
        time.sleep(0.05)
    return [it['RecoveryPointArn'] for it in points()]


# RDS is at the address of the server too: no example names an address.
def there(call):
    return lambda **more: call(**more, endpoint_url=url)


sexton.rds.delete_backups = there(sexton.rds.delete_backups)
sexton.rds.list_backups = there(sexton.rds.list_backups)
with tempfile.TemporaryDirectory() as scratch:
    os.chdir(scratch)
    for number, example in enumerate(examples):
        arns = three()
        try:
            exec(compile(example, f'example {number}', 'exec'), {'arns': arns})
        except BaseException as error:
            ok(False, f'example {number} runs', repr(error))
        else:
            ok(True, f'example {number} runs')
        if 'recovery_point_arns=arns' in example or 'list_backups(backup_vault_name' in example:
            equal(points(), [], 'and leaves nothing behind')
    ok(os.path.getsize('report.json') > 0, 'the report is written')
    for number, example in enumerate(examples):
        with open(f'example_{number}.py', 'w') as file:
            file.write('arns: list[str] = []\n' + example)
    package = os.path.dirname(sexton.__file__)
    mypy = subprocess.run(
        [sys.executable, '-m', 'mypy', '--strict', '--ignore-missing-imports',
         '--no-error-summary', package,
         *(f'example_{number}.py' for number in range(len(examples)))],
        capture_output=True, text=True)
    equal((mypy.returncode, mypy.stdout), (0, ''), 'mypy is content with package and examples')
    stubtest = subprocess.run([sys.executable, '-m', 'mypy.stubtest', 'sexton._native'],
                              capture_output=True, text=True)
    ok(stubtest.returncode == 0, 'stubs and module are the same',
       stubtest.stdout + stubtest.stderr)
    pyright = os.path.join(os.environ['CLIENTS'], 'node_modules', 'pyright', 'index.js')
    told = subprocess.run(
        ['node', pyright, '--pythonpath', sys.executable, package,
         *(f'example_{number}.py' for number in range(len(examples)))],
        capture_output=True, text=True)
    ok(told.returncode == 0, 'pyright is content with package and examples', told.stdout)
done()
