#!/usr/bin/env python3
"""How calls of the package `sexton` behave: sessions, progress, the log, threads, `fork`, Ctrl-C.
usage: python_calls.py ENDPOINT_URL (run by python_package.py)"""
import asyncio
import collections.abc
import datetime
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import types
import urllib.request
import warnings

from checks import done, equal, ok, raises
from python_between import between, made_up, points, url, vault_with

import boto3
import botocore.session
import sexton
from botocore.credentials import RefreshableCredentials
from sexton import backup, fsx, rds

# A session whose temporary credentials expire in the middle of a run: the first are then refused.
vault, arns = vault_with(60)
seen = {'old': 0, 'new': 0}


def temporary():
    end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=5)
    return {'access_key': 'test' if seen['old'] < 10 else 'second', 'secret_key': 'test',
            'token': None, 'expiry_time': end.isoformat()}


def expiring(method, path, headers):
    key = 'new' if 'Credential=second/' in headers['Authorization'] else 'old'
    if key == 'old' and seen['new']:
        return 403, 'ExpiredTokenException'
    seen[key] += 1
    return 'pass'


inner = botocore.session.get_session()
inner._credentials = RefreshableCredentials.create_from_metadata(
    temporary(), refresh_using=temporary, method='assume-role')
session = boto3.Session(botocore_session=inner, region_name='us-east-1')
with between(expiring) as address:
    os.environ['AWS_ENDPOINT_URL_BACKUP'] = address
    equal(backup.delete_backups(backup_vault_name=vault, recovery_point_arns=arns,
                                session=session, rate=20, concurrency=1), [],
          'a run outlives the credentials of its session')
    del os.environ['AWS_ENDPOINT_URL_BACKUP']
ok(seen['old'] >= 10 and seen['new'] > 10, 'and goes on with the refreshed ones', seen)
vault, arns = vault_with(2)
equal(backup.delete_backups(backup_vault_name=vault, recovery_point_arns=arns[:1],
                            session=boto3.Session(region_name='us-east-1')), [],
      'a session of boto3')
keys = []


def counting(method, path, headers):
    keys.append('Credential=second/' in headers['Authorization'])
    return 'pass'


with between(counting) as address, tempfile.NamedTemporaryFile('w') as config:
    config.write('[profile there]\nregion = us-east-1\naws_access_key_id = second\n'
                 f'aws_secret_access_key = test\nendpoint_url = {address}\n')
    config.flush()
    before = dict(os.environ)
    os.environ['AWS_CONFIG_FILE'] = config.name
    for name in 'AWS_ENDPOINT_URL', 'AWS_DEFAULT_REGION', 'AWS_REGION':
        os.environ.pop(name, None)
    session = botocore.session.Session(profile='there')
    equal(backup.delete_backups(backup_vault_name=vault, recovery_point_arns=arns,
                                absent_ok=True, session=session), [],
          'a session of botocore')
    equal(len(list(backup.list_backups(backup_vault_name=vault, session=session))), 0,
          'which lists as well')
    os.environ.clear()
    os.environ.update(before)
ok(len(keys) > 3 and all(keys), 'its profile has region, address and credentials', keys)
raises(lambda: backup.delete_backups(backup_vault_name='v', recovery_point_arns=arns,
                                     session='default'), 'InvalidInputError',
       'what is no session', 'str is no session')
for call in (lambda: rds.delete_backups(db_instance_id='rm-1', backup_ids=['1'],
                                        session=boto3.Session()),
             lambda: rds.list_backups(session=boto3.Session())):
    raises(call, 'InvalidInputError', 'a session of AWS has no credentials of RDS',
           'ALIBABA_CLOUD_ACCESS_KEY_ID')

# Progress, the bar, the log.
vault, arns = vault_with(4)
told = []
logged = []


class Handler(logging.Handler):
    def emit(self, record):
        logged.append((record.name, record.levelname, record.getMessage()))


handler, logger = Handler(), logging.getLogger('sexton')
logger.addHandler(handler)
logger.setLevel(logging.INFO)
equal(backup.delete_backups(backup_vault_name=vault, recovery_point_arns=arns,
                            progress=told.append), [], 'with a progress')
stages = list(dict.fromkeys(it.stage for it in told))
equal(stages, ['looking', 'deleting', 'verifying'], 'which tells its stages one after the other')
for stage in stages:
    counts = [(it.done, it.total) for it in told if it.stage == stage]
    ok(counts == sorted(counts) and counts[0] == (0, 4) and counts[-1] == (4, 4),
       f'of which each begins and ends: {stage}', counts)
ok(any(it == ('sexton', 'INFO', f'{arns[0]} - gone: proven gone') for it in logged),
   'the log tells of each', logged)
ok(all(level != 'DEBUG' for _, level, _ in logged), 'and of nothing that nobody wants', logged)
logged.clear()
logger.setLevel(logging.ERROR)
vault, arns = vault_with(1)
backup.delete_backups(backup_vault_name=vault, recovery_point_arns=arns, debug=True)
ok({'DEBUG', 'INFO'} <= {level for _, level, _ in logged}, 'with debug=True of everything', logged)
equal(logger.level, logging.ERROR, 'and the level stays as it was')
logger.removeHandler(handler)
logger.setLevel(logging.NOTSET)
vault, arns = vault_with(1)
code = ('import sys; from sexton import backup; '
        f'backup.delete_backups(backup_vault_name={vault!r}, recovery_point_arns={arns!r}, '
        'debug=sys.argv[1] == "debug")')
for word, there in ('quiet', False), ('debug', True):
    ran = subprocess.run([sys.executable, '-c', code, word], capture_output=True, text=True)
    equal((ran.returncode, ran.stdout, arns[0] in ran.stderr), (0, '', there),
          f'where nobody handles the log, standard error has it with debug alone: {word}')


class Bar:
    """What is used of tqdm."""

    made = []

    def __init__(self, unit):
        self.made.append(self)
        self.total, self.count, self.closed, self.stages = None, 0, False, []

    def reset(self, total):
        self.total, self.count = total, 0

    def set_description(self, text):
        self.stages.append(text)

    def update(self, count):
        self.count += count

    def close(self):
        self.closed = True


vault, arns = vault_with(3)
sys.modules['tqdm'] = types.ModuleType('tqdm')
sys.modules['tqdm.auto'] = types.ModuleType('tqdm.auto')
sys.modules['tqdm.auto'].tqdm = Bar
backup.delete_backups(backup_vault_name=vault, recovery_point_arns=arns[:2], progress=True)
bar, = Bar.made
equal((bar.total, bar.count, bar.closed, bar.stages),
      (2, 2, True, ['looking', 'deleting', 'verifying']), 'progress=True shows a bar of tqdm')
sys.modules['tqdm'] = sys.modules['tqdm.auto'] = None
with warnings.catch_warnings(record=True) as warned:
    warnings.simplefilter('always')
    equal(backup.delete_backups(backup_vault_name=vault, recovery_point_arns=arns[2:],
                                progress=True), [], 'and works without it')
equal([(str(it.message), os.path.basename(it.filename)) for it in warned],
      [('progress=True shows no bar without tqdm: pip install tqdm', 'python_calls.py')],
      'with a warning that says what to install')
del sys.modules['tqdm'], sys.modules['tqdm.auto']

# A report is what pandas takes for rows: iterable, no sequence, no array; and each a dictionary.
vault, arns = vault_with(2)
report = backup.delete_backups(backup_vault_name=vault, recovery_point_arns=[*arns[:1], *arns[1:]],
                               detailed=True)
rows = list(report)
ok(isinstance(report, collections.abc.Iterable)
   and not isinstance(report, collections.abc.Sequence)
   and not any(hasattr(report, name) for name in ('__array__', '__dataframe__', 'keys')),
   'a report is iterable, and nothing that would be read in another way')
equal(([set(it) for it in rows], rows[0]['name'], rows[1]['outcome']),
      ([{'name', 'outcome', 'reason', 'way_out', 'code', 'obstacle', 'request_id', 'at', 'seen'}]
       * 2, arns[0], 'gone'), 'every row has the same columns')
ok('pandas' not in sys.modules, 'pandas is not imported')
equal(report.to_dict(), json.loads(report.to_json()), 'a dictionary and JSON say the same')

# A list is read in bounded memory, however long it is.
code = ('from sexton import backup; '
        'print(sum(1 for _ in backup.list_backups(backup_vault_name="listed")), '
        'open("/proc/self/status").read().partition("VmHWM:")[2].split()[0])')
with between(made_up(200_000)) as address:
    ran = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True,
                         env={**os.environ, 'AWS_ENDPOINT_URL': address})
count, kibibytes = (int(it) for it in ran.stdout.split() or (0, 0))
ok(count == 200_000 and kibibytes * 1024 < 150_000_000, 'a list of 200,000 takes less than 150 MB',
   (ran.stdout, ran.stderr))

# Threads: each waits with its first deletion until the others have sent theirs.
vaults = [vault_with(3) for _ in range(3)]
together = threading.Barrier(3)
first = {vault for vault, _ in vaults}
found = {}


def meeting(method, path, headers):
    if method == 'DELETE' and path.split('/')[2] in first:
        first.discard(path.split('/')[2])
        together.wait(timeout=120)
    return 'pass'


def delete(vault, arns, address):
    found[vault] = backup.delete_backups(backup_vault_name=vault, recovery_point_arns=arns,
                                         endpoint_url=address, concurrency=1)


with between(meeting) as address:
    threads = [threading.Thread(target=delete, args=(*one, address)) for one in vaults]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
equal((list(found.values()), together.broken), ([[], [], []], False),
      'threads call at the same time, and the interpreter is free meanwhile')
vault, arns = vault_with(5)
equal(asyncio.run(asyncio.to_thread(backup.delete_backups, backup_vault_name=vault,
                                    recovery_point_arns=arns[:1])), [], 'asyncio.to_thread')
listing = backup.list_backups(backup_vault_name=vault)
next(listing)
child = os.fork()
if child == 0:
    try:
        next(listing)
        os._exit(1)
    except sexton.SextonError as error:
        left = backup.delete_backups(backup_vault_name=vault, recovery_point_arns=arns[1:2])
        os._exit(0 if left == [] and 'before a fork' in str(error) else 2)
equal(os.waitpid(child, 0)[1], 0,
      'after fork calls work, and a list that was begun before says that it does not')
ok(len(list(listing)) >= 2, 'where it was begun it goes on')

# Ctrl-C: the first one finishes what is in flight.
vault, arns = vault_with(30)


def interrupt(progress):
    if progress.stage == 'deleting' and progress.done == 5:
        os.kill(os.getpid(), signal.SIGINT)


try:
    backup.delete_backups(backup_vault_name=vault, recovery_point_arns=arns, rate=10,
                          concurrency=1, progress=interrupt)
    ok(False, 'Ctrl-C raises KeyboardInterrupt')
except KeyboardInterrupt as interruption:
    report = interruption.report
    equal(report.verdict, 'interrupted', 'Ctrl-C raises KeyboardInterrupt with a report')
    gone = {it.name for it in report.items if it.gone}
    ok(len(gone) >= 5 and report.totals['unattempted'] > 0, 'of what was done', report)
    equal({it['RecoveryPointArn'] for it in points(vault)}, set(arns) - gone, 'which is true')

# The second one waits for nothing: not even for the answer that never comes.
vault, arns = vault_with(4)
answer, wanted = threading.Event(), []


def silent(method, path, headers):
    if method != 'DELETE':
        return 'pass'
    os.kill(os.getpid(), signal.SIGINT)
    answer.wait(timeout=120)
    return 503, 'ServiceUnavailableException'


def stop(number, frame):
    wanted.append(time.monotonic())
    if len(wanted) == 1:
        # A moment for the call to take note of the first.
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
    raise KeyboardInterrupt


usual = signal.signal(signal.SIGINT, stop)
with between(silent) as address:
    try:
        backup.delete_backups(backup_vault_name=vault, recovery_point_arns=arns, concurrency=1,
                              endpoint_url=address)
        ok(False, 'two of Ctrl-C raise KeyboardInterrupt')
    except KeyboardInterrupt as interruption:
        # After the first alone it waits ten seconds for an answer.
        ok(len(wanted) == 2 and time.monotonic() - wanted[1] < 8, 'the second Ctrl-C ends at once',
           wanted)
        totals = interruption.report.totals
        equal((totals['unknown'], totals['unattempted']), (1, 3),
              'nobody knows of what was in flight, and the report says so')
    answer.set()
signal.signal(signal.SIGINT, usual)
equal(len(points(vault)), 4, 'nothing was deleted')


def fail(progress):
    raise RuntimeError('no more')


raises(lambda: backup.delete_backups(backup_vault_name=vault, recovery_point_arns=arns,
                                     progress=fail), 'RuntimeError',
       'what a progress raises ends the call')
equal(len(points(vault)), 4, 'before anything is deleted, if it raises so early')
ok(list(fsx.list_backups()) is not None and urllib.request.urlopen(url + '/healthz').status == 200,
   'the server is well')
done()
