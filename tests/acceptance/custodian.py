#!/usr/bin/env python3
"""Cloud Custodian: its policies for file systems and backups of FSx, as its documentation has
them. usage: custodian.py ENDPOINT_URL

It has an environment of its own, because it wants another boto3 than the other clients do."""
import datetime
import json
import os
import shutil
import subprocess
import tempfile

from checks import ROLE, aws_env, done, endpoint, equal, ok, poll

url = endpoint()
env = aws_env(url)
import boto3  # noqa: E402  (after the environment)

program = os.path.join(os.environ['CLIENTS'], 'custodian/bin/custodian')
scratch = tempfile.TemporaryDirectory()
home = scratch.name
fsx = boto3.client('fsx')
SUBNET = 'subnet-0123456789abcdef0'
# No automatic backup is due while this runs: one that is being made keeps off all others.
NOW = datetime.datetime.now(datetime.timezone.utc)
LATER, LATER_STILL = ((NOW + datetime.timedelta(hours=it)).strftime('%H:%M') for it in (8, 16))
CONFIGURATIONS = {
    'WINDOWS': {'WindowsConfiguration': {'ThroughputCapacity': 8,
                                         'AutomaticBackupRetentionDays': 1,
                                         'DailyAutomaticBackupStartTime': LATER}},
    'LUSTRE': {'LustreConfiguration': {'DeploymentType': 'PERSISTENT_2',
                                       'PerUnitStorageThroughput': 125}},
    'ONTAP': {'OntapConfiguration': {'DeploymentType': 'SINGLE_AZ_1', 'ThroughputCapacity': 128,
                                     'AutomaticBackupRetentionDays': 0}},
    'OPENZFS': {'OpenZFSConfiguration': {'DeploymentType': 'SINGLE_AZ_1',
                                         'ThroughputCapacity': 64,
                                         'AutomaticBackupRetentionDays': 0}},
}


def make(kind, **given):
    given = [{'Key': key, 'Value': value} for key, value in given.items()]
    made = fsx.create_file_system(FileSystemType=kind, StorageCapacity=1200, SubnetIds=[SUBNET],
                                  Tags=given, **CONFIGURATIONS[kind])
    return made['FileSystem']['FileSystemId']


def file_systems():
    return {it['FileSystemId']: it for it in fsx.describe_file_systems()['FileSystems']}


def backups():
    pages = fsx.get_paginator('describe_backups').paginate()
    return {it['BackupId']: it for page in pages for it in page['Backups']}


def tags(resource):
    return {it['Key']: it['Value'] for it in resource.get('Tags', [])}


def run(resource, filters, *actions, status=0):
    """Runs a policy, and gives the ids that it matched and what it logged."""
    policy = {'name': 'policy', 'resource': resource, 'filters': filters,
              'actions': list(actions)}
    path = os.path.join(home, 'policy.json')
    with open(path, 'w') as file:
        json.dump({'policies': [policy]}, file)
    out = os.path.join(home, 'out')
    shutil.rmtree(out, ignore_errors=True)
    ended = subprocess.run(
        [program, 'run', '--region', 'us-east-1', '--cache-period', '0', '-s', out, path],
        env={**env, 'HOME': home}, capture_output=True, text=True)
    log = ended.stdout + ended.stderr
    named = [action if isinstance(action, str) else action['type'] for action in actions]
    ok(ended.returncode == status,
       f'{resource}: {filters} {", ".join(named)}: exits {status}', log)
    with open(os.path.join(out, 'policy/resources.json')) as file:
        matched = json.load(file)
    return {it.get('BackupId') or it['FileSystemId'] for it in matched}, log


def available(count):
    def look():
        found = backups().values()
        return len(found) == count and all(it['Lifecycle'] == 'AVAILABLE' for it in found)
    poll(look, f'{count} backups are available')
    return backups()


made = {kind: make(kind, team='archive', of=kind) for kind in CONFIGURATIONS}
poll(lambda: all(it['Lifecycle'] == 'AVAILABLE' for it in file_systems().values()),
     'a file system of each type')

# Backups of file systems, with tags copied and given.
matched, _ = run('fsx', [{'tag:team': 'archive'}, {'FileSystemType': 'OPENZFS'}],
                 {'type': 'backup', 'copy-tags': True, 'tags': {'BackupSource': 'Custodian'}})
equal(matched, {made['OPENZFS']}, 'the file system with the tag')
run('fsx', [{'FileSystemId': made['LUSTRE']}],
    {'type': 'backup', 'copy-tags': ['of'], 'tags': {'BackupSource': 'Custodian'}})
run('fsx', [{'FileSystemId': made['WINDOWS']}], {'type': 'backup', 'copy-tags': False})
of = {it['FileSystem']['FileSystemId']: it for it in available(3).values()}
equal({kind: tags(of[made[kind]]) for kind in ('OPENZFS', 'LUSTRE', 'WINDOWS')},
      {'OPENZFS': {'team': 'archive', 'of': 'OPENZFS', 'BackupSource': 'Custodian'},
       'LUSTRE': {'of': 'LUSTRE', 'BackupSource': 'Custodian'}, 'WINDOWS': {}},
      'each backup has the tags that were asked for')
first, second, third = (of[made[kind]]['BackupId'] for kind in ('OPENZFS', 'LUSTRE', 'WINDOWS'))

# A backup of AWS Backup is among them.
backup = boto3.client('backup')
arn = file_systems()[made['OPENZFS']]['ResourceARN']
job = backup.start_backup_job(BackupVaultName='Default', ResourceArn=arn, IamRoleArn=ROLE)
point = job['RecoveryPointArn']
kept = point.rsplit('/', 1)[-1]
equal(set(available(4)), {first, second, third, kept}, 'AWS Backup makes another')

# Marked, and deleted when the mark says so.
marked = {'type': 'marked-for-op', 'tag': 'expire', 'op': 'delete'}
matched, _ = run('fsx-backup', [{'tag:BackupSource': 'Custodian'}],
                 {'type': 'mark-for-op', 'tag': 'expire', 'op': 'delete', 'days': 4})
equal(matched, {first, second}, 'two backups are marked')
ok(all('delete@' in tags(backups()[it]).get('expire', '') for it in matched), 'they say so',
   backups())
matched, _ = run('fsx-backup', [marked], 'delete')
equal(matched, set(), 'nothing is deleted before its day')
run('fsx-backup', [{'BackupId': second}], {'type': 'remove-tag', 'tags': ['expire']})
equal(tags(backups()[second]), {'of': 'LUSTRE', 'BackupSource': 'Custodian'},
      'remove-tag takes the mark away')
matched, _ = run('fsx-backup', [{**marked, 'skew': 4}], 'delete')
equal((matched, set(backups())), ({first}, {second, third, kept}),
      'what is marked is deleted on its day, and nothing else')
run('fsx-backup', [{'BackupId': third}], {'type': 'tag', 'tags': {'owner': 'nobody'}})
equal(tags(backups()[third]), {'owner': 'nobody'}, 'tag')

# By age.
age = {'type': 'value', 'value_type': 'age', 'key': 'CreationTime', 'value': 30}
matched, _ = run('fsx-backup', [{**age, 'op': 'gt'}], 'delete')
equal(matched, set(), 'no backup is older than a month')
matched, _ = run('fsx-backup', [{**age, 'op': 'lt'}, {'FileSystem.FileSystemType': 'LUSTRE'}],
                 'delete')
equal((matched, set(backups())), ({second}, {third, kept}), 'the younger one of Lustre is deleted')
matched, log = run('fsx-backup', [{'Type': 'AWS_BACKUP'}], 'delete', status=2)
ok(matched == {kept} and 'BadRequest' in log and 'Default' in log and kept in backups(),
   'what AWS Backup keeps is refused, with the vault that keeps it', log)
run('fsx-backup', [{'Type': 'USER_INITIATED'}], 'delete')
equal(set(backups()), {kept}, 'all others are deleted')

# File systems are changed, marked, and looked at by their backups.
change = {'type': 'update', 'WindowsConfiguration': {'AutomaticBackupRetentionDays': 3,
                                                     'DailyAutomaticBackupStartTime': LATER_STILL}}
matched, _ = run('fsx', [{'WindowsConfiguration.AutomaticBackupRetentionDays': 1}], change)
shown = file_systems()[made['WINDOWS']]['WindowsConfiguration']
equal((matched, shown['AutomaticBackupRetentionDays'], shown['DailyAutomaticBackupStartTime']),
      ({made['WINDOWS']}, 3, LATER_STILL), 'a file system of Windows is changed')
run('fsx', [{'FileSystemType': 'LUSTRE'}],
    {'type': 'update', 'LustreConfiguration': {'WeeklyMaintenanceStartTime': '4:04:30'}})
equal(file_systems()[made['LUSTRE']]['LustreConfiguration'].get('WeeklyMaintenanceStartTime'),
      '4:04:30', 'and one of Lustre')
run('fsx', [{'FileSystemId': made['LUSTRE']}], {'type': 'mark-for-op', 'op': 'delete',
                                                'days': 2})
matched, _ = run('fsx', [{'type': 'marked-for-op', 'op': 'delete', 'skew': 2}])
equal(matched, {made['LUSTRE']}, 'a file system is marked')
for look in ({'type': 'consecutive-backups', 'days': 2},
             {'type': 'consecutive-aws-backups', 'count': 2, 'period': 'days',
              'status': 'COMPLETED'}):
    matched, log = run('fsx', [look])
    ok(matched == set() and 'Unable' not in log, 'none has backups of two days', log)

# File systems go, with a last backup unless it is skipped.
before = set(backups())
run('fsx', [{'FileSystemId': made['WINDOWS']}],
    {'type': 'delete', 'copy-tags': ['team'], 'tags': {'DeletedBy': 'Custodian'}})
poll(lambda: made['WINDOWS'] not in file_systems(), 'one of Windows is deleted')
last = set(backups()) - before
equal([(backups()[it]['FileSystem']['FileSystemId'], tags(backups()[it])) for it in last],
      [(made['WINDOWS'], {'team': 'archive', 'DeletedBy': 'Custodian'})],
      'its last backup has the tags')
matched, _ = run('fsx', [{'type': 'marked-for-op', 'op': 'delete', 'skew': 2}],
                 {'type': 'delete', 'skip-snapshot': True})

# With what is in them, if that is forced. Volumes of ONTAP leave last backups.
machine = fsx.describe_storage_virtual_machines()['StorageVirtualMachines'][0]
volume = fsx.create_volume(VolumeType='ONTAP', Name='vol1', OntapConfiguration={
    'StorageVirtualMachineId': machine['StorageVirtualMachineId'], 'SizeInMegabytes': 1024})
fsx.create_volume(VolumeType='OPENZFS', Name='home', OpenZFSConfiguration={
    'ParentVolumeId': file_systems()[made['OPENZFS']]['OpenZFSConfiguration']['RootVolumeId']})
with open(os.path.join(os.environ['SEXTON_DATA'], 'file-systems', made['OPENZFS'], 'home', 'it'),
          'w') as file:
    file.write('something')
refused, log = run('fsx', [{'FileSystemId': made['OPENZFS']}],
                   {'type': 'delete', 'skip-snapshot': True}, status=2)
ok('BadRequest' in log and made['OPENZFS'] in file_systems(), 'one with a volume stays', log)
force = {'type': 'delete', 'force': True, 'skip-snapshot': True, 'retry-delay': 1}
for kind in ('OPENZFS', 'ONTAP'):
    run('fsx', [{'FileSystemId': made[kind]}], force)
poll(lambda: not set(made.values()) & set(file_systems()), 'all are deleted')
left = set(backups()) - before - last
equal([backups()[it]['Volume']['VolumeId'] for it in left], [volume['Volume']['VolumeId']],
      'and only the volume of ONTAP has a last backup')

backup.delete_recovery_point(BackupVaultName='Default', RecoveryPointArn=point)
done()
