"""Pages and states of drafts that travel, of the status without sign-in, and of corrections, on both sides."""

from datetime import timedelta
from secrets import token_hex

from playwright.sync_api import Page
from sqlalchemy import update
from sqlalchemy.orm import Session

from service.access import limits
from service.access.applicant_sessions import ApplicantSession
from service.access.sessions import hashed
from service.applications import actions
from service.clock import utc_now
from tests.browser.every_page_deeds import FORM, Deed, Shown, all_open, emptied, press, refused_upload, typed
from tests.support.world import World
from tests.support.world_corrections import fresh_draft

TASKS, STATUS, ROUND = "/registrazione/bozza", "/stato/domanda", "/stato/integrazioni"
BUTTON = f"main {FORM} button.btn-primary"


def saved_in_two_tabs(page: Page, world: World) -> None:
    """Let another tab save another street than this one."""
    other = page.context.new_page()
    other.goto(page.url)
    for tab in (other, page):
        tab.fill("#hq_street", f"Via {token_hex(4)}")
    with other.expect_navigation():
        press(other, world)
    other.close()
    press(page, world)


def wrong_choice_left_out(page: Page, world: World) -> None:
    """Come to the page that asks which value stays, and send it again while a third tab saves."""
    saved_in_two_tabs(page, world)
    page.wait_for_load_state()
    other = page.context.new_page()
    other.goto(world.url + TASKS + "/sede")
    other.fill("#hq_street", f"Via {token_hex(4)}")
    with other.expect_navigation():
        press(other, world)
    other.close()
    press(page, world)


def with_a_draft_of_its_own(section: str, meanwhile: str, *, category: str = "") -> Deed:
    """Open a section of a new draft, let something happen to it elsewhere, then save."""

    def deed(page: Page, world: World) -> None:
        draft = world.run(lambda session: fresh_draft(session, world, "own").id)
        name, value = world.cookies["own"]
        page.context.add_cookies([{"name": name, "value": value, "url": world.url}])
        page.goto(f"{world.url}{TASKS}/{section}")

        def happen(session: Session) -> None:
            if meanwhile == "category":
                actions.change_category(session, draft, category)
            elif meanwhile == "discard":
                actions.discard(session, draft)
            else:
                actions.submit(session, draft, settings=world.settings)

        world.run(happen)
        press(page, world)

    return deed


def ending_in(minutes: int, who: str) -> Deed:
    """Let the session end soon, and look again."""

    def deed(page: Page, world: World) -> None:
        mine = ApplicantSession.token_hash == hashed(world.cookies[who][1])
        ends = {"expires_at": utc_now() + timedelta(minutes=minutes)}
        world.run(lambda session: session.execute(update(ApplicantSession).where(mine).values(ends)))
        page.reload()

    return deed


def after_the_session(page: Page, world: World) -> None:
    """Press Salva when the session has ended meanwhile."""
    page.context.clear_cookies(name="draft")
    press(page, world)


def from_a_crowded_network(page: Page, world: World) -> None:
    """Ask for a link where as many as may be have been asked for by the same network."""
    page.fill("#email", "nessuno@example.com")
    most = world.settings.link_requests_per_network_hour

    def fill(session: Session) -> None:
        for _ in range(most):
            limits.count(session, "link", "127.0.0.0/24")

    world.run(fill)
    press(page, world)
    page.wait_for_load_state()
    world.run(lambda session: limits.forget(session, older_than=timedelta(0)))


def until_mails_are_used_up(page: Page, world: World) -> None:
    """Change the address again and again."""
    for _ in range(8):
        page.goto(world.url + "/stato/indirizzo")
        page.fill("#email", "altra@example.com")
        with page.expect_response(lambda one: one.request.method == "POST") as answer:
            press(page, world)
        page.wait_for_load_state()
        if answer.value.status == 429:
            return


def resend(page: Page, _world: World) -> None:
    """Ask for the last letter once more."""
    page.locator("form[action$='/invia'] button").click()


def unticked(page: Page, world: World) -> None:
    """Ask for nothing."""
    page.locator("input[name=voce]").evaluate_all("all => all.forEach(one => { one.checked = false })")
    press(page, world)


def all_ticked(page: Page, world: World) -> None:
    """Ask for everything."""
    page.locator("input[name=voce]").evaluate_all("all => all.forEach(one => { one.checked = true })")
    press(page, world)


TICKS = ("dato.sede.hq_street", "sezione.referenti", "documento.durc")


def some_ticked(page: Page, world: World) -> None:
    """Ask for a field, a section and a document."""
    unticked_but = "(all, keys) => all.forEach(one => { one.checked = keys.includes(one.value) })"
    page.locator("input[name=voce]").evaluate_all(unticked_but, list(TICKS))
    press(page, world)
    page.wait_for_load_state()


def reasons_missing(page: Page, world: World) -> None:
    """Go on without a reason, and with too short a sentence."""
    some_ticked(page, world)
    page.locator(f"select[name='codice.{TICKS[0]}']").select_option("D99")
    page.locator(f"[name='nota.{TICKS[0]}']").fill("troppo breve")
    press(page, world)


def reasons_given(page: Page, world: World) -> None:
    """Come to the letter."""
    some_ticked(page, world)
    for key in TICKS:
        page.locator(f"select[name='codice.{key}']").select_option("D01")
        page.locator(f"[name='nota.{key}']").fill("Sulla visura di giugno si legge altro: scrivilo com’è lì.")
    press(page, world)


def refuse(page: Page, _world: World) -> None:
    """Press the button of a form that refuses."""
    page.locator("main form button.btn-danger").click()


def reply_too_long(page: Page, world: World) -> None:
    """Explain at length."""
    all_open(page, world)
    page.locator("form[action*='/spiegazione/'] textarea").first.fill("Spiego. " * 150)
    page.locator("form[action*='/spiegazione/'] button").first.click()


def no_file(page: Page, _world: World) -> None:
    """Press Carica with nothing chosen."""
    with page.expect_navigation():
        page.locator("form[data-upload]").first.evaluate("form => form.submit()")


TRAVELLING = [
    Shown("draft-address", f"{TASKS}/indirizzo", "travelling"),
    Shown("draft-address-from-summary", f"{TASKS}/indirizzo?da=riepilogo", "travelling"),
    Shown("draft-address-wrong", f"{TASKS}/indirizzo", "travelling", 422, press),
    Shown("sent-address", "/stato/indirizzo", "moving"),
    Shown("sent-address-wrong", "/stato/indirizzo", "moving", 422, typed("#email", "senza chiocciola")),
    Shown("sent-address-used-up", "/stato/indirizzo", "used-up", 429, until_mails_are_used_up),
    Shown("status-address-pending", STATUS, "moving"),
    Shown("address-link", "address-link"),
    Shown("address-link-closed", "address-link-closed", status=409),
    Shown("address-link-dead", "/stato/indirizzo/falso", status=410),
    Shown("status-link-dead-known", "/stato/falso", "moving", 410),
    Shown("resume-link-dead-known", "/riprendi/falso", "travelling", 410),
    Shown("resume-link-expired", "resume-dead", status=410),
    Shown("resume-crowded", "/riprendi", status=429, does=from_a_crowded_network),
    Shown("restart", "/stato/ricomincia", "back"),
    Shown("restart-refused", "/stato/ricomincia", "refused"),
    Shown("restart-not-yet", "/stato/ricomincia", "moving"),
    Shown("tasks-copied", TASKS, "copied"),
    Shown("tasks-earlier", TASKS, "earlier"),
    Shown("tasks-earlier-not-yet", TASKS, "earlier-not-yet"),
    Shown("restart-new-notice", "/stato/ricomincia", "old-notice"),
    Shown("restart-new-notice-wrong", "/stato/ricomincia", "old-notice", 422, press),
    Shown("take-over", f"{TASKS}/riparti", "earlier"),
    Shown("two-devices", f"{TASKS}/sede", "travelling", 409, saved_in_two_tabs),
    Shown("three-devices", f"{TASKS}/sede", "travelling", 409, wrong_choice_left_out),
    Shown("not-asked-fields", "/", status=409, does=with_a_draft_of_its_own("anagrafica", "category", category="DI")),
    Shown("not-asked", "/", status=409, does=with_a_draft_of_its_own("rappresentante", "category", category="LP")),
    Shown("draft-gone", "/", status=409, does=with_a_draft_of_its_own("sede", "discard")),
    Shown("draft-sent", "/", status=409, does=with_a_draft_of_its_own("sede", "submit")),
    Shown("session-ending", f"{TASKS}/sede", "ending", does=ending_in(40, "ending")),
    Shown("session-ending-now", f"{TASKS}/sede", "ending", does=ending_in(8, "ending")),
    Shown("session-extended", f"{TASKS}/prolunga", "travelling"),
    Shown("session-extended-status", f"{TASKS}/prolunga", "moving"),
]  # fmt: skip
TOLD = (
    "asked", "half", "answers-ready", "told-late", "answered", "asked-again", "fresh", "access-sent", "password-set",
    "refused", "expired", "too-late", "back", "left",
)  # fmt: skip
FOLLOWED = [
    *(Shown(f"follow-{one}", STATUS, one) for one in TOLD),
    Shown("follow-resent", STATUS, "asked", does=resend),
    Shown("status-ask-number", "/stato?numero=P-2026-0151"),
    Shown("status-ask-known", "/stato", "moving"),
    Shown("withdraw-asked", "/stato/ritira", "asked"),
]
SECTIONS = ("anagrafica", "sede", "attivita", "assicurazioni", "referenti")
ROUNDS = [
    Shown("round", ROUND, "asked"),
    Shown("round-half", ROUND, "half"),
    Shown("round-ready", ROUND, "answers-ready"),
    *(Shown(f"round-{one}", f"{ROUND}/{one}", "asked") for one in SECTIONS),
    *(Shown(f"round-{one}-half", f"{ROUND}/{one}", "half", does=all_open) for one in ("sede", "attivita")),
    *(Shown(f"round-{one}-wrong", f"{ROUND}/{one}", "asked", 422, emptied) for one in SECTIONS if one != "attivita"),
    Shown("round-row", f"{ROUND}/assicurazioni?aggiungi=policies", "asked"),
    Shown("round-two-tabs", f"{ROUND}/sede", "asked-again", 409, saved_in_two_tabs),
    Shown("round-kept", f"{ROUND}/sede", "asked-again", does=after_the_session),
    Shown("round-documents", f"{ROUND}/documenti", "asked", does=all_open),
    Shown("round-documents-half", f"{ROUND}/documenti", "half", does=all_open),
    Shown("round-documents-not-due", f"{ROUND}/documenti", "not-due", does=all_open),
    Shown("round-documents-no-file", f"{ROUND}/documenti", "asked", 422, no_file),
    Shown("round-documents-refused", f"{ROUND}/documenti", "asked", 422, refused_upload),
    Shown("round-documents-reply-wrong", f"{ROUND}/documenti", "asked", 422, reply_too_long),
    Shown("round-application", f"{ROUND}/domanda", "half"),
    Shown("round-confirm", f"{ROUND}/invia", "answers-ready"),
    Shown("round-confirm-early", f"{ROUND}/invia", "half"),
    Shown("round-confirm-wrong", f"{ROUND}/invia", "half", 422, press),
    Shown("round-too-late", ROUND, "too-late"),
    Shown("round-unknown", ROUND),
]
ASK = "taken/integrazioni"
STAFF = [
    *(Shown(f"detail-{one}", one, "marco") for one in ("asked", "half", "answered", "asked-again", "expired", "left")),
    Shown("detail-answered-open", "answered", "marco", does=all_open),
    Shown("detail-told-late", "told-late", "marco"),
    Shown("detail-under-hold", "under-hold-staff", "anna"),
    Shown("ask-choice", ASK, "anna"),
    Shown("ask-choice-open", ASK, "anna", does=all_open),
    Shown("ask-choice-none", ASK, "anna", 422, unticked),
    Shown("ask-choice-all", ASK, "anna", 422, all_ticked),
    Shown("ask-reasons", ASK, "anna", does=some_ticked),
    Shown("ask-reasons-wrong", ASK, "anna", 422, reasons_missing),
    Shown("ask-letter", ASK, "anna", does=reasons_given),
    Shown("ask-already", "asked/integrazioni", "anna", 409),
    Shown("extend", "asked/integrazioni/proroga", "anna"),
    Shown("extend-twice", "half/integrazioni/proroga", "anna", 409),
    Shown("withdrawal", "asked/ritiro", "anna"),
    Shown("withdrawal-wrong", "asked/ritiro", "anna", 422, refuse),
    Shown("queue-waiting", "/gestione/richieste?stato=information_requested", "anna"),
    Shown("queue-open-newest", "/gestione/richieste?ordine=recenti", "anna"),
    Shown("retention", "/gestione/conservazione", "giulia"),
    Shown("retention-wrong", "/gestione/conservazione?numero=P-1999-0001", "giulia", 422),
    *(Shown(f"retention-{one}", one, "giulia") for one in ("under-hold", "hold-overdue", "erased-soon")),
    Shown("hold", "not-held/vincolo", "giulia"),
    Shown("hold-wrong", "not-held/vincolo", "giulia", 422, press),
    Shown("hold-end", "under-hold/vincolo/togli", "giulia"),
    Shown("mails", "/gestione/modelli-email", "giulia"),
    *(Shown(f"mail-{one}", f"/gestione/modelli-email/{one}", "giulia")
      for one in ("information_request", "submission_receipt")),
]  # fmt: skip
CORRECTIONS = [*TRAVELLING, *FOLLOWED, *ROUNDS, *STAFF]
EMPTY_OF_CORRECTIONS = [
    Shown("empty-retention", "/gestione/conservazione", "giulia"),
    Shown("empty-waiting", "/gestione/richieste?stato=information_requested", "anna"),
]
