"""Which control a question gets, what may be chosen in it, what it depends on. How a page is laid out is elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service import questionnaire
from service.locales import current_locale
from service.questionnaire import Asked, Field, PossibleField
from service.web.templating import text_of

Choices = Sequence[tuple[str, str]]

# the catalogue a field is filled from, where it is too long for a list
_SEARCHED = {"ateco": "ateco", "ccnl": "ccnl", "municipality": "comuni"}


@dataclass(frozen=True, slots=True)
class Row:
    """The controls of one row of a field made of parts, or of all its years or leaves; `remove` is a tick's name."""

    parts: Sequence["Item"]
    title: str = ""
    remove: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One control: `note` says without JavaScript when the fields below it count, `add` what one more row is called."""

    name: str
    asked: Asked | PossibleField
    value: object
    errors: Sequence[str]
    choices: Choices
    condition: str = ""
    control: str = ""
    note: str = ""
    is_hidden: bool = False
    rows: Sequence[Row] = ()
    add: str = ""

    @property
    def search(self) -> str:
        """Name the catalogue that is searched for the answer, if any."""
        field = self.asked.field
        return "" if self.choices else _SEARCHED.get(field.lookup or "", "")

    @property
    def meaning(self) -> str:
        """Give what a code in the input stands for, to be confirmed at a glance."""
        is_code = self.asked.field.kind in {"ateco", "ccnl"} and isinstance(self.value, str)
        return text_of(questionnaire.name_of(self.search, str(self.value))) if is_code and self.search else ""


def choices_of(field: Field, answers: Mapping[str, object], value: object) -> Choices:
    """Give what may be chosen: the field's own choices, or a catalogue."""
    kind, lookup = field.kind, field.lookup
    if kind == "country":
        return questionnaire.countries(current_locale())
    if kind == "province" and lookup == "province":
        found = questionnaire.provinces(historic=field.name == "rea_province")
        return tuple((province.code, f"{province.name} ({province.code})") for province in found)
    if kind == "leaf":
        return [(leaf.code, leaf.label) for leaf in leaves_shown(answers, value)]
    return tuple(field.choices.items()) if field.choices else ()


def supply_types_of(answers: Mapping[str, object]) -> Sequence[str]:
    """Give the codes of the supply types chosen at the beginning."""
    opening = answers.get("avvio")
    return opening.get("supply_types", ()) if isinstance(opening, Mapping) else ()


def supply_labels(answers: Mapping[str, object]) -> list[str]:
    """Give the supply types chosen, in words."""
    return [text_of(questionnaire.SUPPLY_TYPES[code].label) for code in supply_types_of(answers)]


def leaves_shown(answers: Mapping[str, object], chosen: object) -> list[questionnaire.Leaf]:
    """Give the leaves the supply types allow, and those already chosen, so that they can be taken off."""
    types = supply_types_of(answers)
    kept = chosen if isinstance(chosen, list) else []
    leaves = questionnaire.LEAVES.values()
    return [leaf for leaf in leaves if questionnaire.is_selectable(leaf, types) or leaf.code in kept]


def condition_of(one: PossibleField) -> str:
    """Give `name=value` of the answer that shows a field, for the page's script."""
    if one.shown_when is None:
        return ""
    name, value = one.shown_when
    return f"{name}={'on' if value is True else value or ''}"


def control_of(field: Field, *, required: bool) -> str:
    """Name the control where the kind alone does not say it."""
    if field.kind == "leaf":
        return field.kind
    if field.is_composite:
        return "parts"
    is_single = field.kind == "choice" and field.choices and not field.multiple
    # a radio button cannot be taken back, so what is optional is a list
    return "select" if is_single and not required and field.name != "locale" else ""
