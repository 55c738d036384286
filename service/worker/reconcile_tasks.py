"""The jobs of the reconciliation: a look by the clock or asked for, and one repair."""

from uuid import UUID

from sqlalchemy.orm import Session

from service.access.principal import SYSTEM
from service.accounts.drift.actions import fail_run, open_run
from service.jobs.queue import Claim
from service.worker.bench import Bench
from service.worker.reconciling import Hands, look
from service.worker.repairing import Deed, repair


def reconcile(bench: Bench) -> None:
    """Compare both sides. The night's look is left out while one that was asked for is still open."""
    run_id = _run_of(bench.job)
    if run_id is None:
        with bench.checkpoint(advance=False) as session:
            run, is_new = open_run(session, by=SYSTEM)
            bench.job.state["run_id"] = str(run.id)
        if not is_new:
            bench.cancel("Un confronto è già in corso")
            return
        run_id = run.id
    if look(_hands(bench), run_id) is None:
        bench.cancel("Il confronto è già concluso")
        return
    with bench.completion():
        pass


def reconcile_failed(session: Session, job: Claim, reason: str) -> None:
    """The page says why there is no result, and a new look may be asked for."""
    run_id = _run_of(job)
    if run_id is not None:
        fail_run(session, run_id, reason)


def repair_one(bench: Bench) -> None:
    """Put one drift right. A try that follows one that touched Keycloak knows it by the job's step."""
    deed = Deed(begin=lambda: _begin(bench), end=bench.completion, was_begun=bench.job.step > 0)
    if repair(_hands(bench), UUID(bench.job.args["drift_id"]), deed) is None:
        bench.cancel("La differenza non c'è più")


def _begin(bench: Bench) -> None:
    with bench.checkpoint():
        pass


def _hands(bench: Bench) -> Hands:
    seconds = bench.settings.keycloak_timeout_seconds
    return Hands(
        bench.provider, lambda: bench.checkpoint(advance=False), guard=lambda calls: bench.guard(seconds * calls)
    )


def _run_of(job: Claim) -> UUID | None:
    raw = job.args.get("run_id") or job.state.get("run_id")
    return UUID(raw) if raw else None
