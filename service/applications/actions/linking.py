"""The links that are mailed to an applicant: they prove the address, resume a draft, lead to the status page.

Nobody learns from a page who is known here (security.md G13): the pages that ask for a link write the wish down
(`ask_link`), the worker looks whether there is anything to send (`answer_link_request`). A mail that leaves within a
request, the confirmation, costs the same work when the address has had its mails for today.

Rows are locked in one order everywhere: application, mails (`line_up_for_mail`), links. Several applications are
locked together (`lock_applications`), before the mails.
"""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.access import limits
from service.access.limits import DAY, HOUR, Use
from service.access.links import Link, LinkPurpose, consume, find_by_hash, find_link, hash_of, make_link
from service.access.principal import APPLICANT
from service.applications.models import AddressChange, Application, LinkRequest
from service.applications.repository import (
    find_application,
    find_sent,
    get_application,
    list_resumable,
    lock_applications,
)
from service.applications.states import LinkWish, State, next_state
from service.audit.trail import record
from service.clock import utc_now
from service.config import Settings
from service.jobs.outbox import post
from service.jobs.queue import enqueue

ANSWER = "link.answer"
LONGEST_WISH = 400
log = structlog.get_logger()


def ask_link(session: Session, kind: LinkWish, *, email: str = "", number: str = "", presented: str = "") -> None:
    """Write down that somebody asks for a link, whoever's address it is. Leaves a row and the job `link.answer`."""
    wish = LinkRequest(
        kind=kind,
        email=email.strip()[:LONGEST_WISH],
        number=number.strip()[:LONGEST_WISH],
        token_hash=hash_of(presented) if presented else "",
        asked_at=utc_now(),
    )
    session.add(wish)
    session.flush()
    enqueue(session, ANSWER, f"{ANSWER}:{wish.id}", {"request_id": str(wish.id)})


def answer_link_request(session: Session, request_id: UUID, *, settings: Settings) -> Link | None:
    """Mail what was asked for if there is something, and forget who asked.

    Gives the dead link of an invitation: what becomes of that is not ours to say.
    """
    wish = forget_link_request(session, request_id)
    if wish is None:
        return None
    if wish.kind == LinkWish.RESUME:
        send_resume_link(session, wish.email, settings=settings)
    elif wish.kind == LinkWish.STATUS:
        send_status_link(session, wish.number, wish.email, settings=settings)
    elif (link := find_by_hash(session, wish.token_hash)) is not None:
        if link.purpose == LinkPurpose.INVITATION:
            return link
        renew_link(session, link, settings=settings)
    return None


def forget_link_request(session: Session, request_id: UUID) -> LinkRequest | None:
    """Delete a wish and give what it was."""
    return session.scalar(delete(LinkRequest).where(LinkRequest.id == request_id).returning(LinkRequest))


def forget_old_requests(session: Session, *, older_than: timedelta) -> None:
    """Delete the wishes nobody has answered in that time, with the addresses in them."""
    session.execute(delete(LinkRequest).where(LinkRequest.asked_at < utc_now() - older_than))


def resend_confirmation(session: Session, application_id: UUID, *, settings: Settings) -> bool:
    """Mail a fresh `confirm_address`, within the address's budget; the earlier link dies."""
    application = get_application(session, application_id, lock=True)
    if application.email_confirmed_at is not None:
        return False
    return _mail_link(session, application, LinkPurpose.CONFIRM, "confirm_address", settings=settings)


def confirm_address(session: Session, presented: str) -> Application | None:
    """Use a confirm or resume link: the address is proven and the draft may be opened. None for a dead link."""
    known = find_link(session, presented)
    application = find_application(session, known.about, lock=True) if known else None
    if application is None or consume(session, presented, LinkPurpose.CONFIRM, LinkPurpose.RESUME) is None:
        return None
    if application.state == State.DRAFT and application.email_confirmed_at is None:
        next_state("confirm_email", application.state)
        application.email_confirmed_at = utc_now()
        record(session, "application.email_confirmed", application.id, by=APPLICANT, how="link")
    return application


def send_resume_link(session: Session, email: str, *, settings: Settings) -> None:
    """Mail a way back to what this address has begun or sent; nothing happens for an unknown one."""
    found = [one.id for one in list_resumable(session, email)]
    locked = lock_applications(session, found)
    for application in (locked[one] for one in found if one in locked):  # the others were discarded meanwhile
        draft = application.state == State.DRAFT
        purpose = LinkPurpose.RESUME if draft else LinkPurpose.STATUS
        _mail_link(session, application, purpose, "resume_link" if draft else "status_link", settings=settings)


def send_status_link(session: Session, number: str, email: str, *, settings: Settings) -> None:
    """Mail the way to the status page; nothing happens when number and address do not belong together."""
    found = find_sent(session, number, email)
    application = find_application(session, found.id, lock=True) if found else None
    if application is not None:
        _mail_link(session, application, LinkPurpose.STATUS, "status_link", settings=settings)


def renew_link(session: Session, link: Link, *, settings: Settings) -> None:
    """From a dead link, mail the same address the one its application needs by now.

    Nothing when that address was replaced since: whoever has the old link does not use up the right person's mails.
    """
    application = find_application(session, link.about, lock=True)
    if application is None or not _goes_to_present_address(session, link, application):
        return
    if application.state != State.DRAFT:
        purpose = LinkPurpose.STATUS
    else:
        purpose = link.purpose if application.email_confirmed_at is None else LinkPurpose.RESUME
    message = {LinkPurpose.CONFIRM: "confirm_address", LinkPurpose.RESUME: "resume_link"}.get(purpose, "status_link")
    _mail_link(session, application, purpose, message, settings=settings)


def _goes_to_present_address(session: Session, link: Link, application: Application) -> bool:
    """Say whether a link was mailed to the address of now: the first change after it tells where it went."""
    mailed_to = session.scalar(
        select(AddressChange.old_email)
        .where(AddressChange.application_id == application.id, AddressChange.confirmed_at > link.created_at)
        .order_by(AddressChange.confirmed_at)
        .limit(1)
    )
    return mailed_to is None or mailed_to.lower() == application.contact_email.lower()


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
    known = find_link(session, presented)
    application = find_application(session, known.about, lock=True) if known else None
    if application is None or consume(session, presented, LinkPurpose.STATUS) is None:
        return None
    return application


def outsider_may_cause_mail(session: Session, email: str, *, about: UUID, settings: Settings) -> bool:
    """Count one mail that an outsider causes, over all kinds together (security.md T02).

    To one mailbox, about one application (whose address may be changed again and again), and from the whole portal;
    counted only when all three have room, so that nobody uses up another's places without a mail.
    """
    line_up_for_mail(session)
    uses = _mail_uses(email, about, settings)
    full = [use.what for use in uses if not limits.has_room(session, use.what, use.key, *use.limits)]
    if "mail:all" in full:
        log.warning("mail.budget_exhausted", hourly=settings.mails_by_outsiders_hour)
    for use in uses:  # the same work either way, or the time would tell that others write to this mailbox
        limits.count(session, f"{use.what}:refused" if full else use.what, use.key)
    return not full


def wait_for_mail(session: Session, email: str, *, about: UUID, settings: Settings) -> datetime | None:
    """Give the instant from which an outsider may cause a mail again; None when that is now.

    Only for whoever has proven the address: it tells that others write to this mailbox.
    """
    line_up_for_mail(session)
    uses = _mail_uses(email, about, settings)
    waits = (limits.wait(session, use.what, use.key, *use.limits) for use in uses)
    return max((until for until in waits if until is not None), default=None)


def _mail_uses(email: str, about: UUID, settings: Settings) -> tuple[Use, ...]:
    six_hours = (settings.mails_per_address_6h, timedelta(hours=6))
    return (
        Use("mail", mailbox_of(email), (six_hours, (settings.mails_per_address_day, DAY))),
        Use("mail:application", str(about), ((settings.mails_per_application_day, DAY),)),
        Use("mail:all", "", ((settings.mails_by_outsiders_hour, HOUR),)),
    )


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
    """Mail a link within the budget; without one the same is written, about nothing: the earlier link stays alive."""
    may = outsider_may_cause_mail(session, application.contact_email, about=application.id, settings=settings)
    link = make_link(
        session,
        purpose,
        application.id if may else uuid4(),
        secret=settings.secret_key.get_secret_value(),
        lifetime=timedelta(hours=settings.link_hours),
    )
    if may:
        post(session, message, application.id, suffix=str(link.id), link=str(link.id))
    else:
        enqueue(session, ANSWER, f"{ANSWER}:{link.id}", {"request_id": str(link.id)})  # nobody asked: it ends at once
    return may
