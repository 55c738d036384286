"""Checks as a careful office records them, for the demonstration and the tests: all that are due, found good today."""

from sqlalchemy.orm import Session

from service.access.principal import Principal
from service.applications.desk.actions import record_check
from service.applications.desk.checks import list_due_checks, may_look_up
from service.applications.desk.states import CheckKind, CheckResult
from service.applications.models import Application
from service.clock import local_date
from service.config import Settings


def record_due_checks(session: Session, application: Application, *, by: Principal, settings: Settings) -> None:
    """Find everything good that is due, was not and is `by`'s to look up; the application is under review."""
    for one in list_due_checks(session, application, settings=settings):
        if one.is_gap and isinstance(one.kind, CheckKind) and may_look_up(by, one.kind):
            record_check(session, application.id, kind=one.kind, result=CheckResult.POSITIVE, checked_on=local_date(),
                         by=by)  # fmt: skip
