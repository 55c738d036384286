"""The dashboard of each role: what waits for me, the promised times, the weeks; every number is what its link shows."""

import re
from datetime import date, datetime, time, timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select, update

from service.access.principal import Principal, Role
from service.applications import actions
from service.applications.ages import Band, charge_bands, charge_edges, decision_bands
from service.applications.desk.models import Opinion, Proposal
from service.applications.desk.states import Area
from service.applications.models import Application, InformationRequest
from service.applications.promises import promised_day
from service.applications.states import State
from service.applications.weeks import WEEKS, list_weeks
from service.clock import ROME, local_date, utc_now
from service.questionnaire.working_days import working_days_after
from service.web.staff import dashboard_view
from tests.support.exporting import csv_numbers
from tests.support.staff_portal import ADMIN, ANNA, AUDITOR, MARCO, SPECIALIST, Portal, staff_portal

__all__ = ["staff_portal"]
HERE, QUEUE = "/gestione", "/gestione/richieste"
FIGURE = re.compile(r'href="(/gestione/richieste\?[^"]+)"><b>([^<]+)</b><span>([^<]+)</span>')
AGE = re.compile(r'href="(/gestione/richieste\?[^"]+)">(\d+)<span class="visually-hidden"> ([^<]+)</span>')


def figures(html: str) -> dict[str, tuple[str, str]]:
    """Words, number and address of every tile and of every age."""
    found = {words: (number, url.replace("&amp;", "&")) for url, number, words in FIGURE.findall(html)}
    return found | {words.strip(): (number, url.replace("&amp;", "&")) for url, number, words in AGE.findall(html)}


def sent_on(portal: Portal, number: str, day: date) -> None:
    at = datetime.combine(day, time(12), ROME)
    portal.run(lambda s: s.execute(update(Application).where(Application.number == number).values(submitted_at=at)))


def test_every_number_is_what_its_link_exports(staff_portal: Portal) -> None:
    settings = staff_portal.settings
    fresh, late, taken = staff_portal.sent(1), staff_portal.sent(2), staff_portal.reviewed(3)
    old, accepted = staff_portal.reviewed(4), staff_portal.approved(5)
    sent_on(staff_portal, late, charge_edges(local_date(), settings)[0])
    sent_on(staff_portal, old, local_date() - timedelta(days=settings.decision_days + 10))
    twin = staff_portal.sent(6, as_company=1)
    propose(staff_portal, taken)
    for person in (MARCO, ANNA):
        browser = staff_portal.browser(person)
        shown = figures(browser.get(HERE).text)
        for words, (number, url) in shown.items():
            rows = csv_numbers(browser.get(url.replace(QUEUE, f"{QUEUE}.csv")).content)
            assert number == str(len(rows)), (words, rows)
    told = {words: number for words, (number, _url) in shown.items()}
    assert told["Da prendere in carico"] == "2"  # the parked one cannot be taken
    assert (told["Presa in carico, entro i termini"], told["Presa in carico, oltre"]) == ("1", "1")
    assert (told["Esito, entro i termini"], told["Esito, oltre"]) == ("1", "1")
    assert (told["Accettate"], told["Possibili duplicati"]) == ("1", "1")
    assert {fresh, accepted, twin} <= set(
        re.findall(r"P-\d{4}-\d{4}", staff_portal.browser(ANNA).get(f"{QUEUE}?stato=").text)
    )


def test_each_person_sees_what_waits_for_this_person(staff_portal: Portal) -> None:
    own, answered = staff_portal.reviewed(1), staff_portal.reviewed(2)
    staff_portal.reviewed(3, by=ANNA)
    answer_a_round(staff_portal, answered)
    propose(staff_portal, own)
    marco, anna = (figures(staff_portal.browser(one).get(HERE).text) for one in (MARCO, ANNA))
    assert marco["Assegnate a te"][0] == "2"
    assert marco["Tue, con integrazioni arrivate"] == ("1", f"{QUEUE}?segnale=answered&assegnatario=me")
    assert "Proposte da decidere" not in marco
    assert anna["Assegnate a te"][0] == "1"
    assert anna["Proposte da decidere"] == ("1", f"{QUEUE}?segnale=proposed")
    for person in (AUDITOR, ADMIN):
        assert "Aspetta te" not in staff_portal.browser(person).get(HERE).text
    admin = staff_portal.browser(ADMIN).get(HERE).text
    assert "Bloccate" in admin
    assert "Tempi promessi" not in admin


def test_specialist_sees_the_opinions_asked_of_an_own_area(staff_portal: Portal) -> None:
    one, other, given = staff_portal.reviewed(1), staff_portal.reviewed(2), staff_portal.reviewed(3)
    for number, area, is_given in ((one, Area.HSE, False), (other, Area.QUALITY, False), (given, Area.HSE, True)):
        opinion(staff_portal, number, area, is_given=is_given)
    page = staff_portal.browser(SPECIALIST).get(HERE).text
    part = page.partition("Pareri chiesti a te")[2].partition("</section>")[0]
    assert re.findall(r"P-\d{4}-\d{4}", part) == [one, one]
    of_quality = Principal("dario", "Dario Re", frozenset({Role.SPECIALIST, Role.SPECIALIST_ADMINISTRATION}))
    assert "Nessun parere da dare." in staff_portal.browser(of_quality).get(HERE).text
    assert "Pareri chiesti" not in staff_portal.browser(MARCO).get(HERE).text


def test_specialist_reads_which_opinions_wait_for_somebody_else(staff_portal: Portal) -> None:
    asked, free, now = staff_portal.reviewed(1), staff_portal.reviewed(2), staff_portal.reviewed(3)
    for number, state in ((asked, State.INFORMATION_REQUESTED), (free, State.SUBMITTED), (now, State.UNDER_REVIEW)):
        opinion(staff_portal, number, Area.HSE, is_given=False)
        in_state(staff_portal, number, state)
    page = staff_portal.browser(SPECIALIST).get(HERE).text
    rows = page.partition("Pareri chiesti a te")[2].partition("</section>")[0].split('<tr role="row">')[2:]
    assert [re.findall(r">(P-\d{4}-\d{4})<", row) for row in rows] == [[now], [asked], [free]]
    said = ["", "quando l’impresa ha inviato le integrazioni", "quando qualcuno prende di nuovo in carico"]
    assert ["Si risponde" in row for row in rows] == [False, True, True]
    assert all(words in row for words, row in zip(said, rows, strict=True))
    desk = staff_portal.browser(SPECIALIST).get(f"{QUEUE}/{asked}/verifiche").text
    assert "Si risponde quando l’impresa ha inviato le integrazioni." in desk
    assert "Dai il parere" not in desk


def test_weeks_count_what_came_and_what_was_decided(staff_portal: Portal) -> None:
    numbers = [staff_portal.sent(n) for n in range(1, 4)]
    accepted = staff_portal.approved(4)
    monday = local_date() - timedelta(days=local_date().weekday())
    for number, day in zip(numbers, (monday - timedelta(days=1), monday, monday - timedelta(weeks=12)), strict=True):
        sent_on(staff_portal, number, day)
    weeks = staff_portal.run(lambda s: list_weeks(s, local_date()))
    assert len(weeks) == WEEKS
    assert (weeks[-1].start, weeks[-1].received, weeks[-1].decided) == (monday, 2, 1)
    assert (weeks[-2].received, weeks[-2].decided) == (1, 0)
    assert sum(week.received for week in weeks) == 3  # one came before the first week
    page = staff_portal.browser(ANNA).get(HERE).text
    assert page.count('role="img"') == 2
    assert "da 0 a 2 nelle ultime 12 settimane, 2 in quella in corso" in page
    chart = page.partition("<svg")[2].partition("</svg>")[0]
    assert "viewBox" not in chart
    assert "style=" not in page
    assert chart.count('class="v"') == WEEKS
    assert accepted


def test_each_number_of_a_week_leads_to_what_it_counts(staff_portal: Portal) -> None:
    numbers = [staff_portal.sent(n) for n in range(1, 4)]
    decided = [staff_portal.approved(n) for n in (4, 5)]
    monday = local_date() - timedelta(days=local_date().weekday())
    for number, day in zip(numbers, (monday - timedelta(days=1), monday, monday - timedelta(weeks=3)), strict=True):
        sent_on(staff_portal, number, day)
    refuse(staff_portal, staff_portal.reviewed(6))
    sent_on(staff_portal, decided[0], monday - timedelta(weeks=2))
    anna, shown = staff_portal.browser(ANNA), {}
    page = anna.get(HERE).text
    for url, number, words in AGE.findall(page.partition('id="tabella-settimane"')[2].partition("</table>")[0]):
        query = unescape(url).partition("?")[2]
        rows = csv_numbers(anna.get(f"{QUEUE}.csv?{query}").content)
        assert number == str(len(rows)), (words, rows)
        assert f'<span role="status">{number} richiest' in anna.get(f"{QUEUE}?{query}").text
        shown[words] = rows
    assert len(shown) == 5, "no week without any is a link"
    week = f"nella settimana dal {monday:%d/%m/%Y}"
    assert shown[f"domande ricevute {week}"] == [numbers[1], decided[1], decided[1][:-1] + "6"]
    assert len(shown[f"domande decise {week}"]) == 3
    assert page.count('<td class="text-end num">0</td>') == 2 * WEEKS - 5


@pytest.mark.parametrize("today", [date(2026, 11, 25) + timedelta(days=n) for n in range(0, 45, 3)], ids=str)
def test_edges_of_charge_are_those_of_the_calendar(today: date, staff_settings: Any) -> None:
    beyond, near = charge_edges(today, staff_settings)
    days = staff_settings.take_charge_days
    tomorrow = working_days_after(today, 1)
    for ago in range(20):
        sent = today - timedelta(days=ago)
        end = working_days_after(sent, days)
        assert (end < today) == (sent <= beyond), sent
        assert (end <= tomorrow) == (sent <= near), sent


def test_bands_of_the_database_are_those_of_the_promise(staff_portal: Portal) -> None:
    numbers = [staff_portal.reviewed(n) for n in range(1, 3)]
    answer_a_round(staff_portal, numbers[1], days=7)
    settings = staff_portal.settings
    for ago in (24, 25, 28, 29, 30, 31, 32, 33, 36, 38, 40):
        for number in numbers:
            sent_on(staff_portal, number, local_date() - timedelta(days=ago))
        for number in numbers:
            application = staff_portal.application(number)
            rounds = staff_portal.rows(
                select(InformationRequest).where(InformationRequest.application_id == application.id)
            )
            promised = promised_day(application, rounds, settings)
            bands = decision_bands(local_date(), settings)
            found = [band for band in Band if staff_portal.rows(
                select(Application.id).where(Application.number == number, bands[band]))]  # fmt: skip
            wanted = Band.LATE if promised < local_date() else Band.NEAR if near(promised) else Band.IN_TIME
            assert found == [wanted], (ago, number, promised)


def test_bands_leave_nobody_out_and_count_nobody_twice(staff_portal: Portal) -> None:
    numbers = [staff_portal.sent(n) for n in range(1, 3)]
    for ago in range(15):
        for number in numbers:
            sent_on(staff_portal, number, local_date() - timedelta(days=ago))
        bands = charge_bands(local_date(), staff_portal.settings)
        counts = [len(staff_portal.rows(select(Application.id).where(one))) for one in bands.values()]
        assert sum(counts) == 2, ago


def test_dashboard_counts_stop_at_a_thousand(staff_portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(1, 4):
        staff_portal.sent(n)
    monkeypatch.setattr(dashboard_view, "COUNT_CAP", 1)
    assert figures(staff_portal.browser(ANNA).get(HERE).text)["Da prendere in carico"][0] == "1.000+"


def near(promised: date) -> bool:
    return promised <= local_date() + timedelta(days=5)


@pytest.fixture(scope="module")
def staff_settings() -> Any:
    from service.config import load_settings
    from tests.conftest import in_process_environment

    return load_settings(in_process_environment("postgresql+psycopg:///nessuna"))


def propose(portal: Portal, number: str, by: Principal = MARCO) -> None:
    portal.run(lambda s: s.add(Proposal(
        application_id=portal.id_of(number), outcome="approve", decision={}, proposed_at=utc_now(),
        proposed_by_subject=by.subject, proposed_by_name=by.name,
    )))  # fmt: skip


def refuse(portal: Portal, number: str) -> None:
    portal.run(lambda s: actions.reject(
        s, portal.id_of(number), version=portal.version(number), by=ANNA, settings=portal.settings, reason_code="R03",
        reason_text="Servono attrezzature che al momento non risultano.",
    ))  # fmt: skip


def opinion(portal: Portal, number: str, area: Area, *, is_given: bool) -> None:
    answer = {"outcome": "favourable", "answered_at": utc_now()} if is_given else {}
    portal.run(lambda s: s.add(Opinion(
        application_id=portal.id_of(number), area=area, asked_at=utc_now(), asked_by_subject=MARCO.subject,
        asked_by_name=MARCO.name, **answer,
    )))  # fmt: skip


def in_state(portal: Portal, number: str, state: State) -> None:
    portal.run(lambda s: s.execute(update(Application).where(Application.number == number).values(state=state)))


def answer_a_round(portal: Portal, number: str, *, days: int = 1) -> None:
    """Put a round of corrections of so many days behind an application."""
    now = utc_now()
    portal.run(lambda s: s.add(InformationRequest(
        application_id=portal.id_of(number), asked_at=now - timedelta(days=days), answered_at=now,
        asked_by_subject=MARCO.subject, asked_by_name=MARCO.name, deadline=local_date(), answers={},
    )))  # fmt: skip
