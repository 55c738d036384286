"""What ends when accounts are shut out: live sessions here, those at Keycloak, the other applications among them.

The one place where a page asks Keycloak itself (ADR 0023): it reads only, waits briefly, and says so when it got no
answer. Nothing is decided by what it says.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request
from sqlalchemy.orm import Session

from service.access.sessions import count_by_subject
from service.accounts.models import Account
from service.accounts.port import IdentityProviderError, LiveSession, SessionReader
from service.locales import gettext, ngettext

OWN_CLIENT = "proactive-web"
SECONDS = 3.0  # for all accounts of a page; one question waits 2 at most


@dataclass(frozen=True, slots=True)
class Cut:
    """What ends with some accounts; `there` is None when Keycloak could not be asked about all of them."""

    here: int
    there: int | None
    apps: tuple[str, ...]


def what_is_cut(request: Request, session: Session, accounts: Sequence[Account]) -> Cut:
    """Count the sessions of these people here, and ask Keycloak for its own."""
    subjects = [one.subject for one in accounts if one.subject]
    here = sum(count_by_subject(session, one) for one in subjects)
    found = _ask(request.app.state.session_reader, subjects)
    apps = {client for one in found or () for client in one.clients} - {OWN_CLIENT}
    return Cut(here, None if found is None else len(found), tuple(sorted(apps)))


def cut_words(cut: Cut) -> list[str]:
    """Say it, for the list of effects before the confirmation."""
    if not cut.here:
        return [gettext("Nessuna sessione aperta nel portale."), *_there(cut)]
    here = ngettext(
        "%(num)s sessione aperta nel portale si chiude.",
        "%(num)s sessioni aperte nel portale si chiudono.",
        cut.here,
    )
    return [here, *_there(cut)]


def _there(cut: Cut) -> list[str]:
    if cut.there is None:
        return [gettext("In questo momento Keycloak non risponde: non sappiamo quali sessioni ha aperte. Le chiude "
                        "l’attività in sottofondo, appena risponde.")]  # fmt: skip
    if not cut.there:
        return [gettext("Nessuna sessione aperta a Keycloak.")]
    said = [
        ngettext("%(num)s sessione aperta a Keycloak si chiude.", "%(num)s sessioni aperte a Keycloak si chiudono.",
                 cut.there)
    ]  # fmt: skip
    if cut.apps:
        said.append(gettext("Si chiudono anche le altre applicazioni ICRI: %(apps)s.", apps=", ".join(cut.apps)))
    return said


def _ask(reader: SessionReader, subjects: Sequence[str]) -> list[LiveSession] | None:
    until, found = time.monotonic() + SECONDS, list[LiveSession]()
    for subject in subjects:
        if time.monotonic() >= until:
            return None
        try:
            found += reader.list_sessions(subject)
        except IdentityProviderError:
            return None
    return found
