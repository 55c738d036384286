"""What differs between one person at Keycloak and what we know of it. Pure: no database, no Keycloak, no clock.

The definitions (security.md G17). Ours is right wherever both sides say something: the portal is where an address, a
company or a suspension is decided.

- orphan: in /fornitori and able to sign in, but no account of ours. One that is disabled harms nobody, and is what a
  repair leaves behind.
- missing: an active account whose person is gone.
- wrong group: an active or suspended account whose person is not in /fornitori.
- wrong e-mail: another address than ours; a changed one is set at Keycloak by a job.
- disabled: switched off while our account is active, or on while it is suspended or revoked.
- foreign attribute: the marker is missing or another account's, or `supplier_id` is not what our memberships say.
- double: a second person, able to sign in, with the marker of an account that has one already.
- ghost approval: read from our tables alone, see `suppliers.ghosts`.

An account that is being created, has failed or has a job on its way is left alone: nothing about it is settled.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from service.accounts.drift.states import DriftKind, lets_in
from service.accounts.port import SUPPLIERS_GROUP, Person
from service.accounts.states import AccountState

UNSETTLED = frozenset({AccountState.PENDING, AccountState.FAILED})
ENTITLED = frozenset({AccountState.ACTIVE, AccountState.SUSPENDED})  # what it is at Keycloak still matters
ON, OFF = "enabled", "disabled"


@dataclass(frozen=True, slots=True)
class Known:
    """An account of ours; `suppliers` are the numbers of its memberships, `is_under_way` that a job will change it."""

    id: UUID
    state: AccountState
    subject: str | None
    username: str
    email: str
    suppliers: frozenset[str]
    is_under_way: bool = False

    @property
    def is_settled(self) -> bool:
        """Say whether both sides should agree by now."""
        return self.state not in UNSETTLED and not self.is_under_way


@dataclass(frozen=True, slots=True)
class Finding:
    """One drift; `ours` and `theirs` are what each side says, as codes or values, never sentences."""

    kind: DriftKind
    username: str
    subject: str | None = None
    account_id: UUID | None = None
    supplier_number: str | None = None
    ours: str = ""
    theirs: str = ""

    @property
    def key(self) -> str:
        """Name the drift, the same at every look: its kind and the person, else the account, else the supplier.

        One whose repair lets in is another than one whose repair shuts out, whoever asked for that.
        """
        way = ":in" if lets_in(self.kind, self.ours) else ""
        return f"{self.kind}:{self.subject or self.account_id or self.supplier_number}{way}"


def compare(person: Person, *, own: Known | None, marked: Known | None) -> list[Finding]:
    """Give what is wrong with a person: `own` has it as its subject, `marked` is the account its marker names.

    An account without a subject has not met its person yet: the one with its marker is it.
    """
    if own is None and marked is not None and marked.subject is None:
        own = marked
    if own is None:
        return _stranger(person, marked)
    if not own.is_settled:
        return []
    return list(_differences(person, own))


def missing(account: Known) -> Finding | None:
    """Give the drift of an account whose person nobody finds."""
    if account.state != AccountState.ACTIVE or account.is_under_way:
        return None
    return Finding(DriftKind.MISSING, account.username, account_id=account.id, ours=account.email)


def _stranger(person: Person, marked: Known | None) -> list[Finding]:
    if not person.is_enabled:
        return []
    if marked is not None:
        return [] if marked.is_under_way else [
            Finding(DriftKind.DOUBLE, person.username, person.subject, marked.id, ours=marked.username,
                    theirs=person.email)
        ]  # fmt: skip
    if SUPPLIERS_GROUP in person.groups:
        return [Finding(DriftKind.ORPHAN, person.username, person.subject, theirs=person.email)]
    return []


def _differences(person: Person, own: Known) -> Iterable[Finding]:
    def found(kind: DriftKind, ours: str, theirs: str) -> Finding:
        return Finding(kind, own.username, person.subject, own.id, ours=ours, theirs=theirs)

    if own.state in ENTITLED:
        if SUPPLIERS_GROUP not in person.groups:
            yield found(DriftKind.GROUP, SUPPLIERS_GROUP, ", ".join(sorted(person.groups)))
        if person.email.lower() != own.email.lower():
            yield found(DriftKind.EMAIL, own.email.lower(), person.email)
        if person.account_id != str(own.id) or sorted(person.supplier_ids) != sorted(own.suppliers):
            yield found(DriftKind.FOREIGN, *_attributes(person, own))
    if person.is_enabled != (own.state == AccountState.ACTIVE):
        yield found(DriftKind.DISABLED, own.state, ON if person.is_enabled else OFF)


def _attributes(person: Person, own: Known) -> tuple[str, str]:
    """Name what differs; a marker is told only when it is the one that does."""
    ours, theirs = sorted(own.suppliers), sorted(person.supplier_ids)
    if person.account_id == str(own.id):
        return ", ".join(ours), ", ".join(theirs)
    return ", ".join([str(own.id), *ours]), ", ".join([person.account_id or "-", *theirs])
