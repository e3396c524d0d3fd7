#!/usr/bin/env python3
"""The actions of ApsaraDB RDS, closely: members, types and precision, pages and filters, policies,
tasks, refusals, and that no request is done twice. usage: rds.py ENDPOINT_URL"""
import re
import time
import xml.etree.ElementTree as xml

from alibaba import Signer, window_far_from_now
from checks import done, endpoint, equal, ok, poll
from served import post

INSTANCE, REGION = 'rm-uf6wjk5xxxxxxx', 'cn-hangzhou'
SECOND, MINUTE = r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ', r'\d{4}-\d\d-\d\dT\d\d:\d\dZ'
url = endpoint()
rds = Signer(url)


def call(action, status=200, **given):
    answer = rds.ask(action, **given)
    equal(answer.status, status, f'{action} answers {status}')
    return answer.json


def refused(action, status, code, what, **given):
    answer = rds.ask(action, **given)
    equal((answer.status, answer.code), (status, code), f'{action}: {what}: {code}')
    return answer.json


def sets(**given):
    return call('DescribeBackups', DBInstanceId=INSTANCE, PageSize=100, **given)['Items']['Backup']


# What is listed.
page = call('DescribeBackups', DBInstanceId=INSTANCE)
equal([page[it] for it in ('PageNumber', 'PageRecordCount', 'TotalRecordCount')],
      ['1', '30', '30'], 'counters of sets are texts')
every = page['Items']['Backup']
starts = [it['BackupStartTime'] for it in every]
equal(starts, sorted(starts, reverse=True), 'the newest set is first')
for name, kind in [('BackupId', str), ('BackupSize', int), ('IsAvail', int),
                   ('StoreStatus', str), ('BackupMethod', str), ('BackupMode', str),
                   ('BackupStatus', str), ('BackupType', str), ('DBInstanceId', str)]:
    ok(all(isinstance(it[name], kind) for it in every), f'{name} is {kind.__name__}', every[0])
for name in ('BackupStartTime', 'BackupEndTime'):
    ok(all(re.fullmatch(SECOND, it[name]) for it in every), f'{name} is to the second', every[0])
beyond = call('DescribeBackups', DBInstanceId=INSTANCE, PageNumber=2)
equal((beyond['PageNumber'], beyond['PageRecordCount'], beyond['TotalRecordCount'],
       beyond['Items']), ('2', '0', '30', {'Backup': []}), 'a page beyond the last is empty')
young = [it for it in every if it['StoreStatus'] == 'Disabled']
old = [it for it in every if it['StoreStatus'] == 'Enabled']
ok(young and old and max(it['BackupStartTime'] for it in old)
   < min(it['BackupStartTime'] for it in young), 'the older ones may go, the younger ones not')
first, last = every[-1]['BackupStartTime'], every[0]['BackupStartTime']
equal(len(sets(StartTime=last[:16] + 'Z')), 1, 'from a minute on')
equal(len(sets(EndTime=last[:16] + 'Z')), 29, 'until a minute')
for given, count in [({'BackupStatus': 'Failed'}, 0), ({'BackupStatus': 'Success'}, 30),
                     ({'BackupMode': 'Manual'}, 0), ({'BackupMode': 'Automated'}, 30),
                     ({'BackupType': 'IncrementalBackup'}, 0), ({'BackupType': 'FullBackup'}, 30),
                     ({'BackupId': every[3]['BackupId']}, 1), ({'BackupId': '1'}, 0)]:
    equal(len(sets(**given)), count, f'sets with {given}')
answer = rds.send(rds.v1('DescribeBackups', signed={'Format': 'XML'}, DBInstanceId=INSTANCE))
root = xml.fromstring(answer.body)
equal([it.text for it in root.findall('Items/Backup/BackupId')],
      [it['BackupId'] for it in every], 'the same in XML')
for given, code, status in [
    ({'PageSize': 29}, 'InvalidMaxRecordsPerPage.Malformed', 403),
    ({'PageNumber': 0}, 'InvalidPageNumbers.Malformed', 400),
    ({'StartTime': 'now'}, 'InvalidStartTime.Format', 400),
    ({'EndTime': 'now'}, 'InvalidEndTime.Format', 400),
    ({'StartTime': last[:16] + 'Z', 'EndTime': first[:16] + 'Z'}, 'InvalidParameterCombination',
     400),
]:
    refused('DescribeBackups', status, code, f'{given}', DBInstanceId=INSTANCE, **given)

# Instances.
found = call('DescribeDBInstances', RegionId=REGION)
equal([found[it] for it in ('PageNumber', 'PageRecordCount', 'TotalRecordCount')], [1, 1, 1],
      'counters of instances are numbers')
shown = found['Items']['DBInstance'][0]
attribute = call('DescribeDBInstanceAttribute', DBInstanceId=INSTANCE)
attribute = attribute['Items']['DBInstanceAttribute'][0]
for name, value in [('DBInstanceId', INSTANCE), ('RegionId', REGION), ('Engine', 'MySQL'),
                    ('EngineVersion', '8.0'), ('Category', 'HighAvailability'),
                    ('DBInstanceType', 'Primary'), ('DBInstanceStatus', 'Running'),
                    ('LockMode', 'Unlock')]:
    equal((shown[name], attribute[name]), (value, value), f'{name} of the instance')
ok(re.fullmatch(SECOND, shown['CreateTime']) and re.fullmatch(SECOND, attribute['CreationTime']),
   'times are to the second', (shown, attribute))
for given, count in [
    ({'Engine': 'MySQL'}, 1), ({'Engine': 'PostgreSQL'}, 0), ({'DBInstanceStatus': 'Running'}, 1),
    ({'DBInstanceStatus': 'Creating'}, 0), ({'SearchKey': 'uf6'}, 1), ({'SearchKey': 'other'}, 0),
    ({'DBInstanceId': INSTANCE}, 1), ({'DBInstanceId': 'rm-other'}, 0), ({'VpcId': 'vpc-1'}, 0),
    ({'DBInstanceType': 'Readonly'}, 0), ({'Expired': 'True'}, 0), ({'Expired': 'False'}, 1),
    ({'Tags': '{"a":"b"}'}, 0), ({'Tags': '{}'}, 1), ({'PageNumber': 2}, 0),
    ({'MaxResults': 1}, 1), ({'NextToken': INSTANCE}, 0), ({'Category': 'Basic'}, 0),
]:
    found = call('DescribeDBInstances', RegionId=REGION, **given)
    equal(len(found['Items']['DBInstance']), count, f'instances with {given}')
refused('DescribeDBInstances', 400, 'Invalid.NextToken', 'another token', RegionId=REGION,
        NextToken='%')
equal(call('DescribeDBInstances', RegionId='cn-beijing')['TotalRecordCount'], 0,
      'another region has none')
regions = call('DescribeRegions')['Regions']['RDSRegion']
ok(REGION in [it['RegionId'] for it in regions], 'the region of the instance is one', regions)
ok(all(it['RegionEndpoint'] == url.split('//')[1] for it in regions), 'each is found here', regions)
for region in [{}, {'RegionId': REGION}, {'RegionId': 'eu-central-1'}]:
    found = call('DescribeBackups', DBInstanceId=INSTANCE, **region)
    equal(found['TotalRecordCount'], '30', f'an instance is found by its id, with {region}')

# Logs.
times = {'StartTime': '2020-01-01T00:00:00Z', 'EndTime': '2030-01-01T00:00:00Z'}
found = call('DescribeBinlogFiles', DBInstanceId=INSTANCE, **times)
equal([found[it] for it in ('PageNumber', 'PageRecordCount', 'TotalRecordCount', 'TotalFileSize')],
      [1, 0, 0, 0], 'counters of log files are numbers')
refused('DescribeLogBackupFiles', 403, 'IncorrectDBInstanceEngine', 'MySQL has none of these',
        DBInstanceId=INSTANCE, StartTime='2020-01-01T00:00Z', EndTime='2030-01-01T00:00Z')
equal(call('DescribeDetachedBackups', Region=REGION)['TotalRecordCount'], '0',
      'no set is without its instance')

# Deletion: all or nothing.
ids = [it['BackupId'] for it in old]
refused('DeleteBackup', 403, 'OperationDenied.BackupSetDeleteNotSupport', 'one is too young',
        DBInstanceId=INSTANCE, BackupId=','.join([ids[0], young[0]['BackupId']]))
refused('DeleteBackup', 404, 'InvalidBackupSetID.NotFound', 'one is not there',
        DBInstanceId=INSTANCE, BackupId=f'{ids[0]},1')
refused('DeleteBackup', 400, 'DeleteBackupSetNumExceed', 'one a hundred and one times',
        DBInstanceId=INSTANCE, BackupId=','.join([ids[0]] * 101))
equal(len(sets()), 30, 'none of these deleted anything')
equal(set(call('DeleteBackup', DBInstanceId=INSTANCE,
               BackupId=f' {ids[0]},{ids[1]}, {ids[0]}')), {'RequestId'}, 'two at once, one twice')
equal(len(sets()), 28, 'both are gone when it is answered')
call('ModifyBackupPolicy', DBInstanceId=INSTANCE, **window_far_from_now())
post('/_sexton/dev/clock', {'advance_seconds': 30 * 86400})
equal({it['StoreStatus'] for it in sets()}, {'Enabled'}, 'a month later all of them may go')

# Tasks.
request = rds.v3('CreateBackup', DBInstanceId=INSTANCE)
answer = rds.send(request)
task = answer.json['BackupJobId']
ok(answer.status == 200 and re.fullmatch(r'\d+', task), 'CreateBackup names its task', answer)
again = rds.send(request)
equal((again.status, again.code), (400, 'SignatureNonceUsed'), 'the same request makes no other')
job = poll(lambda: [it for it in call('DescribeBackupTasks', DBInstanceId=INSTANCE,
                                      BackupJobId=task)['Items']['BackupJob']
                    if it['BackupStatus'] == 'Finished'], 'the task is finished')[0]
equal((job['BackupJobId'], job['JobMode'], job['Process']), (task, 'Manual', '100'), 'the task')
made = sets(BackupId=job['BackupId'])[0]
equal((made['BackupMode'], made['StoreStatus'], made['BackupStatus']),
      ('Manual', 'Disabled', 'Success'), 'it names the set that it made')
found = call('DescribeBackupTasks', DBInstanceId=INSTANCE)['Items']['BackupJob']
equal([it['BackupJobId'] for it in found], [task], 'it is listed')
ok('BackupId' not in found[0], 'a list of tasks names no sets', found)
equal(call('DescribeBackupTasks', DBInstanceId=INSTANCE, BackupJobId=1)['Items'],
      {'BackupJob': []}, 'a task that was never there')
refused('CreateBackup', 400, 'InvalidBackupMethod.ValueNotSupport', 'no snapshots',
        DBInstanceId=INSTANCE, BackupMethod='Snapshot')
refused('CreateBackup', 400, 'InvalidBackupMethod.ValueNotSupport', 'a part of the files',
        DBInstanceId=INSTANCE, BackupMethod='Physical', BackupStrategy='db', DBName='shop')

# Policies.
policy = call('DescribeBackupPolicy', DBInstanceId=INSTANCE)
equal((policy['EnableBackupLog'], policy['BackupLog']), ('1', 'Enable'), 'logs are kept')
ok(isinstance(policy['BackupRetentionPeriod'], int)
   and re.fullmatch(MINUTE, policy['PreferredNextBackupTime']), 'the types of a policy', policy)
data = {'DBInstanceId': INSTANCE, 'PreferredBackupPeriod': 'Monday,Friday',
        'PreferredBackupTime': '23:00Z-00:00Z', 'BackupRetentionPeriod': 40}
changed = call('ModifyBackupPolicy', **data)
equal((changed['DBInstanceID'], changed['EnableBackupLog']), (INSTANCE, '1'), 'what it answers')
policy = call('DescribeBackupPolicy', DBInstanceId=INSTANCE)
equal([policy[it] for it in ('PreferredBackupPeriod', 'PreferredBackupTime',
                             'BackupRetentionPeriod')],
      ['Monday,Friday', '23:00Z-00:00Z', 40], 'the policy is changed')
call('ModifyBackupPolicy', DBInstanceId=INSTANCE, BackupPolicyMode='LogBackupPolicy',
     LogBackupRetentionPeriod=40)
equal({it['StoreStatus'] for it in sets()}, {'Disabled'},
      'no set may go while logs are kept for as long')
call('ModifyBackupPolicy', DBInstanceId=INSTANCE, BackupPolicyMode='LogBackupPolicy',
     EnableBackupLog=0)
policy = call('DescribeBackupPolicy', DBInstanceId=INSTANCE)
equal((policy['EnableBackupLog'], policy['BackupLog'], 'LogBackupRetentionPeriod' in policy),
      ('0', 'Disabled', False), 'logs are not kept any more')
for given, code in [
    ({'BackupRetentionPeriod': 6}, 'InvalidBackupRetentionPeriod.Malformed'),
    ({'BackupRetentionPeriod': 731}, 'InvalidBackupRetentionPeriod.Malformed'),
    ({'LogBackupRetentionPeriod': 41}, 'InvalidBackupRetentionPeriod.Malformed'),
    ({'ArchiveBackupRetentionPeriod': '365'}, 'InvalidColdRetention.Format'),
    ({'ReleasedKeepPolicy': 'All'}, 'InvalidReleasedKeepPolicy.Format'),
    ({'BackupMethod': 'Snapshot'}, 'InvalidParameters.Format'),
    ({'BackupInterval': '60'}, 'InvalidParameters.Format'),
]:
    refused('ModifyBackupPolicy', 400, code, f'{given}', **{**data, **given})

# No more are asked for in a day than the service takes: one was made above.
made, answer = 1, None
while made < 40:
    answer = rds.send(rds.v3('CreateBackup', DBInstanceId=INSTANCE))
    if answer.code == 'BackupJobExists':
        time.sleep(0.05)
    elif answer.status == 200:
        made += 1
    else:
        break
equal((made, answer.status, answer.code), (20, 403, 'Exceeded.BackupTimes'), 'twenty in a day')
post('/_sexton/dev/clock', {'advance_seconds': 86401})
poll(lambda: rds.send(rds.v3('CreateBackup', DBInstanceId=INSTANCE)).status == 200,
     'and a day later again')
done()
