"""What an approver does to a supplier: the reason, what is cut and the exact letter, and only then the act."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from service.access.principal import Principal
from service.accounts.models import Account
from service.accounts.repository import list_accounts, sort_out
from service.accounts.states import AccountState
from service.config import Settings
from service.jobs.repository import last_job, list_begun_with
from service.locales import N_, gettext
from service.mail.port import Letter
from service.suppliers import governing
from service.suppliers.governing import SupplierReasonError, Why
from service.suppliers.letters import LETTERS
from service.suppliers.models import Supplier
from service.suppliers.states import Qualification
from service.web.answer_views import leaf_labels
from service.web.flash import redirect
from service.web.forms import Posted, PostedForm, problems, whole_number
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff.application_views import why_words
from service.web.staff.cutting import cut_words, what_is_cut
from service.web.staff.fields import question
from service.web.staff.frame import hidden_unless, page
from service.web.staff.reading import get_supplier_by_number
from service.web.staff.recent import RECENT
from service.web.templating import text_of
from service.web.transaction import Transaction

CONFIRM = "conferma"
router = APIRouter(
    prefix="/fornitori/{number}/passi",
    include_in_schema=False,
    dependencies=[Depends(hidden_unless("supplier:read")), Depends(require_staff("supplier:govern")), RECENT],
)
REASON = question("reason_code", N_("Motivo"), required=True)
TEXT = question("reason_text", N_("Testo per l’impresa"), multiline=True,
                hint=N_("Compare nell’e-mail dopo il motivo. Con «Altro» è il motivo stesso: almeno 20 caratteri. "
                        "Con R08 e R12 va lasciato vuoto."))  # fmt: skip
LEAVES = question("leaves", N_("Categorie da togliere"), required=True)


class Step(StrEnum):
    """What can be done, by its word in the address."""

    SUSPEND = "sospendi"
    REINSTATE = "riattiva"
    DROP = "togli-categorie"
    LIFT = "sciogli-riserva"
    REVOKE = "revoca"
    KEEP = "ritira-revoca"


@dataclass(frozen=True, slots=True)
class Form:
    """What was typed."""

    version: int
    why: Why
    leaves: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """A supplier before a person who decides."""

    request: Request
    session: Session
    supplier: Supplier
    principal: Principal
    step: Step

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        settings: Settings = self.request.app.state.settings
        return settings

    @property
    def asks_only(self) -> bool:
        """With four eyes the first of two only asks for a revocation."""
        asked = self.supplier.revocation_asked_by_subject
        return self.step == Step.REVOKE and self.settings.four_eyes and asked in {None, self.principal.subject}

    @property
    def back(self) -> str:
        """The supplier's page."""
        return f"/gestione/fornitori/{self.supplier.number}"


@dataclass(frozen=True, slots=True)
class Verb:
    """One step: its words, what it wants to know, what it does and the letter that leaves."""

    title: str
    done: str
    act: Callable[[Case, Form], object]
    use: str = ""  # the reasons that motivate it; empty: it needs none
    wants_leaves: bool = False
    letter: str = ""
    is_danger: bool = False


def _common(case: Case, form: Form) -> dict[str, Any]:
    return {"version": form.version, "by": case.principal}


def _revoke(case: Case, form: Form) -> object:
    if case.asks_only:
        return governing.ask_revocation(case.session, case.supplier.id, why=form.why, **_common(case, form))
    return governing.revoke(case.session, case.supplier.id, why=form.why, settings=case.settings, **_common(case, form))


VERBS: Mapping[Step, Verb] = {
    Step.SUSPEND: Verb(
        N_("Sospendi la qualifica"), N_("La qualifica è sospesa. L’e-mail all’impresa è in coda."),
        lambda case, form: governing.suspend(case.session, case.supplier.id, why=form.why, **_common(case, form)),
        use="suspend", letter="supplier_suspended", is_danger=True,
    ),
    Step.REINSTATE: Verb(
        N_("Riattiva la qualifica"), N_("La qualifica è di nuovo attiva. L’e-mail all’impresa è in coda."),
        lambda case, form: governing.reinstate(
            case.session, case.supplier.id, settings=case.settings, **_common(case, form)),
        letter="supplier_reinstated",
    ),
    Step.DROP: Verb(
        N_("Togli categorie"), N_("Le categorie scelte non sono più attive. L’e-mail all’impresa è in coda."),
        lambda case, form: governing.drop_categories(
            case.session, case.supplier.id, form.leaves, why=form.why, **_common(case, form)),
        use="category", wants_leaves=True, letter="category_dropped", is_danger=True,
    ),
    Step.LIFT: Verb(
        N_("Sciogli la riserva"), N_("La riserva è sciolta."),
        lambda case, form: governing.lift_reserve(case.session, case.supplier.id, **_common(case, form)),
    ),
    Step.REVOKE: Verb(
        N_("Revoca la qualifica"), N_("Fatto: la revoca è registrata."), _revoke,
        use="revoke", letter="supplier_revoked", is_danger=True,
    ),
    Step.KEEP: Verb(
        N_("Ritira la richiesta di revoca"), N_("La richiesta di revoca è ritirata."),
        lambda case, form: governing.drop_revocation(case.session, case.supplier.id, **_common(case, form)),
    ),
}  # fmt: skip


def read_case(request: Request, session: Transaction, principal: CurrentPrincipal, number: str, step: Step) -> Case:
    """Read what the address is about."""
    return Case(request, session, get_supplier_by_number(session, number), principal, step)


CurrentCase = Annotated[Case, Depends(read_case, scope="function")]


def steps_for(supplier: Supplier, principal: Principal, *, may_govern: bool) -> list[tuple[str, str]]:
    """Give the steps that make sense now, as (address, title)."""
    if not may_govern or supplier.qualification == Qualification.REVOKED:
        return []
    active = [row for row in supplier.categories if row.dropped_on is None]
    is_held = supplier.qualification in {Qualification.QUALIFIED, Qualification.RENEWING}
    shown = {
        Step.LIFT: supplier.reserve_text is not None,
        Step.REINSTATE: supplier.qualification == Qualification.SUSPENDED,
        Step.SUSPEND: is_held,
        Step.DROP: len(active) > 1,
        Step.REVOKE: supplier.revocation_asked_by_subject != principal.subject,
        Step.KEEP: supplier.revocation_asked_by_subject is not None,
    }
    here = f"/gestione/fornitori/{supplier.number}/passi"
    return [(f"{here}/{one}", text_of(VERBS[one].title)) for one, is_on in shown.items() if is_on]


@router.get("/{step}", name="staff:suppliers.step")  # noqa: FAST003 - read by CurrentCase
def ask(case: CurrentCase) -> HTMLResponse:
    """Ask for the reason; a step that needs none is shown at once as it would be done."""
    supplier = case.supplier
    asked = Why(supplier.revocation_reason or "", supplier.revocation_text or "")
    form = Form(supplier.version, asked if case.step == Step.REVOKE else Why(""))
    return _reasons(case, form, {}) if VERBS[case.step].use else _confirmation(case, form)


@router.post("/{step}", name="staff:suppliers.stepped")  # noqa: FAST003
def act(case: CurrentCase, posted: PostedForm) -> Response:
    """Check the reason and show what would happen; with `passo=conferma` do it."""
    form, verb = _read(posted), VERBS[case.step]
    try:
        if posted.one("passo") != CONFIRM:
            return _confirmation(case, form)
        verb.act(case, form)
    except SupplierReasonError as error:
        at = "reason_text" if form.why.code else "reason_code"
        return _reasons(case, form, {at: [error.detail]})
    return redirect(case.request, case.back, text_of(verb.done))


def _read(posted: Posted) -> Form:
    why = Why(posted.one("reason_code"), posted.one("reason_text"))
    return Form(whole_number(posted.one("version")) or 0, why, tuple(posted.every("leaves")))


def _reasons(case: Case, form: Form, errors: dict[str, list[str]]) -> HTMLResponse:
    verb = VERBS[case.step]
    active = [row.leaf for row in case.supplier.categories if row.dropped_on is None] if verb.wants_leaves else []
    return page(
        case.request, case.session, "staff/supplier_reasons.html", status=422 if errors else 200, **_shown(case, form),
        errors=errors, problems=problems(errors, ("leaves", "reason_code", "reason_text")),
        choices=governing.list_reasons(verb.use), reason_field=REASON, text_field=TEXT, leaves_field=LEAVES,
        active=list(zip(active, leaf_labels(active), strict=True)),
    )  # fmt: skip


def _confirmation(case: Case, form: Form) -> HTMLResponse:
    """Show what is cut and the letter, found by doing it and taking it back."""
    verb = VERBS[case.step]
    letter = _tried(case, form, "" if case.asks_only else verb.letter)
    return page(
        case.request, case.session, "staff/supplier_confirm.html", **_shown(case, form), letter=letter,
        effects=[*why_words(form.why.code), *_effects(case, form)], is_danger=verb.is_danger,
    )  # fmt: skip


def _shown(case: Case, form: Form) -> dict[str, Any]:
    title = gettext("Chiedi la revoca della qualifica") if case.asks_only else text_of(VERBS[case.step].title)
    return {"supplier": case.supplier, "title": title, "form": form, "back": case.back, "step": case.step.value}


def _effects(case: Case, form: Form) -> list[str]:
    if case.asks_only:
        return [gettext("Un altro responsabile trova la richiesta su questa pagina e la conferma o la ritira."),
                gettext("Fino ad allora non cambia nulla e all’impresa non parte nessuna e-mail.")]  # fmt: skip
    accounts = [one for one in list_accounts(case.session, case.supplier.number) if one.state != AccountState.REVOKED]
    ended, staying = sort_out(case.session, case.supplier.number) if case.step == Step.REVOKE else ([], [])
    active = ", ".join(leaf_labels(row.leaf for row in case.supplier.categories if row.dropped_on is None))
    dropped = ", ".join(leaf_labels(form.leaves))
    told = {
        Step.SUSPEND: [
            gettext("Categorie non più attive: %(leaves)s.", leaves=active),
            gettext("Le utenze restano, perché l’impresa possa rimediare: %(names)s.", names=_names(accounts)),
        ],
        Step.REINSTATE: [gettext("Tornano attive le categorie: %(leaves)s.", leaves=active)],
        Step.DROP: [gettext("Non più attive: %(leaves)s. Le altre restano valide.", leaves=dropped)],
        Step.LIFT: [gettext("Quanto chiesto con la riserva risulta consegnato; all’impresa non parte nessuna e-mail.")],
        Step.REVOKE: [
            gettext("Categorie non più attive: %(leaves)s.", leaves=active),
            gettext("Utenze disattivate a Keycloak, sessioni chiuse qui e nelle altre applicazioni ICRI: %(names)s.",
                    names=_names(ended)),
            *(cut_words(what_is_cut(case.request, case.session, ended)) if ended else ()),
            *(gettext("Resta, ma non per questa impresa: %(name)s.", name=one.username) for one in staying),
            gettext("L’impresa può ripresentarsi dopo %(months)s mesi.", months=case.settings.block_months),
            gettext("Non si torna indietro."),
        ],
        Step.KEEP: [gettext("La qualifica resta com’è.")],
    }  # fmt: skip
    return told[case.step]


def _names(accounts: Sequence[Account]) -> str:
    return ", ".join(one.username for one in accounts) or gettext("nessuna")


def _tried(case: Case, form: Form, message: str) -> Letter | None:
    """Act, write the letter from the jobs that the act has left, and take all back: to all whom it goes to.

    Raises what the act raises.
    """
    before, savepoint = last_job(case.session), case.session.begin_nested()
    try:
        VERBS[case.step].act(case, form)
        case.session.flush()
        if not message:
            return None
        jobs = list_begun_with(case.session, f"mail:{message}:{case.supplier.id}:", after=before)
        letters = [one for job in jobs if (one := LETTERS[message](case.session, job.args, case.settings))]
        return replace(letters[0], to=", ".join(one.to for one in letters)) if letters else None
    finally:
        savepoint.rollback()
