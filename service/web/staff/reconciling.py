"""Riconciliazione: what differs between our accounts and the people at Keycloak, and having it put right."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from service.access.permissions import may
from service.accounts.drift.actions import ask_run, list_askable
from service.accounts.drift.repository import count_by_kind, list_ended, list_open
from service.accounts.drift.states import DriftKind
from service.accounts.drift.words import WORDS
from service.database import database_now
from service.locales import gettext, ngettext
from service.suppliers import access_acts
from service.web.flash import redirect
from service.web.forms import PostedForm
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff.frame import address, page
from service.web.staff.reconciling_views import drift_lines, effects, ended_lines, look_view
from service.web.templating import text_of
from service.web.transaction import Transaction

HERE = "/gestione/riconciliazione"
MOST, ENDED = 100, 10
READERS, MENDERS = Depends(require_staff("reconciliation:read")), Depends(require_staff("reconciliation:repair"))
router = APIRouter(prefix="/riconciliazione", include_in_schema=False, dependencies=[READERS])


@router.get("", name="staff:reconciliation")
def overview(request: Request, session: Transaction, principal: CurrentPrincipal, tipo: str = "") -> HTMLResponse:
    """Show the last look and what differs, of one kind or all."""
    kind, counted = _kind(tipo), count_by_kind(session)
    is_mender = may(principal, "reconciliation:repair")
    return page(
        request, session, "staff/reconciliation.html", look=look_view(session), here=HERE, kind=kind or "",
        lines=drift_lines(session, list_open(session, kind, most=MOST), principal), tabs=_tabs(counted, kind),
        total=counted.get(kind, 0) if kind else sum(counted.values()), ended=ended_lines(list_ended(session, ENDED)),
        is_mender=is_mender, repair_all=_repair_all(session, kind) if is_mender else "",
    )  # fmt: skip


@router.post("/avvia", name="staff:reconciliation.run", dependencies=[MENDERS])
def run(request: Request, session: Transaction, principal: CurrentPrincipal) -> Response:
    """Have both sides compared now; until there is a result, another click asks for the same look."""
    ask_run(session, by=principal)
    return redirect(request, HERE, gettext("Il confronto parte subito: ricarica la pagina fra poco."), "info")


@router.get("/ripara", name="staff:reconciliation.ask", dependencies=[MENDERS])
def ask(request: Request, session: Transaction, principal: CurrentPrincipal, tipo: str = "") -> Response:
    """Say exactly what will be done at Keycloak, and to whom, before it is done."""
    kind = _kind(tipo)
    wanted = access_acts.list_askable(session, kind, by=principal)
    if not wanted:
        return redirect(request, _here(kind), gettext("Non c’è niente da riparare."), "info")
    return page(
        request, session, "staff/confirm.html", title=gettext("Ripara tutte le differenze"),
        about=ngettext("%(num)s differenza", "%(num)s differenze", len(wanted)), effects=effects(wanted),
        button=gettext("Ripara tutte"), back=_here(kind), is_danger=True,
        hidden={"seen": database_now(session).isoformat(), "tipo": kind or ""},
    )  # fmt: skip


@router.post("/ripara", name="staff:reconciliation.repair_all", dependencies=[MENDERS])
def repair_all(request: Request, session: Transaction, principal: CurrentPrincipal, posted: PostedForm) -> Response:
    """Have all put right that the confirmation page has named."""
    kind = _kind(posted.one("tipo"))
    try:
        seen = datetime.fromisoformat(posted.one("seen")).astimezone()
    except (ValueError, OverflowError):
        return redirect(request, address(f"{HERE}/ripara", {"tipo": kind}))
    count = access_acts.ask_all(session, kind, seen=seen, by=principal)
    told = ngettext("%(num)s riparazione parte subito.", "%(num)s riparazioni partono subito.", count)
    return redirect(request, _here(kind), told)


@router.post("/{drift_id}/ripara", name="staff:reconciliation.repair", dependencies=[MENDERS])
def repair(
    request: Request, session: Transaction, principal: CurrentPrincipal, drift_id: UUID, posted: PostedForm
) -> Response:
    """Have one put right, as its line says, or tried again."""
    access_acts.ask_repair(session, drift_id, by=principal)
    return redirect(request, _here(_kind(posted.one("tipo"))), gettext("La riparazione parte subito."))


def _kind(raw: str) -> DriftKind | None:
    return DriftKind(raw) if raw in set(DriftKind) else None


def _here(kind: DriftKind | None) -> str:
    return address(HERE, {"tipo": kind})


def _repair_all(session: Session, kind: DriftKind | None) -> str:
    return address(f"{HERE}/ripara", {"tipo": kind}) if len(list_askable(session, kind)) > 1 else ""


def _tabs(counted: dict[DriftKind, int], chosen: DriftKind | None) -> list[tuple[str, int, str, bool]]:
    """Give the kinds there are, and the chosen one."""
    kinds = [one for one in DriftKind if one in counted or one == chosen]
    every = (gettext("Tutte"), sum(counted.values()), HERE, chosen is None)
    return [every, *((text_of(WORDS[one].name), counted.get(one, 0), _here(one), one == chosen) for one in kinds)]
