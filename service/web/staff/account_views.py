"""The accounts of a supplier with the chain of each, for the panel on application and supplier."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.principal import Principal
from service.accounts.access_bouncing import access_returned
from service.accounts.chain import jobs_of
from service.accounts.email_changing import open_email_changes
from service.accounts.endings import bar_of
from service.accounts.happenings import find_read_until
from service.accounts.models import Account, AccountConflict, EmailChange, Membership
from service.accounts.states import LABELS as ACCOUNT_LABELS
from service.accounts.states import AccountState
from service.accounts.switching import switch_key
from service.audit.trail import list_subjects
from service.config import Settings
from service.jobs.models import JobStatus
from service.jobs.repository import JobRow, list_by_keys
from service.locales import N_, gettext, ngettext
from service.mail.stops import list_stops
from service.suppliers.models import Supplier
from service.suppliers.people import is_shut
from service.suppliers.states import Qualification
from service.web.dates import instant
from service.web.staff.account_steps import steps_for
from service.web.staff.application_views import reason_words
from service.web.staff.chain_views import ChainCase, ChainLine, chain_lines
from service.web.staff.job_words import job_words
from service.web.staff.words import ACCOUNT_KINDS

SWITCHING = {
    "account.disable": N_("Disattivazione a Keycloak: %(state)s."),
    "account.enable": N_("Riattivazione a Keycloak: %(state)s."),
}


@dataclass(frozen=True, slots=True)
class AccountView:
    """A person's account with its chain."""

    id: UUID
    name: str
    username: str
    email: str
    state: str
    kind: str
    chain: list[ChainLine]
    switched: str
    steps: list[tuple[str, str]]
    new_email: str
    is_admin: bool


def account_views(
    session: Session,
    accounts: Sequence[Account],
    principal: Principal,
    settings: Settings,
    *,
    supplier: Supplier | None,
) -> list[AccountView]:
    """Read how far the accounts of one supplier are."""
    if supplier is None or not accounts:
        return []
    number = supplier.number
    jobs, ids = jobs_of(session, accounts, number), [one.id for one in accounts]
    conflicts = {one.account_id: one for one in session.scalars(
        select(AccountConflict).where(AccountConflict.account_id.in_(ids)))}  # fmt: skip
    acts = _memberships(session, ids, number)
    joined = {one: membership.joined_at for one, membership in acts.items()}
    linked = list_subjects(session, "account.linked", ids)
    switches = {job.key: job for job in list_by_keys(session, [switch_key(one) for one in accounts if one.switches])}
    wishes = open_email_changes(session, ids)
    returned, unread = access_returned(session, accounts), _unread(session, accounts)
    stopped = {one.address: one.reason for one in list_stops(session, addresses=[one.email for one in accounts])}
    began = {one.id: joined.get(one.id) or one.readmitted_at or one.created_at for one in accounts}
    return [
        _view(
            ChainCase(
                one,
                jobs,
                began[one.id],
                conflicts.get(one.id),
                principal,
                settings,
                number,
                joined_at=joined.get(one.id),
                barring=bar_of(session, one),
                returned=returned.get(one.id, ""),
                is_invited=acts[one.id].invited_at is not None,
                is_linked=one.id in linked,
                is_unread=one.id in unread,
                is_shut=is_shut(supplier, accounts),
                stopped=stopped.get(one.email.strip().lower(), ""),
            ),
            switched=_switched(one, switches.get(switch_key(one))),
            new_email=_wished(wishes.get(one.id)),
            is_over=supplier.qualification == Qualification.REVOKED,
            is_admin=acts[one.id].is_admin,
        )
        for one in accounts
    ]


def account_numbers(states: Sequence[AccountState]) -> str:
    """Say how many of a supplier's accounts are of each state; empty when it has none."""
    found = Counter(states)
    words = {
        AccountState.ACTIVE: ngettext("%(num)s attiva", "%(num)s attive", found[AccountState.ACTIVE]),
        AccountState.PENDING: ngettext("%(num)s in creazione", "%(num)s in creazione", found[AccountState.PENDING]),
        AccountState.FAILED: ngettext("%(num)s non creata", "%(num)s non create", found[AccountState.FAILED]),
        AccountState.SUSPENDED: ngettext("%(num)s sospesa", "%(num)s sospese", found[AccountState.SUSPENDED]),
        AccountState.REVOKED: ngettext("%(num)s revocata", "%(num)s revocate", found[AccountState.REVOKED]),
    }
    return ", ".join(said for state, said in words.items() if found[state])


def _memberships(session: Session, ids: Sequence[UUID], supplier: str) -> Mapping[UUID, Membership]:
    query = select(Membership).where(Membership.account_id.in_(ids), Membership.supplier_number == supplier)
    return {one.account_id: one for one in session.scalars(query)}


def _unread(session: Session, accounts: Sequence[Account]) -> set[UUID]:
    """Give those whose steps before the first sign-in may still come: our page saw it before Keycloak's events did."""
    came = {
        one.id: one.first_sign_in_at for one in accounts
        if one.first_sign_in_at and (one.link_opened_at is None or one.password_set_at is None)
    }  # fmt: skip
    until = find_read_until(session) if came else None
    return {one for one, at in came.items() if until is None or at > until}


def _wished(change: EmailChange | None) -> str:
    """Say which other address the person has asked for, and how far that is."""
    if change is None:
        return ""
    if change.confirmed_at:
        return gettext("%(email)s, confermato: si attende Keycloak", email=change.new_email)
    until = instant(change.expires_at)
    return gettext("%(email)s, da confermare entro il %(until)s", email=change.new_email, until=until)


def _switched(account: Account, job: JobRow | None) -> str:
    """Say since when, by whom and why a person is suspended, and how far letting in or shutting out is at Keycloak."""
    said = []
    if account.suspended_at is not None:
        when, why = instant(account.suspended_at), reason_words(account.suspension_reason)
        name = account.suspended_by_name
        said.append(gettext("Sospesa il %(when)s da %(name)s: %(why)s.", when=when, name=name, why=why))
        said.append(account.suspension_text or "")
    if job is not None and job.status in {JobStatus.READY, JobStatus.STUCK}:
        said += [gettext(SWITCHING[job.kind], state=job_words(job)), job.last_error or ""]
    return " ".join(filter(None, said))


def _view(case: ChainCase, *, switched: str, new_email: str, is_over: bool, is_admin: bool) -> AccountView:
    account = case.account
    return AccountView(
        id=account.id,
        name=f"{account.first_name} {account.last_name}",
        username=account.username,
        email=account.email,
        state=ACCOUNT_LABELS[account.state],
        kind=ACCOUNT_KINDS.get(account.state, ""),
        chain=chain_lines(case),
        switched=switched,
        steps=steps_for(account, case.principal, case.supplier, is_over=is_over),
        new_email=new_email,
        is_admin=is_admin,
    )
