"""The models of the letters as an administrator sees them; to everybody else the pages do not exist."""

import re

import pytest

from service.mail.samples import MODELS
from tests.support.staff_portal import ADMIN, ANNA, AUDITOR, MARCO, SPECIALIST, SUPPLIER, Portal, staff_portal

__all__ = ["staff_portal"]
HERE = "/gestione/modelli-email"
OURS = [one for one in MODELS if not one.is_keycloak]


def test_list_leads_to_every_model_of_ours_and_names_keycloaks(staff_portal: Portal) -> None:
    browser = staff_portal.browser(ADMIN)
    page = browser.get(HERE).text
    assert set(re.findall(rf'href="{HERE}/(\w+)"', page)) == {one.message for one in OURS}
    assert page.count("scritta e inviata da Keycloak") == 3
    assert f'href="{HERE}"' in browser.get("/gestione").text


def test_every_model_is_shown_as_text_and_as_it_will_look(staff_portal: Portal) -> None:
    browser = staff_portal.browser(ADMIN)
    for model in OURS:
        page = browser.get(f"{HERE}/{model.message}")
        assert page.status_code == 200, model.message
        assert page.text.count("[ICRI ProActive]") == len(model.locales)
        for locale in model.locales:
            address = f"{HERE}/{model.message}/{locale}"
            assert f'href="{address}"' in page.text
            shown = browser.get(address)
            assert shown.status_code == 200
            assert shown.text.startswith("<!doctype html>")
            assert f'<html lang="{locale}">' in shown.text


def test_letter_as_it_will_look_may_do_nothing(staff_portal: Portal) -> None:
    answer = staff_portal.browser(ADMIN).get(f"{HERE}/submission_receipt/en")
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["content-security-policy"].split(";"))
    assert policy == {
        "sandbox": "", "default-src": "'none'", "style-src": "'unsafe-inline'", "base-uri": "'none'",
        "form-action": "'none'", "frame-ancestors": "'none'",
    }  # fmt: skip
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "no-store" in answer.headers["cache-control"]
    assert "ricevuta in PDF" in staff_portal.browser(ADMIN).get(f"{HERE}/submission_receipt").text


@pytest.mark.parametrize("path", ["nessuno", "access_data", "access_data/it", "staff_late/en", "status_link/de"])
def test_model_that_is_not_ours_or_has_no_such_language_is_missing(staff_portal: Portal, path: str) -> None:
    assert staff_portal.browser(ADMIN).get(f"{HERE}/{path}").status_code == 404


@pytest.mark.parametrize("person", [ANNA, MARCO, SPECIALIST, AUDITOR, SUPPLIER], ids=lambda one: one.subject)
def test_others_find_nothing_and_no_way_there(staff_portal: Portal, person: object) -> None:
    browser = staff_portal.browser(person)  # type: ignore[arg-type]
    for path in ("", "/submission_receipt", "/submission_receipt/it"):
        assert browser.get(HERE + path).status_code == 404
    assert HERE not in browser.get("/gestione").text
