"""What is asked of Keycloak about accounts: by the clock who has set a password, and that a revoked one is shut out."""

from uuid import UUID

from service.access import sessions
from service.access.principal import SYSTEM
from service.access.sessions import end_by_subject
from service.accounts.port import RefusedError, UnavailableError
from service.accounts.provisioning import has_own_password, shut_out, wanted_person
from service.accounts.repository import get_account
from service.accounts.states import AccountState
from service.accounts.watching import list_watched, note_checked
from service.audit.trail import record
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


def disable(bench: Bench) -> None:
    """Shut a revoked account out: here at once, at Keycloak by switching it off and ending its sessions."""
    account_id = UUID(bench.job.args["account_id"])
    with bench.checkpoint(advance=False) as session:
        wanted = wanted_person(session, account_id, AccountState.REVOKED)
        subject = get_account(session, account_id).subject if wanted else None
        if subject:
            end_by_subject(session, subject)
    if wanted is None:
        bench.cancel("L'utenza non è più da disattivare")
        return
    bench.guard(bench.settings.keycloak_timeout_seconds * 6)  # at most five calls, a token before them
    found = shut_out(bench.provider, wanted, subject)
    with bench.completion() as session:
        if found:
            end_by_subject(session, found)  # somebody may have signed in meanwhile
            record(session, "account.disabled", account_id, by=SYSTEM)


def refresh_sessions(bench: Bench) -> None:
    """Read the roles of everyone with a live staff session again; gone or disabled people's sessions end.

    Keycloak away: the known roles stand, and the next period's job asks again, so this one is not tried again.
    """
    with bench.transaction() as session:
        subjects = sessions.list_live_staff(session)
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
