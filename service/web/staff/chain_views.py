"""The chain from the decision to the first sign-in, in words: each step with its time, its trouble and its button."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from service.access.permissions import may
from service.access.principal import Principal
from service.accounts.chain import OPEN, ChainStep, Link, StepState, chain_of, sending_keys
from service.accounts.endings import Ending
from service.accounts.linking import obstacle_of
from service.accounts.models import Account, AccountConflict
from service.accounts.retrying import can_retry
from service.accounts.states import AccountState
from service.accounts.watching import is_only_seen
from service.clock import utc_now
from service.config import Settings
from service.jobs.repository import JobRow
from service.locales import N_, gettext, ngettext
from service.web.dates import day, instant
from service.web.staff.ending_words import bar_words
from service.web.staff.job_words import job_kind, job_words

TITLES: Mapping[ChainStep, str] = {
    ChainStep.DECIDED: N_("Decisione"),
    ChainStep.CREATED: N_("Utenza creata a Keycloak"),
    ChainStep.VERIFIED: N_("Gruppo e attributi"),
    ChainStep.MAILED: N_("E-mail di accesso consegnata al server di posta"),
    ChainStep.OPENED: N_("Collegamento aperto"),
    ChainStep.PASSWORD_SET: N_("Password impostata"),
    ChainStep.SIGNED_IN: N_("Primo accesso"),
}
# what a step says that is neither done nor a job's
WORDS: Mapping[StepState, tuple[str, str]] = {
    StepState.AWAITED: (N_("si aspetta la persona"), "info"),
    StepState.PAUSED: (N_("sospesa"), "warn"),
    StepState.LATER: (N_("non ancora"), ""),
    StepState.SKIPPED: (N_("non registrato"), ""),
    StepState.ENDED: (N_("annullato"), ""),
}
UNREAD = (N_("non ancora letto da Keycloak"), "")
RETURNED = (N_("tornata indietro"), "bad")
ASK_ADDRESS = N_(
    "Chiedi all’impresa l’indirizzo giusto. Se è questo: «L’indirizzo è di nuovo buono», poi «Reinvia e-mail "
    "di accesso». Se è un altro: passaggio di referente."
)
SEND_AGAIN = N_("All’indirizzo si può scrivere di nuovo: ora «Reinvia e-mail di accesso».")


@dataclass(frozen=True, slots=True)
class ChainLine:
    """A step in words; `state` as the macro `timeline` has it, `words` and `kind` of the tag, `acts` its buttons."""

    title: str
    state: str
    at: datetime | None
    words: str
    kind: str
    notes: tuple[str, ...] = ()
    acts: tuple[str, ...] = ()
    job_id: int = 0
    supplier: str = ""


@dataclass(frozen=True, slots=True)
class ChainCase:
    """What the chain of one account is told from, and to whom."""

    account: Account
    jobs: Mapping[str, JobRow]
    decided_at: datetime
    conflict: AccountConflict | None
    principal: Principal
    settings: Settings
    supplier: str
    joined_at: datetime | None = None
    barring: Ending | None = None  # who keeps a company from having the person back
    is_invited: bool = False  # by the company's administrator, or named by its certified mail: nobody here decided
    is_linked: bool = False  # the person was there before
    is_unread: bool = False  # Keycloak's events of what came before the first sign-in were not read yet
    returned: str = ""  # why the access mail came back
    is_shut: bool = False  # nobody of this company has an account any more
    stopped: str = ""  # why nothing more of ours goes to its address

    @property
    def link_ends_at(self) -> datetime | None:
        """When the link of the last access mail dies."""
        sent = self.account.access_sent_at
        return sent + timedelta(hours=self.settings.access_link_hours) if sent else None


def chain_lines(case: ChainCase) -> list[ChainLine]:
    """Tell the whole chain."""
    chain = chain_of(
        case.account, case.jobs, decided_at=case.decided_at, supplier=case.supplier, joined_at=case.joined_at
    )
    lines, ends = [_line(case, one) for one in chain], [one.state for one in chain]
    if case.is_shut and StepState.ENDED in ends:
        _say_shut(case, lines, ends.index(StepState.ENDED))
    return lines


def _say_shut(case: ChainCase, lines: list[ChainLine], at: int) -> None:
    """Say where the chain of a company that nobody enters any more has ended, and what alone helps."""
    said = gettext("Nessun altro può entrare per questa impresa: serve il passaggio di referente.")
    acts = ("handover",) if may(case.principal, "handover:ask") else ()
    lines[at] = replace(lines[at], notes=(*lines[at].notes, said), acts=(*lines[at].acts, *acts))


def _line(case: ChainCase, link: Link) -> ChainLine:
    is_open = link.job is not None
    words, kind = (job_words(link.job), job_kind(link.job)) if link.job else WORDS.get(link.state, ("", ""))
    has_returned = link.step == ChainStep.MAILED and link.state == StepState.DONE and bool(case.returned)
    if has_returned and not is_open:
        words, kind = RETURNED
    if case.is_unread and link.state == StepState.SKIPPED:
        words, kind = UNREAD
    return ChainLine(
        title=gettext(_title(case, link.step)),
        state="" if has_returned else _mark(link.state),
        at=None if _is_day_only(case, link) else link.at,
        words=words if is_open or not words else gettext(words),
        kind=kind,
        notes=tuple(_notes(case, link)),
        acts=tuple(_acts(case, link)),
        job_id=link.job.id if link.job else 0,
        supplier=case.supplier,
    )


def _title(case: ChainCase, step: ChainStep) -> str:
    if step == ChainStep.DECIDED and case.is_invited:
        return N_("Invito")
    return N_("Utenza collegata") if step == ChainStep.CREATED and case.is_linked else TITLES[step]


def _mark(state: StepState) -> str:
    if state == StepState.DONE:
        return "done"
    return "now" if state in {StepState.AT_WORK, StepState.AWAITED} else ""


def _is_day_only(case: ChainCase, link: Link) -> bool:
    """A password that was only found there has no hour of its own."""
    return link.step == ChainStep.PASSWORD_SET and is_only_seen(case.account)


def _notes(case: ChainCase, link: Link) -> list[str]:
    account, notes = case.account, list[str]()
    if link.job is not None and link.job.attempts:
        notes.append(ngettext("%(num)s tentativo", "%(num)s tentativi", link.job.attempts))
    if link.state == StepState.AT_WORK and account.failure:
        notes.append(bar_words(case.barring) if case.barring else account.failure)
        if case.conflict is not None and case.barring is None:
            notes += _conflict_notes(case, case.conflict)
    elif link.job is not None and link.job.last_error:
        notes.append(link.job.last_error)
    if _is_day_only(case, link) and link.at:
        notes.append(gettext("vista il %(day)s", day=day(link.at)))
    if link.step == ChainStep.MAILED:
        notes += _mail_notes(case, link)
    if case.joined_at is not None:
        notes += _stranded_notes(case, link)
    if link.step == ChainStep.OPENED:
        notes += _link_notes(case, link)
    if link.step == ChainStep.SIGNED_IN and account.last_sign_in_at and account.last_sign_in_at != link.at:
        notes.append(gettext("ultimo accesso il %(instant)s", instant=instant(account.last_sign_in_at)))
    return notes


def _conflict_notes(case: ChainCase, conflict: AccountConflict) -> list[str]:
    """Say who may link the person that is in the way, or why nobody may."""
    if found := obstacle_of(conflict, case.account):
        return [gettext(found)]
    said = gettext("Chi amministra il portale può collegarla, da «Attività».")
    return [] if may(case.principal, "account:link") else [said]


def _mail_notes(case: ChainCase, link: Link) -> list[str]:
    notes, reminded_at = _address_notes(case) if link.state == StepState.DONE else [], case.account.reminded_at
    if reminded_at is not None:
        notes.append(gettext("promemoria con un nuovo collegamento il %(instant)s", instant=instant(reminded_at)))
    return notes


def _address_notes(case: ChainCase) -> list[str]:
    """Say that the mail came back, or that it may have: while nobody has used its link."""
    if case.account.password_set_at is not None or case.account.first_sign_in_at is not None:
        return []
    if case.returned:
        mend = ASK_ADDRESS if case.stopped else SEND_AGAIN
        return [gettext("l’e-mail di accesso è tornata indietro: %(reason)s", reason=case.returned), gettext(mend)]
    if case.stopped:
        doubt = N_("l’indirizzo ha respinto un’altra e-mail: %(reason)s. Forse anche questa non è arrivata")
        return [gettext(doubt, reason=case.stopped)]
    return []


def _stranded_notes(case: ChainCase, link: Link) -> list[str]:
    """Say of one more company's person that it has never come in, as the chain of its first one does at length."""
    if link.state != StepState.AWAITED:
        return []
    never = gettext("la persona non è ancora entrata con l’utenza che ha")
    return [never, *_address_notes(case), *_link_notes(case, link)]


def _link_notes(case: ChainCase, link: Link) -> list[str]:
    """Say until when the link is good, and whether it was opened too late: Keycloak tells no more before the end."""
    account, ends_at, notes = case.account, case.link_ends_at, list[str]()
    if link.state == StepState.DONE and account.link_opened_at == account.password_set_at:
        notes.append(gettext("al più tardi allora: Keycloak lo dice quando la password è impostata"))
    if link.state != StepState.AWAITED or ends_at is None:
        return notes
    said = N_("il collegamento vale fino al %(instant)s")
    if ends_at < utc_now():
        said = N_("il collegamento è scaduto il %(instant)s")
    notes.append(gettext(said, instant=instant(ends_at)))
    if account.dead_link_at is not None:
        tried = N_("la persona ha aperto un collegamento che non vale più: %(instant)s")
        notes.append(gettext(tried, instant=instant(account.dead_link_at)))
    return notes


def _acts(case: ChainCase, link: Link) -> list[str]:
    """Name the buttons of a step; the actions check all of it again."""
    account, acts = case.account, list[str]()
    if not may(case.principal, "account:retry"):
        return acts
    if link.state == StepState.AT_WORK and case.barring is not None:
        decided = {"readmit": "account:readmit", "cancel": "account:cancel"}
        return [act for act, permission in decided.items() if may(case.principal, permission)]
    if link.job is not None and can_retry(link.job):
        acts.append("retry" if link.state == StepState.AT_WORK else "retry_job")
    if link.state == StepState.AT_WORK:
        if case.conflict is not None and account.state == AccountState.FAILED and may(case.principal, "account:link"):
            acts.append("link")
        if may(case.principal, "account:cancel"):
            acts.append("cancel")
    has_password = link.step == ChainStep.SIGNED_IN and (account.password_set_at is not None or case.joined_at is None)
    if link.state == StepState.AWAITED and not has_password and _may_resend(case):
        acts.append("resend")
    return acts


def _may_resend(case: ChainCase) -> bool:
    again = (case.jobs.get(key) for key in sending_keys(case.account))
    return case.account.state == AccountState.ACTIVE and not any(job and job.status in OPEN for job in again)
