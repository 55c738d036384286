"""Warnings for the reviewer about what the company does: licences, turnover, policies, conflicts, bank account."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise

from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

from service.questionnaire import normalise
from service.questionnaire.categories import SUPPLY_TYPES
from service.questionnaire.conditions import chosen_leaves
from service.questionnaire.outcome import Message, message
from service.questionnaire.rules_business import least_limit, rows_in
from service.questionnaire.texts import CountryCode

Answers = Mapping[str, object]
Found = tuple[str, Message]
Warn = Callable[[Answers, Answers], Sequence[Found]]

_JUMP = 10
_BANK = 4


def _dm37_missing(own: Answers, _answers: Answers) -> Sequence[Found]:
    letters = own.get("dm37_letters")
    if not isinstance(letters, list | tuple):
        return []
    return [
        ("dm37_letters", message("dm37_letters", "missing", voce=leaf.label, x=letter))
        for leaf in chosen_leaves(own)
        for letter in leaf.dm37
        if letter not in letters
    ]


def _turnover_jump(own: Answers, _answers: Answers) -> Sequence[Found]:
    years = own.get("turnover")
    amounts = sorted((year, Decimal(str(value))) for year, value in years.items()) if isinstance(years, Mapping) else []
    return [
        ("turnover", message("turnover", "jump", prima=earlier, dopo=later))
        for (earlier, before), (later, after) in pairwise(amounts)
        if min(before, after) > 0 and max(before, after) > _JUMP * min(before, after)
    ]


def _low_limits(own: Answers, answers: Answers) -> Sequence[Found]:
    labels = {one.letter: one.label for one in SUPPLY_TYPES.values()}
    found = []
    for _place, row in rows_in(own, "policies"):
        least = least_limit(row.get("policy_kind"), answers)
        if least and row.get("policy_limit") and Decimal(str(row["policy_limit"])) < least[1]:
            text = message("policy_limit", "low", voce=labels[least[0]], importo=least[1])
            found.append(("policies", text))
    return found


def _conflict(own: Answers, _answers: Answers) -> Sequence[Found]:
    note = own.get("conflict_note")
    return [("conflict_note", message("conflict_note", "declared", testo=note))] if note else []


def _account(own: Answers, answers: Answers) -> Sequence[Found]:
    """The account is asked after acceptance: who holds it, and where, is looked at by a person."""
    found = []
    seat, company = answers.get("sede"), answers.get("anagrafica")
    country = seat.get("hq_country") if isinstance(seat, Mapping) else None
    name = str(company.get("company_name") or "") if isinstance(company, Mapping) else ""
    iban, bic, holder = (str(own.get(part) or "") for part in ("iban", "bic", "account_holder"))
    if iban and country and iban[:2] != country:
        found.append(("iban", message("iban", "foreign", paese=CountryCode(iban[:2]))))
    expected = _bic_of(iban)
    if bic and expected and bic[:_BANK] != expected[:_BANK]:
        found.append(("bic", message("bic", "other_bank", bic=bic, atteso=expected)))
    if holder and name and _letters(holder) != _letters(name):
        found.append(("account_holder", message("account_holder", "differs", nome=holder)))
    return found


def _letters(name: str) -> str:
    """`Bianchi S.r.l.` and `BIANCHI SRL` are one."""
    return normalise.fold(name).replace(" ", "")


def _bic_of(iban: str) -> str:
    """Give the BIC of the bank an IBAN names, empty where the library's list does not have it."""
    with contextlib.suppress(SchwiftyException):
        return str(IBAN(iban, allow_invalid=True).bic or "")
    return ""


WARNINGS: Mapping[str, tuple[Warn, ...]] = {
    "attivita": (_dm37_missing,),
    "dati-economici": (_turnover_jump, _account),
    "assicurazioni": (_low_limits,),
    "dichiarazioni": (_conflict,),
}
