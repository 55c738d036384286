"""Who may not know and who may not decide: each wall of the desk tried as somebody would try to get around it."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import xlsxwriter
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from service.access.principal import Principal, Role
from service.access.sessions import SignedInSession
from service.accounts.actions import Contact, create_account
from service.applications import actions
from service.applications.actions.impartiality import FourEyesError
from service.applications.actions.reopening import copy_as_new
from service.applications.actions.restarting import restart
from service.applications.actions.terms import Refused, Terms
from service.applications.desk.actions import give_opinion, record_check
from service.applications.desk.models import InternalNote, Verification
from service.applications.desk.states import CheckKind, CheckResult, OpinionOutcome
from service.applications.models import Application, Snapshot
from service.applications.radar.marking import mark_likeness
from service.applications.radar.models import Resemblance
from service.audit.trail import AuditEvent
from service.clock import local_date, utc_now
from service.config import load_settings
from service.errors import ForbiddenError, TooManyError
from service.exclusions.actions import add_exclusion
from service.invitations import sheets
from service.invitations.barring import ATTEMPTS
from service.invitations.models import InvitationRow
from service.invitations.spreadsheet import SheetError, SheetRow, read_sheet
from service.suppliers import governing
from service.suppliers.impartiality import OwnCompanyError
from service.suppliers.models import Supplier
from service.suppliers.states import Qualification
from tests.support.environment import in_process_environment
from tests.support.staff_portal import ADMIN, ANNA, MARCO, PIA, SPECIALIST, Portal, make_portal, staff_portal

__all__ = ["staff_portal"]

QUEUE = "/gestione/richieste"
ON_THE_LIST = "soggetti esclusi"


@pytest.fixture
def four_eyes(database_url: str) -> Iterator[Portal]:
    """A portal where nobody decides alone."""
    portal = make_portal(database_url, PROACTIVE_FOUR_EYES="true")
    yield portal
    portal.app.state.sign_on.close()
    portal.app.state.engine.dispose()


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def put_on_the_list(portal: Portal, code: str | None) -> None:
    assert code

    portal.run(
        lambda session: add_exclusion(
            session, country="IT", number=code, name="Ferri", reason="interdittiva del prefetto",
            review_on=local_date() + timedelta(days=100), by=PIA, settings=portal.settings,
        )
    )  # fmt: skip


# what a specialist does not see


def test_specialist_lists_no_suppliers_but_opens_the_one_it_was_asked_about(staff_portal: Portal) -> None:
    number = staff_portal.reviewed(11)
    asked = staff_portal.asked_opinion(number)
    staff_portal.run(
        lambda session: give_opinion(
            session, asked, outcome=OpinionOutcome.FAVOURABLE, answer="Tutto in ordine.", by=SPECIALIST
        )
    )
    staff_portal.run(
        lambda session: actions.approve(
            session, staff_portal.id_of(number), version=staff_portal.version(number), by=ANNA,
            settings=staff_portal.settings,
        )
    )  # fmt: skip
    (own,) = staff_portal.rows(select(Supplier))
    staff_portal.approved(12)
    sara = staff_portal.browser(SPECIALIST)
    for path in ("/gestione/fornitori", "/gestione/scadenze", "/gestione/scadenze?stato=to_check"):
        assert sara.get(path).status_code == 403, path
    assert "/gestione/scadenze" not in sara.get("/gestione").text
    other = next(one for one in staff_portal.rows(select(Supplier)) if one.id != own.id)
    assert sara.get(f"/gestione/fornitori/{own.number}").status_code == 200
    assert sara.get(f"/gestione/fornitori/{other.number}").status_code == 404


def test_specialist_reads_in_a_snapshot_what_the_page_shows_and_no_other_company(staff_portal: Portal) -> None:
    other, number = staff_portal.sent(12), staff_portal.reviewed(11)
    asked = staff_portal.asked_opinion(number)
    own_id, other_id = staff_portal.id_of(number), staff_portal.id_of(other)

    def pair(session: Session) -> None:
        found = Resemblance(
            application_id=own_id, other_application_id=other_id, kinds=["iban"], score=0.0, found_at=utc_now(), note=""
        )
        session.add(found)
        session.flush()
        mark_likeness(session, found.id, page=own_id, number=other, seen="", mark="same_group", note="Beta", by=MARCO)
        give_opinion(session, asked, outcome=OpinionOutcome.FAVOURABLE, answer="Tutto in ordine.", by=SPECIALIST)

    staff_portal.run(pair)
    staff_portal.run(
        lambda session: actions.approve(
            session, own_id, version=staff_portal.version(number), by=ANNA, settings=staff_portal.settings
        )
    )
    taken = staff_portal.rows(select(Snapshot).where(Snapshot.application_id == own_id))
    pages = [f"{QUEUE}/{number}/istantanee/{one.id}" for one in taken]
    seen = {who: [plain(staff_portal.browser(who).get(page).text) for page in pages] for who in (SPECIALIST, MARCO)}
    assert any("durc.pdf" in page for page in seen[MARCO])
    assert any("Somiglianze" in page and other in page for page in seen[MARCO])
    assert not any("durc.pdf" in page or "Somiglianze" in page for page in seen[SPECIALIST])
    assert other in staff_portal.browser(MARCO).get(f"{QUEUE}/{number}/cronologia").text
    assert other not in staff_portal.browser(SPECIALIST).get(f"{QUEUE}/{number}/cronologia").text
    for paper in ("ricevuta.pdf", "dati.csv", "dati.json", "dossier.pdf"):
        assert staff_portal.browser(SPECIALIST).get(f"{QUEUE}/{number}/{paper}").status_code == 404, paper


def test_specialist_does_not_see_with_what_a_parked_application_collides(staff_portal: Portal) -> None:
    other, number = staff_portal.sent(12), staff_portal.reviewed(11)
    staff_portal.asked_opinion(number)
    key = staff_portal.application(other).identity_key
    staff_portal.run(
        lambda session: session.execute(
            update(Application)
            .where(Application.id == staff_portal.id_of(number))
            .values(state="submitted", hold="open_application", identity_key=key)
        )
    )
    assert other in staff_portal.browser(MARCO).get(f"{QUEUE}/{number}").text
    assert other not in staff_portal.browser(SPECIALIST).get(f"{QUEUE}/{number}").text


# the excluded list


@pytest.mark.parametrize("result", [CheckResult.POSITIVE, CheckResult.NEGATIVE, None])
def test_reviewer_learns_nothing_of_the_excluded_list_by_proposing(
    staff_portal: Portal, result: CheckResult | None
) -> None:
    number = staff_portal.reviewed(11)
    found = staff_portal.id_of(number)
    if result is None:
        drop = text("delete from verification where kind = :kind").bindparams(kind=CheckKind.EXCLUDED_LIST)
        staff_portal.run(lambda session: session.execute(drop))
    else:
        staff_portal.run(
            lambda session: record_check(
                session, found, kind=CheckKind.EXCLUDED_LIST, result=result, checked_on=local_date(),
                note="guardato di nuovo oggi", by=ANNA,
            )
        )  # fmt: skip
    marco = staff_portal.browser(MARCO)
    asked = marco.get(f"{QUEUE}/{number}/proposta?esito=accetta")
    assert asked.status_code == 200
    version = {"version": str(staff_portal.version(number))}
    for typed in ("", "x"):
        tried = marco.post(f"{QUEUE}/{number}/proposta?esito=accetta", data=version | {"gaps_reason": typed})
        assert (tried.status_code, ON_THE_LIST in plain(tried.text)) == (200, False)
    pages = [asked, *(marco.get(f"{QUEUE}/{number}{tab}") for tab in ("", "/verifiche", "/cronologia"))]
    assert not any(ON_THE_LIST in plain(page.text) for page in pages)
    done = marco.post(f"{QUEUE}/{number}/proposta?esito=accetta", data=version | {"passo": "conferma"})
    assert done.status_code == 303
    anna = plain(staff_portal.browser(ANNA).get(f"{QUEUE}/{number}/decisione?esito=accetta&come=proposta").text)
    assert (ON_THE_LIST in anna) == (result is CheckResult.NEGATIVE)


def test_portal_searches_the_list_itself_and_keeps_it_with_the_decision(staff_portal: Portal) -> None:
    number, anna = staff_portal.reviewed(11), staff_portal.browser(ANNA)
    page = plain(anna.get(f"{QUEUE}/{number}/verifiche/excluded_list").text)
    assert "Il portale ha cercato adesso: nell’elenco non c’è nessuna corrispondenza" in page
    found, version = staff_portal.id_of(number), staff_portal.version(number)
    staff_portal.run(
        lambda session: actions.approve(session, found, version=version, by=ANNA, settings=staff_portal.settings)
    )
    (kept,) = staff_portal.rows(select(Verification).where(Verification.kind == CheckKind.EXCLUDED_LIST))
    assert (kept.result, kept.made_by_name, kept.source) == ("positive", "ICRI ProActive", "Ricerca del portale")


def test_what_the_search_finds_is_for_an_approver_to_weigh(staff_portal: Portal) -> None:
    number, anna = staff_portal.reviewed(11), staff_portal.browser(ANNA)
    put_on_the_list(staff_portal, staff_portal.application(number).tax_code)
    page = plain(anna.get(f"{QUEUE}/{number}/verifiche/excluded_list").text)
    assert "ha trovato: L’impresa è nell’elenco dei soggetti esclusi." in page
    asked = plain(anna.get(f"{QUEUE}/{number}/decisione?esito=accetta").text)
    assert "Assenza dall’elenco dei soggetti esclusi" in asked  # a gap: it takes a written reason
    assert "L’impresa è nell’elenco dei soggetti esclusi." in asked
    why = "La sentenza non riguarda le forniture che chiediamo."
    found, version, terms = staff_portal.id_of(number), staff_portal.version(number), Terms(gaps_reason=why)
    staff_portal.run(
        lambda session: actions.approve(
            session, found, version=version, by=ANNA, settings=staff_portal.settings, terms=terms
        )
    )
    (kept,) = staff_portal.rows(select(Verification).where(Verification.kind == CheckKind.EXCLUDED_LIST))
    assert (kept.result, kept.note, kept.made_by_name) == ("negative", why, "ICRI ProActive")
    # a reviewer sees what every acceptance shows, and reads the words nowhere
    marco = staff_portal.browser(MARCO)
    pages = [
        plain(marco.get(f"{QUEUE}/{number}{tab}").text) for tab in ("", "/verifiche", "/cronologia", "/istantanee")
    ]
    assert not any(said in page for page in pages for said in (why, "Accettata senza", "soggetti esclusi"))
    assert why in plain(staff_portal.browser(PIA).get(f"{QUEUE}/{number}/verifiche").text)


def test_what_a_person_found_in_the_list_is_not_written_over_by_the_search(staff_portal: Portal) -> None:
    number = staff_portal.reviewed(11)
    found, version = staff_portal.id_of(number), staff_portal.version(number)
    staff_portal.run(
        lambda session: record_check(
            session, found, kind=CheckKind.EXCLUDED_LIST, result=CheckResult.NEGATIVE, checked_on=local_date(),
            note="Sotto un altro nome.", by=ANNA,
        )
    )  # fmt: skip
    terms = Terms(gaps_reason="Il socio escluso ha lasciato la società.")
    staff_portal.run(
        lambda session: actions.approve(
            session, found, version=version, by=ANNA, settings=staff_portal.settings, terms=terms
        )
    )
    kept = staff_portal.rows(select(Verification).where(Verification.kind == CheckKind.EXCLUDED_LIST))
    assert [one.result for one in kept] == ["negative", "negative"]
    assert staff_portal.rows(select(InternalNote.text)) == []


def test_note_names_the_other_gaps_and_keeps_the_words_about_the_list(staff_portal: Portal) -> None:
    number = staff_portal.reviewed(11)
    put_on_the_list(staff_portal, staff_portal.application(number).tax_code)
    found, version = staff_portal.id_of(number), staff_portal.version(number)
    staff_portal.run(
        lambda session: record_check(
            session, found, kind=CheckKind.PEC_REGISTER, result=CheckResult.UNVERIFIABLE, checked_on=local_date(),
            note="Il sito non risponde.", by=MARCO,
        )
    )  # fmt: skip
    terms = Terms(gaps_reason="La sentenza non riguarda le forniture che chiediamo.")
    staff_portal.run(
        lambda session: actions.approve(
            session, found, version=version, by=ANNA, settings=staff_portal.settings, terms=terms
        )
    )
    assert staff_portal.rows(select(InternalNote.text)) == ["Accettata senza un esito positivo per: PEC."]


def test_hit_is_on_the_confirmation_and_keeps_a_company_out_of_what_is_done_to_many(staff_portal: Portal) -> None:
    number = staff_portal.reviewed(11)
    put_on_the_list(staff_portal, staff_portal.application(number).tax_code)
    anna = staff_portal.browser(ANNA)
    assert "è nell’elenco dei soggetti esclusi" in plain(anna.get(f"{QUEUE}/{number}/decisione?esito=accetta").text)
    tried = plain(anna.post(f"{QUEUE}/azioni", data={"azione": "approve", "sel": number}).text)
    assert "L’elenco dei soggetti esclusi riguarda questa impresa" in tried


def test_reviewer_does_not_put_a_parked_excluded_company_aside(staff_portal: Portal) -> None:
    put_on_the_list(staff_portal, staff_portal.application(staff_portal.sent(11)).tax_code)
    number = staff_portal.sent(12, as_company=11)
    found, version = staff_portal.id_of(number), staff_portal.version(number)

    def withdraw(by: Principal) -> None:
        staff_portal.run(
            lambda session: actions.withdraw(
                session, found, version=version, by=by, settings=staff_portal.settings, note="lo chiede l’impresa"
            )
        )

    with pytest.raises(ForbiddenError):
        withdraw(MARCO)
    withdraw(ANNA)


def test_trying_out_who_is_barred_is_recorded_and_ends(staff_portal: Portal) -> None:
    code = staff_portal.application(staff_portal.sent(11)).tax_code or ""
    put_on_the_list(staff_portal, code)
    marco = staff_portal.browser(MARCO)
    typed = {"company_name": "Zeta", "email": "info@zeta-srl.it", "locale": "it", "country": "IT", "tax_code": code}
    answers = [marco.post("/gestione/inviti/nuovo", data=typed).status_code for _ in range(11)]
    assert answers == [422] * 10 + [TooManyError.status]
    assert len(staff_portal.rows(select(AuditEvent).where(AuditEvent.subject_id == ATTEMPTS))) == 10


def test_sheet_is_worked_off_with_the_roles_of_now(staff_portal: Portal) -> None:
    code = staff_portal.application(staff_portal.sent(11)).tax_code or ""
    put_on_the_list(staff_portal, code)
    facts = {"company_name": "Ferri", "email": "a@ferri.it", "tax_code": code, "locale": "it", "country": "IT"}
    reviewer = Principal(ANNA.subject, ANNA.name, frozenset({Role.REVIEWER}))
    sheet = staff_portal.run(
        lambda session: sheets.show_sheet(session, [SheetRow(2, facts, ())], name="a.csv", by=ANNA).id
    )
    staff_portal.run(lambda session: sheets.confirm_sheet(session, sheet, by=reviewer))
    staff_portal.run(
        lambda session: sheets.invite_row(session, sheet, 2, settings=staff_portal.settings, live=ANNA.roles)
    )
    (row,) = staff_portal.rows(select(InvitationRow))
    assert (row.state, row.invitation_id) == ("refused", None)


# who decides


@pytest.mark.parametrize("again", ["copied", "restarted"])
def test_inviter_does_not_decide_on_what_came_of_the_invitation_either(four_eyes: Portal, again: str) -> None:
    portal = four_eyes
    number = portal.reviewed(11)
    found = portal.id_of(number)
    portal.run(
        lambda session: session.execute(update(Application).where(Application.id == found).values(invited_by="anna"))
    )

    def copied(session: Session) -> Application:
        refusal = {"reason_code": "R03", "reason_text": "", "reapply_from": None}
        actions.propose(
            session, found, version=portal.version(number), by=MARCO, settings=portal.settings, outcome="reject",
            decision=refusal,
        )  # fmt: skip
        version = session.get_one(Application, found).version
        actions.reject(session, found, version=version, by=PIA, settings=portal.settings, reason_code="R03")
        return copy_as_new(session, found, by=ANNA, settings=portal.settings)

    def restarted(session: Session) -> Application:
        address = session.get_one(Application, found).contact_email
        actions.withdraw(session, found, settings=portal.settings)
        return restart(session, found, proven=address, has_read_notice=True)

    make: Callable[[Session], Application] = {"copied": copied, "restarted": restarted}[again]
    assert portal.run(lambda session: make(session).invited_by) == "anna"


def test_with_four_eyes_two_stand_behind_an_outcome(four_eyes: Portal) -> None:
    portal = four_eyes
    number = portal.reviewed(11)
    found = portal.id_of(number)
    leaf = portal.run(lambda session: session.get_one(Application, found).categories[0].leaf)

    def propose(outcome: str, decision: dict[str, object]) -> None:
        portal.run(
            lambda session: actions.propose(
                session, found, version=portal.version(number), by=MARCO, settings=portal.settings, outcome=outcome,
                decision=decision,
            )
        )  # fmt: skip

    def approve(terms: Terms) -> None:
        portal.run(
            lambda session: actions.approve(
                session, found, version=portal.version(number), by=ANNA, settings=portal.settings, terms=terms
            )
        )

    propose("reject", {"reason_code": "R03"})
    with pytest.raises(FourEyesError, match="diversa"):
        approve(Terms())
    partly = Terms(reserve_text="Manca la polizza aggiornata.", reserve_until=local_date() + timedelta(days=60))
    propose("approve", partly.plain())
    with pytest.raises(FourEyesError, match="diversa"):
        approve(Terms(refused=(Refused(leaf, "R03"),)))
    for hollow in (
        replace(partly, reserve_text="Nulla da segnalare, tutto in ordine."),
        replace(partly, reserve_until=local_date() + timedelta(days=61)),
    ):
        with pytest.raises(FourEyesError, match="diversa"):
            approve(hollow)
    page = portal.browser(ANNA).get(f"{QUEUE}/{number}").text
    assert "come=proposta" in page
    assert f'{number}/decisione?esito=accetta"' not in page
    assert f'{number}/proposta?esito=respingi"' in page
    approve(partly)


@pytest.mark.parametrize("address", ["contact", "pec"])
def test_nobody_governs_the_own_company(staff_portal: Portal, address: str) -> None:
    staff_portal.approved(11)
    (supplier,) = staff_portal.rows(select(Supplier))
    email = supplier.contact_email if address == "contact" else supplier.answers["anagrafica"]["pec"]
    own = Principal("vera", "Vera Conti", frozenset({Role.APPROVER}), email=email.upper())

    def suspend(by: Principal) -> None:
        staff_portal.run(
            lambda session: governing.suspend(
                session, supplier.id, version=supplier.version, by=by, why=governing.Why("R04")
            )
        )

    with pytest.raises(OwnCompanyError):
        suspend(own)
    suspend(PIA)


def test_company_disarms_no_approver_by_naming_or_inviting_them(staff_portal: Portal) -> None:
    staff_portal.approved(11)

    def name(session: Session) -> None:
        (supplier,) = session.scalars(select(Supplier))
        supplier.answers = supplier.answers | {
            "referenti": supplier.answers["referenti"] | {"quality_email": "vera.conti@icri.example"}
        }
        create_account(session, supplier.number, Contact("vera.conti@icri.example", "Vera", "Conti", "it"), by=PIA)

    staff_portal.run(name)
    (supplier,) = staff_portal.rows(select(Supplier))
    vera = Principal("vera", "Vera Conti", frozenset({Role.APPROVER}), email="vera.conti@icri.example")
    staff_portal.run(
        lambda session: governing.suspend(
            session, supplier.id, version=supplier.version, by=vera, why=governing.Why("R04")
        )
    )
    assert staff_portal.rows(select(Supplier.qualification)) == [Qualification.SUSPENDED]


# a sign-in of a while ago


def test_old_sign_in_is_renewed_before_anything_is_taken_away_or_done_to_many(staff_portal: Portal) -> None:
    number, waiting = staff_portal.reviewed(11), staff_portal.sent(12)
    anna = staff_portal.browser(ANNA)
    staff_portal.run(
        lambda session: session.execute(
            update(SignedInSession).values(authenticated_at=utc_now() - timedelta(minutes=16))
        )
    )
    row = f"{waiting}:{staff_portal.version(waiting)}"
    papers = [f"{QUEUE}/{number}/{paper}" for paper in ("dati.csv", "dati.json", "dossier.pdf")]
    take = {"azione": "take", "righe": row, "passo": "conferma"}

    def answers() -> set[int]:
        return {*(anna.get(paper).status_code for paper in papers), anna.post(f"{QUEUE}/azioni", data=take).status_code}

    assert answers() == {503}  # the way leads to Keycloak, which is not there
    staff_portal.run(lambda session: session.execute(update(SignedInSession).values(authenticated_at=utc_now())))
    assert answers() == {200, 303}


# a hostile spreadsheet


def test_cell_far_away_ends_the_child_and_not_the_portal(tmp_path: Path) -> None:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "Ragione sociale")
        sheet.write(1048575, 16383, "x")
    path = tmp_path / "imprese.xlsx"
    path.write_bytes(made.getvalue())
    with zipfile.ZipFile(path) as archive:
        assert sum(part.file_size for part in archive.infolist()) < 100_000  # small in every other respect
    settings = load_settings(in_process_environment("postgresql+psycopg://nobody@localhost/nothing"))
    with pytest.raises(SheetError, match="non si apre"):
        read_sheet(path, path.name, settings=settings)


def test_admin_reads_in_the_trail_that_a_check_was_made_and_not_what_it_found(staff_portal: Portal) -> None:
    staff_portal.approved(11)
    told = {
        who: [
            row
            for row in staff_portal.browser(who).get("/gestione/registro").text.split("<tr")[1:]
            if "Verifica registrata" in row
        ]
        for who in (ADMIN, PIA)
    }
    assert len(told[ADMIN]) == len(told[PIA]) > 0
    assert [any("soggetti esclusi" in row for row in told[who]) for who in (ADMIN, PIA)] == [False, True]


def test_excluded_check_stands_in_no_list_of_who_may_not_know(staff_portal: Portal) -> None:
    number = staff_portal.approved(11)
    kinds = set(staff_portal.rows(select(Verification.kind)))
    assert CheckKind.EXCLUDED_LIST in kinds  # it was recorded, by whoever may
    assert ON_THE_LIST not in plain(staff_portal.browser(MARCO).get(f"{QUEUE}/{number}/verifiche").text)
