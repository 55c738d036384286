"""The page on which staff record that a company's PEC names a new contact, and an approver confirms it."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from service.access.permissions import may, require
from service.access.principal import Principal
from service.accounts.actions import Contact
from service.accounts.endings import Ending
from service.accounts.joining import find_live
from service.accounts.models import Account
from service.accounts.states import AccountState
from service.locales import N_, gettext
from service.suppliers import handing_over
from service.suppliers.colleagues import acts_elsewhere
from service.suppliers.handing_over import HandoverContactError, HandoverNoteError
from service.suppliers.models import Handover, Supplier
from service.suppliers.states import Qualification
from service.web.contact_form import read_contact
from service.web.flash import redirect
from service.web.forms import Posted, PostedForm, problems
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff.cutting import cut_words, what_is_cut
from service.web.staff.ending_words import return_words, warning_words
from service.web.staff.fields import question
from service.web.staff.frame import hidden_unless, page
from service.web.staff.reading import get_supplier_by_number
from service.web.staff.recent import RECENT
from service.web.staff.words import LANGUAGES
from service.web.transaction import Transaction

CONFIRM, DROP = "conferma", "annulla"
CHANGED = N_("Nulla è cambiato: nel frattempo è stato registrato un altro passaggio. Leggilo prima di decidere.")
router = APIRouter(
    prefix="/fornitori/{number}/passaggio",
    include_in_schema=False,
    dependencies=[Depends(hidden_unless("supplier:read")), Depends(require_staff("handover:ask")), RECENT],
)
FIELDS = {
    "first_name": question("first_name", N_("Nome del nuovo referente"), required=True),
    "last_name": question("last_name", N_("Cognome del nuovo referente"), required=True),
    "email": question("email", N_("Indirizzo e-mail del nuovo referente"), required=True),
    "language": question("language", N_("Lingua dei messaggi"), required=True),
    "note": question("note", N_("Nota sulla PEC"), required=True, multiline=True,
                     hint=N_("Data, mittente e protocollo del messaggio. Deve venire dalla PEC dell’impresa.")),
}  # fmt: skip


def link_for(supplier: Supplier, principal: Principal) -> str:
    """Give the page's address when the person may use it; empty otherwise."""
    is_on = may(principal, "handover:ask") and supplier.qualification != Qualification.REVOKED
    return f"/gestione/fornitori/{supplier.number}/passaggio" if is_on else ""


@router.get("", name="staff:suppliers.handover")
def ask(request: Request, session: Transaction, principal: CurrentPrincipal, number: str) -> HTMLResponse:
    """Ask for the new contact, or show what waits for an approver with all it cuts."""
    return _page(request, session, get_supplier_by_number(session, number), principal, typed={}, errors={})


@router.post("", name="staff:suppliers.handed_over")
def act(
    request: Request, session: Transaction, principal: CurrentPrincipal, posted: PostedForm, number: str
) -> Response:
    """Record the request; with `passo` confirm or drop the one that the page showed."""
    supplier = get_supplier_by_number(session, number)
    here = f"/gestione/fornitori/{supplier.number}"
    if posted.one("passo") in {CONFIRM, DROP}:
        return _close(request, session, supplier, principal, posted)
    contact, typed, errors = _read(posted)
    if contact is None:
        return _page(request, session, supplier, principal, typed=typed, errors=errors)
    returning = handing_over.find_returning(session, contact.email)
    if returning is not None and posted.one("rientra") != str(returning.account.id):
        return _page(request, session, supplier, principal, typed=typed, errors={}, returning=returning)
    try:
        handing_over.ask_handover(session, supplier.id, contact, note=typed["note"], by=principal)
    except HandoverNoteError as error:
        return _page(request, session, supplier, principal, typed=typed, errors={"note": [error.detail]})
    except HandoverContactError as error:
        return _page(request, session, supplier, principal, typed=typed, errors={"email": [error.detail]})
    return redirect(request, f"{here}/passaggio", gettext("Registrato: ora lo conferma un responsabile."))


def _close(request: Request, session: Session, supplier: Supplier, principal: Principal, posted: Posted) -> Response:
    """Confirm or drop the hand-over that was shown; with another one in its place show that one, and change nothing."""
    step, here = posted.one("passo"), f"/gestione/fornitori/{supplier.number}"
    require(principal, "account:govern" if step == CONFIRM else "handover:ask")
    waiting = handing_over.find_open_handover(session, supplier)
    if waiting is None:
        return redirect(request, here, gettext("Non c’è nessun passaggio di referente in attesa."), "info")
    if posted.one("passaggio") != str(waiting.id):
        return _page(request, session, supplier, principal, typed={}, errors={}, changed=gettext(CHANGED))
    if step == DROP:
        handing_over.drop_handover(session, waiting.id, by=principal)
        return redirect(request, here, gettext("Il passaggio di referente è annullato: non è cambiato nulla."))
    handing_over.confirm_handover(
        session, waiting.id, by=principal, settings=request.app.state.settings, returning=_id(posted.one("rientra"))
    )
    return redirect(request, here, gettext("Fatto: il referente amministratore è cambiato."))


def _id(raw: str) -> UUID | None:
    try:
        return UUID(raw)
    except ValueError:
        return None


def _read(posted: Posted) -> tuple[Contact | None, dict[str, str], dict[str, list[str]]]:
    typed = {name: posted.one(name) for name in FIELDS}
    contact, errors = read_contact(typed)
    return contact, typed, errors


def _page(
    request: Request, session: Session, supplier: Supplier, principal: Principal,
    *, typed: Mapping[str, str], errors: dict[str, list[str]], changed: str = "", returning: Ending | None = None,
) -> HTMLResponse:  # fmt: skip
    waiting = handing_over.find_open_handover(session, supplier)
    is_own = waiting is not None and waiting.asked_by_subject == principal.subject
    obstacle = handing_over.obstacle_to(session, supplier, waiting) if waiting else ""
    needs_other = request.app.state.settings.four_eyes and is_own
    returning = handing_over.find_returning(session, waiting.email) if waiting else returning
    failed = [] if waiting else handing_over.list_failed(session, supplier)
    return page(
        request, session, "staff/handover.html", status=409 if changed else 422 if errors else 200, supplier=supplier,
        waiting=waiting, changed=changed, returns=returning.account.id if returning else "",
        warnings=_warnings(returning), failed=[_failed(one) for one in failed],
        fields=FIELDS, typed=typed or _typed(failed), errors=errors, problems=problems(errors, FIELDS),
        language_choices=list(LANGUAGES.items()),
        pec=supplier.answers.get("anagrafica", {}).get("pec") or gettext("non indicata"),
        back=f"/gestione/fornitori/{supplier.number}", needs_other=needs_other,
        obstacle=obstacle,
        may_confirm=may(principal, "account:govern") and not needs_other and not obstacle,
        effects=_effects(request, session, supplier, waiting, returning) if waiting else [],
    )  # fmt: skip


def _warnings(returning: Ending | None) -> list[str]:
    """Say who becomes active again, and that ICRI had shut the person out."""
    if returning is None:
        return []
    return [said for said in (return_words(returning), warning_words(returning)) if said]


def _failed(account: Account) -> str:
    return gettext(
        "L’utenza %(username)s di %(name)s, %(email)s, non è stata creata: %(reason)s. Per correggere nome o indirizzo "
        "registra un altro passaggio: con la conferma questa si annulla.",
        username=account.username, name=f"{account.first_name} {account.last_name}", email=account.email,
        reason=account.failure or "-",
    )  # fmt: skip


def _typed(failed: Sequence[Account]) -> dict[str, str]:
    if not failed:
        return {"language": "it"}
    one = failed[0]
    return {"first_name": one.first_name, "last_name": one.last_name, "email": one.email, "language": one.locale}


def _effects(
    request: Request, session: Session, supplier: Supplier, waiting: Handover, returning: Ending | None
) -> list[str]:
    old = [account for account, _membership in handing_over.list_administrators(session, supplier)]
    old = [one for one in old if one.email.lower() != waiting.email]
    stay = [one for one in old if acts_elsewhere(session, supplier, one.id)]
    ended = [one for one in old if one not in stay and one.state not in handing_over.NEVER_IN]
    never = [one for one in old if one not in stay and one.state in handing_over.NEVER_IN]
    told = [*_coming(session, waiting), *_warnings(returning)]
    if stay:
        told.append(gettext("Non opera più per questa impresa: %(names)s.", names=_names(stay)))
    if ended:
        told += [gettext("Si sospende l’utenza di prima: %(names)s.", names=_names(ended)),
                 *cut_words(what_is_cut(request, session, ended))]  # fmt: skip
    if never:
        told.append(gettext("Si revoca l’utenza mai attiva: %(names)s.", names=_names(never)))
    return [*told, gettext("La qualifica dell’impresa e le altre persone restano.")]


def _coming(session: Session, waiting: Handover) -> list[str]:
    name, known = f"{waiting.first_name} {waiting.last_name}, {waiting.email}", find_live(session, waiting.email)
    told = [gettext("%(name)s diventa il referente amministratore e riceve le istruzioni per accedere.", name=name)]
    if known is None:
        return told
    if known.state == AccountState.FAILED:
        return [*told, gettext("Si annulla l’utenza mai creata: %(username)s.", username=known.username)]
    return [gettext("%(name)s diventa il referente amministratore con l’utenza che ha già: %(username)s.",
                    name=name, username=known.username)]  # fmt: skip


def _names(accounts: Sequence[Account]) -> str:
    return ", ".join(f"{one.username} ({one.email})" for one in accounts)
