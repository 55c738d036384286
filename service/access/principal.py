"""Whoever acts: a person signed in through Keycloak, an applicant with a draft, or the system itself."""

from dataclasses import dataclass, field
from enum import StrEnum


class Area(StrEnum):
    """Whose documents a specialist looks at."""

    HSE = "hse"
    ADMINISTRATION = "administration"
    QUALITY = "quality"


class Role(StrEnum):
    """The realm roles, one to one (domain.md section 13); that of an area comes together with `specialist`."""

    SUPPLIER = "supplier"
    REVIEWER = "reviewer"
    SPECIALIST = "specialist"
    SPECIALIST_HSE = "specialist_hse"
    SPECIALIST_ADMINISTRATION = "specialist_administration"
    SPECIALIST_QUALITY = "specialist_quality"
    APPROVER = "approver"
    ADMIN = "admin"
    AUDITOR = "auditor"


STAFF_ROLES = frozenset({Role.REVIEWER, Role.SPECIALIST, Role.APPROVER, Role.ADMIN, Role.AUDITOR})
AREA_OF_ROLE = {
    Role.SPECIALIST_HSE: Area.HSE,
    Role.SPECIALIST_ADMINISTRATION: Area.ADMINISTRATION,
    Role.SPECIALIST_QUALITY: Area.QUALITY,
}


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
    def areas(self) -> frozenset[Area]:
        """Give the areas of a specialist; nobody else has any."""
        return frozenset(area for role, area in AREA_OF_ROLE.items() if role in self.roles)

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
        frozenset(Role(name) for name in names if isinstance(name, str) and name in values)
        if isinstance(names, (list, tuple, set, frozenset))
        else frozenset()
    )
