"""Somebody who acts for two companies says for which; from then on every page is of that one only."""

import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.sessions import SignedInSession
from service.accounts.joining import join
from service.accounts.models import Account, Membership
from service.suppliers.models import Supplier
from tests.support.staff_portal import ANNA, SUPPLIER, Portal, staff_portal
from tests.support.supplier_portal import admit

__all__ = ["staff_portal"]
CHOICE = "/area/impresa"


@pytest.fixture
def companies(staff_portal: Portal) -> list[Supplier]:
    """Two companies of one person, and a third of somebody else."""
    mine = [admit(staff_portal, 1, SUPPLIER.subject), admit(staff_portal, 2, "un-altro")]

    def give(session: Session) -> None:
        account = session.scalars(select(Account).where(Account.subject == SUPPLIER.subject)).one()
        join(session, account, mine[1].number, is_admin=False, by=ANNA)

    staff_portal.run(give)
    return [*mine, admit(staff_portal, 3, "un-terzo")]


def test_area_asks_first_and_then_is_of_the_chosen_one_only(staff_portal: Portal, companies: list[Supplier]) -> None:
    browser = staff_portal.browser(SUPPLIER)
    one, other, foreign = companies
    asked = browser.get("/area/documenti")
    assert (asked.status_code, asked.headers["location"]) == (303, f"{CHOICE}?ritorno=%2Farea%2Fdocumenti")
    page = browser.get(asked.headers["location"]).text
    assert one.name in page
    assert other.name in page
    assert foreign.name not in page
    answer = browser.post(CHOICE, data={"impresa": other.number, "ritorno": "/area/documenti"})
    assert answer.headers["location"] == "/area/documenti"
    for path in ("/area", "/area/dati", "/area/documenti", "/area/calendario"):
        shown = browser.get(path)
        assert shown.status_code == 200, path
        assert one.name not in shown.text, path
        assert CHOICE in shown.text, path
    assert other.name in browser.get("/area").text
    browser.post(CHOICE, data={"impresa": one.number})
    assert one.number in browser.get("/area").text


def test_choice_is_of_this_browser_alone(staff_portal: Portal, companies: list[Supplier]) -> None:
    first, second = staff_portal.browser(SUPPLIER), staff_portal.browser(SUPPLIER)
    first.post(CHOICE, data={"impresa": companies[0].number})
    assert second.get("/area").status_code == 303
    chosen = staff_portal.rows(select(SignedInSession.supplier_number).where(
        SignedInSession.subject == SUPPLIER.subject))  # fmt: skip
    assert sorted(chosen, key=str) == [companies[0].number, None]


def test_company_of_somebody_else_cannot_be_chosen_nor_kept(staff_portal: Portal, companies: list[Supplier]) -> None:
    browser = staff_portal.browser(SUPPLIER)
    for number in (companies[2].number, "", "F99999"):
        assert browser.post(CHOICE, data={"impresa": number}).status_code == 404
    browser.post(CHOICE, data={"impresa": companies[1].number})

    def leave(session: Session) -> None:
        account = session.scalars(select(Account).where(Account.subject == SUPPLIER.subject)).one()
        session.delete(session.get_one(Membership, (account.id, companies[1].number)))

    staff_portal.run(leave)
    page = browser.get("/area").text
    assert companies[0].name in page
    assert "Non operi più per l’impresa che avevi scelto" in page
    assert CHOICE not in page
    assert "Non operi più" not in browser.get("/area").text
    assert browser.get(CHOICE).headers["location"] == "/area"


@pytest.mark.parametrize("back", ["https://evil.example/area", "/gestione", "/area/impresa", ""])
def test_way_back_stays_in_the_area(staff_portal: Portal, companies: list[Supplier], back: str) -> None:
    answer = staff_portal.browser(SUPPLIER).post(CHOICE, data={"impresa": companies[0].number, "ritorno": back})
    assert answer.headers["location"] == "/area"


def test_change_of_data_is_of_the_chosen_company(staff_portal: Portal, companies: list[Supplier]) -> None:
    browser = staff_portal.browser(SUPPLIER)
    lost = browser.post("/area/dati/referenti", data={"version": "1"})
    assert lost.headers["location"] == f"{CHOICE}?ritorno=%2Farea"


def test_whoever_has_one_company_is_never_asked(staff_portal: Portal) -> None:
    admit(staff_portal, 1, SUPPLIER.subject)
    browser = staff_portal.browser(SUPPLIER)
    assert browser.get("/area").status_code == 200
    assert "Cambia impresa" not in browser.get("/area").text


FORMS = ("/area/dati/anagrafica", "/area/calendario", "/area/indirizzo", "/area/utenti/invita", "/area/documenti/durc")


def form_of(page: str) -> str:
    """The address of the first form of a page that is not the header's."""
    found = re.search(r'<form[^>]*action="([^"]*impresa=[^"]*)"', page)
    assert found, page[-3000:]
    return found[1]


@pytest.mark.parametrize("path", FORMS)
def test_every_form_of_the_area_names_its_company(staff_portal: Portal, companies: list[Supplier], path: str) -> None:
    browser = staff_portal.browser(SUPPLIER)
    browser.post(CHOICE, data={"impresa": companies[0].number})
    page = browser.get(path).text
    forms = re.findall(r"<form[^>]*>", page.partition("<main")[2])
    assert forms
    assert all(f"impresa={companies[0].number}" in one for one in forms), forms


def test_form_of_one_company_is_never_written_into_the_other(staff_portal: Portal, companies: list[Supplier]) -> None:
    browser, (one, other, _foreign) = staff_portal.browser(SUPPLIER), companies
    browser.post(CHOICE, data={"impresa": one.number})
    page, path = browser.get("/area/dati/anagrafica").text, "/area/dati/anagrafica"
    browser.post(CHOICE, data={"impresa": other.number})  # in another tab
    data = {"_versione": str(one.version), "website": "https://prima.example"}
    assert browser.post(path + form_of(page), data=data).status_code == 303
    sites = {row.number: row.answers for row in staff_portal.rows(select(Supplier))}
    assert sites[one.number]["anagrafica"]["website"] == "https://prima.example"
    assert sites[other.number]["anagrafica"].get("website") != "https://prima.example"
    assert one.name in browser.get("/area").text


def test_form_of_a_company_one_has_left_changes_nothing(staff_portal: Portal, companies: list[Supplier]) -> None:
    browser, foreign = staff_portal.browser(SUPPLIER), companies[2]
    before = staff_portal.rows(select(Supplier.version))
    for number in (foreign.number, "F99999"):
        answer = browser.post(
            f"/area/dati/anagrafica?impresa={number}", data={"_versione": "1", "website": "https://x.example"}
        )
        assert (answer.status_code, "Non operi più per questa impresa" in answer.text) == (403, True)
    assert staff_portal.rows(select(Supplier.version)) == before
