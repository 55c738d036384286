"""G17 in full: ten thousand clean people on the real Keycloak raise no alarm, in a minute, in flat memory."""

import time
import tracemalloc
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert

from service.accounts.drift.states import DriftKind
from service.accounts.models import Account, Membership
from service.accounts.states import AccountState
from service.clock import utc_now
from service.database import transaction
from service.worker.reconciling import Hands, look
from tests.support.drifting import GROUP, Ground, RealFar, real_ground

__all__ = ["real_ground"]
pytestmark = [pytest.mark.xdist_group("contract"), pytest.mark.long]
PEOPLE, BATCH, SECONDS, MEGABYTES = 10_000, 250, 60, 25


def load(ground: Ground, count: int) -> None:
    """Put people at Keycloak and their accounts beside, without jobs."""
    assert isinstance(ground.far, RealFar)
    number, stamp = ground.admitted(), uuid4().hex[:8]
    ids = [uuid4() for _ in range(count)]
    for start in range(0, count, BATCH):
        names = [f"carico{stamp}-{n:05d}" for n in range(start, min(start + BATCH, count))]
        people: list[dict[str, Any]] = [
            {"username": name, "email": f"{name}@example.it", "emailVerified": True, "enabled": True,
             "firstName": "Ada", "lastName": "Neri", "groups": [GROUP],
             "attributes": {"proactive_account_id": [str(ids[start + n])], "supplier_id": [number], "locale": ["it"]}}
            for n, name in enumerate(names)
        ]  # fmt: skip
        subjects = ground.far.load(people)
        rows = [
            {"id": ids[start + n], "state": AccountState.ACTIVE, "username": name, "email": f"{name}@example.it",
             "first_name": "Ada", "last_name": "Neri", "locale": "it", "subject": subjects[name],
             "created_at": utc_now()}
            for n, name in enumerate(names)
        ]  # fmt: skip
        members = [{"account_id": row["id"], "supplier_number": number, "is_admin": False} for row in rows]
        with transaction(ground.worker.engine) as session:
            session.execute(insert(Account), rows)
            session.execute(insert(Membership), members)


def timed(ground: Ground) -> tuple[float, float]:
    """Look once; gives the seconds, and the most memory in MB it took beyond what was there."""
    hands = Hands(ground.worker.provider, lambda: transaction(ground.worker.engine))
    run_id = ground.begin()
    tracemalloc.start()
    begun = time.monotonic()
    counted = look(hands, run_id)
    seconds, (_now, peak) = time.monotonic() - begun, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert counted is not None
    print(f"{counted.people} people, {counted.accounts} accounts: {seconds:.1f} s, {peak / 1e6:.1f} MB at most")
    return seconds, peak / 1e6


def test_ten_thousand_clean_people_take_a_minute_and_raise_no_alarm(real_ground: Ground) -> None:
    load(real_ground, PEOPLE)
    seconds, megabytes = timed(real_ground)
    ours = [one for one in real_ground.drifts() if one.account_id is not None]
    assert [one.kind for one in ours if one.kind != DriftKind.GHOST] == []
    assert seconds <= SECONDS
    assert megabytes <= MEGABYTES
