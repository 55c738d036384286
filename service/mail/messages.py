"""A letter is a pure function of its text and its facts: plain text and HTML come from one source and say the same.

`templates/<message>.<locale>.txt`: the subject, then paragraphs. A paragraph `-> Label: {{ link }}` is
a button in HTML. Paragraphs are told apart before the facts are filled in, so no fact can make one. Texts may be
edited (`texts`), so all of them are filled in within a sandbox that knows nothing but the facts.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from service.mail.dates import after
from service.mail.port import Letter
from service.mail.texts import Text, in_force, shipped

SUBJECT_PREFIX = "[ICRI ProActive] "
UNGREETED = ("invitation", "staff_")  # to companies as such, and to the office
BUTTON = re.compile(r"-> (?P<label>[^:]+): (?P<link>\{\{ link \}\})")
# what goes wrong where a text does not fit its facts
MISFITS = (TemplateError, TypeError, ValueError, LookupError, ArithmeticError)
ENVIRONMENT = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)  # facts are escaped in `_html`
ENVIRONMENT.globals.clear()
ENVIRONMENT.tests = {}
ENVIRONMENT.filters = {"after": lambda said, word: after(word, said), "string": str}
log = structlog.get_logger()

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


def compose(message: str, envelope: Envelope, facts: Mapping[str, object], text: Text | None = None) -> Letter:
    """Fill in a message; a paragraph that comes out empty is left away. Raises UndefinedError for a missing fact.

    With the text in force, or with `text` to see what it makes. An edited one that does not fit the facts keeps no
    letter back: it leaves with the shipped words, and the log says so.
    """
    frame = FRAME[envelope.locale]
    title, blocks = _written(message, envelope.locale, facts) if text is None else _filled(text, facts)
    subject = SUBJECT_PREFIX + title
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


def subject_of(message: str, locale: str, facts: Mapping[str, object]) -> str:
    """Give the subject a message leaves with now. Raises UndefinedError for a missing fact."""
    return SUBJECT_PREFIX + _written(message, locale, facts)[0]


def is_greeted(message: str) -> bool:
    """Say whether a letter begins with a name and ends with a closing."""
    return not message.startswith(UNGREETED)


def _written(message: str, locale: str, facts: Mapping[str, object]) -> tuple[str, list[tuple[str, str]]]:
    """Fill in the text in force, or the shipped one where an edited one fails."""
    chosen, own = in_force(message, locale), shipped(message, locale)
    try:
        return _filled(chosen, facts)
    except MISFITS as error:
        if chosen is own:
            raise
        log.warning("mail.text_unfit", message=message, locale=locale, error=type(error).__name__)
        return _filled(own, facts)


def _filled(text: Text, facts: Mapping[str, object]) -> tuple[str, list[tuple[str, str]]]:
    """Give the subject and the paragraphs, those that are buttons with their labels."""
    blocks: list[tuple[str, str]] = [
        ("", _fill(source, facts))
        if not (button := BUTTON.fullmatch(source))
        else (button["label"], str(facts["link"]))
        for source in text.paragraphs
    ]
    return _one_line(_fill(text.subject, facts)), [(label, said) for label, said in blocks if said.strip()]


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
    return ENVIRONMENT.from_string(source).render(facts).strip()


def _one_line(text: str) -> str:
    """Headers take no line breaks or control characters, wherever the fact came from."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
