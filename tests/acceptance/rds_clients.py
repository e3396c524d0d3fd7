#!/usr/bin/env python3
"""The Alibaba Cloud SDKs for Python, unmodified: the core SDK (V1) and the Tea SDK (V3 and V1) list,
make and delete backup sets. usage: rds_clients.py ENDPOINT_URL"""
import json
import urllib.parse

from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest
from aliyunsdkrds.request.v20140815 import (
    CreateBackupRequest, DeleteBackupRequest, DescribeBackupPolicyRequest, DescribeBackupsRequest,
    DescribeDBInstanceAttributeRequest, DescribeDBInstancesRequest, DescribeRegionsRequest)
from alibabacloud_rds20140815 import models
from alibabacloud_rds20140815.client import Client
from alibabacloud_tea_openapi import utils_models

from checks import aws_env, done, endpoint, equal, ok, poll

url = endpoint()
aws_env(url)  # no proxy
split = urllib.parse.urlsplit(url)
INSTANCE, REGION = 'rm-uf6wjk5xxxxxxx', 'cn-hangzhou'
ODD = "a b+*~/中'()!&=%"


class Core:
    """aliyun-python-sdk-core: everything in the query, the first signature."""
    name = 'core'

    def __init__(self, secret='test'):
        self.client = AcsClient('test', secret, REGION)

    def send(self, request):
        request.set_endpoint(split.netloc)
        request.set_protocol_type(split.scheme)
        request.set_accept_format('json')
        return json.loads(self.client.do_action_with_exception(request))

    def call(self, module, **given):
        request = getattr(module, module.__name__.rsplit('.', 1)[1])()
        for name, value in given.items():
            getattr(request, f'set_{name}')(value)
        return self.send(request)

    def common(self, action, method, form, **given):
        request = CommonRequest()
        request.set_domain(split.netloc)
        request.set_version('2014-08-15')
        request.set_action_name(action)
        request.set_method(method)
        add = request.add_body_params if form else request.add_query_param
        for name, value in given.items():
            add(name, value)
        return self.send(request)

    def sets(self, instance=INSTANCE, **given):
        found = self.call(DescribeBackupsRequest, DBInstanceId=instance, PageSize=100, **given)
        return found['Items']['Backup']

    def create(self):
        return self.call(CreateBackupRequest, DBInstanceId=INSTANCE,
                         BackupMethod='Physical')['BackupJobId']

    def delete(self, backup=None, instance=INSTANCE):
        given = {} if backup is None else {'BackupId': backup}
        return self.call(DeleteBackupRequest, DBInstanceId=instance, **given)

    def window(self):
        return self.call(DescribeBackupPolicyRequest, DBInstanceId=INSTANCE)['PreferredBackupTime']

    def attribute(self):
        found = self.call(DescribeDBInstanceAttributeRequest, DBInstanceId=INSTANCE)
        return found['Items']['DBInstanceAttribute'][0]

    def instances(self):
        return self.call(DescribeDBInstancesRequest)['Items']['DBInstance']

    def regions(self):
        return [it['RegionId'] for it in self.call(DescribeRegionsRequest)['Regions']['RDSRegion']]

    @staticmethod
    def refusal(error):
        assert isinstance(error, ServerException), repr(error)
        return error.get_http_status(), error.get_error_code(), error.get_request_id()


class Tea:
    """alibabacloud-rds20140815: the third signature, or the first one."""

    def __init__(self, name, secret='test', **given):
        self.name = name
        self.client = Client(utils_models.Config(
            access_key_id='test', access_key_secret=secret, region_id=REGION,
            endpoint=split.netloc, protocol=split.scheme, **given))

    def sets(self, instance=INSTANCE, BackupId=None):
        found, number = [], 1
        while True:
            body = self.client.describe_backups(models.DescribeBackupsRequest(
                dbinstance_id=instance, backup_id=BackupId, page_size=30,
                page_number=number)).body.to_map()
            page = body['Items']['Backup']
            equal((body['PageNumber'], body['PageRecordCount']), (str(number), str(len(page))),
                  f'{self.name}: page {number} counts in texts')
            found += page
            if len(found) >= int(body['TotalRecordCount']):
                return found
            number += 1

    def create(self):
        return self.client.create_backup(models.CreateBackupRequest(
            dbinstance_id=INSTANCE, backup_method='Physical')).body.backup_job_id

    def delete(self, backup=None, instance=INSTANCE):
        return self.client.delete_backup(models.DeleteBackupRequest(
            dbinstance_id=instance, backup_id=backup)).body.to_map()

    def window(self):
        return self.client.describe_backup_policy(models.DescribeBackupPolicyRequest(
            dbinstance_id=INSTANCE)).body.preferred_backup_time

    def attribute(self):
        body = self.client.describe_dbinstance_attribute(
            models.DescribeDBInstanceAttributeRequest(dbinstance_id=INSTANCE)).body.to_map()
        return body['Items']['DBInstanceAttribute'][0]

    def instances(self):
        return self.client.describe_dbinstances(models.DescribeDBInstancesRequest(
            region_id=REGION)).body.to_map()['Items']['DBInstance']

    def regions(self):
        body = self.client.describe_regions(models.DescribeRegionsRequest()).body
        return [it.region_id for it in body.regions.rdsregion]

    @staticmethod
    def refusal(error):
        return error.status_code, error.code, error.data.get('RequestId')


def refused(client, call, status, code, what):
    """CALL is refused as the SDK tells its users."""
    try:
        found = call()
    except Exception as error:  # each SDK has errors of its own
        found = Core.refusal(error) if client.name == 'core' else Tea.refusal(error)
        ok(found[:2] == (status, code) and found[2] == found[2].upper() and found[2],
           f'{client.name}: {what}: {code}', (found, repr(error)))
        return
    ok(False, f'{client.name}: {what}', f'no error, got {found}')


tea_v3, tea_v1 = Tea('Tea V3'), Tea('Tea V1', signature_algorithm='v2')
for client in [Core(), tea_v3, tea_v1]:
    name = client.name
    found = client.attribute()
    equal((found['DBInstanceId'], found['DBInstanceStatus'], found['Category']),
          (INSTANCE, 'Running', 'HighAvailability'), f'{name}: the instance')
    ok(INSTANCE in [it['DBInstanceId'] for it in client.instances()], f'{name}: it is listed')
    ok(client.regions(), f'{name}: the regions')
    ok(client.window().count('Z') == 2, f'{name}: the policy')
    before = client.sets()
    ok(client.create(), f'{name}: CreateBackup names its task')
    known = {it['BackupId'] for it in before}
    poll(lambda: [it for it in client.sets() if it['BackupId'] not in known
                  and it['BackupStatus'] == 'Success'], f'{name}: a new set appears')
    enabled = [it for it in before if it['StoreStatus'] == 'Enabled']
    victim = min(enabled, key=lambda it: it['BackupStartTime'])['BackupId']
    equal([it['BackupId'] for it in client.sets(BackupId=victim)], [victim], f'{name}: one set')
    equal(set(client.delete(victim)), {'RequestId'}, f'{name}: DeleteBackup answers its id alone')
    equal(client.sets(BackupId=victim), [], f'{name}: the set is gone when it is answered')
    refused(client, lambda: client.delete(victim), 404, 'InvalidBackupSetID.NotFound',
            'a second deletion')
    kept = [it['BackupId'] for it in client.sets() if it['StoreStatus'] == 'Disabled']
    others = [it['BackupId'] for it in client.sets() if it['StoreStatus'] == 'Enabled']
    refused(client, lambda: client.delete(','.join([others[0], kept[0]])), 403,
            'OperationDenied.BackupSetDeleteNotSupport', 'two sets of which one may not go')
    ok(client.sets(BackupId=others[0]), f'{name}: then the other one stays')
    refused(client, lambda: client.delete('1', 'rm-nosuchinstance'), 404,
            'InvalidDBInstanceName.NotFound', 'an unknown instance')
    refused(client, client.delete, 400, 'MissingBackupId', 'no set')
    refused(client, lambda: client.delete(ODD), 404, 'InvalidBackupSetID.NotFound',
            'odd characters keep the signature valid')
core = Core()
victim = core.sets()[0]['BackupId']
for method, form in [('GET', False), ('POST', False), ('POST', True)]:
    found = core.common('DescribeBackups', method, form, DBInstanceId=INSTANCE, BackupId=victim)
    equal([it['BackupId'] for it in found['Items']['Backup']], [victim],
          f'core by {method}, in a {"form" if form else "query"}')
for client, code in [(Core('wrong'), 'InvalidAccessKeySecret'),
                     (Tea('Tea V3', 'wrong'), 'SignatureDoesNotMatch'),
                     (Tea('Tea V1', 'wrong', signature_algorithm='v2'), 'SignatureDoesNotMatch')]:
    refused(client, client.sets, 400, code, 'a wrong secret')
done()
