"""What other verbs of an application leave behind on the desk: a correction clears verdicts, an outcome ends opinions.

Apart from `actions`, because those verbs import it.
"""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.access.principal import Principal
from service.applications.desk.models import Opinion, SectionVerdict
from service.audit.trail import record
from service.clock import utc_now


def clear_verdicts(session: Session, application_id: UUID, sections: Iterable[str]) -> None:
    """Take the verdicts on these sections away: they do not read any more as they were judged."""
    session.execute(
        delete(SectionVerdict).where(
            SectionVerdict.application_id == application_id, SectionVerdict.section.in_(list(sections))
        )
    )


def end_opinions(session: Session, application_id: UUID, *, by: Principal) -> None:
    """End what was asked of specialists and not answered. Leaves `application.opinion_ended` for each."""
    query = select(Opinion).where(
        Opinion.application_id == application_id, Opinion.answered_at.is_(None), Opinion.ended_at.is_(None)
    )
    for opinion in session.scalars(query.order_by(Opinion.asked_at)):
        end(session, opinion, by=by)


def end(session: Session, opinion: Opinion, *, by: Principal) -> None:
    """End one opinion that is open."""
    opinion.ended_at = utc_now()
    record(session, "application.opinion_ended", opinion.application_id, by=by, area=opinion.area)
