"""A form of some fields of a section, the others as they were answered.

For what an admitted supplier changes by itself (domain.md section 12: the table), and what staff ask to be corrected.
"""

from collections.abc import Collection, Mapping, Sequence

from service.questionnaire.conditions import keys_asked
from service.questionnaire.matrix import possible_fields, section_answers
from service.questionnaire.parsing import Parsed, parse
from service.questionnaire.rendering import form_values
from service.questionnaire.rules import copied_values, copying_tick

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
    """Read a form that holds the free fields of a section; see `parse_only`."""
    return parse_only(section, form, free_names(section, category=category), category=category, answers=answers)


def parse_only(section: str, form: Form, names: Collection[str], *, category: str, answers: Answers) -> Parsed:
    """Read a form that holds these fields of a section; what they depend on is taken from the answers.

    `values` holds these fields only, those taken away by leaving them empty absent. Another name is in `unknown`.
    Raises `KeyError` as `parse`.
    """
    wanted = set(names)
    foreign = tuple(name for name in form if _field_of(name) not in wanted and not name.startswith("_"))
    typed = {name: texts for name, texts in form.items() if name not in foreign}
    kept = _as_form(form_values(section, category=category, answers=answers), wanted)
    whole = parse(section, {**kept, **typed}, category=category, answers=answers)
    unknown = tuple(name for name in whole.unknown if name in typed)
    return Parsed(
        values={name: value for name, value in whole.values.items() if name in wanted},
        raw={name: typed for name, typed in whole.raw.items() if name in wanted},
        # what an accepted answer would be told today does not stop somebody from changing a telephone number
        errors={name: found for name, found in whole.errors.items() if _field_of(name) in wanted},
        warnings={name: found for name, found in whole.warnings.items() if _field_of(name) in wanted},
        unknown=(*foreign, *unknown),
    )


def changed_section(section: str, values: Answers, *, category: str, answers: Answers) -> dict[str, object]:
    """Give a section with the free fields as in `values` and the others as they were; raises `KeyError` as `parse`."""
    free = set(free_names(section, category=category))
    kept = {name: value for name, value in section_answers(answers, section).items() if name not in free}
    return kept | {name: value for name, value in values.items() if name in free}


def corrected_section(section: str, values: Answers, names: Collection[str], *, answers: Answers) -> dict[str, object]:
    """Give a section with these fields as in `values` and the others as they were; what ticks copy follows."""
    kept = {name: value for name, value in section_answers(answers, section).items() if name not in names}
    given = {name: value for name, value in values.items() if name in names}
    return copied_values(section, kept | given, set(given), {**answers, section: kept | given})


def deciding_fields(section: str, name: str, *, category: str, answers: Answers) -> frozenset[str] | None:
    """Name the fields of a section whose answers keep this one off the page, or fill it in: they open along with it.

    None when the category is never asked it, or when opening others would not bring it to the page.
    """
    fields = {one.name: one for one in possible_fields(section, category=category, answers=answers)}
    own = section_answers(answers, section)
    found: set[str] = set()
    waiting = [name]
    while waiting:
        one = fields.get(waiting.pop())
        if one is None or (one.field.kind in {"years", "leaves"} and not keys_asked(one.field, own, answers)):
            return None
        deciding = {*one.rule.hidden_by(one.name, own, answers), *filter(None, [copying_tick(one.name, own)])}
        waiting += deciding - found
        found |= deciding
    return frozenset(found)


def _field_of(input_name: str) -> str:
    return input_name.partition(".")[0]


def _as_form(values: Answers, free: set[str]) -> dict[str, list[str]]:
    """Write what the inputs of the other fields would post."""
    form: dict[str, list[str]] = {}
    for name, value in values.items():
        if name not in free:
            form |= _inputs(name, value)
    return form


def _inputs(name: str, value: object) -> dict[str, list[str]]:
    """Write one answer as its inputs post it: boxes of a date and parts of a row have names of their own."""
    if isinstance(value, Mapping):
        return {key: texts for rest, one in value.items() for key, texts in _inputs(f"{name}.{rest}", one).items()}
    if isinstance(value, bool):
        return {name: ["on"]} if value else {}
    if isinstance(value, str):
        return {name: [value]}
    return {name: [str(one) for one in value]} if isinstance(value, list) else {}
