"""Proposing an outcome: what it keeps, when it ends, and with four eyes who may decide then."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.principal import Principal, Role
from service.applications import actions
from service.applications.actions import Wanted
from service.applications.actions.impartiality import FourEyesError
from service.applications.actions.terms import Refusal, Refused, Terms, TermsError
from service.applications.desk.models import Proposal
from service.applications.models import Application
from service.applications.states import InvalidTransitionError, ItemKind, State
from service.audit.trail import list_events
from service.config import Settings, load_settings
from service.errors import ConflictError, ForbiddenError, InvalidError
from tests.conftest import in_process_environment
from tests.factories.applications import ANNA, MARCO, make_under_review
from tests.support.staff_portal import ANNA as DECIDER
from tests.support.staff_portal import AUDITOR, PIA, SPECIALIST, Portal, make_portal
from tests.support.staff_portal import MARCO as REVIEWER

PROPOSE, DECIDE = "proposta?esito=", "decisione?esito="
REPLY = Wanted(ItemKind.DOCUMENT, "D03", "La seconda pagina non si legge.", document_type="durc")
WHY = "Il fatturato non basta per i lavori chiesti."


@pytest.fixture
def settings() -> Settings:
    """Settings with four eyes, for actions in one rolled-back transaction."""
    return load_settings(in_process_environment("postgresql+psycopg:///nessuna") | {"PROACTIVE_FOUR_EYES": "true"})


@pytest.fixture
def careful(database_url: str) -> Iterator[Portal]:
    """A portal where nobody decides alone."""
    portal = make_portal(database_url, PROACTIVE_FOUR_EYES="true")
    yield portal
    for client in portal.clients:
        client.close()
    portal.app.state.sign_on.close()
    portal.app.state.engine.dispose()


def propose(session: Session, settings: Settings, application: Application, by: Principal = ANNA, **said: Any) -> None:
    wish = {"outcome": "approve", "decision": {}} | said
    actions.propose(session, application.id, version=application.version, by=by, settings=settings, **wish)


def approve(session: Session, settings: Settings, application: Application, by: Principal = MARCO) -> None:
    actions.approve(session, application.id, version=application.version, by=by, settings=settings)


def open_ones(session: Session) -> list[Proposal]:
    return list(session.scalars(select(Proposal).where(Proposal.ended_at.is_(None))))


def test_proposal_keeps_its_terms_and_is_told(session: Session, settings: Settings) -> None:
    examined = make_under_review(session, settings)
    seen, leaf = examined.version, examined.categories[0].leaf
    terms = Terms((Refused(leaf, "R03", "Serve la SOA."),))
    propose(session, settings, examined, decision=terms.plain(), note=" visto il sito ")
    [kept] = open_ones(session)
    assert Terms.read(kept.decision) == terms
    assert (kept.proposed_by_name, kept.note, examined.version) == ("Anna Bassi", "visto il sito", seen + 1)
    assert list_events(session, examined.id)[-1].type == "application.outcome_proposed"
    assert examined.state == State.UNDER_REVIEW
    assert examined.categories[0].is_granted is None, "nothing is decided"


def test_second_proposal_takes_the_place_of_the_first(session: Session, settings: Settings) -> None:
    examined = make_under_review(session, settings)
    propose(session, settings, examined)
    propose(session, settings, examined, MARCO, outcome="reject", decision=Refusal("R03", WHY).plain())
    [kept] = open_ones(session)
    assert (kept.outcome, kept.proposed_by_subject) == ("reject", "marco")


@pytest.mark.parametrize(
    "wish",
    [
        {"outcome": "boh"},
        {"outcome": "reject", "decision": {"reason_code": "R13"}},
        {"outcome": "reject", "decision": {"reason_code": "R99", "reason_text": "breve"}},
        {"outcome": "approve", "decision": {"reserve_text": "poco"}},
        {"note": "x" * 1001},
    ],
)
def test_what_cannot_be_decided_cannot_be_proposed(session: Session, settings: Settings, wish: dict[str, Any]) -> None:
    examined = make_under_review(session, settings)
    before = examined.version
    with pytest.raises(InvalidError):
        propose(session, settings, examined, **wish)
    assert (examined.version, open_ones(session)) == (before, [])


def test_four_eyes_want_the_proposal_of_another_who_did_not_invite(session: Session, settings: Settings) -> None:
    examined = make_under_review(session, settings)
    with pytest.raises(FourEyesError, match="serve prima la proposta"):
        approve(session, settings, examined)
    propose(session, settings, examined, MARCO)
    with pytest.raises(FourEyesError, match="proposto tu"):
        approve(session, settings, examined)
    propose(session, settings, examined)
    examined.invited_by = MARCO.subject
    with pytest.raises(FourEyesError, match="invitata tu"):
        approve(session, settings, examined)
    examined.invited_by = None
    approve(session, settings, examined)
    assert examined.state == State.APPROVED
    event = list_events(session, examined.id)[-1]
    assert (event.by_name, event.data["proposed_by"]) == ("Marco Riva", "Anna Bassi")
    assert open_ones(session) == []


def test_without_four_eyes_a_decider_may_decide_otherwise(session: Session, settings: Settings) -> None:
    alone = settings.model_copy(update={"four_eyes": False})
    examined = make_under_review(session, alone)
    propose(session, alone, examined)
    actions.reject(session, examined.id, version=examined.version, by=MARCO, settings=alone, reason_code="R03")
    event = list_events(session, examined.id)[-1]
    assert (event.data["proposed_by"], event.data["proposed"]) == ("Anna Bassi", "approve")


def test_without_four_eyes_an_approver_decides_alone_and_their_own_proposal(
    session: Session, settings: Settings
) -> None:
    alone = settings.model_copy(update={"four_eyes": False})
    first, second = make_under_review(session, alone, n=1), make_under_review(session, alone, n=2)
    approve(session, alone, first)
    propose(session, alone, second, MARCO)
    approve(session, alone, second)
    assert {first.state, second.state} == {State.APPROVED}


@pytest.mark.parametrize("step", ["release", "ask", "withdraw", "reject"])
def test_proposal_ends_with_the_review(session: Session, settings: Settings, step: str) -> None:
    examined = make_under_review(session, settings)
    propose(session, settings, examined)
    seen: dict[str, Any] = {"version": examined.version, "by": MARCO}
    match step:
        case "release":
            actions.release_review(session, examined.id, **seen)
        case "ask":
            actions.request_information(session, examined.id, **seen, settings=settings, wanted=[REPLY])
        case "withdraw":
            actions.withdraw(session, examined.id, settings=settings)
        case _:
            alone = settings.model_copy(update={"four_eyes": False})
            actions.reject(session, examined.id, **seen, settings=alone, reason_code="R01")
    assert open_ones(session) == []


def test_withdrawal_is_for_the_proposer_and_for_approvers(session: Session, settings: Settings) -> None:
    examined = make_under_review(session, settings)
    other = Principal("bruno", "Bruno Neri", frozenset({Role.REVIEWER}))
    for who, is_allowed in ((other, False), (ANNA, True), (MARCO, True)):
        if not open_ones(session):
            propose(session, settings, examined)
        seen: dict[str, Any] = {"version": examined.version, "by": who}
        if is_allowed:
            actions.withdraw_proposal(session, examined.id, **seen)
            assert list_events(session, examined.id)[-1].type == "application.proposal_withdrawn"
        else:
            with pytest.raises(ForbiddenError):
                actions.withdraw_proposal(session, examined.id, **seen)
    with pytest.raises(ConflictError):
        actions.withdraw_proposal(session, examined.id, version=examined.version, by=ANNA)


def test_who_is_late_reads_who_proposed_what(session: Session, settings: Settings) -> None:
    examined = make_under_review(session, settings)
    seen = examined.version
    propose(session, settings, examined)
    with pytest.raises(InvalidTransitionError, match=r"Anna Bassi ha proposto di accettare la domanda alle \d\d:\d\d"):
        actions.reject(session, examined.id, version=seen, by=MARCO, settings=settings, reason_code="R03")


def test_terms_of_a_proposal_are_checked_against_the_leaves(session: Session, settings: Settings) -> None:
    examined = make_under_review(session, settings)
    every = tuple(Refused(row.leaf, "R03") for row in examined.categories)
    with pytest.raises(TermsError):
        propose(session, settings, examined, decision=Terms(every).plain())


# --- the pages


def at(number: str, rest: str = "") -> str:
    return f"/gestione/richieste/{number}" + (f"/{rest}" if rest else "")


def hidden(html: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', html))


def test_pages_lead_from_the_proposal_to_the_decision_as_proposed(careful: Portal) -> None:
    number = careful.reviewed()
    marco, anna = careful.browser(REVIEWER), careful.browser(DECIDER)
    detail = marco.get(at(number)).text
    assert "Proponi di accettare" in detail
    assert "decisione?esito" not in detail
    leaf = careful.run(lambda s: s.get(Application, careful.id_of(number)).categories[0].leaf)
    typed = {f"grant.{leaf}": "no", f"code.{leaf}": "R03", f"text.{leaf}": "Serve la SOA.", "note": "parere breve",
             "version": hidden(marco.get(at(number, f"{PROPOSE}accetta")).text)["version"]}  # fmt: skip
    preview = marco.post(at(number, f"{PROPOSE}accetta"), data=typed)
    assert preview.status_code == 200
    assert "Serve la SOA." in preview.text
    assert "all’impresa per ora non parte nulla" in preview.text
    done = marco.post(at(number, f"{PROPOSE}accetta"), data=hidden(preview.text) | {"note": "parere breve"})
    assert (done.status_code, done.headers["location"]) == (303, at(number))

    shown = anna.get(at(number)).text
    for said in ("Proposta: accettare", "Marco Riva", "Serve la SOA.", "parere breve", "Decidi come proposto"):
        assert said in shown
    confirm = anna.get(at(number, f"{DECIDE}accetta&come=proposta"))
    assert "Decidi come ha proposto Marco Riva." in confirm.text
    assert hidden(confirm.text)[f"code.{leaf}"] == "R03"
    assert "parere breve" not in confirm.text, "the note of the proposal is not the decider's"
    assert anna.post(at(number, f"{DECIDE}accetta"), data=hidden(confirm.text)).status_code == 303
    after = anna.get(at(number)).text
    assert "Accettata da Anna Bassi" in after
    assert "Proposta da Marco Riva." in after
    assert "Serve la SOA." in after


def test_proposed_refusal_is_decided_with_its_reasons(careful: Portal) -> None:
    number = careful.reviewed()
    marco, anna = careful.browser(REVIEWER), careful.browser(DECIDER)
    typed = {"version": str(careful.version(number)), "passo": "conferma", "reason_code": "R99", "reason_text": WHY,
             "reapply_from": "", "note": ""}  # fmt: skip
    assert marco.post(at(number, f"{PROPOSE}respingi"), data=typed).status_code == 303
    confirm = anna.get(at(number, f"{DECIDE}respingi&come=proposta"))
    assert WHY in confirm.text
    assert anna.post(at(number, f"{DECIDE}respingi"), data=hidden(confirm.text)).status_code == 303
    application = careful.application(number)
    assert (application.state, application.reason_code, application.reason_text) == (State.REJECTED, "R99", WHY)


def test_who_decides_too_late_finds_what_was_typed_and_the_sentence(careful: Portal) -> None:
    number = careful.reviewed()
    marco, pia = careful.browser(REVIEWER), careful.browser(PIA)
    old = str(careful.version(number))
    given = {"version": old, "passo": "conferma", "reason_code": "R99", "reason_text": WHY, "note": "telefonato"}
    proposed = {"version": old, "passo": "conferma", "reason_code": "R03", "reason_text": "", "note": ""}
    assert marco.post(at(number, f"{PROPOSE}respingi"), data=proposed).status_code == 303
    late = pia.post(at(number, f"{DECIDE}respingi"), data=given)
    assert late.status_code == 409
    assert "Marco Riva ha proposto di respingere la domanda alle" in late.text
    for said in (WHY, "telefonato"):
        assert said in late.text
    assert hidden(late.text)["version"] == str(careful.version(number))
    again = pia.post(at(number, f"{DECIDE}respingi"), data=given | hidden(late.text))
    assert again.status_code == 303


def test_withdrawal_page_asks_first(careful: Portal) -> None:
    number, marco = careful.reviewed(), careful.browser(REVIEWER)
    data = {"version": str(careful.version(number)), "passo": "conferma"}
    assert marco.get(at(number, "proposta/ritira")).status_code == 303
    assert marco.post(at(number, f"{PROPOSE}accetta"), data=data).status_code == 303
    asked = marco.get(at(number, "proposta/ritira"))
    assert marco.post(at(number, "proposta/ritira"), data=hidden(asked.text)).status_code == 303
    assert "Proposta: accettare" not in marco.get(at(number)).text


@pytest.mark.parametrize("person", [AUDITOR, SPECIALIST])
def test_proposing_is_for_reviewers_and_approvers(careful: Portal, person: Principal) -> None:
    number, browser = careful.reviewed(), careful.browser(person)
    assert browser.get(at(number, f"{PROPOSE}accetta")).status_code == 403
    assert browser.post(at(number, f"{PROPOSE}accetta"), data={"passo": "conferma"}).status_code == 403
    assert "Proponi" not in browser.get(at(number)).text
