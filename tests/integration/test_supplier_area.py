"""The supplier's own area: its company, nobody else's."""

import pytest
from sqlalchemy import select, text

from service.accounts.actions import mark_provisioned
from service.accounts.models import Account
from service.suppliers.models import Supplier
from tests.support.staff_portal import SUPPLIER, Portal, staff_portal

__all__ = ["staff_portal"]


def admit(portal: Portal, n: int, subject: str) -> Supplier:
    """Company n is accepted and its person signs in as `subject`."""
    number = portal.approved(n)
    supplier_id = portal.application(number).supplier_id
    found: Supplier = portal.rows(select(Supplier).where(Supplier.id == supplier_id))[0]

    def activate(session: object) -> None:
        account = session.scalars(  # type: ignore[attr-defined]
            select(Account).where(Account.username == f"{found.number.lower()}-01")
        ).one()
        account.subject = subject
        mark_provisioned(session, account.id, mode="link")  # type: ignore[arg-type]

    portal.run(activate)
    return found


def test_area_shows_the_own_company_and_that_nothing_is_to_do(staff_portal: Portal) -> None:
    other = admit(staff_portal, 2, "un-altro")
    own = admit(staff_portal, 1, SUPPLIER.subject)
    page = staff_portal.browser(SUPPLIER).get("/area").text
    for words in (own.name, own.number, "Non devi fare nulla.", "Prossima data:", "Qualificato", "L10 Ponteggi",
                  "Dati identificativi", "f00001-01", "Cambia password"):  # fmt: skip
        assert words in page, words
    assert other.name not in page
    assert "/area/" not in page


def test_area_in_english_has_no_missing_text(staff_portal: Portal) -> None:
    admit(staff_portal, 1, SUPPLIER.subject)
    answer = staff_portal.browser(SUPPLIER).get("/area?lang=en")
    assert answer.status_code == 200
    assert '<html lang="en">' in answer.text


@pytest.mark.parametrize("state", ["suspended", "expired", "revoked"])
def test_area_with_an_inactive_qualification_says_so(staff_portal: Portal, state: str) -> None:
    admit(staff_portal, 1, SUPPLIER.subject)
    staff_portal.run(lambda s: s.execute(text("update supplier set qualification = :state"), {"state": state}))
    page = staff_portal.browser(SUPPLIER).get("/area").text
    assert "Non devi fare nulla." not in page
    assert "la qualifica non è attiva" in page


def test_area_without_a_membership_offers_the_support(staff_portal: Portal) -> None:
    answer = staff_portal.browser(SUPPLIER).get("/area")
    assert answer.status_code == 403
    assert "non sono collegate a nessuna impresa" in answer.text
    assert "/assistenza" in answer.text


def test_area_of_an_account_not_yet_active_is_closed(staff_portal: Portal) -> None:
    admit(staff_portal, 1, SUPPLIER.subject)
    staff_portal.run(lambda s: s.execute(text("update account set state = 'suspended'")))
    assert staff_portal.browser(SUPPLIER).get("/area").status_code == 403
