"""Acts on many: nothing by looking, nothing when taken back in time, and then each exactly once, whatever dies."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.orm import Session

from service.access.principal import Principal, Role
from service.accounts import switching
from service.accounts.models import Account
from service.accounts.port import UnavailableError
from service.applications import actions
from service.applications.actions.terms import ReasonError, Refusal, Terms
from service.applications.bulk import acts, batches
from service.applications.bulk.acts import Act
from service.applications.bulk.choosing import Chosen, choose_filtered, choose_numbers, read_lines, write_lines
from service.applications.bulk.models import BulkBatch, BulkRow
from service.applications.bulk.states import BatchState, BulkAction, RowState
from service.applications.bulk.trying import try_all
from service.applications.desk import taking
from service.applications.desk.actions import record_check
from service.applications.desk.states import CheckKind, CheckResult
from service.applications.models import Application
from service.applications.repository import get_by_number
from service.applications.states import Hold, State
from service.audit.trail import AuditEvent
from service.clock import local_date, utc_now
from service.config import Settings
from service.database import database_now, transaction
from service.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from service.jobs.models import Job, JobStatus
from service.suppliers.models import Supplier
from tests.factories.applications import ANNA, GIULIA, MARCO, make_submitted, make_under_review
from tests.support.bulk import work_off
from tests.support.many import make_many

R99 = Refusal("R99", "L'impresa non ha le attrezzature che servono per i nostri cantieri.").plain()
WITH_RESERVE = Terms(reserve_text="Manca ancora il certificato nuovo", reserve_until=local_date() + timedelta(days=90))
LUCA = Principal("luca", "Luca Moro", frozenset({Role.APPROVER}))


class Crash(BaseException):
    """The process dies."""


def made(engine: Engine, settings: Settings, count: int, *, reviewed: bool = True) -> list[Chosen]:
    """Make so many applications, each in a transaction of its own."""
    make = make_under_review if reviewed else make_submitted
    found = []
    for n in range(1, count + 1):
        with transaction(engine) as session:
            one = make(session, settings, n=n)
            session.flush()
            found.append(Chosen(one.number or "", one.version))
    return found


def act_on(settings: Settings, action: BulkAction, by: Principal = MARCO, **decision: Any) -> Act:
    return Act(action, by, settings, decision)


def confirmed(engine: Engine, act: Act, chosen: Sequence[Chosen], key: str = "") -> UUID:
    with transaction(engine) as session:
        return batches.confirm(session, act, chosen, key=key or str(uuid4())).id


def outcome(engine: Engine, batch_id: UUID) -> list[tuple[RowState, str]]:
    with Session(engine) as session:
        return [(row.state, row.message) for row, _, _ in batches.list_rows(session, batch_id)]


def events(engine: Engine, type_: str) -> list[AuditEvent]:
    with Session(engine) as session:
        return list(session.scalars(select(AuditEvent).where(AuditEvent.type == type_)))


def states(engine: Engine) -> Counter[State]:
    with Session(engine) as session:
        return Counter(session.scalars(select(Application.state)))


def everything(session: Session) -> list[object]:
    """Give what an act could leave, the sequence of the suppliers' numbers too."""
    tables = ("application", "audit_event", "job", "supplier", "account", "bulk_batch", "bulk_row", "proposal")
    rows: list[object] = [session.execute(text(f"select t::text from {one} t order by 1")).all() for one in tables]  # noqa: S608
    return [*rows, session.scalar(text("select last_value from supplier_number"))]


def test_dry_run_tells_each_and_changes_nothing(session: Session, settings: Settings) -> None:
    one, sent = make_under_review(session, settings, n=1), make_submitted(session, settings, n=2)
    gap, parked = make_under_review(session, settings, n=3), make_submitted(session, settings, n=4)
    parked.hold = Hold.TOO_EARLY
    session.flush()
    session.execute(text("delete from verification where application_id = :id"), {"id": gap.id})
    chosen = [Chosen(each.number or "", each.version) for each in (one, sent, gap, parked)]
    chosen.append(Chosen("P-1999-0001", 1))
    before = everything(session)
    looks = {
        BulkAction.APPROVE: [True, False, False, False],
        BulkAction.REJECT: [True, False, True, False],
        BulkAction.TAKE: [False, True, False, False],
        BulkAction.ASSIGN: [True, True, True, False],
    }
    for action, good in looks.items():
        decision = R99 if action == BulkAction.REJECT else {"subject": MARCO.subject, "name": MARCO.name}
        tried = try_all(session, act_on(settings, action, **decision), chosen)
        assert [not each.problem for each in tried] == good, action
    session.flush()
    assert everything(session) == before


def test_dry_run_names_what_collides(session: Session, settings: Settings) -> None:
    old, taken, same, twin = (make_under_review(session, settings, n=n) for n in range(1, 5))
    twin.contact_email = same.contact_email.upper()
    session.flush()
    chosen = [Chosen(each.number or "", each.version) for each in (old, taken, same, twin)]
    fifth = make_under_review(session, settings, n=5)
    supplier = actions.approve(session, fifth.id, version=fifth.version, by=MARCO, settings=settings)
    session.flush()
    supplier.identity_key = old.identity_key or ""
    session.scalars(select(Account)).one().email = taken.contact_email.lower()
    session.flush()
    tried = try_all(session, act_on(settings, BulkAction.APPROVE), chosen)
    assert supplier.number in tried[0].problem
    # somebody who has an account already acts for one more company: that stops nothing
    assert [one.problem for one in tried[1:]] == ["", "", ""]


def test_person_whom_icri_has_shut_out_does_not_come_back_in_a_crowd(session: Session, settings: Settings) -> None:
    one, other = (make_under_review(session, settings, n=n) for n in (1, 2))
    actions.approve(session, other.id, version=other.version, by=MARCO, settings=settings)
    session.flush()
    account = session.scalars(select(Account)).one()
    account.email = one.contact_email.lower()
    switching.revoke(session, account, reason="A2", by=MARCO)
    session.flush()
    act, chosen = act_on(settings, BulkAction.APPROVE), [Chosen(one.number or "", one.version)]
    (tried,) = try_all(session, act, chosen)
    assert f"tornerebbe attiva l’utenza {account.username}" in tried.problem
    with pytest.raises(ConflictError, match="dalla sua pagina"):
        act.do(session, one.id, version=one.version)
    account.is_ended_by_company = True
    session.flush()
    assert [one.problem for one in try_all(session, act, chosen)] == [""]


def test_other_outcome_than_proposed_is_not_for_many(session: Session, settings: Settings) -> None:
    one = make_under_review(session, settings)
    actions.propose(session, one.id, version=one.version, by=ANNA, settings=settings, outcome="reject", decision=R99,
                    note="")  # fmt: skip
    chosen = [Chosen(one.number or "", one.version)]
    assert ANNA.name in try_all(session, act_on(settings, BulkAction.APPROVE), chosen)[0].problem
    assert not try_all(session, act_on(settings, BulkAction.REJECT, **R99), chosen)[0].problem
    actions.propose(session, one.id, version=one.version, by=ANNA, settings=settings, outcome="approve",
                    decision=WITH_RESERVE.plain(), note="")  # fmt: skip
    chosen = [Chosen(one.number or "", one.version)]
    assert ANNA.name in try_all(session, act_on(settings, BulkAction.APPROVE), chosen)[0].problem


def test_four_eyes_hold_for_many(session: Session, settings: Settings) -> None:
    careful = settings.model_copy(update={"four_eyes": True})
    one = make_under_review(session, settings)
    chosen = [Chosen(one.number or "", one.version)]
    assert "serve prima la proposta" in try_all(session, act_on(careful, BulkAction.APPROVE), chosen)[0].problem


def test_taken_back_in_time_nothing_is_decided(own_engine: Engine, settings: Settings) -> None:
    chosen = made(own_engine, settings, 2)
    with Session(own_engine) as session:
        before = session.execute(text("select a::text from application a order by 1")).all()
    batch_id = confirmed(own_engine, act_on(settings, BulkAction.APPROVE), chosen)
    for _ in range(2):
        with transaction(own_engine) as session:
            batches.cancel(session, batch_id, by=MARCO)
    assert work_off(own_engine, settings)
    with Session(own_engine) as session:
        assert session.execute(text("select a::text from application a order by 1")).all() == before
        assert session.get_one(BulkBatch, batch_id).state == BatchState.CANCELLED
        assert session.scalars(select(Job.status).where(Job.kind == "bulk.run")).one() == JobStatus.CANCELLED
    assert set(outcome(own_engine, batch_id)) == {(RowState.WAITING, "")}
    assert len(events(own_engine, "bulk.cancelled")) == 1
    assert not events(own_engine, "bulk.ended")


def test_job_waits_for_the_minute(own_engine: Engine, settings: Settings) -> None:
    batch_id = confirmed(own_engine, act_on(settings, BulkAction.TAKE), made(own_engine, settings, 1, reviewed=False))
    with Session(own_engine) as session:
        run_at = session.scalars(select(Job.run_at).where(Job.kind == "bulk.run")).one()
        batch = session.get_one(BulkBatch, batch_id)
        assert run_at == batch.starts_at
        assert run_at > database_now(session)
    assert states(own_engine) == {State.SUBMITTED: 1}


def test_each_is_done_and_whoever_was_faster_is_told(own_engine: Engine, settings: Settings) -> None:
    chosen = made(own_engine, settings, 3)
    batch_id = confirmed(own_engine, act_on(settings, BulkAction.APPROVE), chosen)
    with transaction(own_engine) as session:
        second = session.scalars(select(Application).where(Application.number == chosen[1].number)).one()
        actions.reject(session, second.id, version=second.version, by=LUCA, settings=settings, reason_code="R99",
                       reason_text=R99["reason_text"])  # fmt: skip
    assert work_off(own_engine, settings)
    assert not work_off(own_engine, settings)
    done, refused, last = outcome(own_engine, batch_id)
    assert done == last == (RowState.DONE, "")
    assert refused[0] == RowState.REFUSED
    assert "già stata respinta da Luca Moro alle" in refused[1]
    told = [(one.by_name, one.data["bulk"]) for one in events(own_engine, "application.approved")]
    assert told == [(MARCO.name, str(batch_id))] * 2
    assert events(own_engine, "bulk.ended")[0].data == {"done": 2, "refused": 1}
    assert "bulk" not in events(own_engine, "application.rejected")[0].data
    with transaction(own_engine) as session, pytest.raises(ConflictError):
        batches.cancel(session, batch_id, by=MARCO)


def test_death_in_the_middle_decides_each_once(
    own_engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = made(own_engine, settings, 3)
    batch_id = confirmed(own_engine, act_on(settings, BulkAction.APPROVE), chosen)
    calls, approve = [0], actions.approve

    def dying(*args: Any, **more: Any) -> object:
        approved = approve(*args, **more)
        calls[0] += 1
        if calls[0] == 2:
            raise Crash
        return approved

    monkeypatch.setattr(acts, "approve", dying)
    with pytest.raises(Crash):
        work_off(own_engine, settings)
    assert [state for state, _ in outcome(own_engine, batch_id)] == [RowState.DONE, RowState.WAITING, RowState.WAITING]
    assert states(own_engine) == {State.APPROVED: 1, State.UNDER_REVIEW: 2}
    assert work_off(own_engine, settings)
    assert {state for state, _ in outcome(own_engine, batch_id)} == {RowState.DONE}
    assert len(events(own_engine, "application.approved")) == len(events(own_engine, "supplier.qualified")) == 3
    assert len(events(own_engine, "bulk.ended")) == 1


def test_row_that_breaks_holds_up_no_other(
    own_engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = made(own_engine, settings, 2, reviewed=False)
    batch_id = confirmed(own_engine, act_on(settings, BulkAction.TAKE, ANNA), chosen)
    calls, take = [0], taking.take

    def breaking(*args: Any, **more: Any) -> object:
        calls[0] += 1
        if calls[0] == 1:
            raise RuntimeError
        return take(*args, **more)

    monkeypatch.setattr(acts, "take", breaking)
    with pytest.raises(RuntimeError):
        work_off(own_engine, settings)
    assert [state for state, _ in outcome(own_engine, batch_id)] == [RowState.WAITING, RowState.DONE]
    assert work_off(own_engine, settings)
    assert {state for state, _ in outcome(own_engine, batch_id)} == {RowState.DONE}
    assert calls[0] == 3


@pytest.mark.parametrize("roles", [None, (), ("reviewer",)])
def test_whoever_lost_the_role_decides_nothing(own_engine: Engine, settings: Settings, roles: Any) -> None:
    batch_id = confirmed(own_engine, act_on(settings, BulkAction.REJECT, **R99), made(own_engine, settings, 1))
    assert work_off(own_engine, settings, roles=roles)
    assert outcome(own_engine, batch_id) == [(RowState.REFUSED, "Chi ha confermato non ha più il ruolo che serve.")]
    assert states(own_engine) == {State.UNDER_REVIEW: 1}


def test_keycloak_away_the_roles_of_the_confirmation_stand(own_engine: Engine, settings: Settings) -> None:
    batch_id = confirmed(own_engine, act_on(settings, BulkAction.REJECT, **R99), made(own_engine, settings, 1))
    assert work_off(own_engine, settings, roles="away")
    assert outcome(own_engine, batch_id) == [(RowState.DONE, "")]


def test_keycloak_away_a_confirmation_of_long_ago_waits(own_engine: Engine, settings: Settings) -> None:
    batch_id = confirmed(own_engine, act_on(settings, BulkAction.REJECT, **R99), made(own_engine, settings, 1))
    with transaction(own_engine) as session:
        session.execute(update(BulkBatch).values(made_at=utc_now() - timedelta(hours=1)))
    with pytest.raises(UnavailableError):
        work_off(own_engine, settings, roles="away")
    assert outcome(own_engine, batch_id) == [(RowState.WAITING, "")]
    assert work_off(own_engine, settings)
    assert outcome(own_engine, batch_id) == [(RowState.DONE, "")]


def test_role_that_came_after_the_confirmation_does_not_count(own_engine: Engine, settings: Settings) -> None:
    batch_id = confirmed(own_engine, act_on(settings, BulkAction.TAKE, ANNA),
                         made(own_engine, settings, 1, reviewed=False))  # fmt: skip
    assert work_off(own_engine, settings, roles=("approver",))
    assert outcome(own_engine, batch_id)[0][0] == RowState.REFUSED


def test_gap_that_a_reason_makes_up_for_is_left_to_its_own_page(own_engine: Engine, settings: Settings) -> None:
    (one,) = chosen = made(own_engine, settings, 1)
    with transaction(own_engine) as session:
        application = get_by_number(session, one.number)
        record_check(session, application.id, kind=CheckKind.PEC_REGISTER, result=CheckResult.NEGATIVE, note="Spenta.",
                     checked_on=local_date(), by=ANNA)  # fmt: skip
    batch_id = confirmed(own_engine, act_on(settings, BulkAction.APPROVE), chosen)
    assert work_off(own_engine, settings)
    ((state, said),) = outcome(own_engine, batch_id)
    assert state == RowState.REFUSED
    assert said == "Senza un esito positivo per: PEC. Si accetta dalla sua pagina, dove si scrive perché."


def test_own_company_is_not_decided_in_a_crowd(own_engine: Engine, settings: Settings) -> None:
    chosen = made(own_engine, settings, 1)
    with Session(own_engine) as session:
        email = session.scalars(select(Application.contact_email)).one()
    friend = Principal("carlo", "Carlo Riva", frozenset({Role.APPROVER}), email)
    batch_id = confirmed(own_engine, act_on(settings, BulkAction.REJECT, friend, **R99), chosen)
    assert work_off(own_engine, settings)
    assert outcome(own_engine, batch_id)[0][0] == RowState.REFUSED


def test_pressed_twice_it_is_one_batch(own_engine: Engine, settings: Settings) -> None:
    chosen, act = made(own_engine, settings, 2, reviewed=False), act_on(settings, BulkAction.TAKE, ANNA)
    key = "k" * 22
    assert confirmed(own_engine, act, chosen, key) == confirmed(own_engine, act, chosen, key)
    other = act_on(settings, BulkAction.TAKE, MARCO)
    assert confirmed(own_engine, other, chosen, key) != confirmed(own_engine, act, chosen, key)
    with Session(own_engine) as session:
        assert session.scalar(select(func.count()).select_from(BulkRow)) == 4
        assert session.scalar(select(func.count()).select_from(Job).where(Job.kind == "bulk.run")) == 2
    assert len(events(own_engine, "bulk.confirmed")) == 2


def test_who_may_not_does_not_and_others_see_nothing(session: Session, settings: Settings) -> None:
    sent = make_submitted(session, settings)
    chosen = [Chosen(sent.number or "", sent.version)]
    for action, by in [(BulkAction.APPROVE, ANNA), (BulkAction.REJECT, ANNA), (BulkAction.ASSIGN, ANNA),
                       (BulkAction.TAKE, GIULIA)]:  # fmt: skip
        with pytest.raises(ForbiddenError):
            batches.confirm(session, act_on(settings, action, by), chosen, key="a" * 20)
    with pytest.raises(ReasonError):
        batches.confirm(session, act_on(settings, BulkAction.REJECT, reason_code="R99"), chosen, key="a" * 20)
    with pytest.raises(InvalidError):
        batches.confirm(session, act_on(settings, BulkAction.TAKE), [Chosen("P-1999-0001", 1)], key="a" * 20)
    batch = batches.confirm(session, act_on(settings, BulkAction.TAKE, ANNA), chosen, key="a" * 20)
    stranger = Principal("sara", "Sara Villa", frozenset({Role.REVIEWER}))
    with pytest.raises(NotFoundError):
        batches.get_batch(session, batch.id, by=stranger)
    with pytest.raises(NotFoundError):
        batches.cancel(session, batch.id, by=MARCO)
    assert batches.get_batch(session, batch.id, by=MARCO) is batch
    assert batches.list_batches(session, by=stranger) == []


def test_choice_is_by_number_or_by_filter_and_never_more_than_it_may(session: Session, settings: Settings) -> None:
    few = settings.model_copy(update={"bulk_most": 2})
    made_ones = [make_submitted(session, settings, n=n) for n in range(1, 4)]
    session.flush()
    found = choose_filtered(session, "stato=submitted", by=MARCO, settings=few)
    assert [one.number for one in found] == [one.number for one in made_ones]  # one more than it may: there are more
    assert choose_filtered(session, "stato=approved", by=MARCO, settings=few) == []
    numbers = [made_ones[2].number or "", "P-1999-0001", "x" * 5000]
    assert choose_numbers(session, numbers, by=MARCO, most=10) == [Chosen(numbers[0], made_ones[2].version)]
    specialist = Principal("sara", "Sara Villa", frozenset({Role.SPECIALIST, Role.SPECIALIST_HSE}))
    assert choose_numbers(session, numbers, by=specialist, most=10) == []


def test_thousand_lines_travel_in_a_few_fields() -> None:
    chosen = [Chosen(f"P-2026-{n:06d}", n % 90 + 1) for n in range(1000)]
    lines = write_lines(chosen)
    assert len(lines) == 5
    assert max(map(len, lines)) < 8000
    assert read_lines(lines, most=1000) == chosen
    assert read_lines(["P-1:1 P-1:1 nonsense :2 P-2:x P-3:" + "9" * 40], most=10) == [Chosen("P-1", 1)]


def approve_many(engine: Engine, settings: Settings, count: int) -> None:
    """Accept so many at once: each has its supplier, account, letter and job, exactly one."""
    chosen, act = make_many(engine, settings, count), act_on(settings, BulkAction.APPROVE)
    with transaction(engine) as session:
        assert not any(one.problem for one in try_all(session, act, chosen))
    batch_id = confirmed(engine, act, chosen)
    assert work_off(engine, settings)
    assert Counter(outcome(engine, batch_id)) == {(RowState.DONE, ""): count}
    with Session(engine) as session:
        for kind in (Supplier, Account):
            assert session.scalar(select(func.count()).select_from(kind)) == count
        keys = Counter(session.scalars(select(Job.kind).where(Job.kind == "account.provision")))
        letters = session.scalars(select(Job.key).where(Job.key.startswith("mail:application_approved:"))).all()
    assert keys["account.provision"] == len(letters) == count
    assert len(events(engine, "application.approved")) == count


def test_many_are_accepted_at_once(own_engine: Engine, settings: Settings) -> None:
    approve_many(own_engine, settings, 40)


@pytest.mark.long
def test_thousand_are_accepted_at_once(own_engine: Engine, settings: Settings) -> None:
    approve_many(own_engine, settings, 1000)
