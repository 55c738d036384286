"""The letters of a round of corrections: asked, reminded, extended, received, expired.

Each is written from what is true when it is sent; one that is no longer true is not sent.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from service.applications.corrections import item_views, item_words, list_requests, reason_words
from service.applications.letters import Arguments, Writer, envelope, link_address, to_staff
from service.applications.models import Application, InformationItem, InformationRequest
from service.applications.promises import promised_day
from service.applications.states import FINAL_STATES, State
from service.clock import local_date
from service.config import Settings
from service.locales import catalogue
from service.mail.dates import day
from service.mail.messages import compose, unlinked
from service.mail.port import Letter


@dataclass(frozen=True, slots=True)
class Round:
    """A letter's round, its application, and the address of the page it leads to (empty: none)."""

    application: Application
    request: InformationRequest
    link: str

    @property
    def is_open(self) -> bool:
        """Tell whether the applicant may still answer."""
        return (
            self.application.state == State.INFORMATION_REQUESTED
            and self.request.answered_at is None
            and self.request.ended_at is None
        )


Facts = Callable[[Session, Round, Settings], dict[str, object] | None]


def _with_round(message: str, facts: Facts) -> Writer:
    """Write a letter to the applicant with the facts of its round; none when they are None, or the link is gone."""

    def write(session: Session, arguments: Arguments, settings: Settings) -> Letter | None:
        found = _round(session, arguments, settings)
        if found is None or not found.link or (told := facts(session, found, settings)) is None:
            return None
        return compose(message, envelope(found.application, settings), {
            "number": found.application.number, "link": found.link, "support": settings.support_email, **told,
        })  # fmt: skip

    return write


def _round(session: Session, arguments: Arguments, settings: Settings) -> Round | None:
    application = session.get(Application, UUID(arguments["about"]))
    request = session.get(InformationRequest, UUID(arguments["request"]))
    if application is None or request is None:
        return None
    link = link_address(session, arguments["link"], settings) if "link" in arguments else ""
    return Round(application, request, link)


def _request(_session: Session, found: Round, _settings: Settings) -> dict[str, object] | None:
    if not found.is_open:
        return None
    locale = found.application.locale
    return {
        "items": _lines(found, found.request.items, with_reason=True),
        "expires": day(found.request.deadline, locale),
    }


def _reminder(session: Session, found: Round, settings: Settings) -> dict[str, object] | None:
    """None when the round is over, or a stopped worker comes too late."""
    left = (found.request.deadline - local_date()).days
    if not found.is_open or left < 0:
        return None
    views = item_views(session, found.application, found.request, settings=settings)
    # who has answered everything has still to send it
    waiting = [one.item for one in views if not one.is_answered] or [one.item for one in views]
    return {
        "items": _lines(found, waiting), "left": left, "may_extend": found.request.extended_from is None,
        "expires": day(found.request.deadline, found.application.locale),
    }  # fmt: skip


def _extended(_session: Session, found: Round, _settings: Settings) -> dict[str, object] | None:
    return {"expires": day(found.request.deadline, found.application.locale)} if found.is_open else None


def _received(session: Session, found: Round, settings: Settings) -> dict[str, object] | None:
    """None when the outcome was faster: that letter says more."""
    application, request = found.application, found.request
    if request.answered_at is None or application.state in FINAL_STATES:
        return None
    promised = promised_day(application, list_requests(session, application.id), settings)
    return {
        "items": _lines(found, request.items), "date": day(request.answered_at, application.locale),
        "goes_on": application.state != State.INFORMATION_REQUESTED, "days": (promised - local_date()).days,
        "promised": day(promised, application.locale),
    }  # fmt: skip


def _expired(_session: Session, found: Round, _settings: Settings) -> dict[str, object] | None:
    application = found.application
    if application.state != State.EXPIRED:
        return None
    locale = application.locale
    return {"expires": day(found.request.deadline, locale), "erase_on": day(application.erase_on, locale)}


def _staff_received(session: Session, arguments: Arguments, settings: Settings) -> Letter | None:
    """To whoever examines it, when their address is known, else to the mailbox of all."""
    found = _round(session, arguments, settings)
    if found is None or found.request.answered_at is None:
        return None
    application = found.application
    if (to := to_staff(session, arguments, settings, application=application)) is None:
        return None
    return compose("staff_information_received", to, {
        "number": application.number, "company": unlinked(application.name), "answered": len(found.request.items),
        "held": application.hold is not None,
        "link": f"{settings.public_base_url}/gestione/richieste/{application.number}#integrazioni",
    })  # fmt: skip


def _lines(found: Round, items: Iterable[InformationItem], *, with_reason: bool = False) -> str:
    """Name what was asked, one on a line; with the reason and the sentence, as staff wrote it."""
    locale = found.application.locale
    translate = catalogue(locale).gettext
    lines = []
    for item in items:
        words = [item_words(item, found.application, translate=translate, locale=locale)]
        if with_reason:
            words += [reason_words(item, translate), " ".join(item.note.split())]
        lines.append("- " + " - ".join(filter(None, words)))
    return "\n".join(lines)


LETTERS: dict[str, Writer] = {
    "information_request": _with_round("information_request", _request),
    "information_reminder": _with_round("information_reminder", _reminder),
    "information_extended": _with_round("information_extended", _extended),
    "information_received": _with_round("information_received", _received),
    "application_expired": _with_round("application_expired", _expired),
    "staff_information_received": _staff_received,
}
