#!/usr/bin/env python3
"""Amazon FSx with boto3: file systems, backups, copies, restores, deletions and their refusals,
every answer held against botocore's service model. usage: fsx.py ENDPOINT_URL"""
import json
import os
import subprocess
import uuid

from checks import done, equal, ok, raises, sexton
from served import back_up, client, post, wait
import model
import tree

OPERATIONS = [
    'CreateFileSystem', 'DescribeFileSystems', 'UpdateFileSystem', 'DeleteFileSystem',
    'CreateBackup', 'CopyBackup', 'DescribeBackups', 'DeleteBackup',
    'CreateFileSystemFromBackup', 'CreateVolume', 'DescribeVolumes', 'DeleteVolume',
    'DescribeStorageVirtualMachines', 'DescribeS3AccessPointAttachments',
    'TagResource', 'UntagResource', 'ListTagsForResource',
]
SUBNET = 'subnet-0123456789abcdef0'
fsx = client('fsx')
there = client('fsx', region_name='eu-central-1')
data = os.environ['SEXTON_DATA']


def token():
    return str(uuid.uuid4())


def directory(file_system):
    return os.path.join(data, 'file-systems', file_system)


def file_systems(**asked):
    return fsx.describe_file_systems(**asked)['FileSystems']


def backups(of=fsx, **asked):
    pages = of.get_paginator('describe_backups').paginate(PaginationConfig={'PageSize': 1}, **asked)
    return [backup for page in pages for backup in page['Backups']]


def ids(**asked):
    return {backup['BackupId'] for backup in backups(**asked)}


def available(backup, of=fsx):
    def look():
        found = of.describe_backups(BackupIds=[backup])['Backups'][0]
        return found if found['Lifecycle'] in ('AVAILABLE', 'FAILED') else None
    return wait(look)


def usable(file_system):
    def look():
        found = file_systems(FileSystemIds=[file_system])[0]
        return found if found['Lifecycle'] in ('AVAILABLE', 'FAILED') else None
    return wait(look)


def sweep(*words, status=0, given=None):
    """What `sexton` prints, as a client with credentials and an address."""
    ended = subprocess.run([os.environ['SEXTON_BIN'], *words], capture_output=True, text=True,
                           input=given)
    equal(ended.returncode, status, f'sexton {" ".join(words[:3])} exits {status}')
    return ended.stdout


# A server for tests begins with a file system.
equal([it['Lifecycle'] for it in file_systems()], ['AVAILABLE'], 'one file system is there')

# All four types.
orders = {
    'WINDOWS': {'WindowsConfiguration': {'ThroughputCapacity': 8,
                                         'AutomaticBackupRetentionDays': 0}},
    'LUSTRE': {'LustreConfiguration': {'DeploymentType': 'PERSISTENT_2',
                                       'PerUnitStorageThroughput': 125}},
    'ONTAP': {'OntapConfiguration': {'DeploymentType': 'SINGLE_AZ_1', 'ThroughputCapacity': 128,
                                     'AutomaticBackupRetentionDays': 0}},
    'OPENZFS': {'OpenZFSConfiguration': {'DeploymentType': 'SINGLE_AZ_1',
                                         'ThroughputCapacity': 64,
                                         'AutomaticBackupRetentionDays': 0}},
}
made = {}
for kind, order in orders.items():
    asked = {'FileSystemType': kind, 'StorageCapacity': 1200, 'SubnetIds': [SUBNET],
             'ClientRequestToken': token(), 'Tags': [{'Key': 'kind', 'Value': kind}], **order}
    made[kind] = fsx.create_file_system(**asked)['FileSystem']['FileSystemId']
    again = fsx.create_file_system(**asked)['FileSystem']['FileSystemId']
    equal(again, made[kind], f'{kind}: the same token makes nothing more')
    ok(os.path.isdir(directory(made[kind])), f'{kind}: its directory is there')
    raises(lambda: fsx.create_file_system(**{**asked, 'StorageCapacity': 2400}),
           'IncompatibleParameterError', f'{kind}: the same token with another parameter')
equal(len(file_systems()), 5, 'DescribeFileSystems shows all')
raises(lambda: file_systems(FileSystemIds=['fs-00000000000000000']), 'FileSystemNotFound',
       'a file system that is not there')

# A tree of everything that there is goes to a backup, to a copy in another region, and back.
home = directory(made['OPENZFS'])
tree.make(os.path.join(home, 'a'))
os.mkdir(os.path.join(home, 'b'))
tree.make_many(os.path.join(home, 'b'), 2000)
before = tree.look(home)
asked = {'FileSystemId': made['OPENZFS'], 'ClientRequestToken': token(),
         'Tags': [{'Key': 'a', 'Value': 'b'}]}
first = fsx.create_backup(**asked)['Backup']
ok(first['Type'] == 'USER_INITIATED' and first['FileSystem']['FileSystemId'] == made['OPENZFS'],
   'CreateBackup', first)
equal(fsx.create_backup(**asked)['Backup']['BackupId'], first['BackupId'],
      'CreateBackup is idempotent by its token')
raises(lambda: fsx.create_backup(**{**asked, 'FileSystemId': made['LUSTRE']}),
       'IncompatibleParameterError', 'the token of another file system')
first = available(first['BackupId'])
equal(first['Lifecycle'], 'AVAILABLE', 'the backup is available')
raises(lambda: fsx.create_backup(FileSystemId=made['ONTAP']), 'UnsupportedOperation',
       'ONTAP is backed up by volume')
raises(lambda: fsx.create_backup(FileSystemId='fs-00000000000000000'), 'FileSystemNotFound',
       'a backup of what is not there')

copy = there.copy_backup(SourceBackupId=first['BackupId'], SourceRegion='us-east-1',
                         CopyTags=True)['Backup']
copy = available(copy['BackupId'], there)
equal((copy['SourceBackupId'], copy['SourceBackupRegion'], copy['Type']),
      (first['BackupId'], 'us-east-1', 'USER_INITIATED'), 'CopyBackup to another region')
equal(copy.get('Tags'), [{'Key': 'a', 'Value': 'b'}], 'CopyTags')
restored = there.create_file_system_from_backup(BackupId=copy['BackupId'], SubnetIds=[SUBNET])
restored = restored['FileSystem']['FileSystemId']
wait(lambda: there.describe_file_systems(FileSystemIds=[restored])['FileSystems'][0]['Lifecycle']
     == 'AVAILABLE')
equal(tree.differences(before, tree.look(directory(restored)))[:9], [],
      'what is restored from the copy is what was backed up, entry by entry')

# Tags.
arn = first['ResourceARN']
fsx.tag_resource(ResourceARN=arn, Tags=[{'Key': 'c', 'Value': 'd'}])
fsx.untag_resource(ResourceARN=arn, TagKeys=['a'])
equal(fsx.list_tags_for_resource(ResourceARN=arn)['Tags'], [{'Key': 'c', 'Value': 'd'}], 'tags')
raises(lambda: fsx.tag_resource(ResourceARN=arn.replace('backup-', 'backup-0'),
                                Tags=[{'Key': 'c', 'Value': 'd'}]),
       'ResourceNotFound', 'tags of what is not there')

# One object, two doors.
backup = client()
lustre = f'arn:aws:fsx:us-east-1:123456789012:file-system/{made["LUSTRE"]}'
job = back_up(backup, 'Default', lustre)
point = job['RecoveryPointArn']
kept = point.rsplit('/', 1)[-1]
shown = fsx.describe_backups(BackupIds=[kept])['Backups'][0]
equal((shown['Type'], shown['ResourceARN'], shown['FileSystem']['FileSystemType']),
      ('AWS_BACKUP', point, 'LUSTRE'), 'a recovery point is the FSx backup of type AWS_BACKUP')
refusal = raises(lambda: fsx.delete_backup(BackupId=kept), 'BadRequest',
                 'FSx does not delete what AWS Backup keeps')
ok('Default' in str(refusal), 'and says which vault keeps it', refusal)
ok(first['BackupId'] not in {
    it['RecoveryPointArn'].rsplit('/', 1)[-1] for it in
    backup.list_recovery_points_by_resource(ResourceArn=first['FileSystem']['ResourceARN'])
    ['RecoveryPoints']}, 'AWS Backup does not show what FSx keeps')

# Listings.
second = available(fsx.create_backup(FileSystemId=made['OPENZFS'])['Backup']['BackupId'])
equal(ids(), {first['BackupId'], second['BackupId'], kept}, 'DescribeBackups pages over all')
for filters, wanted in [
        ({'file-system-id': made['OPENZFS']}, {first['BackupId'], second['BackupId']}),
        ({'backup-type': 'AWS_BACKUP'}, {kept}),
        ({'backup-type': 'USER_INITIATED', 'file-system-type': 'LUSTRE'}, set()),
        ({'file-system-type': 'LUSTRE'}, {kept})]:
    given = [{'Name': key, 'Values': [value]} for key, value in filters.items()]
    equal(ids(Filters=given), wanted, f'DescribeBackups by {filters}')

# Deletion.
used = token()
gone = fsx.delete_backup(BackupId=first['BackupId'], ClientRequestToken=used)
equal((gone['BackupId'], gone['Lifecycle']), (first['BackupId'], 'DELETED'), 'DeleteBackup')
raises(lambda: fsx.describe_backups(BackupIds=[first['BackupId']]), 'BackupNotFound',
       'it is gone in the same instant')
equal(fsx.delete_backup(BackupId=first['BackupId'], ClientRequestToken=used)['Lifecycle'],
      'DELETED', 'the same token answers the same')
raises(lambda: fsx.delete_backup(BackupId=second['BackupId'], ClientRequestToken=used),
       'IncompatibleParameterError', 'the same token for another backup')
raises(lambda: fsx.delete_backup(BackupId=first['BackupId']), 'BackupNotFound',
       'another token for what is gone')
raises(lambda: fsx.delete_backup(BackupId='backup-00000000000000000'), 'BackupNotFound',
       'what was never there')
equal(available(copy['BackupId'], there)['Lifecycle'], 'AVAILABLE', 'the copy is still there')
backup.delete_recovery_point(BackupVaultName='Default', RecoveryPointArn=point)
raises(lambda: fsx.describe_backups(BackupIds=[kept]), 'BackupNotFound',
       'what AWS Backup deletes is gone for FSx as well')

# The sweep finds them, and proves that they are gone.
swept = [available(fsx.create_backup(FileSystemId=made['OPENZFS'])['Backup']['BackupId'])
         for _ in range(2)]
swept = {it['BackupId'] for it in swept}
of = f'arn:aws:fsx:us-east-1:123456789012:file-system/{made["OPENZFS"]}'
listed = sweep('list', '--service', 'fsx', '--resource', of, '--output', 'json')
equal({it['id'] for it in json.loads(listed)['items']}, swept | {second['BackupId']},
      'sexton list --service fsx')
looked = json.loads(sweep('delete', '--dry-run', '--output', 'json', '-', given='\n'.join(swept)))
told = {it['BackupId']: it for it in backups() if it['BackupId'] in swept}
equal({it['id']: (it['forecast'], it['type'], it['size']) for it in looked['items']},
      {id: ('would_delete', it['Type'], it.get('SizeInBytes')) for id, it in told.items()},
      'a dry run tells what it would delete')
found = looked['found']
equal((found['points'], found['types']['USER_INITIATED']['points']), (2, 2),
      'and what that comes to')
result = json.loads(sweep('delete', '--yes', '--output', 'json', '-', given='\n'.join(swept)))
equal((result['verdict'], result['totals']['gone']), ('all_gone', 2), 'sexton delete of FSx')
ok(not swept & ids(), 'and they are gone')
raises(lambda: fsx.describe_backups(BackupIds=[min(swept)]), 'BackupNotFound', 'for FSx as well')
sweep('delete', '--yes', min(swept), status=4)
certificate = [os.environ['SEXTON_BIN'], 'certificate', min(swept)]
wait(lambda: subprocess.run(certificate, capture_output=True).returncode == 0)
ok(min(swept) in sweep('certificate', min(swept)), 'a certificate is had by the id of FSx')

# Automatic backups, by a clock that is set.
fsx.update_file_system(FileSystemId=made['WINDOWS'],
                       WindowsConfiguration={'AutomaticBackupRetentionDays': 2,
                                             'DailyAutomaticBackupStartTime': '03:00'})
shown = file_systems(FileSystemIds=[made['WINDOWS']])[0]['WindowsConfiguration']
equal((shown['AutomaticBackupRetentionDays'], shown['DailyAutomaticBackupStartTime']),
      (2, '03:00'), 'UpdateFileSystem')


def automatic():
    return [it for it in backups(Filters=[{'Name': 'file-system-id',
                                           'Values': [made['WINDOWS']]}])
            if it['Type'] == 'AUTOMATIC' and it['Lifecycle'] == 'AVAILABLE']


def next_day(minute):
    """The clock goes to so many minutes after three, of the next day."""
    now = post('/_sexton/dev/clock', {'advance_seconds': 0})['now']
    hours, minutes, seconds = (float(part.rstrip('Z')) for part in now.split('T')[1].split(':'))
    passed = hours * 3600 + minutes * 60 + seconds
    until = (27 * 3600 - passed) % 86_400 + minute * 60
    post('/_sexton/dev/clock', {'advance_seconds': int(until) + 1})


next_day(1)
wait(lambda: len(automatic()) == 1)
oldest = automatic()[0]['BackupId']
ok(True, 'an automatic backup is taken')
next_day(6)
wait(lambda: len(automatic()) == 2)
next_day(11)
wait(lambda: len(automatic()) == 2 and oldest not in {it['BackupId'] for it in automatic()})
ok(True, 'one is taken each day, and goes when its days are over')
fsx.update_file_system(FileSystemId=made['WINDOWS'],
                       WindowsConfiguration={'AutomaticBackupRetentionDays': 0})
wait(lambda: not automatic())
ok(True, 'none is left once they are switched off')

# Volumes.
parent = made['OPENZFS']
root = file_systems(FileSystemIds=[parent])[0]['OpenZFSConfiguration'].get('RootVolumeId')


def walked(operation, items, **asked):
    """Whether boto3's paginator walks a list to its end, one by one."""
    pages = fsx.get_paginator(operation).paginate(PaginationConfig={'PageSize': 1}, **asked)
    equal([it for page in pages for it in page[items]], getattr(fsx, operation)(**asked)[items],
          f'{operation}: its paginator walks it')


volume = fsx.create_volume(VolumeType='OPENZFS', Name='home', OpenZFSConfiguration={
    'ParentVolumeId': root})['Volume']
equal((volume['Lifecycle'], volume['FileSystemId']), ('AVAILABLE', parent), 'CreateVolume')
with open(os.path.join(directory(parent), 'home', 'file'), 'w') as file:
    file.write('x')
of_volume = fsx.create_backup(VolumeId=volume['VolumeId'])['Backup']
equal(of_volume['ResourceType'], 'VOLUME', 'a backup of a volume')
available(of_volume['BackupId'])
equal([it['VolumeId'] for it in fsx.describe_volumes()['Volumes']], [volume['VolumeId']],
      'DescribeVolumes')
fsx.delete_volume(VolumeId=volume['VolumeId'])
wait(lambda: not fsx.describe_volumes()['Volumes'])
ok(not os.path.exists(os.path.join(directory(parent), 'home')), 'DeleteVolume')

# A file system of ONTAP has a storage virtual machine, and volumes are made in that.
machines = fsx.describe_storage_virtual_machines()['StorageVirtualMachines']
walked('describe_file_systems', 'FileSystems')
walked('describe_volumes', 'Volumes')
walked('describe_storage_virtual_machines', 'StorageVirtualMachines')
walked('list_tags_for_resource', 'Tags', ResourceARN=file_systems()[-1]['ResourceARN'])
equal([it['FileSystemId'] for it in machines], [made['ONTAP']], 'DescribeStorageVirtualMachines')
machine = machines[0]['StorageVirtualMachineId']
equal(fsx.describe_storage_virtual_machines(StorageVirtualMachineIds=[machine])
      ['StorageVirtualMachines'], machines, 'and by its id')
of_another = [{'Name': 'file-system-id', 'Values': [made['WINDOWS']]}]
equal(fsx.describe_storage_virtual_machines(Filters=of_another)['StorageVirtualMachines'], [],
      'a file system of another type has none')
raises(lambda: fsx.describe_storage_virtual_machines(
    StorageVirtualMachineIds=['svm-00000000000000000']), 'StorageVirtualMachineNotFound',
    'a machine that is not there')
volume = fsx.create_volume(VolumeType='ONTAP', Name='vol1', OntapConfiguration={
    'StorageVirtualMachineId': machine, 'SizeInMegabytes': 1024})['Volume']
equal(volume['FileSystemId'], made['ONTAP'], 'a volume in it')
in_machine = [{'Name': 'storage-virtual-machine-id', 'Values': [machine]}]
equal([it['VolumeId'] for it in fsx.describe_volumes(Filters=in_machine)['Volumes']],
      [volume['VolumeId']], 'which is found by it')
fsx.delete_volume(VolumeId=volume['VolumeId'], OntapConfiguration={'SkipFinalBackup': True})
wait(lambda: not fsx.describe_volumes()['Volumes'])
raises(lambda: fsx.delete_storage_virtual_machine(StorageVirtualMachineId=machine),
       'UnknownOperationException', 'it goes with its file system only')
equal(fsx.describe_s3_access_point_attachments()['S3AccessPointAttachments'], [],
      'nothing is served through access points of S3')
raises(lambda: fsx.describe_s3_access_point_attachments(Names=['a-point']),
       'S3AccessPointAttachmentNotFound', 'and none has a name')

# A file system goes, with a last backup of what was in it.
before = sexton('source', 'list')
sexton('source', 'remove', of, status=5)
equal(sexton('source', 'list'), before, 'what FSx made is not removed as a registered directory')
child = fsx.create_volume(VolumeType='OPENZFS', Name='child', OpenZFSConfiguration={
    'ParentVolumeId': root})['Volume']['VolumeId']
raises(lambda: fsx.delete_file_system(FileSystemId=parent), 'BadRequest', 'it has a volume')
raises(lambda: fsx.delete_file_system(FileSystemId=parent, WindowsConfiguration={}),
       'BadRequest', 'the configuration of another type')
left = fsx.delete_file_system(FileSystemId=parent, OpenZFSConfiguration={
    'FinalBackupTags': [{'Key': 'last', 'Value': 'one'}],
    'Options': ['DELETE_CHILD_VOLUMES_AND_SNAPSHOTS']})
last = left['OpenZFSResponse']['FinalBackupId']
equal((left['Lifecycle'], available(last)['Lifecycle']), ('DELETING', 'AVAILABLE'),
      'DeleteFileSystem takes a last backup')
wait(lambda: parent not in {it['FileSystemId'] for it in file_systems()})
ok(not os.path.exists(directory(parent)), 'its directory is gone')
raises(lambda: fsx.describe_volumes(VolumeIds=[child]), 'VolumeNotFound', 'and its volume')
equal(fsx.describe_backups(BackupIds=[last])['Backups'][0]['FileSystem']['FileSystemId'], parent,
      'the last backup outlives it')
back = fsx.create_file_system_from_backup(BackupId=last, SubnetIds=[SUBNET])['FileSystem']
usable(back['FileSystemId'])
ok(os.path.exists(os.path.join(directory(back['FileSystemId']), 'a/deep/er/est/leaf')),
   'and brings back what was in it')
fsx.delete_file_system(FileSystemId=made['LUSTRE'])
wait(lambda: made['LUSTRE'] not in {it['FileSystemId'] for it in file_systems()})
ok(not os.path.exists(directory(made['LUSTRE'])), 'one of Lustre goes without a last backup')

model.covered(OPERATIONS)
done()
