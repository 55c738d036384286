"""The filter of the queue as conditions on `Application`: for its page, its exports and acts on all that it shows."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, bindparam, exists
from sqlalchemy.orm import InstrumentedAttribute, Mapped

from service.access.principal import Principal
from service.applications.ages import Band, is_in, is_late, is_taken_late
from service.applications.days import Days
from service.applications.desk.models import Proposal, SectionVerdict
from service.applications.desk.states import SectionVerdictKind
from service.applications.models import Application, ApplicationCategory, ApplicationWarning, InformationRequest
from service.applications.places import ABROAD
from service.applications.queue_filter import ME, NOBODY, OPEN, WAITING, QueueFilter
from service.applications.radar.models import Resemblance
from service.applications.states import State
from service.applications.visibility import visible_to
from service.applications.words import has_words
from service.clock import ROME, local_date
from service.config import Settings

# somebody waits; the states are written out, for the indexes of open applications speak of just these words
IS_OPEN = Application.state.in_(bindparam("open_states", WAITING, expanding=True, literal_execute=True))
OURS = (State.SUBMITTED, State.UNDER_REVIEW)  # ICRI has the ball


def queue_conditions(wanted: QueueFilter, principal: Principal, settings: Settings) -> list[ColumnElement[bool]]:
    """Give what a filter asks for, of what this person may see; its order and its page are not among it."""
    found = [_state(wanted.state), Application.number.is_not(None), *visible_to(principal)]
    if wanted.assignee:
        found.append(_assignee(principal.subject if wanted.assignee == ME else wanted.assignee))
    found += [make(getattr(wanted, name)) for name, make in CONDITIONS.items() if getattr(wanted, name)]
    found += [flagged(flag, settings) for flag in wanted.flags]
    return found


def _state(wanted: str) -> ColumnElement[bool]:
    if wanted == OPEN:
        return IS_OPEN
    return Application.state == State(wanted) if wanted else Application.state != State.DRAFT


def _assignee(subject: str) -> ColumnElement[bool]:
    return Application.assignee_subject.is_(None) if subject == NOBODY else Application.assignee_subject == subject


def _aged(days: int) -> ColumnElement[bool]:
    last: date = local_date() - timedelta(days=days)
    return _within(Application.submitted_at, Days(last=last))


def _within(instant: InstrumentedAttribute[datetime | None], days: Days) -> ColumnElement[bool]:
    """Say that it lies in these days, of which one end is there at least; an index of the instant answers it."""
    ends = []
    if days.first is not None:
        ends.append(instant >= datetime.combine(days.first, time(), ROME))
    if days.last is not None:
        ends.append(instant < datetime.combine(days.last + timedelta(days=1), time(), ROME))
    return and_(*ends)


def _placed(place: str) -> ColumnElement[bool]:
    if place == ABROAD:
        return Application.province.startswith(f"{ABROAD}-", autoescape=True)
    return Application.province == place


def _of(owner: Mapped[object], *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(owner == Application.id, *conditions).correlate(Application)


CONDITIONS: Mapping[str, Callable[..., ColumnElement[bool]]] = {
    "words": has_words,
    "category": lambda code: Application.legal_category == code,
    "supply": lambda code: Application.supply_types.contains([code]),
    "leaf": lambda leaf: _of(ApplicationCategory.application_id, ApplicationCategory.leaf == leaf),
    "province": _placed,
    "age": _aged,
    "received": lambda days: _within(Application.submitted_at, days),
    "decided": lambda days: _within(Application.decided_at, days),
}
# flags that the database tells, and those that depend on the day and the promised times
STANDING: Mapping[str, ColumnElement[bool]] = {
    "free": (Application.state == State.SUBMITTED) & Application.hold.is_(None),
    "answered": Application.state.in_(OURS)
    & _of(InformationRequest.application_id, InformationRequest.answered_at.is_not(None)),
    "held": IS_OPEN & Application.hold.is_not(None),
    "warned": _of(ApplicationWarning.application_id),
    "proposed": _of(Proposal.application_id, Proposal.ended_at.is_(None)),
    "doubtful": _of(SectionVerdict.application_id, SectionVerdict.verdict == SectionVerdictKind.DOUBTFUL),
    # a pair is held by the later of the two, and concerns both
    "resembling": _of(Resemblance.application_id, Resemblance.mark.is_(None))
    | _of(Resemblance.other_application_id, Resemblance.mark.is_(None)),
}
TIMED: Mapping[str, Callable[[Settings], ColumnElement[bool]]] = {
    "charge_late": lambda settings: is_taken_late(local_date(), settings),
    # the last part says less, and in a way that an index answers
    "late": lambda settings: IS_OPEN & is_late(local_date(), settings) & _aged(settings.decision_days + 1),
    "near": lambda settings: IS_OPEN & is_in(Band.NEAR, local_date(), settings),
    "in_time": lambda settings: IS_OPEN & is_in(Band.IN_TIME, local_date(), settings),
}


def flagged(flag: str, settings: Settings) -> ColumnElement[bool]:
    """Give what one of `queue_filter.FLAGS` means."""
    return TIMED[flag](settings) if flag in TIMED else STANDING[flag]
