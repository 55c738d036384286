"""What of a draft a change of category or of the types of supply drops, in words."""

import hashlib
from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from service import questionnaire
from service.applications.models import Application
from service.config import Settings
from service.documents.presence import present_of
from service.documents.repository import Owner, list_documents
from service.locales import current_locale
from service.questionnaire import Dropped, Parsed
from service.web.document_views import title_words
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
                found.append(_row(asked.label, said, whose=asked.field.group or section.title))
    return found


def documents_unasked(
    session: Session, draft: Application, category: str, answers: Mapping[str, object], *, settings: Settings
) -> list[str]:
    """Name the documents that were given and asked for, and would not be with these answers."""
    present = present_of(list_documents(session, Owner(application_id=draft.id)))
    now, then = (
        {
            one.key
            for one in questionnaire.documents_due(
                whose, said, present, with_declaration=settings.signed_declaration_required
            )
        }
        for whose, said in ((draft.legal_category, draft.content.answers), (category, answers))
    )
    return [title_words(*key) for key in present if key in now - then]


def unasked_by_supply(session: Session, draft: Application, parsed: Parsed, *, settings: Settings) -> list[str]:
    """Name the documents that the types of supply of a form would leave aside."""
    types = parsed.values.get("supply_types")
    if not isinstance(types, list) or set(types) == set(draft.content.answers["avvio"].get("supply_types", ())):
        return []
    answers = questionnaire.change_supply_types(draft.legal_category, draft.content.answers, types)
    return documents_unasked(session, draft, draft.legal_category, answers, settings=settings)


def dropped_by_supply(draft: Application, parsed: Parsed) -> tuple[Dropped, ...]:
    """Give what the types of supply of a form would drop; none, or bad ones, drop nothing."""
    types = parsed.values.get("supply_types")
    if not isinstance(types, list):
        return ()
    return questionnaire.dropped_by_supply_types(draft.legal_category, draft.content.answers, types)


def would_drop(draft: Application, parsed: Parsed) -> bool:
    """Tell whether saving the first section would drop anything."""
    return bool(dropped_by_supply(draft, parsed))


def fingerprint(dropped: Sequence[Dropped], unasked: Sequence[str] = ()) -> str:
    """Name what a page listed, so that a confirmation counts for just that."""
    text = repr(([(one.section, one.field.name, one.value) for one in dropped], [*unasked]))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def rows_of(dropped: Sequence[Dropped]) -> Rows:
    """Give label and value of each, for the macro `answers`."""
    titles = {section.slug: section.title for section in questionnaire.SECTIONS}
    return [_row(one.label, _said(one), whose=one.field.group or titles[one.section]) for one in dropped]


def _said(one: Dropped) -> list[str]:
    if one.is_typed:
        return questionnaire.typed_lines(one.field, one.value, translate=text_of)
    return questionnaire.lines(one.field, one.value, locale=current_locale(), translate=text_of)


def _row(label: str, value: list[str], *, whose: str) -> dict[str, object]:
    """Put the group before the label: "Nome" alone may be anybody's."""
    return {"label": f"{text_of(whose)}: {text_of(label)}", "value": value, "url": "", "note": ""}
