"""Somebody at Keycloak has the name or address an account wants: who that is, and what an admin may do about it.

Nobody is adopted silently: a job stops and leaves what it has seen, an admin confirms (`linking`), and the same job
looks at all of it again before it writes.
"""

from collections.abc import Callable
from dataclasses import dataclass

from service.access.principal import STAFF_ROLES, known_roles
from service.accounts.port import NOT_IN_GROUP, SUPPLIERS_GROUP, IdentityProvider, NewPerson, Person, RefusedError
from service.locales import N_

IS_STAFF = N_("L’utenza a Keycloak è di personale ICRI: non si collega a un fornitore.")
IS_TAKEN = N_("L’utenza a Keycloak appartiene già a un’altra utenza del portale.")
IS_DISABLED = N_("L’utenza a Keycloak è disabilitata: prima la riattivano gli amministratori di Keycloak di ICRI.")
OTHER_ADDRESS = N_("L’utenza a Keycloak ha un altro indirizzo e-mail: non è la stessa persona.")


@dataclass(frozen=True, slots=True)
class Stranger:
    """A person at Keycloak who is not ours; of a disabled one nobody can say that it is no staff."""

    person: Person
    is_staff: bool


class StrangerError(RefusedError):
    """The user name or the address is somebody else's; `stranger` is None when nobody can be seen there."""

    def __init__(self, stranger: Stranger | None, wanted: NewPerson) -> None:
        super().__init__(
            f"A Keycloak esiste già un'utenza non nostra con il nome {wanted.username} o con questo indirizzo"
        )
        self.stranger = stranger


def find_stranger(provider: IdentityProvider, wanted: NewPerson) -> Stranger | None:
    """Look for who has the address, else the name: by the address a person is recognised. Raises UnavailableError."""
    found = provider.find_by_email(wanted.email) or provider.find_by_username(wanted.username)
    return _look_at(provider, found) if found else None


def take_over(
    provider: IdentityProvider, wanted: NewPerson, subject: str, *, before_write: Callable[[], None]
) -> Person:
    """Make a person ours that an admin has confirmed: our marker and its suppliers; gives it as it was found.

    All is looked at again. The group is not ours to give to somebody outside it: Keycloak lets the provisioner write
    on its members only. Safe to repeat. Raises: RefusedError with what is in the way; UnavailableError.
    """
    person = provider.find_person(subject)
    if person is None:
        raise RefusedError("L'utenza da collegare non esiste più a Keycloak")
    problem = obstacle(_look_at(provider, person), account_id=wanted.account_id, email=wanted.email)
    if problem or SUPPLIERS_GROUP not in person.groups:
        raise RefusedError(problem or NOT_IN_GROUP)
    before_write()
    provider.set_attributes(subject, account_id=wanted.account_id, supplier_ids=wanted.supplier_ids, email=wanted.email)
    return person


def obstacle(stranger: Stranger, *, account_id: str, email: str) -> str:
    """Say why somebody cannot be taken over by an account; empty when nothing is in the way. Source: keycloak.md 5."""
    person = stranger.person
    if stranger.is_staff:
        return IS_STAFF
    if person.account_id not in {None, account_id}:
        return IS_TAKEN
    if person.email.lower() != email.lower():
        return OTHER_ADDRESS
    return "" if person.is_enabled else IS_DISABLED


def _look_at(provider: IdentityProvider, person: Person) -> Stranger:
    return Stranger(person, is_staff=bool(known_roles(provider.find_roles(person.subject)) & STAFF_ROLES))
