"""A letter is a pure function of its facts: text and HTML come from one source, so they say the same.

`templates/<message>.<locale>.txt`: the subject, then paragraphs. A paragraph `-> Label: {{ link }}` is
a button in HTML. Paragraphs are told apart before the facts are filled in, so no fact can make one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from service.mail.dates import after
from service.mail.port import Letter

SUBJECT_PREFIX = "[ICRI ProActive] "
UNGREETED = ("invitation", "staff_")  # to companies as such, and to the office
BUTTON = re.compile(r"-> (?P<label>[^:]+): (?P<link>\{\{ link \}\})")
_environment = Environment(undefined=StrictUndefined, autoescape=False)  # noqa: S701 - every fact is escaped in `_html`
_environment.filters |= {"after": lambda said, word: after(word, said)}

FRAME = {
    "it": {
        "greeting": "Gentile {name},",
        "closing": "Cordiali saluti,\nUfficio Acquisti ICRI",
        "footer": "Messaggio automatico di ICRI ProActive, portale di prequalifica fornitori. Per assistenza: "
        "{support_link} o {support}. Informativa privacy: {privacy_link}. "
        "Non le chiederemo mai la password per e-mail o telefono.",
    },
    "en": {
        "greeting": "Dear {name},",
        "closing": "Kind regards,\nICRI Purchasing Office",
        "footer": "Automatic message of ICRI ProActive, the supplier prequalification portal. For help: "
        "{support_link} or {support}. Privacy notice: {privacy_link}. "
        "We will never ask you for your password by e-mail or telephone.",
    },
}

PAGE = Markup("""<!doctype html>
<html lang="{locale}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{subject}</title></head>
<body style="margin:0;background:#f3f5f7;color:#17212b;font:16px/1.55 -apple-system,'Segoe UI',Roboto,Arial,sans-serif">
<div style="background:#12222e;border-bottom:4px solid #b8460e;padding:14px 24px;color:#fff;font-size:18px">\
<strong>ICRI</strong> ProActive</div>
<div style="max-width:600px;margin:24px auto;background:#fff;border:1px solid #cbd3da;border-radius:6px;padding:24px">
{body}
</div>
<p style="max-width:600px;margin:0 auto 24px;padding:0 24px;color:#4a5763;font-size:13px">{footer}</p>
</body></html>
""")
ADDRESS = Markup('<a href="{0}" style="color:#0e4d64;word-break:break-all">{0}</a>')
PARAGRAPH = Markup('<p style="margin:0 0 16px">{}</p>')
LINK_BUTTON = Markup(
    '<p style="margin:0 0 16px"><a href="{link}" style="display:inline-block;background:#0e4d64;color:#fff;'
    'text-decoration:none;font-weight:600;padding:10px 18px;border-radius:6px">{label}</a></p>'
    '<p style="margin:0 0 16px;color:#4a5763;font-size:13px;word-break:break-all">{link}</p>'
)


@dataclass(frozen=True, slots=True)
class Envelope:
    """What every letter needs: to whom, in which language, and the portal's addresses; `others` as in `Letter`."""

    to: str
    name: str
    locale: str
    portal: str
    support: str
    others: int = 0


def compose(message: str, envelope: Envelope, facts: Mapping[str, object]) -> Letter:
    """Fill in a message; a paragraph that comes out empty is left away. Raises UndefinedError for a missing fact."""
    frame = FRAME[envelope.locale]
    subject_source, *paragraphs = _source(message, envelope.locale)
    subject = SUBJECT_PREFIX + _one_line(_fill(subject_source, facts))
    blocks: list[tuple[str, str]] = [
        ("", _fill(text, facts)) if not (button := BUTTON.fullmatch(text)) else (button["label"], str(facts["link"]))
        for text in paragraphs
    ]
    blocks = [(label, text) for label, text in blocks if text.strip()]
    if is_greeted(message):
        name = _one_line(envelope.name)
        blocks = [("", frame["greeting"].format(name=name)), *blocks, ("", frame["closing"])]
    footer = frame["footer"].format(
        support=envelope.support,
        support_link=f"{envelope.portal}/assistenza",
        privacy_link=f"{envelope.portal}/privacy",
    )
    plain = "\n\n".join(f"{label}:\n{text}" if label else text for label, text in blocks)
    body = Markup("\n").join(_html(block, envelope.portal) for block in blocks)
    return Letter(
        to=envelope.to,
        subject=subject,
        text=f"{plain}\n\n-- \n{footer}\n",
        html=str(PAGE.format(locale=envelope.locale, subject=subject, body=body, footer=footer)),
        locale=envelope.locale,
        others=envelope.others,
    )


def is_greeted(message: str) -> bool:
    """Say whether a letter begins with a name and ends with a closing."""
    return not message.startswith(UNGREETED)


def _html(block: tuple[str, str], portal: str) -> Markup:
    label, text = block
    if label:
        return LINK_BUTTON.format(link=text, label=label)
    return PARAGRAPH.format(Markup("<br>").join(_html_line(line, portal) for line in text.splitlines()))


def _html_line(line: str, portal: str) -> Markup:
    """Make a link of a line that is an address of ours and nothing else."""
    return ADDRESS.format(line) if line.startswith(f"{portal}/") and " " not in line else escape(line)


def masked(email: str) -> str:
    """Give an address that its owner recognises and nobody else learns."""
    name, _, domain = email.partition("@")
    return f"{name[:1]}•••••@{domain}"


def unlinked(text: str) -> str:
    """Take the life out of addresses in what strangers typed: a mail program must not make links of them."""
    return re.sub(r"(?<=\w)\.(?=[A-Za-z]{2})", ". ", text.replace("://", " "))


def _fill(source: str, facts: Mapping[str, object]) -> str:
    return _environment.from_string(source).render(facts).strip()


def _one_line(text: str) -> str:
    """Headers take no line breaks or control characters, wherever the fact came from."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


@cache
def _source(message: str, locale: str) -> tuple[str, ...]:
    folder = files("service.mail").joinpath("templates")
    path = folder.joinpath(f"{message}.{locale}.txt")
    if not path.is_file():
        path = folder.joinpath(f"{message}.it.txt")  # staff notices are in Italian only
    return tuple(part.strip() for part in path.read_text(encoding="utf-8").split("\n\n") if part.strip())
