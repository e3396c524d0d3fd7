#!/usr/bin/env python3
"""What deletion answers: every row of those tables in docs/SEMANTICS.md, brought about through the
public API, asked for, and looked at afterwards. Status, name, number and message are what the page
says; each row here is named as it is there.
usage: deletion_answers.py ENDPOINT_URL
env: SEXTON_BIN the program, SEXTON_DATA the server's data folder"""
import collections
import json
import os
import pathlib
import re
import tempfile
import uuid

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session

import served
from checks import EXPIRED_ROLE, ROLE, asked, done, equal, ok, poll, sexton
from served import (back_up, ended_backup, ended_restore, meanwhile, post, start_backup,
                    start_restore)

backup = served.client()
iam = boto3.client('iam', region_name='us-east-1')
fsx = boto3.client('fsx')
GHOST = 'arn:aws:ec2:us-east-1::snapshot/snap-00000000000000000'
BUSY = {'being created', 'being restored', 'being copied'}

Answer = collections.namedtuple('Answer', 'status name number message')
OK = Answer(200, None, None, '')


class Case:
    """What was brought about: a point (or what is named like one) of a vault."""

    def __init__(self, vault, arn, call=None, words=(), follow=()):
        self.vault, self.arn = vault, arn
        self.call = call or (lambda: backup.delete_recovery_point(
            BackupVaultName=vault, RecoveryPointArn=arn))
        # What the message names, beside what the page says; what follows the look.
        self.words, self.follow = list(words), list(follow)


def vault():
    name = 'v-' + uuid.uuid4().hex[:12]
    backup.create_backup_vault(BackupVaultName=name)
    return name


def point(name, **more):
    return back_up(backup, name, **more)['RecoveryPointArn']


def pass_days(days):
    post('/_sexton/dev/clock', {'advance_seconds': days * 86400})


def status(name, arn):
    try:
        return backup.describe_recovery_point(BackupVaultName=name, RecoveryPointArn=arn)['Status']
    except ClientError as error:
        return error.response['Error']['Code']


def answer_to(call):
    try:
        status = call()['ResponseMetadata']['HTTPStatusCode']
        return OK._replace(status=status)
    except ClientError as error:
        found = error.response
        return Answer(found['ResponseMetadata']['HTTPStatusCode'], found['Error']['Code'],
                      found.get('Code'), found['Error']['Message'])


def row(name):
    """The function brings about the case NAME."""
    def keep(make):
        rows[name] = make
        return make
    return keep


rows = {}


@row('complete')
def complete():
    name = vault()
    return Case(name, point(name))


@row('not in this vault, and in no other')
def unknown():
    return Case(vault(), GHOST)


@row('in another vault')
def elsewhere():
    other = vault()
    arn = point(other)
    stays = lambda: equal(status(other, arn), 'COMPLETED', '  and stays where it is')
    return Case(vault(), arn, follow=[stays])


@row('gone already')
def gone():
    case = complete()
    equal(answer_to(case.call), OK, '  it is deleted once')
    poll(lambda: status(case.vault, case.arn) == 'ResourceNotFoundException', '  it goes')
    return case


@row('of a vault that is not there')
def no_vault():
    name = 'none-' + uuid.uuid4().hex[:12]
    return Case(name, GHOST, words=[name])


@row('of a vault whose name cannot be made, such as one with a space')
def odd_name():
    return Case('a b', GHOST)


@row('of a vault with a name of 129 characters')
def no_name():
    return Case('a' * 129, GHOST)


@row('an ARN that is none')
def no_arn():
    return Case(vault(), 'snap-1')


@row('an empty ARN')
def empty_arn():
    """boto3 sends none: what it would send, signed as it signs."""
    def call():
        url = f'{served.url}/backup-vaults/{name}/recovery-points/'
        request = AWSRequest('DELETE', url)
        SigV4Auth(Credentials('test', 'test'), 'backup', 'us-east-1').add_auth(request)
        found = URLLib3Session().send(request.prepare())
        body = json.loads(found.content)
        error = {'Code': found.headers['x-amzn-errortype'], 'Message': body['Message']}
        metadata = {'HTTPStatusCode': found.status_code}
        raise ClientError({'Error': error, 'ResponseMetadata': metadata}, 'DeleteRecoveryPoint')
    name = vault()
    kept = point(name)
    stays = lambda: equal(status(name, kept), 'COMPLETED', '  and what is there stays')
    return Case(name, '', call, follow=[stays])


def lock(case, **limits):
    backup.put_backup_vault_lock_configuration(BackupVaultName=case.vault, **limits)
    return case


@row('in a vault that is locked in governance mode')
def governance():
    return lock(complete(), MinRetentionDays=1)


@row('in a vault that is locked in compliance mode')
def compliance():
    return lock(complete(), ChangeableForDays=3)


@row('in a vault whose lock is immutable')
def immutable():
    case = compliance()
    pass_days(4)
    return case


def hold(case):
    made = backup.create_legal_hold(Title='case', Description='against us',
                                    RecoveryPointSelection={'VaultNames': [case.vault]})
    case.words = [made['LegalHoldId']]
    return case


def cancel(case):
    backup.cancel_legal_hold(LegalHoldId=case.words[0], CancelDescription='settled')
    return case


@row('in a vault that is logically air-gapped')
def air_gapped():
    case, name = complete(), f'island-{len(rows)}'
    island = backup.create_logically_air_gapped_backup_vault(
        BackupVaultName=name, MinRetentionDays=7, MaxRetentionDays=30)
    job = backup.start_copy_job(
        RecoveryPointArn=case.arn, SourceBackupVaultName=case.vault, IamRoleArn=ROLE,
        DestinationBackupVaultArn=island['BackupVaultArn'],
        Lifecycle={'DeleteAfterDays': 7})['CopyJobId']

    def copied():
        found = backup.describe_copy_job(CopyJobId=job)['CopyJob']
        return found if found['State'] == 'COMPLETED' else None
    return Case(name, poll(copied, '  there is a copy')['DestinationRecoveryPointArn'])


@row('under a legal hold')
def held():
    return hold(complete())


@row('under two legal holds, of which one was cancelled')
def held_twice():
    case = cancel(held())
    first, case = case.words[0], hold(case)
    hold(case)
    cancel(case)
    case.words = []
    case.follow = [lambda: ok(first not in answer_to(case.call).message, '  and not the other')]
    return case


@row('under a legal hold that was cancelled')
def held_no_more():
    case = cancel(held())
    case.words = []
    return case


@row('under a legal hold and in a locked vault')
def held_and_locked():
    return lock(held(), MinRetentionDays=1)


def deny(case, action='DeleteRecoveryPoint'):
    backup.put_backup_vault_access_policy(BackupVaultName=case.vault, Policy=json.dumps({
        'Version': '2012-10-17', 'Statement': [{
            'Effect': 'Deny', 'Principal': '*', 'Resource': '*', 'Action': f'backup:{action}'}]}))
    case.words = [case.arn]
    return case


@row('denied by the policy of the vault')
def by_policy():
    return deny(complete())


@row('denied by the policy of the vault, and not in it')
def by_policy_blindly():
    return deny(unknown())


@row('denied by the policy of the vault, under a legal hold and in a locked vault')
def by_everything():
    return deny(held_and_locked())


@row('made with a role that is missing or may not delete')
def expires():
    name = vault()
    return Case(name, point(name, role=EXPIRED_ROLE))


def role(trusted='backup.amazonaws.com'):
    def policy(**statement):
        return json.dumps({'Version': '2012-10-17',
                           'Statement': [{'Effect': 'Allow', **statement}]})
    name = 'r-' + uuid.uuid4().hex[:12]
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(
        Principal={'Service': trusted}, Action='sts:AssumeRole'))['Role']['Arn']
    iam.put_role_policy(RoleName=name, PolicyName='delete', PolicyDocument=policy(
        Action='ec2:DeleteSnapshot', Resource='*'))
    return name, arn


@row('made with a role that was deleted')
def role_deleted():
    (name, arn), kept = role(), vault()
    case = Case(kept, point(kept, role=arn))
    iam.delete_role_policy(RoleName=name, PolicyName='delete')
    iam.delete_role(RoleName=name)
    return case


@row('made with a role whose policy denies it')
def role_denies():
    (name, arn), kept = role(), vault()
    case = Case(kept, point(kept, role=arn))
    iam.put_role_policy(RoleName=name, PolicyName='no', PolicyDocument=json.dumps({
        'Version': '2012-10-17',
        'Statement': [{'Effect': 'Deny', 'Action': 'ec2:DeleteSnapshot', 'Resource': '*'}]}))
    return case


@row('EXPIRED, and the role as before')
def expires_again():
    case = expires()
    equal(answer_to(case.call), OK, '  it is deleted once')
    poll(lambda: status(case.vault, case.arn) == 'EXPIRED', '  it is EXPIRED')
    return case


@row('EXPIRED, and the role mended')
def expired():
    case = expires_again()
    sexton('role', 'set', EXPIRED_ROLE, '--status', 'permitted')
    case.follow = [lambda: sexton('role', 'set', EXPIRED_ROLE, '--status', 'denied')]
    return case


def on_snapshots(state, message):
    """A point of a volume whose snapshots something keeps."""
    volume = f'arn:aws:ec2:us-east-1:123456789012:volume/vol-{uuid.uuid4().hex[:17]}'
    sexton('source', 'set', volume, '--snapshots', state)
    kept = vault()
    case = Case(kept, point(kept, resource=volume))

    def why():
        said = backup.describe_recovery_point(
            BackupVaultName=kept, RecoveryPointArn=case.arn)['StatusMessage']
        ok(case.arn.rpartition('/')[2] in said and message in said, f'  because {said}')
    case.follow = [why]
    return volume, case


@row('made of a snapshot that is locked')
def snapshot_locked():
    return on_snapshots('locked', 'is locked with EBS Snapshot Lock')[1]


@row('made of a snapshot that an image uses')
def snapshot_in_use():
    return on_snapshots('in-use', 'is currently in use by ami-')[1]


@row('EXPIRED, and the snapshot is free')
def snapshot_free():
    volume, case = on_snapshots('in-use', '')
    equal(answer_to(case.call), OK, '  it is deleted once')
    poll(lambda: status(case.vault, case.arn) == 'EXPIRED', '  it is EXPIRED')
    equal(asked('source', 'remove', volume).returncode, 5, '  its source is not removed, as it is')
    sexton('source', 'set', volume, '--snapshots', 'deletable')
    case.follow = []
    return case


@row('made of a locked snapshot, in a locked vault')
def snapshot_in_locked_vault():
    case = on_snapshots('locked', '')[1]
    case.follow = []
    return lock(case, MinRetentionDays=1)


@row('EXPIRED, and in a locked vault')
def expired_and_locked():
    return lock(expires_again(), MinRetentionDays=1)


@row('being deleted')
def deleting():
    """The bytes stay where they are as long as nobody knows whose disk they are on."""
    mark = pathlib.Path(os.environ['SEXTON_DATA'], 'blobs', 'sexton-store')
    case = complete()
    away = mark.rename(mark.parent.parent / 'sexton-store.away')
    equal(answer_to(case.call), OK, '  it is deleted once')

    def back():
        away.rename(mark)
        after(case, 'gone')
    case.follow = [back]
    return case


def change(case):
    case.call = lambda: backup.update_recovery_point_lifecycle(
        BackupVaultName=case.vault, RecoveryPointArn=case.arn, Lifecycle={'DeleteAfterDays': 1})
    return case


@row('UpdateRecoveryPointLifecycle in a locked vault')
def change_locked():
    return change(governance())


@row('UpdateRecoveryPointLifecycle that the policy of the vault denies')
def change_denied():
    return change(deny(complete(), 'UpdateRecoveryPointLifecycle'))


@row('DeleteBackupVault of a vault that holds a point')
def full_vault():
    case = complete()
    case.call = lambda: backup.delete_backup_vault(BackupVaultName=case.vault)
    return case


@row('GetBackupVaultAccessPolicy of a vault without one')
def no_policy():
    case = unknown()
    case.call = lambda: backup.get_backup_vault_access_policy(BackupVaultName=case.vault)
    return case


@row('DeleteBackup of Amazon FSx of a recovery point')
def through_fsx():
    name = vault()
    made = fsx.describe_file_systems()['FileSystems'][0]
    case = Case(name, point(name, resource=made['ResourceARN']))
    own = case.arn.rsplit('/', 1)[1]
    case.call = lambda: fsx.delete_backup(BackupId=own)
    return case


@row('GetBackupVaultNotifications of a vault without any')
def no_notifications():
    case = unknown()
    case.call = lambda: backup.get_backup_vault_notifications(BackupVaultName=case.vault)
    case.words = [case.vault]
    return case


@row('DisassociateRecoveryPoint')
def disassociate(case=None):
    case = case or complete()
    case.call = lambda: backup.disassociate_recovery_point(
        BackupVaultName=case.vault, RecoveryPointArn=case.arn)
    return case


@row('DisassociateRecoveryPoint of a point that is not in the vault')
def disassociate_nothing():
    return disassociate(unknown())


@row('DisassociateRecoveryPoint that the policy of the vault denies')
def disassociate_denied():
    return disassociate(deny(complete(), 'DisassociateRecoveryPoint'))


@row('DisassociateRecoveryPointFromParent')
def orphan(case=None):
    case = case or complete()
    case.call = lambda: backup.disassociate_recovery_point_from_parent(
        BackupVaultName=case.vault, RecoveryPointArn=case.arn)
    return case


@row('DisassociateRecoveryPointFromParent of a point that is not in the vault')
def orphan_nothing():
    return orphan(unknown())


def after(case, wanted):
    if wanted == 'gone':
        poll(lambda: status(case.vault, case.arn) == 'ResourceNotFoundException', '  it is gone')
        poll(lambda: asked('certificate', case.arn).returncode == 0, '  and certified')
    elif wanted == 'not there':
        equal(status(case.vault, case.arn), 'ResourceNotFoundException', '  nothing is there')
    elif wanted:
        equal(status(case.vault, case.arn), wanted, f'  it is {wanted}')


# What the page says of each: 200, or status, name, number and words; and what it is then.
CLAIM = re.compile(r'(\d{3})(?: (\w+))?(?:, (ERROR_\d+))?(?:: "(.*)")?')
page = pathlib.Path(__file__).parents[2].joinpath('docs/SEMANTICS.md').read_text()
table = page.split('### What DeleteRecoveryPoint answers\n')[1].split('\n#')[0]
said = {}
for line in table.splitlines():
    cells = [cell.strip().replace('`', '') for cell in line.strip('|').split('|')]
    found = CLAIM.fullmatch(cells[2]) if len(cells) == 4 else None
    if found:
        said[cells[0]] = Answer(int(found[1]), found[2], found[3], found[4] or ''), cells[3]
equal(set(said), set(rows) | BUSY, 'the page has the rows that are tried here')


def agrees(answer, what):
    """Whether an answer is what the page says."""
    claim = said[what][0]
    equal(answer[:2], claim[:2], what)
    if claim.number:
        equal(answer.number, claim.number, '  with its number')
    words = '.*'.join(re.escape(it) for it in claim.message.split('…'))
    ok(re.fullmatch(words, answer.message, re.DOTALL), '  with its message', (answer, words))


for what, make in rows.items():
    case = make()
    answer = answer_to(case.call)
    agrees(answer, what)
    ok(all(word in answer.message for word in case.words), '  which says of what', answer)
    after(case, said[what][1])
    for follow in case.follow:
        follow()

# What is busy. Of what has ended before the answer came nothing can be said: it is begun again.
tree = tempfile.TemporaryDirectory()
with open(os.path.join(tree.name, 'noise'), 'wb') as file:
    file.write(os.urandom(24 << 20))
slow = sexton('source', 'add', '--type', 'fsx', '--path', tree.name).strip()
name, jobs, restores, copies = vault(), [], [], []
into = backup.describe_backup_vault(BackupVaultName=vault())['BackupVaultArn']


def delete(arn):
    return answer_to(Case(name, arn).call)


def create():
    jobs.extend(start_backup(backup, name, slow)['BackupJobId'] for _ in range(7))
    return backup.describe_backup_job(BackupJobId=jobs[-1])


_, answer = meanwhile(create, lambda job: delete(job['RecoveryPointArn']),
                      lambda job: status(name, job['RecoveryPointArn']) == 'CREATING')
agrees(answer, 'being created')
points = [ended_backup(backup, job)['RecoveryPointArn'] for job in jobs]


def restore():
    restores.extend(start_restore(backup, points[-1])['RestoreJobId'] for _ in range(6))
    return points[-1], restores[-1]


def delete_used(started):
    answer = delete(started[0])
    if answer.status == 200:
        points.remove(started[0])
    return answer


def restoring(started):
    return backup.describe_restore_job(RestoreJobId=started[1])['Status'] == 'RUNNING'


started, answer = meanwhile(restore, delete_used, restoring)
agrees(answer, 'being restored')
ok(any(job in answer.message for job in restores), '  it names a restore job', answer)
after(Case(name, started[0]), said['being restored'][1])
equal({ended_restore(backup, job)['Status'] for job in restores}, {'COMPLETED'},
      '  and restored whole')


def ended_copy(job):
    found = backup.describe_copy_job(CopyJobId=job)['CopyJob']
    return found if found['State'] in ('COMPLETED', 'FAILED') else None


def end_copies():
    return {served.wait(lambda job=job: ended_copy(job))['State'] for job in copies}


def copy():
    end_copies()
    # As many at a time as may be made.
    copies.extend(backup.start_copy_job(
        RecoveryPointArn=points[-1], SourceBackupVaultName=name, IamRoleArn=ROLE,
        DestinationBackupVaultArn=into)['CopyJobId'] for _ in range(5))
    return points[-1], copies[-1]


started, answer = meanwhile(copy, delete_used, lambda started: not ended_copy(started[1]))
agrees(answer, 'being copied')
ok(any(job in answer.message for job in copies), '  it names a copy job', answer)
after(Case(name, started[0]), said['being copied'][1])
equal(end_copies(), {'COMPLETED'}, '  and copied whole')
tree.cleanup()
done()
