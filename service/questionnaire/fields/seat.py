"""Section `sede`: registered office, operating seat, telephone."""

from service.questionnaire.fields.base import Field
from service.questionnaire.texts import N_

_HQ, _OPS = N_("Sede legale"), N_("Sede operativa")


def _country(key: str, label: str, missing: str, group: str, preset: str | None) -> Field:
    return Field(
        key=key,
        label=label,
        hint=N_("Es. Italia"),
        missing=missing,
        group=group,
        kind="country",
        lookup="country",
        width="m",
        autocomplete="country" if group == _HQ else "",
        preset=preset,
    )


def _street(key: str, label: str, missing: str, group: str) -> Field:
    return Field(
        key=key,
        label=label,
        hint=N_("Es. Via Roma"),
        missing=missing,
        group=group,
        kind="text",
        autocomplete="address-line1" if group == _HQ else "",
        max_length=120,
    )


def _number(key: str, label: str, missing: str, group: str) -> Field:
    return Field(
        key=key,
        label=label,
        hint=N_("Es. 12/A; scrivi SNC se il civico manca"),
        missing=missing,
        group=group,
        kind="text",
        width="s",
        max_length=10,
    )


def _municipality(key: str, label: str, hint: str, missing: str, group: str) -> Field:
    prefix = key.split("_", 1)[0]
    return Field(
        key=key,
        label=label,
        hint=hint,
        missing=missing,
        group=group,
        kind="municipality",
        width="m",
        lookup=None if key.endswith("@abroad") else "municipality",
        autocomplete="address-level2" if group == _HQ else "",
        max_length=80,
        country_from=f"{prefix}_country",
        province_from=f"{prefix}_province",
    )


def _zip(key: str, label: str, hint: str, missing: str, group: str) -> Field:
    return Field(
        key=key,
        label=label,
        hint=hint,
        missing=missing,
        group=group,
        kind="cap",
        width="s",
        autocomplete="postal-code" if group == _HQ else "",
        inputmode="numeric" if key == "hq_zip" else "",
        max_length=12,
        country_from=f"{key.split('_', 1)[0]}_country",
    )


def _province(key: str, label: str, hint: str, missing: str, group: str) -> Field:
    return Field(
        key=key,
        label=label,
        hint=hint,
        missing=missing,
        group=group,
        kind="province",
        width="s" if key == "hq_province" else "m",
        lookup="province" if key == "hq_province" else None,
        autocomplete="address-level1" if group == _HQ else "",
        max_length=60,
        country_from=f"{key.split('_', 1)[0]}_country",
    )


_TOWN, _SIGLA = N_("Es. Milano"), N_("Per l'Italia la sigla. Es. MI")
_EITHER_TOWN, _EITHER_ZIP = N_("Comune (estero: Città)"), N_("CAP (estero: Codice postale)")
_EITHER_PROVINCE = N_("Provincia (estero: Stato o regione)")
_FIVE = N_("5 cifre. Es. 20121")
_HQ_TOWN = N_("Inserisci il comune della sede legale.")
_HQ_COUNTRY = N_("Scegli la nazione della sede legale.")
_ZIP = N_("Inserisci il CAP della sede legale.")
_ZIP_ABROAD = N_("Inserisci il codice postale della sede legale.")
_PROVINCE = N_("Indica la provincia della sede legale.")
_STATE = N_("Indica lo stato o la regione della sede legale.")

FIELDS = (
    _country("hq_country", N_("Nazione"), _HQ_COUNTRY, _HQ, "IT"),
    _country("hq_country@abroad", N_("Nazione"), _HQ_COUNTRY, _HQ, None),
    _street("hq_street", N_("Via o piazza"), N_("Inserisci la via della sede legale."), _HQ),
    _number("hq_number", N_("Numero civico"), N_("Inserisci il numero civico della sede legale, oppure SNC."), _HQ),
    _municipality("hq_municipality", N_("Comune"), _TOWN, _HQ_TOWN, _HQ),
    _municipality("hq_municipality@either", _EITHER_TOWN, _TOWN, _HQ_TOWN, _HQ),
    _municipality("hq_municipality@abroad", N_("Città"), "", N_("Inserisci la città della sede legale."), _HQ),
    _zip("hq_zip", N_("CAP"), _FIVE, _ZIP, _HQ),
    _zip("hq_zip@either", _EITHER_ZIP, _FIVE, _ZIP, _HQ),
    _zip("hq_zip@abroad", N_("Codice postale"), "", _ZIP_ABROAD, _HQ),
    _province("hq_province", N_("Provincia"), N_("Es. Milano (MI)"), _PROVINCE, _HQ),
    _province("hq_province@either", _EITHER_PROVINCE, _SIGLA, _PROVINCE, _HQ),
    _province("hq_province@abroad", N_("Stato o regione"), "", _STATE, _HQ),
    Field(
        key="ops_same",
        label=N_("La sede operativa coincide con la sede legale"),
        group=_OPS,
        kind="tick",
        preset=True,
    ),
    _country(
        "ops_country",
        N_("Nazione della sede operativa"),
        N_("Scegli la nazione della sede operativa."),
        _OPS,
        "IT",
    ),
    _street("ops_street", N_("Via o piazza della sede operativa"), N_("Inserisci la via della sede operativa."), _OPS),
    _number(
        "ops_number",
        N_("Numero civico della sede operativa"),
        N_("Inserisci il numero civico della sede operativa, oppure SNC."),
        _OPS,
    ),
    _municipality(
        "ops_municipality",
        N_("Comune della sede operativa (estero: Città)"),
        _TOWN,
        N_("Inserisci il comune della sede operativa."),
        _OPS,
    ),
    _zip(
        "ops_zip",
        N_("CAP della sede operativa (estero: Codice postale)"),
        _FIVE,
        N_("Inserisci il CAP della sede operativa."),
        _OPS,
    ),
    _province(
        "ops_province",
        N_("Provincia della sede operativa (estero: Stato o regione)"),
        _SIGLA,
        N_("Inserisci la provincia della sede operativa."),
        _OPS,
    ),
    Field(
        key="phone",
        label=N_("Telefono"),
        hint=N_("Con il prefisso del paese, +39 per l'Italia. Es. +39 02 1234567"),
        missing=N_("Inserisci un numero di telefono."),
        kind="phone",
        group=N_("Recapiti"),
        width="m",
        autocomplete="tel",
        inputmode="tel",
        country_from="hq_country",
    ),
)
