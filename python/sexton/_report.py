"""What a call hands back."""
from __future__ import annotations

import html
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from sexton import _native


@dataclass(frozen=True)
class Progress:
    """How far a call is.

    Attributes:
        stage: 'looking', 'deleting', 'verifying' or 'searching'.
        done: how many backups of this stage are done.
        total: how many there are.
    """

    stage: str
    done: int
    total: int


@dataclass(frozen=True)
class Item:
    """How the deletion of one backup ended.

    Attributes:
        name: the ARN or id that it was deleted by.
        outcome: 'gone', 'elsewhere', 'absent', 'accepted', 'expired', 'refused', 'asked_for',
            'unknown' or 'unattempted'. Take a word that you do not know for one that is not proven.
        reason: why it is not proven gone; None if it is.
        way_out: what a person can do about it.
        code: the service's name for a refusal.
        obstacle: what stands in the way, in one word.
        request_id: the service's id of the request that it refused.
        at: when it was seen to be gone or absent (UTC).
        seen: when it was last known to be there, if its outcome is 'unknown' (UTC).
        members: all that the JSON document says of it, in the words of the command line.
    """

    name: str
    outcome: str
    reason: str | None = None
    way_out: str | None = None
    code: str | None = None
    obstacle: str | None = None
    request_id: str | None = None
    at: datetime | None = None
    seen: datetime | None = None
    members: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def gone(self) -> bool:
        """Whether it is proven gone."""
        return self.outcome == 'gone'


#: What a way out says to whoever uses the command line, and what it says here.
_ARGUMENTS = (
    ('give --after with the report of the run that deleted it, or --absent-ok',
     'give after= with the report of the call that deleted it, or absent_ok=True'),
    ('`sexton delete --vault` with the vault', 'sexton.backup.delete_backups with the vault'),
    ('run again, with --after and this run\'s report', 'call again, with after= and this report'),
    ('`sexton erasure list` shows it until then, and `sexton erasure withdraw` takes the request '
     'back', 'whoever administers the server can list the request, and take it back'),
    ('--vault', 'backup_vault_name='), ('--instance', 'db_instance_id='),
    ('--endpoint-url', 'endpoint_url='), ('--profile', 'profile='), ('--rate', 'rate='),
    ('--continuous', 'continuous=True'),
)


def _way_out(text: str | None) -> str | None:
    """A way out in the words of a caller of Python."""
    for there, here in _ARGUMENTS:
        text = text and text.replace(there, here)
    return text


def moment(text: str | None) -> datetime | None:
    """A moment of RFC 3339, as far as Python counts: to the microsecond."""
    if text is None:
        return None
    date, _, fraction = text.rstrip('Z').partition('.')
    return datetime.fromisoformat(f'{date}.{(fraction + "000000")[:6]}+00:00')


def _item(members: dict[str, Any], reason: str | None) -> Item:
    return Item(
        name=members['id'] if 'id' in members else members['arn'], outcome=members['outcome'],
        reason=reason, way_out=_way_out(members.get('way_out')), code=members.get('code'),
        obstacle=members.get('obstacle'), request_id=members.get('request_id'),
        at=moment(members.get('at')), seen=moment(members.get('seen')), members=members)


class Report:
    """How a call ended, backup by backup and as a whole.

    It is true if every backup is proven gone. Iterating gives a dictionary for each backup, so
    that ``pandas.DataFrame(report)`` is a table.
    """

    def __init__(self, document: str, reasons: list[str | None]) -> None:
        self._document: dict[str, Any] = json.loads(document)
        self._reasons = reasons
        self._items: list[Item] | None = None

    def _each(self) -> Iterator[tuple[dict[str, Any], str | None]]:
        return zip(self._document['items'], self._reasons)

    @property
    def items(self) -> list[Item]:
        """Every backup, in the order that was given."""
        # Of ten thousand that are gone nobody may ever want one.
        if self._items is None:
            self._items = [_item(*both) for both in self._each()]
        return list(self._items)

    @property
    def totals(self) -> dict[str, int]:
        """How many backups ended in which way."""
        return dict(self._document['totals'])

    @property
    def verdict(self) -> str:
        """What the call comes to: 'all_gone', 'all_absent', 'nothing_to_do', 'not_proven',
        'partial', 'refused' or 'interrupted'."""
        return str(self._document['verdict'])

    @property
    def stopped(self) -> str | None:
        """Why not everything was asked for, if so."""
        return self._document.get('stopped')

    def failed(self, absent_ok: bool = False) -> list[Item]:
        """The backups that are not proven gone; without those that are in no vault, if
        `absent_ok`."""
        fine = {'gone', 'absent'} if absent_ok else {'gone'}
        return [_item(*both) for both in self._each() if both[0]['outcome'] not in fine]

    def to_dict(self) -> dict[str, Any]:
        """The document that `sexton delete --output json` prints."""
        copy: dict[str, Any] = json.loads(json.dumps(self._document))
        return copy

    def to_json(self, indent: int | None = None) -> str:
        """The same as text."""
        return json.dumps(self._document, indent=indent)

    def _rows(self) -> Iterator[dict[str, Any]]:
        names = [it.name for it in fields(Item) if it.name != 'members']
        for item in self.items:
            yield {name: getattr(item, name) for name in names}

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return self._rows()

    def __len__(self) -> int:
        return len(self._reasons)

    def __bool__(self) -> bool:
        return all(members['outcome'] == 'gone' for members in self._document['items'])

    def _summary(self) -> str:
        counts = ', '.join(f'{count} {word}' for word, count in self.totals.items() if count)
        return f'{self.verdict}: {counts or "no backups"}'

    def __repr__(self) -> str:
        return f'<sexton.Report {self._summary()}>'

    def __str__(self) -> str:
        lines = [self._summary()]
        if self.stopped:
            lines.append(f'stopped: {_native.plain(self.stopped)}')
        for item in self.failed():
            lines.append(_native.plain(f'{item.outcome} {item.name}: {item.reason}'))
        return '\n'.join(lines)

    def _repr_html_(self) -> str:
        """A table, for notebooks."""
        heads = ('name', 'outcome', 'reason', 'way out')
        rows = [''.join(f'<th>{head}</th>' for head in heads)]
        for item in self.items:
            cells = (item.name, item.outcome, item.reason or '', item.way_out or '')
            rows.append(''.join(f'<td>{html.escape(_native.plain(it))}</td>' for it in cells))
        table = ''.join(f'<tr>{row}</tr>' for row in rows)
        return f'<p>{html.escape(self._summary())}</p><table>{table}</table>'


@dataclass(frozen=True)
class Backup:
    """One backup of a list. What is None, the service did not tell.

    Attributes:
        service: 'aws-backup', 'fsx' or 'apsara-rds'.
        id: the name that deletes it: an ARN with AWS Backup, an id with FSx and RDS.
        region: the region that was asked.
        account: the account that it belongs to.
        vault: the vault that holds it (AWS Backup).
        file_system: what it is a backup of (FSx).
        instance: what it is a backup of (RDS).
        source: the ARN of what was backed up.
        type: what kind of backup it is.
        state: how it stands, in the words of the service.
        created: when it was made (UTC).
        expires: when it is to be deleted by itself (UTC).
        size: its size in bytes.
        tags: its tags, if they were asked for.
        protected_by: what keeps it from being deleted, as far as a list tells.
    """

    service: str
    id: str
    region: str
    account: str | None = None
    vault: str | None = None
    file_system: str | None = None
    instance: str | None = None
    source: str | None = None
    type: str | None = None
    state: str | None = None
    created: datetime | None = None
    expires: datetime | None = None
    size: int | None = None
    tags: dict[str, str] | None = None
    protected_by: list[str] | None = None


def backup(text: str) -> Backup:
    """Reads one backup of a list."""
    members = json.loads(text)
    known = {it.name: members.get(it.name) for it in fields(Backup)}
    known.update(created=moment(members['created']), expires=moment(members['expires']))
    return Backup(**known)
