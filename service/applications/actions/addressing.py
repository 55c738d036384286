"""Another address for an application that was sent: wished for on the status page, proven by a link to the new one."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from service.access.applicant_sessions import ApplicantSessionKind, end_applicants_of
from service.access.links import LinkPurpose, consume, find_link, make_link, supersede
from service.access.principal import APPLICANT
from service.applications.actions.linking import line_up_for_mail, outsider_may_cause_mail
from service.applications.models import AddressChange, Application, InformationRequest
from service.applications.repository import get_application
from service.applications.states import OPEN_STATES, InvalidTransitionError
from service.audit.trail import record
from service.clock import utc_now
from service.config import Settings
from service.jobs.outbox import post

CLOSED = "La domanda ha già un esito: l'indirizzo non si può più cambiare da qui."


def ask_address_change(session: Session, application_id: UUID, new_email: str, *, settings: Settings) -> bool:
    """Write down the wish; mail a link to the new address, a notice to the old one. Nothing changes before the link.

    An earlier wish ends. Leaves `application.address_change_requested`. False: one of the two addresses has had so many
    of our mails that none may leave now; then nothing is written. Raises: InvalidTransitionError after the outcome.
    """
    application = get_application(session, application_id, lock=True)
    _require_open(application)
    addresses = (new_email, application.contact_email)
    if not all(outsider_may_cause_mail(session, one, about=application.id, settings=settings) for one in addresses):
        return False
    cancel_address_change(session, application.id)
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
    post(session, "email_change_confirm", change.id, link=str(link.id))
    post(session, "email_change_notice", change.id)
    return True


def cancel_address_change(session: Session, application_id: UUID) -> None:
    """End the open wish, if there is one; its link dies."""
    change = find_open_change(session, application_id)
    if change is not None:
        change.ended_at = utc_now()
        supersede(session, LinkPurpose.ADDRESS, change.id)
        session.flush()


def confirm_address_change(session: Session, presented: str) -> Application | None:
    """Use the link: from now on all letters go to the new address. None for a dead link.

    Links to the old address die, browsers that follow the application from there are closed.
    Leaves `application.address_changed`. Raises: InvalidTransitionError when the outcome came first.
    """
    link = find_link(session, presented)
    change = session.get(AddressChange, link.about) if link and link.purpose == LinkPurpose.ADDRESS else None
    if change is None:
        return None
    application = get_application(session, change.application_id, lock=True)
    _require_open(application)
    line_up_for_mail(session)
    if consume(session, presented, LinkPurpose.ADDRESS) is None:
        return None
    change.confirmed_at = utc_now()
    application.contact_email = change.new_email
    application.email_confirmed_at = change.confirmed_at
    application.search = application.search.replace(change.old_email.lower(), change.new_email.lower())
    application.version += 1
    _write_into_answers(session, application, change.new_email)
    for purpose in (LinkPurpose.CONFIRM, LinkPurpose.RESUME, LinkPurpose.STATUS):
        supersede(session, purpose, application.id)
    end_applicants_of(session, application.id, ApplicantSessionKind.STATUS)
    record(session, "application.address_changed", application.id, by=APPLICANT)
    return application


def find_open_change(session: Session, application_id: UUID) -> AddressChange | None:
    """Find the wish that waits for its link."""
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


def _write_into_answers(session: Session, application: Application, email: str) -> None:
    """The address stands among the answers too, and in the working copy of a round that is open."""
    open_rounds = select(InformationRequest).where(
        InformationRequest.application_id == application.id,
        func.coalesce(InformationRequest.answered_at, InformationRequest.ended_at).is_(None),
    )
    for content in (application.content, *session.scalars(open_rounds)):
        content.answers = {**content.answers, "avvio": {**content.answers["avvio"], "contact_email": email}}
        flag_modified(content, "answers")


def _require_open(application: Application) -> None:
    if application.state not in OPEN_STATES:
        raise InvalidTransitionError(CLOSED)
