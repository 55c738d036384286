"""A new invitation: whom, in which language, for what."""

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from service import questionnaire
from service.invitations import actions
from service.invitations.barring import BarredError, note_barred
from service.invitations.invitee import ITALY, read_invitee
from service.locales import N_, current_locale, gettext
from service.web.flash import redirect
from service.web.forms import PostedForm, problems
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff.fields import question
from service.web.staff.frame import page
from service.web.staff.invitations import HERE
from service.web.transaction import Transaction

router = APIRouter(
    prefix="/inviti/nuovo", include_in_schema=False, dependencies=[Depends(require_staff("invitation:manage"))]
)
LANGUAGES = (("it", N_("Italiano")), ("en", N_("Inglese")))
FIELDS = {
    "company_name": question("company_name", N_("Ragione sociale"), required=True),
    "email": question("email", N_("Indirizzo e-mail"), required=True,
                      hint=N_("Chi apre l’invito da questo indirizzo non deve più confermarlo.")),
    "locale": question("locale", N_("Lingua dell’invito"), required=True),
    "country": question("country", N_("Nazione"), required=True),
    "tax_code": question("tax_code", N_("Codice fiscale"),
                         hint=N_("Se lo conosci: l’impresa lo trova già scritto. All’estero il numero di registro.")),
    "leaves": question("leaves", N_("Voci suggerite"),
                       hint=N_("L’invito le nomina e la domanda le trova già spuntate; l’impresa può cambiarle.")),
    "message": question("message", N_("Messaggio"), multiline=True,
                        hint=N_("Compare nell’e-mail, al massimo 500 caratteri.")),
}  # fmt: skip


@router.get("", name="staff:invitations.new")
def ask_invitation(request: Request, session: Transaction) -> HTMLResponse:
    """Show the form of a new invitation."""
    return _form(request, session, {"locale": "it", "country": ITALY}, [], {})


@router.post("", name="staff:invitations.create")
def invite(request: Request, session: Transaction, principal: CurrentPrincipal, posted: PostedForm) -> Response:
    """Invite a company; every typed value stays when something is wrong."""
    values, leaves = {name: posted.one(name) for name in FIELDS}, posted.every("leaves")
    invitee, errors = read_invitee(values, leaves)
    if invitee is not None:
        try:
            actions.invite(session, invitee, by=principal, settings=request.app.state.settings)
        except actions.AlreadyInvitedError as error:
            errors = {"email": [error.detail]}
        except BarredError as error:
            note_barred(session, by=principal)
            errors = {"tax_code": [error.detail]}
        else:
            said = gettext("L’invito a %(company)s è in coda.", company=invitee.company_name)
            return redirect(request, HERE, said)
    return _form(request, session, values, leaves, errors)


def _form(
    request: Request, session: Session, values: dict[str, str], leaves: list[str], errors: dict[str, list[str]]
) -> HTMLResponse:
    return page(
        request, session, "staff/invitation_new.html", status=422 if errors else 200, values=values, errors=errors,
        chosen=leaves, problems=problems(errors, FIELDS), fields=FIELDS, languages=LANGUAGES,
        countries=questionnaire.countries(current_locale()), leaves=questionnaire.active_leaves(),
        leaf_groups=questionnaire.LEAF_GROUPS,
    )  # fmt: skip
