"""What time and verdicts do to suppliers: jobs that go from supplier to supplier, each in a transaction of its own."""

from collections.abc import Callable, Iterable
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from service.clock import local_date
from service.documents.expiry import thresholds
from service.jobs.queue import LeaseLostError
from service.suppliers import qualifying
from service.suppliers.documents import list_suppliers_past_grace, list_suppliers_to_remind
from service.suppliers.reminding import remind
from service.worker.bench import Bench

log = structlog.get_logger()


def expire_documents(bench: Bench) -> None:
    """Give ended documents their effect."""
    settings, today = bench.settings, local_date()
    with bench.transaction() as session:
        found = list_suppliers_past_grace(session, today=today, grace_days=settings.suspension_grace_days)
    _each(bench, found, lambda session, one: qualifying.apply_expiry(session, one, settings=settings, today=today))


def send_reminders(bench: Bench) -> None:
    """Announce what ends."""
    settings, today = bench.settings, local_date()
    with bench.transaction() as session:
        found = list_suppliers_to_remind(session, today=today, days=thresholds(settings))
    _each(bench, found, lambda session, one: remind(session, one, settings=settings, today=today))


def follow_verdict(bench: Bench) -> None:
    """Cure what a verdict cures, or ask for another document."""
    args = bench.job.args
    with bench.completion() as session:
        qualifying.follow_verdict(session, UUID(args["supplier_id"]), UUID(args["version_id"]), settings=bench.settings)


def _each(bench: Bench, suppliers: Iterable[UUID], act: Callable[[Session, UUID], object]) -> None:
    """Act on one after the other, renewing the lease; one that fails holds up no other, and the job is tried again."""
    failed: Exception | None = None
    for supplier_id in suppliers:
        try:
            with bench.checkpoint(advance=False) as session:
                act(session, supplier_id)
        except LeaseLostError:
            raise
        except Exception as error:  # whatever it is, the others have their turn
            log.exception("supplier.failed", supplier=str(supplier_id), kind=bench.job.kind)
            failed = error
    if failed is not None:
        raise failed
    with bench.completion():
        pass
