#!/usr/bin/env python3
"""A clock that jumps by a year deletes no backup until a person confirms it.
usage: clock.py      env: SEXTON_BIN the program

A server for tests lives a year ago: its clock is set back, and it makes backups that stay for a
day. Then a server of the usual kind goes on with its data folder. What its machine's clock shows
is a year after what was written last."""
import datetime
import json
import os
import signal
import urllib.request

from checks import RESOURCE, ROLE, asked, done, equal, ok, poll, sexton
import process
from process import data, log


class Server(process.Server):
    """The server, and what this script asks it."""

    def points(self):
        found = self.backup.list_recovery_points_by_backup_vault(BackupVaultName='Default')
        return {it['RecoveryPointArn']: it['Status'] for it in found['RecoveryPoints']}

    def back_up(self, **more):
        job = self.backup.start_backup_job(BackupVaultName='Default', ResourceArn=RESOURCE,
                                           IamRoleArn=ROLE, **more)
        poll(lambda: self.backup.describe_backup_job(BackupJobId=job['BackupJobId'])['State']
             == 'COMPLETED', 'a backup is made')
        return job['RecoveryPointArn']


server = Server('--dev').ready()
# A world for tests begins with an instance of RDS in this region.
regions = ('--regions', 'cn-hangzhou')
year_ago = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=365)
body = json.dumps({'now': year_ago.strftime('%Y-%m-%dT%H:%M:%SZ')}).encode()
urllib.request.urlopen(urllib.request.Request(
    server.url + '/_sexton/dev/clock', body, {'Content-Type': 'application/json'})).close()
lasting = {server.back_up(Lifecycle={'DeleteAfterDays': 1}) for _ in range(3)}
kept = server.back_up()
equal(server.end(signal.SIGTERM), 0, 'the server stops')
os.remove(os.path.join(data, 'dev-world'))

all_there = {arn: 'COMPLETED' for arn in lasting | {kept}}
# Once more: a restart is no confirmation.
for _ in range(2):
    server = Server(*regions).ready()
    ok('the clock is not believed' in open(log).read(), 'the log says that the clock jumped')
    ok('the clock jumped by' in server.get('/readyz'), '/readyz says so')
    ok('sexton_clock_trusted 0' in server.get('/metrics'), '/metrics says so')
    shown = sexton('clock', 'show')
    ok('does not trust the clock: it jumped by 315' in shown, 'sexton clock show says so', shown)
    told = [line.split('\t')[0] for line in shown.splitlines()[:2]]
    ok(told == ["machine's clock", "server's time"], 'its lines have fields', shown)
    equal(server.points(), all_there, 'every backup is there')
    equal(server.end(signal.SIGTERM), 0, 'the server stops')
server = Server(*regions).ready()
equal(server.points(), all_there, 'every backup is there until the clock is confirmed')
shown = sexton('clock', 'confirm')
ok('trusted from now on' in shown, 'sexton clock confirm', shown)
poll(lambda: server.points() == {kept: 'COMPLETED'}, 'then those are gone that had a day')
for arn in lasting:
    text = poll(lambda: asked('certificate', arn).stdout, 'with a certificate')
    said = json.loads(json.loads(text)['statement'])
    equal(said['why'], 'lifecycle', 'which says why')
ok('sexton_clock_trusted 1' in server.get('/metrics'), 'the clock is believed')
done()
