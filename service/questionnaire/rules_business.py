"""Rules across the fields of what the company does: activity, members, safety, policies, declarations.

An error in a row is found at the input it belongs to, `policies.0.policy_expires_on`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache

from service.clock import add_months, local_date
from service.questionnaire import normalise
from service.questionnaire.catalogues import column_in_order, rows
from service.questionnaire.categories import SUPPLY_TYPES
from service.questionnaire.conditions import supply_types
from service.questionnaire.fields.insurance import POLICY_KINDS
from service.questionnaire.outcome import Message, message

Answers = Mapping[str, object]
Found = tuple[str, Message]
CrossRule = Callable[[str, Answers, Answers], Sequence[Found]]

_SOA_MONTHS = 60
_EXEMPT_FROM = "III"
_FEWEST_CREDITS = 15
_WHOLE = Decimal(100)


def rows_in(own: Answers, name: str) -> Iterator[tuple[int, Mapping[str, object]]]:
    """Give the rows of an answer with their places."""
    found = own.get(name)
    for place, row in enumerate(found if isinstance(found, list | tuple) else ()):
        if isinstance(row, Mapping):
            yield place, row


def day_of(value: object) -> date | None:
    """Read a stored day."""
    return date.fromisoformat(value) if isinstance(value, str) else None


def letters_of(answers: Answers) -> frozenset[str]:
    """Give the letters of the supply types ticked in `avvio`."""
    return frozenset(SUPPLY_TYPES[code].letter for code in supply_types(answers))


def required_policies(category: str, answers: Answers) -> tuple[str, ...]:
    """Give the kinds of policy wanted: works and services on site, and whoever works by intellect."""
    letters = letters_of(answers)
    is_professional = category == "SA" or "P" in letters or (category == "LP" and bool(letters & {"L", "S"}))
    kinds = (("rct_rco", bool(letters & {"L", "S"})), ("rc_prof", is_professional))
    return tuple(kind for kind, is_due in kinds if is_due)


def least_limit(kind: object, answers: Answers) -> tuple[str, Decimal] | None:
    """Give the letter that asks the highest least cover of a kind of policy, and that cover in EUR."""
    letters = letters_of(answers)
    found = [
        (letter, minimum)
        for letter, its_kind, minimum in _minimums()
        if its_kind == kind and (letter in letters or kind == "rc_prof")
    ]
    return max(found, key=lambda pair: pair[1], default=None)


@cache
def _minimums() -> tuple[tuple[str, str, Decimal], ...]:
    return tuple((row["letter"], row["policy_kind"], Decimal(row["minimum"])) for row in rows("policy_minimums.csv"))


def _twice(own: Answers, name: str, part: str, key: Callable[[object], str]) -> Iterator[tuple[str, int, object]]:
    """Give the inputs whose value stands in an earlier row already."""
    seen: set[str] = set()
    for place, row in rows_in(own, name):
        if row.get(part):
            if key(row[part]) in seen:
                yield f"{name}.{place}.{part}", place + 1, row[part]
            seen.add(key(row[part]))


def _ateco(value: object) -> str:
    return str(value.get("code")) if isinstance(value, Mapping) else str(value)


def _ateco_twice(_category: str, own: Answers, _answers: Answers) -> Sequence[Found]:
    listed = [("ateco_primary", own.get("ateco_primary"))]
    listed += [
        (f"ateco_secondary.{place}.ateco_code", row.get("ateco_code")) for place, row in rows_in(own, "ateco_secondary")
    ]
    codes = [(name, _ateco(value)) for name, value in listed if value]
    return [
        (name, message("ateco_secondary", "duplicate", x=code))
        for place, (name, code) in enumerate(codes)
        if code in {earlier for _name, earlier in codes[:place]}
    ]


def _soa(_category: str, own: Answers, _answers: Answers) -> Sequence[Found]:
    found = [(name, message("soa_items", "duplicate", x=x)) for name, _n, x in _twice(own, "soa_items", "soa", str)]
    issued, checked, expires = (day_of(own.get(f"soa_{part}_on")) for part in ("issued", "check", "expires"))
    if issued and expires:
        if expires <= issued:
            found.append(("soa_expires_on", message("soa_expires_on", "order")))
        elif expires > add_months(issued, _SOA_MONTHS):
            found.append(("soa_expires_on", message("soa_expires_on", "range")))
    if checked and ((issued and checked < issued) or (expires and checked > expires)):
        found.append(("soa_check_on", message("soa_check_on", "order")))
    return found


def _members(category: str, own: Answers, _answers: Answers) -> Sequence[Found]:
    found = [
        (name, message("members", "duplicate", n=n))
        for name, n, _x in _twice(own, "members", "member_tax_id", lambda value: normalise.code(str(value)))
    ]
    members = [row for _place, row in rows_in(own, "members")]
    if category != "RT" or not members:
        return found
    if sum(row.get("member_role") == "lead" for row in members) != 1:
        found.append(("members", message("members", "lead")))
    shares = [Decimal(str(row["member_share"])) for row in members if row.get("member_share")]
    if len(shares) == len(members) and sum(shares) != _WHOLE:
        found.append(("members", message("members", "sum", x=Decimal(sum(shares)))))
    return found


def has_exempting_soa(answers: Answers) -> bool:
    """Tell whether a SOA of class III or higher is in force, which stands in for the patente a crediti."""
    own = answers.get("attivita")
    if not isinstance(own, Mapping) or own.get("soa_held") != "yes" or "L" not in letters_of(answers):
        return False
    classes = column_in_order("soa_classes.csv", "code")
    high = classes[classes.index(_EXEMPT_FROM) :]
    expires = day_of(own.get("soa_expires_on"))
    is_high = any(row.get("soa_class") in high for _place, row in rows_in(own, "soa_items"))
    return is_high and expires is not None and expires >= local_date()


def _credit_license(_category: str, own: Answers, answers: Answers) -> Sequence[Found]:
    points = own.get("credit_license_points")
    if isinstance(points, int) and points < _FEWEST_CREDITS:
        return [("credit_license_points", message("credit_license_points", "low"))]
    if own.get("credit_license_status") == "exempt_soa" and not has_exempting_soa(answers):
        return [("credit_license_status", message("credit_license_status", "exempt_soa"))]
    return []


def _policies(category: str, own: Answers, answers: Answers) -> Sequence[Found]:
    policies = list(rows_in(own, "policies"))
    held = {row.get("policy_kind") for _place, row in policies}
    found = [
        ("policies", message("policies", "missing_kind", polizza=POLICY_KINDS[kind]))
        for kind in (required_policies(category, answers) if policies else ())
        if kind not in held
    ]
    for place, row in policies:
        # the receipt ends the cover as much as the policy does
        for part in ("policy_expires_on", "policy_paid_until"):
            day = day_of(row.get(part))
            if day and day < local_date():
                found.append((f"policies.{place}.{part}", message("policy_expires_on", "past")))
    return found


def reworded(
    category: str, answers: Answers, found: Mapping[str, tuple[Message, ...]]
) -> dict[str, tuple[Message, ...]]:
    """Give messages with those that can say more: no policy at all means the kinds that this company needs."""
    better = dict(found)
    kinds = required_policies(category, answers)
    if kinds and [one.code for one in found.get("policies", ())] == ["policies.missing"]:
        one_kind = message("policies", "missing_kind", polizza=POLICY_KINDS[kinds[0]])
        better["policies"] = (one_kind if len(kinds) == 1 else message("policies", "missing_both"),)
    return better


def _conflict(_category: str, own: Answers, _answers: Answers) -> Sequence[Found]:
    if own.get("decl_no_conflict") and own.get("conflict_note"):
        return [("conflict_note", message("conflict_note", "both"))]
    return []


RULES: Mapping[str, tuple[CrossRule, ...]] = {
    "componenti": (_members,),
    "attivita": (_ateco_twice, _soa),
    "organizzazione": (_credit_license,),
    "assicurazioni": (_policies,),
    "dichiarazioni": (_conflict,),
}
