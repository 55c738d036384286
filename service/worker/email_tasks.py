"""A confirmed login address on its way to Keycloak."""

from uuid import UUID

from service.accounts.email_changing import AddressTakenError, apply_email_change, read_confirmed, refuse_email_change
from service.accounts.port import PersonExistsError
from service.crash import crash_point
from service.worker.bench import Bench


def change_email(bench: Bench) -> None:
    """Set the address at Keycloak, end the sessions there, then write it here; safe to repeat as a whole.

    An address that somebody has there, perhaps staff, ends the wish: nothing has changed and nothing is adopted. So
    does one that another account has here by then, once Keycloak has the old one again.
    """
    change_id = UUID(bench.job.args["change_id"])
    with bench.transaction() as session:
        wanted = read_confirmed(session, change_id)
    if wanted is None:
        bench.cancel("L'indirizzo non è più da cambiare")
        return
    bench.guard(bench.settings.keycloak_timeout_seconds * 3)  # two calls, a token before them
    crash_point("email.before_effect")
    try:
        bench.provider.set_email(wanted.subject, wanted.new_email)
    except PersonExistsError:
        with bench.completion() as session:
            refuse_email_change(session, change_id)
        return
    crash_point("email.changed")
    bench.provider.end_sessions(wanted.subject)
    crash_point("email.after_effect")
    try:
        with bench.completion() as session:
            apply_email_change(session, change_id)
    except AddressTakenError as error:
        bench.guard(bench.settings.keycloak_timeout_seconds * 2)
        bench.provider.set_email(wanted.subject, wanted.old_email)
        with bench.completion() as session:
            refuse_email_change(session, change_id, reason=error.detail)
    crash_point("email.after_checkpoint")
