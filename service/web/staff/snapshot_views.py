"""A snapshot in words, of what it holds and nothing else; apart from that, what differs from the application of now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from service import questionnaire
from service.access.principal import Principal
from service.applications.changes import answer_differences
from service.applications.models import Application, Snapshot
from service.applications.states import HOLD_LABELS, LABELS, Hold, State
from service.documents.areas import may_see
from service.documents.models import Document
from service.documents.repository import describe_documents
from service.locales import gettext
from service.web.answer_views import AnswerSection, answer_sections, field_labels
from service.web.document_views import detail_rows, title_words
from service.web.document_words import size_words
from service.web.staff import snapshot_words as words
from service.web.staff.document_panel import document_reason, fields_of
from service.web.staff.round_views import Compared, compared
from service.web.staff.snapshot_desk import Kept, Row, day_of, desk_rows, instant_of, word_of
from service.web.staff.words import EVENTS
from service.web.templating import text_of


@dataclass(frozen=True, slots=True)
class SnapshotLine:
    """One of the list."""

    title: str
    url: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A document as it was: which version, with which files, and what had been said of it."""

    title: str
    state: str
    kind: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class SnapshotView:
    """A snapshot; each part is a list of rows (label, lines), empty when there was nothing or it was not kept yet."""

    title: str
    at: datetime
    is_old: bool
    facts: list[Row]
    decision: list[Row]
    leaves: list[Row]
    warnings: list[Row]
    sections: list[AnswerSection]
    declarations: list[Row]
    documents: list[DocumentLine]
    required: list[Row]
    desk: list[tuple[str, list[Row]]]
    rules: list[Row]


@dataclass(frozen=True, slots=True)
class Since:
    """What is otherwise now."""

    state: str
    answers: list[Compared]
    documents: list[str]

    @property
    def is_same(self) -> bool:
        """Tell whether nothing is."""
        return not (self.state or self.answers or self.documents)


def title_of(event: str) -> str:
    """Name the act at which a snapshot was taken."""
    return text_of(EVENTS.get(f"application.{event}", event))


def snapshot_lines(snapshots: Iterable[Snapshot], here: str) -> list[SnapshotLine]:
    """Give the list, the latest first."""
    found = [SnapshotLine(title_of(one.event), f"{here}/istantanee/{one.id}", one.taken_at) for one in snapshots]
    return found[::-1]


def snapshot_view(snapshot: Snapshot, category: str, principal: Principal) -> SnapshotView:
    """Put a snapshot into words; `category` is for one that did not keep it. Old ones have fewer keys."""
    data = snapshot.data
    facts: Kept = data.get("application") or {}
    category = facts.get("legal_category") or category
    answers: Kept = data.get("answers") or {}
    return SnapshotView(
        title=title_of(snapshot.event),
        at=snapshot.taken_at,
        is_old="shape" not in data,
        facts=_facts(facts, category),
        decision=_decision(data),
        leaves=_leaves(data),
        warnings=_warnings(data, category, answers),
        sections=answer_sections(category, answers),
        declarations=[(text_of(one["title"]), [gettext("versione %(version)s", version=one["version"])])
                      for one in data.get("declarations", ())],
        documents=[_document(one) for one in _seen(data.get("documents", ()), principal)],
        required=[_required(one) for one in data.get("required", ())],
        desk=desk_rows(data, principal),
        rules=_rules(data),
    )  # fmt: skip


def since_view(
    snapshot: Snapshot, application: Application, documents: Iterable[Document], principal: Principal
) -> Since:
    """Compare a snapshot with the application of now."""
    then: Kept = snapshot.data.get("answers") or {}
    facts: Kept = snapshot.data.get("application") or {}
    found = answer_differences(application.legal_category, then, application.content.answers)
    was, state = facts.get("state"), ""
    both: tuple[Iterable[Kept], ...] = (snapshot.data.get("documents", ()), describe_documents(documents))
    if was and was != application.state:
        state = gettext("Stato: era «%(then)s», ora è «%(now)s».", then=LABELS[State(was)],
                        now=LABELS[application.state])  # fmt: skip
    return Since(
        state=state,
        answers=[compared(application, one, set()) for one in found],
        documents=_document_changes(*(_seen(one, principal) for one in both)),
    )


def _seen(documents: Iterable[Kept], principal: Principal) -> list[Kept]:
    """Give those this person may see: of a mere specialist those of an own area, then as now."""
    return [one for one in documents if may_see(principal, one["type"], one.get("slot") or "")]


def _document_changes(then: Iterable[Kept], now: Iterable[Kept]) -> list[str]:
    before = {(one["type"], one.get("slot") or ""): one for one in then}
    after = {(one["type"], one.get("slot") or ""): one for one in now}
    told = []
    for key in dict.fromkeys((*before, *after)):
        title, old, new = title_words(*key), before.get(key), after.get(key)
        if old is None:
            told.append(gettext("%(document)s: allora non c’era.", document=title))
        elif new is None:
            told.append(gettext("%(document)s: ora non c’è più.", document=title))
        elif old.get("version") != new.get("version"):
            told.append(gettext("%(document)s: ora c’è una versione più recente.", document=title))
        elif old.get("verdict", new["verdict"]) != new["verdict"]:
            was, later = (word_of(words.VERDICTS, one["verdict"]) for one in (old, new))
            told.append(gettext("%(document)s: era «%(then)s», ora è «%(now)s».", document=title, then=was, now=later))
    return told


def _facts(facts: Kept, category: str) -> list[Row]:
    if not facts:
        return []
    state = LABELS[State(facts["state"])]
    rows = [(gettext("Stato"), [state, *([HOLD_LABELS[Hold(facts["hold"])]] if facts.get("hold") else [])]),
            (gettext("Categoria"), [text_of(questionnaire.CATEGORIES[category].label)])]  # fmt: skip
    rows += [(text_of(label), [str(facts[name])]) for name, label in words.FACTS.items() if facts.get(name)]
    if facts.get("submitted_at"):
        rows.append((gettext("Inviata"), [instant_of(facts["submitted_at"])]))
    return rows


def _decision(data: Kept) -> list[Row]:
    """Give who decided what; of an old one the reason's code is all there is."""
    told: Kept = data.get("decision") or {"reason_code": data.get("reason")}
    by = " · ".join(filter(None, (told.get("decided_by_name"), instant_of(told.get("decided_at")))))
    reason = " ".join(filter(None, (told.get("reason_code"), told.get("reason_words"))))
    rows = (
        (gettext("Deciso da"), [by]),
        (gettext("Motivo"), [reason, told.get("reason_text") or ""]),
        (gettext("Riserva"), [told.get("reserve_text") or "", day_of(told.get("reserve_until"))]),
        (gettext("Nota interna"), [told.get("internal_note") or ""]),
        (gettext("Può ripresentarsi dal"), [day_of(told.get("reapply_from"))]),
        (gettext("Da cancellare il"), [day_of(told.get("erase_on"))]),
    )
    return _filled(rows)


def _leaves(data: Kept) -> list[Row]:
    if "categories" not in data:
        return [(leaf, []) for leaf in data.get("leaves", ())]
    said = {True: gettext("concessa"), False: gettext("non concessa"), None: gettext("chiesta")}
    return [
        (f"{one['leaf']} {one['label']}", [line for line in (
            said[one["is_granted"]], " ".join(filter(None, (one["reason_code"], one["reason_words"]))),
            one["reason_text"],
        ) if line])
        for one in data["categories"]
    ]  # fmt: skip


def _warnings(data: Kept, category: str, answers: Kept) -> list[Row]:
    labels = field_labels(category, answers)
    return [(labels.get(one["field"], one["field"]), [one["text"]]) for one in data.get("warnings", ())]


def _document(kept: Kept) -> DocumentLine:
    verdict = str(kept.get("verdict") or "")
    judged = " · ".join(filter(None, (kept.get("judged_by"), instant_of(kept.get("judged_at")))))
    reason = " ".join(filter(None, (document_reason(kept.get("reason_code")), kept.get("reason_text"))))
    files = [f"{one['name']} · {size_words(one['size'])} · SHA-256 {one['sha256']}" for one in kept.get("files", ())]
    typed = [(label, [value]) for label, value in detail_rows(fields_of(kept["type"]), kept.get("details") or {})]
    version = " · ".join(filter(None, (str(kept.get("version", "")), instant_of(kept.get("given_at")))))
    rows = _filled((
        (gettext("Versione"), [version]),
        *typed,
        (gettext("Valido fino al"), [day_of(kept.get("expires_on"))]),
        (gettext("Non dovuto"), [kept.get("not_due_reason") or ""]),
        (gettext("Giudizio"), [judged, reason]),
        (gettext("File"), files),
    ))  # fmt: skip
    title = title_words(kept["type"], kept.get("slot") or "")
    return DocumentLine(title, word_of(words.VERDICTS, verdict), words.VERDICT_KINDS.get(verdict, ""), rows)  # type: ignore[call-overload]


def _required(one: Kept) -> Row:
    told = [one["why"], gettext("obbligatorio") if one["is_mandatory"] else gettext("facoltativo")]
    if one.get("effect") in words.EFFECTS:
        told.append(text_of(words.EFFECTS[one["effect"]]))
    return one["title"], told


def _rules(data: Kept) -> list[Row]:
    rows: list[Row] = []
    if "questionnaire_version" in data:
        rows.append((gettext("Versione del questionario"), [str(data["questionnaire_version"])]))
    kept: Kept = data.get("settings") or {}
    return rows + [(text_of(label), [_setting(kept[name])]) for name, label in words.SETTINGS.items() if name in kept]


def _setting(value: object) -> str:
    return (gettext("Sì") if value else gettext("No")) if isinstance(value, bool) else str(value)


def _filled(rows: Iterable[tuple[str, Sequence[str]]]) -> list[Row]:
    kept = [(label, [line for line in lines if line]) for label, lines in rows]
    return [(label, lines) for label, lines in kept if lines]
