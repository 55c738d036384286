"""Keycloak, the mail server and the database go wrong at every call there is: nothing lost, nothing doubled (G7)."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from service.jobs.models import JobStatus
from service.local.postgres import PostgresCluster
from tests.support.mailbox import Mailbox
from tests.support.outage import World, make_world
from tests.support.outage_cells import CELLS, Cell, one_of_each

PAGES = ("/", "/gestione/attivita?stato=attesa", "/gestione/richieste")
pytestmark = pytest.mark.xdist_group("outages")


@pytest.fixture(scope="module")
def world(postgres: PostgresCluster, mailbox: Mailbox, request: pytest.FixtureRequest) -> Iterator[World]:
    """Enough companies for every cell."""
    port = request.getfixturevalue("parts").local.ports.smtp_port
    with make_world(postgres, mailbox, port, len(CELLS)) as made:
        yield made


@pytest.mark.parametrize("cell", one_of_each(CELLS), ids=str)
def test_outage_of_each_kind(world: World, cell: Cell) -> None:
    endure(world, cell)


@pytest.mark.long
@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_outage_at_every_call(world: World, cell: Cell) -> None:
    endure(world, cell)


def endure(world: World, cell: Cell) -> None:
    site = cell.site
    world.mailbox.clear()
    with world.lines[site.line].trouble(site.match, cell.trouble) as armed:
        case = world.approve()
        if site.tried_before:
            world.pretend_tried(case)
        world.work(*PAGES)
        assert armed.hits, "nobody came this way"
        job = world.job(case, site.job)
        print(cell, job.status, job.step, job.attempts, job.last_error, armed.hits)
        if site.line != "database":
            assert world.nothing_is_held()
    if job.status == JobStatus.STUCK:
        world.try_again(job)
    world.work_until_done()
    assert world.list_wrong(case, may_double=cell.may_double) == []
