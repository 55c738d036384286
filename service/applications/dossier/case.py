"""An application before whoever asks for its paper, with the words for what is stored as a code."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlalchemy.orm import Session

from service import questionnaire
from service.access.principal import Principal
from service.applications.models import Application
from service.applications.papers import instant
from service.audit.trail import AuditEvent
from service.config import Settings
from service.documents.asking import AskedDocuments
from service.locales import catalogue
from service.mail.dates import day

Facts = dict[str, object]


@dataclass(frozen=True, slots=True)
class Words:
    """What the pages of staff call things, by what is stored; handed in, for the tables are the pages' own.

    `details` says what an event was about.
    """

    events: Mapping[str, str]
    messages: Mapping[str, str]
    codes: Mapping[tuple[type[Enum], str], str]  # of results, verdicts, outcomes, marks, ...
    flags: Mapping[str, str]  # what a PDF carries
    details: Callable[[AuditEvent], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Case:
    """Everything the parts of the paper are made from; a part is a function of it."""

    session: Session
    application: Application
    asked: AskedDocuments
    principal: Principal
    settings: Settings
    words: Words
    locale: str

    def translate(self, text: str) -> str:
        """Give a marked text in the language of the paper."""
        return catalogue(self.locale).gettext(text).replace("%%", "%") if text else ""

    def word(self, code: Enum | None) -> str:
        """Give the word of a code; one that nobody names as it is stored."""
        return self.translate(self.words.codes.get((type(code), code.value), code.value)) if code is not None else ""

    def at(self, value: datetime | None) -> str:
        """Write an instant; empty when there is none."""
        return instant(value, self.locale) if value else ""

    def day(self, value: date | None) -> str:
        """Write a day; empty when there is none."""
        return day(value, self.locale)

    def by(self, name: str | None, at: datetime | None) -> str:
        """Say who did something and when; empty when nobody did."""
        return ", ".join(filter(None, (name, self.at(at))))

    def reason(self, code: str | None, text: str | None = None) -> list[str]:
        """Give a coded reason as staff read it, and what was typed beside it."""
        known = {**questionnaire.REASON_CODES, **questionnaire.DOCUMENT_REASONS}.get(code or "")
        own = f"{known.code} {self.translate(known.staff_label)}" if known else code
        return [line for line in (own, text) if line]

    def section(self, slug: str) -> str:
        """Name a section; one of an older questionnaire as it is stored."""
        titles = {one.slug: one.title for one in questionnaire.SECTIONS}
        return self.translate(titles.get(slug, slug))

    @property
    def answers(self) -> Mapping[str, Any]:
        """Give the answers as they are now."""
        answers: Mapping[str, Any] = self.application.content.answers
        return answers
