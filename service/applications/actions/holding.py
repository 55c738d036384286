"""The legal hold: while it stands nothing of an application is erased. An admin sets and ends it, with a reason."""

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from service.access.permissions import require
from service.access.principal import Principal
from service.applications.models import Application
from service.applications.repository import get_application
from service.audit.trail import record
from service.clock import add_months, local_date
from service.errors import ConflictError, InvalidError
from service.locales import N_, gettext

REASON_MIN, REASON_MAX = 10, 500
LONGEST_MONTHS = 24


class LegalHoldError(InvalidError):
    """A hold needs a reason, and a day of review not too far away; `field` names what is not right."""

    code = "legal_hold"
    title = N_("Controlla i dati del vincolo")

    def __init__(self, detail: str, *, field: str) -> None:
        super().__init__(detail)
        self.field = field


class LegalHoldConflictError(ConflictError):
    """Somebody was faster: the hold is set, or ended, already; or the application was never sent."""

    code = "legal_hold_conflict"


def set_legal_hold(
    session: Session, application_id: UUID, *, reason: str, review_on: date | None, by: Principal
) -> Application:
    """Let nothing of a sent application be erased until the hold is ended. Leaves `application.legal_hold_set`.

    The day of review ends nothing: the page then says that it has come. The reason stands on the application alone, for
    it may name people and the trail is never erased. Raises: LegalHoldError, LegalHoldConflictError.
    """
    require(by, "retention:manage")
    said, today = reason.strip(), local_date()
    if not REASON_MIN <= len(said) <= REASON_MAX:
        detail = gettext("Scrivi il motivo, da %(least)s a %(most)s caratteri.", least=REASON_MIN, most=REASON_MAX)
        raise LegalHoldError(detail, field="reason")
    last = add_months(today, LONGEST_MONTHS)
    if review_on is None or not today < review_on <= last:
        detail = gettext("Indica una data di riesame futura, al massimo fra %(months)s mesi.", months=LONGEST_MONTHS)
        raise LegalHoldError(detail, field="review_on")
    application = get_application(session, application_id, lock=True)
    if application.legal_hold_reason is not None:
        raise LegalHoldConflictError(gettext("Il vincolo c’è già, messo da %(name)s.", name=application.legal_hold_by))
    if application.number is None:
        raise LegalHoldConflictError(gettext("Una bozza non si può vincolare."))
    application.legal_hold_reason, application.legal_hold_by = said, by.name
    application.legal_hold_review_on = review_on
    record(session, "application.legal_hold_set", application_id, by=by, review_on=review_on.isoformat())
    return application


def end_legal_hold(session: Session, application_id: UUID, *, by: Principal) -> Application:
    """Let the rules of retention go on: what was due meanwhile is erased the next night.

    Leaves `application.legal_hold_ended`. Raises: LegalHoldConflictError.
    """
    require(by, "retention:manage")
    application = get_application(session, application_id, lock=True)
    if application.legal_hold_reason is None:
        raise LegalHoldConflictError(gettext("Il vincolo è già stato tolto."))
    application.legal_hold_reason = application.legal_hold_by = application.legal_hold_review_on = None
    record(session, "application.legal_hold_ended", application_id, by=by)
    return application
