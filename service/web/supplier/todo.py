"""What a supplier should do first, the most urgent above, or that there is nothing to do. Pure; no HTTP."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from service.access.principal import SYSTEM
from service.documents.states import Standing
from service.locales import N_, gettext, ngettext
from service.questionnaire import REASON_CODES
from service.suppliers.effects import effect_day
from service.suppliers.models import Supplier
from service.suppliers.states import Qualification
from service.web.dates import day, since
from service.web.supplier.document_lines import DocumentLine
from service.web.templating import text_of

STATES = {
    Qualification.QUALIFIED: (N_("Qualificato"), "ok"),
    Qualification.SUSPENDED: (N_("Sospeso"), "warn"),
    Qualification.RENEWING: (N_("In rinnovo"), "info"),
    Qualification.EXPIRED: (N_("Qualifica scaduta"), "warn"),
    Qualification.REVOKED: (N_("Revocato"), "bad"),
}
ACTIVE = frozenset({Qualification.QUALIFIED, Qualification.RENEWING})
# smaller is more urgent; the day decides among equals
_RANKS = {Standing.EXPIRED: 0, Standing.REJECTED: 1, Standing.MISSING: 2, Standing.EXPIRING: 3}
_LAST = 4
_EFFECTS = {
    "Q": N_("Senza una nuova versione la qualifica è sospesa %(since)s."),
    "K": N_("Senza una nuova versione le categorie che lo richiedono non sono più attive %(since)s."),
}
_HAD = {
    "Q": N_("Senza una nuova versione la qualifica non è attiva."),
    "K": N_("Senza una nuova versione le categorie che lo richiedono non sono attive."),
}
_DAYS = {Standing.EXPIRED: N_("È scaduto il %(day)s."), Standing.EXPIRING: N_("Scade il %(day)s.")}


@dataclass(frozen=True, slots=True)
class Task:
    """One document to send: the sentence, and the page where it is done."""

    title: str
    text: str
    consequence: str
    url: str
    action: str


@dataclass(frozen=True, slots=True)
class Todo:
    """What the area shows first. `cure` says how a qualification that is not active becomes so again."""

    title: str
    text: str
    kind: str
    cure: str = ""
    may_write: bool = False


def tasks(lines: Iterable[DocumentLine], *, grace_days: int, today: date) -> list[Task]:
    """Give the documents to send; what waits for ICRI, or is not there and optional, is none."""
    due = [one for one in lines if one.is_due]
    due.sort(key=lambda one: (_rank(one), one.required.effect != "Q", one.until or date.max, one.title))
    return [_task(one, grace_days, today) for one in due]


def headline(supplier: Supplier, lines: Sequence[DocumentLine], to_do: Sequence[Task]) -> Todo:
    """Say how things are: suspended and why, so many documents to send, or nothing to do until the next date."""
    if supplier.qualification not in ACTIVE:
        return _inactive(supplier, lines)
    reserve = _reserve(supplier)
    if to_do:
        said = ngettext("C’è un documento da inviare.", "Ci sono %(num)s documenti da inviare.", len(to_do))
        return Todo(said, gettext("Comincia dal primo: è il più urgente."), "warning", reserve, may_write=bool(reserve))
    if reserve:
        cure = gettext("Quando è pronto scrivici: la riserva la togliamo noi.")
        return Todo(gettext("La tua qualifica è con riserva."), reserve, "warning", cure, may_write=True)
    return Todo(gettext("Non devi fare nulla."), next_date(supplier, lines), "success")


def _reserve(supplier: Supplier) -> str:
    """Say what an approval with reserve still asks for."""
    if not supplier.reserve_text or supplier.reserve_until is None:
        return ""
    return gettext("Riserva: entro il %(day)s occorre: %(text)s", day=day(supplier.reserve_until),
                   text=supplier.reserve_text)  # fmt: skip


def _rank(line: DocumentLine) -> int:
    """A version that was not taken is to be sent again, whatever is in force; an optional one later."""
    if not line.rejection or line.standing == Standing.EXPIRED:
        return _RANKS[line.standing]
    if line.is_mandatory:
        return _RANKS[Standing.REJECTED]
    return _RANKS[Standing.EXPIRING] if line.standing == Standing.EXPIRING and line.required.effect else _LAST


def _task(line: DocumentLine, grace_days: int, today: date) -> Task:
    said, consequence = [], ""
    if line.until and line.standing in _DAYS:
        said.append(gettext(_DAYS[line.standing], day=day(line.until)))
        if line.required.effect:
            first = effect_day(line.until, grace_days, today=today)
            words = _EFFECTS if first > today else _HAD
            consequence = gettext(words[line.required.effect], since=since(first))
    if line.rejection:
        said.append(gettext("Non accettato: %(reason)s", reason=line.rejection))
    if line.standing == Standing.MISSING:
        said.append(gettext("Manca: ci serve per la tua qualifica."))
    return Task(line.title, " ".join(said), consequence, line.url, line.action)


def _inactive(supplier: Supplier, lines: Sequence[DocumentLine]) -> Todo:
    title = gettext("La tua qualifica: %(state)s", state=state_words(supplier.qualification))
    if supplier.qualification != Qualification.SUSPENDED:
        text = gettext("In questo momento la qualifica non è attiva. Se non ne conosci il motivo, scrivici.")
        return Todo(title, text, "warning", may_write=True)
    reason, first = reason_words(supplier.suspension_reason).rstrip("."), supplier.suspended_at
    text = gettext("È sospesa %(since)s: %(reason)s.", since=since(first), reason=reason) if first and reason else ""
    if supplier.suspended_by != SYSTEM.subject:
        text = " ".join(filter(None, (text, supplier.suspension_text)))
        return Todo(title, text, "warning", gettext("Per riattivarla scrivici."), may_write=True)
    lacking = [one for one in lines if one.required.effect == "Q" and one.standing == Standing.EXPIRED]
    to_send = [one.title for one in lacking if not one.is_waiting]
    waiting = [one.title for one in lacking if one.is_waiting]
    cure = [
        gettext("Per riattivarla invia: %(documents)s.", documents=", ".join(to_send)) if to_send else "",
        gettext("In verifica: %(documents)s.", documents=", ".join(waiting)) if waiting else "",
        gettext("Torna attiva da sola quando ICRI ha verificato tutto."),
    ]
    return Todo(title, text, "warning", " ".join(filter(None, cure)))


def reason_words(code: str | None) -> str:
    """Give the text of a reason as the company reads it; one without a code of ours as it was written."""
    known = REASON_CODES.get(code or "")
    return text_of(known.text) if known else code or ""


def next_date(supplier: Supplier, lines: Sequence[DocumentLine]) -> str:
    """Name the first day on which something will be due."""
    coming = [(one.until, one.title) for one in lines if one.until and one.is_good]
    first = min(coming, default=None)
    if first is None or supplier.valid_until <= first[0]:
        return gettext("Prossima data: %(day)s, quando termina la qualifica.", day=day(supplier.valid_until))
    return gettext("Prossima data: %(day)s, quando scade «%(document)s».", day=day(first[0]), document=first[1])


def state_words(qualification: Qualification) -> str:
    """Name what a supplier holds."""
    return text_of(STATES[qualification][0])
