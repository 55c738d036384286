"""The company's people: everybody sees them, its administrator invites, suspends, removes and hands over."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.orm import Session

from service.access.principal import Principal
from service.accounts.states import AccountState
from service.config import Settings
from service.errors import NotFoundError, TooManyError
from service.locales import N_, gettext
from service.suppliers import colleagues
from service.suppliers.colleagues import Colleague, ColleagueExistsError
from service.suppliers.models import Supplier
from service.web.dates import day, instant
from service.web.flash import redirect
from service.web.forms import PostedForm, problems, whole_number
from service.web.limiting import come_back
from service.web.session import CurrentPrincipal, require_supplier
from service.web.supplier.addresses import PEOPLE
from service.web.supplier.door import AreaRoute, OwnSupplier
from service.web.supplier.people_form import FIELDS, LANGUAGES, Typed, read_colleague
from service.web.templating import render, text_of
from service.web.transaction import Transaction

router = APIRouter(
    prefix=PEOPLE, include_in_schema=False, route_class=AreaRoute, dependencies=[Depends(require_supplier)]
)
# whoever was invited reads the same, whether the person had an account already or not
INVITED = N_(
    "%(email)s riceve un’e-mail con le istruzioni per accedere. Se non arriva entro un’ora controllate lo SPAM."
)
STATES = {
    AccountState.PENDING: (N_("In preparazione"), "info"),
    AccountState.FAILED: (N_("In preparazione"), "info"),
    AccountState.ACTIVE: (N_("Attiva"), "ok"),
    AccountState.SUSPENDED: (N_("Sospesa"), "warn"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A person in words, with what the administrator may do."""

    person: Colleague
    state: str
    kind: str
    note: str
    is_self: bool
    acts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Act:
    """One thing the administrator does to a colleague: its words, what it says before, and what it does."""

    title: str
    done: str
    effects: tuple[str, ...]
    does: Callable[[Session, Supplier, Colleague, int, Principal], bool]
    is_danger: bool = False
    require: Callable[[Session, Supplier, UUID], None] = lambda _session, _supplier, _account: None


def _suspend(session: Session, supplier: Supplier, one: Colleague, _seen: int, by: Principal) -> bool:
    colleagues.suspend(session, supplier.id, one.id, by=by)
    return True


def _remove(session: Session, supplier: Supplier, one: Colleague, _seen: int, by: Principal) -> bool:
    colleagues.remove(session, supplier.id, one.id, by=by)
    return True


def _hand_over(session: Session, supplier: Supplier, one: Colleague, _seen: int, by: Principal) -> bool:
    colleagues.hand_over(session, supplier.id, one.id, by=by)
    return True


def _resend(session: Session, supplier: Supplier, one: Colleague, seen: int, by: Principal) -> bool:
    return colleagues.resend(session, supplier.id, one.id, seen=seen, by=by)


RESEND = "reinvia"
UNMADE = (AccountState.PENDING, AccountState.FAILED)
LATER = N_("ICRI sta completando l’utenza: l’e-mail parte appena è pronta.")
ACTS: Mapping[str, Act] = {
    RESEND: Act(
        N_("Invia di nuovo l’e-mail di accesso"), N_("L’e-mail è in coda."),
        (N_("L’e-mail con le istruzioni per accedere parte di nuovo: al massimo tre volte al giorno."),
         N_("Se la persona ha già una password, quella resta valida.")), _resend,
    ),
    "passa": Act(
        N_("Passa il ruolo di amministratore"), N_("Il ruolo di amministratore è passato."),
        (N_("Da ora sarà questa persona ad aggiungere, sospendere e togliere colleghi, e non più tu."),
         N_("La tua utenza resta attiva.")), _hand_over,
    ),
    "sospendi": Act(
        N_("Sospendi"), N_("L’utenza è sospesa."),
        (N_("La persona esce subito dal portale e dalle altre applicazioni ICRI, e non può più entrare."),
         N_("Per riattivarla dovrai scrivere a ICRI.")), _suspend, is_danger=True,
        require=colleagues.require_suspendable,
    ),
    "rimuovi": Act(
        N_("Togli dall’impresa"), N_("La persona non fa più parte dell’impresa."),
        (N_("La persona esce subito e non può più operare per l’impresa."), N_("Torna solo con un nuovo invito.")),
        _remove, is_danger=True,
    ),
}  # fmt: skip


@router.get("", name="supplier:people")
def people(request: Request, session: Transaction, supplier: OwnSupplier, principal: CurrentPrincipal) -> Response:
    """Show the people of the company."""
    own = colleagues.find_own(session, supplier, principal.subject)
    is_admin = own is not None and own[1].is_admin
    own_id = own[0].id if own else None
    found = colleagues.list_colleagues(session, supplier)
    lines = [_line(one, is_self=one.id == own_id, is_admin=is_admin) for one in found]
    return render(request, "supplier/people.html", supplier=supplier, lines=lines, is_admin=is_admin)


@router.get("/invita", name="supplier:people.new")
def ask(request: Request, session: Transaction, supplier: OwnSupplier, principal: CurrentPrincipal) -> Response:
    """Ask whom to invite."""
    colleagues.require_administrator(session, supplier, by=principal)
    return _form_page(request, Typed(), {})


@router.post("/invita", name="supplier:people.invite")
def invite(
    request: Request, session: Transaction, supplier: OwnSupplier, principal: CurrentPrincipal, posted: PostedForm
) -> Response:
    """Invite a colleague, or show what is wrong."""
    colleagues.require_administrator(session, supplier, by=principal)
    contact, typed, errors = read_colleague(posted)
    if contact is None:
        return _form_page(request, typed, errors)
    try:
        colleagues.invite(session, supplier.id, contact, by=principal)
    except ColleagueExistsError as error:
        return _form_page(request, typed, {"email": [error.detail]})
    except TooManyError as error:
        most = colleagues.INVITATIONS_A_DAY
        said = gettext("In un giorno si possono invitare al massimo %(most)s persone.", most=most)
        return _form_page(request, typed, {"email": [f"{said} {come_back(error.until)}"]})
    return redirect(request, PEOPLE, gettext(INVITED, email=contact.email))


@router.get("/{account_id}/{act}", name="supplier:people.ask")
def confirm(
    request: Request,
    session: Transaction,
    supplier: OwnSupplier,
    principal: CurrentPrincipal,
    *,
    account_id: UUID,
    act: str,
) -> Response:
    """Say what would happen."""
    colleagues.require_administrator(session, supplier, by=principal)
    person, chosen = colleagues.get_colleague(session, supplier, account_id), _act(act)
    chosen.require(session, supplier, account_id)
    return render(
        request, "supplier/person_confirm.html", person=person, title=text_of(chosen.title), back=PEOPLE,
        effects=[text_of(one) for one in chosen.effects], is_danger=chosen.is_danger,
    )  # fmt: skip


@router.post("/{account_id}/{act}", name="supplier:people.do")
def do(
    request: Request, session: Transaction, supplier: OwnSupplier, principal: CurrentPrincipal, posted: PostedForm,
    *, account_id: UUID, act: str,
) -> Response:  # fmt: skip
    """Do it."""
    colleagues.require_administrator(session, supplier, by=principal)
    person, chosen = colleagues.get_colleague(session, supplier, account_id), _act(act)
    seen = whole_number(posted.one("seen"))
    if chosen.does(session, supplier, person, -1 if seen is None else seen, principal):
        is_unmade = act == RESEND and person.state in UNMADE
        return redirect(request, PEOPLE, gettext(LATER) if is_unmade else text_of(chosen.done))
    return redirect(request, PEOPLE, gettext("Oggi l’e-mail è già stata inviata di nuovo tre volte."), "warning")


def _act(name: str) -> Act:
    if name not in ACTS:
        raise NotFoundError
    return ACTS[name]


def _line(one: Colleague, *, is_self: bool, is_admin: bool) -> Line:
    state, kind = STATES[one.state]
    note = gettext("Ultimo accesso: %(when)s", when=instant(one.entered_at)) if one.entered_at else ""
    if one.is_awaited and one.invited_at:
        state, kind = N_("Invitata"), "info"
        note = gettext("Invitata il %(day)s, non è ancora entrata", day=day(one.invited_at))
    acts = _acts(one) if is_admin and not is_self else ()
    return Line(one, text_of(state), kind, note, is_self, acts)


def _acts(one: Colleague) -> tuple[tuple[str, str], ...]:
    is_active = one.state == AccountState.ACTIVE
    is_in = is_active and not one.is_awaited
    shown = {"reinvia": one.is_awaited or (is_active and not one.has_come_in), "passa": is_in and not one.is_admin,
             "sospendi": is_in, "rimuovi": True}  # fmt: skip
    return tuple((f"{PEOPLE}/{one.id}/{name}", text_of(ACTS[name].title)) for name, is_on in shown.items() if is_on)


def _form_page(request: Request, typed: Typed, errors: dict[str, list[str]]) -> Response:
    settings: Settings = request.app.state.settings
    return render(
        request, "supplier/person_new.html", status=422 if errors else 200, fields=FIELDS, language_choices=LANGUAGES,
        typed=typed, errors=errors, problems=problems(errors, FIELDS), hours=settings.access_link_hours,
    )  # fmt: skip
