"""What a browser posted, as lists of clean text; idempotency keys; the error summary. Not what the fields mean."""

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, HTTPException, Request

MAX_FIELDS = 800
MAX_LENGTH = 8000
KEY = "_chiave"
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")
LONGEST_NUMBER = 18  # digits: what PostgreSQL can compare; Python refuses to read thousands of them


class Posted(dict[str, list[str]]):
    """The posted values by name, in the order of the page; files are not among them."""

    def one(self, name: str, default: str = "") -> str:
        """Give the last value of a name, stripped."""
        values = self.get(name)
        return values[-1].strip() if values else default

    def every(self, name: str) -> list[str]:
        """Give all values of a name, stripped, without empty ones."""
        return [value.strip() for value in self.get(name, []) if value.strip()]

    def take(self, name: str, value: str) -> None:
        """Add a value as it was sent: control characters dropped, line ends one character. 413 when it is endless."""
        if len(value) > MAX_LENGTH:
            raise HTTPException(413)
        text = value.replace("\r\n", "\n").replace("\r", "\n")
        self.setdefault(_UNPRINTABLE.sub("", name), []).append(_UNPRINTABLE.sub("", text))

    @property
    def key(self) -> str:
        """Give the idempotency key of the form, or a new one if it is missing or odd."""
        sent = self.one(KEY)
        return sent if _KEY.fullmatch(sent) else new_key()


def whole_number(raw: str) -> int | None:
    """Read a number a page of ours has written: a version, a count; what else is typed there is none."""
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) <= LONGEST_NUMBER else None


def new_key() -> str:
    """Make an idempotency key for a form."""
    return secrets.token_urlsafe(16)


async def read_posted(request: Request) -> Posted:
    """Read the body as a form; refuse files and absurd numbers of fields with a page, never with an exception.

    Control characters are dropped (PostgreSQL cannot store NUL), line ends become one character.
    """
    posted = Posted()
    async with request.form(max_files=0, max_fields=MAX_FIELDS) as form:
        for name, value in form.multi_items():
            if not isinstance(value, str):
                raise HTTPException(400)
            posted.take(name, value)
    return posted


PostedForm = Annotated[Posted, Depends(read_posted)]


@dataclass(frozen=True, slots=True)
class Problem:
    """One line of the error summary: the field's name, which is its anchor, and the message, translated."""

    field: str
    message: str


def problems(errors: Mapping[str, Sequence[str]], order: Iterable[str] = ()) -> list[Problem]:
    """Turn errors by field into lines of the summary, in the order of the page, then the rest."""
    ranked = [*order]
    names = sorted(errors, key=lambda name: ranked.index(name) if name in ranked else len(ranked))
    return [Problem(name, message) for name in names for message in errors[name]]
