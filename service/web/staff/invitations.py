"""Invitations: the list, a new one, and sending again or taking back, each by a confirmation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from service.access.permissions import may
from service.access.principal import Principal
from service.invitations import actions
from service.invitations.models import Invitation
from service.invitations.repository import PAGE, get_invitation, list_invitations
from service.invitations.states import LABELS, TRANSITIONS, InvitationState
from service.locales import N_, gettext
from service.mail.models import Delivery, DeliveryStatus, list_deliveries
from service.web.flash import redirect
from service.web.forms import Posted, PostedForm, problems
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff.fields import question
from service.web.staff.frame import address, cursor, page
from service.web.staff.words import DELIVERY_KINDS, DELIVERY_WORDS, INVITATION_KINDS
from service.web.templating import text_of
from service.web.transaction import Transaction

HERE = "/gestione/inviti"
LONGEST_NAME, LONGEST_MESSAGE = 160, 500
MANAGERS = Depends(require_staff("invitation:manage"))
router = APIRouter(prefix="/inviti", include_in_schema=False, dependencies=[Depends(require_staff("invitation:list"))])
LANGUAGES = (("it", N_("Italiano")), ("en", N_("Inglese")))
NAME = question("company_name", N_("Ragione sociale"), required=True)
EMAIL = question("email", N_("Indirizzo e-mail"), required=True,
                 hint=N_("Chi apre l’invito da questo indirizzo non deve più confermarlo."))  # fmt: skip
LANGUAGE = question("locale", N_("Lingua dell’invito"), required=True)
MESSAGE = question("message", N_("Messaggio"), multiline=True,
                   hint=N_("Compare nell’e-mail, al massimo 500 caratteri."))  # fmt: skip
ORDER = ("company_name", "email", "locale", "message")


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
    can_revoke: bool


class Step(StrEnum):
    """What may be done with an invitation, by its word in the address."""

    RESEND = "reinvia"
    REVOKE = "revoca"


@router.get("", name="staff:invitations")
def invitations(request: Request, session: Transaction, principal: CurrentPrincipal, prima: str = "") -> HTMLResponse:
    """Show the invitations, the newest first."""
    before = cursor(prima)
    found = list_invitations(session, before=before)
    lines = _lines(session, found[:PAGE], principal)
    forward = address(HERE, {"prima": found[PAGE - 1].sequence}) if len(found) > PAGE else None
    return page(request, session, "staff/invitations.html", lines=lines, forward=forward, is_later=before is not None)


@router.get("/nuovo", name="staff:invitations.new", dependencies=[MANAGERS])
def ask_invitation(request: Request, session: Transaction) -> HTMLResponse:
    """Show the form of a new invitation."""
    return _form(request, session, {"locale": "it"}, {})


@router.post("/nuovo", name="staff:invitations.create", dependencies=[MANAGERS])
def invite(request: Request, session: Transaction, principal: CurrentPrincipal, posted: PostedForm) -> Response:
    """Invite a company; every typed value stays when something is wrong."""
    values = {name: posted.one(name) for name in ORDER}
    errors = _errors(posted)
    if not errors:
        try:
            made = actions.invite(session, **values, by=principal, settings=request.app.state.settings)
        except (actions.AddressError, actions.AlreadyInvitedError) as error:
            errors = {"email": [error.detail]}
        else:
            return redirect(request, HERE, gettext("L’invito a %(company)s è in coda.", company=made.company_name))
    return _form(request, session, values, errors)


@router.get("/{invitation_id}/{step}", name="staff:invitations.ask", dependencies=[MANAGERS])
def ask_step(request: Request, session: Transaction, invitation_id: UUID, step: Step) -> HTMLResponse:
    """Say what sending again or taking back does."""
    invitation = get_invitation(session, invitation_id)
    is_resend = step == Step.RESEND
    title = gettext("Invia di nuovo l’invito") if is_resend else gettext("Revoca l’invito")
    effects = [
        gettext("Parte un’altra e-mail a %(email)s con un collegamento nuovo; quello di prima smette di funzionare.",
                email=invitation.email),
        gettext("È l’invio numero %(number)s su %(most)s.", number=invitation.sends + 1, most=actions.MAX_SENDS),
    ] if is_resend else [
        gettext("Il collegamento inviato a %(email)s smette di funzionare.", email=invitation.email),
        gettext("All’impresa non parte nessuna e-mail."),
    ]  # fmt: skip
    return page(request, session, "staff/confirm.html", title=title, about=invitation.company_name, effects=effects,
                button=title, hidden={"sends": invitation.sends}, back=HERE, is_danger=not is_resend)  # fmt: skip


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
    """Send again, once for each page that was seen, or take back."""
    if step == Step.REVOKE:
        actions.revoke(session, invitation_id, by=principal)
        return redirect(request, HERE, gettext("L’invito è revocato."))
    invitation = get_invitation(session, invitation_id, lock=True)
    if posted.one("sends") == str(invitation.sends):
        actions.resend(session, invitation_id, by=principal, settings=request.app.state.settings)
    return redirect(request, HERE, gettext("L’invito riparte con un collegamento nuovo."))


def _form(request: Request, session: Session, values: dict[str, str], errors: dict[str, list[str]]) -> HTMLResponse:
    return page(
        request, session, "staff/invitation_new.html", status=422 if errors else 200, values=values, errors=errors,
        problems=problems(errors, ORDER), name_field=NAME, email_field=EMAIL, language_field=LANGUAGE,
        message_field=MESSAGE, languages_offered=LANGUAGES,
    )  # fmt: skip


def _errors(posted: Posted) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    name, message = posted.one("company_name"), posted.one("message")
    if not name:
        found["company_name"] = [gettext("Scrivi la ragione sociale dell’impresa da invitare.")]
    elif len(name) > LONGEST_NAME or "\n" in name:
        found["company_name"] = [gettext("La ragione sociale sta in una riga di al massimo 160 caratteri.")]
    if not posted.one("email"):
        found["email"] = [gettext("Scrivi l’indirizzo e-mail a cui mandare l’invito.")]
    if posted.one("locale") not in dict(LANGUAGES):
        found["locale"] = [gettext("Scegli in quale lingua scrivere l’invito.")]
    if len(message) > LONGEST_MESSAGE:
        found["message"] = [
            gettext("Il messaggio ha %(length)s caratteri: al massimo %(most)s.", length=len(message),
                    most=LONGEST_MESSAGE)
        ]  # fmt: skip
    return found


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
        can_revoke=manages and is_own and _allows("revoke", invitation.state),
    )


def _allows(action: str, state: InvitationState) -> bool:
    return (action, state) in TRANSITIONS
