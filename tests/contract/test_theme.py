"""The theme's texts against Keycloak's own: nothing falls back to English, no key is a slip of the pen."""

import re
import zipfile
from pathlib import Path

import pytest

from service.accounts.provisioning import ACCESS_SUBJECTS
from service.local import keycloak as local
from service.local.stack import Stack
from tests.support.stack import Keycloak

pytestmark = pytest.mark.xdist_group("contract")
ROOT = Path(__file__).parents[2]
THEME = ROOT / "keycloak" / "themes" / "proactive"


def keys(text: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)\s*=(.*)$", text, flags=re.MULTILINE))


def ours(kind: str, language: str) -> dict[str, str]:
    return keys((THEME / kind / "messages" / f"messages_{language}.properties").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def theirs(keycloak: Keycloak, parts: Stack) -> zipfile.ZipFile:
    folder = parts.local.folder / "keycloak" / "lib" / "lib" / "main"
    return zipfile.ZipFile(folder / f"org.keycloak.keycloak-themes-{local.VERSION}.jar")


def base(theirs: zipfile.ZipFile, kind: str, language: str) -> dict[str, str]:
    return keys(theirs.read(f"theme/base/{kind}/messages/messages_{language}.properties").decode("utf-8"))


@pytest.mark.parametrize("kind", ["login", "email"])
def test_every_english_text_has_an_italian_one(theirs: zipfile.ZipFile, kind: str) -> None:
    english = base(theirs, kind, "en") | ours(kind, "en")
    assert english.keys() - base(theirs, kind, "it").keys() - ours(kind, "it").keys() == set()


def test_texts_of_the_parent_theme_have_italian_ones(theirs: zipfile.ZipFile) -> None:
    english = keys(theirs.read("theme/keycloak.v2/login/messages/messages_en.properties").decode("utf-8"))
    shown = {key for key in english if not key.startswith("theme.")}  # those are for the administrators' list of themes
    assert shown - base(theirs, "login", "it").keys() - ours("login", "it").keys() == set()


def test_every_subject_of_a_mail_names_the_portal(theirs: zipfile.ZipFile) -> None:
    for key in base(theirs, "email", "en"):
        if key.endswith("Subject"):
            assert ours("email", "it").get(key, "").startswith("[ICRI ProActive] "), key


def test_subject_that_staff_are_shown_of_the_access_mail_is_the_themes() -> None:
    assert {language: ours("email", language)["executeActionsSubject"] for language in ("it", "en")} == ACCESS_SUBJECTS


@pytest.mark.parametrize("kind", ["login", "email"])
@pytest.mark.parametrize("language", ["it", "en"])
def test_apostrophes_are_doubled(kind: str, language: str) -> None:
    wrong = {key for key, text in ours(kind, language).items() if re.search(r"(?<!')'(?:'')*(?!')", text)}
    assert wrong == set()


@pytest.mark.parametrize("kind", ["html", "text"])
def test_templates_use_known_texts_only(theirs: zipfile.ZipFile, kind: str) -> None:
    known = ours("email", "it").keys() | base(theirs, "email", "it").keys()
    for template in (THEME / "email" / kind).glob("*.ftl"):
        used = set(re.findall(r'msg\("(\w+)"', template.read_text(encoding="utf-8")))
        assert used <= known, template.name


@pytest.mark.parametrize("template", sorted((THEME / "login").glob("*.ftl")), ids=lambda path: path.name)
def test_sign_in_templates_use_known_texts_in_both_languages(theirs: zipfile.ZipFile, template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    used = set(re.findall(r'msg\("(\w+)"', text))
    used |= {key for pair in re.findall(r'isKnown\?then\("(\w+)", "(\w+)"\)', text) for key in pair}
    for language in ("it", "en"):
        assert used <= ours("login", language).keys() | base(theirs, "login", language).keys()


def test_tokens_are_the_portal_s_byte_for_byte() -> None:
    copy = THEME / "login" / "resources" / "css" / "tokens.css"
    assert copy.read_bytes() == (ROOT / "service" / "web" / "static" / "tokens.css").read_bytes()
