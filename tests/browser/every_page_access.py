"""The pages of an access on its way: chains, who stands in the way, giving up, many at once, which company."""

from tests.browser.every_page_deeds import Shown, press_any

ACCESS = [
    *(Shown(f"supplier-chain-{one}", f"supplier-chain-{one}", "marco") for one in ("in", "late")),
    Shown("suppliers-unused", "/gestione/fornitori?accesso=mai", "anna"),
    Shown("access-link", "access-link", "giulia"),
    Shown("access-cancel", "access-cancel", "marco"),
    Shown("access-cancel-wrong", "access-cancel", "marco", 422, press_any),
    Shown("supplier-shut-out", "supplier-shut-out", "marco"),
    Shown("access-return", "access-return", "marco"),
    Shown("access-return-wrong", "access-return", "marco", 422, press_any),
    Shown("suppliers-handover", "/gestione/fornitori?passaggio=attesa", "anna"),
    Shown("jobs-stuck-admin", "/gestione/attivita", "giulia"),
    Shown("jobs-chosen-retry", "jobs-riprova", "marco"),
    Shown("jobs-chosen-cancel", "jobs-annulla", "marco"),
    Shown("jobs-chosen-cancel-wrong", "jobs-annulla", "marco", 422, press_any),
    Shown("area-choice", "/area/impresa", "both"),
    Shown("area-of-one", "/area/impresa", "both", does=press_any),
]
