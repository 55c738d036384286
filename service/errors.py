"""The errors of the domain: what the web turns into pages, by their HTTP status and Italian title."""

from datetime import datetime
from typing import ClassVar


class DomainError(Exception):
    """Something the rules refuse; `code` is stable, `title` is shown, `detail` is the sentence below it."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400
    title: ClassVar[str] = "La richiesta non può essere eseguita"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.title)
        self.detail = detail


class NotFoundError(DomainError):
    """The thing is not there, or is not yours: nobody can tell which."""

    code = "not_found"
    status = 404
    title = "Pagina non trovata"


class ForbiddenError(DomainError):
    """The principal may not do this."""

    code = "forbidden"
    status = 403
    title = "Operazione non consentita"


class ConflictError(DomainError):
    """Somebody was faster, or the state does not allow it any more."""

    code = "conflict"
    status = 409
    title = "Nulla è cambiato"


class InvalidError(DomainError):
    """What was sent cannot be understood or is not complete."""

    code = "invalid"
    status = 422
    title = "I dati non sono completi"


class TooManyError(DomainError):
    """It was done as often as it may be for now; from `until` on there is room again."""

    code = "too_many"
    status = 429
    title = "Troppe richieste"

    def __init__(self, until: datetime, detail: str = "") -> None:
        super().__init__(detail)
        self.until = until
