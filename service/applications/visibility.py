"""Which applications a person of the staff may see: a mere specialist those on which an own area was asked."""

from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from service.access.permissions import may
from service.access.principal import Principal
from service.applications.desk.checks import may_look_up
from service.applications.desk.models import Opinion
from service.applications.desk.states import CheckKind
from service.applications.models import Application
from service.applications.repository import get_application, get_by_number
from service.audit.trail import AuditEvent
from service.errors import NotFoundError
from service.suppliers.models import Supplier

LIKENESS_MARKED = "application.likeness_marked"  # it names another company


def visible_to(principal: Principal) -> list[ColumnElement[bool]]:
    """Give the conditions on `Application` of what a person sees; none for whoever reads all.

    What was asked and taken back, or never answered before the decision, is not to be seen any more.
    """
    if may(principal, "application:read_all"):
        return []
    return [_asked(principal, Opinion.application_id == Application.id)]


def get_visible(session: Session, number: str, principal: Principal) -> Application:
    """Read a sent application by its number. Raises NotFoundError: missing and hidden are the same."""
    application = get_by_number(session, number)
    require_visible(session, application, principal)
    return application


def get_visible_by_id(session: Session, application_id: UUID, principal: Principal, *, lock: bool) -> Application:
    """Read a sent application, locked when asked. Raises NotFoundError: drafts and hidden ones are missing too."""
    application = get_application(session, application_id, lock=lock)
    if application.number is None:
        raise NotFoundError
    require_visible(session, application, principal)
    return application


def require_visible(session: Session, application: Application, principal: Principal) -> None:
    """Raise NotFoundError unless this person may see the application."""
    if may(principal, "application:read_all"):
        return
    if not session.scalar(select(_asked(principal, Opinion.application_id == application.id))):
        raise NotFoundError


def require_visible_supplier(session: Session, supplier: Supplier, principal: Principal) -> None:
    """Raise NotFoundError unless this person may see the supplier: through an application that became it."""
    if may(principal, "application:read_all"):
        return
    query = select(Application.id).where(Application.supplier_id == supplier.id, *visible_to(principal))
    if session.scalar(query.limit(1)) is None:
        raise NotFoundError


def is_told(event: AuditEvent, principal: Principal) -> bool:
    """Say whether an event is part of the story this person reads."""
    check = event.data.get("check")
    if check in set(CheckKind) and not may_look_up(principal, CheckKind(check)):
        return False
    return event.type != LIKENESS_MARKED or may(principal, "likeness:read")


def _asked(principal: Principal, about: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(about, Opinion.area.in_(principal.areas), Opinion.ended_at.is_(None))
