"""From a template and plain data to the bytes of a PDF; the same input gives the same bytes on every machine."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typst import Fonts

FOLDER = Path(__file__).parent / "templates"
TEMPLATES = ("self_declaration", "receipt", "dossier")
BOX = "□"
_UNDRAWN = re.compile(r"the text `\"(.+)\"` could not be displayed with font")
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
# what is left when joining and combining go wrong: Latin, Greek and Cyrillic letters that every font here has
_UNUSUAL = re.compile(
    r"[^\n\t\u0020-\u007e\u00a0-\u024f\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03ce\u0400-\u0481\u1e00-\u1eff"
    r"\u2010-\u2027\u200b\u20ac□]"
)
# a word longer than a column, of capitals or not; a hash and most addresses are shorter and copy as they are
_LONG = re.compile(r"[^\W\d_a-ln-vx-z]{26,}|\S{65,}")
_BETWEEN = re.compile(r"(?<=.)(?=[^\u0300-\u036f])", re.DOTALL)


def render(template: str, data: Mapping[str, object], *, locale: str, at: datetime) -> bytes:
    """Make a tagged PDF (PDF/UA-1). `data` goes in as JSON alone, so nothing typed by anybody is read as markup.

    `at` is the instant written into the file: that of the facts, so that making it again gives the same file. What no
    embedded font can draw becomes a box, and the paper says so. Takes some hundredths of a second, the first of a
    process 0.3 s; holds no lock of Python's. Raises `typst.TypstError` for a fault in a template.
    """
    from typst import TypstError  # noqa: PLC0415 - 84 MB that only who makes a PDF pays for

    text = json.dumps(_breakable(data), ensure_ascii=False)
    try:
        return _compile(template, text, locale, at)
    except TypstError as error:
        if not _UNDRAWN.search(error.diagnostic):
            raise
        without_named = _boxed(text, _undrawn(error.diagnostic))
    try:
        return _compile(template, without_named, locale, at)
    except TypstError:
        # joined or combined otherwise than the first time: then nothing unusual at all
        return _compile(template, _UNUSUAL.sub(BOX, text), locale, at)


def _compile(template: str, data: str, locale: str, at: datetime) -> bytes:
    import typst  # noqa: PLC0415

    return typst.compile(
        FOLDER / f"{template}.typ",
        root=FOLDER,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"data": data, "locale": locale},
        pdf_standards="ua-1",
        timestamp=at.astimezone(UTC).replace(microsecond=0),
    )


def _breakable(value: object) -> object:
    """Let words longer than a column break anywhere; a rule in the template costs a second and 180 MB for the same."""
    if isinstance(value, str):
        return _LONG.sub(lambda word: _BETWEEN.sub("\u200b", word[0]), value)
    if isinstance(value, Mapping):
        return {key: _breakable(one) for key, one in value.items()}
    return [_breakable(one) for one in value] if isinstance(value, list | tuple) else value


@cache
def _fonts() -> "Fonts":
    """Give the fonts inside the library: those of the machine would make another file of the same data."""
    from typst import Fonts  # noqa: PLC0415

    return Fonts(include_system_fonts=False)


def _undrawn(diagnostic: str) -> set[str]:
    """Read from the library's words, which are all it gives, the texts that no font can draw."""
    return {
        char
        for found in _UNDRAWN.findall(diagnostic)
        for char in _ESCAPED.sub(lambda code: chr(int(code[1], 16)), found)
        if not char.isascii()
    }


def _boxed(text: str, undrawn: set[str]) -> str:
    return text.translate(dict.fromkeys(map(ord, undrawn), BOX))
