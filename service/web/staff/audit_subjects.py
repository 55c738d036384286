"""What an event is about, by name and with its page; and the other way round, what belongs to a number."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from service.access.permissions import may
from service.access.principal import Principal
from service.accounts.repository import list_accounts
from service.applications.models import Application
from service.applications.repository import get_by_number
from service.documents.models import Document
from service.errors import NotFoundError
from service.suppliers.models import Supplier
from service.web.document_views import title_words
from service.web.staff.reading import Subject, get_supplier_by_number, list_applications_of, subjects


def named(session: Session, ids: Iterable[UUID], principal: Principal) -> dict[UUID, Subject]:
    """Name the subjects of a page of events; what is erased, or none of these kinds, has no name."""
    wanted = set(ids)
    return subjects(session, wanted, principal) | _suppliers(session, wanted, principal) | _documents(
        session, wanted, principal
    )  # fmt: skip


def subject_ids(session: Session, number: str) -> list[UUID]:
    """Give everything that events of an application or supplier are about. Raises: NotFoundError."""
    try:
        application = get_by_number(session, number)
    except NotFoundError:
        supplier = get_supplier_by_number(session, number)
        applications = [one.id for one in list_applications_of(session, supplier)]
        people = [one.id for one in list_accounts(session, supplier.number)]
        owners = or_(Document.supplier_id == supplier.id, Document.application_id.in_(applications))
        return [supplier.id, *applications, *people, *session.scalars(select(Document.id).where(owners))]
    documents = session.scalars(select(Document.id).where(Document.application_id == application.id))
    return [application.id, *documents]


def _suppliers(session: Session, wanted: set[UUID], principal: Principal) -> dict[UUID, Subject]:
    query = select(Supplier.id, Supplier.number, Supplier.name).where(Supplier.id.in_(wanted))
    opens = may(principal, "supplier:read")
    return {id_: Subject(f"{number} {name}", f"/gestione/fornitori/{number}" if opens else "")
            for id_, number, name in session.execute(query)}  # fmt: skip


def _documents(session: Session, wanted: set[UUID], principal: Principal) -> dict[UUID, Subject]:
    query = (
        select(Document.id, Document.type, Document.slot, Application.number, Supplier.number,
               func.coalesce(Application.name, Supplier.name))
        .outerjoin(Application, Application.id == Document.application_id)
        .outerjoin(Supplier, Supplier.id == Document.supplier_id)
        .where(Document.id.in_(wanted))
    )  # fmt: skip
    found = {}
    for id_, type_, slot, application, supplier, name in session.execute(query):
        url = ""
        if application and may(principal, "application:read"):
            url = f"/gestione/richieste/{application}/documenti"
        elif supplier and may(principal, "supplier:read"):
            url = f"/gestione/fornitori/{supplier}#documenti"
        found[id_] = Subject(f"{title_words(type_, slot)}, {application or supplier or ''} {name}", url)
    return found
