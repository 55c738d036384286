"""What every field of the questionnaire is: one description a field, whatever category asks it."""

from collections.abc import Mapping

from service.questionnaire.fields import (
    activity,
    company,
    declarations,
    economics,
    group,
    insurance,
    licences,
    organisation,
    people,
    registers,
    seat,
    start,
)
from service.questionnaire.fields.base import Field

_MODULES = (
    start,
    company,
    registers,
    seat,
    people,
    group,
    activity,
    licences,
    economics,
    organisation,
    insurance,
    declarations,
)

# by key: the name, and `@variant` where categories ask the same name in another way
FIELDS: Mapping[str, Field] = {field.key: field for module in _MODULES for field in module.FIELDS}
