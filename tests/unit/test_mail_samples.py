"""Every model of letter has facts to show it with, in every language it must have, and its place on the list."""

import re
from html import unescape
from importlib.resources import files

import pytest

from service.mail.messages import FRAME
from service.mail.samples import MODELS, OFFICE_ONLY, Model, find_model, sample
from service.web.staff.words import MESSAGES
from service.worker.letters import LETTERS

PORTAL = "https://fornitori.example.com"
TEMPLATES = {
    tuple(path.name.removesuffix(".txt").rsplit(".", 1))
    for path in files("service.mail").joinpath("templates").iterdir()
    if path.name.endswith(".txt")
}
OURS = [one for one in MODELS if not one.is_keycloak]
EVERY = [(one, locale) for one in OURS for locale in one.locales]


def test_every_template_is_on_the_list_in_its_languages_and_nothing_else_is() -> None:
    assert {(one.message, locale) for one, locale in EVERY} == TEMPLATES


def test_only_the_office_is_written_to_in_one_language() -> None:
    english = {message for message, locale in TEMPLATES if locale == "en"}
    assert {message for message, _ in TEMPLATES} - english == {
        one.message for one in OURS if one.message.startswith(OFFICE_ONLY)
    }


def test_every_letter_that_the_worker_writes_is_on_the_list() -> None:
    # the one with a password is written by the job of the account
    assert set(LETTERS) | {"access_data_password"} == {one.message for one in OURS}


def test_list_names_each_model_once_with_words() -> None:
    messages = [one.message for one in MODELS]
    assert len(set(messages)) == len(messages)
    assert set(messages) <= set(MESSAGES)
    assert all(one.when and one.to for one in MODELS)
    assert find_model("nessuno") is None


def test_models_of_keycloak_are_listed_as_such() -> None:
    assert {one.message for one in MODELS if one.is_keycloak} == {"access_data", "password_reset", "password_changed"}


@pytest.mark.parametrize(("model", "locale"), EVERY, ids=lambda one: getattr(one, "message", one))
def test_sample_reads_as_a_whole_letter(model: Model, locale: str) -> None:
    letter = sample(model, locale, portal=PORTAL)
    assert letter.subject.startswith("[ICRI ProActive] ")
    assert letter.locale == locale
    for text in (letter.subject, letter.text, letter.html):
        assert not re.search(r"\{[{%]|[%}]\}|None|Words\(|datetime", text)
        assert ".." not in text
    assert (FRAME[locale]["closing"] in letter.text) != model.message.startswith(OFFICE_ONLY)
    links = re.findall(r"https?://[^\s<>\"')]+", letter.text)
    assert links
    assert all(link.startswith(PORTAL) for link in links)
    assert set(map(unescape, re.findall(r'href="([^"]+)"', letter.html))) <= set(links)


@pytest.mark.parametrize("model", [one for one in OURS if len(one.locales) > 1], ids=lambda one: one.message)
def test_english_has_its_own_words_and_all_the_facts(model: Model) -> None:
    italian, english = (sample(model, locale, portal=PORTAL) for locale in ("it", "en"))
    assert italian.subject != english.subject
    told = [re.findall(r"P-2026-\d+|https?://\S+|Bianchi S\.r\.l\.", letter.text) for letter in (italian, english)]
    assert set(told[0]) == set(told[1])
