"""Who can be given an application. The portal has no table of staff: Keycloak has, and no page waits for it.

So it is who is signed in now and may examine, and who had an application of the last half year in charge.
"""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from service.access.permissions import PERMISSIONS
from service.access.sessions import list_signed_in
from service.clock import utc_now

RECENT = timedelta(days=180)
# from one assignee to the next over the index: a scan for the different ones would grow with the table
_ASSIGNEES = text(
    """
    with recursive assignee(subject) as (
        select min(assignee_subject) from application
        union all
        select (select min(assignee_subject) from application where assignee_subject > assignee.subject)
        from assignee where assignee.subject is not null
    )
    select assignee.subject, latest.assignee_name
    from assignee cross join lateral (
        select assignee_name, submitted_at from application
        where assignee_subject = assignee.subject order by sequence desc limit 1
    ) as latest
    where cast(:since as timestamptz) is null or latest.submitted_at > :since
    """
)


def list_assignees(session: Session, *, since: datetime | None = None) -> list[tuple[str, str]]:
    """Give whoever has taken files, or those of an application sent since, as subject and name, by name."""
    found = ((row.subject, row.assignee_name or row.subject) for row in session.execute(_ASSIGNEES, {"since": since}))
    return sorted(found, key=lambda one: one[1].casefold())


def list_people(session: Session) -> dict[str, str]:
    """Give subject and name of everybody an application can be given to, by name."""
    found = dict(list_assignees(session, since=utc_now() - RECENT))
    found |= list_signed_in(session, PERMISSIONS["application:review"])
    return dict(sorted(found.items(), key=lambda one: (one[1].casefold(), one[0])))
