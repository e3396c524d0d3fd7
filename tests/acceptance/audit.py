#!/usr/bin/env python3
"""The audit trail: what each call leaves in it, shown and exported while the server runs and after;
and what somebody does to it behind the server's back is found, and named.
usage: audit.py      env: SEXTON_BIN the program"""
import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
import urllib.error
import urllib.request

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from alibaba import Signer
from checks import RESOURCE, ROLE, asked, aws_env, done, equal, ok, poll, raises, sexton
from process import Server, data, scratch

server = Server('--dev', '--log', 'warn', '--dev-key',
                'guest:hush@210987654321').ready()
aws_env(server.url)
job = server.backup.start_backup_job(BackupVaultName='Default', ResourceArn=RESOURCE,
                                     IamRoleArn=ROLE)
poll(lambda: server.backup.describe_backup_job(BackupJobId=job['BackupJobId'])['State']
     == 'COMPLETED', 'there is a backup')
server.backup.delete_recovery_point(BackupVaultName='Default',
                                    RecoveryPointArn=job['RecoveryPointArn'])
poll(lambda: asked('certificate', 'export').stdout, 'the log of certificates is signed')
for name in ['first', 'second', 'third', 'fourth']:
    server.backup.create_backup_vault(BackupVaultName=name)
server.backup.delete_backup_vault(BackupVaultName='second')


def exported(after=0):
    lines = sexton('audit', 'export', '--after', str(after)).splitlines()
    return [json.loads(line) for line in lines]


def number(record):
    return record['serviceEventDetails']['eventNumber']


def client(service, **more):
    return boto3.client(service, endpoint_url=server.url, region_name='us-east-1', **more)


# While it runs, the server hands it out.
running = exported()
sexton('audit', 'verify')
last = number(running[-1])
point = 'arn:aws:ec2:us-east-1::snapshot/snap-0123456789abcdef0'
backup, iam, sts, fsx = client('backup'), client('iam'), client('sts'), client('fsx')
alibaba = Signer(server.url, 'test', 'test')
source = 'arn:aws:fsx:us-east-1:123456789012:file-system/fs-0123456789abcdef0'


def remove_source():
    words = ['source', 'remove', source, '--endpoint-url', server.url]
    ended = subprocess.run([os.environ['SEXTON_BIN'], *words], capture_output=True, text=True,
                           env={it: os.environ[it] for it in os.environ if it != 'SEXTON_DATA'})
    equal(ended.returncode, 5, 'the API of the server refuses')


def unread(method, path):
    """A request to the server's own API, with a body that cannot be read."""
    url = f'{server.url}/_sexton/v1/{path}'
    data = None if method == 'GET' else b'{'
    request = AWSRequest(method, url, data=data)
    SigV4Auth(Credentials('test', 'test'), 'sexton', 'us-east-1').add_auth(request)
    request = urllib.request.Request(url, data, dict(request.headers), method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.read()
    except urllib.error.HTTPError as error:
        equal(error.code, 400, f'{method} {path} is refused')


def refused_by_rds():
    answer = alibaba.ask('DeleteBackup', DBInstanceId='rm-none', BackupId='1,2')
    ok(answer.status >= 400, 'RDS refuses', answer)


# Each call, what is refused of it, and the error that stands in the trail; nothing if the call is
# answered and nothing is changed.
CALLS = [
    ('backup.amazonaws.com', 'DeleteRecoveryPoint', 'ResourceNotFoundException',
     lambda: backup.delete_recovery_point(BackupVaultName='third', RecoveryPointArn=point)),
    ('backup.amazonaws.com', 'CreateBackupVault', 'AlreadyExistsException',
     lambda: backup.create_backup_vault(BackupVaultName='third')),
    ('fsx.amazonaws.com', 'DeleteBackup', 'BackupNotFound',
     lambda: fsx.delete_backup(BackupId='backup-0123456789abcdef0')),
    ('iam.amazonaws.com', 'DeleteRole', 'NoSuchEntity',
     lambda: iam.delete_role(RoleName='nobody')),
    ('sts.amazonaws.com', 'AssumeRole', 'AccessDenied',
     lambda: sts.assume_role(RoleArn=ROLE, RoleSessionName='job')),
    ('sexton', 'RemoveSource', 'NotFound', remove_source),
    ('rds.aliyuncs.com', 'DeleteBackup', 'InvalidDBInstanceName.NotFound', refused_by_rds),
    # What cannot be read as the call that it says it is.
    ('backup.amazonaws.com', 'StopBackupJob', 'ResourceNotFoundException',
     lambda: backup.stop_backup_job(BackupJobId='nope')),
    ('backup.amazonaws.com', 'DeleteRecoveryPoint', 'InvalidParameterValueException',
     lambda: backup.delete_recovery_point(BackupVaultName='third', RecoveryPointArn='nonsense')),
    ('fsx.amazonaws.com', 'DeleteBackup', 'BadRequest', lambda: fsx.delete_backup(BackupId='x' * 12)),
    ('iam.amazonaws.com', 'CreateRole', 'InvalidInput',
     lambda: iam.create_role(RoleName='r', AssumeRolePolicyDocument='{}',
                             Tags=[{'Key': 'aws:a', 'Value': 'b'}])),
    ('iam.amazonaws.com', 'DeleteRole', 'ValidationError', lambda: iam.delete_role(RoleName='a b')),
    ('iam.amazonaws.com', 'CreateUser', 'InvalidAction', lambda: iam.create_user(UserName='a')),
    ('sts.amazonaws.com', 'AssumeRole', 'ValidationError',
     lambda: sts.assume_role(RoleArn=ROLE, RoleSessionName='job', SerialNumber='123456789',
                             TokenCode='123456')),
    ('sexton', 'AddKey', 'InvalidRequest', lambda: unread('POST', 'keys')),
    ('sexton', 'ChangeUser', 'InvalidRequest', lambda: unread('PATCH', 'users/ann')),
]
for service, name, error, call in CALLS:
    if service.endswith('.amazonaws.com'):
        raises(call, error, f'{name} is refused')
    else:
        call()
    told = exported(last)
    equal([(it['eventSource'], it['eventName'], it.get('errorCode')) for it in told],
          [(service, name, error)], f'the trail has one event of it ({name})')
    last = number(told[-1])
    equal((told[0]['eventType'], told[0]['sourceIPAddress'], told[0]['userIdentity']['type'],
           told[0]['userIdentity']['principalId'], told[0]['userIdentity']['accessKeyId'],
           bool(told[0]['errorMessage']), len(told[0]['requestID'])),
          ('AwsApiCall', '127.0.0.1', 'Root', '123456789012', 'test', True, 36),
          'with all that is known of it')

equal([it['resources'][0]['ARN'].split('/')[1:] for it in exported()
       if it['eventSource'] == 'rds.aliyuncs.com'], [['rm-none', 'backup', '1,2']],
      'which sets were to be deleted')

# What only reads leaves nothing, and so does what nobody signed.
server.backup.list_backup_vaults()
raises(lambda: server.backup.describe_recovery_point(BackupVaultName='third',
                                                     RecoveryPointArn=point),
       'ResourceNotFoundException', 'a point that is not there is not shown')
raises(lambda: client('backup', aws_access_key_id='x', aws_secret_access_key='y')
       .delete_backup_vault(BackupVaultName='third'), 'UnrecognizedClientException',
       'a stranger is not let in')
equal(exported(last), [], 'neither is told')

# One that decides is told by what it decided, and by which request.
vault_arn = 'arn:aws:backup:us-east-1:123456789012:backup-vault:third'
answer = backup.tag_resource(ResourceArn=vault_arn, Tags={'a': 'b'})
told = exported(last)
equal([(it['eventName'], it['requestID'], it['userIdentity']['accessKeyId']) for it in told],
      [('VaultTagged', answer['ResponseMetadata']['RequestId'], 'test')], 'a tag is told once')

# Tags are told by their keys; their values may be private.
backup.tag_resource(ResourceArn=vault_arn, Tags={'a': 'hush', 'c': 'hush'})
backup.untag_resource(ResourceArn=vault_arn, TagKeyList=['a', 'none'])
iam.create_role(RoleName='tagged', AssumeRolePolicyDocument=json.dumps({
    'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': 'sts:AssumeRole',
                                            'Principal': {'Service': 'backup.amazonaws.com'}}]}),
                Tags=[{'Key': 'team', 'Value': 'hush'}])
iam.tag_role(RoleName='tagged', Tags=[{'Key': 'stage', 'Value': 'hush'}])
iam.untag_role(RoleName='tagged', TagKeys=['team'])
iam.delete_role(RoleName='tagged')
plan = backup.create_backup_plan(BackupPlan={'BackupPlanName': 'tagged', 'Rules': [
    {'RuleName': 'r', 'TargetBackupVaultName': 'third'}]})
backup.tag_resource(ResourceArn=plan['BackupPlanArn'], Tags={'stage': 'hush'})
changes = exported(number(told[-1]))
equal([(it['eventName'], it['serviceEventDetails'].get('call'),
        it['serviceEventDetails'].get('tags')) for it in changes],
      [('VaultTagged', None, {'put': ['a', 'c']}), ('VaultTagged', None, {'removed': ['a']}),
       ('RoleChanged', 'CreateRole', {'put': ['team']}),
       ('RoleChanged', 'TagRole', {'put': ['stage']}),
       ('RoleChanged', 'UntagRole', {'removed': ['team']}),
       ('RoleChanged', 'DeleteRole', None), ('PlanChanged', None, None),
       ('PlanChanged', None, {'put': ['stage']})], 'which tags a call changed is told')
ok('hush' not in json.dumps(changes), 'and no value of any', changes)

# Whoever takes on a role is told of before they have its keys.
trust = {'Version': '2012-10-17', 'Statement': [{
    'Effect': 'Allow', 'Action': 'sts:AssumeRole', 'Principal': {'AWS': '123456789012'}}]}
iam.create_role(RoleName='sweeper', AssumeRolePolicyDocument=json.dumps(trust))
policy = os.path.join(scratch, 'take.json')
with open(policy, 'w') as file:
    json.dump({'Version': '2012-10-17', 'Statement': [
        {'Effect': 'Allow', 'Action': 'sts:AssumeRole', 'Resource': '*'}]}, file)
sexton('user', 'add', 'ann', '--policy', policy)
made = asked('key', 'add', 'ann').stdout.splitlines()
keys = dict(line.split(' = ') for line in made if ' = ' in line)
keys = {it: keys[it] for it in ['aws_access_key_id', 'aws_secret_access_key']}
sexton('key', 'enable', keys['aws_access_key_id'])
told = exported(last)
equal([(it['eventName'], it.get('errorCode')) for it in told][-2:],
      [('UserChanged', None), ('ChangeKey', None)], 'a call that found nothing to change is told')
last = number(told[-1])
assumed = client('sts', **keys).assume_role(
    RoleArn='arn:aws:iam::123456789012:role/sweeper', RoleSessionName='job-7')['Credentials']
told = exported(last)
details = told[0]['serviceEventDetails']
equal((len(told), told[0]['eventName'], details['role'], details['session'], details['key'],
       told[0]['userIdentity']['userName'], told[0]['userIdentity']['principalId'][:4]),
      (1, 'RoleAssumed', 'arn:aws:iam::123456789012:role/sweeper', 'job-7',
       assumed['AccessKeyId'], 'ann', 'AIDA'), 'who took it on, with which key')
session = client('backup', aws_access_key_id=assumed['AccessKeyId'],
                 aws_secret_access_key=assumed['SecretAccessKey'],
                 aws_session_token=assumed['SessionToken'])
raises(lambda: session.delete_backup_vault(BackupVaultName='third'), 'AccessDeniedException',
       'a session that nothing lets delete')
told = exported(number(told[-1]))
equal([(it['eventName'], it['errorCode'], it['userIdentity']['type'],
        it['userIdentity']['accessKeyId']) for it in told],
      [('DeleteBackupVault', 'AccessDeniedException', 'AssumedRole', assumed['AccessKeyId'])],
      'is told with its key')
last = number(told[-1])

# A trail with long events is read page by page: a hold of a thousand names has 600 KB.
names = [f'arn:aws:ec2:us-east-1:123456789012:volume/{it:06}' + 'x' * 600 for it in range(1000)]
for _ in range(8):
    hold = backup.create_legal_hold(Title='t', Description='d', RecoveryPointSelection={
        'ResourceIdentifiers': names})['LegalHoldId']
    backup.cancel_legal_hold(LegalHoldId=hold, CancelDescription='d')
page = unread('GET', f'trail?from={last}')
ok(len(page) < 6 << 20, 'an answer has some megabytes, however long events are', len(page))
names = [it['eventName'] for it in exported(last)]
equal((names.count('HoldPlaced'), names.count('HoldCancelled')), (8, 8), 'and all of them come')
last = number(exported(last)[-1])

# A guest of the server is shown none of it, though it may be told of them.
guest = {'AWS_ACCESS_KEY_ID': 'guest', 'AWS_SECRET_ACCESS_KEY': 'hush',
         'AWS_ENDPOINT_URL': server.url}
for words in [['verify'], ['tail'], ['export']]:
    ended = subprocess.run(
        [os.environ['SEXTON_BIN'], 'audit', *words, '--endpoint-url', server.url],
        env={**{it: os.environ[it] for it in os.environ if it != 'SEXTON_DATA'}, **guest},
        capture_output=True, text=True, cwd=scratch)
    ok(ended.returncode == 5 and 'guest' in ended.stderr and not ended.stdout,
       f'a guest is refused {words[0]}', ended)
last = number(exported(last)[-1]) if exported(last) else last

# Followed while it grows.
follower = subprocess.Popen(
    [os.environ['SEXTON_BIN'], 'audit', 'tail', '-n', '1', '--follow', '--data', data],
    stdout=subprocess.PIPE, text=True)
late = threading.Timer(300, follower.kill)
late.start()
first = follower.stdout.readline().split('\t')
equal(int(first[0]), last, 'it begins with the last one')
server.backup.create_backup_vault(BackupVaultName='fifth')
equal(json.loads(follower.stdout.readline().split('\t')[4]),
      {'event': 'vault_created', 'vault': 'fifth'}, 'and goes on with what comes')
follower.send_signal(signal.SIGINT)
equal(follower.wait(), -signal.SIGINT, 'until it is interrupted')
late.cancel()
follower.stdout.close()
last += 1

# Whoever asks again and again is counted: nobody fills the trail with what is refused.
CALLERS, EACH = 8, 150
problems = []


def ask():
    asking = client('backup')
    for _ in range(EACH):
        try:
            asking.delete_recovery_point(BackupVaultName='third', RecoveryPointArn=point)
            problems.append('deleted')
        except asking.exceptions.ResourceNotFoundException:
            pass
        except Exception as error:
            problems.append(error)


began = time.monotonic()
threads = [threading.Thread(target=ask) for _ in range(CALLERS)]
for it in threads:
    it.start()
for it in threads:
    it.join()
seconds = time.monotonic() - began
equal(problems, [], 'every one is refused')
backup.create_backup_vault(BackupVaultName='sixth')
equal(server.end(signal.SIGTERM), 0, 'the server ends')
told = exported(last)
names = [it['eventName'] for it in told]
one_by_one = names.count('DeleteRecoveryPoint')
together = sum(it['serviceEventDetails']['calls']['backup:DeleteRecoveryPoint'] for it in told
               if it['eventName'] == 'CalledMore')
equal(one_by_one + together, CALLERS * EACH, 'each of them is told, or counted')
ok(one_by_one <= 1000 + seconds + 1, 'and those one by one are bounded', (one_by_one, seconds))
ok(together > 0 or seconds > 150, 'so that some are counted', seconds)
refused = asked('audit', 'tail', '--follow')
ok(refused.returncode == 2 and 'stopped' in refused.stderr, 'a stopped server is not followed')

# As it is.
whole = sexton('audit', 'verify')
records = exported()
count = len(records)
ok(whole.startswith(f'{count} events, the last with hash '), 'the trail is whole', whole)
head = whole.split()[-1]
equal([it['serviceEventDetails']['eventNumber'] for it in records], list(range(1, count + 1)),
      'every event is exported')
equal(records[:len(running)], running, 'those that the server handed out are the same')
last = next(it for it in reversed(records) if it['eventName'] == 'VaultDeleted')
equal(last['serviceEventDetails']['vault'], 'second', 'the last one too')
equal(records[-1]['serviceEventDetails']['eventHash'], head, 'its hash is the head of the trail')
equal((last['userIdentity']['type'], last['userIdentity']['arn'], last['awsRegion'],
       last['recipientAccountId']),
      ('Root', 'arn:aws:iam::123456789012:root', 'us-east-1', '123456789012'), 'who, and where')
equal(len({it['eventID'] for it in records}), count, 'no two have the same id')
tail = [line.split('\t') for line in sexton('audit', 'tail', '-n', '2').splitlines()]
equal([int(it[0]) for it in tail], [count - 1, count], 'the tail is the end')


def tampered(*statements, without=None, other=None):
    """What is found in a copy of the data folder to which this was done."""
    copy = os.path.join(scratch, 'copy')
    shutil.copytree(data, copy)
    with sqlite3.connect(os.path.join(copy, 'sexton.db')) as database:
        for it in statements:
            it(database) if callable(it) else database.execute(it)
    database.close()
    if without:
        os.remove(os.path.join(copy, without))
    if other:
        with open(os.path.join(copy, other), 'r+') as file:
            text = file.read()
            file.seek(0)
            file.write(text.swapcase())
    os.environ['SEXTON_DATA'] = copy
    ended = asked('audit', 'verify')
    os.environ['SEXTON_DATA'] = data
    shutil.rmtree(copy)
    return ended.returncode, ended.stdout.splitlines()[:-1]


at = count - 2
changed = 'event {} was changed or moved, or the one before it was, with its hash'
equal(tampered(), (0, []), 'a copy is whole')
equal(tampered(f"UPDATE events SET body = body || ' ' WHERE seq = {at}"),
      (3, [changed.format(at)]), 'an event that was changed')
equal(tampered(f'DELETE FROM events WHERE seq = {at}'), (3, [f'event {at} is missing']),
      'an event that was removed')
equal(tampered('DELETE FROM events WHERE seq IN (2, 3)'), (3, ['events 2 to 3 are missing']),
      'two of them')
equal(tampered(f'UPDATE events SET seq = -1 WHERE seq = {at}',
               f'UPDATE events SET seq = {at} WHERE seq = {at + 1}',
               f'UPDATE events SET seq = {at + 1} WHERE seq = -1'),
      (3, [changed.format(at), changed.format(at + 1), changed.format(at + 2)]),
      'two that changed places')

# The newest checkpoint of the log of certificates speaks of the trail too.
with open(os.path.join(data, 'log-checkpoint')) as file:
    signed = next(int(it.split()[2]) for it in file if it.startswith('audit trail '))
ok(0 < signed < count, 'events are signed with certificates', (signed, count))
missing = f'events {signed - 1} to {signed} are missing'
equal(tampered(f'DELETE FROM events WHERE seq >= {signed - 1}'), (3, [missing]),
      'the end of what was signed is cut off')
for file in ['log-checkpoint', 'certificate-key', 'certificate-key.pub']:
    equal(tampered(without=file), (1, []), f'without {file} nobody knows what was signed')
equal(tampered(other='certificate-key.pub'), (1, []), "nor where the key is somebody else's")
for at in [0, -1]:
    row = f"INSERT INTO events SELECT {at}, body, hash FROM events WHERE seq = 1"
    equal(tampered(row), (1, []), f'an event that is numbered {at}')


def rewritten(first):
    """From this event on with other words, and every hash made anew."""
    def rewrite(database):
        rows = database.execute('SELECT seq, body, hash FROM events ORDER BY seq').fetchall()
        last = bytes(32)
        for seq, body, known in rows:
            if seq < first:
                last = known
                continue
            body += ' ' if seq == first else ''
            last = hashlib.sha256(last + body.encode()).digest()
            database.execute('UPDATE events SET body = ?, hash = ? WHERE seq = ?',
                             (body, last, seq))
    return rewrite


other = f'the first {signed} events are not those that were signed: they were written anew'
for first in [1, signed]:
    equal(tampered(rewritten(first)), (3, [other]), f'from event {first} on it was written anew')
equal(tampered(rewritten(signed + 1)), (0, []), 'what was signed is as it was')
done()
