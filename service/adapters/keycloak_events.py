"""Keycloak's user events read as what they mean for an access; which ones it writes was seen on 26.7.4.

Opening the link of an access mail leaves no event, neither page of it does. A link that works shows itself when the
password is set: `UPDATE_PASSWORD` (and `UPDATE_CREDENTIAL`, a few ms later) with the redirect address of the access
mail, so it was opened at the latest then. One that has expired or was used leaves `EXECUTE_ACTION_TOKEN_ERROR` or
`EXECUTE_ACTIONS_ERROR` with the person. The types without `_ERROR` are asked for in case a later version writes them.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from service.accounts.port import AccessEvent, EventPage, Happening, UnavailableError

AT_ONCE = 500
OPENED = ("EXECUTE_ACTIONS", "EXECUTE_ACTION_TOKEN")
DEAD = ("EXECUTE_ACTIONS_ERROR", "EXECUTE_ACTION_TOKEN_ERROR")
CREDENTIAL = ("UPDATE_PASSWORD", "UPDATE_CREDENTIAL")
LOGIN = "LOGIN"
QUERY: Mapping[str, Any] = {"type": [*OPENED, *DEAD, *CREDENTIAL, LOGIN], "direction": "asc", "max": AT_ONCE}


def moment(at: datetime) -> str:
    """Give an instant as Keycloak takes it: milliseconds."""
    return str(int(at.timestamp() * 1000))


def page_of(found: Sequence[Mapping[str, Any]], *, client_id: str, link_target: str) -> EventPage:
    """Read a page as it came; `link_target` is where the access mail's link leads to in the end.

    Raises UnavailableError when it is none.
    """
    try:
        told = [one for raw in found for one in _read(raw, client_id, link_target)]
    except (KeyError, TypeError, ValueError) as error:
        raise UnavailableError("Keycloak ha dato una risposta che non si capisce") from error
    return EventPage(tuple(told), size=len(found), is_last=len(found) < AT_ONCE)


def _read(raw: Mapping[str, Any], client_id: str, link_target: str) -> Iterator[AccessEvent]:
    """Give what one event means: nothing when it is about nobody, no password, or a sign-in elsewhere."""
    subject, details, kind = raw.get("userId"), raw.get("details") or {}, raw["type"]
    at = datetime.fromtimestamp(int(raw["time"]) / 1000, UTC)
    if not subject:
        return
    if kind in CREDENTIAL and details.get("credential_type", "password") == "password":
        if details.get("redirect_uri") == link_target:
            yield AccessEvent(str(subject), Happening.LINK_OPENED, at)
        yield AccessEvent(str(subject), Happening.PASSWORD_SET, at)
    elif kind in OPENED:
        yield AccessEvent(str(subject), Happening.LINK_OPENED, at)
    elif kind in DEAD and details.get("action", "execute-actions") == "execute-actions":
        yield AccessEvent(str(subject), Happening.DEAD_LINK, at)
    elif kind == LOGIN and raw.get("clientId") == client_id:
        yield AccessEvent(str(subject), Happening.SIGNED_IN, at)
