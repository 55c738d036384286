"""Whoever acts: a person signed in through Keycloak, an applicant with a draft, or the system itself."""

from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """The realm roles, one to one (domain.md section 13)."""

    SUPPLIER = "supplier"
    REVIEWER = "reviewer"
    SPECIALIST = "specialist"
    APPROVER = "approver"
    ADMIN = "admin"
    AUDITOR = "auditor"


STAFF_ROLES = frozenset({Role.REVIEWER, Role.SPECIALIST, Role.APPROVER, Role.ADMIN, Role.AUDITOR})


@dataclass(frozen=True, slots=True)
class Principal:
    """Who does something; `subject` is Keycloak's id of a person, or `applicant` or `system`."""

    subject: str
    name: str
    roles: frozenset[Role] = field(default_factory=frozenset)
    email: str = ""
    username: str = ""

    @property
    def is_staff(self) -> bool:
        """Say whether any staff role is held."""
        return bool(self.roles & STAFF_ROLES)

    @property
    def is_supplier(self) -> bool:
        """Say whether this is a supplier's person."""
        return Role.SUPPLIER in self.roles


SYSTEM = Principal(subject="system", name="ICRI ProActive")
APPLICANT = Principal(subject="applicant", name="Richiedente")


def known_roles(names: object) -> frozenset[Role]:
    """Keep of a token's role names those that are ours."""
    values = {role.value for role in Role}
    return (
        frozenset(Role(name) for name in names if name in values)
        if isinstance(names, (list, tuple, set, frozenset))
        else frozenset()
    )
