#!/usr/bin/env python3
"""A deletion that waits for a legal hold: the hold with boto3, the request with `sexton delete
--when-released`, and the server killed between the end of the hold and the erasure.
usage: released.py      env: SEXTON_BIN the program"""
import json
import os
import subprocess

from checks import RESOURCE, ROLE, asked, aws_env, done, equal, ok, poll
import process
from process import scratch

VAULT = 'Default'


def start():
    server = process.Server('--dev', '--log', 'warn').ready()
    aws_env(server.url)
    return server


def back_up():
    job = server.backup.start_backup_job(BackupVaultName=VAULT, ResourceArn=RESOURCE,
                                         IamRoleArn=ROLE)
    poll(lambda: server.backup.describe_backup_job(BackupJobId=job['BackupJobId'])['State']
         == 'COMPLETED', 'a backup completes')
    return job['RecoveryPointArn']


def points():
    pages = server.backup.get_paginator('list_recovery_points_by_backup_vault')
    return {point['RecoveryPointArn'] for page in pages.paginate(BackupVaultName=VAULT)
            for point in page['RecoveryPoints']}


def run(*words):
    return subprocess.run([os.environ['SEXTON_BIN'], *words], capture_output=True, text=True)


def listed():
    ended = asked('erasure', 'list', '--output', 'json')
    return {row['arn']: row for row in json.loads(ended.stdout)['erasures']}


def delete(*arguments):
    report = os.path.join(scratch, 'report.json')
    ended = run('delete', '--vault', VAULT, '--yes', '--report', report, *arguments)
    with open(report) as file:
        document = json.load(file)
    return ended, document


server = start()
first, second, third = (back_up() for _ in range(3))
hold = server.backup.create_legal_hold(Title='case', Description='against us')['LegalHoldId']
ended, document = delete(first)
equal(ended.returncode, 5, 'under a hold a deletion is refused')
ended, document = delete('--when-released', first, second, third)
equal((ended.returncode, document['verdict']), (4, 'not_proven'), 'asked for is not gone')
equal((document['totals']['asked_for'], document['totals']['refused']), (3, 0), 'each is asked for')
ok(all(line.startswith('asked_for\t') for line in ended.stdout.splitlines()), 'and told so',
   ended.stdout)
item = document['items'][0]
ok(item['outcome'] == 'asked_for' and 'legal hold' in item['reason'] and item['until'],
   'with what keeps it, and until when', item)
rows = listed()
equal({arn: row['state'] for arn, row in rows.items()},
      dict.fromkeys([first, second, third], 'asked_for'), 'the list shows what waits')
equal(asked('erasure', 'withdraw', third).returncode, 0, 'one is withdrawn')
equal(asked('erasure', 'withdraw', third).returncode, 5, 'once')
equal(set(listed()), {first, second}, 'and waits no more')
equal(points(), {first, second, third}, 'nothing went')

# Killed while they wait: nothing is forgotten.
server.end()
server = start()
equal(set(listed()), {first, second}, 'a server that was killed forgets nothing')
# And between the end of the hold and the erasure.
server.backup.cancel_legal_hold(LegalHoldId=hold, CancelDescription='settled')
server.end()
server = start()
poll(lambda: points() == {third}, 'what was asked for goes once the hold is gone')


def certified(arn):
    ended = asked('certificate', arn)
    return ended.stdout if ended.returncode == 0 else None


for arn in [first, second]:
    text = poll(lambda: certified(arn), 'a certificate comes')
    statement = json.loads(json.loads(text)['statement'])
    ok(statement['asked'] < statement['decided'], 'that says when it was asked for', statement)
    equal(statement['asked'], rows[arn]['since'], 'as the list did')
equal(listed(), {}, 'nothing waits')
ended, document = delete('--when-released', third)
equal((ended.returncode, document['verdict']), (0, 'all_gone'), 'what nothing keeps goes at once')

# AWS Backup keeps no requests: that is said before anything is deleted.
aws_env('')
del os.environ['AWS_ENDPOINT_URL']
ended = run('delete', '--vault', VAULT, '--yes', '--when-released', third)
ok(ended.returncode == 2 and 'AWS Backup cannot keep' in ended.stderr, 'AWS keeps no requests',
   ended.stderr)
server.end()
done()
