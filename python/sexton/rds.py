"""Backup sets of ApsaraDB RDS."""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, overload

from sexton._call import (
    After,
    Age,
    Moment,
    ProgressArgument,
    delete,
    listing,
    names,
    no_session,
    settings,
    words,
)
from sexton._report import Backup, Report

__all__ = ['delete_backups', 'list_backups']


@overload
def delete_backups(
    *,
    db_instance_id: str,
    backup_ids: Iterable[str],
    region: str | None = None,
    debug: bool = False,
    session: None = None,
    detailed: Literal[False] = False,
    absent_ok: bool = False,
    after: After = None,
    progress: ProgressArgument = None,
    timeout: float = 900.0,
    concurrency: int = 64,
    rate: int | None = None,
    profile: str | None = None,
    endpoint_url: str | None = None,
    signature: Literal['v1', 'v3'] = 'v3',
) -> list[str]: ...
@overload
def delete_backups(
    *,
    db_instance_id: str,
    backup_ids: Iterable[str],
    region: str | None = None,
    debug: bool = False,
    session: None = None,
    detailed: Literal[True],
    absent_ok: bool = False,
    after: After = None,
    progress: ProgressArgument = None,
    timeout: float = 900.0,
    concurrency: int = 64,
    rate: int | None = None,
    profile: str | None = None,
    endpoint_url: str | None = None,
    signature: Literal['v1', 'v3'] = 'v3',
) -> Report: ...
@overload
def delete_backups(
    *,
    db_instance_id: str,
    backup_ids: Iterable[str],
    region: str | None = None,
    debug: bool = False,
    session: None = None,
    detailed: bool,
    absent_ok: bool = False,
    after: After = None,
    progress: ProgressArgument = None,
    timeout: float = 900.0,
    concurrency: int = 64,
    rate: int | None = None,
    profile: str | None = None,
    endpoint_url: str | None = None,
    signature: Literal['v1', 'v3'] = 'v3',
) -> list[str] | Report: ...
def delete_backups(
    *,
    db_instance_id: str,
    backup_ids: Iterable[str],
    region: str | None = None,
    debug: bool = False,
    session: None = None,
    detailed: bool = False,
    absent_ok: bool = False,
    after: After = None,
    progress: ProgressArgument = None,
    timeout: float = 900.0,
    concurrency: int = 64,
    rate: int | None = None,
    profile: str | None = None,
    endpoint_url: str | None = None,
    signature: Literal['v1', 'v3'] = 'v3',
) -> list[str] | Report:
    """Deletes backup sets of RDS, and proves that they are gone.

    Args:
        db_instance_id: the instance that they are of.
        backup_ids: the ids of the backup sets, which are numbers. Each is checked before the
            first call.
        region: the region, such as 'cn-hangzhou'. Without it that of the environment or the
            profile.
        session: None. A session of boto3 is of AWS, and is refused: credentials come from where
            every tool of Alibaba Cloud finds them (see `profile`), and are refreshed there.
        debug: log all that happens, whatever the level of the logger `sexton` is; on standard
            error if nobody handles it.
        detailed: give a :class:`sexton.Report`, which says of each why, instead of the list.
        absent_ok: do not count backup sets of RDS that are nowhere as failed: for scripts that
            run twice.
        after: reports of earlier calls on this instance, or paths of files that hold such as JSON (of
            `sexton delete --report` too): one or several. What one of them saw there, and what is
            not there now, counts as gone.
        progress: a function that is told how far the call is (a :class:`sexton.Progress`), or
            True for a bar of tqdm; without tqdm a warning says what to install.
        timeout: for how many seconds is waited, after the last deletion was asked for, until they
            are gone. What is not seen to be gone then counts as unknown.
        concurrency: the most requests in flight, 1 to 1024.
        rate: the most requests a second; without it as many as the service accepts.
        profile: the profile whose credentials are used, of `~/.aliyun/config.json` or
            `~/.alibabacloud/credentials`. Without it the default chain: ALIBABA_CLOUD_ACCESS_KEY_ID
            and its siblings, those files, the role of the machine.
        endpoint_url: the address of the service, if it is not the cloud's own.
        signature: how requests are signed: 'v3' (ACS3-HMAC-SHA256) or 'v1' (HMAC-SHA1).

    Returns:
        The ids of what is not proven gone, in the order given; an empty list if everything is.
        With `detailed=True` a report of each.

    Raises:
        InvalidInputError: an argument cannot be meant, or a name cannot be of this place. It is
            named, and nothing was sent; but that `after` is of another place is known only once
            this one is read.
        SextonError: the instance could not be read, and nothing was deleted: CredentialsError,
            ForbiddenError, NotFoundError, ThrottledError, UnreachableError or ServiceError.
        KeyboardInterrupt: after Ctrl-C, once what was in flight is read back. Its attribute
            `report` says how far the call has come. The second Ctrl-C waits for nothing.
    """
    no_session(session)
    ids = names('backup_ids', backup_ids)
    told = settings(region=region, endpoint_url=endpoint_url, profile=profile, timeout=timeout,
                    concurrency=concurrency, rate=rate, signature=signature, after=after)
    report = delete('apsara-rds', db_instance_id, ids, told, None, progress, debug)
    return report if detailed else [item.name for item in report.failed(absent_ok)]


def list_backups(
    *,
    db_instance_id: str | Iterable[str] | None = None,
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
    session: None = None,
    rate: int | None = None,
    profile: str | None = None,
    endpoint_url: str | None = None,
    signature: Literal['v1', 'v3'] = 'v3',
) -> Iterator[Backup]:
    """Lists backup sets of RDS, to the end or with an error, in bounded memory.

    Args:
        db_instance_id: of this instance or these instances; without it of all.
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
        region: the region, such as 'cn-hangzhou'. Without it that of the environment or the
            profile.
        session: None. A session of boto3 is of AWS, and is refused: credentials come from where
            every tool of Alibaba Cloud finds them (see `profile`), and are refreshed there.
        rate: the most requests a second.
        profile: the profile whose credentials are used, of `~/.aliyun/config.json` or
            `~/.alibabacloud/credentials`. Without it the default chain: ALIBABA_CLOUD_ACCESS_KEY_ID
            and its siblings, those files, the role of the machine.
        endpoint_url: the address of the service, if it is not the cloud's own.
        signature: how requests are signed: 'v3' (ACS3-HMAC-SHA256) or 'v1' (HMAC-SHA1).

    Returns:
        An iterator of backups.

    Raises:
        InvalidInputError: an argument cannot be meant. Nothing was sent.
        UnfinishedListError: while iterating: the list broke off, and what was told is not all.
    """
    no_session(session)
    told = settings(region=region, endpoint_url=endpoint_url, profile=profile, rate=rate,
                    signature=signature)
    return listing('apsara-rds', words(db_instance_id), told, None,
                   before=before, older_than=older_than, newer_than=newer_than, state=state,
                   resource=resource, type=type, larger_than=larger_than, tags=tags,
                   untagged=untagged, with_tags=with_tags)
