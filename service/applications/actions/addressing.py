"""Another address for an application that was sent: wished for on the status page, proven by a link to the new one."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from service.access import limits
from service.access.applicant_sessions import ApplicantSessionKind, end_applicants_of
from service.access.limits import DAY, Use
from service.access.links import LinkPurpose, consume, find_link, make_link, supersede
from service.access.principal import APPLICANT
from service.accounts.bouncing import follow_address
from service.applications.actions.linking import line_up_for_mail, outsider_may_cause_mail, status_link
from service.applications.models import AddressChange, Application
from service.applications.radar.scanning import scan_application_later
from service.applications.repository import get_application
from service.applications.states import OPEN_STATES, InvalidTransitionError, State
from service.applications.words import index_words
from service.audit.trail import record
from service.clock import utc_now
from service.config import Settings
from service.jobs.outbox import post

WISHES_A_DAY = 5
CLOSED = "La domanda ha già un esito: l'indirizzo non si può più cambiare da qui."


def ask_address_change(session: Session, application_id: UUID, new_email: str, *, settings: Settings) -> None:
    """Write down the wish; mail a link to the new address, a notice to the old one. Nothing changes before the link.

    An earlier wish ends. Leaves `application.address_change_requested`. When one of the two addresses has had its mails
    for today neither leaves, and nobody is told: it would show what others have done with that address (G13).
    Raises: InvalidTransitionError after the outcome; TooManyError, so many wishes of one application in a day.
    """
    application = get_application(session, application_id, lock=True)
    _require_open(application)
    limits.demand(session, Use("address_change", str(application.id), ((WISHES_A_DAY, DAY),)))
    may_write = _has_room_for_both(session, application, new_email, settings=settings)
    _end_open_change(session, application.id)
    now, lifetime = utc_now(), timedelta(hours=settings.link_hours)
    change = AddressChange(
        application_id=application.id,
        old_email=application.contact_email,
        new_email=new_email,
        asked_at=now,
        expires_at=now + lifetime,
    )
    session.add(change)
    session.flush()
    secret = settings.secret_key.get_secret_value()
    link = make_link(session, LinkPurpose.ADDRESS, change.id, secret=secret, lifetime=lifetime)
    record(session, "application.address_change_requested", application.id, by=APPLICANT)
    if may_write:
        post(session, "email_change_confirm", change.id, link=str(link.id))
        post(session, "email_change_notice", change.id)


def cancel_address_change(session: Session, application_id: UUID) -> bool:
    """Give the open wish up; its link dies. Leaves `application.address_change_cancelled`. False: there was none."""
    application = get_application(session, application_id, lock=True)
    is_ended = _end_open_change(session, application.id)
    if is_ended:
        record(session, "application.address_change_cancelled", application.id, by=APPLICANT)
    return is_ended


def confirm_address_change(session: Session, presented: str, *, settings: Settings) -> Application | None:
    """Use the link: from now on all letters go to the new address. None for a dead link.

    Links to the old address die, browsers that follow the application from there are closed. Letters that wait to be
    sent go to the new address, with the new link. Leaves `application.address_changed`, and at the new address the
    receipt; while corrections are asked for, only the link.
    Raises: InvalidTransitionError when the outcome came first; the link is then not used.
    """
    change = _change_of(session, presented)
    if change is None:
        return None
    application = get_application(session, change.application_id, lock=True)
    session.refresh(application.content)
    line_up_for_mail(session)
    if application.state in OPEN_STATES and consume(session, presented, LinkPurpose.ADDRESS) is None:
        return None
    _require_open(application)
    change.confirmed_at = utc_now()
    follow_address(session, application.id, application.contact_email, change.new_email, by=APPLICANT)
    application.contact_email = change.new_email
    application.email_confirmed_at = change.confirmed_at
    application.version += 1
    content = application.content
    content.answers = {**content.answers, "avvio": {**content.answers["avvio"], "contact_email": change.new_email}}
    flag_modified(content, "answers")
    index_words(session, application)
    for purpose in (LinkPurpose.CONFIRM, LinkPurpose.RESUME, LinkPurpose.STATUS):
        supersede(session, purpose, application.id)
    end_applicants_of(session, application.id, ApplicantSessionKind.STATUS)
    record(session, "application.address_changed", application.id, by=APPLICANT)
    scan_application_later(session, application)
    link = str(status_link(session, application, settings=settings).id)
    if application.state != State.INFORMATION_REQUESTED:
        post(session, "submission_receipt", application.id, suffix=link, link=link)
    return application


def find_address_change(session: Session, presented: str) -> tuple[AddressChange, Application] | None:
    """Find the wish of a link that may still be used, with its application."""
    link, change = find_link(session, presented), _change_of(session, presented)
    if link is None or change is None or not link.is_alive:
        return None
    return change, get_application(session, change.application_id)


def is_since_replaced(session: Session, application_id: UUID, since: datetime) -> bool:
    """Say whether the address was replaced after an instant: a form made before then belongs to nobody any more."""
    return (
        session.scalar(
            select(exists().where(AddressChange.application_id == application_id, AddressChange.confirmed_at > since))
        )
        is True
    )


def find_open_change(session: Session, application_id: UUID) -> AddressChange | None:
    """Find the wish that was neither confirmed nor ended; when its link has run out it can only be made anew."""
    return session.scalar(
        select(AddressChange).where(
            AddressChange.application_id == application_id,
            AddressChange.confirmed_at.is_(None),
            AddressChange.ended_at.is_(None),
        )
    )


def list_address_changes(session: Session, application_id: UUID) -> list[AddressChange]:
    """Give every wish, oldest first."""
    query = select(AddressChange).where(AddressChange.application_id == application_id)
    return list(session.scalars(query.order_by(AddressChange.asked_at)))


def _has_room_for_both(session: Session, application: Application, new_email: str, *, settings: Settings) -> bool:
    """Count both mails or neither: a wish that cannot be told to one address uses up nothing of the other."""
    line_up_for_mail(session)
    with session.begin_nested() as savepoint:
        for email in (application.contact_email, new_email):
            if not outsider_may_cause_mail(session, email, about=application.id, settings=settings):
                savepoint.rollback()
                return False
    return True


def _end_open_change(session: Session, application_id: UUID) -> bool:
    change = find_open_change(session, application_id)
    if change is None:
        return False
    change.ended_at = utc_now()
    supersede(session, LinkPurpose.ADDRESS, change.id)
    session.flush()
    return True


def close_change(session: Session, application_id: UUID) -> None:
    """End the wish that waits, because its application has ended; its link stays, and its page says why it is late."""
    if (change := find_open_change(session, application_id)) is not None:
        change.ended_at = utc_now()


def _change_of(session: Session, presented: str) -> AddressChange | None:
    link = find_link(session, presented)
    if link is None or link.purpose != LinkPurpose.ADDRESS:
        return None
    return session.get(AddressChange, link.about, populate_existing=True)


def _require_open(application: Application) -> None:
    if application.state not in OPEN_STATES:
        raise InvalidTransitionError(CLOSED)
