#!/usr/bin/env python3
"""Roles made, broken and mended with boto3's IAM: what a broken one leaves EXPIRED goes once the
role is mended, also after a start of the server.
usage: roles.py      env: SEXTON_BIN the program, SEXTON_DATA the server's data folder"""
import json
import uuid

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session

import model
from checks import RESOURCE, asked, aws_env, done, equal, ok, poll, raises, sexton
from process import Server

WORDS = ['--dev', '--log', 'warn']
VAULT = {'BackupVaultName': 'Default'}
MANAGED = 'arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup'


def policy(**statement):
    return json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', **statement}]})


TRUST = policy(Principal={'Service': 'backup.amazonaws.com'}, Action='sts:AssumeRole')
DELETE = policy(Action='ec2:DeleteSnapshot', Resource='arn:aws:ec2:*::snapshot/*')


def client():
    aws_env(server.url)
    return model.watch(boto3.client('iam', endpoint_url=server.url, region_name='us-east-1',
                                    aws_access_key_id='test', aws_secret_access_key='test'))


def back_up(role):
    job = server.backup.start_backup_job(**VAULT, ResourceArn=RESOURCE, IamRoleArn=role)
    poll(lambda: server.backup.describe_backup_job(
        BackupJobId=job['BackupJobId'])['State'] == 'COMPLETED', 'there is a backup')
    return job['RecoveryPointArn']


def delete(point):
    answer = server.backup.delete_recovery_point(**VAULT, RecoveryPointArn=point)
    return answer['ResponseMetadata']['HTTPStatusCode']


def seen(point):
    found = server.backup.describe_recovery_point(**VAULT, RecoveryPointArn=point)
    return found['Status'], found.get('StatusMessage', '')


def expires(point, why):
    equal(delete(point), 200, 'the deletion is accepted')
    status, message = poll(lambda: seen(point), 'the point is there')
    equal(status, 'EXPIRED', 'and EXPIRED')
    ok(why in message, 'with the reason', message)


def goes(point):
    equal(delete(point), 200, 'the role is mended and the deletion accepted')
    poll(lambda: asked('certificate', point).stdout, 'there is a certificate')
    raises(lambda: seen(point), 'ResourceNotFoundException', 'and no point')


server = Server(*WORDS).ready()
iam = client()

made = iam.create_role(RoleName='backups', AssumeRolePolicyDocument=TRUST)['Role']
role = made['Arn']
equal(role, 'arn:aws:iam::123456789012:role/backups', 'a role is made')
equal(made['AssumeRolePolicyDocument'], json.loads(TRUST), 'its trust policy comes back')
equal(iam.get_role(RoleName='backups')['Role'], made, 'and it is shown')
iam.put_role_policy(RoleName='backups', PolicyName='delete', PolicyDocument=DELETE)
found = iam.get_role_policy(RoleName='backups', PolicyName='delete')
equal(found['PolicyDocument'], json.loads(DELETE), 'so does the policy in it')

lacks = sexton('role', 'list').split(f'{role}\tdenied\t')[-1].split('\n')[0].split(',')
ok('ec2:DeleteSnapshot' not in lacks and 'rds:DeleteDBSnapshot' in lacks,
   'of a role that may delete snapshots of volumes alone, what it may not is listed', lacks)

first, second, third = back_up(role), back_up(role), back_up(role)
iam.delete_role_policy(RoleName='backups', PolicyName='delete')
expires(first, 'does not have permission')
server.end()
server = Server(*WORDS).ready()
iam = client()
equal(iam.get_role(RoleName='backups')['Role'], made, 'the role is there after a start')
equal(seen(first)[0], 'EXPIRED', 'and so is the point')
iam.put_role_policy(RoleName='backups', PolicyName='delete', PolicyDocument=DELETE)
goes(first)

raises(lambda: iam.delete_role(RoleName='backups'), 'DeleteConflict',
       'a role with a policy stays', status=409)
iam.delete_role_policy(RoleName='backups', PolicyName='delete')
iam.attach_role_policy(RoleName='backups', PolicyArn=MANAGED)
attached = iam.list_attached_role_policies(RoleName='backups')['AttachedPolicies']
equal(attached, [{'PolicyName': 'AWSBackupServiceRolePolicyForBackup', 'PolicyArn': MANAGED}],
      'a managed policy is attached')
raises(lambda: iam.delete_role(RoleName='backups'), 'DeleteConflict', 'and keeps the role')
goes(second)
iam.detach_role_policy(RoleName='backups', PolicyArn=MANAGED)
iam.delete_role(RoleName='backups')
expires(third, 'cannot be found or assumed')
raises(lambda: iam.get_role(RoleName='backups'), 'NoSuchEntity', 'the role is gone', status=404)
raises(lambda: back_up(role), 'InvalidParameterValueException', 'and nothing begins with it')
again = iam.create_role(RoleName='backups', AssumeRolePolicyDocument=TRUST)['Role']
ok(again['RoleId'] != made['RoleId'], 'a role of the same name is another one')
iam.attach_role_policy(RoleName='backups', PolicyArn=MANAGED)
goes(third)

# What somebody said of a role went with its next tag.
kept = back_up(role)
sexton('role', 'set', role, '--status', 'denied')
expires(kept, 'does not have permission')
iam.tag_role(RoleName='backups', Tags=[{'Key': 'team', 'Value': 'a'}])
iam.untag_role(RoleName='backups', TagKeys=['team'])
iam.update_role(RoleName='backups', Description='d', MaxSessionDuration=7200)
iam.update_role_description(RoleName='backups', Description='nightly')
expires(kept, 'does not have permission')
iam.attach_role_policy(RoleName='backups', PolicyArn=MANAGED)
goes(kept)


def changes():
    trail = [json.loads(line) for line in sexton('audit', 'export').splitlines()]
    return sum(it['eventName'] == 'RoleChanged' for it in trail), len(trail)


# Whoever took off tags that are not there filled the trail with changes of roles.
before = changes()
for _ in range(3):
    iam.untag_role(RoleName='backups', TagKeys=['none'])
    iam.update_role_description(RoleName='backups', Description='nightly')
iam.attach_role_policy(RoleName='backups', PolicyArn=MANAGED)
equal((changes()[0], changes()[1] - before[1]), (before[0], 7),
      'what changes nothing is told as a call, and as no change of the role')

raises(lambda: iam.create_role(RoleName='BACKUPS', AssumeRolePolicyDocument=TRUST),
       'EntityAlreadyExists', 'a name is the same in either case', status=409)
raises(lambda: back_up(role.replace('backups', 'Backups')), 'InvalidParameterValueException',
       'and an ARN means what it says, to the letter', 'cannot be assumed')
early = back_up('arn:aws:iam::123456789012:role/LATER')
iam.create_role(RoleName='later', AssumeRolePolicyDocument=TRUST)
expires(early, 'cannot be found or assumed')
sexton('role', 'set', 'arn:aws:iam::123456789012:role/LATER', '--status', 'permitted')
goes(early)
raises(lambda: iam.create_role(RoleName='x', AssumeRolePolicyDocument='{}'),
       'MalformedPolicyDocument', 'a policy that is none is refused', status=400)
raises(lambda: iam.create_role(RoleName='a b', AssumeRolePolicyDocument=TRUST),
       'ValidationError', 'a name that is none is refused', status=400)
raises(lambda: iam.create_role(RoleName='x', AssumeRolePolicyDocument=TRUST + ' ' * 8192),
       'LimitExceeded', 'a policy that is too long is refused', status=409)
raises(lambda: iam.get_role_policy(RoleName='backups', PolicyName='none'), 'NoSuchEntity',
       'a policy that is not there is not shown', status=404)
raises(lambda: iam.detach_role_policy(RoleName='backups', PolicyArn=MANAGED + 'x'),
       'NoSuchEntity', 'nor is one detached', status=404)
raises(lambda: iam.create_user(UserName='ann'), 'InvalidAction', 'users are not served')
raises(lambda: iam.create_service_linked_role(AWSServiceName='ec2.amazonaws.com'),
       'InvalidInput', 'other services have no role here', status=400)
linked = iam.create_service_linked_role(AWSServiceName='backup.amazonaws.com')['Role']
raises(lambda: iam.create_service_linked_role(AWSServiceName='backup.amazonaws.com'),
       'InvalidInput', 'a service has one role', status=400)
equal(linked['Path'], '/aws-service-role/backup.amazonaws.com/', 'AWS Backup has one')
own = linked['RoleName']
for what, call in [
    ('put a policy', lambda: iam.put_role_policy(RoleName=own, PolicyName='x',
                                                 PolicyDocument=DELETE)),
    ('detach one', lambda: iam.detach_role_policy(RoleName=own, PolicyArn=MANAGED)),
    ('give it other trust', lambda: iam.update_assume_role_policy(RoleName=own,
                                                                  PolicyDocument=TRUST)),
    ('delete it', lambda: iam.delete_role(RoleName=own)),
]:
    raises(call, 'UnmodifiableEntity', f'nobody can {what}', status=400)
goes(back_up(linked['Arn']))
raises(lambda: iam.create_role(RoleName='x', Path=linked['Path'], AssumeRolePolicyDocument=TRUST),
       'ValidationError', 'nobody else makes a role there', status=400)

# It is deleted by a task, and what was backed up with it asks for it still.
left = back_up(linked['Arn'])
task = iam.delete_service_linked_role(RoleName=own)['DeletionTaskId']
ok(task.startswith(f'task{linked["Path"]}{own}/'), 'its deletion is a task', task)
equal(iam.get_service_linked_role_deletion_status(DeletionTaskId=task)['Status'], 'SUCCEEDED',
      'which has ended')
for what, call in [
    ('it is not there', lambda: iam.get_role(RoleName=own)),
    ('nor deleted twice', lambda: iam.delete_service_linked_role(RoleName=own)),
    ('a role of nobody is no such role', lambda: iam.delete_service_linked_role(
        RoleName='backups')),
    ('there is no other task', lambda: iam.get_service_linked_role_deletion_status(
        DeletionTaskId=f'{task[:-36]}{uuid.uuid4()}')),
]:
    raises(call, 'NoSuchEntity', what, status=404)
raises(lambda: iam.get_service_linked_role_deletion_status(DeletionTaskId='task/1'),
       'InvalidInput', 'what is no name of a task is refused', status=400)
expires(left, 'cannot be found or assumed')
iam.create_service_linked_role(AWSServiceName='backup.amazonaws.com')
goes(left)

# What Terraform does with a role.
iam.create_role(RoleName='formed', AssumeRolePolicyDocument=TRUST, Description='caf\u00e9')
formed = back_up(iam.get_role(RoleName='formed')['Role']['Arn'])
iam.attach_role_policy(RoleName='formed', PolicyArn=MANAGED)
other = TRUST.replace('backup.', 'ec2.')
iam.update_assume_role_policy(RoleName='formed', PolicyDocument=other)
equal(iam.get_role(RoleName='formed')['Role']['AssumeRolePolicyDocument'], json.loads(other),
      'a trust policy is another one')
expires(formed, 'cannot be found or assumed')
iam.update_assume_role_policy(RoleName='formed', PolicyDocument=TRUST)
goes(formed)
equal(iam.list_instance_profiles_for_role(RoleName='formed')['InstanceProfiles'], [],
      'a role has no instance profiles')
raises(lambda: iam.list_instance_profiles_for_role(RoleName='none'), 'NoSuchEntity',
       'one that is not there has not even that', status=404)
iam.detach_role_policy(RoleName='formed', PolicyArn=MANAGED)
iam.delete_role(RoleName='formed')
raises(lambda: iam.create_role(RoleName='x', AssumeRolePolicyDocument=TRUST, Description='\u4e2d'),
       'ValidationError', 'a description has letters of Latin-1', status=400)
raises(lambda: iam.put_role_policy(RoleName='backups', PolicyName='x',
                                   PolicyDocument=DELETE + ' ' * (1 << 20)),
       'RequestEntityTooLarge', 'what is too long is refused in the words of IAM', status=413)
for service, key in [('iam', 'test'), ('sts', 'test'), ('iam', 'nobody')]:
    request = AWSRequest('POST', server.url, data='Action=ListRoles', headers={
        'Content-Type': 'application/x-www-form-urlencoded'})
    SigV4Auth(Credentials(key, 'test'), service, 'us-east-1').add_auth(request)
    found = URLLib3Session().send(request.prepare())
    wanted = b'<Code>InvalidAction<' if key == 'test' else b'<Code>InvalidClientTokenId<'
    ok(wanted in found.content and service.encode() in found.content,
       f'{service}: a form without a version is refused in XML', found.content)

names = [f'role-{number:02}' for number in range(25)]
for name in names:
    iam.create_role(RoleName=name, Path='/many/', AssumeRolePolicyDocument=TRUST)
    iam.put_role_policy(RoleName='backups', PolicyName=name, PolicyDocument=DELETE)
pages = list(iam.get_paginator('list_roles').paginate(
    PathPrefix='/many/', PaginationConfig={'PageSize': 10}))
equal([len(page['Roles']) for page in pages], [10, 10, 5], 'roles come in pages')
equal([role['RoleName'] for page in pages for role in page['Roles']], names, 'each of them once')
pages = iam.get_paginator('list_role_policies').paginate(
    RoleName='backups', PaginationConfig={'PageSize': 7})
equal([name for page in pages for name in page['PolicyNames']], names, 'so do policies')
for what, items, found in [('list_attached_role_policies', 'AttachedPolicies', 1),
                           ('list_instance_profiles_for_role', 'InstanceProfiles', 0)]:
    pages = list(iam.get_paginator(what).paginate(RoleName='backups',
                                                  PaginationConfig={'PageSize': 1}))
    equal(sum(len(page[items]) for page in pages), found, f'{what} is walked to its end')

# Tags: shown with the role, listed in pages, and the same in whichever case their keys are.
given = [{'Key': f'key-{number:02}', 'Value': f'{number} caf\u00e9 \u4e2d_.:/=+-@'}
         for number in range(50)]
made = iam.create_role(RoleName='tagged', AssumeRolePolicyDocument=TRUST, Tags=given)['Role']
equal(made['Tags'], given, 'a role is made with tags')
equal(iam.get_role(RoleName='tagged')['Role'], made, 'and is shown with them')
ok(all('Tags' not in it for it in iam.list_roles()['Roles']), 'but not in a list')
pages = list(iam.get_paginator('list_role_tags').paginate(
    RoleName='tagged', PaginationConfig={'PageSize': 20}))
equal([len(page['Tags']) for page in pages], [20, 20, 10], 'tags come in pages')
equal([tag for page in pages for tag in page['Tags']], given, 'each of them once')
raises(lambda: iam.tag_role(RoleName='tagged', Tags=[{'Key': 'more', 'Value': ''}]),
       'LimitExceeded', 'there are fifty at most', status=409)
equal(iam.get_role(RoleName='tagged')['Role'], made, 'and nothing was changed')
iam.untag_role(RoleName='tagged', TagKeys=[tag['Key'].upper() for tag in given[2:]] + ['none'])
iam.tag_role(RoleName='tagged', Tags=[{'Key': 'KEY-01', 'Value': ''}, {'Key': 'env', 'Value': 'x'}])
kept = [{'Key': 'KEY-01', 'Value': ''}, {'Key': 'env', 'Value': 'x'}, given[0]]
server.end()
server = Server(*WORDS).ready()
iam = client()
equal(iam.list_role_tags(RoleName='tagged')['Tags'], kept, 'a key in another case is the same')
equal(iam.list_role_tags(RoleName='backups')['Tags'], [], 'a role without tags has none')
for tags, code in [
    ([{'Key': 'a', 'Value': ''}, {'Key': 'A', 'Value': ''}], 'InvalidInput'),
    ([{'Key': 'aws:a', 'Value': ''}], 'InvalidInput'),
    ([{'Key': 'AWS:a', 'Value': ''}], 'InvalidInput'),
    ([{'Key': 'a*', 'Value': ''}], 'ValidationError'),
    ([{'Key': 'a', 'Value': 'b\n'}], 'ValidationError'),
    ([{'Key': 'a', 'Value': 'b' * 257}], 'ValidationError'),
    ([{'Key': 'a' * 129, 'Value': ''}], 'ValidationError'),
    ([{'Key': str(number), 'Value': ''} for number in range(51)], 'ValidationError'),
]:
    raises(lambda: iam.tag_role(RoleName='tagged', Tags=tags), code, f'no {tags[0]}', status=400)
    raises(lambda: iam.create_role(RoleName='x', AssumeRolePolicyDocument=TRUST, Tags=tags), code,
           'nor is a role made with it', status=400)
raises(lambda: iam.get_role(RoleName='x'), 'NoSuchEntity', 'none was made', status=404)
raises(lambda: iam.untag_role(RoleName='tagged', TagKeys=['a*']), 'ValidationError',
       'what is no key is not taken off', status=400)
equal(iam.list_role_tags(RoleName='tagged')['Tags'], kept, 'its tags are as they were')
for what, more in [('tag_role', {'Tags': kept}), ('untag_role', {'TagKeys': ['env']}),
                   ('list_role_tags', {}), ('update_role', {'Description': ''}),
                   ('update_role_description', {'Description': ''})]:
    raises(lambda: getattr(iam, what)(RoleName='none', **more), 'NoSuchEntity',
           f'{what}: of a role that is there', status=404)

# What an update does not give stays.
iam.update_role(RoleName='tagged', MaxSessionDuration=7200)
iam.update_role(RoleName='tagged', Description='of backups')
shown = iam.update_role_description(RoleName='tagged', Description='caf\u00e9 & more')['Role']
equal((shown['Description'], shown['MaxSessionDuration'], shown['Tags']),
      ('caf\u00e9 & more', 7200, kept), 'a description is another one, and nothing else')
equal(iam.get_role(RoleName='tagged')['Role'], shown, 'and so is the role shown')
raises(lambda: iam.update_role(RoleName='tagged', Description='\u4e2d'), 'ValidationError',
       'nor has it other letters then', status=400)
iam.tag_role(RoleName=own, Tags=kept)
iam.update_role_description(RoleName=own, Description='of AWS Backup')
equal(iam.get_role(RoleName=own)['Role']['Tags'], kept, 'the role of AWS Backup may have tags')
iam.untag_role(RoleName=own, TagKeys=['env', 'key-00', 'key-01'])
raises(lambda: iam.update_role(RoleName=own, MaxSessionDuration=7200), 'UnmodifiableEntity',
       'but no longer sessions', status=400)
model.covered([
    'CreateRole', 'GetRole', 'ListRoles', 'DeleteRole', 'UpdateAssumeRolePolicy', 'PutRolePolicy',
    'GetRolePolicy', 'DeleteRolePolicy', 'ListRolePolicies', 'AttachRolePolicy',
    'DetachRolePolicy', 'ListAttachedRolePolicies', 'ListInstanceProfilesForRole',
    'CreateServiceLinkedRole', 'DeleteServiceLinkedRole', 'GetServiceLinkedRoleDeletionStatus',
    'TagRole', 'UntagRole', 'ListRoleTags', 'UpdateRole', 'UpdateRoleDescription'])

rows = sexton('role', 'list').splitlines()
ok(f'{role}\tpermitted' in rows, 'its status is listed', rows)
server.end()
trail = [json.loads(line) for line in sexton('audit', 'export').splitlines()]
changed = [it['serviceEventDetails'] for it in trail if it['eventName'] == 'RoleChanged']
calls = [it.get('call') for it in changed if it['role'] == role]
equal(calls[:3], ['CreateRole', 'PutRolePolicy', 'DeleteRolePolicy'], 'the trail says who did it')
calls = [it['call'] for it in changed if it['role'] == made['Arn']]
equal(calls, ['CreateRole', 'UntagRole', 'TagRole', 'UpdateRole', 'UpdateRole',
              'UpdateRoleDescription'], 'who changed tags and descriptions too')
done()
