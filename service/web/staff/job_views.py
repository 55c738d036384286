"""How far background work is, in the words of durability.md section 8."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.orm import Session

from service.access.permissions import may
from service.access.principal import Principal
from service.accounts.email_changing import find_open_email_change
from service.accounts.models import Account
from service.accounts.repository import provision_key
from service.accounts.retrying import can_retry
from service.accounts.states import LABELS as ACCOUNT_LABELS
from service.accounts.states import AccountState
from service.accounts.switching import SHUT, switch_key
from service.clock import local_date
from service.jobs.models import JobStatus
from service.jobs.repository import JobRow, list_by_keys
from service.locales import N_, gettext
from service.web.dates import clock_time, day, instant
from service.web.staff.account_steps import steps_for
from service.web.staff.application_views import reason_words
from service.web.staff.words import ACCOUNT_KINDS, JOB_KINDS

ENDED = {
    JobStatus.STUCK: N_("bloccato"),
    JobStatus.DONE: N_("completato"),
    JobStatus.CANCELLED: N_("annullato"),
}


def job_words(job: JobRow) -> str:
    """Say where a job stands."""
    if job.status in ENDED:
        return gettext(ENDED[job.status])
    if job.is_running or job.is_due:
        return gettext("in corso") if job.is_running else gettext("in coda")
    if local_date(job.run_at) == local_date():
        when = gettext("alle %(time)s", time=clock_time(job.run_at))
    else:
        when = gettext("il %(instant)s", instant=instant(job.run_at))
    if not job.attempts:
        return gettext("in programma %(when)s", when=when)
    return gettext("nuovo tentativo %(when)s", when=when)


def job_kind(job: JobRow) -> str:
    """Give the colour of the job's tag."""
    waits_again = job.status == JobStatus.READY and bool(job.attempts) and not job.is_running
    return "warn" if waits_again else JOB_KINDS.get(job.status, "")


@dataclass(frozen=True, slots=True)
class AccountView:
    """A person's account with its provisioning, for the panel on application and supplier."""

    id: UUID
    name: str
    username: str
    email: str
    state: str
    kind: str
    words: str
    attempts: int
    reason: str
    password: str
    seen: int
    can_retry: bool
    can_resend: bool
    suspended: str = ""
    steps: Sequence[tuple[str, str]] = ()
    new_email: str = ""


def account_views(session: Session, accounts: list[Account], principal: Principal) -> list[AccountView]:
    """Read how far the accounts of one supplier are."""
    latest = {account.id: _latest_key(account) for account in accounts}
    jobs = {job.key: job for job in list_by_keys(session, list(latest.values()))}
    is_allowed = may(principal, "account:retry")
    views = [_view(account, jobs.get(latest[account.id]), is_allowed=is_allowed) for account in accounts]
    return [
        _governed(view, account, jobs.get(latest[account.id]), principal, new_email=_wished(session, account))
        for view, account in zip(views, accounts, strict=True)
    ]


def _governed(
    view: AccountView, account: Account, job: JobRow | None, principal: Principal, *, new_email: str
) -> AccountView:
    """Add what an approver may do, and of a person shut out how far that is."""
    steps = steps_for(account, principal)
    if account.state not in SHUT:
        return replace(view, steps=steps, new_email=new_email)
    is_open = job is not None and job.status in {JobStatus.READY, JobStatus.STUCK}
    doing = gettext("Disattivazione a Keycloak: %(state)s.", state=job_words(job)) if job and is_open else ""
    said = " ".join(filter(None, (_suspension(account), doing)))
    return replace(view, words="", attempts=0, can_retry=False, suspended=said, steps=steps)


def _wished(session: Session, account: Account) -> str:
    """Say which other address the person has asked for, and how far that is."""
    change = find_open_email_change(session, account.id)
    if change is None:
        return ""
    if change.confirmed_at:
        return gettext("%(email)s, confermato: si attende Keycloak", email=change.new_email)
    until = instant(change.expires_at)
    return gettext("%(email)s, da confermare entro il %(until)s", email=change.new_email, until=until)


def _suspension(account: Account) -> str:
    """Say since when, by whom and why a person is suspended."""
    if account.suspended_at is None:
        return ""
    when, why = instant(account.suspended_at), reason_words(account.suspension_reason)
    said = gettext("Sospesa il %(when)s da %(name)s: %(why)s.", when=when, name=account.suspended_by_name, why=why)
    return " ".join(filter(None, (said, account.suspension_text)))


def _latest_key(account: Account) -> str:
    if account.state in SHUT:
        return switch_key(account)
    if account.access_sends and account.state == AccountState.ACTIVE:
        return f"account.send_access:{account.id}:{account.access_sends}"
    return provision_key(account.id)


def _view(account: Account, job: JobRow | None, *, is_allowed: bool) -> AccountView:
    is_open = job is not None and job.status in {JobStatus.READY, JobStatus.STUCK}
    words = job_words(job) if job and is_open else ""
    if not words and account.access_sent_at:
        words = gettext("inviata il %(instant)s", instant=instant(account.access_sent_at))
    return AccountView(
        id=account.id,
        name=f"{account.first_name} {account.last_name}",
        username=account.username,
        email=account.email,
        state=ACCOUNT_LABELS[account.state],
        kind=ACCOUNT_KINDS.get(account.state, ""),
        words=words,
        attempts=job.attempts if job and is_open else 0,
        reason=account.failure or (job.last_error or "" if job and is_open else ""),
        password=_password(account),
        seen=account.access_sends,
        can_retry=is_allowed and account.state in {AccountState.PENDING, AccountState.FAILED}
        and job is not None and can_retry(job),
        can_resend=is_allowed and account.state == AccountState.ACTIVE and not is_open,
    )  # fmt: skip


def _password(account: Account) -> str:
    """Say whether the person has come in: seen at Keycloak within minutes, so the day alone is told."""
    if account.password_set_at:
        return gettext("impostata il %(day)s", day=day(account.password_set_at))
    return gettext("non ancora impostata") if account.access_sent_at else ""
