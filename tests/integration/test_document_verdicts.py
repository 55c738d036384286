"""What staff say of documents, who may, who was faster, and what an approval rests on."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from uuid import uuid4

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from service.access.principal import APPLICANT, Principal, Role
from service.applications import actions
from service.applications.documents import list_asked
from service.applications.models import Application, Snapshot
from service.audit.trail import list_events
from service.clock import local_date, utc_now
from service.config import Settings
from service.database import transaction
from service.documents.actions import declare_not_due
from service.documents.judging import VerdictError, VerdictReasonError, reject, verify
from service.documents.models import Document, DocumentVersion
from service.documents.presence import present_of
from service.documents.repository import Owner, list_documents
from service.documents.states import Scan, Verdict
from service.errors import ForbiddenError, NotFoundError
from service.jobs.models import Job
from service.questionnaire import RequiredDocument
from service.suppliers import qualifying
from service.suppliers.letters import LETTERS
from service.web.staff.document_panel import asked_of, documents_panel
from tests.factories.applications import ANNA, MARCO, make_draft, make_submitted, make_under_review
from tests.factories.desk import record_due_checks
from tests.factories.documents import add_version, document_of, make_file, make_supplier

SARA = Principal("sara", "Sara Villa", frozenset({Role.SPECIALIST, Role.SPECIALIST_ADMINISTRATION}))


def reviewed(session: Session, settings: Settings, **facts: object) -> Application:
    """Make one in review whose documents nobody has judged."""
    sent = make_submitted(session, settings, **facts)  # type: ignore[arg-type]
    return actions.start_review(session, sent.id, version=sent.version, by=ANNA)


def version_of(session: Session, application: Application, code: str = "durc") -> DocumentVersion:
    query = select(Document).where(Document.application_id == application.id, Document.type == code)
    return session.scalars(query).one().versions[-1]


def jobs(session: Session, kind: str = "mail.send") -> list[Job]:
    return list(session.scalars(select(Job).where(Job.kind == kind).order_by(Job.id)))


def test_verify_leaves_verdict_author_and_event(session: Session, settings: Settings) -> None:
    version = version_of(session, reviewed(session, settings))
    verify(session, version.id, by=SARA)
    assert version.verdict == Verdict.VALID
    assert (version.judged_by_subject, version.judged_by_name) == ("sara", "Sara Villa")
    assert version.judged_at is not None
    (event,) = list_events(session, version.document_id)
    assert (event.type, event.data["type"]) == ("document.verified", "durc")
    assert jobs(session, "supplier.follow_verdict") == []


def test_reject_on_an_application_sends_no_letter_of_its_own(session: Session, settings: Settings) -> None:
    version = version_of(session, reviewed(session, settings))
    reject(session, version.id, reason_code="D03", reason_text="  Pagina 2 ", by=ANNA)
    assert (version.verdict, version.reason_code, version.reason_text) == (Verdict.REJECTED, "D03", "Pagina 2")
    assert [one.type for one in list_events(session, version.document_id)] == ["document.rejected"]
    assert jobs(session, "supplier.follow_verdict") == []
    assert "document_rejected" not in {job.args["message"] for job in jobs(session)}


@pytest.mark.parametrize("role", Role)
def test_only_who_examines_may_judge(session: Session, settings: Settings, role: Role) -> None:
    version = version_of(session, reviewed(session, settings))
    who = Principal("x", "X", frozenset({role}))
    if role in {Role.REVIEWER, Role.APPROVER}:
        assert verify(session, version.id, by=who).verdict == Verdict.VALID
        return
    refusal = NotFoundError if role == Role.SPECIALIST else ForbiddenError  # of no area: the document does not exist
    with pytest.raises(refusal):
        verify(session, version.id, by=who)
    with pytest.raises(refusal):
        reject(session, version.id, reason_code="D01", by=who)
    assert version.verdict == Verdict.TO_CHECK


def test_judge_what_does_not_exist_is_not_found(session: Session) -> None:
    with pytest.raises(NotFoundError):
        verify(session, uuid4(), by=ANNA)


@pytest.mark.parametrize(("code", "text"), [("R01", ""), ("", ""), ("D99", "troppo corto"), ("D01", "x" * 1001)])
def test_reject_without_a_proper_reason_changes_nothing(
    session: Session, settings: Settings, code: str, text: str
) -> None:
    version = version_of(session, reviewed(session, settings))
    with pytest.raises(VerdictReasonError):
        reject(session, version.id, reason_code=code, reason_text=text, by=ANNA)
    assert version.verdict == Verdict.TO_CHECK


def test_mind_may_be_changed_before_the_decision_by_who_saw_the_verdict(session: Session, settings: Settings) -> None:
    version = version_of(session, reviewed(session, settings))
    reject(session, version.id, reason_code="D03", by=ANNA)
    with pytest.raises(VerdictError, match=r"già stato respinto da Anna Bassi alle \d\d:\d\d"):
        verify(session, version.id, by=MARCO)
    verify(session, version.id, by=MARCO, seen=Verdict.REJECTED)
    assert (version.verdict, version.reason_code, version.judged_by_name) == (Verdict.VALID, None, "Marco Riva")
    reject(session, version.id, reason_code="D02", by=MARCO, seen=Verdict.VALID)
    assert version.verdict == Verdict.REJECTED


def test_judge_before_the_review_or_after_a_refusal_is_refused(session: Session, settings: Settings) -> None:
    waiting = make_submitted(session, settings)
    refused = make_under_review(session, settings, n=2)
    actions.reject(session, refused.id, version=refused.version, by=MARCO, settings=settings, reason_code="R03")
    for application, seen in ((waiting, Verdict.TO_CHECK), (refused, Verdict.VALID)):
        with pytest.raises(VerdictError, match="non è in valutazione"):
            reject(session, version_of(session, application).id, reason_code="D02", by=ANNA, seen=seen)


def test_verdict_on_an_approved_application_stands(session: Session, settings: Settings) -> None:
    supplier = make_supplier(session, settings)
    version = document_of(session, supplier, "durc").versions[-1]
    with pytest.raises(VerdictError):
        reject(session, version.id, reason_code="D02", by=ANNA, seen=Verdict.VALID)
    assert version.verdict == Verdict.VALID


@pytest.mark.parametrize(
    "spoil",
    [
        lambda version: setattr(version.files[0], "scan", Scan.INFECTED),
        lambda version: setattr(version.files[0], "lost_at", utc_now()),
        lambda version: version.files.clear(),
    ],
)
def test_infected_or_lost_file_cannot_be_found_good_but_refused(
    session: Session, settings: Settings, spoil: Callable[[DocumentVersion], None]
) -> None:
    version = version_of(session, reviewed(session, settings))
    spoil(version)
    session.flush()
    with pytest.raises(VerdictError, match="infetto o non si trova"):
        verify(session, version.id, by=ANNA)
    assert reject(session, version.id, reason_code="D03", by=ANNA).verdict == Verdict.REJECTED


def test_verify_a_suppliers_new_version_replaces_the_one_before(session: Session, settings: Settings) -> None:
    supplier = make_supplier(session, settings)
    old = document_of(session, supplier, "durc").versions[-1]
    waiting = add_version(session, supplier, "durc", expires_on=local_date())
    newest = add_version(session, supplier, "durc", expires_on=None)
    with pytest.raises(VerdictError, match="più recente"):
        verify(session, waiting.id, by=ANNA)
    verify(session, newest.id, by=ANNA)
    assert [one.verdict for one in (old, waiting, newest)] == [Verdict.REPLACED, Verdict.REPLACED, Verdict.VALID]
    (job,) = jobs(session, "supplier.follow_verdict")
    assert job.args == {"supplier_id": str(supplier.id), "version_id": str(newest.id)}


def test_reject_a_suppliers_document_keeps_the_old_one_and_asks_for_another_by_mail(
    session: Session, settings: Settings
) -> None:
    supplier = make_supplier(session, settings)
    old = document_of(session, supplier, "durc").versions[-1]
    version = add_version(session, supplier, "durc", expires_on=None)
    reject(session, version.id, reason_code="D08", reason_text="Manca l'ultima.", by=ANNA)
    for _ in range(2):
        qualifying.follow_verdict(session, supplier.id, version.id, settings=settings)
    assert old.verdict == Verdict.VALID
    (job,) = [one for one in jobs(session) if one.args["message"] == "document_rejected"]
    letter = LETTERS["document_rejected"](session, job.args, settings)
    assert letter is not None
    assert letter.to == supplier.contact_email
    assert letter.subject == "[ICRI ProActive] DURC: serve una nuova versione"
    assert "non è stato accettato: Mancano delle pagine.\n\nManca l'ultima.\n\n" in letter.text
    assert "http://testserver/area/documenti" in letter.text


@pytest.mark.parametrize("kind", ["same", "opposite"])
def test_two_clerks_at_once_give_one_verdict(own_engine: Engine, settings: Settings, kind: str) -> None:
    with transaction(own_engine) as session:
        version_id = version_of(session, reviewed(session, settings)).id

    def first(session: Session) -> object:
        return verify(session, version_id, by=ANNA)

    def second(session: Session) -> object:
        if kind == "same":
            return verify(session, version_id, by=MARCO)
        return reject(session, version_id, reason_code="D02", by=MARCO)

    assert sorted(at_once(own_engine, first, second)) == ["VerdictError", "done"]
    with transaction(own_engine) as session:
        version = session.get(DocumentVersion, version_id)
        assert version is not None
        assert [one.by_subject for one in list_events(session, version.document_id)] == [version.judged_by_subject]


def test_verdict_and_approval_at_once_never_admit_on_a_refused_document(own_engine: Engine, settings: Settings) -> None:
    with transaction(own_engine) as session:
        application = make_under_review(session, settings)
        identity, seen = application.id, application.version
        version_id = version_of(session, application).id

    def refuse(session: Session) -> object:
        return reject(session, version_id, reason_code="D02", by=ANNA, seen=Verdict.VALID)

    def admit(session: Session) -> object:
        return actions.approve(session, identity, version=seen, by=MARCO, settings=settings)

    outcomes = at_once(own_engine, refuse, admit)
    assert sorted(outcomes) in (["EvidenceError", "done"], ["VerdictError", "done"])
    with transaction(own_engine) as session:
        version, application = session.get(DocumentVersion, version_id), session.get_one(Application, identity)
        assert version is not None
        assert (version.verdict == Verdict.VALID) == (application.supplier_id is not None)


def at_once(engine: Engine, *acts: Callable[[Session], object]) -> list[str]:
    """Do several things in transactions of their own at the same time; give how each ended."""

    def run(act: Callable[[Session], object]) -> str:
        try:
            with transaction(engine) as session:
                act(session)
        except (VerdictError, actions.EvidenceError) as error:
            return type(error).__name__
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


# what an approval rests on


def approve(session: Session, settings: Settings, application: Application) -> None:
    record_due_checks(session, application, by=ANNA, settings=settings)
    actions.approve(session, application.id, version=application.version, by=MARCO, settings=settings)


def test_approve_with_unverified_documents_names_them(session: Session, settings: Settings) -> None:
    application = reviewed(session, settings)
    for document in list_documents(session, Owner(application_id=application.id)):
        if document.type not in {"durc", "register_extract"}:
            verify(session, document.versions[-1].id, by=ANNA)
    with pytest.raises(actions.EvidenceError) as refusal:
        approve(session, settings, application)
    assert refusal.value.detail == "Prima di accettare vanno verificati: Visura camerale ordinaria, DURC."
    assert application.supplier_id is None


def test_approve_with_a_refused_document_is_refused(session: Session, settings: Settings) -> None:
    application = make_under_review(session, settings)
    reject(session, version_of(session, application).id, reason_code="D02", by=ANNA, seen=Verdict.VALID)
    with pytest.raises(actions.EvidenceError, match="DURC"):
        approve(session, settings, application)


def test_approve_takes_an_accepted_not_due_for_the_document(session: Session, settings: Settings) -> None:
    draft = make_draft(session, settings)
    owner = Owner(application_id=draft.id)
    declare_not_due(session, owner, type="durc", slot="", reason="Nessuna posizione INPS o INAIL.", by=APPLICANT)
    sent = actions.submit(session, draft.id, settings=settings)
    actions.start_review(session, sent.id, version=sent.version, by=ANNA)
    for document in list_documents(session, owner):
        if document.type != "durc":
            verify(session, document.versions[-1].id, by=ANNA)
    with pytest.raises(actions.EvidenceError, match="DURC"):
        approve(session, settings, sent)
    verify(session, version_of(session, sent).id, by=ANNA)
    approve(session, settings, sent)
    assert sent.supplier_id is not None


def test_approve_rests_on_what_the_leaves_need_and_on_nothing_optional(session: Session, settings: Settings) -> None:
    application = make_under_review(session, settings)
    content = application.content
    own = content.answers["attivita"]
    content.answers = {**content.answers, "attivita": {**own, "merchandise": [*own["merchandise"], "F08"]}}
    assert {one.type.code for one in unverified(session, settings, application, "F08")} == {"white_list"}
    assert unverified(session, settings, application, "L05") == []


def unverified(session: Session, settings: Settings, application: Application, *leaves: str) -> list[RequiredDocument]:
    return actions.list_unverified(list_asked(session, application, settings=settings), leaves=frozenset(leaves))


def test_panel_and_approval_ask_for_what_was_due_on_the_day_of_sending(session: Session, settings: Settings) -> None:
    application = reviewed(session, settings)
    for sent, is_due in (("2026-08-20T12:00:00+00:00", False), ("2026-09-20T12:00:00+00:00", True)):
        application.submitted_at = datetime.fromisoformat(sent)
        asked = list_asked(session, application, settings=settings)
        assert {one.slot: one.is_mandatory for one in asked.required}["2025"] is is_due
        cards = {card.id: card for card in documents_panel(application, asked, settings, principal=ANNA)["documents"]}
        assert {key for key, card in cards.items() if card.is_mandatory} == {
            one.anchor for one in asked.required if one.is_mandatory
        }
        waited_for = {
            place.id for place in documents_panel(application, asked, settings, principal=ANNA)["documents_unverified"]
        }
        assert waited_for == {one.anchor for one in unverified(session, settings, application)}
        assert waited_for
        assert all(cards[key].is_mandatory for key in waited_for)


def test_panel_of_one_sent_before_documents_were_asked_misses_none(session: Session, settings: Settings) -> None:
    application = reviewed(session, settings)
    snapshot = session.scalars(select(Snapshot).where(Snapshot.application_id == application.id)).one()
    snapshot.data = {**snapshot.data, "questionnaire_version": 1}
    session.delete(version_of(session, application).document)
    session.flush()
    asked = list_asked(session, application, settings=settings)
    panel = documents_panel(application, asked, settings, principal=ANNA)
    assert not [card for card in panel["documents"] if card.is_missing]
    assert panel["documents_unverified"] == []


def test_panel_of_a_supplier_does_not_miss_what_belongs_to_an_application(session: Session, settings: Settings) -> None:
    supplier = make_supplier(session, settings)
    for code in ("self_declaration", "identity_document"):
        session.delete(document_of(session, supplier, code))
    session.flush()
    panel = documents_panel(supplier, asked_of(session, supplier, settings), settings, principal=ANNA)
    assert not [card for card in panel["documents"] if card.is_missing]
    assert not {"self_declaration", "identity_document"} & {card.id for card in panel["documents"]}


def test_approve_of_one_sent_before_documents_were_asked_rests_on_none(session: Session, settings: Settings) -> None:
    application = reviewed(session, settings)
    snapshot = session.scalars(select(Snapshot).where(Snapshot.application_id == application.id)).one()
    snapshot.data = {**snapshot.data, "questionnaire_version": 1}
    session.flush()
    approve(session, settings, application)
    assert application.supplier_id is not None


# what a submission rests on


@pytest.mark.parametrize(
    "spoil",
    [
        lambda version: setattr(version, "expires_on", local_date().replace(year=2020)),
        lambda version: setattr(version.files[0], "scan", Scan.INFECTED),
        lambda version: setattr(version.files[0], "lost_at", utc_now()),
    ],
)
def test_submit_with_a_document_out_of_date_infected_or_lost_is_refused(
    session: Session, settings: Settings, spoil: Callable[[DocumentVersion], None]
) -> None:
    draft = make_draft(session, settings)
    spoil(version_of(session, draft))
    session.flush()
    with pytest.raises(actions.IncompleteError):
        actions.submit(session, draft.id, settings=settings)
    assert [gap.anchor for gap in list_asked(session, draft, settings=settings).gaps] == ["durc"]


def test_submit_without_a_declaration_is_for_the_setting_to_allow(session: Session, settings: Settings) -> None:
    draft = make_draft(session, settings)
    for code in ("self_declaration", "identity_document"):
        session.delete(version_of(session, draft, code).document)
    session.flush()
    assert {gap.anchor for gap in list_asked(session, draft, settings=settings).gaps} == {
        "self_declaration", "identity_document",
    }  # fmt: skip
    without = settings.model_copy(update={"signed_declaration_required": False})
    assert actions.submit(session, draft.id, settings=without).number


def test_signed_declaration_makes_the_identity_document_needless(session: Session, settings: Settings) -> None:
    draft = make_draft(session, settings)
    session.delete(version_of(session, draft, "identity_document").document)
    version_of(session, draft, "self_declaration").files = [make_file(is_signed=True)]
    session.flush()
    present = present_of(list_documents(session, Owner(application_id=draft.id)))
    assert present["self_declaration", ""].is_signed
    assert list_asked(session, draft, settings=settings).gaps == ()
