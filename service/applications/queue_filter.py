"""What the queue is asked to show: read from an address and written back to one. No database here."""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self
from urllib.parse import parse_qsl, urlencode

from service import questionnaire
from service.access.principal import Principal
from service.applications.days import ANY_DAY, Days
from service.applications.places import read_place
from service.applications.states import State
from service.applications.words import search_words

PAGE = 25
LONGEST = 2000  # characters of an address's query
OLDEST_DAYS = 9999
INFINITY = "infinity"  # how PostgreSQL writes what comes after every instant
OPEN, ME, NOBODY = "open", "me", "nobody"
# the first and the last day, in an address
RECEIVED, DECIDED = ("ricevuta-dal", "ricevuta-al"), ("decisa-dal", "decisa-al")
WAITING = (State.SUBMITTED, State.UNDER_REVIEW, State.INFORMATION_REQUESTED)
STATES = (OPEN, *(state.value for state in State if state != State.DRAFT), "")
# the marks a row may be looked for by; `queue_conditions.flagged` says what each means
FLAGS = (
    "free", "charge_late", "late", "near", "in_time", "answered", "held", "warned", "proposed", "doubtful",
    "resembling",
)  # fmt: skip
_SUBJECT = re.compile(r"[A-Za-z0-9._:@-]{1,64}")

Query = str | Mapping[str, str] | Iterable[tuple[str, str]]


class Sort(StrEnum):
    """The order of the rows, by its word in the address."""

    OLDEST = ""
    NEWEST = "recenti"
    NAME = "nome"
    NAME_BACKWARDS = "nome-inverso"
    LONGEST = "in-carico"  # with whoever has taken it; what nobody has comes last


@dataclass(frozen=True, slots=True)
class Cursor:
    """The row a page begins after, or ends before: what it is sorted by, and its `sequence`."""

    value: str
    sequence: int
    is_backward: bool = False

    def written(self, sort: Sort) -> str:
        """Write it for an address."""
        told = json.dumps([sort.value, self.value, self.sequence], separators=(",", ":"), ensure_ascii=False)
        return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, raw: str, sort: Sort, *, is_backward: bool) -> Self | None:
        """Read one that was written for this order; None for anything else."""
        try:
            told = json.loads(base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4)))
        except (ValueError, RecursionError):  # neither base64 nor text nor JSON
            return None
        match told:
            case [sort.value, str(value), int(sequence)] if _is_good(value, sequence, sort):
                return cls(value, sequence, is_backward)
        return None


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What the queue shows: `state` may be `open` for all that waits for somebody, and empty for all.

    `assignee` is `me`, `nobody` or a subject; `age` counts days since the submission, at least; `flags` must all hold.
    `received` and `decided` are the days of the submission and of the decision.
    """

    state: str = OPEN
    words: str = ""
    category: str = ""
    supply: str = ""
    leaf: str = ""
    province: str = ""
    assignee: str = ""
    age: int = 0
    received: Days = ANY_DAY
    decided: Days = ANY_DAY
    flags: tuple[str, ...] = ()
    sort: Sort = Sort.OLDEST
    cursor: Cursor | None = None

    @classmethod
    def from_query(cls, query: Query, principal: Principal) -> Self:
        """Read an address; what is none of ours is passed over."""
        pairs = _pairs(query)
        asked = {name: _clean(value) for name, value in pairs}
        flags = {value for name, value in pairs if name == "segnale"}
        state = asked.get("stato", OPEN)
        sort = next((one for one in Sort if one.value == asked.get("ordine")), Sort.OLDEST)
        return cls(
            state=state if state in STATES else OPEN,
            words=search_words(asked.get("q", "")),
            category=_known(asked.get("categoria"), questionnaire.CATEGORIES),
            supply=_known(asked.get("fornitura"), questionnaire.SUPPLY_TYPES),
            leaf=_known(asked.get("voce"), questionnaire.LEAVES),
            province=read_place(asked.get("provincia", "")),
            assignee=_assignee(asked.get("assegnatario", ""), principal),
            age=_days(asked.get("eta", "")),
            received=Days.read(*(asked.get(name, "") for name in RECEIVED)),
            decided=Days.read(*(asked.get(name, "") for name in DECIDED)),
            flags=tuple(one for one in FLAGS if one in flags),
            sort=sort,
            cursor=Cursor.read(asked.get("dopo", ""), sort, is_backward=False)
            or Cursor.read(asked.get("prima", ""), sort, is_backward=True),
        )

    def to_query(self) -> str:
        """Write what is chosen and how it is ordered, without the page: the same filter has always the same text."""
        told = [
            ("q", self.words), ("stato", self.state if self.state != OPEN else None), ("categoria", self.category),
            ("fornitura", self.supply), ("voce", self.leaf), ("provincia", self.province),
            ("assegnatario", self.assignee), ("eta", str(self.age or "")),
            *zip(RECEIVED, self.received.written, strict=True), *zip(DECIDED, self.decided.written, strict=True),
            *(("segnale", one) for one in self.flags), ("ordine", self.sort.value),
        ]  # fmt: skip
        # without `stato` the open ones are shown, so all of them is said
        return urlencode([(name, value) for name, value in told if value or (name == "stato" and value == "")])

    def page_query(self, cursor: Cursor) -> str:
        """Write the address of a neighbouring page."""
        place = urlencode({"prima" if cursor.is_backward else "dopo": cursor.written(self.sort)})
        return "&".join(filter(None, (self.to_query(), place)))

    def sorted_by(self, sort: Sort) -> Self:
        """Give the first page in another order."""
        return replace(self, sort=sort, cursor=None)


def _pairs(query: Query) -> list[tuple[str, str]]:
    if isinstance(query, str):
        return parse_qsl(query[:LONGEST], keep_blank_values=True)
    every = getattr(query, "multi_items", None) or getattr(query, "items", None)
    return list(every()) if every else list(query)  # type: ignore[arg-type]


def _clean(raw: str) -> str:
    return "".join(c for c in raw[:LONGEST] if c.isprintable()).strip()


def _known(raw: str | None, catalogue: Mapping[str, object]) -> str:
    return raw if raw in catalogue else ""  # type: ignore[return-value]


def _assignee(raw: str, principal: Principal) -> str:
    if raw == principal.subject:
        return ME
    return raw if _SUBJECT.fullmatch(raw) else ""


def _days(raw: str) -> int:
    return min(int(raw), OLDEST_DAYS) if raw.isascii() and raw.isdigit() and len(raw) <= len(str(OLDEST_DAYS)) else 0


def _is_good(value: str, sequence: int, sort: Sort) -> bool:
    """Say whether the database can compare with it."""
    try:
        value.encode()
        if sort == Sort.LONGEST and value != INFINITY:
            datetime.fromisoformat(value)
    except ValueError:
        return False
    return type(sequence) is int and abs(sequence) < 2**63 and "\0" not in value
