"""Approvals of which nothing came: an accepted application without supplier, a supplier or account without a job."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.accounts.drift.comparing import Finding
from service.accounts.drift.knowing import list_without_job
from service.accounts.drift.states import DriftKind
from service.accounts.drift.words import NO_PERSON
from service.applications.models import Application
from service.applications.states import State
from service.suppliers.ghosts import list_without_account


def list_ghosts(session: Session) -> list[Finding]:
    """Give every ghost approval. An approval writes application, supplier, account and job in one transaction."""
    return [*_without_supplier(session), *list_without_account(session), *list_without_job(session)]


def _without_supplier(session: Session) -> list[Finding]:
    query = select(Application.number, Application.name).where(
        Application.state == State.APPROVED, Application.supplier_id.is_(None), Application.number.is_not(None)
    )
    return [
        Finding(DriftKind.GHOST, name, supplier_number=number, ours=NO_PERSON)
        for number, name in session.execute(query.order_by(Application.sequence))
    ]
