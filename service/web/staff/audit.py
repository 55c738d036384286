"""Registro: who did what to what, when; a spreadsheet of it; whether its chain is whole. Nothing of it changes here."""

from collections.abc import Iterator, Sequence
from datetime import date

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from service import questionnaire
from service.access.permissions import may
from service.access.principal import Principal
from service.audit.reading import EventFilter, EventPage, last_check, list_page
from service.audit.trail import TRAIL, record
from service.database import transaction
from service.errors import NotFoundError
from service.jobs.queue import enqueue
from service.locales import N_, gettext
from service.web.csv_stream import csv_response
from service.web.flash import redirect
from service.web.forms import Problem
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff.audit_subjects import subject_ids
from service.web.staff.audit_views import check_key, check_view, event_choices, event_lines, export_rows
from service.web.staff.frame import address, cursor, page, search_words
from service.web.staff.recent import RECENT
from service.web.staff.words import EVENTS
from service.web.transaction import Transaction

HERE = "/gestione/registro"
BATCH = 1000
NOTHING = EventPage((), None, None)
DOWNLOADS = "document.downloaded"
READERS, CHECKERS = Depends(require_staff("audit:read_own")), Depends(require_staff("audit:read"))
FIELDS = ("chi", "cosa", "numero", "dal", "al")
HEAD = (N_("Quando"), N_("Chi"), N_("Utenza"), N_("Che cosa"), N_("Codice"), N_("Riguarda"), N_("Dettagli"))
router = APIRouter(prefix="/registro", include_in_schema=False, dependencies=[READERS])


@router.get("", name="staff:audit")
def trail(request: Request, session: Transaction, principal: CurrentPrincipal) -> Response:
    """Show a page of what happened, the newest first; every choice is in the address."""
    asked = _asked(request)
    wanted, found = _wanted(session, asked, principal)
    before, after = (cursor(request.query_params.get(name, "")) for name in ("prima", "dopo"))
    shown = NOTHING if found else list_page(session, wanted, before=before, after=after)
    return page(
        request, session, "staff/audit.html", status=422 if found else 200, problems=found, asked=asked,
        lines=event_lines(session, shown.rows, principal), choices=event_choices(), sees_all=not wanted.own,
        tabs=_tabs(asked), export=address(f"{HERE}/eventi.csv", asked), is_filtered=any(asked.values()), here=HERE,
        forward=address(HERE, {**asked, "prima": shown.older}) if shown.older else None,
        backward=address(HERE, {**asked, "dopo": shown.newer}) if shown.newer else None,
        check=None if wanted.own else check_view(session),
    )  # fmt: skip


@router.get("/eventi.csv", name="staff:audit.csv", dependencies=[RECENT])
def as_csv(request: Request, session: Transaction, principal: CurrentPrincipal) -> Response:
    """Give what the filters show for a spreadsheet, all of it. Leaves `audit.exported`."""
    asked = _asked(request)
    wanted, found = _wanted(session, asked, principal)
    if found:
        return redirect(request, address(HERE, asked))
    record(session, "audit.exported", TRAIL, by=principal, **{name: value for name, value in asked.items() if value})
    head = [gettext(title) for title in HEAD]
    return csv_response(_batches(request.app.state.engine, wanted, principal), "registro.csv", head=head)


@router.post("/controllo", name="staff:audit.check", dependencies=[CHECKERS])
def check(request: Request, session: Transaction, principal: CurrentPrincipal) -> Response:
    """Have the whole trail checked now; until there is a result, another click asks for the same check."""
    enqueue(session, "audit.verify", check_key(last_check(session)), {})
    record(session, "audit.check_asked", TRAIL, by=principal)
    return redirect(request, HERE, gettext("Il controllo parte subito: ricarica la pagina fra poco."), "info")


def _asked(request: Request) -> dict[str, str]:
    return {name: search_words(request.query_params.get(name, "")) for name in FIELDS}


def _wanted(session: Session, asked: dict[str, str], principal: Principal) -> tuple[EventFilter, list[Problem]]:
    """Read the filters; who may not read the whole trail sees what they did themselves, whatever they ask for."""
    found: list[Problem] = []
    days: dict[str, date | None] = {}
    for name in ("dal", "al"):
        checked = questionnaire.check("date", asked[name]) if asked[name] else None
        days[name] = date.fromisoformat(str(checked.value)) if checked and checked.value else None
        if checked and not checked.value:
            found.append(Problem(name, gettext("Scrivi la data come 31/12/2026.")))
    try:
        subjects = subject_ids(session, asked["numero"].upper()) if asked["numero"] else None
    except NotFoundError:
        subjects = None
        found.append(Problem("numero", gettext("Non c’è nessuna domanda e nessun fornitore con questo numero.")))
    return EventFilter(
        own="" if may(principal, "audit:read") else principal.subject, who=asked["chi"],
        type=asked["cosa"] if asked["cosa"] in EVENTS else "", subjects=subjects, since=days["dal"], until=days["al"],
    ), found  # fmt: skip


def _tabs(asked: dict[str, str]) -> list[tuple[str, None, str, bool]]:
    """Give the two ways in: everything, and who took which document away."""
    is_log = asked["cosa"] == DOWNLOADS
    return [
        (gettext("Tutto"), None, address(HERE, {**asked, "cosa": ""}), not is_log),
        (gettext("Documenti scaricati"), None, address(HERE, {**asked, "cosa": DOWNLOADS}), is_log),
    ]


def _batches(engine: Engine, wanted: EventFilter, principal: Principal) -> Iterator[Sequence[Sequence[str]]]:
    """Read on behind the last row, each time in a transaction of its own: nobody waits for a slow reader."""
    before: int | None = None
    while True:
        with transaction(engine) as session:
            found = list_page(session, wanted, before=before, most=BATCH)
            rows = export_rows(session, found.rows, principal)
        yield rows
        before = found.older
        if before is None:
            return
