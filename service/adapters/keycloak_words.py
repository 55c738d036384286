"""What Keycloak says when it refuses, in sentences of our own: nothing of its text passes."""

import json
from collections.abc import Mapping
from typing import Any

_CALL_SUPPORT = "va avvisato il supporto tecnico"
_FIELDS = {
    "email": "l'indirizzo e-mail",
    "firstName": "il nome",
    "lastName": "il cognome",
    "username": "il nome utente",
}
# By the beginning of what Keycloak says, the first that fits: what staff should do. {field} is one of the above.
_REASONS = {
    "error-invalid-email": "Keycloak rifiuta l'indirizzo e-mail: va corretto con il fornitore",
    "error-non-ascii-local-part-email": "Keycloak rifiuta l'indirizzo e-mail: va corretto con il fornitore",
    "error-user-attribute-required": "Per Keycloak manca {field}: va chiesto al fornitore",
    "error-username-": "Keycloak rifiuta il nome utente: va cambiato",
    "error-person-name-": "Keycloak rifiuta il nome o il cognome del referente: va corretto con il fornitore",
    "error-invalid-length": "Per Keycloak {field} è troppo lungo o troppo corto: va corretto con il fornitore",
    "error-user-attribute-read-only": f"Keycloak non lascia scrivere {{field}}: {_CALL_SUPPORT}",
    "error-": "Keycloak rifiuta {field}: va corretto con il fornitore",
    "invalidPassword": f"Keycloak rifiuta la password temporanea: {_CALL_SUPPORT}",
    "User is disabled": "L'utenza è disabilitata a Keycloak: va riattivata prima di mandare l'e-mail",
    "User email missing": "L'utenza non ha un indirizzo e-mail a Keycloak: va aggiunto",
    "Invalid redirect uri": f"Keycloak non riconosce l'indirizzo del portale: {_CALL_SUPPORT}",
}
# Answered with a 400 when something inside it did not work, its database most of all: nobody's fault, tried again.
# One that says nothing comes from before Keycloak, which always says what it refuses.
_OWN_TROUBLE = ("unknown_error", "Could not create user", "Could not update user")


def is_own_trouble(said: Mapping[str, Any]) -> bool:
    """Say whether a 400 tells of Keycloak's own trouble and not of what it was asked for."""
    key = first_of(said, "errorMessage", "error")
    return not key or key.startswith(_OWN_TROUBLE)


def reason_for(said: Mapping[str, Any]) -> str:
    """Find our own sentence for what Keycloak said; nothing of its text passes."""
    key = first_of(said, "errorMessage", "error")
    found = next((reason for begin, reason in _REASONS.items() if key.startswith(begin)), "")
    return found.format(field=_FIELDS.get(first_of(said, "field"), "un dato dell'utenza"))


def said_in(body: bytes | str | None) -> Mapping[str, Any]:
    """Read Keycloak's error, the first one of several."""
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return {}
    if isinstance(found, Mapping) and isinstance(found.get("errors"), list) and found["errors"]:
        found = found["errors"][0]
    return found if isinstance(found, Mapping) else {}


def first_of(said: Mapping[str, Any], *names: str) -> str:
    """Give the first of these that is a text, cut short; empty when none is."""
    return next((said[name][:200] for name in names if isinstance(said.get(name), str)), "")
