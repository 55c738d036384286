"""The controls of a field made of parts: its rows and one blank, its years, its leaves."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from service import questionnaire
from service.locales import N_
from service.questionnaire import Asked, Field, Message, PossibleField, composites, conditions, inputs
from service.web.section_controls import Item, Row, choices_of, control_of, leaves_shown
from service.web.templating import text_of

# what these say fits any question of its kind
BARE = N_("Rispondi sì o no.")
BARE_KINDS = frozenset({"date", "integer", "money", "percent", "year", "choice"})


@dataclass(frozen=True, slots=True)
class Page:
    """What the parts of a page share: all answers, what the inputs of the section show, the messages by input."""

    answers: Mapping[str, object]
    values: Mapping[str, object]
    said: Mapping[str, Sequence[str]]


def rows_of(asked: Asked | PossibleField, page: Page, *, one_more: bool) -> tuple[list[Row], str]:
    """Give the rows of a field made of parts, and what a further row is called ("" when there is no room)."""
    field = asked.field
    value = page.values[field.name]
    typed = value if isinstance(value, Mapping) else {}
    if field.kind != "rows":
        return [Row([*_keyed(asked, typed, page)])], ""
    filled = inputs.rows_of(typed)
    blank = 1 if one_more or not filled else 0
    least = field.least if asked.required else 0
    count = min(max(len(filled) + blank, least), max(field.most or 100, len(filled)))
    rows = [_row(asked, number, filled.get(number), page) for number in range(count)]
    return rows, _title(field, count + 1) if count < (field.most or 100) else ""


def place_of_new_row(field: Field, value: object) -> str:
    """Give the anchor of the blank row after those a page shows."""
    count = len(inputs.rows_of(value)) if isinstance(value, Mapping) else 0
    has_room = field.most is None or count < field.most
    return f"{field.name}.{count}.{field.parts[0].name}" if has_room else field.name


def blank_row(field: Field, posted: Mapping[str, Sequence[str]]) -> str:
    """Name the first row of a form in which nobody wrote; "" when there is none."""
    numbers = {rest.partition(".")[0] for name in posted if (rest := name.removeprefix(f"{field.name}.")) != name}
    for number in sorted(int(one) for one in numbers if one.isdigit()):
        own = {
            name.removeprefix(f"{field.name}.{number}."): values
            for name, values in posted.items()
            if name.startswith(f"{field.name}.{number}.")
        }
        alone = {f"{field.name}.0.{name}": values for name, values in own.items()}
        if inputs.REMOVE not in own and not inputs.typed_of(field, alone):
            return _title(field, number + 1)
    return ""


def about_row(fields: Mapping[str, Field], name: str) -> str:
    """Say which row an input belongs to, before a message that stands far from it; "" for any other input."""
    root, _, rest = name.partition(".")
    number, field = rest.partition(".")[0], fields.get(root)
    is_row = field is not None and field.kind == "rows" and number.isdigit()
    return f"{_title(field, int(number) + 1)}: " if is_row and field else ""


def subject(fields: Mapping[str, Field], name: str, message: Message) -> str:
    """Give the question before a message that does not name it and stands far from it; "" where it does."""
    root, _, rest = name.partition(".")
    field = fields.get(root)
    is_bare = message.text == BARE or message.code.partition(".")[0] in BARE_KINDS
    if field is None or not is_bare:
        return ""
    number, _, column = rest.partition(".")
    if field.kind == "rows":
        label = next((text_of(part.label) for part in field.parts if part.name == column), text_of(field.label))
    else:
        label = " ".join(filter(None, (text_of(field.label), number)))
    return f"{label} " if label.endswith("?") else f"{label}: "


def _title(field: Field, number: int) -> str:
    return text_of(field.row_title or field.label).format(n=number)


def _row(about: Asked | PossibleField, number: int, typed: Mapping[str, object] | None, page: Page) -> Row:
    field, items = about.field, []
    for part in field.parts:
        shown = part.preset if typed is None else None
        empty = questionnaire.form_value(part, shown)
        value = (typed or {}).get(part.name, empty)
        is_needed = bool(part.missing)
        missing = composites.part_missing(part)
        asked = Asked(part, part.label, part.hint, is_needed, missing, if_begun=is_needed and not about.required)
        # in a row every choice is a list: radio buttons cannot be taken back
        control = "select" if part.kind == "choice" and not part.multiple else ""
        items.append(_item(f"{field.name}.{number}.{part.name}", asked, value, page, control=control))
    remove = f"{field.name}.{number}.{inputs.REMOVE}" if typed is not None else ""
    return Row(items, _title(field, number + 1), remove)


def _keyed(asked: Asked | PossibleField, typed: Mapping[str, object], page: Page) -> Iterator[Item]:
    """Give a control for each year; for each leaf that may be chosen too, hidden until it is."""
    field, part = asked.field, asked.field.parts[0]
    due = conditions.keys_asked(field, page.values, page.answers)
    keys = due if field.kind == "years" else _askable(field, page)
    for key in keys:
        required = asked.required and due.get(key, True)
        about = Asked(part, _label(field, key), part.hint, required, composites.part_missing(part))
        yield _item(
            composites.input_name(field, key),
            about,
            typed.get(key, questionnaire.form_value(part, None)),
            page,
            condition=f"merchandise={key}" if field.kind == "leaves" else "",
            is_hidden=key not in due,
        )


def _askable(field: Field, page: Page) -> list[str]:
    leaves = leaves_shown(page.answers, page.values.get("merchandise"))
    return [leaf.code for leaf in leaves if leaf.question or not field.only_asking]


def _label(field: Field, key: str) -> str:
    if field.kind == "years":
        return text_of(field.parts[0].label).format(anno=key) if "{anno}" in field.parts[0].label else key
    leaf = questionnaire.LEAVES[key]
    return f"{key} {text_of(leaf.question if field.only_asking else leaf.label)}"


def _item(
    name: str,
    asked: Asked,
    value: object,
    page: Page,
    *,
    control: str = "",
    condition: str = "",
    is_hidden: bool = False,
) -> Item:
    return Item(
        name=name,
        asked=asked,
        value=value,
        errors=page.said.get(name, ()),
        choices=choices_of(asked.field, page.answers, value),
        condition=condition,
        control=control or control_of(asked.field, required=asked.required),
        is_hidden=is_hidden,
    )
