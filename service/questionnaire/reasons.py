"""Coded reasons of a decision, with the text the supplier receives (domain.md section 10). Edition 1, 2026."""

from collections.abc import Mapping
from dataclasses import dataclass

from service.questionnaire.in_force import Overlay
from service.questionnaire.texts import N_


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason; `uses` are the decisions it may motivate, `staff_label` is what staff read when it must differ.

    One that is not active any more has no uses: it cannot be chosen, and is still said of what it once motivated.
    """

    code: str
    text: str
    uses: frozenset[str]
    staff_label: str
    needs_note: bool = False

    @property
    def is_active(self) -> bool:
        """Tell whether it may be chosen for something."""
        return bool(self.uses)


DOCUMENT = "document"
USES = ("reject", "suspend", "revoke", "expire", "category")


def _reason(code: str, text: str, uses: str, staff_label: str = "", *, needs_note: bool = False) -> Reason:
    return Reason(code, text, frozenset(uses.split()), staff_label or text, needs_note)


_REASONS: Mapping[str, Reason] = {
    reason.code: reason
    for reason in (
        _reason("R01", N_("I dati dichiarati sono incompleti o incoerenti"), "reject"),
        _reason("R02", N_("Le integrazioni richieste non sono arrivate nei termini"), "expire reject"),
        _reason("R03", N_("I requisiti tecnici non sono sufficienti per la categoria richiesta"), "reject category"),
        _reason("R04", N_("La documentazione obbligatoria è scaduta o non valida"), "reject suspend"),
        _reason("R05", N_("Risulta un'irregolarità contributiva o fiscale"), "reject suspend"),
        _reason("R06", N_("Le verifiche su salute, sicurezza e ambiente hanno esito negativo"), "reject suspend"),
        _reason("R07", N_("L'impresa è cessata o soggetta a procedura concorsuale"), "reject revoke"),
        _reason("R08", N_("Sussistono misure antimafia o interdittive"), "reject suspend revoke"),
        _reason("R09", N_("Conflitto di interessi o codice etico non accettato"), "reject revoke"),
        _reason(
            "R10",
            N_(
                "Non possiamo dare seguito a questa domanda; se l'impresa ha già rapporti con noi si rivolga al proprio"
                " referente interno o a fornitori@icrimpianti.com"
            ),
            "reject",
            N_("Duplicato"),
        ),
        _reason("R11", N_("La categoria non è di interesse al momento"), "reject category"),
        _reason("R12", N_("Le dichiarazioni rese non sono veritiere"), "reject revoke"),
        _reason("R13", N_("Grave inadempimento contrattuale"), "suspend revoke"),
        _reason("R99", N_("Altro"), " ".join(USES), needs_note=True),
    )
}


def _of_document(code: str, text: str, *, needs_note: bool = False) -> Reason:
    return Reason(code, text, frozenset({DOCUMENT}), text, needs_note)


_OF_DOCUMENTS: Mapping[str, Reason] = {
    reason.code: reason
    for reason in (
        _of_document("D01", N_("Il documento manca")),
        _of_document("D02", N_("Il documento è scaduto")),
        _of_document("D03", N_("Il documento è illeggibile")),
        _of_document("D04", N_("Il documento è intestato ad altro soggetto")),
        _of_document("D05", N_("La firma manca o non è valida")),
        _of_document("D06", N_("Un dato è diverso da quello dichiarato")),
        _of_document("D07", N_("Il documento è diverso da quello richiesto")),
        _of_document("D08", N_("Mancano delle pagine")),
        _of_document("D09", N_("Manca la traduzione")),
        _of_document("D99", N_("Altro"), needs_note=True),
    )
}

# what an admin may replace: read these, never what is shipped
REASON_CODES = Overlay(_REASONS, order=str)
DOCUMENT_REASONS = Overlay(_OF_DOCUMENTS, order=str)


def choosable(use: str) -> Mapping[str, Reason]:
    """Give the reasons that may motivate this now; `document` is a use too."""
    table = DOCUMENT_REASONS if use == DOCUMENT else REASON_CODES
    return {code: one for code, one in table.items() if use in one.uses}
