"""The beginning of a registration: the categoria società, then the section whose Salva opens the draft."""

from datetime import datetime, timedelta
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from service import questionnaire
from service.access import limits
from service.access.applicant_sessions import ApplicantSession
from service.access.limits import HOUR, Use
from service.applications import actions
from service.applications.models import Application
from service.applications.repository import find_started
from service.applications.states import State
from service.clock import utc_now
from service.config import Settings
from service.errors import InvalidError, NotFoundError, TooManyError
from service.invitations import actions as invitations
from service.invitations.models import Invitation
from service.locales import N_, current_locale, gettext
from service.questionnaire import CATEGORIES, Parsed
from service.web.flash import redirect
from service.web.forms import Posted, PostedForm, Problem
from service.web.limiting import come_back, network_of, retry_later
from service.web.public import proof
from service.web.public.draft_changes import would_drop
from service.web.public.draft_doors import TASKS, enter
from service.web.public.draft_stamps import STAMP, TRAP, Stamp, make_stamp, read_stamp
from service.web.section_form import build_form
from service.web.session import DRAFT, CurrentApplicant, read_cookie
from service.web.templating import render
from service.web.transaction import Transaction

router = APIRouter(include_in_schema=False)

START = "start"
DOUBLE_CLICK = timedelta(seconds=60)
NOT_ASKED = N_("Il modulo contiene dati che questa pagina non chiede. Nulla è stato salvato: ricarica la pagina.")
TOO_FAST = N_("Il modulo è arrivato prima del previsto: controlla i dati e premi di nuovo «Salva».")
TOO_OLD = N_("La pagina è rimasta aperta a lungo: controlla i dati e premi di nuovo «Salva».")
TOO_MANY = N_("Nell’ultima ora sono partite molte domande. I dati che hai inserito sono ancora in questa pagina.")
CHANGE_HERE = N_(
    "Questa domanda è già iniziata: cambia qui il tipo di fornitura, prima ti diciamo che cosa non serve più."
)
ALREADY_BEGUN = N_("Questa domanda è già iniziata. Per riaprirla chiedi qui il collegamento.")


def available() -> dict[str, questionnaire.Category]:
    """Give the categories the portal takes applications of."""
    return {code: one for code, one in CATEGORIES.items() if one.available}


def known_category(code: str) -> str:
    """Give the category of an address. Raises: NotFoundError."""
    if code not in available():
        raise NotFoundError
    return code


@router.get("/registrazione", name="public:registration")
def choose_category(request: Request, session: Transaction, applicant: CurrentApplicant) -> Response:
    """Ask the categoria società."""
    return category_page(request, session, applicant)


@router.post("/registrazione", name="public:registration.choose")
def take_category(request: Request, session: Transaction, applicant: CurrentApplicant, posted: PostedForm) -> Response:
    """Go on with the category, or ask again."""
    code = posted.one("categoria")
    if code not in available():
        return category_page(request, session, applicant, is_wrong=True)
    return redirect(request, f"/registrazione/avvio?categoria={code}")


def category_page(
    request: Request, session: Session, applicant: ApplicantSession | None, *, is_wrong: bool = False
) -> Response:
    """Show the radio cards, with the error summary when nothing good was chosen."""
    asked = questionnaire.possible_fields("avvio", category="SC")[0]
    errors = [gettext(asked.field.missing)] if is_wrong else []
    own = session.get(Application, applicant.application_id) if applicant and applicant.application_id else None
    return render(
        request,
        "public/registration/category.html",
        status=422 if is_wrong else 200,
        asked=asked,
        choices=[(one.code, one.label, one.help) for one in available().values()],
        errors=errors,
        problems=[Problem("categoria", error) for error in errors],
        invitation=find_invitation(session, applicant),
        has_draft=own is not None and own.state == State.DRAFT,
        sent_number=own.number if own is not None and own.state != State.DRAFT else "",
    )


@router.get("/registrazione/avvio", name="public:start")
def ask_start(request: Request, session: Transaction, applicant: CurrentApplicant, categoria: str = "") -> Response:
    """Ask type of supply and contact."""
    category = known_category(categoria)
    values = questionnaire.form_values("avvio", category=category, answers={})
    invitation = find_invitation(session, applicant)
    values["locale"] = invitation.locale if invitation else current_locale()
    if invitation:
        values["contact_email"] = invitation.email
    return start_page(request, session, category, values)


@router.post("/registrazione/avvio", name="public:start.save")
def save_start(
    request: Request, session: Transaction, applicant: CurrentApplicant, posted: PostedForm, categoria: str = ""
) -> Response:
    """Open the draft, once however often the form comes."""
    category = known_category(categoria)
    settings: Settings = request.app.state.settings
    parsed = questionnaire.parse("avvio", posted, category=category, answers={})
    if parsed.unknown or parsed.values.get("legal_category") not in (None, category):
        raise InvalidError(gettext(NOT_ASKED))
    stamp = read_stamp(settings, posted.one(STAMP), START)
    refusal = "" if parsed.errors else _refusal(stamp, posted, settings)
    if parsed.errors or refusal or stamp is None:
        return again(request, session, category, posted, parsed, refusal=refusal, stamp=stamp)
    started = find_started(session, stamp.application_id)
    if started is not None:
        return _come_back(request, session, applicant, started, parsed)
    try:
        refusal = _count_draft(request, session, posted)
    except TooManyError as error:
        return again(request, session, category, posted, parsed, stamp=stamp, until=error.until)
    if refusal:
        return again(request, session, category, posted, parsed, refusal=refusal, stamp=stamp)
    application = _open(session, applicant, category, parsed, application_id=stamp.application_id, settings=settings)
    return enter(request, session, RedirectResponse(TASKS, status_code=303), application)


def _count_draft(request: Request, session: Session, posted: Posted) -> str:
    """Count a draft of this network and of the portal, and use up its proof of work; say why a proof is no good.

    Raises: TooManyError. Nothing is counted then, nor with a bad proof.
    """
    settings: Settings = request.app.state.settings
    limits.lock(session, proof.DRAFTS)
    network = network_of(request)
    uses = [
        Use("draft", network, ((settings.drafts_per_network_hour, HOUR),)),
        Use(proof.DRAFTS, "", ((settings.drafts_hour, HOUR),)),
    ]
    if not proof.is_asked(session, settings):
        limits.demand(session, *uses)
        return ""
    given = proof.read_proof(settings, posted.one(proof.FIELD))
    if given.is_given and not proof.is_fresh(session, given):
        return proof.NOT_GOOD
    if not given.is_given:
        uses.append(Use("draft:no_script", network, ((settings.drafts_without_script_hour, HOUR),)))
    limits.demand(session, *uses)
    if given.is_given:
        proof.use_up(session, given)
    return ""


def _open(
    session: Session,
    applicant: ApplicantSession | None,
    category: str,
    parsed: Parsed,
    *,
    application_id: UUID,
    settings: Settings,
) -> Application:
    """Open the draft, from the invitation when this browser has opened one."""
    invitation = find_invitation(session, applicant)
    if invitation is None:
        return actions.start(
            session, category=category, values=parsed.values, settings=settings, application_id=application_id
        )
    return invitations.use(
        session,
        invitation.id,
        category=category,
        values=parsed.values,
        settings=settings,
        application_id=application_id,
    )


def _come_back(
    request: Request, session: Session, applicant: ApplicantSession | None, started: Application, parsed: Parsed
) -> Response:
    """Answer a form that has opened its draft already: a second click, or the browser's back arrow."""
    settings: Settings = request.app.state.settings
    if applicant is not None and applicant.application_id == started.id:
        if would_drop(started, parsed):
            return redirect(request, f"{TASKS}/avvio", gettext(CHANGE_HERE), "info")
        browser = read_cookie(request, DRAFT)
        actions.save_section(session, started.id, "avvio", parsed, settings=settings, browser=browser)
        return redirect(request, TASKS)
    if utc_now() - started.created_at < DOUBLE_CLICK:
        return enter(request, session, RedirectResponse(TASKS, status_code=303), started)
    return redirect(request, "/riprendi", gettext(ALREADY_BEGUN), "info")


def _refusal(stamp: Stamp | None, posted: Posted, settings: Settings) -> str:
    """Say why a good form is not taken at once; only machines meet it twice (security.md T01)."""
    if stamp is None:
        return TOO_OLD
    return TOO_FAST if posted.one(TRAP) or stamp.age < settings.form_seconds else ""


def again(
    request: Request,
    session: Session,
    category: str,
    posted: Posted,
    parsed: Parsed,
    *,
    refusal: str = "",
    stamp: Stamp | None,
    until: datetime | None = None,
) -> Response:
    """Show the form as typed, with what is wrong; the stamp stays, so the next try is old enough.

    With `until` nothing is wrong, but there is no room before that instant.
    """
    values = questionnaire.typed_values("avvio", posted, category=category)
    kept = posted.one(STAMP) if stamp else ""
    said = f"{gettext(TOO_MANY)} {come_back(until)}" if until else gettext(refusal) if refusal else ""
    status = 429 if until else 422
    page = start_page(request, session, category, values, parsed, refusal=said, stamp=kept, status=status)
    return retry_later(page, until) if until else page


def start_page(
    request: Request,
    session: Session,
    category: str,
    values: dict[str, object],
    parsed: Parsed | None = None,
    *,
    refusal: str = "",
    stamp: str = "",
    status: int = 200,
) -> Response:
    """Show the section that opens the draft."""
    settings: Settings = request.app.state.settings
    section = next(one for one in questionnaire.SECTIONS if one.slug == "avvio")
    form = build_form(section, category, {}, values, parsed.errors if parsed else None)
    return render(
        request,
        "public/registration/start.html",
        status=status,
        form=form,
        problems=[*([Problem("", refusal)] if refusal else []), *form.problems],
        stamp=stamp or make_stamp(settings, START),
        challenge=proof.make_challenge(settings) if proof.is_asked(session, settings) else "",
        has_errors=bool(parsed),
        leaf_groups=questionnaire.LEAF_GROUPS,
    )


def find_invitation(session: Session, applicant: ApplicantSession | None) -> Invitation | None:
    """Give the invitation this browser has opened and not yet used."""
    found = applicant.data.get("invitation") if applicant and applicant.application_id is None else None
    return session.get(Invitation, UUID(found)) if found else None
