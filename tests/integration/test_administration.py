"""What an admin edits is in force in forms, decisions and letters, of every process, and nothing wrong gets in."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any, cast

import pytest
from sqlalchemy import event, select, text, update
from sqlalchemy.orm import Session

from service.administration import in_force
from service.administration.actions import EditionError, StaleEditionError, audit_subject, edit, restore_default
from service.administration.models import Edition
from service.administration.notices import NOTICES, notice_addresses
from service.administration.repository import find_current, list_versions
from service.administration.states import EditionKind
from service.applications import actions
from service.applications.actions.terms import ReasonError
from service.applications.letters import LETTERS
from service.audit.trail import list_events
from service.clock import utc_now
from service.config import Settings
from service.database import transaction
from service.documents import judging
from service.documents.models import DocumentVersion
from service.documents.states import Verdict
from service.errors import ForbiddenError, NotFoundError
from service.jobs.models import Job, JobStatus
from service.mail.models import Delivery
from service.mail.port import Letter
from service.questionnaire import DOCUMENT_REASONS, LEAVES, REASON_CODES
from service.worker.loop import Worker
from tests.factories.answers import complete_form
from tests.support.administration import WHY, _defaults_again, change, present
from tests.support.registering import TASKS, begin, stamped
from tests.support.staff_portal import ADMIN, ANNA, AUDITOR, MARCO, Portal, make_portal, staff_portal

__all__ = ["_defaults_again", "staff_portal"]
REASON, TIME, LEAF, NOTICE = EditionKind.REASON, EditionKind.TIME, EditionKind.LEAF, EditionKind.NOTICE
NEW_LEAF = {
    "label_it": "Opere subacquee", "label_en": "Underwater works", "letters": ["L"], "cpv": [], "soa": [], "dm37": [],
    "white_list": True, "fgas": False, "is_active": True,
}  # fmt: skip


def reject(portal: Portal, number: str, code: str, note: str = "") -> None:
    portal.run(lambda s: actions.reject(s, portal.id_of(number), version=portal.version(number), by=ANNA,
                                        settings=portal.settings, reason_code=code, reason_text=note))  # fmt: skip


def letter_text(portal: Portal, message: str, number: str) -> str:
    def write(session: Session) -> str:
        query = select(Job).where(Job.kind == "mail.send", Job.args["about"].astext == str(portal.id_of(number)))
        (job,) = [one for one in session.scalars(query) if one.args["message"] == message]
        letter = LETTERS[message](session, job.args, portal.app.state.settings)
        assert letter is not None
        return letter.text

    return str(portal.run(write))


class Post:
    """A mail server that takes everything and keeps it."""

    def __init__(self) -> None:
        self.sent: list[Letter] = []
        self.ids: list[str] = []

    def send(self, letter: Letter, *, message_id: str) -> None:
        self.sent.append(letter)
        self.ids.append(message_id)

    def check(self) -> None:
        """It is always there."""


def work_off(portal: Portal) -> Post:
    """Do the letters that are due, and nothing else."""
    post, nobody, state = Post(), cast("Any", None), portal.app.state
    portal.run(lambda s: s.execute(update(Job).where(Job.kind != "mail.send").values(status=JobStatus.CANCELLED)))
    Worker(settings=portal.settings, engine=state.engine, provider=nobody, mailer=post, files=state.files,
           scanner=None).work_off()  # fmt: skip
    return post


# --- reasons


def test_edited_reason_is_offered_decided_with_and_said_in_both_languages(staff_portal: Portal) -> None:
    number = staff_portal.reviewed()
    words = {"text_it": "Mancano i mezzi per la categoria", "text_en": "The means for the category are missing"}
    staff_portal.run(lambda s: change(s, REASON, "R03", **words, staff_label="Mezzi"))
    page = staff_portal.browser(ANNA).get(f"/gestione/richieste/{number}/decisione?esito=respingi").text
    assert "R03 · Mezzi" in page
    reject(staff_portal, number, "R03")
    assert "Mancano i mezzi per la categoria" in letter_text(staff_portal, "application_rejected", number)
    staff_portal.run(lambda s: setattr(s.get(type(staff_portal.application(number)), staff_portal.id_of(number)),
                                       "locale", "en"))  # fmt: skip
    assert "The means for the category are missing" in letter_text(staff_portal, "application_rejected", number)


def test_reason_no_more_in_use_cannot_be_chosen_and_is_read_where_it_was(staff_portal: Portal) -> None:
    old, number = staff_portal.reviewed(1), staff_portal.reviewed(2)
    reject(staff_portal, old, "R11")
    staff_portal.run(lambda s: change(s, REASON, "R11", is_active=False))
    anna = staff_portal.browser(ANNA)
    path = f"/gestione/richieste/{number}/decisione?esito=respingi"
    assert 'value="R11"' not in anna.get(path).text
    sent = {"version": str(staff_portal.version(number)), "reason_code": "R11"}
    assert anna.post(path, data=sent).status_code == 422
    with pytest.raises(ReasonError):
        reject(staff_portal, number, "R11")
    assert "La categoria non è di interesse al momento" in anna.get(f"/gestione/richieste/{old}").text


def test_document_reason_is_added_used_and_taken_out_of_use(staff_portal: Portal) -> None:
    number = staff_portal.reviewed()
    value = {"text_it": "Manca l'allegato tecnico", "text_en": "The technical annex is missing", "is_active": True}
    staff_portal.run(lambda s: edit(s, REASON, "D10", value, version=0, by=ADMIN, why=WHY))
    version = staff_portal.rows(select(DocumentVersion.id).where(DocumentVersion.verdict == Verdict.VALID))[0]
    anna = staff_portal.browser(ANNA)
    assert "D10 · Manca l" in anna.get(f"/gestione/documenti/{version}/verdetto?esito=respinto").text
    staff_portal.run(lambda s: judging.reject(s, version, reason_code="D10", reason_text="", by=MARCO,
                                              seen=Verdict.VALID))  # fmt: skip
    staff_portal.run(lambda s: change(s, REASON, "D10", is_active=False))
    anna.get("/gestione")
    assert not DOCUMENT_REASONS["D10"].is_active
    assert "Manca l&#39;allegato tecnico" in anna.get(f"/gestione/richieste/{number}/documenti").text


@pytest.mark.parametrize("code", ["R99", "R02", "R04", "R10", "D99"])
def test_reason_the_code_relies_on_keeps_uses_and_stays_in_use(session: Session, code: str) -> None:
    good = present(session, REASON, code)
    assert not {"uses", "is_active"} & set(good)
    with pytest.raises(EditionError):
        edit(session, REASON, code, good | {"is_active": False}, version=0, by=ADMIN, why=WHY)
    change(session, REASON, code, text_it="Altre parole")
    in_force.refresh(session, is_eager=True)
    table = DOCUMENT_REASONS if code[0] == "D" else REASON_CODES
    assert (table[code].text, table[code].uses) == ("Altre parole", table.default[code].uses)
    assert table[code].needs_note == table.default[code].needs_note


# --- times


def test_edited_time_is_what_pages_and_jobs_go_by(staff_portal: Portal) -> None:
    staff_portal.run(lambda s: change(s, TIME, "invitation_days", value=45))
    marco = staff_portal.browser(MARCO)
    assert "valido 45 giorni" in marco.get("/gestione/inviti/nuovo").text
    assert staff_portal.app.state.settings.invitation_days == 45
    sent = {"company_name": "Nuova S.r.l.", "email": "a@example.com", "locale": "it"}
    assert marco.post("/gestione/inviti/nuovo", data=sent).status_code == 303
    (ends,) = staff_portal.rows(text("select expires_at - created_at from invitation"))
    assert ends.days == 45
    staff_portal.run(lambda s: change(s, TIME, "decision_days", value=20))
    number = staff_portal.sent()
    post = work_off(staff_portal)
    receipt = next(one for one in post.sent if number in one.text and "registrata" in one.text)
    assert "20 giorni" in receipt.text
    staff_portal.run(lambda s: restore_default(s, TIME, "invitation_days", version=1, by=ADMIN, why=WHY))
    assert "valido 30 giorni" in marco.get("/gestione/inviti/nuovo").text


def test_default_comes_back_only_beside_what_goes_with_it(staff_portal: Portal) -> None:
    staff_portal.run(lambda s: change(s, TIME, "draft_days", value=60))
    staff_portal.run(lambda s: change(s, TIME, "draft_reminder_days", value=40))
    with pytest.raises(EditionError, match="Deve essere più di"):
        staff_portal.run(lambda s: restore_default(s, TIME, "draft_days", version=1, by=ADMIN, why=WHY))
    staff_portal.run(lambda s: restore_default(s, TIME, "draft_reminder_days", version=1, by=ADMIN, why=WHY))
    staff_portal.run(lambda s: restore_default(s, TIME, "draft_days", version=1, by=ADMIN, why=WHY))


def test_default_of_a_time_is_what_the_environment_says(database_url: str) -> None:
    portal = make_portal(database_url, PROACTIVE_REAPPLY_DAYS="90")
    page = portal.browser(ADMIN).get("/gestione/impostazioni/tempi/reapply_days").text
    assert 'value="90"' in page
    portal.run(lambda s: change(s, TIME, "reapply_days", value=100))
    assert portal.browser(ADMIN).get("/gestione/impostazioni/tempi").text.count("100 giorni") == 1
    assert portal.app.state.settings.reapply_days == 100
    portal.run(lambda s: change(s, TIME, "reapply_days", value=90))
    assert portal.rows(select(Edition.value).order_by(Edition.id))[-1] is None  # the default follows the environment
    portal.app.state.engine.dispose()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("decision_days", 0, "Da 1 a 730."),
        ("decision_days", 731, "Da 1 a 730."),
        ("decision_days", "trenta", "Scrivi un numero intero."),
        ("decision_days", True, "Scrivi un numero intero."),
        ("suspension_grace_days", 16, "Da 0 a 15."),
        ("access_link_hours", 721, "Da 1 a 720."),
        ("exclusion_months", 25, "Da 1 a 24."),
        ("draft_reminder_days", 30, "Deve essere meno di «Durata di una bozza» (30 giorni)."),
        ("draft_days", 5, "Deve essere più di «Promemoria della bozza» (5 giorni)."),
        ("document_reminder_days", "7,30", "dal più grande al più piccolo"),
        ("document_reminder_days", "60,,7", "separati da virgole"),
        ("document_reminder_days", "", "Serve un valore."),
        ("four_eyes", "sì", "Il valore non è quello atteso."),
    ],
)
def test_time_out_of_its_bounds_is_refused(session: Session, name: str, value: object, words: str) -> None:
    with pytest.raises(EditionError) as refused:
        change(session, TIME, name, value=value)
    assert words in refused.value.problems["value"][0]
    assert find_current(session, TIME, name) is None


def test_four_eyes_govern_from_the_next_request(staff_portal: Portal) -> None:
    number = staff_portal.reviewed(by=ANNA)
    staff_portal.run(lambda s: change(s, TIME, "four_eyes", value=True))
    anna = staff_portal.browser(ANNA)
    sent = {"version": str(staff_portal.version(number)), "passo": "conferma"}
    answer = anna.post(f"/gestione/richieste/{number}/decisione?esito=accetta", data=sent)
    assert answer.status_code in {403, 409}
    assert staff_portal.application(number).decided_at is None


# --- leaves


def test_leaf_is_added_chosen_closed_and_stays_where_it_is(database_url: str) -> None:
    portal = make_portal(database_url, PROACTIVE_FORM_SECONDS="0")
    path, form = f"{TASKS}/attivita", complete_form("SC", "attivita", 1)
    portal.run(lambda s: edit(s, LEAF, "L12", NEW_LEAF, version=0, by=ADMIN, why=WHY))
    first, second = portal.browser(), portal.browser()
    assert "L12" in first.get("/registrazione/cerca/voci?q=subacquee").text
    chosen = form | {"merchandise": [*form["merchandise"], "L12"]}
    for visitor in (first, second):
        begin(visitor, "SC")
    assert first.post(path, data=stamped(first, path, chosen)).status_code == 303
    portal.run(lambda s: change(s, LEAF, "L12", is_active=False))
    assert "Opere subacquee" not in first.get("/registrazione/cerca/voci?q=subacquee").text
    assert "L12 Opere subacquee" in first.get(f"{TASKS}/riepilogo").text
    assert 'value="L12" checked' in first.get(path).text
    assert first.post(path, data=stamped(first, path, chosen)).status_code == 303
    assert 'value="L12"' not in second.get(path).text
    refused = second.post(path, data=stamped(second, path, chosen))
    assert (refused.status_code, "non si può più scegliere" in refused.text) == (422, True)
    portal.app.state.engine.dispose()


def test_renamed_leaf_has_its_new_name_in_the_letter_of_either_language(staff_portal: Portal) -> None:
    number = staff_portal.approved()
    code = staff_portal.rows(text("select leaf from application_category"))[0]
    staff_portal.run(lambda s: change(s, LEAF, code, label_it="Nome nuovo", label_en="New name"))
    staff_portal.browser(ANNA).get("/gestione")
    assert f"{code} Nome nuovo" in letter_text(staff_portal, "application_approved", number)
    staff_portal.run(lambda s: s.execute(text("update application set locale = 'en'")))
    assert f"{code} New name" in letter_text(staff_portal, "application_approved", number)


@pytest.mark.parametrize("code", ["X01", "L1", "l12", "L123", "", "L12'"])
def test_leaf_with_a_code_that_is_none_is_refused(session: Session, code: str) -> None:
    with pytest.raises(EditionError) as refused:
        edit(session, LEAF, code, NEW_LEAF, version=0, by=ADMIN, why=WHY)
    assert "key" in refused.value.problems


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"letters": []}, "letters"), ({"letters": ["X"]}, "letters"), ({"cpv": ["00000000-0"]}, "cpv"),
        ({"label_it": ""}, "label_it"), ({"label_it": "Ponteggi"}, "label_it"), ({"label_en": "x" * 121}, "label_en"),
        ({"is_active": "on"}, "is_active"), ({"letters": "L"}, "letters"), ({"question": "Sì?"}, ""),
    ],
)  # fmt: skip
def test_leaf_with_something_wrong_is_refused(session: Session, wrong: dict[str, object], field: str) -> None:
    with pytest.raises(EditionError) as refused:
        edit(session, LEAF, "L12", NEW_LEAF | wrong, version=0, by=ADMIN, why=WHY)
    assert [*refused.value.problems] == [field]
    in_force.refresh(session, is_eager=True)
    assert "L12" not in LEAVES


def test_added_leaf_cannot_go_back_to_a_default_it_has_not(session: Session) -> None:
    edit(session, LEAF, "L12", NEW_LEAF, version=0, by=ADMIN, why=WHY)
    with pytest.raises(EditionError, match="non ha un valore predefinito"):
        restore_default(session, LEAF, "L12", version=1, by=ADMIN, why=WHY)


# --- notices


def test_notice_goes_to_each_address_once_by_a_letter_of_its_own(staff_portal: Portal) -> None:
    people = ["uno@icri.example.com", "due@icri.example.com", "tre@icri.example.com"]
    staff_portal.run(lambda s: change(s, NOTICE, "staff_new_application", addresses=people))
    number = staff_portal.sent()
    post = work_off(staff_portal)
    told = [one.to for one in post.sent if "Nuova domanda" in one.subject]
    assert told == people
    assert len(set(post.ids)) == len(post.ids)
    query = select(Delivery).where(Delivery.message == "staff_new_application")
    deliveries = staff_portal.rows(query)
    assert len({one.job_key for one in deliveries}) == len(deliveries) == 3
    assert {str(one.about) for one in deliveries} == {str(staff_portal.id_of(number))}
    assert not [one for one in work_off(staff_portal).sent if "Nuova domanda" in one.subject]


def test_notice_that_is_off_leaves_no_letter(staff_portal: Portal) -> None:
    staff_portal.run(lambda s: change(s, NOTICE, "staff_new_application", is_on=False))
    staff_portal.sent()
    assert not [one for one in work_off(staff_portal).sent if "Nuova domanda" in one.subject]
    assert "is_on" not in present_of(staff_portal, "staff_late")  # the one that guards a promise always goes


def present_of(portal: Portal, message: str) -> dict[str, Any]:
    found: dict[str, Any] = portal.run(lambda s: present(s, NOTICE, message))
    return found


def test_notice_goes_to_the_examiner_alone_unless_told_otherwise(session: Session, settings: Settings) -> None:
    def where(own: str = "marco@example.com") -> tuple[str, ...]:
        in_force.refresh(session, is_eager=True)
        return notice_addresses("staff_withdrawn", settings, own=own)

    assert (where(), where("")) == (("marco@example.com",), (settings.staff_mailbox,))
    change(session, NOTICE, "staff_withdrawn", to_assignee=False)
    assert where() == (settings.staff_mailbox,)
    change(session, NOTICE, "staff_withdrawn", to_assignee=True, addresses=["a@example.com", "b@example.com"])
    assert (where(), where("")) == (("marco@example.com",), ("a@example.com", "b@example.com"))
    assert all(notice_addresses(one, settings) for one in NOTICES)


@pytest.mark.parametrize(
    "addresses",
    [["a@example.com, b@example.com"], ["nessuno"], ["a@example.com", "A@example.com"], ["a@example.com\nBcc: x@y.it"],
     [f"n{n}@example.com" for n in range(11)]],
)  # fmt: skip
def test_addresses_that_are_not_one_each_are_refused(session: Session, addresses: list[str]) -> None:
    with pytest.raises(EditionError) as refused:
        change(session, NOTICE, "staff_late", addresses=addresses)
    assert [*refused.value.problems] == ["addresses"]


# --- the room itself


def test_edit_leaves_a_version_and_an_audit_event_without_the_text(session: Session) -> None:
    made = change(session, REASON, "R01", text_it="Dati incompleti")
    assert (made.version, made.why, made.made_by_name) == (1, WHY, ADMIN.name)
    restore_default(session, REASON, "R01", version=1, by=ADMIN, why="Meglio prima")
    assert [(one.version, one.value is None) for one in list_versions(session, REASON, "R01")] == [
        (2, True),
        (1, False),
    ]
    events = list_events(session, audit_subject(REASON, "R01"))
    assert [one.type for one in events] == ["administration.edited", "administration.restored"]
    assert [one.data for one in events] == [{"kind": "reason", "key": "R01", "version": n} for n in (1, 2)]
    in_force.refresh(session, is_eager=True)
    assert REASON_CODES["R01"] is REASON_CODES.default["R01"]


def test_edit_without_reason_right_or_change_is_refused(session: Session) -> None:
    good = present(session, TIME, "link_hours")
    with pytest.raises(ForbiddenError):
        edit(session, TIME, "link_hours", good | {"value": 12}, version=0, by=AUDITOR, why=WHY)
    for why in ("", "boh", "x" * 501):
        with pytest.raises(EditionError) as refused:
            edit(session, TIME, "link_hours", good | {"value": 12}, version=0, by=ADMIN, why=why)
        assert [*refused.value.problems] == ["why"]
    with pytest.raises(EditionError, match="Non è cambiato nulla"):
        edit(session, TIME, "link_hours", good, version=0, by=ADMIN, why=WHY)
    with pytest.raises(NotFoundError):
        edit(session, TIME, "secret_key", good, version=0, by=ADMIN, why=WHY)
    with pytest.raises(StaleEditionError):
        edit(session, TIME, "link_hours", good | {"value": 12}, version=1, by=ADMIN, why=WHY)


def test_of_two_admins_at_once_the_second_reads_who_was_faster(staff_portal: Portal) -> None:
    barrier, outcomes = threading.Barrier(8), []

    def race(hours: int) -> None:
        barrier.wait()
        try:
            with transaction(staff_portal.app.state.engine) as session:
                edit(session, TIME, "link_hours", {"value": hours}, version=0, by=ADMIN, why=WHY)
            outcomes.append("saved")
        except StaleEditionError as error:
            outcomes.append(error.detail)

    racers = [threading.Thread(target=race, args=(hours,)) for hours in range(30, 38)]
    for one in racers:
        one.start()
    for one in racers:
        one.join()
    assert outcomes.count("saved") == 1
    assert all("Adele Conti ha salvato la versione 1" in one for one in outcomes if one != "saved")
    assert len(staff_portal.rows(select(Edition))) == 1


def test_second_process_has_an_edit_and_goes_back_with_it(staff_portal: Portal, database_url: str) -> None:
    other = make_portal(database_url)
    change_in_other_process(other, value=45)
    assert "valido 45 giorni" in staff_portal.browser(MARCO).get("/gestione/inviti/nuovo").text
    assert "valido 45 giorni" in other.browser(MARCO).get("/gestione/inviti/nuovo").text
    assert staff_portal.app.state.settings.invitation_days == other.app.state.settings.invitation_days == 45
    change_in_other_process(other, value=30)
    assert "valido 30 giorni" in staff_portal.browser(MARCO).get("/gestione/inviti/nuovo").text
    assert other.app.state.installed.invitation_days == 30
    other.app.state.engine.dispose()


def change_in_other_process(portal: Portal, **values: object) -> None:
    """Edit and forget at once: so this process knows of it no more than of one made elsewhere."""
    portal.run(lambda s: change(s, TIME, "invitation_days", **values))
    in_force.forget_all()


ELSEWHERE = """
import sys
from service.administration import in_force
from service.database import make_engine, transaction
from service.questionnaire import LEAVES
with transaction(make_engine(sys.argv[1])) as session:
    in_force.refresh(session)
print(LEAVES["L12"].label)
"""


def test_edit_is_in_force_in_a_process_of_the_system_too(staff_portal: Portal, database_url: str) -> None:
    staff_portal.run(lambda s: edit(s, LEAF, "L12", NEW_LEAF, version=0, by=ADMIN, why=WHY))
    done = subprocess.run([sys.executable, "-c", ELSEWHERE, database_url], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "Opere subacquee"


@pytest.fixture
def statements(staff_portal: Portal) -> Iterator[list[str]]:
    found: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        found.append(statement)

    event.listen(staff_portal.app.state.engine, "before_cursor_execute", note)
    yield found
    event.remove(staff_portal.app.state.engine, "before_cursor_execute", note)


def test_database_without_editions_is_asked_once_a_second_and_touches_nothing(
    staff_portal: Portal, statements: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked() -> int:
        return len([one for one in statements if "FROM edition" in one])

    now = [1000.0]
    monkeypatch.setattr(in_force, "monotonic", lambda: now[0])
    before, settings = (LEAVES.edition, REASON_CODES.edition), staff_portal.app.state.settings
    for _ in range(5):
        assert staff_portal.browser().get("/faq").status_code == 200
    assert asked() == 1
    now[0] += in_force.SECONDS
    staff_portal.browser(ANNA).get("/gestione")
    assert asked() == 2
    assert (LEAVES.edition, REASON_CODES.edition) == before
    assert staff_portal.app.state.settings is settings


def test_rolled_back_edit_is_in_force_nowhere(staff_portal: Portal) -> None:
    def edit_and_fail(session: Session) -> None:
        change(session, TIME, "invitation_days", value=45)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        staff_portal.run(edit_and_fail)
    assert "valido 30 giorni" in staff_portal.browser(MARCO).get("/gestione/inviti/nuovo").text


def test_stored_value_that_is_no_more_good_leaves_the_default(staff_portal: Portal) -> None:
    def keep(kind: EditionKind, key: str, value: dict[str, object]) -> None:
        edition = Edition(kind=kind, key=key, value=value, version=1, why=WHY, made_at=utc_now(), made_by_subject="x",
                          made_by_name="X")  # fmt: skip
        staff_portal.run(lambda s: s.add(edition))

    keep(TIME, "gone_days", {"value": 3})
    keep(TIME, "draft_days", {"value": -3})
    keep(LEAF, "L01", {"label": "vecchio"})
    keep(NOTICE, "staff_late", {"addresses": ["no"]})
    in_force.forget_all()
    for path in ("", "/tempi", "/categorie", "/avvisi"):
        assert staff_portal.browser(ADMIN).get(f"/gestione/impostazioni{path}").status_code == 200, path
    assert staff_portal.app.state.settings.draft_days == 30
    assert LEAVES["L01"] is LEAVES.default["L01"]
