"""The queue: what waits for whom, by every filter, and the way to what is worked on next. And still the dashboard."""

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from service.access.permissions import may
from service.access.principal import Principal
from service.applications.desk.views import list_views
from service.applications.queue import COUNT_CAP, QueueFilter, count_queue, find_next, list_queue
from service.applications.states import State
from service.config import Settings
from service.jobs.models import JobStatus
from service.jobs.repository import list_jobs
from service.locales import N_, gettext
from service.web.flash import redirect
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff.activity import job_lines
from service.web.staff.expiries import WAITING
from service.web.staff.frame import address, page
from service.web.staff.queue_form import address_of, count_words, everywhere, filter_words, form_of, heads_of
from service.web.staff.queue_lines import QUEUE, line_of
from service.web.staff.waiting import count_waiting
from service.web.templating import text_of
from service.web.transaction import Transaction

BULK = False  # rows can be ticked and acted on: `/gestione/richieste/azioni` comes with the acts on many
EXPORTS = False  # `/gestione/richieste.csv` and `.xlsx` come with the exports
TODAY = 8
KPIS = (
    (State.SUBMITTED, N_("Da prendere in carico")),
    (State.UNDER_REVIEW, N_("In valutazione")),
    (State.INFORMATION_REQUESTED, N_("Integrazioni richieste")),
    (State.APPROVED, N_("Accettate")),
    (State.REJECTED, N_("Respinte")),
)
home = APIRouter(include_in_schema=False, dependencies=[Depends(require_staff())])
LISTERS = Depends(require_staff("application:list"))
WORKERS = Depends(require_staff("application:review"))
router = APIRouter(prefix="/richieste", include_in_schema=False, dependencies=[LISTERS])


@home.get("/gestione", name="staff:dashboard")
def dashboard(request: Request, session: Transaction, principal: CurrentPrincipal) -> HTMLResponse:
    """Show how many wait in which state, the oldest to work on, and what is stuck."""
    sees_queue = may(principal, "application:list")
    settings: Settings = request.app.state.settings
    kpis = [(_count(session, QueueFilter(state=state), principal, settings), text_of(words),
             address(QUEUE, {"stato": state})) for state, words in KPIS] if sees_queue else []  # fmt: skip
    if may(principal, "supplier:list"):
        kpis.append((str(count_waiting(session)), gettext("Documenti da verificare"), WAITING))
    rows = list_queue(session, QueueFilter(), principal, settings).rows[:TODAY] if sees_queue else []
    lines = [line_of(row, settings) for row in rows]
    sees_jobs = may(principal, "job:list")
    stuck = job_lines(session, list_jobs(session, JobStatus.STUCK)[:TODAY], principal) if sees_jobs else None
    return page(request, session, "staff/dashboard.html", kpis=kpis, lines=lines, stuck=stuck, sees_queue=sees_queue)


@router.get("", name="staff:applications")
def queue(request: Request, session: Transaction, principal: CurrentPrincipal) -> HTMLResponse:
    """Show one page of the sent applications; every choice is in the address."""
    settings: Settings = request.app.state.settings
    wanted = QueueFilter.from_query(request.query_params, principal)
    found = list_queue(session, wanted, principal, settings, is_counted=True)
    form, query = form_of(session, wanted, principal), wanted.to_query()
    return page(
        request, session, "staff/queue.html", **form, query=query, heads=heads_of(wanted),
        lines=[line_of(row, settings) for row in found.rows], filters=filter_words(wanted, form["assignees"]),
        count=count_words(found.total or 0), everywhere=everywhere(wanted),
        backward=address_of(wanted.page_query(found.previous)) if found.previous else None,
        forward=address_of(wanted.page_query(found.following)) if found.following else None,
        views=list_views(session, by=principal),
        is_bulk=BULK and may(principal, "application:bulk"),
        is_export=EXPORTS and may(principal, "application:export"),
    )  # fmt: skip


@router.get("/prossima", name="staff:applications.next", dependencies=[WORKERS])
def work_on_next(request: Request, session: Transaction, principal: CurrentPrincipal, dopo: str = "") -> Response:
    """Lead to what this person works on next; coming from an application, to the one behind it."""
    after = dopo.strip()[:40] if dopo.isprintable() else ""
    number = find_next(session, principal, request.app.state.settings, after=after)
    if number is None:
        return redirect(request, QUEUE, gettext("Non c’è nient’altro da lavorare: le richieste aperte sono tutte di "
                                                "qualcuno, e le tue aspettano una risposta."), "info")  # fmt: skip
    return redirect(request, f"{QUEUE}/{number}")


def _count(session: Session, wanted: QueueFilter, principal: Principal, settings: Settings) -> str:
    number = count_queue(session, wanted, principal, settings)
    return "1.000+" if number > COUNT_CAP else str(number)
