"""The fault matrix: every call at which something can go wrong, by every way in which it can (security.md G7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.support.faulty_line import Trouble
from tests.support.trouble import HTTP, POSTGRES, SMTP


@dataclass(frozen=True, slots=True)
class Site:
    """A call of the worker: on which line, known by what it says, in which job; at a second try only."""

    line: str
    match: bytes
    job: str = "provision"
    tried_before: bool = False


PEOPLE = rb"/admin/realms/icri/users"
SITES: Mapping[str, Site] = {
    "token": Site("keycloak", rb"^POST /realms/icri/protocol/openid-connect/token "),
    "find": Site("keycloak", rb"^GET " + PEOPLE + rb"\?", tried_before=True),
    "create": Site("keycloak", rb"^POST " + PEOPLE + rb" "),
    "read": Site("keycloak", rb"^GET " + PEOPLE + rb"/[^/ ]+ "),
    "groups": Site("keycloak", rb"^GET " + PEOPLE + rb"/[^/ ]+/groups"),
    "events": Site("keycloak", rb"^GET /admin/realms/icri/admin-events"),
    "access_mail": Site("keycloak", rb"^PUT " + PEOPLE + rb"/[^/ ]+/execute-actions-email"),
    "greeting": Site("mail", b"", "letter"),
    "ehlo": Site("mail", rb"(?i)^ehlo", "letter"),
    "sender": Site("mail", rb"(?i)^mail from", "letter"),
    "recipient": Site("mail", rb"(?i)^rcpt to", "letter"),
    "data": Site("mail", rb"(?i)^data\r\n", "letter"),
    "dot": Site("mail", rb"\r\n\.\r\n$", "letter"),
    "quit": Site("mail", rb"(?i)^quit", "letter"),
    "connect": Site("database", rb"user\x00"),
    "claim": Site("database", rb"with due as materialized"),
    "commit": Site("database", rb"COMMIT"),
    "created": Site("database", rb"UPDATE account SET subject"),
    "sent": Site("database", rb"UPDATE account SET .*access_sent_at"),
    "delivered": Site("database", rb"UPDATE mail_delivery SET status", "letter"),
}
TROUBLES: Mapping[str, Mapping[str, Trouble]] = {"keycloak": HTTP, "mail": SMTP, "database": POSTGRES}
# where the far side has taken a letter and nobody could hear or note it: sent again, and said so
TAKEN = {"dot": {"late", "reset_after", "half", "drip"}, "delivered": set(POSTGRES)}


@dataclass(frozen=True, slots=True)
class Cell:
    """One fault at one call."""

    name: str
    fault: str

    def __str__(self) -> str:
        return f"{self.site.line}-{self.name}-{self.fault}"

    @property
    def site(self) -> Site:
        return SITES[self.name]

    @property
    def trouble(self) -> Trouble:
        return TROUBLES[self.site.line][self.fault]

    @property
    def may_double(self) -> bool:
        return self.fault in TAKEN.get(self.name, set())


CELLS = [Cell(name, fault) for name, site in SITES.items() for fault in TROUBLES[site.line]]


def one_of_each(cells: Sequence[Cell]) -> list[Cell]:
    """Choose so that every call and every fault of every line is there."""
    chosen: list[Cell] = []
    for line in TROUBLES:
        names = [name for name, site in SITES.items() if site.line == line]
        faults = list(TROUBLES[line])
        most = max(len(names), len(faults))
        chosen += [Cell(names[i % len(names)], faults[i % len(faults)]) for i in range(most)]
    return [cell for cell in cells if cell in chosen]
