"""The fault matrix: every call at which something can go wrong, by every way in which it can (security.md G7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.jobs.models import JobStatus
from tests.support.faulty_line import Trouble
from tests.support.trouble import HTTP, POSTGRES, SMTP


@dataclass(frozen=True, slots=True)
class Site:
    """A call of the worker: on which line, known by what it says, in which job.

    `tried_before`: made at a second try only; `made_before`: and only when the first has made the person.
    """

    line: str
    match: bytes
    job: str = "provision"
    tried_before: bool = False
    made_before: bool = False


PEOPLE = rb"/admin/realms/icri/users"
SITES: Mapping[str, Site] = {
    "token": Site("keycloak", rb"^POST /realms/icri/protocol/openid-connect/token "),
    "find": Site("keycloak", rb"^GET " + PEOPLE + rb"\?", tried_before=True),
    "create": Site("keycloak", rb"^POST " + PEOPLE + rb" "),
    "read": Site("keycloak", rb"^GET " + PEOPLE + rb"/[^/ ]+ "),
    "groups": Site("keycloak", rb"^GET " + PEOPLE + rb"/[^/ ]+/groups", tried_before=True, made_before=True),
    "events": Site("keycloak", rb"^GET /admin/realms/icri/admin-events", tried_before=True),
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
    "wanted": Site("database", rb"SELECT account.state, account.username"),
    "created": Site("database", rb"update account set subject"),
    "verified": Site("database", rb"update account set person_verified_at"),
    "sent": Site("database", rb"update account set state = 'active'"),
    "delivered": Site("database", rb"UPDATE mail_delivery SET status", "letter"),
}
TROUBLES: Mapping[str, Mapping[str, Trouble]] = {"keycloak": HTTP, "mail": SMTP, "database": POSTGRES}
# where the far side has taken a letter and nobody could hear or note it: sent again, and said so
TAKEN = {"dot": {"late", "reset_after", "drip"}, "delivered": set(POSTGRES)}
# what staff read; a claim that the database took or lost with it leaves the job as it was
SENTENCES = {
    "keycloak": ("Keycloak non risponde", "Keycloak ha risposto con un errore", "Keycloak ha dato una risposta"),
    "mail": ("Il server di posta non risponde", "Il server di posta chiede di riprovare",
             "Il server di posta non accetta collegamenti"),
    "database": ("La banca dati non ha risposto", ""),
}  # fmt: skip
REFUSALS = ("Keycloak rifiuta la richiesta", "Keycloak non manda", "Il server di posta ha rifiutato")
# the half that was heard says that it is done, and it is
HEARD = {("access_mail", "half"), ("dot", "half")}
# the last step is one statement: the database has ended the job, though nobody heard of it
ENDED = {("sent", fault) for fault in ("late", "reset_after", "half", "drip")}
# a greeting that refuses says nothing of this letter, nor does a server that does not know EHLO
OPEN = {"greeting", "ehlo", "quit"}


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

    @property
    def expected(self) -> JobStatus:
        """Done in spite of it, tried again later, or stuck until somebody presses the button."""
        if self.name == "quit" or self.fault == "odd_type" or (self.name, self.fault) in HEARD | ENDED:
            return JobStatus.DONE
        return JobStatus.STUCK if self.fault == "forbidden" and self.name not in OPEN else JobStatus.READY

    @property
    def sentences(self) -> tuple[str, ...]:
        """How what staff read begins."""
        return REFUSALS if self.expected == JobStatus.STUCK else SENTENCES[self.site.line]


CELLS = [Cell(name, fault) for name, site in SITES.items() for fault in TROUBLES[site.line]]


def one_of_each(cells: Sequence[Cell]) -> list[Cell]:
    """Choose so that every fault is there once, each at another call, and every line at least three times."""
    chosen: list[Cell] = []
    seen: set[str] = set()
    for cell in sorted(cells, key=lambda one: (list(SITES).index(one.name) * 5) % 7):
        names = [one.name for one in chosen]
        if cell.fault not in seen and cell.name not in names:
            chosen.append(cell)
            seen.add(cell.fault)
    return chosen
