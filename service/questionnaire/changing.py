"""A form of some fields of a section alone, and those an admitted supplier changes by itself (domain.md section 12)."""

from collections.abc import Collection, Mapping, Sequence

from service.questionnaire.matrix import possible_fields, section_answers
from service.questionnaire.parsing import Parsed, parse
from service.questionnaire.rendering import form_values

Answers = Mapping[str, object]
Form = Mapping[str, Sequence[str]]

_PARTS = ("first_name", "last_name", "email", "phone")
# all the rest is a variation that ICRI approves; the codice fiscale never changes
FREE_FIELDS: Mapping[str, frozenset[str]] = {
    "anagrafica": frozenset({"website"}),
    "sede": frozenset(
        {"ops_same", "ops_country", "ops_street", "ops_number", "ops_zip", "ops_municipality", "ops_province", "phone"}
    ),
    "referenti": frozenset(
        {"sales_is_contact", *(f"{who}_{part}" for who in ("sales", "admin", "quality", "safety") for part in _PARTS)}
    ),
    "attivita": frozenset({"regions", "references"}),
}


def free_names(section: str, *, category: str) -> tuple[str, ...]:
    """Name the fields of a section that a supplier of this category changes by itself, in the order of the page."""
    free = FREE_FIELDS.get(section, frozenset())
    return tuple(one.name for one in possible_fields(section, category=category) if one.name in free)


def parse_free(section: str, form: Form, *, category: str, answers: Answers) -> Parsed:
    """Read a form that holds the fields of a section that a supplier changes by itself; see `parse_only`."""
    return parse_only(section, form, set(free_names(section, category=category)), category=category, answers=answers)


def parse_only(section: str, form: Form, names: Collection[str], *, category: str, answers: Answers) -> Parsed:
    """Read a form that holds these fields of a section; what they depend on is taken from the answers.

    `values` holds these fields only, those taken away by leaving them empty absent. Any other name is in `unknown`.
    Raises `KeyError` as `parse`.
    """
    foreign = tuple(name for name in form if _field_of(name) not in names and not name.startswith("_"))
    kept = _as_form(form_values(section, category=category, answers=answers), names)
    whole = parse(section, {**kept, **form}, category=category, answers=answers)
    unknown = tuple(name for name in whole.unknown if name in form and name not in foreign)
    return Parsed(
        values={name: value for name, value in whole.values.items() if name in names},
        raw={name: typed for name, typed in whole.raw.items() if name in names},
        # what an accepted answer would be told today does not stop somebody from changing a telephone number
        errors={name: found for name, found in whole.errors.items() if _field_of(name) in names},
        warnings={name: found for name, found in whole.warnings.items() if _field_of(name) in names},
        unknown=(*foreign, *unknown),
    )


def changed_section(section: str, values: Answers, *, category: str, answers: Answers) -> dict[str, object]:
    """Give a section with the free fields as in `values` and the others as they were; raises `KeyError` as `parse`."""
    free = set(free_names(section, category=category))
    kept = {name: value for name, value in section_answers(answers, section).items() if name not in free}
    return kept | {name: value for name, value in values.items() if name in free}


def _field_of(input_name: str) -> str:
    return input_name.partition(".")[0]


def _as_form(values: Answers, names: Collection[str]) -> dict[str, list[str]]:
    """Write what the inputs of the other fields would post."""
    form: dict[str, list[str]] = {}
    for name, value in values.items():
        if name not in names:
            form |= _inputs(name, value)
    return form


def _inputs(name: str, value: object) -> dict[str, list[str]]:
    """Write one answer as its inputs: a date has its boxes, a field made of parts its rows, years or leaves."""
    if isinstance(value, Mapping):
        return {key: texts for rest, one in value.items() for key, texts in _inputs(f"{name}.{rest}", one).items()}
    if isinstance(value, bool):
        return {name: ["on"]} if value else {}
    if isinstance(value, list):
        return {name: [str(one) for one in value]}
    return {name: [str(value)]}
