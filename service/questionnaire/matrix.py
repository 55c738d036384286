"""Which category is asked which field: the matrix of the data file joined with the fields' descriptions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from service.questionnaire.catalogues import rows
from service.questionnaire.categories import CATEGORIES
from service.questionnaire.conditions import CONDITIONS, Condition, keys_asked
from service.questionnaire.fields import FIELDS
from service.questionnaire.fields.base import Field
from service.questionnaire.leaves import LEAVES
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
    """A field as asked of one category with one set of answers; `if_begun`: only in a row that has been begun."""

    field: Field
    label: str
    hint: str
    required: bool
    missing: Message
    if_begun: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One cell of the matrix: `M`, `O`, or conditions with what holds otherwise."""

    is_mandatory: bool
    conditions: tuple[tuple[Condition, bool], ...] = ()

    def is_possible(self, name: str, answers: Answers) -> bool:
        """Tell whether what was answered in other sections leaves the field on the page."""
        return all(keeps or one.is_local or one.holds(name, {}, answers) for one, keeps in self.conditions)

    def is_asked(self, name: str, own: Answers, answers: Answers) -> bool:
        """Tell whether the field is on the page: a condition with `o` does not hide it."""
        return all(keeps or one.holds(name, own, answers) for one, keeps in self.conditions)

    def hidden_by(self, name: str, own: Answers, answers: Answers) -> tuple[str, ...]:
        """Name the fields of its section whose answers keep the field off the page."""
        closed = (
            one.shown_when(name) for one, keeps in self.conditions if not keeps and not one.holds(name, own, answers)
        )
        return tuple(decides[0] for decides in closed if decides)

    def is_required(self, name: str, own: Answers, answers: Answers) -> bool:
        """Tell whether the field must be answered."""
        return self.is_mandatory and all(one.holds(name, own, answers) for one, _keeps in self.conditions)


@dataclass(frozen=True, slots=True)
class PossibleField:
    """A field a category may be asked; `shown_when` is the answer (field, value) it depends on, if any.

    `is_always_there` when no answer of another section takes it off the page. What a page asks of every field some
    thousand times is worked out once.
    """

    field: Field
    rule: Rule
    shown_when: tuple[str, object] | None
    name: str
    is_always_there: bool

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
    Section("componenti", N_("Componenti del raggruppamento o consorzio")),
    Section("attivita", N_("Attività e categorie merceologiche")),
    Section("dati-economici", N_("Dati economici")),
    Section("organizzazione", N_("Personale, sicurezza e qualità")),
    Section("assicurazioni", N_("Assicurazioni")),
    Section("dichiarazioni", N_("Dichiarazioni")),
)
SECTIONS: tuple[Section, ...] = _ALL_SECTIONS
SECTION_BY_SLUG: Mapping[str, Section] = {section.slug: section for section in SECTIONS}


def _read_rule(code: str) -> Rule | None:
    first, *others = code.split("+")
    if first in {"-", "A"}:
        return None
    terms = others if first in {"M", "O"} else [first, *others]
    return Rule(is_mandatory=first != "O", conditions=tuple(map(_read_term, terms)))


def _read_term(term: str) -> tuple[Condition, bool]:
    found = re.fullmatch(r"(C[0-9]+)(o?)", term)
    if found is None:
        message = f"{term!r} is no condition of the matrix"
        raise ValueError(message)
    return CONDITIONS[found.group(1)], found.group(2) == "o"


def _possible(field: Field, rule: Rule) -> PossibleField:
    hiding = (one.shown_when(field.name) for one, keeps in rule.conditions if one.is_local and not keeps)
    is_always_there = field.kind != "years" and all(keeps or one.is_local for one, keeps in rule.conditions)
    return PossibleField(field, rule, next(hiding, None), field.name, is_always_there)


def asked_table() -> Mapping[tuple[str, str], tuple[PossibleField, ...]]:
    """Give the whole matrix, read once: the fields by section and category."""
    return read_table(LEAVES.edition)


@lru_cache(maxsize=2)
def read_table(_edition: int) -> Mapping[tuple[str, str], tuple[PossibleField, ...]]:
    """Read the matrix; the leaves that show a field stand in it, so other leaves make another table."""
    found: dict[tuple[str, str], list[PossibleField]] = {
        (section.slug, category): [] for section in SECTIONS for category in CATEGORIES
    }
    for row in rows("field_matrix.csv"):
        for category in CATEGORIES:
            if rule := _read_rule(row[category]):
                found[row["section"], category].append(_possible(FIELDS[row["key"]], rule))
    return {key: tuple(fields) for key, fields in found.items()}


def possible_fields(section: str, *, category: str, answers: Answers | None = None) -> tuple[PossibleField, ...]:
    """Give every field a category may be asked in a section, those hidden by an answer of the section too.

    With `answers`, without those that other sections take off the page. Raises `KeyError` for an unknown section or
    category.
    """
    fields = asked_table()[section, category]
    if answers is None:
        return fields
    return tuple(one for one in fields if _is_there(one, answers))


def _is_there(one: PossibleField, answers: Answers) -> bool:
    if one.is_always_there:
        return True
    is_possible = one.rule.is_possible(one.name, answers)
    return is_possible and (one.field.kind != "years" or bool(keys_asked(one.field, {}, answers)))


def asked_fields(section: str, *, category: str, answers: Answers) -> tuple[Asked, ...]:
    """Give the fields asked now, conditions resolved on the answers; raises `KeyError` as `possible_fields`."""
    own = section_answers(answers, section)
    fields = possible_fields(section, category=category, answers=answers)
    return tuple(as_asked(one, own, answers) for one in fields if is_asked(one, own, answers))


def is_asked(one: PossibleField, own: Answers, answers: Answers) -> bool:
    """Tell whether a field is on the page with these answers of its section."""
    has_parts = one.field.kind not in {"years", "leaves"} or bool(keys_asked(one.field, own, answers))
    return has_parts and one.rule.is_asked(one.name, own, answers)


def as_asked(one: PossibleField, own: Answers, answers: Answers) -> Asked:
    """Resolve a field on the answers of its section."""
    required = one.rule.is_required(one.name, own, answers)
    return Asked(one.field, one.label, one.hint, required, missing_message(one.field))


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


def sections_for(category: str, answers: Answers | None = None) -> tuple[Section, ...]:
    """Give the sections a category is asked, `avvio` first; with `answers`, those with a field left on the page.

    Raises `KeyError` for an unknown category.
    """
    if answers is None:
        return tuple(one for one in SECTIONS if possible_fields(one.slug, category=category))
    table = asked_table()
    return tuple(one for one in SECTIONS if any(_is_there(field, answers) for field in table[one.slug, category]))
