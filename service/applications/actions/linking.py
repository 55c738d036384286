"""The links that are mailed to an applicant: they prove the address, resume a draft, lead to the status page."""

from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from service.access import limits
from service.access.links import Link, LinkPurpose, consume, find_link, make_link
from service.access.principal import APPLICANT
from service.applications.models import Application
from service.applications.repository import find_sent, get_application, list_resumable
from service.applications.states import State, next_state
from service.audit.trail import record
from service.clock import utc_now
from service.config import Settings
from service.jobs.outbox import post

DAY = timedelta(days=1)
log = structlog.get_logger()


def resend_confirmation(session: Session, application_id: UUID, *, settings: Settings) -> bool:
    """Mail a fresh `confirm_address`, within the address's budget; the earlier link dies."""
    application = get_application(session, application_id)
    if application.email_confirmed_at is not None:
        return False
    return _mail_link(session, application, LinkPurpose.CONFIRM, "confirm_address", settings=settings)


def confirm_address(session: Session, presented: str) -> Application | None:
    """Use a confirm or resume link: the address is proven and the draft may be opened. None for a dead link."""
    link = consume(session, presented, LinkPurpose.CONFIRM, LinkPurpose.RESUME)
    if link is None:
        return None
    application = get_application(session, link.about, lock=True)
    if application.state == State.DRAFT and application.email_confirmed_at is None:
        next_state("confirm_email", application.state)
        application.email_confirmed_at = utc_now()
        record(session, "application.email_confirmed", application.id, by=APPLICANT, how="link")
    return application


def send_resume_link(session: Session, email: str, *, settings: Settings) -> None:
    """Mail a way back to what this address has begun or sent; nothing happens for an unknown one."""
    for application in list_resumable(session, email):
        draft = application.state == State.DRAFT
        purpose = LinkPurpose.RESUME if draft else LinkPurpose.STATUS
        _mail_link(session, application, purpose, "resume_link" if draft else "status_link", settings=settings)


def send_status_link(session: Session, number: str, email: str, *, settings: Settings) -> None:
    """Mail the way to the status page; nothing happens when number and address do not belong together."""
    application = find_sent(session, number, email)
    if application is not None:
        _mail_link(session, application, LinkPurpose.STATUS, "status_link", settings=settings)


def renew_link(session: Session, presented: str, *, settings: Settings) -> None:
    """From a dead link, mail the same address the one its application needs by now."""
    link = find_link(session, presented)
    if link is None or link.purpose == LinkPurpose.INVITATION:
        return
    application = session.get(Application, link.about)
    if application is None:
        return
    if application.state != State.DRAFT:
        purpose = LinkPurpose.STATUS
    else:
        purpose = link.purpose if application.email_confirmed_at is None else LinkPurpose.RESUME
    message = {LinkPurpose.CONFIRM: "confirm_address", LinkPurpose.RESUME: "resume_link"}.get(purpose, "status_link")
    _mail_link(session, application, purpose, message, settings=settings)


def status_link(session: Session, application: Application, *, settings: Settings) -> Link:
    """Make the link of a receipt: it lives until the outcome, a year at most."""
    return make_link(
        session,
        LinkPurpose.STATUS,
        application.id,
        secret=settings.secret_key.get_secret_value(),
        lifetime=timedelta(days=365),
    )


def open_status(session: Session, presented: str) -> Application | None:
    """Use a status link; None for a dead one."""
    link = consume(session, presented, LinkPurpose.STATUS)
    return None if link is None else session.get(Application, link.about)


def outsider_may_cause_mail(session: Session, email: str, *, about: UUID, settings: Settings) -> bool:
    """Count one mail that an outsider causes, over all kinds together (security.md T02).

    To one mailbox, about one application (whose address may be changed again and again), and from the whole portal;
    counted only when all three have room, so that nobody uses up another's places without a mail.
    """
    line_up_for_mail(session)
    uses = (
        (
            "mail",
            mailbox_of(email),
            ((settings.mails_per_address_6h, timedelta(hours=6)), (settings.mails_per_address_day, DAY)),
        ),
        ("mail:application", str(about), ((settings.mails_per_application_day, DAY),)),
        ("mail:all", "", ((settings.mails_by_outsiders_hour, timedelta(hours=1)),)),
    )
    full = [what for what, key, bounds in uses if not limits.has_room(session, what, key, *bounds)]
    if "mail:all" in full:
        log.warning("mail.budget_exhausted", hourly=settings.mails_by_outsiders_hour)
    if not full:
        for what, key, _bounds in uses:
            limits.count(session, what, key)
    return not full


def line_up_for_mail(session: Session) -> None:
    """Let the transactions that an outsider's mail belongs to come one after the other.

    One lock for all, taken before any row of a link is touched: with a lock a mailbox two of them could wait for each
    other for ever.
    """
    limits.lock(session, "mail:all")


def mailbox_of(email: str) -> str:
    """Give what names the mailbox behind an address: `a.b+anything@example.com` is delivered to `a.b`."""
    local, _, domain = email.strip().lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _mail_link(
    session: Session, application: Application, purpose: LinkPurpose, message: str, *, settings: Settings
) -> bool:
    if not outsider_may_cause_mail(session, application.contact_email, about=application.id, settings=settings):
        return False
    link = make_link(
        session,
        purpose,
        application.id,
        secret=settings.secret_key.get_secret_value(),
        lifetime=timedelta(hours=settings.link_hours),
    )
    post(session, message, application.id, suffix=str(link.id), link=str(link.id))
    return True
