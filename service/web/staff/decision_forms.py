"""The two forms of an outcome as they were typed, and what is wrong: terms of an approval, reasons of a refusal."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from service import questionnaire
from service.applications.actions.terms import (
    DUPLICATE_REASON,
    LONGEST_TEXT,
    Refusal,
    Refused,
    Terms,
    reapply_problem,
    reason_problem,
    terms_problems,
    too_long,
)
from service.applications.models import Application
from service.clock import local_date
from service.config import Settings
from service.locales import N_, gettext
from service.web.answer_views import leaf_labels
from service.web.forms import Posted
from service.web.staff.fields import question
from service.web.staff.preview import Reasons
from service.web.templating import text_of

Errors = dict[str, list[str]]
NO = "no"
GAP_REASON_MIN = 20
DATE_WRONG = N_("Scrivi la data così: 31/12/2027.")
NOTE = question("note", N_("Nota interna"), hint=N_("Non viene mai mostrata all’impresa."), multiline=True)
REASON = question("reason_code", N_("Motivo"), required=True)
TEXT = question(
    "reason_text",
    N_("Testo per l’impresa"),
    hint=N_(
        "Compare nell’e-mail sotto il motivo. Con «Altro» è il motivo stesso: almeno 20 caratteri. "
        "Con R08 e R12 va lasciato vuoto."
    ),
    multiline=True,
)
REAPPLY = question(
    "reapply_from",
    N_("Nuova domanda possibile dal"),
    hint=N_("Proponiamo la data abituale: puoi anticiparla o rinviarla, al massimo di 24 mesi. Es. 31/12/2027"),
)
LEAF_REASON = question("code", N_("Motivo"), required=True)
LEAF_TEXT = question(
    "text", N_("Testo per l’impresa"), multiline=True,
    hint=N_("Compare nell’e-mail accanto al motivo. Con «Altro» è il motivo stesso: almeno 20 caratteri."),
)  # fmt: skip
RESERVE = question(
    "reserve_text", N_("Che cosa deve fare o inviare l’impresa"), multiline=True,
    hint=N_("Lo legge l’impresa, nell’e-mail e nel suo stato: almeno 20 caratteri. Lascia vuoto se non c’è riserva."),
)  # fmt: skip
RESERVE_UNTIL = question("reserve_until", N_("Da sciogliere entro il"), hint=N_("Una data futura. Es. 31/12/2027"))
GAPS_REASON = question(
    "gaps_reason", N_("Perché si accetta senza questi controlli"), required=True, multiline=True,
    hint=N_("Almeno 20 caratteri. Resta fra le note interne; su un soggetto escluso lo legge solo chi decide."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LeafLine:
    """A leaf on the form: refused or not, with the reason as typed."""

    code: str
    label: str
    is_refused: bool = False
    reason: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class TermsForm:
    """The terms of an approval as typed; what is not on the form counts as granted, without reserve."""

    lines: tuple[LeafLine, ...]
    reserve_text: str = ""
    reserve_until: str = ""
    gaps_reason: str = ""
    note: str = ""

    @classmethod
    def read(cls, application: Application, posted: Posted) -> "TermsForm":
        """Read what was posted."""
        return cls(
            tuple(
                LeafLine(
                    row.leaf,
                    leaf_labels([row.leaf])[0],
                    posted.one(f"grant.{row.leaf}") == NO,
                    posted.one(f"code.{row.leaf}"),
                    posted.one(f"text.{row.leaf}"),
                )
                for row in application.categories
            ),
            **{name: posted.one(name) for name in ("reserve_text", "reserve_until", "gaps_reason", "note")},
        )  # fmt: skip

    @classmethod
    def of(cls, application: Application, terms: Terms, *, note: str = "") -> "TermsForm":
        """Begin with terms that are known: all granted, or those of a proposal."""
        refused = {one.leaf: one for one in terms.refused}
        lines = []
        for row in application.categories:
            why, label = refused.get(row.leaf), leaf_labels([row.leaf])[0]
            lines.append(LeafLine(row.leaf, label, True, why.code, why.text) if why else LeafLine(row.leaf, label))
        until = f"{terms.reserve_until:%d/%m/%Y}" if terms.reserve_until else ""
        return cls(tuple(lines), terms.reserve_text, until, terms.gaps_reason, note)

    @property
    def terms(self) -> Terms:
        """Give the values."""
        return Terms(
            tuple(Refused(one.code, one.reason, one.text) for one in self.lines if one.is_refused),
            self.reserve_text,
            read_day(self.reserve_until),
            self.gaps_reason,
        )

    @property
    def hidden(self) -> dict[str, str]:
        """Give what a confirmation page carries on."""
        found: dict[str, str] = {}
        for one in self.lines:
            if one.is_refused:
                found |= {f"grant.{one.code}": NO, f"code.{one.code}": one.reason, f"text.{one.code}": one.text}
        rest = {name: getattr(self, name) for name in ("reserve_text", "reserve_until", "gaps_reason")}
        return found | {name: value for name, value in rest.items() if value}

    @property
    def order(self) -> list[str]:
        """Give the fields in the order of the page."""
        of_leaves = (f"{name}.{one.code}" for one in self.lines for name in ("grant", "code", "text"))
        return ["gaps_reason", "leaves", *of_leaves, "reserve_text", "reserve_until", "note"]

    def errors(self, *, has_gaps: bool) -> Errors:
        """Give what is wrong with it, by field."""
        found = terms_problems(self.terms, frozenset(one.code for one in self.lines))
        if self.reserve_until and read_day(self.reserve_until) is None:
            found["reserve_until"] = gettext(DATE_WRONG)
        if has_gaps and len(self.gaps_reason) < GAP_REASON_MIN:
            found["gaps_reason"] = gettext("Scrivi perché, con almeno %(num)s caratteri.", num=GAP_REASON_MIN)
        if len(self.note) > LONGEST_TEXT:
            found["note"] = too_long(self.note)
        return {name: [said] for name, said in found.items()}


@dataclass(frozen=True, slots=True)
class ReasonsForm:
    """The reasons of a refusal as typed."""

    code: str = ""
    text: str = ""
    note: str = ""
    reapply_from: str = ""
    order: tuple[str, ...] = field(default=("reason_code", "reason_text", "reapply_from", "note"))

    @classmethod
    def read(cls, posted: Posted, *, is_double: bool) -> "ReasonsForm":
        """Read what was posted; a double has its one reason and no day."""
        if is_double:
            return cls(DUPLICATE_REASON, posted.one("reason_text"), posted.one("note"))
        code, text = posted.one("reason_code"), posted.one("reason_text")
        return cls(code, text, posted.one("note"), posted.one("reapply_from"))

    @classmethod
    def of(cls, refusal: Refusal, settings: Settings, *, note: str = "") -> "ReasonsForm":
        """Begin with reasons that are known, and the usual day."""
        usual = local_date() + timedelta(days=max(settings.reapply_days, 1))
        return cls(refusal.code, refusal.text, note, f"{refusal.reapply_from or usual:%d/%m/%Y}")

    @property
    def reasons(self) -> Reasons:
        """Give the values."""
        return Reasons(self.code, self.text, self.note, read_day(self.reapply_from))

    @property
    def hidden(self) -> dict[str, str]:
        """Give what a confirmation page carries on."""
        return {"reason_code": self.code, "reason_text": self.text, "reapply_from": self.reapply_from}

    def errors(self) -> Errors:
        """Give what is wrong with it, by field."""
        name, said = reason_problem(self.code, self.text)
        found = {name: [said]} if said else {}
        when = read_day(self.reapply_from)
        if self.reapply_from and (wrong := gettext(DATE_WRONG) if when is None else reapply_problem(when)):
            found["reapply_from"] = [wrong]
        if len(self.text) > LONGEST_TEXT:
            found["reason_text"] = [too_long(self.text)]
        if len(self.note) > LONGEST_TEXT:
            found["note"] = [too_long(self.note)]
        return found


def read_day(typed: str) -> date | None:
    """Read a day as people type it; None when it is none."""
    checked = questionnaire.check("date", typed)
    return date.fromisoformat(str(checked.value)) if checked.value else None


def reason_choices(use: str) -> list[tuple[str, str]]:
    """Give the codes for a use, as staff read them."""
    known = questionnaire.REASON_CODES.values()
    return [(one.code, f"{one.code} · {text_of(one.staff_label)}") for one in known if use in one.uses]
