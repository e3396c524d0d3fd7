#!/usr/bin/env python3
"""Users with access keys and policies, and sessions of roles: what each may do, with boto3, the SDK
of Alibaba Cloud and the command line.
usage: users.py      env: SEXTON_BIN the program, SEXTON_DATA the server's data folder"""
import configparser
import datetime
import json
import os
import pathlib
import subprocess

import boto3
import model
from alibaba import Signer
from checks import RESOURCE, asked, aws_env, done, equal, ok, poll, raises, sexton
from process import Server, scratch

ACCOUNT = '123456789012'
WORDS = ['--dev', '--log', 'warn']
VAULT = {'BackupVaultName': 'Default'}
ROLE = f'arn:aws:iam::{ACCOUNT}:role/backup'
VAULT_ARN = f'arn:aws:backup:us-east-1:{ACCOUNT}:backup-vault:Default'
NOT_ALLOWED = 'because no identity-based policy allows the'


def statement(effect='Allow', action='*', resource='*', **more):
    return {'Effect': effect, 'Action': action, 'Resource': resource, **more}


def document(*statements):
    return json.dumps({'Version': '2012-10-17', 'Statement': list(statements)})


def file(name, text):
    path = pathlib.Path(scratch) / f'{name}.json'
    path.write_text(text)
    return str(path)


def profile(text):
    """The one profile that is printed."""
    parsed = configparser.ConfigParser()
    parsed.read_string(text)
    section = parsed[parsed.sections()[0]]
    return {'aws_access_key_id': section['aws_access_key_id'],
            'aws_secret_access_key': section['aws_secret_access_key']}


def client(service, credentials):
    return model.watch(boto3.client(service, endpoint_url=server.url, region_name='us-east-1',
                                    **credentials))


def session(assumed):
    keys = assumed['Credentials']
    return {'aws_access_key_id': keys['AccessKeyId'],
            'aws_secret_access_key': keys['SecretAccessKey'],
            'aws_session_token': keys['SessionToken']}


def back_up():
    job = server.backup.start_backup_job(**VAULT, ResourceArn=RESOURCE, IamRoleArn=ROLE)
    poll(lambda: server.backup.describe_backup_job(
        BackupJobId=job['BackupJobId'])['State'] == 'COMPLETED', 'there is a backup')
    return job['RecoveryPointArn']


def deletes(who, point):
    return lambda: client('backup', who).delete_recovery_point(**VAULT, RecoveryPointArn=point)


def denied(call, what, words=NOT_ALLOWED):
    raises(call, 'AccessDeniedException', what, words, status=403)


server = Server(*WORDS).ready()
aws_env(server.url)
first, second, third = back_up(), back_up(), back_up()

# A user may do what a policy allows, and nothing else.
read = document(statement(action=['backup:List*', 'backup:Describe*']))
arn = sexton('user', 'add', 'ann', '--policy', file('read', read)).strip()
equal(arn, f'arn:aws:iam::{ACCOUNT}:user/ann', 'a user is made')
ann = profile(sexton('key', 'add', 'ann'))
seen = client('backup', ann).list_recovery_points_by_backup_vault(**VAULT)['RecoveryPoints']
ok(first in [it['RecoveryPointArn'] for it in seen], 'she lists recovery points')
denied(deletes(ann, first), 'and deletes none', 'is not authorized to perform: '
       f'backup:DeleteRecoveryPoint on resource: {first} because no identity-based policy allows '
       'the backup:DeleteRecoveryPoint action')
nowhere = first[:-6] + 'ffffff'
denied(deletes(ann, nowhere), 'and is not told whether there is one')
denied(lambda: client('backup', ann).create_backup_vault(BackupVaultName='hers'), 'nor makes a vault')
me = client('sts', ann).get_caller_identity()
equal((me['Arn'], me['Account']), (arn, ACCOUNT), 'she is told who she is')
ok(me['UserId'].startswith('AIDA'), 'by an id of her own', me)

# A policy that allows it, of the points of one source.
one = document(statement(action='backup:DeleteRecoveryPoint', resource=first))
sexton('user', 'policy', 'ann', '--put', file('one', one))
denied(deletes(ann, second), 'another point is not hers to delete')
equal(deletes(ann, first)()['ResponseMetadata']['HTTPStatusCode'], 200, 'the one is')
poll(lambda: asked('certificate', first).stdout, 'there is a certificate')
ok(arn in sexton('certificate', first), 'which names her')

# An explicit deny wins over an allow, whoever says it.
sexton('user', 'policy', 'ann', '--put', file('all', document(
    statement(), statement('Deny', 'backup:DeleteRecoveryPoint', second))))
denied(deletes(ann, second), 'what her policy denies stays', 'with an explicit deny in an identity')
server.backup.put_backup_vault_access_policy(**VAULT, Policy=document(
    statement('Deny', 'backup:DeleteRecoveryPoint', Principal={'AWS': arn})))
denied(deletes(ann, third), 'and so does what the vault denies her',
       'with an explicit deny in a resource')
server.backup.put_backup_vault_access_policy(**VAULT, Policy=document(
    statement('Allow', 'backup:DeleteRecoveryPoint', Principal={'AWS': arn})))
sexton('user', 'policy', 'ann', '--remove', 'all', '--remove', 'one')
denied(lambda: client('backup', ann).delete_backup_vault(**VAULT), 'she may less again')
equal(deletes(ann, second)()['ResponseMetadata']['HTTPStatusCode'], 200,
      'what the vault allows her by name needs no policy of hers')
server.backup.put_backup_vault_access_policy(**VAULT, Policy=document(
    statement('Allow', 'backup:DeleteRecoveryPoint', Principal={'AWS': ACCOUNT})))
denied(deletes(ann, third), 'what it allows to her account alone does')
server.backup.delete_backup_vault_access_policy(**VAULT)

# The other services and the server's own API ask the same policies.
sexton('user', 'add', 'bob', '--policy', file('backups', document(statement(action='backup:*'))))
bob = profile(sexton('key', 'add', 'bob'))
raises(lambda: client('fsx', bob).describe_backups(), 'AccessDeniedException', 'FSx asks', NOT_ALLOWED)
raises(lambda: client('iam', bob).list_roles(), 'AccessDenied', 'IAM asks', NOT_ALLOWED, status=403)
his = {**os.environ, 'AWS_ACCESS_KEY_ID': bob['aws_access_key_id'],
       'AWS_SECRET_ACCESS_KEY': bob['aws_secret_access_key']}
del his['SEXTON_DATA']


def as_bob(*words):
    return subprocess.run([os.environ['SEXTON_BIN'], *words, '--endpoint-url', server.url],
                          capture_output=True, text=True, env=his)


own = as_bob('source', 'list')
ok(own.returncode == 5 and 'sexton:ListSources' in own.stderr, 'the server itself asks', own)
listed = as_bob('list', '--vault', 'Default', '--output', 'text')
ok(third in listed.stdout, 'sexton list works for him', listed)

# Access keys: two at most, disabled at once, the same after a start.
other = sexton('key', 'rotate', ann['aws_access_key_id'])
new = profile(other)
ok(new != ann, 'a key is rotated')
client('backup', ann).list_backup_vaults()
ended = asked('key', 'add', 'ann')
ok(ended.returncode == 5 and 'already' in ended.stderr, 'there are two at most', ended)
sexton('key', 'disable', ann['aws_access_key_id'])
raises(lambda: client('backup', ann).list_backup_vaults(), 'UnrecognizedClientException',
       'one that is disabled is not taken', status=403)
client('backup', new).list_backup_vaults()
ok(asked('user', 'remove', 'ann').returncode != 0, 'a user with an active key stays')
server.end()
server = Server(*WORDS).ready()
aws_env(server.url)
client('backup', new).list_backup_vaults()
raises(lambda: client('backup', ann).list_backup_vaults(), 'UnrecognizedClientException',
       'after a start too', status=403)
rows = [row.split('\t') for row in sexton('key', 'list', '--user', 'ann').splitlines()]
equal([(row[0], row[2]) for row in rows], [(ann['aws_access_key_id'], 'disabled'),
                                         (new['aws_access_key_id'], 'active')], 'keys are listed')
sexton('key', 'enable', ann['aws_access_key_id'])
client('backup', ann).list_backup_vaults()
sexton('key', 'disable', ann['aws_access_key_id'])
sexton('key', 'remove', ann['aws_access_key_id'])
shown = json.loads(sexton('user', 'show', 'ANN'))
equal((shown['name'], list(shown['policies']), len(shown['keys'])), ('ann', ['read'], 1),
      'a user is shown, in whichever case')
ok(new['aws_secret_access_key'] not in json.dumps(shown), 'and no secret')

# A role is taken on by whom its trust names, or by whom their own policy lets.
ROOT = {'aws_access_key_id': 'test', 'aws_secret_access_key': 'test'}
iam, root = client('iam', ROOT), client('sts', ROOT)
trust = document({'Effect': 'Allow', 'Action': 'sts:AssumeRole', 'Principal': {'AWS': arn}})
role = iam.create_role(RoleName='sweeper', Path='/team/', AssumeRolePolicyDocument=trust)['Role']
take = {'RoleArn': role['Arn'], 'RoleSessionName': 'job-7'}
raises(lambda: root.assume_role(**take), 'AccessDenied', 'root takes on no role',
       'Roles may not be assumed by root accounts', status=403)
raises(lambda: client('sts', bob).assume_role(**take), 'AccessDenied', 'nor does who is not named',
       'is not authorized to perform: sts:AssumeRole', status=403)
raises(lambda: client('sts', new).assume_role(**{**take, 'RoleArn': ROLE + 'x'}), 'AccessDenied',
       'one that is not there is nobody\'s', status=403)
assumed = client('sts', new).assume_role(**take)
equal(assumed['AssumedRoleUser'],
      {'AssumedRoleId': f'{role["RoleId"]}:job-7',
       'Arn': f'arn:aws:sts::{ACCOUNT}:assumed-role/sweeper/job-7'}, 'whoever is named takes it on')
left = assumed['Credentials']['Expiration'] - datetime.datetime.now(datetime.timezone.utc)
ok(datetime.timedelta(minutes=50) < left <= datetime.timedelta(minutes=60), 'for an hour', left)
sweeper = session(assumed)
equal(client('sts', sweeper).get_caller_identity()['Arn'], assumed['AssumedRoleUser']['Arn'],
      'and is told so')
denied(deletes(sweeper, third), 'a session may what its role may')
iam.put_role_policy(RoleName='sweeper', PolicyName='delete', PolicyDocument=document(
    statement(action='backup:DeleteRecoveryPoint')))
narrow = session(client('sts', new).assume_role(**take, Policy=document(
    statement(action='backup:List*'))))
denied(deletes(narrow, third), 'and no more than the policy that it was begun with',
       'because no session policy allows')
server.backup.put_backup_vault_access_policy(**VAULT, Policy=document(statement(
    'Deny', 'backup:DeleteRecoveryPoint', Principal='*',
    Condition={'ArnNotEquals': {'aws:PrincipalArn': role['Arn']}})))
denied(lambda: server.backup.delete_recovery_point(**VAULT, RecoveryPointArn=third),
       'a vault lets no other delete', 'with an explicit deny in a resource')
equal(deletes(sweeper, third)()['ResponseMetadata']['HTTPStatusCode'], 200, 'than the one role')
poll(lambda: asked('certificate', third).stdout, 'there is a certificate')
ok('assumed-role/sweeper/job-7' in sexton('certificate', third), 'which names the session')

other_token = {**sweeper, 'aws_session_token': narrow['aws_session_token']}
raises(lambda: client('backup', other_token).list_backup_vaults(), 'UnrecognizedClientException',
       'a token of another session is none', status=403)
no_token = {name: text for name, text in sweeper.items() if name != 'aws_session_token'}
raises(lambda: client('backup', no_token).list_backup_vaults(), 'UnrecognizedClientException',
       'nor is a key without its token', status=403)
raises(lambda: client('sts', new).assume_role(**take, DurationSeconds=7200), 'ValidationError',
       'no longer than the role lets', 'MaxSessionDuration', status=400)
server.end()
server = Server(*WORDS).ready()
aws_env(server.url)
raises(lambda: client('backup', sweeper).list_backup_vaults(), 'AccessDeniedException',
       'a session is the same after a start', NOT_ALLOWED)
iam = client('iam', ROOT)
iam.delete_role_policy(RoleName='sweeper', PolicyName='delete')
iam.delete_role(RoleName='sweeper')
iam.create_role(RoleName='sweeper', Path='/team/', AssumeRolePolicyDocument=trust)
iam.put_role_policy(RoleName='sweeper', PolicyName='all', PolicyDocument=document(statement()))
raises(lambda: client('backup', sweeper).list_backup_vaults(), 'AccessDeniedException',
       'and ends with its role, whatever another one of its name may')
by_account = document({'Effect': 'Allow', 'Action': 'sts:AssumeRole',
                       'Principal': {'AWS': ACCOUNT}, 'Condition': {
                           'StringEquals': {'sts:ExternalId': 'ticket-1'}}})
ours = {'RoleSessionName': 'job-8', 'RoleArn': iam.create_role(
    RoleName='ours', AssumeRolePolicyDocument=by_account)['Role']['Arn']}
raises(lambda: client('sts', new).assume_role(**ours, ExternalId='ticket-1'), 'AccessDenied',
       'a trust in the account lets nobody by itself')
sexton('user', 'policy', 'ann', '--put', file('take', document(
    statement(action='sts:AssumeRole', resource=ours['RoleArn']))))
raises(lambda: client('sts', new).assume_role(**ours), 'AccessDenied', 'its conditions are asked')
client('sts', new).assume_role(**ours, ExternalId='ticket-1')
ok(True, 'a policy of hers does')

# Whoever may make roles under one path is no role of another path.
dev = profile((sexton('user', 'add', 'dev', '--policy', file('dev', document(
    statement(action=['iam:*', 'sts:AssumeRole'], resource=f'arn:aws:iam::{ACCOUNT}:role/dev/*')))),
    sexton('key', 'add', 'dev'))[1])
its = document({'Effect': 'Allow', 'Action': 'sts:AssumeRole',
                'Principal': {'AWS': f'arn:aws:iam::{ACCOUNT}:user/dev'}})
raises(lambda: client('iam', dev).create_role(RoleName='cleaner', Path='/admin/',
                                              AssumeRolePolicyDocument=its),
       'AccessDenied', 'it makes none there', 'on resource: role cleaner ')
client('iam', dev).create_role(RoleName='cleaner', Path='/dev/', AssumeRolePolicyDocument=its)
cleaner = session(client('sts', dev).assume_role(
    RoleArn=f'arn:aws:iam::{ACCOUNT}:role/dev/cleaner', RoleSessionName='job-9'))
server.backup.put_backup_vault_access_policy(**VAULT, Policy=document(statement(
    'Allow', 'backup:DeleteRecoveryPoint', Principal={
        'AWS': f'arn:aws:iam::{ACCOUNT}:role/admin/cleaner'})))
kept = back_up()
denied(deletes(cleaner, kept), 'a role of the same last name is not the one that is named')
server.backup.put_backup_vault_access_policy(**VAULT, Policy=document(statement(
    'Allow', 'backup:DeleteRecoveryPoint', Principal={
        'AWS': f'arn:aws:iam::{ACCOUNT}:role/dev/cleaner'})))
equal(deletes(cleaner, kept)()['ResponseMetadata']['HTTPStatusCode'], 200, 'the one that is may')
server.backup.delete_backup_vault_access_policy(**VAULT)

# What hangs on one thing hangs on all that it does.
sexton('user', 'add', 'most', '--policy', file('most', document(
    statement(), statement('Deny', ['sexton:RedactCertificates', 'backup:TagResource']),
    statement('Deny', 'sexton:ChangeUser', f'arn:aws:iam::{ACCOUNT}:user/bob'))))
most = profile(sexton('key', 'add', 'most'))
from botocore.auth import SigV4Auth  # noqa: E402  (for what no SDK asks)
from botocore.awsrequest import AWSRequest  # noqa: E402
from botocore.credentials import Credentials  # noqa: E402
import urllib.error  # noqa: E402
import urllib.request  # noqa: E402


def own_api(who, method, path, body=None):
    """A signed request to the server's own API: its status, and what it said."""
    text = None if body is None else json.dumps(body).encode()
    request = AWSRequest(method, f'{server.url}/_sexton/v1/{path}', data=text)
    keys = Credentials(who['aws_access_key_id'], who['aws_secret_access_key'])
    SigV4Auth(keys, 'sexton', 'us-east-1').add_auth(request)
    sent = urllib.request.Request(request.url, data=text, method=method,
                                  headers=dict(request.headers.items()))
    try:
        with urllib.request.urlopen(sent) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


page = 'openings?before=2090-01-01T00%3A00%3A00Z&from=0'
equal(own_api(most, 'DELETE', page)[0], 403, 'pages of certificates are redacted as each is: not')
equal(own_api(most, 'GET', page)[0], 200, 'and listed')
equal(own_api(most, 'PATCH', 'users/bob', {'remove': ['backups']})[0], 403,
      'a user is changed by whoever may change that one')
equal(own_api(most, 'PATCH', 'users/dev', {'remove': ['none'], 'put': {'all': document(statement())}})[0],
      404, 'policies are put and removed together, or not at all')
equal(list(json.loads(sexton('user', 'show', 'dev'))['policies']), ['dev'], 'so it has one')
status, said = own_api(most, 'POST', 'sources', {
    'type': 'apsara-rds', 'name': 'shop',
    'connection': 'engine = "postgresql"\nhost = "127.0.0.1"\nport = 1\nuser = "x"\n'
                  'tools = "/tmp"\n'})
ok(status == 403 and 'tools' in said['error'], 'root alone says which programs are run', said)
denied(lambda: client('backup', most).create_backup_vault(
    BackupVaultName='tagged', BackupVaultTags={'a': 'b'}), 'tags are put by whoever may put them',
    'backup:TagResource')

# FSx: what is done beside is asked for as well.
sexton('user', 'add', 'filer', '--policy', file('filer', document(
    statement(action='fsx:DeleteFileSystem'))))
filer = client('fsx', profile(sexton('key', 'add', 'filer')))
NONE = {'FileSystemId': 'fs-0123456789abcdef0'}
last = {'OpenZFSConfiguration': {'FinalBackupTags': [{'Key': 'a', 'Value': 'b'}]}}
bare = {'OpenZFSConfiguration': {'SkipFinalBackup': True}}
raises(lambda: filer.delete_file_system(**NONE), 'AccessDeniedException',
       'a last backup is made by whoever may make backups', 'fsx:CreateBackup')
raises(lambda: filer.delete_file_system(**NONE, **bare), 'FileSystemNotFound',
       'without one nothing more is asked')
sexton('user', 'policy', 'filer', '--put', file('backup', document(
    statement(action='fsx:CreateBackup'))))
raises(lambda: filer.delete_file_system(**NONE, **last), 'AccessDeniedException',
       'and its tags are put by whoever may put them', 'fsx:TagResource')
raises(lambda: filer.create_backup(**NONE, Tags=[{'Key': 'a', 'Value': 'b'}]),
       'AccessDeniedException', 'as are those of every backup', 'fsx:TagResource')
raises(lambda: filer.create_backup(**NONE), 'FileSystemNotFound', 'which needs none')

# A user is the same in every region, also of another partition.
there = boto3.client('sts', endpoint_url=server.url, region_name='cn-north-1', **new)
equal(there.get_caller_identity()['Arn'], arn, 'she has one ARN, wherever she signs for')

# Users are listed a page at a time.
status, said = own_api(ROOT, 'GET', 'users')
equal((status, [it['name'] for it in said['users']], said['next']),
      (200, ['ann', 'bob', 'dev', 'filer', 'most'], None), 'users are listed, by name')
status, said = own_api(ROOT, 'GET', f'users?after={f"{ACCOUNT}/dev".encode().hex()}')
equal((status, [it['name'] for it in said['users']]), (200, ['filer', 'most']), 'on from one')
for after in ['', 'zz', 'ff', b'210987654321/ann'.hex(), f'{ACCOUNT}/{"x" * 65}'.encode().hex()]:
    status, said = own_api(ROOT, 'GET', f'users?after={after}')
    ok(status == 400 and 'after' in said['error'], f'not after {after[:20]!r}', said)

# RDS: the same keys sign, and the same policies are asked in its own words.
INSTANCE = 'rm-uf6wjk5xxxxxxx'
hers = Signer(server.url, new['aws_access_key_id'], new['aws_secret_access_key'])
mine = Signer(server.url, bob['aws_access_key_id'], bob['aws_secret_access_key'])
sexton('user', 'policy', 'ann', '--put', file('sets', document(statement(
    action='rds:Describe*', resource=f'acs:rds:*:{ACCOUNT}:dbinstance/{INSTANCE}'))))
found = hers.ask('DescribeBackups', DBInstanceId=INSTANCE, StartTime='2020-01-01T00:00Z',
                 EndTime='2090-01-01T00:00Z', RegionId='cn-hangzhou')
equal(found.status, 200, 'she lists backup sets')
sets = [it['BackupId'] for it in found.json['Items']['Backup']]
gone = hers.ask('DeleteBackup', DBInstanceId=INSTANCE, BackupId=sets[0], RegionId='cn-hangzhou')
equal((gone.status, gone.code), (403, 'Forbidden.RAM'), 'and deletes none')
equal(mine.ask('DescribeBackups', DBInstanceId=INSTANCE, StartTime='2020-01-01T00:00Z',
               EndTime='2090-01-01T00:00Z').code, 'Forbidden.RAM', 'he sees none')

# So does a session, with its token, which is of AWS's STS.
iam.create_role(RoleName='sets', AssumeRolePolicyDocument=document(
    {'Effect': 'Allow', 'Action': 'sts:AssumeRole', 'Principal': {'AWS': ACCOUNT}}))
iam.put_role_policy(RoleName='sets', PolicyName='look', PolicyDocument=document(statement(
    action='rds:Describe*', resource=f'acs:rds:*:{ACCOUNT}:dbinstance/{INSTANCE}')))
sexton('user', 'policy', 'bob', '--put', file('take', document(statement(
    action='sts:AssumeRole', resource=f'arn:aws:iam::{ACCOUNT}:role/sets'))))
at_night = session(client('sts', bob).assume_role(
    RoleArn=f'arn:aws:iam::{ACCOUNT}:role/sets', RoleSessionName='night'))
its = Signer(server.url, at_night['aws_access_key_id'], at_night['aws_secret_access_key'])
for kind, name in [('v1', 'SecurityToken'), ('v3', 'x-acs-security-token')]:
    def as_session(action, token=at_night['aws_session_token'], **more):
        signed = {name: token} if token else {}
        return its.send(getattr(its, kind)(action, signed=signed, RegionId='cn-hangzhou', **more))

    span = {'StartTime': '2020-01-01T00:00Z', 'EndTime': '2090-01-01T00:00Z'}
    equal(as_session('DescribeBackups', DBInstanceId=INSTANCE, **span).status, 200,
          f'{kind}: a session lists backup sets')
    gone = as_session('DeleteBackup', DBInstanceId=INSTANCE, BackupId=sets[0])
    equal((gone.status, gone.code), (403, 'Forbidden.RAM'), f'{kind}: and deletes none')
    equal(as_session('DescribeBackups', token=None, DBInstanceId=INSTANCE, **span).code,
          'InvalidAccessKeyId.NotFound', f'{kind}: its key alone is none')
    equal(as_session('DescribeBackups', token=narrow['aws_session_token'], DBInstanceId=INSTANCE,
                     **span).code, 'InvalidAccessKeyId.NotFound',
          f'{kind}: nor is it with the token of another session')
told = [line for line in sexton('audit', 'tail', '-n', '20').splitlines()
        if 'assumed-role/sets/night' in line]
ok(any('rds:DeleteBackup' in line for line in told), 'the trail names the session', told)

sexton('key', 'disable', new['aws_access_key_id'])
sexton('user', 'remove', 'ann')
raises(lambda: client('sts', new).get_caller_identity(), 'InvalidClientTokenId',
       'a user who was removed is nobody', status=403)
for words, said in [(('user', 'add', 'a b'), 'the name of a user is'),
                    (('user', 'add', 'BOB'), 'there is a user'),
                    (('user', 'policy', 'bob', '--put', file('bad', '{}')), 'policy bad: '),
                    (('user', 'policy', 'bob', '--remove', 'none'), 'has no policy none'),
                    (('key', 'add', 'nobody'), 'there is no user nobody'),
                    (('key', 'disable', 'AKSXNONE'), 'no user has an access key')]:
    ended = asked(*words)
    ok(ended.returncode == 5 and said in ended.stderr, f'{" ".join(words[:3])}: {said}', ended)
server.end()
trail = [json.loads(line) for line in sexton('audit', 'export').splitlines()]
changed = [it['serviceEventDetails'] for it in trail if it['eventName'] == 'UserChanged']
of_ann = [it['change'] for it in changed if it['user'] == arn]
equal(of_ann[:2] + of_ann[-2:], ['created', 'key_made', 'key_disabled', 'removed'],
      'the trail says what became of her')
deleted = [it['userIdentity']['arn'] for it in trail if it['eventName'] == 'DeletionDecided' and 'arn' in it['userIdentity']]
ok(arn in deleted, 'and what she did', set(deleted))
model.covered(['AssumeRole', 'GetCallerIdentity', 'DeleteRecoveryPoint'])
done()
