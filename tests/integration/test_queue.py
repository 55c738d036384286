"""The queue of the staff: every filter, every order both ways, words; what is next to be worked on."""

import base64
import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from service import questionnaire
from service.access.principal import Principal, Role
from service.applications import queue
from service.applications.desk.models import Proposal, SectionVerdict
from service.applications.desk.people import list_assignees
from service.applications.desk.states import SectionVerdictKind
from service.applications.models import (
    Application,
    ApplicationCategory,
    ApplicationWarning,
    ApplicationWords,
    InformationRequest,
)
from service.applications.places import place_name, place_of, read_place
from service.applications.promises import promised_day
from service.applications.queue_filter import FLAGS, STATES, Cursor, QueueFilter, Sort
from service.applications.radar.models import Resemblance
from service.applications.states import Hold, State
from service.applications.words import index_words
from service.clock import ROME, local_date, utc_now
from service.config import Settings
from tests.factories.applications import make_submitted

ANNA = Principal("anna", "Anna Bassi", frozenset({Role.REVIEWER}))
MARCO = Principal("marco", "Marco Riva", frozenset({Role.REVIEWER}))


def add(session: Session, n: int, name: str = "Impresa", *, words: str = "", **changes: Any) -> Application:
    """Add application n as it was sent that many days after the first day, straight into the tables."""
    at = changes.pop("submitted_at", None) or utc_now() - timedelta(days=1)
    row = Application(
        **{
            "number": f"P-2026-{n:04d}", "sequence": n, "state": State.SUBMITTED, "legal_category": "SC",
            "supply_types": ["works"], "name": name, "contact_email": f"c{n}@example.com", "contact_name": "Paolo",
            "created_at": at, "touched_at": at, "submitted_at": at, **changes,
        }
    )  # fmt: skip
    session.add(row)
    session.flush()
    search = f"{row.number} {name} {row.tax_code or ''} {row.contact_email}".lower()
    session.add(ApplicationWords(application_id=row.id, search=search, words=func.to_tsvector("italian", words)))
    session.flush()
    return row


def taken(by: Principal, days: int = 0) -> dict[str, Any]:
    since = utc_now() - timedelta(days=days)
    return {"assignee_subject": by.subject, "assignee_name": by.name, "reviewed_since": since}


def round_of(application: Application, **times: object) -> InformationRequest:
    asked = {"asked_at": utc_now() - timedelta(days=2), "asked_by_subject": "anna", "asked_by_name": "Anna Bassi"}
    return InformationRequest(
        application_id=application.id, deadline=local_date() + timedelta(days=5), answers={}, **asked | times
    )


def found(session: Session, query: str, settings: Settings, by: Principal = ANNA) -> list[int]:
    wanted = QueueFilter.from_query(query, by)
    rows = queue.list_queue(session, wanted, by, settings).rows
    assert queue.count_queue(session, wanted, by, settings) == len(rows)
    return [row.sequence for row in rows]


@pytest.fixture
def filled(session: Session) -> Session:
    """Ten applications of which each stands out by something else."""
    long_ago = utc_now() - timedelta(days=60)
    add(session, 1, "Alfa", province="MI", submitted_at=long_ago)
    add(session, 2, "Beta", legal_category="DI", supply_types=["goods", "works"])
    three = add(session, 3, "Gamma", state=State.UNDER_REVIEW, province="EE-AT", **taken(ANNA))
    four = add(session, 4, "Delta", state=State.UNDER_REVIEW, submitted_at=long_ago, **taken(MARCO))
    five = add(session, 5, "Epsilon", state=State.INFORMATION_REQUESTED, submitted_at=long_ago, **taken(ANNA))
    add(session, 6, "Zeta", state=State.APPROVED, **taken(MARCO))
    add(session, 7, "Eta", state=State.REJECTED, hold=Hold.ALREADY_REGISTERED)
    eight = add(session, 8, "Theta", hold=Hold.OPEN_APPLICATION, province="AT")
    session.add_all([
        ApplicationCategory(application_id=three.id, leaf="L10"),
        ApplicationWarning(application_id=four.id, field="pec", code="x", text="x", found_at=utc_now()),
        round_of(three, answered_at=utc_now()),
        round_of(five),
        Proposal(application_id=three.id, outcome="approve", decision={}, proposed_at=utc_now(),
                 proposed_by_subject="anna", proposed_by_name="Anna"),
        Proposal(application_id=four.id, outcome="approve", decision={}, proposed_at=utc_now(),
                 proposed_by_subject="anna", proposed_by_name="Anna", ended_at=utc_now()),
        SectionVerdict(application_id=four.id, section="sede", verdict=SectionVerdictKind.DOUBTFUL, given_at=utc_now(),
                       given_by_subject="anna", given_by_name="Anna"),
        SectionVerdict(application_id=three.id, section="sede", verdict=SectionVerdictKind.GOOD, given_at=utc_now(),
                       given_by_subject="anna", given_by_name="Anna"),
        Resemblance(application_id=eight.id, other_application_id=three.id, kinds=["name"], found_at=utc_now()),
    ])  # fmt: skip
    draft = add(session, 99, "Bozza", submitted_at=long_ago)
    draft.state, draft.number, draft.sequence, draft.submitted_at = State.DRAFT, None, None, None
    session.flush()
    return session


SHOWN = [
    ("", [1, 2, 3, 4, 5, 8]),
    ("stato=", [1, 2, 3, 4, 5, 6, 7, 8]),
    ("stato=under_review", [3, 4]),
    ("stato=draft", [1, 2, 3, 4, 5, 8]),
    ("categoria=DI", [2]),
    ("fornitura=goods", [2]),
    ("voce=L10", [3]),
    ("provincia=mi", [1]),
    ("provincia=Milano", [1]),
    ("provincia=AT", [8]),
    ("provincia=Austria", [3]),
    ("provincia=Estero", [3]),
    ("assegnatario=me", [3, 5]),
    ("assegnatario=anna", [3, 5]),
    ("assegnatario=nobody", [1, 2, 8]),
    ("assegnatario=marco", [4]),
    ("assegnatario=marco&stato=", [4, 6]),
    ("eta=30", [1, 4, 5]),
    ("eta=1", [1, 2, 3, 4, 5, 8]),
    ("segnale=held", [8]),
    ("segnale=late", [1, 4]),
    ("segnale=answered", [3]),
    ("segnale=warned", [4]),
    ("segnale=proposed", [3]),
    ("segnale=doubtful", [4]),
    ("segnale=resembling", [3, 8]),
    ("segnale=late&segnale=warned", [4]),
    ("segnale=late&segnale=answered", []),
    ("stato=&segnale=held", [8]),
    ("q=gam", [3]),
    ("q=GAMMA", [3]),
    ("q=2026-0004", [4]),
    ("q=c5@exam", [5]),
    ("categoria=SC&assegnatario=marco&segnale=late&eta=10&q=delt", [4]),
    ("ordine=recenti", [8, 5, 4, 3, 2, 1]),
    ("ordine=nome", [1, 2, 4, 5, 3, 8]),
    ("ordine=nome-inverso", [8, 3, 5, 4, 2, 1]),
]


def test_filter_shows_just_what_it_names(filled: Session, settings: Settings) -> None:
    for query, wanted in SHOWN:
        assert found(filled, query, settings) == wanted, query


WRONG = (
    "stato=boh&categoria=boh&fornitura=boh&voce=boh&provincia=boh&assegnatario=a%20x%00&eta=-1&segnale=boh&ordine=boh",
    "dopo=boh", "dopo=W10", "prima=%00", "eta=99999999999999999999", "q=%00", "dopo=" + "W" * 3000, "x=1&stato=open",
)  # fmt: skip


def test_values_that_are_none_of_ours_are_passed_over(filled: Session, settings: Settings) -> None:
    all_open = found(filled, "", settings)
    for query in WRONG:
        assert QueueFilter.from_query(query, ANNA) == QueueFilter(), query
        assert found(filled, query, settings) == all_open


FORGED: tuple[Any, ...] = (
    ["x", 1],
    ["2026", 2**63],
    ["a\0", 1],
    ["\ud800", 1],
    ["domani", 1],
    ["", True],
    [7, 7],
    "x",
    {},
    [],
    None,
)


@pytest.mark.parametrize("sort", list(Sort))
def test_forged_cursor_is_no_error(filled: Session, settings: Settings, sort: Sort) -> None:
    for forged in FORGED:
        told = [sort.value, *forged] if isinstance(forged, list) else forged
        raw = base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")
        wanted = QueueFilter.from_query({"ordine": sort.value, "dopo": raw}, ANNA)
        queue.list_queue(filled, wanted, ANNA, settings)
    deep = base64.urlsafe_b64encode(b"[" * 1400).decode()
    assert QueueFilter.from_query({"dopo": deep}, ANNA).cursor is None


def test_cursor_of_another_order_is_passed_over() -> None:
    wanted = QueueFilter(sort=Sort.NAME)
    address = wanted.page_query(Cursor("alfa", 7)).replace("ordine=nome", "ordine=recenti")
    assert QueueFilter.from_query(address, ANNA) == QueueFilter(sort=Sort.NEWEST)


filters = st.builds(
    QueueFilter,
    state=st.sampled_from(STATES),
    words=st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), max_size=40),
    category=st.sampled_from(["", *questionnaire.CATEGORIES]),
    supply=st.sampled_from(["", *questionnaire.SUPPLY_TYPES]),
    leaf=st.sampled_from(["", *questionnaire.LEAVES]),
    province=st.sampled_from(["", "MI", "AT", "EE", "EE-AT"]),
    assignee=st.sampled_from(["", "me", "nobody", "marco"]),
    age=st.integers(0, 9999),
    flags=st.sets(st.sampled_from(FLAGS)).map(lambda chosen: tuple(one for one in FLAGS if one in chosen)),
    sort=st.sampled_from(Sort),
    cursor=st.none(),
)


@given(filters)
def test_address_says_all_of_a_filter(wanted: QueueFilter) -> None:
    assert QueueFilter.from_query(wanted.to_query(), ANNA) == wanted
    assert QueueFilter.from_query(parse_qsl(wanted.to_query(), keep_blank_values=True), ANNA) == wanted


# --- orders and pages


@pytest.fixture
def crowd(session: Session) -> Session:
    """Eleven with names that are alike, some taken on the same day, some by nobody."""
    names = ["beta", "Alfa", "ALFA", "alfa", "Beta", "gamma", "Gamma", "Àlfa", "alfa 2", "", "zeta"]
    noon = datetime.combine(date(2026, 11, 2), time(12), ROME)
    for n, name in enumerate(names, start=1):
        have = {**taken(ANNA), "reviewed_since": noon + timedelta(days=n % 3, microseconds=n % 2)} if n % 4 else {}
        add(session, n, name, state=State.UNDER_REVIEW if have else State.SUBMITTED, **have)
    add(session, 12, "alfa", state=State.APPROVED)
    return session


def walk(session: Session, wanted: QueueFilter, settings: Settings) -> Iterator[queue.QueuePage]:
    """Go from page to page as the addresses say."""
    page = queue.list_queue(session, wanted, ANNA, settings)
    yield page
    while page.following:
        page = queue.list_queue(
            session, QueueFilter.from_query(wanted.page_query(page.following), ANNA), ANNA, settings
        )
        yield page


def back(session: Session, wanted: QueueFilter, page: queue.QueuePage, settings: Settings) -> Iterator[queue.QueuePage]:
    while page.previous:
        page = queue.list_queue(session, QueueFilter.from_query(wanted.page_query(page.previous), ANNA), ANNA, settings)
        yield page


def numbers(pages: Sequence[queue.QueuePage]) -> list[int]:
    return [row.sequence for page in pages for row in page.rows]


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("size", [1, 2, 3, 11])
def test_pages_show_each_row_once_in_order_both_ways(
    crowd: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch, sort: Sort, size: int
) -> None:
    for state in ("open", "", "under_review"):
        wanted = QueueFilter(state=state, sort=sort)
        monkeypatch.setattr(queue, "PAGE", 25)
        whole = numbers([queue.list_queue(crowd, wanted, ANNA, settings)])
        monkeypatch.setattr(queue, "PAGE", size)
        pages = list(walk(crowd, wanted, settings))
        assert numbers(pages) == whole
        assert pages[0].previous is None
        assert all(len(page.rows) == size for page in pages[:-1])
        returned = [numbers([page]) for page in back(crowd, wanted, pages[-1], settings)]
        assert returned == [numbers([page]) for page in pages[-2::-1]]


def test_longest_taken_comes_first_and_what_nobody_has_last(crowd: Session, settings: Settings) -> None:
    rows = queue.list_queue(crowd, QueueFilter(sort=Sort.LONGEST), ANNA, settings).rows
    since = [(row.reviewed_since is None, row.reviewed_since, row.sequence) for row in rows]
    assert since == sorted(since, key=lambda one: (one[0], one[1] or utc_now(), one[2]))
    assert [row.sequence for row in rows[-2:]] == [4, 8]


def test_count_stops_behind_a_thousand(filled: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "COUNT_CAP", 3)
    assert queue.count_queue(filled, QueueFilter(), ANNA, settings) == 4


def test_assignees_are_whoever_has_taken_files(filled: Session) -> None:
    assert list_assignees(filled) == [("anna", "Anna Bassi"), ("marco", "Marco Riva")]


def test_assignees_of_an_empty_queue_are_none(session: Session) -> None:
    assert list_assignees(session) == []


def test_late_is_what_the_promised_day_says(session: Session, settings: Settings) -> None:
    made = {}
    for n in range(1, 41):  # over weekends, with and without a round of four days
        at = datetime.combine(local_date() - timedelta(days=n + 20), time(23, 30), ROME)
        application = add(session, n, submitted_at=at)
        rounds = [round_of(application, asked_at=at + timedelta(days=1), answered_at=at + timedelta(days=5))]
        session.add_all(rounds if n % 2 else [])
        made[n] = promised_day(application, rounds if n % 2 else [], settings) < local_date()
    session.flush()
    rows = session.scalars(select(Application).where(*conditions("late", settings)))
    assert sorted(row.sequence or 0 for row in rows) == [n for n, is_late in made.items() if is_late]
    assert any(made.values())
    assert not all(made.values())


def conditions(flag: str, settings: Settings) -> list[ColumnElement[bool]]:
    return [*queue.queue_conditions(QueueFilter(flags=(flag,)), ANNA, settings)]


# --- words


WORDS = {
    True: ("bianchi", "ianch", "BIANCHI costruz", "10000010156", "0000101", "@example", "quadri", "quadro tensioni",
           "Lodi", "dello industrie", "di", "Serra", "Installazióne", "lodi %"),
    False: ("%", "%%", ". -", "bianchi nulla", "uadr", "b_anchi", "xy", "' or 1=1"),
}  # fmt: skip


def test_words_are_looked_for_in_row_and_answers(session: Session, settings: Settings) -> None:
    application = make_submitted(session, settings, n=1)
    assert application.province == "LO"
    for is_hit, tries in WORDS.items():
        for words in tries:
            assert bool(found(session, urlencode({"q": words}), settings)) == is_hit, words
    application.name = "Tutt’altro nome"
    index_words(session, application)
    assert found(session, "q=tutt’altro", settings)
    assert not found(session, "q=ostruz", settings), "what it was found by before is gone"


@pytest.mark.parametrize(
    ("seat", "place", "name"),
    [({"hq_country": "IT", "hq_province": "AT"}, "AT", "Asti"), ({"hq_country": "AT"}, "EE-AT", "Austria"),
     ({"hq_province": "MI"}, "MI", "Milano"), ({}, "", "")],
)  # fmt: skip
def test_place_tells_a_province_from_a_country(seat: dict[str, str], place: str, name: str) -> None:
    assert place_of({"sede": seat}) == place
    assert place_name(place) == name
    assert read_place(name.upper()) == place


# --- next to work


def test_next_is_own_late_then_own_answered_then_oldest_of_nobody(session: Session, settings: Settings) -> None:
    long_ago = utc_now() - timedelta(days=60)
    add(session, 1, hold=Hold.OPEN_APPLICATION, submitted_at=long_ago)
    free = [add(session, n).number for n in (2, 3)]
    add(session, 4, state=State.UNDER_REVIEW, submitted_at=long_ago, **taken(MARCO))
    add(session, 5, state=State.UNDER_REVIEW, **taken(ANNA))
    answered = add(session, 6, state=State.UNDER_REVIEW, **taken(ANNA))
    late = [add(session, n, state=State.UNDER_REVIEW, submitted_at=long_ago, **taken(ANNA)) for n in (7, 8)]
    session.add_all([round_of(answered, answered_at=utc_now()), round_of(late[1], answered_at=utc_now())])
    session.flush()
    order = [late[0].number, late[1].number, answered.number, *free]
    at, seen = "", []
    for _ in order:
        at = queue.find_next(session, ANNA, settings, after=at) or ""
        seen.append(at)
    assert seen == order
    assert queue.find_next(session, ANNA, settings, after=at) == order[0], "and round again"
    assert queue.find_next(session, ANNA, settings, after="P-2026-0005") == order[0], "from elsewhere: from the start"
    assert queue.find_next(session, ANNA, settings, after="P-2026-9999") == order[0]
    assert queue.find_next(session, MARCO, settings) == "P-2026-0004"


def test_next_of_nothing_is_none(session: Session, settings: Settings) -> None:
    add(session, 1, state=State.UNDER_REVIEW, **taken(ANNA))
    assert queue.find_next(session, ANNA, settings) is None
