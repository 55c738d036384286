"""The job of an act on many, done in this process as the worker does it."""

import time
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Engine, text, update

from service.accounts.port import UnavailableError
from service.config import Settings
from service.database import transaction
from service.jobs.models import Job
from service.jobs.queue import claim
from service.worker.bench import Bench
from service.worker.bulk_tasks import run


def work_off(engine: Engine, settings: Settings, *, roles: Iterable[str] | None = ("approver", "reviewer")) -> bool:
    """Let the minute pass and do the job of the act; gives whether there was one. `roles` are Keycloak's of now."""
    with transaction(engine) as session:
        due: dict[str, Any] = {"run_at": text("'epoch'"), "lease_until": text("'epoch'")}
        session.execute(update(Job).where(Job.kind == "bulk.run").values(due))
    with transaction(engine) as session:
        job = claim(session, owner="test", kinds=["bulk.run"], lease_seconds=90)
    if job is None:
        return False
    nobody: Any = None
    keycloak: Any = SimpleNamespace(find_roles=lambda _subject: _roles(roles))
    run(Bench(engine, settings, keycloak, nobody, nobody, None, job, time.monotonic() + 90))
    return True


def _roles(roles: Iterable[str] | None) -> frozenset[str] | None:
    if roles == "away":
        raise UnavailableError("via")
    return None if roles is None else frozenset(roles)
