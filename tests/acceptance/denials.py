#!/usr/bin/env python3
"""What the policy of a vault denies to whoever runs `sexton delete`: it is told and not asked for,
if it is sure, and the server says the same of it. Users, and sessions of roles.
usage: denials.py      env: SEXTON_BIN the program"""
import configparser
import json
import os
import pathlib
import subprocess

import boto3
from checks import RESOURCE, ROLE, aws_env, done, equal, ok, poll, raises, sexton
from process import Server, scratch

ACCOUNT = '123456789012'
VAULT = {'BackupVaultName': 'Default'}
DELETES, WHO = 'DeleteRecoveryPoint', 'GetCallerIdentity'
ANN, CLEANER = f'arn:aws:iam::{ACCOUNT}:user/ann', f'arn:aws:iam::{ACCOUNT}:role/night/cleaner'


def document(**statement):
    return json.dumps({'Version': '2012-10-17', 'Statement': [statement]})


def user(name):
    """Makes a user of this name who may do everything, and gives their environment."""
    path = pathlib.Path(scratch) / 'all.json'
    path.write_text(document(Effect='Allow', Action='*', Resource='*'))
    sexton('user', 'add', name, '--policy', str(path))
    keys = configparser.ConfigParser()
    keys.read_string(sexton('key', 'add', name))
    return {word.upper(): keys[name][word]
            for word in ('aws_access_key_id', 'aws_secret_access_key')}


def back_up():
    job = server.backup.start_backup_job(**VAULT, ResourceArn=RESOURCE, IamRoleArn=ROLE)
    poll(lambda: server.backup.describe_backup_job(
        BackupJobId=job['BackupJobId'])['State'] == 'COMPLETED', 'there is a backup')
    return job['RecoveryPointArn']


def deny(**statement):
    server.backup.put_backup_vault_access_policy(**VAULT, Policy=document(
        **{'Effect': 'Deny', 'Action': ['backup:' + DELETES], 'Resource': '*', **statement}))


def delete(who, *words):
    """What became of it, as JSON, and the exit code."""
    environment = {**os.environ, **who}
    del environment['SEXTON_DATA']
    ended = subprocess.run([os.environ['SEXTON_BIN'], 'delete', '--vault', 'Default', '--yes',
                            '--output', 'json', *words], capture_output=True, text=True,
                           env=environment)
    return ended.returncode, json.loads(ended.stdout), ended.stderr


def asked(operation):
    """How often the server was asked for it, with whatever outcome."""
    lines = [line for line in server.get('/metrics').splitlines()
             if line.startswith('sexton_requests_total{') and f'"{operation}"' in line]
    return sum(float(line.rsplit(' ', 1)[1]) for line in lines)


def denied(who, point, whom, what, *words):
    before = asked(DELETES), asked(WHO)
    code, told, errors = delete(who, point, *words)
    item = told['items'][0]
    equal((code, item['outcome'], item.get('code'), item.get('obstacle')),
          (5, 'refused', 'DeniedByVaultPolicy', 'denied'), what)
    equal(item.get('message'), f'the access policy of the vault Default denies it to {whom}',
          'and it is told who is denied')
    equal((asked(DELETES), asked(WHO)), (before[0], before[1] + 1),
          'no deletion was asked for, and once who asks')
    ok('use another identity' in errors + json.dumps(told), 'there is a way out', errors)


server = Server('--dev', '--log', 'warn').ready()
aws_env(server.url)
ann, bob = user('ann'), user('bob')
first, second, third = back_up(), back_up(), back_up()

# A user whom the policy names.
deny(Principal={'AWS': ANN})
denied(ann, first, ANN, 'what the policy denies her she does not ask for')
# An address that is empty, as some set a variable to mean none, ended the program with a panic.
denied({**ann, 'AWS_ENDPOINT_URL_STS': ''}, first, ANN, 'an empty address of STS is none')
code, told, errors = delete(ann, first, '--dry-run')
item = told['items'][0]
equal((code, item['forecast'], item['obstacle']), (0, 'would_be_refused', 'denied'),
      'a dry run tells it')
ok(ANN in item['reason'], 'with her name', item)
raises(lambda: boto3.client(
    'backup', endpoint_url=server.url, region_name='us-east-1',
    **{name.lower(): text for name, text in ann.items()}).delete_recovery_point(
        **VAULT, RecoveryPointArn=first), 'AccessDeniedException', 'the server says the same',
       'explicit deny in a resource-based policy', status=403)
before = asked(DELETES)
code, told, errors = delete(bob, first)
equal((code, told['items'][0]['outcome'], asked(DELETES)), (0, 'gone', before + 1),
      'and whom it does not name asks for it')

# All but somebody, and a condition on a name.
deny(NotPrincipal={'AWS': f'arn:aws:iam::{ACCOUNT}:user/bob'})
denied(ann, second, ANN, 'nor what it denies to all but another')
deny(Principal='*', Condition={'StringLike': {'aws:username': 'a*'}})
denied(ann, second, ANN, 'nor what it denies to those of such a name')

# What is not sure is asked for: the server knows more.
deny(Principal={'AWS': ANN}, Condition={'Bool': {'aws:SecureTransport': 'false'}})
before = asked(DELETES), asked(WHO)
code, told, errors = delete(ann, second)
equal((code, told['items'][0]['code']), (5, 'AccessDeniedException'),
      'what a condition on the connection denies the server refuses')
equal((asked(DELETES), asked(WHO)), (before[0] + 1, before[1]),
      'which is asked for it, and for nobody')

# A session of a role that the policy names with its path.
iam = boto3.client('iam', endpoint_url=server.url, region_name='us-east-1',
                   aws_access_key_id='test', aws_secret_access_key='test')
trust = document(Effect='Allow', Action='sts:AssumeRole', Principal={'AWS': ANN})
iam.create_role(RoleName='cleaner', Path='/night/', AssumeRolePolicyDocument=trust)
iam.put_role_policy(RoleName='cleaner', PolicyName='all', PolicyDocument=document(
    Effect='Allow', Action='*', Resource='*'))
deny(Principal={'AWS': CLEANER})
denied(ann, second, f'arn:aws:sts::{ACCOUNT}:assumed-role/cleaner/sexton',
       'what it denies to a role its session does not ask for', '--role-arn', CLEANER)
denied({**ann, 'AWS_ENDPOINT_URL_STS': ''}, second,
       f'arn:aws:sts::{ACCOUNT}:assumed-role/cleaner/sexton',
       'and an empty address of STS is none for that either', '--role-arn', CLEANER)
code, told, errors = delete(ann, second)
equal((code, told['items'][0]['outcome']), (0, 'gone'), 'and she does by herself')

# What is not in the vault is not there, whatever the policy denies; a dry run says the same.
deny(Principal={'AWS': ANN})
before = asked(DELETES)
for words, word in [((), 'outcome'), (('--dry-run',), 'forecast')]:
    code, told, errors = delete(ann, second, third, *words)
    equal((code, [it[word] for it in told['items']]),
          (4, ['absent', 'would_be_refused']) if words else (3, ['absent', 'refused']),
          'what is gone is not denied')
equal(asked(DELETES), before, 'and nobody asks for it')

# Nobody waits for the end of a hold to be denied then.
hold = server.backup.create_legal_hold(Title='case', Description='d')['LegalHoldId']
code, told, errors = delete(ann, third, '--when-released')
item = told['items'][0]
equal((code, item['outcome'], item['obstacle']), (5, 'refused', 'denied'),
      'what is held and denied is not asked to be kept for the end of the hold')
ok(f'denies it to {ANN}; and the legal hold {hold}' in item['message'], 'both are named', item)
equal(json.loads(sexton('erasure', 'list', '--output', 'json'))['erasures'], [], 'nothing waits')
server.backup.cancel_legal_hold(LegalHoldId=hold, CancelDescription='d')

# A policy that she may not read is told, once.
path = pathlib.Path(scratch) / 'blind.json'
path.write_text(document(Effect='Deny', Action='backup:GetBackupVaultAccessPolicy', Resource='*'))
sexton('user', 'policy', 'bob', '--put', str(path))
code, told, errors = delete(bob, third, '--dry-run')
equal((code, errors.count('note: '), errors.count('permit backup:GetBackupVaultAccessPolicy')),
      (0, 1, 1), 'that the policy may not be read is told')

server.backup.delete_backup_vault_access_policy(**VAULT)
code, told, errors = delete(ann, third, '--role-arn', CLEANER)
equal((code, told['items'][0]['outcome']), (0, 'gone'), 'without a policy all is asked for')
done()
