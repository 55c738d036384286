"""What time does to invitations, and the spreadsheets of companies to invite."""

from uuid import UUID

from service.invitations import actions, sheets
from service.invitations.models import InvitationSheet
from service.worker.bench import Bench
from service.worker.each import each
from service.worker.live import live_roles


def expire(bench: Bench) -> None:
    """End the invitations whose date has passed."""
    with bench.completion() as session:
        actions.expire_invitations(session)


def remind(bench: Bench) -> None:
    """Remind those whose invitation ends soon."""
    with bench.completion() as session:
        actions.remind_invitations(session, settings=bench.settings)


def send_sheet(bench: Bench) -> None:
    """Invite the companies of a confirmed spreadsheet, each in a transaction of its own; begun again it goes on."""
    sheet_id = UUID(bench.job.args["sheet_id"])
    with bench.transaction() as session:
        sheet, lines = session.get_one(InvitationSheet, sheet_id), sheets.list_waiting_rows(session, sheet_id)
    live = live_roles(bench, sheet.made_by_subject, sheet.roles, since=bench.job.created_at)
    each(
        bench, lines,
        lambda session, line: sheets.invite_row(session, sheet_id, line, settings=bench.settings, live=live),
        event="invitation.row_failed", at_end=lambda session: sheets.end_sheet(session, sheet_id),
    )  # fmt: skip
