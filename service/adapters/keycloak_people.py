"""`Directory` on a real Keycloak: `KeycloakProvider`, and the reconciliation's own reading and putting right.

The reading asks through the observer alone, a page a request (keycloak.md section 4): the provisioner, confined to the
group, sees no stranger, and its searches cost the whole group each.
"""

from collections.abc import Mapping
from typing import Any

from service.accounts.port import SUPPLIERS_GROUP, Person, RefusedError, UnavailableError
from service.adapters.keycloak import KeycloakProvider, _dict, _list


class KeycloakPeople(KeycloakProvider):
    """Everybody at Keycloak, page by page; and what the portal writes again on a person of the suppliers."""

    _group: str | None = None

    def list_members(self, *, first: int, most: int) -> list[str]:
        """Read a page of the group's people, their ids only; safe to repeat. About 0.3 s for 500."""
        if self._group is None:
            found = _dict(self._read(f"/group-by-path{SUPPLIERS_GROUP}", refused="Manca il gruppo"))
            self._group = str(found["id"])
        query = {"first": first, "max": most, "briefRepresentation": "true"}
        try:
            page = self._read(f"/groups/{self._group}/members", query)
        except RefusedError:  # another realm was put in its place: the group has another id
            self._group = None
            raise
        return [str(one["id"]) for one in _list(page)]

    def list_people(self, *, first: int, most: int) -> list[Person]:
        """Read a page of everybody, by user name; safe to repeat. About 1.3 s for 500, without their groups."""
        query = {"first": first, "max": most, "briefRepresentation": "false"}
        return [_seen(one) for one in _list(self._read("/users", query))]


def _seen(found: Mapping[str, Any]) -> Person:
    """Read one of a page: a person may lack address and attributes, but not what it is known by."""
    attributes = found.get("attributes") or {}
    try:
        subject, username = str(found["id"]), str(found["username"])
    except KeyError as error:
        raise UnavailableError("Keycloak ha dato una risposta che non si capisce") from error
    return Person(
        subject=subject,
        username=username,
        email=str(found.get("email", "")),
        is_enabled=bool(found.get("enabled")),
        account_id=next(iter(attributes.get("proactive_account_id") or ()), None),
        supplier_ids=tuple(attributes.get("supplier_id") or ()),
    )
