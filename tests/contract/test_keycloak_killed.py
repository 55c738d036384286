"""The real Keycloak killed in the middle of a provisioning call, in 20 rounds, while approvals go on (G6)."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine, TextClause, func, select, text

from service.accounts.models import Account
from service.accounts.provisioning import ACCESS_SUBJECTS
from service.accounts.states import AccountState
from service.config import load_settings
from service.database import make_engine, transaction
from service.local.keycloak_archive import KeycloakError
from service.local.progress import Progress
from service.local.settings import STAFF, LocalSettings, Ports
from service.local.stack import Stack
from service.migrations.upgrading import upgrade
from service.wiring import make_stack
from tests.support.approving import Approver
from tests.support.crashing import wait_until
from tests.support.drifting import RealFar
from tests.support.environment import SEED
from tests.support.judging import Person, count_half, count_open, judge, tell_open
from tests.support.mailbox import Mail, Mailbox
from tests.support.stack import keycloak_of

pytestmark = [pytest.mark.xdist_group("contract"), pytest.mark.long]
ROUNDS, A_ROUND, PATIENCE = 20, 4, 300
A_MINUTE = 75  # approvals, one a second; a round takes less, but on a busy machine
LONGEST = 16 * 60  # between two tries, with some to spare
SETTINGS = {"PROACTIVE_POLL_SECONDS": "0.2"}
# a try of a provisioning that goes on, the first of its job that could fail
IN_A_CALL = text("""
select id from job where kind = 'account.provision' and status = 'ready' and lease_until > clock_timestamp()
   and last_error is null""")
FAILED = text("select id from job where kind = 'account.provision' and status = 'ready' and last_error is not null")


@dataclass(frozen=True, slots=True)
class Durable(LocalSettings):
    """A local stack whose Keycloak has written what it confirms, as it has with the database of a real one.

    The development database writes half a second later, so that a kill would lose people who had been answered 201.
    """

    def realm_environment(self) -> dict[str, str]:
        """Add where its database is, and how it writes."""
        place = f"jdbc:h2:file:{self.folder}/keycloak/data/h2/keycloakdb;NON_KEYWORDS=VALUE;WRITE_DELAY=0"
        return {**LocalSettings.realm_environment(self), "KC_DB_URL": place}


@pytest.fixture
def own_parts(session_folder: Path) -> Iterator[Stack]:
    """A stack that nobody shares, without the web server: the approvals are made here."""
    parts = make_stack(Durable(session_folder / "killed", Ports.free(), seed=SEED), SETTINGS, is_snapshot=True)
    try:
        parts.require_room()
        parts.start_mailbox()
        with Progress.silent() as progress:
            parts.start_identity(progress)
        parts.start_postgres()
        upgrade(parts.owner_database_url)
        parts.start_worker()
        yield parts
    finally:
        parts.stop()
        parts.postgres.remove()


def test_real_keycloak_killed_in_its_calls_loses_nothing_and_doubles_nothing(
    own_parts: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    seed, rounds = int(os.environ.get("TORTURE_SEED") or time.time()), int(os.environ.get("TORTURE_ROUNDS") or ROUNDS)
    settings, dice = load_settings(own_parts.environment), Random(seed)  # noqa: S311 - to be repeated, not to be secret
    engine = make_engine(own_parts.database_url, statement_timeout_ms=20_000)
    mailbox = Mailbox(own_parts.local.mailbox_url.replace("localhost", "127.0.0.1"))
    approver, began, cut = Approver(engine, settings, rounds * A_MINUTE, pause=1), time.monotonic(), 0
    try:
        approver.start()
        for number in range(1, rounds + 1):
            cut += _kill_in_a_call(own_parts, engine, dice)
            _let_work(engine)
            with capsys.disabled():  # a round takes as long as Keycloak's start
                print(f"\nround {number}, {time.monotonic() - began:.0f} s, seed {seed}", end="", flush=True)
        approver.end(is_at_once=True)
        quiet = time.monotonic()
        _wait_for(engine, lambda: count_half(engine) + count_open(engine) == 0, LONGEST)
        ended, mails = time.monotonic(), mailbox.messages()
        verdict = judge(engine, _people(own_parts, mails), mails, answered=approver.answered,
                        refused=approver.refused, keycloak_kills=rounds)  # fmt: skip
    finally:
        engine.dispose()
    line = (f"Keycloak killed {rounds} times, in a call of {cut} jobs; {verdict.told};"
            f" {ended - began:.0f} s, quiet after {ended - quiet:.0f}, seed {seed}")  # fmt: skip
    with capsys.disabled():
        print(f"\n{line}")
    assert verdict.faults == {}, line


def _wait_for(engine: Engine, is_so: Callable[[], bool], patience: float = PATIENCE) -> None:
    wait_until(is_so, patience=patience, told=lambda: tell_open(engine))


def _let_work(engine: Engine) -> None:
    """Let some more be done, so that the next kill finds both work that waits and work in hand."""
    wanted = _count_active(engine) + A_ROUND
    _wait_for(engine, lambda: _count_active(engine) >= wanted)


def _kill_in_a_call(parts: Stack, engine: Engine, dice: Random) -> int:
    """Kill it while a worker speaks with it, and start it again; gives of how many jobs a call was cut."""
    assert parts.keycloak is not None
    server = parts.keycloak.child
    assert server is not None
    until = time.monotonic() + PATIENCE
    while not _ids(engine, IN_A_CALL):
        assert time.monotonic() < until, "nobody spoke with Keycloak"
        time.sleep(0.005)
    time.sleep(dice.uniform(0, 0.1))
    held = _ids(engine, IN_A_CALL)
    server.kill()
    time.sleep(dice.uniform(0.2, 1))
    cut = len(held & _ids(engine, FAILED))
    with suppress(KeycloakError):  # late, on a busy machine: then it is waited for again
        parts.start_keycloak()
    parts.keycloak.wait_until_ready(PATIENCE)
    return cut


def _ids(engine: Engine, query: TextClause) -> set[int]:
    with transaction(engine) as session:
        return set(session.scalars(query))


def _count_active(engine: Engine) -> int:
    with transaction(engine) as session:
        query = select(func.count()).select_from(Account).where(Account.state == AccountState.ACTIVE)
        return session.scalar(query) or 0


def _people(parts: Stack, mails: list[Mail]) -> Iterator[Person]:
    """Everybody in the realm but the demonstration's staff."""
    far, staff = RealFar(keycloak_of(parts)), {one.username for one in STAFF}
    told = Counter(mail.to for mail in mails if mail.subject in ACCESS_SUBJECTS.values())
    for person in far._ask("GET", "/users?max=5000&briefRepresentation=false").json():
        if person["username"] in staff:
            continue
        about = person.get("attributes", {})
        groups = far._ask("GET", f"/users/{person['id']}/groups").json()
        yield Person(
            subject=person["id"], account_id=next(iter(about.get("proactive_account_id", [])), None),
            supplier_ids=tuple(about.get("supplier_id", [])), groups=tuple(one["path"] for one in groups),
            access_mails=told[person["email"]],
        )  # fmt: skip
