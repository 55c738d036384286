"""The duplicate radar: what is found for which reason, from both sides, marks that stay, and what a scan costs."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, event, func, select, text
from sqlalchemy.orm import Session

from service.applications import actions
from service.applications.models import Application, ApplicationWarning
from service.applications.radar.keys import Key, keys_of
from service.applications.radar.marking import MarkedMeanwhileError, MarkError, mark_likeness, stamp
from service.applications.radar.models import RadarKey, Resemblance
from service.applications.radar.repository import exists_unmarked, find_between, list_resemblances
from service.applications.radar.scanning import COMMON, SCAN, find_owners, scan_application, scan_supplier
from service.applications.radar.states import Likeness, Mark
from service.audit.trail import list_events
from service.config import Settings
from service.errors import ForbiddenError, NotFoundError
from service.jobs.models import Job
from service.local.examples import complete_answers
from service.questionnaire import bare_name
from service.suppliers.actions import change_data
from service.suppliers.models import Supplier
from tests.factories.applications import ANNA, GIULIA, MARCO, make_approved, make_draft, make_submitted
from tests.support.staff_portal import SUPPLIER

IBAN = "IT60X0542811101000000123456"


def sent_with(session: Session, settings: Settings, n: int, **changed: dict[str, Any]) -> Application:
    """Send an application; its answers then differ from the example's, section by section."""
    sent = make_submitted(session, settings, n=n)
    change(sent, changed)
    actions.drafting.copy_columns(sent, sent.content.answers)
    return sent


def change(application: Application, changed: dict[str, dict[str, Any]]) -> None:
    answers = application.content.answers
    application.content.answers = {**answers, **{name: {**answers[name], **one} for name, one in changed.items()}}


def scanned(session: Session, *applications: Application) -> None:
    session.flush()
    for one in applications:
        scan_application(session, one.id)


def found(session: Session, record: Application | Supplier) -> dict[UUID, list[str]]:
    session.expire_all()
    return {one.other.id: one.resemblance.kinds for one in list_resemblances(session, record)}


SHARED: dict[Likeness, tuple[dict[str, Any], dict[str, Any]]] = {
    Likeness.PHONE: ({"sede": {"phone": "+390371999999"}}, {"referenti": {"sales_phone": "+390371999999"}}),
    Likeness.IBAN: ({"dati-economici": {"iban": IBAN}}, {"dati-economici": {"iban": IBAN}}),
    Likeness.EMAIL_DOMAIN: (
        {"referenti": {"sales_email": "vendite@ferri-impianti.it"}},
        {"rappresentante": {"rep_email": "io@Ferri-Impianti.it"}},
    ),
    Likeness.REPRESENTATIVE: (
        {"rappresentante": {"rep_tax_code": "RSSMRA80A01F205X"}},
        {"rappresentante": {"rep_tax_code": "RSSMRA80A01F205X"}},
    ),
    Likeness.NAME: (
        {"anagrafica": {"company_name": "Nuova Alba Costruzioni S.r.l."}, "sede": {"hq_municipality": "E648"}},
        {"anagrafica": {"company_name": "NUOVA ALBA COSTRUZIONI spa"}, "sede": {"hq_municipality": "E648"}},
    ),
    Likeness.VAT_GROUP: ({"anagrafica": {"vat_number": "12345670017"}}, {"anagrafica": {"vat_number": "12345670017"}}),
}  # fmt: skip


@pytest.mark.parametrize("kind", SHARED)
def test_scan_finds_what_is_shared_and_shows_it_on_both(session: Session, settings: Settings, kind: Likeness) -> None:
    one, other = SHARED[kind]
    first, second = sent_with(session, settings, 11, **one), sent_with(session, settings, 22, **other)
    scanned(session, first, second)
    assert found(session, second) == {first.id: [kind]}
    assert found(session, first) == {second.id: [kind]}
    scanned(session, first, second)  # safe to repeat: still one row, and from the other side too
    assert session.scalar(select(func.count(Resemblance.id))) == 1
    row = session.scalars(select(Resemblance)).one()
    assert (row.application_id, row.other_application_id) == (second.id, first.id)
    assert (row.score >= 0.6) == (kind == Likeness.NAME)


def test_names_are_compared_within_one_comune_without_legal_form() -> None:
    same = {
        "Ferri Impianti S.r.l.",
        "FERRI IMPIANTI SRL a socio unico",
        "Ferri  Impianti S. p. A.",
        "Ditta Ferri Impianti",
    }
    assert {bare_name(one) for one in same} == {"ferri impianti"}
    assert bare_name("S.p.A.") == "spa"
    assert bare_name("Ag Sud S.r.l.s.") == "ag sud"
    assert bare_name("Moretti Soc. Coop. a r.l.") == "moretti"


def test_same_name_in_another_comune_is_nothing(session: Session, settings: Settings) -> None:
    name = {"company_name": "Nuova Alba Costruzioni S.r.l."}
    first = sent_with(session, settings, 11, anagrafica=name, sede={"hq_municipality": "E648"})
    second = sent_with(session, settings, 22, anagrafica=name, sede={"hq_municipality": "F205"})
    scanned(session, first, second)
    assert found(session, first) == {}


def test_public_provider_and_domain_of_many_say_nothing(session: Session, settings: Settings) -> None:
    answers = complete_answers("SC", n=1)
    for address in ("a@gmail.com", "a@example.com", "a@pec.it"):
        answers["referenti"]["sales_email"] = address
        keys = keys_of("SC", answers, vat_number=None)
        assert [one for one in keys if one.kind == Likeness.EMAIL_DOMAIN] == []
    sent = make_submitted(session, settings, n=1)
    session.flush()
    for _ in range(COMMON + 1):
        session.add(RadarKey(application_id=sent.id, kind=Likeness.EMAIL_DOMAIN, value="fornitore-posta.it"))
    session.flush()
    assert find_owners(session, Likeness.EMAIL_DOMAIN, "fornitore-posta.it") == []


def test_keys_of_a_person_hold_its_own_code_and_of_a_foreign_company_no_vat_group() -> None:
    own = complete_answers("DI", n=1)
    keys = keys_of("DI", own, vat_number="10000010156")
    assert Key(Likeness.REPRESENTATIVE, own["anagrafica"]["tax_code"]) in keys
    assert Key(Likeness.VAT_GROUP, "10000010156") in keys
    abroad = keys_of("UE", complete_answers("UE", n=1), vat_number="DE100000016")
    assert {one.kind for one in abroad} == {Likeness.NAME, Likeness.PHONE}
    assert {one.place for one in abroad if one.kind == Likeness.NAME} == {"DE:münchen"}


def test_own_line_and_same_company_are_no_resemblance(session: Session, settings: Settings) -> None:
    first = make_submitted(session, settings, n=1)
    actions.withdraw(session, first.id, settings=settings)
    again = make_submitted(session, settings, n=1)  # same codice fiscale: its history, not a likeness
    copied = sent_with(session, settings, 2, sede={"phone": first.content.answers["sede"]["phone"]})
    copied.copied_from_id = first.id
    scanned(session, first, again, copied)
    assert found(session, first) == {}
    assert found(session, copied) == {again.id: [Likeness.PHONE]}


def test_ended_ones_are_found_and_drafts_are_not(session: Session, settings: Settings) -> None:
    phone = {"phone": "+390371999999"}
    ended = sent_with(session, settings, 1, sede=phone)
    actions.withdraw(session, ended.id, settings=settings)
    draft = make_draft(session, settings, n=2)
    draft.content.answers = {**draft.content.answers, "sede": {**draft.content.answers["sede"], **phone}}
    later = sent_with(session, settings, 3, sede=phone)
    scanned(session, ended, draft, later)
    assert found(session, later) == {ended.id: [Likeness.PHONE]}


def test_supplier_and_its_application_are_one_and_its_new_data_count(session: Session, settings: Settings) -> None:
    admitted = make_approved(session, settings, n=1)
    assert admitted.supplier_id is not None
    other = sent_with(session, settings, 2, sede={"phone": "+390371999999"})
    scanned(session, admitted, other)
    scan_supplier(session, admitted.supplier_id)
    assert found(session, other) == {}
    supplier = session.get_one(Supplier, admitted.supplier_id)
    seat = {**supplier.answers["sede"], "phone": "+390371999999"}
    change_data(session, supplier.id, "sede", seat, version=supplier.version, by=SUPPLIER)
    session.flush()
    assert jobs(session)[f"{SCAN}:{supplier.id}:{supplier.version}"] == {"supplier": str(supplier.id)}
    scan_supplier(session, supplier.id)
    assert found(session, other) == {admitted.id: [Likeness.PHONE]}
    assert found(session, supplier) == found(session, admitted) == {other.id: [Likeness.PHONE]}
    assert [one.supplier for one in list_resemblances(session, other)] == [supplier]
    assert find_between(session, other, supplier) is not None


def test_supplier_whose_application_is_gone_stands_for_itself(session: Session, settings: Settings) -> None:
    admitted = make_approved(session, settings, n=1)
    supplier = session.get_one(Supplier, admitted.supplier_id)
    other = sent_with(session, settings, 2, sede={"phone": supplier.answers["sede"]["phone"]})
    admitted.supplier_id = None
    scanned(session, other)
    scan_supplier(session, supplier.id)
    assert found(session, other) == {supplier.id: [Likeness.PHONE]}
    assert found(session, supplier) == {other.id: [Likeness.PHONE]}


def jobs(session: Session) -> dict[str, dict[str, Any]]:
    return {one.key: one.args for one in session.scalars(select(Job).where(Job.kind == SCAN))}


def test_every_sending_and_admission_asks_for_a_scan_and_looks_at_nothing_itself(
    session: Session, settings: Settings
) -> None:
    sent = make_submitted(session, settings, n=1)
    assert jobs(session) == {f"{SCAN}:{sent.id}:{sent.version}": {"application": str(sent.id)}}
    admitted = make_approved(session, settings, n=2)
    assert {"supplier": str(admitted.supplier_id)} in jobs(session).values()
    again = make_draft(session, settings, n=3)
    again.vat_number = sent.vat_number
    actions.submit(session, again.id, settings=settings)
    session.flush()
    codes = session.scalars(select(ApplicationWarning.code).where(ApplicationWarning.application_id == again.id))
    assert "vat_shared" not in list(codes)  # whose number it is, too, the radar says
    assert session.scalar(select(func.count(Resemblance.id))) == 0


def test_mark_is_on_both_and_survives_a_scan_that_finds_nothing(session: Session, settings: Settings) -> None:
    one, other = SHARED[Likeness.PHONE]
    first, second = sent_with(session, settings, 11, **one), sent_with(session, settings, 22, **other)
    scanned(session, first, second)
    row = find_between(session, first, second)
    assert row is not None
    assert exists_unmarked(session, first)
    marked(session, row, first, Mark.SAME_GROUP)
    assert [one.resemblance.mark for one in list_resemblances(session, second)] == [Mark.SAME_GROUP]
    assert not exists_unmarked(session, second)
    event = list_events(session, first.id)[-1]
    assert (event.type, event.data) == ("application.likeness_marked", {"mark": "same_group", "number": second.number})
    second.content.answers = {**second.content.answers, "referenti": {}}
    scanned(session, second)
    assert found(session, first) == {second.id: []}  # nothing in common any more, what was said of it stays
    row.mark = None
    scanned(session, second)
    assert found(session, first) == {}


def marked(
    session: Session, row: Resemblance, page: Application, mark: str, note: str = "", **more: Any
) -> Resemblance:
    session.flush()
    session.refresh(row)
    other = row.application_id if page.id == row.other_application_id else row.other_application_id
    number = session.get_one(Application, other).number or ""
    given = {"seen": stamp(row), "by": ANNA, **more}
    return mark_likeness(session, row.id, page=page.id, number=number, mark=mark, note=note, **given)


def test_mark_asks_for_a_known_word_a_note_and_what_was_seen(session: Session, settings: Settings) -> None:
    one, other = SHARED[Likeness.PHONE]
    first, second = sent_with(session, settings, 11, **one), sent_with(session, settings, 22, **other)
    scanned(session, first, second)
    row = session.scalars(select(Resemblance)).one()
    with pytest.raises(MarkError) as unknown:
        marked(session, row, second, "altro")
    assert unknown.value.field == "mark"
    with pytest.raises(MarkError) as bare:
        marked(session, row, second, Mark.DIFFERENT, "no")
    assert bare.value.field == "note"
    with pytest.raises(MarkError):
        marked(session, row, second, Mark.SAME, "x" * 501)
    with pytest.raises(ForbiddenError):
        marked(session, row, second, Mark.SAME, by=GIULIA)
    assert not row.mark
    marked(session, row, second, Mark.DIFFERENT, "Omonimi, sentiti al telefono", by=MARCO)
    assert (row.mark, row.marked_by_name) == (Mark.DIFFERENT, "Marco Riva")
    with pytest.raises(MarkedMeanwhileError, match="Marco Riva"):
        marked(session, row, second, Mark.SAME, seen="")
    marked(session, row, second, Mark.SAME)
    assert (row.mark, row.note) == (Mark.SAME, "")
    with pytest.raises(NotFoundError):
        mark_likeness(session, second.id, page=second.id, number="", seen="", mark="same", note="", by=ANNA)


def test_erasing_an_application_takes_its_keys_and_resemblances(session: Session, settings: Settings) -> None:
    one, other = SHARED[Likeness.PHONE]
    first, second = sent_with(session, settings, 11, **one), sent_with(session, settings, 22, **other)
    scanned(session, first, second)
    session.delete(first)
    session.flush()
    assert found(session, second) == {}
    assert session.scalar(select(func.count(RadarKey.id)).where(RadarKey.application_id == first.id)) == 0
    scan_application(session, first.id)  # its job comes late: nothing to do


def test_scan_asks_the_indexes_alone(owner_engine: Engine, settings: Settings) -> None:
    """With 20,000 names and telephones no question reads the whole table; only the owner counts them for the plans."""
    with Session(owner_engine) as session:
        sent, other = make_submitted(session, settings, n=1), make_submitted(session, settings, n=2)
        session.flush()
        fill(session, other.id, 20_000)
        asked = plans(session, lambda: scan_application(session, sent.id))
    assert len(asked) >= 3
    assert [plan for plan in asked if "Seq Scan on radar_key" in plan] == []
    assert [plan for plan in asked if "ix__radar_key__name" in plan]
    assert [plan for plan in asked if "ix__radar_key__kind_value" in plan]


def fill(session: Session, owner: UUID, rows: int) -> None:
    """Give one application very many keys: whose they are is all the same to a plan."""
    session.execute(
        text(
            "insert into radar_key (id, application_id, kind, value, place)"
            " select gen_random_uuid(), :owner, k, case k when 'name' then md5((n % 5000)::text) || ' costruzioni'"
            " else '+39' || n end, case k when 'name' then 'IT:e648' else '' end"
            " from generate_series(1, :rows) n, unnest(array['name', 'phone']) k"
        ),
        {"owner": owner, "rows": rows},
    )
    session.execute(text("analyze radar_key"))


def plans(session: Session, act: Any) -> Sequence[str]:
    """Give how PostgreSQL answers every question about keys that an act asks."""
    heard: list[tuple[str, Any]] = []

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if statement.startswith("SELECT") and "FROM radar_key" in statement:
            heard.append((statement, parameters))

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", hear)
    act()
    event.remove(engine, "before_cursor_execute", hear)
    connection = session.connection()
    return ["\n".join(row[0] for row in connection.exec_driver_sql(f"explain {one}", given)) for one, given in heard]
