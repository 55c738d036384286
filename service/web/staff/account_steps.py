"""What an approver does to one account: the reason, what is cut, and only then the act."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from service.access.permissions import may
from service.access.principal import Principal
from service.accounts.models import Account
from service.accounts.reasons import ACCOUNT_REASONS, AccountReasonError, require_reason
from service.accounts.repository import get_account
from service.accounts.states import AccountState, next_state
from service.locales import N_, gettext
from service.suppliers import people
from service.web.flash import redirect
from service.web.forms import Posted, PostedForm, problems
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff.application_views import why_words
from service.web.staff.cutting import cut_words, what_is_cut
from service.web.staff.fields import question
from service.web.staff.frame import address, hidden_unless, page
from service.web.staff.recent import RECENT
from service.web.templating import text_of
from service.web.transaction import Transaction

CONFIRM = "conferma"
FROM = "da"  # the company on whose page the step stands
router = APIRouter(
    prefix="/utenze/{account_id}/passi",
    include_in_schema=False,
    dependencies=[Depends(hidden_unless("supplier:read")), Depends(require_staff("account:govern")), RECENT],
)
REASON = question("reason_code", N_("Motivo"), required=True)
TEXT = question(
    "reason_text",
    N_("Nota per il personale"),
    multiline=True,
    hint=N_("Con «Altro» è il motivo stesso: almeno 20 caratteri. All’impresa non parte nessuna e-mail."),
)


class Step(StrEnum):
    """What can be done, by its word in the address."""

    SUSPEND = "sospendi"
    REINSTATE = "riattiva"
    REVOKE = "revoca"


@dataclass(frozen=True, slots=True)
class Verb:
    """One step: its words, the action of the state table, what it does."""

    title: str
    done: str
    action: str
    act: Callable[["Case", "Form"], object]
    wants_reason: bool = True


@dataclass(frozen=True, slots=True)
class Form:
    """What was typed."""

    code: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """An account before a person who decides."""

    request: Request
    session: Session
    account: Account
    principal: Principal
    step: Step

    @property
    def back(self) -> str:
        """The page of the company from which the step was taken, or of the account's first; it may have none left."""
        numbers = [one.number for one in people.list_suppliers_of(self.session, self.account.id)]
        wanted = self.request.query_params.get(FROM)
        return "/".join(("/gestione/fornitori", *([wanted] if wanted in numbers else numbers[:1])))


VERBS: Mapping[Step, Verb] = {
    Step.SUSPEND: Verb(
        N_("Sospendi l’utenza"), N_("L’utenza è sospesa: Keycloak la disattiva appena risponde."), "suspend",
        lambda case, form: people.suspend_account(
            case.session, case.account.id, reason=form.code, text=form.text, by=case.principal),
    ),
    Step.REINSTATE: Verb(
        N_("Riattiva l’utenza"), N_("L’utenza è di nuovo attiva: Keycloak la riattiva appena risponde."),
        "reinstate",
        lambda case, _form: people.reinstate_account(case.session, case.account.id, by=case.principal),
        wants_reason=False,
    ),
    Step.REVOKE: Verb(
        N_("Revoca l’utenza"), N_("L’utenza è revocata: Keycloak la disattiva appena risponde."), "revoke",
        lambda case, form: people.revoke_account(
            case.session, case.account.id, reason=form.code, text=form.text, by=case.principal),
    ),
}  # fmt: skip


def read_case(
    request: Request, session: Transaction, principal: CurrentPrincipal, account_id: UUID, step: Step
) -> Case:
    """Read what the address is about. Raises: NotFoundError; InvalidAccountTransitionError, it is too late."""
    account = get_account(session, account_id)
    if step != Step.REVOKE or not people.is_removed(account):
        next_state(VERBS[step].action, account.state)
    return Case(request, session, account, principal, step)


CurrentCase = Annotated[Case, Depends(read_case, scope="function")]


def steps_for(account: Account, principal: Principal, supplier: str, *, is_over: bool = False) -> list[tuple[str, str]]:
    """Give the steps that make sense now on the page of a supplier, as (address, title); few when it is revoked."""
    here = f"/gestione/utenze/{account.id}"
    if account.state == AccountState.REVOKED and not account.is_ended_by_company:
        back = address(f"{here}/rientro", {"ritorno": f"/gestione/fornitori/{supplier}"})
        is_on = may(principal, "account:readmit") and not is_over and account.subject is not None
        return [(back, gettext("Fai tornare la persona"))] if is_on else []
    if not may(principal, "account:govern"):
        return []
    shown = {
        Step.SUSPEND: account.state == AccountState.ACTIVE,
        Step.REINSTATE: account.state == AccountState.SUSPENDED,
        Step.REVOKE: account.state != AccountState.REVOKED or people.is_removed(account),
    }
    here = f"{here}/passi"
    return [(f"{here}/{one}?{FROM}={supplier}", text_of(VERBS[one].title)) for one, is_on in shown.items() if is_on]


@router.get("/{step}", name="staff:accounts.step")  # noqa: FAST003 - read by CurrentCase
def ask(case: CurrentCase) -> HTMLResponse:
    """Ask for the reason; reinstating needs none and is shown at once as it would be done."""
    return _reasons(case, Form(), {}) if VERBS[case.step].wants_reason else _confirmation(case, Form())


@router.post("/{step}", name="staff:accounts.stepped")  # noqa: FAST003
def act(case: CurrentCase, posted: PostedForm) -> Response:
    """Check the reason and show what is cut; with `passo=conferma` do it."""
    form, verb = _read(posted), VERBS[case.step]
    try:
        if verb.wants_reason:
            require_reason(form.code, form.text)
        if posted.one("passo") != CONFIRM:
            return _confirmation(case, form)
        verb.act(case, form)
    except AccountReasonError as error:
        at = "reason_text" if form.code in ACCOUNT_REASONS else "reason_code"
        return _reasons(case, form, {at: [error.detail]})
    return redirect(case.request, case.back, text_of(verb.done))


def _read(posted: Posted) -> Form:
    return Form(posted.one("reason_code"), posted.one("reason_text"))


def _about(account: Account) -> str:
    return f"{account.username} · {account.first_name} {account.last_name}"


def _reasons(case: Case, form: Form, errors: dict[str, list[str]]) -> HTMLResponse:
    return page(
        case.request, case.session, "staff/account_reasons.html", status=422 if errors else 200, form=form,
        title=text_of(VERBS[case.step].title), about=_about(case.account), back=case.back, errors=errors,
        problems=problems(errors, ("reason_code", "reason_text")), reason_field=REASON, text_field=TEXT,
        choices=[(code, f"{code} · {text_of(said)}") for code, said in ACCOUNT_REASONS.items()],
    )  # fmt: skip


def _confirmation(case: Case, form: Form) -> HTMLResponse:
    title = text_of(VERBS[case.step].title)
    hidden = {"passo": CONFIRM, "reason_code": form.code, "reason_text": form.text}
    return page(
        case.request, case.session, "staff/confirm.html", title=title, about=_about(case.account), button=title,
        effects=[*why_words(form.code, form.text), *_effects(case)], hidden=hidden, back=case.back,
        is_danger=case.step != Step.REINSTATE,
    )  # fmt: skip


def _effects(case: Case) -> list[str]:
    account, companies = case.account, people.list_suppliers_of(case.session, case.account.id)
    named = gettext("Utenza: %(name)s, %(email)s.", name=account.username, email=account.email)
    if case.step == Step.REINSTATE:
        return [named, gettext("Può accedere di nuovo con la password di prima."),
                gettext("Se l’ha smarrita usa il ripristino della password.")]  # fmt: skip
    if people.is_removed(account):
        return [named, gettext("L’impresa l’ha già tolta. Con la revoca non può più invitarla."),
                gettext("Per riaverla serve una nuova decisione di ICRI.")]  # fmt: skip
    told = [named, *cut_words(what_is_cut(case.request, case.session, [account]))]
    if len(companies) > 1:
        names = " · ".join(f"{one.number} {one.name}" for one in companies)
        told.append(gettext("La persona perde l’accesso a tutte le sue imprese: %(names)s", names=names))
    told.append(gettext("La qualifica e le altre persone restano."))
    last = (
        gettext("Un responsabile può riattivarla.")
        if case.step == Step.SUSPEND
        else gettext("Per riaverla serve una nuova decisione di ICRI.")
    )
    return [*told, last]
