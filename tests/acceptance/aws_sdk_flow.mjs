// The AWS SDK for JavaScript. usage: node aws_sdk_flow.mjs ENDPOINT_URL
// env CLIENTS: the folder whose node_modules hold the SDK
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(join(process.env.CLIENTS ?? process.cwd(), 'here.js'));
const B = require('@aws-sdk/client-backup');
const S = require('@aws-sdk/client-sts');

let passed = 0;
let failed = 0;
const ok = (condition, what, note) => {
  if (condition) passed++;
  else failed++;
  console.log(condition ? `ok     - ${what}` : `not ok - ${what} | ${JSON.stringify(note)}`);
};
const fails = async (call, test, what) => {
  try {
    ok(false, what, await call());
  } catch (error) {
    ok(test(error), `${what}: ${error.name}`, `${error.name} ${error.message}`);
  }
};
const poll = async (look, what) => {
  const end = Date.now() + 300_000;
  while (Date.now() < end) {
    const seen = await look();
    if (seen) {
      ok(true, what);
      return seen;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  ok(false, what, 'not within 300 s');
  process.exit(1);
};

const options = {
  endpoint: process.argv[2].replace(/\/$/, ''),
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
};
const backup = new B.BackupClient(options);
const BackupVaultName = `js-${randomUUID().slice(0, 12)}`;
const ResourceArn = 'arn:aws:ec2:us-east-1:123456789012:volume/vol-0123456789abcdef0';
const IamRoleArn = 'arn:aws:iam::123456789012:role/service-role/AWSBackupDefaultServiceRole';
const points = async () => {
  const arns = [];
  const pages = B.paginateListRecoveryPointsByBackupVault(
    { client: backup, pageSize: 1 }, { BackupVaultName });
  for await (const page of pages) {
    arns.push(...page.RecoveryPoints.map((point) => point.RecoveryPointArn));
  }
  return arns;
};

const vault = await backup.send(new B.CreateBackupVaultCommand({ BackupVaultName }));
ok(vault.BackupVaultName === BackupVaultName && vault.CreationDate instanceof Date,
  'CreateBackupVault', vault);
ok(vault.$metadata.requestId, 'a request id');
await fails(() => backup.send(new B.CreateBackupVaultCommand({ BackupVaultName })),
  (error) => error instanceof B.AlreadyExistsException && error.message && error.Arn,
  'a second CreateBackupVault');
const { BackupJobId } = await backup.send(
  new B.StartBackupJobCommand({ BackupVaultName, ResourceArn, IamRoleArn }));
ok(BackupJobId, 'StartBackupJob');
const job = await poll(async () => {
  const found = await backup.send(new B.DescribeBackupJobCommand({ BackupJobId }));
  return found.State === 'COMPLETED' && found;
}, 'the job is COMPLETED');
const { RecoveryPointArn } = job;
const key = { BackupVaultName, RecoveryPointArn };
ok((await points()).includes(RecoveryPointArn),
  'the list (this SDK asks for /recovery-points without the last slash)');
ok((await backup.send(new B.DescribeRecoveryPointCommand(key))).RecoveryPointArn
  === RecoveryPointArn, 'DescribeRecoveryPoint');
ok((await backup.send(new B.DeleteRecoveryPointCommand(key))).$metadata.httpStatusCode === 200,
  'DeleteRecoveryPoint');
await poll(async () => !(await points()).includes(RecoveryPointArn), 'the point is gone');
await fails(() => backup.send(new B.DeleteRecoveryPointCommand(key)),
  (error) => error instanceof B.ResourceNotFoundException
    && error.$metadata.httpStatusCode === 400 && error.message
    && error.message !== 'UnknownError', 'a second DeleteRecoveryPoint');
await fails(() => backup.send(new B.DescribeRecoveryPointCommand(key)),
  (error) => error instanceof B.ResourceNotFoundException,
  'DescribeRecoveryPoint after the deletion');
ok((await backup.send(new B.DeleteBackupVaultCommand({ BackupVaultName })))
  .$metadata.httpStatusCode === 200, 'DeleteBackupVault');
const identity = await new S.STSClient(options).send(new S.GetCallerIdentityCommand({}));
ok(identity.Account, 'STS GetCallerIdentity', identity);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed || !passed ? 1 : 0);
