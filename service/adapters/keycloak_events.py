"""Keycloak's user events read as what they mean for an access; which ones it writes was seen on 26.7.4."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from service.accounts.port import AccessEvent, EventPage, Happening, UnavailableError

AT_ONCE = 500
MEANINGS = {
    "EXECUTE_ACTIONS": Happening.LINK_OPENED,
    "EXECUTE_ACTION_TOKEN": Happening.LINK_OPENED,
    "UPDATE_PASSWORD": Happening.PASSWORD_SET,
    "UPDATE_CREDENTIAL": Happening.PASSWORD_SET,
    "LOGIN": Happening.SIGNED_IN,
}
QUERY: Mapping[str, Any] = {"type": list(MEANINGS), "direction": "asc", "max": AT_ONCE}


def moment(at: datetime) -> str:
    """Give an instant as Keycloak takes it: milliseconds."""
    return str(int(at.timestamp() * 1000))


def page_of(found: Sequence[Mapping[str, Any]]) -> EventPage:
    """Read a page as it came. Raises UnavailableError when it is none."""
    try:
        told = [_event(one) for one in found]
    except (KeyError, TypeError, ValueError) as error:
        raise UnavailableError("Keycloak ha dato una risposta che non si capisce") from error
    return EventPage(tuple(one for one in told if one), size=len(found), is_last=len(found) < AT_ONCE)


def _event(found: Mapping[str, Any]) -> AccessEvent | None:
    """Read one; None for what is no password, and for what is about nobody."""
    subject, details = found.get("userId"), found.get("details") or {}
    if not subject or (found["type"] == "UPDATE_CREDENTIAL" and details.get("credential_type") != "password"):
        return None
    at = datetime.fromtimestamp(int(found["time"]) / 1000, UTC)
    return AccessEvent(str(subject), MEANINGS[found["type"]], at)
