"""Keycloak, the mail server and the database go wrong at every call there is: nothing lost, nothing doubled (G7)."""

import html
import inspect
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from service import database
from service.accounts.models import Account
from service.database import transaction
from service.jobs.models import JobStatus
from service.local.postgres import PostgresCluster
from service.web import oidc
from tests.support.at_once import both
from tests.support.mailbox import Mailbox
from tests.support.outage import World, make_world
from tests.support.outage_cells import CELLS, Cell, one_of_each
from tests.support.outage_web import (
    ASKED,
    DECIDING,
    GATE,
    SANITY,
    SIGNING_IN,
    Page,
    SignIn,
    endure_decision,
    make_sign_in,
)
from tests.support.tally import Tally
from tests.support.trouble import HTTP

pytestmark = pytest.mark.xdist_group("outages")
PAGES = ("/", "/gestione/attivita?stato=attesa", "/gestione/richieste")
TABS = {JobStatus.READY: "attesa", JobStatus.STUCK: "bloccate"}
BACKLOG = 500
# of the pages in the short form
SHORT = {("discovery", "drip"), ("exchange", "hang"), ("keys", "html"), ("connect", "hang"), ("read", "tls"),
         ("write", "drip"), ("commit", "reset_after")}  # fmt: skip


@pytest.fixture(scope="module")
def tally(request: pytest.FixtureRequest) -> Iterator[Tally]:
    """Of the long form; the short one has nothing to tell."""
    tally = Tally("G7, fault cells")
    yield tally
    if tally.counted["cells"] > 1:
        tally.tell(request.config)


@pytest.fixture(scope="module")
def world(postgres: PostgresCluster, mailbox: Mailbox, request: pytest.FixtureRequest) -> Iterator[World]:
    """Enough companies for every cell and for the backlog; few when only the short form is run."""
    is_short = request.config.option.markexpr == "not long"
    count = 40 if is_short else len(CELLS) + len(DECIDING) + BACKLOG
    port = request.getfixturevalue("parts").local.ports.smtp_port
    with make_world(postgres, mailbox, port, count) as made:
        yield made


@pytest.fixture(scope="module")
def sign_in(postgres: PostgresCluster) -> Iterator[SignIn]:
    """Somebody who signs in."""
    postgres.ensure_database("outage_sign_in", template="migrated")
    with make_sign_in(postgres.url("outage_sign_in")) as made:
        yield made
    postgres.drop_database("outage_sign_in")


@pytest.mark.parametrize("cell", one_of_each(CELLS), ids=str)
def test_outage_of_each_kind_loses_nothing_and_doubles_nothing(world: World, cell: Cell) -> None:
    assert endure(world, cell) == []


@pytest.mark.parametrize("away", [away for away in SIGNING_IN if (away.name, away.fault) in SHORT], ids=str)
def test_sign_in_while_keycloak_is_away_says_so(sign_in: SignIn, away: Page) -> None:
    sign_in.endure(away)


@pytest.mark.parametrize("away", [away for away in DECIDING if (away.name, away.fault) in SHORT], ids=str)
def test_decision_while_the_database_is_away_is_refused_or_done_once(world: World, away: Page) -> None:
    endure_decision(world, away)


def test_row_that_somebody_holds_is_waited_for_and_tried_again(world: World) -> None:
    case = world.approve()
    with transaction(world.engine) as session:
        assert session.scalar(select(Account).where(Account.email == case.email).with_for_update())
        world.work()
        job = world.job(case, "provision")
        assert (job.status, job.last_error) == (JobStatus.READY, "La banca dati non ha risposto")
    world.work_until_done()
    assert world.list_wrong(case) == []


def test_backlog_of_an_outage_is_worked_off(world: World) -> None:
    assert work_off_backlog(world, 6) == []


@pytest.mark.long
@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_outage_at_every_call_loses_nothing_and_doubles_nothing(world: World, tally: Tally, cell: Cell) -> None:
    tally.counted["cells"] += 1
    wrong = endure(world, cell)
    tally.counted["lost"] += any("lost" in one for one in wrong)
    tally.counted["doubled"] += any("doubled" in one for one in wrong)
    tally.counted["wrong adoptions"] += "adopted wrongly" in wrong
    assert wrong == []
    tally.counted["passed"] += 1


@pytest.mark.long
@pytest.mark.parametrize("away", SIGNING_IN, ids=str)
def test_sign_in_at_every_call_says_so(sign_in: SignIn, tally: Tally, away: Page) -> None:
    tally.counted["cells"] += 1
    sign_in.endure(away)
    tally.counted["passed"] += 1


@pytest.mark.long
@pytest.mark.parametrize("away", DECIDING, ids=str)
def test_decision_at_every_statement_is_refused_or_done_once(world: World, tally: Tally, away: Page) -> None:
    tally.counted["cells"] += 1
    endure_decision(world, away)
    tally.counted["passed"] += 1


@pytest.mark.long
def test_backlog_of_five_hundred_is_worked_off(world: World, tally: Tally) -> None:
    assert work_off_backlog(world, BACKLOG) == []
    tally.counted["backlog"] = BACKLOG


def test_keys_that_hang_hold_nobody_longer_than_one_time_out(sign_in: SignIn) -> None:
    sign_in.start_anew(seconds=1)
    visitors = [sign_in.visitor.another() for _ in range(6)]
    left = [visitor.start() for visitor in visitors]
    with sign_in.line.trouble(ASKED["keys"], HTTP["hang"]):  # one after the other they would take six seconds
        answers = both(*(lambda v=v, there=there: v.come_back(there) for v, there in zip(visitors, left, strict=True)))
    assert [answer.status_code for answer in answers] == [503] * 6
    assert max(answer.elapsed.total_seconds() for answer in answers) < SANITY
    for visitor in visitors:
        visitor.http.close()


def test_nobody_waits_longer_than_the_gate_with_the_limits_as_shipped() -> None:
    usual = inspect.signature(database.make_engine).parameters["statement_timeout_ms"].default / 1000
    assert oidc.TIMEOUT <= GATE
    assert database.CONNECT_SECONDS + usual + database.GRACE_SECONDS <= GATE


def endure(world: World, cell: Cell) -> list[str]:
    """Approve and work while it goes wrong; then mend it, press the button where staff must; tell what is wrong."""
    site = cell.site
    world.mailbox.clear()
    with world.lines[site.line].trouble(site.match, cell.trouble) as armed:
        case = world.approve()
        if site.tried_before:
            world.pretend_tried(case, is_made=site.made_before)
        for _ in range(3):  # on a busy computer an earlier call may have been late
            world.work(*PAGES)
            if armed.hits:
                break
            world.make_due()
        assert armed.hits, "nobody came this way"
        job = world.job(case, site.job)
        assert job.status == cell.expected, job.last_error
        if job.status != JobStatus.DONE and (job.last_error or site.line != "database"):  # else nobody has had it yet
            assert (job.last_error or "").startswith(cell.sentences)
            page = html.unescape(world.staff.get(f"/gestione/attivita?stato={TABS[job.status]}").text)
            assert f'action="/gestione/attivita/{job.id}/riprova"' in page
            assert (job.last_error or "") in page
        assert site.line == "database" or world.nothing_is_held()
    if job.status == JobStatus.STUCK:
        world.try_again(job)
    world.work_until_done()
    return world.list_wrong(case, may_double=cell.may_double)


def work_off_backlog(world: World, count: int) -> list[str]:
    """Approve so many while Keycloak and the mail server are away; work when they are back; tell what is wrong."""
    world.mailbox.clear()
    away = HTTP["refused"]
    with world.lines["keycloak"].trouble(b"", away), world.lines["mail"].trouble(b"", away):
        cases = [world.approve() for _ in range(count)]
        world.work(seconds=90 + count)  # each is tried once
        assert world.nothing_is_held()
    world.work_until_done(seconds=90 + 5 * count)
    return [wrong for case in cases for wrong in world.list_wrong(case)]
