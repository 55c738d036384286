"""What an invited company sees behind the link of its invitation."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from service.access.applicant_sessions import PROVEN, ApplicantSessionKind, end_applicant, open_applicant
from service.access.links import find_link
from service.applications import actions as applications
from service.applications.states import LinkWish
from service.clock import utc_now
from service.invitations import actions
from service.invitations.models import Invitation
from service.invitations.states import InvitationState
from service.locales import prefer
from service.web.flash import redirect
from service.web.limiting import limit_links
from service.web.public.resume import GONE
from service.web.session import DRAFT, read_cookie, set_cookie
from service.web.templating import render
from service.web.transaction import FRESH, Transaction

router = APIRouter(prefix="/invito", include_in_schema=False)


@router.get("/inviato", name="public:invitation.sent", dependencies=[FRESH])
def sent(request: Request) -> Response:
    """Say what happens if the invitation may be sent again."""
    return render(request, "public/invitation/sent.html")


@router.get("/{token}", name="public:invitation")
def show(request: Request, session: Transaction, token: str) -> Response:
    """Show who is invited and the button; opening the page uses nothing."""
    invitation = actions.find_by_link(session, token)
    link = find_link(session, token)
    if invitation is None or link is None or not link.is_alive:
        return dead(request, session, token)
    prefer(invitation.locale)
    return render(request, "public/invitation/link.html", is_secret=True, invitation=invitation)


@router.post("/{token}", name="public:invitation.open")
def open_it(request: Request, session: Transaction, token: str) -> Response:
    """Open the invitation and let this browser begin from it."""
    invitation = actions.open_invitation(session, token)
    if invitation is None:
        return dead(request, session, token)
    end_applicant(session, read_cookie(request, DRAFT))
    data = {"invitation": str(invitation.id), PROVEN: invitation.email.lower()}
    response = RedirectResponse("/registrazione", status_code=303)
    set_cookie(request, response, DRAFT, open_applicant(session, ApplicantSessionKind.DRAFT, data=data))
    return response


@router.post("/{token}/nuovo", name="public:invitation.renew")
def renew(request: Request, session: Transaction, token: str) -> Response:
    """Have the invitation mailed again to the same address; the answer is always the same."""
    limit_links(request, session)
    applications.ask_link(session, LinkWish.RENEW, presented=token)
    return redirect(request, "/invito/inviato")


def dead(request: Request, session: Session, token: str) -> Response:
    """Explain why the link does not open, and the way on."""
    invitation = actions.find_by_link(session, token)
    if invitation is not None:
        prefer(invitation.locale)
    return render(
        request,
        "public/invitation/dead.html",
        status=GONE,
        is_secret=True,
        why=why_dead(invitation),
        invitation=invitation,
        renewal=f"/invito/{token}/nuovo",
    )


def why_dead(invitation: Invitation | None) -> str:
    """Name the reason: unknown, used, revoked, expired, or superseded by a newer mail."""
    if invitation is None:
        return "unknown"
    if invitation.state in {InvitationState.USED, InvitationState.REVOKED, InvitationState.EXPIRED}:
        return invitation.state.value
    return "expired" if invitation.expires_at <= utc_now() else "superseded"
