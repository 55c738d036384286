"""A person of ours whose second company is accepted: one account, two memberships, no second access mail."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from service.accounts.actions import Contact, create_account, mark_failed
from service.accounts.models import Account, Membership
from service.accounts.port import NewPerson
from service.applications import actions
from service.applications.letters import LETTERS
from service.applications.models import Application
from service.audit.trail import list_events
from service.clock import utc_now
from service.config import Settings
from service.database import transaction
from service.jobs.models import Job, JobStatus
from service.suppliers.models import Supplier
from service.worker.loop import Worker
from tests.factories.applications import MARCO, make_approved, make_under_review
from tests.fakes import FakeKeycloak
from tests.support.at_once import both
from tests.support.provisioning import fake_keycloak, worker, worker_settings

__all__ = ["fake_keycloak", "worker", "worker_settings"]
pytestmark = pytest.mark.xdist_group("integration")


def approve_second(worker: Worker, settings: Settings) -> UUID:
    """Accept another company of the first one's contact; gives the application."""
    with transaction(worker.engine) as session:
        email = session.scalars(select(Account.email).order_by(Account.created_at)).first()
        second = make_under_review(session, settings, n=2)
        second.contact_email = (email or "").upper()
        session.flush()
        actions.approve(session, second.id, version=second.version, by=MARCO, settings=settings)
        return second.id


def numbers(worker: Worker) -> list[str]:
    with transaction(worker.engine) as session:
        return list(session.scalars(select(Supplier.number).order_by(Supplier.number)))


def test_company_that_joins_while_the_creation_writes_the_suppliers_is_not_written_over(
    worker: Worker, worker_settings: Settings, fake_keycloak: FakeKeycloak, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The creation found other suppliers at Keycloak, and writes those it has read before the second one came."""
    write, create = worker.provider.set_attributes, worker.provider.create_person

    def without_suppliers(wanted: NewPerson) -> str:
        return create(replace(wanted, supplier_ids=()))

    def overtaken(*person: Any, **values: Any) -> None:
        monkeypatch.setattr(worker.provider, "set_attributes", write)
        approve_second(worker, worker_settings)
        worker.work_off()
        write(*person, **values)

    monkeypatch.setattr(worker.provider, "create_person", without_suppliers)
    monkeypatch.setattr(worker.provider, "set_attributes", overtaken)
    with transaction(worker.engine) as session:
        make_approved(session, worker_settings)
    worker.work_off()
    with transaction(worker.engine) as session:
        session.execute(update(Job).values(run_at=utc_now()))
    worker.work_off()
    (person,) = fake_keycloak.people.values()
    assert person["attributes"]["supplier_id"] == numbers(worker)
    assert len(fake_keycloak.mails) == 1


def test_second_company_joins_the_account_and_keycloak_learns_both_numbers(
    worker: Worker, worker_settings: Settings, fake_keycloak: FakeKeycloak
) -> None:
    with transaction(worker.engine) as session:
        make_approved(session, worker_settings)
    worker.work_off()
    second = approve_second(worker, worker_settings)
    worker.work_off()
    (person,) = fake_keycloak.people.values()
    assert person["attributes"]["supplier_id"] == numbers(worker)
    assert person["attributes"]["locale"]
    assert len(fake_keycloak.mails) == 1
    with transaction(worker.engine) as session:
        account = session.scalars(select(Account)).one()
        rows = session.scalars(select(Membership).order_by(Membership.supplier_number)).all()
        assert [(one.is_admin, one.joined_at is not None) for one in rows] == [(True, False), (True, True)]
        types = [one.type for one in list_events(session, account.id)]
        assert types == [
            "account.created", "account.access_sent", "account.membership_added", "account.suppliers_written"
        ]  # fmt: skip
        letter = LETTERS["application_approved"](session, {"about": str(second)}, worker_settings)
        assert letter is not None
        assert f"Acceda come sempre con il nome utente {account.username}." in letter.text
        assert "messaggio separato" not in letter.text
        application = session.get_one(Application, second)
        application.contact_email = "un.altra@example.com"  # who joined is a colleague: nothing is said of them
        session.flush()
        letter = LETTERS["application_approved"](session, {"about": str(second)}, worker_settings)
        assert letter is not None
        assert account.username not in letter.text


def test_letter_names_no_account_that_was_never_created(
    worker: Worker, worker_settings: Settings, fake_keycloak: FakeKeycloak
) -> None:
    with transaction(worker.engine) as session:
        make_approved(session, worker_settings)
        account = session.scalars(select(Account)).one()
        mark_failed(session, account.id, reason="Keycloak rifiuta il nome utente")
    second = approve_second(worker, worker_settings)
    with transaction(worker.engine) as session:
        letter = LETTERS["application_approved"](session, {"about": str(second)}, worker_settings)
        assert letter is not None
        assert "Acceda come sempre" not in letter.text
        assert account.username not in letter.text


def test_numbers_that_keycloak_has_twice_are_seen_and_written_again(
    worker: Worker, worker_settings: Settings, fake_keycloak: FakeKeycloak, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(worker.engine) as session:
        make_approved(session, worker_settings)
    worker.work_off()
    approve_second(worker, worker_settings)
    (person,) = fake_keycloak.people.values()
    write, left = worker.provider.set_attributes, iter([True])

    def twice(subject: str, **wanted: Any) -> None:
        write(subject, **wanted)
        if next(left, False):
            person["attributes"]["supplier_id"] *= 2

    monkeypatch.setattr(worker.provider, "set_attributes", twice)
    worker.work_off()
    with transaction(worker.engine) as session:
        session.execute(update(Job).values(run_at=utc_now()))
    worker.work_off()
    assert person["attributes"]["supplier_id"] == numbers(worker)


def test_both_companies_accepted_before_the_person_is_created_end_in_one_person(
    worker: Worker, worker_settings: Settings, fake_keycloak: FakeKeycloak
) -> None:
    with transaction(worker.engine) as session:
        make_approved(session, worker_settings)
    approve_second(worker, worker_settings)
    worker.work_off()
    with transaction(worker.engine) as session:
        waiting = session.scalars(select(Job).where(Job.status == JobStatus.READY, Job.kind.like("account.%"))).all()
        for job in waiting:
            job.run_at = job.created_at
    worker.work_off()
    (person,) = fake_keycloak.people.values()
    assert person["attributes"]["supplier_id"] == numbers(worker)
    assert len(fake_keycloak.mails) == 1


def test_person_found_with_old_suppliers_is_brought_up_to_date_by_provisioning(
    worker: Worker, worker_settings: Settings, fake_keycloak: FakeKeycloak
) -> None:
    with transaction(worker.engine) as session:
        make_approved(session, worker_settings)
    fake_keycloak.is_smtp_up = False
    worker.work_off()
    (person,) = fake_keycloak.people.values()
    person["attributes"]["supplier_id"] = ["F09999"]
    fake_keycloak.is_smtp_up = True
    with transaction(worker.engine) as session:
        job = session.scalars(select(Job).where(Job.kind == "account.provision")).one()
        job.step, job.attempts, job.run_at = 0, 3, job.created_at
    worker.work_off()
    assert person["attributes"]["supplier_id"] == numbers(worker)


def test_two_companies_of_one_person_at_the_same_instant_make_one_account(
    worker: Worker, worker_settings: Settings
) -> None:
    with transaction(worker.engine) as session:
        for n in (1, 2):
            application = make_approved(session, worker_settings, n=n)
            assert application.supplier_id
    found = numbers(worker)
    person = Contact(email="una.sola@example.com", first_name="Una", last_name="Sola", locale="it")

    def add(number: str) -> None:
        with transaction(worker.engine) as session:
            create_account(session, number, person, by=MARCO)

    both(*(lambda number=number: add(number) for number in found))
    with transaction(worker.engine) as session:
        one = session.scalars(select(Account).where(Account.email == person.email)).one()
        rows = session.scalars(select(Membership.supplier_number).where(Membership.account_id == one.id)).all()
        assert sorted(rows) == found
        assert session.scalars(select(Application)).all()
