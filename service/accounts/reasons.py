"""Why an account is suspended or revoked: the codes of domain.md section 10, for staff; the person gets no letter."""

from collections.abc import Mapping

from service.errors import InvalidError
from service.locales import N_, gettext

OTHER, OTHER_MIN, LONGEST = "A9", 20, 1000
ACCOUNT_REASONS: Mapping[str, str] = {
    "A1": N_("Il referente non lavora più per l’impresa"),
    "A2": N_("Uso sospetto"),
    "A3": N_("Richiesta dell’impresa"),
    "A4": N_("Utenza inutilizzata"),
    OTHER: N_("Altro"),
}


class AccountReasonError(InvalidError):
    """A reason of the list is needed, with a text where it is A9."""

    code = "account_reason"
    title = N_("Indica il motivo")


def require_reason(code: str, text: str) -> str:
    """Give the text as it is kept. Raises AccountReasonError."""
    kept = text.strip()
    if code not in ACCOUNT_REASONS:
        raise AccountReasonError(gettext("Scegli un motivo dall'elenco."))
    if code == OTHER and len(kept) < OTHER_MIN:
        raise AccountReasonError(gettext("Con il motivo «Altro» scrivi perché, con almeno %(num)s caratteri.",
                                         num=OTHER_MIN))  # fmt: skip
    if len(kept) > LONGEST:
        raise AccountReasonError(gettext("Il testo ha %(length)s caratteri: al massimo %(most)s.", length=len(kept),
                                         most=LONGEST))  # fmt: skip
    return kept
