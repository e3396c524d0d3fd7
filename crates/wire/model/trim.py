#!/usr/bin/env python3
"""Trims botocore's model of a service to the operations that Sexton serves.

usage: trim.py backup > backup.json
       trim.py fsx > fsx.json

Reads the model of the botocore that this interpreter imports; run it with the
version that NOTICE names, or update NOTICE. The output holds one operation or one
shape a line, so that a newer model shows as a readable difference:

- "operations": the served operations, without documentation;
- "shapes": all that these reach, without documentation;
- "unserved": name, method and path of every other operation, so that a request for
  one of them can be refused by name.

Afterwards regenerate the Rust types: UPDATE=1 cargo test -p sexton-wire --test model
"""

import gzip
import json
import pathlib
import sys

import botocore

# Of each service: where its model is, and what is served of it.
SERVICES = {
    "backup": (
        "data/backup/2018-11-15/service-2.json.gz",
        """
CreateBackupVault CreateLogicallyAirGappedBackupVault
DescribeBackupVault ListBackupVaults DeleteBackupVault
StartBackupJob DescribeBackupJob ListBackupJobs StopBackupJob
ListRecoveryPointsByBackupVault ListRecoveryPointsByResource
DescribeRecoveryPoint DeleteRecoveryPoint GetRecoveryPointRestoreMetadata
DisassociateRecoveryPoint DisassociateRecoveryPointFromParent
StartRestoreJob DescribeRestoreJob ListRestoreJobs
StartCopyJob DescribeCopyJob ListCopyJobs
TagResource UntagResource ListTags
PutBackupVaultLockConfiguration DeleteBackupVaultLockConfiguration
PutBackupVaultAccessPolicy GetBackupVaultAccessPolicy DeleteBackupVaultAccessPolicy
GetBackupVaultNotifications
CreateLegalHold GetLegalHold ListLegalHolds CancelLegalHold ListRecoveryPointsByLegalHold
UpdateRecoveryPointLifecycle
CreateBackupPlan GetBackupPlan UpdateBackupPlan DeleteBackupPlan
ListBackupPlans ListBackupPlanVersions
CreateBackupSelection GetBackupSelection DeleteBackupSelection ListBackupSelections
""",
    ),
    "fsx": (
        "data/fsx/2018-03-01/service-2.json.gz",
        """
CreateFileSystem CreateFileSystemFromBackup DescribeFileSystems UpdateFileSystem
DeleteFileSystem
CreateVolume DescribeVolumes DeleteVolume
DescribeStorageVirtualMachines DescribeS3AccessPointAttachments
CreateBackup CopyBackup DescribeBackups DeleteBackup
TagResource UntagResource ListTagsForResource
""",
    ),
}


def without_documentation(value):
    """Drops prose; a member that is itself called documentation is a dict and stays."""
    if isinstance(value, dict):
        return {
            key: without_documentation(item)
            for key, item in value.items()
            if not (key == "documentation" and isinstance(item, str))
        }
    if isinstance(value, list):
        return [without_documentation(item) for item in value]
    return value


def references(shape):
    """The names of the shapes that this one is made of."""
    parts = [shape[key] for key in ("member", "key", "value") if key in shape]
    return [part["shape"] for part in [*parts, *shape.get("members", {}).values()]]


def closure(model, roots):
    """All shapes that can be reached from the roots, by name."""
    found, waiting = {}, list(roots)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = model["shapes"][name]
            waiting.extend(references(found[name]))
    return dict(sorted(found.items()))


def roots(operation):
    """The shapes that an operation names itself."""
    sides = [operation[side] for side in ("input", "output") if side in operation]
    return [part["shape"] for part in [*sides, *operation.get("errors", [])]]


def section(title, entries):
    """One named object with an entry a line."""
    lines = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in entries.items()]
    return f"{json.dumps(title)}: {{\n" + ",\n".join(lines) + "\n}"


def main():
    if len(sys.argv) != 2 or sys.argv[1] not in SERVICES:
        sys.exit(f"usage: trim.py {'|'.join(SERVICES)}")
    place, served = SERVICES[sys.argv[1]]
    path = pathlib.Path(botocore.__file__).parent / place
    model = without_documentation(json.loads(gzip.decompress(path.read_bytes())))
    operations = {name: model["operations"][name] for name in served.split()}
    wanted = [shape for operation in operations.values() for shape in roots(operation)]
    unserved = {
        name: operation["http"]
        for name, operation in sorted(model["operations"].items())
        if name not in operations
    }
    head = f'"botocore": {json.dumps(botocore.__version__)}'
    version = f'"apiVersion": {json.dumps(model["metadata"]["apiVersion"])}'
    parts = [
        head,
        version,
        section("operations", operations),
        section("shapes", closure(model, wanted)),
        section("unserved", unserved),
    ]
    sys.stdout.write("{\n" + ",\n".join(parts) + "\n}\n")


if __name__ == "__main__":
    main()
