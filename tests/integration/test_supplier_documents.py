"""The supplier's documents: how each stands, sending a new version, its own files and nobody else's."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from httpx2 import Response
from sqlalchemy import select, text
from sqlalchemy.orm import selectinload

from service.audit.trail import AuditEvent
from service.documents.judging import verify
from service.documents.models import Document, DocumentFile, DocumentVersion
from service.documents.port import StoreFullError, StoreUnavailableError
from service.documents.states import Scan, Verdict
from service.jobs.models import Job
from service.suppliers.models import Supplier
from service.web.dates import day
from tests.support.document_pages import boxes, good_form
from tests.support.sample_files import pdf
from tests.support.staff_portal import ANNA, SUPPLIER, Portal, staff_portal
from tests.support.supplier_documents import asked, complete, give, in_days, version
from tests.support.supplier_portal import admit

__all__ = ["staff_portal"]
PAGE = "/area/documenti"
DURC = ("durc", "")


@pytest.fixture
def own(staff_portal: Portal) -> Supplier:
    """A company whose documents are all verified and far from their end."""
    supplier = admit(staff_portal, 1, SUPPLIER.subject)
    complete(staff_portal, supplier, in_days(200))
    return supplier


def card(portal: Portal, anchor: str, path: str = PAGE) -> str:
    """The part of the page that is about one document."""
    page = portal.browser(SUPPLIER).get(path).text
    found = re.search(rf'<section class="card mb-4" id="{anchor}".*?</section>', page, re.DOTALL)
    assert found, page
    return found[0]


def state(portal: Portal, anchor: str) -> str:
    found = re.search(r'<span class="tag[^"]*">([^<]+)</span>', card(portal, anchor))
    return found[1] if found else ""


def send(
    portal: Portal,
    supplier: Supplier,
    *files: tuple[str, bytes],
    key: tuple[str, str] = DURC,
    changed: Mapping[str, str] | None = None,
) -> Response:
    """Post the form of a document as a browser without JavaScript does."""
    required = asked(portal, supplier)[key]
    sent = [("file", (name, content, "application/octet-stream")) for name, content in files]
    path = "/".join(filter(None, (PAGE, *key)))
    return portal.browser(SUPPLIER).post(path, data=good_form(required) | dict(changed or {}), files=sent)


def versions(portal: Portal, supplier: Supplier, type_: str = "durc") -> list[DocumentVersion]:
    query = (
        select(DocumentVersion)
        .join(Document)
        .where(Document.supplier_id == supplier.id, Document.type == type_)
        .options(selectinload(DocumentVersion.files))
        .order_by(DocumentVersion.number)
    )
    return portal.rows(query)


@pytest.mark.parametrize(
    ("verdict", "days", "said"),
    [
        (Verdict.VALID, 200, "Valido"),
        (Verdict.VALID, 60, "In scadenza"),
        (Verdict.VALID, 0, "In scadenza"),
        (Verdict.VALID, -1, "Scaduto"),
        (Verdict.TO_CHECK, 100, "Da verificare"),
        (Verdict.REJECTED, 100, "Respinto"),
    ],
)
def test_document_shows_how_it_stands(
    staff_portal: Portal, own: Supplier, verdict: Verdict, days: int, said: str
) -> None:
    reason = "D03" if verdict == Verdict.REJECTED else ""
    give(staff_portal, own, "durc", version(verdict, in_days(days), reason=reason))
    assert state(staff_portal, "durc") == said
    assert f'href="{PAGE}/durc">Sostituisci' in card(staff_portal, "durc")


def test_documents_of_which_none_was_given_are_missing_or_optional(staff_portal: Portal, own: Supplier) -> None:
    staff_portal.run(lambda s: s.execute(text("delete from document")))
    assert state(staff_portal, "durc") == "Manca"
    assert state(staff_portal, "durf") == "Non caricato"
    assert f'href="{PAGE}/durc">Carica' in card(staff_portal, "durc")
    assert "<details" not in card(staff_portal, "durc")


def test_document_with_a_new_version_says_what_is_in_force_and_what_waits(staff_portal: Portal, own: Supplier) -> None:
    give(staff_portal, own, "durc", version(expires_on=in_days(20)), version(Verdict.TO_CHECK, in_days(140)))
    shown = card(staff_portal, "durc")
    assert f"In vigore fino al {day(in_days(20))}; la nuova versione è in verifica." in shown
    assert "2 versioni inviate" in shown
    assert state(staff_portal, "durc") == "In scadenza"


def test_document_rejected_shows_the_reason_and_keeps_the_old_in_force(staff_portal: Portal, own: Supplier) -> None:
    refused = version(Verdict.REJECTED, in_days(140), reason="D04", text="È di un’altra impresa del gruppo.")
    give(staff_portal, own, "durc", version(expires_on=in_days(100)), refused)
    shown = card(staff_portal, "durc")
    assert "L’ultima versione non è stata accettata:" in shown
    assert "Il documento è intestato ad altro soggetto. È di un’altra impresa del gruppo." in shown
    assert state(staff_portal, "durc") == "Valido"


def test_next_date_of_the_documents_is_named(staff_portal: Portal, own: Supplier) -> None:
    give(staff_portal, own, "durc", version(expires_on=in_days(90)))
    page = staff_portal.browser(SUPPLIER).get(PAGE).text
    assert f"Prossima data: {day(in_days(90))}, quando scade «DURC»." in page
    assert 'href="/area/calendario"' in page


def test_send_adds_a_version_that_waits_while_the_old_stays_in_force(staff_portal: Portal, own: Supplier) -> None:
    give(staff_portal, own, "durc", version(expires_on=in_days(5)))
    reply = send(staff_portal, own, ("durc nuovo.pdf", pdf()))
    assert (reply.status_code, reply.headers["location"]) == (303, f"{PAGE}#durc")
    old, new = versions(staff_portal, own)
    assert (old.verdict, new.verdict) == (Verdict.VALID, Verdict.TO_CHECK)
    assert new.expires_on == in_days(90)
    assert new.uploaded_by == SUPPLIER.subject
    (file,) = new.files
    assert file.name == "durc nuovo.pdf"
    jobs = {job.kind for job in staff_portal.rows(select(Job)) if job.args.get("file_id") == str(file.id)}
    assert jobs == {"document.scan", "document.preview"}
    (event,) = staff_portal.rows(select(AuditEvent).where(AuditEvent.type == "document.uploaded"))
    assert event.by_subject == SUPPLIER.subject
    assert "la nuova versione è in verifica" in card(staff_portal, "durc")
    staff_portal.run(lambda s: verify(s, new.id, by=ANNA))
    assert f"In vigore fino al {day(in_days(90))}." in card(staff_portal, "durc")


def test_send_of_a_document_with_a_slot_goes_to_that_one(staff_portal: Portal, own: Supplier) -> None:
    keys = [key for key in asked(staff_portal, own) if key[0] == "financials"]
    assert len(keys) > 1
    before = len(versions(staff_portal, own, "financials"))
    assert send(staff_portal, own, ("bilancio.pdf", pdf()), key=keys[0]).status_code == 303
    assert len(versions(staff_portal, own, "financials")) == before + 1


def test_send_twice_of_the_same_is_one_version(staff_portal: Portal, own: Supplier) -> None:
    content = pdf()
    for _ in range(2):
        assert send(staff_portal, own, ("durc.pdf", content)).status_code == 303
    assert [one.verdict for one in versions(staff_portal, own)] == [Verdict.VALID, Verdict.TO_CHECK]


def test_send_without_a_file_is_refused_and_keeps_what_was_typed(staff_portal: Portal, own: Supplier) -> None:
    reply = send(staff_portal, own)
    assert reply.status_code == 422
    assert "Carica DURC." in reply.text
    assert 'href="#durc-file"' in reply.text
    assert (
        f'name="durc-expires_on.year" type="text" inputmode="numeric" size="4" value="{in_days(90).year}"' in reply.text
    )
    assert len(versions(staff_portal, own)) == 1


def test_send_with_a_wrong_date_keeps_no_file(staff_portal: Portal, own: Supplier) -> None:
    reply = send(staff_portal, own, ("durc.pdf", pdf()), changed=boxes("durc-expires_on", date(2020, 1, 1)))
    assert reply.status_code == 422
    assert "Scegli di nuovo il file" in reply.text
    assert len(versions(staff_portal, own)) == 1


def test_send_of_something_that_is_no_document_is_refused_with_the_rest(staff_portal: Portal, own: Supplier) -> None:
    reply = send(staff_portal, own, ("durc.pdf", pdf()), ("virus.exe", b"MZ"))
    assert reply.status_code == 422
    assert "virus.exe: Il file deve essere PDF, P7M, JPG o PNG: questo è EXE." in reply.text
    assert len(versions(staff_portal, own)) == 1


@pytest.mark.parametrize(("error", "status"), [(StoreUnavailableError("via"), 503), (StoreFullError("pieno"), 507)])
def test_send_without_a_place_for_files_says_so(
    staff_portal: Portal, own: Supplier, error: Exception, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def put(*_: Any) -> None:
        raise error

    monkeypatch.setattr(staff_portal.app.state.files, "put", put, raising=False)
    reply = send(staff_portal, own, ("durc.pdf", pdf()))
    assert reply.status_code == status
    assert "Retry-After" in reply.headers
    assert len(versions(staff_portal, own)) == 1


@pytest.mark.parametrize("path", [f"{PAGE}/nulla", f"{PAGE}/durc/altro", f"{PAGE}/foreign_register_extract"])
def test_document_that_is_not_asked_does_not_exist(staff_portal: Portal, own: Supplier, path: str) -> None:
    browser = staff_portal.browser(SUPPLIER)
    assert browser.get(path).status_code == 404
    assert browser.post(path, files=[("file", ("a.pdf", pdf(), "application/pdf"))]).status_code == 404


def test_send_without_a_company_shows_why(staff_portal: Portal) -> None:
    reply = staff_portal.browser(SUPPLIER).post(f"{PAGE}/durc", files=[("file", ("a.pdf", pdf(), "application/pdf"))])
    assert reply.status_code == 403
    assert "non sono collegate a nessuna impresa" in reply.text


def test_send_by_a_stranger_leads_to_the_sign_in(staff_portal: Portal) -> None:
    reply = staff_portal.browser().post(f"{PAGE}/durc", files=[("file", ("a.pdf", pdf(), "application/pdf"))])
    assert (reply.status_code, reply.headers["location"]) == (303, "/accedi")


def test_file_of_the_own_company_comes_as_an_attachment(staff_portal: Portal, own: Supplier) -> None:
    content = pdf()
    send(staff_portal, own, ("durc perché.pdf", content))
    file = versions(staff_portal, own)[-1].files[0]
    answer = staff_portal.browser(SUPPLIER).get(f"{PAGE}/file/{file.id}")
    assert answer.content == content
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"


def test_file_of_another_company_is_as_missing_as_none(staff_portal: Portal, own: Supplier) -> None:
    other = admit(staff_portal, 2, "un-altro")
    foreign = give(staff_portal, other, "durc", version(expires_on=in_days(90)))
    (file,) = staff_portal.rows(select(DocumentFile).join(DocumentVersion).where(
        DocumentVersion.document_id == foreign.id
    ))  # fmt: skip
    browser = staff_portal.browser(SUPPLIER)
    for rest in ("", "/anteprima/1.png"):
        missing = browser.get(f"{PAGE}/file/{uuid4()}{rest}")
        answer = browser.get(f"{PAGE}/file/{file.id}{rest}")
        assert (answer.status_code, answer.content) == (404, missing.content)
    assert str(file.id) not in browser.get(PAGE).text


def test_file_found_infected_is_not_given(staff_portal: Portal, own: Supplier) -> None:
    given = give(staff_portal, own, "durc", version(Verdict.TO_CHECK, in_days(90), scan=Scan.INFECTED))
    (file,) = staff_portal.rows(select(DocumentFile).join(DocumentVersion).where(
        DocumentVersion.document_id == given.id
    ))  # fmt: skip
    assert staff_portal.browser(SUPPLIER).get(f"{PAGE}/file/{file.id}").status_code == 403
    assert "antivirus ha bloccato" in card(staff_portal, "durc")


def test_documents_in_english_have_no_missing_text(staff_portal: Portal, own: Supplier) -> None:
    browser = staff_portal.browser(SUPPLIER)
    for path in (PAGE, f"{PAGE}/durc", "/area/dati", "/area/dati/attivita", "/area/calendario"):
        answer = browser.get(f"{path}?lang=en")
        assert answer.status_code == 200, path
        assert '<html lang="en">' in answer.text
