"""Values as people see them: for editing in a form, and for reading in the summary and the staff's pages."""

import contextlib
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

import ateco
import phonenumbers
from babel.numbers import format_decimal

from service.questionnaire.catalogues import all_provinces, country_name, municipalities, names
from service.questionnaire.fields.base import Field
from service.questionnaire.formats.catalogue import EDITION
from service.questionnaire.inputs import rows_of
from service.questionnaire.leaves import LEAVES
from service.questionnaire.matrix import is_asked, possible_fields, raw_answers, section_answers
from service.questionnaire.texts import N_, Translate, untranslated

Answers = Mapping[str, object]

YES, NO = N_("Sì"), N_("No")


def form_values(section: str, *, category: str, answers: Answers) -> dict[str, object]:
    """Give what the inputs show: as typed where it was not good, else the value, else the preset if never saved."""
    own, raw = section_answers(answers, section), raw_answers(answers, section)
    fields = possible_fields(section, category=category, answers=answers)
    # every save stores its ticks, so a section without one was prefilled at most
    is_new = not raw and not any(one.name in own for one in fields if one.field.is_tick)
    shown: dict[str, object] = {}
    for one in fields:
        field, name = one.field, one.name
        if name in raw:
            shown[name] = raw[name]
        elif name in own:
            shown[name] = form_value(field, own[name])
        else:
            shown[name] = form_value(field, field.preset if is_new or not is_asked(one, own, answers) else None)
    if section == "avvio" and not shown["legal_category"]:
        shown["legal_category"] = category
    return shown


def form_value(field: Field, value: object) -> object:
    """Write a canonical value the way its input takes it: text, list, tick, or the three boxes of a date.

    A field made of parts gives them by the rest of their inputs' names, as what was typed is kept.
    """
    if field.is_composite:
        return _part_values(field, value)
    if field.is_tick:
        return bool(value)
    if field.multiple:
        return [_editable(field, one) for one in value] if isinstance(value, list | tuple) else []
    if field.kind == "date":
        day = _as_date(value)
        return {
            "day": f"{day.day:02}" if day else "",
            "month": f"{day.month:02}" if day else "",
            "year": str(day.year) if day else "",
        }
    return "" if value is None else _editable(field, value)


def _part_values(field: Field, value: object) -> dict[str, object]:
    if field.kind == "rows":
        rows = value if isinstance(value, list | tuple) else ()
        return {
            f"{number}.{part.name}": form_value(part, row[part.name])
            for number, row in enumerate(rows)
            for part in field.parts
            if part.name in row
        }
    given = value if isinstance(value, Mapping) else {}
    return {key: form_value(field.parts[0], one) for key, one in given.items()}


def _editable(field: Field, value: object) -> str:
    if field.kind == "ateco" and isinstance(value, Mapping):
        return str(value.get("code", ""))
    if field.kind in {"municipality", "phone"}:
        return _municipality(value) if field.kind == "municipality" else _phone(value)
    return _money(value, "it") if field.kind in {"money", "percent"} else str(value)


def display(field: Field, value: object, *, locale: str = "it", translate: Translate = untranslated) -> str:
    """Write a value for reading; nothing for what was not given. Escaping is the page's work."""
    if value is None or value in ("", [], (), {}):
        return ""
    if field.is_composite:
        return "; ".join(lines(field, value, locale=locale, translate=translate))
    if isinstance(value, list | tuple):
        return "; ".join(display(field, one, locale=locale, translate=translate) for one in value)
    if field.choices is not None and field.kind in {"choice", "dm37", "soa"}:
        return translate(field.choices.get(str(value), str(value)))
    return _DISPLAY.get(field.kind, _plain)(value, locale, translate)


def lines(field: Field, value: object, *, locale: str = "it", translate: Translate = untranslated) -> list[str]:
    """Write a value for reading in lines: one for each choice, row, year or leaf."""

    def say(one: Field, given: object) -> str:
        return display(one, given, locale=locale, translate=translate)

    if field.kind == "rows" and isinstance(value, list | tuple):
        return [_row_line(field, row, say, translate) for row in value]
    if field.is_composite and isinstance(value, Mapping):
        return [_key_line(field, key, say(field.parts[0], one), translate) for key, one in value.items()]
    found = value if isinstance(value, list | tuple) else (value,)
    return [text for one in found if (text := say(field, one))]


def typed_lines(field: Field, typed: object, *, translate: Translate = untranslated) -> list[str]:
    """Write what was typed and is not good yet for reading."""
    if field.kind == "rows" and isinstance(typed, Mapping):
        return [
            _row_line(field, row, lambda part, text: _as_typed(part, text, translate), translate)
            for _, row in sorted(rows_of(typed).items())
        ]
    if field.is_composite and isinstance(typed, Mapping):
        return [
            _key_line(field, key, _as_typed(field.parts[0], one, translate), translate) for key, one in typed.items()
        ]
    return [text] if (text := _as_typed(field, typed, translate)) else []


def _row_line(
    field: Field, row: Mapping[str, object], say: Callable[[Field, object], str], translate: Translate
) -> str:
    """Name each answer of a row: two dates in a line must be told apart; a tick that is off says nothing."""
    given = [(part, say(part, row[part.name])) for part in field.parts if row.get(part.name)]
    if len(field.parts) == 1:
        return "".join(text for _part, text in given)
    return " · ".join(f"{translate(part.seen_as or part.label)}: {text}" for part, text in given)


def _key_line(field: Field, key: str, text: str, translate: Translate) -> str:
    leaf = LEAVES.get(key) if field.kind == "leaves" else None
    if leaf is None:
        return f"{key}: {text}"
    asked = f"{translate(leaf.question)} " if field.only_asking else f"{translate(leaf.label)}: "
    return f"{leaf.code} {asked}{text}"


def _as_typed(field: Field, typed: object, translate: Translate) -> str:
    if isinstance(typed, bool):
        return translate(YES if typed else NO)
    if isinstance(typed, Mapping):
        return "/".join(map(str, typed.values()))
    if isinstance(typed, list):
        return "; ".join(_as_typed(field, one, translate) for one in typed)
    return translate(field.choices.get(str(typed), str(typed))) if field.choices else str(typed)


def _plain(value: object, _locale: str, _translate: Translate) -> str:
    return str(value)


def _tick(value: object, _locale: str, translate: Translate) -> str:
    return translate(YES if value else NO)


def _leaf(value: object, _locale: str, translate: Translate) -> str:
    leaf = LEAVES.get(str(value))
    return f"{leaf.code} {translate(leaf.label)}" if leaf else str(value)


def _as_date(value: object) -> date | None:
    with contextlib.suppress(ValueError):
        return date.fromisoformat(str(value))
    return None


def _date(value: object, _locale: str, _translate: Translate) -> str:
    day = _as_date(value)
    return f"{day:%d/%m/%Y}" if day else str(value)


def _money(value: object, locale: str) -> str:
    return format_decimal(Decimal(str(value)), format="#,##0.00", locale=locale)


def _ateco(value: object, _locale: str, _translate: Translate) -> str:
    if not isinstance(value, Mapping):
        return str(value)
    code, edition = str(value.get("code", "")), str(value.get("edition", EDITION))
    node = ateco.lookup(code, edition=edition)
    return f"{code} {node.title}" if node else code


def _phone(value: object) -> str:
    try:
        number = phonenumbers.parse(str(value))
    except phonenumbers.NumberParseException:
        return str(value)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _municipality(value: object) -> str:
    town = municipalities().get(str(value))
    return town.label if town else str(value)


def _province(value: object) -> str:
    found = all_provinces().get(str(value))
    return f"{found.name} ({found.code})" if found else str(value)


_DISPLAY: Mapping[str, Callable[[object, str, Translate], str]] = {
    "tick": _tick,
    "leaf": _leaf,
    "date": _date,
    "ateco": _ateco,
    "money": lambda value, locale, _translate: f"{_money(value, locale)} €",
    "integer": lambda value, locale, _translate: format_decimal(str(value), locale=locale),
    "percent": lambda value, locale, _translate: f"{_money(value, locale)} %",
    "country": lambda value, locale, _translate: country_name(str(value), locale),
    "phone": lambda value, _locale, _translate: _phone(value),
    "municipality": lambda value, _locale, _translate: _municipality(value),
    "ccnl": lambda value, _locale, _translate: " ".join(filter(None, (str(value), names("ccnl.csv").get(str(value))))),
    "province": lambda value, _locale, _translate: _province(value),
}
