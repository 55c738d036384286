"""The supplier's own area: its company, nobody else's; what to do first, the most urgent above."""

import re
from uuid import UUID

import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from service.accounts.models import Account
from service.clock import utc_now
from service.documents.states import Scan, Verdict
from service.mail.models import Delivery, DeliveryStatus
from service.suppliers.models import Supplier
from service.suppliers.qualifying import apply_expiry
from service.web.dates import day, since
from tests.support.staff_portal import SUPPLIER, Portal, staff_portal
from tests.support.supplier_documents import complete, give, in_days, version
from tests.support.supplier_portal import admit, fresh

__all__ = ["staff_portal"]


@pytest.fixture
def own(staff_portal: Portal) -> Supplier:
    """A company whose documents are all verified and far from their end."""
    supplier = admit(staff_portal, 1, SUPPLIER.subject)
    complete(staff_portal, supplier, in_days(200))
    return supplier


def area(portal: Portal) -> str:
    return portal.browser(SUPPLIER).get("/area").text


def tasks(page: str) -> list[str]:
    """The documents to send, as the page orders them."""
    return re.findall(r'<h3 class="mb-1">([^<]+)</h3>', page)


def test_area_shows_the_own_company_and_that_nothing_is_to_do(staff_portal: Portal, own: Supplier) -> None:
    other = admit(staff_portal, 2, "un-altro")
    page = area(staff_portal)
    for words in (own.name, own.number, "Non devi fare nulla.", f"Prossima data: {day(in_days(200))}, quando scade",
                  "Qualificato", "L10 Ponteggi", "f00001-01", "Cambia password", "Non devi fare nulla"):  # fmt: skip
        assert words in page, words
    assert other.name not in page
    assert tasks(page) == []


def test_area_marks_its_own_page_in_the_navigation(staff_portal: Portal, own: Supplier) -> None:
    browser = staff_portal.browser(SUPPLIER)
    for path in ("/area", "/area/dati", "/area/documenti"):
        marked = re.findall(
            r'<a class="nav-link text-nowrap" href="([^"]+)" aria-current="page">', browser.get(path).text
        )
        assert marked == [path]


def test_area_orders_what_to_do_by_urgency(staff_portal: Portal, own: Supplier) -> None:
    give(staff_portal, own, "liability_policy", version(expires_on=in_days(7)))
    give(staff_portal, own, "financials", version(expires_on=in_days(30)), slot="2025")
    give(staff_portal, own, "dvr_declaration", version(Verdict.REJECTED, in_days(90), reason="D03"))
    give(staff_portal, own, "durc", version(expires_on=in_days(-2)))
    give(staff_portal, own, "register_extract", version(expires_on=in_days(-9)))
    page = area(staff_portal)
    found = tasks(page)
    assert found[0] == "DURC"  # its end suspends
    assert found[1] == "Visura camerale ordinaria"
    assert found[2] == "Dichiarazione DVR"  # refused, and mandatory
    assert found[3:] == ["Polizza RCT/RCO con quietanza", "Bilancio 2025"]
    assert "Ci sono 5 documenti da inviare." in page
    assert f"È scaduto il {day(in_days(-2))}." in page
    assert f"la qualifica è sospesa {since(in_days(14))}" in page  # dall’8, dall’11
    assert "Non accettato: Il documento è illeggibile." in page
    assert f"Scade il {day(in_days(7))}." in page
    assert 'href="/area/documenti/durc">Sostituisci' in page
    assert 'href="/area/documenti/financials/2025">Sostituisci' in page
    assert "Non devi fare nulla." not in page


def test_area_puts_a_refused_optional_document_after_what_ends_with_an_effect(
    staff_portal: Portal, own: Supplier
) -> None:
    give(staff_portal, own, "durf", version(Verdict.REJECTED, in_days(90), reason="D03"))
    give(staff_portal, own, "liability_policy", version(expires_on=in_days(7)))
    give(staff_portal, own, "durc", version(expires_on=in_days(-40)))
    page = area(staff_portal)
    assert tasks(page) == ["DURC", "Polizza RCT/RCO con quietanza", "DURF"]
    assert "Senza una nuova versione la qualifica non è attiva." in page  # its day is over


def test_area_with_the_new_version_waiting_asks_for_nothing(staff_portal: Portal, own: Supplier) -> None:
    give(staff_portal, own, "durc", version(expires_on=in_days(10)), version(Verdict.TO_CHECK, in_days(110)))
    assert tasks(area(staff_portal)) == []


def test_area_with_the_new_version_rejected_asks_again_while_the_old_is_in_force(
    staff_portal: Portal, own: Supplier
) -> None:
    refused = version(Verdict.REJECTED, in_days(110), reason="D99", text="Manca la seconda pagina del documento.")
    give(staff_portal, own, "durc", version(expires_on=in_days(100)), refused)
    page = area(staff_portal)
    assert tasks(page) == ["DURC"]
    assert "Non accettato: Manca la seconda pagina del documento." in page


def test_area_with_an_infected_upload_asks_again(staff_portal: Portal, own: Supplier) -> None:
    give(staff_portal, own, "durc", version(Verdict.TO_CHECK, in_days(110), scan=Scan.INFECTED))
    page = area(staff_portal)
    assert tasks(page) == ["DURC"]
    assert "antivirus ha bloccato il file" in page


def test_area_without_any_document_asks_for_the_mandatory_ones(staff_portal: Portal, own: Supplier) -> None:
    staff_portal.run(lambda s: s.execute(text("delete from document")))
    page = area(staff_portal)
    assert {"DURC", "Visura camerale ordinaria"} <= set(tasks(page))
    assert "DURF" not in tasks(page)
    assert 'href="/area/documenti/durc">Carica' in page


def test_area_suspended_for_a_document_says_which_one_cures_it(staff_portal: Portal, own: Supplier) -> None:
    give(staff_portal, own, "durc", version(expires_on=in_days(-40)))
    staff_portal.run(lambda s: apply_expiry(s, own.id, settings=staff_portal.settings))
    page = area(staff_portal)
    assert "La tua qualifica: Sospeso" in page
    assert "La documentazione obbligatoria è scaduta o non valida." in page
    assert "Per riattivarla invia: DURC." in page
    assert tasks(page) == ["DURC"]
    give(staff_portal, own, "durc", version(expires_on=in_days(-40)), version(Verdict.TO_CHECK, in_days(80)))
    page = area(staff_portal)
    assert "In verifica: DURC." in page
    assert tasks(page) == []


def test_area_suspended_by_a_person_offers_to_write(staff_portal: Portal, own: Supplier) -> None:
    def suspend(session: Session) -> None:
        supplier = session.get_one(Supplier, own.id)
        supplier.qualification = "suspended"  # type: ignore[assignment]
        supplier.suspended_at, supplier.suspended_by, supplier.suspension_reason = utc_now(), "anna", "R06"
        supplier.suspension_text = "Due infortuni non dichiarati."

    staff_portal.run(suspend)
    page = area(staff_portal)
    assert "Le verifiche su salute, sicurezza e ambiente hanno esito negativo." in page
    assert "Due infortuni non dichiarati." in page
    assert "Per riattivarla scrivici." in page
    assert "/assistenza" in page


def test_area_says_what_the_reserve_asks_for(staff_portal: Portal, own: Supplier) -> None:
    reserve = {"said": "Inviare il DVR aggiornato.", "until": in_days(30)}
    staff_portal.run(lambda s: s.execute(text("update supplier set reserve_text = :said, reserve_until = :until"),
                                         reserve))  # fmt: skip
    page = area(staff_portal)
    assert "La tua qualifica è con riserva." in page
    assert f"entro il {day(in_days(30))} occorre: Inviare il DVR aggiornato." in page
    assert "Non devi fare nulla" not in page
    give(staff_portal, own, "durc", version(expires_on=in_days(7)))
    assert f"entro il {day(in_days(30))} occorre" in area(staff_portal)


def test_area_marks_a_category_that_is_not_active_with_the_reason(staff_portal: Portal, own: Supplier) -> None:
    def drop(session: Session) -> None:
        row = session.get_one(Supplier, own.id).categories[0]
        row.dropped_on, row.dropped_by, row.drop_reason = in_days(-1), "anna", "R03"
        row.drop_text = "Mancano tre saldatori."

    staff_portal.run(drop)
    page = area(staff_portal)
    assert "Non attiva" in page
    assert f"{since(in_days(-1))}." in page
    assert "I requisiti tecnici non sono sufficienti" in page
    assert "Mancano tre saldatori." in page


@pytest.mark.parametrize("state", ["expired", "revoked"])
def test_area_with_an_inactive_qualification_says_so(staff_portal: Portal, own: Supplier, state: str) -> None:
    staff_portal.run(lambda s: s.execute(text("update supplier set qualification = :state"), {"state": state}))
    page = area(staff_portal)
    assert "Non devi fare nulla." not in page
    assert "la qualifica non è attiva" in page


def test_area_shows_the_last_messages_to_the_own_people(staff_portal: Portal, own: Supplier) -> None:
    other = admit(staff_portal, 2, "un-altro")

    def deliver(session: Session) -> None:
        rows = (
            (own.id, own.contact_email, "DURC in scadenza", True),
            (other.id, own.contact_email, "Altrui", True),
            (own.id, "ufficio@example.com", "Interna", True),
            (own.id, own.contact_email, "In attesa", False),
        )
        for number, (about, to, subject, is_sent) in enumerate(rows):
            session.add(letter(number, about, to, subject, is_sent=is_sent))
        added = letter(9, own.id, own.contact_email, "Aggiunta", is_sent=True)
        added.message = "colleague_added"  # it would tell the others that this person had an account before
        session.add(added)

    staff_portal.run(deliver)
    page = area(staff_portal)
    assert "<dd>DURC in scadenza<br>" in page
    for words in ("Altrui", "Interna", "In attesa", "Aggiunta"):
        assert f"<dd>{words}" not in page


def letter(number: int, about: UUID, to: str, subject: str, *, is_sent: bool) -> Delivery:
    return Delivery(
        job_key=f"prova-{number}", message="document_expiring", about=about, to_address=to,
        subject=f"[ICRI ProActive] {subject}", started_at=utc_now(), sent_at=utc_now() if is_sent else None,
        status=DeliveryStatus.SENT if is_sent else DeliveryStatus.SENDING,
    )  # fmt: skip


def test_area_speaks_the_language_of_its_reader(staff_portal: Portal, own: Supplier) -> None:
    assert own.locale == "it"
    assert 'lang="it"' in area(staff_portal)
    staff_portal.run(lambda s: s.execute(update(Account).values(locale="en")))
    assert '<html lang="en">' in area(staff_portal)


def test_area_in_english_has_no_missing_text(staff_portal: Portal, own: Supplier) -> None:
    answer = staff_portal.browser(SUPPLIER).get("/area?lang=en")
    assert answer.status_code == 200
    assert '<html lang="en">' in answer.text


def test_area_without_a_membership_offers_the_support(staff_portal: Portal) -> None:
    browser = staff_portal.browser(SUPPLIER)
    for path in ("/area", "/area/documenti", "/area/documenti/durc", "/area/calendario"):
        answer = browser.get(path)
        assert answer.status_code == 403, path
        assert "non sono collegate a nessuna impresa" in answer.text
        assert "/assistenza" in answer.text


def test_area_of_an_account_not_yet_active_is_closed(staff_portal: Portal, own: Supplier) -> None:
    staff_portal.run(lambda s: s.execute(text("update account set state = 'suspended', suspended_at = now()")))
    assert staff_portal.browser(SUPPLIER).get("/area").status_code == 403
    assert fresh(staff_portal, own).version == own.version
