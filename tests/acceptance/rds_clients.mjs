// The Alibaba Cloud SDKs for Node, unmodified: @alicloud/rds20140815 (V3 and V1) and
// @alicloud/pop-core (V1, by GET in the query and by POST in a form).
// usage: node rds_clients.mjs ENDPOINT_URL
import { createRequire } from 'node:module';

const require = createRequire(`${process.env.CLIENTS}/package.json`);
const rds = require('@alicloud/rds20140815');
const { $OpenApiUtil } = require('@alicloud/openapi-core');
const { RPCClient } = require('@alicloud/pop-core');

const endpoint = process.argv[2].replace(/\/$/, '');
const url = new URL(endpoint);
const DBInstanceId = 'rm-uf6wjk5xxxxxxx';
const odd = "a b+*~/中'()!&=%";
let passed = 0;
let failed = 0;

function ok(condition, what, note) {
  if (condition) passed += 1;
  else failed += 1;
  console.log(condition ? 'ok     -' : 'not ok -', what, condition ? '' : `| ${note}`);
}

async function refused(call, status, code, what) {
  try {
    ok(false, what, `no error, got ${JSON.stringify(await call())}`);
  } catch (error) {
    const id = error.data?.RequestId ?? '';
    const good = error.code === code && id && id === id.toUpperCase();
    ok(good && (!status || error.statusCode === status), `${what}: ${code}`,
      `${error.name} ${error.code} ${error.statusCode} ${error.message}`);
  }
}

const oldest = sets => sets.filter(it => it.storeStatus === 'Enabled')
  .sort((one, other) => (one.backupStartTime < other.backupStartTime ? -1 : 1))[0].backupId;

for (const [name, more] of [['V3', {}], ['V1', { signatureAlgorithm: 'v2' }]]) {
  const make = accessKeySecret => new rds.default(new $OpenApiUtil.Config({
    accessKeyId: 'test', accessKeySecret, regionId: 'cn-hangzhou', endpoint: url.host,
    protocol: url.protocol.replace(':', ''), ...more,
  }));
  const client = make('test');
  const sets = async backupId => (await client.describeBackups(
    new rds.DescribeBackupsRequest({ DBInstanceId, backupId, pageSize: 100 }))).body.items.backup;
  const remove = backupId => client.deleteBackup(
    new rds.DeleteBackupRequest({ DBInstanceId, backupId }));
  const attribute = (await client.describeDBInstanceAttribute(
    new rds.DescribeDBInstanceAttributeRequest({ DBInstanceId }))).body.items.DBInstanceAttribute[0];
  ok(attribute.DBInstanceId === DBInstanceId, `${name}: the instance`, JSON.stringify(attribute));
  const policy = (await client.describeBackupPolicy(
    new rds.DescribeBackupPolicyRequest({ DBInstanceId }))).body;
  ok(policy.preferredBackupTime && policy.backupRetentionPeriod >= 7, `${name}: the policy`,
    JSON.stringify(policy));
  const made = await client.createBackup(
    new rds.CreateBackupRequest({ DBInstanceId, backupMethod: 'Physical' }));
  ok(made.body.backupJobId, `${name}: CreateBackup`, JSON.stringify(made.body));
  const victim = oldest(await sets());
  ok((await remove(victim)).body.requestId, `${name}: DeleteBackup`);
  ok((await sets(victim)).length === 0, `${name}: the set is gone`);
  await refused(() => remove(victim), 404, 'InvalidBackupSetID.NotFound', `${name}: once more`);
  await refused(() => remove(odd), 404, 'InvalidBackupSetID.NotFound',
    `${name}: odd characters keep the signature valid`);
  await refused(() => make('wrong').describeBackups(
    new rds.DescribeBackupsRequest({ DBInstanceId })), 400, 'SignatureDoesNotMatch',
  `${name}: a wrong secret`);
  // A set is made at a time.
  for (let running = true; running; await new Promise(done => setTimeout(done, 50))) {
    const tasks = (await client.describeBackupTasks(
      new rds.DescribeBackupTasksRequest({ DBInstanceId }))).body.items.backupJob ?? [];
    running = tasks.some(it => !['Finished', 'Failed'].includes(it.backupStatus));
  }
}

const pop = secret => new RPCClient({
  accessKeyId: 'test', accessKeySecret: secret, endpoint, apiVersion: '2014-08-15',
});
for (const method of ['GET', 'POST']) {
  const call = (action, more, secret = 'test') => pop(secret)
    .request(action, { DBInstanceId, ...more }, { method });
  const sets = (await call('DescribeBackups', { PageSize: 100 })).Items.Backup;
  ok(sets.length > 0, `pop-core by ${method}: the sets`);
  const BackupId = oldest(sets.map(it => ({
    backupId: it.BackupId, storeStatus: it.StoreStatus, backupStartTime: it.BackupStartTime,
  })));
  ok((await call('DeleteBackup', { BackupId })).RequestId, `pop-core by ${method}: DeleteBackup`);
  const left = (await call('DescribeBackups', { BackupId })).Items.Backup;
  ok(left.length === 0, `pop-core by ${method}: the set is gone`, JSON.stringify(left));
  await refused(() => call('DeleteBackup', { BackupId: odd }), null, 'InvalidBackupSetID.NotFound',
    `pop-core by ${method}: odd characters keep the signature valid`);
  await refused(() => call('DescribeBackups', {}, 'wrong'), null, 'SignatureDoesNotMatch',
    `pop-core by ${method}: a wrong secret`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed || !passed ? 1 : 0);
