"""A question added to the table alone is on every page, paper and export, with no other line changed."""

import csv
import re
from io import BytesIO, StringIO
from uuid import UUID

from fastapi.testclient import TestClient
from pypdf import PdfReader
from sqlalchemy import select

from service.access.applicant_sessions import ApplicantSessionKind, open_applicant
from service.applications.models import Application
from service.questionnaire import Field
from tests.factories.answers import complete_form
from tests.factories.applications import make_draft
from tests.support.registering import TASKS, stamped
from tests.support.small_fields import asked_too
from tests.support.staff_portal import MARCO, Portal, staff_portal

__all__ = ["staff_portal"]
COLOUR = Field(
    key="van_colour", label="Colore del furgone", missing="Scegli il colore.", kind="choice",
    choices={"red": "Rosso cinabro", "blue": "Blu cobalto"},
)  # fmt: skip
SEAT, SUMMARY = f"{TASKS}/sede", f"{TASKS}/riepilogo"


def applicant(portal: Portal, application_id: UUID, kind: ApplicantSessionKind) -> TestClient:
    browser = portal.browser()
    browser.cookies.set("draft", portal.run(lambda s: open_applicant(s, kind, application_id=application_id)))
    return browser


def shown(page: str) -> str:
    """What somebody reads on a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_field_added_to_the_table_alone_is_on_every_page_paper_and_export(staff_portal: Portal) -> None:
    draft_id: UUID = staff_portal.run(lambda session: make_draft(session, staff_portal.settings).id)
    browser = applicant(staff_portal, draft_id, ApplicantSessionKind.DRAFT)
    for path in (SEAT, SUMMARY):
        assert COLOUR.label not in browser.get(path).text
    with asked_too(("sede", COLOUR, {"SC": "M"})):
        page = browser.get(SEAT).text
        assert COLOUR.label in shown(page)
        assert page.count('name="van_colour"') >= len(COLOUR.choices or ())
        assert COLOUR.missing in shown(browser.get(SUMMARY).text)
        refused = browser.post(SUMMARY)
        assert refused.status_code == 422

        form = complete_form("SC", "sede", 1) | {"van_colour": ["red"]}
        assert browser.post(SEAT, data=stamped(browser, SEAT, form)).status_code == 303
        assert re.search(r"Colore del furgone .{0,20}Rosso cinabro", shown(browser.get(SUMMARY).text))
        assert browser.post(SUMMARY).headers["location"] == "/registrazione/inviata"

        (number,) = staff_portal.rows(select(Application.number))
        detail = f"/gestione/richieste/{number}"
        staff = staff_portal.browser(MARCO)
        assert re.search(r"Colore del furgone .{0,20}Rosso cinabro", shown(staff.get(f"{detail}/dati").text))
        follower = applicant(staff_portal, draft_id, ApplicantSessionKind.STATUS)
        receipt = PdfReader(BytesIO(follower.get("/stato/domanda/ricevuta.pdf").content))
        paper = " ".join(" ".join(one.extract_text() for one in receipt.pages).split())
        assert COLOUR.label in paper
        assert "Rosso cinabro" in paper
        table = StringIO(staff.get(f"{detail}/dati.csv").content.decode("utf-8-sig"))
        assert ["sede.van_colour", "red"] in list(csv.reader(table, delimiter=";"))
        assert staff.get(f"{detail}/dati.json").json()["answers"]["sede"]["van_colour"] == "red"
