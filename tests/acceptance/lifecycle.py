#!/usr/bin/env python3
"""Lifecycles with boto3, on a server whose clock is moved. usage: lifecycle.py ENDPOINT_URL
env: SEXTON_BIN the program, SEXTON_DATA the server's data folder"""
import datetime
import json
import uuid

from checks import EXPIRED_ROLE, ROLE, asked, done, equal, ok, poll, raises
import served
from served import back_up, metric, post

backup = served.client()
vault = 'v-' + uuid.uuid4().hex[:12]
key = {'BackupVaultName': vault}
backup.create_backup_vault(**key)
DAY = datetime.timedelta(days=1)


def made(days, role=ROLE):
    lifecycle = {'Lifecycle': {'DeleteAfterDays': days}} if days else {}
    return back_up(backup, vault, role=role, **lifecycle)['RecoveryPointArn']


def seen(arn):
    return backup.describe_recovery_point(**key, RecoveryPointArn=arn)


def listed():
    points = backup.list_recovery_points_by_backup_vault(**key)['RecoveryPoints']
    return {point['RecoveryPointArn']: point for point in points}


def certificate(arn):
    return json.loads(poll(lambda: asked('certificate', arn).stdout, 'there is a certificate'))


cold = back_up(backup, vault, Lifecycle={'MoveToColdStorageAfterDays': 2})['RecoveryPointArn']
equal(seen(cold)['StorageClass'], 'WARM', 'a point begins warm')
kept, short, long, stuck = made(None), made(1), made(3), made(1, EXPIRED_ROLE)
point = seen(short)
equal(point['Lifecycle'], {'DeleteAfterDays': 1}, 'the lifecycle is shown')
equal(point['CalculatedLifecycle'], {'DeleteAt': point['CreationDate'] + DAY}, 'and its end')
equal(listed()[short]['CalculatedLifecycle'], point['CalculatedLifecycle'], 'in listings too')
ok('CalculatedLifecycle' not in seen(kept), 'what stays has no end')

post('/_sexton/dev/clock', {'advance_seconds': 86400})
poll(lambda: short not in listed(), 'a day later it is gone')
raises(lambda: seen(short), 'ResourceNotFoundException', 'for everybody')
document = certificate(short)
said, by = json.loads(document['statement']), document['openings']['decided_by']['text']
equal((said['why'], by), ('lifecycle', 'sexton'), 'the certificate says why')
equal(set(said['protections_checked']),
      {'state_and_uses', 'vault', 'role', 'legal_holds', 'snapshots'},
      'what protects a point was looked at')
point = poll(lambda: (lambda it: it if it['Status'] == 'EXPIRED' else None)(seen(stuck)),
             'what its role cannot delete is EXPIRED')
ok('does not have permission' in point['StatusMessage'], 'and says why', point)
equal(metric('expiry_delay_seconds'), 0, 'nothing is late')
equal({arn: it['Status'] for arn, it in listed().items()},
      {kept: 'COMPLETED', long: 'COMPLETED', stuck: 'EXPIRED', cold: 'COMPLETED'},
      'the others stay')
equal(seen(cold)['StorageClass'], 'WARM', 'its day has not come')

post('/_sexton/dev/clock', {'advance_seconds': 2 * 86400})
poll(lambda: long not in listed(), 'another one has three days')
equal(json.loads(certificate(long)['statement'])['why'], 'lifecycle', 'and a certificate')
equal(set(listed()), {kept, stuck, cold}, 'what has no end stays')
equal((seen(cold)['StorageClass'], seen(kept)['StorageClass']), ('COLD', 'WARM'), 'one is cold now')


def change(**lifecycle):
    return backup.update_recovery_point_lifecycle(**key, RecoveryPointArn=cold, Lifecycle=lifecycle)


for days in ({}, {'MoveToColdStorageAfterDays': 30}):
    raises(lambda: change(**days), 'InvalidRequestException', 'and is not warmed again')
change(MoveToColdStorageAfterDays=2, DeleteAfterDays=92)
equal(back_up(backup, vault)['State'], 'COMPLETED', 'others begin warm')
backup.delete_recovery_point(**key, RecoveryPointArn=cold)
poll(lambda: cold not in listed(), 'what is cold is deleted as what is warm')
done()
