"""The pages of the review desk: queue, examining, deciding, governing."""

from datetime import timedelta

from playwright.sync_api import FilePayload, Page

from service.access.principal import SYSTEM
from service.audit.reading import VERIFIED
from service.audit.trail import TRAIL, record
from service.clock import local_date
from tests.browser.every_page_deeds import Deed, Shown, all_open, emptied, press
from tests.support.world import World

SHEET = FilePayload(
    name="imprese.csv", mimeType="text/csv",
    buffer=b"ragione sociale;e-mail\nFerrari & Figli S.r.l.;ferrari@example.com\n;rossi@example.com\n",
)  # fmt: skip
QUEUE, SETTINGS = "/gestione/richieste", "/gestione/impostazioni"
MISSING = "Manca la polizza contro gli eventi catastrofali: va caricata prima del primo ordine."


def many(action: str, *steps: Deed) -> Deed:
    """Tick two rows of the queue, choose what to do with them, go on."""

    def deed(page: Page, world: World) -> None:
        for box in page.locator("main input[name=sel]").all()[:2]:
            box.check()
        page.select_option("#azione", action)
        page.locator("#azioni button").click()
        for step in steps:
            step(page, world)

    return deed


def without_choice(page: Page, _world: World) -> None:
    """Go on without a row."""
    page.locator("#azioni button").click()


def for_a_reason(code: str) -> Deed:
    """Give a reason and some words, then press."""

    def deed(page: Page, world: World) -> None:
        page.select_option("#reason_code", code)
        page.fill("#reason_text", "Il cantiere di Piacenza è stato abbandonato.")
        press(page, world)

    return deed


def with_a_sheet(page: Page, world: World) -> None:
    """Send a spreadsheet with a good and a wrong row."""
    page.set_input_files("#file", SHEET)
    press(page, world)


def without_reason(page: Page, world: World) -> None:
    """Refuse a category without saying why."""
    page.locator("main input[value=no]").first.check()
    press(page, world)


def in_part(page: Page, world: World) -> None:
    """Refuse a category and ask for something by a day, then press."""
    page.locator("main input[value=no]").first.check()
    page.locator("main select").first.select_option("R03")
    page.fill("#reserve_text", MISSING)
    page.fill("#reserve_until", f"{local_date() + timedelta(days=90):%d/%m/%Y}")
    press(page, world)


def previewed(page: Page, _world: World) -> None:
    """See first what an edited text does."""
    page.locator("main button[name=passo]").click()


def broken(page: Page, world: World) -> None:
    """Save a letter that cannot be filled in."""
    page.fill("#body", "Spett.le {{ compani }}, {% if leaves %}")
    press(page, world)


def check_failed(page: Page, world: World) -> None:
    """Let a check of the trail have found something."""
    found = [["altered", 12, 0], ["missing", 15, 14]]
    world.run(lambda session: record(session, VERIFIED, TRAIL, by=SYSTEM, events=4120, against=0, count=2,
                                     problems=found))  # fmt: skip
    page.reload()


SEEING = [
    Shown("dashboard-specialist", "/gestione", "sara"),
    Shown("dashboard-auditor", "/gestione", "paolo"),
    Shown("queue-unfolded", f"{QUEUE}?q=impianti&segnale=late&eta=1", "anna", does=all_open),
    Shown("view-new-wrong", f"{QUEUE}/viste/nuova?stato=approved", "anna", 422, press),
    Shown("views", f"{QUEUE}/viste", "anna"),
    Shown("view-rename", "view/rinomina", "anna"),
    Shown("view-end", "view/elimina", "anna"),
    Shown("export-offer", f"{QUEUE}.xlsx", "anna"),
    Shown("exports", "/gestione/esportazioni", "anna"),
    *(Shown(f"export-{one}", f"export-{one}", "anna") for one in ("running", "ready")),
]
MANY = [
    Shown("many-none", QUEUE, "anna", 422, without_choice),
    Shown("many-take", f"{QUEUE}?stato=submitted", "anna", does=many("take")),
    Shown("many-refuse-wrong", f"{QUEUE}?stato=under_review", "marco", 422, many("reject", press)),
    Shown("many-refuse-shown", f"{QUEUE}?stato=under_review", "marco", does=many("reject", for_a_reason("R03"))),
    Shown("many-accept-shown", "ready-in-queue", "marco", does=many("approve")),
    Shown("batches", "/gestione/azioni", "anna"),
    *(Shown(f"batch-{one}", f"batch-{one}", "anna") for one in ("waiting", "running", "over")),
]
EXAMINING = [
    *(Shown(f"tab-{one}", f"taken/{one}", "marco") for one in ("dati", "verifiche", "cronologia")),
    *(Shown(f"tab-{one}-approved", f"approved/{one}", "marco") for one in ("verifiche", "istantanee")),
    Shown("tab-verifiche-specialist", "taken/verifiche", "sara"),
    Shown("detail-proposed", "proposed", "marco"),
    Shown("detail-in-part", "in-part", "marco"),
    Shown("detail-copied", "copied-as-new", "marco"),
    Shown("detail-alike", "one-alike", "anna"),
    Shown("detail-auditor", "taken", "paolo"),
    Shown("snapshot", "snapshot", "marco"),
    Shown("assign-wrong", "taken/assegna", "marco", 422, press),
    Shown("check-wrong", "taken/verifiche/durc_online", "anna", 422, press),
    Shown("section-doubtful-wrong", "taken/sezioni/sede/dubbio", "anna", 422, press),
    Shown("note-wrong", "taken/note", "anna", 422, press),
    Shown("opinion-ask-wrong", "taken/pareri", "anna", 422, press),
    Shown("opinion-give-wrong", "opinion", "sara", 422, press),
    Shown("opinion-end", "opinion/ritira", "anna"),
    Shown("alike", "alike", "anna"),
    Shown("alike-marked", "alike-marked", "anna"),
    Shown("alike-wrong", "alike", "anna", 422, press),
]  # fmt: skip
DECIDING = [
    Shown("terms", "ready/decisione?esito=accetta&come=condizioni", "marco"),
    Shown("terms-wrong", "ready/decisione?esito=accetta&come=condizioni", "marco", 422, without_reason),
    Shown("terms-confirm", "ready/decisione?esito=accetta&come=condizioni", "marco", does=in_part),
    Shown("propose", "ready/proposta?esito=accetta", "anna"),
    Shown("proposal-decide", "proposed/decisione?esito=respingi", "marco"),
    Shown("proposal-withdraw", "proposed/proposta/ritira", "anna"),
    Shown("reopen", "rejected/riapri", "marco"),
    Shown("resume-form", "parked", "marco"),
    Shown("suspend-wrong", "supplier-active/passi/sospendi", "marco", 422, press),
    Shown("suspend-confirm", "supplier-active/passi/sospendi", "marco", does=for_a_reason("R13")),
    Shown("revoke-confirm", "supplier-active/passi/revoca", "marco", does=for_a_reason("R13")),
    Shown("drop-categories", "supplier-active/passi/togli-categorie", "marco"),
    Shown("lift-reserve", "supplier-reserved/passi/sciogli-riserva", "marco"),
    Shown("supplier-reserved", "supplier-reserved", "marco"),
    Shown("supplier-revoked", "supplier-revoked", "marco"),
]
GOVERNING = [
    Shown("invitation-leaves", "/gestione/inviti/nuovo", "anna", does=all_open),
    Shown("invitation-sheet-wrong", "/gestione/inviti/da-foglio", "anna", 422, press),
    Shown("invitation-sheet-shown", "/gestione/inviti/da-foglio", "anna", does=with_a_sheet),
    Shown("invitation-sheet-running", "sheet-running", "anna"),
    Shown("invitation-extend", "invitation-open-staff/proroga", "anna"),
    Shown("audit", "/gestione/registro", "marco"),
    Shown("audit-own", "/gestione/registro", "anna"),
    Shown("audit-wrong", "/gestione/registro?dal=ieri", "marco", 422),
    Shown("audit-failed", "/gestione/registro?chi=Nessuno", "marco", does=check_failed),
    Shown("exclusions", "/gestione/esclusi", "marco"),
    Shown("exclusion-new-wrong", "/gestione/esclusi/nuovo", "marco", 422, emptied),
    Shown("exclusion", "exclusion", "marco"),
    Shown("exclusion-renew", "exclusion/rinnova", "marco"),
    Shown("exclusion-end", "exclusion/togli", "marco"),
    Shown("settings", SETTINGS, "giulia"),
    *(Shown(f"settings-{one}", f"{SETTINGS}/{one}", "giulia") for one in ("motivi", "testi-email")),
    Shown("setting-versions", f"{SETTINGS}/motivi/R05", "giulia", does=all_open),
    Shown("setting-auditor", f"{SETTINGS}/motivi/R05", "paolo"),
    Shown("setting-default", f"{SETTINGS}/motivi/R05/predefinito", "giulia"),
    Shown("setting-wrong", f"{SETTINGS}/motivi/R03", "giulia", 422, emptied),
    Shown("setting-new", f"{SETTINGS}/motivi/nuovo", "giulia"),
    Shown("setting-document", f"{SETTINGS}/documenti/durc", "giulia"),
    Shown("setting-faq", f"{SETTINGS}/faq/password", "giulia", does=previewed),
    Shown("setting-mail", f"{SETTINGS}/testi-email/invitation.it", "giulia", does=previewed),
    Shown("setting-mail-wrong", f"{SETTINGS}/testi-email/invitation.it", "giulia", 422, broken),
]
DESK = [*SEEING, *MANY, *EXAMINING, *DECIDING, *GOVERNING]
