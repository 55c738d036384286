"""Invitations and the list of suppliers."""

import pytest
from sqlalchemy import select

from service.invitations.models import Invitation
from service.invitations.states import InvitationState
from service.suppliers.models import Supplier
from tests.support.staff_portal import ADMIN, ANNA, AUDITOR, MARCO, PIA, Portal, staff_portal

__all__ = ["staff_portal"]
QUEUE = "/gestione/richieste"


GOOD = {"company_name": "Rohrbau Tirol GmbH", "email": "info@rohrbau.example.com", "locale": "en", "message": "Salve"}


def test_invite_then_resend_then_revoke(staff_portal: Portal) -> None:
    marco = staff_portal.browser(MARCO)
    assert marco.get("/gestione/inviti/nuovo").status_code == 200
    assert marco.post("/gestione/inviti/nuovo", data=GOOD).status_code == 303
    made: Invitation = staff_portal.rows(select(Invitation))[0]
    page = marco.get("/gestione/inviti").text
    assert "Rohrbau Tirol GmbH" in page
    assert "in coda" in page
    resend = f"/gestione/inviti/{made.id}/reinvia"
    assert "invio numero 2 su 4" in marco.get(resend).text
    for _ in range(2):  # a double click sends once
        assert marco.post(resend, data={"sends": "1"}).status_code == 303
    assert staff_portal.rows(select(Invitation))[0].sends == 2
    assert "btn-danger" in marco.get(f"/gestione/inviti/{made.id}/revoca").text
    assert marco.post(f"/gestione/inviti/{made.id}/revoca").status_code == 303
    assert staff_portal.rows(select(Invitation))[0].state == InvitationState.REVOKED
    assert marco.post(f"/gestione/inviti/{made.id}/revoca").status_code == 409


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"company_name": " "}, "company_name"), ({"company_name": "x" * 161}, "company_name"), ({"email": ""}, "email"),
     ({"email": "non un indirizzo"}, "email"), ({"locale": "de"}, "locale"), ({"message": "x" * 501}, "message")],
)  # fmt: skip
def test_invite_with_bad_input_answers_422_and_keeps_the_values(
    staff_portal: Portal, changes: dict[str, str], field: str
) -> None:
    answer = staff_portal.browser(MARCO).post("/gestione/inviti/nuovo", data=GOOD | changes)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}-e"' in answer.text
    for name, value in (GOOD | changes).items():
        assert name == "locale" or value.strip() in answer.text
    assert staff_portal.rows(select(Invitation)) == []


def test_invite_of_an_invited_address_says_so_at_the_field(staff_portal: Portal) -> None:
    marco = staff_portal.browser(MARCO)
    marco.post("/gestione/inviti/nuovo", data=GOOD)
    again = marco.post("/gestione/inviti/nuovo", data=GOOD | {"email": GOOD["email"].upper()})
    assert again.status_code == 422
    assert "c&#39;è già un invito aperto" in again.text
    assert len(staff_portal.rows(select(Invitation))) == 1


def test_revoke_of_somebody_elses_invitation_takes_an_approver(staff_portal: Portal) -> None:
    staff_portal.browser(ANNA).post("/gestione/inviti/nuovo", data=GOOD)
    made: Invitation = staff_portal.rows(select(Invitation))[0]
    path = f"/gestione/inviti/{made.id}/revoca"
    marco = staff_portal.browser(MARCO)
    assert path not in marco.get("/gestione/inviti").text
    assert marco.post(path).status_code == 403
    assert staff_portal.browser(AUDITOR).post(path).status_code == 403
    assert "Nuovo invito" not in staff_portal.browser(AUDITOR).get("/gestione/inviti").text
    assert staff_portal.browser(PIA).post(path).status_code == 303


# --- suppliers


def test_suppliers_are_listed_found_and_shown(staff_portal: Portal) -> None:
    number = staff_portal.approved()
    supplier: Supplier = staff_portal.rows(select(Supplier))[0]
    auditor = staff_portal.browser(AUDITOR)
    listed = auditor.get("/gestione/fornitori").text
    assert supplier.number in listed
    assert "1 in creazione" in listed
    assert "Nessun fornitore con «boh»." in auditor.get("/gestione/fornitori?q=boh").text
    page = auditor.get(f"/gestione/fornitori/{supplier.number}").text
    for words in (supplier.name, "Qualificato", f"{supplier.number.lower()}-01", f"{QUEUE}/{number}",
                  "L11 Manutenzione impianti", "Qualificata come fornitore"):  # fmt: skip
        assert words in page, words
    assert auditor.get("/gestione/fornitori/F99999").status_code == 404
    admin = staff_portal.browser(ADMIN)
    assert admin.get(f"/gestione/fornitori/{supplier.number}").text == admin.get("/gestione/fornitori/F99999").text
