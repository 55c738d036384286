"""Section `dichiarazioni`: sworn texts, one tick each; a text that changes gets a new version and is asked again."""

from collections.abc import Mapping

from service.questionnaire.fields.base import Field
from service.questionnaire.texts import N_

_TEXTS, _ETHICS = "2026-11", "1"


def _declaration(key: str, title: str, text: str, missing: str) -> Field:
    return Field(key=key, label=text, seen_as=title, missing=missing, kind="tick")


FIELDS = (
    _declaration(
        "decl_no_insolvency",
        N_("Procedure concorsuali"),
        N_(
            "Procedure concorsuali. L'impresa non è in liquidazione giudiziale, concordato o altra procedura"
            " concorsuale, né è in corso una domanda per dichiararla."
        ),
        N_("Per inviare la domanda serve questa dichiarazione: Procedure concorsuali."),
    ),
    _declaration(
        "decl_antimafia",
        N_("Antimafia"),
        N_(
            "Antimafia. Non sussistono cause di decadenza, sospensione o divieto (art. 67 D.Lgs. 159/2011) né"
            " tentativi di infiltrazione mafiosa (art. 84)."
        ),
        N_("Per inviare la domanda serve questa dichiarazione: Antimafia."),
    ),
    _declaration(
        "decl_tax_social",
        N_("Regolarità fiscale e contributiva"),
        N_(
            "Regolarità fiscale e contributiva. L'impresa è in regola con imposte, contributi previdenziali e premi"
            " assicurativi."
        ),
        N_("Per inviare la domanda serve questa dichiarazione: Regolarità fiscale e contributiva."),
    ),
    _declaration(
        "decl_no_interdiction",
        N_("Provvedimenti interdittivi"),
        N_(
            "Provvedimenti interdittivi. L'impresa non è destinataria di provvedimenti di sospensione o interdittivi"
            " (art. 14 D.Lgs. 81/2008)."
        ),
        N_("Per inviare la domanda serve questa dichiarazione: Provvedimenti interdittivi."),
    ),
    _declaration(
        "decl_site_fitness",
        N_("Formazione e idoneità"),
        N_(
            "Formazione e idoneità. Il personale impiegato in cantiere ha formazione e idoneità sanitaria dove"
            " richieste; i documenti saranno consegnati prima dei lavori, fuori da questo portale."
        ),
        N_("Per inviare la domanda serve questa dichiarazione: Formazione e idoneità."),
    ),
    _declaration(
        "decl_no_conflict",
        N_("Conflitto di interessi"),
        N_("Conflitto di interessi. Non ci sono conflitti di interesse con ICRI."),
        N_("Per inviare la domanda serve questa dichiarazione: Conflitto di interessi."),
    ),
    Field(
        key="conflict_note",
        label=N_("Se invece c'è un conflitto di interessi, descrivilo"),
        seen_as=N_("Conflitto di interessi dichiarato"),
        hint=N_("Al posto della dichiarazione qui sopra. Non inserire dati di salute o giudiziari."),
        kind="text",
        max_length=500,
        multiline=True,
    ),
    _declaration(
        "decl_ethics",
        N_("Codice etico"),
        N_(
            "Codice etico. Abbiamo letto e accettiamo il codice etico e il codice di condotta fornitori di ICRI"
            " (versione 1)."
        ),
        N_("Per inviare la domanda serve questa dichiarazione: Codice etico."),
    ),
    _declaration(
        "decl_truth",
        N_("Veridicità"),
        N_(
            "Veridicità. Quanto dichiarato è vero (artt. 46, 47 e 76 DPR 445/2000) e ci impegniamo a comunicare ogni"
            " variazione entro 30 giorni."
        ),
        N_("Per inviare la domanda serve questa dichiarazione: Veridicità."),
    ),
)

# which version of each text a tick stands for
DECLARATION_VERSIONS: Mapping[str, str] = {
    one.name: _ETHICS if one.name == "decl_ethics" else _TEXTS for one in FIELDS if one.is_tick
}
