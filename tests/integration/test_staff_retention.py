"""Conservazione: what an admin sees of it, the hold by a form and a confirmation, dates on the application's page."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from service.applications import actions
from service.applications.models import Application
from service.audit.trail import AuditEvent
from service.clock import add_months, local_date, utc_now
from service.documents.models import Document, DocumentVersion
from service.documents.purging import IDENTITY, erase_copy
from service.web.dates import day, short_day
from tests.support.staff_portal import ADMIN, ANNA, AUDITOR, MARCO, SPECIALIST, Portal, staff_portal

__all__ = ["staff_portal"]
HERE, QUEUE = "/gestione/conservazione", "/gestione/richieste"


def good() -> dict[str, str]:
    return {"reason": "Contestazione in corso", "review_on": short_day(add_months(local_date(), 12))}


def refused(portal: Portal, n: int = 1, *, erase_on: date | None = None) -> str:
    number = portal.reviewed(n)
    portal.run(lambda s: actions.reject(s, portal.id_of(number), version=portal.version(number), by=ANNA,
                                        settings=portal.settings, reason_code="R01"))  # fmt: skip
    if erase_on is not None:
        change(portal, number, erase_on=erase_on, reapply_from=local_date())
    return number


def change(portal: Portal, number: str, **values: object) -> None:
    portal.run(lambda s: s.execute(update(Application).where(Application.number == number).values(**values)))


def held(portal: Portal, number: str) -> str:
    assert portal.browser(ADMIN).post(f"{HERE}/{number}/vincolo", data=good()).status_code == 303
    return number


def test_page_is_for_admin_and_auditor_and_acts_for_admin_alone(staff_portal: Portal) -> None:
    number = refused(staff_portal)
    for person, status in ((ADMIN, 200), (AUDITOR, 200), (ANNA, 403), (MARCO, 403), (SPECIALIST, 403)):
        browser = staff_portal.browser(person)
        assert browser.get(HERE).status_code == status
        assert browser.get(f"{HERE}/{number}").status_code == status
    auditor = staff_portal.browser(AUDITOR)
    assert "Metti un vincolo" not in auditor.get(f"{HERE}/{number}").text
    assert auditor.get(f"{HERE}/{number}/vincolo").status_code == 403
    assert auditor.post(f"{HERE}/{number}/vincolo", data=good()).status_code == 403
    assert staff_portal.application(number).legal_hold_reason is None
    assert f'href="{HERE}"' in staff_portal.browser(ADMIN).get("/gestione").text
    assert HERE not in staff_portal.browser(ANNA).get("/gestione").text


def test_overview_tells_what_goes_when_and_why(staff_portal: Portal) -> None:
    soon, late = refused(staff_portal, 1, erase_on=local_date() + timedelta(days=20)), refused(staff_portal, 2)
    due = refused(staff_portal, 3, erase_on=local_date())
    page = staff_portal.browser(ADMIN).get(HERE).text
    assert page.index(due) < page.index(soon)
    assert late not in page
    for words in (
        short_day(local_date() + timedelta(days=20)),
        "La prossima notte",
        "si conservano 12 mesi",
        "Nessun vincolo.",
    ):
        assert words in page
    assert "Nulla da cancellare" not in page


def test_overview_opens_any_application_by_its_number(staff_portal: Portal) -> None:
    number, admin = staff_portal.sent(), staff_portal.browser(ADMIN)
    assert admin.get(HERE, params={"numero": f" {number.lower()} "}).headers["location"] == f"{HERE}/{number}"
    answer = admin.get(HERE, params={"numero": "P-2026-9999"})
    assert (answer.status_code, "Non c’è nessuna domanda con questo numero." in answer.text) == (422, True)
    assert admin.get(f"{HERE}/P-2026-9999").status_code == 404
    assert "si decide con l’esito" in admin.get(f"{HERE}/{number}").text


def test_hold_is_set_by_a_form_shown_everywhere_and_ended_by_a_confirmation(staff_portal: Portal) -> None:
    number, admin = refused(staff_portal, erase_on=local_date() + timedelta(days=20)), staff_portal.browser(ADMIN)
    assert "Finché c’è il vincolo" in admin.get(f"{HERE}/{number}/vincolo").text
    answer = admin.post(f"{HERE}/{number}/vincolo", data=good())
    assert (answer.status_code, answer.headers["location"]) == (303, f"{HERE}/{number}")
    for page in (
        admin.get(f"{HERE}/{number}").text,
        staff_portal.browser(MARCO).get(f"{QUEUE}/{number}/cronologia").text,
    ):
        assert "Vincolo sulla cancellazione" in page
        assert "Contestazione in corso" in page
        assert "Sarà cancellata" not in page
    overview = admin.get(HERE).text
    assert (overview.count(number), "Nulla da cancellare" in overview) == (2, True)  # the link's address and its words
    assert admin.post(f"{HERE}/{number}/vincolo", data=good()).status_code == 409
    assert admin.get(f"{HERE}/{number}/vincolo").status_code == 303
    assert "non si può annullare" in admin.get(f"{HERE}/{number}/vincolo/togli").text
    assert admin.post(f"{HERE}/{number}/vincolo/togli").status_code == 303
    assert staff_portal.application(number).legal_hold_reason is None
    assert admin.post(f"{HERE}/{number}/vincolo/togli").status_code == 409
    assert "Sarà cancellata il" in admin.get(f"{HERE}/{number}").text
    found = staff_portal.rows(select(AuditEvent).where(AuditEvent.type.like("%legal_hold%")).order_by(AuditEvent.id))
    assert [(one.type, one.by_name) for one in found] == [
        ("application.legal_hold_set", ADMIN.name), ("application.legal_hold_ended", ADMIN.name),
    ]  # fmt: skip
    assert "Cancellazione sospesa da un vincolo" in staff_portal.browser(MARCO).get(f"{QUEUE}/{number}/cronologia").text


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"reason": "corto"}, "Scrivi il motivo, da 10 a 500 caratteri."),
        ({"review_on": "domani"}, "Indica una data di riesame futura"),
        ({"review_on": "31/12/2099"}, "Indica una data di riesame futura, al massimo"),
        ({"review_on": ""}, "Indica una data di riesame futura"),
    ],
)
def test_hold_form_keeps_what_was_typed_and_says_what_is_wrong(
    staff_portal: Portal, values: dict[str, str], words: str
) -> None:
    number, typed = staff_portal.sent(), good() | values
    answer = staff_portal.browser(ADMIN).post(f"{HERE}/{number}/vincolo", data=typed)
    assert answer.status_code == 422
    assert answer.text.count(words) == 2  # in the summary and at the field
    assert all(one in answer.text for one in typed.values())


def test_hold_whose_day_of_review_has_come_stands_and_says_so(staff_portal: Portal) -> None:
    number = held(staff_portal, refused(staff_portal))
    change(staff_portal, number, legal_hold_review_on=local_date())
    for path in (HERE, f"{HERE}/{number}"):
        assert "Da riesaminare" in staff_portal.browser(ADMIN).get(path).text


def test_application_page_says_when_it_goes_and_when_the_copy_of_the_identity_goes(staff_portal: Portal) -> None:
    number = refused(staff_portal)
    anna = staff_portal.browser(ANNA)
    page = "".join(anna.get(f"{QUEUE}/{number}/{tab}").text for tab in ("documenti", "cronologia"))
    found = staff_portal.application(number)
    assert found.erase_on is not None
    assert f"Sarà cancellata il {day(found.erase_on)}, perché i dati di una domanda respinta" in page
    copy_day = day(add_months(local_date(found.decided_at), 6))
    assert f"Sarà cancellata il {copy_day}, perché la copia di un documento di identità si conserva 6 mesi" in page

    def erase(session: object) -> None:
        query = select(DocumentVersion.id).join(Document).where(Document.type == IDENTITY)
        erase_copy(session, session.scalars(query).one(), local_date())  # type: ignore[attr-defined,arg-type]

    staff_portal.run(erase)
    page = "".join(anna.get(f"{QUEUE}/{number}/{tab}").text for tab in ("documenti", "cronologia"))
    assert f"Copia cancellata il {day(local_date())}." in page
    assert copy_day not in page
    assert "Copia del documento di identità cancellata" in page


def test_supplier_page_tells_of_the_copy_too(staff_portal: Portal) -> None:
    number = staff_portal.approved()
    supplier = staff_portal.run(lambda s: actions_supplier(s, staff_portal.id_of(number)))
    anna = staff_portal.browser(ANNA)
    words = f"Sarà cancellata il {day(add_months(local_date(utc_now()), 6))}, perché la copia"
    assert words in anna.get(f"/gestione/fornitori/{supplier}").text
    assert "Resta finché l’impresa è fornitore qualificato." in anna.get(f"{QUEUE}/{number}/cronologia").text


def actions_supplier(session: object, application_id: object) -> str:
    from service.suppliers.models import Supplier

    query = select(Supplier.number).join(Application, Application.supplier_id == Supplier.id)
    return str(session.scalars(query.where(Application.id == application_id)).one())  # type: ignore[attr-defined]
