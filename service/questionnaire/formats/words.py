"""Names, free text, ticks and choices."""

import re
import unicodedata
from collections.abc import Container, Mapping

from service.questionnaire import normalise
from service.questionnaire.outcome import Outcome, bad, good, message

Context = Mapping[str, object]

_LONGEST_NAME = 80
_DEFAULT_LIMIT = 200
_TICKED = frozenset({"on", "true", "1", "si", "yes"})
_UNTICKED = frozenset({"off", "false", "0", "no"})
# words that hint at data of health or of justice, which nobody should write here (GDPR artt. 9 and 10)
_SENSITIVE = re.compile(
    r"\b(malatti\w*|invalidit\w*|disabil\w*|diagnos\w*|gravidanz\w*|sindacal\w*|condann\w*|reat[oi]|"
    r"casellario|penal[ei]|carichi pendenti|arrest\w*)\b",
    re.IGNORECASE,
)


def person_name(text: str, _context: Context) -> Outcome:
    """Check a first or last name: letters of any alphabet, space, apostrophe, hyphen, dot."""
    name = normalise.line(text).translate(str.maketrans("’`´ʼ‘", "'''''"))
    if len(name) > _LONGEST_NAME:
        return bad("person_name", "too_long", n=_LONGEST_NAME, m=len(name))
    for char in name:
        if char not in " '-." and not unicodedata.category(char).startswith(("L", "M")):
            return bad("person_name", "chars", c=char)
    return good(name) if any(char.isalpha() for char in name) else bad("person_name", "chars", c=name[0])


def text(text: str, context: Context) -> Outcome:
    """Check a text of at most `limit` characters; line breaks stay only where `multiline` is true.

    Where anything may be written (`is_free`, and whatever has several lines) words of health or justice are noticed.
    """
    limit = context.get("limit")
    limit = limit if isinstance(limit, int) else _DEFAULT_LIMIT
    is_multiline = bool(context.get("multiline"))
    value = normalise.paragraph(text) if is_multiline else normalise.line(text)
    if len(value) > limit:
        return bad("text", "too_long", n=limit, m=len(value))
    if (is_multiline or context.get("is_free")) and (found := _SENSITIVE.search(value)):
        return good(value, message("text", "sensitive_words", parola=found.group()))
    return good(value)


def choice(text: str, context: Context) -> Outcome:
    """Check a code among `choices`."""
    choices = context.get("choices")
    return good(text) if isinstance(choices, Container) and text in choices else bad("choice", "unknown")


def tick(text: str, _context: Context) -> Outcome:
    """Read a tick box; what a browser sends for an absent one is nothing at all."""
    word = text.lower()
    if word in _TICKED:
        return good(value=True)
    return good(value=False) if word in _UNTICKED else bad("tick", "unknown")
