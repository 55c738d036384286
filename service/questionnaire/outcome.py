"""What a check answers: a value, or errors; warnings are for the reviewer. No rules live here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from babel.numbers import format_decimal

from service.questionnaire.catalogues import country_name
from service.questionnaire.messages import TEXTS
from service.questionnaire.texts import CountryCode, Msgid, Translate, untranslated


@dataclass(frozen=True, slots=True)
class Message:
    """A text for a person, with a stable code (`vat_it.checksum`) for machines."""

    code: str
    text: str
    params: Mapping[str, object] = field(default_factory=dict)

    def render(self, translate: Translate = untranslated, locale: str = "it") -> str:
        """Give the text in the reader's language, its placeholders filled in."""
        params = {key: _render_param(value, translate, locale) for key, value in self.params.items()}
        return translate(self.text).format(**params)

    def __str__(self) -> str:
        return self.render()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The canonical value, `None` when there are errors or nothing was given."""

    value: object | None = None
    errors: tuple[Message, ...] = ()
    warnings: tuple[Message, ...] = ()


def _render_param(value: object, translate: Translate, locale: str) -> object:
    if isinstance(value, CountryCode):
        return country_name(value, locale)
    if isinstance(value, Decimal):
        return format_decimal(value, locale=locale)
    if isinstance(value, Message):
        return value.render(translate, locale)
    return translate(value) if isinstance(value, Msgid) else value


def message(kind: str, code: str, /, **params: object) -> Message:
    """Build the message of a kind; raises `KeyError` when the table has no text for it."""
    full = f"{kind}.{code}"
    return Message(full, TEXTS[full], params)


def good(value: object, *warnings: Message) -> Outcome:
    """Accept a value."""
    return Outcome(value, (), warnings)


def bad(kind: str, code: str, /, **params: object) -> Outcome:
    """Refuse a value with the text of this kind and code."""
    return Outcome(None, (message(kind, code, **params),))
