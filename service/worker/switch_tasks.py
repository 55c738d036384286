"""Letting a person in at Keycloak and shutting it out: one task for `account.enable` and `account.disable`."""

from uuid import UUID

from service.accounts.provisioning import shut_out
from service.accounts.switching import Switch, let_in, note_switched, read_switch
from service.crash import crash_point
from service.worker.bench import Bench


def switch(bench: Bench) -> None:
    """Bring Keycloak to what the account's row wants now, whatever this job was first asked for.

    Safe to repeat, also after a crash between the two calls: switched off, and then its sessions ended everywhere.
    """
    account_id = UUID(bench.job.args["account_id"])
    with bench.checkpoint(advance=False) as session:
        wanted = read_switch(session, account_id)
    if wanted is None:
        bench.cancel("L'utenza non è più da attivare o disattivare")
        return
    bench.guard(bench.settings.keycloak_timeout_seconds * 4)  # to find the person: three calls, a token before them
    crash_point("switch.before_effect")
    subject = _apply(bench, wanted)
    crash_point("switch.after_effect")
    with bench.completion() as session:
        note_switched(session, account_id, was_on=wanted.is_on, subject=subject)
    crash_point("switch.after_checkpoint")


def _apply(bench: Bench, wanted: Switch) -> str | None:
    def before_write() -> None:
        bench.guard(bench.settings.keycloak_timeout_seconds * 2)  # a token may have to be had first

    if wanted.is_on:
        let_in(bench.provider, wanted.subject, before_write=before_write)
        return wanted.subject
    return shut_out(bench.provider, wanted.person, wanted.subject, before_write=before_write)
