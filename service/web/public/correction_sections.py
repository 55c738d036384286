"""One section in a round of corrections: the form of its open fields, beside what stays as sent, and its Salva."""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from service import questionnaire
from service.applications import actions
from service.applications.corrections import working_version
from service.applications.models import Application
from service.clock import utc_now
from service.errors import InvalidError, NotFoundError
from service.locales import N_, gettext, ngettext
from service.questionnaire import Field, Message, Section
from service.web.answer_views import AnswerSection, Editing, answer_sections
from service.web.dates import clock_time
from service.web.flash import redirect
from service.web.forms import Posted, PostedForm, Problem
from service.web.public.clash_pages import Fresh, clash_page, not_asked_page, typed_rows
from service.web.public.correction_doors import (
    HERE,
    CorrectionRoute,
    CurrentRound,
    NoRoundError,
    Round,
    find_round,
    round_of,
)
from service.web.public.correction_forms import held, read, replies, rows_field, typed, unanswered, values, wishes_in
from service.web.public.correction_views import count_left, is_asked_by_name
from service.web.public.draft_stamps import STAMP, Stamp, make_stamp, read_stamp
from service.web.public.two_devices import Met, meet, seen_text, typed_to_keep
from service.web.section_form import build_form, only
from service.web.section_parts import blank_row, place_of_new_row
from service.web.session import CurrentApplicant
from service.web.templating import render, text_of
from service.web.transaction import Transaction

router = APIRouter(prefix=HERE, include_in_schema=False, route_class=CorrectionRoute)
MORE = "_aggiungi"
FROZEN = N_("Il modulo contiene dati che ICRI non ha chiesto di correggere. Torna alle integrazioni e riprova.")
Errors = Mapping[str, tuple[Message, ...]]


def purpose_of(section: str) -> str:
    """Name what a form of corrections is stamped for."""
    return f"integrazioni-{section}"


def open_section(round_: Round, slug: str) -> Section:
    """Give a section in which something is open. Raises: NotFoundError."""
    if slug not in round_.parts.fields:
        raise NotFoundError
    return next(one for one in questionnaire.SECTIONS if one.slug == slug)


@router.get("/{section}", name="public:corrections.section")
def show(request: Request, round_: CurrentRound, section: str, aggiungi: str = "") -> Response:
    """Show the form of what is open in a section, with one more blank row where asked."""
    page = open_section(round_, section)
    return section_page(request, round_, page, values(round_, section), one_more=aggiungi)


@router.post("/{section}", name="public:corrections.section.save")
def save(
    request: Request, session: Transaction, applicant: CurrentApplicant, posted: PostedForm, *, section: str
) -> Response:
    """Keep what is corrected in the working copy, and show what is wrong, or one more row."""
    settings = request.app.state.settings
    stamp = read_stamp(settings, posted.one(STAMP), purpose_of(section), however_old=True)
    try:
        round_ = find_round(session, applicant, settings, lock=True)
    except NoRoundError as error:
        return keep_for_later(request, session, section, posted, stamp=stamp, error=error)
    if shut := _shut(request, round_, section, posted, stamp):
        return shut
    page = open_section(round_, section)
    names = held(round_, section, posted)
    met = meet(
        section,
        posted,
        category=round_.category,
        answers=round_.answers,
        changed=round_.request.changed.get(section, {}),
        version=stamp.version if stamp else 0,
        read=partial(questionnaire.parse_only, names=names),
        names=names,
    )
    if met.clashes:
        fresh, title = _fresh(request, round_, section, names), _title(page)
        return clash_page(request, met, fresh, title=title, saved_at=round_.application.touched_at)
    return _store(request, session, round_, page, met)


def _store(request: Request, session: Session, round_: Round, page: Section, met: Met) -> Response:
    """Save a form that no other window contradicts; come back where something is wrong, or due by an answer of it."""
    settings, section, posted = request.app.state.settings, page.slug, met.form
    parsed = read(round_, section, posted)
    good, wrong = replies(posted, wishes_in(round_, section))
    actions.save_correction(session, round_.application.id, section, parsed, settings=settings, replies=good)
    after = round_.again(session, settings)
    if more := rows_field(round_, section, posted.one(MORE)):
        return _one_more(request, after, more, section=section, posted=posted)
    wrong = unanswered(after, section) | wrong
    if parsed.errors or wrong:
        shown = values(after, section) | typed(round_, section, posted)
        return section_page(request, after, page, shown, errors=parsed.errors, posted=posted, wrong=wrong)
    if any(gap.section == section for gap in after.work.missing.gaps):
        text = gettext("Dati salvati. Con le tue risposte serve altro in questa sezione: completala qui sotto.")
        return redirect(request, f"{HERE}/{section}", text, "info")
    return redirect(request, HERE, saved_text(after))


def _shut(request: Request, round_: Round, section: str, posted: Posted, stamp: Stamp | None) -> Response | None:
    """Give the page for a form with fields that are open no more since another window saved.

    Raises: InvalidError, NotFoundError.
    """
    is_ours = stamp is not None and stamp.application_id == round_.application.id
    is_older = stamp is not None and is_ours and stamp.version < working_version(round_.request)
    if is_older and section not in round_.parts.fields:
        title = next((_title(one) for one in questionnaire.SECTIONS if one.slug == section), "")
        return not_asked_page(request, typed_rows(section, posted), title=title, back=HERE)
    page = open_section(round_, section)
    roots = {name: name.partition(".")[0] for name in posted if not name.startswith("_")}
    shut = {name for name, root in roots.items() if root not in round_.parts.fields[page.slug]}
    if not shut:
        return None
    if not is_older:
        raise InvalidError(gettext(FROZEN))
    rest = Posted({name: texts for name, texts in posted.items() if name not in shut})
    rows = typed_rows(page.slug, posted, {roots[name] for name in shut})
    return not_asked_page(request, rows, title=_title(page), rest=rest, back=f"{HERE}/{page.slug}")


def keep_for_later(
    request: Request, session: Session, section: str, posted: Posted, *, stamp: Stamp | None, error: NoRoundError
) -> Response:
    """Keep the typing of a form whose session has ended; the stamp proves the form ours and shows nothing."""
    if error.is_known or stamp is None or not stamp.is_of_today:
        raise error
    application = session.get(Application, stamp.application_id)
    if application is None or actions.is_since_replaced(session, application.id, stamp.made_at):
        raise error
    round_ = round_of(session, application, request.app.state.settings, lock=True)
    if stamp.made_at < round_.request.asked_at:  # of an earlier round
        raise error
    names = held(round_, open_section(round_, section).slug, posted)
    written, unsettled = typed_to_keep(
        section,
        posted,
        category=round_.category,
        answers=round_.answers,
        changed=round_.request.changed.get(section, {}),
        version=stamp.version,
    )
    kept = {name: text for name, text in written.items() if name in names}
    good, _wrong = replies(posted, wishes_in(round_, section))
    both = names.intersection(unsettled)
    actions.keep_typed_correction(session, application.id, section, kept, unsettled=both, replies=good)
    return render(request, "public/corrections/kept.html", is_unsettled=bool(both))


def section_page(
    request: Request,
    round_: Round,
    section: Section,
    shown: Mapping[str, object],
    *,
    errors: Errors | None = None,
    one_more: str = "",
    posted: Posted | None = None,
    wrong: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    """Show what is open in a section and, read only, the rest; with errors as 422, everything typed still there."""
    form = build_form(section, round_.category, round_.answers, shown, errors, one_more=one_more)
    wishes, opened = wishes_in(round_, section.slug), round_.parts.fields[section.slug]
    on_page = {one.name for group in only(form, opened).groups for one in group.items}
    return render(
        request,
        "public/corrections/section.html",
        status=422 if errors or wrong else 200,
        form=only(form, opened),
        problems=[*form.problems, *(Problem(name, text) for name, text in wrong.items())],
        wishes={one.item.field: one for one in wishes if one.item.field in on_page},
        on_top=[one for one in wishes if one.is_due and one.item.field not in on_page],
        due={name for name in on_page if not is_asked_by_name(round_, section.slug, name)},
        typed={one.name: one.item.reply if posted is None else posted.one(one.name) for one in wishes},
        wrong=wrong,
        frozen=_frozen(round_, section.slug),
        leaf_groups=questionnaire.LEAF_GROUPS,
        supply_labels=[],
        fresh=_fresh(request, round_, section.slug, opened),
        deadline=round_.request.deadline,
        number=round_.application.number,
    )


def _frozen(round_: Round, section: str) -> AnswerSection | None:
    """Give what of the section stays as it was sent."""
    editing = Editing(lambda _section, _name: "", hidden=round_.parts.fields[section])
    sections = answer_sections(round_.category, round_.answers, editing=editing)
    return next((one for one in sections if one.slug == section and one.groups), None)


def _one_more(request: Request, round_: Round, field: Field, *, section: str, posted: Posted) -> Response:
    """Come back to the section, at a blank row after those that are saved or kept as typed."""
    place, told = place_of_new_row(field, values(round_, section)[field.name]), saved_text(round_)
    if blank := blank_row(field, posted):
        told = f"{told} {gettext('Compila prima «%(row)s».', row=blank)}"
        place = ""  # what is said stands on top of the page
    query = urlencode({"aggiungi": field.name})
    return redirect(request, f"{HERE}/{section}?{query}{place and f'#{place}'}", told)


def _fresh(request: Request, round_: Round, section: str, names: frozenset[str]) -> Fresh:
    """Give what a form of these fields carries along."""
    shown = {name: value for name, value in values(round_, section).items() if name in names}
    version = working_version(round_.request)
    stamp = make_stamp(request.app.state.settings, purpose_of(section), round_.application.id, version)
    return Fresh(stamp, seen_text(shown), f"{HERE}/{section}", f"{HERE}/{section}")


def _title(page: Section) -> str:
    return f"{gettext('Integrazioni')} · {text_of(page.title)}"


def saved_text(round_: Round) -> str:
    """Say when it was saved and how much is still to do."""
    left, time = count_left(round_), clock_time(utc_now())
    if not left:
        return gettext("Dati salvati alle %(time)s. Hai risposto a tutto: controlla e invia.", time=time)
    return ngettext(
        "Dati salvati alle %(time)s. Resta una cosa da fare.",
        "Dati salvati alle %(time)s. Restano %(num)s cose da fare.",
        left,
        time=time,
    )
