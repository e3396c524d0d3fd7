// The AWS SDK for JavaScript: AWS Backup, STS, and FSx. usage: node aws_sdk_flow.mjs ENDPOINT_URL
// env CLIENTS: the folder whose node_modules hold the SDK; SEXTON_DATA: the server's folder
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(join(process.env.CLIENTS ?? process.cwd(), 'here.js'));
const B = require('@aws-sdk/client-backup');
const F = require('@aws-sdk/client-fsx');
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

// Amazon FSx.
const fsx = new F.FSxClient(options);
const there = new F.FSxClient({ ...options, region: 'eu-central-1' });
const SubnetIds = ['subnet-0123456789abcdef0'];
const directory = (id, name) => join(process.env.SEXTON_DATA, 'file-systems', id, name);
const backups = async (Filters) => {
  const found = [];
  const pages = F.paginateDescribeBackups({ client: fsx, pageSize: 1 }, { Filters });
  for await (const page of pages) found.push(...page.Backups);
  return found;
};
const shown = async (BackupId, client = fsx) =>
  (await client.send(new F.DescribeBackupsCommand({ BackupIds: [BackupId] }))).Backups[0];
const usable = (BackupId, what, client = fsx) => poll(async () => {
  const found = await shown(BackupId, client);
  return found.Lifecycle === 'AVAILABLE' && found;
}, what);
const fileSystems = async (client = fsx) => {
  const found = [];
  for await (const page of F.paginateDescribeFileSystems({ client, pageSize: 1 }, {})) {
    found.push(...page.FileSystems);
  }
  return found;
};

const order = {
  FileSystemType: 'OPENZFS', StorageCapacity: 64, SubnetIds, ClientRequestToken: randomUUID(),
  OpenZFSConfiguration: {
    DeploymentType: 'SINGLE_AZ_1', ThroughputCapacity: 64, AutomaticBackupRetentionDays: 0,
  },
  Tags: [{ Key: 'team', Value: 'archive' }],
};
const { FileSystem } = await fsx.send(new F.CreateFileSystemCommand(order));
const { FileSystemId } = FileSystem;
ok(FileSystem.FileSystemType === 'OPENZFS' && FileSystem.CreationTime instanceof Date,
  'CreateFileSystem', FileSystem);
ok((await fsx.send(new F.CreateFileSystemCommand(order))).FileSystem.FileSystemId
  === FileSystemId, 'CreateFileSystem with the same token');
await fails(() => fsx.send(new F.CreateFileSystemCommand({ ...order, StorageCapacity: 128 })),
  (error) => error instanceof F.IncompatibleParameterError && error.Parameter,
  'CreateFileSystem with the same token and another size');
await poll(async () => (await fileSystems()).some((it) => it.FileSystemId === FileSystemId
  && it.Lifecycle === 'AVAILABLE'), 'the file system is AVAILABLE, and DescribeFileSystems pages');
const bytes = randomBytes(100_000);
mkdirSync(directory(FileSystemId, 'a/b'), { recursive: true });
writeFileSync(directory(FileSystemId, 'a/b/file'), bytes);

// The SDK makes up a token for each command that is given none.
const made = (await fsx.send(new F.CreateBackupCommand({ FileSystemId }))).Backup;
const { BackupId } = made;
ok(BackupId.startsWith('backup-') && made.CreationTime instanceof Date
  && made.Type === 'USER_INITIATED', 'CreateBackup', made);
await usable(BackupId, 'the FSx backup is AVAILABLE');
const second = (await fsx.send(new F.CreateBackupCommand({ FileSystemId }))).Backup.BackupId;
await usable(second, 'and a second');
const of = [{ Name: 'file-system-id', Values: [FileSystemId] }];
ok((await backups(of)).map((it) => it.BackupId).sort().join()
  === [BackupId, second].sort().join(), 'DescribeBackups pages');

const { ResourceARN } = made;
const tags = async () =>
  (await fsx.send(new F.ListTagsForResourceCommand({ ResourceARN }))).Tags;
await fsx.send(new F.TagResourceCommand({ ResourceARN,
  Tags: [{ Key: 'keep', Value: 'no' }, { Key: 'by', Value: 'js' }] }));
await fsx.send(new F.UntagResourceCommand({ ResourceARN, TagKeys: ['by'] }));
ok(JSON.stringify(await tags()) === '[{"Key":"keep","Value":"no"}]', 'tags', await tags());
await fails(() => fsx.send(new F.ListTagsForResourceCommand({
  ResourceARN: ResourceARN.replace(/.$/, (last) => (last === '0' ? '1' : '0')) })),
  (error) => error instanceof F.ResourceNotFound && error.ResourceARN,
  'the tags of what is not there');

const copied = (await there.send(new F.CopyBackupCommand({
  SourceBackupId: BackupId, SourceRegion: 'us-east-1', CopyTags: true }))).Backup;
ok(copied.SourceBackupId === BackupId && copied.SourceBackupRegion === 'us-east-1',
  'CopyBackup to another region', copied);
const copy = await usable(copied.BackupId, 'the copy is AVAILABLE', there);
ok(JSON.stringify(copy.Tags) === '[{"Key":"keep","Value":"no"}]', 'CopyTags', copy.Tags);
const restored = (await there.send(new F.CreateFileSystemFromBackupCommand({
  BackupId: copied.BackupId, SubnetIds }))).FileSystem.FileSystemId;
await poll(async () => (await fileSystems(there)).some((it) => it.FileSystemId === restored
  && it.Lifecycle === 'AVAILABLE'), 'CreateFileSystemFromBackup');
ok(readFileSync(directory(restored, 'a/b/file')).equals(bytes), 'with the bytes that were there');

const erase = (id, ClientRequestToken) =>
  fsx.send(new F.DeleteBackupCommand({ BackupId: id, ClientRequestToken }));
const token = randomUUID();
for (const what of ['DeleteBackup', 'DeleteBackup with the same token']) {
  const gone = await erase(BackupId, token);
  ok(gone.BackupId === BackupId && gone.Lifecycle === 'DELETED', what, gone);
}
await fails(() => erase(second, token),
  (error) => error instanceof F.IncompatibleParameterError && error.Parameter === 'BackupId'
    && error.$metadata.httpStatusCode === 400, 'the same token for another backup');
await fails(() => erase(BackupId),
  (error) => error instanceof F.BackupNotFound && error.$metadata.httpStatusCode === 400
    && error.message && error.message !== 'UnknownError', 'another token for what is gone');
await fails(() => shown(BackupId), (error) => error instanceof F.BackupNotFound,
  'DescribeBackups of what is gone');
await fails(() => fsx.send(new F.CreateBackupCommand({ FileSystemId: 'fs-00000000000000000' })),
  (error) => error instanceof F.FileSystemNotFound, 'a backup of what is not there');
await fails(() => fsx.send(new F.DescribeDataRepositoryTasksCommand({})),
  (error) => error.name === 'UnknownOperationException' && error.message.includes('not served'),
  'an operation that is not served');

// What AWS Backup keeps is shown by FSx, and deleted by AWS Backup only.
const kept = (await backup.send(new B.StartBackupJobCommand({
  BackupVaultName: 'Default', ResourceArn: FileSystem.ResourceARN, IamRoleArn }))).BackupJobId;
const RecoveryPointOfFsx = (await poll(async () => {
  const found = await backup.send(new B.DescribeBackupJobCommand({ BackupJobId: kept }));
  return found.State === 'COMPLETED' && found;
}, 'AWS Backup has a backup of the file system')).RecoveryPointArn;
const routed = RecoveryPointOfFsx.split('/').pop();
ok((await shown(routed)).Type === 'AWS_BACKUP', 'FSx shows it');
await fails(() => erase(routed),
  (error) => error instanceof F.BadRequest && error.message.includes('Default'),
  'FSx does not delete it, and says which vault keeps it');
await backup.send(new B.DeleteRecoveryPointCommand({
  BackupVaultName: 'Default', RecoveryPointArn: RecoveryPointOfFsx }));
await fails(() => shown(routed), (error) => error instanceof F.BackupNotFound,
  'AWS Backup does');

await erase(second);
ok((await backups(of)).length === 0, 'no backup is left');
const deleting = await fsx.send(new F.DeleteFileSystemCommand({
  FileSystemId, OpenZFSConfiguration: { SkipFinalBackup: true } }));
ok(deleting.Lifecycle === 'DELETING', 'DeleteFileSystem', deleting);
await poll(async () => !(await fileSystems()).some((it) => it.FileSystemId === FileSystemId),
  'the file system is gone');
ok(!existsSync(directory(FileSystemId, '')), 'and its directory');
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed || !passed ? 1 : 0);
