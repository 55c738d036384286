"""The filtered queue as a file: at once or by a job, one's own alone, forgotten in time; no cell is ever a formula."""

import csv
import re
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import InternalError

from service.access.permissions import PERMISSIONS
from service.access.principal import Role
from service.adapters.files import make_store
from service.applications.exporting import actions
from service.applications.exporting.columns import columns
from service.applications.exporting.models import Export
from service.applications.exporting.reading import own_connection
from service.applications.exporting.states import ExportFormat, ExportState
from service.applications.exporting.writing import UNWRITABLE, csv_chunks, workbook
from service.applications.exports import FORMULA
from service.applications.models import Application, ApplicationCategory
from service.audit.trail import AuditEvent
from service.clock import local_date, utc_now
from service.database import transaction
from service.documents.port import StoreUnavailableError
from service.jobs.models import Job, JobStatus
from service.worker.loop import Worker
from tests.support.exporting import hostile_cells, office_worker
from tests.support.staff_portal import ADMIN, ANNA, AUDITOR, MARCO, PIA, SPECIALIST, Portal, staff_portal

__all__ = ["staff_portal"]
QUEUE, HERE = "/gestione/richieste", "/gestione/esportazioni"
TITLES = [one.title for one in columns()]


@pytest.fixture
def worker(staff_portal: Portal) -> Iterator[Worker]:
    yield from office_worker(staff_portal)


def rows_of(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(StringIO(content.decode("utf-8-sig")), delimiter=";"))


def sheet_of(content: bytes) -> list[list[object]]:
    return CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()  # type: ignore[return-value]


def ask(portal: Portal, person: object = ANNA, *, format_: str = "xlsx", query: str = "") -> str:
    """Ask for a file; gives the address of its page."""
    answer = portal.browser(person).post(HERE, data={"formato": format_, "filtro": query})  # type: ignore[arg-type]
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def events(portal: Portal) -> list[tuple[str, str, int]]:
    found = portal.rows(select(AuditEvent).where(AuditEvent.subject_type == "export").order_by(AuditEvent.id))
    return [(one.type, one.by_subject, one.data["rows"]) for one in found]


# --- CSV at once


def test_csv_of_a_short_queue_comes_at_once_with_words_days_and_whole_codes(staff_portal: Portal) -> None:
    sent, accepted = staff_portal.sent(1), staff_portal.approved(2, "DI")
    answer = staff_portal.browser(ANNA).get(f"{QUEUE}.csv?stato=&dopo=1&altro=2")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    assert re.search(r'filename="richieste-\d{4}-\d\d-\d\d\.csv"', answer.headers["content-disposition"])
    first, second = rows_of(answer.content)
    assert list(first) == TITLES
    assert [first["Numero"], second["Numero"]] == [sent, accepted]
    application = staff_portal.application(accepted)
    assert second["Codice fiscale"] == application.tax_code
    assert second["E-mail"] == application.contact_email
    today = f"{local_date():%d/%m/%Y}"
    assert (second["Stato"], second["Esito"], second["Ricevuta il"], second["Decisa il"], second["Decisa da"]) == (
        "Accettata", "Intera", today, today, "Anna Bassi")  # fmt: skip
    assert first["Decisa il"] == ""
    assert first["Giorni"] == "0"
    asked = select(ApplicationCategory.leaf).where(ApplicationCategory.application_id == staff_portal.id_of(sent))
    assert first["Categorie merceologiche"].split(", ") == sorted(staff_portal.rows(asked))
    assert "Società" in first["Categoria società"]
    assert events(staff_portal) == [("export.made", "anna", 2), ("export.downloaded", "anna", 2)]


def test_csv_holds_what_the_filter_shows_in_its_order(staff_portal: Portal) -> None:
    one, taken, other = staff_portal.sent(1), staff_portal.reviewed(2), staff_portal.sent(3, "DI")
    anna, marco = staff_portal.browser(ANNA), staff_portal.browser(MARCO)
    for browser, query, wanted in (
        (anna, "", [one, taken, other]),
        (anna, "?ordine=recenti", [other, taken, one]),
        (anna, "?categoria=DI", [other]),
        (anna, "?stato=under_review", [taken]),
        (marco, "?assegnatario=me", [taken]),
        (anna, "?assegnatario=me", []),
        (anna, "?assegnatario=nobody", [one, other]),
        (anna, "?eta=1", []),
        (anna, f"?q={staff_portal.application(one).vat_number}", [one]),
        (anna, "?segnale=late", []),
        (anna, "?segnale=in_time", [one, taken, other]),
        (anna, "?segnale=boh&eta=%00&stato=boh", [one, taken, other]),
    ):
        assert [row["Numero"] for row in rows_of(browser.get(f"{QUEUE}.csv{query}").content)] == wanted, query


def test_csv_of_an_accepted_part_names_what_was_left_out_and_the_reserve(staff_portal: Portal) -> None:
    number = staff_portal.approved(1)
    last = select(func.max(ApplicationCategory.leaf)).scalar_subquery()
    refuse = update(ApplicationCategory).where(ApplicationCategory.leaf == last).values(is_granted=False)
    staff_portal.run(lambda s: s.execute(refuse))
    staff_portal.run(lambda s: s.execute(update(Application).values(reserve_text="Entro marzo il certificato")))
    (row,) = rows_of(staff_portal.browser(AUDITOR).get(f"{QUEUE}.csv?stato=approved").content)
    assert row["Numero"] == number
    assert row["Esito"] == "In parte, con riserva"
    assert row["Categorie non accolte"] in row["Categorie merceologiche"]


def test_more_than_fits_at_once_is_offered_and_nothing_is_made_by_looking(
    staff_portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff_portal.sent(1), staff_portal.sent(2)
    monkeypatch.setattr("service.web.staff.queue_exports.COUNT_CAP", 1)
    anna = staff_portal.browser(ANNA)
    for kind in ("csv", "xlsx"):
        page = anna.get(f"{QUEUE}.{kind}?stato=submitted&segnale=in_time&segnale=in_time")
        assert "Prepara il file" in page.text
        assert f'name="formato" value="{kind}"' in page.text
        assert 'name="filtro" value="stato=submitted&amp;segnale=in_time"' in page.text
    assert staff_portal.rows(select(Export)) == []
    assert events(staff_portal) == []


# --- by a job


@pytest.mark.parametrize("format_", ["csv", "xlsx"])
def test_prepared_file_shows_its_progress_and_is_fetched_by_whoever_asked(
    staff_portal: Portal, worker: Worker, format_: str
) -> None:
    sent = staff_portal.sent(1)
    place = ask(staff_portal, format_=format_, query="stato=submitted")
    anna = staff_portal.browser(ANNA)
    waiting = anna.get(place)
    assert "<progress" in waiting.text
    assert waiting.headers["refresh"] == "3"
    assert anna.get(f"{place}/file").status_code == 404
    worker.work_off()
    ready = anna.get(place)
    assert "Il file è pronto: 1 richiesta" in ready.text
    assert "refresh" not in ready.headers
    answer = anna.get(f"{place}/file")
    if format_ == "csv":
        assert [row["Numero"] for row in rows_of(answer.content)] == [sent]
    else:
        titles, row = sheet_of(answer.content)
        assert titles == TITLES
        told = dict(zip(TITLES, row, strict=True))
        assert (told["Numero"], told["Ricevuta il"], told["Giorni"]) == (sent, local_date(), 0.0)
        assert told["Partita IVA"] == staff_portal.application(sent).vat_number
    assert events(staff_portal) == [("export.made", "anna", 1), ("export.downloaded", "anna", 1)]
    assert f'href="{place}/file"' in anna.get(HERE).text


def test_export_of_another_person_is_as_missing_as_none(staff_portal: Portal, worker: Worker) -> None:
    staff_portal.sent(1)
    place = ask(staff_portal)
    worker.work_off()
    pia = staff_portal.browser(PIA)
    missing = pia.get(f"{HERE}/{uuid4()}")
    for path in (place, f"{place}/file"):
        answer = pia.get(path)
        assert (answer.status_code, answer.content) == (404, missing.content)
    assert place not in pia.get(HERE).text


@pytest.mark.parametrize("person", [SPECIALIST, ADMIN], ids=lambda one: one.subject)
def test_who_may_not_export_gets_no_file_and_no_link(staff_portal: Portal, person: object) -> None:
    staff_portal.sent(1)
    browser = staff_portal.browser(person)  # type: ignore[arg-type]
    for path in (f"{QUEUE}.csv", f"{QUEUE}.xlsx", HERE):
        assert browser.get(path).status_code == 403
    assert browser.post(HERE, data={"formato": "csv"}).status_code == 403
    if person is SPECIALIST:
        assert "richieste.csv" not in browser.get(QUEUE).text
    assert "richieste.csv?stato=" in staff_portal.browser(MARCO).get(f"{QUEUE}?stato=").text


def test_who_may_export_reads_all_applications() -> None:
    assert PERMISSIONS["application:export"] <= PERMISSIONS["application:read"] - {Role.SPECIALIST}


def test_second_click_gives_the_same_export_and_a_fourth_wish_has_to_wait(staff_portal: Portal) -> None:
    first = ask(staff_portal, query="stato=submitted")
    assert ask(staff_portal, query="stato=submitted") == first
    places = {first, ask(staff_portal, query=""), ask(staff_portal, format_="csv")}
    assert len(places) == 3
    refused = staff_portal.browser(ANNA).post(HERE, data={"formato": "csv", "filtro": "categoria=DI"})
    assert refused.status_code == 409
    assert "in corso" in refused.text
    assert ask(staff_portal, MARCO) not in places
    assert len(staff_portal.rows(select(Job).where(Job.kind == "export.make"))) == 4


def test_export_interrupted_begins_again_from_the_first_row(
    staff_portal: Portal, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(1, 4):
        staff_portal.sent(n)
    monkeypatch.setattr("service.applications.exporting.reading.LOT", 1)
    place = ask(staff_portal, format_="csv")
    told: list[tuple[int, int]] = []
    note = actions.note_progress

    def die_after_the_second(session: object, export_id: UUID, **numbers: int) -> None:
        note(session, export_id, **numbers)  # type: ignore[arg-type]
        told.append((numbers["rows_done"], numbers["rows_total"]))
        if len(told) == 2:
            raise StoreUnavailableError("via")

    monkeypatch.setattr(actions, "note_progress", die_after_the_second)
    worker.work_off()
    shown = staff_portal.browser(ANNA).get(place).text
    assert 'value="1" max="3"' in shown  # the second lot's note was rolled back with its checkpoint
    staff_portal.run(lambda s: s.execute(update(Job).values(run_at=text("clock_timestamp()"))))
    worker.work_off()
    assert told == [(1, 3), (2, 3), (1, 3), (2, 3), (3, 3)]
    assert len(rows_of(staff_portal.browser(ANNA).get(f"{place}/file").content)) == 3


def test_export_that_cannot_be_made_says_so(staff_portal: Portal, worker: Worker) -> None:
    place = ask(staff_portal)
    staff_portal.run(lambda s: s.execute(update(Job).where(Job.kind == "export.make").values(crashes=10)))
    worker.work_off()
    assert "non è stato preparato" in staff_portal.browser(ANNA).get(place).text
    (export,) = staff_portal.rows(select(Export))
    assert export.state == ExportState.FAILED


def test_old_export_is_gone_with_its_file(staff_portal: Portal, worker: Worker) -> None:
    staff_portal.sent(1)
    place = ask(staff_portal)
    worker.work_off()
    (export,) = staff_portal.rows(select(Export))
    store = make_store(staff_portal.settings)
    assert [one.key for one in store.list("exports")].count(export.file) == 1
    staff_portal.run(lambda s: s.execute(update(Export).values(expires_at=utc_now() - timedelta(seconds=1))))
    assert staff_portal.browser(ANNA).get(f"{place}/file").status_code == 404
    assert staff_portal.run(actions.forget_exports) == 1
    worker.work_off()
    assert staff_portal.rows(select(Export)) == []
    assert export.file not in [one.key for one in store.list("exports")]


def test_export_forgotten_while_it_was_made_leaves_no_file(staff_portal: Portal, worker: Worker) -> None:
    staff_portal.run(
        lambda s: actions.finish(s, uuid4(), rows=1, bytes_=1, file="exports/0.csv", settings=staff_portal.settings)
    )
    (job,) = staff_portal.rows(select(Job).where(Job.kind == "file.delete"))
    assert job.args == {"keys": ["exports/0.csv"]}
    ask(staff_portal)
    staff_portal.run(lambda s: s.execute(text("delete from export")))
    worker.work_off()
    (made,) = staff_portal.rows(select(Job).where(Job.kind == "export.make"))
    assert made.status == JobStatus.CANCELLED


def test_connection_of_an_export_writes_nothing(staff_portal: Portal) -> None:
    with own_connection(staff_portal.app.state.engine) as connection, pytest.raises(InternalError):
        connection.execute(text("delete from export"))
    with transaction(staff_portal.app.state.engine) as session:
        session.execute(text("delete from export"))  # the connection that went back is as before


# --- G27: hostile cells


def test_hostile_cells_are_text_when_read_back(tmp_path: Path) -> None:
    _battery(tmp_path, 1000)


@pytest.mark.long
def test_twenty_thousand_hostile_cells_are_text_when_read_back(tmp_path: Path) -> None:
    _battery(tmp_path, 20_000)


def test_hostile_values_travel_through_the_whole_export(staff_portal: Portal, worker: Worker) -> None:
    number = staff_portal.sent(1)
    evil = '=HYPERLINK("http://x";"y")'
    staff_portal.run(lambda s: s.execute(update(Application).values(name=evil, contact_email="＝1+1@x;=2")))
    (row,) = rows_of(staff_portal.browser(ANNA).get(f"{QUEUE}.csv").content)
    assert row["Società"] == f"'{evil}"
    assert row["E-mail"].startswith("'＝1+1@x;'=2")
    place = ask(staff_portal)
    worker.work_off()
    told = dict(zip(TITLES, sheet_of(staff_portal.browser(ANNA).get(f"{place}/file").content)[1], strict=True))
    assert (told["Numero"], told["Società"], told["E-mail"]) == (number, evil, "＝1+1@x;=2")


def _battery(folder: Path, count: int) -> None:
    """Write so many hostile cells both ways and read them back: none is a formula, the words are all there."""
    width = len(TITLES)
    cells = list(hostile_cells(count))
    rows = [cells[at : at + width] for at in range(0, count, width)]
    written = b"".join(csv_chunks(columns(), [rows[:7], rows[7:]])).decode("utf-8-sig")
    back = list(csv.reader(StringIO(written, newline=""), delimiter=";"))[1:]
    assert [len(row) for row in back] == [len(row) for row in rows]
    for row, wanted in zip(back, rows, strict=True):
        for found, cell in zip(row, wanted, strict=True):
            assert not found.startswith(FORMULA), repr(cell)
            assert found.replace("'", "") == cell.replace("'", ""), repr(cell)
    path = folder / "hostile.xlsx"
    with workbook(path, columns(), most_rows=max(2, len(rows) // 2 + 1)) as book:
        book.write(rows)
    opened = CalamineWorkbook.from_path(str(path))
    read: list[list[Any]] = []
    for name in opened.sheet_names:
        sheet = opened.get_sheet_by_name(name)
        read += sheet.to_python(skip_empty_area=False)[1:]
    assert formulas_of(path) == []
    for told, wanted in zip(read, rows, strict=True):
        assert [as_typed(c) for c in told[: len(wanted)]] == [as_typed(UNWRITABLE.sub("\ufffd", c)) for c in wanted]


def as_typed(cell: object) -> str:
    """XML knows one line end."""
    assert isinstance(cell, str)
    return cell.replace("\r\n", "\n").replace("\r", "\n")


def formulas_of(path: Path) -> list[str]:
    """Look for formulas in the sheets as they lie in the file."""
    found = []
    with zipfile.ZipFile(path) as packed:
        for name in packed.namelist():
            if name.startswith("xl/worksheets/sheet"):
                found += re.findall(rb"<f[ >]", packed.read(name))
    return [one.decode() for one in found]


def test_dates_of_a_workbook_are_dates_and_titles_stay(tmp_path: Path) -> None:
    path = tmp_path / "one.xlsx"
    with workbook(path, columns()) as book:
        book.write([["P-1", date(2026, 11, 18), 7, None]])
    row = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()[1]
    assert row[:4] == ["P-1", date(2026, 11, 18), 7.0, ""]


def test_format_of_an_export_is_one_of_two() -> None:
    assert {one.value for one in ExportFormat} == {"csv", "xlsx"}
