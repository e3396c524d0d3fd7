from collections.abc import Callable, Iterator
from typing import Any, final

__all__ = ['Listing', '__version__', 'delete', 'list_backups', 'plain']
__version__: str

def delete(
    service: str,
    place: str | None,
    ids: list[str],
    settings: dict[str, Any],
    credentials: Callable[[], tuple[str, str, str | None]] | None = None,
    on_event: Callable[[str, str, str, int], object] | None = None,
) -> tuple[str, list[str | None], BaseException | None]: ...
def list_backups(
    service: str,
    filters: dict[str, Any],
    settings: dict[str, Any],
    credentials: Callable[[], tuple[str, str, str | None]] | None = None,
) -> Listing: ...
def plain(text: str) -> str: ...
@final
class Listing:
    def __iter__(self) -> Iterator[str]: ...
    def __next__(self) -> str: ...
    def close(self) -> None: ...
