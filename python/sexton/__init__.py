"""Deletes cloud backups, and proves that they are gone.

Use the modules :mod:`sexton.backup` (AWS Backup), :mod:`sexton.fsx` (Amazon FSx) and
:mod:`sexton.rds` (ApsaraDB RDS).
"""
from sexton import backup, fsx, rds
from sexton._errors import (
    CredentialsError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    ServiceError,
    SextonError,
    ThrottledError,
    UnfinishedListError,
    UnreachableError,
)
from sexton._native import __version__
from sexton._report import Backup, Item, Progress, Report

__all__ = [
    'Backup', 'CredentialsError', 'ForbiddenError', 'InvalidInputError', 'Item', 'NotFoundError',
    'Progress', 'Report', 'ServiceError', 'SextonError', 'ThrottledError',
    'UnfinishedListError', 'UnreachableError', '__version__', 'backup', 'fsx', 'rds',
]


def _name() -> None:
    """In a traceback they have the name by which they are imported."""
    for name in __all__:
        if isinstance(it := globals()[name], type):
            it.__module__ = 'sexton'


_name()
