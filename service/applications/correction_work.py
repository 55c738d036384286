"""One look at a round of corrections: what is open, what is answered, what stops the sending. Nothing is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from service import questionnaire
from service.applications.documents import list_asked
from service.applications.models import Application, InformationItem, InformationRequest
from service.applications.states import ItemKind
from service.clock import local_date
from service.config import Settings
from service.documents.asking import AskedDocuments
from service.documents.models import Document, DocumentVersion
from service.documents.presence import is_given
from service.documents.repository import latest
from service.questionnaire import DocumentGap, Gap, gaps_among

Key = tuple[str, str]
Answers = dict[str, Any]
# the category is another application, and the address is changed by an action of its own that proves the new one
# they have ways of their own: a confirmation page, a mailed link, the notice at its first tick
NEVER_OPEN = frozenset({("avvio", "legal_category"), ("avvio", "contact_email"), ("avvio", "privacy_read")})
LACKS = "D01"


@dataclass(frozen=True, slots=True)
class OpenParts:
    """What the applicant may change now: names of fields by section, and documents by type and slot."""

    fields: Mapping[str, frozenset[str]]
    documents: frozenset[Key]


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item, and whether the applicant has answered it; not due: another answer has taken it off the pages."""

    item: InformationItem
    is_answered: bool
    is_due: bool = True


@dataclass(frozen=True, slots=True)
class Missing:
    """What stops the corrections from being sent."""

    items: tuple[InformationItem, ...]
    gaps: tuple[Gap, ...]
    documents: tuple[DocumentGap, ...]

    def __bool__(self) -> bool:
        return bool(self.items or self.gaps or self.documents)


def working_answers(application: Application, request: InformationRequest) -> Answers:
    """Give the answers as the applicant has them now; the address is the application's, changed meanwhile or not."""
    answers = questionnaire.upgrade(request.answers)
    answers["avvio"] = {**answers.get("avvio", {}), "contact_email": application.contact_email}
    return answers


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
        """What the applicant may change now: what is asked, and what became due by what was answered."""
        sections = questionnaire.sections_for(self.category, self.answers)
        opened = {one.slug: names for one in sections if (names := self._open_names(one.slug))}
        return OpenParts(opened, frozenset(self._open_documents()))

    @cached_property
    def missing(self) -> Missing:
        """What stops the corrections from being sent."""
        items = tuple(one.item for one in self.views if not one.is_answered)
        return Missing(items, self.gaps, self._document_gaps)

    @cached_property
    def views(self) -> list[ItemView]:
        """The items in the order asked, each with whether it is answered."""
        return [ItemView(item, self._is_answered(item), self._is_due(item)) for item in self._request.items]

    def has_gap(self, item: InformationItem) -> bool:
        """Tell whether something stops the sending in the very thing that is asked, answered or not."""
        if item.kind == ItemKind.DOCUMENT:
            anchor = questionnaire.document_anchor(*key_of(item))
            return any(gap.anchor == anchor for gap in self._document_gaps)
        own = (gap.field.partition(".")[0] for gap in self.gaps if gap.section == item.section)
        return any(item.kind == ItemKind.SECTION or name == item.field for name in own)

    def is_as_sent(self, item: InformationItem) -> bool:
        """Tell whether the answers asked about stand as they were sent, or what was said to lack still lacks."""
        own, sent = self.working.get(item.section, {}), self.sent.get(item.section, {})
        if item.kind == ItemKind.FIELD and item.code == LACKS:
            return _given(own, item.field) is None and item.field not in self._typed(item.section)
        names = {item.field} if item.kind == ItemKind.FIELD else own.keys() | sent.keys() | self._typed(item.section)
        return all(
            _given(own, name) == _given(sent, name) and name not in self._typed(item.section)
            for name in names
            if (item.section, name) not in NEVER_OPEN
        )

    def decides(self, section: str, name: str) -> bool:
        """Tell whether a field is open because, as it was sent, it keeps one that is asked by name off the page."""
        return name in self._deciding.get(section, frozenset())

    def _is_answered(self, item: InformationItem) -> bool:
        if not self._is_due(item):
            return True
        if self.has_gap(item):
            return False
        if item.kind == ItemKind.DOCUMENT:
            return bool(item.reply) or key_of(item) in self.fresh
        # the Salva says it, not the reply alone: that may have been kept without a session
        return item.answered_at is not None

    def _is_due(self, item: InformationItem) -> bool:
        """Tell whether it is still asked; what no answer had brought to the page as sent waits for its answer."""
        if item.kind == ItemKind.DOCUMENT:
            return key_of(item) in {one.key for one in self.asked.required} or key_of(item) not in self._due_as_sent
        before = self._asked_as_sent.get(item.section, frozenset())
        now = {one.field.name for one in self._asked_now(item.section)}
        return (
            bool(now) or not before if item.kind == ItemKind.SECTION else item.field in now or item.field not in before
        )

    def _typed(self, section: str) -> set[str]:
        return set(self.working.get("_raw", {}).get(section, {}))

    @cached_property
    def _deciding(self) -> dict[str, frozenset[str]]:
        found: dict[str, frozenset[str]] = {}
        for item in self._request.items:
            if item.kind == ItemKind.FIELD:
                names = questionnaire.deciding_fields(
                    item.section, item.field, category=self.category, answers=self.sent
                )
                found[item.section] = found.get(item.section, frozenset()) | (names or frozenset())
        return found

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
        opened = {name for name in known if self._is_wanted(section, name) or self.decides(section, name)}
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
        newly_due = {one.key for one in self.asked.required} - self._due_as_sent
        lacking = {gap.anchor for gap in self._document_gaps}
        lacking_keys = {one.key for one in self.asked.required if one.anchor in lacking}
        return {key_of(item) for item in self._documents_wanted} | newly_due | self.fresh.keys() | lacking_keys

    @cached_property
    def _due_as_sent(self) -> frozenset[Key]:
        as_sent = list_asked(self._session, self._application, settings=self._settings)
        return frozenset(one.key for one in as_sent.required)

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


def _given(own: Answers, name: str) -> object:
    """Give an answer; a tick that is off is none."""
    value = own.get(name)
    return None if value is False else value
