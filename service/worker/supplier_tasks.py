"""What time and verdicts do to suppliers: jobs that go from supplier to supplier, each in a transaction of its own."""

from uuid import UUID

from service.clock import local_date
from service.documents.expiry import thresholds
from service.suppliers import qualifying
from service.suppliers.documents import list_suppliers_past_grace, list_suppliers_to_remind
from service.suppliers.reminding import remind
from service.worker.bench import Bench
from service.worker.each import each

FAILED = "supplier.failed"


def expire_documents(bench: Bench) -> None:
    """Give ended documents their effect."""
    settings, today = bench.settings, local_date()
    with bench.transaction() as session:
        found = list_suppliers_past_grace(session, today=today, grace_days=settings.suspension_grace_days)
    each(
        bench, found, lambda session, one: qualifying.apply_expiry(session, one, settings=settings, today=today),
        event=FAILED,
    )  # fmt: skip


def send_reminders(bench: Bench) -> None:
    """Announce what ends."""
    settings, today = bench.settings, local_date()
    with bench.transaction() as session:
        found = list_suppliers_to_remind(session, today=today, days=thresholds(settings))
    each(bench, found, lambda session, one: remind(session, one, settings=settings, today=today), event=FAILED)


def follow_verdict(bench: Bench) -> None:
    """Cure what a verdict cures, or ask for another document."""
    args = bench.job.args
    with bench.completion() as session:
        qualifying.follow_verdict(session, UUID(args["supplier_id"]), UUID(args["version_id"]), settings=bench.settings)
