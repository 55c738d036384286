"""What is asked of Keycloak about accounts by the clock: who has set a password."""

from service.accounts.port import RefusedError, UnavailableError
from service.accounts.provisioning import has_own_password
from service.accounts.watching import list_watched, note_checked
from service.worker.bench import Bench


def watch_access(bench: Bench) -> None:
    """See who has set a password since; the next period's job asks on where Keycloak was away in this one."""
    with bench.transaction() as session:
        watched = list_watched(session)
    for one in watched:
        bench.guard(bench.settings.keycloak_timeout_seconds * 3)  # two questions, a token before them
        try:
            has_password = has_own_password(bench.provider, one.subject)
        except UnavailableError:
            break
        except RefusedError:  # gone at Keycloak, or not ours any more: the others have their turn
            has_password = False
        with bench.checkpoint(advance=False) as session:
            note_checked(session, one.account_id, has_password=has_password)
    with bench.completion():
        pass
