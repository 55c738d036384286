"""Two windows in the same section of a draft: nothing of either is lost, and the second Salva shows what differs."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from service.access.applicant_sessions import ApplicantSession
from service.access.links import LinkPurpose
from service.applications.models import Application
from service.config import Settings
from tests.factories.answers import complete_form
from tests.support.registering import (
    TASKS,
    Form,
    answers,
    begin,
    bring_documents,
    browser,
    confirm,
    fill,
    newest_link,
    only,
)
from tests.support.windows import asked_in, chosen, hidden_in, opened

SEDE = f"{TASKS}/sede"
ASKED = "da un’altra finestra o da un altro dispositivo"
Two = tuple[TestClient, TestClient]


@pytest.fixture
def first(settings: Settings) -> Iterator[TestClient]:
    with browser(settings.model_copy(update={"form_seconds": 0})) as client:
        yield client


@pytest.fixture
def two(first: TestClient, settings: Settings, own_engine: Engine) -> Iterator[Two]:
    """Two devices in one draft; the second came by the mailed link."""
    begin(first, "SC")
    confirm(first, own_engine, settings)
    with browser(settings) as second:
        second.post("/riprendi", data={"email": only(own_engine).contact_email})
        link = newest_link(own_engine, settings, LinkPurpose.RESUME)
        assert second.post(f"/riprendi/{link}").headers["location"] == TASKS
        yield first, second


def sede(**changes: str) -> Form:
    return {**complete_form("SC", "sede"), **{name: [value] for name, value in changes.items()}}


def saved(client: TestClient, path: str, form: Form) -> None:
    reply = client.post(path, data=form)
    assert (reply.status_code, reply.headers["location"]) == (303, TASKS), reply.text


def prepared(two: Two, path: str, form: Form) -> tuple[Form, Form]:
    """Save a section, then open it in both windows."""
    saved(two[0], path, opened(two[0], path, form))
    one, other = (opened(client, path, form) for client in two)
    return one, other


def test_salva_different_fields_keeps_both_without_a_question(two: Two, own_engine: Engine) -> None:
    one, other = prepared(two, SEDE, sede())
    saved(two[0], SEDE, {**one, "hq_street": ["Via Nuova"]})
    saved(two[1], SEDE, {**other, "hq_number": ["99"]})
    stored = answers(own_engine)["sede"]
    assert (stored["hq_street"], stored["hq_number"]) == ("Via Nuova", "99")
    assert "Restano i dati salvati nel frattempo" in two[1].get(TASKS).text


@pytest.mark.parametrize(("choice", "street"), [("salvato", "Via Prima"), ("scritto", "Via Seconda")])
def test_salva_same_field_asks_and_stores_what_is_chosen(
    two: Two, own_engine: Engine, choice: str, street: str
) -> None:
    one, other = prepared(two, SEDE, sede())
    saved(two[0], SEDE, {**one, "hq_street": ["Via Prima"]})
    page = two[1].post(SEDE, data={**other, "hq_street": ["Via Seconda"], "hq_number": ["99"]})
    assert page.status_code == 409
    assert re.search(rf"Questa sezione è stata salvata alle \d\d:\d\d {ASKED}", page.text)
    assert asked_in(page.text) == ["hq_street"]
    assert "Via Prima" in page.text
    assert "Via Seconda" in page.text
    assert answers(own_engine)["sede"]["hq_street"] == "Via Prima"

    saved(two[1], SEDE, chosen(page.text, hq_street=choice))

    stored = answers(own_engine)["sede"]
    assert (stored["hq_street"], stored["hq_number"]) == (street, "99")


def test_salva_section_blank_here_and_filled_elsewhere_takes_what_was_filled(two: Two, own_engine: Engine) -> None:
    blank = opened(two[1], SEDE, {"hq_country": ["IT"], "hq_street": [""], "hq_number": [""]})
    saved(two[0], SEDE, opened(two[0], SEDE, sede()))
    reply = two[1].post(SEDE, data={**blank, "hq_number": ["99"]})
    assert (reply.status_code, asked_in(reply.text)) == (409, ["hq_number"])
    two[1].post(SEDE, data=chosen(reply.text, hq_number="scritto"))
    stored = answers(own_engine)["sede"]
    assert (stored["hq_street"], stored["hq_number"]) == (sede()["hq_street"][0], "99")


def test_salva_form_that_says_nothing_of_what_it_showed_asks_with_the_saved_value_chosen(
    two: Two, own_engine: Engine
) -> None:
    one, other = prepared(two, SEDE, sede())
    saved(two[0], SEDE, {**one, "hq_street": ["Via Prima"]})
    page = two[1].post(SEDE, data={name: value for name, value in other.items() if name != "_visto"})
    assert (page.status_code, asked_in(page.text)) == (409, ["hq_street"])
    saved(two[1], SEDE, chosen(page.text))
    assert answers(own_engine)["sede"]["hq_street"] == "Via Prima"


def test_salva_double_click_or_other_spelling_asks_nothing(two: Two, own_engine: Engine) -> None:
    one, other = prepared(two, SEDE, sede())
    typed = {**one, "hq_street": ["Via  Prima"], "phone": ["02 1234567"]}
    saved(two[0], SEDE, typed)
    saved(two[0], SEDE, typed)
    saved(two[1], SEDE, {**other, "hq_street": ["Via Prima "], "phone": ["+39 02 1234567"]})
    assert answers(own_engine)["sede"]["hq_street"] == "Via Prima"


def test_salva_third_window_meanwhile_asks_again(two: Two, own_engine: Engine) -> None:
    one, other = prepared(two, SEDE, sede())
    third = opened(two[0], SEDE, sede())
    saved(two[0], SEDE, {**one, "hq_street": ["Via Prima"]})
    page = two[1].post(SEDE, data={**other, "hq_street": ["Via Seconda"]})
    again = two[0].post(SEDE, data={**third, "hq_street": ["Via Terza"]})
    saved(two[0], SEDE, chosen(again.text, hq_street="scritto"))

    shown = two[1].post(SEDE, data=chosen(page.text, hq_street="scritto"))

    assert (shown.status_code, asked_in(shown.text)) == (409, ["hq_street"])
    assert "Via Terza" in shown.text
    assert "Via Seconda" in shown.text
    saved(two[1], SEDE, chosen(shown.text, hq_street="scritto"))
    assert answers(own_engine)["sede"]["hq_street"] == "Via Seconda"


def test_salva_wrong_values_are_asked_about_as_typed(two: Two, own_engine: Engine) -> None:
    one, other = prepared(two, SEDE, sede())
    assert two[0].post(SEDE, data={**one, "hq_zip": ["2012"]}).status_code == 422
    page = two[1].post(SEDE, data={**other, "hq_zip": ["2x"]})
    assert (page.status_code, asked_in(page.text)) == (409, ["hq_zip"])
    assert "2012" in page.text
    assert two[1].post(SEDE, data=chosen(page.text, hq_zip="scritto")).status_code == 422
    assert answers(own_engine)["_raw"]["sede"] == {"hq_zip": "2x"}


def test_salva_after_a_wrong_one_in_the_same_window_asks_nothing(two: Two, own_engine: Engine) -> None:
    one, _other = prepared(two, SEDE, sede())
    wrong = two[0].post(SEDE, data={**one, "hq_zip": ["2012"], "phone": ["02 1234567"]})
    hidden = {name: [value] for name, value in hidden_in(wrong.text).items()}
    saved(two[0], SEDE, {**one, **hidden, "phone": ["02 7654321"]})
    assert answers(own_engine)["sede"]["phone"] == "+39027654321"


def test_salva_rows_taken_off_and_changed_are_one_field(two: Two, own_engine: Engine) -> None:
    path, form = f"{TASKS}/assicurazioni", complete_form("SC", "assicurazioni")
    one, other = prepared(two, path, form)
    two[0].post(path, data={**one, "policies.0._remove": ["on"]})
    assert "policies" not in answers(own_engine)["assicurazioni"]
    two[1].post(path, data=other)
    assert "policies" not in answers(own_engine)["assicurazioni"]  # left alone here, taken off there

    page = two[1].post(path, data={**other, "policies.0.policy_insurer": ["Un altro assicuratore"]})

    assert (page.status_code, asked_in(page.text)) == (409, ["policies"])
    assert "Un altro assicuratore" in page.text
    saved(two[1], path, chosen(page.text, policies="scritto"))
    assert "Un altro assicuratore" in str(answers(own_engine)["assicurazioni"]["policies"])


def test_salva_ticks_of_both_stay_and_one_taken_off_stays_off(two: Two, own_engine: Engine) -> None:
    path, form = f"{TASKS}/dichiarazioni", complete_form("SC", "dichiarazioni")
    who = f"{TASKS}/rappresentante"
    saved(two[0], who, opened(two[0], who, complete_form("SC", "rappresentante")))
    ticks = list(form)
    one, other = (opened(client, path, {}) for client in two)
    assert two[0].post(path, data={**one, ticks[0]: ["on"]}).status_code == 422
    assert two[1].post(path, data={**other, ticks[1]: ["on"]}).status_code == 422
    stored = answers(own_engine)["dichiarazioni"]
    assert [stored[tick] for tick in ticks[:3]] == [True, True, False]

    one, other = (opened(client, path, {ticks[0]: ["on"], ticks[1]: ["on"]}) for client in two)
    del one[ticks[0]]
    two[0].post(path, data=one)
    two[1].post(path, data={**other, ticks[2]: ["on"]})
    stored = answers(own_engine)["dichiarazioni"]
    assert [stored[tick] for tick in ticks[:3]] == [False, True, True]

    page = two[1].post(path, data={name: value for name, value in other.items() if name != "_visto"})
    assert (page.status_code, asked_in(page.text)) == (409, [ticks[0], ticks[2]])
    two[1].post(path, data=chosen(page.text, **{ticks[0]: "scritto"}))
    stored = answers(own_engine)["dichiarazioni"]
    assert [stored[tick] for tick in ticks[:3]] == [True, True, True]


def test_salva_an_answer_that_takes_away_what_was_saved_elsewhere_is_asked_about(two: Two, own_engine: Engine) -> None:
    form = {**sede(), "ops_street": ["Via Operativa"]}
    form.pop("ops_same")
    two[0].post(SEDE, data=opened(two[0], SEDE, form))
    one, other = (opened(client, SEDE, form) for client in two)
    two[0].post(SEDE, data={**one, "ops_street": ["Via Cambiata"]})
    page = two[1].post(SEDE, data={**other, "ops_same": ["on"]})
    assert (page.status_code, set(asked_in(page.text))) == (409, {"ops_same", "ops_street"})
    two[1].post(SEDE, data=chosen(page.text))
    stored = answers(own_engine)["sede"]
    assert stored["ops_street"] == "Via Cambiata"
    assert not stored["ops_same"]


def test_salva_address_changed_elsewhere_is_not_put_back(two: Two, own_engine: Engine) -> None:
    path, form = f"{TASKS}/avvio", complete_form("SC", "avvio")
    one, other = prepared(two, path, form)
    saved(two[0], path, {**one, "contact_email": ["nuova@example.com"]})
    # whoever came by a link to the old address is out, and its form writes nothing: what was typed is there to copy
    page = two[1].post(path, data={**other, "contact_first_name": ["Carla"]})
    assert (page.status_code, "Carla" in page.text) == (409, True)
    assert two[1].get(TASKS).status_code == 404
    assert only(own_engine).contact_email == "nuova@example.com"
    assert "avvio" not in answers(own_engine)["_raw"]


def test_salva_after_a_change_of_category_names_what_is_asked_no_more(two: Two, own_engine: Engine) -> None:
    path = f"{TASKS}/anagrafica"
    _one, other = prepared(two, path, complete_form("SC", "anagrafica"))
    two[0].post(f"{TASKS}/categoria", data={"nuova": "DI"})
    page = two[1].post(path, data={**other, "website": ["https://www.example.com"]})
    assert page.status_code == 409
    assert "Forma giuridica" in page.text
    assert "Salva gli altri dati" in page.text
    reply = two[1].post(path, data=chosen(page.text))
    assert reply.status_code in {303, 422}
    stored = answers(own_engine)
    assert stored["anagrafica"]["website"] == "https://www.example.com"
    assert "legal_form" not in stored["anagrafica"]


def test_salva_section_that_is_asked_no_more_shows_what_was_typed(two: Two) -> None:
    path = f"{TASKS}/rappresentante"
    other = opened(two[1], path, complete_form("SC", "rappresentante"))
    two[0].post(f"{TASKS}/categoria", data={"nuova": "LP"})
    page = two[1].post(path, data=other)
    assert (page.status_code, "questa sezione non serve più" in page.text) == (409, True)
    assert next(value[0] for name, value in other.items() if name.endswith("last_name")) in page.text


@pytest.mark.parametrize("deed", ["elimina", "riepilogo"])
def test_salva_after_discarding_or_sending_elsewhere_shows_what_was_typed(
    two: Two, own_engine: Engine, deed: str
) -> None:
    fill(two[0], "SC")
    bring_documents(own_engine)
    other = opened(two[1], SEDE, sede(hq_street="Via Mai Salvata"))
    assert two[0].post(f"{TASKS}/{deed}").status_code == 303
    page = two[1].post(SEDE, data=other)
    assert page.status_code == 409
    assert "Via Mai Salvata" in page.text
    said = "Questa bozza non c’è più" if deed == "elimina" else "Questa domanda non si può più modificare"
    assert said in page.text


def test_keep_typed_over_what_another_window_saved_asks_at_the_next_salva(
    two: Two, own_engine: Engine, settings: Settings
) -> None:
    one, other = prepared(two, SEDE, sede())
    saved(two[0], SEDE, {**one, "hq_street": ["Via Prima"], "phone": ["02 7654321"]})
    two[1].cookies.clear()
    kept = two[1].post(SEDE, data={**other, "hq_street": ["Via Seconda"], "hq_number": ["99"]})
    assert kept.status_code == 200
    assert "al prossimo «Salva» ti chiediamo" in kept.text
    stored: dict[str, Any] = dict(answers(own_engine))
    assert (stored["sede"]["hq_street"], stored["_raw"]["sede"]["hq_street"]) == ("Via Prima", "Via Seconda")

    later = opened(two[0], SEDE, sede(hq_street="Via Seconda", hq_number="99", phone="02 7654321"))
    page = two[0].post(SEDE, data=later)
    assert (page.status_code, asked_in(page.text)) == (409, ["hq_street"])
    saved(two[0], SEDE, chosen(page.text))
    stored = answers(own_engine)
    assert (stored["sede"]["hq_street"], stored["sede"]["hq_number"]) == ("Via Prima", "99")
    assert stored["sede"]["phone"] == "+39027654321"
    with Session(own_engine) as session:
        assert session.scalars(select(ApplicantSession)).first() is not None
        assert all(len(one) == 2 for one in session.scalars(select(Application)).one().content.changed["sede"].values())
