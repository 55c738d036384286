"""The little markup of texts kept as data: paragraphs, and links written `[text](name)` or `[name]`. No HTML passes."""

import re

from markupsafe import Markup, escape

_LINK = re.compile(r"\[([^\]]+)\](?:\(([^)]+)\))?")
LINKS = {
    "homepage": "/",
    "ripristino password": "/recupera-password",
    "supporto": "/assistenza",
    "registrazione": "/registrazione",
    "accedi": "/accedi",
    "riprendi": "/riprendi",
    "stato": "/stato",
    "privacy": "/privacy",
    "accessibilità": "/accessibilita",
    "mail": "mailto:fornitori@icrimpianti.com",
    "procedura di registrazione": "#registrazione",
    "procedura ripristino password": "#password",
}


def linked(text: str) -> Markup:
    """Turn the links of a text into HTML; everything else is escaped. An unknown name never gets so far."""
    parts, end = [Markup()], 0
    for found in _LINK.finditer(text):
        target = LINKS[found[2] or found[1]]
        parts += [escape(text[end : found.start()]), Markup('<a href="{}">{}</a>').format(target, found[1])]
        end = found.end()
    return Markup().join([*parts, escape(text[end:])])


def link_names(text: str) -> list[str]:
    """Give the names that the links of a text lead to, known or not."""
    return [found[2] or found[1] for found in _LINK.finditer(text)]


def without_links(text: str) -> str:
    """Give a text with its links left out: what is left of brackets makes none."""
    return _LINK.sub("", text)


def plain(text: str) -> str:
    """Give a text without its markup, for searching."""
    return _LINK.sub(lambda found: found[1], text)
