"""What of a draft a change of category or of the types of supply drops, in words."""

import hashlib
from collections.abc import Mapping, Sequence

from service import questionnaire
from service.applications.models import Application
from service.locales import current_locale
from service.questionnaire import Dropped, Parsed
from service.web.templating import text_of

Rows = list[dict[str, object]]


def dropped_by(draft: Application, category: str) -> Rows:
    """Give label and value of every answer the other category does not ask in the same way."""
    answers = draft.content.answers
    after = questionnaire.change_category(answers, draft.legal_category, category)
    found: Rows = []
    for section, fields in questionnaire.answered(draft.legal_category, answers):
        kept = after.get(section.slug, {})
        for asked, value in fields:
            name = asked.field.name
            is_lost = isinstance(kept, Mapping) and name not in kept and name != "legal_category"
            said = questionnaire.lines(asked.field, value, locale=current_locale(), translate=text_of)
            if is_lost and said and not (asked.field.is_tick and not value):
                found.append(_row(asked.label, said))
    return found


def dropped_by_supply(draft: Application, parsed: Parsed) -> tuple[Dropped, ...]:
    """Give what the types of supply of a form would drop; none, or bad ones, drop nothing."""
    types = parsed.values.get("supply_types")
    if not isinstance(types, list):
        return ()
    return questionnaire.dropped_by_supply_types(draft.legal_category, draft.content.answers, types)


def would_drop(draft: Application, parsed: Parsed) -> bool:
    """Tell whether saving the first section would drop anything."""
    return bool(dropped_by_supply(draft, parsed))


def fingerprint(dropped: Sequence[Dropped]) -> str:
    """Name what a page listed, so that a confirmation counts for just that."""
    text = repr([(one.section, one.field.name, one.value) for one in dropped])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def rows_of(dropped: Sequence[Dropped]) -> Rows:
    """Give label and value of each, for the macro `answers`."""
    return [_row(one.label, _said(one)) for one in dropped]


def _said(one: Dropped) -> list[str]:
    if one.is_typed:
        return questionnaire.typed_lines(one.field, one.value, translate=text_of)
    return questionnaire.lines(one.field, one.value, locale=current_locale(), translate=text_of)


def _row(label: str, value: list[str]) -> dict[str, object]:
    return {"label": text_of(label), "value": value, "url": "", "note": ""}
