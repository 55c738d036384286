"""The list of all pages and states of the portal: who looks, where, and what must be done there first.

Keycloak's own pages are in `tests/contract/test_pages.py`; drafts that travel, status and corrections in
`every_page_corrections.py`, the review desk in `every_page_desk.py`.
"""

from service.questionnaire import CATEGORIES
from tests.browser.every_page_access import ACCESS
from tests.browser.every_page_corrections import CORRECTIONS, EMPTY_OF_CORRECTIONS
from tests.browser.every_page_deeds import (
    Shown,
    after_the_session,
    all_open,
    emptied,
    fetch_while_the_store_is_away,
    from_elsewhere,
    only_professionals,
    press,
    press_any,
    refuse,
    refused_upload,
    saved_by_another_window,
    too_long,
    typed,
    upload_after_the_session,
    upload_while_the_store_is_away,
    with_a_reason,
    without_reason,
)
from tests.browser.every_page_desk import DESK

PUBLIC = [
    Shown("home", "/"),
    Shown("faq", "/faq"),
    Shown("faq-open", "/faq#password", does=lambda page, _: page.evaluate(
        "document.querySelectorAll('details').forEach(one => { one.open = true })")),
    Shown("faq-found", "/faq?q=password"),
    Shown("faq-nothing", "/faq?q=patente+nautica"),
    Shown("support", "/assistenza"),
    Shown("privacy", "/privacy"),
    Shown("accessibility", "/accessibilita"),
    Shown("missing", "/nessuna-pagina", status=404),
    Shown("sign-in-unavailable", "/accedi", status=503),
    Shown("sign-in-refused", "/auth/callback?state=r.falso&code=falso", status=400),
    Shown("no-access", "/accedi", "nobody", 403),
    Shown("too-large", "/riprendi", status=413, does=too_long),
    Shown("foreign-origin", "/riprendi", status=403, does=from_elsewhere),
    Shown("resume", "/riprendi"),
    Shown("resume-wrong", "/riprendi", status=422, does=press),
    Shown("resume-sent", "/riprendi", does=typed("#email", "nessuno@example.com")),
    Shown("resume-link", "resume"),
    Shown("confirm-link", "confirm"),
    Shown("resume-dead", "/riprendi/falso", status=410),
    Shown("invitation", "invitation-open"),
    Shown("invitation-used", "invitation-used", status=410),
    Shown("invitation-expired", "invitation-expired", status=410),
    Shown("invitation-revoked", "invitation-revoked", status=410),
    Shown("invitation-unknown", "/invito/falso", status=410),
    Shown("invitation-sent", "/invito/inviato"),
    Shown("status-ask", "/stato"),
    Shown("status-ask-wrong", "/stato", status=422, does=press),
    Shown("status-ask-sent", "/stato/inviato"),
    Shown("status-link", "status-link"),
    Shown("status-dead", "/stato/falso", status=410),
]  # fmt: skip

TASKS = "/registrazione/bozza"
DOCUMENTS = f"{TASKS}/documenti"
SECTIONS = (
    "avvio", "anagrafica", "sede", "rappresentante", "referenti", "attivita", "dati-economici", "organizzazione",
    "assicurazioni", "dichiarazioni",
)  # fmt: skip
REGISTRATION = [
    Shown("category", "/registrazione"),
    Shown("category-wrong", "/registrazione", status=422, does=press),
    Shown("category-invited", "/registrazione", "invited"),
    Shown("category-resumable", "/registrazione", "full"),
    Shown("start", "/registrazione/avvio?categoria=SC"),
    Shown("start-invited", "/registrazione/avvio?categoria=UE", "invited"),
    Shown("start-wrong", "/registrazione/avvio?categoria=SC", status=422, does=press),
    *(Shown(f"section-{one}", f"{TASKS}/{one}", "full") for one in SECTIONS),
    *(Shown(f"section-{one}-wrong", f"{TASKS}/{one}", "new-SC", 422, emptied) for one in SECTIONS),
    *(Shown(f"company-{one}", f"{TASKS}/anagrafica", f"new-{one}") for one in CATEGORIES if one != "SC"),
    *(Shown(f"company-{one}-wrong", f"{TASKS}/anagrafica", f"new-{one}", 422, emptied)
      for one in ("DI", "LP", "XU", "SA", "EN", "RT")),
    *(Shown(f"members-{one}", f"{TASKS}/componenti", f"new-{one}") for one in ("CN", "SA", "RT")),
    *(Shown(f"organisation-{one}", f"{TASKS}/organizzazione", f"new-{one}") for one in ("DI", "LP", "XU")),
    *(Shown(f"declarations-{one}", f"{TASKS}/dichiarazioni", f"new-{one}") for one in ("LP", "XU", "RT")),
    Shown("members-RT-wrong", f"{TASKS}/componenti", "new-RT", 422, emptied),
    Shown("seat-abroad", f"{TASKS}/sede", "new-UE"),
    Shown("activity-LP", f"{TASKS}/attivita", "new-LP"),
    Shown("section-with-warnings", f"{TASKS}/anagrafica", "wrong"),
    Shown("section-from-summary", f"{TASKS}/sede?da=riepilogo", "full"),
    Shown("session-ended", f"{TASKS}/anagrafica", "ended", does=after_the_session),
    Shown("tasks-new", TASKS, "new-SP"),
    Shown("tasks-full", TASKS, "full"),
    Shown("tasks-wrong", TASKS, "wrong"),
    Shown("no-draft", TASKS, status=404),
    Shown("summary-full", f"{TASKS}/riepilogo", "full"),
    Shown("summary-gaps", f"{TASKS}/riepilogo", "wrong"),
    Shown("summary-refused", f"{TASKS}/riepilogo", "wrong", 422, press),
    Shown("summary-without-documents", f"{TASKS}/riepilogo", "bare"),
    Shown("documents-early", DOCUMENTS, "new-SC"),
    Shown("documents-none", DOCUMENTS, "bare", does=all_open),
    Shown("documents-full", DOCUMENTS, "full"),
    Shown("documents-odd", DOCUMENTS, "odd"),
    Shown("documents-refused", DOCUMENTS, "bare", 422, refused_upload),
    Shown("documents-not-due-wrong", DOCUMENTS, "bare", 422, without_reason),
    Shown("documents-remove", "own-file/rimuovi", "odd"),
    Shown("documents-session-ended", DOCUMENTS, "bare", 404, upload_after_the_session),
    Shown("documents-store-away", DOCUMENTS, "bare", 503, upload_while_the_store_is_away),
    Shown("file-store-away", DOCUMENTS, "odd", 503, fetch_while_the_store_is_away),
    Shown("change-supply", f"{TASKS}/avvio", "full", does=only_professionals),
    Shown("tasks-with-news", TASKS, "old"),
    Shown("section-with-news", f"{TASKS}/sede", "old"),
    Shown("change-category", f"{TASKS}/categoria", "full"),
    Shown("change-category-wrong", f"{TASKS}/categoria?nuova=ZZ", "full", 422),
    Shown("change-category-ask", f"{TASKS}/categoria?nuova=DI", "full"),
    Shown("discard", f"{TASKS}/elimina", "full"),
    Shown("ateco", "/registrazione/cerca/ateco"),
    Shown("ateco-found", "/registrazione/cerca/ateco?q=impianti"),
    Shown("ateco-nothing", "/registrazione/cerca/ateco?q=zzzz"),
    Shown("comuni-found", "/registrazione/cerca/comuni?q=san"),
    Shown("ccnl-found", "/registrazione/cerca/ccnl?q=metal"),
    *(Shown(f"{one}-found", f"/registrazione/cerca/{one}?q={words}")
      for one, words in (("soa", "impianti"), ("cpv", "pompe"), ("nazioni", "Svizzera"), ("voci", "valvole"))),
    Shown("search-missing", "/registrazione/cerca/altro", status=404),
]  # fmt: skip

STATES = ("sent", "taken", "late", "held", "approved", "rejected", "withdrawn")
FOLLOWING = [
    Shown("sent-confirmation", "/registrazione/inviata", "sent"),
    *(Shown(f"status-{one}", "/stato/domanda", one) for one in STATES),
    Shown("status-withdraw", "/stato/ritira", "sent"),
]
FREE = ("anagrafica", "sede", "referenti", "attivita")  # sections in which a supplier changes something by itself
SUPPLIER = [
    Shown("area", "/area", "supplier"),
    Shown("area-suspended", "/area", "suspended"),
    Shown("area-documents", "/area/documenti", "supplier", does=all_open),
    Shown("area-document", "own-document", "supplier"),
    Shown("area-document-refused", "own-document", "supplier", 422, refused_upload),
    Shown("area-data", "/area/dati", "supplier"),
    *(Shown(f"area-data-{one}", f"/area/dati/{one}", "supplier") for one in FREE),
    Shown("area-data-wrong", "/area/dati/sede", "supplier", 422, emptied),
    Shown("area-data-changed", "/area/dati/sede", "supplier", 409, saved_by_another_window),
    Shown("area-calendar", "/area/calendario", "suspended"),
    Shown("area-calendar-made", "/area/calendario", "supplier", does=press_any),
    Shown("area-without-company", "/area", "alone", 403),
    Shown("area-staff-page", "/gestione", "supplier", 404),
]

EMPTY = [
    Shown("empty-dashboard", "/gestione", "anna"),
    Shown("empty-queue", "/gestione/richieste", "anna"),
    Shown("empty-suppliers", "/gestione/fornitori", "anna"),
    Shown("empty-invitations", "/gestione/inviti", "anna"),
    Shown("empty-jobs", "/gestione/attivita", "anna"),
    Shown("empty-expiries", "/gestione/scadenze", "anna"),
    *EMPTY_OF_CORRECTIONS,
]
NEW = "/gestione/inviti/nuovo"
STAFF = [
    Shown("dashboard", "/gestione", "marco"),
    Shown("dashboard-admin", "/gestione", "giulia"),
    Shown("queue", "/gestione/richieste", "anna"),
    Shown("queue-all", "/gestione/richieste?stato=&ordine=recenti", "anna"),
    Shown("queue-filtered", "/gestione/richieste?stato=approved&categoria=SC", "anna"),
    Shown("queue-of-a-week", "/gestione/richieste?stato=&ricevuta-dal=2026-11-16&ricevuta-al=2026-11-22", "anna"),
    Shown("queue-no-day", "/gestione/richieste?decisa-al=31/2/2026", "anna", 422),
    Shown("queue-no-hit", "/gestione/richieste?q=nessuna-impresa-cosi", "anna"),
    *(Shown(f"detail-{one}", one, "marco") for one in ("sent", "taken", "held", "approved", "rejected", "withdrawn")),
    *(Shown(f"detail-account-{one}", f"account-{one}", "marco") for one in ("active", "failed", "waiting")),
    Shown("detail-read-only", "taken", "sara"),
    Shown("detail-missing", "/gestione/richieste/P-2026-9999", "anna", 404),
    Shown("detail-documents-open", "taken/documenti", "marco", does=all_open),
    Shown("verdict-bad", "version/verdetto?esito=respinto", "anna"),
    Shown("verdict-bad-wrong", "version/verdetto?esito=respinto", "anna", 422, refuse),
    Shown("expiries", "/gestione/scadenze", "anna"),
    Shown("expiries-no-hit", "/gestione/scadenze?giorni=7&stato=expiring", "anna"),
    Shown("documents-waiting", "/gestione/scadenze?stato=to_check", "anna"),
    Shown("take", "sent/passi/prendi", "anna"),
    Shown("release", "taken/passi/rilascia", "anna"),
    Shown("unlock", "held/passi/sblocca", "anna"),
    Shown("accept-blocked", "taken/decisione?esito=accetta", "marco", 409),
    Shown("accept-gaps", "taken/decisione?esito=accetta&come=condizioni", "marco"),
    Shown("accept", "ready/decisione?esito=accetta", "marco"),
    Shown("refuse", "taken/decisione?esito=respingi", "marco"),
    Shown("refuse-wrong", "taken/decisione?esito=respingi", "marco", 422, press),
    Shown("refuse-preview", "taken/decisione?esito=respingi", "marco", does=with_a_reason),
    Shown("close-duplicate", "held/decisione?esito=chiudi", "marco"),
    Shown("decided-already", "approved/decisione?esito=respingi", "marco", 409),
    Shown("forbidden", NEW, "sara", 403),
    Shown("invitations", "/gestione/inviti", "anna"),
    Shown("invitation-new", NEW, "anna"),
    Shown("invitation-new-wrong", NEW, "anna", 422, emptied),
    Shown("invitation-resend", "invitation-open-staff/reinvia", "anna"),
    Shown("invitation-revoke", "invitation-open-staff/revoca", "anna"),
    Shown("access-resend", "access-active", "anna"),
    Shown("suppliers", "/gestione/fornitori", "anna"),
    Shown("suppliers-no-hit", "/gestione/fornitori?q=nessuno", "anna"),
    *(Shown(f"supplier-{one}", f"supplier-{one}", "marco") for one in ("active", "failed", "suspended")),
    Shown("jobs-stuck", "/gestione/attivita", "marco"),
    Shown("jobs-waiting", "/gestione/attivita?stato=attesa", "marco"),
    Shown("jobs-all", "/gestione/attivita?stato=tutte", "marco"),
]  # fmt: skip
FULL = [*PUBLIC, *REGISTRATION, *FOLLOWING, *SUPPLIER, *STAFF, *CORRECTIONS, *DESK, *ACCESS]

IN_ENGLISH = [one for one in FULL if not one.is_staff]
