"""A claim reads one of the jobs of its rank that wait, whatever the planner believes of the table."""

import json

import pytest
from sqlalchemy import Engine, text

from service.database import transaction
from service.jobs.queue import CLAIM
from service.worker.tasks import RANKS

pytestmark = pytest.mark.xdist_group("integration")
WAITING = 3000
ADD = text("insert into job (kind, key, args) select 'mail.send', :name || n, '{}' from generate_series(1, :many) n")


def nodes(plan: dict[str, object]) -> list[dict[str, object]]:
    """Give a plan and all below it."""
    below = plan.get("Plans", [])
    assert isinstance(below, list)
    return [plan, *(one for each in below for one in nodes(each))]


@pytest.mark.parametrize("known", ["as it is", "as it was", "not at all"])
def test_claim_reads_one_of_the_jobs_that_wait(own_engine: Engine, owner_engine: Engine, known: str) -> None:
    """Its statistics are often those of a quiet night, when nothing was ready: a bulk approval comes between two."""

    def analyze() -> None:
        with owner_engine.begin() as connection:
            connection.execute(text("analyze job"))

    if known != "not at all":
        with transaction(own_engine) as session:
            session.execute(ADD, {"name": "over", "many": WAITING})
            session.execute(text("update job set status = 'done'"))
        analyze()
    with transaction(own_engine) as session:
        session.execute(ADD, {"name": "ready", "many": WAITING})
    if known == "as it is":
        analyze()
    asked = text(f"explain (analyze, format json) {CLAIM.text}")
    with transaction(own_engine) as session:
        (told,) = session.execute(asked, {"kinds": RANKS[0], "owner": "prova", "lease": 60}).scalars()
        found = nodes((json.loads(told) if isinstance(told, str) else told)[0]["Plan"])
    assert [one for one in found if one["Node Type"] == "Sort"] == []
    assert max(float(str(one["Actual Rows"])) for one in found) == 1
