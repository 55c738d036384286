"""Codes of public lists: ATECO, CPV, SOA, DM 37, CCNL, and our merchandise leaves."""

import re
from collections.abc import Mapping

import ateco

from service.questionnaire import normalise
from service.questionnaire.catalogues import column, names
from service.questionnaire.leaves import LEAF_GROUPS, LEAVES
from service.questionnaire.outcome import Outcome, bad, good, message

Context = Mapping[str, object]

EDITION, PREVIOUS = "2025", "2022"
_FULL = 6
CCNL = r"[A-Z][0-9]{3}"
SOA = r"OG ([1-9]|1[0-3])|OS ([13-9]|1[013-79]|2[1-9]|3[0-5]|(2|12|18|20)-[AB])"


def dotted(code: str) -> str:
    """Write six digits as `43.23.00`."""
    return ".".join(code[i : i + 2] for i in range(0, len(code), 2))


def ateco_code(text: str, _context: Context) -> Outcome:
    """Check an ATECO 2025 code at the last level; a word that is the title of exactly one is not guessed.

    The edition is always named: the library counts 2025 from 1 January, three months before it came into use.
    """
    digits = normalise.code(text.split(" ", 1)[0] if re.match(r"[0-9]{2}\.?[0-9]{2}\.?[0-9]{2} ", text) else text)
    if not re.fullmatch(r"[0-9]{2,6}", digits):
        return bad("ateco", "unknown_alone")
    if len(digits) < _FULL:
        return bad("ateco", "level")
    code = dotted(digits)
    node = ateco.lookup(code, edition=EDITION)
    if node is None:
        return _suggest(code)
    value = {"edition": EDITION, "code": code}
    if node.level != "subcategory":
        return bad("ateco", "level")
    before = ateco.lookup(code, edition=PREVIOUS)
    if before is not None and _means_something_else(code, before.title, node.title):
        return good(value, message("ateco", "previous_edition", code=code, prima=before.title))
    return good(value)


def _means_something_else(code: str, before: str, now: str) -> bool:
    """The edition reused codes; a title only reworded maps to itself alone."""
    moved = tuple(ateco.map_code(code, PREVIOUS, EDITION).targets) != (code,)
    return moved and normalise.fold(before) != normalise.fold(now)


def _suggest(code: str) -> Outcome:
    """A code of the edition before may have become one or several."""
    if ateco.lookup(code, edition=PREVIOUS) is None:
        return bad("ateco", "unknown_alone")
    targets = ateco.map_code(code, PREVIOUS, EDITION).targets
    return bad("ateco", "unknown", codici=", ".join(targets)) if targets else bad("ateco", "unknown_alone")


def cpv(text: str, _context: Context) -> Outcome:
    """Check a CPV code against the list: its ninth digit follows no formula for 532 official codes."""
    digits = normalise.code(text)
    code = f"{digits[:8]}-{digits[8:]}"
    return good(code) if code in names("cpv.csv") else bad("cpv", "unknown")


def soa(text: str, _context: Context) -> Outcome:
    """Check a SOA category; the pattern is the list of the 52."""
    found = re.fullmatch(r"(O[GS])([0-9]{1,2})([AB]?)", normalise.code(text))
    if not found:
        return bad("soa", "unknown", x=text[:20])
    group, number, suffix = found.groups()
    code = f"{group} {int(number)}" + (f"-{suffix}" if suffix else "")
    if re.fullmatch(SOA, code):
        return good(code)
    if not suffix and re.fullmatch(SOA, f"{code}-A"):
        return bad("soa", "suffix", x=code)
    return bad("soa", "unknown", x=code)


def soa_class(text: str, _context: Context) -> Outcome:
    """Check a SOA class: `III bis` is `III-bis`."""
    code = normalise.code(text).replace("BIS", "-bis")
    return good(code) if code in column("soa_classes.csv", "code") else bad("soa_class", "unknown")


def dm37(text: str, _context: Context) -> Outcome:
    """Check a letter of DM 37/2008, written without bracket."""
    code = text.lower().strip("() .")
    return good(code) if re.fullmatch(r"[a-g]", code) else bad("dm37", "unknown")


def ccnl(text: str, _context: Context) -> Outcome:
    """Check a contract: a code or name of our list, or another code of the CNEL archive's form, for the reviewer."""
    known = names("ccnl.csv")
    code = normalise.code(text.split(" ", 1)[0])
    if code not in known:
        named = [one for one, name in known.items() if normalise.fold(name) == normalise.fold(text)]
        code = named[0] if named else normalise.code(text)
    if code in known:
        return good(code)
    return good(code, message("ccnl", "other", code=code)) if re.fullmatch(CCNL, code) else bad("ccnl", "unknown")


def leaf(text: str, context: Context) -> Outcome:
    """Check a merchandise leaf; a group is not selectable, and a closed leaf is for those alone who have it already."""
    code = normalise.code(text)
    if code in LEAF_GROUPS:
        return bad("leaf", "leaf")
    found, kept = LEAVES.get(code), context.get("kept")
    if found is None:
        return bad("leaf", "unknown")
    if not found.is_active and code not in (kept if isinstance(kept, list | tuple) else ()):
        return bad("leaf", "closed", voce=found.label)
    return good(code)
