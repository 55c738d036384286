"""One section of the draft: its form, its Salva, and what becomes of a Salva after the session has ended."""

from collections.abc import Sequence
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from service import questionnaire
from service.applications import actions
from service.applications.models import Application
from service.applications.states import State
from service.clock import utc_now
from service.config import Settings
from service.errors import InvalidError, NotFoundError
from service.locales import gettext, ngettext
from service.questionnaire import Dropped, Field, Message, Section, section_state
from service.web.dates import clock_time
from service.web.flash import redirect
from service.web.forms import Posted, PostedForm
from service.web.public.clash_pages import (
    Fresh,
    Row,
    clash_page,
    known_anywhere,
    label_of,
    not_asked_page,
    typed_rows,
)
from service.web.public.draft import open_pages
from service.web.public.draft_changes import dropped_by_supply, fingerprint, rows_of, unasked_by_supply
from service.web.public.draft_doors import TASKS, CurrentDraft, DraftRoute, NoDraftError, find_draft
from service.web.public.draft_stamps import STAMP, Stamp, make_stamp, read_stamp
from service.web.public.registration import NOT_ASKED
from service.web.public.two_devices import Met, meet, seen_text, typed_to_keep
from service.web.section_controls import supply_labels
from service.web.section_form import build_form
from service.web.section_parts import blank_row, place_of_new_row
from service.web.session import DRAFT, CurrentApplicant, read_cookie
from service.web.templating import render, text_of
from service.web.transaction import Transaction

router = APIRouter(prefix=TASKS, include_in_schema=False, route_class=DraftRoute)
SUMMARY = "riepilogo"
MORE, CONFIRMED = "_aggiungi", "_conferma"
MOST_NAMED = 6


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
    draft = find_draft(session, applicant, lock=True)
    stamp = read_stamp(request.app.state.settings, posted.one(STAMP), section, however_old=True)
    if draft is None or (stamp is not None and stamp.application_id != draft.id):
        has_application = applicant is not None and applicant.application_id is not None
        known = stamp if stamp is not None and stamp.is_of_today else None
        return keep_for_later(request, session, section, posted, known, was_sent=has_application)
    is_older = stamp is not None and stamp.version < draft.version
    if is_older and (changed := _not_asked(request, draft, section, posted)):
        return changed
    page = section_of(draft, section)
    met = meet(
        section,
        posted,
        category=draft.legal_category,
        answers=draft.content.answers,
        changed=draft.content.changed.get(section, {}),
        version=stamp.version if stamp else 0,
    )
    if met.clashes:
        title = f"{gettext('Registrazione')} · {text_of(page.title)}"
        fresh = _fresh(request, draft, section, back=da)
        return clash_page(request, met, fresh, title=title, saved_at=draft.touched_at)
    return _store(request, session, draft, met, back=da)


def _store(request: Request, session: Session, draft: Application, met: Met, *, back: str) -> Response:
    """Save a form that no other window contradicts; come back where something is wrong or one more row is asked."""
    settings, section, posted = request.app.state.settings, request.path_params["section"], met.form
    category, answers = draft.legal_category, draft.content.answers
    parsed = questionnaire.parse(section, posted, category=category, answers=answers)
    if parsed.unknown or parsed.values.get("legal_category") not in (None, category):
        raise InvalidError(gettext(NOT_ASKED))
    dropped = dropped_by_supply(draft, parsed)
    unasked = unasked_by_supply(session, draft, parsed, settings=settings) if section == "avvio" else []
    if (dropped or unasked) and posted.one(CONFIRMED) != fingerprint(dropped, unasked):
        return confirm_page(request, posted, dropped, unasked)
    browser = read_cookie(request, DRAFT)
    draft = actions.save_section(session, draft.id, section, parsed, settings=settings, browser=browser)
    told = _taken_text(met)
    if more := _rows_field(draft, section, posted.one(MORE)):
        return _one_more(request, session, draft, more, met, back=back)
    if parsed.errors:
        values = questionnaire.typed_values(section, posted, category=category, answers=answers)
        page = section_of(draft, section)
        return section_page(request, draft, page, values, parsed.errors, back=back, told=told)
    saved = f"{saved_text(session, draft, settings)} {told}".strip()
    return redirect(request, f"{TASKS}/{SUMMARY}" if back == SUMMARY else TASKS, saved)


def _taken_text(met: Met) -> str:
    """Say which fields hold what another window has saved meanwhile."""
    if not met.taken:
        return ""
    labels = [label_of(one) for one in met.taken[:MOST_NAMED]] + (["…"] if len(met.taken) > MOST_NAMED else [])
    return gettext(
        "Restano i dati salvati nel frattempo da un’altra finestra o da un altro dispositivo: %(fields)s.",
        fields=", ".join(labels),
    )


def _not_asked(request: Request, draft: Application, slug: str, posted: Posted) -> Response | None:
    """Give the page for a form with answers that are asked no more since another window changed the draft."""
    category, answers = draft.legal_category, draft.content.answers
    known = known_anywhere(slug)
    asked = {one.name for one in questionnaire.possible_fields(slug, category=category, answers=answers)}
    left = {name for name in posted if not name.startswith("_") and name.partition(".")[0] in known - asked}
    rows = typed_rows(slug, posted, known - asked)
    for name in left if asked and not rows else ():
        del posted[name]  # nobody wrote there: nothing to tell
    if asked and not rows:
        return None
    title = f"{gettext('Registrazione')} · {text_of(questionnaire.CATEGORIES[category].label)}"
    if not asked:
        return not_asked_page(request, typed_rows(slug, posted), title=title, back=TASKS)
    rest = Posted({name: texts for name, texts in posted.items() if name not in left})
    return not_asked_page(request, rows, title=title, rest=rest, back=f"{TASKS}/{slug}")


def _fresh(request: Request, draft: Application, section: str, *, back: str) -> Fresh:
    shown = questionnaire.form_values(section, category=draft.legal_category, answers=draft.content.answers)
    stamp = make_stamp(request.app.state.settings, section, draft.id, draft.version)
    query = f"?da={SUMMARY}" if back == SUMMARY else ""
    return Fresh(stamp, seen_text(shown), f"{TASKS}/{section}{query}", f"{TASKS}/{section}{query}")


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


def _one_more(request: Request, session: Session, draft: Application, field: Field, met: Met, *, back: str) -> Response:
    """Come back to the section, at a blank row after those that are saved or kept as typed."""
    section = request.path_params["section"]
    values = questionnaire.form_values(section, category=draft.legal_category, answers=draft.content.answers)
    query = {"aggiungi": field.name} | ({"da": SUMMARY} if back == SUMMARY else {})
    place, said = place_of_new_row(field, values[field.name]), saved_text(session, draft, request.app.state.settings)
    if blank := blank_row(field, met.form):
        said = f"{said} {gettext('Compila prima «%(row)s».', row=blank)}"
        place = ""  # what is said stands on top of the page
    path = f"{TASKS}/{section}?{urlencode(query)}{place and f'#{place}'}"
    return redirect(request, path, f"{said} {_taken_text(met)}".strip())


def keep_for_later(
    request: Request, session: Session, section: str, posted: Posted, stamp: Stamp | None, *, was_sent: bool
) -> Response:
    """Keep the typing of a form whose session has ended; the stamp proves the form ours and shows nothing."""
    if stamp is None:
        raise NoDraftError(was_sent=was_sent)
    known = session.get(Application, stamp.application_id, with_for_update=True)
    rows = typed_rows(section, posted)
    if known is None or known.state != State.DRAFT:
        return _not_kept(request, rows, is_gone=known is None)
    if actions.is_since_replaced(session, known.id, stamp.made_at):  # whose form it is, nobody knows any more
        return _not_kept(request, rows, is_shut=True)
    category, answers = known.legal_category, questionnaire.upgrade(known.content.answers)
    if not questionnaire.possible_fields(section, category=category, answers=answers):
        title = gettext("Registrazione")
        return not_asked_page(request, rows, title=title, back="/riprendi")
    changed = known.content.changed.get(section, {})
    typed, unsettled = typed_to_keep(
        section, posted, category=category, answers=answers, changed=changed, version=stamp.version
    )
    actions.keep_typed(session, known.id, section, typed, unsettled=unsettled)
    return render(request, "public/registration/kept.html", is_kept=True, is_unsettled=bool(unsettled))


def _not_kept(request: Request, rows: Sequence[Row], *, is_gone: bool = False, is_shut: bool = False) -> Response:
    """Show what was typed, to be copied: the draft is gone, shut to this form, or was sent."""
    return render(
        request, "public/registration/kept.html", status=409, is_kept=False, is_gone=is_gone, is_shut=is_shut, rows=rows
    )


def section_page(
    request: Request,
    draft: Application,
    section: Section,
    values: dict[str, object],
    errors: dict[str, tuple[Message, ...]] | None = None,
    *,
    back: str = "",
    one_more: str = "",
    told: str = "",
) -> Response:
    """Show a section; with errors as 422, everything typed still there; `told` is what another window has saved."""
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
        fresh=_fresh(request, draft, section.slug, back=back),
        told=told,
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
