"""The acts on many that staff have confirmed."""

from uuid import UUID

from service.applications.bulk import batches
from service.applications.bulk.models import BulkBatch
from service.worker.bench import Bench
from service.worker.each import each
from service.worker.live import live_roles


def run(bench: Bench) -> None:
    """Do it to one application after the other, each in a transaction of its own; begun again it goes on.

    What was taken back in time ends here without anything done. Safe to repeat: a row that had its turn is left alone.
    """
    batch_id = UUID(bench.job.args["batch_id"])
    with bench.checkpoint(advance=False) as session:
        waiting = batches.begin(session, batch_id)
    if waiting is None:
        bench.cancel("L'azione è stata annullata in tempo")
        return
    with bench.transaction() as session:
        batch = session.get_one(BulkBatch, batch_id)
    live = live_roles(bench, batch.made_by_subject, batch.roles, since=batch.made_at)
    each(
        bench, waiting,
        lambda session, one: batches.run_row(session, batch_id, one, settings=bench.settings, live=live),
        event="bulk.row_failed", at_end=lambda session: batches.end(session, batch_id),
    )  # fmt: skip
