"""G16: whatever is changed in the trail behind the portal's back is found, and nothing else is."""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from service.audit import signing
from service.audit.roles import could_rewrite, require_append_only
from service.audit.seals import Head, HeadError, export_head, find_head, seal_batch
from service.audit.signing import KeyMissingError
from service.audit.trail import AuditEvent, record
from service.audit.verifying import Kind, Report, verify, verify_trail
from service.clock import utc_now
from service.config import Settings
from service.database import UnfitError, make_engine, transaction
from service.local.postgres import PostgresCluster
from service.migrations.upgrading import upgrade
from service.worker import auditing
from tests.support.trail import ANNA, TAMPERINGS, disarm, fill, seal_all, write

EVENTS = 40
SEED = 20261126


def database_of(engine: Engine) -> str:
    return str(engine.url.database)


def head_of(engine: Engine) -> Head:
    with transaction(engine) as session:
        found = find_head(session)
    assert found
    return found


def tamper_many(owner: Engine, engine: Engine, times: int, seed: int) -> Counter[str]:
    """Tamper once, check, take it back, again and again; every one must be found. Gives how often each way was tried.

    Half of the time a minute passes between the deed and the check: what can be sealed is sealed over it.
    """
    fill(engine, EVENTS)
    head, rng, tried = head_of(engine), random.Random(seed), Counter[str]()  # noqa: S311
    with owner.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        with connection.begin():
            disarm(raw)
        while tried.total() < times:
            deed = rng.choice(TAMPERINGS)
            state = rng.getstate()
            with connection.begin() as outer:
                if deed(raw, rng):
                    tried[deed.__name__] += 1
                    if rng.random() < 0.5:
                        with Session(connection, join_transaction_mode="create_savepoint") as session:
                            seal_batch(session)
                    report = verify_trail(connection, head=head)
                    assert report.count, (deed.__name__, seed, state)
                outer.rollback()
        with connection.begin():
            clean = verify_trail(connection, head=head)
    assert (clean.count, clean.events, clean.head) == (0, EVENTS, head)
    return tried


def test_g16_tampering_is_found_every_time(owner_engine: Engine, own_engine: Engine) -> None:
    tried = tamper_many(owner_engine, own_engine, 300, SEED)
    assert set(tried) == {one.__name__ for one in TAMPERINGS}


@pytest.mark.long
def test_g16_ten_thousand_tamperings_are_found(owner_engine: Engine, own_engine: Engine) -> None:
    begun = time.monotonic()
    tried = tamper_many(owner_engine, own_engine, 10_000, random.randrange(10**9))  # noqa: S311
    print(f"{dict(tried)} in {time.monotonic() - begun:.0f} s")


def test_sixteen_writers_and_a_sealer_lose_nothing(own_engine: Engine, database_url: str) -> None:
    engine = make_engine(database_url, pool_size=18, statement_timeout_ms=20_000, application="test")
    is_over, refused = threading.Event(), RuntimeError("taken back")

    def work(n: int) -> int:
        kept = 0
        for i in range(20):
            try:
                with transaction(engine) as session:
                    write(session, 2)
                    session.flush()
                    if (n + i) % 5 == 0:
                        raise refused
                    kept += 2
            except RuntimeError:
                continue
        return kept

    def keep_sealing() -> int:
        sealed = 0
        while not is_over.is_set():
            sealed += seal_all(engine)
        return sealed

    with ThreadPoolExecutor(18) as pool:
        sealers = [pool.submit(keep_sealing) for _ in range(2)]
        kept = sum(pool.map(work, range(16)))
        is_over.set()
        sealed = sum(one.result() for one in sealers) + seal_all(engine)
    report = verify(engine)
    engine.dispose()
    assert (kept, sealed, report.events, report.waiting, report.count) == (512, 512, 512, 0, 0)


def test_clean_trail_is_whole_before_while_and_after_it_is_sealed(own_engine: Engine) -> None:
    with transaction(own_engine) as session:
        write(session, 7)
    assert told(verify(own_engine)) == (0, 7, 7)
    with transaction(own_engine) as session:
        assert seal_batch(session, limit=4).count == 4
    assert told(verify(own_engine, head=head_of(own_engine))) == (0, 7, 3)
    seal_all(own_engine)
    assert told(verify(own_engine, head=head_of(own_engine))) == (0, 7, 0)
    assert seal_all(own_engine) == 0


def told(report: Report) -> tuple[int, int, int]:
    return report.count, report.events, report.waiting


def test_portals_role_can_add_to_the_trail_and_do_nothing_else_to_it(own_engine: Engine) -> None:
    fill(own_engine, 2)
    for statement in (
        "update audit_event set by_name = 'x'", "delete from audit_event", "truncate audit_event cascade",
        "update audit_seal set number = 7", "delete from audit_seal", "truncate audit_seal",
        "alter table audit_event disable trigger all", "drop trigger audit_event_append_only on audit_event",
        "drop table audit_seal", "set session_replication_role = replica", "create table beside ()",
        "alter table application add x int", "update alembic_version set version_num = '0001'",
        "create trigger t after insert on audit_event execute function audit_event_is_append_only()",
        "truncate application cascade",
    ):  # fmt: skip
        refused = "permission denied|must be owner"
        with pytest.raises(DBAPIError, match=refused), own_engine.begin() as connection:
            connection.execute(text(statement))
    seal_all(own_engine)
    before = told(verify(own_engine))
    for number, length in ((9223372036854775807, 32), (0, 32), (2, 32), (4, 32), (3, 1)):
        made = f"insert into audit_seal select {number}, max(id), decode(repeat('00', {length}), 'hex'), now(), "
        with pytest.raises(DBAPIError, match="takes the next seal only"), own_engine.begin() as connection:
            connection.execute(text(f"{made} decode(repeat('00', {length}), 'hex') from audit_event"))
    assert told(verify(own_engine)) == before == (0, 2, 0)


def test_owner_is_stopped_by_the_triggers(owner_engine: Engine, own_engine: Engine) -> None:
    fill(own_engine, 2)
    for statement in (
        "update audit_event set by_name = 'x'", "delete from audit_event", "truncate audit_event cascade",
        "update audit_seal set number = number + 7", "delete from audit_seal", "truncate audit_seal",
    ):  # fmt: skip
        with pytest.raises(DBAPIError, match="is append-only"), owner_engine.begin() as connection:
            connection.execute(text(statement))


def test_portal_does_not_start_in_a_role_that_could_rewrite(
    postgres: PostgresCluster, own_engine: Engine, owner_engine: Engine
) -> None:
    name = database_of(own_engine)
    require_append_only(postgres.url(name))
    with pytest.raises(UnfitError, match="PROACTIVE_OWNER_DATABASE_URL"):
        require_append_only(postgres.owner_url(name))
    for right in ("update (by_name) on audit_event", "delete on audit_seal", "trigger on audit_event"):
        with owner_engine.begin() as connection:
            connection.execute(text(f"grant {right} to proactive_app"))
        assert could_rewrite(own_engine), right
        upgrade(postgres.owner_url(name))
        assert not could_rewrite(own_engine), right


def test_ordinary_owner_can_make_the_tables_and_a_new_table_is_the_portals_after_migrating(
    postgres: PostgresCluster,
) -> None:
    name, role = f"owned_{uuid4().hex[:8]}", f"owner_{uuid4().hex[:8]}"
    postgres.ensure_database(name)
    url = postgres.owner_url(name).replace("postgres@", f"{role}@")
    chief = create_engine(postgres.owner_url(name), isolation_level="AUTOCOMMIT")
    with chief.connect() as connection:
        connection.execute(text(f"create role {role} login"))
        connection.execute(text(f"alter database {name} owner to {role}"))
    upgrade(url)
    owner, own = create_engine(url), create_engine(postgres.url(name))
    with owner.begin() as connection:
        connection.execute(text("create table later (n int)"))
    upgrade(url)
    with own.begin() as connection:
        connection.execute(text("insert into later values (1)"))
        with Session(connection) as session:
            write(session, 1)
            session.flush()
            assert seal_batch(session).count == 1
    assert not could_rewrite(own)
    with pytest.raises(UnfitError, match="CREATE ROLE nessuno"):
        upgrade(url, "nessuno")
    for engine in (owner, own, chief):
        engine.dispose()
    postgres.drop_database(name)
    with psycopg.connect(postgres.conninfo("postgres"), autocommit=True) as connection:
        connection.execute(f"drop role {role}")


def test_without_the_key_nothing_is_recorded(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing, "_known", {})
    with pytest.raises(KeyMissingError, match="PROACTIVE_AUDIT_KEY"):
        record(session, "application.submitted", uuid4(), by=ANNA)


def test_row_keeps_what_was_recorded_whatever_the_caller_does_with_it_later(own_engine: Engine) -> None:
    leaves = ["1.1"]
    with transaction(own_engine) as session:
        record(session, "supplier.qualified", uuid4(), by=ANNA, leaves=leaves, n=10**17 * 1.0, small=1e-9, big=10**30)
        leaves.append("2.3")
    assert told(verify(own_engine)) == (0, 1, 1)
    with transaction(own_engine) as session:
        assert session.scalars(select(AuditEvent)).one().data["leaves"] == ["1.1"]


def test_rows_from_before_are_sealed_as_they_are_and_none_can_be_added(
    owner_engine: Engine, own_engine: Engine
) -> None:
    with owner_engine.begin() as connection:
        connection.execute(text("alter table audit_event drop constraint ck__audit_event__signed"))
    for _ in range(3):
        add_old(own_engine)
    assert told(verify(own_engine)) == (0, 3, 3)
    with transaction(own_engine) as session:
        write(session, 2)
    assert seal_all(own_engine) == 5
    assert told(verify(own_engine)) == (0, 5, 0)
    add_old(own_engine)
    assert seal_all(own_engine) == 0
    report = verify(own_engine)
    assert [one.kind for one in report.problems] == [Kind.FORGED]
    with owner_engine.begin() as connection:
        connection.execute(text("alter table audit_event disable trigger user"))
        connection.execute(text("update audit_event set by_name = 'Altri' where id = 2"))
    assert {(one.kind, one.id) for one in verify(own_engine).problems} >= {(Kind.ALTERED, 2)}


def add_old(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text(
            "insert into audit_event (at, type, subject_type, subject_id, by_subject, by_name, data)"
            " values (now(), 'application.submitted', 'application', gen_random_uuid(), 'system', 'ICRI', '{}')"
        ))  # fmt: skip


def test_database_takes_no_row_without_a_signature(own_engine: Engine) -> None:
    with pytest.raises(DBAPIError, match="ck__audit_event__signed"):
        add_old(own_engine)


def test_tail_that_was_cut_off_is_known_by_the_exported_head(
    owner_engine: Engine, own_engine: Engine, tmp_path: Path
) -> None:
    fill(own_engine, 10)
    kept, file = head_of(own_engine), tmp_path / "testa"
    with transaction(own_engine) as session:
        export_head(session, file)
        export_head(session, file)
    assert Head.read(file) == kept
    with owner_engine.begin() as connection:
        connection.execute(text("alter table audit_seal disable trigger user"))
        connection.execute(text("alter table audit_event disable trigger user"))
        connection.execute(text("delete from audit_seal where number > 8"))
        connection.execute(text("delete from audit_event where id > 8"))
    assert verify(own_engine).count == 0  # by itself the rest is whole
    found = verify(own_engine, head=kept).problems
    assert [(one.kind, one.id, one.other) for one in found] == [(Kind.CUT, 10, 8)]
    fill(own_engine, 2)
    assert [one.kind for one in verify(own_engine, head=kept).problems] == [Kind.REWRITTEN]
    with transaction(own_engine) as session, pytest.raises(HeadError, match="testa esportata 10"):
        export_head(session, file)
    assert Head.read(file) == kept


@pytest.mark.parametrize("written", ["", "12", "12:xyz", "1:" + "0" * 63, "file-che-non-esiste"])
def test_what_is_no_head_is_told(written: str) -> None:
    with pytest.raises(HeadError, match="Non è una testa"):
        Head.parse(written)


def test_check_says_in_italian_what_is_wrong(owner_engine: Engine, own_engine: Engine, settings: Settings) -> None:
    fill(own_engine, 6)
    lines, is_whole = auditing.execute(settings, head=auditing.present_head(settings))
    assert is_whole
    assert lines[0] == "Eventi letti: 6; sigilli: 6; in attesa del sigillo: 0."
    assert lines[-1] == "Il registro è integro."
    with owner_engine.begin() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        disarm(raw)
        connection.execute(text("update audit_event set data = '{}' where id = 2"))
        connection.execute(text("delete from audit_event where id = 4"))
        connection.execute(text("delete from audit_seal where number = 6"))
        connection.execute(text("update audit_event set at = at - interval '1 hour' where id = 6"))
    lines, is_whole = auditing.execute(settings, head="6:" + "0" * 64)
    assert not is_whole
    assert lines[:4] == [
        "L’evento 2 è stato cambiato.",
        "Manca l’evento 4, che porta il sigillo 4.",
        "Il registro è stato troncato: dopo il sigillo 5 mancano quelli fino al 6.",
        "L’evento 6 non viene dal portale: la sua firma non è valida.",
    ]
    assert lines[-1] == "Problemi: 4."


def test_event_that_nobody_seals_is_told_after_ten_minutes(own_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(own_engine, 1)
    monkeypatch.setattr("service.audit.trail.utc_now", lambda: utc_now() - timedelta(minutes=11))
    with transaction(own_engine) as session:
        write(session, 1)
    report = verify(own_engine)
    assert [(one.kind, one.id) for one in report.problems] == [(Kind.LATE, 2)]


def test_other_key_is_told_as_such(own_engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(own_engine, 3)
    monkeypatch.setattr(signing, "_known", {"key": b"un'altra"})
    lines, is_whole = auditing.execute(settings)
    assert not is_whole
    assert auditing.ALL_WRONG in lines
    assert seal_all(own_engine) == 0
