#!/usr/bin/env python3
"""Conditions on the address of whoever asks, on encryption, and on tags of what is asked for: with
boto3, over HTTP and over HTTPS; and a deletion that waits, which nobody asks for from anywhere.
usage: conditions.py      env: SEXTON_BIN the program"""
import configparser
import json
import os
import pathlib
import re
import subprocess

import boto3
from botocore.exceptions import ClientError
import model
from checks import RESOURCE, ROLE, asked, aws_env, done, equal, ok, poll, raises, sexton
from process import Server, scratch

WORDS = ['--dev', '--log', 'warn']
VAULT = {'BackupVaultName': 'Default'}
BY_IDENTITY = 'because no identity-based policy allows the'
BY_DENY = 'with an explicit deny in a'


def document(effect, action='backup:DeleteRecoveryPoint', condition=None, **more):
    statement = {'Effect': effect, 'Action': action, 'Resource': '*', **more}
    if condition:
        statement['Condition'] = condition
    return json.dumps({'Version': '2012-10-17', 'Statement': statement})


def file(name, text):
    path = pathlib.Path(scratch) / f'{name}.json'
    path.write_text(text)
    return str(path)


def user(name, *documents):
    """Makes a user of this name with these policies, and gives their credentials."""
    given = [file(f'{name}-{at}', text) for at, text in enumerate(documents)]
    sexton('user', 'add', name, *[word for path in given for word in ('--policy', path)])
    keys = configparser.ConfigParser()
    keys.read_string(sexton('key', 'add', name))
    return {word: keys[name][word] for word in ('aws_access_key_id', 'aws_secret_access_key')}


def client(service, who, **more):
    return model.watch(boto3.client(service, endpoint_url=server.url, region_name='us-east-1',
                                    **who, **more))


def back_up(**tags):
    job = server.backup.start_backup_job(**VAULT, ResourceArn=RESOURCE, IamRoleArn=ROLE,
                                         RecoveryPointTags=tags)
    poll(lambda: server.backup.describe_backup_job(
        BackupJobId=job['BackupJobId'])['State'] == 'COMPLETED', 'there is a backup')
    return job['RecoveryPointArn']


def delete(who, point, **more):
    return client('backup', who, **more).delete_recovery_point(**VAULT, RecoveryPointArn=point)


def goes(who, point, what, **more):
    equal(delete(who, point, **more)['ResponseMetadata']['HTTPStatusCode'], 200, what)


def stays(who, point, what, words, **more):
    raises(lambda: delete(who, point, **more), 'AccessDeniedException', what, words, status=403)


def refusal(call):
    """The words of a refusal, without the name of what was asked for."""
    try:
        call()
    except ClientError as error:
        return re.sub(r'arn:aws:(ec2|fsx|backup)[^ ]*', 'it', str(error))
    return 'it was not refused'


def put_policy(text):
    server.backup.put_backup_vault_access_policy(**VAULT, Policy=text)


server = Server(*WORDS).ready()
aws_env(server.url)
ROOT = {'aws_access_key_id': 'test', 'aws_secret_access_key': 'test'}
HERE = {'IpAddress': {'aws:SourceIp': ['127.0.0.0/8', '::1']}}
NOT_HERE = {'NotIpAddress': {'aws:SourceIp': ['127.0.0.0/8', '::1']}}
THERE = {'IpAddress': {'aws:SourceIp': '10.0.0.0/8'}}
ENCRYPTED = {'Bool': {'aws:SecureTransport': 'true'}}

# The address is that of the connection, whatever a header says.
here, there = user('here', document('Allow', condition=HERE)), user(
    'there', document('Allow', condition=THERE))
first, second = back_up(), back_up()
stays(there, first, 'from another address it is not allowed', BY_IDENTITY)
forged = boto3.client('backup', endpoint_url=server.url, region_name='us-east-1', **there)
for header in ['X-Forwarded-For', 'X-Real-IP', 'Forwarded', 'CF-Connecting-IP']:
    text = 'for=10.1.2.3' if header == 'Forwarded' else '10.1.2.3'
    forged.meta.events.register(
        'before-sign', lambda request, header=header, text=text, **_:
        request.headers.add_header(header, text))
raises(lambda: forged.delete_recovery_point(**VAULT, RecoveryPointArn=first),
       'AccessDeniedException', 'nor where headers say so', BY_IDENTITY, status=403)
goes(here, first, 'from this one it is')
put_policy(document('Deny', condition={'NotIpAddress': THERE['IpAddress']}, Principal='*'))
stays(ROOT, second, 'a vault keeps the root identity out from elsewhere', BY_DENY)
raises(lambda: put_policy(document(
    'Deny', ['backup:PutBackupVaultAccessPolicy', 'backup:DeleteBackupVaultAccessPolicy'],
    {'NotIpAddress': THERE['IpAddress']}, Principal='*')), 'InvalidParameterValueException',
    'nobody locks themselves out by where they are', 'leave one of them out', status=400)
put_policy(document('Deny', condition=NOT_HERE, Principal='*'))
goes(ROOT, second, 'and lets it from here')

# A deletion that waits is nobody's request any more when it is decided.
third = back_up()
hold = server.backup.create_legal_hold(Title='case', Description='against us')['LegalHoldId']
ended = subprocess.run([os.environ['SEXTON_BIN'], 'delete', '--vault', 'Default', '--yes',
                        '--when-released', third], capture_output=True, text=True)
equal(ended.returncode, 4, 'it is asked for under a hold, from here')
server.backup.cancel_legal_hold(LegalHoldId=hold, CancelDescription='settled')


def reason():
    rows = json.loads(asked('erasure', 'list', '--output', 'json').stdout)['erasures']
    return next((row['reason'] for row in rows if row['arn'] == third), '')


poll(lambda: 'the policy of the vault denies it' in reason(), 'from nowhere it is denied')
server.backup.delete_backup_vault_access_policy(**VAULT)
poll(lambda: asked('certificate', third).returncode == 0, 'and goes without the policy')

# Whom the vault alone lets delete, it lets ask for a deletion that waits.
third = back_up()
look = user('look', document('Allow', ['backup:Describe*', 'backup:List*', 'sexton:ListErasures']))
environment = {**os.environ, **{name.upper(): text for name, text in look.items()}}
del environment['SEXTON_DATA']


def ask_for(point, env=environment):
    return subprocess.run([os.environ['SEXTON_BIN'], 'delete', '--vault', 'Default', '--yes',
                           '--when-released', point], capture_output=True, text=True, env=env)


hold = server.backup.create_legal_hold(Title='case', Description='against us')['LegalHoldId']
ended = ask_for(third)
ok(ended.returncode == 5 and 'asked_for' not in ended.stdout, 'whom nobody lets may not', ended)
put_policy(document('Allow', Principal={'AWS': 'arn:aws:iam::123456789012:user/look'}))
ended = ask_for(third)
ok(ended.returncode == 4 and ended.stdout.startswith('asked_for'), 'whom the vault lets may', ended)
server.backup.cancel_legal_hold(LegalHoldId=hold, CancelDescription='settled')
poll(lambda: asked('certificate', third).returncode == 0, 'and it goes')
server.backup.delete_backup_vault_access_policy(**VAULT)

# What somebody asked for who was removed does not stand in the way of whoever asks next.
left = back_up()
leaver = user('leaver', document('Allow', ['backup:*', 'sexton:ListErasures']))
hold = server.backup.create_legal_hold(Title='case', Description='against us')['LegalHoldId']
ended = ask_for(left, {**environment, **{name.upper(): text for name, text in leaver.items()}})
equal(ended.returncode, 4, 'somebody asks who goes')
sexton('key', 'disable', leaver['aws_access_key_id'])
sexton('user', 'remove', 'leaver')
ended = ask_for(left, {name: os.environ[name] for name in os.environ if name != 'SEXTON_DATA'})
equal(ended.returncode, 4, 'and somebody else who stays')
server.backup.cancel_legal_hold(LegalHoldId=hold, CancelDescription='settled')
poll(lambda: asked('certificate', left).returncode == 0, 'and it goes', limit=60)

# Tags of what is asked for.
team_a, team_b, kept, plain = (
    back_up(team='a'), back_up(team='b'), back_up(team='a', keep='yes'), back_up())
nowhere = plain[:-6] + 'ffffff'
of_a = user('of-a', document('Allow', condition={'StringEquals': {'aws:ResourceTag/team': 'a'}}),
            document('Deny', condition={'StringEquals': {'aws:ResourceTag/keep': 'yes'}}))
stays(of_a, team_b, 'tags of another team allow nothing', BY_DENY)
stays(of_a, kept, 'and a tag keeps', BY_DENY)
stays(of_a, plain, 'as none does', BY_DENY)
stays(of_a, nowhere, 'and one that is not there looks like it', BY_DENY)
equal({refusal(lambda point=point: delete(of_a, point)) for point in
       (team_b, kept, plain, nowhere)}, {refusal(lambda: delete(of_a, nowhere))},
      'to the last letter')
nothing = user('nothing', document('Deny', condition={'StringEquals': {
    'aws:ResourceTag/keep': 'yes'}}))
equal({refusal(lambda point=point: delete(nothing, point)) for point in
       (kept, plain, nowhere)}, {refusal(lambda: delete(nothing, nowhere))},
      'also to whom nothing is allowed')
goes(of_a, team_a, 'what is of the team goes')
put_policy(document('Deny', condition={'Null': {'aws:ResourceTag/temporary': 'true'}},
                    Principal='*'))
stays(ROOT, plain, 'a vault keeps what has no tag', BY_DENY)
stays(ROOT, nowhere, 'and what is not there', BY_DENY)
server.backup.tag_resource(ResourceArn=plain, Tags={'temporary': ''})
goes(ROOT, plain, 'it lets what has one')
server.backup.delete_backup_vault_access_policy(**VAULT)

# Legal holds have tags.
holder = client('backup', user(
    'holder', document('Allow', ['backup:CreateLegalHold', 'backup:TagResource'], {
        'StringEquals': {'aws:RequestTag/team': 'a'}, 'ForAllValues:StringEquals': {
            'aws:TagKeys': ['team']}}),
    document('Allow', ['backup:GetLegalHold', 'backup:CancelLegalHold', 'backup:ListTags'], {
        'StringEquals': {'aws:ResourceTag/team': 'a'}})))


def place(who=holder, **tags):
    return who.create_legal_hold(Title='case', Description='against us', Tags=tags)


for tags in [{}, {'team': 'b'}, {'team': 'a', 'more': ''}]:
    raises(lambda: place(**tags), 'AccessDeniedException', 'a hold without the tag is not placed',
           BY_IDENTITY, status=403)
mine, alien = place(team='a'), place(client('backup', ROOT), team='b')
key = {'LegalHoldId': mine['LegalHoldId']}
equal(holder.get_legal_hold(**key)['Title'], 'case', 'whoever places it sees it')
equal(holder.list_tags(ResourceArn=mine['LegalHoldArn'])['Tags'], {'team': 'a'}, 'and its tags')
for what, call in [
        ('seen', lambda it: holder.get_legal_hold(LegalHoldId=it)),
        ('canceled', lambda it: holder.cancel_legal_hold(LegalHoldId=it, CancelDescription='x'))]:
    denied = lambda it: refusal(lambda: call(it))
    ok(BY_IDENTITY in denied(alien['LegalHoldId']), f'one with another tag is not {what}')
    equal(denied(alien['LegalHoldId']), denied(mine['LegalHoldId'][:-4] + '0000'),
          'and looks like none')
for it in (mine, alien):
    server.backup.cancel_legal_hold(LegalHoldId=it['LegalHoldId'], CancelDescription='settled')

# Vaults have tags, and backups of FSx.
server.backup.create_backup_vault(BackupVaultName='tagged', BackupVaultTags={'team': 'a'})
server.backup.create_backup_vault(BackupVaultName='bare')
sweeps = user('sweeps', document('Allow', ['backup:DeleteBackupVault', 'fsx:DeleteBackup'],
                                 {'StringEquals': {'aws:ResourceTag/team': 'a'}}))


def remove(name):
    return lambda: client('backup', sweeps).delete_backup_vault(BackupVaultName=name)


raises(remove('bare'), 'AccessDeniedException', 'a vault without tags stays', BY_IDENTITY)
equal(refusal(remove('bare')), refusal(remove('none')), 'and looks like none')
remove('tagged')()
ok(True, 'one with the tag goes')
fsx = client('fsx', ROOT)
system = fsx.describe_file_systems()['FileSystems'][0]
one, other = (fsx.create_backup(FileSystemId=system['FileSystemId'])['Backup'] for _ in range(2))
for backup in (one, other):
    poll(lambda made=backup: fsx.describe_backups(BackupIds=[made['BackupId']])['Backups'][0][
        'Lifecycle'] == 'AVAILABLE', 'there is a backup of FSx')
fsx.tag_resource(ResourceARN=one['ResourceARN'], Tags=[{'Key': 'team', 'Value': 'a'}])


def drop(name):
    return lambda: client('fsx', sweeps).delete_backup(BackupId=name)


raises(drop(other['BackupId']), 'AccessDeniedException', 'a backup of FSx stays', BY_IDENTITY)
equal(refusal(drop(other['BackupId'])), refusal(drop('backup-0123456789abcdef0')),
      'and looks like none there')
equal(drop(one['BackupId'])()['Lifecycle'], 'DELETED', 'the one with the tag goes')

# A tag that keeps a recovery point is not taken off through another door.
made = server.backup.start_backup_job(**VAULT, ResourceArn=system['ResourceARN'], IamRoleArn=ROLE,
                                      RecoveryPointTags={'keep': 'yes'})['BackupJobId']
poll(lambda: server.backup.describe_backup_job(BackupJobId=made)['State'] == 'COMPLETED',
     'a vault keeps a backup of FSx')
point = server.backup.describe_backup_job(BackupJobId=made)['RecoveryPointArn']
kept = {'StringEquals': {'aws:ResourceTag/keep': 'yes'}}
server.backup.put_backup_vault_access_policy(**VAULT, Policy=json.dumps({
    'Version': '2012-10-17', 'Statement': [
        {'Effect': 'Deny', 'Principal': '*', 'Action': 'backup:DeleteRecoveryPoint',
         'Resource': '*', 'Condition': kept},
        {'Effect': 'Deny', 'Principal': '*', 'Resource': '*',
         'Action': ['backup:TagResource', 'backup:UntagResource']}]}))
raises(lambda: fsx.untag_resource(ResourceARN=point, TagKeys=['keep']), 'AccessDeniedException',
       'its tag stays', BY_DENY)
raises(lambda: fsx.tag_resource(ResourceARN=point, Tags=[{'Key': 'keep', 'Value': 'no'}]),
       'AccessDeniedException', 'and its value', BY_DENY)
raises(lambda: delete(ROOT, point), 'AccessDeniedException', 'and so does the point', BY_DENY)
server.backup.delete_backup_vault_access_policy(**VAULT)
fsx.untag_resource(ResourceARN=point, TagKeys=['keep'])
delete(ROOT, point)

# What a request says: tags that it brings, days of a lock, and where a copy goes.
tagger = user('tagger', document(
    'Allow', ['backup:CreateBackupVault', 'backup:TagResource'], {
        'StringEquals': {'aws:RequestTag/team': 'a'},
        'ForAllValues:StringEquals': {'aws:TagKeys': ['team', 'env']}}))


def creates(name, **tags):
    return lambda: client('backup', tagger).create_backup_vault(
        BackupVaultName=name, BackupVaultTags=tags)


raises(creates('with-none'), 'AccessDeniedException', 'a vault without the tag is not made',
       BY_IDENTITY)
raises(creates('with-more', team='a', secret='x'), 'AccessDeniedException', 'nor with another',
       BY_IDENTITY)
raises(creates('with-b', team='b'), 'AccessDeniedException', 'nor with another value', BY_IDENTITY)
creates('with-it', team='a', env='test')()
ok(True, 'one with the tag is made')
locker = user('locker', document('Allow', 'backup:PutBackupVaultLockConfiguration', {
    'NumericGreaterThanEquals': {'backup:ChangeableForDays': '7'},
    'NumericLessThanEquals': {'backup:MaxRetentionDays': '30'}}))


def locks(**days):
    return lambda: client('backup', locker).put_backup_vault_lock_configuration(
        BackupVaultName='with-it', **days)


for days in ({}, {'ChangeableForDays': 7}, {'ChangeableForDays': 6, 'MaxRetentionDays': 30},
             {'ChangeableForDays': 7, 'MaxRetentionDays': 31}):
    raises(locks(**days), 'AccessDeniedException', f'no lock of {days}', BY_IDENTITY)
locks(ChangeableForDays=7, MaxRetentionDays=30)()
server.backup.delete_backup_vault_lock_configuration(BackupVaultName='with-it')
ours = server.backup.describe_backup_vault(BackupVaultName='with-it')['BackupVaultArn']
server.backup.put_backup_vault_access_policy(**VAULT, Policy=json.dumps({
    'Version': '2012-10-17', 'Statement': [
        {'Effect': 'Deny', 'Principal': '*', 'Action': 'backup:CopyFromBackupVault',
         'Resource': '*', 'Condition': {'ArnNotEquals': {'backup:CopyTargets': ours}}}]}))
copied = back_up()


def copies(name):
    there = server.backup.describe_backup_vault(BackupVaultName=name)['BackupVaultArn']
    return lambda: server.backup.start_copy_job(
        RecoveryPointArn=copied, SourceBackupVaultName='Default', IamRoleArn=ROLE,
        DestinationBackupVaultArn=there)


raises(copies('bare'), 'AccessDeniedException', 'nothing is copied elsewhere', BY_DENY)
job = copies('with-it')()['CopyJobId']
poll(lambda: server.backup.describe_copy_job(CopyJobId=job)['CopyJob']['State'] == 'COMPLETED',
     'but where it may go')
server.backup.delete_backup_vault_access_policy(**VAULT)

# Tags of roles: what a session may by those of its role, and who may do what with a role by them.
iam = client('iam', ROOT)
TEAM = {'StringEquals': {'aws:PrincipalTag/team': 'a'}}


def role(name, *documents, **tags):
    """Makes a role that anybody of the account may take on who may, and gives its ARN."""
    made = iam.create_role(
        RoleName=name, Tags=[{'Key': key, 'Value': tags[key]} for key in tags],
        AssumeRolePolicyDocument=json.dumps({'Version': '2012-10-17', 'Statement': {
            'Effect': 'Allow', 'Principal': {'AWS': '123456789012'}, 'Action': 'sts:AssumeRole'}}))
    for at, text in enumerate(documents):
        iam.put_role_policy(RoleName=name, PolicyName=str(at), PolicyDocument=text)
    return made['Role']['Arn']


def session(arn):
    got = client('sts', taker).assume_role(RoleArn=arn, RoleSessionName='job')['Credentials']
    return {'aws_access_key_id': got['AccessKeyId'], 'aws_session_token': got['SessionToken'],
            'aws_secret_access_key': got['SecretAccessKey']}


taker = user('taker', document('Allow', 'sts:AssumeRole', {
    'StringEquals': {'iam:ResourceTag/open': 'yes'}}))
by_tag = role('by-tag', document('Allow', condition=TEAM), open='yes', Team='a')
other = role('other', document('Allow'), open='yes', team='b')
closed = role('closed', document('Allow'), team='a')
raises(lambda: session(closed), 'AccessDenied', 'a role without the tag is not taken on',
       status=403)
of_team, of_other = session(by_tag), session(other)
first, second, third = back_up(), back_up(), back_up()
goes(of_team, first, 'a session may what the tags of its role let it')
iam.tag_role(RoleName='by-tag', Tags=[{'Key': 'team', 'Value': 'b'}])
stays(of_team, second, 'and no more at once when they are others', BY_IDENTITY)
iam.tag_role(RoleName='by-tag', Tags=[{'Key': 'team', 'Value': 'a'}])
put_policy(document('Deny', condition=TEAM, Principal='*'))
stays(of_team, second, 'a vault denies by the tags of a role', BY_DENY)
goes(of_other, second, 'and spares others')
iam.untag_role(RoleName='by-tag', TagKeys=['team'])
iam.untag_role(RoleName='other', TagKeys=['TEAM'])
put_policy(document('Deny', condition={'Null': {'aws:PrincipalTag/team': 'true'}}, Principal='*'))
stays(of_other, third, 'as another keeps out those without', BY_DENY)
iam.tag_role(RoleName='other', Tags=[{'Key': 'team', 'Value': 'b'}])
stays(ROOT, third, 'of whom the root identity is one', BY_DENY)
# A deletion that waits is nobody's session any more: which tags its role had is not known.
put_policy(document('Deny', condition=TEAM, Principal='*'))
iam.put_role_policy(RoleName='other', PolicyName='look', PolicyDocument=document(
    'Allow', ['backup:Describe*', 'backup:List*', 'sexton:ListErasures']))
hold = server.backup.create_legal_hold(Title='case', Description='against us')['LegalHoldId']
ended = ask_for(third, {**environment, **{name.upper(): of_other[name] for name in of_other}})
equal(ended.returncode, 4, 'a session asks for a deletion under a hold')
server.backup.cancel_legal_hold(LegalHoldId=hold, CancelDescription='settled')
poll(lambda: 'the policy of the vault denies it' in reason(), 'and a tag denies what waits')
server.backup.delete_backup_vault_access_policy(**VAULT)
poll(lambda: asked('certificate', third).returncode == 0, 'it goes without the policy')

# Whoever may look after roles of a team sees no others, and is not told of them.
keeper = client('iam', user('keeper', document('Allow', [
    'iam:GetRole', 'iam:ListRoleTags', 'iam:TagRole', 'iam:UntagRole'], {
        'StringEquals': {'aws:ResourceTag/team': 'b'}})))
keeper.get_role(RoleName='other')
keeper.list_role_tags(RoleName='other')
words = set()
for name in ['closed', 'by-tag', 'nowhere']:
    for call in [keeper.get_role, keeper.list_role_tags]:
        words.add(refusal(lambda: call(RoleName=name)).replace(name, 'it'))
ok(len(words) == 2 and all('AccessDenied' in it for it in words),
   'a role of another team, one of none, and one that is not there look alike', words)
raises(lambda: keeper.untag_role(RoleName='closed', TagKeys=['team']), 'AccessDenied',
       'nor are their tags taken off', status=403)
maker = client('iam', user('maker', document('Allow', 'iam:CreateRole'), document(
    'Allow', 'iam:TagRole', {'StringEquals': {'aws:RequestTag/team': 'a'},
                             'ForAllValues:StringEquals': {'aws:TagKeys': ['team', 'env']}})))
TRUST = json.dumps({'Version': '2012-10-17', 'Statement': {
    'Effect': 'Allow', 'Principal': {'Service': 'backup.amazonaws.com'},
    'Action': 'sts:AssumeRole'}})


def makes(name, **tags):
    return lambda: maker.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST,
                                     Tags=[{'Key': key, 'Value': tags[key]} for key in tags])


for tags in [{'team': 'b'}, {'env': 'x'}, {'team': 'a', 'secret': 'x'}]:
    raises(makes('made', **tags), 'AccessDenied', f'no role is made with {tags}', 'iam:TagRole',
           status=403)
makes('made', team='a', env='x')()
makes('made-without')()
ok(True, 'with tags that may be put, or none, it is')
# A role that is made has no tags yet, whatever the one has that is there under its name.
namer = client('iam', user('namer', document('Allow', 'iam:CreateRole'), document(
    'Allow', 'iam:TagRole', {'StringEquals': {'aws:ResourceTag/team': 'b'}})))
equal(*[refusal(lambda: namer.create_role(
    RoleName=name, AssumeRolePolicyDocument=TRUST, Tags=[{'Key': 'x', 'Value': ''}])
    ).replace(name, 'it') for name in ['other', 'nowhere']],
    'nobody tells by tags whether a name is taken')

# Over HTTP nothing is encrypted, and over HTTPS everything.
fourth = back_up()
safe = user('safe', document('Allow', condition=ENCRYPTED))
stays(safe, fourth, 'over HTTP it is not allowed', BY_IDENTITY)
server.end()
key, certificate = (os.path.join(scratch, name) for name in ('key.pem', 'certificate.pem'))
subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj',
                '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out',
                certificate], check=True, capture_output=True)
os.environ['AWS_CA_BUNDLE'] = certificate
server = Server(*WORDS, '--tls-certificate', certificate, '--tls-key', key).ready()
aws_env(server.url)
os.environ['AWS_CA_BUNDLE'] = certificate
goes(safe, fourth, 'over HTTPS it is', verify=certificate)
done()
