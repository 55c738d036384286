"""One section of the draft: its form, its Salva, and what becomes of a Salva after the session has ended."""

from collections.abc import Sequence
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from service import questionnaire
from service.applications import actions
from service.applications.models import Application
from service.clock import utc_now
from service.config import Settings
from service.errors import InvalidError, NotFoundError
from service.locales import gettext, ngettext
from service.questionnaire import Dropped, Field, Message, Section, section_state
from service.web.dates import clock_time
from service.web.flash import redirect
from service.web.forms import Posted, PostedForm
from service.web.public.draft import open_pages
from service.web.public.draft_changes import dropped_by_supply, fingerprint, rows_of, unasked_by_supply
from service.web.public.draft_doors import TASKS, CurrentDraft, DraftRoute, NoDraftError, find_draft
from service.web.public.draft_stamps import STAMP, Stamp, make_stamp, read_stamp
from service.web.public.registration import NOT_ASKED
from service.web.section_controls import supply_labels
from service.web.section_form import build_form
from service.web.section_parts import blank_row, place_of_new_row
from service.web.session import CurrentApplicant
from service.web.templating import render
from service.web.transaction import Transaction

router = APIRouter(prefix=TASKS, include_in_schema=False, route_class=DraftRoute)
SUMMARY = "riepilogo"
MORE, CONFIRMED = "_aggiungi", "_conferma"


def section_of(draft: Application, slug: str) -> Section:
    """Give a section the draft is asked. Raises: NotFoundError."""
    for section in questionnaire.sections_for(draft.legal_category, draft.content.answers):
        if section.slug == slug:
            return section
    raise NotFoundError


@router.get("/{section}", name="public:draft.section")
def show(request: Request, draft: CurrentDraft, section: str, da: str = "", aggiungi: str = "") -> Response:
    """Show the form of a section with what was saved, and with one more blank row where asked."""
    page = section_of(draft, section)
    values = questionnaire.form_values(section, category=draft.legal_category, answers=draft.content.answers)
    return section_page(request, draft, page, values, back=da, one_more=aggiungi)


@router.post("/{section}", name="public:draft.section.save")
def save(
    request: Request,
    session: Transaction,
    applicant: CurrentApplicant,
    posted: PostedForm,
    *,
    section: str,
    da: str = "",
) -> Response:
    """Keep what is good and what is not yet, and show what is wrong, or one more row."""
    settings = request.app.state.settings
    draft = find_draft(session, applicant)
    stamp = read_stamp(settings, posted.one(STAMP), section)
    if draft is None or (stamp is not None and stamp.application_id != draft.id):
        has_application = applicant is not None and applicant.application_id is not None
        return keep_for_later(request, session, section, posted, stamp, was_sent=has_application)
    page = section_of(draft, section)
    category, answers = draft.legal_category, draft.content.answers
    parsed = questionnaire.parse(section, posted, category=category, answers=answers)
    if parsed.unknown or parsed.values.get("legal_category") not in (None, category):
        raise InvalidError(gettext(NOT_ASKED))
    dropped = dropped_by_supply(draft, parsed)
    unasked = unasked_by_supply(session, draft, parsed, settings=settings) if section == "avvio" else []
    if (dropped or unasked) and posted.one(CONFIRMED) != fingerprint(dropped, unasked):
        return confirm_page(request, posted, dropped, unasked)
    draft = actions.save_section(session, draft.id, section, parsed, settings=settings)
    if more := _rows_field(draft, section, posted.one(MORE)):
        return _one_more(request, session, draft, more, posted, back=da)
    if parsed.errors:
        values = questionnaire.typed_values(section, posted, category=category, answers=answers)
        return section_page(request, draft, page, values, parsed.errors, back=da)
    return redirect(request, f"{TASKS}/{SUMMARY}" if da == SUMMARY else TASKS, saved_text(session, draft, settings))


def confirm_page(request: Request, posted: Posted, dropped: Sequence[Dropped], unasked: Sequence[str]) -> Response:
    """Say what other types of supply drop; the form goes on in it, nothing is saved."""
    return render(
        request,
        "public/registration/change_supply.html",
        dropped=rows_of(dropped),
        unasked=unasked,
        posted={name: values for name, values in posted.items() if name != CONFIRMED},
        confirmed=fingerprint(dropped, unasked),
    )


def _rows_field(draft: Application, section: str, name: str) -> Field | None:
    """Find the field whose button for one more row was pressed."""
    fields = questionnaire.possible_fields(section, category=draft.legal_category, answers=draft.content.answers)
    return next((one.field for one in fields if one.name == name and one.field.kind == "rows"), None)


def _one_more(
    request: Request, session: Session, draft: Application, field: Field, posted: Posted, *, back: str
) -> Response:
    """Come back to the section, at a blank row after those that are saved or kept as typed."""
    section = request.path_params["section"]
    values = questionnaire.form_values(section, category=draft.legal_category, answers=draft.content.answers)
    query = {"aggiungi": field.name} | ({"da": SUMMARY} if back == SUMMARY else {})
    place, said = place_of_new_row(field, values[field.name]), saved_text(session, draft, request.app.state.settings)
    if blank := blank_row(field, posted):
        said = f"{said} {gettext('Compila prima «%(row)s».', row=blank)}"
        place = ""  # what is said stands on top of the page
    return redirect(request, f"{TASKS}/{section}?{urlencode(query)}{place and f'#{place}'}", said)


def keep_for_later(
    request: Request, session: Session, section: str, posted: Posted, stamp: Stamp | None, *, was_sent: bool
) -> Response:
    """Keep the typing of a form whose session has ended; the stamp proves the form ours and shows nothing."""
    known = session.get(Application, stamp.application_id) if stamp else None
    if stamp is None or known is None:
        raise NoDraftError(was_sent=was_sent)
    section_of(known, section)
    typed = questionnaire.typed_values(section, posted, category=known.legal_category, answers=known.content.answers)
    is_kept = actions.keep_typed(session, known.id, section, typed)
    return render(request, "public/registration/kept.html", is_kept=is_kept)


def section_page(
    request: Request,
    draft: Application,
    section: Section,
    values: dict[str, object],
    errors: dict[str, tuple[Message, ...]] | None = None,
    *,
    back: str = "",
    one_more: str = "",
) -> Response:
    """Show a section; with errors as 422, everything typed still there."""
    form = build_form(section, draft.legal_category, draft.content.answers, values, errors, one_more=one_more)
    return render(
        request,
        "public/registration/section.html",
        status=422 if errors else 200,
        form=form,
        problems=form.problems,
        leaf_groups=questionnaire.LEAF_GROUPS,
        supply_labels=supply_labels(draft.content.answers),
        back=SUMMARY if back == SUMMARY else "",
        stamp=make_stamp(request.app.state.settings, section.slug, draft.id),
        is_complete=section_state(section.slug, category=draft.legal_category, answers=draft.content.answers)
        == "complete",
    )


def saved_text(session: Session, draft: Application, settings: Settings) -> str:
    """Say when it was saved and how many sections are still to do, the documents among them."""
    time, left = clock_time(utc_now()), len(open_pages(session, draft, settings))
    if not left:
        return gettext("Dati salvati alle %(time)s. Tutte le sezioni sono complete: controlla e invia.", time=time)
    return ngettext(
        "Dati salvati alle %(time)s. Resta da completare una sezione.",
        "Dati salvati alle %(time)s. Restano da completare %(num)s sezioni.",
        left,
        time=time,
    )
