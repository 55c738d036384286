"""Which facts the letters to a supplier need. Conditions are looked at again here, when the letter is written."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from service import questionnaire
from service.access.principal import SYSTEM
from service.clock import local_date
from service.config import Settings
from service.documents.expiry import announced
from service.documents.models import Document, DocumentVersion
from service.documents.repository import Owner, latest, list_documents
from service.documents.states import Verdict
from service.locales import catalogue
from service.mail.dates import day
from service.mail.messages import Envelope, compose, unlinked
from service.mail.port import Letter
from service.questionnaire import DOCUMENT_REASONS, REASON_CODES, RequiredDocument
from service.suppliers.documents import HELD, list_asked, present_effects
from service.suppliers.effects import effect_day, last_day_of_grace
from service.suppliers.models import Supplier
from service.suppliers.qualifying import suspension_name
from service.suppliers.recipients import Recipient, find_recipient
from service.suppliers.states import Qualification

Arguments = Mapping[str, str]
Writer = Callable[[Session, Arguments, Settings], Letter | None]

WITHOUT_WORDS, WITHOUT_OWN_WORDS = "D99", "R99"


def _addressed(
    session: Session, arguments: Arguments, supplier_id: str
) -> tuple[Supplier, Recipient] | tuple[None, None]:
    supplier = session.get(Supplier, UUID(supplier_id))
    recipient = find_recipient(session, supplier, arguments["to"]) if supplier else None
    return (supplier, recipient) if supplier and recipient else (None, None)


def _envelope(recipient: Recipient, settings: Settings) -> Envelope:
    return Envelope(
        to=recipient.email,
        name=recipient.name,
        locale=recipient.locale,
        portal=settings.public_base_url,
        support=settings.support_email,
    )


def _documents_page(settings: Settings) -> str:
    return f"{settings.public_base_url}/area/documenti"


def _reminder(message: str) -> Writer:
    """Write that a document ends or has ended; none when it was replaced, or is no longer asked for, meanwhile."""

    def write(session: Session, arguments: Arguments, settings: Settings) -> Letter | None:
        supplier, recipient = _addressed(session, arguments, arguments["supplier"])
        document = session.get(Document, UUID(arguments["about"]))
        if supplier is None or recipient is None or document is None or supplier.qualification not in HELD:
            return None
        today, end = local_date(), date.fromisoformat(arguments["expires_on"])
        due = list_asked(session, supplier, settings=settings, today=today).required
        asked = next((one for one in due if one.key == (document.type, document.slot)), None)
        version = announced(document)
        if asked is None or version is None or version.expires_on != end:
            return None
        if message == "document_expiring" and end < today:
            return None  # left behind by a stopped worker: `document_expired` says it
        locale, grace = recipient.locale, last_day_of_grace(end, settings.suspension_grace_days)
        first = effect_day(end, settings.suspension_grace_days, today=today)
        return compose(message, _envelope(recipient, settings), {
            "document": _title(asked, locale), "company": unlinked(supplier.name), "expires": day(end, locale),
            "left": (end - today).days, "effect": asked.effect, "grace": day(grace, locale),
            "effect_on": day(first, locale), "is_effective": first <= today and _has_effect(supplier, asked),
            "link": _documents_page(settings),
        })  # fmt: skip

    return write


def _document_rejected(session: Session, arguments: Arguments, settings: Settings) -> Letter | None:
    supplier, recipient = _addressed(session, arguments, arguments["supplier"])
    version = session.get(DocumentVersion, UUID(arguments["about"]))
    if supplier is None or recipient is None or version is None or version.verdict != Verdict.REJECTED:
        return None
    locale = recipient.locale
    return compose("document_rejected", _envelope(recipient, settings), {
        "document": _given_title(version.document, locale), "company": unlinked(supplier.name),
        "date": day(version.created_at, locale), "text": version.reason_text or "",
        "reason": _refusal(version, locale), "link": _documents_page(settings),
    })  # fmt: skip


def refused_lines(session: Session, supplier: Supplier, locale: str) -> str:
    """Name the documents of a supplier whose last version was refused, each with the reason, for a letter."""
    newest = [latest(one) for one in list_documents(session, Owner(supplier_id=supplier.id))]
    lines = []
    for version in newest:
        if version is not None and version.verdict == Verdict.REJECTED:
            said = [_refusal(version, locale), " ".join((version.reason_text or "").split()).rstrip(".")]
            lines.append(f"- {_given_title(version.document, locale)}: {'. '.join(filter(None, said))}.")
    return "\n".join(lines)


def _supplier_suspended(session: Session, arguments: Arguments, settings: Settings) -> Letter | None:
    """None when that suspension is over."""
    supplier, recipient = _addressed(session, arguments, arguments["about"])
    if supplier is None or recipient is None or supplier.qualification != Qualification.SUSPENDED:
        return None
    if suspension_name(supplier) != arguments["since"]:
        return None
    found = present_effects(session, supplier, settings=settings, today=local_date())
    locale = recipient.locale
    return compose("supplier_suspended", _envelope(recipient, settings), {
        "company": unlinked(supplier.name), "date": day(supplier.suspended_at, locale),
        "reason": _why(supplier.suspension_reason, supplier.suspension_text, locale),
        "documents": _lines(found.suspending, locale), "by_system": supplier.suspended_by == SYSTEM.subject,
        "link": _documents_page(settings),
    })  # fmt: skip


def _supplier_revoked(session: Session, arguments: Arguments, settings: Settings) -> Letter | None:
    """Write also to those whose access has ended with it."""
    supplier = session.get(Supplier, UUID(arguments["about"]))
    recipient = find_recipient(session, supplier, arguments["to"], with_ended=True) if supplier else None
    if supplier is None or recipient is None or supplier.qualification != Qualification.REVOKED:
        return None
    locale = recipient.locale
    return compose("supplier_revoked", _envelope(recipient, settings), {
        "company": unlinked(supplier.name), "date": day(supplier.revoked_at, locale),
        "reason": _why(supplier.revocation_reason, supplier.revocation_text, locale),
        "reapply_from": day(supplier.reapply_from, locale), "support": settings.support_email,
    })  # fmt: skip


def _supplier_reinstated(session: Session, arguments: Arguments, settings: Settings) -> Letter | None:
    supplier, recipient = _addressed(session, arguments, arguments["about"])
    if supplier is None or recipient is None or supplier.qualification == Qualification.SUSPENDED:
        return None
    locale = recipient.locale
    return compose("supplier_reinstated", _envelope(recipient, settings), {
        "company": unlinked(supplier.name), "date": day(date.fromisoformat(arguments["day"]), locale),
        "until": day(supplier.valid_until, locale), "link": f"{settings.public_base_url}/area",
    })  # fmt: skip


def _category_dropped(session: Session, arguments: Arguments, settings: Settings) -> Letter | None:
    """None when all that fell on that day was given back."""
    supplier, recipient = _addressed(session, arguments, arguments["about"])
    if supplier is None or recipient is None:
        return None
    on, locale = date.fromisoformat(arguments["day"]), recipient.locale
    fallen = [row for row in supplier.categories if row.dropped_on == on]
    if not fallen:
        return None
    found = present_effects(session, supplier, settings=settings, today=local_date())
    translate = catalogue(locale).gettext
    leaves = [
        f"- {row.leaf} {translate(questionnaire.LEAVES[row.leaf].label)}"
        f" - {_why(row.drop_reason, row.drop_text, locale)}"
        for row in fallen
    ]
    documents = {one.key: one for row in fallen for one in found.fallen.get(row.leaf, ())}
    return compose("category_dropped", _envelope(recipient, settings), {
        "company": unlinked(supplier.name), "date": day(on, locale), "leaves": "\n".join(leaves),
        "keeps_some": supplier.qualification != Qualification.SUSPENDED
        and any(row.dropped_on is None for row in supplier.categories),
        "documents": _lines(documents.values(), locale), "link": _documents_page(settings),
    })  # fmt: skip


def _has_effect(supplier: Supplier, asked: RequiredDocument) -> bool:
    """Tell whether the end of this document has had its effect already."""
    if asked.effect == "Q":
        return supplier.qualification == Qualification.SUSPENDED
    return any(row.dropped_on is not None and row.leaf in asked.leaves for row in supplier.categories)


def _given_title(document: Document, locale: str) -> str:
    return questionnaire.document_title(document.type, document.slot).render(catalogue(locale).gettext, locale)


def _refusal(version: DocumentVersion, locale: str) -> str:
    """Give the coded reason of a refusal; empty where the typed text is the reason."""
    reason = DOCUMENT_REASONS[version.reason_code or WITHOUT_WORDS]
    return "" if reason.code == WITHOUT_WORDS else catalogue(locale).gettext(reason.text).rstrip(".")


def _title(required: RequiredDocument, locale: str) -> str:
    return required.heading.render(catalogue(locale).gettext, locale)


def _lines(required: Iterable[RequiredDocument], locale: str) -> str:
    return "\n".join(f"- {_title(one, locale)}" for one in required)


def _reason(code: str | None, locale: str) -> str:
    known = REASON_CODES.get(code or "")
    return catalogue(locale).gettext(known.text).rstrip(".") if known else ""


def _why(code: str | None, text: str | None, locale: str) -> str:
    """Give a reason with the text beside it; the text alone where it is the reason."""
    coded = "" if code == WITHOUT_OWN_WORDS else _reason(code, locale)
    return ". ".join(filter(None, (coded, " ".join((text or "").split()).rstrip("."))))


LETTERS: dict[str, Writer] = {
    "document_expiring": _reminder("document_expiring"),
    "document_expired": _reminder("document_expired"),
    "document_rejected": _document_rejected,
    "supplier_suspended": _supplier_suspended,
    "supplier_revoked": _supplier_revoked,
    "supplier_reinstated": _supplier_reinstated,
    "category_dropped": _category_dropped,
}
