"""What an outcome says: which leaves are refused and why, the reserve, the reason of a refusal, when to apply again.

Values and what is wrong with them; the deciding itself is in `deciding`. The same checks serve the forms of the staff
and the actions, so the texts are the pages'.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from service import questionnaire
from service.clock import add_months, local_date
from service.errors import InvalidError
from service.locales import N_, gettext

OTHER_REASON = "R99"
OTHER_REASON_MIN = 20
DUPLICATE_REASON = "R10"
GENERIC_REASONS = frozenset({"R08", "R12"})  # the company reads the code's own words and nothing else
GENERIC_ONLY = N_("Per questo motivo i dettagli vanno solo nella nota interna.")
RESERVE_MIN = 20
RESERVE_MOST_MONTHS = 24
LONGEST_TEXT = 1000
REAPPLY_MOST_MONTHS = 24
OF_LEAF = "category"


class ReasonError(InvalidError):
    """A refusal needs a code of the list, and a text when the code is R99."""

    code = "reason"
    title = "Indica il motivo"


class TermsError(InvalidError):
    """An approval cannot be given on these terms; `field` names what is wrong."""

    code = "terms"
    title = N_("Controlla le condizioni")

    def __init__(self, detail: str, *, field: str) -> None:
        super().__init__(detail)
        self.field = field


@dataclass(frozen=True, slots=True)
class Refused:
    """A leaf that is not granted, with a code of use `category` and what the company reads beside it."""

    leaf: str
    code: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """On what an approval rests: leaves that are refused, a reserve to be lifted by a day, why checks are missing."""

    refused: tuple[Refused, ...] = ()
    reserve_text: str = ""
    reserve_until: date | None = None
    gaps_reason: str = ""

    @property
    def is_whole(self) -> bool:
        """Tell whether all is granted without reserve."""
        return not (self.refused or self.reserve_text or self.reserve_until)

    def granted(self, leaves: Collection[str]) -> frozenset[str]:
        """Give those of the leaves asked for that are not refused."""
        return frozenset(leaves).difference(one.leaf for one in self.refused)

    def is_within(self, other: "Terms") -> bool:
        """Tell whether these grant no more than others: no leaf that those refuse, their reserve and no later."""
        refused = {one.leaf for one in self.refused}
        if not refused.issuperset(one.leaf for one in other.refused):
            return False
        if not other.reserve_text or other.reserve_until is None:
            return True
        is_same = self.reserve_text.strip() == other.reserve_text.strip()
        return is_same and self.reserve_until is not None and self.reserve_until <= other.reserve_until

    def plain(self) -> dict[str, Any]:
        """Give it as JSON keeps it."""
        until = self.reserve_until.isoformat() if self.reserve_until else None
        return {
            "refused": [asdict(one) for one in self.refused],
            "reserve_text": self.reserve_text,
            "reserve_until": until,
            "gaps_reason": self.gaps_reason,
        }

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> "Terms":
        """Read what `plain` gave; what is missing there is as if nothing was said."""
        until = plain.get("reserve_until")
        return cls(
            refused=tuple(Refused(**one) for one in plain.get("refused", ())),
            reserve_text=str(plain.get("reserve_text") or ""),
            reserve_until=date.fromisoformat(until) if until else None,
            gaps_reason=str(plain.get("gaps_reason") or ""),
        )


WHOLE = Terms()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an application is refused, and from when on the company may apply again (None: as usual)."""

    code: str
    text: str = ""
    reapply_from: date | None = None

    def plain(self) -> dict[str, Any]:
        """Give it as JSON keeps it."""
        when = self.reapply_from.isoformat() if self.reapply_from else None
        return {"reason_code": self.code, "reason_text": self.text, "reapply_from": when}

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> "Refusal":
        """Read what `plain` gave."""
        when = plain.get("reapply_from")
        return cls(
            str(plain.get("reason_code") or ""),
            str(plain.get("reason_text") or ""),
            date.fromisoformat(when) if when else None,
        )


def terms_problems(terms: Terms, leaves: frozenset[str]) -> dict[str, str]:
    """Give what is wrong with the terms of an approval, by the field it belongs to; `leaves` are those asked for."""
    return dict(_terms_problems(terms, leaves))


def check_terms(terms: Terms, leaves: frozenset[str]) -> None:
    """Raise TermsError for the first thing that is wrong."""
    for field, said in _terms_problems(terms, leaves):
        raise TermsError(said, field=field)


def reason_problem(code: str, text: str) -> tuple[str, str]:
    """Give field and sentence of what is wrong with the reason of a refusal; empty when nothing is."""
    known = questionnaire.REASON_CODES.get(code)
    if known is None or "reject" not in known.uses:
        return "reason_code", gettext("Scegli un motivo dall’elenco.")
    if code in GENERIC_REASONS and text.strip():
        return "reason_text", gettext(GENERIC_ONLY)
    said = _text_problem(code, text)
    return ("reason_text", said) if said else ("", "")


def check_reason(code: str, text: str) -> None:
    """Raise ReasonError when a refusal cannot be motivated like that."""
    _field, said = reason_problem(code, text)
    if said:
        raise ReasonError(said)


def reapply_problem(when: date) -> str:
    """Say what is wrong with a day from which on a refused company may apply again; empty when nothing is."""
    first, last = local_date() + timedelta(days=1), add_months(local_date(), REAPPLY_MOST_MONTHS)
    if first <= when <= last:
        return ""
    return gettext("Scegli una data da domani al %(last)s.", last=f"{last:%d/%m/%Y}")


def check_reapply(when: date) -> None:
    """Raise TermsError for a day that is past, or too far away."""
    if said := reapply_problem(when):
        raise TermsError(said, field="reapply_from")


def _terms_problems(terms: Terms, leaves: frozenset[str]) -> Iterator[tuple[str, str]]:
    named = [one.leaf for one in terms.refused]
    if len(set(named)) != len(named) or not leaves.issuperset(named):
        yield "leaves", gettext("Le categorie chieste sono cambiate: ricarica la pagina.")
    elif leaves and leaves == set(named):
        yield "leaves", gettext("Accetta almeno una categoria. Se non ne accetti nessuna, respingi la domanda.")
    for one in terms.refused:
        yield from _leaf_problems(one)
    yield from _reserve_problems(terms)
    if len(terms.gaps_reason) > LONGEST_TEXT:
        yield "gaps_reason", too_long(terms.gaps_reason)


def _leaf_problems(refused: Refused) -> Iterator[tuple[str, str]]:
    known = questionnaire.REASON_CODES.get(refused.code)
    if known is None or OF_LEAF not in known.uses:
        yield f"code.{refused.leaf}", gettext("Scegli un motivo dall’elenco.")
    elif said := _text_problem(refused.code, refused.text):
        yield f"text.{refused.leaf}", said


def _text_problem(code: str, text: str) -> str:
    if code == OTHER_REASON and len(text.strip()) < OTHER_REASON_MIN:
        return gettext(
            "Con il motivo «Altro» scrivi all’impresa perché, con almeno %(num)s caratteri.", num=OTHER_REASON_MIN
        )
    return too_long(text) if len(text) > LONGEST_TEXT else ""


def _reserve_problems(terms: Terms) -> Iterator[tuple[str, str]]:
    text, until, last = terms.reserve_text.strip(), terms.reserve_until, add_months(local_date(), RESERVE_MOST_MONTHS)
    if not text and until is None:
        return
    if len(text) < RESERVE_MIN:
        yield (
            "reserve_text",
            gettext("Scrivi all’impresa che cosa manca, con almeno %(num)s caratteri.", num=RESERVE_MIN),
        )
    elif len(text) > LONGEST_TEXT:
        yield "reserve_text", too_long(text)
    if until is None:
        yield "reserve_until", gettext("Indica entro quando la riserva va sciolta. Es. 31/12/2027")
    elif not local_date() < until <= last:
        yield "reserve_until", gettext("Scegli una data da domani al %(last)s.", last=f"{last:%d/%m/%Y}")


def too_long(text: str) -> str:
    """Say that a text is too long."""
    return gettext("Il testo ha %(length)s caratteri: al massimo %(most)s.", length=len(text), most=LONGEST_TEXT)
