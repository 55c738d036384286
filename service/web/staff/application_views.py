"""What the page of one application shows, ready for its template: panel, warnings, history, letters, look-alikes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from service import questionnaire
from service.access.permissions import may
from service.access.principal import Principal
from service.accounts.reasons import ACCOUNT_REASONS
from service.applications.actions import may_assign
from service.applications.models import Application, InformationRequest
from service.applications.promises import promised_day
from service.applications.repository import list_warnings
from service.applications.states import FINAL_STATES, HOLD_LABELS, LABELS, OPEN_STATES, Hold, State
from service.applications.visibility import is_told
from service.audit.trail import AuditEvent
from service.clock import local_date
from service.config import Settings
from service.locales import gettext
from service.suppliers.states import LABELS as QUALIFICATION_LABELS
from service.suppliers.states import Qualification
from service.web.answer_views import field_labels
from service.web.dates import instant, short_day
from service.web.document_views import title_words
from service.web.staff.desk_words import event_words
from service.web.staff.reading import find_registered, list_twins
from service.web.staff.words import (
    EVENTS,
    MESSAGES,
    QUALIFICATION_KINDS,
    STATE_KINDS,
)
from service.web.templating import text_of

SOON = timedelta(days=2)
UNTOLD = {"document.downloaded"}  # who looked is for the audit trail, not for the story


@dataclass(frozen=True, slots=True)
class Panel:
    """What this person may do with the application now."""

    deadline: date
    is_late: bool
    waits_until: date | None
    is_over: bool
    can_take: bool
    can_release: bool
    can_assign: bool
    can_decide: bool
    can_request: bool
    can_extend: bool
    can_withdraw: bool
    can_release_hold: bool
    can_close: bool
    is_held: bool
    refusal: str
    review_until: date | None
    is_ending: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A line of the history; shaped for the macro `timeline`."""

    title: str
    note: str
    at: datetime
    state: str = "done"


@dataclass(frozen=True, slots=True)
class LookAlike:
    """Another record of the same company, side by side with this one."""

    number: str
    url: str
    name: str
    contact: str
    since: datetime
    state: str
    kind: str


def panel(
    application: Application,
    principal: Principal,
    settings: Settings,
    *,
    twin: str = "",
    rounds: Sequence[InformationRequest] = (),
    review_end: datetime | None = None,
    is_assignable: bool = False,
) -> Panel:
    """Decide which buttons are there; the actions check all of it again. `twin`: the open one in the way.

    While the applicant has the ball, `waits_until` its deadline, our own time stands still. `review_until` is the last
    whole day before it goes back to the queue.
    """
    reviews, decides = may(principal, "application:review"), may(principal, "application:decide")
    state, hold = application.state, application.hold
    in_review = state == State.UNDER_REVIEW
    is_held = state == State.SUBMITTED and hold is not None
    may_release_hold = reviews and (hold != Hold.REVOKED_OR_EXCLUDED or may(principal, "application:release_excluded"))
    refusal = ""
    if in_review and not decides:
        refusal = gettext("L’esito lo decide un responsabile.")
    elif is_held and may_release_hold and twin:
        refusal = gettext(
            "Non si può sbloccare: per la stessa impresa è aperta la domanda %(number)s. Prima va chiusa quella.",
            number=twin,
        )
    open_round = rounds[-1] if state == State.INFORMATION_REQUESTED and rounds else None
    deadline = promised_day(application, rounds, settings)
    review_until = local_date(review_end) - timedelta(days=1) if review_end else None
    return Panel(
        deadline=deadline,
        is_late=deadline < local_date() and open_round is None,
        waits_until=open_round.deadline if open_round else None,
        is_over=state in FINAL_STATES,
        can_take=reviews and state == State.SUBMITTED and hold is None,
        can_release=in_review and may_assign(application, principal),
        can_decide=decides and in_review,
        can_request=reviews and in_review,
        can_extend=reviews and open_round is not None and open_round.extended_from is None,
        can_withdraw=(may_release_hold if is_held else reviews) and state in OPEN_STATES,
        can_release_hold=may_release_hold and is_held and not twin,
        can_close=decides and is_held,
        is_held=is_held,
        refusal=refusal,
        can_assign=is_assignable and hold is None and state in {State.SUBMITTED, State.UNDER_REVIEW},
        review_until=review_until,
        is_ending=review_until is not None and review_until - local_date() <= SOON,
    )


def warnings(session: Session, application: Application) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Give what the checks found: pairs for the fields' notes, and pairs with the fields' labels for the list."""
    found = [(one.field, one.text) for one in list_warnings(session, application.id)]
    labels = field_labels(application.legal_category, application.content.answers)
    return found, [(labels.get(name, name), text) for name, text in found]


def history(events: Iterable[AuditEvent], principal: Principal) -> list[Step]:
    """Tell the trail in words: who, when, from where to where, why; what this person may know of."""
    return [
        Step(
            title=text_of(EVENTS.get(one.type, one.type)),
            note=" · ".join(filter(None, (one.by_name, *event_details(one)))),
            at=one.at,
        )
        for one in events
        if one.type not in UNTOLD and is_told(one, principal)
    ]


def look_alikes(session: Session, application: Application, principal: Principal) -> list[LookAlike]:
    """Give the records a parked application collides with."""
    if application.hold is None or not may(principal, "application:read_all"):
        return []
    # whether it is a revoked supplier or the excluded list is for approvers to know: nobody else sees either here
    is_open = application.hold != Hold.REVOKED_OR_EXCLUDED or may(principal, "exclusion:list")
    supplier = find_registered(session, application) if is_open else None
    found = [
        LookAlike(
            number=supplier.number,
            url=f"/gestione/fornitori/{supplier.number}",
            name=supplier.name,
            contact=supplier.contact_email,
            since=supplier.qualified_at,
            state=QUALIFICATION_LABELS[supplier.qualification],
            kind=QUALIFICATION_KINDS[supplier.qualification],
        )
    ] if supplier else []  # fmt: skip
    return found + [
        LookAlike(
            number=other.number or "",
            url=f"/gestione/richieste/{other.number}",
            name=other.name,
            contact=other.contact_email,
            since=other.submitted_at or other.created_at,
            state=LABELS[other.state],
            kind=STATE_KINDS.get(other.state, ""),
        )
        for other in list_twins(session, application)
    ]


def event_details(event: AuditEvent) -> list[str]:
    """Say what an event was about: which document, from where to where, why, to whom."""
    data, parts = event.data, list[str]()
    if event.subject_type == "document" and isinstance(data.get("type"), str):
        parts.append(title_words(str(data["type"]), str(data.get("slot") or "")))
    if data.get("from_state") and data.get("from_state") != data.get("to_state"):
        parts.append(f"{_state(data['from_state'])} → {_state(data['to_state'])}")
    if isinstance(data.get("to_name"), str) or isinstance(data.get("from_name"), str):
        parts.append(" → ".join(str(data[name]) for name in ("from_name", "to_name") if data.get(name)))
    if data.get("why"):
        parts.append(HOLD_LABELS[Hold(data["why"])])
    if isinstance(data.get("deadline"), str):
        parts.append(gettext("entro il %(day)s", day=short_day(date.fromisoformat(str(data["deadline"])))))
    parts += [
        *event_words(data),
        reason_words(str(data.get("reason") or "")),
        *(str(data[name]) for name in ("username", "number") if isinstance(data.get(name), str)),
    ]
    if data.get("message"):
        parts.append(text_of(MESSAGES.get(str(data["message"]), "")))
    return [part for part in parts if part]


def _state(value: str) -> str:
    if value in set(State):
        return LABELS[State(value)]
    return QUALIFICATION_LABELS[Qualification(value)] if value in set(Qualification) else value


def reason_words(code: str | None) -> str:
    """Give a reason code with what staff call it; any other reason as it is."""
    if code and code in ACCOUNT_REASONS:
        return f"{code} {text_of(ACCOUNT_REASONS[code])}"
    known = {**questionnaire.REASON_CODES, **questionnaire.DOCUMENT_REASONS}.get(code or "")
    return f"{known.code} {text_of(known.staff_label)}" if known else code or ""


def why_words(code: str, text: str = "") -> list[str]:
    """Repeat the reason and the note that were chosen, for the page that asks to confirm them; nothing for none."""
    said = [gettext("Motivo: %(reason)s.", reason=reason_words(code))] if code else []
    return [*said, gettext("Nota: %(text)s", text=text)] if text.strip() else said


def decided(application: Application) -> str:
    """Say who decided what and when; empty before an outcome."""
    if application.decided_at is None:
        return ""
    return gettext(
        "%(state)s da %(name)s il %(instant)s.",
        state=LABELS[application.state],
        name=application.decided_by_name,
        instant=instant(application.decided_at),
    )
