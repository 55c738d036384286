"""What of a draft a change of category drops, in words."""

from collections.abc import Mapping

from service import questionnaire
from service.applications.models import Application
from service.locales import current_locale
from service.web.templating import text_of


def dropped_by(draft: Application, category: str) -> list[dict[str, str]]:
    """Give label and value of every answer the other category does not ask in the same way."""
    answers = draft.content.answers
    after = questionnaire.change_category(answers, draft.legal_category, category)
    found = []
    for section, fields in questionnaire.answered(draft.legal_category, answers):
        kept = after.get(section.slug, {})
        for asked, value in fields:
            name = asked.field.name
            is_lost = isinstance(kept, Mapping) and name not in kept and name != "legal_category"
            text = questionnaire.display(asked.field, value, locale=current_locale(), translate=text_of)
            if is_lost and text and not (asked.field.is_tick and not value):
                found.append({"label": text_of(asked.label), "value": text, "url": "", "note": ""})
    return found
