"""The clock over a supplier's documents: reminders once, suspension and its cure, categories that fall and rise."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.access.principal import SYSTEM
from service.accounts.models import Account
from service.accounts.states import AccountState
from service.audit.trail import list_events
from service.clock import local_date, utc_now
from service.config import Settings
from service.database import transaction
from service.documents.judging import reject, verify
from service.documents.models import Document, DocumentReminder, DocumentVersion
from service.documents.presence import ending, has_its_end
from service.documents.repository import Owner, list_documents
from service.documents.states import Scan, Verdict
from service.jobs.models import Job
from service.jobs.queue import enqueue
from service.mail.dates import after, day
from service.mail.port import Letter
from service.suppliers.documents import list_asked, list_suppliers_past_grace, list_suppliers_to_remind
from service.suppliers.letters import LETTERS
from service.suppliers.models import Supplier
from service.suppliers.qualifying import apply_expiry, cure, follow_verdict
from service.suppliers.reminding import remind
from service.suppliers.states import Qualification
from service.worker.loop import Worker
from tests.factories.applications import ANNA
from tests.factories.documents import add_leaf, add_version, document_of, end, make_supplier
from tests.support.provisioning import fake_keycloak, worker, worker_settings

__all__ = ["fake_keycloak", "worker", "worker_settings"]

# before the other examples end
END = local_date() + timedelta(days=50)
LAST_GRACE = END + timedelta(days=15)
OVER = END + timedelta(days=16)
LATER = END + timedelta(days=300)
OURS = frozenset(LETTERS)


def letters(session: Session, settings: Settings) -> list[Letter]:
    """Write every letter to suppliers that is waiting, as the worker would."""
    session.flush()
    waiting = session.scalars(select(Job).where(Job.kind == "mail.send").order_by(Job.id))
    ours = [job for job in waiting if job.args["message"] in OURS]
    written = [LETTERS[job.args["message"]](session, job.args, settings) for job in ours]
    return [letter for letter in written if letter is not None]


def events(session: Session, supplier: Supplier) -> list[str]:
    session.flush()
    return [one.type for one in list_events(session, supplier.id) if one.type != "supplier.qualified"]


def state(supplier: Supplier) -> Qualification:
    return supplier.qualification


def activate(session: Session, supplier: Supplier, locale: str = "it") -> Account:
    account = session.scalars(select(Account).where(Account.username == f"{supplier.number.lower()}-01")).one()
    account.state, account.locale = AccountState.ACTIVE, locale
    session.flush()
    return account


# suspension


def test_ended_document_suspends_the_day_after_the_grace_and_only_once(session: Session, settings: Settings) -> None:
    supplier = make_supplier(session, settings)
    end(session, supplier, "durc", END)
    apply_expiry(session, supplier.id, settings=settings, today=LAST_GRACE)
    assert state(supplier) == Qualification.QUALIFIED
    for _ in range(2):
        apply_expiry(session, supplier.id, settings=settings, today=OVER)
    assert state(supplier) == Qualification.SUSPENDED
    assert (supplier.suspended_by, supplier.suspension_reason) == ("system", "R04")
    assert supplier.suspended_at is not None
    assert events(session, supplier) == ["supplier.suspended"]
    (event,) = [one for one in list_events(session, supplier.id) if one.type == "supplier.suspended"]
    assert event.data == {
        "from_state": "qualified", "to_state": "suspended", "reason": "R04", "documents": ["durc"],
    }  # fmt: skip
    sent = [
        job.args["to"] for job in session.scalars(select(Job).where(Job.args["message"].astext == "supplier_suspended"))
    ]
    assert sent == ["contact", "pec"]


def test_document_without_effect_suspends_nobody(session: Session, settings: Settings) -> None:
    supplier = make_supplier(session, settings)
    end(session, supplier, "register_extract", END)
    end(session, supplier, "identity_document", END)
    apply_expiry(session, supplier.id, settings=settings, today=OVER)
    assert state(supplier) == Qualification.QUALIFIED


def test_supplier_without_documents_is_left_alone(session: Session, settings: Settings) -> None:
    supplier = make_supplier(session, settings)
    session.delete(document_of(session, supplier, "durc"))
    session.flush()
    apply_expiry(session, supplier.id, settings=settings, today=LATER)
    durc_only = [one for one in events(session, supplier) if one == "supplier.suspended"]
    assert len(durc_only) == 1  # the policy has ended too: a missing DURC alone would not
    assert list_events(session, supplier.id)[-1].data["documents"] == ["liability_policy"]


def test_verified_replacement_reinstates_and_waiting_or_refused_ones_do_not(
    session: Session, settings: Settings
) -> None:
    supplier = make_supplier(session, settings)
    end(session, supplier, "durc", local_date() - timedelta(days=16))
    apply_expiry(session, supplier.id, settings=settings)
    first = add_version(session, supplier, "durc", expires_on=local_date() + timedelta(days=90))
    cure(session, supplier.id, settings=settings)
    reject(session, first.id, reason_code="D03", by=ANNA)
    follow_verdict(session, supplier.id, first.id, settings=settings)
    assert state(supplier) == Qualification.SUSPENDED
    second = add_version(session, supplier, "durc", expires_on=local_date() + timedelta(days=90))
    verify(session, second.id, by=ANNA)
    for _ in range(2):
        follow_verdict(session, supplier.id, second.id, settings=settings)
    assert state(supplier) == Qualification.QUALIFIED
    assert (supplier.suspended_at, supplier.suspended_by, supplier.suspension_reason) == (None, None, None)
    assert events(session, supplier) == ["supplier.suspended", "supplier.reinstated"]
    subjects = [letter.subject for letter in letters(session, settings)]
    assert subjects == ["[ICRI ProActive] DURC: serve una nuova versione", "[ICRI ProActive] Qualifica riattivata"]


def test_cured_qualification_is_again_what_it_was(session: Session, settings: Settings) -> None:
    supplier = make_supplier(session, settings)
    supplier.qualification = Qualification.RENEWING
    end(session, supplier, "durc", END)
    apply_expiry(session, supplier.id, settings=settings, today=OVER)
    assert (state(supplier), supplier.suspended_from) == (Qualification.SUSPENDED, Qualification.RENEWING)
    end(session, supplier, "durc", LATER)
    cure(session, supplier.id, settings=settings, today=OVER)
    assert (state(supplier), supplier.suspended_from) == (Qualification.RENEWING, None)


def test_cure_waits_for_the_last_document_that_stops(session: Session, settings: Settings) -> None:
    supplier = make_supplier(session, settings)
    for code in ("durc", "liability_policy"):
        end(session, supplier, code, END)
    apply_expiry(session, supplier.id, settings=settings, today=OVER)
    end(session, supplier, "durc", LATER)
    cure(session, supplier.id, settings=settings, today=OVER)
    assert state(supplier) == Qualification.SUSPENDED
    end(session, supplier, "liability_policy", LATER)
    cure(session, supplier.id, settings=settings, today=OVER)
    assert state(supplier) == Qualification.QUALIFIED


def test_suspension_by_a_person_is_never_lifted_by_the_system(session: Session, settings: Settings) -> None:
    supplier = make_supplier(session, settings)
    supplier.qualification = Qualification.SUSPENDED
    supplier.suspended_at, supplier.suspended_by, supplier.suspension_reason = utc_now(), "marco", "R06"
    end(session, supplier, "durc", END)
    apply_expiry(session, supplier.id, settings=settings, today=OVER)
    end(session, supplier, "durc", LATER)
    cure(session, supplier.id, settings=settings, today=OVER)
    assert (supplier.qualification, supplier.suspended_by) == (Qualification.SUSPENDED, "marco")
    assert events(session, supplier) == []


def test_qualification_whose_time_is_over_is_not_reinstated(session: Session, settings: Settings) -> None:
    supplier = make_supplier(session, settings)
    end(session, supplier, "durc", END)
    apply_expiry(session, supplier.id, settings=settings, today=OVER)
    end(session, supplier, "durc", LATER)
    supplier.valid_until = OVER - timedelta(days=1)
    cure(session, supplier.id, settings=settings, today=OVER)
    assert state(supplier) == Qualification.SUSPENDED


def test_revoked_supplier_is_touched_no_more(session: Session, settings: Settings) -> None:
    supplier = make_supplier(session, settings)
    end(session, supplier, "durc", END)
    supplier.qualification = Qualification.REVOKED
    apply_expiry(session, supplier.id, settings=settings, today=OVER)
    cure(session, supplier.id, settings=settings, today=OVER)
    assert events(session, supplier) == []


# categories


def with_white_list(session: Session, settings: Settings) -> Supplier:
    supplier = make_supplier(session, settings)
    add_leaf(session, supplier, "F08")
    end(session, supplier, "durc", LATER)
    end(session, supplier, "liability_policy", LATER)
    add_version(session, supplier, "white_list", expires_on=END, verdict=Verdict.VALID)
    return supplier


def test_declaration_and_identity_are_not_asked_of_a_supplier_again(session: Session, settings: Settings) -> None:
    supplier = make_supplier(session, settings)
    asked = list_asked(session, supplier, settings=settings, today=local_date())
    assert {"durc", "register_extract", "liability_policy"} <= {one.type.code for one in asked.required}
    assert not {"self_declaration", "identity_document"} & {one.type.code for one in asked.required}
    assert {"self_declaration", "identity_document"} <= {one.type for one in asked.documents}


def test_ended_document_of_a_leaf_takes_that_leaf_alone_and_its_cure_gives_it_back(
    session: Session, settings: Settings
) -> None:
    supplier = with_white_list(session, settings)
    for today in (LAST_GRACE, OVER, OVER):
        apply_expiry(session, supplier.id, settings=settings, today=today)
    assert state(supplier) == Qualification.QUALIFIED
    dropped = {row.leaf: row for row in supplier.categories if row.dropped_on is not None}
    assert list(dropped) == ["F08"]
    assert (dropped["F08"].dropped_on, dropped["F08"].dropped_by, dropped["F08"].drop_reason) == (OVER, "system", "R04")
    assert events(session, supplier) == ["supplier.category_dropped"]
    end(session, supplier, "white_list", LATER)
    cure(session, supplier.id, settings=settings, today=OVER)
    assert not any(row.dropped_on or row.dropped_by or row.drop_reason for row in supplier.categories)
    assert events(session, supplier) == ["supplier.category_dropped", "supplier.category_restored"]


def test_letter_of_fallen_leaves_of_a_suspended_company_promises_nothing_of_the_others(
    session: Session, settings: Settings
) -> None:
    supplier = with_white_list(session, settings)
    end(session, supplier, "white_list", local_date() - timedelta(days=16))
    end(session, supplier, "durc", local_date() - timedelta(days=16))
    apply_expiry(session, supplier.id, settings=settings)
    assert state(supplier) == Qualification.SUSPENDED
    (letter,) = [one for one in letters(session, settings) if "Categorie non più attive" in one.subject]
    assert "Le altre categorie restano valide" not in letter.text


def test_leaf_taken_by_a_person_is_not_given_back(session: Session, settings: Settings) -> None:
    supplier = with_white_list(session, settings)
    row = next(one for one in supplier.categories if one.leaf == "F08")
    row.dropped_on, row.dropped_by, row.drop_reason = OVER, "marco", "R03"
    cure(session, supplier.id, settings=settings, today=OVER)
    assert (row.dropped_by, row.dropped_on) == ("marco", OVER)


def test_letter_of_fallen_leaves_names_them_and_what_brings_them_back(session: Session, settings: Settings) -> None:
    supplier = with_white_list(session, settings)
    end(session, supplier, "white_list", local_date() - timedelta(days=16))
    activate(session, supplier, "en")
    apply_expiry(session, supplier.id, settings=settings)
    (letter,) = letters(session, settings)
    assert letter.subject == "[ICRI ProActive] Categories no longer active"
    assert "- F08 " in letter.text
    assert "The other categories remain valid." in letter.text
    end(session, supplier, "white_list", LATER)
    cure(session, supplier.id, settings=settings)
    assert letters(session, settings) == []


# letters


def test_letter_of_a_suspension_says_why_and_what_to_do_to_all_with_an_active_account_and_the_pec(
    session: Session, settings: Settings
) -> None:
    supplier = make_supplier(session, settings)
    account = activate(session, supplier)
    end(session, supplier, "durc", local_date() - timedelta(days=16))
    apply_expiry(session, supplier.id, settings=settings)
    sent = letters(session, settings)
    assert [one.to for one in sent] == [account.email, supplier.answers["anagrafica"]["pec"]]
    assert "è sospesa per il seguente motivo: La documentazione obbligatoria è scaduta o non valida." in sent[0].text
    assert "Per riattivarla carichi la versione aggiornata di:\n- DURC" in sent[0].text
    account.state, account.suspended_at = AccountState.SUSPENDED, utc_now()
    session.flush()
    assert [one.to for one in letters(session, settings)] == [supplier.answers["anagrafica"]["pec"]]
    supplier.qualification = Qualification.QUALIFIED
    assert letters(session, settings) == []


# reminders


def reminders(session: Session) -> list[int]:
    return sorted(session.scalars(select(DocumentReminder.threshold)), reverse=True)


def only_durc(session: Session, settings: Settings, left: int) -> Supplier:
    """Make a supplier of whose documents the DURC alone ends, in so many days."""
    supplier = make_supplier(session, settings)
    for code in ("register_extract", "liability_policy"):
        end(session, supplier, code, local_date() + timedelta(days=400))
    end(session, supplier, "durc", local_date() + timedelta(days=left))
    for slot in range(local_date().year - 3, local_date().year):
        end(session, supplier, "financials", None, str(slot))
    return supplier


def test_reminders_go_out_once_for_each_threshold_whatever_days_are_missed(
    session: Session, settings: Settings
) -> None:
    supplier = only_durc(session, settings, 70)
    today = local_date()
    sent = [
        remind(session, supplier.id, settings=settings, today=today + timedelta(days=passed))
        for passed in (0, 9, 10, 10, 39, 41, 41, 56, 70, 70, 71)
    ]
    assert sent == [0, 0, 1, 0, 0, 1, 0, 1, 1, 0, 0]
    assert reminders(session) == [60, 30, 15, 0]
    messages = [
        job.args["message"] for job in session.scalars(select(Job).order_by(Job.id)) if "expires_on" in job.args
    ]
    assert messages == ["document_expiring"] * 3 + ["document_expired"]


def test_reminder_says_until_when_and_what_follows(session: Session, settings: Settings) -> None:
    supplier = only_durc(session, settings, 15)
    account = activate(session, supplier)
    assert remind(session, supplier.id, settings=settings) == 1
    (letter,) = letters(session, settings)
    assert letter.to == account.email
    assert letter.subject.startswith("[ICRI ProActive] DURC: scadenza ")
    assert "(fra 15 giorni)" in letter.text
    assert "la qualifica sarà sospesa fino all'aggiornamento" in letter.text


@pytest.mark.parametrize(("left", "from_today"), [(-20, 0), (-16, 0), (-10, 6)])
def test_letter_of_an_end_never_names_a_day_that_is_over(
    session: Session, settings: Settings, left: int, from_today: int
) -> None:
    supplier = only_durc(session, settings, left)
    remind(session, supplier.id, settings=settings)
    (letter,) = letters(session, settings)
    first = local_date() + timedelta(days=from_today)
    assert f"la qualifica sarà sospesa {after('dal', day(first, 'it'))}." in letter.text
    apply_expiry(session, supplier.id, settings=settings, today=first)
    assert state(supplier) == Qualification.SUSPENDED


def test_letter_that_announces_an_end_is_not_written_after_it(session: Session, settings: Settings) -> None:
    supplier = only_durc(session, settings, 15)
    remind(session, supplier.id, settings=settings)
    end(session, supplier, "durc", local_date() - timedelta(days=1))
    job = session.scalars(select(Job).where(Job.args["message"].astext == "document_expiring")).first()
    assert job is not None
    late = dict(job.args) | {"expires_on": (local_date() - timedelta(days=1)).isoformat()}
    assert LETTERS["document_expiring"](session, late, settings) is None
    assert LETTERS["document_expired"](session, late, settings) is not None


@pytest.mark.parametrize(
    ("left", "verdict", "scan", "is_reminded"),
    [
        (200, Verdict.TO_CHECK, Scan.CLEAN, False),
        (200, Verdict.VALID, Scan.CLEAN, False),
        (None, Verdict.TO_CHECK, Scan.CLEAN, False),
        (200, Verdict.REJECTED, Scan.CLEAN, True),
        (200, Verdict.TO_CHECK, Scan.INFECTED, True),
        (10, Verdict.TO_CHECK, Scan.CLEAN, True),
    ],
)
def test_reminder_is_spared_to_who_has_given_a_longer_one_already(
    session: Session, settings: Settings, left: int | None, verdict: Verdict, scan: Scan, *, is_reminded: bool
) -> None:
    supplier = only_durc(session, settings, 15)
    reason = {"reason_code": "D03"} if verdict == Verdict.REJECTED else {}
    expires_on = None if left is None else local_date() + timedelta(days=left)
    version = add_version(session, supplier, "durc", expires_on=expires_on, verdict=verdict, **reason)
    version.files[0].scan = scan
    assert remind(session, supplier.id, settings=settings) == int(is_reminded)


def test_reminder_whose_document_was_replaced_before_sending_is_not_sent(session: Session, settings: Settings) -> None:
    supplier = only_durc(session, settings, 15)
    remind(session, supplier.id, settings=settings)
    add_version(session, supplier, "durc", expires_on=local_date() + timedelta(days=100))
    assert letters(session, settings) == []


def test_reminder_of_what_is_no_longer_asked_or_never_announced_is_not_sent(
    session: Session, settings: Settings
) -> None:
    supplier = only_durc(session, settings, 400)
    add_version(session, supplier, "white_list", expires_on=local_date(), verdict=Verdict.VALID)
    end(session, supplier, "identity_document", local_date())
    assert remind(session, supplier.id, settings=settings) == 0


def test_reminder_of_a_balance_ends_with_the_next_one(session: Session, settings: Settings) -> None:
    supplier = only_durc(session, settings, 400)
    year = local_date().year - 2
    end(session, supplier, "financials", local_date() + timedelta(days=7), str(year))
    assert remind(session, supplier.id, settings=settings) == 0
    session.delete(document_of(session, supplier, "financials", str(year + 1)))
    session.flush()
    assert remind(session, supplier.id, settings=settings) == 1


def test_revoked_supplier_is_not_reminded(session: Session, settings: Settings) -> None:
    supplier = only_durc(session, settings, 15)
    supplier.qualification = Qualification.REVOKED
    session.flush()
    assert remind(session, supplier.id, settings=settings) == 0
    assert supplier.id not in list_suppliers_to_remind(session, today=local_date(), days=(60, 0))


def test_version_whose_end_counts_is_the_same_for_the_database(session: Session, settings: Settings) -> None:
    supplier, waits, good, bad = make_supplier(session, settings), Verdict.TO_CHECK, Verdict.VALID, Verdict.REJECTED
    cases: dict[tuple[str, str], list[Verdict]] = {
        ("certification", "a"): [good, waits], ("certification", "b"): [waits, waits], ("certification", "c"): [bad],
        ("certification", "d"): [waits, bad], ("certification", "e"): [good, bad], ("certification", "f"): [good, good],
    }  # fmt: skip
    for (code, slot), verdicts in cases.items():
        for verdict in verdicts:
            facts = {"reason_code": "D03"} if verdict == bad else {}
            add_version(session, supplier, code, expires_on=END, verdict=verdict, slot=slot, **facts)
    add_version(session, supplier, "certification", expires_on=None, verdict=good, slot="g")
    documents = list_documents(session, Owner(supplier_id=supplier.id))
    ours = {one.id for document in documents if (one := ending(document))}
    query = select(DocumentVersion.id).join(Document).where(has_its_end(), Document.supplier_id == supplier.id)
    assert ours == set(session.scalars(query))
    numbers = {one.slot: found.number for one in documents if one.type == "certification" and (found := ending(one))}
    assert numbers == {"a": 1, "b": 2, "e": 1, "f": 2}


@pytest.mark.parametrize(("left", "is_found"), [(61, False), (60, True), (0, True), (-30, True), (-31, False)])
def test_suppliers_to_remind_are_those_with_an_end_in_sight(
    session: Session, settings: Settings, left: int, *, is_found: bool
) -> None:
    supplier = only_durc(session, settings, left)
    found = list_suppliers_to_remind(session, today=local_date(), days=(60, 30, 0))
    assert (supplier.id in found) == is_found


def test_suppliers_past_grace_are_those_whose_document_has_its_effect_today(
    session: Session, settings: Settings
) -> None:
    supplier = only_durc(session, settings, 0)
    today = local_date()
    for passed, is_found in ((15, False), (16, True)):
        found = list_suppliers_past_grace(session, today=today + timedelta(days=passed), grace_days=15)
        assert (supplier.id in found) == is_found


# the jobs


def test_jobs_suspend_remind_and_follow_a_verdict_to_the_end(worker: Worker, worker_settings: Settings) -> None:
    with transaction(worker.engine) as session:
        late, soon, broken = (make_supplier(session, worker_settings, n=n) for n in (1, 2, 3))
        end(session, late, "durc", local_date() - timedelta(days=16))
        end(session, soon, "durc", local_date() + timedelta(days=5))
        end(session, broken, "durc", local_date() - timedelta(days=16))
        broken.answers = {**broken.answers, "avvio": "not a section"}
        broken.legal_category = "??"
        identity, soon_id = late.id, soon.id
        enqueue(session, "documents.expire", "cron:documents.expire:x", {})
        enqueue(session, "reminders.send", "cron:reminders.send:x", {})
    worker.work_off()
    with transaction(worker.engine) as session:
        late = session.get_one(Supplier, identity)
        assert (late.qualification, late.suspended_by) == (Qualification.SUSPENDED, SYSTEM.subject)
        reminded = select(func.count()).select_from(Job).where(
            Job.args["message"].astext == "document_expiring", Job.args["supplier"].astext == str(soon_id)
        )  # fmt: skip
        assert session.scalar(reminded)
        again = session.scalars(select(Job).where(Job.key == "cron:documents.expire:x")).one()
        assert again.last_error == "Errore imprevisto (KeyError)"
        version = add_version(session, late, "durc", expires_on=local_date() + timedelta(days=90))
        verify(session, version.id, by=ANNA)
    worker.work_off()
    with transaction(worker.engine) as session:
        assert session.get_one(Supplier, identity).qualification == Qualification.QUALIFIED
