"""Fields made of parts in the applicant's pages, without JavaScript; what a change of types of supply says first."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from service.applications import actions
from service.applications.models import Application
from service.applications.states import State
from service.config import Settings
from service.local.documents import add_example_documents
from service.questionnaire import Parsed
from tests.factories.answers import complete_form
from tests.support.registering import TASKS, answers, begin, bring_documents, browser, confirm, fill, only, stamped
from tests.support.small_fields import HANDLES, LARGEST, MACHINES, OUTPUT, YEARS, asked_too, asking_leaf

Form = dict[str, list[str]]
CRANE: Form = {"machines.0.machine_kind": ["crane"], "machines.0.machine_name": ["Gru 1"]}
PAGE = f"{TASKS}/sede"


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with browser(settings.model_copy(update={"form_seconds": 0})) as client:
        yield client


@pytest.fixture
def machines() -> Iterator[None]:
    with asked_too(("sede", MACHINES, {"SC": "O"}), ("sede", OUTPUT, {"SC": "C14"})):
        yield


def seat(**changes: list[str]) -> Form:
    return complete_form("SC", "sede") | {f"output.{year}": ["10,00"] for year in YEARS} | changes


def tag(html: str, name: str) -> str:
    """The input, list or fieldset with this id."""
    found = re.search(rf'<[a-z]+ [^>]*id="{re.escape(name)}"[^>]*>', html)
    assert found, name
    return found[0]


@pytest.mark.usefixtures("machines")
def test_section_with_rows_shows_one_blank_row_and_the_years(client: TestClient) -> None:
    begin(client, "SC")
    html = client.get(PAGE).text
    assert html.count("Macchina 1") == 1
    assert "machines.1." not in html
    assert "machines.0._remove" not in html
    assert 'value="IT" selected' in html.partition('id="machines.0.machine_country"')[2].partition("</select>")[0]
    assert "Aggiungi «Macchina 2»" in html
    assert [bool(tag(html, f"output.{year}")) for year in YEARS] == [True] * 3


@pytest.mark.usefixtures("machines")
def test_add_row_saves_as_typed_and_comes_back_to_a_blank_row(client: TestClient, own_engine: Engine) -> None:
    begin(client, "SC")
    path = f"{PAGE}?da=riepilogo"
    bad = {"machines.0.machine_value": ["12.5"], "_aggiungi": ["machines"]}
    reply = client.post(path, data=stamped(client, path, seat() | CRANE | bad))
    assert reply.status_code == 303
    where, _, place = reply.headers["location"].partition("#")
    assert (where, place) == (f"{PAGE}?aggiungi=machines&da=riepilogo", "machines.1.machine_kind")
    assert answers(own_engine)["_raw"]["sede"] == {
        "machines": {"0.machine_kind": "crane", "0.machine_name": "Gru 1", "0.machine_value": "12.5"}
    }
    html = client.get(where).text
    assert tag(html, place)
    assert 'value="12.5"' in tag(html, "machines.0.machine_value")
    assert 'name="machines.0._remove"' in html
    assert 'name="machines.1._remove"' not in html


@pytest.mark.usefixtures("machines")
def test_bad_part_is_explained_at_its_input_and_in_the_summary(client: TestClient) -> None:
    begin(client, "SC")
    reply = client.post(PAGE, data=stamped(client, PAGE, seat() | CRANE | {"machines.3.machine_value": ["x"]}))
    assert reply.status_code == 422
    assert '<a href="#machines.1.machine_name">Macchina 2: Dai un nome alla macchina 2.</a>' in reply.text
    assert 'aria-invalid="true"' in tag(reply.text, "machines.1.machine_name")
    assert 'aria-describedby="machines.1.machine_value-e"' in tag(reply.text, "machines.1.machine_value")
    assert 'value="x"' in tag(reply.text, "machines.1.machine_value")
    assert "aria-invalid" not in tag(reply.text, "machines.0.machine_name")
    order = re.findall(r'<a href="#(machines[^"]*)"', reply.text)
    assert order == ["machines.1.machine_kind", "machines.1.machine_name", "machines.1.machine_value"]


@pytest.mark.usefixtures("machines")
def test_row_ticked_for_removal_goes_with_salva(client: TestClient, own_engine: Engine) -> None:
    begin(client, "SC")
    client.post(PAGE, data=stamped(client, PAGE, seat() | CRANE))
    assert answers(own_engine)["sede"]["machines"]
    reply = client.post(PAGE, data=stamped(client, PAGE, seat() | CRANE | {"machines.0._remove": ["on"]}))
    assert reply.headers["location"] == TASKS
    assert "machines" not in answers(own_engine)["sede"]


@pytest.mark.usefixtures("machines")
def test_full_rows_offer_no_more(client: TestClient) -> None:
    begin(client, "SC")
    three = {name.replace(".0.", f".{n}."): text for n in range(3) for name, text in CRANE.items()}
    reply = client.post(PAGE, data=stamped(client, PAGE, seat() | three | {"_aggiungi": ["machines"]}))
    assert reply.headers["location"].endswith("#machines")
    html = client.get(reply.headers["location"]).text
    assert "Macchina 3" in html
    assert "_aggiungi" not in html


@pytest.mark.usefixtures("machines")
def test_summary_reads_rows_in_lines_typed_ones_too(client: TestClient) -> None:
    begin(client, "SC")
    client.post(PAGE, data=stamped(client, PAGE, seat() | CRANE))
    assert "Tipo di macchina: Gru · Nome: Gru 1" in client.get(f"{TASKS}/riepilogo").text
    client.post(PAGE, data=stamped(client, PAGE, seat() | CRANE | {"machines.0.machine_value": ["x"]}))
    html = client.get(f"{TASKS}/riepilogo").text
    assert "Tipo di macchina: Gru · Nome: Gru 1 · Valore: x" in html
    assert f"{PAGE}?da=riepilogo#machines.0.machine_value" in html


def test_leaf_questions_appear_for_the_leaves_chosen(client: TestClient, own_engine: Engine) -> None:
    path = f"{TASKS}/attivita"
    with (
        asking_leaf("L05"),
        asked_too(("attivita", HANDLES, {"SC": "M"}), ("attivita", LARGEST, {"SC": "O"})),
    ):
        begin(client, "SC")
        form = complete_form("SC", "attivita") | {"merchandise": ["L06"]}
        html = client.get(path).text
        assert "hidden" in tag(html, "handles")
        assert "hidden" in tag(html, "largest")
        assert '<div data-shown-when="merchandise=L05" hidden>' in html

        reply = client.post(path, data=stamped(client, path, form | {"merchandise": ["L05"]}))
        assert reply.status_code == 422
        assert "Rispondi sì o no per «Impianti elettrici BT/MT»." in reply.text
        assert "hidden" not in tag(reply.text, "handles")
        assert '<div data-shown-when="merchandise=L05">' in reply.text

        answer = {"handles.L05": ["yes"], "largest.L05": ["s"], "largest.L06": ["l"]}
        client.post(path, data=stamped(client, path, form | {"merchandise": ["L05"]} | answer))
    own = answers(own_engine)["attivita"]
    assert (own["handles"], own["largest"]) == ({"L05": "yes"}, {"L05": "s"})


def test_field_another_section_takes_away_is_not_on_the_page_and_refused(client: TestClient) -> None:
    with asked_too(("sede", MACHINES, {"SC": "C5"}), ("componenti", OUTPUT, {"SC": "C14"})):
        begin(client, "SC")
        path = f"{TASKS}/avvio"
        form = complete_form("SC", "avvio") | {"supply_types": ["goods"]}
        client.post(path, data=stamped(client, path, form))
        assert "machines" not in client.get(PAGE).text
        assert client.get(f"{TASKS}/componenti").status_code == 404
        assert "componenti" not in client.get(TASKS).text
        refused = client.post(PAGE, data=stamped(client, PAGE, complete_form("SC", "sede") | CRANE))
        assert refused.status_code == 422
        assert "che questa pagina non chiede" in refused.text


@pytest.mark.usefixtures("machines")
def test_change_of_supply_types_says_what_goes_before_it_does(client: TestClient, own_engine: Engine) -> None:
    begin(client, "SC")
    client.post(PAGE, data=stamped(client, PAGE, seat()))
    path, goods = f"{TASKS}/avvio", complete_form("SC", "avvio") | {"supply_types": ["goods"]}
    before = answers(own_engine)

    page = client.post(path, data=stamped(client, path, goods))
    assert page.status_code == 200
    assert "Cambiare il tipo di fornitura?" in page.text
    assert f"{YEARS[0]}: 10,00 €" in page.text
    assert answers(own_engine) == before

    hidden: Form = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text):
        hidden.setdefault(name, []).append(value)
    client.post(PAGE, data=stamped(client, PAGE, seat(**{f"output.{YEARS[0]}": ["11,00"]})))
    again = client.post(path, data=hidden)
    assert f"{YEARS[0]}: 11,00 €" in again.text

    hidden["_conferma"] = re.findall(r'name="_conferma" value="([^"]+)"', again.text)
    reply = client.post(path, data=hidden)
    assert (reply.status_code, reply.headers["location"]) == (303, TASKS)
    after = answers(own_engine)
    assert after["avvio"]["supply_types"] == ["goods"]
    assert "output" not in after["sede"]
    assert after["sede"]["phone"] == before["sede"]["phone"]
    assert only(own_engine).supply_types == ["goods"]


def test_change_of_supply_types_that_drops_nothing_is_saved_at_once(client: TestClient, own_engine: Engine) -> None:
    begin(client, "SC")
    path = f"{TASKS}/avvio"
    form = complete_form("SC", "avvio") | {"supply_types": ["goods"]}
    assert client.post(path, data=stamped(client, path, form)).status_code == 303
    assert answers(own_engine)["avvio"]["supply_types"] == ["goods"]


@pytest.mark.usefixtures("machines")
def test_first_page_sent_again_with_other_types_drops_nothing(client: TestClient, own_engine: Engine) -> None:
    path = "/registrazione/avvio?categoria=SC"
    form = stamped(client, path, complete_form("SC", "avvio"))
    client.post(path, data=form)
    client.post(PAGE, data=stamped(client, PAGE, seat()))
    reply = client.post(path, data=form | {"supply_types": ["goods"]})
    assert reply.headers["location"] == f"{TASKS}/avvio"
    assert answers(own_engine)["sede"]["output"]


def first_edition(engine: Engine) -> dict[str, Any]:
    """Turn the draft there is into one of the first questionnaire."""
    with Session(engine) as session:
        draft = session.scalars(select(Application)).one()
        draft.content.answers = {**draft.content.answers, "questionnaire_version": 1}
        flag_modified(draft.content, "answers")
        session.commit()
        return draft.content.answers


def test_draft_of_the_first_questionnaire_keeps_all_shows_what_is_new_and_can_be_sent(
    client: TestClient, settings: Settings, own_engine: Engine
) -> None:
    begin(client, "SC")
    fill(client, "SC")
    confirm(client, own_engine, settings)
    before = first_edition(own_engine)
    with asked_too(("sede", MACHINES, {"SC": "O"}), ("sede", OUTPUT, {"SC": "M"})):
        tasks = client.get(TASKS).text
        assert "Da quando hai iniziato, il questionario chiede anche:" in tasks
        assert "Sede e recapiti: Macchine, Produzione" in tasks
        assert answers(own_engine) == before  # looking changes nothing
        assert client.post(f"{TASKS}/riepilogo").status_code == 422

        client.post(PAGE, data=stamped(client, PAGE, seat()))
        assert "Da quando hai iniziato" not in client.get(TASKS).text
        after: dict[str, Any] = {**answers(own_engine)}
        assert (after["questionnaire_version"], after["started_version"]) == (2, 1)
        assert {name: own for name, own in after.items() if name in before and name not in {"sede", "_raw"}} | {
            "questionnaire_version": 1
        } == {name: own for name, own in before.items() if name not in {"sede", "_raw"}}
        bring_documents(own_engine)
        assert client.post(f"{TASKS}/riepilogo").headers["location"] == "/registrazione/inviata"
    assert only(own_engine).state == State.SUBMITTED


def test_two_tabs_saving_two_sections_keep_both(client: TestClient, settings: Settings, own_engine: Engine) -> None:
    begin(client, "SC")

    def values(**own: object) -> Parsed:
        return Parsed(values=own, raw={}, errors={}, warnings={}, unknown=())

    with Session(own_engine) as slow, Session(own_engine) as quick:
        draft = slow.scalars(select(Application)).one()
        assert "sede" not in draft.content.answers
        actions.save_section(quick, draft.id, "sede", values(phone="+39021234567"), settings=settings)
        quick.commit()
        actions.save_section(slow, draft.id, "referenti", values(sales_phone="+39021234567"), settings=settings)
        slow.commit()
    assert {"sede", "referenti"} <= answers(own_engine).keys()


def test_one_more_row_before_the_first_is_filled_says_so(client: TestClient) -> None:
    begin(client, "SC")
    path = f"{TASKS}/assicurazioni"
    typed = {"policies.0.policy_kind": "", "_aggiungi": "policies"}
    reply = client.post(path, data=stamped(client, path, typed))
    page = client.get(reply.headers["location"])
    assert "Compila prima «Polizza 1»." in page.text
    assert 'name="policies.1.policy_kind"' not in page.text


def test_group_of_companies_begins_with_the_two_rows_it_needs(client: TestClient) -> None:
    begin(client, "RT")
    page = client.get(f"{TASKS}/componenti").text
    assert 'name="members.1.member_name"' in page
    assert 'name="members.2.member_name"' not in page


def test_declarations_wait_for_whoever_makes_them(client: TestClient) -> None:
    begin(client, "SC")
    assert f'href="{TASKS}/dichiarazioni"' not in client.get(TASKS).text
    path = f"{TASKS}/rappresentante"
    client.post(path, data=stamped(client, path, complete_form("SC", "rappresentante")))
    assert f'href="{TASKS}/dichiarazioni"' in client.get(TASKS).text


def test_change_of_category_names_the_documents_it_leaves_aside(client: TestClient, own_engine: Engine) -> None:
    begin(client, "SC")
    fill(client, "SC")
    with Session(own_engine) as session:
        application = session.scalars(select(Application)).one()
        add_example_documents(session, application)
        session.commit()
    page = client.get(f"{TASKS}/categoria", params={"nuova": "LP"}).text
    assert "Documenti non più richiesti" in page
    assert "<li>Visura camerale ordinaria</li>" in page
