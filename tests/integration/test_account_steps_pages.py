"""An approver's pages about one account: the reason, what is cut, the act; and what they say when Keycloak is away."""

from dataclasses import dataclass, field
from html import unescape

import pytest
from sqlalchemy import select

from service.accounts.joining import join
from service.accounts.models import Account
from service.accounts.port import LiveSession, UnavailableError
from service.accounts.states import AccountState
from tests.support.staff_portal import ANNA, MARCO, SUPPLIER, Portal, staff_portal
from tests.support.supplier_portal import admit

__all__ = ["staff_portal"]


@dataclass
class Reader:
    """Keycloak's observer as the pages see it."""

    found: list[LiveSession] = field(default_factory=list)
    is_away: bool = False

    def list_sessions(self, _subject: str) -> list[LiveSession]:
        if self.is_away:
            raise UnavailableError("Keycloak non risponde")
        return self.found


@pytest.fixture
def reader(staff_portal: Portal) -> Reader:
    admit(staff_portal, 1, SUPPLIER.subject)
    reader = Reader([LiveSession("1", ("icri-other-app", "proactive-web"))])
    staff_portal.app.state.session_reader = reader
    return reader


def account(portal: Portal) -> Account:
    found: Account = portal.rows(select(Account))[0]
    return found


def path(portal: Portal, step: str) -> str:
    return f"/gestione/utenze/{account(portal).id}/passi/{step}"


def test_suspending_says_first_what_is_cut_and_then_does_it(staff_portal: Portal, reader: Reader) -> None:
    del reader
    supplier, staff = staff_portal.browser(SUPPLIER), staff_portal.browser(ANNA)
    assert supplier.get("/area").status_code == 200
    assert "Sospendi l’utenza" in staff.get("/gestione/fornitori/F00001").text
    here = path(staff_portal, "sospendi")
    assert "A1 · Il referente non lavora più" in staff.get(here).text
    shown = staff.post(here, data={"reason_code": "A2", "reason_text": "Telefonata del 3"})
    assert "Motivo: A2 " in shown.text
    assert "Nota: Telefonata del 3" in shown.text
    for said in ("1 sessione aperta nel portale", "1 sessione aperta a Keycloak", "icri-other-app.", "f00001-01"):
        assert said in shown.text, said
    assert account(staff_portal).state == AccountState.ACTIVE
    done = staff.post(here, data={"reason_code": "A2", "passo": "conferma"})
    assert (done.status_code, done.headers["location"]) == (303, "/gestione/fornitori/F00001")
    assert account(staff_portal).state == AccountState.SUSPENDED
    told = staff.get("/gestione/fornitori/F00001").text
    assert "Keycloak la disattiva appena risponde" in told
    assert "entro pochi secondi" not in told
    assert supplier.get("/area").headers["location"].startswith("/accedi")
    page = staff.get("/gestione/fornitori/F00001").text
    assert "A2 Uso sospetto" in page
    assert "Disattivazione a Keycloak: in coda." in page
    assert staff.post(here, data={"reason_code": "A2", "passo": "conferma"}).status_code == 409
    again = path(staff_portal, "riattiva")
    assert "password di prima" in staff.get(again).text
    assert staff.post(again, data={"passo": "conferma"}).status_code == 303
    assert account(staff_portal).state == AccountState.ACTIVE


def test_keycloak_away_is_a_sentence_and_stops_nothing(staff_portal: Portal, reader: Reader) -> None:
    reader.is_away = True
    staff, here = staff_portal.browser(ANNA), path(staff_portal, "revoca")
    assert "In questo momento Keycloak non risponde" in staff.post(here, data={"reason_code": "A3"}).text
    assert staff.post(here, data={"reason_code": "A3", "passo": "conferma"}).status_code == 303
    assert account(staff_portal).state == AccountState.REVOKED


def test_a_reason_is_asked_for_and_what_was_typed_stays(staff_portal: Portal, reader: Reader) -> None:
    del reader
    staff, here = staff_portal.browser(ANNA), path(staff_portal, "sospendi")
    assert "Scegli un motivo" in staff.post(here, data={"reason_text": "Scritto prima"}).text
    refused = staff.post(here, data={"reason_code": "A9", "reason_text": "Breve", "passo": "conferma"})
    assert refused.status_code == 422
    assert "almeno 20 caratteri" in refused.text
    assert "Breve" in refused.text
    assert account(staff_portal).state == AccountState.ACTIVE


def test_revoking_the_supplier_shows_the_same_for_its_accounts(staff_portal: Portal, reader: Reader) -> None:
    del reader
    staff_portal.browser(SUPPLIER)
    staff = staff_portal.browser(ANNA)
    version = {"version": "1", "reason_code": "R13"}
    shown = staff.post("/gestione/fornitori/F00001/passi/revoca", data=version).text
    for said in ("f00001-01", "1 sessione aperta nel portale", "1 sessione aperta a Keycloak", "icri-other-app."):
        assert said in shown, said


def test_a_reviewer_has_no_such_page_and_sees_no_step(staff_portal: Portal, reader: Reader) -> None:
    del reader
    staff = staff_portal.browser(MARCO)
    assert "Sospendi l’utenza" not in staff.get("/gestione/fornitori/F00001").text
    assert staff.get(path(staff_portal, "sospendi")).status_code == 403
    assert (
        staff.post(path(staff_portal, "sospendi"), data={"reason_code": "A1", "passo": "conferma"}).status_code == 403
    )
    assert account(staff_portal).state == AccountState.ACTIVE


def test_account_of_two_companies_names_both_and_leads_back_to_the_page_it_was_on(
    staff_portal: Portal, reader: Reader
) -> None:
    del reader
    other = admit(staff_portal, 2, "un-altro")
    person = account(staff_portal)
    staff_portal.run(lambda s: join(s, s.get_one(Account, person.id), other.number, is_admin=False, by=ANNA))
    staff = staff_portal.browser(ANNA)
    here = f"{path(staff_portal, 'revoca')}?da={other.number}"
    assert here in unescape(staff.get(f"/gestione/fornitori/{other.number}").text)
    asked = staff.post(here, data={"reason_code": "A3"}).text
    assert "a tutte le sue imprese: F00001" in asked
    assert f"· {other.number}" in asked
    done = staff.post(here, data={"reason_code": "A3", "passo": "conferma"})
    assert done.headers["location"] == f"/gestione/fornitori/{other.number}"
