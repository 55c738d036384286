"""The letters of a changed address: one to the new, one to the old."""

from uuid import UUID

from sqlalchemy.orm import Session

from service.applications.letters import Arguments, Writer, envelope, link_address
from service.applications.models import AddressChange, Application
from service.config import Settings
from service.mail.messages import compose, masked
from service.mail.port import Letter


def _confirm(session: Session, arguments: Arguments, settings: Settings) -> Letter | None:
    change = _open_change(session, arguments)
    application = session.get(Application, change.application_id) if change else None
    address = link_address(session, arguments["link"], settings)
    if change is None or application is None or not address:
        return None
    return compose("email_change_confirm", envelope(application, settings, to=change.new_email), {
        "new": change.new_email, "number": application.number, "link": address, "hours": settings.link_hours,
    })  # fmt: skip


def _notice(session: Session, arguments: Arguments, settings: Settings) -> Letter | None:
    """Leave even when the wish has ended or was confirmed meanwhile: the old address is to know of it."""
    change = session.get(AddressChange, UUID(arguments["about"]))
    application = session.get(Application, change.application_id) if change else None
    if change is None or application is None:
        return None
    return compose("email_change_notice", envelope(application, settings, to=change.old_email), {
        "new": masked(change.new_email), "number": application.number, "support": settings.support_email,
    })  # fmt: skip


def _open_change(session: Session, arguments: Arguments) -> AddressChange | None:
    change = session.get(AddressChange, UUID(arguments["about"]))
    return change if change and change.confirmed_at is None and change.ended_at is None else None


LETTERS: dict[str, Writer] = {"email_change_confirm": _confirm, "email_change_notice": _notice}
