"""Invitations: the list, and sending again, extending or taking back, each by a confirmation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from service.access.permissions import may
from service.access.principal import Principal
from service.clock import local_date, utc_now
from service.config import Settings
from service.invitations import actions
from service.invitations.models import Invitation
from service.invitations.repository import PAGE, get_invitation, list_invitations
from service.invitations.states import LABELS, TRANSITIONS, InvitationState
from service.locales import N_, gettext
from service.mail.models import Delivery, DeliveryStatus, list_deliveries
from service.web.dates import short_day
from service.web.flash import redirect
from service.web.forms import PostedForm
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff.frame import address, cursor, page
from service.web.staff.words import DELIVERY_KINDS, DELIVERY_WORDS, INVITATION_KINDS
from service.web.templating import text_of
from service.web.transaction import Transaction

HERE = "/gestione/inviti"
MANAGERS = Depends(require_staff("invitation:manage"))
router = APIRouter(prefix="/inviti", include_in_schema=False, dependencies=[Depends(require_staff("invitation:list"))])


@dataclass(frozen=True, slots=True)
class Line:
    """An invitation in words."""

    id: UUID
    company: str
    email: str
    state: str
    kind: str
    sends: int
    expires_at: datetime
    inviter: str
    delivery: str
    delivery_kind: str
    delivery_note: str
    can_resend: bool
    can_extend: bool
    can_revoke: bool


class Step(StrEnum):
    """What may be done with an invitation, by its word in the address."""

    RESEND = "reinvia"
    EXTEND = "proroga"
    REVOKE = "revoca"


TITLES = {
    Step.RESEND: N_("Invia di nuovo l’invito"),
    Step.EXTEND: N_("Proroga l’invito"),
    Step.REVOKE: N_("Revoca l’invito"),
}
DONE = {
    Step.RESEND: N_("L’invito riparte con un collegamento nuovo."),
    Step.EXTEND: N_("L’invito è prorogato."),
    Step.REVOKE: N_("L’invito è revocato."),
}


@router.get("", name="staff:invitations")
def invitations(request: Request, session: Transaction, principal: CurrentPrincipal, prima: str = "") -> HTMLResponse:
    """Show the invitations, the newest first."""
    before = cursor(prima)
    found = list_invitations(session, before=before)
    lines = _lines(session, found[:PAGE], principal)
    forward = address(HERE, {"prima": found[PAGE - 1].sequence}) if len(found) > PAGE else None
    return page(request, session, "staff/invitations.html", lines=lines, forward=forward, is_later=before is not None)


@router.get("/{invitation_id}/{step}", name="staff:invitations.ask", dependencies=[MANAGERS])
def ask_step(request: Request, session: Transaction, invitation_id: UUID, step: Step) -> HTMLResponse:
    """Say what a step does before it is done."""
    invitation = get_invitation(session, invitation_id)
    title = text_of(TITLES[step])
    return page(
        request, session, "staff/confirm.html", title=title, about=invitation.company_name,
        effects=_effects(invitation, step, request.app.state.settings), button=title,
        hidden={"sends": invitation.sends, "scade": invitation.expires_at.isoformat()}, back=HERE,
        is_danger=step == Step.REVOKE,
    )  # fmt: skip


@router.post("/{invitation_id}/{step}", name="staff:invitations.do", dependencies=[MANAGERS])
def do_step(
    request: Request,
    session: Transaction,
    *,
    principal: CurrentPrincipal,
    invitation_id: UUID,
    step: Step,
    posted: PostedForm,
) -> Response:
    """Send again or extend, once for each page that was seen, or take back."""
    settings: Settings = request.app.state.settings
    invitation = get_invitation(session, invitation_id, lock=True)
    if step == Step.REVOKE:
        actions.revoke(session, invitation_id, by=principal)
    elif step == Step.EXTEND and posted.one("scade") == invitation.expires_at.isoformat():
        actions.extend(session, invitation_id, seen=invitation.expires_at, by=principal, settings=settings)
    elif step == Step.RESEND and posted.one("sends") == str(invitation.sends):
        actions.resend(session, invitation_id, by=principal, settings=settings)
    return redirect(request, HERE, gettext(DONE[step]))


def _effects(invitation: Invitation, step: Step, settings: Settings) -> list[str]:
    if step == Step.REVOKE:
        return [
            gettext("Il collegamento inviato a %(email)s smette di funzionare.", email=invitation.email),
            gettext("All’impresa non parte nessuna e-mail."),
        ]
    if step == Step.EXTEND:
        until = local_date(utc_now() + timedelta(days=settings.invitation_days))
        return [
            gettext("Il collegamento già inviato a %(email)s vale fino al %(day)s.", email=invitation.email,
                    day=short_day(until)),
            gettext("All’impresa non parte nessuna e-mail."),
        ]  # fmt: skip
    return [
        gettext("Parte un’altra e-mail a %(email)s con un collegamento nuovo; quello di prima smette di funzionare.",
                email=invitation.email),
        gettext("È l’invio numero %(number)s su %(most)s.", number=invitation.sends + 1, most=actions.MAX_SENDS),
    ]  # fmt: skip


def _lines(session: Session, invitations: Sequence[Invitation], principal: Principal) -> list[Line]:
    latest = {one.about: one for one in list_deliveries(session, *(one.id for one in invitations))}
    return [_line(one, latest.get(one.id), principal) for one in invitations]


def _line(invitation: Invitation, delivery: Delivery | None, principal: Principal) -> Line:
    manages = may(principal, "invitation:manage")
    is_own = invitation.created_by_subject == principal.subject or may(principal, "invitation:revoke_any")
    is_stale = delivery is not None and not delivery.job_key.endswith(f":{invitation.sends}")
    told = None if is_stale else delivery  # an earlier send says nothing about the one under way
    is_sent = told is not None and told.status == DeliveryStatus.SENT
    return Line(
        id=invitation.id,
        company=invitation.company_name,
        email=invitation.email,
        state=LABELS[invitation.state],
        kind=INVITATION_KINDS.get(invitation.state, ""),
        sends=invitation.sends,
        expires_at=invitation.expires_at,
        inviter=invitation.created_by_name,
        delivery=text_of(DELIVERY_WORDS[told.status]) if told else gettext("in coda"),
        delivery_kind=DELIVERY_KINDS[told.status] if told else "info",
        delivery_note=(told.error or "") if told and not is_sent else "",
        can_resend=manages and _allows("resend", invitation.state) and invitation.sends < actions.MAX_SENDS,
        can_extend=manages and _allows("extend", invitation.state) and invitation.state != InvitationState.EXPIRED,
        can_revoke=manages and is_own and _allows("revoke", invitation.state),
    )


def _allows(action: str, state: InvitationState) -> bool:
    return (action, state) in TRANSITIONS
