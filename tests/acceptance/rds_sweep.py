#!/usr/bin/env python3
"""The sweep against a server that speaks RDS: both halves of the program, over both signatures.
usage: rds_sweep.py ENDPOINT_URL"""
import json
import os
import subprocess
import sys
import tempfile
import urllib.request

from checks import done, equal, ok

endpoint = sys.argv[1]
INSTANCE = 'rm-uf6wjk5xxxxxxx'
ENV = {'PATH': os.environ['PATH'], 'ALIBABA_CLOUD_ACCESS_KEY_ID': 'test',
       'ALIBABA_CLOUD_ACCESS_KEY_SECRET': 'test', 'ALIBABA_CLOUD_REGION_ID': 'cn-hangzhou'}


def sexton(command, *words, text=None, **variables):
    return subprocess.run([os.environ['SEXTON_BIN'], command, '--endpoint-url', endpoint, *words],
                          input=text, capture_output=True, text=True, env={**ENV, **variables})


def listed(*words):
    ran = sexton('list', '--service', 'apsara-rds', '-o', 'json', *words)
    ok(ran.returncode == 0, 'sexton list ' + ' '.join(words), ran.stderr)
    return json.loads(ran.stdout)['items']


sets = listed('--instance', INSTANCE)
equal(len(sets), 30, 'the instance has a month of sets')
ok('324909958' in [it['id'] for it in sets], 'one of them is that of the documentation')
equal({it['instance'] for it in listed()}, {INSTANCE}, 'every instance of the region is listed')
staying = {it['id'] for it in sets if it['protected_by']}
going = [it['id'] for it in sets if not it['protected_by']]
ok(staying and going, 'some can be deleted, and some cannot')

every = '\n'.join(it['id'] for it in sets)
ran = sexton('delete', '--instance', INSTANCE, '-n', '-o', 'json', '-', text=every)
looked = json.loads(ran.stdout)['items']
equal({it['id'] for it in looked if it['forecast'] == 'would_be_refused'}, staying,
      'a dry run tells those that stay')
reasons = [it['reason'] for it in looked if it['forecast'] == 'would_be_refused']
ok(all(it.startswith('too young: deletable from 20') for it in reasons), 'and from when on not',
   reasons)
equal(len(listed('--instance', INSTANCE)), 30, 'a dry run deletes nothing')

ran = sexton('delete', '--instance', INSTANCE, '-y', '--signature', 'v1', going[0])
equal(ran.returncode, 0, 'one goes with the first signature')
ran = sexton('delete', '--instance', INSTANCE, '-y', '-o', 'json', '-', text=every)
ok(ran.returncode == 3, 'the rest of the month is asked for together', ran.stderr)
ended = json.loads(ran.stdout)
equal(ended['account'], '123456789012', 'the account is told')
equal({it['id'] for it in ended['items'] if it['outcome'] == 'refused'}, staying,
      'those that are too young are refused')
equal(ended['totals']['gone'], len(going) - 1, 'all others are proven gone')
equal(ended['totals']['absent'], 1, 'and the first, which nobody saw in this run, is absent')
equal({it['id'] for it in listed('--instance', INSTANCE)}, staying, 'what stays is listed')

with tempfile.TemporaryDirectory() as folder:
    report = os.path.join(folder, 'report.json')
    stays = sorted(staying)[0]
    sexton('delete', '--instance', INSTANCE, '-n', '--report', report, stays)
    words = ['delete', '--instance', INSTANCE, '-n', '--after', report, stays]
    equal(sexton(*words).returncode, 0, 'a report is taken by the account that it is of')
    told = json.load(open(report))
    json.dump({**told, 'account': '210987654321'}, open(report, 'w'))
    ran = sexton(*words)
    ok(ran.returncode == 2 and 'it is of account 210987654321, and not 123456789012' in ran.stderr,
       'and by no other', ran.stderr)

ran = sexton('delete', '--instance', 'rm-nosuchinstance', '-y', '1')
ok(ran.returncode == 5 and 'DescribeDetachedBackups' in ran.stderr, 'no instance is an error',
   ran.stderr)
ran = sexton('delete', '--instance', INSTANCE, '-y', '1', ALIBABA_CLOUD_ACCESS_KEY_SECRET='hunter2')
ok(ran.returncode == 2 and 'hunter2' not in ran.stdout + ran.stderr,
   'a wrong secret is refused and not told', ran.stderr)

with urllib.request.urlopen(endpoint + '/metrics') as answer:
    metrics = answer.read().decode()
ok('sts:GetCallerIdentity' in metrics and 'undecoded' not in metrics,
   'the server understood every request of the sweep', metrics)

done()
