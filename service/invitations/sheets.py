"""Inviting many companies from a spreadsheet: what would happen, row by row, and then doing it, row by row."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from service.access.limits import lock
from service.access.permissions import require
from service.access.principal import Principal, known_roles
from service.audit.trail import record
from service.clock import utc_now
from service.config import Settings
from service.errors import ConflictError, DomainError, NotFoundError
from service.invitations.actions import invite
from service.invitations.barring import MET, BarredError, note_barred
from service.invitations.invitee import Invitee, read_invitee
from service.invitations.models import Invitation, InvitationRow, InvitationSheet
from service.invitations.spreadsheet import SheetRow
from service.invitations.states import InvitationState, RowState, SheetState
from service.jobs.queue import enqueue
from service.locales import N_, gettext

OPEN = (InvitationState.CREATED, InvitationState.SENT, InvitationState.OPENED)
KEPT = timedelta(days=30)
TWICE = N_("Lo stesso indirizzo è già in una riga sopra.")
INVITED = N_("Per questo indirizzo c’è già un invito aperto.")


def show_sheet(session: Session, rows: Sequence[SheetRow], *, name: str, by: Principal) -> InvitationSheet:
    """Keep a spreadsheet with what would become of each row; nobody is invited yet."""
    require(by, "invitation:manage")
    sheet = InvitationSheet(
        name=name, made_at=utc_now(), made_by_subject=by.subject, made_by_name=by.name, roles=sorted(by.roles)
    )
    session.add(sheet)
    session.flush()
    seen: set[str] = set()
    for row in rows:
        session.add(_looked_at(session, sheet, row, seen))
    session.flush()
    return sheet


def confirm_sheet(session: Session, sheet_id: UUID, *, by: Principal) -> InvitationSheet:
    """Have the job invite the companies that can be; pressed twice it happens once.

    Leaves `invitation_sheet.confirmed`. Raises: NotFoundError, ConflictError when no row can be invited.
    """
    require(by, "invitation:manage")
    sheet = get_own_sheet(session, sheet_id, by=by, lock=True)
    if sheet.state != SheetState.SHOWN:
        return sheet
    if not count_rows(session, sheet_id).get(RowState.WAITING):
        raise ConflictError(gettext("Nessuna riga si può invitare: correggi il foglio e caricalo di nuovo."))
    sheet.state, sheet.roles = SheetState.RUNNING, sorted(by.roles)
    record(session, "invitation_sheet.confirmed", sheet.id, by=by, rows=count_rows(session, sheet_id)[RowState.WAITING])
    enqueue(session, "invitations.send_sheet", f"invitations.send_sheet:{sheet.id}", {"sheet_id": str(sheet.id)})
    return sheet


def list_waiting_rows(session: Session, sheet_id: UUID) -> list[int]:
    """Give the lines that are still to be invited."""
    query = select(InvitationRow.line).where(
        InvitationRow.sheet_id == sheet_id, InvitationRow.state == RowState.WAITING
    )
    return list(session.scalars(query.order_by(InvitationRow.line)))


def invite_row(session: Session, sheet_id: UUID, line: int, *, settings: Settings, live: Iterable[str] | None) -> None:
    """Invite the company of one row, as the person who has confirmed; one that cannot be any more is refused.

    With the roles of then that are `live` still; None: of nobody.
    """
    row = session.get(InvitationRow, (sheet_id, line), with_for_update=True, populate_existing=True)
    sheet = session.get(InvitationSheet, sheet_id)
    if row is None or sheet is None or row.state != RowState.WAITING:
        return
    by = Principal(sheet.made_by_subject, sheet.made_by_name, known_roles(sheet.roles) & known_roles(tuple(live or ())))
    invitee = Invitee(**{**row.values, "leaves": tuple(row.values["leaves"])})
    lock(session, MET, by.subject)  # beside the savepoint: what is taken back inside lets its locks go
    try:
        with session.begin_nested():
            made = invite(session, invitee, by=by, settings=settings)
    except DomainError as error:
        row.state, row.message = RowState.REFUSED, error.detail or gettext(error.title)
        if isinstance(error, BarredError):
            note_barred(session, by=by)
    else:
        row.state, row.invitation_id = RowState.DONE, made.id


def end_sheet(session: Session, sheet_id: UUID) -> None:
    """Note that all rows had their turn."""
    sheet = session.get(InvitationSheet, sheet_id)
    if sheet is not None:
        sheet.state, sheet.ended_at = SheetState.DONE, utc_now()


def get_own_sheet(session: Session, sheet_id: UUID, *, by: Principal, lock: bool = False) -> InvitationSheet:
    """Read a spreadsheet of one's own. Raises NotFoundError."""
    query = select(InvitationSheet).where(InvitationSheet.id == sheet_id, InvitationSheet.made_by_subject == by.subject)
    sheet = session.scalar(query.with_for_update() if lock else query)
    if sheet is None:
        raise NotFoundError
    return sheet


def list_rows(session: Session, sheet_id: UUID) -> list[InvitationRow]:
    """Give all rows, in the order of the spreadsheet."""
    query = select(InvitationRow).where(InvitationRow.sheet_id == sheet_id).order_by(InvitationRow.line)
    return list(session.scalars(query))


def count_rows(session: Session, sheet_id: UUID) -> dict[RowState, int]:
    """Count the rows by what became of them."""
    query = select(InvitationRow.state, func.count()).where(InvitationRow.sheet_id == sheet_id)
    return {row[0]: row[1] for row in session.execute(query.group_by(InvitationRow.state))}


def forget_sheets(session: Session) -> None:
    """Drop spreadsheets after 30 days: what came of them are the invitations."""
    session.execute(delete(InvitationSheet).where(InvitationSheet.made_at < utc_now() - KEPT))


def _looked_at(session: Session, sheet: InvitationSheet, row: SheetRow, seen: set[str]) -> InvitationRow:
    invitee, errors = read_invitee(row.values, row.leaves)
    problem = " ".join(message for found in errors.values() for message in found)
    if invitee is not None:
        address = invitee.email.lower()
        problem = gettext(TWICE) if address in seen else _collision(session, address)
        seen.add(address)
    values = asdict(invitee) if invitee else {**row.values, "leaves": list(row.leaves)}
    state = RowState.WRONG if problem else RowState.WAITING
    return InvitationRow(sheet_id=sheet.id, line=row.line, state=state, values=values, message=problem)


def _collision(session: Session, address: str) -> str:
    query = select(Invitation.id).where(func.lower(Invitation.email) == address, Invitation.state.in_(OPEN))
    return gettext(INVITED) if session.scalar(query.limit(1)) else ""
