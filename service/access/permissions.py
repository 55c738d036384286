"""Who may do what: one table (domain.md section 13). Rules about the object itself stand in the actions."""

from service.access.principal import Principal, Role
from service.errors import ForbiddenError

R, S, P, A, U = Role.REVIEWER, Role.SPECIALIST, Role.APPROVER, Role.ADMIN, Role.AUDITOR

PERMISSIONS: dict[str, frozenset[Role]] = {
    "staff:enter": frozenset({R, S, P, A, U}),
    "application:list": frozenset({R, P, S, U}),
    "application:read": frozenset({R, P, S, U}),
    "application:read_all": frozenset({R, P, U}),  # a specialist reads those an opinion is asked on
    "application:review": frozenset({R, P}),
    "application:decide": frozenset({P}),
    "application:propose": frozenset({R, P}),
    "application:assign": frozenset({P}),
    "application:note": frozenset({R, S, P}),
    "application:export": frozenset({R, P, U}),
    "application:bulk": frozenset({R, P}),
    "bulk:list": frozenset({R, P, U}),
    "bulk:read_all": frozenset({P, U}),  # a reviewer reads the own ones
    "opinion:ask": frozenset({R, P}),
    "opinion:give": frozenset({S}),
    "likeness:read": frozenset({R, P, U}),
    "likeness:mark": frozenset({R, P}),
    "exclusion:list": frozenset({P, U}),
    "exclusion:manage": frozenset({P}),
    "supplier:govern": frozenset({P}),
    "application:release_excluded": frozenset({P}),
    "document:judge": frozenset({R, S, P}),
    "document:judge_all": frozenset({R, P}),  # a specialist judges those of an own area
    "invitation:list": frozenset({R, P, U}),
    "invitation:manage": frozenset({R, P}),
    "invitation:revoke_any": frozenset({P}),
    "supplier:list": frozenset({R, P, U}),
    "supplier:read": frozenset({R, P, S, U}),  # a specialist reads those that came of an application it was asked on
    "account:retry": frozenset({R, P, A}),
    "account:link": frozenset({A}),
    "account:cancel": frozenset({P, A}),
    "account:readmit": frozenset({P, A}),
    "account:govern": frozenset({P}),
    "handover:ask": frozenset({R, P}),
    "account:list": frozenset({R, P, A, U}),
    "job:list": frozenset({R, P, A, U}),
    "reconciliation:read": frozenset({R, P, A, U}),
    "reconciliation:repair": frozenset({P, A}),  # it ends people's access, as a suspension does, or gives it back
    "mail:preview": frozenset({A}),
    "audit:read": frozenset({P, A, U}),
    "audit:read_own": frozenset({R, P, A, U}),
    "administration:list": frozenset({A, U}),
    "administration:manage": frozenset({A}),
    "retention:list": frozenset({A, U}),
    "retention:manage": frozenset({A}),
    "supplier:area": frozenset({Role.SUPPLIER}),
}


def may(principal: Principal, permission: str) -> bool:
    """Say whether the principal holds a permission. An unknown name is a programming error: KeyError."""
    return bool(PERMISSIONS[permission] & principal.roles)


def require(principal: Principal, permission: str) -> None:
    """Raise ForbiddenError unless the principal holds the permission."""
    if not may(principal, permission):
        raise ForbiddenError
