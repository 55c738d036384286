"""The pages of the review desk: queue, examining, deciding, governing."""

from playwright.sync_api import FilePayload, Page

from tests.browser.every_page_deeds import Shown, all_open, emptied, press
from tests.support.world import World

SHEET = FilePayload(
    name="imprese.csv", mimeType="text/csv",
    buffer=b"ragione sociale;e-mail\nFerrari & Figli S.r.l.;ferrari@example.com\n;rossi@example.com\n",
)  # fmt: skip
QUEUE, SETTINGS = "/gestione/richieste", "/gestione/impostazioni"


def act_on_two(page: Page, _world: World) -> None:
    """Tick two rows and go on."""
    for box in page.locator("main input[name=sel]").all()[:2]:
        box.check()
    page.locator("#azioni button").click()


def without_choice(page: Page, _world: World) -> None:
    """Go on without a row."""
    page.locator("#azioni button").click()


def for_a_breach(page: Page, world: World) -> None:
    """Give the reason of a breach of contract, then press."""
    page.select_option("#reason_code", "R13")
    page.fill("#reason_text", "Il cantiere di Piacenza è stato abbandonato.")
    press(page, world)


def with_a_sheet(page: Page, world: World) -> None:
    """Send a spreadsheet with a good and a wrong row."""
    page.set_input_files("#file", SHEET)
    press(page, world)


def in_part(page: Page, world: World) -> None:
    """Refuse a category without saying why."""
    page.locator("main form input[type=checkbox]").first.click()
    press(page, world)


SEEING = [
    Shown("dashboard-specialist", "/gestione", "sara"),
    Shown("queue-unfolded", f"{QUEUE}?q=impianti&segnale=late&eta=1", "anna", does=all_open),
    Shown("views-none", f"{QUEUE}/viste", "giulia", 403),
    Shown("view-new", f"{QUEUE}/viste/nuova?stato=approved", "anna"),
    Shown("view-new-wrong", f"{QUEUE}/viste/nuova?stato=approved", "anna", 422, press),
    Shown("views", f"{QUEUE}/viste", "anna"),
    Shown("export-offer", f"{QUEUE}.xlsx", "anna"),
    Shown("exports", "/gestione/esportazioni", "anna"),
    Shown("acts-take", QUEUE, "anna", does=act_on_two),
    Shown("acts-none", QUEUE, "anna", 422, without_choice),
    Shown("acts", "/gestione/azioni", "anna"),
]
EXAMINING = [
    *(Shown(f"tab-{one}", f"taken/{one}", "marco")
      for one in ("dati", "documenti", "verifiche", "cronologia", "istantanee")),
    Shown("tab-verifiche-approved", "approved/verifiche", "marco"),
    Shown("tab-verifiche-specialist", "taken/verifiche", "sara"),
    Shown("detail-proposed", "proposed", "marco"),
    Shown("detail-alike", "one-alike", "anna"),
    Shown("snapshot", "snapshot", "marco"),
    Shown("assign", "taken/assegna", "marco"),
    Shown("check", "taken/verifiche/durc_online", "anna"),
    Shown("check-wrong", "taken/verifiche/durc_online", "anna", 422, press),
    Shown("section-doubtful", "taken/sezioni/sede/dubbio", "anna"),
    Shown("section-doubtful-wrong", "taken/sezioni/sede/dubbio", "anna", 422, press),
    Shown("note", "taken/note", "anna"),
    Shown("note-wrong", "taken/note", "anna", 422, press),
    Shown("opinion-ask", "taken/pareri", "anna"),
    Shown("opinion-give", "opinion", "sara"),
    Shown("opinion-give-wrong", "opinion", "sara", 422, press),
    Shown("opinion-end", "opinion/ritira", "anna"),
    Shown("alike", "alike", "anna"),
    Shown("alike-wrong", "alike", "anna", 422, press),
]  # fmt: skip
DECIDING = [
    Shown("terms", "ready/decisione?esito=accetta&come=condizioni", "marco"),
    Shown("terms-wrong", "ready/decisione?esito=accetta&come=condizioni", "marco", 422, in_part),
    Shown("propose", "ready/proposta?esito=respingi", "anna"),
    Shown("proposal-withdraw", "proposed/proposta/ritira", "anna"),
    Shown("reopen", "rejected/riapri", "marco"),
    Shown("resume-form", "parked", "marco"),
    Shown("suspend", "supplier-active/passi/sospendi", "marco"),
    Shown("suspend-wrong", "supplier-active/passi/sospendi", "marco", 422, press),
    Shown("suspend-confirm", "supplier-active/passi/sospendi", "marco", does=for_a_breach),
    Shown("revoke-confirm", "supplier-active/passi/revoca", "marco", does=for_a_breach),
    Shown("drop-categories", "supplier-active/passi/togli-categorie", "marco"),
    Shown("lift-reserve", "supplier-reserved/passi/sciogli-riserva", "marco"),
    Shown("supplier-reserved", "supplier-reserved", "marco"),
]
GOVERNING = [
    Shown("invitation-sheet", "/gestione/inviti/da-foglio", "anna"),
    Shown("invitation-sheet-wrong", "/gestione/inviti/da-foglio", "anna", 422, press),
    Shown("invitation-sheet-shown", "/gestione/inviti/da-foglio", "anna", does=with_a_sheet),
    Shown("invitation-extend", "invitation-open-staff/proroga", "anna"),
    Shown("audit", "/gestione/registro", "marco"),
    Shown("audit-own", "/gestione/registro", "anna"),
    Shown("audit-no-hit", "/gestione/registro?chi=Nessuno", "marco"),
    Shown("audit-wrong", "/gestione/registro?dal=ieri", "marco", 422),
    Shown("exclusions", "/gestione/esclusi", "marco"),
    Shown("exclusion-new", "/gestione/esclusi/nuovo", "marco"),
    Shown("exclusion-new-wrong", "/gestione/esclusi/nuovo", "marco", 422, emptied),
    Shown("exclusion", "exclusion", "marco"),
    Shown("exclusion-renew", "exclusion/rinnova", "marco"),
    Shown("exclusion-end", "exclusion/togli", "marco"),
    Shown("settings", SETTINGS, "giulia"),
    *(Shown(f"settings-{one}", f"{SETTINGS}/{one}", "giulia") for one in ("motivi", "tempi", "categorie", "avvisi")),
    Shown("setting-reason", f"{SETTINGS}/motivi/R03", "giulia"),
    Shown("setting-reason-wrong", f"{SETTINGS}/motivi/R03", "giulia", 422, emptied),
    Shown("setting-time", f"{SETTINGS}/tempi/decision_days", "giulia"),
    Shown("setting-notice", f"{SETTINGS}/avvisi/staff_withdrawn", "giulia"),
]
DESK = [*SEEING, *EXAMINING, *DECIDING, *GOVERNING]
