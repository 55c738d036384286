"""What of an application's or supplier's answers others may share: pure, no database."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from service import questionnaire
from service.applications.radar.states import Likeness

PERSON_CODE = 16  # characters of a person's codice fiscale
# RFC 2606: of no company in the world
NOBODYS = frozenset({"example.com", "example.org", "example.net"})


class Key(NamedTuple):
    """One thing, normalised; `place` belongs to a name."""

    kind: Likeness
    value: str
    place: str = ""


def keys_of(category: str, answers: Mapping[str, Any], *, vat_number: str | None) -> frozenset[Key]:
    """Give the keys of a company: IBAN, telephones, who represents it, domains of e-mail, P.IVA, name with comune.

    A domain where anybody may have an address says nothing. A number of the Union is the identity itself, no key.
    """
    identity = answers.get("anagrafica", {})
    found = {Key(kind, value) for kind, value in _by_kind(answers) if value}
    owner = str(identity.get("tax_code") or "")
    people = [answers.get("rappresentante", {}).get("rep_tax_code"), owner if len(owner) == PERSON_CODE else ""]
    found |= {Key(Likeness.REPRESENTATIVE, str(one)) for one in people if one}
    if vat_number and category != "UE":
        found.add(Key(Likeness.VAT_GROUP, vat_number))
    if (name := _name(category, answers)) is not None:
        found.add(name)
    return frozenset(found)


def _name(category: str, answers: Mapping[str, Any]) -> Key | None:
    seat = answers.get("sede", {})
    bare = questionnaire.bare_name(questionnaire.company_name(category, answers))
    town = " ".join(str(seat.get("hq_municipality") or "").casefold().split())
    return Key(Likeness.NAME, bare, f"{seat.get('hq_country') or 'IT'}:{town}") if bare and town else None


def _by_kind(answers: Mapping[str, Any]) -> Iterator[tuple[Likeness, str]]:
    for section in questionnaire.SECTIONS:
        for name, value in answers.get(section.slug, {}).items():
            field = questionnaire.FIELDS.get(name)
            if field is not None and field.kind in KINDS and isinstance(value, str):
                kind, normalised = KINDS[field.kind]
                yield kind, normalised(value)


def _own_domain(email: str) -> str:
    domain = email.partition("@")[2].lower()
    return "" if domain in NOBODYS or questionnaire.is_public_mail_domain(domain) else domain


# by the kind of a field, how its answer is compared; telephones are kept as E.164
KINDS: Mapping[str, tuple[Likeness, Callable[[str], str]]] = {
    "phone": (Likeness.PHONE, str),
    "iban": (Likeness.IBAN, str),
    "email": (Likeness.EMAIL_DOMAIN, _own_domain),
}
