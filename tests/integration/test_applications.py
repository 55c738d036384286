"""The life of an application: every verb leaves its rows, its event and its jobs together."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy import text as sql
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from service.access.links import Link, LinkPurpose, token
from service.accounts.models import Account, Membership
from service.accounts.states import AccountState
from service.applications import actions
from service.applications.actions.terms import ReasonError
from service.applications.letters import LETTERS
from service.applications.models import OPEN_KEY, Acknowledgement, Application, Snapshot
from service.applications.states import OPEN_STATES, TRANSITIONS, Hold, InvalidTransitionError, State, next_state
from service.audit.trail import list_events
from service.clock import local_date, utc_now
from service.config import Settings, load_settings
from service.database import Base
from service.errors import ConflictError, ForbiddenError
from service.invitations.actions import AlreadyInvitedError, expire_invitations, invite, renew, resend
from service.invitations.invitee import Invitee
from service.invitations.models import Invitation
from service.invitations.states import InvitationState
from service.jobs.models import Job
from service.questionnaire import CATEGORIES, DECLARATION_VERSIONS, Parsed
from service.suppliers.models import Supplier
from tests.conftest import in_process_environment
from tests.factories.applications import (
    ANNA,
    GIULIA,
    MARCO,
    make_approved,
    make_draft,
    make_submitted,
    make_under_review,
)


@pytest.fixture
def settings() -> Settings:
    """Settings for actions in one rolled-back transaction: no database of their own."""
    return load_settings(in_process_environment("postgresql+psycopg:///nessuna"))


def jobs(session: Session, kind: str = "mail.send") -> list[str]:
    """Give the messages, or the keys, of the jobs of a kind."""
    found = session.scalars(select(Job).where(Job.kind == kind).order_by(Job.id))
    return [job.args.get("message", job.key) for job in found]


def events(session: Session, application: Application) -> list[str]:
    """Give the types of the trail of an application."""
    session.flush()
    return [event.type for event in list_events(session, application.id)]


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("verb", sorted({verb for verb, _ in TRANSITIONS}))
def test_next_state_every_cell_is_allowed_or_refused(verb: str, state: State) -> None:
    if (verb, state) in TRANSITIONS:
        assert next_state(verb, state) == TRANSITIONS[verb, state]
    else:
        with pytest.raises(InvalidTransitionError):
            next_state(verb, state)


@pytest.mark.parametrize("category", CATEGORIES)
def test_submit_of_a_complete_draft_leaves_number_snapshot_receipt(
    session: Session, settings: Settings, category: str
) -> None:
    sent = make_submitted(session, settings, category=category)
    assert sent.state == State.SUBMITTED
    assert sent.hold is None
    assert sent.number is not None
    assert sent.number.startswith(f"P-{local_date().year}-")
    assert {"submission_receipt", "staff_new_application", "confirm_address"} <= set(jobs(session))
    assert events(session, sent)[-1] == "application.submitted"
    assert session.scalar(select(Snapshot.event).where(Snapshot.application_id == sent.id)) == "submitted"


def test_submit_with_an_unproven_address_is_refused(session: Session, settings: Settings) -> None:
    draft = make_draft(session, settings)
    draft.email_confirmed_at = None
    with pytest.raises(actions.AddressNotConfirmedError):
        actions.submit(session, draft.id, settings=settings)


def test_submit_with_something_missing_is_refused(session: Session, settings: Settings) -> None:
    draft = make_draft(session, settings)
    empty = Parsed(values={}, raw={}, errors={}, warnings={}, unknown=())
    draft.content.answers = {k: v for k, v in draft.content.answers.items() if k != "sede"}
    actions.save_section(session, draft.id, "referenti", empty, settings=settings)
    with pytest.raises(actions.IncompleteError):
        actions.submit(session, draft.id, settings=settings)


def test_submit_twice_says_that_it_was_sent(session: Session, settings: Settings) -> None:
    sent = make_submitted(session, settings)
    with pytest.raises(InvalidTransitionError, match=str(sent.number)):
        actions.submit(session, sent.id, settings=settings)


def test_submit_of_a_company_with_an_open_application_is_parked_and_the_first_is_told(
    session: Session, settings: Settings
) -> None:
    first = make_submitted(session, settings)
    second = make_submitted(session, settings)
    assert second.hold == Hold.OPEN_APPLICATION
    assert second.state == State.SUBMITTED
    actions.tell_on_file(session, second, settings=settings)
    assert "duplicate_attempt" in jobs(session)
    assert "application.held" in events(session, second)
    with pytest.raises(ConflictError):
        actions.start_review(session, second.id, version=second.version, by=ANNA)
    with pytest.raises(ConflictError, match="altra domanda aperta"):
        actions.release_hold(session, second.id, version=second.version, by=ANNA)
    assert first.hold is None


def test_submit_of_a_supplier_is_parked_as_already_registered(session: Session, settings: Settings) -> None:
    make_approved(session, settings)
    again = make_submitted(session, settings)
    assert again.hold == Hold.ALREADY_REGISTERED
    actions.tell_on_file(session, again, settings=settings)
    assert "already_registered" in jobs(session)


def test_submit_soon_after_a_refusal_is_parked_and_later_is_not(session: Session, settings: Settings) -> None:
    examined = make_under_review(session, settings)
    actions.reject(session, examined.id, version=examined.version, by=MARCO, settings=settings, reason_code="R01")
    early = make_submitted(session, settings)
    assert early.hold == Hold.TOO_EARLY
    released = actions.release_hold(session, early.id, version=early.version, by=ANNA)
    assert released.hold is None
    actions.withdraw(session, early.id, settings=settings)
    examined.reapply_from = local_date() - timedelta(days=1)
    session.flush()
    assert make_submitted(session, settings).hold is None


def test_approve_leaves_decision_supplier_account_and_job_together(session: Session, settings: Settings) -> None:
    examined = make_under_review(session, settings)
    supplier = actions.approve(session, examined.id, version=examined.version, by=MARCO, settings=settings)
    session.flush()
    assert examined.state == State.APPROVED
    assert examined.decided_by_name == "Marco Riva"
    assert session.get(Supplier, supplier.id) is supplier
    account = session.scalars(select(Account).join(Membership)).one()
    assert account.state == AccountState.PENDING
    assert account.username == f"{supplier.number.lower()}-01"
    assert jobs(session, "account.provision") == [f"account.provision:{account.id}"]
    assert "application_approved" in jobs(session)
    assert events(session, examined)[-1] == "application.approved"
    assert [e.type for e in list_events(session, account.id)] == ["account.created"]


def test_approve_of_a_grouping_makes_no_account_and_the_letter_says_who_follows_it(
    session: Session, settings: Settings
) -> None:
    examined = make_under_review(session, settings, category="RT")
    assert examined.identity_key == f"RT:{examined.id}"
    actions.approve(session, examined.id, version=examined.version, by=MARCO, settings=settings)
    session.flush()
    assert session.scalars(select(Account)).all() == []
    assert jobs(session, "account.provision") == []
    letter = LETTERS["application_approved"](session, {"about": str(examined.id)}, settings)
    assert letter is not None
    assert "referenti della mandataria" in letter.text
    assert "dati di accesso" not in letter.text


def test_submit_of_the_same_grouping_twice_is_no_duplicate(session: Session, settings: Settings) -> None:
    assert make_submitted(session, settings, category="RT").hold is None
    assert make_submitted(session, settings, category="RT").hold is None


def test_submit_notes_the_version_of_every_text_sworn(session: Session, settings: Settings) -> None:
    sent = make_submitted(session, settings)
    session.flush()
    found = session.scalars(select(Acknowledgement).where(Acknowledgement.application_id == sent.id))
    assert {one.text: one.version for one in found if one.text.startswith("decl_")} == DECLARATION_VERSIONS


def test_save_keeps_the_largest_order_of_each_leaf(session: Session, settings: Settings) -> None:
    draft = make_draft(session, settings)
    assert {row.leaf: row.max_order for row in draft.categories} == draft.content.answers["attivita"]["max_order"]
    assert {row.max_order for row in draft.categories} == {"150000"}


def test_approve_with_an_old_version_says_who_was_faster(session: Session, settings: Settings) -> None:
    examined = make_under_review(session, settings)
    seen = examined.version
    actions.approve(session, examined.id, version=seen, by=MARCO, settings=settings)
    with pytest.raises(InvalidTransitionError, match="accettata da Marco Riva alle"):
        actions.reject(session, examined.id, version=seen, by=MARCO, settings=settings, reason_code="R01")


@pytest.mark.parametrize("who", [ANNA, GIULIA])
def test_approve_by_somebody_who_may_not_is_refused(session: Session, settings: Settings, who: object) -> None:
    examined = make_under_review(session, settings)
    with pytest.raises(ForbiddenError):
        actions.approve(session, examined.id, version=examined.version, by=who, settings=settings)  # type: ignore[arg-type]


def test_reject_needs_a_listed_code_and_a_text_for_other(session: Session, settings: Settings) -> None:
    examined = make_under_review(session, settings)
    for code, text in (("R77", ""), ("R13", ""), ("R99", "troppo corto"), ("R08", "perché sì"), ("R12", "perché sì")):
        with pytest.raises(ReasonError):
            actions.reject(session, examined.id, version=examined.version, by=MARCO, settings=settings,
                           reason_code=code, reason_text=text)  # fmt: skip
    actions.reject(session, examined.id, version=examined.version, by=MARCO, settings=settings, reason_code="R03")
    assert examined.state == State.REJECTED
    assert examined.reapply_from == local_date() + timedelta(days=settings.reapply_days)
    assert "application_rejected" in jobs(session)


def test_withdraw_before_the_outcome_and_not_after(session: Session, settings: Settings) -> None:
    sent = make_submitted(session, settings)
    actions.withdraw(session, sent.id, settings=settings)
    assert sent.state == State.WITHDRAWN
    assert sent.erase_on is not None
    with pytest.raises(InvalidTransitionError):
        actions.withdraw(session, sent.id, settings=settings)


def test_save_of_another_address_must_be_proven_again(session: Session, settings: Settings) -> None:
    draft = make_draft(session, settings)
    values = {**draft.content.answers["avvio"], "contact_email": "nuovo.indirizzo@example.com"}
    parsed = Parsed(values=values, raw={}, errors={}, warnings={}, unknown=())
    actions.save_section(session, draft.id, "avvio", parsed, settings=settings)
    assert draft.contact_email == "nuovo.indirizzo@example.com"
    assert draft.email_confirmed_at is None


def test_link_to_the_old_address_proves_nothing_of_the_new_even_without_a_new_link(
    session: Session, settings: Settings
) -> None:
    draft = make_draft(session, settings)
    link = session.scalars(select(Link).where(Link.about == draft.id, Link.purpose == LinkPurpose.CONFIRM)).one()
    new = "nuovo.indirizzo@example.com"
    while actions.linking.outsider_may_cause_mail(session, new, about=uuid4(), settings=settings):
        pass
    values = {**draft.content.answers["avvio"], "contact_email": new}
    parsed = Parsed(values=values, raw={}, errors={}, warnings={}, unknown=())
    actions.save_section(session, draft.id, "avvio", parsed, settings=settings)
    assert actions.confirm_address(session, token(link.id, secret=settings.secret_key.get_secret_value())) is None
    assert draft.email_confirmed_at is None


def test_resend_of_an_expired_invitation_while_another_is_open_is_said(session: Session, settings: Settings) -> None:
    def invite_adda() -> Invitation:
        return invite(session, Invitee("Adda", "adda@example.com"), by=MARCO, settings=settings)  # fmt: skip

    first = invite_adda()
    first.expires_at = utc_now() - timedelta(days=1)
    session.flush()
    assert expire_invitations(session) == 1
    session.expire_all()
    invite_adda()
    link = session.scalars(select(Link).where(Link.about == first.id)).one()
    with pytest.raises(AlreadyInvitedError):
        resend(session, first.id, by=MARCO, settings=settings)
    renew(session, link, settings=settings)
    assert first.state == InvitationState.EXPIRED


def test_confirm_address_works_once(session: Session, settings: Settings) -> None:
    draft = make_draft(session, settings)
    draft.email_confirmed_at = None
    link = session.scalars(select(Link).where(Link.about == draft.id, Link.purpose == LinkPurpose.CONFIRM)).one()
    presented = token(link.id, secret=settings.secret_key.get_secret_value())
    opened = actions.confirm_address(session, presented)
    assert opened is not None
    assert opened.email_confirmed_at is not None
    assert actions.confirm_address(session, presented) is None
    assert actions.confirm_address(session, "gettone-inventato") is None


def test_mails_that_an_outsider_causes_have_one_budget_for_each_address(session: Session, settings: Settings) -> None:
    draft = make_draft(session, settings)
    draft.email_confirmed_at = None
    sent = [actions.resend_confirmation(session, draft.id, settings=settings) for _ in range(5)]
    assert sent.count(True) == settings.mails_per_address_6h - 1  # the first left with the draft
    assert len([m for m in jobs(session) if m == "confirm_address"]) == settings.mails_per_address_6h


def test_expire_drafts_erases_only_those_whose_time_has_passed(session: Session, settings: Settings) -> None:
    old, young = make_draft(session, settings, n=1), make_draft(session, settings, n=2)
    old.touched_at = utc_now() - timedelta(days=settings.draft_days + 1)
    session.flush()
    assert actions.expire_drafts(session, settings=settings) == 1
    assert list(session.scalars(select(Application.id).where(Application.state == State.DRAFT))) == [young.id]


def test_open_states_are_those_of_the_unique_index() -> None:
    indexes = Base.metadata.tables["application"].indexes
    index = next(i for i in indexes if i.name == OPEN_KEY)
    condition = str(index.dialect_options["postgresql"]["where"])
    assert all(f"'{state}'" in condition for state in OPEN_STATES)


def test_one_application_never_becomes_a_relay_however_often_its_address_changes(
    session: Session, settings: Settings
) -> None:
    draft = make_draft(session, settings)
    for n in range(40):
        values = {**draft.content.answers["avvio"], "contact_email": f"vittima.{n}@example.com"}
        parsed = Parsed(values=values, raw={}, errors={}, warnings={}, unknown=())
        actions.save_section(session, draft.id, "avvio", parsed, settings=settings)
    assert jobs(session).count("confirm_address") == settings.mails_per_application_day


def test_mailbox_is_the_same_behind_every_tag(session: Session, settings: Settings) -> None:
    took = [
        actions.linking.outsider_may_cause_mail(session, f"Anna+{n}@Example.com", about=uuid4(), settings=settings)
        for n in range(6)
    ]
    assert took.count(True) == settings.mails_per_address_6h


@pytest.mark.parametrize(
    "statement", ["update audit_event set by_name = 'x'", "delete from audit_event", "truncate audit_event"]
)
def test_audit_trail_can_only_grow(session: Session, settings: Settings, statement: str) -> None:
    make_draft(session, settings)
    session.flush()
    with pytest.raises(DBAPIError, match="permission denied"):
        session.execute(sql(statement))


def test_full_application_uses_up_nobodys_mailbox(session: Session, settings: Settings) -> None:
    about = uuid4()
    for n in range(settings.mails_per_application_day):
        assert actions.linking.outsider_may_cause_mail(session, f"a.{n}@example.com", about=about, settings=settings)
    for _ in range(10):
        assert not actions.linking.outsider_may_cause_mail(session, "b@example.com", about=about, settings=settings)
    assert actions.linking.outsider_may_cause_mail(session, "b@example.com", about=uuid4(), settings=settings)
