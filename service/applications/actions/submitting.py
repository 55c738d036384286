"""Sending the prequalification, with the check for duplicates, and taking it back."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service import questionnaire
from service.access import limits
from service.access.limits import DAY, Use
from service.access.principal import APPLICANT, SYSTEM, Principal
from service.applications.actions.acknowledging import settle_acknowledgements, stale_declarations
from service.applications.actions.drafting import AddressNotConfirmedError, IncompleteError
from service.applications.actions.linking import outsider_may_cause_mail, status_link
from service.applications.documents import list_asked
from service.applications.models import (
    NUMBERS,
    OPEN_KEY,
    Application,
    ApplicationWarning,
)
from service.applications.radar.scanning import scan_application_later
from service.applications.repository import get_application, list_of_company, lock_applications
from service.applications.snapshots import take_snapshot
from service.applications.states import OPEN_STATES, Hold, State, next_state
from service.applications.words import index_words
from service.audit.trail import record
from service.clock import local_date, utc_now
from service.config import Settings
from service.database import violated
from service.documents.presence import present_of
from service.documents.repository import Owner, list_documents
from service.errors import TooManyError
from service.exclusions.repository import find_exclusion
from service.jobs.outbox import post
from service.jobs.queue import enqueue
from service.locales import N_
from service.suppliers.repository import find_by_identity_key
from service.suppliers.states import Qualification

SENT_OFTEN = N_("In poco tempo sono arrivati molti invii come questo. La tua bozza è salva così com’è.")
ON_FILE = "application.tell_on_file"
CONTACT_BLOCKS = ("sales", "admin", "quality", "safety")


def submit(session: Session, application_id: UUID, *, settings: Settings, by: Principal = APPLICANT) -> Application:
    """Send the draft to ICRI, from `draft`: number, snapshot, warnings, receipt, notices.

    A possible duplicate is parked (`hold`) and answered in just the same way (domain.md section 11).
    Raises: AddressNotConfirmedError, IncompleteError, InvalidTransitionError, TooManyError.
    """
    application = get_application(session, application_id, lock=True)
    state = next_state("submit", application.state, detail=f"La domanda è già stata inviata: n. {application.number}.")
    answers = questionnaire.upgrade(application.content.answers)
    if application.email_confirmed_at is None:
        raise AddressNotConfirmedError
    asked = list_asked(session, application, settings=settings)
    if (
        questionnaire.gaps(application.legal_category, answers)
        or asked.gaps
        or stale_declarations(session, application)
    ):
        raise IncompleteError
    # what is hidden by another answer is emptied
    answers = application.content.answers = questionnaire.only_asked(application.legal_category, answers)
    application.identity_key = questionnaire.identity_key(
        application.legal_category, answers, application_id=application.id
    )
    count_submission(session, application, settings=settings)
    settle_acknowledgements(session, application)
    _park_or_open(session, application, session.scalar(NUMBERS) or 0, state)
    index_words(session, application)
    keep_warnings(session, application, answers)
    take_snapshot(session, application, "submitted", asked, settings=settings)
    record(
        session,
        "application.submitted",
        application.id,
        by=by,
        number=application.number,
        from_state=State.DRAFT,
        to_state=state,
    )
    if application.hold:
        record(session, "application.held", application.id, by=SYSTEM, why=application.hold)
    _send_letters(session, application, answers, settings=settings)
    return application


def find_hold(session: Session, application: Application) -> Hold | None:
    """Look for another record of the same identity (domain.md section 11)."""
    # all are always asked: what is not there must not be quicker to say
    exclusion = find_exclusion(session, application.identity_key or "")
    supplier = find_by_identity_key(session, application.identity_key or "")
    others = [one for one in list_of_company(session, application.identity_key or "") if one is not application]
    # one word for both: a reviewer who reads it does not learn who is on the excluded list
    if exclusion is not None or (supplier is not None and supplier.qualification == Qualification.REVOKED):
        return Hold.REVOKED_OR_EXCLUDED
    if supplier is not None:
        return Hold.ALREADY_REGISTERED
    if any(other.state in OPEN_STATES and other.hold is None for other in others):
        return Hold.OPEN_APPLICATION
    today, mended = local_date(), _mended(application, others)
    refused = (other.reapply_from for other in others if other.state == State.REJECTED and other.id not in mended)
    return Hold.TOO_EARLY if any(when is not None and today < when for when in refused) else None


def _mended(application: Application, others: Sequence[Application]) -> set[UUID]:
    """Give the refusals that this one goes on from: whoever copies one before its date is an approver of ours."""
    earlier = {one.id: one.copied_from_id for one in others}
    found: set[UUID] = set()
    came_from = application.copied_from_id
    while came_from is not None and came_from not in found:
        found.add(came_from)
        came_from = earlier.get(came_from)
    return found


def find_twin(session: Session, application: Application) -> Application | None:
    """Find the open application that keeps this one parked."""
    return session.scalar(
        select(Application).where(
            Application.identity_key == application.identity_key,
            Application.id != application.id,
            Application.state.in_(OPEN_STATES),
            Application.hold.is_(None),
        )
    )


def count_submission(session: Session, application: Application, *, settings: Settings) -> None:
    """Count one sending of this codice fiscale or foreign number, whoever sends. Raises: TooManyError."""
    use = Use("submit", application.identity_key or "", ((settings.submissions_per_company_day, DAY),))
    limits.lock(session, use.what, use.key)
    try:
        limits.demand(session, use)
    except TooManyError as error:
        raise TooManyError(error.until, SENT_OFTEN) from error


def _park_or_open(session: Session, application: Application, sequence: int, state: State) -> None:
    hold = find_hold(session, application)
    try:
        with session.begin_nested():
            _mark_sent(application, sequence, state, hold)
            session.flush()
    except IntegrityError as error:
        # Two of the same company sent in the same instant: both looked, neither saw the other.
        if violated(error) != OPEN_KEY:
            raise
        _mark_sent(application, sequence, state, Hold.OPEN_APPLICATION)
        session.flush()


def _mark_sent(application: Application, sequence: int, state: State, hold: Hold | None) -> None:
    now = utc_now()
    number = f"P-{local_date(now).year}-{sequence:04d}"
    application.sequence, application.number = sequence, number
    application.state, application.hold = state, hold
    application.submitted_at = application.touched_at = now
    application.version += 1


def keep_warnings(session: Session, application: Application, answers: dict[str, Any]) -> None:
    """Keep what the checks find for the reviewer, in place of what they found before."""
    session.execute(delete(ApplicationWarning).where(ApplicationWarning.application_id == application.id))
    now = utc_now()
    given = present_of(list_documents(session, Owner(application_id=application.id)))
    for field, message in (
        *questionnaire.warnings(application.legal_category, answers),
        *questionnaire.document_differences(application.legal_category, answers, given),
    ):
        session.add(
            ApplicationWarning(
                application_id=application.id, field=field, code=message.code, text=message.render(), found_at=now
            )
        )


def _send_letters(session: Session, application: Application, answers: dict[str, Any], *, settings: Settings) -> None:
    post(session, "staff_new_application", application.id)
    notify_contacts(session, application, answers, {}, settings=settings)
    link = status_link(session, application, settings=settings)  # after the mails lock of the notices (`linking`)
    post(session, "submission_receipt", application.id, link=str(link.id))
    tell_on_file_later(session, application)
    scan_application_later(session, application)


def notify_contacts(
    session: Session, application: Application, answers: dict[str, Any], before: dict[str, Any], *, settings: Settings
) -> None:
    """Tell the colleagues who are named, and were not before, that they are (art. 14 GDPR)."""
    named, earlier = answers.get("referenti", {}), before.get("referenti", {})
    for block in CONTACT_BLOCKS:
        email = named.get(f"{block}_email")
        is_other = (
            email and email.lower() != application.contact_email.lower() and email != earlier.get(f"{block}_email")
        )
        if is_other and outsider_may_cause_mail(session, email, about=application.id, settings=settings):
            post(session, "contact_notice", application.id, suffix=f"{block}:{application.version}", block=block)


def tell_on_file_later(session: Session, application: Application) -> None:
    """Line up `tell_on_file` at every sending, parked or not: the sender's time must not tell of a company (G13)."""
    enqueue(session, ON_FILE, f"{ON_FILE}:{application.id}:{application.version}", {"about": str(application.id)})


def tell_on_file(session: Session, application: Application, *, settings: Settings) -> None:
    """Tell the address on file that somebody else has sent an application of the same company, if it is parked.

    The caller holds no lock on it: it is locked here together with the one that parks it.
    """
    twin = find_twin(session, application) if application.hold == Hold.OPEN_APPLICATION else None
    locked = lock_applications(session, [one.id for one in (application, twin) if one is not None])
    if application.id not in locked:  # erased meanwhile
        return
    if application.hold == Hold.ALREADY_REGISTERED:
        supplier = find_by_identity_key(session, application.identity_key or "")
        if supplier and outsider_may_cause_mail(
            session, supplier.contact_email, about=application.id, settings=settings
        ):
            post(session, "already_registered", application.id)
    if twin is None or twin.id not in locked or twin.state not in OPEN_STATES:
        return
    if application.hold == Hold.OPEN_APPLICATION and outsider_may_cause_mail(
        session, twin.contact_email, about=application.id, settings=settings
    ):
        fresh = status_link(session, twin, settings=settings)
        post(session, "duplicate_attempt", twin.id, suffix=str(application.id), link=str(fresh.id))
