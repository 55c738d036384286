"""The excluded list: who may keep it, what an entry does to what its company sends, what nobody else sees, its end."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.principal import Principal, Role
from service.applications import actions
from service.applications.models import Application
from service.applications.states import Hold
from service.audit.retention import erase_due
from service.audit.trail import list_events
from service.clock import add_months, local_date
from service.config import Settings
from service.errors import ForbiddenError
from service.exclusions.actions import (
    ExclusionConflictError,
    ExclusionError,
    add_exclusion,
    end_exclusion,
    renew_exclusion,
)
from service.exclusions.models import Exclusion
from service.exclusions.repository import find_exclusion, list_exclusions, list_to_review
from service.invitations.actions import extend, invite, resend
from service.invitations.barring import BarredError
from service.invitations.invitee import Invitee
from service.invitations.purging import list_all_due
from service.local.examples import eleven_digits, german_vat, person_tax_code
from service.questionnaire import company_number
from service.suppliers.models import Supplier
from service.suppliers.repository import find_by_identity_key
from service.suppliers.states import Qualification
from service.web.dates import short_day
from tests.factories.applications import ANNA as REVIEWER
from tests.factories.applications import MARCO as APPROVER
from tests.factories.applications import examine, make_approved, make_draft, make_submitted
from tests.support.staff_portal import ADMIN, ANNA, AUDITOR, MARCO, SPECIALIST, Portal, staff_portal

__all__ = ["staff_portal"]
HERE = "/gestione/esclusi"
WHY = "Sentenza del tribunale di Lodi"


def later() -> date:
    return local_date() + timedelta(days=90)


def excluded(session: Session, settings: Settings, number: str, country: str = "IT", **more: Any) -> Exclusion:
    given = {"name": "Ferri S.r.l.", "reason": WHY, "review_on": later(), "by": APPROVER, **more}
    return add_exclusion(session, country=country, number=number, settings=settings, **given)


@pytest.mark.parametrize(
    ("country", "number", "key"),
    [
        ("IT", eleven_digits(7), f"IT-CF:{eleven_digits(7)}"),
        ("IT", person_tax_code(7).lower(), f"IT-CF:{person_tax_code(7)}"),
        ("DE", german_vat(7), f"VAT:{german_vat(7)}"),
        ("CH", "che-101.100.789", "CH:CHE-101.100.789"),
        ("GB", "XI 925901618", "VAT:XI925901618"),
    ],
)
def test_add_keeps_the_key_an_application_would_have(
    session: Session, settings: Settings, country: str, number: str, key: str
) -> None:
    made = excluded(session, settings, number, country)
    assert made.identity_key == key
    assert find_exclusion(session, key) is made
    (event,) = list_events(session, made.id)
    assert (event.type, event.data) == ("exclusion.added", {"review_on": later().isoformat()})  # it names nobody


def test_add_refuses_what_is_not_right_by_field(session: Session, settings: Settings) -> None:
    late = add_months(local_date(), 24) + timedelta(days=1)
    with pytest.raises(ExclusionError) as error:
        excluded(session, settings, "123", name=" ", reason="no", review_on=late)
    assert set(error.value.errors) == {"number", "name", "reason", "review_on"}
    for country, number, field in (
        ("DE", "FR40303265045", "number"),
        ("??", eleven_digits(7), "country"),
        ("IT", "", "number"),
    ):
        with pytest.raises(ExclusionError) as error:
            excluded(session, settings, number, country)
        assert set(error.value.errors) == {field}
    for day in (None, local_date()):
        with pytest.raises(ExclusionError) as error:
            excluded(session, settings, eleven_digits(7), review_on=day)
        assert set(error.value.errors) == {"review_on"}
    excluded(session, settings, eleven_digits(7), review_on=add_months(local_date(), 24))
    with pytest.raises(ExclusionError) as error:
        excluded(session, settings, eleven_digits(7))
    assert error.value.errors["number"] == ["È già nell’elenco dei soggetti esclusi."]
    with pytest.raises(ForbiddenError):
        excluded(session, settings, eleven_digits(8), by=REVIEWER)


def test_renew_and_end_name_what_was_seen(session: Session, settings: Settings) -> None:
    made = excluded(session, settings, eleven_digits(7))
    wanted: dict[str, Any] = {
        "reason": "Ancora in giudizio",
        "review_on": later() + timedelta(days=90),
        "by": APPROVER,
        "settings": settings,
    }
    renewed = renew_exclusion(session, made.id, version=1, **wanted)
    assert (renewed.review_on, renewed.reason, renewed.renewal_reason) == (
        wanted["review_on"],
        WHY,
        "Ancora in giudizio",
    )
    with pytest.raises(ExclusionConflictError):
        renew_exclusion(session, made.id, version=1, **wanted)
    with pytest.raises(ExclusionError):
        renew_exclusion(session, made.id, version=2, **{**wanted, "reason": ""})
    with pytest.raises(ExclusionConflictError):
        end_exclusion(session, made.id, version=1, by=APPROVER)
    with pytest.raises(ForbiddenError):
        end_exclusion(session, made.id, version=2, by=REVIEWER)
    end_exclusion(session, made.id, version=2, by=APPROVER)
    session.flush()
    with pytest.raises(ExclusionConflictError):
        renew_exclusion(session, made.id, version=3, **wanted)
    assert find_exclusion(session, made.identity_key) is None
    assert [one.type for one in list_events(session, made.id)] == [
        "exclusion.added",
        "exclusion.renewed",
        "exclusion.ended",
    ]
    assert excluded(session, settings, eleven_digits(7)).id != made.id  # may be put on it again


def test_submit_of_an_excluded_company_waits_for_an_approver(session: Session, settings: Settings) -> None:
    draft = make_draft(session, settings, n=7)
    excluded(session, settings, eleven_digits(7))
    sent = actions.submit(session, draft.id, settings=settings)
    assert sent.hold == Hold.REVOKED_OR_EXCLUDED
    with pytest.raises(ForbiddenError):
        actions.release_hold(session, sent.id, version=sent.version, by=REVIEWER)
    assert actions.release_hold(session, sent.id, version=sent.version, by=APPROVER).hold is None


def test_submit_of_a_revoked_supplier_waits_in_just_the_same_words(session: Session, settings: Settings) -> None:
    admitted = make_approved(session, settings, n=7)
    session.get_one(Supplier, admitted.supplier_id).qualification = Qualification.REVOKED
    session.flush()
    assert make_submitted(session, settings, n=7).hold == Hold.REVOKED_OR_EXCLUDED


def test_revoked_company_is_admitted_again_as_another_supplier(session: Session, settings: Settings) -> None:
    admitted = make_approved(session, settings, n=7)
    old = session.get_one(Supplier, admitted.supplier_id)
    old.qualification = Qualification.REVOKED
    session.flush()
    sent = make_submitted(session, settings, n=7)
    actions.release_hold(session, sent.id, version=sent.version, by=APPROVER)
    examine(session, sent, settings=settings)
    new = actions.approve(session, sent.id, version=sent.version, by=APPROVER, settings=settings)
    assert new.number > old.number
    assert old.qualification == Qualification.REVOKED
    assert find_by_identity_key(session, old.identity_key) is new
    assert make_submitted(session, settings, n=7).hold == Hold.ALREADY_REGISTERED


def test_invitation_of_a_barred_company_is_for_an_approver(session: Session, settings: Settings) -> None:
    excluded(session, settings, eleven_digits(7))
    admitted = make_approved(session, settings, n=8)
    session.get_one(Supplier, admitted.supplier_id).qualification = Qualification.REVOKED
    session.flush()
    said = set()
    for n in (7, 8):
        with pytest.raises(BarredError) as error:
            invite(session, Invitee("Ferri", "a@ferri.it", tax_code=eleven_digits(n)), by=REVIEWER, settings=settings)
        said.add(error.value.detail)
    assert len(said) == 1  # which of the two it is nobody learns
    for number, by in ((eleven_digits(9), REVIEWER), (eleven_digits(7), APPROVER), (None, REVIEWER)):
        made = invite(session, Invitee("Ferri", f"a{number}@ferri.it", tax_code=number or ""), by=by, settings=settings)
        assert made.tax_code == number


@pytest.mark.parametrize("step", [resend, extend])
def test_invitation_of_a_company_barred_since_is_an_approvers_too(
    session: Session, settings: Settings, step: Any
) -> None:
    invitee = Invitee("Ferri", "a@ferri.it", tax_code=eleven_digits(7))
    made = invite(session, invitee, by=REVIEWER, settings=settings)
    more = {"seen": made.expires_at} if step is extend else {}
    excluded(session, settings, eleven_digits(7))
    with pytest.raises(BarredError):
        step(session, made.id, by=REVIEWER, settings=settings, **more)
    step(session, made.id, by=APPROVER, settings=settings, **more)


def test_entry_is_erased_on_its_day_of_review_unless_renewed(session: Session, settings: Settings) -> None:
    kept, ended = excluded(session, settings, eleven_digits(7)), excluded(session, settings, eleven_digits(8))
    end_exclusion(session, ended.id, version=1, by=APPROVER)
    session.flush()
    assert purged(session, settings, local_date()) == [ended.id]  # the night after it was ended
    assert list_to_review(session, until=later()) == [kept]
    assert purged(session, settings, later() - timedelta(days=1)) == []
    more: dict[str, Any] = {"reason": "Ancora in giudizio", "by": APPROVER, "settings": settings}
    renew_exclusion(session, kept.id, version=1, review_on=later() + timedelta(days=30), **more)
    session.flush()
    assert purged(session, settings, later()) == []
    assert purged(session, settings, later() + timedelta(days=30)) == [kept.id]
    assert session.scalars(select(Exclusion)).all() == []
    assert list_events(session, kept.id)[-1].type == "exclusion.erased"


def purged(session: Session, settings: Settings, day: date) -> list[Any]:
    due = [one for one in list_all_due(session, settings=settings, until=day) if one.rule.name == "exclusions"]
    return [one.id for one in due if erase_due(session, one, settings=settings, today=day)]


def test_list_is_found_by_words_and_number_and_goes_on_after_a_page(
    session: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [
        excluded(session, settings, eleven_digits(n), name=f"Impresa {n}", review_on=local_date() + timedelta(days=n))
        for n in (3, 1, 2)
    ]
    assert [one.name for one in list_exclusions(session)] == ["Impresa 1", "Impresa 2", "Impresa 3"]
    assert list_exclusions(session, words="impresa 2") == [made[2]]
    assert list_exclusions(session, words=f"IT {eleven_digits(3)[2:8]}") == [made[0]]
    assert list_exclusions(session, words="%") == []
    assert [one.name for one in list_exclusions(session, after=made[1].id)] == ["Impresa 2", "Impresa 3"]
    monkeypatch.setattr("service.exclusions.repository.PAGE", 1)
    assert len(list_exclusions(session)) == 2


def form() -> dict[str, str]:
    return {
        "country": "IT", "number": eleven_digits(7), "name": "Ferri S.r.l.", "reason": WHY,
        "review_on": short_day(later()),
    }  # fmt: skip


@pytest.fixture
def approver(staff_portal: Portal) -> TestClient:
    return staff_portal.browser(ANNA)


def added(portal: Portal, n: int = 7) -> Exclusion:
    return portal.run(lambda s: excluded(s, portal.settings, eleven_digits(n), name=f"Impresa {n}"))  # type: ignore[no-any-return]


def test_pages_are_missing_for_everybody_else_and_auditors_only_read(staff_portal: Portal) -> None:
    made = added(staff_portal)
    pages = ("", "/nuovo", f"/{made.id}", f"/{made.id}/rinnova", f"/{made.id}/togli")
    for person in (MARCO, SPECIALIST, ADMIN):
        browser = staff_portal.browser(person)
        missing = browser.get("/gestione/non-esiste")
        for path in pages:
            assert browser.get(f"{HERE}{path}").content == missing.content
        for path in pages[1:2] + pages[3:]:
            assert browser.post(f"{HERE}{path}", data=form()).content == missing.content
        assert HERE not in browser.get("/gestione").text
    auditor = staff_portal.browser(AUDITOR)
    assert [auditor.get(f"{HERE}{path}").status_code for path in pages] == [200, 404, 200, 404, 404]
    assert f"{HERE}/nuovo" not in auditor.get(HERE).text
    assert "Rinnova" not in auditor.get(f"{HERE}/{made.id}").text
    assert auditor.post(f"{HERE}/{made.id}/togli", data={"version": "1"}).status_code == 404
    assert staff_portal.rows(select(Exclusion.ended_at)) == [None]


def test_entry_from_form_to_end(staff_portal: Portal, approver: TestClient) -> None:
    bad = approver.post(f"{HERE}/nuovo", data={**form(), "number": "12", "reason": "x"})
    assert bad.status_code == 422
    assert 'href="#number"' in bad.text
    assert 'href="#reason"' in bad.text
    assert f'value="{form()["review_on"]}"' in bad.text
    made = approver.post(f"{HERE}/nuovo", data=form())
    assert made.status_code == 303
    path = made.headers["location"]
    page = approver.get(path).text
    assert form()["number"] in page
    assert WHY in page
    assert "Aggiunto all’elenco dei soggetti esclusi" in page
    assert approver.post(f"{HERE}/nuovo", data=form()).status_code == 422
    assert approver.post(f"{path}/rinnova", data={"version": "1", "reason": "no", "review_on": ""}).status_code == 422
    good = {"version": "1", "reason": "Ancora in giudizio", "review_on": short_day(later() + timedelta(days=9))}
    assert approver.post(f"{path}/rinnova", data=good).status_code == 303
    assert approver.post(f"{path}/rinnova", data=good).status_code == 409
    assert "Ancora in giudizio" in approver.get(path).text
    assert 'name="version" value="2"' in approver.get(f"{path}/togli").text
    assert approver.post(f"{path}/togli", data={"version": "1"}).status_code == 409
    assert approver.post(f"{path}/togli", data={"version": "2"}).headers["location"] == HERE
    assert approver.get(f"{path}/togli").status_code == 404
    assert "L’elenco è vuoto." in approver.get(HERE).text
    assert "La voce è cancellata la prossima notte." in approver.get(path).text


@pytest.mark.parametrize("is_registered", [True, False])
def test_contact_of_the_company_neither_renews_nor_ends_its_entry(staff_portal: Portal, *, is_registered: bool) -> None:
    def listed(session: Session) -> tuple[Exclusion, str]:
        make = make_approved if is_registered else make_submitted
        application = make(session, staff_portal.settings, n=7)
        country, number = company_number(application.identity_key or "")
        return excluded(session, staff_portal.settings, number, country), application.contact_email

    entry, email = staff_portal.run(listed)
    contact = staff_portal.browser(Principal("vera", "Vera Conti", frozenset({Role.APPROVER}), email=email))
    for step, sent in (("rinnova", {**form(), "version": "1"}), ("togli", {"version": "1"})):
        assert contact.post(f"{HERE}/{entry.id}/{step}", data=sent).status_code == 403
    assert staff_portal.rows(select(Exclusion.ended_at)) == [None]


def test_list_reminds_masks_persons_and_searches(staff_portal: Portal, approver: TestClient) -> None:
    code = person_tax_code(5)
    staff_portal.run(
        lambda s: excluded(
            s, staff_portal.settings, code, name="Paolo Ferri", review_on=local_date() + timedelta(days=9)
        )
    )
    added(staff_portal)
    page = approver.get(HERE).text
    assert "Da riesaminare entro 30 giorni: 1 voce." in page
    assert code not in page
    assert f"{code[:3]}•••••••••{code[-4:]}" in page
    assert eleven_digits(7) in page
    assert "Impresa 7" not in approver.get(f"{HERE}?q=paolo").text
    assert "Nessuna voce con «zzz»" in approver.get(f"{HERE}?q=zzz").text
    assert approver.get(f"{HERE}?dopo=x").status_code == 200


def without_presence(page: str) -> str:
    return re.sub(r"<p[^>]* data-present=.*?</p>", "", page, flags=re.DOTALL)


def test_hit_is_on_the_pages_of_approvers_and_auditors_and_on_nobody_elses(staff_portal: Portal) -> None:
    number = staff_portal.sent(7)
    path = f"/gestione/richieste/{number}"
    reviewer, approver = staff_portal.browser(MARCO), staff_portal.browser(ANNA)
    before = without_presence(reviewer.get(path).text)
    assert f"{HERE}/nuovo?domanda={number}" not in before
    prefilled = approver.get(f"{HERE}/nuovo?domanda={number}").text
    assert f'value="{eleven_digits(7)}"' in prefilled
    assert f"{HERE}/nuovo?domanda={number}" in approver.get(path).text
    made = added(staff_portal)
    assert without_presence(reviewer.get(path).text) == before
    assert staff_portal.browser(SPECIALIST).get(path).text.count("esclusi") == 0
    for person in (ANNA, AUDITOR):
        page = staff_portal.browser(person).get(path).text
        assert "L’impresa è nell’elenco dei soggetti esclusi." in page
        assert f"{HERE}/{made.id}" in page
    assert f'href="{path}"' in approver.get(f"{HERE}/{made.id}").text
    content = staff_portal.run(lambda s: s.get(Application, staff_portal.id_of(number)).content.answers)
    staff_portal.run(lambda s: excluded(s, staff_portal.settings, content["rappresentante"]["rep_tax_code"]))
    assert "Il legale rappresentante è nell’elenco" in approver.get(path).text
    later = f"/gestione/richieste/{staff_portal.sent(7)}"  # parked: the words do not tell which of the two it is
    assert "Fornitore revocato o soggetto escluso" in reviewer.get(later).text
    assert "nell’elenco dei soggetti" not in reviewer.get(later).text


def test_retention_tells_when_an_entry_goes_and_not_whose_it_is(staff_portal: Portal) -> None:
    made = added(staff_portal)
    page = staff_portal.browser(ADMIN).get("/gestione/conservazione").text
    assert "Voci dell’elenco dei soggetti esclusi" in page
    assert "riservato" in page
    assert made.name not in page
