"""The form of the VAT number of each member state, after its prefix (European Commission, VIES FAQ Q11)."""

from collections.abc import Mapping

from service.questionnaire.texts import N_

# EL is Greece (ISO GR), XI Northern Ireland; Italy is a member too but is refused in category UE
EU_VAT: Mapping[str, tuple[str, str]] = {
    "AT": (r"U[0-9]{8}", N_("AT, la lettera U e 8 cifre")),
    "BE": (r"[01][0-9]{9}", N_("BE e 10 cifre, la prima 0 o 1")),
    "BG": (r"[0-9]{9,10}", N_("BG e 9 o 10 cifre")),
    "CY": (r"[0-9]{8}[A-Z]", N_("CY, 8 cifre e una lettera")),
    "CZ": (r"[0-9]{8,10}", N_("CZ e da 8 a 10 cifre")),
    "DE": (r"[0-9]{9}", N_("DE e 9 cifre")),
    "DK": (r"[0-9]{8}", N_("DK e 8 cifre")),
    "EE": (r"[0-9]{9}", N_("EE e 9 cifre")),
    "EL": (r"[0-9]{9}", N_("EL e 9 cifre")),
    "ES": (r"[A-Z0-9][0-9]{7}[A-Z0-9]", N_("ES e 9 caratteri, il primo o l'ultimo una lettera")),
    "FI": (r"[0-9]{8}", N_("FI e 8 cifre")),
    "FR": (r"[A-HJ-NP-Z0-9]{2}[0-9]{9}", N_("FR, 2 caratteri e 9 cifre")),
    "HR": (r"[0-9]{11}", N_("HR e 11 cifre")),
    "HU": (r"[0-9]{8}", N_("HU e 8 cifre")),
    "IE": (r"[0-9][A-Z0-9+*][0-9]{5}[A-W][A-IW]?", N_("IE e 8 o 9 caratteri, l'ultimo una lettera")),
    "LT": (r"[0-9]{9}|[0-9]{12}", N_("LT e 9 o 12 cifre")),
    "LU": (r"[0-9]{8}", N_("LU e 8 cifre")),
    "LV": (r"[0-9]{11}", N_("LV e 11 cifre")),
    "MT": (r"[0-9]{8}", N_("MT e 8 cifre")),
    "NL": (r"[0-9]{9}B[0-9]{2}", N_("NL, 9 cifre, la lettera B e 2 cifre")),
    "PL": (r"[0-9]{10}", N_("PL e 10 cifre")),
    "PT": (r"[0-9]{9}", N_("PT e 9 cifre")),
    "RO": (r"[0-9]{2,10}", N_("RO e da 2 a 10 cifre")),
    "SE": (r"[0-9]{12}", N_("SE e 12 cifre")),
    "SI": (r"[0-9]{8}", N_("SI e 8 cifre")),
    "SK": (r"[0-9]{10}", N_("SK e 10 cifre")),
    "XI": (r"[0-9]{9}|[0-9]{12}|GD[0-4][0-9]{2}|HA[5-9][0-9]{2}", N_("XI e 9 o 12 cifre")),
}
