"""The applicant's page of documents without JavaScript: what is asked, uploads good and bad, taking away, downloads."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from service.clock import local_date, utc_now
from service.config import Settings
from service.database import transaction
from service.documents.keeping import mark_scanned
from service.documents.models import DocumentFile, DocumentVersion
from service.documents.port import FileStoreError, StoreFullError, StoreUnavailableError
from service.documents.states import Preview
from service.jobs.models import Job
from tests.factories.documents import make_file
from tests.support.document_pages import (
    PAGE,
    boxes,
    documents,
    due,
    give,
    give_all,
    good_form,
    one_due,
    path_of,
)
from tests.support.registering import TASKS, begin, browser, confirm, fill
from tests.support.sample_files import image, p7m, pdf
from tests.support.web import timeless


@pytest.fixture
def quick(settings: Settings) -> Settings:
    return settings.model_copy(update={"form_seconds": 0})


@pytest.fixture
def client(quick: Settings) -> Iterator[TestClient]:
    with browser(quick) as client:
        begin(client, "SC")
        fill(client, "SC")
        yield client


@pytest.fixture
def stranger(quick: Settings) -> Iterator[TestClient]:
    with browser(quick) as client:
        yield client


def block(html: str, anchor: str) -> str:
    found = re.search(rf'<section class="card mb-4" id="{anchor}".*?</section>', html, re.DOTALL)
    assert found, anchor
    return unescape(found[0])


def only_file(engine: Engine) -> DocumentFile:
    with Session(engine) as session:
        return session.scalars(select(DocumentFile)).one()


def app_of(client: TestClient) -> FastAPI:
    assert isinstance(client.app, FastAPI)
    return client.app


class BrokenStore:
    """A place for files that does not do it; what was put before can be counted."""

    def __init__(self, error: FileStoreError, *, after: int = 0) -> None:
        self.error, self.after, self.kept = error, after, set[str]()

    def put(self, key: str, source: Path) -> None:
        assert source.exists()
        if len(self.kept) >= self.after:
            raise self.error
        self.kept.add(key)

    def delete(self, key: str) -> None:
        self.kept.discard(key)


# --- what is asked


def test_documents_before_the_activities_cannot_begin(stranger: TestClient) -> None:
    begin(stranger, "SC")
    assert "Non puoi ancora iniziare" in stranger.get(PAGE).text
    row = re.findall(r"<li>\s*<div>.*?</li>", stranger.get(TASKS).text, re.DOTALL)[-1]
    assert "<span>Documenti</span>" in row
    assert "Non puoi ancora iniziare" in row
    assert "href" not in row
    assert stranger.post(f"{PAGE}/durc", data={}).status_code == 404


def test_page_asks_each_document_with_reason_rule_and_form(client: TestClient, own_engine: Engine) -> None:
    page = client.get(PAGE)
    assert page.status_code == 200
    for required in due(own_engine):
        card = block(page.text, required.anchor)
        assert str(required.heading) in card
        assert str(required.why) in card
        assert required.type.validity in card
        assert f'action="{path_of(required)}"' in card
        mark = "* (campo obbligatorio)" if required.blocks else "(facoltativo)"
        mark = "(richiesto, anche dopo l’invio)" if required.may_follow else mark
        assert mark in card.partition("</h2>")[0]
        assert 'accept=".pdf,.p7m,.jpg,.jpeg,.png"' in card
        assert "PDF, P7M, JPG o PNG, al massimo 10 MB" in card
        for field in required.type.fields:
            assert f'id="{required.anchor}-{field.name}"' in card


def test_task_list_counts_what_is_missing(client: TestClient, own_engine: Engine) -> None:
    mandatory = [one for one in due(own_engine) if one.is_mandatory]
    assert f"Mancano {len(mandatory)} documenti" in client.get(TASKS).text
    give(client, mandatory[0], ("a.pdf", pdf()))
    page = client.get(TASKS).text
    assert f"Mancano {len(mandatory) - 1} documenti" in page
    assert "Da completare" in page


def test_every_document_given_completes_the_row(client: TestClient, own_engine: Engine) -> None:
    give_all(client, own_engine)
    row = re.findall(r"<li>\s*<div>.*?</li>", client.get(TASKS).text, re.DOTALL)[-1]
    assert "Completata" in row
    assert "I documenti obbligatori ci sono tutti." in client.get(PAGE).text
    assert 'href="/registrazione/bozza/riepilogo">Controlla e invia' in client.get(TASKS).text


# --- uploads


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("DURC.pdf", pdf(pages=2), "application/pdf"),
        ("DURC.pdf.p7m", p7m(), "application/pkcs7-mime"),
        ("foto.JPG", image("JPEG"), "image/jpeg"),
        ("foto.png", image("PNG"), "image/png"),
    ],
    ids=("pdf", "p7m", "jpeg", "png"),  # a name made of the bytes would differ between the workers: its key is new
)
def test_upload_of_a_good_file_is_kept_and_shown(
    client: TestClient, own_engine: Engine, name: str, content: bytes, media_type: str
) -> None:
    durc = one_due(own_engine, "durc")
    reply = give(client, durc, (name, content))
    assert (reply.status_code, reply.headers["location"]) == (303, f"{PAGE}#durc")
    page = client.get(PAGE).text
    assert "1 file caricato." in page
    card = block(page, "durc")
    file = only_file(own_engine)
    assert (file.name, file.media_type, file.size) == (name, media_type, len(content))
    assert f"<strong>{name}</strong>" in card
    assert file.sha256[:12] in card
    assert "Caricato</span>" in card
    assert "Valido fino al" in card
    assert ("Firma non verificata dal portale." in card) == name.endswith("p7m")
    with Session(own_engine) as session:
        kinds = set(session.scalars(select(Job.kind)))
    assert "document.scan" in kinds


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.html", b"<script>alert(1)</script>", "a.html: Il file deve essere PDF, P7M, JPG o PNG: questo è HTML."),
        ("DURC.pdf", b"<html>", "DURC.pdf: L'estensione .pdf non corrisponde al contenuto."),
        ("DURC.pdf", b"", "DURC.pdf: Il file è vuoto."),
        ("DURC.pdf", b"%PDF-1.7\nrotto", "DURC.pdf: Il PDF è danneggiato o protetto da password."),
        ("foto.png", image("JPEG"), "foto.png: L'estensione .png non corrisponde al contenuto."),
    ],
)  # fmt: skip
def test_upload_of_a_bad_file_is_refused_at_its_block(
    client: TestClient, own_engine: Engine, name: str, content: bytes, said: str
) -> None:
    durc = one_due(own_engine, "durc")
    give(client, one_due(own_engine, "register_extract"), ("visura.pdf", pdf()))
    reply = give(client, durc, (name, content))
    assert reply.status_code == 422
    assert "<title>Errore: Documenti" in reply.text
    assert f'href="#durc-file">DURC: {said}' in unescape(reply.text)
    card = block(reply.text, "durc")
    assert said in card
    assert f'value="{(local_date() - timedelta(days=10)).year}"' in card
    assert "visura.pdf" in block(reply.text, "register_extract")
    assert [one.type for one in documents(own_engine)] == ["register_extract"]


def test_upload_of_several_files_keeps_the_good_ones_and_says_so(client: TestClient, own_engine: Engine) -> None:
    durc = one_due(own_engine, "durc")
    reply = give(client, durc, ("a.pdf", pdf()), ("foto.heic", b"nulla"), ("b.png", image("PNG")))
    assert reply.status_code == 422
    assert "2 file caricati, 1 rifiutato: foto.heic." in reply.text
    card = block(reply.text, "durc")
    assert "<strong>a.pdf</strong>" in card
    assert "<strong>b.png</strong>" in card
    assert client.get(f"{PAGE}/durc").headers["location"] == f"{PAGE}#durc"


def test_upload_beyond_the_size_is_refused_in_words(client: TestClient, own_engine: Engine, quick: Settings) -> None:
    app_of(client).state.settings = quick.model_copy(update={"file_bytes": 2048})
    reply = give(client, one_due(own_engine, "durc"), ("grande.pdf", pdf() + b"\0" * 4096))
    assert reply.status_code == 422
    assert "grande.pdf: Il file supera" in unescape(reply.text)


def test_upload_of_too_many_files_at_once_keeps_none(client: TestClient, own_engine: Engine) -> None:
    reply = give(client, one_due(own_engine, "durc"), *[(f"{n}.pdf", pdf()) for n in range(6)])
    assert reply.status_code == 422
    assert "Al massimo 5 file per volta." in reply.text
    assert documents(own_engine) == []


def test_upload_with_wrong_dates_keeps_the_file_and_asks_for_the_dates(client: TestClient, own_engine: Engine) -> None:
    durc = one_due(own_engine, "durc")
    form = good_form(durc) | boxes("durc-expires_on", local_date() + timedelta(days=300))
    reply = give(client, durc, ("DURC.pdf", pdf()), form=form)
    assert reply.status_code == 422
    card = block(reply.text, "durc")
    assert "I file sono caricati; correggi i dati accanto" in reply.text
    assert "La scadenza supera la validità massima di 120 giorni." in card
    assert "Da completare</span>" in card
    assert f'value="{(local_date() + timedelta(days=300)).year}"' in card
    assert "DURC: completa i dati accanto al file." in str(
        [unescape(gap) for gap in re.findall(r"<li>.*?</li>", client.get(f"{TASKS}/riepilogo").text)]
    )
    assert give(client, durc).status_code == 303
    assert "Caricato</span>" in block(client.get(PAGE).text, "durc")
    assert only_file(own_engine).name == "DURC.pdf"


def test_dates_changed_without_a_file_are_kept(client: TestClient, own_engine: Engine) -> None:
    durc = one_due(own_engine, "durc")
    give(client, durc, ("DURC.pdf", pdf()))
    later = local_date() + timedelta(days=100)
    assert give(client, durc, form=good_form(durc) | boxes("durc-expires_on", later)).status_code == 303
    assert documents(own_engine)[0].versions[0].expires_on == later


def test_nothing_chosen_asks_for_the_file(client: TestClient, own_engine: Engine) -> None:
    reply = give(client, one_due(own_engine, "durc"))
    assert reply.status_code == 422
    assert "Carica DURC." in block(reply.text, "durc")
    assert documents(own_engine) == []


def test_upload_that_replaces_takes_the_earlier_files_away(client: TestClient, own_engine: Engine) -> None:
    durc = one_due(own_engine, "durc")
    give(client, durc, ("vecchio.pdf", pdf()))
    old = only_file(own_engine).key
    assert give(client, durc, form=good_form(durc) | {"sostituisci": "on"}).status_code == 422
    assert only_file(own_engine).key == old
    refused = give(client, durc, ("no.exe", b"MZ"), form=good_form(durc) | {"sostituisci": "on"})
    assert refused.status_code == 422
    assert only_file(own_engine).key == old
    assert give(client, durc, ("nuovo.pdf", pdf()), form=good_form(durc) | {"sostituisci": "on"}).status_code == 303
    assert only_file(own_engine).name == "nuovo.pdf"
    with Session(own_engine) as session:
        deleting = session.scalars(select(Job).where(Job.kind == "file.delete")).all()
    assert [job.args["keys"] for job in deleting] == [[old]]


@pytest.mark.parametrize("limit", [{"files_per_application": 1}, {"application_bytes": len(pdf()) + 100}])
def test_upload_beyond_the_quota_is_refused_in_words(
    client: TestClient, own_engine: Engine, quick: Settings, limit: dict[str, int]
) -> None:
    app_of(client).state.settings = quick.model_copy(update=limit)
    assert give(client, one_due(own_engine, "register_extract"), ("a.pdf", pdf())).status_code == 303
    reply = give(client, one_due(own_engine, "durc"), ("b.pdf", pdf()))
    assert reply.status_code == 422
    assert "Hai raggiunto lo spazio massimo: elimina un file." in block(reply.text, "durc")
    assert only_file(own_engine).name == "a.pdf"


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (StoreUnavailableError("lontano"), 503, "In questo momento non riusciamo a conservare i file"),
        (StoreFullError("pieno"), 507, "lo spazio è esaurito"),
    ],
)
def test_upload_to_a_store_that_fails_is_said_and_leaves_nothing(
    client: TestClient, own_engine: Engine, error: FileStoreError, status: int, said: str
) -> None:
    give(client, one_due(own_engine, "register_extract"), ("visura.pdf", pdf()))
    broken = BrokenStore(error, after=1)
    app_of(client).state.files = broken
    reply = give(client, one_due(own_engine, "durc"), ("a.pdf", pdf()), ("b.pdf", pdf()))
    assert reply.status_code == status
    assert reply.headers["retry-after"]
    card = block(reply.text, "durc")
    assert said in card
    assert f'value="{(local_date() + timedelta(days=90)).year}"' in card
    assert broken.kept == set()
    assert [one.type for one in documents(own_engine)] == ["register_extract"]
    assert "visura.pdf" in block(reply.text, "register_extract")


def test_upload_that_loses_its_draft_meanwhile_leaves_no_bytes(client: TestClient, own_engine: Engine) -> None:
    class Slow(BrokenStore):
        def put(self, key: str, source: Path) -> None:
            super().put(key, source)
            with transaction(own_engine) as session:
                session.execute(text("delete from applicant_session"))

    slow = Slow(StoreFullError("pieno"), after=9)
    app_of(client).state.files = slow
    reply = give(client, one_due(own_engine, "durc"), ("a.pdf", pdf()))
    assert reply.status_code == 404
    assert "il file non è stato caricato" in reply.text
    assert slow.kept == set()


def test_upload_after_the_session_has_ended_says_what_to_do(stranger: TestClient) -> None:
    reply = stranger.post(f"{PAGE}/durc", files=[("file", ("a.pdf", pdf(), "application/pdf"))])
    assert reply.status_code == 404
    assert "La sessione è terminata: il file non è stato caricato" in reply.text
    assert 'href="/riprendi"' in reply.text


@pytest.mark.parametrize("path", ["patente", "durc/2025", "certification/boh", "%00", "non-dovuto/register_extract"])
def test_document_that_is_not_asked_does_not_exist(client: TestClient, path: str) -> None:
    assert client.post(f"{PAGE}/{path}", data={}).status_code == 404


# --- taking away, not due


def test_file_is_removed_after_a_confirmation(client: TestClient, own_engine: Engine) -> None:
    give(client, one_due(own_engine, "durc"), ("DURC <b>.pdf", pdf()))
    file = only_file(own_engine)
    place = f"{PAGE}/file/{file.id}/rimuovi"
    assert place in block(client.get(PAGE).text, "durc")
    question = client.get(place)
    assert "Rimuovere «DURC &lt;b&gt;.pdf»?" in question.text
    reply = client.post(place)
    assert (reply.status_code, reply.headers["location"]) == (303, f"{PAGE}#durc")
    assert documents(own_engine) == []
    assert "Da caricare</span>" in block(client.get(PAGE).text, "durc")
    assert client.post(place).status_code == 404


def test_not_due_needs_a_reason_and_can_be_taken_back(client: TestClient, own_engine: Engine) -> None:
    place = f"{PAGE}/non-dovuto/durc"
    wrong = client.post(place, data={"durc-motivo": "perché no"})
    assert wrong.status_code == 422
    card = block(wrong.text, "durc")
    assert "Scrivi il motivo, con almeno 10 caratteri." in card
    assert "perché no</textarea>" in card
    assert client.post(place, data={"durc-motivo": "x" * 1001}).status_code == 422
    assert client.post(place, data={"durc-motivo": "Non ho posizioni INPS né INAIL"}).status_code == 303
    card = block(client.get(PAGE).text, "durc")
    assert "Dichiarato non dovuto" in card
    assert "Non ho posizioni INPS né INAIL" in card
    assert "multipart" not in card
    assert client.post(place, data={"annulla": "on"}).status_code == 303
    card = block(client.get(PAGE).text, "durc")
    assert "Da caricare</span>" in card
    assert "multipart" in card


def test_documents_no_longer_asked_are_shown_apart(client: TestClient, own_engine: Engine) -> None:
    declaration, identity = one_due(own_engine, "self_declaration"), one_due(own_engine, "identity_document")
    give(client, identity, ("carta.pdf", pdf()))
    give(client, declaration, ("dichiarazione.pdf.p7m", p7m()))
    page = client.get(PAGE).text
    assert "Caricati prima e non più richiesti" in page
    assert "carta.pdf" in block(page, "identity_document")
    assert "multipart" not in block(page, "identity_document")


# --- downloads


def drawn(engine: Engine, app: FastAPI, folder: Path) -> DocumentFile:
    """The one file, with a picture of its page."""
    file = only_file(engine)
    picture = folder / "1"
    picture.write_bytes(image("PNG"))
    app.state.files.put(f"previews/{file.id.hex}/1.png", picture)
    with transaction(engine) as session:
        row = session.get_one(DocumentFile, file.id)
        row.preview, row.preview_pages = Preview.READY, 1
    return file


def test_download_is_an_attachment_that_may_do_nothing(client: TestClient, own_engine: Engine, tmp_path: Path) -> None:
    content = pdf()
    give(client, one_due(own_engine, "durc"), ("DURC à.pdf", content))
    file = drawn(own_engine, app_of(client), tmp_path)
    card = block(client.get(PAGE).text, "durc")
    address, picture = f"{PAGE}/file/{file.id}", f"{PAGE}/file/{file.id}/anteprima/1.png"
    assert f'href="{address}"' in card
    assert f'src="{picture}" alt="Pagina 1 di 1 di DURC à.pdf" loading="lazy"' in card
    reply = client.get(address)
    assert reply.content == content
    assert reply.headers["content-type"] == "application/pdf"
    assert reply.headers["content-disposition"].startswith("attachment; ")
    assert "DURC%20%C3%A0.pdf" in reply.headers["content-disposition"]
    assert reply.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert reply.headers["x-content-type-options"] == "nosniff"
    page = client.get(picture)
    assert (page.status_code, page.headers["content-type"]) == (200, "image/png")
    assert page.headers["content-security-policy"] == "sandbox; default-src 'none'"
    for wrong in ("0", "2", "-1", "x", "999999999999"):
        assert client.get(f"{address}/anteprima/{wrong}.png").status_code == 404


def test_file_of_another_company_is_as_missing_as_a_wrong_one(
    client: TestClient, own_engine: Engine, stranger: TestClient
) -> None:
    give(client, one_due(own_engine, "durc"), ("DURC.pdf", pdf()))
    file = only_file(own_engine)
    begin(stranger, "SC", 2)
    for ending, verb in (("", "GET"), ("/anteprima/1.png", "GET"), ("/rimuovi", "GET"), ("/rimuovi", "POST")):
        foreign = stranger.request(verb, f"{PAGE}/file/{file.id}{ending}")
        missing = stranger.request(verb, f"{PAGE}/file/{uuid4()}{ending}")
        assert foreign.status_code == missing.status_code == 404
        assert timeless(foreign.text) == timeless(missing.text)
    assert only_file(own_engine).id == file.id


def test_infected_file_is_not_given_to_anybody(client: TestClient, own_engine: Engine) -> None:
    give(client, one_due(own_engine, "durc"), ("DURC.pdf", pdf()))
    file = only_file(own_engine)
    with transaction(own_engine) as session:
        mark_scanned(session, file.id, "Eicar-Test-Signature")
    card = block(client.get(PAGE).text, "durc")
    assert "Da sostituire</span>" in card
    assert "L’antivirus ha trovato un problema" in card
    assert "Scarica" not in card
    assert client.get(f"{PAGE}/file/{file.id}").status_code == 403


def test_download_while_the_store_is_away_is_503_in_words(
    client: TestClient, own_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(client, one_due(own_engine, "durc"), ("DURC.pdf", pdf()))

    def away(_key: str) -> Iterator[bytes]:
        raise StoreUnavailableError("lontano")

    monkeypatch.setattr(app_of(client).state.files, "read", away)
    reply = client.get(f"{PAGE}/file/{only_file(own_engine).id}")
    assert reply.status_code == 503
    assert "I file non sono disponibili in questo momento" in reply.text


def test_summary_names_files_and_what_is_missing_with_the_way_there(client: TestClient, own_engine: Engine) -> None:
    give(client, one_due(own_engine, "durc"), ("DURC.pdf", pdf()))
    page = unescape(client.get(f"{TASKS}/riepilogo").text)
    file = only_file(own_engine)
    assert f"DURC.pdf · 1 KB · SHA-256 {file.sha256[:12]}…" in page
    assert "Valido fino al" in page
    assert f'href="{PAGE}#durc">Modifica' in page
    assert f'href="{PAGE}#register_extract">Carica Visura camerale ordinaria.' in page


def test_sent_documents_can_be_fetched_but_not_changed(
    client: TestClient, own_engine: Engine, settings: Settings
) -> None:
    give_all(client, own_engine)
    confirm(client, own_engine, settings)
    assert client.post(f"{TASKS}/riepilogo").headers["location"] == "/registrazione/inviata"
    with Session(own_engine) as session:
        file = session.scalars(select(DocumentFile)).first()
    assert file
    page = client.get("/stato/domanda").text
    address = f"{PAGE}/file/{file.id}"
    assert f'href="{address}"' in page
    assert "rimuovi" not in page
    assert client.get(address).content == pdf()
    later = uuid4()
    with transaction(own_engine) as session:
        document = session.get_one(DocumentFile, file.id).version.document
        row = make_file(id=later, name="dopo l’ammissione.pdf")
        document.versions.append(
            DocumentVersion(number=2, details={}, uploaded_by="luca", created_at=utc_now(), files=[row])
        )
    assert "dopo l’ammissione" not in unescape(client.get("/stato/domanda").text)
    assert client.get(f"{PAGE}/file/{later}").status_code == 404
    assert client.post(f"{address}/rimuovi").headers["location"] == "/stato/domanda"
    late = client.post(f"{PAGE}/durc", files=[("file", ("a.pdf", pdf(), "application/pdf"))])
    assert late.headers["location"] == "/stato/domanda"
