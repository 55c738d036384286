"""What the rules refuse about files, in the words of domain.md section 6.11."""

from service.errors import ConflictError, DomainError, ForbiddenError, InvalidError
from service.locales import N_ as TITLE
from service.questionnaire import Message
from service.questionnaire.texts import N_

_UNREADABLE = {
    "pdf": N_("Il PDF è danneggiato o protetto da password."),
    "p7m": N_("Il file P7M è danneggiato o non contiene una firma."),
    "jpg": N_("L'immagine è danneggiata o troppo grande: non si apre."),
}
TEXTS = {
    "type": N_("Il file deve essere PDF, P7M, JPG o PNG: questo è {tipo}."),
    "type_none": N_("Il file deve essere PDF, P7M, JPG o PNG: questo non ha estensione."),
    "mismatch": N_("L'estensione .{ext} non corrisponde al contenuto."),
    "size": N_("Il file supera {massimo} MB: è di {n} MB."),
    "empty": N_("Il file è vuoto."),
    "unreadable": _UNREADABLE["pdf"],
    "unreadable_jpg": _UNREADABLE["jpg"],
    "unreadable_jpeg": _UNREADABLE["jpg"],
    "unreadable_png": _UNREADABLE["jpg"],
    "unreadable_p7m": _UNREADABLE["p7m"],
    "too_many": N_("Al massimo {n} file per volta."),
    "quota": N_("Hai raggiunto lo spazio massimo: elimina un file."),
    "required": N_("Carica {documento}."),
    "virus": N_("Il controllo antivirus ha bloccato il file."),
}


def file_message(code: str, **params: object) -> Message:
    """Build the message of a code; `unreadable` has words of its own for each extension."""
    chosen = f"{code}_{params['ext']}" if f"{code}_{params.get('ext')}" in TEXTS else code
    if code == "type" and not params.get("tipo"):
        chosen = "type_none"
    return Message(f"file.{code}", TEXTS[chosen], params)


class FileRefusedError(InvalidError):
    """A file is not taken; `reason` is type, mismatch, empty, unreadable or size, `message` says it to the person."""

    code = "file_refused"
    title = TITLE("Il file non può essere accettato")

    def __init__(self, reason: str, **params: object) -> None:
        self.reason = reason
        self.message = file_message(reason, **params)
        super().__init__(str(self.message))


class QuotaError(InvalidError):
    """The application has as many files, or as many bytes, as it may have."""

    code = "quota"
    title = TITLE("Lo spazio per i file è finito")

    def __init__(self) -> None:
        self.message = file_message("quota")
        super().__init__(str(self.message))


class DiskFullError(DomainError):
    """Too little is left on the disk for another upload (security.md T32)."""

    code = "disk_full"
    status = 507
    title = TITLE("In questo momento non possiamo ricevere file")


class InspectionBusyError(DomainError):
    """All inspections at once are taken, for longer than a person waits."""

    code = "inspection_busy"
    status = 503
    title = TITLE("Stiamo ricevendo molti file")

    def __init__(self) -> None:
        super().__init__(TITLE("Attendi un minuto e carica di nuovo il file."))


class DocumentsClosedError(ConflictError):
    """The documents of this application are with ICRI now."""

    code = "documents_closed"


class NotDueReasonError(InvalidError):
    """Nothing is due only with a reason in words."""

    code = "not_due_reason"
    title = TITLE("Scrivi il motivo")


class InfectedFileError(ForbiddenError):
    """The antivirus has found something: nobody gets this file."""

    code = "infected"
    title = TITLE("File bloccato")

    def __init__(self) -> None:
        super().__init__(TITLE("Il controllo antivirus ha bloccato il file."))


class FileLostError(DomainError):
    """The row is here, the bytes are not."""

    code = "file_lost"
    status = 404
    title = TITLE("Il file non si trova")

    def __init__(self) -> None:
        super().__init__(TITLE("Il file risulta caricato, ma in questo momento non è nel deposito: scrivici."))
