#!/usr/bin/env python3
"""A real file system through the API of FSx: made, filled with 100,000 files, backed up, copied to
another region, and made again from the copy.

    make clients && cargo build --release
    tests/clients/venv/bin/python benches/tree.py

The files are small and lie in nested folders; among them are links, files with holes, names that
are no text, empty folders, and modes of all kinds. In the end the two trees are compared: every
entry, every byte, modes, owners, times, links and holes. Each time is from the request until the
answer says AVAILABLE, asked every 20 ms."""
import os
import pathlib
import re
import shutil
import sys
import time

import common

sys.path.insert(0, str(common.ROOT / 'tests/acceptance'))
import tree  # noqa: E402  (that of the acceptance tests)

FILES = common.number('SEXTON_BENCH_FILES', 100_000)
SUBNET = 'subnet-0123456789abcdef0'
HERE, THERE = 'us-east-1', 'eu-central-1'


def client(server, region):
    import boto3
    profile = dict(line.split(' = ') for line in
                   (server.data / 'aws-profile').read_text().splitlines() if ' = ' in line)
    session = boto3.Session(profile['aws_access_key_id'], profile['aws_secret_access_key'],
                            region_name=region)
    return session.client('fsx', endpoint_url=server.url)


def memory(server):
    """The largest that the server ever was, in MiB."""
    status = pathlib.Path(f'/proc/{server.process.pid}/status').read_text()
    return int(re.search(r'VmHWM:\s+(\d+) kB', status)[1]) / 1024


def used(folder):
    """How many files are in a folder, their bytes, and what they take of the disk. The mark
    of a folder of objects is none."""
    found = [path.lstat() for path in folder.rglob('*')
             if path.name != 'sexton-store' and path.is_file() and not path.is_symlink()]
    return (len(found), sum(it.st_size for it in found) / 1e6,
            sum(it.st_blocks * 512 for it in found) / 1e6)


def until(look):
    while True:
        found = look()
        if found['Lifecycle'] == 'AVAILABLE':
            return
        if found['Lifecycle'] not in ('CREATING', 'PENDING', 'COPYING', 'TRANSFERRING'):
            sys.exit(f'it failed: {found}')
        time.sleep(0.02)


def backup(of, made):
    until(lambda: of.describe_backups(BackupIds=[made['BackupId']])['Backups'][0])
    return made['BackupId']


def file_system(of, made):
    id_of = made['FileSystemId']
    until(lambda: of.describe_file_systems(FileSystemIds=[id_of])['FileSystems'][0])
    return id_of


class Watch:
    """Prints what each step took, how large the server has been, and what is stored."""

    def __init__(self, server):
        self.server = server

    def __call__(self, what, step):
        os.sync()
        began = time.monotonic()
        made = step()
        took = time.monotonic() - began
        objects, size, disk = used(self.server.data / 'blobs')
        print(f'{what:<28} {took:7.2f} s, {FILES / took:8.0f} files a second; '
              f'server at most {memory(self.server):4.0f} MiB; '
              f'stored {size:.0f} MB in {objects} objects, {disk:.0f} MB of the disk', flush=True)
        return made


def main():
    home = common.folder()
    try:
        with common.Server(home / 'data', '--regions', THERE) as server:
            fsx, there = client(server, HERE), client(server, THERE)
            order = {'FileSystemType': 'OPENZFS', 'StorageCapacity': 64, 'SubnetIds': [SUBNET],
                     'OpenZFSConfiguration': {'DeploymentType': 'SINGLE_AZ_1',
                                              'ThroughputCapacity': 64,
                                              'AutomaticBackupRetentionDays': 0}}
            first = file_system(fsx, fsx.create_file_system(**order)['FileSystem'])
            directories = server.data / 'file-systems'
            tree.make_many(directories / first, FILES)
            before = tree.look(directories / first)
            _, size, disk = used(directories / first)
            print(f'{len(before)} entries, {size:.0f} MB with holes and links counted, '
                  f'{disk:.0f} MB of the disk; server at first {memory(server):.0f} MiB')
            watch = Watch(server)
            made = watch('CreateBackup', lambda: backup(
                fsx, fsx.create_backup(FileSystemId=first)['Backup']))
            copy = watch('CopyBackup', lambda: backup(there, there.copy_backup(
                SourceBackupId=made, SourceRegion=HERE)['Backup']))
            fsx.delete_backup(BackupId=made)
            again = watch('CreateFileSystemFromBackup', lambda: file_system(
                there, there.create_file_system_from_backup(
                    BackupId=copy, SubnetIds=[SUBNET])['FileSystem']))
            different = tree.differences(before, tree.look(directories / again))
            if different:
                sys.exit(f'{len(different)} differences: {different[:9]}')
            print('the trees are the same')
            there.delete_backup(BackupId=copy)
            began = time.monotonic()
            while used(server.data / 'blobs')[0]:
                time.sleep(0.02)
            print(f'nothing is stored any more {time.monotonic() - began:.2f} s after both backups '
                  f'were deleted')
            print('load', os.getloadavg())
    finally:
        shutil.rmtree(home, ignore_errors=True)


main()
