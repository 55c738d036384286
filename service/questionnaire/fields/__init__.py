"""What every field of the questionnaire is: one description a field, whatever category asks it."""

from collections.abc import Mapping

from service.questionnaire.fields import activity, company, people, registers, seat, start
from service.questionnaire.fields.base import Field

# by key: the name, and `@variant` where categories ask the same name in another way
FIELDS: Mapping[str, Field] = {
    field.key: field for module in (start, company, registers, seat, people, activity) for field in module.FIELDS
}
