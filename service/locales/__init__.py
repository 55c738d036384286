"""The two languages of the portal: catalogues compiled in memory, and the language of the request or mail at hand.

Italian is the source; English is `en/LC_MESSAGES/messages.po`. What a page says belongs to the pages, not here.
`python -m service.locales update` extracts, `check` complains about what is missing.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Self

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE = "it"
LOCALES = (SOURCE, "en")
FOLDER = Path(__file__).parent


@dataclass(slots=True)
class _Spoken:
    """Mutable on purpose: a dependency runs in a copy of the context, and its choice must reach the handler."""

    locale: str = SOURCE
    is_chosen: bool = False


class Spoken(str):  # noqa: SLOT000 - `str` takes no slots, and this one carries words
    """A text that brings its own translations, because somebody wrote it who is no developer: no catalogue has it."""

    said: Mapping[str, str]

    @classmethod
    def of(cls, source: str, **said: str) -> Self:
        """Make one of its Italian words and those of other languages; without these the Italian ones are said."""
        made = cls(source)
        made.said = {locale: text for locale, text in said.items() if text}
        return made


class _Source(NullTranslations):
    """Italian: every text is its own translation."""

    def gettext(self, message: str) -> str:
        """Give the text as it is."""
        return str(message)


class _Catalogue(GNUTranslations):
    """The catalogue of a locale; a text with its own translation is not looked up."""

    def __init__(self, locale: str, source: BytesIO) -> None:
        super().__init__(source)
        self._locale = locale

    def gettext(self, message: str) -> str:
        """Translate."""
        if isinstance(message, Spoken):
            return message.said.get(self._locale, str(message))
        return super().gettext(message)


_spoken: ContextVar[_Spoken | None] = ContextVar("spoken", default=None)


def N_(message: str) -> str:  # noqa: N802
    """Mark a text for extraction; it is translated where it is shown."""
    return message


@cache
def catalogue(locale: str) -> NullTranslations:
    """Give the translations of a locale, compiled once; Italian and unknown locales translate to themselves."""
    path = FOLDER / locale / "LC_MESSAGES" / "messages.po"
    if locale == SOURCE or locale not in LOCALES or not path.exists():
        return _Source()
    compiled = BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=locale))
    compiled.seek(0)
    return _Catalogue(locale, compiled)


def current_locale() -> str:
    """Give the language of the request or mail at hand."""
    spoken = _spoken.get()
    return spoken.locale if spoken else SOURCE


def speak(locale: str, *, chosen: bool = True) -> None:
    """Set the language of this context from here on; `chosen` says that the person asked for it."""
    _spoken.set(_Spoken(locale if locale in LOCALES else SOURCE, chosen))


def prefer(locale: str) -> None:
    """Take a stored language, unless the person chose one in this browser."""
    spoken = _spoken.get()
    if spoken is None:
        speak(locale, chosen=False)
    elif not spoken.is_chosen and locale in LOCALES:
        spoken.locale = locale


@contextmanager
def spoken_in(locale: str) -> Iterator[None]:
    """Speak a language inside a block: mails, previews, tests."""
    token = _spoken.set(_Spoken(locale if locale in LOCALES else SOURCE, is_chosen=True))
    try:
        yield
    finally:
        _spoken.reset(token)


def raw_gettext(message: str) -> str:
    """Translate without filling anything in: what Jinja's i18n extension calls, which fills in by itself."""
    return catalogue(current_locale()).gettext(message) if message else ""


def raw_ngettext(singular: str, plural: str, number: int) -> str:
    """Translate by number without filling anything in."""
    return catalogue(current_locale()).ngettext(singular, plural, number)


def gettext(message: str, /, **variables: object) -> str:
    """Translate and fill in `%(name)s`; a percent sign is written `%%`, with and without variables."""
    return raw_gettext(message) % variables


def ngettext(singular: str, plural: str, number: int, /, **variables: object) -> str:
    """Translate by number and fill in; the number itself is `%(num)s`."""
    return raw_ngettext(singular, plural, number) % {"num": number, **variables}
