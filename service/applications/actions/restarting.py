"""A new application from the answers of an ended one, for whoever has proven its address."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service import questionnaire
from service.access.principal import APPLICANT
from service.applications.actions.deciding import DUPLICATE_REASON
from service.applications.actions.drafting import NOTICE_VERSION, copy_columns, replace_answers
from service.applications.models import Acknowledgement, Application, ApplicationAnswers
from service.applications.repository import get_application
from service.applications.states import State
from service.audit.trail import record
from service.clock import local_date, utc_now
from service.errors import ConflictError

ENDED = (State.WITHDRAWN, State.EXPIRED, State.REJECTED)


class RestartError(ConflictError):
    """Nothing to start from: the application is open, accepted, or its date has not come."""

    code = "restart"
    title = "Da questa domanda non si può ripartire"


def may_restart(application: Application, *, today: date) -> bool:
    """Say whether a new one may start from it; a refused one from its date on, a double never."""
    if application.state not in ENDED or application.reason_code == DUPLICATE_REASON:
        return False
    return application.reapply_from is None or today >= application.reapply_from


def restart(session: Session, application_id: UUID) -> Application:
    """Give a draft with the answers of an ended application; the one begun from it before, if it is still there.

    The address is the proven one; declarations must be accepted anew, documents given anew.
    Leaves `application.started`. Raises: RestartError.
    """
    earlier = get_application(session, application_id, lock=True)
    if not may_restart(earlier, today=local_date()):
        raise RestartError(
            "Si può ripartire da una domanda ritirata o scaduta, o respinta da quando è passata la data."
        )
    begun = session.scalar(
        select(Application).where(Application.copied_from_id == earlier.id, Application.state == State.DRAFT)
    )
    if begun is not None:
        return begun
    now = utc_now()
    draft = Application(
        legal_category=earlier.legal_category,
        supply_types=[],
        contact_email="",
        contact_name="",
        created_at=now,
        touched_at=now,
        email_confirmed_at=now,
        copied_from_id=earlier.id,
        content=ApplicationAnswers(answers=_carried_over(earlier)),
    )
    session.add(draft)
    copy_columns(draft, draft.content.answers)
    session.flush()
    session.add(Acknowledgement(application_id=draft.id, text="privacy", version=NOTICE_VERSION, read_at=now))
    record(session, "application.started", draft.id, by=APPLICANT, category=draft.legal_category, copied=True)
    return draft


def find_earlier(session: Session, draft: Application) -> Application | None:
    """Find the latest ended application of the draft's proven address that it could take its answers from."""
    if draft.email_confirmed_at is None or draft.copied_from_id is not None:
        return None
    found = session.scalars(
        select(Application)
        .where(func.lower(Application.contact_email) == draft.contact_email.lower(), Application.state.in_(ENDED))
        .order_by(Application.submitted_at.desc())
        .limit(5)
    )
    today = local_date()
    return next((one for one in found if may_restart(one, today=today)), None)


def take_over(session: Session, draft_id: UUID) -> Application:
    """Put the answers of the earlier application in the place of the draft's. Raises: RestartError."""
    draft = get_application(session, draft_id, lock=True)
    earlier = find_earlier(session, draft)
    if earlier is None:
        raise RestartError("Non c'è una domanda conclusa da cui ripartire con questo indirizzo.")
    answers = _carried_over(earlier)
    opening = draft.content.answers["avvio"]
    answers["avvio"] |= {name: value for name, value in opening.items() if name.startswith("contact_")}
    draft.copied_from_id = earlier.id
    draft.legal_category = earlier.legal_category
    replace_answers(draft, answers)
    return draft


def _carried_over(earlier: Application) -> dict[str, Any]:
    """Give the answers without what must be declared anew; the privacy notice was read on the page that asks."""
    answers: Mapping[str, Any] = questionnaire.upgrade(earlier.content.answers)
    kept = {name: value for name, value in answers.items() if name != questionnaire.DECLARATIONS_SECTION}
    return {**kept, "_raw": {}, "questionnaire_version": questionnaire.QUESTIONNAIRE_VERSION}
