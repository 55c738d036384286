"""The verbs of an invitation."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.access.links import Link, LinkPurpose, find_link, make_link, prolong, supersede
from service.access.permissions import may, require
from service.access.principal import APPLICANT, SYSTEM, Principal
from service.applications.actions.drafting import InvitedBy, start
from service.applications.models import Application
from service.audit.trail import record
from service.clock import local_date, utc_now
from service.config import Settings
from service.database import violated
from service.errors import ConflictError, ForbiddenError
from service.invitations.barring import demand_free
from service.invitations.invitee import Invitee
from service.invitations.models import OPEN_EMAIL, Invitation
from service.invitations.repository import get_invitation
from service.invitations.states import InvitationState, next_state
from service.jobs.outbox import post

MAX_SENDS = 4  # the first and three again
RENEWABLE_DAYS = 90


class AlreadyInvitedError(ConflictError):
    """This address has an open invitation."""

    code = "already_invited"
    title = "Invito già in corso"


class TooManySendsError(ConflictError):
    """The invitation was sent again three times."""

    code = "too_many_sends"


def invite(session: Session, invitee: Invitee, *, by: Principal, settings: Settings) -> Invitation:
    """Invite a company: `created` and at once `sent`, with a one-use link. One open invitation an address."""
    require(by, "invitation:manage")
    demand_free(session, country=invitee.country, number=invitee.tax_code, by=by)
    now = utc_now()
    invitation = Invitation(
        state=InvitationState.CREATED,
        company_name=invitee.company_name,
        email=invitee.email,
        locale=invitee.locale,
        message=invitee.message,
        country=invitee.country,
        tax_code=invitee.tax_code or None,
        leaves=list(invitee.leaves),
        created_at=now,
        created_by_subject=by.subject,
        created_by_name=by.name,
        expires_at=now + timedelta(days=settings.invitation_days),
    )
    try:
        with session.begin_nested():
            session.add(invitation)
    except IntegrityError as error:
        # Two clerks invite the same address at once: the second reads that it was done.
        if violated(error) != OPEN_EMAIL:
            raise
        raise AlreadyInvitedError(
            f"Per {invitation.email} c'è già un invito aperto: puoi inviarlo di nuovo."
        ) from error
    record(session, "invitation.created", invitation.id, by=by)
    _send(session, invitation, "send", by=by, settings=settings)
    return invitation


def resend(session: Session, invitation_id: UUID, *, by: Principal, settings: Settings) -> Invitation:
    """Send again with a new link, at most three times; the old link dies. Raises: BarredError, as for a first one."""
    require(by, "invitation:manage")
    invitation = get_invitation(session, invitation_id, lock=True)
    demand_free(session, country=invitation.country, number=invitation.tax_code or "", by=by)
    _send(session, invitation, "resend", by=by, settings=settings)
    return invitation


def extend(session: Session, invitation_id: UUID, *, seen: datetime, by: Principal, settings: Settings) -> Invitation:
    """Give it the whole time again from today, with the same link and no mail. Leaves `invitation.extended`.

    `seen` is the end that the page showed: pressed twice, it is extended once. Raises: BarredError.
    """
    require(by, "invitation:manage")
    invitation = get_invitation(session, invitation_id, lock=True)
    demand_free(session, country=invitation.country, number=invitation.tax_code or "", by=by)
    if invitation.expires_at != seen:
        return invitation
    invitation.state = next_state("extend", invitation.state)
    invitation.expires_at = utc_now() + timedelta(days=settings.invitation_days)
    invitation.reminded_at = None
    prolong(session, LinkPurpose.INVITATION, invitation.id, until=invitation.expires_at)
    record(session, "invitation.extended", invitation.id, by=by, until=local_date(invitation.expires_at).isoformat())
    return invitation


def remind_invitations(session: Session, *, settings: Settings) -> int:
    """Remind once those that end soon, with a new link to the same end; gives how many. Safe to repeat."""
    now = utc_now()
    query = (
        select(Invitation)
        .where(
            Invitation.state.in_([InvitationState.SENT, InvitationState.OPENED]),
            Invitation.reminded_at.is_(None),
            Invitation.expires_at > now,
            Invitation.expires_at < now + timedelta(days=settings.invitation_reminder_days),
            # one sent for so short a time is not reminded on the day it left
            Invitation.created_at < now - timedelta(days=1),
        )
        .order_by(Invitation.sequence)
        .limit(200)
        .with_for_update(skip_locked=True)
    )
    found = list(session.scalars(query))
    for invitation in found:
        invitation.state = next_state("remind", invitation.state)
        invitation.reminded_at = now
        link = make_link(
            session, LinkPurpose.INVITATION, invitation.id, secret=settings.secret_key.get_secret_value(),
            lifetime=invitation.expires_at - now,
        )  # fmt: skip
        post(session, "invitation_reminder", invitation.id, suffix=str(invitation.sends), link=str(link.id))
        record(session, "invitation.reminded", invitation.id, by=SYSTEM)
    return len(found)


def renew(session: Session, link: Link, *, settings: Settings) -> None:
    """From a dead link the invitee asks a new one to the same address, up to 90 days after; neutral otherwise."""
    invitation = get_invitation(session, link.about, lock=True)
    too_old = utc_now() > invitation.expires_at + timedelta(days=RENEWABLE_DAYS)
    closed = invitation.state in {InvitationState.USED, InvitationState.REVOKED}
    if too_old or closed or invitation.sends >= MAX_SENDS:
        return
    with suppress(AlreadyInvitedError):  # the newer invitation is in the same mailbox
        _send(session, invitation, "resend", by=APPLICANT, settings=settings)


def revoke(session: Session, invitation_id: UUID, *, by: Principal) -> Invitation:
    """Take it back: the inviter or an approver. Leaves `invitation.revoked`; no mail."""
    require(by, "invitation:manage")
    invitation = get_invitation(session, invitation_id, lock=True)
    if invitation.created_by_subject != by.subject and not may(by, "invitation:revoke_any"):
        raise ForbiddenError("Solo chi ha invitato l'impresa o un responsabile può revocare l'invito.")
    invitation.state = next_state("revoke", invitation.state)
    supersede(session, LinkPurpose.INVITATION, invitation.id)
    record(session, "invitation.revoked", invitation.id, by=by)
    return invitation


def find_by_link(session: Session, presented: str) -> Invitation | None:
    """Find the invitation of a link, dead or alive."""
    link = find_link(session, presented)
    if link is None or link.purpose != LinkPurpose.INVITATION:
        return None
    return session.get(Invitation, link.about)


def open_invitation(session: Session, presented: str) -> Invitation | None:
    """Open it by its link, as often as wanted until it was used; None for a dead link."""
    link = find_link(session, presented)
    if link is None or link.purpose != LinkPurpose.INVITATION or not link.is_alive:
        return None
    invitation = get_invitation(session, link.about, lock=True)
    invitation.state = next_state("open", invitation.state)
    if invitation.opened_at is None:
        invitation.opened_at = utc_now()
        record(session, "invitation.opened", invitation.id, by=APPLICANT)
    return invitation


def use(
    session: Session,
    invitation_id: UUID,
    *,
    category: str,
    values: Mapping[str, Any],
    settings: Settings,
    application_id: UUID | None = None,
) -> Application:
    """Open the draft of an invited company, once; its address counts as proven."""
    invitation = get_invitation(session, invitation_id, lock=True)
    invitation.state = next_state("use", invitation.state)
    invitation.used_at = utc_now()
    supersede(session, LinkPurpose.INVITATION, invitation.id)
    record(session, "invitation.used", invitation.id, by=APPLICANT)
    invited = InvitedBy(
        invitation.id, invitation.created_by_subject, invitation.email, invitation.company_name,
        invitation.tax_code or "", tuple(invitation.leaves),
    )  # fmt: skip
    return start(
        session, category=category, values=values, settings=settings, invited=invited, application_id=application_id
    )


def expire_invitations(session: Session) -> int:
    """End those whose date has passed; gives how many. Safe to repeat."""
    ended = session.scalars(
        update(Invitation)
        .where(
            Invitation.id.in_(
                select(Invitation.id)
                .where(
                    Invitation.state.in_([InvitationState.SENT, InvitationState.OPENED]),
                    Invitation.expires_at < utc_now(),
                )
                .limit(500)
                .with_for_update(skip_locked=True)
            )
        )
        .values(state=InvitationState.EXPIRED)
        .returning(Invitation.id)
    ).all()
    for invitation_id in ended:
        record(session, "invitation.expired", invitation_id, by=SYSTEM)
    return len(ended)


def _send(session: Session, invitation: Invitation, verb: str, *, by: Principal, settings: Settings) -> None:
    if invitation.sends >= MAX_SENDS:
        raise TooManySendsError("L'invito è già stato inviato di nuovo tre volte.")
    lifetime = timedelta(days=settings.invitation_days)
    try:
        with session.begin_nested():
            invitation.state = next_state(verb, invitation.state)
            invitation.sends += 1
            invitation.reminded_at = None
            invitation.expires_at = utc_now() + lifetime
    except IntegrityError as error:
        # An expired one is sent again while a newer one to the same address is open.
        if violated(error) != OPEN_EMAIL:
            raise
        raise AlreadyInvitedError(f"Per {invitation.email} c'è già un altro invito aperto.") from error
    link = make_link(
        session, LinkPurpose.INVITATION, invitation.id, secret=settings.secret_key.get_secret_value(), lifetime=lifetime
    )
    post(session, "invitation", invitation.id, suffix=str(invitation.sends), link=str(link.id))
    record(session, "invitation.sent" if verb == "send" else "invitation.resent", invitation.id, by=by)
