"""The verbs of the excluded list (elenco dei soggetti esclusi): an approver adds, renews and ends.

An entry refuses nobody by itself: what its company sends waits for an approver. Suppliers never learn of it.
"""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service import questionnaire
from service.access.permissions import require
from service.access.principal import Principal
from service.audit.trail import record
from service.clock import add_months, local_date, utc_now
from service.config import Settings
from service.database import violated
from service.errors import ConflictError, InvalidError
from service.exclusions.models import Exclusion
from service.exclusions.repository import get_exclusion
from service.locales import N_, current_locale, gettext, raw_gettext

LIVE_KEY = "uq__exclusion__live"
REASON_LEAST, REASON_MOST, NAME_MOST = 10, 500, 160


class ExclusionError(InvalidError):
    """Something of an entry is not right; `errors` says what, by field."""

    code = "exclusion"
    title = N_("Controlla i dati dell’esclusione")

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        super().__init__(next(iter(errors.values()))[0])
        self.errors = errors


class ExclusionConflictError(ConflictError):
    """Somebody was faster: it is on the list, off it, or was renewed."""

    code = "exclusion_conflict"


def add_exclusion(
    session: Session,
    *,
    country: str,
    number: str,
    name: str,
    reason: str,
    review_on: date | None,
    by: Principal,
    settings: Settings,
) -> Exclusion:
    """Put a company or person on the list, by codice fiscale or by country and number, until a day of review.

    Leaves `exclusion.added`; name, number and reason stand in the entry alone, which is erased some day: the trail
    is not. Raises: ExclusionError, ExclusionConflictError.
    """
    require(by, "exclusion:manage")
    errors = _reason_errors(reason, review_on, settings)
    called = " ".join(name.split())
    if not called or len(called) > NAME_MOST:
        errors["name"] = [gettext("Scrivi il nome, al massimo %(most)s caratteri.", most=NAME_MOST)]
    if country not in dict(questionnaire.countries()):
        errors["country"] = [gettext("Scegli il paese.")]
    found = questionnaire.check_company_number(country, number)
    if found.value is None and "country" not in errors:
        said = [one.render(raw_gettext, current_locale()) for one in found.errors]
        errors["number"] = said or [gettext("Scrivi il codice fiscale o il numero estero.")]
    if errors or review_on is None:
        raise ExclusionError(errors)
    exclusion = Exclusion(
        identity_key=questionnaire.company_key(country, str(found.value)), name=called, reason=reason.strip(),
        review_on=review_on, created_at=utc_now(), created_by_subject=by.subject, created_by_name=by.name,
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(exclusion)
    except IntegrityError as error:
        # Two approvers exclude the same company at once: the second reads that it was done.
        if violated(error) != LIVE_KEY:
            raise
        raise ExclusionError({"number": [gettext("È già nell’elenco dei soggetti esclusi.")]}) from error
    record(session, "exclusion.added", exclusion.id, by=by, review_on=review_on.isoformat())
    return exclusion


def renew_exclusion(
    session: Session,
    exclusion_id: UUID,
    *,
    version: int,
    reason: str,
    review_on: date | None,
    by: Principal,
    settings: Settings,
) -> Exclusion:
    """Keep an entry until another day of review, with why. Leaves `exclusion.renewed`.

    Raises: ExclusionError, ExclusionConflictError, NotFoundError.
    """
    require(by, "exclusion:manage")
    exclusion = _load_seen(session, exclusion_id, version)
    errors = _reason_errors(reason, review_on, settings)
    if errors or review_on is None:
        raise ExclusionError(errors)
    before, exclusion.review_on = exclusion.review_on, review_on
    exclusion.renewed_at, exclusion.renewed_by_name, exclusion.renewal_reason = utc_now(), by.name, reason.strip()
    exclusion.version += 1
    days = {"before": before.isoformat(), "review_on": review_on.isoformat()}
    record(session, "exclusion.renewed", exclusion_id, by=by, **days)
    return exclusion


def end_exclusion(session: Session, exclusion_id: UUID, *, version: int, by: Principal) -> Exclusion:
    """Take an entry off the list before its day; it is erased the next night. Leaves `exclusion.ended`.

    What is parked because of it stays parked until an approver releases it.
    Raises: ExclusionConflictError, NotFoundError.
    """
    require(by, "exclusion:manage")
    exclusion = _load_seen(session, exclusion_id, version)
    exclusion.ended_at = utc_now()
    exclusion.version += 1
    record(session, "exclusion.ended", exclusion_id, by=by)
    return exclusion


def _load_seen(session: Session, exclusion_id: UUID, version: int) -> Exclusion:
    exclusion = get_exclusion(session, exclusion_id, lock=True)
    if exclusion.ended_at is not None:
        raise ExclusionConflictError(gettext("La voce è già stata tolta dall’elenco."))
    if exclusion.version != version:
        raise ExclusionConflictError(gettext("La voce è cambiata mentre la guardavi: riapri la pagina."))
    return exclusion


def _reason_errors(reason: str, review_on: date | None, settings: Settings) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if not REASON_LEAST <= len(reason.strip()) <= REASON_MOST:
        errors["reason"] = [
            gettext("Scrivi il motivo, da %(least)s a %(most)s caratteri.", least=REASON_LEAST, most=REASON_MOST)
        ]
    today = local_date()
    if review_on is None or not today < review_on <= add_months(today, settings.exclusion_months):
        errors["review_on"] = [
            gettext("Indica una data di riesame futura, al massimo fra %(months)s mesi.",
                    months=settings.exclusion_months)
        ]  # fmt: skip
    return errors
