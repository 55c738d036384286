"""Checks as a careful office records them, for the demonstration and the tests: all that are due, found good today."""

from sqlalchemy.orm import Session

from service.access.permissions import may
from service.access.principal import Principal, Role
from service.applications.desk.actions import record_check
from service.applications.desk.checks import KINDS, list_due_checks
from service.applications.desk.states import CheckKind, CheckResult
from service.applications.models import Application
from service.clock import local_date
from service.config import Settings

# for what a reviewer may not look up
_APPROVER = Principal(subject="demo:marco.riva", name="Marco Riva", roles=frozenset({Role.APPROVER}))


def record_due_checks(session: Session, application: Application, *, by: Principal, settings: Settings) -> None:
    """Find everything good that is due and was not; the application is under review."""
    for one in list_due_checks(session, application, settings=settings):
        if one.is_gap and isinstance(one.kind, CheckKind):
            who = by if may(by, KINDS[one.kind].permission) else _APPROVER
            record_check(session, application.id, kind=one.kind, result=CheckResult.POSITIVE, checked_on=local_date(),
                         by=who)  # fmt: skip
