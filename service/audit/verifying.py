"""Reading the whole trail again: every signature, every link, what is missing, what was added, what was cut off."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, text

from service.audit.seals import GENESIS, SIGNED, Head, is_ours
from service.audit.signing import audit_key, event_mac, seal_hash
from service.locales import N_, gettext

KEPT = 1000  # of the problems; a wrong key would find one in every row
FETCH, PULSE = 2000, 50_000
PATIENCE = "10 minutes"
CHAIN = text(
    "select s.number, s.event_id, s.event_mac, extract(epoch from s.sealed_at)::text, s.hash, e.id, e.mac,"  # noqa: S608
    f" {SIGNED} from audit_seal s left join audit_event e on e.id = s.event_id order by s.number"
)
REST = text(
    f"select e.id, e.at < now() - interval '{PATIENCE}', e.mac, {SIGNED} from audit_event e"  # noqa: S608
    " where not exists (select from audit_seal s where s.event_id = e.id) order by e.id"
)
COPIES = text("select max(id), min(id) from audit_event where nonce is not null group by nonce having count(*) > 1")


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


def verify(engine: Engine, *, head: Head | None = None, pulse: Callable[[], None] = lambda: None) -> Report:
    """Read the trail as it is at this instant, row by row, against a head that was exported earlier.

    `pulse` is called now and then. What is not sealed yet may have lost a row without a trace: a minute's worth,
    while the worker runs.
    """
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        return verify_trail(connection, head=head, pulse=pulse)


def verify_trail(
    connection: Connection, *, head: Head | None = None, pulse: Callable[[], None] = lambda: None
) -> Report:
    """Do it in a transaction that sees one state of the tables."""
    report, key = Report(), audit_key()
    has_signed = _chain(connection, key, report, head, pulse)
    for id_, is_late, mac, nonce, *texts in _stream(connection, REST):
        report.events += 1
        is_old = mac is None and nonce is None and not has_signed
        if not is_old and not is_ours(nonce, mac, event_mac(key, nonce, texts)):
            report.add(Kind.FORGED, id_)
        elif is_late and (report.head or not is_old):
            report.add(Kind.LATE, id_)
        else:
            report.waiting += 1
    for id_, other in _stream(connection, COPIES):
        report.add(Kind.COPIED, id_, other)
    return report


def _chain(
    connection: Connection, key: bytes, report: Report, exported: Head | None, pulse: Callable[[], None]
) -> bool:
    """Follow the seals; gives whether any of them is of a signed event. Old ones stand before all signed ones."""
    last, previous, has_signed = 0, GENESIS, False
    for number, event_id, kept, sealed_at, hash_, id_, mac, nonce, *texts in _stream(connection, CHAIN):
        if number > last + 1:  # what the first link behind a gap continues is not there to compare with
            report.add(Kind.GAP, last + 1, number - 1)
        elif hash_ != seal_hash(key, previous, number=number, event_id=event_id, mac=kept, sealed_at=sealed_at):
            report.add(Kind.BROKEN, number, event_id)
        if id_ is None:
            report.add(Kind.MISSING, event_id, number)
        else:
            report.events += 1
            right = event_mac(key, nonce, texts)
            is_old = mac is None and nonce is None and not has_signed
            if kept != right or not (is_old or is_ours(nonce, mac, right)):
                report.add(Kind.ALTERED, id_)
            has_signed = has_signed or mac is not None
        last, previous = number, hash_
        if exported is not None and last == exported.number and hash_.hex() != exported.hash:
            report.add(Kind.REWRITTEN, last)
        if last % PULSE == 0:
            pulse()
    report.head = Head(last, previous.hex()) if last else None
    if exported is not None and exported.number > last:
        report.add(Kind.CUT, exported.number, last)
    return has_signed


def _stream(connection: Connection, query: Any) -> Iterator[Any]:
    yield from connection.execute(query, execution_options={"stream_results": True, "yield_per": FETCH})
