"""Which facts the letters to an invited company need."""

from collections.abc import Callable, Mapping
from uuid import UUID

from sqlalchemy.orm import Session

from service.access.links import Link, token
from service.config import Settings
from service.invitations.models import Invitation
from service.locales import catalogue
from service.mail.dates import day
from service.mail.messages import Envelope, compose
from service.mail.port import Letter
from service.questionnaire import LEAVES


def _invitation(session: Session, arguments: Mapping[str, str], settings: Settings) -> Letter | None:
    return _with_link("invitation", session, arguments, settings)


def _reminder(session: Session, arguments: Mapping[str, str], settings: Settings) -> Letter | None:
    return _with_link("invitation_reminder", session, arguments, settings)


def _with_link(message: str, session: Session, arguments: Mapping[str, str], settings: Settings) -> Letter | None:
    """Write to an invited company; a link that is dead by now is not sent."""
    invitation, link = session.get(Invitation, UUID(arguments["about"])), session.get(Link, UUID(arguments["link"]))
    if invitation is None or link is None or not link.is_alive:
        return None
    to = Envelope(
        to=invitation.email,
        name=invitation.company_name,
        locale=invitation.locale,
        portal=settings.public_base_url,
        support=settings.support_email,
    )
    secret = token(link.id, secret=settings.secret_key.get_secret_value())
    translate = catalogue(invitation.locale).gettext
    leaves = "\n".join(f"- {one} {translate(LEAVES[one].label)}" for one in invitation.leaves if one in LEAVES)
    return compose(message, to, {
        "company": invitation.company_name, "message": invitation.message, "leaves": leaves,
        "expires": day(invitation.expires_at, invitation.locale),
        "link": f"{settings.public_base_url}/invito/{secret}",
    })  # fmt: skip


LETTERS: dict[str, Callable[[Session, Mapping[str, str], Settings], Letter | None]] = {
    "invitation": _invitation,
    "invitation_reminder": _reminder,
}
