"""Recovery points in the vaults of AWS Backup."""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal, overload

from sexton._call import (
    After,
    Age,
    Moment,
    ProgressArgument,
    delete,
    listing,
    names,
    of_session,
    settings,
    words,
)
from sexton._report import Backup, Report

__all__ = ['delete_backups', 'list_backups']


@overload
def delete_backups(
    *,
    backup_vault_name: str,
    recovery_point_arns: Iterable[str],
    region: str | None = None,
    debug: bool = False,
    session: Any = None,
    detailed: Literal[False] = False,
    absent_ok: bool = False,
    after: After = None,
    continuous: bool = False,
    progress: ProgressArgument = None,
    timeout: float = 900.0,
    concurrency: int = 64,
    rate: int | None = None,
    profile: str | None = None,
    endpoint_url: str | None = None,
) -> list[str]: ...
@overload
def delete_backups(
    *,
    backup_vault_name: str,
    recovery_point_arns: Iterable[str],
    region: str | None = None,
    debug: bool = False,
    session: Any = None,
    detailed: Literal[True],
    absent_ok: bool = False,
    after: After = None,
    continuous: bool = False,
    progress: ProgressArgument = None,
    timeout: float = 900.0,
    concurrency: int = 64,
    rate: int | None = None,
    profile: str | None = None,
    endpoint_url: str | None = None,
) -> Report: ...
@overload
def delete_backups(
    *,
    backup_vault_name: str,
    recovery_point_arns: Iterable[str],
    region: str | None = None,
    debug: bool = False,
    session: Any = None,
    detailed: bool,
    absent_ok: bool = False,
    after: After = None,
    continuous: bool = False,
    progress: ProgressArgument = None,
    timeout: float = 900.0,
    concurrency: int = 64,
    rate: int | None = None,
    profile: str | None = None,
    endpoint_url: str | None = None,
) -> list[str] | Report: ...
def delete_backups(
    *,
    backup_vault_name: str,
    recovery_point_arns: Iterable[str],
    region: str | None = None,
    debug: bool = False,
    session: Any = None,
    detailed: bool = False,
    absent_ok: bool = False,
    after: After = None,
    continuous: bool = False,
    progress: ProgressArgument = None,
    timeout: float = 900.0,
    concurrency: int = 64,
    rate: int | None = None,
    profile: str | None = None,
    endpoint_url: str | None = None,
) -> list[str] | Report:
    """Deletes recovery points, and proves that they are gone.

    Args:
        backup_vault_name: the vault that holds them.
        recovery_point_arns: the ARNs of the recovery points. Each is checked before the first call.
        region: the region, such as 'us-east-1'. Without it that of the session, or of the
            environment and the profile.
        session: a session of boto3 or botocore: its credentials, refreshed when they expire, its
            region and its endpoint.
        debug: log all that happens, whatever the level of the logger `sexton` is; on standard
            error if nobody handles it.
        detailed: give a :class:`sexton.Report`, which says of each why, instead of the list.
        absent_ok: do not count recovery points that are nowhere as failed: for scripts that
            run twice.
        after: reports of earlier calls on this vault, or paths of files that hold such as JSON (of
            `sexton delete --report` too): one or several. What one of them saw there, and what is
            not there now, counts as gone.
        continuous: delete continuous backups too: after that nobody can restore to a point in time.
            Without it they are refused, and so is what could not be read, which may be one.
        progress: a function that is told how far the call is (a :class:`sexton.Progress`), or
            True for a bar of tqdm; without tqdm a warning says what to install.
        timeout: for how many seconds is waited, after the last deletion was asked for, until they
            are gone. What is not seen to be gone then counts as unknown.
        concurrency: the most requests in flight, 1 to 1024.
        rate: the most requests a second; without it as many as the service accepts.
        profile: the profile whose credentials are used.
        endpoint_url: the address of the service, if it is not the cloud's own.

    Returns:
        The ARNs of what is not proven gone, in the order given; an empty list if everything is. Of
        a locked vault it is all of them, and nothing is asked for. With `detailed=True` a report
        of each.

    Raises:
        InvalidInputError: an argument cannot be meant, or a name cannot be of this place. It is
            named, and nothing was sent; but that `after` is of another place is known only once
            this one is read.
        SextonError: the vault could not be read, and nothing was deleted: CredentialsError,
            ForbiddenError, NotFoundError, ThrottledError, UnreachableError or ServiceError.
        KeyboardInterrupt: after Ctrl-C, once what was in flight is read back. Its attribute
            `report` says how far the call has come. The second Ctrl-C waits for nothing.
    """
    ids = names('recovery_point_arns', recovery_point_arns)
    region, endpoint_url, keys = of_session(session, 'backup', region, endpoint_url)
    told = settings(region=region, endpoint_url=endpoint_url, profile=profile, timeout=timeout,
                    concurrency=concurrency, rate=rate, continuous=continuous, after=after)
    report = delete('aws-backup', backup_vault_name, ids, told, keys, progress, debug)
    return report if detailed else [item.name for item in report.failed(absent_ok)]


def list_backups(
    *,
    backup_vault_name: str | Iterable[str] | None = None,
    before: Moment = None,
    older_than: Age = None,
    newer_than: Age = None,
    state: str | Iterable[str] | None = None,
    resource: str | Iterable[str] | None = None,
    type: str | Iterable[str] | None = None,
    larger_than: str | int | None = None,
    tags: dict[str, str] | None = None,
    untagged: bool = False,
    with_tags: bool = False,
    region: str | None = None,
    session: Any = None,
    rate: int | None = None,
    profile: str | None = None,
    endpoint_url: str | None = None,
) -> Iterator[Backup]:
    """Lists recovery points, to the end or with an error, in bounded memory.

    Args:
        backup_vault_name: of this vault or these vaults; without it of all.
        before: made before this moment: a datetime (without a zone: UTC), a date or a text such
            as '2026-01-31'.
        older_than: made longer ago than this: a timedelta or a text such as '90d'.
        newer_than: made less long ago.
        state: in one of these states.
        resource: of one of these sources, by ARN or id.
        type: of one of these types.
        larger_than: of more bytes than this: a number or a text such as '10GiB'.
        tags: with all of these tags.
        untagged: without any tag.
        with_tags: read the tags of each.
        region: the region, such as 'us-east-1'. Without it that of the session, or of the
            environment and the profile.
        session: a session of boto3 or botocore: its credentials, refreshed when they expire, its
            region and its endpoint.
        rate: the most requests a second.
        profile: the profile whose credentials are used.
        endpoint_url: the address of the service, if it is not the cloud's own.

    Returns:
        An iterator of backups.

    Raises:
        InvalidInputError: an argument cannot be meant. Nothing was sent.
        UnfinishedListError: while iterating: the list broke off, and what was told is not all.
    """
    region, endpoint_url, keys = of_session(session, 'backup', region, endpoint_url)
    told = settings(region=region, endpoint_url=endpoint_url, profile=profile, rate=rate)
    return listing('aws-backup', words(backup_vault_name), told, keys,
                   before=before, older_than=older_than, newer_than=newer_than, state=state,
                   resource=resource, type=type, larger_than=larger_than, tags=tags,
                   untagged=untagged, with_tags=with_tags)
