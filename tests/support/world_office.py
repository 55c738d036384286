"""What an office has under way in the world: views, exports, acts on many, spreadsheets, edited texts."""

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.principal import Principal, Role
from service.administration.actions import edit
from service.administration.kinds import KINDS
from service.administration.repository import find_current
from service.administration.states import EditionKind
from service.applications.bulk.acts import Act
from service.applications.bulk.batches import confirm
from service.applications.bulk.choosing import Chosen
from service.applications.bulk.models import BulkBatch, BulkRow
from service.applications.bulk.states import BatchState, BulkAction, RowState
from service.applications.desk.views import save_view
from service.applications.exporting.models import Export
from service.applications.exporting.states import ExportFormat, ExportState
from service.applications.models import Application
from service.applications.states import State
from service.clock import utc_now
from service.database import database_now
from service.invitations.sheets import list_rows, show_sheet
from service.invitations.spreadsheet import SheetRow
from service.invitations.states import RowState as InvitationRowState
from service.invitations.states import SheetState

if TYPE_CHECKING:
    from tests.support.world import World

ANNA = Principal("anna", "Anna Bassi", frozenset({Role.REVIEWER}))
MARCO = Principal("marco", "Marco Riva", frozenset({Role.APPROVER}))
GIULIA = Principal("giulia", "Giulia Conti", frozenset({Role.ADMIN}))
FASTER = "Nel frattempo Marco Riva l’ha presa in carico, alle 09:12. Nulla è cambiato."


def add_office(session: Session, world: "World") -> None:
    """Leave something of each under way."""
    _views(session, world)
    _exports(session, world)
    _batches(session, world)
    _sheets(session, world)
    _editions(session)


def _views(session: Session, world: "World") -> None:
    for name, query in (("In ritardo", "segnale=late"), ("Opere civili in Lombardia", "voce=L01&provincia=MI&stato=")):
        view = save_view(session, name, query, by=ANNA)
        session.flush()
        world.paths["view"] = f"/gestione/richieste/viste/{view.id}"


def _exports(session: Session, world: "World") -> None:
    for name, state, done, size in (
        ("running", ExportState.RUNNING, 12_400, 0), ("ready", ExportState.READY, 41_250, 6_400_000),
    ):  # fmt: skip
        export = Export(
            state=state, format=ExportFormat.XLSX, filter={"query": "stato=&categoria=SC"}, asked_at=utc_now(),
            asked_by_subject=ANNA.subject, asked_by_name=ANNA.name, rows_done=done, rows_total=41_250,
            bytes=size, expires_at=utc_now() + timedelta(hours=20),
            file="export/prova" if state == ExportState.READY else None,
        )  # fmt: skip
        session.add(export)
        session.flush()
        world.paths[f"export-{name}"] = f"/gestione/esportazioni/{export.id}"


def _batches(session: Session, world: "World") -> None:
    """Confirm three acts on the same applications: one waits, one is half done, one is over."""
    sent = select(Application).where(Application.state == State.SUBMITTED, Application.hold.is_(None))
    found = session.scalars(sent.order_by(Application.sequence).limit(4)).all()
    chosen = [Chosen(str(one.number), one.version) for one in found]
    for name, state, done in (("waiting", BatchState.WAITING, 0), ("running", BatchState.RUNNING, 2),
                              ("over", BatchState.DONE, 4)):  # fmt: skip
        batch = confirm(session, Act(BulkAction.TAKE, ANNA, world.settings), chosen, key=f"prova-{name}")
        session.flush()
        batch.state, batch.starts_at = state, database_now(session) + timedelta(days=1)
        batch.ended_at = utc_now() if state == BatchState.DONE else None
        _work_off(session, batch, done)
        world.paths[f"batch-{name}"] = f"/gestione/azioni/{batch.id}"


def _work_off(session: Session, batch: BulkBatch, done: int) -> None:
    rows = session.scalars(select(BulkRow).where(BulkRow.batch_id == batch.id).order_by(BulkRow.position)).all()
    for number, row in enumerate(rows[:done]):
        row.state, row.message = (RowState.REFUSED, FASTER) if number == 1 else (RowState.DONE, "")
        row.done_at = utc_now()


def _sheets(session: Session, world: "World") -> None:
    companies = ("Ferrari & Figli S.r.l.", "Bianchi Ponteggi S.r.l.", "")
    rows = [SheetRow(line, {"company_name": name, "email": f"gare{line}@example.com"}, ())
            for line, name in enumerate(companies, 2)]  # fmt: skip
    sheet = show_sheet(session, rows, name="imprese-cantiere-di-piacenza.xlsx", by=ANNA)
    sheet.state = SheetState.RUNNING
    list_rows(session, sheet.id)[0].state = InvitationRowState.DONE
    world.paths["sheet-running"] = f"/gestione/inviti/da-foglio/{sheet.id}"


def _editions(session: Session) -> None:
    """Change a reason twice, a promised time and a letter once."""
    reason = KINDS[EditionKind.REASON].default("R05")
    assert reason is not None
    for text in ("Risultano irregolarità contributive o fiscali", "Il DURC o il DURF risulta irregolare"):
        _edit(session, EditionKind.REASON, "R05", {**reason, "text_it": text}, why="Più chiaro per chi legge.")
    _edit(session, EditionKind.TIME, "information_days", {"value": 20}, why="Chiesto dall’ufficio acquisti.")


def _edit(session: Session, kind: EditionKind, key: str, value: dict[str, object], *, why: str) -> None:
    current = find_current(session, kind, key)
    edit(session, kind, key, value, version=current.version if current else 0, by=GIULIA, why=why)
