"""Opinions of specialists: asked for an area, given by whoever holds it, taken back by whoever reviews."""

from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.access.permissions import require
from service.access.principal import Principal
from service.applications.desk.errors import DeskConflictError, DeskError, check_length
from service.applications.desk.guards import lock_under_review
from service.applications.desk.models import Opinion
from service.applications.desk.settling import end
from service.applications.desk.states import Area, OpinionOutcome
from service.applications.models import Application
from service.audit.trail import record
from service.clock import ROME, utc_now
from service.database import violated
from service.errors import NotFoundError
from service.jobs.outbox import post
from service.locales import gettext

QUESTION_MAX = 1000
ANSWER_MAX = 2000
OPEN = "uq__opinion__open"


def ask_opinion(session: Session, application_id: UUID, *, area: Area, question: str, by: Principal) -> Opinion:
    """Ask the specialists of an area, while the application is under review; one open question an area.

    From then on they see the application. Leaves the opinion, `application.opinion_asked`, mail `staff_opinion_asked`.
    Raises: DeskError, DeskConflictError, InvalidTransitionError.
    """
    require(by, "opinion:ask")
    said = question.strip()
    if not said:
        raise DeskError(gettext("Scrivi che cosa chiedi."), field="question")
    check_length(said, QUESTION_MAX, "question")
    application = lock_under_review(session, application_id)
    opinion = Opinion(application_id=application.id, area=area, question=said, asked_at=utc_now(),
                      asked_by_subject=by.subject, asked_by_name=by.name)  # fmt: skip
    try:
        with session.begin_nested():
            session.add(opinion)
    except IntegrityError as error:
        # a colleague has asked the same area since the page was drawn
        if violated(error) != OPEN:
            raise
        raise DeskConflictError(gettext("A quest'area un parere è già stato chiesto. Nulla è cambiato.")) from error
    record(session, "application.opinion_asked", application.id, by=by, area=area)
    _post(session, "staff_opinion_asked", application, opinion)
    return opinion


def give_opinion(session: Session, opinion_id: UUID, *, outcome: OpinionOutcome, answer: str, by: Principal) -> Opinion:
    """Answer for an own area, while the application is under review.

    Leaves the answer, `application.opinion_given`, mail `staff_opinion_given` to whoever examines it. Raises:
    DeskError, DeskConflictError, InvalidTransitionError; NotFoundError for another area.
    """
    require(by, "opinion:give")
    said = answer.strip()
    application, opinion = _lock(session, opinion_id)
    if opinion.area not in by.areas:
        raise NotFoundError
    if not said:
        raise DeskError(gettext("Scrivi il parere."), field="answer")
    check_length(said, ANSWER_MAX, "answer")
    _require_open(opinion)
    opinion.outcome, opinion.answer, opinion.answered_at = outcome, said, utc_now()
    opinion.answered_by_subject, opinion.answered_by_name = by.subject, by.name
    record(session, "application.opinion_given", application.id, by=by, area=opinion.area, outcome=outcome)
    _post(session, "staff_opinion_given", application, opinion)
    session.flush()
    return opinion


def end_opinion(session: Session, opinion_id: UUID, *, by: Principal) -> Opinion:
    """Take back what was asked; the specialists do not see the application any more.

    Leaves `application.opinion_ended`. Raises: DeskConflictError, InvalidTransitionError, NotFoundError.
    """
    require(by, "opinion:ask")
    _application, opinion = _lock(session, opinion_id)
    _require_open(opinion)
    end(session, opinion, by=by)
    session.flush()
    return opinion


def _lock(session: Session, opinion_id: UUID) -> tuple[Application, Opinion]:
    """Lock the application first, as its decision does. Raises: NotFoundError, InvalidTransitionError."""
    opinion = session.get(Opinion, opinion_id)
    if opinion is None:
        raise NotFoundError
    application = lock_under_review(session, opinion.application_id)
    session.refresh(opinion)
    return application, opinion


def _require_open(opinion: Opinion) -> None:
    if opinion.answered_at is not None:
        said = gettext(
            "Il parere è già stato dato da %(name)s alle %(time)s. Nulla è cambiato.",
            name=opinion.answered_by_name, time=f"{opinion.answered_at.astimezone(ROME):%H:%M}",
        )  # fmt: skip
        raise DeskConflictError(said)
    if opinion.ended_at is not None:
        raise DeskConflictError(gettext("La richiesta di parere è stata ritirata. Nulla è cambiato."))


def _post(session: Session, message: str, application: Application, opinion: Opinion) -> None:
    session.flush()
    post(session, message, application.id, suffix=str(opinion.id), opinion=str(opinion.id))
