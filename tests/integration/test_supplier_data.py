"""The supplier's own data: what is free changes at once, the rest only by a variation."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from service.audit.trail import AuditEvent
from service.suppliers.actions import DataChangedError, change_data
from service.suppliers.models import Supplier
from tests.support.staff_portal import SUPPLIER, Portal, staff_portal
from tests.support.supplier_portal import admit, fresh

__all__ = ["staff_portal"]
PHONE = "+39 0371 555000"


@pytest.fixture
def own(staff_portal: Portal) -> Supplier:
    return admit(staff_portal, 1, SUPPLIER.subject)


def seat(supplier: Supplier, **changed: str) -> dict[str, str]:
    """What the page of the seats posts."""
    return {"_versione": str(supplier.version), "ops_same": "on", "phone": PHONE} | changed


def events(portal: Portal) -> list[dict[str, Any]]:
    return [one.data for one in portal.rows(select(AuditEvent).where(AuditEvent.type == "supplier.data_changed"))]


def test_data_page_offers_to_change_what_is_free_only(staff_portal: Portal, own: Supplier) -> None:
    page = staff_portal.browser(SUPPLIER).get("/area/dati").text
    assert own.name in page
    assert page.count("Per una variazione") == 1
    assert "Variazione da approvare" not in page
    offered = set(re.findall(r'href="/area/dati/(\w[\w-]*)#(\w+)"', page))
    assert ("sede", "phone") in offered
    assert ("referenti", "sales_phone") in offered
    assert not offered & {("sede", "hq_street"), ("anagrafica", "company_name"), ("avvio", "contact_email")}
    assert 'href="/area/dati" aria-current="page"' in page


def test_section_page_shows_the_free_fields_with_their_values(staff_portal: Portal, own: Supplier) -> None:
    page = staff_portal.browser(SUPPLIER).get("/area/dati/sede").text
    assert set(re.findall(r'name="(\w+)[".]', page)) >= {"ops_same", "ops_street", "phone"}
    assert "hq_street" not in page
    assert 'value="+39 02 123 4567"' in page


@pytest.mark.parametrize("section", ["avvio", "rappresentante", "documenti", "nulla"])
def test_section_without_a_free_field_does_not_exist(staff_portal: Portal, own: Supplier, section: str) -> None:
    browser = staff_portal.browser(SUPPLIER)
    assert browser.get(f"/area/dati/{section}").status_code == 404
    assert browser.post(f"/area/dati/{section}", data={"_versione": "1"}).status_code == 404


def test_save_of_a_free_field_changes_it_at_once_and_names_it_in_the_trail(staff_portal: Portal, own: Supplier) -> None:
    browser = staff_portal.browser(SUPPLIER)
    answer = browser.post("/area/dati/sede", data=seat(own))
    assert (answer.status_code, answer.headers["location"]) == (303, "/area/dati")
    page = browser.get("/area/dati").text
    assert "Dati aggiornati." in page
    assert PHONE in page
    now = fresh(staff_portal, own)
    assert now.version == own.version + 1
    assert {**now.answers["sede"], "phone": ""} == {**own.answers["sede"], "phone": ""}
    assert events(staff_portal) == [{"section": "sede", "fields": ["phone"]}]


@pytest.mark.parametrize("version", ["", "-1", "1.0", "١", "²", "9" * 18, "9" * 19, "9" * 5000])
def test_save_with_a_damaged_version_changes_nothing(staff_portal: Portal, own: Supplier, version: str) -> None:
    answer = staff_portal.browser(SUPPLIER).post("/area/dati/sede", data=seat(own, _versione=version))
    assert answer.status_code == 409
    assert fresh(staff_portal, own).version == own.version
    assert events(staff_portal) == []


def test_save_without_a_change_leaves_nothing(staff_portal: Portal, own: Supplier) -> None:
    browser = staff_portal.browser(SUPPLIER)
    browser.post("/area/dati/sede", data=seat(own, phone="+39 02 1234567"))
    assert "Non hai cambiato nulla" in browser.get("/area/dati").text
    assert fresh(staff_portal, own).version == own.version
    assert events(staff_portal) == []


def test_save_of_another_seat_needs_all_of_it(staff_portal: Portal, own: Supplier) -> None:
    form = seat(own, ops_country="IT", ops_street="Via del Campo", ops_number="7", ops_municipality="Lodi")
    del form["ops_same"]
    browser = staff_portal.browser(SUPPLIER)
    answer = browser.post("/area/dati/sede", data=form)
    assert answer.status_code == 422
    assert "Inserisci il CAP della sede operativa." in answer.text
    assert 'value="Via del Campo"' in answer.text
    assert fresh(staff_portal, own).answers == own.answers
    assert browser.post("/area/dati/sede", data=form | {"ops_zip": "26900"}).status_code == 303
    assert fresh(staff_portal, own).answers["sede"]["ops_province"] == "LO"


def test_save_of_a_contact_begun_and_not_finished_is_refused(staff_portal: Portal, own: Supplier) -> None:
    form = {"_versione": str(own.version), "sales_is_contact": "on", "sales_phone": PHONE, "admin_first_name": "Rita"}
    answer = staff_portal.browser(SUPPLIER).post("/area/dati/referenti", data=form)
    assert answer.status_code == 422
    assert "Completa nome, cognome ed e-mail del referente amministrativo" in answer.text
    assert 'value="Rita"' in answer.text


def test_save_of_regions_and_references_keeps_the_rest_of_the_section(staff_portal: Portal, own: Supplier) -> None:
    form = {"_versione": str(own.version), "regions": ["03", "05"]} | {
        f"references.0.{part}": value
        for part, value in (("reference_client", "Comune di Lodi"), ("reference_subject", "Quadri MT"))
    }
    reply = staff_portal.browser(SUPPLIER).post("/area/dati/attivita", data=form)
    assert reply.status_code == 303, reply.text
    before, after = own.answers["attivita"], fresh(staff_portal, own).answers["attivita"]
    assert after["regions"] == ["03", "05"]
    assert after["references"][0]["reference_client"] == "Comune di Lodi"
    assert {name: value for name, value in after.items() if name not in {"regions", "references"}} == {
        name: value for name, value in before.items() if name not in {"regions", "references"}
    }


def test_one_more_reference_is_a_row_with_everything_typed_still_there(staff_portal: Portal, own: Supplier) -> None:
    form = {"_versione": str(own.version), "_aggiungi": "references", "references.0.reference_client": "Comune di Lodi"}
    reply = staff_portal.browser(SUPPLIER).post("/area/dati/attivita", data=form)
    assert reply.status_code == 200
    assert 'value="Comune di Lodi"' in reply.text
    assert 'name="references.1.reference_client"' in reply.text
    assert fresh(staff_portal, own).answers == own.answers


@pytest.mark.parametrize(
    ("section", "name"), [("sede", "hq_street"), ("anagrafica", "vat_number"), ("attivita", "merchandise")]
)
def test_save_of_a_field_that_is_not_free_is_refused(
    staff_portal: Portal, own: Supplier, section: str, name: str
) -> None:
    form = {"_versione": str(own.version), name: "Altro"}
    answer = staff_portal.browser(SUPPLIER).post(f"/area/dati/{section}", data=form)
    assert answer.status_code == 422
    assert "solo con una variazione" in answer.text
    assert fresh(staff_portal, own).answers == own.answers


def test_second_tab_is_told_that_the_data_changed_meanwhile(staff_portal: Portal, own: Supplier) -> None:
    browser = staff_portal.browser(SUPPLIER)
    browser.post("/area/dati/sede", data=seat(own))
    answer = browser.post("/area/dati/sede", data=seat(own, phone="+39 0371 555999"))
    assert answer.status_code == 409
    assert "Nel frattempo i dati dell’impresa sono stati cambiati" in answer.text
    assert fresh(staff_portal, own).answers["sede"]["phone"].endswith("000")


def test_change_data_with_a_locked_field_leaves_that_as_it_was(staff_portal: Portal, own: Supplier) -> None:
    values = {**own.answers["sede"], "hq_street": "Via Falsa", "phone": "+390371555000"}
    changed = staff_portal.run(lambda s: change_data(s, own.id, "sede", values, version=own.version, by=SUPPLIER))
    assert changed == ("phone",)
    assert fresh(staff_portal, own).answers["sede"]["hq_street"] == own.answers["sede"]["hq_street"]


def test_change_data_of_an_old_version_is_refused(staff_portal: Portal, own: Supplier) -> None:
    with pytest.raises(DataChangedError):
        staff_portal.run(lambda s: change_data(s, own.id, "sede", {}, version=own.version - 1, by=SUPPLIER))


def test_data_of_another_company_is_never_shown(staff_portal: Portal, own: Supplier) -> None:
    other = admit(staff_portal, 2, "un-altro")
    page = staff_portal.browser(SUPPLIER).get("/area/dati").text
    assert other.name not in page


def test_data_without_a_company_shows_why(staff_portal: Portal) -> None:
    browser = staff_portal.browser(SUPPLIER)
    for path in ("/area/dati", "/area/dati/sede"):
        answer = browser.get(path)
        assert answer.status_code == 403
        assert "non sono collegate a nessuna impresa" in answer.text
