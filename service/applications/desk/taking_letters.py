"""The letters about who examines an application: given to somebody, or back in the queue because time has passed."""

from collections.abc import Callable, Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.sessions import find_email
from service.applications.models import Application
from service.applications.states import State
from service.audit.trail import AuditEvent
from service.config import Settings
from service.mail.messages import Envelope, compose, unlinked
from service.mail.port import Letter

Arguments = Mapping[str, str]


def _staff_assigned(session: Session, arguments: Arguments, settings: Settings) -> Letter | None:
    """To whoever has it now; none when it has gone on meanwhile."""
    application = session.get(Application, UUID(arguments["about"]))
    if application is None or not _is_with(application, arguments["to"]):
        return None
    event = _latest(session, application, "application.assigned")
    name = application.assignee_name or ""
    return compose("staff_assigned", _to(session, arguments["to"], name, settings), {
        "number": application.number, "company": unlinked(application.name), "assignee": name,
        "by": event.by_name if event else "", "link": _address(application, settings),
    })  # fmt: skip


def _staff_review_expired(session: Session, arguments: Arguments, settings: Settings) -> Letter | None:
    """To whoever had it; none when it is with them again."""
    application = session.get(Application, UUID(arguments["about"]))
    event = _latest(session, application, "application.review_expired") if application else None
    if application is None or event is None or _is_with(application, arguments["to"]):
        return None
    name = str(event.data.get("from_name") or "")
    return compose("staff_review_expired", _to(session, arguments["to"], name, settings), {
        "number": application.number, "company": unlinked(application.name), "assignee": name,
        "days": settings.review_days, "link": _address(application, settings),
    })  # fmt: skip


LETTERS: dict[str, Callable[[Session, Arguments, Settings], Letter | None]] = {
    "staff_assigned": _staff_assigned,
    "staff_review_expired": _staff_review_expired,
}


def _is_with(application: Application, subject: str) -> bool:
    return application.state == State.UNDER_REVIEW and application.assignee_subject == subject


def _latest(session: Session, application: Application, type_: str) -> AuditEvent | None:
    query = select(AuditEvent).where(AuditEvent.subject_id == application.id, AuditEvent.type == type_)
    return session.scalars(query.order_by(AuditEvent.id.desc()).limit(1)).first()


def _to(session: Session, subject: str, name: str, settings: Settings) -> Envelope:
    """Address a person of the staff when their address is known, else the mailbox of all."""
    return Envelope(
        to=find_email(session, subject) or settings.staff_mailbox, name=name, locale="it",
        portal=settings.public_base_url, support=settings.support_email,
    )  # fmt: skip


def _address(application: Application, settings: Settings) -> str:
    return f"{settings.public_base_url}/gestione/richieste/{application.number}"
