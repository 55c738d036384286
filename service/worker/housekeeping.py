"""Dropping what no window, session or page needs any more."""

from datetime import timedelta

from sqlalchemy import select

from service.access import applicant_sessions, limits, sessions
from service.access.links import forget_links
from service.access.parking import purge_parked
from service.accounts.drift.actions import forget_drifts
from service.applications import actions as applications
from service.applications.bulk.batches import forget_batches
from service.applications.desk.presence import forget_presence
from service.applications.exporting.actions import forget_exports
from service.invitations import sheets
from service.jobs.queue import drop_done
from service.mail.models import forget_deliveries
from service.mail.stops import StoppedAddress
from service.worker.bench import Bench


def housekeep(bench: Bench) -> None:
    """Drop what no window, session or page needs any more."""
    with bench.completion() as session:
        limits.forget(session, older_than=timedelta(days=2))
        sessions.purge(session)
        purge_parked(session)
        applicant_sessions.purge_applicants(session)
        drop_done(session, days=90)
        forget_deliveries(session, days=90, keep=select(StoppedAddress.delivery_id))
        forget_links(session, days=90)
        applications.forget_old_requests(session, older_than=timedelta(days=1))
        sheets.forget_sheets(session)
        forget_presence(session)
        forget_exports(session)
        forget_batches(session)
        forget_drifts(session, days=90)
