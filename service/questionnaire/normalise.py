"""Cleaning of what people type, before any rule looks at it (domain.md section 5, "Normalise all")."""

import re
import unicodedata

LONGEST = 4000
# zero width, and what turns the direction of writing: a name must not read otherwise than it is
_TURNING = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_UNSEEN: dict[int, str | None] = dict.fromkeys(
    [*map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u061c\u200e\u200f"), *_TURNING]
)
_UNSEEN |= dict.fromkeys((0x2028, 0x2029), " ")
_SEPARATORS = re.compile(r"[\s./:\\_]|[\u002d\u2010-\u2015\u2212\u2043\u058a\ufe58\ufe63\uff0d]")
_KEPT_CONTROLS = "\n\t"


def safe(raw: str) -> str:
    """Keep what was typed, without what a database cannot store: NUL, other controls, lone surrogates."""
    text = raw.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in text if c in _KEPT_CONTROLS or unicodedata.category(c) not in {"Cc", "Cs"})


def clean(raw: str) -> str:
    """Bring any input to one Unicode form, without zero-width and control characters or outer blanks."""
    return unicodedata.normalize("NFKC", safe(raw).translate(_UNSEEN)).strip()


def code(text: str) -> str:
    """Upper case without separators: the canonical form of every code that has none."""
    return _SEPARATORS.sub("", text).upper()


def line(text: str) -> str:
    """One line with single spaces."""
    return " ".join(text.split())


def paragraph(text: str) -> str:
    """Several lines, each with single spaces, at most one empty line between two."""
    lines = "\n".join(line(part) for part in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip()


def fold(text: str) -> str:
    """Compare names: no accents, case, apostrophes or punctuation."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", plain.casefold()).split())
