"""The dashboard: what waits for whoever looks, is late, or stands still; every number leads to what it counts."""

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from service.access.permissions import may
from service.applications.queue import QueueFilter, list_queue
from service.jobs.models import JobStatus
from service.jobs.repository import list_jobs
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff.activity import job_lines
from service.web.staff.dashboard_view import DESK, Look, ages, charts, mine, opinions, tiles
from service.web.staff.frame import page
from service.web.staff.queue_lines import line_of
from service.web.transaction import Transaction

TODAY = 8
home = APIRouter(include_in_schema=False, dependencies=[Depends(require_staff())])


@home.get("/gestione", name="staff:dashboard")
def dashboard(request: Request, session: Transaction, principal: CurrentPrincipal) -> HTMLResponse:
    """Show what waits for this person, the promised times, the oldest to work on, and what is stuck."""
    settings = request.app.state.settings
    look = Look(session, principal, settings)
    sees_queue, sees_jobs = may(principal, "application:list"), may(principal, "job:list")
    rows = list_queue(session, QueueFilter(), principal, settings).rows[:TODAY] if sees_queue else []
    stuck = job_lines(session, list_jobs(session, JobStatus.STUCK)[:TODAY], principal) if sees_jobs else None
    return page(
        request, session, "staff/dashboard.html", mine=mine(look), opinions=opinions(look), tiles=tiles(look),
        ages=ages(look) if sees_queue else [], charts=charts(look) if may(principal, "application:read_all") else None,
        lines=[line_of(row, settings) for row in rows], stuck=stuck, sees_queue=sees_queue, queue=DESK,
    )  # fmt: skip
