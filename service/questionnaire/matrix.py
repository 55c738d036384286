"""Which category is asked which field: the matrix of the data file joined with the fields' descriptions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from service.questionnaire.catalogues import rows
from service.questionnaire.categories import CATEGORIES
from service.questionnaire.conditions import CONDITIONS, Condition
from service.questionnaire.fields import FIELDS
from service.questionnaire.fields.base import Field
from service.questionnaire.outcome import Message, message
from service.questionnaire.texts import N_

Answers = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Section:
    """A page of the questionnaire."""

    slug: str
    title: str
    intro: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A field as asked of one category with one set of answers."""

    field: Field
    label: str
    hint: str
    required: bool
    missing: Message


@dataclass(frozen=True, slots=True)
class Rule:
    """One cell of the matrix: `M`, `O`, or conditions with what holds otherwise."""

    is_mandatory: bool
    conditions: tuple[tuple[Condition, bool], ...] = ()

    def is_asked(self, name: str, answers: Answers) -> bool:
        """Tell whether the field is on the page: a condition with `o` does not hide it."""
        return all(keeps or one.holds(name, answers) for one, keeps in self.conditions)

    def is_required(self, name: str, answers: Answers) -> bool:
        """Tell whether the field must be answered."""
        return self.is_mandatory and all(one.holds(name, answers) for one, _keeps in self.conditions)


@dataclass(frozen=True, slots=True)
class PossibleField:
    """A field a category may be asked; `shown_when` is the answer (field, value) it depends on, if any."""

    field: Field
    rule: Rule
    shown_when: tuple[str, object] | None

    @property
    def name(self) -> str:
        """Give the name of the input."""
        return self.field.name

    @property
    def label(self) -> str:
        """Give the label as an Italian message id."""
        return self.field.label

    @property
    def hint(self) -> str:
        """Give the hint as an Italian message id."""
        return self.field.hint

    @property
    def required(self) -> bool:
        """Tell whether the field must be answered whenever it is shown."""
        return self.rule.is_mandatory and not any(keeps for _one, keeps in self.rule.conditions)


_ALL_SECTIONS = (
    Section("avvio", N_("Tipo di fornitura e contatto")),
    Section("anagrafica", N_("Dati identificativi")),
    Section("sede", N_("Sede e recapiti")),
    Section("rappresentante", N_("Legale rappresentante e firmatario")),
    Section(
        "referenti",
        N_("Referenti"),
        N_(
            "Avvisiamo per e-mail i referenti che inserisci: i loro dati sono trattati come descritto"
            " nell'informativa privacy."
        ),
    ),
    Section("attivita", N_("Attività e categorie merceologiche")),
)
SECTIONS: tuple[Section, ...] = _ALL_SECTIONS
SECTION_BY_SLUG: Mapping[str, Section] = {section.slug: section for section in SECTIONS}


def _read_rule(code: str) -> Rule | None:
    if code in {"-", "A"}:
        return None
    if code in {"M", "O"}:
        return Rule(code == "M")
    parts = [re.fullmatch(r"(C[0-9]+)(o?)", part) for part in code.split("+")]
    return Rule(
        is_mandatory=True,
        conditions=tuple((CONDITIONS[part.group(1)], part.group(2) == "o") for part in parts if part),
    )


def _possible(field: Field, rule: Rule) -> PossibleField:
    hiding = [one for one, keeps in rule.conditions if not keeps]
    return PossibleField(field, rule, hiding[0].shown_when(field.name) if hiding else None)


@cache
def _table() -> Mapping[tuple[str, str], tuple[PossibleField, ...]]:
    found: dict[tuple[str, str], list[PossibleField]] = {
        (section.slug, category): [] for section in SECTIONS for category in CATEGORIES
    }
    for row in rows("field_matrix.csv"):
        for category in CATEGORIES:
            if rule := _read_rule(row[category]):
                found[row["section"], category].append(_possible(FIELDS[row["key"]], rule))
    return {key: tuple(fields) for key, fields in found.items()}


def possible_fields(section: str, *, category: str) -> tuple[PossibleField, ...]:
    """Give every field a category may be asked in a section, the conditional ones too.

    Raises `KeyError` for an unknown section or category.
    """
    return _table()[section, category]


def asked_fields(section: str, *, category: str, answers: Answers) -> tuple[Asked, ...]:
    """Give the fields asked now, conditions resolved on the answers; raises `KeyError` as `possible_fields`."""
    own = section_answers(answers, section)
    return tuple(as_asked(one, own) for one in possible_fields(section, category=category) if is_asked(one, own))


def is_asked(one: PossibleField, own: Answers) -> bool:
    """Tell whether a field is on the page with these answers of its section."""
    return one.rule.is_asked(one.name, own)


def as_asked(one: PossibleField, own: Answers) -> Asked:
    """Resolve a field on the answers of its section."""
    return Asked(one.field, one.label, one.hint, one.rule.is_required(one.name, own), missing_message(one.field))


def missing_message(field: Field) -> Message:
    """Give the text R of a field; a field that is never mandatory has a plain one."""
    if field.missing:
        return Message(f"{field.name}.missing", field.missing)
    return message("any", "missing", campo=field.label)


def section_answers(answers: Answers, section: str) -> Answers:
    """Give the values of a section, empty when it was never saved."""
    own = answers.get(section)
    return own if isinstance(own, Mapping) else {}


def raw_answers(answers: Answers, section: str) -> Answers:
    """Give what was typed in a section and is not good yet."""
    raw = answers.get("_raw")
    return section_answers(raw, section) if isinstance(raw, Mapping) else {}


def sections_for(category: str) -> tuple[Section, ...]:
    """Give the sections a category is asked, `avvio` first; raises `KeyError` for an unknown category."""
    return tuple(section for section in SECTIONS if possible_fields(section.slug, category=category))
