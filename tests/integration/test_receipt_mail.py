"""The receipt goes with the mail that confirms the sending: the same file at every try, with its code."""

import urllib.error
import urllib.request
from io import BytesIO
from typing import Any

import pypdfium2
import pytest
import segno
from pypdf import PdfReader
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from service import pdf
from service.applications import papers
from service.applications.models import Application, Snapshot
from service.applications.repository import find_snapshot
from service.config import Settings
from service.database import transaction
from service.jobs.models import Job, JobStatus
from service.mail.models import Delivery, DeliveryStatus
from service.worker.loop import Worker
from tests.factories.applications import make_submitted
from tests.support.mailbox import Mail, Mailbox
from tests.support.provisioning import fake_keycloak, worker, worker_settings

__all__ = ["fake_keycloak", "worker", "worker_settings"]
pytestmark = pytest.mark.xdist_group("integration")
SUBJECT = "Abbiamo ricevuto la domanda"
SCALE = 4


def sent_by(worker: Worker, settings: Settings, *, locale: str = "it") -> Application:
    """Have a company apply."""
    with transaction(worker.engine) as session:
        application = make_submitted(session, settings)
        application.locale = locale
        return application


def receipts(mailbox: Mailbox, application: Application) -> list[Mail]:
    return [mail for mail in mailbox.messages(application.contact_email) if (application.number or "") in mail.subject]


def test_receipt_goes_with_the_mail_and_is_the_file_of_the_page(
    worker: Worker, worker_settings: Settings, mailbox: Mailbox
) -> None:
    mailbox.clear()
    application = sent_by(worker, worker_settings)
    worker.work_off()
    (mail,) = receipts(mailbox, application)
    assert mail.attachments == (f"ricevuta-{application.number}.pdf",)
    assert "In allegato la ricevuta con i dati inviati e l'impronta dei documenti." in mail.text
    assert "In allegato la ricevuta" in mail.html
    with Session(worker.engine) as session:
        content = papers.receipt(session, application, locale="it").make()
    assert mailbox.attachment(mail) == content
    with urllib.request.urlopen(f"{mailbox.url}/mail/{mail.id}", timeout=10) as answer:
        assert f'<a href="/mail/{mail.id}/allegato/0">{mail.attachments[0]}</a>' in answer.read().decode()
    with pytest.raises(urllib.error.HTTPError, match="404"):
        mailbox.attachment(mail, 1)
    # nobody else is sent the company's data
    assert not [one for one in mailbox.messages() if one.attachments and one.to != application.contact_email]


def test_receipt_in_english_has_an_english_paper(worker: Worker, worker_settings: Settings, mailbox: Mailbox) -> None:
    mailbox.clear()
    application = sent_by(worker, worker_settings, locale="en")
    worker.work_off()
    (mail,) = receipts(mailbox, application)
    assert mail.attachments == (f"receipt-{application.number}.pdf",)
    assert "The receipt is attached" in mail.text


def test_second_try_carries_the_same_file_under_the_same_name(
    worker: Worker, worker_settings: Settings, mailbox: Mailbox
) -> None:
    mailbox.clear()
    mailbox.misbehave(lose_answers=1)
    try:
        application = sent_by(worker, worker_settings)
        # only the receipt, whose answer is lost
        with transaction(worker.engine) as session:
            session.execute(update(Job).where(Job.args["message"].astext != "submission_receipt")
                            .values(status=JobStatus.CANCELLED))  # fmt: skip
        worker.work_off()
    finally:
        mailbox.behave()
    with transaction(worker.engine) as session:
        session.execute(update(Job).where(Job.status == JobStatus.READY).values(run_at=text("clock_timestamp()")))
    worker.work_off()
    first, second = receipts(mailbox, application)
    assert first.headers["Message-ID"] == second.headers["Message-ID"]
    assert mailbox.attachment(first) == mailbox.attachment(second)


def test_paper_is_made_when_no_transaction_is_open(
    worker: Worker, worker_settings: Settings, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox.clear()
    taken: list[int] = []

    def make(*_: object, **__: object) -> bytes:
        taken.append(worker.engine.pool.checkedout())  # type: ignore[attr-defined]
        return b"%PDF-"

    application = sent_by(worker, worker_settings)
    monkeypatch.setattr(pdf, "render", make)
    worker.work_off()
    assert taken == [0]
    assert mailbox.attachment(receipts(mailbox, application)[0]) == b"%PDF-"
    with Session(worker.engine) as session:
        delivery = session.scalars(select(Delivery).where(Delivery.message == "submission_receipt")).one()
    assert delivery.status == DeliveryStatus.SENT


# --- the code


def snapshot_of(session: Session, application: Application) -> Snapshot:
    found = find_snapshot(session, application.id, "submitted")
    assert found is not None
    return found


def test_address_of_the_code_is_kept_with_what_was_sent(session: Session, settings: Settings) -> None:
    application = make_submitted(session, settings)
    address = f"{settings.public_base_url}/stato?numero={application.number}"
    assert snapshot_of(session, application).data["status_page"] == address
    paper = papers.receipt(session, application, locale="it")
    found = pypdfium2.PdfDocument(paper.make())
    assert "".join(str(one) for one in paper.data["status"]["address"]) == address  # type: ignore[index]
    assert links_of(paper.make()) == {address}
    assert drawn(found) == [[bool(module) for module in row] for row in segno.make_qr(address, error="m").matrix]


def test_code_has_words_for_who_does_not_see_it(session: Session, settings: Settings) -> None:
    application = make_submitted(session, settings)
    content = papers.receipt(session, application, locale="en").make()
    (alt,) = figures(PdfReader(BytesIO(content)).root_object["/StructTreeRoot"])
    assert alt == f"QR code that leads to the status page: {settings.public_base_url}/stato?numero={application.number}"


def test_receipt_of_before_has_no_code_and_stays_as_it_was(session: Session, settings: Settings) -> None:
    application = make_submitted(session, settings)
    snapshot = snapshot_of(session, application)
    snapshot.data = {name: value for name, value in snapshot.data.items() if name != "status_page"}
    paper = papers.receipt(session, application, locale="it")
    assert "status" not in paper.data
    assert not figures(PdfReader(BytesIO(paper.make())).root_object["/StructTreeRoot"])


def links_of(content: bytes) -> set[str]:
    pages = PdfReader(BytesIO(content)).pages
    return {note.get_object()["/A"]["/URI"] for page in pages for note in page.get("/Annots", ())}


def figures(node: Any) -> list[str]:
    """The words of every figure in the tree of tags."""
    node = node.get_object()
    if isinstance(node, list):
        return [alt for one in node for alt in figures(one)]
    if not hasattr(node, "get"):
        return []
    own = [str(node["/Alt"])] if node.get("/S") == "/Figure" else []
    return own + (figures(node["/K"]) if "/K" in node else [])


def drawn(document: pypdfium2.PdfDocument) -> list[list[bool]]:
    """Read the modules off the picture of the first page: the dark square at the top on the right."""
    page = document[0].render(scale=SCALE).to_pil().convert("L")
    left, top = round(page.width * 0.74), round(page.height * 0.11)
    corner = page.crop((left, top, page.width, round(page.height * 0.24))).point(lambda shade: 255 * (shade < 128))
    box = corner.getbbox()
    assert box
    code = corner.crop(box)
    assert abs(code.width - code.height) <= 1
    across = next(n for n in range(21, 178, 4) if _is_grid(code, n))
    step = code.width / across
    return [[bool(code.getpixel((int((x + 0.5) * step), int((y + 0.5) * step)))) for x in range(across)]
            for y in range(across)]  # fmt: skip


def _is_grid(code: Any, across: int) -> bool:
    """Tell whether the code has so many modules across: its row of seven alternates between the corners."""
    step = code.width / across
    row = [bool(code.getpixel((int((x + 0.5) * step), int(6.5 * step)))) for x in range(8, across - 8)]
    return row == [x % 2 == 0 for x in range(8, across - 8)]
