"""What is asked of Keycloak about accounts by the clock: who has come in, and the roles of whoever is signed in."""

import structlog

from service.access import sessions
from service.accounts.happenings import note_events, read_since
from service.accounts.port import RefusedError, UnavailableError
from service.accounts.provisioning import has_own_password
from service.accounts.watching import list_watched, note_checked
from service.worker.bench import Bench

PAGES_AT_ONCE = 40
SIGNED_IN_AT_ONCE = 1000  # about half a minute of short questions; whom the lot leaves out may be in the next run
log = structlog.get_logger()


def watch_access(bench: Bench) -> None:
    """Read what people did to come in, for all at once; ask one by one where Keycloak does not tell it.

    The next period's job reads and asks on where Keycloak was away in this one. Safe to repeat.
    """
    try:
        is_told = _read_events(bench)
    except UnavailableError:
        with bench.completion():
            return
    _ask_one_by_one(bench, is_told=is_told)
    with bench.completion():
        pass


def _read_events(bench: Bench) -> bool:
    """Read page after page and note each; gives whether Keycloak tells events at all. Raises: UnavailableError."""
    with bench.transaction() as session:
        since = read_since(session)
    skip = 0
    for _ in range(PAGES_AT_ONCE):
        bench.guard(bench.settings.keycloak_timeout_seconds * 2)
        try:
            found = bench.provider.list_access_events(since, skip=skip)
        except RefusedError as error:  # the observer may not, or the server is older
            log.warning("access.events_refused", reason=error.reason)
            return False
        with bench.checkpoint(advance=False) as session:
            note_events(session, found.events)
        skip += found.size
        if found.is_last:
            break
    return True


def _ask_one_by_one(bench: Bench, *, is_told: bool) -> None:
    with bench.transaction() as session:
        watched = list_watched(session, is_told=is_told)
    for one in watched:
        bench.guard(bench.settings.keycloak_timeout_seconds * 3)  # two questions, a token before them
        try:
            has_password = has_own_password(bench.provider, one.subject)
        except UnavailableError:
            return
        except RefusedError:  # gone at Keycloak, or not ours any more: the others have their turn
            has_password = False
        with bench.checkpoint(advance=False) as session:
            note_checked(session, one.account_id, has_password=has_password)


def refresh_sessions(bench: Bench) -> None:
    """Read the roles of everyone with a live session again; gone or disabled people's sessions end.

    Keycloak away: the known roles stand, and the next period's job asks again, so this one is not tried again.
    """
    with bench.transaction() as session:
        subjects = sessions.list_live(session, most=SIGNED_IN_AT_ONCE)
    for subject in subjects:
        bench.guard(bench.settings.keycloak_timeout_seconds * 2)
        try:
            roles = bench.provider.find_roles(subject)
        except UnavailableError:
            break
        with bench.checkpoint(advance=False) as session:
            sessions.apply_roles(session, subject, roles)
    with bench.completion():
        pass
