"""Approving in part and with reserve: what is kept, what the supplier gets, what the company reads."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.applicant_sessions import ApplicantSessionKind, open_applicant
from service.applications import actions
from service.applications.actions.terms import Refused, Terms, TermsError
from service.applications.desk.models import InternalNote
from service.applications.letters import LETTERS
from service.applications.models import Application, ApplicationCategory
from service.applications.outcome_words import outcome_words
from service.applications.states import State
from service.audit.trail import list_events
from service.clock import add_months, local_date
from service.config import Settings, load_settings
from service.errors import ForbiddenError
from service.suppliers.documents import list_asked
from service.suppliers.models import Supplier
from tests.conftest import in_process_environment
from tests.factories.applications import MARCO, make_under_review
from tests.support.staff_portal import ANNA as DECIDER
from tests.support.staff_portal import Portal, staff_portal

__all__ = ["staff_portal"]

SOON = local_date() + timedelta(days=60)
WHY = "Manca l'esperienza richiesta per questa categoria."
RESERVE = "Mandarci la polizza rinnovata con il massimale richiesto."


@pytest.fixture
def settings() -> Settings:
    """Settings for actions in one rolled-back transaction."""
    return load_settings(in_process_environment("postgresql+psycopg:///nessuna"))


def leaves_of(application: Application) -> list[str]:
    return [row.leaf for row in application.categories]


def approve(session: Session, settings: Settings, application: Application, terms: Terms) -> Supplier:
    supplier = actions.approve(session, application.id, version=application.version, by=MARCO, settings=settings,
                               terms=terms)  # fmt: skip
    session.flush()
    return supplier


def letter(session: Session, settings: Settings, application: Application) -> str:
    found = LETTERS["application_approved"](session, {"about": str(application.id)}, settings)
    assert found is not None
    return found.text


def test_approval_in_part_grants_the_rest_and_says_why(session: Session, settings: Settings) -> None:
    examined = make_under_review(session, settings)
    first, *others = leaves_of(examined)
    supplier = approve(session, settings, examined, Terms(refused=(Refused(first, "R99", WHY),)))
    assert [row.leaf for row in supplier.categories] == others
    assert first not in supplier.answers["attivita"]["merchandise"]
    assert first not in supplier.answers["attivita"]["max_order"]
    assert first in examined.content.answers["attivita"]["merchandise"], "the application stays as it was sent"
    row = examined.categories[0]
    assert (row.is_granted, row.reason_code, row.reason_text) == (False, "R99", WHY)
    assert all(one.is_granted for one in examined.categories[1:])
    event = list_events(session, examined.id)[-1]
    assert (event.type, event.data["granted"], event.data["refused"]) == (
        "application.approved", others, {first: "R99"},
    )  # fmt: skip
    words = outcome_words(examined, str)
    assert [leaf.split()[0] for leaf in words.granted] == others
    assert words.refused[0][1] == WHY


@pytest.mark.parametrize(("locale", "head", "reason"), [
    ("it", "Non sono state accolte:", "La categoria non è di interesse al momento. Per ora bastano i nostri."),
    ("en", "Not granted:", "Per ora bastano i nostri."),
])  # fmt: skip
def test_letter_names_granted_refused_and_reserve(
    session: Session, settings: Settings, locale: str, head: str, reason: str
) -> None:
    examined = make_under_review(session, settings)
    examined.locale = locale
    first, second, *_ = leaves_of(examined)
    refused = (Refused(first, "R11", "Per ora bastano i nostri."),)
    approve(session, settings, examined, Terms(refused, RESERVE, SOON))
    text = letter(session, settings, examined)
    granted, _, rest = text.partition(head)
    assert second in granted
    assert first not in granted
    assert first in rest
    assert reason in rest
    assert RESERVE in rest
    assert str(SOON.year) in rest.partition(RESERVE)[0]


def test_letter_of_a_whole_approval_speaks_of_no_refusal_and_no_reserve(session: Session, settings: Settings) -> None:
    examined = make_under_review(session, settings)
    approve(session, settings, examined, Terms())
    text = letter(session, settings, examined)
    assert "Non sono state accolte" not in text
    assert "riserva" not in text


def test_reserve_goes_with_the_supplier(session: Session, settings: Settings) -> None:
    examined = make_under_review(session, settings)
    supplier = approve(session, settings, examined, Terms(reserve_text=f" {RESERVE} ", reserve_until=SOON))
    assert (supplier.reserve_text, supplier.reserve_until) == (RESERVE, SOON)
    assert (examined.reserve_text, examined.reserve_until) == (RESERVE, SOON)


def wrong(first: str, every: list[str]) -> list[tuple[str, Terms]]:
    """Terms that are refused, each with the field that is named."""
    return [
        ("leaves", Terms(tuple(Refused(one, "R03") for one in every))),
        ("leaves", Terms((Refused("Z99", "R03"),))),
        ("leaves", Terms((Refused(first, "R03"), Refused(first, "R11")))),
        (f"code.{first}", Terms((Refused(first, "R01"),))),
        (f"code.{first}", Terms((Refused(first, ""),))),
        (f"text.{first}", Terms((Refused(first, "R99", "troppo breve"),))),
        (f"text.{first}", Terms((Refused(first, "R03", "x" * 1001),))),
        ("reserve_text", Terms(reserve_text="poco", reserve_until=SOON)),
        ("reserve_text", Terms(reserve_until=SOON)),
        ("reserve_text", Terms(reserve_text="x" * 1001, reserve_until=SOON)),
        ("reserve_until", Terms(reserve_text=RESERVE)),
        ("reserve_until", Terms(reserve_text=RESERVE, reserve_until=local_date())),
        ("gaps_reason", Terms(gaps_reason="x" * 1001)),
    ]


def test_terms_that_do_not_hold_are_refused_at_their_field_and_leave_nothing(
    session: Session, settings: Settings
) -> None:
    examined = make_under_review(session, settings)
    every = leaves_of(examined)
    for field, terms in wrong(every[0], every):
        with pytest.raises(TermsError) as raised:
            approve(session, settings, examined, terms)
        assert raised.value.field == field
        assert examined.state == State.UNDER_REVIEW
        assert [row.is_granted for row in examined.categories] == [None] * len(every)


def test_evidence_counts_for_granted_leaves_only(session: Session, settings: Settings) -> None:
    examined = make_under_review(session, settings)
    content = examined.content
    own = content.answers["attivita"]
    content.answers = {**content.answers, "attivita": {**own, "merchandise": [*own["merchandise"], "F08"]}}
    examined.categories.append(ApplicationCategory(leaf="F08"))
    session.flush()
    with pytest.raises(actions.EvidenceError, match=r"[Ww]hite list"):
        approve(session, settings, examined, Terms())
    supplier = approve(session, settings, examined, Terms((Refused("F08", "R03"),)))
    assert "F08" not in {row.leaf for row in supplier.categories}
    asked = list_asked(session, supplier, settings=settings, today=local_date()).required
    assert "white_list" not in {one.type.code for one in asked}, "nobody asks for the document of a category refused"


def test_reason_for_missing_checks_stays_among_the_notes(session: Session, settings: Settings) -> None:
    examined = make_under_review(session, settings)
    approve(session, settings, examined, Terms(gaps_reason="Il registro non risponde da tre giorni."))
    note = session.scalars(select(InternalNote).where(InternalNote.application_id == examined.id)).one()
    assert "Il registro non risponde da tre giorni." in note.text
    assert note.written_by_name == "Marco Riva"
    assert "registro non risponde" not in letter(session, settings, examined)


def test_refusal_takes_another_day_to_apply_again(session: Session, settings: Settings) -> None:
    examined, today = make_under_review(session, settings), local_date()
    for bad in (today, today - timedelta(days=1), add_months(today, 24) + timedelta(days=1)):
        with pytest.raises(TermsError):
            actions.reject(session, examined.id, version=examined.version, by=MARCO, settings=settings,
                           reason_code="R03", reapply_from=bad)  # fmt: skip
    when = add_months(today, 24)
    actions.reject(session, examined.id, version=examined.version, by=MARCO, settings=settings, reason_code="R03",
                   reapply_from=when)  # fmt: skip
    assert examined.reapply_from == when
    found = LETTERS["application_rejected"](session, {"about": str(examined.id)}, settings)
    assert found is not None
    assert f"{when.day} " in found.text
    assert str(when.year) in found.text


@pytest.mark.parametrize("place", ["applicant", "colleague"])
def test_nobody_decides_on_a_company_of_which_they_are_a_contact(
    session: Session, settings: Settings, place: str
) -> None:
    examined = make_under_review(session, settings)
    named = examined.content.answers["referenti"]["sales_email"]
    own = examined.contact_email if place == "applicant" else named
    contact = type(MARCO)(subject="socio", name="Socio Occulto", roles=MARCO.roles, email=f" {own.upper()} ")
    seen: dict[str, Any] = {"version": examined.version, "by": contact, "settings": settings}
    with pytest.raises(ForbiddenError):
        actions.approve(session, examined.id, **seen)
    with pytest.raises(ForbiddenError):
        actions.reject(session, examined.id, **seen, reason_code="R03")
    with pytest.raises(ForbiddenError):
        actions.propose(session, examined.id, **seen, outcome="approve", decision={})
    assert examined.state == State.UNDER_REVIEW


def test_status_page_tells_what_the_letter_told(staff_portal: Portal) -> None:
    number, portal = staff_portal.reviewed(), staff_portal
    about, version = portal.id_of(number), portal.version(number)
    leaf = portal.run(lambda s: s.get(Application, about).categories[0].leaf)
    terms = Terms((Refused(leaf, "R99", WHY),), RESERVE, SOON)
    portal.run(lambda s: actions.approve(s, about, version=version, by=DECIDER, settings=portal.settings, terms=terms))
    browser, status = portal.browser(), ApplicantSessionKind.STATUS
    browser.cookies.set("draft", portal.run(lambda s: open_applicant(s, status, application_id=about)))
    page = browser.get("/stato/domanda").text
    granted, _, rest = page.partition("Categorie non accettate")
    assert "Categorie accettate" in granted
    assert f">{leaf} " not in granted
    assert f">{leaf} " in rest
    assert "Manca l&#39;esperienza richiesta" in rest
    assert RESERVE in rest.partition("Accettata con riserva")[2]
