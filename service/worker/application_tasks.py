"""What time does to applications, and the links that people ask for: jobs around single actions."""

from service.applications import actions
from service.audit.retention import erase_due
from service.clock import local_date
from service.invitations.purging import list_all_due
from service.worker.bench import Bench
from service.worker.each import each

# each in a transaction of its own: one that fails holds up no other
ENDINGS = (actions.expire_drafts, actions.expire_requests)
REMINDERS = (actions.remind_drafts, actions.remind_requests, actions.tell_late)


def expire(bench: Bench) -> None:
    """Erase the drafts and end the corrections whose promised time has passed."""
    settings = bench.settings
    each(bench, ENDINGS, lambda session, act: act(session, settings=settings), event="application.expiry_failed")


def expire_reviews(bench: Bench) -> None:
    """Give back to the queue what was taken and not worked on."""
    with bench.completion() as session:
        actions.expire_reviews(session, settings=bench.settings)


def remind(bench: Bench) -> None:
    """Tell applicants what is about to end, and staff what is late."""
    settings = bench.settings
    each(bench, REMINDERS, lambda session, act: act(session, settings=settings), event="application.reminder_failed")


def purge(bench: Bench) -> None:
    """Erase what is no longer kept, one thing after the other."""
    settings, today = bench.settings, local_date()
    with bench.transaction() as session:
        found = list_all_due(session, settings=settings, until=today)
    each(
        bench, found, lambda session, due: erase_due(session, due, settings=settings, today=today),
        event="personal_data.purge_failed",
    )  # fmt: skip
