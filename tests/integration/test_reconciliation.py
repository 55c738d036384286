"""The nightly look, its repairs, the command, against the fake: what is moving is no drift, nothing is done twice."""

import time
from collections.abc import Callable
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text, update
from typer.testing import CliRunner

from service import cli
from service.access.principal import Principal, Role
from service.access.sessions import Identity, find_signed_in, open_signed_in
from service.accounts.drift.actions import (
    Counted,
    DriftEndedError,
    NoRepairError,
    ask_all,
    ask_repair,
    ask_run,
    begin_run,
    end_run,
    fail_run,
    forget_drifts,
)
from service.accounts.drift.models import Drift, Reconciliation
from service.accounts.drift.repository import count_open
from service.accounts.drift.states import DriftEnd, DriftKind
from service.accounts.models import Account, Membership
from service.accounts.port import Person, UnavailableError
from service.accounts.states import AccountState
from service.audit.trail import AuditEvent
from service.clock import utc_now
from service.database import transaction
from service.errors import ForbiddenError
from service.jobs.far_sides import read_trouble
from service.jobs.models import Job, JobStatus
from service.jobs.queue import enqueue
from service.suppliers.people import suspend_account
from service.worker import reconcile_command, reconciling
from tests.contract.test_drift_battery import marks, stranger
from tests.support.drifting import FakeFar, Ground, fake_ground

__all__ = ["fake_ground"]
pytestmark = pytest.mark.xdist_group("integration")
ADMIN = Principal("adele", "Adele Conti", frozenset({Role.ADMIN}))
APPROVER = Principal("olga", "Olga Rossi", frozenset({Role.APPROVER}))
REVIEWER = Principal("anna", "Anna Bassi", frozenset({Role.REVIEWER}))


@pytest.fixture
def ground(fake_ground: Ground) -> Ground:
    return fake_ground


def fake_of(ground: Ground) -> Any:
    assert isinstance(ground.far, FakeFar)
    return ground.far.fake


def kinds(ground: Ground) -> list[str]:
    return [one.kind for one in ground.drifts()]


def run(ground: Ground, action: Callable[..., Any]) -> Any:
    with transaction(ground.worker.engine) as session:
        return action(session)


SUSPENDED = {"state": AccountState.SUSPENDED, "suspended_at": utc_now()}


def set_account(ground: Ground, account_id: UUID, **values: Any) -> None:
    run(ground, lambda s: s.execute(update(Account).where(Account.id == account_id).values(**values)))


def repaired(ground: Ground, *, by: Principal = ADMIN) -> Drift:
    """Have the one drift there is put right; gives it as it is then."""
    (drift,) = ground.drifts()
    run(ground, lambda s: ask_repair(s, drift.id, by=by))
    ground.worker.work_off()
    found: Drift = run(ground, lambda s: s.get_one(Drift, drift.id))
    return found


def events(ground: Ground, subject: UUID) -> list[tuple[str, str]]:
    query = select(AuditEvent.type, AuditEvent.by_subject).where(AuditEvent.subject_id == subject)
    found = run(ground, lambda s: list(s.execute(query.order_by(AuditEvent.id))))
    return [(type_, by) for type_, by in found if type_.startswith("account.drift")]


def test_clean_people_in_every_state_raise_no_alarm_and_pages_are_read_to_the_end(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciling, "PAGE", 2)
    monkeypatch.setattr(reconciling, "PEOPLE_PAGE", 2)
    active, suspended, revoked, both = ground.accounts(4)
    for account, values in ((suspended, SUSPENDED), (revoked, {"state": AccountState.REVOKED})):
        ground.far.change(str(account.subject), {"enabled": False})
        set_account(ground, account.id, **values)
    number = active.username.partition("-")[0].upper()
    own = both.username.partition("-")[0].upper()
    run(ground, lambda s: s.add(Membership(account_id=both.id, supplier_number=number, is_admin=False)))
    ground.far.change(str(both.subject), marks(both, own, number))
    ground.far.add(stranger(groups=[]))
    assert ground.look().status == JobStatus.DONE
    assert kinds(ground) == []
    last = run(ground, lambda s: s.scalars(select(Reconciliation)).one())
    assert (last.people, last.accounts, last.found, last.failure) == (6, 4, 0, None)
    assert last.asked_at <= last.started_at <= last.ended_at


def test_what_is_under_way_is_no_drift_and_what_is_stuck_is(ground: Ground) -> None:
    (account,) = ground.accounts(1)
    ground.admitted()  # its person waits to be made
    ground.far.change(str(account.subject), {"email": "altro@example.it"})
    later = utc_now().replace(year=2090)
    args = {"account_id": str(account.id)}
    run(ground, lambda s: enqueue(s, "account.change_email", "prova", args, run_at=later))
    run(ground, lambda s: s.execute(update(Job).where(Job.kind == "account.provision", Job.status == JobStatus.READY)
                                    .values(run_at=later)))  # fmt: skip
    ground.look()
    assert kinds(ground) == []
    run(ground, lambda s: s.execute(update(Job).where(Job.key == "prova").values(status=JobStatus.STUCK)))
    ground.look()
    assert kinds(ground) == [DriftKind.EMAIL]


@pytest.mark.parametrize("moves", ["person", "account"])
def test_what_changes_while_it_is_read_is_left_for_the_next_look(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, moves: str
) -> None:
    (account,) = ground.accounts(1)
    ground.far.change(str(account.subject), {"enabled": False})
    honest = ground.worker.provider.find_person

    def moving(subject: str) -> Person | None:
        if moves == "person":
            ground.far.change(subject, {"enabled": True})
            return honest(subject)
        found = honest(subject)
        set_account(ground, account.id, **SUSPENDED)
        return found

    monkeypatch.setattr(ground.worker.provider, "find_person", moving)
    ground.look()
    assert kinds(ground) == []


def test_person_the_pages_have_skipped_is_not_missing(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _second = ground.accounts(2)
    read = ground.worker.provider.list_people
    monkeypatch.setattr(ground.worker.provider, "list_people", lambda **page: [
        one for one in read(**page) if one.subject != first.subject])  # fmt: skip
    ground.look()
    assert kinds(ground) == []


def test_person_made_again_by_hand_with_our_marker_is_missing_not_double_and_is_adopted(ground: Ground) -> None:
    (account,) = ground.accounts(1)
    ground.far.delete(str(account.subject))
    again = ground.far.add({"username": account.username, "email": account.email, "groups": ["/fornitori"],
                            **marks(account)})  # fmt: skip
    ground.look()
    assert kinds(ground) == [DriftKind.MISSING]
    assert repaired(ground).ended == DriftEnd.REPAIRED
    assert ground.account_of(account.id).subject == again


def test_account_without_a_job_is_a_ghost_and_gets_it_again(ground: Ground) -> None:
    account = ground.account(ground.admitted())
    run(ground, lambda s: s.execute(update(Job).where(Job.kind == "account.provision")
                                    .values(status=JobStatus.CANCELLED)))  # fmt: skip
    ground.look()
    assert kinds(ground) == [DriftKind.GHOST]
    assert repaired(ground).ended == DriftEnd.REPAIRED
    assert ground.account_of(account.id).state == AccountState.ACTIVE


def test_drift_keeps_its_first_day_and_ends_by_itself_when_it_is_gone(ground: Ground) -> None:
    (account,) = ground.accounts(1)
    ground.far.change(str(account.subject), {"enabled": False})
    ground.look()
    (first,) = ground.drifts()
    ground.look()
    (again,) = ground.drifts()
    assert (again.id, again.first_seen_at) == (first.id, first.first_seen_at)
    assert again.last_seen_at > first.last_seen_at
    ground.far.change(str(account.subject), {"enabled": True})
    ground.look()
    ended = run(ground, lambda s: s.get_one(Drift, first.id))
    assert (ground.drifts(), ended.ended) == ([], DriftEnd.GONE)
    assert events(ground, account.id) == []


def test_repair_is_audited_in_the_name_of_who_asked_and_ends_the_sessions_here(ground: Ground) -> None:
    (account,) = ground.accounts(1)
    set_account(ground, account.id, state=AccountState.REVOKED)
    identity = Identity(subject=str(account.subject), username=account.username, name="Ada Neri", email=account.email,
                        roles=frozenset({Role.SUPPLIER}), sid="s", authenticated_at=utc_now(), id_token="")  # fmt: skip
    session_id = run(ground, lambda s: open_signed_in(s, identity))
    ground.look()
    drift = repaired(ground)
    assert (drift.kind, drift.ended) == (DriftKind.DISABLED, DriftEnd.REPAIRED)
    assert ground.far.read(str(account.subject))["enabled"] is False
    assert events(ground, account.id) == [("account.drift_repair_asked", "adele"), ("account.drift_repaired", "adele")]
    assert run(ground, lambda s: find_signed_in(s, session_id)) is None


def test_repair_whose_answer_is_lost_is_done_once_and_told_as_repaired(ground: Ground) -> None:
    (account,) = ground.accounts(1)
    ground.far.change(str(account.subject), {"email": "altro@example.it"})
    ground.look()
    with fake_of(ground).fault(r"^PUT .*/users/", "reset_after"):
        repaired(ground)
    run(ground, lambda s: s.execute(update(Job).values(run_at=text("clock_timestamp()"))))
    ground.worker.work_off()
    assert kinds(ground) == []
    assert run(ground, lambda s: s.scalars(select(Drift.ended)).all()) == [DriftEnd.REPAIRED]
    assert [one for one, _by in events(ground, account.id)] == ["account.drift_repair_asked", "account.drift_repaired"]


def test_repair_of_what_is_right_meanwhile_touches_nothing(ground: Ground) -> None:
    (account,) = ground.accounts(1)
    ground.far.change(str(account.subject), {"enabled": False})
    ground.look()
    ground.far.change(str(account.subject), {"enabled": True})
    asked = len(fake_of(ground).requests)
    drift = repaired(ground)
    assert drift.ended == DriftEnd.GONE
    assert not [one for one in fake_of(ground).requests[asked:] if one.startswith("PUT")]
    with pytest.raises(DriftEndedError):
        run(ground, lambda s: ask_repair(s, drift.id, by=ADMIN))


def test_person_suspended_while_a_repair_lets_it_in_ends_shut_out(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    (account,) = ground.accounts(1)
    ground.far.change(str(account.subject), {"enabled": False})
    ground.look()
    write = ground.worker.provider.set_enabled

    def overtaken(subject: str, *, enabled: bool) -> None:
        monkeypatch.setattr(ground.worker.provider, "set_enabled", write)
        run(ground, lambda s: suspend_account(s, account.id, reason="A1", by=APPROVER))
        ground.worker.work_off()
        write(subject, enabled=enabled)

    monkeypatch.setattr(ground.worker.provider, "set_enabled", overtaken)
    assert repaired(ground).ended == DriftEnd.GONE
    assert ground.account_of(account.id).state == AccountState.SUSPENDED
    assert ground.far.read(str(account.subject))["enabled"] is False
    assert events(ground, account.id) == [("account.drift_repair_asked", "adele")]


def test_address_changed_while_a_repair_writes_the_old_one_is_written_again(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    (account,) = ground.accounts(1)
    ground.far.change(str(account.subject), {"email": "altro@example.it"})
    ground.look()
    write = ground.worker.provider.set_email

    def overtaken(subject: str, email: str) -> None:
        monkeypatch.setattr(ground.worker.provider, "set_email", write)
        set_account(ground, account.id, email="nuovo@example.it")
        write(subject, email)

    monkeypatch.setattr(ground.worker.provider, "set_email", overtaken)
    assert repaired(ground).ended == DriftEnd.GONE
    assert ground.far.read(str(account.subject))["email"] == "nuovo@example.it"
    ground.look()
    assert kinds(ground) == []


def test_repair_that_was_begun_says_nothing_while_another_job_changes_the_account(ground: Ground) -> None:
    (account,) = ground.accounts(1)
    ground.far.change(str(account.subject), {"email": "altro@example.it"})
    ground.look()
    with fake_of(ground).fault(r"^PUT .*/users/", "reset_after"):
        repaired(ground)
    later = utc_now().replace(year=2090)
    run(ground, lambda s: s.execute(update(Job).values(run_at=text("clock_timestamp()"))))
    run(ground, lambda s: enqueue(s, "account.change_email", "x", {"account_id": str(account.id)}, run_at=later))
    ground.worker.work_off()
    assert kinds(ground) == [DriftKind.EMAIL]
    run(ground, lambda s: s.execute(update(Job).where(Job.key == "x").values(status=JobStatus.CANCELLED)))
    run(ground, lambda s: s.execute(update(Job).values(run_at=text("clock_timestamp()"))))
    ground.worker.work_off()
    assert kinds(ground) == []


def test_refused_repair_is_told_and_tried_again_by_another_press(ground: Ground) -> None:
    first, second = ground.accounts(2)
    ground.far.change(str(first.subject), {"email": "altro@example.it"})
    ground.far.change(str(second.subject), {"email": first.email})
    ground.look()
    wrong = next(one for one in ground.drifts() if one.account_id == first.id)
    run(ground, lambda s: ask_repair(s, wrong.id, by=ADMIN))
    ground.worker.work_off()
    job = run(ground, lambda s: s.scalars(select(Job).where(Job.kind == "account.reconcile")).one())
    assert (job.status, job.last_error) == (JobStatus.STUCK, "Nome utente o e-mail già presenti in Keycloak")
    ground.look()
    assert run(ground, lambda s: read_trouble(s).stuck) == 1, "it is still there"
    ground.far.change(str(second.subject), {"email": second.email})
    run(ground, lambda s: ask_repair(s, wrong.id, by=ADMIN))
    ground.worker.work_off()
    assert ground.far.read(str(first.subject))["email"] == first.email


def test_stuck_repair_of_what_somebody_mended_by_hand_is_forgotten(ground: Ground) -> None:
    first, second = ground.accounts(2)
    ground.far.change(str(first.subject), {"email": "altro@example.it"})
    ground.far.change(str(second.subject), {"email": first.email})
    ground.look()
    run(ground, lambda s: ask_all(s, DriftKind.EMAIL, seen=utc_now(), by=ADMIN))
    ground.worker.work_off()
    assert run(ground, lambda s: read_trouble(s).stuck) == 1
    for one in (second, first):
        ground.far.change(str(one.subject), {"email": one.email})
    ground.look()
    assert (kinds(ground), run(ground, lambda s: read_trouble(s).stuck)) == ([], 0)


def test_only_what_the_portal_may_do_is_asked_for_by_who_may(ground: Ground) -> None:
    (account,) = ground.accounts(1)
    ground.far.group(str(account.subject), is_in=False)
    ground.look()
    (drift,) = ground.drifts()
    with pytest.raises(NoRepairError):
        run(ground, lambda s: ask_repair(s, drift.id, by=ADMIN))
    assert run(ground, lambda s: ask_all(s, None, seen=utc_now(), by=ADMIN)) == 0
    for action in (lambda s: ask_repair(s, drift.id, by=REVIEWER), lambda s: ask_run(s, by=REVIEWER)):
        with pytest.raises(ForbiddenError):
            run(ground, action)


def test_who_was_switched_off_at_keycloak_is_let_in_by_a_person_alone(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked, open_ = ground.accounts(2)
    ground.far.change(str(locked.subject), {"enabled": False})
    set_account(ground, open_.id, **SUSPENDED)
    ground.look()
    assert run(ground, lambda s: ask_all(s, None, seen=utc_now(), by=ADMIN)) == 1
    ground.worker.work_off()
    assert ground.far.read(str(open_.subject))["enabled"] is False, "to shut out is what the portal says"
    code, told = command(ground, monkeypatch, "--fix")
    assert (code, ground.far.read(str(locked.subject))["enabled"]) == (1, False)
    assert "  Lasciata a una persona, nella pagina Riconciliazione del portale. Riabilita la persona a Keyc" in told
    assert told.endswith("Sistemate: 0; rimaste: 1, di cui 1 da decidere a mano.\n")
    assert repaired(ground).ended == DriftEnd.REPAIRED
    assert ground.far.read(str(locked.subject))["enabled"] is True


def test_repair_asked_for_to_shut_out_never_lets_in(ground: Ground) -> None:
    (account,) = ground.accounts(1)
    set_account(ground, account.id, **SUSPENDED)
    ground.look()
    run(ground, lambda s: ask_all(s, None, seen=utc_now(), by=ADMIN))
    set_account(ground, account.id, state=AccountState.ACTIVE, suspended_at=None)
    ground.far.change(str(account.subject), {"enabled": False})
    ground.worker.work_off()
    assert ground.far.read(str(account.subject))["enabled"] is False
    ground.look()
    (drift,) = ground.drifts()
    assert (drift.kind, drift.asked_at) == (DriftKind.DISABLED, None)


def test_ask_all_leaves_what_came_after_the_page_alone(ground: Ground) -> None:
    ground.far.add(stranger())
    ground.look()
    seen = utc_now()
    ground.far.add(stranger())
    ground.look()
    assert run(ground, lambda s: ask_all(s, DriftKind.EMAIL, seen=seen, by=ADMIN)) == 0
    assert run(ground, lambda s: ask_all(s, None, seen=seen, by=ADMIN)) == 1
    assert run(ground, lambda s: ask_all(s, None, seen=seen, by=ADMIN)) == 0, "a second press"


def test_keycloak_away_is_waited_for_and_no_drift_is_lost(ground: Ground) -> None:
    (account,) = ground.accounts(1)
    ground.far.change(str(account.subject), {"enabled": False})
    ground.look()
    with fake_of(ground).fault("members$", "before", status=503, times=99):
        job = ground.look(key="wait")
        assert (job.status, len(ground.drifts())) == (JobStatus.READY, 1)
        assert ground.look(key="next").status == JobStatus.CANCELLED, "one look at a time"
        assert run(ground, lambda s: ask_run(s, by=ADMIN).ended_at) is None
    run(ground, lambda s: s.execute(update(Job).where(Job.key == "wait").values(run_at=text("clock_timestamp()"))))
    ground.worker.work_off()
    assert run(ground, lambda s: s.scalar(select(Job.status).where(Job.key == "wait"))) == JobStatus.DONE
    assert kinds(ground) == [DriftKind.DISABLED]


def test_keycloak_that_shows_nobody_is_believed_by_nobody(ground: Ground) -> None:
    ground.accounts(1)
    fake_of(ground).people.clear()
    assert ground.look().status == JobStatus.STUCK
    assert kinds(ground) == []
    failure = run(ground, lambda s: s.scalars(select(Reconciliation.failure)).one())
    assert failure == "Keycloak non mostra nessuna persona: va controllato il client proactive-observer"
    fake_of(ground).add_person("anna.bassi", "anna.bassi@icri.example")
    assert ground.look().status == JobStatus.DONE, "another look may be had"
    assert kinds(ground) == [DriftKind.MISSING]
    assert run(ground, lambda s: read_trouble(s).stuck) == 0


def test_look_that_nobody_will_end_is_given_up(ground: Ground) -> None:
    first = ground.begin()
    assert ground.begin() == first
    run(ground, lambda s: s.execute(text("update reconciliation set asked_at = asked_at - interval '16 minutes'")))
    assert ground.begin() != first


def test_ended_drifts_are_forgotten_and_the_last_look_is_kept(ground: Ground) -> None:
    ground.far.add(stranger())
    ground.look()
    repaired(ground)
    ground.look()
    run(ground, lambda s: s.execute(text("update drift set ended_at = ended_at - interval '91 days'")))
    run(ground, lambda s: s.execute(text("update reconciliation set ended_at = ended_at - interval '91 days'")))
    run(ground, lambda s: forget_drifts(s, days=90))
    assert run(
        ground, lambda s: (len(s.scalars(select(Drift)).all()), len(s.scalars(select(Reconciliation)).all()))
    ) == (
        0,
        1,
    )


def command(ground: Ground, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str]:
    monkeypatch.setattr(cli, "_settings", lambda: ground.worker.settings)
    monkeypatch.setattr(cli, "make_worker", lambda _settings: ground.worker)
    done = CliRunner().invoke(cli.app, ["reconcile", *arguments])
    return done.exit_code, done.output


def test_command_tells_what_differs_and_fixes_it(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    (account,) = ground.accounts(1)
    assert command(ground, monkeypatch) == (
        0, "Confronto: 2 persone a Keycloak, 1 utenze nel portale; differenze: 0.\n")  # fmt: skip
    ground.far.change(str(account.subject), {"email": "altro@example.it"})
    code, told = command(ground, monkeypatch)
    assert code == 1
    assert f"- E-mail diversa: {account.username} (portale: {account.email}; Keycloak: altro@example.it)." in told
    code, told = command(ground, monkeypatch, "--fix")
    assert (code, "Sistemata. Scrive a Keycloak l’indirizzo del portale." in told) == (0, True)
    assert events(ground, account.id) == [("account.drift_repaired", "system")]
    assert command(ground, monkeypatch)[0] == 0


def test_command_beside_the_look_of_a_job_waits_and_tells_its_result(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command begins while the job has people to read."""
    monkeypatch.setattr(reconciling, "PEOPLE_PAGE", 1)
    monkeypatch.setattr(reconcile_command, "PAUSE", 0.05)
    (account,) = ground.accounts(1)
    ground.far.change(str(account.subject), {"email": "altro@example.it"})
    told: list[tuple[int, str]] = []
    beside = Thread(target=lambda: told.append(command(ground, monkeypatch)))
    read, asked = ground.worker.provider.list_people, len(fake_of(ground).requests)

    def slow(*, first: int, most: int) -> list[Person]:
        if first == 2:
            beside.start()
            beside.join(1)
        return read(first=first, most=most)

    monkeypatch.setattr(ground.worker.provider, "list_people", slow)
    run(ground, lambda s: ask_run(s, by=ADMIN))
    ground.worker.work_off()
    beside.join(10)
    assert len([one for one in fake_of(ground).requests[asked:] if "members" in one]) == reconciling.AT_ONCE, "one look"
    assert kinds(ground) == [DriftKind.EMAIL]
    ((code, text_),) = told
    assert code == 1
    assert "Un confronto è già in corso: ne aspetto l'esito." in text_
    assert "Confronto: 2 persone a Keycloak, 1 utenze nel portale; differenze: 1." in text_


def test_command_tells_why_the_look_it_waited_for_failed_and_gives_up_in_the_end(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = run(ground, lambda s: ask_run(s, by=ADMIN))
    monkeypatch.setattr(reconcile_command, "PATIENCE", 0.1)
    with pytest.raises(UnavailableError, match="è in corso e non finisce"):
        reconcile_command.execute(ground.worker, fix=True)
    monkeypatch.setattr(time, "sleep", lambda _pause: run(ground, lambda s: fail_run(s, ours.id, "Troppo tardi")))
    monkeypatch.setattr(reconcile_command, "PATIENCE", 60)
    with pytest.raises(UnavailableError, match="Troppo tardi"):
        reconcile_command.execute(ground.worker, fix=True)


def test_look_that_was_given_up_while_it_went_on_closes_nothing(ground: Ground) -> None:
    (account,) = ground.accounts(1)
    ground.far.change(str(account.subject), {"enabled": False})
    ground.look()
    late = ground.begin()
    run(ground, lambda s: begin_run(s, late))
    run(ground, lambda s: fail_run(s, late, "Interrotto prima della fine"))
    run(ground, lambda s: end_run(s, late, Counted(0, 0, 0)))
    assert kinds(ground) == [DriftKind.DISABLED]
    assert run(ground, lambda s: s.get_one(Reconciliation, late).failure) == "Interrotto prima della fine"


def test_command_tells_states_in_the_words_of_the_page(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    (account,) = ground.accounts(1)
    ground.far.change(str(account.subject), {"enabled": False})
    told = command(ground, monkeypatch)[1]
    assert f"- Stato diverso: {account.username} (portale: attiva; Keycloak: disabilitata)." in told


def test_command_says_what_it_cannot_fix(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    (account,) = ground.accounts(1)
    ground.far.group(str(account.subject), is_in=False)
    code, told = command(ground, monkeypatch, "--fix")
    assert code == 1
    assert "Non sistemata. Il portale non ne ha il diritto" in told
    with fake_of(ground).fault("members$", "before", status=503, times=9):
        assert command(ground, monkeypatch)[0] == 1
    assert command(ground, monkeypatch)[1].startswith("Confronto: "), "the look that failed holds up no other"
    assert run(ground, count_open) == 1


def test_thirty_clean_people_raise_no_alarm_and_cost_two_calls_a_page(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciling, "PAGE", 8)
    monkeypatch.setattr(reconciling, "PEOPLE_PAGE", 8)
    ground.accounts(30)
    asked = len(fake_of(ground).requests)
    ground.look()
    assert kinds(ground) == []
    reads = [one for one in fake_of(ground).requests[asked:] if one.startswith("GET")]
    ahead = 2 * (reconciling.AT_ONCE - 1)  # empty ones, asked for before the last was seen to be the last
    assert 1 + 4 + 4 <= len(reads) <= 1 + 4 + 4 + ahead, reads
