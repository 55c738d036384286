"""What looks like an application or supplier, as its page shows it, and what may follow from it: words only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from service.access.permissions import may
from service.access.principal import Principal
from service.applications.models import Application
from service.applications.radar.listed import list_hits
from service.applications.radar.models import Resemblance
from service.applications.radar.repository import Pair, list_resemblances
from service.applications.radar.states import Likeness, Mark
from service.applications.states import OPEN_STATES, State
from service.locales import N_, gettext
from service.suppliers.models import Supplier
from service.web.staff.comparing import Side, side_of
from service.web.templating import text_of

KINDS: Mapping[Likeness, str] = {
    Likeness.VAT_GROUP: N_("stessa partita IVA, altro codice fiscale: possibile Gruppo IVA"),
    Likeness.NAME: N_("nome simile, stesso comune"),
    Likeness.EMAIL_DOMAIN: N_("stesso dominio e-mail"),
    Likeness.IBAN: N_("stesso IBAN"),
    Likeness.PHONE: N_("stesso telefono"),
    Likeness.REPRESENTATIVE: N_("stesso rappresentante"),
}
MARKS: Mapping[Mark, str] = {
    Mark.SAME: N_("Stessa impresa"),
    Mark.SAME_GROUP: N_("Stesso gruppo"),
    Mark.DIFFERENT: N_("Imprese diverse"),
}
NOTHING_NOW = N_("oggi non hanno più nulla in comune")


@dataclass(frozen=True, slots=True)
class MarkWords:
    """What was said of two records, by whom, when and why."""

    label: str
    by: str
    at: datetime | None
    note: str


@dataclass(frozen=True, slots=True)
class Likely:
    """A record that looks like the one shown."""

    side: Side
    why: list[str]
    mark: MarkWords | None
    url: str


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry of the excluded list about an application."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Way:
    """What may be done now that two records are one company; without an address it is said only."""

    text: str
    url: str = ""


def likeness_of(session: Session, record: Application | Supplier, principal: Principal) -> dict[str, Any]:
    """Give what `application_likeness.html` and `supplier_likeness.html` show to this person."""
    likenesses: list[Likely] = []
    if may(principal, "likeness:read"):
        likenesses = [_likely(record, pair) for pair in list_resemblances(session, record)]
    hits = exclusion_hits(session, record) if may(principal, "exclusion:list") else []
    return {"likenesses": likenesses, "exclusion_hits": hits}


def exclusion_hits(session: Session, record: Application | Supplier) -> list[Hit]:
    """Give what the excluded list says of a company, its representative, the members of a grouping: approvers only."""
    return [Hit(text_of(said), f"/gestione/esclusi/{one.id}") for said, one in list_hits(session, record)]


def why_words(kinds: Sequence[str]) -> list[str]:
    """Say what two records have in common."""
    return [text_of(KINDS[Likeness(one)]) for one in kinds] or [text_of(NOTHING_NOW)]


def mark_words(found: Resemblance | None) -> MarkWords | None:
    """Say what was said of two records; None while nobody has."""
    if found is None or found.mark is None:
        return None
    return MarkWords(text_of(MARKS[found.mark]), found.marked_by_name or "", found.marked_at, found.note)


def ways_on(here: Application, other: Application | Supplier, principal: Principal) -> list[Way]:
    """Give what domain.md section 11 allows for two records of one company: pages that lead on, no act of its own."""
    if isinstance(other, Supplier):
        told = gettext("Se il referente è cambiato, prima di dare l’accesso al nuovo verificalo per PEC.")
        return [*_closing(here, principal), Way(told)] if here.state in OPEN_STATES else []
    later, earlier = sorted((here, other), key=lambda one: one.sequence or 0, reverse=True)
    ways = _closing(later, principal)
    if earlier.state in OPEN_STATES and may(principal, "application:review"):
        text = gettext("Con il consenso dell’impresa, ritira la prima: %(number)s", number=earlier.number)
        ways.append(Way(text, f"/gestione/richieste/{earlier.number}/ritiro"))
    elif later.hold is not None and later.state == State.SUBMITTED and may(principal, "application:review"):
        text = gettext("Sblocca %(number)s", number=later.number)
        ways.append(Way(text, f"/gestione/richieste/{later.number}/passi/sblocca"))
    return ways


def _closing(application: Application, principal: Principal) -> list[Way]:
    is_parked = application.state == State.SUBMITTED and application.hold is not None
    if not is_parked and application.state != State.UNDER_REVIEW:
        return []
    if not may(principal, "application:decide"):
        return [Way(gettext("La chiusura come duplicato la decide un responsabile."))]
    outcome = "chiudi" if is_parked else "respingi"
    text = gettext("Chiudi %(number)s come duplicato (motivo R10)", number=application.number)
    return [Way(text, f"/gestione/richieste/{application.number}/decisione?esito={outcome}")]


def _likely(record: Application | Supplier, pair: Pair) -> Likely:
    shown = side_of(pair.supplier or pair.other)
    url = "" if isinstance(record, Supplier) else f"/gestione/richieste/{record.number}/simili/{shown.number}"
    if isinstance(record, Supplier) and isinstance(pair.other, Application):
        # the comparison is a page of the application
        url = f"/gestione/richieste/{pair.other.number}/simili/{record.number}"
    return Likely(shown, why_words(pair.resemblance.kinds), mark_words(pair.resemblance), url)
