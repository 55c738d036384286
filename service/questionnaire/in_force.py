"""Tables of which an installation may replace entries: the default as shipped, and over it what is in force now.

Pure: who has changed what, and where that is kept, is `administration`'s. One process serves one installation.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

Entry = TypeVar("Entry")


class Overlay(Mapping[str, Entry], Generic[Entry]):
    """A table to read; `replace` swaps all of it at once, so a reader sees either the one or the other.

    An entry of the default may be replaced, never taken away: what was once chosen is shown for ever.
    """

    def __init__(self, default: Mapping[str, Entry], *, order: Callable[[str], Any] | None = None) -> None:
        self.default: Mapping[str, Entry] = dict(default)
        self.edition = 0
        self._order = order
        self._now: Mapping[str, Entry] = self.default

    def __getitem__(self, key: str) -> Entry:
        return self._now[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now)

    def __len__(self) -> int:
        return len(self._now)

    def __repr__(self) -> str:
        return f"Overlay of {len(self)} entries"

    def replace(self, entries: Mapping[str, Entry]) -> None:
        """Put these entries in force over the default; those of before are gone. None at all: the default again."""
        merged: dict[str, Entry] = {**self.default, **entries}
        ordered = sorted(merged, key=self._order) if self._order else list(merged)
        self._now = {key: merged[key] for key in ordered} if entries else self.default
        self.edition += 1  # only now: what was derived from the table is made anew, and of this one
