"""Sending corrections: the working copy takes the place of the answers, and what that changed is kept for the staff."""

from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service import questionnaire
from service.access.principal import APPLICANT, SYSTEM, Principal
from service.applications.actions.acknowledging import acknowledge
from service.applications.actions.drafting import IncompleteError, copy_columns
from service.applications.actions.linking import status_link
from service.applications.actions.submitting import (
    count_submission,
    find_hold,
    keep_warnings,
    notify_contacts,
    tell_on_file_later,
)
from service.applications.changes import answer_differences
from service.applications.correction_work import Work
from service.applications.corrections import find_open_request, list_requests
from service.applications.desk.settling import clear_verdicts
from service.applications.desk.taking import touch_review
from service.applications.models import OPEN_KEY, Application, InformationRequest
from service.applications.radar.scanning import scan_application_later
from service.applications.repository import get_application
from service.applications.snapshots import take_snapshot
from service.applications.states import LABELS, Hold, InvalidTransitionError, State, next_state
from service.applications.words import index_words
from service.audit.trail import list_events, record
from service.clock import ROME, local_date, utc_now
from service.config import Settings
from service.database import violated
from service.documents.models import Document
from service.errors import ConflictError
from service.jobs.outbox import post

# what a company is known by: another one makes another company of it
IDENTIFIERS = ("tax_code", "vat_number", "eu_vat_number", "foreign_id", "registration_country")

TOO_LATE = "Il termine per le integrazioni è passato: non si possono più inviare."


def resubmit(session: Session, application_id: UUID, *, settings: Settings, by: Principal = APPLICANT) -> Application:
    """Send the corrections, from `information_requested`: answers, columns, search and warnings follow.

    Leaves the differences, a snapshot `resubmitted`, `application.resubmitted`, mails `information_received` and
    `staff_information_received`. Whoever examined it goes on. With another identity it may be a duplicate: then it is
    parked as when it was sent, and answered in just the same way.
    Raises: IncompleteError, InvalidTransitionError.
    """
    application = get_application(session, application_id, lock=True)
    session.refresh(application.content)  # a page may have read it before the lock
    state = next_state("resubmit", application.state, detail=_why_not(session, application))
    request = find_open_request(session, application.id, lock=True)
    if request is None:  # its state says there is one
        raise ConflictError
    if request.deadline < local_date():  # the job that ends it has not come yet
        raise InvalidTransitionError(TOO_LATE)
    work = Work(session, application, request, settings)
    if work.missing:
        raise IncompleteError
    documents = work.asked.documents
    before, after = application.content.answers, _final(work)
    request.differences = {
        "answers": answer_differences(application.legal_category, before, after),
        "documents": _document_differences(documents, request),
    }
    clear_verdicts(session, application.id, {str(one["section"]) for one in request.differences["answers"]})
    application.content.answers = after
    copy_columns(application, after)
    index_words(session, application)
    if request.changed.get(questionnaire.DECLARATIONS_SECTION):
        acknowledge(session, application)
    now = utc_now()
    request.answered_at = application.touched_at = now
    application.version += 1
    touch_review(application, settings)  # it stood still while the company had its turn
    is_other = _is_other(before, after)
    _settle(session, application, state, is_other=is_other)
    if is_other:  # another company's number is tried out no more often than by sending
        count_submission(session, application, settings=settings)
    keep_warnings(session, application, after)
    take_snapshot(session, application, "resubmitted", work.asked, settings=settings)
    record(session, "application.resubmitted", application.id, by=by, from_state=State.INFORMATION_REQUESTED,
           to_state=application.state, fields=[one["field"] for one in request.differences["answers"]],
           documents=[one["type"] for one in request.differences["documents"]])  # fmt: skip
    if application.hold:
        record(session, "application.held", application.id, by=SYSTEM, why=application.hold)
    notify_contacts(session, application, after, before, settings=settings)
    _tell(session, application, request, settings=settings)
    return application


def _why_not(session: Session, application: Application) -> str:
    """Say to whoever sends it twice when the first was received."""
    label = f"La domanda è nello stato «{LABELS[application.state]}»."
    rounds = list_requests(session, application.id)
    if application.state in {State.WITHDRAWN, State.EXPIRED} or not rounds or rounds[-1].answered_at is None:
        return label
    at = rounds[-1].answered_at.astimezone(ROME)
    return f"Le integrazioni sono già state inviate il {at:%d/%m/%Y} alle {at:%H:%M}."


def _final(work: Work) -> dict[str, Any]:
    """Give the answers to be kept: what ticks copy follows, what is not asked is out, nothing is left as typed."""
    answers = {**work.working, "_raw": {}}
    for section in questionnaire.sections_for(work.category, answers):
        if section.slug in answers:
            answers[section.slug] = questionnaire.corrected_section(section.slug, {}, (), answers=answers)
    return questionnaire.only_asked(work.category, answers)


def _is_other(before: dict[str, Any], after: dict[str, Any]) -> bool:
    old, new = before.get("anagrafica", {}), after.get("anagrafica", {})
    return any(old.get(name) != new.get(name) for name in IDENTIFIERS)


def _settle(session: Session, application: Application, state: State, *, is_other: bool) -> None:
    """Let it go on in review, or park it.

    A parked one is `submitted`, as at its first sending, and not `under_review` with a hold: every guard against
    working on what is parked asks the state it is parked in. The applicant reads "in valutazione" either way
    (`corrections.shown_state`), and the assignee stays.
    """
    key = questionnaire.identity_key(
        application.legal_category, application.content.answers, application_id=application.id
    )
    if not is_other:
        application.state = state
        session.flush()
        return
    try:
        with session.begin_nested():
            is_known = key == application.identity_key
            application.identity_key = key
            hold = find_hold(session, application)
            if is_known and hold in _released(session, application):
                hold = None  # staff have let the same company through already
            _park(application, state, hold)
            session.flush()
    except IntegrityError as error:
        # Another application of the company it is now is open, perhaps since this very instant.
        if violated(error) != OPEN_KEY:
            raise
        application.identity_key = key
        _park(application, state, Hold.OPEN_APPLICATION)
        session.flush()


def _park(application: Application, state: State, hold: Hold | None) -> None:
    verb = "resubmit_held"
    application.state = state if hold is None else next_state(verb, State.INFORMATION_REQUESTED)
    application.hold = hold


def _released(session: Session, application: Application) -> set[str]:
    events = list_events(session, application.id)
    return {event.data["why"] for event in events if event.type == "application.hold_released"}


def _document_differences(documents: list[Document], request: InformationRequest) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for one in documents:
        earlier = [version.number for version in one.versions if version.created_at < request.asked_at]
        later = [version.number for version in one.versions if version.created_at >= request.asked_at]
        if later:
            numbers = {"before": max(earlier, default=None), "after": max(later)}
            found.append({"type": one.type, "slot": one.slot, **numbers})
    return found


def _tell(session: Session, application: Application, request: InformationRequest, *, settings: Settings) -> None:
    link = status_link(session, application, settings=settings)
    about = {"suffix": str(request.id), "request": str(request.id)}
    post(session, "information_received", application.id, link=str(link.id), **about)
    post(session, "staff_information_received", application.id, **about)
    tell_on_file_later(session, application)
    scan_application_later(session, application)
