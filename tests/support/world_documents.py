"""Documents in every state for the world at rest: of drafts, of an application in review, of suppliers."""

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.principal import SYSTEM, Principal, Role
from service.accounts.models import Account
from service.applications import actions
from service.applications.models import Application
from service.clock import local_date, utc_now
from service.documents.actions import erase_documents
from service.documents.models import Document, DocumentFile, DocumentReminder, DocumentVersion
from service.documents.repository import Owner, latest, list_documents
from service.documents.states import Preview, Scan, Verdict
from service.local import demo
from service.local.checks import record_due_checks
from service.local.documents import verify_documents
from service.suppliers.models import Supplier
from service.suppliers.qualifying import REASON
from service.suppliers.states import Qualification
from tests.factories.accounts import provisioned
from tests.support.papers import MEDIA_TYPES

if TYPE_CHECKING:
    from tests.support.world import World

DAY = timedelta(days=1)
ANNA = Principal("anna", "Anna Bassi", frozenset({Role.REVIEWER}))
OLD = json.loads((Path(__file__).parents[1] / "factories" / "answers_version_1.json").read_text(encoding="utf-8"))
ACCOUNTS_IN_USE = 3  # by `world._accounts`
NAME = "Visura camerale ordinaria completa dell’impresa, scaricata il giorno prima dell’invio e mai aperta prima.pdf"
# what a file may be found to be, one after the other
FOUND: tuple[dict[str, object], ...] = (
    {"scan": Scan.CLEAN, "preview": Preview.READY, "preview_pages": 2, "pages": 2, "name": NAME},
    {"scan": Scan.ERROR, "flags": ["pdf_javascript", "pdf_embedded_files"], "preview": Preview.NONE},
    {"scan": Scan.INFECTED, "scan_note": "Eicar-Test-Signature"},
    {"media_type": MEDIA_TYPES["p7m"], "is_signed": True, "name": "dichiarazione.pdf.p7m", "preview": Preview.NONE},
    {"lost_at": utc_now()},
)


def add_documents(session: Session, world: "World") -> None:
    """Change the documents that the demonstration's companies have, so that each state is somewhere."""
    _of_drafts(session, world)
    taken = session.scalars(select(Application).where(Application.number == _number(world, "taken"))).one()
    documents = list_documents(session, Owner(application_id=taken.id))
    _find(documents)
    world.paths["version"] = f"/gestione/documenti/{_newest(documents[1]).id}"
    _judge(documents[2], Verdict.VALID)
    _judge(documents[3], Verdict.REJECTED)
    active = _supplier(session, _number(world, "supplier-active"))
    documents = list_documents(session, Owner(supplier_id=active.id))
    _of_supplier(session, documents)
    world.paths["own-document"] = "/".join(filter(None, ("/area/documenti", documents[0].type, documents[0].slot)))
    _suspend(session, world)
    ready = actions.submit(
        session, demo.draft(session, world.settings, category="SC", n=122).id, settings=world.settings
    )
    actions.start_review(session, ready.id, version=ready.version, by=ANNA)
    verify_documents(session, ready, by=ANNA)
    record_due_checks(session, ready, by=ANNA, settings=world.settings)
    world.paths["ready"] = f"/gestione/richieste/{ready.number}"


def _of_drafts(session: Session, world: "World") -> None:
    """One draft with all its sections and no document, one with files in every state."""
    bare = demo.draft(session, world.settings, category="SC", n=113)
    erase_documents(session, Owner(application_id=bare.id))
    world.follow(session, "bare", bare)
    odd = demo.draft(session, world.settings, category="SC", n=114)
    documents = list_documents(session, Owner(application_id=odd.id))
    _find(documents)
    world.follow(session, "odd", odd)
    old = demo.draft(session, world.settings, category="SC", n=115)
    old.content.answers = OLD
    world.follow(session, "old", old)
    world.paths["own-file"] = f"/registrazione/bozza/documenti/file/{_newest_file(documents[0]).id}"


def _of_supplier(session: Session, documents: list[Document]) -> None:
    """Expired, expiring, rejected, waiting; reminders went out for one."""
    for document, days in zip(documents, (-3, 20, 45), strict=False):
        _newest(document).expires_on = local_date() + days * DAY
    _judge(documents[3], Verdict.REJECTED)
    version = _newest(documents[4])
    version.verdict, version.judged_at = Verdict.TO_CHECK, None
    version.judged_by_subject = version.judged_by_name = None
    until = _newest(documents[1]).expires_on
    assert until is not None
    for threshold in (60, 30):
        session.add(DocumentReminder(
            document_id=documents[1].id, expires_on=until, threshold=threshold,
            sent_at=utc_now() - threshold * DAY / 10,
        ))  # fmt: skip


def _suspend(session: Session, world: "World") -> None:
    """Suspend a company whose account nothing else is about, and let its person sign in."""
    account = session.scalars(select(Account).order_by(Account.username)).all()[ACCOUNTS_IN_USE]
    supplier = _supplier(session, account.username.partition("-")[0].upper())
    supplier.suspended_from, supplier.qualification = supplier.qualification, Qualification.SUSPENDED
    supplier.suspended_at, supplier.suspended_by, supplier.suspension_reason = utc_now(), SYSTEM.subject, REASON
    dropped = supplier.categories[0]
    dropped.dropped_on, dropped.dropped_by, dropped.drop_reason = local_date(), SYSTEM.subject, REASON
    _of_supplier(session, list_documents(session, Owner(supplier_id=supplier.id)))
    account.subject = "fornitore-sospeso"
    provisioned(session, account.id)
    name = f"{account.first_name} {account.last_name}"
    person = Principal(
        account.subject, name, frozenset({Role.SUPPLIER}), email=account.email, username=account.username
    )
    world.sign_in(session, "suspended", person)
    world.paths["supplier-suspended"] = f"/gestione/fornitori/{supplier.number}"


def _supplier(session: Session, number: str) -> Supplier:
    return session.scalars(select(Supplier).where(Supplier.number == number)).one()


def _find(documents: list[Document]) -> None:
    for document, found in zip(documents, FOUND, strict=False):
        for name, value in found.items():
            setattr(_newest_file(document), name, value)


def _judge(document: Document, verdict: Verdict) -> None:
    version = _newest(document)
    version.verdict, version.judged_at = verdict, utc_now()
    version.judged_by_subject, version.judged_by_name = "anna", "Anna Bassi"
    if verdict == Verdict.REJECTED:
        version.reason_code, version.reason_text = "D01", "La pagina 2 non si legge: ricaricala intera."


def _newest(document: Document) -> DocumentVersion:
    version = latest(document)
    assert version is not None
    return version


def _newest_file(document: Document) -> DocumentFile:
    return _newest(document).files[0]


def _number(world: "World", name: str) -> str:
    return world.paths[name].rpartition("/")[2]
