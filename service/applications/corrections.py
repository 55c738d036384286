"""Reading a round of corrections: what is asked, what is open to the applicant, what is answered. Nothing is written.

The applicant works on a copy (`InformationRequest.answers`); the application's own answers stay as sent.
"""

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import questionnaire
from service.applications.correction_work import NEVER_OPEN, ItemView, Work
from service.applications.models import Application, InformationItem, InformationRequest
from service.applications.states import ItemKind, State
from service.config import Settings
from service.locales import N_
from service.questionnaire import DOCUMENT_REASONS, SECTIONS, choosable

# the codes speak of documents; of an answer these do, in words of their own
ANSWER_REASONS: Mapping[str, str] = {
    "D01": N_("Il dato manca"),
    "D02": N_("Il dato non è più attuale"),
    "D04": N_("Il dato è di un altro soggetto"),
    "D06": N_("Il dato è diverso da quello che risulta dai documenti"),
    "D99": N_("Altro"),
}


def list_requests(session: Session, application_id: UUID) -> list[InformationRequest]:
    """Give all rounds of an application, oldest first."""
    query = select(InformationRequest).where(InformationRequest.application_id == application_id)
    return list(session.scalars(query.order_by(InformationRequest.asked_at)))


def find_open_request(session: Session, application_id: UUID, *, lock: bool = False) -> InformationRequest | None:
    """Find the round that waits for the applicant. With `lock`, lock the application before: all actions do."""
    query = select(InformationRequest).where(
        InformationRequest.application_id == application_id,
        InformationRequest.answered_at.is_(None),
        InformationRequest.ended_at.is_(None),
    )
    query = query.execution_options(populate_existing=lock)
    return session.scalar(query.with_for_update() if lock else query)


def working_version(request: InformationRequest) -> int:
    """Give the number of the last save that changed something: what `changed` counts by; 0 before the first."""
    return max((made[0] for fields in request.changed.values() for made in fields.values()), default=0)


def askable_fields(application: Application) -> dict[str, tuple[questionnaire.PossibleField, ...]]:
    """Give, by section, the fields that staff may ask to be corrected, in the order of the pages.

    A field that another answer hides is among them when that answer can be opened with it.
    """
    answers, category = questionnaire.upgrade(application.content.answers), application.legal_category
    found = {}
    for section in questionnaire.sections_for(category, answers):
        fields = questionnaire.possible_fields(section.slug, category=category, answers=answers)
        found[section.slug] = tuple(
            one
            for one in fields
            if (section.slug, one.name) not in NEVER_OPEN
            and questionnaire.deciding_fields(section.slug, one.name, category=category, answers=answers) is not None
        )
    return found


def item_views(
    session: Session, application: Application, request: InformationRequest, *, settings: Settings
) -> list[ItemView]:
    """Give the items in the order asked, each with whether it is answered."""
    return Work(session, application, request, settings).views


def item_words(item: InformationItem, application: Application, *, translate: Callable[[str], str], locale: str) -> str:
    """Name what is asked: "Dati identificativi: Partita IVA", "DURC"."""
    if item.kind == ItemKind.DOCUMENT:
        return questionnaire.document_title(item.document_type, item.slot).render(translate, locale)
    title = next((translate(one.title) for one in SECTIONS if one.slug == item.section), item.section)
    if item.kind == ItemKind.SECTION:
        return title
    fields = questionnaire.possible_fields(item.section, category=application.legal_category)
    labels = {one.name: one.field.seen_as or one.label for one in fields}
    words = translate(labels.get(item.field, item.field))
    group = next((one.field.group for one in fields if one.name == item.field), "")
    # several people have an e-mail each
    is_common = group and list(labels.values()).count(labels[item.field]) > 1
    return f"{title}: {translate(group)}, {words}" if is_common else f"{title}: {words}"


def reason_words(item: InformationItem, translate: Callable[[str], str]) -> str:
    """Say why it is asked; empty for D99, whose note says it."""
    own = ANSWER_REASONS.get(item.code) if item.kind != ItemKind.DOCUMENT else None
    return translate(own or _text_of(item.code)) if item.code != "D99" else ""


def reasons_for(kind: ItemKind) -> Mapping[str, str]:
    """Give the codes that fit a kind of item, with their Italian words: for the staff's choice."""
    known = choosable("document")
    if kind != ItemKind.DOCUMENT:
        return {code: text for code, text in ANSWER_REASONS.items() if code in known}
    return {code: reason.text for code, reason in known.items()}


def shown_state(application: Application, rounds: Sequence[InformationRequest]) -> State:
    """Give the state the applicant reads.

    Corrections that made it a possible duplicate park it, which nobody outside may tell from the ordinary way on.
    """
    was_answered = any(one.answered_at is not None for one in rounds)
    return State.UNDER_REVIEW if application.state == State.SUBMITTED and was_answered else application.state


def _text_of(code: str) -> str:
    reason = DOCUMENT_REASONS.get(code)
    return reason.text if reason else code
