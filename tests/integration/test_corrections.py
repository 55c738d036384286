"""Rounds of corrections: only what is asked opens, the rest stays as sent, and every step is told once."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.applications import actions, corrections
from service.applications.actions import IncompleteError, Wanted, WantedError, requesting
from service.applications.actions.resubmitting import IDENTIFIERS
from service.applications.correction_work import OpenParts, Work
from service.applications.models import (
    Acknowledgement,
    Application,
    ApplicationWarning,
    ApplicationWords,
    InformationRequest,
    Snapshot,
)
from service.applications.states import Hold, InvalidTransitionError, ItemKind, State
from service.audit.trail import list_events
from service.clock import add_months, local_date
from service.config import Settings, load_settings
from service.documents import judging
from service.documents.models import Document
from service.documents.repository import latest
from service.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from service.jobs.models import Job
from service.local.examples import complete_answers
from service.locales import catalogue
from service.questionnaire import Parsed, answer_day, parse_only
from tests.conftest import in_process_environment
from tests.factories.applications import ANNA, GIULIA, MARCO, make_approved, make_submitted, make_under_review
from tests.factories.corrections import CONTACTS, DURC, STREET, answer_all, ask, give_again, make_asked, parsed

TAX_CODE = Wanted(ItemKind.FIELD, "D06", "Non torna.", section="anagrafica", field="tax_code")
SOA_HELD = Wanted(ItemKind.FIELD, "D06", "Non torna.", section="attivita", field="soa_held")


@pytest.fixture
def settings() -> Settings:
    """Settings for actions in one rolled-back transaction: no database of their own."""
    return load_settings(in_process_environment("postgresql+psycopg:///nessuna"))


def jobs(session: Session) -> list[str]:
    """Give the messages of the mail jobs."""
    found = session.scalars(select(Job).where(Job.kind == "mail.send").order_by(Job.id))
    return [job.args["message"] for job in found]


def events(session: Session, application: Application) -> list[str]:
    """Give the types of the trail of an application."""
    session.flush()
    return [event.type for event in list_events(session, application.id)]


def round_of(session: Session, application: Application) -> InformationRequest:
    """Give the open round."""
    found = corrections.find_open_request(session, application.id)
    assert found is not None
    return found


def opened(session: Session, settings: Settings, application: Application) -> OpenParts:
    """Give what is open now."""
    return Work(session, application, round_of(session, application), settings).open_parts


def test_request_opens_what_was_asked_and_nothing_else(session: Session, settings: Settings) -> None:
    application = make_asked(session, settings)
    request = round_of(session, application)
    assert application.state == State.INFORMATION_REQUESTED
    assert request.deadline == answer_day(local_date(), 10)
    parts = opened(session, settings, application)
    assert parts.fields == {"sede": {"hq_street"}}
    assert parts.documents == {("durc", "")}
    assert [one.is_answered for one in corrections.item_views(session, application, request, settings=settings)] == [
        False,
        False,
    ]
    assert jobs(session)[-1] == "information_request"
    assert events(session, application)[-1] == "application.information_requested"


def test_request_of_a_section_opens_all_its_fields_but_the_address_and_the_category(
    session: Session, settings: Settings
) -> None:
    application = make_asked(
        session, settings, CONTACTS, Wanted(ItemKind.SECTION, "D06", "Non torna.", section="avvio")
    )
    fields = opened(session, settings, application).fields
    assert {"sales_phone", "admin_email", "safety_email"} <= fields["referenti"]
    assert "supply_types" in fields["avvio"]
    assert not {"contact_email", "legal_category"} & fields["avvio"]


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ([], "almeno un dato"),
        ([Wanted(ItemKind.FIELD, "D99", "troppo corta", section="sede", field="hq_street")], "almeno 20"),
        ([Wanted(ItemKind.FIELD, "D06", section="sede", field="hq_street")], "una frase"),
        ([Wanted(ItemKind.FIELD, "D06", " no ", section="sede", field="hq_street")], "una frase"),
        ([Wanted(ItemKind.FIELD, "R01", section="sede", field="hq_street")], "motivo dall'elenco"),
        ([Wanted(ItemKind.FIELD, "D06", "Non torna.", section="sede", field="soa_held")], "non si può chiedere"),
        ([Wanted(ItemKind.FIELD, "D06", "Non torna.", section="avvio", field="contact_email")], "non si può chiedere"),
        ([Wanted(ItemKind.SECTION, "D06", "Non torna.", section="componenti")], "non si può chiedere"),
        ([Wanted(ItemKind.DOCUMENT, "D01", "Non torna.", document_type="soa")], "non si può chiedere"),
        ([STREET, STREET], "due volte"),
        ([Wanted(ItemKind.FIELD, "D06", "x" * 1001, section="sede", field="hq_street")], "al massimo"),
    ],
)
def test_request_of_what_cannot_be_asked_is_refused(
    session: Session, settings: Settings, wanted: list[Wanted], words: str
) -> None:
    examined = make_under_review(session, settings)
    with pytest.raises(WantedError, match=words):
        actions.request_information(
            session, examined.id, version=examined.version, by=ANNA, settings=settings, wanted=wanted
        )
    assert examined.state == State.UNDER_REVIEW, "a page that shows the refusal may commit"


def test_request_needs_the_permission_the_state_and_the_version_seen(session: Session, settings: Settings) -> None:
    sent = make_submitted(session, settings)
    with pytest.raises(ForbiddenError):
        ask(session, settings, sent, by=GIULIA)
    with pytest.raises(InvalidTransitionError, match="prima presa in carico"):
        ask(session, settings, sent)
    actions.start_review(session, sent.id, version=sent.version, by=ANNA)
    with pytest.raises(InvalidTransitionError, match="Anna Bassi"):
        ask(session, settings, sent, version=sent.version - 1)
    ask(session, settings, sent)
    with pytest.raises(InvalidTransitionError, match="Integrazioni richieste"):
        ask(session, settings, sent)
    with pytest.raises(InvalidTransitionError):
        actions.approve(session, sent.id, version=sent.version, by=MARCO, settings=settings)
    with pytest.raises(InvalidTransitionError):
        actions.release_review(session, sent.id, version=sent.version, by=MARCO)


def test_save_keeps_open_fields_in_the_copy_and_the_application_as_sent(session: Session, settings: Settings) -> None:
    application = make_asked(session, settings)
    street = application.content.answers["sede"]["hq_street"]
    request = actions.save_correction(
        session, application.id, "sede", parsed(hq_street="Via Milano"), settings=settings
    )
    assert request.answers["sede"]["hq_street"] == "Via Milano"
    assert request.answers["sede"]["hq_zip"] == application.content.answers["sede"]["hq_zip"]
    assert application.content.answers["sede"]["hq_street"] == street
    assert [one.is_answered for one in corrections.item_views(session, application, request, settings=settings)] == [
        True,
        False,
    ]
    assert request.changed["sede"]["hq_street"][0] == corrections.working_version(request) == 1
    assert opened(session, settings, application).fields == {"sede": {"hq_street"}}


def test_save_of_a_frozen_field_is_refused_and_of_the_same_value_is_not(session: Session, settings: Settings) -> None:
    application = make_asked(session, settings)
    same = application.content.answers["sede"]
    for section, form in (
        ("sede", parsed(hq_street="Via Milano", hq_zip="20100")),
        ("anagrafica", parsed(website="https://example.com")),
        ("sede", Parsed(values={}, raw={"hq_zip": "zz"}, errors={}, warnings={}, unknown=())),
    ):
        with pytest.raises(InvalidError, match="non è fra quelli"):
            actions.save_correction(session, application.id, section, form, settings=settings)
    actions.save_correction(session, application.id, "sede", parsed(**same), settings=settings)


def test_save_of_what_is_not_right_is_kept_as_typed_and_answers_nothing(session: Session, settings: Settings) -> None:
    application = make_asked(session, settings, TAX_CODE)
    form = parse_only("anagrafica", {"tax_code": ["123"]}, {"tax_code"}, category="SC",
                      answers=application.content.answers)  # fmt: skip
    request = actions.save_correction(session, application.id, "anagrafica", form, settings=settings)
    assert request.answers["_raw"] == {"anagrafica": {"tax_code": "123"}}
    assert not corrections.item_views(session, application, request, settings=settings)[0].is_answered
    with pytest.raises(IncompleteError):
        actions.resubmit(session, application.id, settings=settings)
    request = actions.save_correction(
        session, application.id, "anagrafica", parsed(tax_code=other_tax_code(2)), settings=settings
    )
    assert request.answers["_raw"] == {}
    # the partita IVA is the same by a tick: it follows
    assert request.answers["anagrafica"]["vat_number"] == other_tax_code(2)
    assert corrections.item_views(session, application, request, settings=settings)[0].is_answered


def other_tax_code(n: int) -> str:
    """Give the codice fiscale of another company."""
    return str(complete_answers("SC", n=n)["anagrafica"]["tax_code"])


def test_answer_that_makes_others_due_opens_them_and_the_document(session: Session, settings: Settings) -> None:
    application = make_asked(session, settings, SOA_HELD)
    assert "soa_number" in opened(session, settings, application).fields["attivita"], "may be shown by the page at once"
    actions.save_correction(session, application.id, "attivita", parsed(soa_held="yes"), settings=settings)
    request, parts = round_of(session, application), opened(session, settings, application)
    assert {"soa_held", "soa_items", "soa_body", "soa_expires_on"} <= parts.fields["attivita"]
    assert "merchandise" not in parts.fields["attivita"]
    assert ("soa", "") in parts.documents
    lacking = Work(session, application, request, settings).missing
    assert "soa_number" in {gap.field for gap in lacking.gaps}
    why = {request.items[0].id: "Non abbiamo attestazioni SOA."}
    actions.save_correction(session, application.id, "attivita", parsed(soa_held="no"), settings=settings, replies=why)
    assert opened(session, settings, application).documents == frozenset()
    assert not Work(session, application, request, settings).missing


def test_resubmit_puts_the_copy_in_place_and_keeps_what_changed(session: Session, settings: Settings) -> None:
    application = make_asked(session, settings)
    session.add(
        ApplicationWarning(
            application_id=application.id, field="x", code="old", text="x", found_at=application.created_at
        )
    )
    answer_all(session, settings, application)
    back = actions.resubmit(session, application.id, settings=settings)
    session.flush()
    assert back.state == State.UNDER_REVIEW
    assert back.assignee_name == "Anna Bassi"
    assert back.content.answers["sede"]["hq_street"] == "Via Milano"
    (request,) = corrections.list_requests(session, back.id)
    assert request.answered_at is not None
    assert request.differences["answers"] == [
        {"section": "sede", "field": "hq_street", "before": "Via Roma", "after": "Via Milano"}
    ]
    assert request.differences["documents"] == [{"type": "durc", "slot": "", "before": 1, "after": 2}]
    assert jobs(session)[-2:] == ["information_received", "staff_information_received"]
    assert events(session, back)[-1] == "application.resubmitted"
    snapshots = session.scalars(select(Snapshot).where(Snapshot.application_id == back.id)).all()
    assert [one.event for one in snapshots] == ["submitted", "resubmitted"]
    assert snapshots[0].data["answers"]["sede"]["hq_street"] == "Via Roma"
    codes = session.scalars(select(ApplicationWarning.code).where(ApplicationWarning.application_id == back.id))
    assert "old" not in list(codes)


def test_resubmit_twice_says_when_the_first_came(session: Session, settings: Settings) -> None:
    application = make_asked(session, settings)
    answer_all(session, settings, application)
    actions.resubmit(session, application.id, settings=settings)
    with pytest.raises(InvalidTransitionError, match="già state inviate il"):
        actions.resubmit(session, application.id, settings=settings)
    with pytest.raises(InvalidTransitionError, match="non sono più aperte"):
        actions.save_correction(session, application.id, "sede", parsed(hq_street="Via Po"), settings=settings)
    assert jobs(session).count("information_received") == 1


def test_resubmit_with_an_item_unanswered_is_refused(session: Session, settings: Settings) -> None:
    application = make_asked(session, settings)
    actions.save_correction(session, application.id, "sede", parsed(hq_street="Via Milano"), settings=settings)
    with pytest.raises(IncompleteError):
        actions.resubmit(session, application.id, settings=settings)
    item = round_of(session, application).items[1]
    with pytest.raises(NotFoundError):
        actions.reply_to(session, application.id, item.id + 999, "Ecco.")
    actions.reply_to(session, application.id, item.id, "Il DURC che avete è quello giusto.")
    assert actions.resubmit(session, application.id, settings=settings).state == State.UNDER_REVIEW


def test_reply_that_is_too_long_changes_nothing(session: Session, settings: Settings) -> None:
    application = make_asked(session, settings)
    item = round_of(session, application).items[0]
    with pytest.raises(InvalidError, match="al massimo"):
        actions.save_correction(
            session,
            application.id,
            "sede",
            parsed(hq_street="Via Po"),
            settings=settings,
            replies={item.id: "x" * 1001},
        )
    assert round_of(session, application).answers["sede"]["hq_street"] == "Via Roma"
    actions.save_correction(
        session, application.id, "sede", parsed(hq_street="Via Po"), settings=settings, replies={item.id: " Ecco. "}
    )
    assert item.reply == "Ecco."


def test_refused_document_is_answered_by_a_new_one_or_by_words(session: Session, settings: Settings) -> None:
    application = make_under_review(session, settings)
    durc = session.scalars(select(Document).where(Document.type == "durc")).one()
    version = latest(durc)
    assert version is not None
    judging.reject(session, version.id, reason_code="D03", by=ANNA, seen=version.verdict)
    ask(session, settings, application, STREET)
    assert opened(session, settings, application).documents == {("durc", "")}, "it stops the sending, so it opens"
    actions.save_correction(session, application.id, "sede", parsed(hq_street="Via Milano"), settings=settings)
    with pytest.raises(IncompleteError):
        actions.resubmit(session, application.id, settings=settings)
    give_again(session, application, "durc")
    actions.resubmit(session, application.id, settings=settings)


def test_document_that_has_ended_is_no_answer(session: Session, settings: Settings) -> None:
    application = make_asked(session, settings, DURC)
    given = give_again(session, application, "durc")
    given.expires_on = local_date() - timedelta(days=1)
    session.flush()
    with pytest.raises(IncompleteError):
        actions.resubmit(session, application.id, settings=settings)
    given.expires_on = local_date()
    session.flush()
    actions.resubmit(session, application.id, settings=settings)


def test_resubmit_as_a_company_with_an_open_application_is_parked(session: Session, settings: Settings) -> None:
    first = make_submitted(session, settings, n=2)
    application = make_asked(session, settings, TAX_CODE)
    actions.save_correction(session, application.id, "anagrafica", parsed(tax_code=first.tax_code), settings=settings)
    back = actions.resubmit(session, application.id, settings=settings)
    assert (back.state, back.hold) == (State.SUBMITTED, Hold.OPEN_APPLICATION)
    assert back.identity_key == first.identity_key
    assert str(first.tax_code).lower() in session.get_one(ApplicationWords, back.id).search
    assert events(session, back)[-2:] == ["application.resubmitted", "application.held"]
    actions.tell_on_file(session, back, settings=settings)  # the job of every sending
    assert "duplicate_attempt" in jobs(session)
    with pytest.raises(ConflictError):
        actions.start_review(session, back.id, version=back.version, by=ANNA)
    rounds = corrections.list_requests(session, back.id)
    assert corrections.shown_state(back, rounds) == State.UNDER_REVIEW, "nobody outside can tell"
    actions.withdraw(session, first.id, settings=settings)
    actions.release_hold(session, back.id, version=back.version, by=ANNA)
    actions.start_review(session, back.id, version=back.version, by=ANNA)


def test_resubmit_as_a_supplier_is_parked_and_as_nobody_known_is_not(session: Session, settings: Settings) -> None:
    approved = make_approved(session, settings, n=2)
    application = make_asked(session, settings, TAX_CODE)
    actions.save_correction(
        session, application.id, "anagrafica", parsed(tax_code=approved.tax_code), settings=settings
    )
    assert actions.resubmit(session, application.id, settings=settings).hold == Hold.ALREADY_REGISTERED
    other = make_asked(session, settings, TAX_CODE, n=4)
    actions.save_correction(session, other.id, "anagrafica", parsed(tax_code=other_tax_code(3)), settings=settings)
    back = actions.resubmit(session, other.id, settings=settings)
    assert (back.state, back.hold, back.tax_code) == (State.UNDER_REVIEW, None, other_tax_code(3))


def test_resubmit_that_meets_another_unseen_is_parked_by_the_database(
    session: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make_submitted(session, settings, n=2)
    application = make_asked(session, settings, TAX_CODE)
    actions.save_correction(session, application.id, "anagrafica", parsed(tax_code=first.tax_code), settings=settings)
    monkeypatch.setattr("service.applications.actions.resubmitting.find_hold", lambda *_: None)
    back = actions.resubmit(session, application.id, settings=settings)
    session.refresh(back)
    assert (back.state, back.hold) == (State.SUBMITTED, Hold.OPEN_APPLICATION)
    assert (back.identity_key, back.tax_code) == (first.identity_key, first.tax_code)
    assert corrections.list_requests(session, back.id)[0].answered_at is not None


def test_resubmit_of_one_sent_with_an_older_questionnaire_asks_nothing_new(
    session: Session, settings: Settings
) -> None:
    application = make_under_review(session, settings)
    older = {key: own for key, own in application.content.answers.items() if key != "assicurazioni"}
    application.content.answers = {**older, "questionnaire_version": 1}
    ask(session, settings, application, STREET)
    assert opened(session, settings, application).fields == {"sede": {"hq_street"}}
    actions.save_correction(session, application.id, "sede", parsed(hq_street="Via Milano"), settings=settings)
    assert actions.resubmit(session, application.id, settings=settings).state == State.UNDER_REVIEW


def test_resubmit_of_what_staff_have_let_through_is_not_parked_again(session: Session, settings: Settings) -> None:
    refused = make_under_review(session, settings)
    actions.reject(session, refused.id, version=refused.version, by=MARCO, settings=settings, reason_code="R01")
    again = make_submitted(session, settings)
    actions.release_hold(session, again.id, version=again.version, by=ANNA)
    actions.start_review(session, again.id, version=again.version, by=ANNA)
    vat = Wanted(ItemKind.FIELD, "D06", "Non torna.", section="anagrafica", field="vat_number")
    same = Wanted(ItemKind.FIELD, "D06", "Non torna.", section="anagrafica", field="vat_same_as_tax_code")
    ask(session, settings, again, vat, same)
    actions.save_correction(session, again.id, "anagrafica", parsed(vat_number=other_tax_code(2)), settings=settings)
    assert "vat_number" in IDENTIFIERS
    back = actions.resubmit(session, again.id, settings=settings)
    assert (back.state, back.hold) == (State.UNDER_REVIEW, None)


def test_resubmit_keeps_the_address_that_was_changed_meanwhile(session: Session, settings: Settings) -> None:
    application = make_asked(session, settings)
    answer_all(session, settings, application)
    application.contact_email = "altra@example.com"
    answers = application.content.answers
    application.content.answers = {**answers, "avvio": {**answers["avvio"], "contact_email": "altra@example.com"}}
    session.flush()
    back = actions.resubmit(session, application.id, settings=settings)
    assert back.contact_email == back.content.answers["avvio"]["contact_email"] == "altra@example.com"
    assert back.content.answers["referenti"]["sales_email"] == "altra@example.com", "the same by a tick"
    assert "altra@example.com" in session.get_one(ApplicationWords, back.id).search


def test_declarations_sent_again_are_accepted_again(session: Session, settings: Settings) -> None:
    application = make_asked(session, settings, Wanted(ItemKind.SECTION, "D06", "Non torna.", section="dichiarazioni"))
    own = application.content.answers["dichiarazioni"]
    query = select(Acknowledgement).where(Acknowledgement.application_id == application.id)
    before = {(row.text, row.read_at) for row in session.scalars(query)}
    why = {round_of(session, application).items[0].id: "Le confermiamo."}
    actions.save_correction(session, application.id, "dichiarazioni", parsed(**own), settings=settings, replies=why)
    actions.resubmit(session, application.id, settings=settings)
    assert {(row.text, row.read_at) for row in session.scalars(query)} == before


@pytest.mark.parametrize(
    "days",
    [
        # a Sunday waits for Monday, and so ten days more for the Thursday
        ("2035-06-21", "2035-07-02", "2035-07-12"),
        # Christmas and the day after
        ("2035-12-15", "2035-12-27", "2036-01-07"),
    ],
)
def test_deadline_is_a_working_day(
    session: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch, days: tuple[str, ...]
) -> None:
    today, deadline, later = map(date.fromisoformat, days)
    monkeypatch.setattr(requesting, "local_date", lambda: today)
    application = make_asked(session, settings)
    request = round_of(session, application)
    assert request.deadline == deadline
    actions.extend_deadline(session, application.id, version=application.version, by=ANNA, settings=settings)
    assert (request.extended_from, request.deadline) == (deadline, later)


def test_deadline_is_extended_once(session: Session, settings: Settings) -> None:
    application = make_asked(session, settings)
    first = round_of(session, application).deadline
    with pytest.raises(ForbiddenError):
        actions.extend_deadline(session, application.id, version=application.version, by=GIULIA, settings=settings)
    with pytest.raises(InvalidTransitionError):
        actions.extend_deadline(session, application.id, version=application.version - 1, by=ANNA, settings=settings)
    request = actions.extend_deadline(session, application.id, version=application.version, by=ANNA, settings=settings)
    assert (request.extended_from, request.deadline) == (first, answer_day(first, 10))
    assert jobs(session)[-1] == "information_extended"
    assert events(session, application)[-1] == "application.deadline_extended"
    with pytest.raises(ConflictError, match="una sola"):
        actions.extend_deadline(session, application.id, version=application.version, by=ANNA, settings=settings)


def test_reminder_goes_once_three_days_before(session: Session, settings: Settings) -> None:
    application = make_asked(session, settings)
    request = round_of(session, application)
    assert actions.remind_requests(session, settings=settings) == 0
    request.deadline = local_date() + timedelta(days=3)
    assert actions.remind_requests(session, settings=settings) == 1
    request.deadline = local_date() + timedelta(days=1)
    assert actions.remind_requests(session, settings=settings) == 0
    assert jobs(session).count("information_reminder") == 1


def test_corrections_that_do_not_come_end_the_application(session: Session, settings: Settings) -> None:
    application = make_asked(session, settings)
    request = round_of(session, application)
    request.deadline = local_date()
    actions.remind_requests(session, settings=settings)
    assert actions.expire_requests(session, settings=settings) == 0, "the last day is the applicant's"
    request.deadline = local_date() - timedelta(days=1)
    with pytest.raises(InvalidTransitionError, match="è passato"):  # before the job comes, too
        actions.resubmit(session, application.id, settings=settings)
    assert actions.expire_requests(session, settings=settings) == 1
    assert application.state == State.EXPIRED
    assert application.reason_code == "R02"
    assert application.erase_on == add_months(local_date(), settings.erase_months)
    assert request.ended_at is not None
    assert jobs(session)[-1] == "application_expired"
    assert events(session, application)[-1] == "application.expired"
    assert actions.expire_requests(session, settings=settings) == 0
    with pytest.raises(InvalidTransitionError, match="Scaduta"):
        actions.resubmit(session, application.id, settings=settings)


def test_time_of_nobody_ends_without_a_reminder(session: Session, settings: Settings) -> None:
    application = make_asked(session, settings)
    request = round_of(session, application)
    request.deadline = local_date() - timedelta(days=4)
    assert actions.expire_requests(session, settings=settings) == 0
    assert request.deadline == local_date() + timedelta(days=3)
    assert request.extended_from is None
    assert jobs(session)[-1] == "information_reminder"
    request.deadline = local_date() - timedelta(days=1)
    assert actions.expire_requests(session, settings=settings) == 1


def test_withdrawal_ends_the_round_and_staff_need_the_permission(session: Session, settings: Settings) -> None:
    application = make_asked(session, settings)
    request = round_of(session, application)
    with pytest.raises(ForbiddenError):
        actions.withdraw(session, application.id, settings=settings, by=GIULIA)
    with pytest.raises(InvalidTransitionError, match="cambiata mentre"):
        actions.withdraw(session, application.id, settings=settings, by=ANNA, version=1)
    actions.withdraw(
        session, application.id, settings=settings, by=ANNA, version=application.version, note="PEC del 3 dicembre."
    )
    session.flush()
    assert application.state == State.WITHDRAWN
    assert application.internal_note == "PEC del 3 dicembre."
    assert request.ended_at is not None
    assert list_events(session, application.id)[-1].by_name == "Anna Bassi"
    with pytest.raises(InvalidTransitionError, match="già stata ritirata"):
        actions.withdraw(session, application.id, settings=settings)
    with pytest.raises(InvalidTransitionError, match="Ritirata"):
        ask(session, settings, application)


def test_second_round_begins_with_the_answers_of_now(session: Session, settings: Settings) -> None:
    application = make_asked(session, settings, STREET)
    actions.save_correction(session, application.id, "sede", parsed(hq_street="Via Milano"), settings=settings)
    actions.resubmit(session, application.id, settings=settings)
    ask(session, settings, application, STREET)
    assert round_of(session, application).answers["sede"]["hq_street"] == "Via Milano"
    assert not corrections.item_views(session, application, round_of(session, application), settings=settings)[
        0
    ].is_answered
    assert len(corrections.list_requests(session, application.id)) == 2
    assert jobs(session).count("information_request") == 2


def test_item_is_named_by_what_it_is_about(session: Session, settings: Settings) -> None:
    mail = Wanted(
        ItemKind.FIELD, "D99", "Lo abbiamo provato: torna indietro.", section="referenti", field="admin_email"
    )
    application = make_asked(session, settings, TAX_CODE, mail, CONTACTS, DURC)
    items = round_of(session, application).items
    english = catalogue("en").gettext
    assert [corrections.item_words(one, application, translate=str, locale="it") for one in items] == [
        "Dati identificativi: Codice fiscale della società",
        "Referenti: Referente amministrativo, E-mail",
        "Referenti",
        "DURC",
    ]
    said = [corrections.item_words(one, application, translate=english, locale="en") for one in items]
    assert said[1:3] == ["Contacts: Administrative contact, E-mail", "Contacts"]
    assert [corrections.reason_words(one, str) for one in items][1:] == [
        "",
        "Il dato manca",
        "Il documento è illeggibile",
    ]


def test_contact_named_in_a_round_is_told_of_it_and_the_others_not_again(session: Session, settings: Settings) -> None:
    application = make_asked(
        session, settings, actions.Wanted(ItemKind.SECTION, "D06", "Il referente è cambiato.", "referenti")
    )
    before = jobs(session).count("contact_notice")
    answers = dict(application.content.answers["referenti"]) | {
        "sales_is_contact": False,
        "sales_email": "nuova.referente@example.com",
    }
    actions.save_correction(session, application.id, "referenti", parsed(**answers), settings=settings)
    actions.resubmit(session, application.id, settings=settings)
    assert jobs(session).count("contact_notice") == before + 1


def test_withdrawal_ends_a_wish_for_another_address(session: Session, settings: Settings) -> None:
    application = make_asked(session, settings)
    actions.ask_address_change(session, application.id, "altra@example.com", settings=settings)
    actions.withdraw(session, application.id, settings=settings)
    assert actions.find_open_change(session, application.id) is None
