"""The radar on the pages: the flag on both records, the comparison, the mark, what follows from it, who sees it."""

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.applications.models import Application, ApplicationAnswers
from service.applications.radar.models import Resemblance
from service.applications.radar.scanning import scan_application, scan_supplier
from service.suppliers.models import Supplier
from service.suppliers.states import Qualification
from tests.support.staff_portal import ADMIN, ANNA, AUDITOR, MARCO, SPECIALIST, Portal, staff_portal

__all__ = ["staff_portal"]
QUEUE = "/gestione/richieste"


def change(session: Session, number: str, section: str, name: str, value: str) -> None:
    application = session.scalars(select(Application).where(Application.number == number)).one()
    answers = application.content.answers
    changed = {**answers, section: {**answers[section], name: value}}
    session.execute(
        update(ApplicationAnswers).where(ApplicationAnswers.application_id == application.id).values(answers=changed)
    )


def alike(portal: Portal, *numbers: str) -> None:
    """Give applications one telephone, and let the worker look."""
    for number in numbers:
        portal.run(lambda s, number=number: change(s, number, "sede", "phone", "+390371999999"))
        portal.run(lambda s, number=number: scan_application(s, portal.id_of(number)))


@pytest.fixture
def pair(staff_portal: Portal) -> tuple[str, str]:
    first, second = staff_portal.sent(11), staff_portal.sent(22)
    alike(staff_portal, first, second)
    return first, second


def test_flag_is_on_both_pages_and_leads_to_the_comparison(staff_portal: Portal, pair: tuple[str, str]) -> None:
    reviewer = staff_portal.browser(MARCO)
    for here, other in (pair, pair[::-1]):
        page = reviewer.get(f"{QUEUE}/{here}").text
        assert "Simile a" in page
        assert "stesso telefono." in page
        assert "Da giudicare" in page
        assert f'href="{QUEUE}/{here}/simili/{other}"' in page
    comparison = reviewer.get(f"{QUEUE}/{pair[1]}/simili/{pair[0]}").text
    row = comparison[comparison.index("Telefono") :]
    assert "Uguale" in row[: row.index("</tr>")]
    assert "Diverso" in comparison
    assert "Salva il giudizio" in comparison
    assert "Che cosa si può fare" not in comparison
    evil = "<script>alert(1)</script>"
    staff_portal.run(lambda s: change(s, pair[0], "anagrafica", "company_name", evil))
    comparison = reviewer.get(f"{QUEUE}/{pair[1]}/simili/{pair[0]}").text
    assert "<script>alert" not in comparison
    assert "&lt;script&gt;alert" in comparison


def test_mark_is_kept_with_its_note_and_shown_on_both(staff_portal: Portal, pair: tuple[str, str]) -> None:
    first, second = pair
    reviewer, path = staff_portal.browser(MARCO), f"{QUEUE}/{second}/simili/{first}"
    empty = reviewer.post(path, data={"seen": "", "note": "Solo una nota"})
    assert empty.status_code == 422
    assert 'href="#mark"' in empty.text
    assert "Solo una nota" in empty.text
    assert reviewer.post(path, data={"seen": "", "mark": "different", "note": "no"}).status_code == 422
    told = {"seen": "", "mark": "different", "note": "Omonimi: sentiti al telefono"}
    assert reviewer.post(path, data=told).headers["location"] == path
    assert reviewer.post(path, data={**told, "mark": "same"}).status_code == 409  # seen as nobody had judged it yet
    for here in pair:
        page = reviewer.get(f"{QUEUE}/{here}").text
        assert "Imprese diverse" in page
        assert "Omonimi: sentiti al telefono" in page
        assert "Marco Riva" in page
        assert "Da giudicare" not in page
    assert "Giudizio su un’impresa simile" in reviewer.get(f"{QUEUE}/{second}/cronologia").text
    seen = staff_portal.rows(select(Resemblance.marked_at))[0].isoformat()
    assert f'name="seen" value="{seen}"' in reviewer.get(path).text.replace("&#43;", "+")
    again = {"seen": seen, "mark": "same_group", "note": ""}
    assert reviewer.post(path, data=again).status_code == 303
    assert "Stesso gruppo" in reviewer.get(path).text


def test_one_company_offers_what_may_follow(staff_portal: Portal) -> None:
    first, second = staff_portal.sent(11), staff_portal.reviewed(22)
    alike(staff_portal, first, second)
    path = f"{QUEUE}/{first}/simili/{second}"
    reviewer, approver = staff_portal.browser(MARCO), staff_portal.browser(ANNA)
    reviewer.post(path, data={"seen": "", "mark": "same", "note": ""})
    offered = reviewer.get(path).text
    assert f'href="{QUEUE}/{first}/ritiro"' in offered  # the first goes, with its consent
    assert "La chiusura come duplicato la decide un responsabile." in offered
    assert "/decisione" not in offered
    assert f'href="{QUEUE}/{second}/decisione?esito=respingi"' in approver.get(path).text


def test_parked_duplicates_are_compared_and_not_marked(staff_portal: Portal) -> None:
    first, second = staff_portal.sent(11), staff_portal.sent(22, as_company=11)
    path = f"{QUEUE}/{second}/simili/{first}"
    approver = staff_portal.browser(ANNA)
    assert f'href="{path}"' in approver.get(f"{QUEUE}/{second}").text
    page = approver.get(path).text
    assert "sono la stessa impresa" in page
    assert "Salva il giudizio" not in page
    assert f'href="{QUEUE}/{second}/decisione?esito=chiudi"' in page
    assert f'href="{QUEUE}/{first}/ritiro"' in page
    assert approver.post(path, data={"seen": "", "mark": "same"}).status_code == 404


def test_supplier_shows_what_looks_like_it_and_is_compared_as_it_is_now(staff_portal: Portal) -> None:
    admitted, other = staff_portal.approved(11), staff_portal.sent(22)
    alike(staff_portal, other)
    (supplier,) = staff_portal.rows(select(Supplier))
    seat = {**supplier.answers, "sede": {**supplier.answers["sede"], "phone": "+390371999999"}}
    staff_portal.run(lambda s: s.execute(update(Supplier).values(answers=seat)))
    staff_portal.run(lambda s: scan_supplier(s, supplier.id))
    reviewer, path = staff_portal.browser(MARCO), f"{QUEUE}/{other}/simili/{supplier.number}"
    for page in (f"/gestione/fornitori/{supplier.number}", f"{QUEUE}/{other}"):
        assert f'href="{path}"' in reviewer.get(page).text
    assert f'href="{QUEUE}/{admitted}/simili/{other}"' in reviewer.get(f"{QUEUE}/{admitted}").text
    page = reviewer.get(path).text
    assert "+39 0371 999999" in page
    assert reviewer.post(path, data={"seen": "", "mark": "same", "note": ""}).status_code == 303
    assert "Stessa impresa" in reviewer.get(f"/gestione/fornitori/{supplier.number}").text


def test_only_who_examines_sees_it_and_foreign_is_missing(staff_portal: Portal, pair: tuple[str, str]) -> None:
    first, second = pair
    path, stranger = f"{QUEUE}/{second}/simili/{first}", staff_portal.sent(35)
    for person in (SPECIALIST, ADMIN):
        browser = staff_portal.browser(person)
        missing = browser.get(f"{QUEUE}/P-2020-9999/simili/x")
        assert browser.get(path).content == missing.content
        assert browser.post(path, data={"seen": "", "mark": "same"}).content == missing.content
    assert "Simile a" not in staff_portal.browser(SPECIALIST).get(f"{QUEUE}/{second}").text
    auditor = staff_portal.browser(AUDITOR)
    assert "Salva il giudizio" not in auditor.get(path).text
    assert auditor.post(path, data={"seen": "", "mark": "same"}).status_code == 403
    reviewer = staff_portal.browser(MARCO)
    missing = reviewer.get(f"{QUEUE}/P-2020-9999")
    for other in (stranger, second, "P-2020-9999", "F99999", "x"):
        assert reviewer.get(f"{QUEUE}/{second}/simili/{other}").content == missing.content
    assert reviewer.get(f"{QUEUE}/P-2020-9999/simili/{first}").content == missing.content
    assert staff_portal.rows(select(Resemblance.mark)) == [None]


def test_reviewer_does_not_learn_which_of_revoked_and_excluded_it_is(staff_portal: Portal) -> None:
    staff_portal.approved(11)
    staff_portal.run(lambda s: s.execute(update(Supplier).values(qualification=Qualification.REVOKED)))
    (supplier,) = staff_portal.rows(select(Supplier.number))
    parked = staff_portal.sent(11)
    reviewer, approver = staff_portal.browser(MARCO), staff_portal.browser(ANNA)
    path = f"{QUEUE}/{parked}/simili/{supplier}"
    assert supplier not in reviewer.get(f"{QUEUE}/{parked}").text
    assert reviewer.get(path).status_code == 404
    assert f'href="{path}"' in approver.get(f"{QUEUE}/{parked}").text
    assert approver.get(path).status_code == 200
