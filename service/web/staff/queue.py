"""The queue: what waits for whom, by every filter, and the way to what is worked on next."""

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from service.access.permissions import may
from service.applications.desk.views import list_views
from service.applications.queue import QueueFilter, QueuePage, find_next, list_queue
from service.config import Settings
from service.locales import gettext
from service.web.flash import redirect
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff.frame import page
from service.web.staff.queue_days import day_pairs, day_problems
from service.web.staff.queue_form import address_of, count_words, everywhere, filter_words, form_of, heads_of
from service.web.staff.queue_lines import QUEUE, line_of
from service.web.transaction import Transaction

NOTHING = QueuePage((), None, None, 0)
LISTERS = Depends(require_staff("application:list"))
WORKERS = Depends(require_staff("application:review"))
router = APIRouter(prefix="/richieste", include_in_schema=False, dependencies=[LISTERS])


@router.get("", name="staff:applications")
def queue(request: Request, session: Transaction, principal: CurrentPrincipal) -> HTMLResponse:
    """Show one page of the sent applications; every choice is in the address."""
    settings: Settings = request.app.state.settings
    wanted = QueueFilter.from_query(request.query_params, principal)
    days = day_pairs(request.query_params, wanted)
    problems = day_problems(days)
    found = NOTHING if problems else list_queue(session, wanted, principal, settings, is_counted=True)
    form, query = form_of(session, wanted, principal), wanted.to_query()
    return page(
        request, session, "staff/queue.html", status=422 if problems else 200, **form, query=query,
        days=days, problems=problems, heads=heads_of(wanted),
        lines=[line_of(row, settings) for row in found.rows], filters=filter_words(wanted, form["assignees"]),
        count=count_words(found.total or 0), everywhere=everywhere(wanted),
        backward=address_of(wanted.page_query(found.previous)) if found.previous else None,
        forward=address_of(wanted.page_query(found.following)) if found.following else None,
        views=list_views(session, by=principal),
        is_bulk=may(principal, "application:bulk"),
        is_export=may(principal, "application:export"),
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
