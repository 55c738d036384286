"""Section `componenti`: the members of a consortium, of an associated firm, of a temporary grouping."""

from collections.abc import Mapping

from service.questionnaire.fields.base import Field
from service.questionnaire.texts import N_

_LEADING = {"lead": N_("Mandataria"), "principal": N_("Mandante")}
_BELONGING = {"member": N_("Consorziata"), "associate": N_("Associato")}
_WHO = N_("Inserisci il codice fiscale del componente {n}.")


def _parts(roles: Mapping[str, str], share_missing: str) -> tuple[Field, ...]:
    return (
        Field(
            key="member_name",
            label=N_("Denominazione"),
            hint=N_("Es. Ferri Costruzioni S.r.l."),
            missing=N_("Inserisci la denominazione del componente {n}."),
            kind="text",
            max_length=200,
        ),
        Field(
            key="member_country",
            label=N_("Nazione"),
            hint=N_("Es. Italia"),
            missing=N_("Scegli la nazione del componente {n}."),
            kind="country",
            lookup="country",
            width="m",
            preset="IT",
        ),
        Field(
            key="member_tax_id",
            label=N_("Codice fiscale o numero estero"),
            hint=N_("Es. 02345670638"),
            missing=_WHO,
            kind="member_id",
            width="m",
            country_from="member_country",
        ),
        Field(
            key="member_role",
            label=N_("Ruolo"),
            missing=N_("Scegli il ruolo."),
            kind="choice",
            width="m",
            choices=roles,
        ),
        Field(
            key="member_share",
            label=N_("Quota %"),
            hint=N_("Es. 60,00"),
            missing=share_missing,
            kind="percent",
            width="s",
            inputmode="decimal",
        ),
        Field(key="member_executes", label=N_("Esegue i lavori"), kind="tick"),
    )


def _members(variant: str, least: int, most: int, parts: tuple[Field, ...]) -> Field:
    return Field(
        key=f"members{variant}",
        label=N_("Componenti"),
        missing=N_("Aggiungi i componenti, uno per riga."),
        kind="rows",
        least=least,
        most=most,
        row_title=N_("Componente {n}"),
        parts=parts,
    )


FIELDS = (
    _members("", 1, 50, _parts({**_LEADING, **_BELONGING}, "")),
    # a temporary grouping has a lead, and shares that make the whole
    _members("@RT", 2, 20, _parts(_LEADING, N_("Inserisci la quota."))),
)
