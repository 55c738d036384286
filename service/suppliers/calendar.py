"""Which days of a supplier belong in its calendar: the expiry of each document, and the end of the qualification."""

from sqlalchemy.orm import Session

from service.config import Settings
from service.documents.presence import ending
from service.documents.repository import Owner, list_documents
from service.locales import current_locale, gettext, raw_gettext
from service.questionnaire import document_anchor, document_title
from service.suppliers.calendar_file import CalendarDay
from service.suppliers.models import Supplier


def calendar_days(session: Session, supplier: Supplier, *, settings: Settings) -> list[CalendarDay]:
    """Give the days in the language at hand. No names: calendars are shared and travel over other people's servers."""
    scheme, _, host = settings.public_base_url.partition("://")
    portal = f"{scheme}://{host}"
    days = [
        CalendarDay(
            uid=f"qualification-{supplier.id}@{host}",
            day=supplier.valid_until,
            title=gettext("Termina la qualifica ICRI"),
            changed_at=supplier.qualified_at,
            url=f"{portal}/area",
        )
    ]
    for document in list_documents(session, Owner(supplier_id=supplier.id)):
        version = ending(document)
        if version is not None and version.expires_on is not None:
            title = document_title(document.type, document.slot).render(raw_gettext, current_locale())
            days.append(
                CalendarDay(
                    uid=f"document-{document.id}@{host}",
                    day=version.expires_on,
                    title=gettext("Scade: %(document)s", document=title),
                    changed_at=version.judged_at or version.created_at,
                    url=f"{portal}/area/documenti#{document_anchor(document.type, document.slot)}",
                )
            )
    return days
