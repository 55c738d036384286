"""Valid inputs of every kind of format, as hypothesis strategies; check digits come from the public rules."""

from collections.abc import Mapping
from datetime import date
from functools import cache

from hypothesis import strategies as st
from schwifty import IBAN
from stdnum.eu import vat as stdnum_vat
from stdnum.iso7064 import mod_97_10

from service.local.examples import eleven_digits, german_vat, person_tax_code
from service.questionnaire import LEAVES, normalise
from service.questionnaire.catalogues import all_countries, all_provinces, municipalities, names
from service.questionnaire.lookups import search

numbers = st.integers(min_value=0, max_value=8_000_000)
CHOICES = {"one": "Uno", "two": "Due"}

# countries whose check digits find any one wrong digit: what stands before, digits, check digits, what stands after.
# Where two remainders share a digit (EL, PT, RO, SI), or either of two rules will do (NL, BG), nothing is promised.
EU_CHECKED: Mapping[str, tuple[str, int, int, str]] = {
    "AT": ("U", 7, 1, ""),
    "BE": ("0", 7, 2, ""),
    "DE": ("", 8, 1, ""),
    "DK": ("", 7, 1, ""),
    "EE": ("", 8, 1, ""),
    "FI": ("", 7, 1, ""),
    "HR": ("", 10, 1, ""),
    "HU": ("", 7, 1, ""),
    "LU": ("", 6, 2, ""),
    "MT": ("", 6, 2, ""),
    "PL": ("", 9, 1, ""),
    "SE": ("", 9, 1, "01"),
}


@cache
def eu_number(country: str, n: int) -> str:
    """Give a number of a country with right check digits, empty where none fits."""
    before, digits, checks, after = EU_CHECKED[country]
    body = str(10 ** (digits - 1) + n % (9 * 10 ** (digits - 1)))
    tries = (f"{country}{before}{body}{check:0{checks}}{after}" for check in range(10**checks))
    return next((code for code in tries if stdnum_vat.is_valid(code)), "")


def italian_iban(n: int) -> str:
    """Give an IBAN of a made-up Italian account."""
    return str(IBAN.generate("IT", bank_code="05428", branch_code="11101", account_code=f"{n:012}"))


def lei(n: int) -> str:
    """Give a legal entity identifier."""
    body = f"549300{n:012}"
    return body + mod_97_10.calc_check_digits(body)


def grouped(n: int) -> str:
    """Write a number with dots for the thousands."""
    return f"{n:,}".replace(",", ".")


def _codes(*codes: str) -> st.SearchStrategy[str]:
    return st.sampled_from(codes)


_NAMES = st.text(alphabet="abcdefghilmnopqrstuvzàèéìòù' -.ABCDE", min_size=1, max_size=60).filter(
    lambda text: any(map(str.isalpha, text))
)
VALID: Mapping[str, st.SearchStrategy[str]] = {
    "vat_it": numbers.map(eleven_digits),
    "tax_code_entity": numbers.map(eleven_digits),
    "tax_code_person": numbers.map(person_tax_code),
    "eu_vat": st.one_of(
        numbers.map(german_vat), st.builds(eu_number, st.sampled_from(sorted(EU_CHECKED)), numbers).filter(bool)
    ),
    "foreign_id": st.from_regex(r"[A-Z0-9][A-Z0-9./-]{1,19}", fullmatch=True),
    "rea": st.builds("{}-{}".format, st.sampled_from(sorted(all_provinces())), st.integers(1, 9_999_999)),
    "rea_number": st.integers(1, 9_999_999).map(str),
    "eori": st.one_of(
        numbers.map(lambda n: f"IT{eleven_digits(n)}"), st.from_regex(r"DE[A-Z0-9]{1,15}", fullmatch=True)
    ),
    "member_id": st.one_of(numbers.map(eleven_digits), numbers.map(person_tax_code)),
    "inps": st.from_regex(r"[0-9A-Z]{8,15}", fullmatch=True),
    "inail": st.from_regex(r"[0-9]{8,12}", fullmatch=True),
    "duns": st.from_regex(r"[0-9]{9}", fullmatch=True),
    "lei": numbers.map(lei),
    "email": st.from_regex(r"[a-z]{1,10}(\.[a-z]{1,10})?@[a-z]{2,8}\.example\.com", fullmatch=True),
    "pec": st.from_regex(r"[a-z]{1,10}@pec\.example\.com", fullmatch=True),
    "phone": st.integers(1_000_000, 9_999_999).map(lambda n: f"+39345{n}"),
    "sdi": st.from_regex(r"[A-W0-9]{7}", fullmatch=True),
    "url": st.from_regex(r"https://[a-z]{2,20}\.example\.com/[a-z]{0,20}", fullmatch=True),
    "cap": st.from_regex(r"[0-9]{5}", fullmatch=True),
    "municipality": st.sampled_from([one.label for one in municipalities().values()]),
    "province": st.sampled_from([one.code for one in all_provinces().values() if one.status != "historic"]),
    "country": st.sampled_from(sorted(all_countries())),
    "ateco": st.sampled_from([one.value for one in search("ateco", "43", limit=50)]),
    "cpv": _codes(*names("cpv.csv")),
    "soa": _codes(*names("soa.csv")),
    "soa_class": _codes("I", "III", "III-bis", "VIII"),
    "dm37": _codes(*"abcdefg"),
    "ccnl": _codes(*names("ccnl.csv"), "A011"),
    "leaf": _codes(*LEAVES),
    "iban": st.one_of(numbers.map(italian_iban), _codes("BE68539007547034", "DE89370400440532013000")),
    "bic": _codes("DEUTDEFF", "UNCRITMMXXX", "BCITITMM"),
    "money": st.builds("{},{:02}".format, st.integers(0, 999_999_999_999).map(grouped), st.integers(0, 99)),
    "percent": st.builds("{},{:02}".format, st.integers(0, 99), st.integers(0, 99)),
    "integer": st.one_of(st.integers(0, 999_999_999).map(str), st.integers(0, 999_999_999).map(grouped)),
    "date": st.dates(date(1900, 1, 1), date(2100, 1, 1)).map(lambda day: f"{day.day:02}/{day.month:02}/{day.year}"),
    "year": st.integers(1850, 2025).map(str),
    "person_name": _NAMES,
    "text": st.text(min_size=1, max_size=80).filter(lambda text: bool(normalise.clean(text))),
    "choice": _codes(*CHOICES),
    "tick": _codes("on", "off", "si", "no", "1", "0"),
}
# codes whose case and inner blanks, dots and dashes do not count
CODES = frozenset(
    {
        *("vat_it", "tax_code_entity", "tax_code_person", "eu_vat", "rea", "eori", "member_id", "inps", "inail"),
        *("duns", "lei", "sdi", "cap", "cpv", "soa", "soa_class", "leaf", "iban", "bic"),
    }
)
# kinds whose case does not count
CASELESS = CODES | {"foreign_id", "municipality", "province", "country", "ccnl", "dm37"}
# what people put in front
PREFIXES = {"vat_it": "IT ", "tax_code_entity": "IT", "rea": "REA ", "money": "€ ", "dm37": "("}
