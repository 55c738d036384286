"""A wrong refusal is repaired by a new draft with all its answers: a refusal itself is final."""

from datetime import datetime, time, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from service.access.links import LinkPurpose, make_link
from service.access.permissions import require
from service.access.principal import Principal
from service.applications.actions.impartiality import require_stranger
from service.applications.actions.restarting import RestartError, copy_answers, find_copy
from service.applications.models import Application
from service.applications.repository import get_application
from service.applications.retention import draft_ends_on
from service.applications.states import InvalidTransitionError
from service.applications.steps import move, step_of, who_was_faster
from service.clock import ROME, utc_now
from service.config import Settings
from service.documents.copying import copy_later
from service.jobs.outbox import post
from service.locales import gettext

REOPENED = "application_reopened"


def copy_as_new(
    session: Session, application_id: UUID, *, by: Principal, settings: Settings, version: int | None = None
) -> Application:
    """Give a draft with the answers of a refused application, from `rejected`; once while a copy goes on.

    Its address counts as proven, and it is not too early for it (`submitting.find_hold`). Declarations are accepted
    and signed anew, the other documents come with it. Leaves `application.copied_as_new`, `application.started` of the
    draft, job `documents.copy`, and the mail `application_reopened` with a link that lives as long as the draft. Staff
    give the `version` they saw.
    Raises: InvalidTransitionError, RestartError, OwnCompanyError, ForbiddenError.
    """
    require(by, "application:decide")
    earlier = get_application(session, application_id, lock=True)
    step_of(earlier, "copy_as_new")
    require_stranger(earlier, by=by)
    if find_copy(session, earlier) is not None:
        raise RestartError(gettext("Da questa domanda è già partita una copia, che è in corso: nulla è cambiato."))
    if version is not None and earlier.version != version:
        raise InvalidTransitionError(who_was_faster(earlier))
    move(session, earlier, "copy_as_new", "application.copied_as_new", by=by)
    draft = copy_answers(session, earlier, by=by)
    copy_later(session, source=earlier.id, target=draft.id)
    ends_on = draft_ends_on(draft, settings=settings)
    link = make_link(
        session,
        LinkPurpose.RESUME,
        draft.id,
        secret=settings.secret_key.get_secret_value(),
        lifetime=datetime.combine(ends_on + timedelta(days=1), time(), ROME) - utc_now(),
    )
    post(session, REOPENED, draft.id, link=str(link.id))
    return draft
