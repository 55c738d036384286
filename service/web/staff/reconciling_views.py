"""The last look at both sides and the drifts, in the words and lines of the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from service.access.permissions import may
from service.access.principal import Principal
from service.accounts.drift.actions import repair_key, run_key
from service.accounts.drift.models import Drift, Reconciliation
from service.accounts.drift.repository import find_last_run, find_open_run
from service.accounts.drift.states import DriftEnd, DriftKind, lets_in
from service.accounts.drift.words import WORDS, can_repair, side_of, words_of
from service.jobs.models import JobStatus
from service.jobs.repository import JobRow, list_by_keys
from service.locales import gettext, ngettext
from service.web.staff.job_words import job_kind, job_words
from service.web.staff.reading import Subject, suppliers_of_accounts
from service.web.templating import text_of

NOTHING = Subject("")


@dataclass(frozen=True, slots=True)
class LookView:
    """The last look, and how far the next one is: `under_way` is empty when none is asked for."""

    at: datetime | None
    took: str
    people: int
    accounts: int
    found: int
    asked_by: str
    failure: str
    under_way: str
    trouble: str


@dataclass(frozen=True, slots=True)
class DriftLine:
    """A drift in words; `state` is that of its repair, once somebody has asked for it."""

    id: UUID
    name: str
    meaning: str
    deed: str
    username: str
    subject: Subject
    ours: str
    theirs: str
    since: datetime
    state: str
    kind: str
    error: str
    asked_by: str
    can_ask: bool
    button: str


@dataclass(frozen=True, slots=True)
class EndedLine:
    """A drift that has ended, and how."""

    name: str
    username: str
    how: str
    at: datetime


def look_view(session: Session) -> LookView:
    """Read the last look and the one that is under way."""
    last, now = find_last_run(session), find_open_run(session)
    job = next(iter(list_by_keys(session, [run_key(now.id)])), None) if now else None
    words = (job_words(job) if job else gettext("in corso")) if now else ""
    error = job.last_error or "" if job and not job.is_running else ""
    if last is None or last.ended_at is None:
        return LookView(None, "", 0, 0, 0, "", "", words, error)
    return LookView(
        at=last.ended_at, took=_took(last), people=last.people, accounts=last.accounts, found=last.found,
        asked_by=last.asked_by_name, failure=last.failure or "", under_way=words, trouble=error,
    )  # fmt: skip


def _took(run: Reconciliation) -> str:
    if run.started_at is None or run.ended_at is None:
        return ""
    seconds = max(1, round((run.ended_at - run.started_at).total_seconds()))
    return ngettext("%(num)s secondo", "%(num)s secondi", seconds)


def drift_lines(session: Session, drifts: Sequence[Drift], principal: Principal) -> list[DriftLine]:
    """Put drifts into words, with whom they are about and how far their repair is."""
    known = suppliers_of_accounts(session, [one.account_id for one in drifts if one.account_id], principal)
    jobs = {job.key: job for job in list_by_keys(session, [repair_key(one) for one in drifts if one.asks])}
    is_allowed = may(principal, "reconciliation:repair")
    return [
        _line(one, known.get(one.account_id or one.id, NOTHING), jobs.get(repair_key(one)), principal, is_allowed)
        for one in drifts
    ]


def _line(drift: Drift, subject: Subject, job: JobRow | None, principal: Principal, is_allowed: bool) -> DriftLine:  # noqa: FBT001
    words = words_of(drift.kind, drift.ours)
    is_mendable = can_repair(drift.kind, drift.ours)
    return DriftLine(
        id=drift.id, name=text_of(words.name), meaning=text_of(words.meaning), deed=text_of(words.deed),
        username=drift.username, subject=_of_number(drift, principal) or subject, ours=_side(drift.ours),
        theirs=_side(drift.theirs), since=drift.first_seen_at,
        state=job_words(job) if job else "", kind=job_kind(job) if job else "",
        error=job.last_error or "" if job else "", asked_by=drift.asked_by_name or "",
        can_ask=is_allowed and is_mendable and _is_idle(job), button=_button(drift, job),
    )  # fmt: skip


def _button(drift: Drift, job: JobRow | None) -> str:
    if lets_in(drift.kind, drift.ours):
        return gettext("Riabilita")
    return gettext("Riprova ora") if job else gettext("Ripara")


def _is_idle(job: JobRow | None) -> bool:
    """Say whether pressing would change anything: nobody asked, it was given up, or it waits for a later try."""
    if job is None or job.status != JobStatus.READY:
        return True
    return not job.is_running and not job.is_due


def _of_number(drift: Drift, principal: Principal) -> Subject | None:
    """Lead to the supplier, or the application, that has no account."""
    number = drift.supplier_number
    if number is None:
        return None
    if number.startswith("F"):
        return Subject(number, f"/gestione/fornitori/{number}" if may(principal, "supplier:read") else "")
    return Subject(number, f"/gestione/richieste/{number}" if may(principal, "application:read") else "")


def _side(value: str) -> str:
    said = side_of(value)
    return text_of(said) if said != value else said


def ended_lines(drifts: Sequence[Drift]) -> list[EndedLine]:
    """Say of each how it ended."""
    return [
        EndedLine(text_of(words_of(one.kind, one.ours).name), one.username, _how(one), one.ended_at)
        for one in drifts
        if one.ended_at is not None
    ]


def _how(drift: Drift) -> str:
    if drift.ended != DriftEnd.REPAIRED:
        return gettext("non c’è più")
    if drift.asked_by_name is None:
        return gettext("riparata da un comando")
    return gettext("riparata, chiesta da %(name)s", name=drift.asked_by_name)


def effects(drifts: Sequence[Drift]) -> list[str]:
    """Say what one press does at Keycloak: how many of each kind, what to each of them, whom."""
    found = []
    for kind in DriftKind:
        names = [one.username for one in drifts if one.kind == kind]
        if names:
            told = ", ".join(names[:TOLD]) + ("…" if len(names) > TOLD else "")
            found.append(f"{text_of(WORDS[kind].name)} ({len(names)}): {told}. {text_of(WORDS[kind].deed)}")
    return found


TOLD = 10  # names of one kind
