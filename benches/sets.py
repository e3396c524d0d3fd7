#!/usr/bin/env python3
"""DeleteBackup of RDS with a hundred backup sets beside a hundred calls with one, on one server in
one run.

    cargo build --release && python3 benches/sets.py

Instances of a seed have sets of a generated payload, each with a key and a certificate of its own. They
are deleted in turns: a hundred with one call, a hundred with one call each over one connection, and the
same over 64 connections. Requests are signed while the time is taken: a signature with its nonce is part
of a call."""
import concurrent.futures
import http.client
import json
import shutil
import statistics
import sys
import time

import common

sys.path.insert(0, str(common.ROOT / 'tests/acceptance'))
from alibaba import Signer  # noqa: E402  (from the tests: signs beside the server's own code)

ROUNDS = common.number('SEXTON_BENCH_ROUNDS', 2)
BATCH = 100
CLIENTS = 64
TURNS = ['one call', 'a hundred calls', f'a hundred calls, {CLIENTS} connections']


class Caller:
    """One connection."""

    def __init__(self, server):
        self.signer = Signer(server.url)
        self.connection = http.client.HTTPConnection(self.signer.host)

    def ask(self, action, **parameters):
        method, target, headers, body = self.signer.v3(action, **parameters)
        self.connection.request(method, target, body, headers)
        answer = self.connection.getresponse()
        told = json.loads(answer.read())
        if answer.status != 200:
            sys.exit(f'{action}: {told}')
        return told


def deletable(caller, instance):
    """The sets of an instance that can be deleted, the oldest first."""
    found, page = [], 1
    while True:
        told = caller.ask('DescribeBackups', DBInstanceId=instance, PageSize=100, PageNumber=page)
        sets = told['Items']['Backup']
        found += [it['BackupId'] for it in sets if it['StoreStatus'] == 'Enabled']
        if len(sets) < 100:
            return sorted(found, key=int)
        page += 1


def timed(turn, callers, instance, ids):
    began = time.monotonic()
    if turn == TURNS[0]:
        callers[0].ask('DeleteBackup', DBInstanceId=instance, BackupId=','.join(ids))
    elif turn == TURNS[1]:
        for it in ids:
            callers[0].ask('DeleteBackup', DBInstanceId=instance, BackupId=it)
    else:
        def some(numbered):
            number, caller = numbered
            for it in ids[number::CLIENTS]:
                caller.ask('DeleteBackup', DBInstanceId=instance, BackupId=it)
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(some, enumerate(callers)))
    return time.monotonic() - began


folder = common.folder()
try:
    names = [f'rm-bench{number}' for number in range(ROUNDS)]
    seed = {'instances': [{'id': name, 'backup_sets': 340, 'retention_days': 730,
                           'log_retention_days': 7} for name in names]}
    (folder / 'seed.json').write_text(json.dumps(seed))
    took = {turn: [] for turn in TURNS}
    with common.Server(folder / 'data', '--dev', '--seed', folder / 'seed.json') as server:
        callers = [Caller(server) for _ in range(CLIENTS)]
        for instance in names:
            ids = deletable(callers[0], instance)
            for number, turn in enumerate(TURNS):
                part = ids[number * BATCH:(number + 1) * BATCH]
                assert len(part) == BATCH, len(part)
                took[turn].append(timed(turn, callers, instance, part))
    for turn, seconds in took.items():
        middle = statistics.median(seconds)
        each = ', '.join(f'{it * 1000:.1f}' for it in seconds)
        print(f'{turn:>34}: {middle * 1000:8.1f} ms for {BATCH} sets  (each: {each})')
finally:
    shutil.rmtree(folder, ignore_errors=True)
