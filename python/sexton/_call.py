"""What the calls of the three services share."""
from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta, timezone
from typing import Any, Union

from sexton import _native
from sexton._errors import CredentialsError, InvalidInputError
from sexton._report import Backup, Progress, Report, backup

log = logging.getLogger('sexton')
log.addHandler(logging.NullHandler())

#: A function that is told how far a call is; True for a bar of tqdm, if that is installed.
ProgressArgument = Union[bool, Callable[[Progress], object], None]
#: Reports of earlier calls, or paths of files that hold them as JSON: one or several.
After = Union[Report, str, 'os.PathLike[str]',
              Iterable[Union[Report, str, 'os.PathLike[str]']], None]
Keys = Callable[[], 'tuple[str, str, str | None]']
Moment = Union[str, date, datetime, None]
Age = Union[str, timedelta, None]

LEVELS = {'settled': logging.INFO, 'gap': logging.WARNING, 'silent': logging.WARNING}
WORDS = {
    'begun': 'begins by', 'watching': 'reading back', 'searching': 'looking elsewhere',
    'silent': 'the service does not answer', 'answers_again': 'the service answers again',
}


def names(argument: str, given: Iterable[str]) -> list[str]:
    """A list of names. One text alone is a mistake: its letters are no names."""
    if isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
        raise InvalidInputError(f'{argument}: give a list of names')
    found = list(given)
    for number, name in enumerate(found):
        if not isinstance(name, str):
            raise InvalidInputError(f'{argument}[{number}]: {name!r} is no text')
    return found


def _reports(after: After) -> list[tuple[str, str]]:
    """What each of the reports is called, and its text."""
    if after is None:
        return []
    if isinstance(after, (Report, str, os.PathLike)):
        return [_report('after', after)]
    if isinstance(after, bytes) or not isinstance(after, Iterable):
        raise InvalidInputError('after: give a report, or the path of one')
    return [_report(f'after[{number}]', one) for number, one in enumerate(after)]


def _report(argument: str, given: Report | str | os.PathLike[str]) -> tuple[str, str]:
    if isinstance(given, Report):
        return f'{argument}: the report', given.to_json()
    if not isinstance(given, (str, os.PathLike)):
        raise InvalidInputError(
            f'{argument}: {type(given).__name__} is neither a report nor the path of one')
    path = os.fspath(given)
    try:
        with open(path, encoding='utf-8') as file:
            return f'{argument}: {path}', file.read()
    except (OSError, ValueError) as error:
        why = getattr(error, 'strerror', None) or error
        raise InvalidInputError(f'{argument}: cannot read {path!r}: {why}') from error


def of_session(session: Any, service: str, region: str | None, endpoint_url: str | None,
               ) -> tuple[str | None, str | None, Keys | None]:
    """Region, endpoint and credentials of a session of boto3 or botocore."""
    if session is None:
        return region, endpoint_url, None
    if not hasattr(session, 'get_credentials'):
        raise InvalidInputError(f'session: {type(session).__name__} is no session of boto3')
    credentials = session.get_credentials()
    if credentials is None:
        raise CredentialsError('the session has no credentials')
    make = getattr(session, 'create_client', None)
    if make is None:
        make, region = session.client, region or session.region_name
    else:
        region = region or session.get_config_variable('region')
    if region and not endpoint_url:
        found = make(service, region_name=region).meta.endpoint_url
        if found not in (f'https://{service}.{region}.amazonaws.com',
                         f'https://{service}.{region}.amazonaws.com.cn'):
            endpoint_url = found

    def keys() -> tuple[str, str, str | None]:
        frozen = credentials.get_frozen_credentials()
        return frozen.access_key, frozen.secret_key, frozen.token

    return region, endpoint_url, keys


def no_session(session: None) -> None:
    """Sessions of boto3 have no credentials that RDS knows."""
    if session is not None:
        raise InvalidInputError(
            f'session: {type(session).__name__} is no session of Alibaba Cloud, which has none: '
            'give profile=, or set ALIBABA_CLOUD_ACCESS_KEY_ID as for every tool of Alibaba Cloud')


def settings(*, region: str | None, endpoint_url: str | None, profile: str | None,
             timeout: float = 900.0, concurrency: int = 64, rate: int | None = None,
             signature: str | None = None, continuous: bool = False,
             after: After = None) -> dict[str, Any]:
    """What the native part is told beside the names."""
    return {
        'region': region, 'endpoint_url': endpoint_url, 'profile': profile,
        'ca_bundle': os.environ.get('AWS_CA_BUNDLE') or None, 'signature': signature,
        'timeout': timeout, 'concurrency': concurrency, 'rate': rate, 'continuous': continuous,
        'after': _reports(after), 'all_events': False,
    }


class _Teller:
    """Tells the log and a progress what happens. It is called on the thread of the call."""

    def __init__(self, progress: ProgressArgument, debug: bool) -> None:
        self._debug = debug
        self._bar: Any = None
        self._tell = progress if callable(progress) else None
        self._stage, self._done, self._total = 'deleting', 0, 0
        if progress is True:
            try:
                from tqdm.auto import tqdm  # type: ignore[import-untyped, unused-ignore]
            except ImportError:
                # The caller of the caller of `delete`, which made this.
                warnings.warn('progress=True shows no bar without tqdm: pip install tqdm',
                              stacklevel=4)
            else:
                self._bar = tqdm(unit='backup')

    def wants_all(self) -> bool:
        return (self._debug or self._tell is not None or self._bar is not None
                or log.isEnabledFor(logging.INFO))

    def wanted(self) -> bool:
        return self.wants_all() or log.isEnabledFor(logging.WARNING)

    def __call__(self, what: str, name: str, words: str, count: int) -> None:
        self._log(what, name, words, count)
        if what == 'begun':
            self._begin(words, count)
        elif what == 'looked':
            self._advance(count)
        elif what == 'answered':
            if self._stage == 'looking':
                self._begin('deleting', self._total)
            self._advance(count)
        elif what in ('watching', 'searching'):
            self._begin('verifying' if what == 'watching' else 'searching', count)
        elif what == 'settled' and self._stage != 'deleting':
            self._advance(count)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()

    def _begin(self, stage: str, total: int) -> None:
        self._stage, self._done, self._total = stage, 0, total
        if self._bar is not None:
            self._bar.reset(total=total)
            self._bar.set_description(stage)
        self._advance(0)

    def _advance(self, count: int) -> None:
        self._done = min(self._done + count, self._total)
        if self._bar is not None:
            self._bar.update(count)
        if self._tell is not None:
            self._tell(Progress(self._stage, self._done, self._total))

    def _log(self, what: str, name: str, words: str, count: int) -> None:
        level = LEVELS.get(what, logging.DEBUG)
        if not self._debug and not log.isEnabledFor(level):
            return
        parts = (name, words) if what == 'settled' else (WORDS.get(what, what), words)
        text = _native.plain(' - '.join(part for part in parts if part))
        if count and what != 'settled':
            text = f'{text} ({count})'
        if not self._debug:
            log.log(level, '%s', text)
            return
        # All that happens, whatever the level of the logger is: that is the host's to set.
        record = log.makeRecord(log.name, level, __file__, 0, text, (), None)
        log.handle(record)
        if log.disabled or all(type(it) is logging.NullHandler for it in _handlers()):
            print(text, file=sys.stderr)


def _handlers() -> Iterator[logging.Handler]:
    logger: logging.Logger | None = log
    while logger is not None:
        yield from logger.handlers
        logger = logger.parent if logger.propagate else None


def delete(service: str, place: str | None, ids: list[str], told: dict[str, Any],
           keys: Keys | None, progress: ProgressArgument, debug: bool) -> Report:
    """Deletes and gives the report."""
    teller = _Teller(progress, debug)
    try:
        document, reasons, interruption = _native.delete(
            service, place, ids, {**told, 'all_events': teller.wants_all()}, keys,
            teller if teller.wanted() else None)
    finally:
        teller.close()
    report = Report(document, reasons)
    if interruption is not None:
        interruption.report = report  # type: ignore[attr-defined]
        raise interruption
    return report


def words(given: str | Iterable[str] | None) -> list[str]:
    """One word or several."""
    if given is None:
        return []
    return [given] if isinstance(given, str) else list(given)


def moment(given: Moment) -> str | None:
    """A moment as text. One without a zone is in UTC."""
    if given is None or isinstance(given, str):
        return given
    if isinstance(given, datetime):
        aware = given if given.tzinfo else given.replace(tzinfo=timezone.utc)
        return aware.astimezone(timezone.utc).isoformat().replace('+00:00', 'Z')
    return given.isoformat()


def age(given: Age) -> str | None:
    """An age as text."""
    if isinstance(given, timedelta):
        return f'{int(given.total_seconds())}s'
    return given


def listing(service: str, places: list[str], told: dict[str, Any], keys: Keys | None, *,
            before: Moment, older_than: Age, newer_than: Age, state: str | Iterable[str] | None,
            resource: str | Iterable[str] | None, type: str | Iterable[str] | None,
            larger_than: str | int | None, tags: dict[str, str] | None, untagged: bool,
            with_tags: bool) -> Iterator[Backup]:
    """Lists backups, one after the other."""
    filters = {
        'places': places, 'before': moment(before), 'older_than': age(older_than),
        'newer_than': age(newer_than), 'states': words(state), 'resources': words(resource),
        'types': words(type), 'larger_than': None if larger_than is None else str(larger_than),
        'tags': [f'{key}={value}' for key, value in (tags or {}).items()],
        'untagged': untagged, 'with_tags': with_tags,
    }
    found = _native.list_backups(service, filters, told, keys)
    return map(backup, found)
