#!/usr/bin/env python3
"""`kill -9` at random moments under load: what was acknowledged is true afterwards.
usage: crash.py      env: SEXTON_BIN the program, SEXTON_SEED to repeat a run,
                     CRASH_SECONDS how long to go on (default 30)

What was asked for and not acknowledged may be either way. After every restart:
- no acknowledged deletion has come back, and each has a certificate that holds;
- every backup that was seen COMPLETED, and was not asked to be deleted, is there;
- every job has ended, and the blob folder holds exactly what a row names;
- the restore folder holds what completed restores have made, and nothing else.
In the end the backups that are left are restored and compared."""
import json
import os
import random
import shutil
import sqlite3
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError

from checks import ROLE, asked, done, equal, ok, sexton
import process
from process import data, scratch
import tree

VAULT, WORKERS, PAGE = 'Default', 6, 1000
seed = int(os.environ.get('SEXTON_SEED') or random.SystemRandom().randrange(1 << 32))
seconds = float(os.environ.get('CRASH_SECONDS', 30))
chance = random.Random(seed)
print(f'SEXTON_SEED={seed}', flush=True)


class Server(process.Server):
    """The server, and what this script asks it."""

    def __init__(self):
        super().__init__('--dev', '--log', 'warn')

    def metric(self, name):
        lines = self.get('/metrics').splitlines()
        return next(float(it.split()[-1]) for it in lines if it.startswith(f'sexton_{name} '))

    def certificate(self, arn):
        path = '/_sexton/v1/certificates/' + arn.replace(':', '%3A').replace('/', '%2F')
        request = AWSRequest('GET', self.url + path)
        SigV4Auth(Credentials('test', 'test'), 'sexton', 'us-east-1').add_auth(request)
        sent = urllib.request.Request(self.url + path, headers=dict(request.headers.items()))
        with urllib.request.urlopen(sent) as answer:
            return answer.read().decode()


class Acknowledged:
    """What clients were told."""

    def __init__(self):
        self.lock = threading.Lock()
        self.started = {}       # job -> point, not seen to end
        self.completed = set()  # points that were seen COMPLETED and not asked to go
        self.unknown = set()    # points whose deletion was asked for, without an answer
        self.deleted = set()    # points whose deletion was acknowledged
        self.certified = set()
        self.source = {}        # point -> the directory that it was made of
        self.wrong = []

    def take(self, dice):
        with self.lock:
            if not self.completed:
                return None
            point = dice.choice(sorted(self.completed))
            self.completed.discard(point)
            self.unknown.add(point)
            return point


def work(server, told, sources, dice, stop):
    while not stop.is_set():
        try:
            throw = dice.random()
            if throw < 0.5:
                back_up(server, told, sources, dice, stop)
            elif throw < 0.9:
                delete(server, told, told.take(dice))
            else:
                restore(server, told, dice)
        except (BotoCoreError, OSError):
            if server.child.poll() is not None:
                return
        except ClientError as error:
            told.wrong.append(str(error))


def back_up(server, told, sources, dice, stop):
    arn, path = dice.choice(sources)
    job = server.backup.start_backup_job(BackupVaultName=VAULT, ResourceArn=arn, IamRoleArn=ROLE)
    job, point = job['BackupJobId'], job['RecoveryPointArn']
    with told.lock:
        told.started[job] = point
        told.source[point] = path
    while not stop.is_set():
        found = server.backup.describe_backup_job(BackupJobId=job)
        if found['State'] == 'COMPLETED':
            with told.lock:
                del told.started[job]
                told.completed.add(point)
            return
        if found['State'] != 'RUNNING':
            told.wrong.append(found)
            return


def delete(server, told, point):
    if point is None:
        return
    try:
        server.backup.delete_recovery_point(BackupVaultName=VAULT, RecoveryPointArn=point)
    except ClientError as error:
        if error.response['Error']['Code'] != 'InvalidResourceStateException':
            raise
        with told.lock:  # a restore reads it: refused, nothing happened
            told.unknown.discard(point)
            told.completed.add(point)
        return
    with told.lock:
        told.unknown.discard(point)
        told.deleted.add(point)


def restore(server, told, dice):
    with told.lock:
        point = dice.choice(sorted(told.completed)) if told.completed else None
    if point is None:
        return
    try:
        server.backup.start_restore_job(RecoveryPointArn=point, Metadata={}, IamRoleArn=ROLE)
    except ClientError as error:
        # Another worker may have deleted it in the meantime.
        if error.response['Error']['Code'] not in ('ResourceNotFoundException',
                                                   'InvalidRequestException'):
            raise


def listed(server):
    pages = server.backup.get_paginator('list_recovery_points_by_backup_vault').paginate(
        BackupVaultName=VAULT, PaginationConfig={'PageSize': PAGE})
    return {it['RecoveryPointArn']: it['Status'] for page in pages for it in page['RecoveryPoints']}


def settle(server):
    """Waits until the eraser has nothing left to do, and no job runs."""
    end = time.monotonic() + 300
    while time.monotonic() < end:
        running = server.backup.list_restore_jobs(ByStatus='RUNNING')['RestoreJobs']
        if not running and server.metric('erasure_backlog') == 0:
            return True
        time.sleep(0.02)
    return False


def verify(server, told, when):
    found = listed(server)
    back = [it for it in told.deleted if found.get(it, 'DELETING') != 'DELETING']
    ok(not back, f'{when}: of {len(told.deleted)} acknowledged deletions none has come back', back)
    lost = [it for it in told.completed if found.get(it) != 'COMPLETED']
    ok(not lost, f'{when}: of {len(told.completed)} completed backups none is missing',
       [(it, found.get(it)) for it in lost])
    open_jobs = {}
    for job, point in list(told.started.items()):
        state = server.backup.describe_backup_job(BackupJobId=job)['State']
        if state == 'COMPLETED' and found.get(point) == 'COMPLETED':
            told.completed.add(point)
        elif state not in ('FAILED', 'ABORTED'):
            open_jobs[job] = (state, found.get(point))
    ok(not open_jobs, f'{when}: {len(told.started)} jobs have ended', open_jobs)
    told.started.clear()
    ok(settle(server), f'{when}: the erasures end')
    equal(server.metric('erasures_parked'), 0, f'{when}: none is parked')
    found = listed(server)
    ok(not told.deleted & set(found), f'{when}: what was deleted has left the list')
    for point in list(told.unknown):
        # Either way; from here on it is known.
        told.unknown.discard(point)
        (told.completed if point in found else told.deleted).add(point)
    extra = set(found) - told.completed - set(told.source)
    equal(set(found.values()) - {'COMPLETED'}, set(), f'{when}: all the others are COMPLETED')
    print(f'       {len(found)} points, {len(extra)} of which nobody was told')
    compare_blobs(when)
    compare_restores(server, when)
    roots = open(os.path.join(data, 'root-key'), 'rb').read()
    equal(sum(roots[at:at + 6] == b'SXROOT' for at in (0, 4096)), 1, f'{when}: one root is left')
    certificates(server, told, when)
    equal(told.wrong, [], f'{when}: no answer was out of place')


def compare_blobs(when):
    """The folder and the rows name the same backups."""
    database = sqlite3.connect(f'file:{data}/sexton.db?mode=ro', uri=True)
    # A body is JSON after one digit, the version of its form.
    rows = {json.loads(body[1:])['objects']
            for (body,) in database.execute('SELECT body FROM backups')}
    check = database.execute('PRAGMA integrity_check').fetchone()[0]
    database.close()
    equal(check, 'ok', f'{when}: the database is whole')
    blobs = os.path.join(data, 'blobs')
    found = {}
    for shard in os.listdir(blobs):
        if shard == 'sexton-store':
            continue
        for name in os.listdir(os.path.join(blobs, shard)):
            path = os.path.join(blobs, shard, name)
            found[name] = os.listdir(path) if os.path.isdir(path) else ['manifest']
    left = {name: files for name, files in found.items() if name not in rows}
    ok(not left, f'{when}: no blob is left behind that no row names', left)
    bare = {name for name in rows if not found.get(name)}
    ok(not bare, f'{when}: no row is without its blobs', bare)


def compare_restores(server, when):
    """A restore that failed leaves nothing; one that completed left its directory."""
    pages = server.backup.get_paginator('list_restore_jobs').paginate()
    jobs = {it['RestoreJobId']: it['Status'] for page in pages for it in page['RestoreJobs']}
    made = {job for job, status in jobs.items() if status == 'COMPLETED'}
    equal(set(os.listdir(os.path.join(data, 'restores'))), made,
          f'{when}: of {len(jobs)} restores exactly the {len(made)} completed ones are there')


def certificates(server, told, when):
    def holds(point):
        try:
            document = server.certificate(point)
        except OSError as error:
            return f'{point}: {error}'
        ended = asked('certificate', 'verify', '-', given=document)
        good = ended.returncode == 0 and point in ended.stdout
        return None if good else f'{point}: {ended.stderr}'
    fresh = sorted(told.deleted - told.certified)
    with ThreadPoolExecutor(4) as pool:
        wrong = [it for it in pool.map(holds, fresh) if it]
    told.certified |= set(fresh)
    ok(not wrong, f'{when}: {len(fresh)} certificates hold', wrong[:5])


def restore_all(server, told):
    looks = {path: tree.look(path) for path in set(told.source.values())}
    wrong, points = [], sorted(told.completed)
    chance.shuffle(points)
    points = points[:150]
    for point in points:
        job = server.backup.start_restore_job(RecoveryPointArn=point, Metadata={},
                                              IamRoleArn=ROLE)['RestoreJobId']
        while True:
            ended = server.backup.describe_restore_job(RestoreJobId=job)
            if ended['Status'] not in ('PENDING', 'RUNNING'):
                break
        target = os.path.join(data, 'restores', job)
        if ended['Status'] != 'COMPLETED':
            wrong.append(ended)
        elif tree.differences(looks[told.source[point]], tree.look(target)):
            wrong.append(point)
        shutil.rmtree(target, ignore_errors=True)
    ok(not wrong, f'in the end {len(points)} backups are restored as they were', wrong)


def run():
    told, sources = Acknowledged(), []
    for name, size in [('small', 3000), ('large', 700_000)]:
        path = os.path.join(scratch, name)
        os.makedirs(os.path.join(path, 'folder'))
        for file in ('one', 'folder/two'):
            open(os.path.join(path, file), 'wb').write(chance.randbytes(size))
        sources.append(path)
    server = Server().ready()
    for at, path in enumerate(sources):
        arn = sexton('source', 'add', '--type', 'fsx', '--path', path).strip()
        sources[at] = (arn, path)
    def enough():
        return len(told.deleted) > 20 and round_ > 2

    began, round_ = time.monotonic(), 0
    while (lasted := time.monotonic() - began) < seconds or not enough():
        # A busy machine takes longer to have something to lose.
        if lasted > 20 * seconds:
            break
        round_ += 1
        stop = threading.Event()
        dice = [random.Random(f'{seed} {round_} {it}') for it in range(WORKERS)]
        threads = [threading.Thread(target=work, args=(server, told, sources, it, stop))
                   for it in dice]
        for thread in threads:
            thread.start()
        time.sleep(chance.uniform(0.1, 2.0))
        server.end()
        stop.set()
        for thread in threads:
            thread.join()
        for _ in range(chance.choice([0, 0, 1, 2])):
            # The recovery itself is interrupted, too.
            server = Server()
            time.sleep(chance.uniform(0.0, 0.15))
            server.end()
        server = Server().ready()
        verify(server, told, f'round {round_}')
    restore_all(server, told)
    print(f'       {round_} crashes, {len(told.deleted)} deletions, {len(told.source)} backups')
    ok(enough(), 'there was something to lose')


run()
done()
