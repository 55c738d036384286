"""Erasing ended applications, and the copies of identity documents, when their time has come (domain.md section 18).

Nothing of a person stays: rows, files, links, the log of letters. The audit trail is append-only and stays; it names
applicants by no name nor address, only applications by their ids. An exclusion in force (`reapply_from`) keeps the
refused application whole until it ends: by the default times that is long before its erasure.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from service.access.links import Link
from service.access.principal import SYSTEM
from service.applications.models import AddressChange, Application, LinkRequest
from service.applications.repository import get_application
from service.applications.states import FINAL_STATES, State
from service.audit.retention import Rule, months_after
from service.audit.trail import record
from service.documents.actions import erase_documents
from service.documents.models import Document, DocumentVersion
from service.documents.purging import IDENTITY, REPLACED_VERSIONS, erase_copy, is_held
from service.documents.repository import Owner, list_documents
from service.locales import N_
from service.mail.models import Delivery

ERASED_STATES = (State.REJECTED, State.WITHDRAWN, State.EXPIRED)


def erase_application(session: Session, application_id: UUID, _today: date) -> None:
    """Erase an ended application with all that belongs to it. Leaves `application.erased` and a job for its files.

    A new application that was begun from it stays, and has no origin any more.
    """
    application = get_application(session, application_id, lock=True)
    record(session, "application.erased", application_id, by=SYSTEM, from_state=application.state)
    documents = list_documents(session, Owner(application_id=application_id))
    mine = [application_id, *(one.id for one in documents if one.supplier_id is None)]
    changes = select(AddressChange.id).where(AddressChange.application_id == application_id)
    session.execute(delete(Link).where(or_(Link.about == application_id, Link.about.in_(changes))))
    session.execute(delete(Delivery).where(or_(Delivery.about.in_(mine), Delivery.about.in_(changes))))
    asked = or_(
        LinkRequest.number == application.number, func.lower(LinkRequest.email) == application.contact_email.lower()
    )
    session.execute(delete(LinkRequest).where(asked))
    erase_documents(session, Owner(application_id=application_id))
    session.delete(application)  # answers, snapshots, warnings, requests and sessions go with it by their foreign keys
    session.flush()


ENDED_APPLICATIONS = Rule(
    name="ended_applications",
    what=N_("Domande respinte, ritirate o scadute"),
    why=N_("i dati di una domanda respinta, ritirata o scaduta si conservano %(time)s"),
    key=Application.id,
    among=select(Application.id).where(
        Application.state.in_(ERASED_STATES), Application.erase_on.is_not(None), Application.legal_hold_reason.is_(None)
    ),
    months=lambda settings: settings.erase_months,
    # the day was promised when it ended; greatest() passes over what is null
    day=lambda _months: func.greatest(Application.erase_on, Application.reapply_from),
    erase=erase_application,
)
IDENTITY_COPIES = Rule(
    name="identity_copies",
    what=N_("Copie di documenti di identità"),
    why=N_("la copia di un documento di identità si conserva %(time)s dall’esito"),
    key=DocumentVersion.id,
    among=select(DocumentVersion.id)
    .join(Document, Document.id == DocumentVersion.document_id)
    .join(Application, Application.id == Document.application_id)
    .where(Document.type == IDENTITY, Application.state.in_(FINAL_STATES), DocumentVersion.files.any(), ~is_held()),
    months=lambda settings: settings.identity_copy_months,
    day=lambda months: months_after(func.coalesce(Application.decided_at, Application.touched_at), months),
    erase=erase_copy,
)
# what goes with an application is erased before it, so that a report counts what is then done
RULES = (IDENTITY_COPIES, REPLACED_VERSIONS, ENDED_APPLICATIONS)
