#!/usr/bin/env python3
"""A server that answers for an unknown vault what the real service is observed to answer.
usage: missing_vault.py ENDPOINT_URL   (of a server with --missing-vault access-denied)"""
from checks import RESOURCE, done, ok, raises
from served import back_up, client, start_backup

backup = client()
none = {'BackupVaultName': 'none'}
point = back_up(backup, 'Default', RESOURCE)['RecoveryPointArn']
arn = backup.describe_backup_vault(BackupVaultName='Default')['BackupVaultArn']
arn = arn.replace('Default', 'none')
for what, call in [
    ('DescribeBackupVault', lambda: backup.describe_backup_vault(**none)),
    ('ListRecoveryPointsByBackupVault',
     lambda: backup.list_recovery_points_by_backup_vault(**none)),
    ('DescribeRecoveryPoint',
     lambda: backup.describe_recovery_point(**none, RecoveryPointArn=point)),
    ('DeleteRecoveryPoint', lambda: backup.delete_recovery_point(**none, RecoveryPointArn=point)),
    ('GetRecoveryPointRestoreMetadata',
     lambda: backup.get_recovery_point_restore_metadata(**none, RecoveryPointArn=point)),
    ('DisassociateRecoveryPoint',
     lambda: backup.disassociate_recovery_point(**none, RecoveryPointArn=point)),
    ('DisassociateRecoveryPointFromParent',
     lambda: backup.disassociate_recovery_point_from_parent(**none, RecoveryPointArn=point)),
    ('GetBackupVaultNotifications', lambda: backup.get_backup_vault_notifications(**none)),
    ('StartBackupJob', lambda: start_backup(backup, 'none')),
    ('ListTags', lambda: backup.list_tags(ResourceArn=arn)),
    ('TagResource', lambda: backup.tag_resource(ResourceArn=arn, Tags={'a': 'b'})),
    ('UntagResource', lambda: backup.untag_resource(ResourceArn=arn, TagKeyList=['a'])),
]:
    raises(call, 'AccessDeniedException', f'{what} of an unknown vault', 'Insufficient', 403)
raises(lambda: backup.delete_backup_vault(**none), 'ResourceNotFoundException',
       'DeleteBackupVault of an unknown vault says so', status=400)
raises(lambda: backup.list_tags(ResourceArn=arn.replace('backup-vault', 'backup-plan')),
       'ResourceNotFoundException', 'and so does ListTags of an unknown plan', status=400)
raises(lambda: backup.describe_recovery_point(
    BackupVaultName='Default', RecoveryPointArn=point + '0'), 'ResourceNotFoundException',
    'an unknown point of a known vault', status=400)
ok(backup.describe_recovery_point(BackupVaultName='Default', RecoveryPointArn=point),
   'a known point')
done()
