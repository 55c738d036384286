"""Attività, many at once: chosen in the list, confirmed on a page of their own, told one by one what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from service.access.permissions import require
from service.access.principal import Principal
from service.accounts.cancelling import ReasonMissingError, can_cancel, check_reason
from service.accounts.retrying import can_retry, retry_job
from service.errors import DomainError
from service.jobs.repository import JobRow, find_row
from service.locales import N_, gettext
from service.suppliers.access_acts import cancel_job
from service.web.flash import redirect
from service.web.forms import PostedForm, problems, whole_number
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff.access_acts import REASON
from service.web.staff.activity import HERE, JobLine, job_lines
from service.web.staff.frame import page
from service.web.templating import text_of
from service.web.transaction import Transaction

RETRY, CANCEL = "riprova", "annulla"
MOST = 100
router = APIRouter(prefix="/attivita", include_in_schema=False, dependencies=[Depends(require_staff("account:retry"))])


@dataclass(frozen=True, slots=True)
class Act:
    """What is done to each, in words; `may` says of which jobs it makes sense."""

    permission: str
    title: str
    button: str
    effect: str
    done: str


ACTS: Mapping[str, Act] = {
    RETRY: Act("account:retry", N_("Riprova le attività scelte"), N_("Riprova ora"),
               N_("Le attività ripartono subito, dal primo passo: quello che è già fatto viene riconosciuto."),
               N_("riparte subito")),
    CANCEL: Act("account:cancel", N_("Annulla le attività scelte"), N_("Annulla le attività"),
                N_("Le e-mail scelte non partono; le utenze scelte non si creano, e la domanda resta accettata."),
                N_("annullata")),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one."""

    line: JobLine
    said: str
    is_done: bool


@router.get("/azioni", name="staff:jobs.acts.ask")
def ask(
    request: Request,
    session: Transaction,
    principal: CurrentPrincipal,
    azione: str = RETRY,
    id_: Annotated[list[str] | None, Query(alias="id")] = None,
) -> Response:
    """Show what is about to be done to which."""
    act = ACTS.get(azione, ACTS[RETRY])
    require(principal, act.permission)
    chosen = _chosen(session, id_ or [], azione)
    if not chosen:
        return redirect(request, HERE, gettext("Scegli almeno un’attività in attesa o bloccata."), "info")
    return _page(request, session, principal, act, chosen)


@router.post("/azioni", name="staff:jobs.acts")
def do(
    request: Request, session: Transaction, principal: CurrentPrincipal, posted: PostedForm, azione: str = RETRY
) -> HTMLResponse:
    """Do it to each, and tell what came of it; one that does not work stops no other."""
    act = ACTS.get(azione, ACTS[RETRY])
    require(principal, act.permission)
    reason, found = posted.one("reason"), _rows(session, posted.every("id"))
    if act is ACTS[CANCEL]:
        try:
            check_reason(reason)
        except ReasonMissingError as error:
            return _page(request, session, principal, act, found, reason=reason, errors=[error.detail])
    lines = {line.id: line for line in job_lines(session, found, principal)}
    outcomes = [_one(session, act, lines[job.id], reason, principal) for job in found]
    return page(request, session, "staff/jobs_done.html", title=text_of(act.title), outcomes=outcomes, here=HERE,
                done=sum(one.is_done for one in outcomes))  # fmt: skip


def _one(session: Session, act: Act, line: JobLine, reason: str, principal: Principal) -> Outcome:
    try:
        with session.begin_nested():
            if act is ACTS[CANCEL]:
                cancel_job(session, line.id, reason=reason, by=principal)
            else:
                retry_job(session, line.id, by=principal)
    except DomainError as error:
        return Outcome(line, error.detail or gettext(error.title), is_done=False)
    return Outcome(line, text_of(act.done), is_done=True)


def _rows(session: Session, raw: Sequence[str]) -> list[JobRow]:
    numbers = dict.fromkeys(number for one in raw if (number := whole_number(one)))
    return [row for number in list(numbers)[:MOST] if (row := find_row(session, number)) is not None]


def _chosen(session: Session, raw: Sequence[str], name: str) -> list[JobRow]:
    fits = can_cancel if name == CANCEL else can_retry
    return [row for row in _rows(session, raw) if fits(row)]


def _page(
    request: Request,
    session: Session,
    principal: Principal,
    act: Act,
    chosen: Sequence[JobRow],
    *,
    reason: str = "",
    errors: Sequence[str] = (),
) -> HTMLResponse:
    wrong = {"reason": errors} if errors else {}
    return page(
        request, session, "staff/jobs_confirm.html", status=422 if errors else 200, title=text_of(act.title),
        effect=text_of(act.effect), button=text_of(act.button), lines=job_lines(session, chosen, principal),
        reason=reason, reason_field=REASON if act is ACTS[CANCEL] else None, errors=wrong, here=HERE,
        problems=problems(wrong, ("reason",)),
    )  # fmt: skip
