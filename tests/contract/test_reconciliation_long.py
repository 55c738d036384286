"""G17 in full: ten thousand clean people raise no alarm, in a minute, in flat memory; on the fake and the real one.

Loading the real Keycloak takes some minutes more. The fake shows what our own side costs.
"""

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
from tests.support.drifting import GROUP, Ground, fake_ground, ground, real_ground

__all__ = ["fake_ground", "ground", "real_ground"]
pytestmark = [pytest.mark.xdist_group("contract"), pytest.mark.long]
PEOPLE, BATCH, SECONDS, MEGABYTES = 10_000, 250, 60, 25


def load(ground: Ground, count: int) -> None:
    """Put people at Keycloak and their accounts beside, without jobs."""
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


def once(ground: Ground) -> float:
    """Look once; gives the seconds."""
    run_id, begun = ground.begin(), time.monotonic()
    counted = look(Hands(ground.worker.provider, lambda: transaction(ground.worker.engine)), run_id)
    seconds = time.monotonic() - begun
    assert counted is not None
    print(f"{counted.people} people, {counted.accounts} accounts: {seconds:.1f} s")
    return seconds


def memory(ground: Ground) -> float:
    """Look again; gives the most MB it took beyond what was there (watching it makes it slow)."""
    tracemalloc.start()
    once(ground)
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    print(f"{peak:.1f} MB at most")
    return peak


def test_ten_thousand_clean_people_take_a_minute_and_raise_no_alarm(ground: Ground) -> None:
    load(ground, PEOPLE)
    seconds, megabytes = once(ground), memory(ground)
    ours = [one for one in ground.drifts() if one.account_id is not None]
    assert [one.kind for one in ours if one.kind != DriftKind.GHOST] == []
    assert seconds <= SECONDS
    assert megabytes <= MEGABYTES
