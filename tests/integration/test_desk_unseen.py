"""What staff say among themselves is in nothing a company sees: every page it can open, every letter, every paper."""

import json
import re
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from service import questionnaire
from service.access.applicant_sessions import ApplicantSessionKind, open_applicant
from service.access.principal import Area
from service.accounts.models import Account
from service.applications import actions
from service.applications.desk import actions as desk
from service.applications.desk.states import CheckKind, CheckResult, OpinionOutcome, SectionVerdictKind
from service.applications.models import Application, Snapshot
from service.audit.trail import AuditEvent
from service.clock import local_date
from service.jobs.models import Job
from service.worker.letters import LETTERS
from tests.factories.accounts import provisioned
from tests.factories.corrections import ask as ask_corrections
from tests.support.staff_portal import ANNA, MARCO, SPECIALIST, SUPPLIER, Portal, staff_portal

__all__ = ["staff_portal"]
WORDS = "Parole fra colleghi che nessuna impresa legge"


def say_everything(portal: Portal, number: str) -> None:
    """Leave the words wherever staff may write some."""
    identity = portal.id_of(number)

    def say(session: Session) -> None:
        desk.write_note(session, identity, text=WORDS, by=MARCO)
        desk.judge_section(session, identity, "sede", verdict=SectionVerdictKind.DOUBTFUL, note=WORDS, by=MARCO)
        desk.record_check(session, identity, kind=CheckKind.PEC_REGISTER, result=CheckResult.POSITIVE, note=WORDS,
                          source=WORDS, checked_on=local_date(), by=MARCO)  # fmt: skip
        opinion = desk.ask_opinion(session, identity, area=Area.HSE, question=WORDS, by=MARCO)
        desk.give_opinion(session, opinion.id, outcome=OpinionOutcome.FAVOURABLE, answer=WORDS, by=SPECIALIST)

    portal.run(say)
    marco, here = portal.browser(MARCO), f"/gestione/richieste/{number}"
    assert sum(marco.get(f"{here}/{tab}").text.count(WORDS) for tab in ("dati", "verifiche")) >= 6


def pages_below(portal: Portal, *prefixes: str) -> list[str]:
    """Every address below, filled with every section where it names one."""
    found = {
        str(one.path)
        for one in iter_route_contexts(portal.app.routes)
        if "GET" in (getattr(one, "methods", None) or ()) and str(one.path).startswith(prefixes)
    }
    sections = [one.slug for one in questionnaire.SECTIONS]
    return [
        re.sub(r"\{\w+(:\w+)?\}", "durc", path.replace("{section}", section))
        for path in sorted(found)
        for section in (sections if "{section}" in path else [""])
    ]


def read_all(browser: TestClient, pages: list[str]) -> int:
    shown = 0
    for page in pages:
        answer = browser.get(page)
        assert WORDS.encode() not in answer.content, page
        shown += answer.status_code == 200
    return shown


def write_all(session: Session, portal: Portal) -> set[str]:
    told = set()
    for job in session.scalars(select(Job).where(Job.kind == "mail.send")):
        letter = LETTERS[job.args["message"]](session, job.args, portal.settings)
        if letter is not None:
            told.add(job.args["message"])
            assert WORDS not in letter.text + letter.html + letter.subject, job.args["message"]
    return told


def applicant(portal: Portal, number: str) -> TestClient:
    browser, identity = portal.browser(), portal.id_of(number)
    name = "__Host-draft" if portal.settings.public_base_url.startswith("https") else "draft"
    opened = portal.run(lambda s: open_applicant(s, ApplicantSessionKind.STATUS, application_id=identity))
    browser.cookies.set(name, opened)
    return browser


@pytest.fixture
def number(staff_portal: Portal) -> str:
    """One in review of which staff have said all they can."""
    made = staff_portal.reviewed()
    say_everything(staff_portal, made)
    return made


def test_applicant_reads_none_of_it_while_correcting(staff_portal: Portal, number: str) -> None:
    identity = staff_portal.id_of(number)
    staff_portal.run(lambda s: ask_corrections(s, staff_portal.settings, s.get_one(Application, identity), by=MARCO))
    shown = read_all(applicant(staff_portal, number), pages_below(staff_portal, "/stato", "/registrazione"))
    assert shown >= 6
    told = staff_portal.run(lambda s: write_all(s, staff_portal))
    assert told >= {"information_request", "submission_receipt", "staff_opinion_given"}


@pytest.mark.parametrize("how", ["approve", "reject"])
def test_company_reads_none_of_it_after_the_outcome(staff_portal: Portal, number: str, how: str) -> None:
    identity, facts = staff_portal.id_of(number), {"version": staff_portal.version(number), "by": ANNA}
    facts |= {"settings": staff_portal.settings, **({"reason_code": "R03"} if how == "reject" else {})}
    staff_portal.run(lambda s: getattr(actions, how)(s, identity, **facts))
    assert read_all(applicant(staff_portal, number), pages_below(staff_portal, "/stato", "/registrazione")) >= 2
    if how == "approve":
        staff_portal.run(activate)
        assert read_all(staff_portal.browser(SUPPLIER), pages_below(staff_portal, "/area")) >= 4
    told = staff_portal.run(lambda s: write_all(s, staff_portal))
    assert {"approve": "application_approved", "reject": "application_rejected"}[how] in told


def test_trail_and_papers_have_none_of_it(staff_portal: Portal, number: str) -> None:
    """The trail is never erased, the exports leave the house."""
    for event in staff_portal.rows(select(AuditEvent)):
        assert WORDS not in json.dumps(event.data)
    marco, here = staff_portal.browser(MARCO), f"/gestione/richieste/{number}"
    for paper in ("dati.csv", "dati.json", "ricevuta.pdf"):
        assert WORDS.encode() not in marco.get(f"{here}/{paper}").content
    snapshots: list[Any] = staff_portal.rows(select(Snapshot.data).where(Snapshot.event == "submitted"))
    assert WORDS not in json.dumps(snapshots)


def activate(session: Session) -> None:
    account = session.scalars(select(Account)).one()
    account.subject = SUPPLIER.subject
    provisioned(session, account.id)
