"""Drafts that travel, status and corrections for the world at rest: every state that a page of theirs can show."""

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.access.links import LinkPurpose
from service.access.principal import APPLICANT, SYSTEM, Principal, Role
from service.accounts.models import Account
from service.applications import actions
from service.applications.actions import Wanted
from service.applications.actions.holding import set_legal_hold
from service.applications.actions.lapsing import REMINDED
from service.applications.actions.lateness import EVENT
from service.applications.corrections import find_open_request
from service.applications.models import Acknowledgement, Application
from service.applications.promises import promised_day
from service.applications.states import ItemKind
from service.audit.trail import record
from service.clock import local_date, utc_now
from service.documents.actions import declare_not_due
from service.documents.repository import Owner
from service.local import demo
from service.mail.models import Delivery, DeliveryStatus
from service.suppliers.models import Supplier
from tests.factories.accounts import provisioned
from tests.factories.applications import ANNA, MARCO, make_approved, make_submitted, make_under_review
from tests.factories.corrections import CONTACTS, DURC, STREET, answer_all, ask, give_again, make_asked, parsed

if TYPE_CHECKING:
    from tests.support.world import World

DAY = timedelta(days=1)
GIULIA = Principal("giulia", "Giulia Conti", frozenset({Role.ADMIN}))
FIRST = 300  # far from the other companies of the world
LONG_NOTE = (
    "Nella visura del 3 giugno l’indirizzo è «Via dell’Industria 14, capannone B», nella domanda è un altro: "
    "scrivi quello della visura, oppure carica la visura aggiornata."
)
# a field alone, one whose answer makes others due, a whole section, one with rows, and two documents
MANY = (
    Wanted(ItemKind.FIELD, "D06", LONG_NOTE, section="sede", field="hq_street"),
    Wanted(ItemKind.FIELD, "D06", "Nella visura il nome è un altro.", section="anagrafica", field="company_name"),
    Wanted(ItemKind.FIELD, "D99", "Risulta un’attestazione SOA che nella domanda manca.", section="attivita",
           field="soa_held"),
    Wanted(ItemKind.FIELD, "D02", "La polizza è scaduta.", section="assicurazioni", field="policies"),
    CONTACTS,
    DURC,
    Wanted(ItemKind.DOCUMENT, "D02", "È di oltre sei mesi fa.", document_type="register_extract"),
)  # fmt: skip
STATEMENT = "Lavoro da solo, senza dipendenti e senza posizione contributiva presso la Cassa edile."
NAME = "Costruzioni Elettromeccaniche e Carpenterie Metalliche dell’Alto Adriatico di Mascherpa & Figli S.r.l."


def add_corrections(session: Session, world: "World") -> None:
    """Make one application of each state, by name."""
    _addresses(session, world)
    _again(session, world)
    _asked(session, world)
    _over(session, world)
    _answered(session, world)
    _outcomes(session, world)
    _held(session, world)


def fresh_draft(session: Session, world: "World", name: str, *, category: str = "SC") -> Application:
    """Make a draft with all its answers that a page may change as it likes; `name` is its cookie."""
    world.drafts += 1
    draft = demo.draft(session, world.settings, category=category, n=FIRST + 100 + world.drafts)
    world.follow(session, name, draft)
    return draft


def _known(session: Session, world: "World", name: str, application: Application) -> None:
    """Let a browser follow it, and remember its page for staff."""
    world.follow(session, name, application)
    if application.number is not None:
        world.paths[name] = f"/gestione/richieste/{application.number}"


def _refuse(session: Session, world: "World", application: Application) -> None:
    actions.reject(
        session, application.id, version=application.version, by=MARCO, settings=world.settings, reason_code="R03",
        reason_text=demo.REFUSAL,
    )  # fmt: skip


def _addresses(session: Session, world: "World") -> None:
    """Make a sent one with a changed address that waits for its link, and letters to both addresses."""
    moving = make_submitted(session, world.settings, n=FIRST)
    email = "ufficio.gare.e.appalti.pubblici@carpenterie-alto-adriatico.example.com"
    actions.ask_address_change(session, moving.id, email, settings=world.settings)
    (change,) = actions.list_address_changes(session, moving.id)
    world.paths["address-link"] = f"/stato/indirizzo/{world.link(session, LinkPurpose.ADDRESS, change.id)}"
    _known(session, world, "moving", moving)
    for about, message, to, status in (
        (moving.id, "submission_receipt", moving.contact_email, DeliveryStatus.SENT),
        (change.id, "email_change_confirm", email, DeliveryStatus.FAILED),
        (change.id, "email_change_notice", moving.contact_email, DeliveryStatus.SENDING),
    ):
        session.add(Delivery(
            job_key=f"prova:{message}:{about}", message=message, about=about, status=status, to_address=to,
            subject="Prova", started_at=utc_now(), sent_at=utc_now() if status == DeliveryStatus.SENT else None,
        ))  # fmt: skip
    closed = make_under_review(session, world.settings, n=FIRST + 23)
    actions.ask_address_change(session, closed.id, "nuova.casella@example.com", settings=world.settings)
    (change,) = actions.list_address_changes(session, closed.id)
    world.paths["address-link-closed"] = f"/stato/indirizzo/{world.link(session, LinkPurpose.ADDRESS, change.id)}"
    _refuse(session, world, closed)
    _known(session, world, "used-up", make_submitted(session, world.settings, n=FIRST + 1))
    world.follow(session, "travelling", demo.draft(session, world.settings, category="SC", n=FIRST + 2))
    world.follow(session, "ending", demo.draft(session, world.settings, category="SC", n=FIRST + 27))


def _again(session: Session, world: "World") -> None:
    """Make what may be started again: refused some time ago, and a new draft of an address with an earlier one."""
    refused = make_under_review(session, world.settings, n=FIRST + 3)
    _refuse(session, world, refused)
    refused.reapply_from = local_date()
    _known(session, world, "refused", refused)
    world.follow(session, "copied", actions.restart(session, refused.id))
    back = make_submitted(session, world.settings, n=FIRST + 4)
    actions.withdraw(session, back.id, settings=world.settings)
    _known(session, world, "back", back)
    waits = make_under_review(session, world.settings, n=FIRST + 24)
    _refuse(session, world, waits)
    for name, n, earlier in (("earlier", 5, back), ("earlier-not-yet", 6, waits)):
        again = demo.draft(session, world.settings, category="SC", n=FIRST + n)
        again.contact_email = earlier.contact_email
        session.flush()
        world.follow(session, name, again)
    old = make_submitted(session, world.settings, n=FIRST + 7)
    actions.withdraw(session, old.id, settings=world.settings)
    read = update(Acknowledgement).where(Acknowledgement.application_id == old.id, Acknowledgement.text == "privacy")
    session.execute(read.values(version="2020-01"))
    _known(session, world, "old-notice", old)


def _asked(session: Session, world: "World") -> None:
    """Make rounds that are open: untouched, half done with more time, all done."""
    settings = world.settings
    _known(session, world, "asked", make_asked(session, settings, *MANY, n=FIRST + 25))
    half = make_asked(session, settings, *MANY, n=FIRST + 26)
    half.name = NAME
    actions.extend_deadline(session, half.id, version=half.version, by=ANNA, settings=settings)
    request = find_open_request(session, half.id)
    assert request is not None
    street = next(one for one in request.items if one.field == "hq_street")
    said = {street.id: "Via Milano è il nuovo indirizzo: la visura aggiornata arriva fra una settimana."}
    new = parsed(hq_street="Via Milano")
    actions.save_correction(session, half.id, "sede", new, settings=settings, replies=said)
    actions.save_correction(session, half.id, "attivita", parsed(soa_held="yes"), settings=settings)
    give_again(session, half, "durc")
    chamber = next(one for one in request.items if one.document_type == "register_extract")
    actions.reply_to(session, half.id, chamber.id, "La visura è di tre mesi fa: è ancora valida.")
    _known(session, world, "half", half)
    ready = make_asked(session, settings, n=FIRST + 8)
    answer_all(session, settings, ready)
    _known(session, world, "answers-ready", ready)
    dropped = make_asked(session, settings, n=FIRST + 9)
    request = find_open_request(session, dropped.id)
    assert request is not None
    declare_not_due(
        session, Owner(application_id=dropped.id), type="durc", slot="", reason=STATEMENT, by=APPLICANT,
        since=request.asked_at,
    )  # fmt: skip
    _known(session, world, "not-due", dropped)


def _over(session: Session, world: "World") -> None:
    """Make rounds whose time has passed: one ended by the clock, one that the clock has not come to yet."""
    for name, n in (("expired", 10), ("too-late", 11)):
        application = make_asked(session, world.settings, n=FIRST + n)
        request = find_open_request(session, application.id)
        assert request is not None
        request.deadline = local_date() - DAY
        session.flush()
        if name == "expired":
            record(session, REMINDED, application.id, by=SYSTEM, request=str(request.id),
                   deadline=request.deadline.isoformat())  # fmt: skip
            assert actions.expire_requests(session, settings=world.settings) == 1
        _known(session, world, name, application)


def _answered(session: Session, world: "World") -> None:
    """Make what staff read: one answer that has come, one that is asked again, one withdrawn while asked."""
    settings = world.settings
    for name, n in (("answered", 12), ("asked-again", 13)):
        application = make_asked(session, settings, STREET, CONTACTS, DURC, n=FIRST + n)
        request = find_open_request(session, application.id)
        assert request is not None
        item = next(one for one in request.items if one.section == "referenti")
        answer_all(session, settings, application)
        actions.save_correction(
            session, application.id, "referenti", parsed(**request.answers["referenti"]), settings=settings,
            replies={item.id: "I referenti sono questi: nessuno è cambiato."},
        )  # fmt: skip
        actions.resubmit(session, application.id, settings=settings)
        _known(session, world, name, application)
        if name == "asked-again":
            ask(session, settings, application, STREET)
    left = make_asked(session, settings, n=FIRST + 14)
    actions.withdraw(session, left.id, settings=settings)
    _known(session, world, "left", left)


def _outcomes(session: Session, world: "World") -> None:
    """Make one that is late and told, and accepted ones: access data sent, password set, nothing yet."""
    late = make_under_review(session, world.settings, n=FIRST + 15)
    assert late.submitted_at is not None
    late.submitted_at -= timedelta(days=120)
    record(session, EVENT, late.id, by=SYSTEM, promised=promised_day(late, [], world.settings).isoformat())
    _known(session, world, "told-late", late)
    for name, n in (("fresh", 16), ("access-sent", 17), ("password-set", 18)):
        approved = make_approved(session, world.settings, n=FIRST + n)
        _known(session, world, name, approved)
        if name == "fresh":
            continue
        session.flush()
        supplier = session.get_one(Supplier, approved.supplier_id)
        account = session.scalars(select(Account).where(Account.username.startswith(supplier.number.lower()))).one()
        account.subject = f"fornitore-{name}"
        provisioned(session, account.id)
        account.access_sent_at = utc_now()
        account.password_set_at = utc_now() if name == "password-set" else None


def _held(session: Session, world: "World") -> None:
    """Hold back the erasure of two, one of them to be looked at again by now; erase others soon."""
    for name, n in (("under-hold", 19), ("hold-overdue", 20), ("erased-soon", 21), ("not-held", 22)):
        application = make_submitted(session, world.settings, n=FIRST + n)
        actions.withdraw(session, application.id, settings=world.settings)
        world.paths[name] = f"/gestione/conservazione/{application.number}"
        world.paths[f"{name}-staff"] = f"/gestione/richieste/{application.number}"
        if name in {"erased-soon", "not-held"}:
            application.erase_on = local_date() + DAY * n - 21 * DAY
            continue
        set_legal_hold(
            session, application.id, reason="Contestazione in corso con il fornitore: lettera del legale del 2 aprile.",
            review_on=local_date() + 60 * DAY, by=GIULIA,
        )  # fmt: skip
        if name == "hold-overdue":
            application.legal_hold_review_on = local_date() - 3 * DAY
