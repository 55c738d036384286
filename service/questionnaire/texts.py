"""Italian texts as message ids, wrapped in `N_` so that Babel finds them; nothing is translated here."""

from collections.abc import Callable

from service.locales import Spoken


class Msgid(str):
    """An Italian text that a translation may exist for."""

    __slots__ = ()


class Worded(Msgid, Spoken):
    """A text that an admin wrote, with its words in the other language; no catalogue is asked for it."""


class CountryCode(str):
    """A country inside a message: shown by its name in the reader's language."""

    __slots__ = ()


N_ = Msgid

Translate = Callable[[str], str]


def untranslated(text: str) -> str:
    """Give the Italian text itself."""
    return text
