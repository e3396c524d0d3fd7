#!/usr/bin/env python3
"""Access policies of vaults, with boto3: put, shown, removed, and obeyed.
usage: policies.py ENDPOINT_URL
env: SEXTON_BIN the program, SEXTON_DATA the server's data folder"""
import json
import pathlib
import re
import threading
import uuid

import model
import served
from checks import code_of, done, equal, ok, raises
from served import POLICIES, back_up, start_backup, start_restore

backup = served.client()
denied, invalid, absent = ('AccessDeniedException', 'InvalidParameterValueException',
                           'ResourceNotFoundException')
ROOT = 'arn:aws:iam::123456789012:root'
GHOST = 'arn:aws:ec2:us-east-1::snapshot/snap-00000000000000000'


def vault():
    name = 'v-' + uuid.uuid4().hex[:12]
    backup.create_backup_vault(BackupVaultName=name)
    return {'BackupVaultName': name}


def arn(key):
    return 'arn:aws:backup:us-east-1:123456789012:backup-vault:' + key['BackupVaultName']


def point(key):
    return back_up(backup, key['BackupVaultName'])['RecoveryPointArn']


def deny(*actions, resource='*', **more):
    statement = {'Effect': 'Deny', 'Principal': '*', 'Resource': resource,
                 'Action': ['backup:' + action for action in actions], **more}
    return json.dumps({'Version': '2012-10-17', 'Statement': [statement]})


def put(key, policy):
    backup.put_backup_vault_access_policy(**key, Policy=policy)


def remove(key):
    backup.delete_backup_vault_access_policy(**key)


def delete(key, which):
    return lambda: backup.delete_recovery_point(**key, RecoveryPointArn=which)


def status(key, which):
    return backup.describe_recovery_point(**key, RecoveryPointArn=which)['Status']


def refused(call, action, resource, what):
    """As AWS says it, to the letter."""
    words = (f'User: {ROOT} is not authorized to perform: backup:{action} on resource: '
             f'{resource} with an explicit deny in a resource-based policy')
    error = raises(call, denied, what, words, status=403)
    if error is not None:
        equal(error.response['Error']['Message'], words, f'{what}: in these words')


# Put, shown, removed.
key = vault()
error = raises(lambda: backup.get_backup_vault_access_policy(**key), absent,
               'a vault has no policy', 'has no associated POLICY', status=400)
equal(error.response['Error']['Message'], f'Backup Vault {arn(key)} has no associated POLICY',
      'and it is named')
policy = deny('DeleteRecoveryPoint', 'UpdateRecoveryPointLifecycle') + '  '
put(key, policy)
found = backup.get_backup_vault_access_policy(**key)
equal((found['BackupVaultName'], found['BackupVaultArn'], found['Policy']),
      (key['BackupVaultName'], arn(key), policy), 'a policy is shown as it was given')
put(key, policy)
ok(True, 'the same policy can be put again')
remove(key)
remove(key)
raises(lambda: backup.get_backup_vault_access_policy(**key), absent, 'it can be removed')
for call in [lambda: put({'BackupVaultName': 'none'}, policy),
             lambda: remove({'BackupVaultName': 'none'}),
             lambda: backup.get_backup_vault_access_policy(BackupVaultName='none')]:
    raises(call, absent, 'there is no such vault', status=400)

# What is no policy.
for what, wrong, words in [
    ('no JSON', '{', 'not JSON'),
    ('no statement', '{}', 'Statement'),
    ('an effect of another name', deny('DeleteRecoveryPoint', Effect='deny'), 'Allow or Deny'),
    ('an action with a wildcard', deny('*'), 'Statement[0].Action'),
    ('a principal that is none', deny('DeleteRecoveryPoint', Principal={'AWS': 'ann'}), 'ann'),
    ('an unknown operator', deny('DeleteRecoveryPoint', Condition={'StringEqual': {'a:b': 'c'}}),
     'StringEquals'),
    ('21 KB', deny('DeleteRecoveryPoint') + ' ' * 21_000, '20480'),
    ('an effect that stands twice',
     deny('DeleteRecoveryPoint').replace('"Effect"', '"Effect": "Allow", "Effect"'), 'twice'),
]:
    raises(lambda wrong=wrong: put(key, wrong), invalid, what, words, status=400)
raises(lambda: backup.put_backup_vault_access_policy(**key), 'MissingParameterValueException',
       'no policy at all', 'Policy', status=400)
raises(lambda: backup.get_backup_vault_access_policy(**key), absent, 'none of these was put')

# A deny is obeyed, by the root identity too, and does not tell what is there.
held, elsewhere = point(key), point(vault())
put(key, deny('DeleteRecoveryPoint'))
refused(delete(key, held), 'DeleteRecoveryPoint', held, 'a point is not deleted')
refused(delete(key, GHOST), 'DeleteRecoveryPoint', GHOST, 'nor one that is not there')
refused(delete(key, elsewhere), 'DeleteRecoveryPoint', elsewhere, 'nor one of another vault')
equal(status(key, held), 'COMPLETED', 'the point stays')
# It speaks of points by their own ARNs.
put(key, deny('DeleteRecoveryPoint', resource='arn:aws:ec2:*::image/*'))
raises(delete(key, GHOST), absent, 'a policy for images says nothing of snapshots')
put(key, deny('DeleteRecoveryPoint', resource=arn(key)))
raises(delete(key, GHOST), absent, 'the ARN of the vault is not that of a point')
put(key, deny('DeleteRecoveryPoint', resource=held.rsplit('/', 1)[0] + '/*'))
refused(delete(key, held), 'DeleteRecoveryPoint', held, 'a wildcard for all snapshots')
# Conditions.
put(key, deny('DeleteRecoveryPoint', Condition={
    'StringNotEquals': {'aws:userId': ['AROAEXAMPLE:*', '999999999999']}}))
refused(delete(key, held), 'DeleteRecoveryPoint', held, 'all but some identities')
put(key, deny('DeleteRecoveryPoint', Condition={'StringLike': {'aws:UserAgent': 'curl/*'}}))
refused(delete(key, held), 'DeleteRecoveryPoint', held, 'what is not known denies')
put(key, deny('DeleteRecoveryPoint', Condition={
    'StringNotEquals': {'aws:userId': ['AROAEXAMPLE:*', '123456789012']}}))
delete(key, held)()
ok(True, 'who is left out of a deny may delete')

# The other calls that change something.
key = vault()
kept = point(key)
put(key, deny('DeleteBackupVault', 'StartBackupJob', 'StartRestoreJob', 'TagResource',
              'UntagResource', 'PutBackupVaultLockConfiguration',
              'DeleteBackupVaultLockConfiguration', 'DeleteBackupVaultAccessPolicy'))
for action, resource, call in [
    ('StartBackupJob', arn(key), lambda: start_backup(backup, key['BackupVaultName'])),
    ('StartRestoreJob', kept, lambda: start_restore(backup, kept)),
    ('TagResource', arn(key), lambda: backup.tag_resource(ResourceArn=arn(key), Tags={'a': 'b'})),
    ('UntagResource', arn(key),
     lambda: backup.untag_resource(ResourceArn=arn(key), TagKeyList=['a'])),
    ('TagResource', kept, lambda: backup.tag_resource(ResourceArn=kept, Tags={'a': 'b'})),
    ('UntagResource', kept, lambda: backup.untag_resource(ResourceArn=kept, TagKeyList=['a'])),
    ('PutBackupVaultLockConfiguration', arn(key),
     lambda: backup.put_backup_vault_lock_configuration(**key, MinRetentionDays=1)),
    ('DeleteBackupVaultLockConfiguration', arn(key),
     lambda: backup.delete_backup_vault_lock_configuration(**key)),
    ('DeleteBackupVault', arn(key), lambda: backup.delete_backup_vault(**key)),
    ('DeleteBackupVaultAccessPolicy', arn(key), lambda: remove(key)),
]:
    refused(call, action, resource, action + ' is denied')
equal(backup.list_tags(ResourceArn=arn(key))['Tags'], {}, 'no tag came')
delete(key, kept)()
# A lifecycle deletes whatever a policy says, so the guide denies that it is made shorter too.
guide = pathlib.Path(__file__).parents[2].joinpath('docs/guide.md').read_text()
shown = re.search(r"put-backup-vault-access-policy [^']*--policy '(.*?)'$", guide, re.M | re.S)[1]
put(key, shown)
kept = point(key)
refused(delete(key, kept), 'DeleteRecoveryPoint', kept, 'the policy of the guide keeps a point')
refused(lambda: backup.update_recovery_point_lifecycle(
    **key, RecoveryPointArn=kept, Lifecycle={'DeleteAfterDays': 1}),
    'UpdateRecoveryPointLifecycle', kept, 'and its lifecycle')
remove(key)
# Nobody means to be locked out by what the server does not know.
both = ['PutBackupVaultAccessPolicy', 'DeleteBackupVaultAccessPolicy']
for what, condition in [('of an address', {'IpAddress': {'aws:SourceIp': '127.0.0.0/8'}}),
                        ('of encryption', {'Bool': {'aws:SecureTransport': 'false'}}),
                        ('that is misspelt', {'StringEquals': {'aws:PrinicpalArn': 'x'}})]:
    raises(lambda condition=condition: put(key, deny(*both, Condition=condition)), invalid,
           f'a condition {what} locks nobody out', 'leave one of them out', status=400)
delete(key, kept)()
# Whoever may put policies can take a deny away.
put(key, deny('DeleteRecoveryPoint'))
remove(key)
# A policy that denies both is there to stay.
put(key, deny('PutBackupVaultAccessPolicy', 'DeleteBackupVaultAccessPolicy'))
refused(lambda: put(key, policy), 'PutBackupVaultAccessPolicy', arn(key), 'no other policy')
refused(lambda: remove(key), 'DeleteBackupVaultAccessPolicy', arn(key), 'nor none')

# No deletion that begins after a policy was put is accepted, however many run at once.
key = vault()
points = [point(key) for _ in range(24)]
put_done, outcomes = threading.Event(), {}


def run(some):
    own = served.client()
    for which in some:
        late = put_done.is_set()
        try:
            own.delete_recovery_point(**key, RecoveryPointArn=which)
            outcomes[which] = (late, 'accepted')
        except Exception as error:
            outcomes[which] = (late, code_of(error))


threads = [threading.Thread(target=run, args=(points[n::4],)) for n in range(4)]
for thread in threads:
    thread.start()
put(key, deny('DeleteRecoveryPoint'))
put_done.set()
for thread in threads:
    thread.join()
raced = [it for it in outcomes.values() if it == (True, 'accepted')]
ok(not raced and len(outcomes) == 24, 'a policy that was put is obeyed at once', outcomes)
stay = [which for which, (_, came) in outcomes.items() if came == denied]
ok(all(status(key, which) == 'COMPLETED' for which in stay), f'{len(stay)} points stay')
model.covered(POLICIES)
done()
