"""What staff do by hand about an access that is not there yet, or differs from Keycloak: never about their own company.

The acts themselves are those of `accounts`, which knows no company; pages use these.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.principal import Principal
from service.accounts import cancelling, linking
from service.accounts.drift import actions as drifts
from service.accounts.drift.models import Drift
from service.accounts.drift.states import DriftKind
from service.jobs.repository import find_row
from service.suppliers.impartiality import OwnCompanyError, require_stranger_to
from service.suppliers.models import Supplier
from service.suppliers.people import list_suppliers_of


def cancel_provisioning(session: Session, account_id: UUID, *, reason: str, by: Principal) -> None:
    """Give up an access, as `cancelling` says. Raises OwnCompanyError besides."""
    _require_stranger(session, account_id, by=by)
    cancelling.cancel_provisioning(session, account_id, reason=reason, by=by)


def cancel_job(session: Session, job_id: int, *, reason: str, by: Principal) -> None:
    """Give up a job, as `cancelling` says. Raises OwnCompanyError besides, where it is about an account."""
    job = find_row(session, job_id)
    if job is not None and job.args.get("account_id"):
        _require_stranger(session, UUID(job.args["account_id"]), by=by)
    cancelling.cancel_job(session, job_id, reason=reason, by=by)


def link_existing(session: Session, account_id: UUID, *, seen: str, by: Principal) -> None:
    """Confirm who takes an account over, as `linking` says. Raises OwnCompanyError besides."""
    _require_stranger(session, account_id, by=by)
    linking.link_existing(session, account_id, seen=seen, by=by)


def ask_repair(session: Session, drift_id: UUID, *, by: Principal) -> Drift:
    """Have one difference put right, as `drift.actions` says. Raises OwnCompanyError besides."""
    _require_stranger_of(session, drifts.get_drift(session, drift_id), by=by)
    return drifts.ask_repair(session, drift_id, by=by)


def list_askable(
    session: Session, kind: DriftKind | None = None, *, by: Principal, seen: datetime | None = None
) -> list[Drift]:
    """Give what one press of this person puts right: what is about the own company somebody else looks at."""
    return [one for one in drifts.list_askable(session, kind, seen=seen) if not _is_bound(session, one, by=by)]


def ask_all(session: Session, kind: DriftKind | None, *, seen: datetime, by: Principal) -> int:
    """Have all of these put right, as the page showed them at `seen`; gives how many."""
    return drifts.ask_all(session, kind, seen=seen, by=by, leaves_out=lambda one: _is_bound(session, one, by=by))


def _is_bound(session: Session, drift: Drift, *, by: Principal) -> bool:
    try:
        _require_stranger_of(session, drift, by=by)
    except OwnCompanyError:
        return True
    return False


def _require_stranger_of(session: Session, drift: Drift, *, by: Principal) -> None:
    if drift.account_id is not None:
        _require_stranger(session, drift.account_id, by=by)
    if drift.supplier_number is not None:
        query = select(Supplier).where(Supplier.number == drift.supplier_number)
        _require_strangers(session, session.scalars(query), by=by)


def _require_stranger(session: Session, account_id: UUID, *, by: Principal) -> None:
    _require_strangers(session, list_suppliers_of(session, account_id), by=by)


def _require_strangers(session: Session, suppliers: Iterable[Supplier], *, by: Principal) -> None:
    for supplier in suppliers:
        require_stranger_to(session, supplier, by=by)
