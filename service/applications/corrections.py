"""Reading a round of corrections: what is asked, what is open to the applicant, what is answered. Nothing is written.

The applicant works on a copy (`InformationRequest.answers`); the application's own answers stay as sent.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import questionnaire
from service.applications.documents import list_asked
from service.applications.models import Application, InformationItem, InformationRequest
from service.applications.states import ItemKind, State
from service.clock import local_date
from service.config import Settings
from service.documents.asking import AskedDocuments
from service.documents.models import Document, DocumentVersion
from service.documents.presence import is_given
from service.documents.repository import Owner, latest, list_documents
from service.locales import N_
from service.questionnaire import DOCUMENT_REASONS, SECTIONS, DocumentGap, Gap, gaps_among

Key = tuple[str, str]
Answers = dict[str, Any]
# the category is another application, and the address is changed by an action of its own that proves the new one
NEVER_OPEN = frozenset({("avvio", "legal_category"), ("avvio", "contact_email")})
# the codes speak of documents; of an answer these do, in words of their own
ANSWER_REASONS: Mapping[str, str] = {
    "D01": N_("Il dato manca"),
    "D02": N_("Il dato non è più attuale"),
    "D04": N_("Il dato è di un altro soggetto"),
    "D06": N_("Il dato è diverso da quello che risulta dai documenti"),
    "D99": N_("Altro"),
}


@dataclass(frozen=True, slots=True)
class OpenParts:
    """What the applicant may change now: names of fields by section, and documents by type and slot."""

    fields: Mapping[str, frozenset[str]]
    documents: frozenset[Key]


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item, and whether the applicant has answered it."""

    item: InformationItem
    is_answered: bool


@dataclass(frozen=True, slots=True)
class Missing:
    """What stops the corrections from being sent."""

    items: tuple[InformationItem, ...]
    gaps: tuple[Gap, ...]
    documents: tuple[DocumentGap, ...]

    def __bool__(self) -> bool:
        return bool(self.items or self.gaps or self.documents)


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


def working_answers(application: Application, request: InformationRequest) -> Answers:
    """Give the answers as the applicant has them now; the address is the application's, changed meanwhile or not."""
    answers = questionnaire.upgrade(request.answers)
    answers["avvio"] = {**answers.get("avvio", {}), "contact_email": application.contact_email}
    return answers


def working_version(request: InformationRequest) -> int:
    """Give the number of the last save that changed something: what `changed` counts by; 0 before the first."""
    return max((made[0] for fields in request.changed.values() for made in fields.values()), default=0)


def askable_fields(application: Application) -> dict[str, tuple[questionnaire.PossibleField, ...]]:
    """Give, by section, the fields that staff may ask to be corrected, in the order of the pages."""
    answers, category = questionnaire.upgrade(application.content.answers), application.legal_category
    found = {}
    for section in questionnaire.sections_for(category, answers):
        fields = questionnaire.possible_fields(section.slug, category=category, answers=answers)
        found[section.slug] = tuple(one for one in fields if (section.slug, one.name) not in NEVER_OPEN)
    return found


def open_parts(
    session: Session, application: Application, request: InformationRequest, *, settings: Settings
) -> OpenParts:
    """Give what the applicant may change now: what is asked, and what became due by what was answered."""
    return Work(session, application, request, settings).open_parts


def item_views(session: Session, application: Application, request: InformationRequest) -> list[ItemView]:
    """Give the items in the order asked, each with whether it is answered."""
    versions = fresh_versions(list_documents(session, Owner(application_id=application.id)), request.asked_at)
    return [ItemView(item, _is_answered(item, versions)) for item in request.items]


def missing(session: Session, application: Application, request: InformationRequest, *, settings: Settings) -> Missing:
    """Give what stops the corrections from being sent."""
    return Work(session, application, request, settings).missing


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
    return translate(reasons_for(item.kind).get(item.code) or _text_of(item.code)) if item.code != "D99" else ""


def reasons_for(kind: ItemKind) -> Mapping[str, str]:
    """Give the codes that fit a kind of item, with their Italian words: for the staff's choice."""
    if kind != ItemKind.DOCUMENT:
        return ANSWER_REASONS
    return {code: reason.text for code, reason in DOCUMENT_REASONS.items()}


def shown_state(application: Application, rounds: Sequence[InformationRequest]) -> State:
    """Give the state the applicant reads.

    Corrections that made it a possible duplicate park it, which nobody outside may tell from the ordinary way on.
    """
    was_answered = any(one.answered_at is not None for one in rounds)
    return State.UNDER_REVIEW if application.state == State.SUBMITTED and was_answered else application.state


def key_of(item: InformationItem) -> Key:
    """Give type and slot of the document asked for."""
    return item.document_type, item.slot


def fresh_versions(documents: list[Document], since: datetime) -> dict[Key, DocumentVersion]:
    """Give, by type and slot, the last version when it was given since an instant and has something to look at."""
    found = {(one.type, one.slot): latest(one) for one in documents}
    return {key: one for key, one in found.items() if one is not None and one.created_at >= since and is_given(one)}


class Work:
    """One look at a round: the answers as sent and as they are now, the documents, what follows. Computed once."""

    def __init__(
        self, session: Session, application: Application, request: InformationRequest, settings: Settings
    ) -> None:
        self._session, self._application, self._request, self._settings = session, application, request, settings
        self.category = application.legal_category
        self.sent = questionnaire.upgrade(application.content.answers)
        self.working = working_answers(application, request)

    @cached_property
    def answers(self) -> Answers:
        """The answers as they would be sent: what another answer hides is out, and kept in the working copy."""
        return questionnaire.only_asked(self.category, self.working)

    @cached_property
    def asked(self) -> AskedDocuments:
        """The documents due with the answers of the working copy."""
        return list_asked(self._session, self._application, settings=self._settings, answers=self.answers)

    @cached_property
    def fresh(self) -> dict[Key, DocumentVersion]:
        """The documents given since they were asked for."""
        return fresh_versions(self.asked.documents, self._request.asked_at)

    @cached_property
    def open_parts(self) -> OpenParts:
        """See the function of this name."""
        sections = questionnaire.sections_for(self.category, self.answers)
        opened = {one.slug: names for one in sections if (names := self._open_names(one.slug))}
        return OpenParts(opened, frozenset(self._open_documents()))

    @cached_property
    def missing(self) -> Missing:
        """See the function of this name."""
        items = tuple(item for item in self._request.items if not _is_answered(item, self.fresh))
        return Missing(items, self.gaps, self._document_gaps)

    @cached_property
    def gaps(self) -> tuple[Gap, ...]:
        """What stops the sending in the answers; what lacked as sent, and is not asked, is not asked now."""
        before = {(one.section, one.field) for one in questionnaire.gaps(self.category, self.sent)}
        return tuple(
            one
            for one in questionnaire.gaps(self.category, self.answers)
            if (one.section, one.field) not in before or self._is_wanted(one.section, one.field.partition(".")[0])
        )

    def _is_wanted(self, section: str, name: str) -> bool:
        if (section, name) in NEVER_OPEN:
            return False
        return any(
            (item.kind == ItemKind.SECTION and item.section == section)
            or (item.kind == ItemKind.FIELD and (item.section, item.field) == (section, name))
            for item in self._request.items
        )

    def _open_names(self, section: str) -> frozenset[str]:
        fields = questionnaire.possible_fields(section, category=self.category, answers=self.answers)
        known = {one.name for one in fields if (section, one.name) not in NEVER_OPEN}
        seen_as_sent = self._asked_as_sent.get(section, frozenset())
        own, own_sent = self.working.get(section, {}), self.sent.get(section, {})
        opened = {name for name in known if self._is_wanted(section, name)}
        opened |= {one.field.name for one in self._asked_now(section)} - seen_as_sent
        opened |= {one.field.partition(".")[0] for one in self.gaps if one.section == section}
        # what was changed stays open, or a second thought would come too late
        opened |= {name for name in known if own.get(name) != own_sent.get(name)}
        # what an open answer may bring to the page
        hidden = {one.name: one.shown_when[0] for one in fields if one.shown_when and one.name not in seen_as_sent}
        while more := {name for name, on in hidden.items() if on in opened and name not in opened}:
            opened |= more
        return frozenset(opened & known)

    def _asked_now(self, section: str) -> tuple[questionnaire.Asked, ...]:
        return questionnaire.asked_fields(section, category=self.category, answers=self.answers)

    @cached_property
    def _asked_as_sent(self) -> dict[str, frozenset[str]]:
        category, answers = self.category, self.sent
        return {
            section.slug: frozenset(
                one.field.name for one in questionnaire.asked_fields(section.slug, category=category, answers=answers)
            )
            for section in questionnaire.sections_for(category, answers)
        }

    def _open_documents(self) -> set[Key]:
        as_sent = list_asked(self._session, self._application, settings=self._settings)
        newly_due = {one.key for one in self.asked.required} - {one.key for one in as_sent.required}
        lacking = {gap.anchor for gap in self._document_gaps}
        lacking_keys = {one.key for one in self.asked.required if one.anchor in lacking}
        return {key_of(item) for item in self._documents_wanted} | newly_due | self.fresh.keys() | lacking_keys

    @cached_property
    def _documents_wanted(self) -> list[InformationItem]:
        return [item for item in self._request.items if item.kind == ItemKind.DOCUMENT]

    @cached_property
    def _document_gaps(self) -> tuple[DocumentGap, ...]:
        """As of the day it was sent; what was asked or given since must be good today.

        A refused document that the applicant stands by, with a reply, is for staff to decide upon.
        """
        wanted = {key_of(item) for item in self._documents_wanted}
        replied = {questionnaire.document_anchor(*key_of(item)) for item in self._documents_wanted if item.reply}
        recent = [one for one in self.asked.required if one.key in wanted or one.key in self.fresh]
        found = {one.anchor: one for one in gaps_among(recent, self.asked.present, today=local_date())}
        judged_today = {one.anchor for one in recent}
        found = {one.anchor: one for one in self.asked.gaps if one.anchor not in judged_today} | found
        return tuple(
            one for anchor, one in found.items() if not (anchor in replied and one.code in {"rejected", "expired"})
        )


def _is_answered(item: InformationItem, fresh: Mapping[Key, DocumentVersion]) -> bool:
    """A field or section by its Salva, whose reply alone is no answer yet: it may have been kept without a session."""
    if item.kind == ItemKind.DOCUMENT:
        return bool(item.reply) or key_of(item) in fresh
    return item.answered_at is not None


def _text_of(code: str) -> str:
    reason = DOCUMENT_REASONS.get(code)
    return reason.text if reason else code
