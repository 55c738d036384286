"""Two records side by side, field by field: an application with another one, or with a supplier. Words only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service import questionnaire
from service.applications.models import Application
from service.applications.radar.states import Likeness
from service.applications.states import HOLD_LABELS, LABELS
from service.locales import N_, current_locale, gettext
from service.suppliers.models import Supplier
from service.suppliers.states import LABELS as QUALIFICATION_LABELS
from service.web.staff.words import QUALIFICATION_KINDS, STATE_KINDS
from service.web.templating import text_of

EQUAL, ALIKE, OTHER = N_("Uguale"), N_("Simile"), N_("Diverso")


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two records, as the head of its column says it."""

    number: str
    name: str
    url: str
    state: str
    kind: str
    since: datetime
    hold: str


@dataclass(frozen=True, slots=True)
class Line:
    """A field with both values; `verdict` is empty where one of the two has none."""

    label: str
    left: list[str]
    right: list[str]
    verdict: str
    kind: str


@dataclass(frozen=True, slots=True)
class Part:
    """A section with its lines; `equal` of them are the same on both sides."""

    slug: str
    title: str
    lines: list[Line]

    @property
    def equal(self) -> int:
        """Count what is the same."""
        return sum(line.kind == "warn" for line in self.lines)


def side_of(record: Application | Supplier) -> Side:
    """Describe one of the two."""
    if isinstance(record, Supplier):
        return Side(
            number=record.number,
            name=record.name,
            url=f"/gestione/fornitori/{record.number}",
            state=QUALIFICATION_LABELS[record.qualification],
            kind=QUALIFICATION_KINDS[record.qualification],
            since=record.qualified_at,
            hold="",
        )
    return Side(
        number=record.number or "",
        name=record.name,
        url=f"/gestione/richieste/{record.number}",
        state=LABELS[record.state],
        kind=STATE_KINDS.get(record.state, ""),
        since=record.submitted_at or record.created_at,
        hold=HOLD_LABELS[record.hold] if record.hold else "",
    )


def compare(left: Application | Supplier, right: Application | Supplier, *, kinds: list[str]) -> list[Part]:
    """Give every field that at least one of the two has, by section, with what is the same and what is alike."""
    found: list[Part] = []
    ours, theirs = answers_of(left), answers_of(right)
    for section in questionnaire.SECTIONS:
        own, other = ours.get(section.slug, {}), theirs.get(section.slug, {})
        labels = _labels(section.slug, left, right)
        lines = [_line(*labels[name], (own.get(name), other.get(name)), kinds) for name in labels]
        shown = [line for line in lines if line.left or line.right]
        if shown:
            found.append(Part(section.slug, text_of(section.title), shown))
    return found


def answers_of(record: Application | Supplier) -> Mapping[str, Any]:
    """Give the answers that are in force of a record."""
    return record.answers if isinstance(record, Supplier) else record.content.answers


def _labels(
    section: str, left: Application | Supplier, right: Application | Supplier
) -> dict[str, tuple[str, questionnaire.Field]]:
    """Give the fields of a section that either category asks, with the words for whoever reads."""
    found: dict[str, tuple[str, questionnaire.Field]] = {}
    for record in (left, right):
        for one in questionnaire.possible_fields(section, category=record.legal_category):
            # a tick that steers the form says nothing of the company
            if not one.field.is_tick:
                label = text_of(one.field.seen_as or one.field.label)
                group = text_of(one.field.group)
                found.setdefault(one.name, (f"{group}: {label}" if group else label, one.field))
    return found


def _line(label: str, field: questionnaire.Field, values: tuple[object, object], kinds: list[str]) -> Line:
    shown = [questionnaire.lines(field, value, locale=current_locale(), translate=text_of) for value in values]
    if not all(shown):
        return Line(label, shown[0], shown[1], "", "")
    if shown[0] == shown[1]:
        return Line(label, shown[0], shown[1], gettext(EQUAL), "warn")
    is_alike = field.name == "company_name" and Likeness.NAME in kinds
    return Line(label, shown[0], shown[1], gettext(ALIKE if is_alike else OTHER), "info" if is_alike else "")
