"""What people read about a document instead of codes: standing, antivirus, what a PDF carries, sizes. Words only."""

from babel.numbers import format_decimal

from service.documents.states import Scan, Standing
from service.locales import N_, current_locale, gettext

STANDING_WORDS = {
    Standing.MISSING: N_("Manca"),
    Standing.TO_CHECK: N_("Da verificare"),
    Standing.VALID: N_("Valido"),
    Standing.EXPIRING: N_("In scadenza"),
    Standing.EXPIRED: N_("Scaduto"),
    Standing.REJECTED: N_("Respinto"),
}
STANDING_KINDS = {
    Standing.MISSING: "bad",
    Standing.TO_CHECK: "info",
    Standing.VALID: "ok",
    Standing.EXPIRING: "warn",
    Standing.EXPIRED: "bad",
    Standing.REJECTED: "bad",
}
SCAN_WORDS = {
    Scan.NOT_SCANNED: N_("Antivirus: non controllato"),
    Scan.CLEAN: N_("Antivirus: pulito"),
    Scan.ERROR: N_("Antivirus: errore del controllo"),
    Scan.INFECTED: N_("Antivirus: infetto"),
}
SCAN_KINDS = {Scan.NOT_SCANNED: "warn", Scan.CLEAN: "ok", Scan.ERROR: "warn", Scan.INFECTED: "bad"}
FLAG_WORDS = {
    "pdf_javascript": N_("Il PDF contiene script"),
    "pdf_launch": N_("Il PDF può avviare programmi"),
    "pdf_open_action": N_("Il PDF esegue un’azione quando si apre"),
    "pdf_additional_actions": N_("Il PDF esegue azioni mentre lo si guarda"),
    "pdf_submit_form": N_("Il PDF può inviare dati altrove"),
    "pdf_remote": N_("Il PDF può aprire altri documenti"),
    "pdf_embedded_files": N_("Il PDF contiene altri file"),
    "pdf_rich_media": N_("Il PDF contiene audio, video o modelli 3D"),
    "pdf_xfa": N_("Il PDF è un modulo XFA"),
    "pdf_encrypted": N_("Il PDF è cifrato, ma si apre senza password"),
    "pdf_not_examined": N_("Il PDF non è stato esaminato per intero"),
}
_STEP = 1024


def size_words(size: int) -> str:
    """Write a size in bytes as people read it: 640 KB, 1,2 MB."""
    if size < _STEP * _STEP:
        return f"{max(1, round(size / _STEP))} KB"
    number = format_decimal(size / _STEP / _STEP, format="#,##0.#", locale=current_locale())
    return f"{number} MB"


def digest_words(sha256: str) -> str:
    """Give the beginning of a SHA-256: enough to compare by eye."""
    return sha256[:12]


def page_words(number: int, total: int, name: str) -> str:
    """Give the text that stands for the picture of a page."""
    return gettext("Pagina %(number)s di %(total)s di %(name)s", number=number, total=total, name=name)
