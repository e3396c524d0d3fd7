#!/usr/bin/env python3
"""What is refused, by which name: signatures, malformed requests, what is not served.
usage: refusals.py ENDPOINT_URL   (the server accepts the key other:secret, too)"""
import datetime
import http.client
import json

import boto3
import botocore.auth
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from checks import PLANS, RESOURCE, ROLE, done, equal, ok, raises
from served import (COPIES, OPERATIONS, POLICIES, PROTECTION, REFUSED, back_up, client, post,
                    start_backup, start_restore, url, wait)

backup = client()
missing, invalid = 'MissingParameterValueException', 'InvalidParameterValueException'
vault = {'BackupVaultName': 'refusals'}
backup.create_backup_vault(**vault)
point = back_up(backup, 'refusals')['RecoveryPointArn']


def send(method, path, body=b'', headers=(), signed=True, sign_path=None, secret='test',
         change=None):
    """One request exactly as given: no client would send most of these."""
    request = AWSRequest(method, url + (sign_path or path), data=body, headers=dict(headers))
    if signed:
        SigV4Auth(Credentials('test', secret), 'backup', 'us-east-1').add_auth(request)
    sent = dict(request.headers.items())
    sent.update(change or {})
    connection = http.client.HTTPConnection(url.split('//')[1], timeout=20)
    connection.request(method, path, body, sent)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, answer.headers.get('x-amzn-errortype'), text


def refused(found, status, name, what):
    ok(found[:2] == (status, name), f'{what}: {name}', found)


# Who asks.
raises(lambda: client(aws_secret_access_key='wrong', aws_access_key_id='test')
       .list_backup_vaults(), 'InvalidSignatureException', 'a wrong secret', status=403)
raises(lambda: client(aws_secret_access_key='test', aws_access_key_id='AKIDNOBODY')
       .list_backup_vaults(), 'UnrecognizedClientException', 'an unknown key', status=403)
ok(client(aws_secret_access_key='secret', aws_access_key_id='other').list_backup_vaults(),
   '--dev-key is accepted')
raises(lambda: client(aws_access_key_id='test', aws_secret_access_key='test',
                      aws_session_token='token').list_backup_vaults(),
       'UnrecognizedClientException', 'a session token of a key that has none', status=403)
raises(lambda: client(region_name='nowhere', endpoint_url=url).list_backup_vaults(),
       'InvalidSignatureException', 'what is no region', words='us-east-1', status=403)
sts = client('sts', aws_access_key_id='test', aws_secret_access_key='wrong')
raises(sts.get_caller_identity, 'SignatureDoesNotMatch', 'STS: a wrong secret', status=403)
sts = client('sts', aws_access_key_id='AKIDNOBODY', aws_secret_access_key='test')
raises(sts.get_caller_identity, 'InvalidClientTokenId', 'STS: an unknown key', status=403)
presigned = AWSRequest('GET', url + '/_sexton/v1/roles')
botocore.auth.SigV4QueryAuth(Credentials('test', 'test'), 'sexton', 'us-east-1').add_auth(presigned)
found = send('GET', presigned.url.removeprefix(url), signed=False)
ok(found[0] == 403 and b'presigned' in found[2], 'no presigned call to our own API', found)
refused(send('GET', '/backup-vaults', signed=False), 403, 'MissingAuthenticationToken',
        'an unsigned request')
refused(send('GET', '/backup-vaults', change={'Authorization': 'Basic dGVzdDp0ZXN0'}), 403,
        'IncompleteSignature', 'another scheme')
refused(send('GET', '/backup-vaults', change={'X-Amz-Date': '20200101T000000Z'}), 403,
        'InvalidSignatureException', 'another date than the one that was signed')
refused(send('PUT', '/backup-vaults/tampered', b'{}', change={'x-amz-target': 'more'}), 403,
        'InvalidSignatureException', 'a header of AWS that was not signed')
refused(send('PUT', '/backup-vaults/tampered', b'{}', sign_path='/backup-vaults/signed'), 403,
        'InvalidSignatureException', 'another path than the one that was signed')
request = AWSRequest('PUT', url + '/backup-vaults/tampered', data=b'{}')
SigV4Auth(Credentials('test', 'test'), 'backup', 'us-east-1').add_auth(request)
connection = http.client.HTTPConnection(url.split('//')[1])
connection.request('PUT', '/backup-vaults/tampered', b'{"BackupVaultTags":{"a":"b"}}',
                   dict(request.headers.items()))
answer = connection.getresponse()
equal((answer.status, answer.headers['x-amzn-errortype']), (403, 'InvalidSignatureException'),
      'another body than the one that was signed')
raises(lambda: backup.describe_backup_vault(BackupVaultName='tampered'),
       'ResourceNotFoundException', 'none of these made a vault')

# When they ask: the signer's clock is moved.
now = botocore.auth.get_current_datetime


def sign_at(seconds):
    moved = datetime.timedelta(seconds=seconds)
    botocore.auth.get_current_datetime = lambda *given, **named: now(*given, **named) + moved


for seconds, what in [(-290, 'signed 290 seconds ago'), (290, 'signed 290 seconds ahead')]:
    sign_at(seconds)
    ok(backup.list_backup_vaults(), what + ' is accepted')
for seconds, what, words in [(-310, 'signed 310 seconds ago', 'expired'),
                             (310, 'signed 310 seconds ahead', 'not yet current')]:
    sign_at(seconds)
    raises(backup.list_backup_vaults, 'InvalidSignatureException', what, words, status=403)
sign_at(0)
post('/_sexton/dev/clock', {'advance_seconds': 86400})
ok(backup.list_backup_vaults(), 'a dev clock that is a day ahead moves rules, not signatures')
post('/_sexton/dev/clock', {'advance_seconds': -86400})

# What is not there.
ghost = 'arn:aws:ec2:us-east-1::snapshot/snap-00000000000000000'
job = '00000000-0000-0000-0000-000000000000'
for what, call in [
    ('DescribeBackupVault', lambda: backup.describe_backup_vault(BackupVaultName='none')),
    ('DeleteBackupVault', lambda: backup.delete_backup_vault(BackupVaultName='none')),
    ('StartBackupJob', lambda: start_backup(backup, 'none')),
    ('DescribeBackupJob', lambda: backup.describe_backup_job(BackupJobId=job)),
    ('StopBackupJob', lambda: backup.stop_backup_job(BackupJobId=job)),
    ('DescribeRestoreJob', lambda: backup.describe_restore_job(RestoreJobId=job)),
    ('StartRestoreJob', lambda: start_restore(backup, ghost)),
    ('DescribeRecoveryPoint',
     lambda: backup.describe_recovery_point(**vault, RecoveryPointArn=ghost)),
    ('DeleteRecoveryPoint', lambda: backup.delete_recovery_point(**vault, RecoveryPointArn=ghost)),
    ('DeleteRecoveryPoint in another vault',
     lambda: backup.delete_recovery_point(BackupVaultName='Default', RecoveryPointArn=point)),
    ('GetRecoveryPointRestoreMetadata',
     lambda: backup.get_recovery_point_restore_metadata(**vault, RecoveryPointArn=ghost)),
    ('ListRecoveryPointsByBackupVault',
     lambda: backup.list_recovery_points_by_backup_vault(BackupVaultName='none')),
    ('ListTags', lambda: backup.list_tags(ResourceArn=ghost)),
    ('TagResource', lambda: backup.tag_resource(ResourceArn=ghost, Tags={'a': 'b'})),
    ('UntagResource', lambda: backup.untag_resource(ResourceArn=ghost, TagKeyList=['a'])),
]:
    raises(call, 'ResourceNotFoundException', f'{what} of what is not there', status=400)
equal(backup.describe_recovery_point(**vault, RecoveryPointArn=point)['Status'], 'COMPLETED',
      'the point that is there still is')

# What is not acceptable.
for what, call in [
    ('a vault name of one letter', lambda: backup.create_backup_vault(BackupVaultName='v')),
    ('a vault name with a space', lambda: backup.create_backup_vault(BackupVaultName='a b')),
    ('a vault name of 51 letters', lambda: backup.create_backup_vault(BackupVaultName='v' * 51)),
    ('a tag of AWS', lambda: backup.create_backup_vault(BackupVaultName='tagged',
                                                        BackupVaultTags={'aws:x': 'y'})),
    ('a tag value of 257 letters',
     lambda: backup.tag_resource(ResourceArn=point, Tags={'a': 'b' * 257})),
    ('a vault without a name', lambda: start_backup(backup, '')),
    ('a resource that is no ARN', lambda: start_backup(backup, 'refusals', 'vol-1')),
    ('a resource of no known type',
     lambda: start_backup(backup, 'refusals', 'arn:aws:lambda:us-east-1:123456789012:function:f')),
    ('a user for a role',
     lambda: start_backup(backup, 'refusals', role='arn:aws:iam::123456789012:user/u')),
    ('a lifecycle of 0 days',
     lambda: start_backup(backup, 'refusals', Lifecycle={'DeleteAfterDays': 0})),
    ('a lifecycle with less than 90 days in cold storage',
     lambda: start_backup(backup, 'refusals', Lifecycle={'MoveToColdStorageAfterDays': 10,
                                                         'DeleteAfterDays': 50})),
    ('options that cannot be honoured',
     lambda: start_backup(backup, 'refusals', BackupOptions={'WindowsVSS': 'enabled'})),
    ('a start window of less than an hour',
     lambda: start_backup(backup, 'refusals', StartWindowMinutes=59)),
    ('a window of more than a hundred years',
     lambda: start_backup(backup, 'refusals', CompleteWindowMinutes=52_560_001)),
    ('restore metadata that would be dropped', lambda: backup.start_restore_job(
        RecoveryPointArn=point, Metadata={'SubnetIds': 'subnet-1'}, IamRoleArn=ROLE)),
    ('a restore as another kind of resource', lambda: backup.start_restore_job(
        RecoveryPointArn=point, Metadata={}, ResourceType='DynamoDB')),
    ('a restore with a user for a role', lambda: backup.start_restore_job(
        RecoveryPointArn=point, Metadata={}, IamRoleArn=ROLE.replace(':role/', ':user/'))),
    ('a point that is no ARN', lambda: backup.delete_recovery_point(**vault, RecoveryPointArn='x')),
    ('a dot segment for a point',
     lambda: backup.delete_recovery_point(**vault, RecoveryPointArn='..')),
    ('no tag at all', lambda: backup.tag_resource(ResourceArn=point, Tags={})),
    ('no key at all', lambda: backup.untag_resource(ResourceArn=point, TagKeyList=[])),
    ('tags of a volume', lambda: backup.list_tags(ResourceArn=RESOURCE)),
    ('a tag on a volume', lambda: backup.tag_resource(ResourceArn=RESOURCE, Tags={'a': 'b'})),
    ('a tag taken from a volume',
     lambda: backup.untag_resource(ResourceArn=RESOURCE, TagKeyList=['a'])),
    ('a point that is listed by',
     lambda: backup.list_recovery_points_by_backup_vault(**vault, ByResourceArn=point)),
    ('a function whose jobs are listed', lambda: backup.list_backup_jobs(
        ByResourceArn='arn:aws:lambda:us-east-1:123456789012:function:f')),
    ('a state that is not in the model', lambda: backup.list_backup_jobs(ByState='WAITING')),
    ('a type that is not in the model', lambda: backup.list_backup_vaults(ByVaultType='BOX')),
]:
    raises(call, invalid, what, status=400)
for what, call in [
    ('no role', lambda: backup.start_backup_job(**vault, ResourceArn=RESOURCE)),
    ('no resource', lambda: backup.start_backup_job(**vault, IamRoleArn=ROLE)),
    ('no point to restore', lambda: backup.start_restore_job(Metadata={})),
    ('no metadata to restore with', lambda: backup.start_restore_job(RecoveryPointArn=point)),
    ('no tags', lambda: backup.tag_resource(ResourceArn=point)),
    ('no keys', lambda: backup.untag_resource(ResourceArn=point)),
]:
    raises(call, missing, what, status=400)
tags = {f'k{n}': 'v' for n in range(51)}
raises(lambda: backup.tag_resource(ResourceArn=point, Tags=tags), 'LimitExceededException',
       '51 tags', status=400)
for body in (b'{', b'[]', b'null', b'\xff', b'{} x', b'{"BackupVaultTags": [1]}'):
    found = send('PUT', '/backup-vaults/malformed', body)
    ok(found[0] == 400 and found[1] in ('SerializationException', invalid),
       f'a body of {body!r} is refused', found)
    ok(json.loads(found[2])['Message'], 'with a message', found)
arn = point.replace(':', '%3A').replace('/', '%2F')
for method, path, status, name in [
    ('DELETE', '/backup-vaults/refusals/recovery-points/', 400, missing),
    ('DELETE', '/backup-vaults/', 400, missing),
    ('DELETE', f'/backup-vaults//recovery-points/{arn}', 400, missing),
    ('DELETE', '/backup-vaults/refusals/recovery-points/..', 400, invalid),
    ('DELETE', f'/backup-vaults/../recovery-points/{arn}', 400, invalid),
    ('DELETE', f'/backup-vaults/refusals/recovery-points/{arn}%zz', 400, invalid),
    ('DELETE', '/backup-vaults/refusals/recovery-points', 404, 'UnknownOperationException'),
    ('POST', '/backup-vaults/refusals', 404, 'UnknownOperationException'),
]:
    refused(send(method, path), status, name, f'{method} {path}')
listed = backup.list_recovery_points_by_backup_vault(**vault)['RecoveryPoints']
equal([it['RecoveryPointArn'] for it in listed], [point], 'none of these deleted anything')

# What AWS Backup has and this server has not, every operation of it.


def sample(shape):
    """The least that the client will send for a shape."""
    kind = shape.type_name
    if kind == 'structure':
        return {name: sample(shape.members[name]) for name in shape.required_members}
    if kind == 'list':
        return [sample(shape.member)]
    if kind == 'map':
        return {sample(shape.key): sample(shape.value)}
    if kind == 'string':
        return shape.enum[0] if shape.enum else 'name'
    if kind == 'timestamp':
        return datetime.datetime.now(datetime.timezone.utc)
    return {'boolean': True, 'double': 1.0, 'float': 1.0}.get(kind, 1)


service = backup.meta.service_model
methods = {operation: method for method, operation in backup.meta.method_to_api_mapping.items()}
unserved = [name for name in service.operation_names
            if name not in OPERATIONS + PROTECTION + POLICIES + COPIES + PLANS + REFUSED]
for name in unserved:
    shape = service.operation_model(name).input_shape
    given = sample(shape) if shape else {}
    raises(lambda: getattr(backup, methods[name])(**given), 'UnknownOperationException',
           f'{name} is not served', words=name, status=404)
ok(len(unserved) > 60, f'{len(unserved)} operations are not served, and say so')
raises(lambda: boto3.client('fsx', endpoint_url=url).describe_file_caches(),
       'UnknownOperationException', 'what is not served of FSx')

# Names that only AWS may give can still be used.
found = send('GET', '/backup-vaults/aws%2Fefs%2Fautomatic-backup-vault')
refused(found, 400, 'ResourceNotFoundException', 'the name of an automatic vault')
backup.delete_recovery_point(**vault, RecoveryPointArn=point)
wait(lambda: not backup.list_recovery_points_by_backup_vault(**vault)['RecoveryPoints'])
done()
