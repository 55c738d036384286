"""Inviting from a spreadsheet, extending and reminding: what is shown first, what then happens, what never does."""

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
import xlsxwriter
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from service.access.links import LinkPurpose, find_alive
from service.access.principal import Principal, Role
from service.clock import utc_now
from service.config import Settings, load_settings
from service.database import transaction
from service.errors import ConflictError, ForbiddenError, NotFoundError
from service.invitations import actions, sheets
from service.invitations.invitee import Invitee, read_invitee
from service.invitations.models import Invitation, InvitationRow, InvitationSheet
from service.invitations.spreadsheet import MOST_ROWS, SheetError, read_sheet
from service.invitations.states import InvitationState, RowState, SheetState
from service.jobs.models import Job
from tests.support.environment import in_process_environment
from tests.support.staff_portal import AUDITOR as READER
from tests.support.staff_portal import MARCO, Portal, staff_portal

__all__ = ["staff_portal"]

ANNA = Principal("anna", "Anna Bassi", frozenset({Role.REVIEWER}))
OTHER = Principal("luca", "Luca Moro", frozenset({Role.REVIEWER}))
AUDITOR = Principal("paolo", "Paolo Neri", frozenset({Role.AUDITOR}))
SETTINGS = load_settings(in_process_environment("postgresql+psycopg://nobody@localhost/nothing"))
TITLES = ("Ragione sociale", "E-mail", "Nazione", "Codice fiscale", "Lingua", "Voci", "Messaggio")
GOOD = ("Ferrari & Figli S.r.l.", "ferrari@example.com", "", "", "", "", "")


def as_csv(folder: Path, rows: Sequence[Sequence[object]], *, encoding: str = "utf-8-sig") -> Path:
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows(rows)
    path = folder / "imprese.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def as_xlsx(folder: Path, rows: Sequence[Sequence[object]]) -> Path:
    path = folder / "imprese.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return path


def read(path: Path) -> list[tuple[str, str]]:
    return [(row.values["company_name"], row.values["email"]) for row in read_sheet(path, path.name, settings=SETTINGS)]


@pytest.mark.parametrize("made", [as_csv, as_xlsx])
def test_rows_are_read_from_csv_and_xlsx_alike(made: object, tmp_path: Path) -> None:
    assert callable(made)
    other = ("Żółw Sp. z o.o.", "zolw@example.com", "PL", "", "inglese", "L01; L06", "Buongiorno")
    path = made(tmp_path, [TITLES, GOOD, [""] * 7, other])
    rows = read_sheet(path, path.name, settings=SETTINGS)
    assert [row.line for row in rows] == [2, 4]
    assert rows[1].values["locale"] == "en"
    assert rows[1].values["country"] == "PL"
    assert rows[1].leaves == ("L01", "L06")


def test_csv_of_an_older_excel_is_read(tmp_path: Path) -> None:
    path = as_csv(tmp_path, [("società", "mail"), ("Caffè Però S.r.l.", "caffe@example.com")], encoding="cp1252")
    assert read(path) == [("Caffè Però S.r.l.", "caffe@example.com")]


def test_number_in_a_cell_keeps_its_digits(tmp_path: Path) -> None:
    path = as_xlsx(tmp_path, [TITLES, ("Rossi", "rossi@example.com", "IT", 12345670785, "", "", "")])
    assert read_sheet(path, path.name, settings=SETTINGS)[0].values["tax_code"] == "12345670785"


@pytest.mark.parametrize(
    ("rows", "words"),
    [([], "vuoto"), ([TITLES], "nessuna impresa"), ([("nome", "cognome"), ("a", "b")], "mancano le colonne"),
     ([TITLES, *[GOOD] * (MOST_ROWS + 1)], "al massimo")],
)  # fmt: skip
def test_sheet_that_cannot_be_worked_off_says_why(rows: Sequence[Sequence[object]], words: str, tmp_path: Path) -> None:
    with pytest.raises(SheetError, match=words):
        read(as_csv(tmp_path, rows))


def test_file_that_is_no_sheet_is_refused(tmp_path: Path) -> None:
    for name, content in (("a.xlsx", b"PK\x03\x04 not really"), ("a.csv", b"\x00\x01\x02"), ("a.xlsx", b"%PDF-1.7")):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(SheetError):
            read(path)


def test_archive_that_unfolds_to_much_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "bomba.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 40_000_000)
    assert path.stat().st_size < 1_000_000
    with pytest.raises(SheetError, match="troppo grande"):
        read(path)


def test_formula_is_a_value_and_never_run(tmp_path: Path) -> None:
    path = as_csv(tmp_path, [("ragione sociale", "e-mail"), ("=1+1", "rossi@example.com")])
    assert read(path) == [("=1+1", "rossi@example.com")]


@pytest.mark.parametrize(
    ("values", "leaves", "field"),
    [({"company_name": ""}, (), "company_name"), ({"company_name": "a" * 161}, (), "company_name"),
     ({"email": ""}, (), "email"), ({"email": "nessuno"}, (), "email"), ({"locale": "de"}, (), "locale"),
     ({"message": "a" * 501}, (), "message"), ({"country": "ZZ"}, (), "country"),
     ({"tax_code": "12345678901"}, (), "tax_code"), ({"tax_code": "BNCLRA85M55Y999Q"}, (), "tax_code"),
     ({}, ("ZZ9",), "leaves")],
)  # fmt: skip
def test_invitee_is_refused_at_the_field_that_is_wrong(
    values: dict[str, str], leaves: tuple[str, ...], field: str
) -> None:
    good = {"company_name": "Rossi", "email": "rossi@example.com"}
    invitee, errors = read_invitee({**good, **values}, leaves)
    assert invitee is None
    assert list(errors) == [field]


def shown(session: Session, folder: Path, rows: Sequence[Sequence[object]], by: Principal = ANNA) -> InvitationSheet:
    path = as_csv(folder, rows)
    return sheets.show_sheet(session, read_sheet(path, path.name, settings=SETTINGS), name=path.name, by=by)


def test_looking_at_a_sheet_invites_nobody(session: Session, tmp_path: Path) -> None:
    sheet = shown(session, tmp_path, [TITLES, GOOD, ("", "rossi@example.com", *[""] * 5), GOOD])
    states = [(row.state, row.message) for row in sheets.list_rows(session, sheet.id)]
    assert [state for state, _ in states] == [RowState.WAITING, RowState.WRONG, RowState.WRONG]
    assert "ragione sociale" in states[1][1]
    assert "riga sopra" in states[2][1]
    assert session.scalar(select(func.count()).select_from(Invitation)) == 0
    assert session.scalar(select(func.count()).select_from(Job)) == 0


def test_confirmed_sheet_invites_each_company_once(session: Session, settings: Settings, tmp_path: Path) -> None:
    sheet = shown(session, tmp_path, [TITLES, GOOD, ("Rossi S.p.A.", "rossi@example.com", *[""] * 5)])
    for _ in range(2):
        sheets.confirm_sheet(session, sheet.id, by=ANNA)
    assert session.scalar(select(func.count()).select_from(Job).where(Job.kind == "invitations.send_sheet")) == 1
    for line in [*sheets.list_waiting_rows(session, sheet.id), 2, 3]:
        sheets.invite_row(session, sheet.id, line, settings=settings, live=ANNA.roles)
    sheets.end_sheet(session, sheet.id)
    session.flush()
    assert sheet.state == SheetState.DONE
    found = session.scalars(select(Invitation).order_by(Invitation.email)).all()
    assert [(one.email, one.created_by_subject, one.state) for one in found] == [
        ("ferrari@example.com", "anna", InvitationState.SENT), ("rossi@example.com", "anna", InvitationState.SENT),
    ]  # fmt: skip


def test_address_invited_meanwhile_is_refused_and_the_others_go_on(
    session: Session, settings: Settings, tmp_path: Path
) -> None:
    sheet = shown(session, tmp_path, [TITLES, GOOD, ("Rossi S.p.A.", "rossi@example.com", *[""] * 5)])
    sheets.confirm_sheet(session, sheet.id, by=ANNA)
    actions.invite(session, Invitee("Ferrari", "FERRARI@example.com"), by=ANNA, settings=settings)
    for line in sheets.list_waiting_rows(session, sheet.id):
        sheets.invite_row(session, sheet.id, line, settings=settings, live=ANNA.roles)
    session.flush()
    assert sheets.count_rows(session, sheet.id) == {RowState.REFUSED: 1, RowState.DONE: 1}
    refused = session.scalars(select(InvitationRow).where(InvitationRow.state == RowState.REFUSED)).one()
    assert "già un invito aperto" in refused.message


def test_sheet_belongs_to_whoever_has_sent_it(session: Session, tmp_path: Path) -> None:
    sheet = shown(session, tmp_path, [TITLES, GOOD])
    with pytest.raises(NotFoundError):
        sheets.confirm_sheet(session, sheet.id, by=OTHER)
    with pytest.raises(ForbiddenError):
        shown(session, tmp_path, [TITLES, GOOD], by=AUDITOR)
    wrong = shown(session, tmp_path, [TITLES, ("", "a@example.com", *[""] * 5)])
    with pytest.raises(ConflictError):
        sheets.confirm_sheet(session, wrong.id, by=ANNA)


def test_extended_invitation_keeps_its_link(session: Session, settings: Settings) -> None:
    made = actions.invite(session, Invitee("Ferrari", "ferrari@example.com"), by=ANNA, settings=settings)
    link = find_alive(session, LinkPurpose.INVITATION, made.id)
    assert link
    made.expires_at = link.expires_at = seen = utc_now() + timedelta(days=1)
    session.flush()
    actions.extend(session, made.id, seen=seen, by=ANNA, settings=settings)
    session.flush()
    session.refresh(link)
    assert made.expires_at == link.expires_at > utc_now() + timedelta(days=settings.invitation_days - 1)
    until = made.expires_at
    actions.extend(session, made.id, seen=seen, by=ANNA, settings=settings)  # the button pressed twice
    assert made.expires_at == until


def test_reminder_leaves_once_with_a_new_link_to_the_same_end(engine: Engine, settings: Settings) -> None:
    with transaction(engine) as session:
        made = actions.invite(session, Invitee("Ferrari", "ferrari@example.com"), by=ANNA, settings=settings)
        old = find_alive(session, LinkPurpose.INVITATION, made.id)
        assert old
        made.expires_at = old.expires_at = end = utc_now() + timedelta(days=settings.invitation_reminder_days - 1)
        made.created_at -= timedelta(days=20)
        late = actions.invite(session, Invitee("Rossi", "rossi@example.com"), by=ANNA, settings=settings)
        late.created_at -= timedelta(days=2)
    for told in (1, 0):
        with transaction(engine) as session:
            assert actions.remind_invitations(session, settings=settings) == told
    with transaction(engine) as session:
        new = find_alive(session, LinkPurpose.INVITATION, made.id)
        assert new
        assert new.id != old.id
        assert abs(new.expires_at - end) < timedelta(seconds=2)
        letters = session.scalars(select(Job.key).where(Job.key.contains("invitation_reminder"))).all()
        assert len(letters) == 1


def test_pages_show_confirm_and_watch_a_sheet(staff_portal: Portal, tmp_path: Path) -> None:
    marco, send = staff_portal.browser(MARCO), "/gestione/inviti/da-foglio/carica"
    assert "XLSX" in marco.get("/gestione/inviti/da-foglio").text
    empty = marco.post(send, files={"file": ("vuoto.csv", b"", "text/csv")})
    assert empty.status_code == 422
    assert "Il foglio è vuoto" in empty.text
    path = as_csv(tmp_path, [TITLES, GOOD, ("", "rossi@example.com", *[""] * 5)])
    answer = marco.post(send, files={"file": (path.name, path.read_bytes(), "text/csv")})
    assert answer.status_code == 303
    there = answer.headers["location"]
    page = marco.get(there).text
    assert "Invita 1 impresa" in page
    assert "Scrivi la ragione sociale" in page
    assert staff_portal.rows(select(Invitation)) == []
    other = staff_portal.browser(Principal("luca", "Luca Moro", frozenset({Role.REVIEWER})))
    assert other.get(there).status_code == 404
    assert staff_portal.browser(READER).post(send).status_code == 403
    assert marco.post(there).status_code == 303
    assert marco.get(there).headers["refresh"] == "3"


def test_form_takes_number_country_and_leaves(staff_portal: Portal) -> None:
    marco = staff_portal.browser(MARCO)
    data = {"company_name": "Ferrari", "email": "f@example.com", "locale": "it", "country": "IT",
            "tax_code": "12345670785", "leaves": ["L01", "L06"], "message": ""}  # fmt: skip
    wrong = marco.post("/gestione/inviti/nuovo", data=data | {"tax_code": "12345678901"})
    assert wrong.status_code == 422
    assert 'id="tax_code-e"' in wrong.text
    assert wrong.text.count("checked") >= 3  # the language and both leaves are still ticked
    assert marco.post("/gestione/inviti/nuovo", data=data).status_code == 303
    made: Invitation = staff_portal.rows(select(Invitation))[0]
    assert (made.tax_code, made.leaves, made.country) == ("12345670785", ["L01", "L06"], "IT")
