"""The address of the queue read as conditions: what an export and a number of the dashboard speak of.

The one place to change when the queue reads its addresses itself (`queue.QueueFilter`).
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import ColumnElement, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from service.access.principal import Principal
from service.applications.ages import Band, is_in, is_late, local_day
from service.applications.desk.models import Proposal, SectionVerdict
from service.applications.desk.states import SectionVerdictKind
from service.applications.models import Application, ApplicationCategory, ApplicationWarning, InformationRequest
from service.applications.radar.models import Resemblance
from service.applications.repository import COUNT_CAP, WAITING
from service.applications.states import State
from service.clock import local_date
from service.config import Settings

NAMES = ("stato", "categoria", "fornitura", "voce", "provincia", "assegnatario", "eta", "segnale", "q", "ordine")
LONGEST = 1500  # characters of a query, and of one of its values
LONGEST_VALUE = 200
DIGITS = 4  # of an age in days
OPEN, ME, NOBODY, NEWEST = "open", "me", "nobody", "recenti"
EVERYTHING = ""
Query = Mapping[str, str]
Condition = Callable[[str, Principal, Settings], ColumnElement[bool]]


def canonical(query: str, _principal: Principal) -> str:
    """Give of an address's query what chooses and orders: the page is left out, and what no page of ours writes."""
    pairs = [
        (name, "".join(c for c in value if c.isprintable())[:LONGEST_VALUE])
        for name, value in parse_qsl(query[:LONGEST], keep_blank_values=True)
        if name in NAMES
    ]
    return urlencode([(name, value) for name, value in dict.fromkeys(pairs) if value or name == "stato"])


def conditions_of(query: str, principal: Principal, settings: Settings) -> list[ColumnElement[bool]]:
    """Give the conditions on `Application` that a canonical query asks for; without a state the open ones."""
    pairs = parse_qsl(query, keep_blank_values=True)
    found = [Application.number.is_not(None), Application.state != State.DRAFT]
    found.append(_state(dict(pairs).get("stato", OPEN)))
    found += [CONDITIONS[name](value, principal, settings) for name, value in pairs if name in CONDITIONS and value]
    return found


def order_of(query: str, _principal: Principal) -> list[ColumnElement[Any]]:
    """Give what the rows are sorted by."""
    is_newest_first = dict(parse_qsl(query)).get("ordine") == NEWEST
    return [Application.sequence.desc() if is_newest_first else Application.sequence.asc()]


def count_some(session: Session, query: str, principal: Principal, settings: Settings) -> int:
    """Count the rows of a canonical query, at most one more than 1,000."""
    few = select(literal(1)).select_from(Application).where(*conditions_of(query, principal, settings))
    return session.scalar(select(func.count()).select_from(few.limit(COUNT_CAP + 1).subquery())) or 0


def _state(value: str) -> ColumnElement[bool]:
    if value == EVERYTHING:
        return Application.state != State.DRAFT
    known = [state for state in State if state.value == value]
    return Application.state.in_(known or WAITING)


def _assignee(value: str, principal: Principal, _settings: Settings) -> ColumnElement[bool]:
    if value == NOBODY:
        return Application.assignee_subject.is_(None)
    return Application.assignee_subject == (principal.subject if value == ME else value)


def _age(value: str, _principal: Principal, _settings: Settings) -> ColumnElement[bool]:
    days = int(value) if value.isascii() and value.isdigit() and len(value) <= DIGITS else 0
    return local_day(Application.submitted_at) <= local_date() - timedelta(days=days)


def _words(value: str, _principal: Principal, _settings: Settings) -> ColumnElement[bool]:
    found: ColumnElement[bool] = literal(value=True)
    for word in value.split()[:5]:
        found = found & Application.search.contains(word.lower(), autoescape=True)
    return found


def _flag(value: str, _principal: Principal, settings: Settings) -> ColumnElement[bool]:
    return FLAGS[value](settings) if value in FLAGS else literal(value=True)


def _of(row: type[ApplicationWarning | Proposal | SectionVerdict | Resemblance | InformationRequest],
        *conditions: ColumnElement[bool]) -> ColumnElement[bool]:  # fmt: skip
    return exists().where(row.application_id == Application.id, *conditions).correlate(Application)


FLAGS: dict[str, Callable[[Settings], ColumnElement[bool]]] = {
    "held": lambda _: Application.hold.is_not(None) & Application.state.in_(WAITING),
    "late": lambda settings: is_late(local_date(), settings),
    "near": lambda settings: is_in(Band.NEAR, local_date(), settings),
    "in_time": lambda settings: is_in(Band.IN_TIME, local_date(), settings),
    "answered": lambda _: (
        Application.state.in_([State.SUBMITTED, State.UNDER_REVIEW])
        & _of(InformationRequest, InformationRequest.answered_at.is_not(None))
    ),
    "warned": lambda _: _of(ApplicationWarning),
    "proposed": lambda _: _of(Proposal, Proposal.ended_at.is_(None)),
    "doubtful": lambda _: _of(SectionVerdict, SectionVerdict.verdict == SectionVerdictKind.DOUBTFUL),
    "resembling": lambda _: _of(Resemblance, Resemblance.mark.is_(None)),
}
CONDITIONS: dict[str, Condition] = {
    "categoria": lambda value, _who, _settings: Application.legal_category == value,
    "fornitura": lambda value, _who, _settings: Application.supply_types.op("?")(value),
    "voce": lambda value, _who, _settings: exists().where(
        ApplicationCategory.application_id == Application.id,
        or_(ApplicationCategory.leaf == value, ApplicationCategory.leaf.startswith(f"{value}.", autoescape=True)),
    ).correlate(Application),
    "provincia": lambda value, _who, _settings: Application.province == value,
    "assegnatario": _assignee,
    "eta": _age,
    "segnale": _flag,
    "q": _words,
}  # fmt: skip
