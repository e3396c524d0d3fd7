#!/usr/bin/env python3
"""ApsaraDB RDS at the door: who asks, when, once, and in which form. Both signatures are made here
by a second implementation. usage: rds_door.py"""
import os
import urllib.parse
import xml.etree.ElementTree as xml

from alibaba import Signer, Answer, stamp
from checks import done, equal, ok
from process import Server, data, log

ODD = "a b+*~/中'()!&=%\t\x01"
SECRETS = ['hunter2', 'correct-horse']
SIGNATURES = ['v1', 'v3']


def profile():
    with open(os.path.join(data, 'aws-profile')) as file:
        return dict(it.strip().split(' = ', 1) for it in file if ' = ' in it)


def signer(server, **changed):
    found = profile()
    given = {'key': found['aws_access_key_id'], 'secret': found['aws_secret_access_key'],
             **changed}
    return Signer(server.url, **given)


def refused(answer, status, code, what):
    good = isinstance(answer, Answer) and answer.status == status and answer.code == code
    ok(good, f'{what}: {status} {code}', answer)
    return answer.json


server = Server('--log', 'debug').ready()
ours = signer(server)

# Every way in which a client sends.
for what, answer in [
    ('V1 by GET', ours.send(ours.v1('DescribeRegions', 'GET'))),
    ('V1 by POST, in the query', ours.send(ours.v1('DescribeRegions'))),
    ('V1 by POST, in a form', ours.send(ours.v1('DescribeRegions', form=True))),
    ('V3 by POST', ours.ask('DescribeRegions')),
    ('V3 by GET', ours.send(ours.v3('DescribeRegions', 'GET'))),
    ('V3 with a form', ours.send(ours.v3('DescribeRegions', form={'AcceptLanguage': 'en-US'}))),
]:
    ok(answer.status == 200, what, answer)
    regions = answer.json['Regions']['RDSRegion']
    equal([it['RegionId'] for it in regions], ['us-east-1'], f'{what}: the regions served')
    equal(answer.json['RequestId'], answer.headers['x-amzn-requestid'].upper(),
          f'{what}: the id of the request is in upper case')
    equal(answer.headers['Content-Type'], 'application/json;charset=utf-8', f'{what}: JSON')
for what, format in [('without a format', None), ('as it is asked', 'xml')]:
    answer = ours.send(ours.v1('DescribeRegions', signed={'Format': format}))
    root = xml.fromstring(answer.body)
    equal((answer.status, root.tag), (200, 'DescribeRegionsResponse'), f'V1 {what}: XML')
    equal(root.findtext('Regions/RDSRegion/RegionId'), 'us-east-1', f'V1 {what}: with the region')
answer = ours.ask('DescribeRegions', Format='XML')
equal(answer.headers['Content-Type'], 'text/xml;charset=utf-8', 'V3 gets XML if it asks for it')

# Who asks.
for kind in SIGNATURES:
    def ask(who=ours, **how):
        return who.send(getattr(who, kind)('DescribeRegions', **how))

    thief = signer(server, secret='wrong')
    request = getattr(thief, kind)('DescribeRegions', AcceptLanguage=ODD)
    found = refused(thief.send(request), 400, 'SignatureDoesNotMatch', f'{kind}: a wrong secret')
    if kind == 'v3':
        ok(found['Message'].endswith(f' server StringToSign is [{thief.signed_v3}]'),
           'V3: what should have been signed is told as this script signed it', found)
    refused(ask(signer(server, key='AKIDNOBODY')), 404, 'InvalidAccessKeyId.NotFound',
            f'{kind}: an unknown key')
    ok(ask(AcceptLanguage=ODD).status == 200, f'{kind}: odd characters keep a signature valid')
    token = {'SecurityToken': 'tok'} if kind == 'v1' else {'x-acs-security-token': 'tok'}
    refused(ask(signed=token), 400, 'InvalidSecurityToken.MismatchWithAccessKey',
            f'{kind}: a token of a key that has none')
thief = signer(server, secret='wrong')
method, target, headers, body = thief.v1('DescribeRegions', AcceptLanguage=ODD)
answer = thief.send((method, target, headers, body))
parameters = dict(urllib.parse.parse_qsl(target[2:], keep_blank_values=True))
del parameters['Signature']
wanted = Signer.to_sign_v1('POST', parameters)
equal(answer.json['Message'].split(':', 1)[1], wanted,
      'V1: what should have been signed is told after the colon, as the SDKs read it')
refused(ours.send(ours.v1('DescribeRegions', sent={'AcceptLanguage': 'later'})), 400,
        'SignatureDoesNotMatch', 'V1: a parameter that was added')
method, target, headers, body = ours.v3('DescribeBackups', DBInstanceId='rm-1')
refused(ours.send((method, target.replace('rm-1', 'rm-2'), headers, body)), 400,
        'SignatureDoesNotMatch', 'V3: another instance than was signed')
refused(ours.send(ours.v3('DescribeRegions', sent={'x-acs-action': 'DeleteBackup'})), 400,
        'SignatureDoesNotMatch', 'V3: another action than was signed')
refused(ours.send(('GET', '/?Action=DescribeRegions&Version=2014-08-15&Format=JSON', {}, b'')),
        400, 'MissingAccessKeyId', 'no signature at all')
refused(ours.send(('GET', '/?Action=DescribeRegions&Version=2014-08-15&Format=JSON',
                   {'Authorization': 'Basic dGVzdDp0ZXN0'}, b'')), 400, 'IncompleteSignature',
        'another scheme')

# What is asked for.
refused(ours.ask('DeleteEverything'), 404, 'InvalidApi.NotFound', 'an action that RDS has not')
found = refused(ours.ask('DeleteDBInstance', DBInstanceId='rm-1'), 400, 'UnsupportedOperation',
                'an action that is not served')
ok('nothing was done' in found['Message'], 'it says so', found)
refused(ours.ask('DeleteBackup', BackupId='1'), 400, 'MissingDBInstanceId', 'no instance')
refused(ours.ask('DeleteBackup', DBInstanceId='rm-1'), 400, 'MissingBackupId', 'no backup set')
refused(ours.ask('DeleteBackup', DBInstanceId='rm-1', BackupId=''), 400,
        'ParameterLeastAssociate', 'an empty list of sets')
many = ','.join(str(number) for number in range(101))
refused(ours.send(ours.v1('DeleteBackup', form=True, DBInstanceId='rm-1', BackupId=many)), 400,
        'DeleteBackupSetNumExceed', '101 sets, in a form')
for action, status, code, more in [
    ('CreateBackup', 404, 'InvalidDBInstanceName.NotFound', {}),
    ('DeleteBackup', 404, 'InvalidDBInstanceName.NotFound', {'BackupId': '1'}),
    ('DescribeBackupPolicy', 404, 'InvalidDBInstanceName.NotFound', {}),
    ('DescribeBackupTasks', 404, 'InvalidDBInstanceName.NotFound', {}),
    ('DescribeBackups', 404, 'InvalidDBInstanceName.NotFound', {}),
    ('DescribeBinlogFiles', 404, 'InvalidDBInstance.NotFound',
     {'StartTime': '2026-11-27T00:00:00Z', 'EndTime': '2026-11-28T00:00:00Z'}),
    ('DescribeDBInstanceAttribute', 400, 'InvalidDBInstanceId.NotFound', {}),
    ('DescribeLogBackupFiles', 404, 'InvalidDBInstance.NotFound',
     {'StartTime': '2026-11-27T00:00Z', 'EndTime': '2026-11-28T00:00Z'}),
    ('ModifyBackupPolicy', 400, 'InvalidDBInstanceId.NotFound',
     {'BackupRetentionPeriod': '30', 'PreferredBackupPeriod': 'Monday,Friday',
      'PreferredBackupTime': '01:00Z-02:00Z'}),
]:
    refused(ours.ask(action, DBInstanceId='rm-nosuchinstance', **more), status, code,
            f'{action} of an instance that is not there')
found = ours.ask('DescribeDBInstances', RegionId='us-east-1').json
equal((found['TotalRecordCount'], found['Items']), (0, {'DBInstance': []}), 'there is none')
for region in ['eu-central-1', 'nowhere', '']:
    answer = ours.ask('DescribeDetachedBackups', RegionId=region, Region='us-east-1')
    equal((answer.status, answer.json['TotalRecordCount']), (200, '0'),
          f'a region that is not served, {region!r}, stands for the first')
for what, request in [
    ('PUT', ours.v3('DescribeRegions', 'PUT')),
    ('a parameter twice', ours.v3('DescribeRegions', form={'a': '1'}, a='1')),
    ('half of a percent sign', ('GET', '/?Version=2014-08-15&Format=JSON&a=%4', {}, b'')),
    ('no UTF-8', ('POST', '/?Version=2014-08-15&Format=JSON',
                  {'Content-Type': 'application/x-www-form-urlencoded'}, b'a=%ff')),
]:
    answer = ours.send(request)
    ok(answer.status == 400 and answer.code, f'{what} is refused: {answer.code}', answer)

# When they ask.
for seconds, served in [(-880, True), (880, True), (-920, False), (920, False)]:
    for kind, name in [('v1', 'Timestamp'), ('v3', 'x-acs-date')]:
        request = getattr(ours, kind)('DescribeRegions', signed={name: stamp(seconds)})
        answer = ours.send(request)
        if served:
            ok(answer.status == 200, f'{kind}: signed {seconds} seconds from now', answer)
        else:
            refused(answer, 400, 'InvalidTimeStamp.Expired', f'{kind}: {seconds} seconds off')
refused(ours.send(ours.v1('DescribeRegions', signed={'Timestamp': 'yesterday'})), 400,
        'InvalidTimeStamp.Format', 'V1: no time at all')

# How often.
sent = {}
for kind in SIGNATURES:
    for action, more, status in [('DescribeRegions', {}, 200), ('DeleteBackup', {
            'DBInstanceId': 'rm-nosuchinstance', 'BackupId': '1'}, 404)]:
        request = sent[kind, action] = getattr(ours, kind)(action, **more)
        equal(ours.send(request).status, status, f'{kind}: {action} is answered once')
        refused(ours.send(request), 400, 'SignatureNonceUsed', f'{kind}: {action} sent again')
stranger = signer(server, secret='wrong')
stolen = {'SignatureNonce': 'chosen'}
refused(stranger.send(stranger.v1('DescribeRegions', signed=stolen)), 400,
        'SignatureDoesNotMatch', 'a stranger who knows a nonce')
equal(ours.send(ours.v1('DescribeRegions', signed=stolen)).status, 200, 'has not used it up')
refused(ours.send(ours.v3('DescribeRegions', signed={'x-acs-signature-nonce': 'chosen'})), 400,
        'SignatureNonceUsed', 'it counts once for both signatures')
request = sent['killed', 'DeleteBackup'] = ours.v3(
    'DeleteBackup', DBInstanceId='rm-nosuchinstance', BackupId='2')
equal(ours.send(request).status, 404, 'a last call')
server.end()  # killed, at once after its answer
server = Server('--log', 'debug').ready()
ours = signer(server)
for (kind, action), (method, target, headers, body) in sent.items():
    if action == 'DeleteBackup' and 'host' not in headers:
        refused(ours.send((method, target, headers, body)), 400, 'SignatureNonceUsed',
                f'{kind}: {action} sent again to the next process')
# The address is another one, so V3 is signed anew with the old nonce.
for kind, action in sent:
    nonce = sent[kind, action][2].get('x-acs-signature-nonce')
    if action == 'DeleteBackup' and nonce:
        request = ours.v3('DescribeRegions', signed={'x-acs-signature-nonce': nonce})
        refused(ours.send(request), 400, 'SignatureNonceUsed', f'{kind}: its nonce, as well')
equal(server.end(15), 0, 'the server stops')
os.remove(os.path.join(data, 'nonces'))
server = Server('--log', 'debug').ready()
ours = signer(server)
found = refused(ours.ask('DescribeRegions'), 400, 'InvalidTimeStamp.Expired',
                'a server whose nonces are gone takes none for a quarter of an hour')
ok('not known any more' in found['Message'], 'and says why', found)
equal(server.backup.list_backup_vaults()['BackupVaultList'][0]['BackupVaultName'], 'Default',
      'AWS Backup is served meanwhile')

# What nobody reads later.
for secret in SECRETS:
    ours.ask('DescribeRegions', AccountPassword=secret)
    ours.send(ours.v1('ResetAccountPassword', form=True, AccountPassword=secret))
    ours.send(('POST', '/?Action=CreateAccount&Format=JSON', {
        'Content-Type': 'application/x-www-form-urlencoded'}, f'AccountPassword={secret}'.encode()))
metrics = server.get('/metrics')
# All of the log is there once the server has ended.
server.end(15)
with open(log) as file:
    logged = file.read()
found = [it for it in [*SECRETS, 'chosen', ODD] if it in logged]
equal(found, [], 'no value of a parameter is in the log but ids')
ok('rds:DeleteBackup' in logged, 'actions are', logged[-400:])
ok('operation="unauthenticated"' in metrics, 'refusals are counted')
done()
