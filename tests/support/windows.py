"""Two windows without JavaScript: what a form carries along, and the page that asks which of two values stays."""

import re
from html import unescape

from fastapi.testclient import TestClient

from tests.support.registering import Form

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
RADIO = re.compile(r'type="radio" name="(_tieni\.[^"]+)" id="[^"]+" value="([^"]+)"( checked)?')


def opened(client: TestClient, path: str, form: Form) -> Form:
    """The hidden inputs of a page as a browser has them, beside what is typed."""
    page = client.get(path)
    assert page.status_code == 200
    hidden = {name: [value] for name, value in hidden_in(page.text).items() if name.startswith("_")}
    return {**form, **hidden}


def hidden_in(html: str) -> dict[str, str]:
    return {unescape(name): unescape(value) for name, value in HIDDEN.findall(html)}


def asked_in(html: str) -> list[str]:
    """The fields of the page that asks, in its order."""
    return list(dict.fromkeys(name.removeprefix("_tieni.") for name, _value, _on in RADIO.findall(html)))


def chosen(html: str, **choices: str) -> Form:
    """The form of the page that asks, with what is chosen, else what the page has chosen."""
    form: Form = {}
    for name, value in HIDDEN.findall(html):
        form.setdefault(unescape(name), []).append(unescape(value))
    preset = {name: [value] for name, value, is_on in RADIO.findall(html) if is_on}
    return {**form, **preset, **{f"_tieni.{name}": [value] for name, value in choices.items()}}
