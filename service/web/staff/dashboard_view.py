"""The figures of the dashboard in words, each with the address of what it counts; no counting of its own.

Numbers stop at 1,000: a full count grows with the table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from service.access.permissions import may
from service.access.principal import Principal
from service.applications.ages import Band
from service.applications.days import Days
from service.applications.desk.models import Opinion
from service.applications.exporting.filtering import canonical, count_some
from service.applications.models import Application
from service.applications.queue_filter import QueueFilter
from service.applications.states import State
from service.applications.weeks import Week, list_weeks
from service.clock import local_date
from service.config import Settings
from service.database import COUNT_CAP
from service.locales import N_, gettext, ngettext
from service.suppliers.checking import count_waiting
from service.suppliers.repository import count_handovers
from service.web.dates import short_day
from service.web.staff.desk_words import paused_words
from service.web.staff.expiries import WAITING
from service.web.templating import text_of

DESK, HANDOVERS = "/gestione/richieste", "/gestione/fornitori?passaggio=attesa"
KPIS = (
    ("segnale=free", N_("Da prendere in carico")),
    (f"stato={State.UNDER_REVIEW}", N_("In valutazione")),
    (f"stato={State.INFORMATION_REQUESTED}", N_("Integrazioni richieste")),
    (f"stato={State.APPROVED}", N_("Accettate")),
    (f"stato={State.REJECTED}", N_("Respinte")),
    ("segnale=held", N_("Possibili duplicati")),
)
# permission, query, words: what only the person who looks can do
MINE = (
    ("application:review", "assegnatario=me", N_("Assegnate a te")),
    ("application:review", "segnale=answered&assegnatario=me", N_("Tue, con integrazioni arrivate")),
    ("application:review", "segnale=late&assegnatario=me", N_("Tue, in ritardo")),
    ("application:decide", "segnale=proposed", N_("Proposte da decidere")),
)
OPINIONS = 8


@dataclass(frozen=True, slots=True)
class Look:
    """Who looks, and what is needed to count for this person."""

    session: Session
    principal: Principal
    settings: Settings


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with what it counts."""

    number: str
    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Age:
    """How those of one state stand against what is promised, and the promise in words; the figures by band."""

    words: str
    promise: str
    bands: Sequence[Figure]


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a chart: `percent` of the highest."""

    label: str
    value: int
    percent: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars side by side, and what they say in a sentence."""

    title: str
    said: str
    bars: Sequence[Bar]


@dataclass(frozen=True, slots=True)
class WeekLine:
    """A week of the table; no address where there is nothing to lead to."""

    start: date
    figures: Sequence[Figure]


@dataclass(frozen=True, slots=True)
class Charts:
    """Both charts, and the same numbers for a table."""

    both: Sequence[Chart]
    weeks: Sequence[WeekLine]


@dataclass(frozen=True, slots=True)
class Asked:
    """An opinion that waits for this person's area; `paused`: what it waits for itself, if it cannot be given now."""

    number: str
    url: str
    name: str
    asked_at: datetime
    by: str
    paused: str


def mine(look: Look) -> list[Figure]:
    """Give what waits for this person."""
    found = [_figure(look, query, words) for permission, query, words in MINE if may(look.principal, permission)]
    if may(look.principal, "account:govern"):
        waiting = number_words(count_handovers(look.session))
        found.append(Figure(waiting, gettext("Passaggi di referente da confermare"), HANDOVERS))
    return found


def tiles(look: Look) -> list[Figure]:
    """Give the counts by state, the parked ones, and the documents that wait for a verdict."""
    found = []
    if may(look.principal, "application:list"):
        found += [_figure(look, query, words) for query, words in KPIS]
    if may(look.principal, "supplier:list"):
        found.append(Figure(number_words(count_waiting(look.session)), gettext("Documenti da verificare"), WAITING))
    return found


def ages(look: Look) -> list[Age]:
    """Give how those that wait stand against the promised times."""
    settings = look.settings
    late = {State.SUBMITTED: "segnale=charge_late", State.UNDER_REVIEW: "segnale=late"}
    promises = (
        (State.SUBMITTED, N_("Presa in carico"),
         ngettext("entro %(num)s giorno lavorativo", "entro %(num)s giorni lavorativi", settings.take_charge_days)),
        (State.UNDER_REVIEW, N_("Esito"),
         ngettext("entro %(num)s giorno", "entro %(num)s giorni", settings.decision_days)),
        (State.INFORMATION_REQUESTED, N_("Integrazioni"), gettext("entro il termine dato all’impresa")),
    )  # fmt: skip
    return [
        Age(text_of(words), promise, [
            _figure(look, f"stato={state}&{choice}", "")
            for choice in (f"segnale={Band.IN_TIME}", f"segnale={Band.NEAR}", late.get(state))
            if choice is not None
        ])
        for state, words, promise in promises
    ]  # fmt: skip


def charts(look: Look) -> Charts:
    """Give the weeks as two charts and a table."""
    weeks = list_weeks(look.session, local_date())
    return Charts([
        _chart(gettext("Domande ricevute per settimana"), weeks, [week.received for week in weeks]),
        _chart(gettext("Esiti per settimana"), weeks, [week.decided for week in weeks]),
    ], [_week(one) for one in weeks])  # fmt: skip


def _week(week: Week) -> WeekLine:
    """Lead each number to all that it counts: a week is whole days of Rome there and here, and all states."""
    days = Days(week.start, week.start + timedelta(days=6))
    received, decided = QueueFilter(state="", received=days), QueueFilter(state="", decided=days)
    return WeekLine(week.start, [
        Figure(str(number), gettext(words, day=short_day(week.start)), f"{DESK}?{wanted.to_query()}" if number else "")
        for number, words, wanted in (
            (week.received, N_("domande ricevute nella settimana dal %(day)s"), received),
            (week.decided, N_("domande decise nella settimana dal %(day)s"), decided),
        )
    ])  # fmt: skip


def opinions(look: Look) -> list[Asked] | None:
    """Give the opinions asked of this person's areas, first those to give now; None to whoever gives none."""
    if not may(look.principal, "opinion:give"):
        return None
    found = look.session.execute(_asked(look.principal).limit(OPINIONS))
    return [
        Asked(number or "", f"{DESK}/{number}/verifiche#pareri", name, at, by, paused_words(state))
        for number, name, at, by, state in found
    ]


def number_words(number: int) -> str:
    """Write a number that is counted so far and no further."""
    return "1.000+" if number > COUNT_CAP else str(number)


def _figure(look: Look, query: str, words: str) -> Figure:
    """Count what the queue shows at this address."""
    number = count_some(look.session, canonical(query, look.principal), look.principal, look.settings)
    return Figure(number_words(number), text_of(words) if words else "", f"{DESK}?{query}")


def _chart(title: str, weeks: Sequence[Week], values: Sequence[int]) -> Chart:
    most = max(values) or 1
    bars = [
        Bar(_week_words(week.start), value, round(100 * value / most, 2))
        for week, value in zip(weeks, values, strict=True)
    ]
    said = gettext("%(title)s: da %(least)s a %(most)s nelle ultime 12 settimane, %(last)s in quella in corso.",
                   title=title, least=min(values), most=max(values), last=values[-1])  # fmt: skip
    return Chart(title, said, bars)


def _week_words(start: date) -> str:
    return short_day(start)[:5]


def _asked(principal: Principal) -> "Select[str | None, str, datetime, str, State]":
    return (
        select(Application.number, Application.name, Opinion.asked_at, Opinion.asked_by_name, Application.state)
        .join(Opinion, Opinion.application_id == Application.id)
        .where(Opinion.area.in_(principal.areas), Opinion.answered_at.is_(None), Opinion.ended_at.is_(None))
        .order_by(Application.state != State.UNDER_REVIEW, Opinion.asked_at)
    )
