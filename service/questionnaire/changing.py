"""What an admitted supplier changes by itself (domain.md section 12): the table, and a form of those fields alone."""

from collections.abc import Mapping, Sequence

from service.questionnaire.inputs import DATE_BOXES
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
    """Read a form that holds the free fields of a section; what it depends on is taken from the answers.

    `values` holds free fields only, those taken away by leaving them empty absent. A name that is not free is in
    `unknown`. Raises `KeyError` as `parse`.
    """
    free = set(free_names(section, category=category))
    foreign = tuple(name for name in form if _field_of(name) not in free and not name.startswith("_"))
    kept = _as_form(form_values(section, category=category, answers=answers), free)
    whole = parse(section, {**kept, **form}, category=category, answers=answers)
    unknown = tuple(name for name in whole.unknown if name in form and name not in foreign)
    return Parsed(
        values={name: value for name, value in whole.values.items() if name in free},
        raw={name: typed for name, typed in whole.raw.items() if name in free},
        # what an accepted answer would be told today does not stop somebody from changing a telephone number
        errors={name: found for name, found in whole.errors.items() if _field_of(name) in free},
        warnings={name: found for name, found in whole.warnings.items() if _field_of(name) in free},
        unknown=(*foreign, *unknown),
    )


def changed_section(section: str, values: Answers, *, category: str, answers: Answers) -> dict[str, object]:
    """Give a section with the free fields as in `values` and the others as they were; raises `KeyError` as `parse`."""
    free = set(free_names(section, category=category))
    kept = {name: value for name, value in section_answers(answers, section).items() if name not in free}
    return kept | {name: value for name, value in values.items() if name in free}


def _field_of(input_name: str) -> str:
    return input_name.partition(".")[0]


def _as_form(values: Answers, free: set[str]) -> dict[str, list[str]]:
    """Write what the inputs of the other fields would post; no free field depends on an answer made of parts."""
    form: dict[str, list[str]] = {}
    for name, value in values.items():
        if name in free:
            continue
        if isinstance(value, bool):
            form |= {name: ["on"]} if value else {}
        elif isinstance(value, str):
            form[name] = [value]
        elif isinstance(value, list) and all(isinstance(one, str) for one in value):
            form[name] = value
        elif isinstance(value, Mapping) and set(value) == set(DATE_BOXES):
            form |= {f"{name}.{box}": [str(value[box])] for box in DATE_BOXES}
    return form
