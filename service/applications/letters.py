"""Which facts the letters about an application need. The worker and the decision's preview call the same functions."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service import questionnaire
from service.access.links import Link, find_alive, token
from service.access.sessions import find_email
from service.accounts.joining import find_joined
from service.accounts.states import AccountState
from service.administration.notices import notice_addresses
from service.applications.actions.lateness import is_late, list_rounds
from service.applications.actions.terms import DUPLICATE_REASON, OTHER_REASON
from service.applications.models import Application, ApplicationWarning
from service.applications.outcome_words import outcome_words
from service.applications.papers import Paper, receipt
from service.applications.promises import promised_day
from service.applications.repository import get_application
from service.applications.states import State
from service.clock import local_date
from service.config import Settings
from service.locales import catalogue
from service.mail.dates import day, time_of_day
from service.mail.messages import Envelope, compose, unlinked
from service.mail.port import RECIPIENT, Letter
from service.suppliers.letters import refused_lines
from service.suppliers.models import Supplier
from service.suppliers.repository import find_by_identity_key

Arguments = Mapping[str, str]
Writer = Callable[[Session, Arguments, Settings], Letter | None]

CONTACT_KINDS = {
    "it": {"sales": "commerciale", "admin": "amministrativo", "quality": "qualità", "safety": "sicurezza"},
    "en": {"sales": "sales", "admin": "administrative", "quality": "quality", "safety": "safety"},
}
LINK_PATHS = {"confirm": "/riprendi", "resume": "/riprendi", "status": "/stato", "address": "/stato/indirizzo"}
LINK_ALONE = frozenset({"confirm_address", "resume_link", "status_link"})  # nothing but a link: a dead one is no letter


def envelope(application: Application, settings: Settings, *, to: str = "", name: str = "") -> Envelope:
    """Address a letter to the applicant, or to somebody named."""
    return Envelope(
        to=to or application.contact_email,
        name=name or application.contact_name,
        locale=application.locale,
        portal=settings.public_base_url,
        support=settings.support_email,
    )


def to_staff(
    session: Session, arguments: Arguments, settings: Settings, *, application: Application | None = None
) -> Envelope | None:
    """Address a staff notice to where it goes now; None when it is off, or this recipient is not among them any more.

    Whoever examines the `application`, when their address is known, may have it alone (administration/notices).
    """
    examiner = application.assignee_subject if application else None
    own = (find_email(session, examiner) or "") if examiner else ""
    addresses = notice_addresses(arguments["message"], settings, own=own)
    place = int(arguments.get(RECIPIENT, 0))
    if place >= len(addresses):
        return None
    return Envelope(
        to=addresses[place],
        name=(application.assignee_name or "") if application else "",
        locale="it",
        portal=settings.public_base_url,
        support=settings.support_email,
        others=len(addresses) - 1 if RECIPIENT not in arguments else 0,
    )


def link_address(session: Session, link_id: str, settings: Settings) -> str:
    """Give the address of a mailed link; its token is the same at every try. Empty when the link is gone.

    A letter that waited while a newer link was made carries that one: its own is dead.
    """
    link = session.get(Link, UUID(link_id))
    if link is None:
        return ""
    if link.superseded_at is not None:
        link = find_alive(session, link.purpose, link.about) or link
    secret = token(link.id, secret=settings.secret_key.get_secret_value())
    return f"{settings.public_base_url}{LINK_PATHS[link.purpose]}/{secret}"


def _with_link(message: str) -> Writer:
    """Write one of the letters that carry a link and little else; none when the application or link is gone."""

    def write(session: Session, arguments: Arguments, settings: Settings) -> Letter | None:
        application = session.get(Application, UUID(arguments["about"]))
        if application is None or (message in LINK_ALONE and _is_superseded(session, arguments["link"])):
            return None
        address = link_address(session, arguments["link"], settings)
        if not address:
            return None
        at = application.submitted_at or application.created_at
        locale = application.locale
        last_day = application.touched_at + timedelta(days=settings.draft_days)
        return compose(message, envelope(application, settings), {
            "link": address, "number": application.number, "company": application.name,
            "hours": settings.link_hours, "unconfirmed_hours": settings.unconfirmed_draft_hours,
            "expires": day(last_day, locale), "days": settings.decision_days,
            "date": day(at, locale), "time": time_of_day(at, locale),
            "promised": day(_promised(session, application, settings), locale),
        })  # fmt: skip

    return write


def _promised(session: Session, application: Application, settings: Settings) -> date | None:
    """Give the day a receipt promises the answer by; none before it was sent, or when that day has passed."""
    if application.submitted_at is None:
        return None
    promised = promised_day(application, list_rounds(session, [application.id])[application.id], settings)
    return None if promised < local_date() else promised


def _is_superseded(session: Session, link_id: str) -> bool:
    link = session.get(Link, UUID(link_id))
    return link is not None and link.superseded_at is not None


def _contact_notice(session: Session, arguments: Arguments, settings: Settings) -> Letter | None:
    application = session.get(Application, UUID(arguments["about"]))
    if application is None:
        return None
    block, contacts = arguments["block"], application.content.answers.get("referenti", {})
    name = " ".join(filter(None, (contacts.get(f"{block}_first_name"), contacts.get(f"{block}_last_name"))))
    return compose("contact_notice", envelope(application, settings, to=contacts[f"{block}_email"], name=name), {
        "company": unlinked(application.name), "entered_by": unlinked(application.contact_name),
        "kind": CONTACT_KINDS[application.locale][block],
        "support": settings.support_email, "link": f"{settings.public_base_url}/privacy",
    })  # fmt: skip


def _already_registered(session: Session, arguments: Arguments, settings: Settings) -> Letter | None:
    """To the address on file, not to whoever applied: nobody learns who is registered."""
    application = session.get(Application, UUID(arguments["about"]))
    supplier = find_by_identity_key(session, application.identity_key or "") if application else None
    if supplier is None:
        return None
    to = Envelope(
        to=supplier.contact_email,
        name=supplier.name,
        locale=supplier.locale,
        portal=settings.public_base_url,
        support=settings.support_email,
    )
    return compose("already_registered", to, {
        "company": supplier.name, "link": f"{settings.public_base_url}/recupera-password",
        "support": settings.support_email,
    })  # fmt: skip


def _application_approved(session: Session, arguments: Arguments, settings: Settings) -> Letter | None:
    application = session.get(Application, UUID(arguments["about"]))
    supplier = session.get(Supplier, application.supplier_id) if application and application.supplier_id else None
    if application is None or supplier is None:
        return None
    told = outcome_words(application, catalogue(application.locale).gettext)
    joined = find_joined(session, supplier.number, application.contact_email)
    return compose("application_approved", envelope(application, settings), {
        "company": application.name, "date": day(application.decided_at, application.locale),
        "until": day(supplier.valid_until, application.locale),
        "leaves": "\n".join(f"- {leaf}" for leaf in told.granted),
        "not_granted": "\n".join(f"- {leaf} - {why}" for leaf, why in told.refused),
        "reserve": told.reserve_text, "reserve_until": day(told.reserve_until, application.locale),
        "refused": refused_lines(session, supplier, application.locale),
        "has_account": questionnaire.CATEGORIES[application.legal_category].has_account,
        "username": joined.username if joined else "",
        "is_suspended": joined is not None and joined.state == AccountState.SUSPENDED,
        "temporary_password": settings.access_mode == "temporary_password", "support": settings.support_email,
    })  # fmt: skip


def _application_rejected(session: Session, arguments: Arguments, settings: Settings) -> Letter | None:
    application = session.get(Application, UUID(arguments["about"]))
    if application is None or application.reason_code is None:
        return None
    reason = catalogue(application.locale).gettext(questionnaire.REASON_CODES[application.reason_code].text)
    return compose("application_rejected", envelope(application, settings), {
        "number": application.number, "company": application.name,
        "reason": "" if application.reason_code == OTHER_REASON else reason.rstrip("."),
        "is_duplicate": application.reason_code == DUPLICATE_REASON,
        "text": application.reason_text or "", "reapply_from": day(application.reapply_from, application.locale),
        "objection_days": settings.objection_days, "erase_on": day(application.erase_on, application.locale),
    })  # fmt: skip


def _application_withdrawn(session: Session, arguments: Arguments, settings: Settings) -> Letter | None:
    application = session.get(Application, UUID(arguments["about"]))
    if application is None:
        return None
    return compose("application_withdrawn", envelope(application, settings), {
        "number": application.number, "company": application.name, "support": settings.support_email,
        "date": day(application.touched_at, application.locale),
        "erase_on": day(application.erase_on, application.locale),
    })  # fmt: skip


def _staff_new_application(session: Session, arguments: Arguments, settings: Settings) -> Letter | None:
    application = session.get(Application, UUID(arguments["about"]))
    if application is None:
        return None
    warnings = select(func.count()).select_from(ApplicationWarning)
    if (to := to_staff(session, arguments, settings)) is None:
        return None
    return compose("staff_new_application", to, {
        "number": application.number, "company": application.name,
        "category": questionnaire.CATEGORIES[application.legal_category].label,
        "supply_types": ", ".join(questionnaire.SUPPLY_TYPES[t].label for t in application.supply_types),
        "leaves": len(application.categories),
        "warnings": session.scalar(warnings.where(ApplicationWarning.application_id == application.id)) or 0,
        "held": application.hold is not None,
        "link": f"{settings.public_base_url}/gestione/richieste/{application.number}",
    })  # fmt: skip


def _staff_late(session: Session, arguments: Arguments, settings: Settings) -> Letter | None:
    """None when the answer has left meanwhile, or the applicant has the ball again."""
    application = session.get(Application, UUID(arguments["about"]))
    promised = date.fromisoformat(arguments["promised"])
    if application is None or not is_late(application, promised):
        return None
    if promised_day(application, list_rounds(session, [application.id])[application.id], settings) != promised:
        return None
    if (to := to_staff(session, arguments, settings)) is None:
        return None
    return compose("staff_late", to, {
        "number": application.number, "company": application.name, "promised": day(promised, "it"),
        "assignee": application.assignee_name or "",
        "link": f"{settings.public_base_url}/gestione/richieste/{application.number}",
    })  # fmt: skip


def _staff_withdrawn(session: Session, arguments: Arguments, settings: Settings) -> Letter | None:
    application = session.get(Application, UUID(arguments["about"]))
    if application is None or application.state != State.WITHDRAWN:
        return None
    if (to := to_staff(session, arguments, settings, application=application)) is None:
        return None
    return compose("staff_withdrawn", to, {
        "number": application.number, "company": unlinked(application.name),
        "by": unlinked(application.contact_name), "assignee": application.assignee_name or "",
        "date": day(application.touched_at, "it"), "time": time_of_day(application.touched_at, "it"),
        "link": f"{settings.public_base_url}/gestione/richieste/{application.number}",
    })  # fmt: skip


def _receipt(session: Session, arguments: Arguments) -> Paper:
    application = get_application(session, UUID(arguments["about"]))
    return receipt(session, application, locale=application.locale)


# what goes with a letter as a PDF: read with its facts, made when the transaction has ended
ENCLOSED: dict[str, Callable[[Session, Arguments], Paper]] = {"submission_receipt": _receipt}
LETTERS: dict[str, Writer] = {
    **{message: _with_link(message)
       for message in ("confirm_address", "resume_link", "status_link", "submission_receipt", "duplicate_attempt")},
    "contact_notice": _contact_notice,
    "already_registered": _already_registered,
    "application_approved": _application_approved,
    "application_rejected": _application_rejected,
    "application_withdrawn": _application_withdrawn,
    "staff_new_application": _staff_new_application,
    "staff_late": _staff_late,
    "staff_withdrawn": _staff_withdrawn,
}  # fmt: skip
