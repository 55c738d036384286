"""Reading the whole trail again: every signature, every link, what is missing, what was added, what was cut off."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, Row, text

from service.audit.seals import GENESIS, SIGNED, Head, is_ours
from service.audit.signing import audit_key, event_mac, same, seal_hash
from service.locales import N_, gettext

KEPT = 1000  # of the problems; a wrong key would find one in every row
FETCH = 2000
PATIENCE = "10 minutes"
CHAIN = text(
    "select s.number, s.event_id, s.event_mac as mac_kept, extract(epoch from s.sealed_at)::text as sealed_at, s.hash,"  # noqa: S608
    f" e.id, e.mac, {SIGNED} from audit_seal s left join audit_event e on e.id = s.event_id order by s.number"
)
REST = text(
    f"select e.id, e.mac, {SIGNED}, e.at < now() - interval '{PATIENCE}' as is_late from audit_event e"  # noqa: S608
    " where not exists (select from audit_seal s where s.event_id = e.id) order by e.id"
)
COPIES = text(
    "select max(id) as id, min(id) as other from audit_event where nonce is not null group by nonce having count(*) > 1"
)
FIRST_OF_CHAIN, FIRST_OF_REST = 8, 3  # where the texts begin that are signed


class Kind(StrEnum):
    """What can be wrong."""

    ALTERED = "altered"
    MISSING = "missing"
    FORGED = "forged"
    COPIED = "copied"
    GAP = "gap"
    BROKEN = "broken"
    CUT = "cut"
    REWRITTEN = "rewritten"
    LATE = "late"


WORDS = {
    Kind.ALTERED: N_("L’evento %(id)s è stato cambiato."),
    Kind.MISSING: N_("Manca l’evento %(id)s, che porta il sigillo %(other)s."),
    Kind.FORGED: N_("L’evento %(id)s non viene dal portale: la sua firma non è valida."),
    Kind.COPIED: N_("L’evento %(id)s è una copia dell’evento %(other)s."),
    Kind.GAP: N_("Mancano i sigilli da %(id)s a %(other)s."),
    Kind.BROKEN: N_("Il sigillo %(id)s (evento %(other)s) non continua la catena."),
    Kind.CUT: N_("Il registro è stato troncato: dopo il sigillo %(other)s mancano quelli fino al %(id)s."),
    Kind.REWRITTEN: N_("La catena è stata riscritta: il sigillo %(id)s non è quello esportato."),
    Kind.LATE: N_("L’evento %(id)s aspetta il sigillo da più di 10 minuti: il worker è fermo, o un sigillo è sparito."),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: an event or a seal, and the other it is told with."""

    kind: Kind
    id: int
    other: int = 0

    def __str__(self) -> str:
        """Say it in the language of the page."""
        return gettext(WORDS[self.kind], id=self.id, other=self.other)


@dataclass(slots=True)
class Report:
    """What was read and found: `count` is of all problems, `problems` are the first of them."""

    head: Head | None = None
    events: int = 0
    waiting: int = 0
    count: int = 0
    problems: list[Problem] = field(default_factory=list)

    def add(self, kind: Kind, id_: int, other: int = 0) -> None:
        """Note a problem."""
        self.count += 1
        if len(self.problems) < KEPT:
            self.problems.append(Problem(kind, id_, other))


def verify(engine: Engine, *, head: Head | None = None) -> Report:
    """Read the trail as it is at this instant, row by row, against a head that was exported earlier.

    What is not sealed yet may have lost a row without a trace: a minute's worth, while the worker runs.
    """
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        return verify_trail(connection, head=head)


def verify_trail(connection: Connection, *, head: Head | None = None) -> Report:
    """Do it in a transaction that sees one state of the tables."""
    report, key = Report(), audit_key()
    has_signed = _chain(connection, key, report, head)
    for row in _stream(connection, REST):
        report.events += 1
        is_old = row.mac is None and row.nonce is None and not has_signed
        if not is_old and not is_ours(row.nonce, row.mac, event_mac(key, row.nonce, row[FIRST_OF_REST:-1])):
            report.add(Kind.FORGED, row.id)
        elif row.is_late and (report.head or not is_old):
            report.add(Kind.LATE, row.id)
        else:
            report.waiting += 1
    for row in _stream(connection, COPIES):
        report.add(Kind.COPIED, row.id, row.other)
    return report


def _chain(connection: Connection, key: bytes, report: Report, exported: Head | None) -> bool:
    """Follow the seals; gives whether any of them is of a signed event."""
    number, previous, has_signed = 0, GENESIS, False
    for row in _stream(connection, CHAIN):
        if row.number > number + 1:  # what the first link behind a gap continues is not there to compare with
            report.add(Kind.GAP, number + 1, row.number - 1)
        elif not same(row.hash, _hash(row, key, previous)):
            report.add(Kind.BROKEN, row.number, row.event_id)
        if row.id is None:
            report.add(Kind.MISSING, row.event_id, row.number)
        else:
            report.events += 1
            has_signed = _event(row, key, report, has_signed=has_signed)
        number, previous = row.number, row.hash
        if exported is not None and number == exported.number and previous.hex() != exported.hash:
            report.add(Kind.REWRITTEN, number)
    report.head = Head(number, previous.hex()) if number else None
    if exported is not None and exported.number > number:
        report.add(Kind.CUT, exported.number, number)
    return has_signed


def _event(row: Row[Any], key: bytes, report: Report, *, has_signed: bool) -> bool:
    """Check a sealed event against its own signature and the seal's; old ones stand before all signed ones."""
    mac = event_mac(key, row.nonce, row[FIRST_OF_CHAIN:])
    is_old = row.mac is None and row.nonce is None and not has_signed
    if not same(row.mac_kept, mac) or not (is_old or is_ours(row.nonce, row.mac, mac)):
        report.add(Kind.ALTERED, row.id)
    return has_signed or row.mac is not None


def _hash(row: Row[Any], key: bytes, previous: bytes) -> bytes:
    return seal_hash(key, previous, number=row.number, event_id=row.event_id, mac=row.mac_kept, sealed_at=row.sealed_at)


def _stream(connection: Connection, query: Any) -> Iterator[Row[Any]]:
    yield from connection.execution_options(stream_results=True, yield_per=FETCH).execute(query)
