#!/usr/bin/env python3
"""A clock that jumps by a year deletes no backup until a person confirms it.
usage: clock.py      env: SEXTON_BIN the program

A server for tests lives a year ago: its clock is set back, and it makes backups that stay for a
day. Then a server of the usual kind goes on with its data folder. What its machine's clock shows
is a year after what was written last."""
import datetime
import json
import os
import shutil
import signal
import subprocess
import tempfile
import urllib.request

from checks import RESOURCE, ROLE, aws_env, done, equal, ok, poll

program = os.environ['SEXTON_BIN']
aws_env('')
import boto3  # noqa: E402  (after the environment)

scratch = tempfile.mkdtemp(prefix='sexton-clock-')
data, log = os.path.join(scratch, 'data'), os.path.join(scratch, 'log')


class Server:
    """The real program, until it is stopped."""

    def __init__(self, *arguments):
        with open(log, 'ab') as err:
            self.child = subprocess.Popen(
                [program, 'serve', '--data', data, '--listen', '127.0.0.1:0', *arguments],
                stdout=subprocess.PIPE, stderr=err, cwd=scratch)
        if not self.child.stdout.readline():
            raise SystemExit('the server does not start:\n' + open(log).read()[-4000:])
        profile = dict(line.split(' = ', 1) for line in
                       open(os.path.join(data, 'aws-profile')).read().splitlines()
                       if ' = ' in line)
        self.url = profile['endpoint_url']
        self.backup = boto3.client('backup', endpoint_url=self.url,
                                   aws_access_key_id=profile['aws_access_key_id'],
                                   aws_secret_access_key=profile['aws_secret_access_key'])

    def stop(self):
        self.child.send_signal(signal.SIGTERM)
        equal(self.child.wait(), 0, 'the server stops')
        self.child.stdout.close()

    def get(self, path):
        with urllib.request.urlopen(self.url + path) as answer:
            return answer.read().decode()

    def points(self):
        found = self.backup.list_recovery_points_by_backup_vault(BackupVaultName='Default')
        return {it['RecoveryPointArn']: it['Status'] for it in found['RecoveryPoints']}

    def back_up(self, **more):
        job = self.backup.start_backup_job(BackupVaultName='Default', ResourceArn=RESOURCE,
                                           IamRoleArn=ROLE, **more)
        poll(lambda: self.backup.describe_backup_job(BackupJobId=job['BackupJobId'])['State']
             == 'COMPLETED', 'a backup is made')
        return job['RecoveryPointArn']


def sexton(*words):
    ended = subprocess.run([program, *words, '--data', data], capture_output=True, text=True)
    equal(ended.returncode, 0, f'sexton {" ".join(words[:2])}')
    return ended.stdout


def run():
    server = Server('--dev')
    year_ago = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=365)
    body = json.dumps({'now': year_ago.strftime('%Y-%m-%dT%H:%M:%SZ')}).encode()
    urllib.request.urlopen(urllib.request.Request(
        server.url + '/_sexton/dev/clock', body, {'Content-Type': 'application/json'})).close()
    lasting = {server.back_up(Lifecycle={'DeleteAfterDays': 1}) for _ in range(3)}
    kept = server.back_up()
    server.stop()
    os.remove(os.path.join(data, 'dev-world'))

    all_there = {arn: 'COMPLETED' for arn in lasting | {kept}}
    # Once more: a restart is no confirmation.
    for _ in range(2):
        server = Server()
        ok('the clock is not believed' in open(log).read(), 'the log says that the clock jumped')
        ok('the clock jumped by' in server.get('/readyz'), '/readyz says so')
        ok('sexton_clock_trusted 0' in server.get('/metrics'), '/metrics says so')
        shown = sexton('clock', 'show')
        ok('not believed: it jumped by 315' in shown, 'sexton clock show says so', shown)
        told = [line.split('\t')[0] for line in shown.splitlines()[:2]]
        ok(told == ["machine's clock", "server's time"], 'its lines have fields', shown)
        equal(server.points(), all_there, 'every backup is there')
        server.stop()
    server = Server()
    equal(server.points(), all_there, 'every backup is there until the clock is confirmed')
    shown = sexton('clock', 'confirm')
    ok('believed from now on' in shown, 'sexton clock confirm', shown)
    poll(lambda: server.points() == {kept: 'COMPLETED'}, 'then those are gone that had a day')
    for arn in lasting:
        poll(lambda: subprocess.run([program, 'certificate', arn, '--data', data],
                                    capture_output=True).returncode == 0, 'with a certificate')
        said = json.loads(json.loads(sexton('certificate', arn))['statement'])
        equal(said['why'], 'lifecycle', 'which says why')
    ok('sexton_clock_trusted 1' in server.get('/metrics'), 'the clock is believed')
    return server


server = None
try:
    server = run()
finally:
    if server is not None:
        server.child.kill()
        server.child.wait()
    shutil.rmtree(scratch, ignore_errors=True)
done()
