"""Attività: the background jobs, and "Riprova ora" of one; many at once are in `activity_acts`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from service.access.permissions import may
from service.access.principal import Principal
from service.accounts.cancelling import can_cancel
from service.accounts.endings import barred_of
from service.accounts.linking import conflicts_of
from service.accounts.numbers import read_numbers
from service.accounts.retrying import can_retry, retry_job
from service.jobs.models import JobStatus
from service.jobs.repository import PAGE, JobRow, list_jobs
from service.locales import N_, gettext
from service.web.flash import redirect
from service.web.forms import PostedForm
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff.frame import address, cursor, page, way_back
from service.web.staff.job_words import job_kind, job_words
from service.web.staff.number_lines import number_lines
from service.web.staff.reading import Subject, subjects
from service.web.staff.stopped import all_stops
from service.web.staff.words import JOBS, MESSAGES
from service.web.templating import text_of
from service.web.transaction import Transaction

HERE = "/gestione/attivita"
STUCK, WAITING, ALL = "bloccate", "attesa", "tutte"
FILTERS = {
    STUCK: (N_("Bloccate"), JobStatus.STUCK, N_("Nessuna attività bloccata: tutto procede.")),
    WAITING: (N_("In attesa"), JobStatus.READY, N_("Nessuna attività in attesa.")),
    ALL: (N_("Tutte"), None, N_("Non c’è ancora nessuna attività.")),
}
router = APIRouter(prefix="/attivita", include_in_schema=False, dependencies=[Depends(require_staff("job:list"))])


@dataclass(frozen=True, slots=True)
class JobLine:
    """A job in words."""

    id: int
    name: str
    detail: str
    subject: Subject
    state: str
    kind: str
    attempts: int
    at: datetime
    error: str
    can_retry: bool
    can_cancel: bool
    link_url: str
    readmit_url: str


@router.get("", name="staff:jobs")
def jobs(
    request: Request, session: Transaction, principal: CurrentPrincipal, stato: str = STUCK, prima: str = ""
) -> HTMLResponse:
    """Show the background work, the stuck first of all."""
    chosen = stato if stato in FILTERS else STUCK
    before = cursor(prima)
    found = list_jobs(session, FILTERS[chosen][1], before=before)
    numbers = read_numbers(session)
    totals = {STUCK: numbers.jobs["stuck"], WAITING: numbers.jobs["ready"]}
    return page(
        request,
        session,
        "staff/jobs.html",
        tabs=[(text_of(words), totals.get(name), address(HERE, {"stato": name}), name == chosen)
              for name, (words, _status, _empty) in FILTERS.items()],
        lines=job_lines(session, found[:PAGE], principal),
        empty=text_of(FILTERS[chosen][2]),
        here=address(HERE, {"stato": chosen}),
        is_later=before is not None,
        stops=all_stops(session, principal),
        numbers=number_lines(numbers),
        forward=address(HERE, {"stato": chosen, "prima": found[PAGE - 1].id}) if len(found) > PAGE else None,
        is_allowed=may(principal, "account:retry"),
        may_cancel=may(principal, "account:cancel"),
    )  # fmt: skip


@router.post("/{job_id}/riprova", name="staff:jobs.retry", dependencies=[Depends(require_staff("account:retry"))])
def retry(
    request: Request, session: Transaction, principal: CurrentPrincipal, job_id: int, posted: PostedForm
) -> Response:
    """Put a job back to work at once."""
    if not 0 < job_id < 2**63:
        job_id = 0
    retry_job(session, job_id, by=principal)
    return redirect(request, way_back(posted, HERE), gettext("L’attività riparte subito."))


def job_lines(session: Session, jobs: Sequence[JobRow], principal: Principal) -> list[JobLine]:
    """Put jobs into words, with what they are about."""
    about = {job.id: _about(job) for job in jobs}
    creating = [one for one in map(_account, jobs) if one]
    barred = barred_of(session, creating)
    strangers = conflicts_of(session, creating) - barred
    known = subjects(session, filter(None, about.values()), principal)
    return [
        JobLine(
            id=job.id,
            name=text_of(JOBS.get(job.kind, job.kind)),
            detail=text_of(MESSAGES.get(job.args.get("message", ""), "")),
            subject=known.get(about[job.id] or UUID(int=0), Subject("")),
            state=job_words(job),
            kind=job_kind(job),
            attempts=job.attempts,
            at=job.done_at or job.created_at,
            error=job.last_error or "",
            can_retry=can_retry(job) and _account(job) not in barred,
            can_cancel=can_cancel(job) and may(principal, "account:cancel"),
            link_url=_act_url(job, strangers, "collega") if may(principal, "account:link") else "",
            readmit_url=_act_url(job, barred, "rientro") if may(principal, "account:readmit") else "",
        )
        for job in jobs
    ]


def _account(job: JobRow) -> UUID | None:
    return UUID(job.args["account_id"]) if job.kind == "account.provision" else None


def _act_url(job: JobRow, of_accounts: Collection[UUID], act: str) -> str:
    """Lead an admin, who opens no application, from a stuck creation to who stands in its way."""
    account_id = _account(job)
    if job.status != JobStatus.STUCK or account_id not in of_accounts:
        return ""
    return address(f"/gestione/utenze/{account_id}/{act}", {"ritorno": HERE})


def _about(job: JobRow) -> UUID | None:
    raw = job.args.get("about") or job.args.get("account_id")
    return UUID(raw) if raw else None
