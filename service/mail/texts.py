"""The text of a letter: as shipped in `templates/`, or what an admin has put in force in its place.

Who has changed what, and where that is kept, is `administration`'s; this process holds what is in force now.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

Key = tuple[str, str]  # message and locale


@dataclass(frozen=True, slots=True)
class Text:
    """Subject and paragraphs as written, before any fact is filled in."""

    subject: str
    paragraphs: tuple[str, ...]

    @classmethod
    def of(cls, subject: str, body: str) -> "Text":
        """Make one of a subject and a body whose paragraphs stand between empty lines."""
        return cls(subject.strip(), tuple(text for _line, text in numbered(body)))

    @property
    def body(self) -> str:
        """Give the paragraphs as one text."""
        return "\n\n".join(self.paragraphs)


@dataclass(slots=True)
class _Process:
    """What is in force in this process instead of what is shipped; swapped as a whole."""

    edited: Mapping[Key, Text] = field(default_factory=dict)


_process = _Process()


def numbered(body: str) -> list[tuple[int, str]]:
    """Give each paragraph with the number of its first line; a line of blanks alone separates too."""
    found: list[tuple[int, list[str]]] = []
    is_open = False
    for number, line in enumerate(body.split("\n"), start=1):
        if not line.strip():
            is_open = False
        elif is_open:
            found[-1][1].append(line.rstrip())
        else:
            found.append((number, [line.strip()]))
            is_open = True
    return [(number, "\n".join(lines)) for number, lines in found]


@cache
def shipped(message: str, locale: str) -> Text:
    """Give the text the portal brings."""
    folder = files("service.mail").joinpath("templates")
    path = folder.joinpath(f"{message}.{locale}.txt")
    if not path.is_file():
        path = folder.joinpath(f"{message}.it.txt")  # staff notices are in Italian only
    subject, _, body = path.read_text(encoding="utf-8").strip().partition("\n\n")
    return Text.of(subject, body)


def in_force(message: str, locale: str) -> Text:
    """Give the text that letters are written with now; never cached, because it changes while the process runs."""
    return _process.edited.get((message, locale)) or shipped(message, locale)


def put_in_force(texts: Mapping[Key, Text]) -> None:
    """Have these texts in force over what is shipped; those of before are gone. None at all: as shipped."""
    _process.edited = dict(texts)
