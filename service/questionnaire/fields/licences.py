"""Section `attivita`: what the law lets a company do, DM 37/08 and SOA."""

from service.questionnaire.catalogues import column_in_order, labels, names
from service.questionnaire.fields.base import YES_NO, Field
from service.questionnaire.texts import N_

_DM37, _SOA = N_("Abilitazioni DM 37/08"), N_("Attestazione SOA")
_ITEM = N_("Inserisci almeno una categoria con la classifica.")


def _date(key: str, label: str, hint: str, missing: str, *, is_past: bool = False) -> Field:
    return Field(
        key=key,
        label=label,
        hint=hint,
        missing=missing,
        kind="date",
        group=_SOA,
        context={"latest": "today"} if is_past else {},
    )


FIELDS = (
    Field(
        key="dm37_letters",
        label=N_("Lettere abilitate"),
        hint=N_("Come nella visura. Es. a, c, d"),
        missing=N_("Indica almeno una lettera."),
        kind="dm37",
        group=_DM37,
        choices=labels("dm37.csv"),
        multiple=True,
    ),
    Field(
        key="dm37_manager",
        label=N_("Responsabile tecnico"),
        hint=N_("Come nella visura. Es. Paolo Ferri"),
        missing=N_("Inserisci il responsabile tecnico."),
        kind="person_name",
        group=_DM37,
        width="m",
        max_length=80,
    ),
    Field(
        key="soa_held",
        label=N_("Avete un'attestazione SOA?"),
        hint=N_("Non è obbligatoria per lavori privati"),
        missing=N_("Rispondi sì o no."),
        kind="choice",
        group=_SOA,
        choices=YES_NO,
    ),
    Field(
        key="soa_items",
        label=N_("Categorie e classifiche"),
        hint=N_("Es. OG 11 classifica III"),
        missing=_ITEM,
        kind="rows",
        group=_SOA,
        most=52,
        row_title=N_("Categoria {n}"),
        parts=(
            Field(
                key="soa",
                label=N_("Categoria SOA"),
                missing=N_("Scegli la categoria SOA della riga {n}."),
                kind="soa",
                choices={code: f"{code} {name}" for code, name in names("soa.csv").items()},
                width="m",
            ),
            Field(
                key="soa_class",
                label=N_("Classifica"),
                missing=N_("Scegli la classifica della riga {n}."),
                kind="soa_class",
                choices={code: code for code in column_in_order("soa_classes.csv", "code")},
                width="s",
            ),
        ),
    ),
    Field(
        key="soa_body",
        label=N_("Organismo SOA"),
        hint=N_("Come nell'attestazione"),
        missing=N_("Inserisci l'organismo."),
        kind="text",
        group=_SOA,
        width="m",
        max_length=80,
    ),
    Field(
        key="soa_number",
        label=N_("Numero dell'attestazione"),
        hint=N_("Es. 12345/10/00"),
        missing=N_("Inserisci il numero dell'attestazione."),
        kind="text",
        group=_SOA,
        width="m",
        max_length=30,
    ),
    _date(
        "soa_issued_on",
        N_("Data di rilascio"),
        N_("Es. 10/05/2024"),
        N_("Inserisci la data di rilascio."),
        is_past=True,
    ),
    _date("soa_check_on", N_("Verifica triennale"), N_("Es. 10/05/2027"), ""),
    _date("soa_expires_on", N_("Scadenza"), N_("Es. 09/05/2029"), N_("Inserisci la data di scadenza.")),
)
