"""What the desk refuses."""

from service.errors import ConflictError, InvalidError
from service.locales import N_, gettext


class DeskError(InvalidError):
    """Something typed is not right; `field` names it."""

    code = "desk"
    title = N_("Controlla i dati")

    def __init__(self, detail: str, *, field: str) -> None:
        super().__init__(detail)
        self.field = field


class DeskConflictError(ConflictError):
    """Somebody was faster."""

    code = "desk_conflict"


def check_length(said: str, most: int, field: str) -> None:
    """Raise DeskError when a text is too long."""
    if len(said) > most:
        told = gettext("Il testo ha %(length)s caratteri: al massimo %(most)s.", length=len(said), most=most)
        raise DeskError(told, field=field)
