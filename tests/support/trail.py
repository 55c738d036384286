"""Trails to be checked: many events quickly, and somebody at the database who forges, with triggers and keys off."""

import random
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import psycopg
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from service.access.principal import Principal, Role
from service.audit.seals import seal_batch
from service.audit.trail import record
from service.database import transaction

ANNA = Principal("anna", "Anna Bassi", frozenset({Role.REVIEWER}))
MARCO = Principal("marco", 'Marco D’Alò "il secondo"', frozenset({Role.APPROVER}))
TYPES = ("application.submitted", "application.approved", "document.downloaded", "supplier.data_changed")
Connection = psycopg.Connection[Any]
Tampering = Callable[[Connection, random.Random], bool]


def write(session: Session, n: int) -> None:
    """Record n events of several kinds, shaped as the portal's are."""
    shapes: tuple[Callable[[int], dict[str, object]], ...] = (
        lambda _i: {},
        lambda i: {"number": f"P-2026-{i:04}", "from_state": "draft", "to_state": "submitted"},
        lambda _i: {"file": str(uuid4())},
        lambda _i: {"from_state": "submitted", "to_state": "under_review"},
        lambda i: {"amount": i / 3, "whole": float(i), "nested": {"b": [1, None, True], "a": 'è \\ " \u2028'}},
    )
    for i in range(n):
        record(session, TYPES[i % len(TYPES)], uuid4(), by=(ANNA, MARCO)[i % 2], **shapes[i % len(shapes)](i))


def fill(engine: Engine, n: int, *, at_once: int = 5000) -> None:
    """Record n events and seal them."""
    for start in range(0, n, at_once):
        with transaction(engine) as session:
            write(session, min(at_once, n - start))
    seal_all(engine)


def seal_all(engine: Engine) -> int:
    """Seal everything; gives how many seals were made."""
    count, after = 0, None
    while True:
        with transaction(engine) as session:
            done = seal_batch(session, after=after)
        count += done.count
        if done.last is None:
            return count
        after = done.last


def disarm(connection: Connection) -> None:
    """Take away what the database itself would refuse with: whoever owns it may."""
    connection.execute("alter table audit_event alter id drop identity, drop constraint ck__audit_event__signed")
    connection.execute("alter table audit_event disable trigger user")
    connection.execute("alter table audit_seal disable trigger user, drop constraint fk__audit_seal__event_id")
    connection.execute("drop index uq__audit_event__nonce, uq__audit_seal__event_id")
    connection.execute("create index on audit_seal (event_id)")


def any_id(connection: Connection, rng: random.Random, table: str = "audit_event", column: str = "id") -> int:
    """Choose a row."""
    ids = connection.execute(f"select {column} from {table} order by {column}").fetchall()  # noqa: S608
    return int(rng.choice(ids)[0])


EDITS = {
    "id": "id + 1000000",
    "at": "at + interval '1 microsecond'",
    "type": "type || 'x'",
    "subject_type": "'supplier' || subject_type",
    "subject_id": "gen_random_uuid()",
    "by_subject": "by_subject || ' '",
    "by_name": "upper(by_name) || '.'",
    "data": 'data || \'{"number": "P-2026-9999"}\'',
    "nonce": "uuid_send(gen_random_uuid())",
    "mac": "sha256(mac)",
}
TOLD = ["at", "type", "subject_type", "subject_id", "by_subject", "by_name", "data"]
SHORTER = {
    "data": "jsonb_build_array(data)",
    "nonce": "null",
    "mac": "null",
    "by_name": "''",
    "at": "at - interval '1 day'",
}
SEAL_EDITS = {
    "number": "number + 1000000",
    "event_mac": "sha256(event_mac)",
    "sealed_at": "sealed_at - interval '1 second'",
    "hash": "sha256(hash)",
}


def edit(connection: Connection, rng: random.Random) -> bool:
    """Change a column of an event."""
    column, value = rng.choice([*EDITS.items(), *SHORTER.items()])
    id_ = any_id(connection, rng)
    connection.execute(f"update audit_event set {column} = {value} where id = %s", [id_])  # noqa: S608
    return True


def edit_seal(connection: Connection, rng: random.Random) -> bool:
    """Change a column of a seal."""
    column, value = rng.choice(list(SEAL_EDITS.items()))
    number = any_id(connection, rng, "audit_seal", "number")
    connection.execute(f"update audit_seal set {column} = {value} where number = %s", [number])  # noqa: S608
    return True


def delete(connection: Connection, rng: random.Random) -> bool:
    """Remove an event, with or without its seal."""
    id_ = any_id(connection, rng)
    connection.execute("delete from audit_event where id = %s", [id_])
    if rng.random() < 0.5:
        connection.execute("delete from audit_seal where event_id = %s", [id_])
    return True


def delete_seal(connection: Connection, rng: random.Random) -> bool:
    """Remove a seal, its event stays; or all that follow are numbered anew, to close the gap."""
    number = any_id(connection, rng, "audit_seal", "number")
    connection.execute("delete from audit_seal where number = %s", [number])
    if rng.random() < 0.5:
        connection.execute("update audit_seal set number = -number where number > %s", [number])
        connection.execute("update audit_seal set number = -number - 1 where number < 0")
    return True


def insert(connection: Connection, rng: random.Random) -> bool:
    """Add an event: invented, copied with its signature, or of the days before there were signatures."""
    id_ = any_id(connection, rng)
    nonce, mac = rng.choice((
        ("nonce", "mac"), ("uuid_send(gen_random_uuid())", "mac"), ("null", "null"), ("nonce", "null"),
        ("null", "mac"), ("null", "(select event_mac from audit_seal order by number limit 1)"),
        ("uuid_send(gen_random_uuid())", "sha256(mac)"),
    ))  # fmt: skip
    columns = ", ".join(TOLD)
    connection.execute(
        f"insert into audit_event (id, {columns}, nonce, mac) select (select max(id) + 1 from audit_event), {columns},"  # noqa: S608
        f" {nonce}, {mac} from audit_event where id = %s", [id_],
    )  # fmt: skip
    return True


def swap(connection: Connection, rng: random.Random) -> bool:
    """Exchange what two events say, with or without their signatures; or the events of two seals."""
    one, other = any_id(connection, rng), any_id(connection, rng)
    if one == other:
        return False
    if rng.random() < 0.3:
        connection.execute(
            "update audit_seal s set event_id = o.event_id, event_mac = o.event_mac from audit_seal o"
            " where (s.event_id, o.event_id) in ((%(a)s, %(b)s), (%(b)s, %(a)s))", {"a": one, "b": other},
        )  # fmt: skip
        return True
    columns = [*TOLD, "nonce", "mac"] if rng.random() < 0.5 else TOLD
    change = ", ".join(f"{name} = o.{name}" for name in columns)
    connection.execute(
        f"update audit_event e set {change} from audit_event o"  # noqa: S608
        " where (e.id, o.id) in ((%(a)s, %(b)s), (%(b)s, %(a)s))", {"a": one, "b": other},
    )  # fmt: skip
    return True


def truncate(connection: Connection, rng: random.Random) -> bool:
    """Cut the tail off: events and seals, seals alone, or everything."""
    number = any_id(connection, rng, "audit_seal", "number") if rng.random() < 0.9 else 1
    if rng.random() < 0.7:
        connection.execute(
            "delete from audit_event where id in (select event_id from audit_seal where number >= %s)", [number]
        )
    connection.execute("delete from audit_seal where number >= %s", [number])
    return True


TAMPERINGS: tuple[Tampering, ...] = (edit, edit_seal, delete, delete_seal, insert, swap, truncate)
