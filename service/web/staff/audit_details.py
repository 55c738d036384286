"""What was recorded with an event of the trail, in words: which details are said, to whom, and what has no words."""

from collections.abc import Mapping

from service.access.principal import Principal
from service.applications.visibility import is_told
from service.audit.trail import AuditEvent
from service.web.staff.audit_words import Told, words_of

NO_PEOPLE: Mapping[str, str] = {}
MAY_BE_EMPTY = ("query",)  # no filter is one too


def details(event: AuditEvent, principal: Principal, people: Mapping[str, str] = NO_PEOPLE) -> str:
    """Say what else was recorded, to whoever may know of it; what nobody has words for, as it stands.

    `people` are names by subject, of those whose files an export was about.
    """
    if not is_told(event, principal):
        return ""
    told = Told(event, people)
    parts = [
        _said(name, value, told)
        for name, value in event.data.items()
        if value not in (None, "", [], {}) or name in MAY_BE_EMPTY
    ]
    return " · ".join(filter(None, parts))


def _said(name: str, value: object, told: Told) -> str:
    try:
        return words_of(told.event)[name](value, told)
    except (KeyError, TypeError, ValueError, AttributeError, StopIteration):  # no words, or not shaped as ours are
        return f"{name}: {_plain(value)}"


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
