"""When an application, and each file of it, will be erased and why: words for pages. The erasing is in `purging`."""

from dataclasses import dataclass
from datetime import date, timedelta

from service.applications.actions.purging import ENDED_APPLICATIONS, ERASED_STATES, IDENTITY_COPIES
from service.applications.models import Application
from service.applications.states import FINAL_STATES, State
from service.clock import add_months, local_date
from service.config import Settings
from service.documents.models import DocumentVersion
from service.documents.purging import IDENTITY, REPLACED_VERSIONS, replaced_on
from service.locales import gettext, ngettext


@dataclass(frozen=True, slots=True)
class Erasure:
    """The day, and the rule in words: "Sarà cancellata il {on}, perché {why}"."""

    on: date
    why: str


def erasure_of(application: Application, *, settings: Settings) -> Erasure | None:
    """Give when an application is erased; None while no rule says so, or a legal hold stands."""
    if application.legal_hold_reason is not None:
        return None
    if application.state == State.DRAFT:
        return Erasure(draft_ends_on(application, settings=settings), _draft_reason(application, settings))
    if application.state not in ERASED_STATES or application.erase_on is None:
        return None
    on = max(application.erase_on, application.reapply_from or application.erase_on)
    return Erasure(on, ENDED_APPLICATIONS.reason(settings))


def erasure_of_version(
    version: DocumentVersion, application: Application | None, *, settings: Settings
) -> Erasure | None:
    """Give when a version's files are erased: with the application, or before it by a rule of their own."""
    if application is not None and application.legal_hold_reason is not None:
        return None
    found = [] if application is None else [erasure_of(application, settings=settings)]
    found.append(_of_copy(version, application, settings))
    replaced = replaced_on(version)
    if replaced is not None:
        on = add_months(replaced, settings.replaced_version_months)
        found.append(Erasure(on, REPLACED_VERSIONS.reason(settings)))
    return min((one for one in found if one is not None), key=lambda one: one.on, default=None)


def draft_ends_on(application: Application, *, settings: Settings) -> date:
    """Give the last day of a draft, counted from the last change; what is not proven ends sooner."""
    if application.email_confirmed_at is None:
        return local_date(application.touched_at + timedelta(hours=settings.unconfirmed_draft_hours))
    return local_date(application.touched_at) + timedelta(days=settings.draft_days)


def _draft_reason(application: Application, settings: Settings) -> str:
    if application.email_confirmed_at is None:
        return gettext(
            "una bozza con l’indirizzo non confermato si conserva %(hours)s ore",
            hours=settings.unconfirmed_draft_hours,
        )
    return ngettext(
        "una bozza si conserva %(num)s giorno dall’ultima modifica",
        "una bozza si conserva %(num)s giorni dall’ultima modifica",
        settings.draft_days,
    )


def _of_copy(version: DocumentVersion, application: Application | None, settings: Settings) -> Erasure | None:
    is_copy = version.document.type == IDENTITY and bool(version.files)
    if application is None or not is_copy or application.state not in FINAL_STATES:
        return None
    ended = local_date(application.decided_at or application.touched_at)
    return Erasure(add_months(ended, settings.identity_copy_months), IDENTITY_COPIES.reason(settings))
