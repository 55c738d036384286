"""A round of corrections: staff ask, the applicant corrects on a copy and sends it back, or the time runs out.

Every verb locks the application before its round, so that asking, withdrawing and sending back come one after another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from service import questionnaire
from service.access.links import Link, LinkPurpose, make_link
from service.access.permissions import require
from service.access.principal import Principal
from service.applications.actions.terms import OTHER_REASON_MIN
from service.applications.correction_work import Work, working_answers
from service.applications.corrections import askable_fields, find_open_request, working_version
from service.applications.documents import list_asked
from service.applications.models import Application, InformationItem, InformationRequest
from service.applications.repository import get_application
from service.applications.states import ItemKind, next_state
from service.applications.steps import load_seen, move, who_was_faster
from service.clock import ROME, local_date, utc_now
from service.config import Settings
from service.errors import ConflictError, InvalidError, NotFoundError
from service.jobs.outbox import post
from service.locales import N_

SHORTEST_NOTE = 3
LONGEST_NOTE = 1000
LONGEST_REPLY = 1000
CLOSED = N_("Le integrazioni non sono più aperte: i dati non si possono più cambiare.")
NOT_OPEN = N_("Questo dato non è fra quelli da correggere.")


class WantedError(InvalidError):
    """What staff ask for cannot be asked like that."""

    code = "wanted"
    title = N_("Indica che cosa va corretto")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing to be asked: a field, a section or a document, with a code D… and a sentence."""

    kind: ItemKind
    code: str
    note: str = ""
    section: str = ""
    field: str = ""
    document_type: str = ""
    slot: str = ""

    @property
    def place(self) -> tuple[str, ...]:
        """What it is about: nothing is asked twice."""
        return self.kind, self.section, self.field, self.document_type, self.slot


def request_information(
    session: Session, application_id: UUID, *, version: int, by: Principal, settings: Settings, wanted: Sequence[Wanted]
) -> InformationRequest:
    """Ask for corrections, from `under_review`: only what is named opens, all else stays frozen.

    The deadline is a working day, the next one if need be. Leaves the round with its working copy,
    `application.information_requested`, mail `information_request` with a link
    that lives until the end of the deadline. Raises: WantedError, InvalidTransitionError, ForbiddenError.
    """
    require(by, "application:review")
    application = load_seen(session, application_id, version=version)
    # nothing is touched before all is checked: a page that shows the refusal may commit
    next_state("request_information", application.state, detail=who_was_faster(application))
    _check_wanted(session, application, wanted, settings=settings)
    deadline = questionnaire.answer_day(local_date(), settings.information_days)
    codes = [one.code for one in wanted]
    move(
        session,
        application,
        "request_information",
        "application.information_requested",
        by=by,
        deadline=deadline.isoformat(),
        codes=codes,
    )
    application.review_expires_at = None  # the time of whoever examines it stands still
    request = InformationRequest(
        application_id=application.id,
        asked_at=utc_now(),
        asked_by_subject=by.subject,
        asked_by_name=by.name,
        deadline=deadline,
        answers=questionnaire.upgrade(application.content.answers),
        changed={},
        differences={},
        items=[_item(one) for one in wanted],
    )
    session.add(request)
    session.flush()
    post_about_round(session, "information_request", application, request, settings=settings)
    return request


def extend_deadline(
    session: Session, application_id: UUID, *, version: int, by: Principal, settings: Settings
) -> InformationRequest:
    """Give more time, once, from `information_requested`. Leaves `application.deadline_extended` and a mail."""
    require(by, "application:review")
    application = load_seen(session, application_id, version=version)
    next_state("extend_deadline", application.state, detail=who_was_faster(application))
    request = _open_request(session, application)
    if request.extended_from is not None:
        raise ConflictError("Il termine è già stato prorogato: la proroga è una sola.")
    later = questionnaire.answer_day(request.deadline, settings.information_days)
    request.extended_from, request.deadline = request.deadline, later
    move(session, application, "extend_deadline", "application.deadline_extended", by=by,
         deadline=request.deadline.isoformat())  # fmt: skip
    session.flush()
    post_about_round(session, "information_extended", application, request, settings=settings)
    return request


def save_correction(
    session: Session,
    application_id: UUID,
    section: str,
    parsed: questionnaire.Parsed,
    *,
    settings: Settings,
    replies: Mapping[int, str] = {},
) -> InformationRequest:
    """Keep what the applicant has corrected in a section, in the working copy; `replies` by the id of an item.

    Good values, and as typed the rest. A field that is not open is refused unless it is as it was. What is asked counts
    as answered once it differs from what was sent, or a reply says why not.
    Raises: InvalidError, InvalidTransitionError.
    """
    application, request = _load_open(session, application_id)
    work = Work(session, application, request, settings)
    opened = work.open_parts.fields.get(section, frozenset())
    answers = working_answers(application, request)
    before = answers.get(section, {})
    own = questionnaire.corrected_section(section, parsed.values, opened, answers=answers)
    foreign = {name for name, value in parsed.values.items() if name not in opened and own.get(name) != value}
    if not opened or foreign or parsed.raw.keys() - opened:
        raise InvalidError(NOT_OPEN)
    said = {number: _reply(text) for number, text in replies.items()}
    answers[section] = own
    raw = {section: dict(parsed.raw)} if parsed.raw else {}
    answers["_raw"] = {name: typed for name, typed in answers.get("_raw", {}).items() if name != section} | raw
    request.answers = answers
    changed = {name for name in own.keys() | before.keys() if own.get(name) != before.get(name)} | parsed.raw.keys()
    mark, now = working_version(request) + 1, utc_now()
    if changed:
        marks = request.changed.get(section, {}) | {name: [mark, now.isoformat()] for name in changed}
        request.changed = {**request.changed, section: marks}
    after = Work(session, application, request, settings)
    is_good = not any(one.section == section for one in after.gaps)
    for item in request.items:
        if item.kind != ItemKind.DOCUMENT and item.section == section:
            item.reply = said.get(item.id, item.reply)
            item.answered_at = now if is_good and (item.reply or not after.is_as_sent(item)) else None
    application.touched_at = now
    session.flush()
    return request


def reply_to(session: Session, application_id: UUID, item_id: int, reply: str) -> InformationItem:
    """Keep what the applicant says of an item in its own words; empty takes it back. Raises: NotFoundError."""
    application, request = _load_open(session, application_id)
    item = next((one for one in request.items if one.id == item_id), None)
    if item is None:
        raise NotFoundError
    item.reply, now = _reply(reply), utc_now()
    if item.kind != ItemKind.DOCUMENT:
        item.answered_at = now if item.reply else None
    application.touched_at = now
    session.flush()
    return item


def _load_open(session: Session, application_id: UUID) -> tuple[Application, InformationRequest]:
    application = get_application(session, application_id, lock=True)
    next_state("save_correction", application.state, detail=CLOSED)
    request = _open_request(session, application)
    if request.deadline < local_date():  # the job that ends it has not come yet
        raise ConflictError(CLOSED)
    return application, request


def _open_request(session: Session, application: Application) -> InformationRequest:
    request = find_open_request(session, application.id, lock=True)
    if request is None:  # its state says there is one
        raise ConflictError(CLOSED)
    return request


def _reply(text: str) -> str:
    said = text.strip()
    if len(said) > LONGEST_REPLY:
        raise InvalidError(f"La risposta ha al massimo {LONGEST_REPLY} caratteri.")
    return said


def _item(one: Wanted) -> InformationItem:
    return InformationItem(
        kind=one.kind, section=one.section, field=one.field, document_type=one.document_type, slot=one.slot,
        code=one.code, note=one.note.strip(), reply="",
    )  # fmt: skip


def _check_wanted(session: Session, application: Application, wanted: Sequence[Wanted], *, settings: Settings) -> None:
    if not wanted:
        raise WantedError("Scegli almeno un dato, una sezione o un documento.")
    if len({one.place for one in wanted}) != len(wanted):
        raise WantedError("La stessa cosa è chiesta due volte.")
    fields = askable_fields(application)
    names = {slug: {one.name for one in found} for slug, found in fields.items()}
    documents = {one.key for one in list_asked(session, application, settings=settings).required}
    for one in wanted:
        is_known = {
            ItemKind.DOCUMENT: (one.document_type, one.slot) in documents,
            ItemKind.SECTION: bool(names.get(one.section)),
            ItemKind.FIELD: one.field in names.get(one.section, ()),
        }[one.kind]
        if not is_known:
            raise WantedError("Una delle voci non si può chiedere per questa domanda.")
        _check_reason(one)


def _check_reason(one: Wanted) -> None:
    reason = questionnaire.choosable("document").get(one.code)
    if reason is None:
        raise WantedError("Scegli un motivo dall'elenco per ogni voce.")
    if reason.needs_note and len(one.note.strip()) < OTHER_REASON_MIN:
        raise WantedError(f"Con il motivo «Altro» la nota è obbligatoria, almeno {OTHER_REASON_MIN} caratteri.")
    if len(one.note.strip()) < SHORTEST_NOTE:
        raise WantedError("Scrivi una frase per l'impresa per ogni voce.")
    if len(one.note.strip()) > LONGEST_NOTE:
        raise WantedError(f"La nota ha al massimo {LONGEST_NOTE} caratteri.")


def post_about_round(
    session: Session, message: str, application: Application, request: InformationRequest, *, settings: Settings
) -> None:
    """Mail the applicant about an open round, with a link that lives until its last day is over."""
    link = link_until(session, application, request.deadline, settings=settings)
    post(session, message, application.id, suffix=str(request.id), link=str(link.id), request=str(request.id))


def link_until(session: Session, application: Application, last_day: date, *, settings: Settings) -> Link:
    """Make a link to the status page that lives until the end of a day in Rome."""
    end = datetime.combine(last_day + timedelta(days=1), time(), tzinfo=ROME)
    return make_link(
        session,
        LinkPurpose.STATUS,
        application.id,
        secret=settings.secret_key.get_secret_value(),
        lifetime=end - utc_now(),
    )
