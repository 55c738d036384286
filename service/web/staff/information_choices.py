"""What of an application may be asked to be corrected, with its present answer and what is suggested; in words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from sqlalchemy.orm import Session

from service import questionnaire
from service.applications.actions import Wanted
from service.applications.correction_work import NEVER_OPEN
from service.applications.corrections import item_words
from service.applications.desk.repository import verdicts_of
from service.applications.desk.states import SectionVerdictKind
from service.applications.models import Application, InformationItem
from service.applications.repository import list_warnings
from service.applications.states import ItemKind
from service.config import Settings
from service.documents.models import DocumentVersion
from service.documents.presence import is_given
from service.documents.repository import latest
from service.documents.states import Standing, Verdict
from service.locales import current_locale, gettext
from service.questionnaire import RequiredDocument
from service.web.dates import short_day
from service.web.document_words import STANDING_KINDS, STANDING_WORDS
from service.web.staff.document_panel import asked_of, document_reason, standing_today
from service.web.templating import said, text_of

MISSING, EXPIRED = "D01", "D02"


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that may be asked; `key` is the value of its tick and the end of the names of its fields.

    `code` and `text` are what staff have already said of it: with them the form begins.
    """

    key: str
    wanted: Wanted
    label: str
    value: Sequence[str] = ()
    group: str = ""
    note: str = ""
    state: str = ""
    state_kind: str = ""
    code: str = ""
    text: str = ""
    is_doubtful: bool = False  # a section that staff have found so: ticked, with its reason still to be said

    @property
    def kind(self) -> ItemKind:
        """Field, section or document."""
        return self.wanted.kind


@dataclass(slots=True)
class ChoiceGroup:
    """A section, or the documents, with what may be asked of it; `whole` asks for all of it."""

    slug: str
    title: str
    whole: Choice | None = None
    choices: list[Choice] = field(default_factory=list)

    @property
    def has_notes(self) -> bool:
        """Tell whether the checks have found something in it."""
        return any(one.note for one in self.choices)

    @property
    def parts(self) -> list[tuple[str, list[Choice]]]:
        """Give the ticks as the page shows them: under their small headings, that of the whole section first."""
        runs = [(title, list(run)) for title, run in groupby(self.choices, key=lambda one: one.group)]
        if self.whole is None:
            return runs
        return [("", [self.whole]), *runs] if runs[0][0] else [("", [self.whole, *runs[0][1]]), *runs[1:]]

    @property
    def all(self) -> list[Choice]:
        """Give all ticks, in the order of the page."""
        return [*((self.whole,) if self.whole else ()), *self.choices]


def read_groups(session: Session, application: Application, settings: Settings) -> list[ChoiceGroup]:
    """Give everything that may be asked, by section, and the documents last."""
    notes: dict[str, list[str]] = {}
    for one in list_warnings(session, application.id):
        notes.setdefault(one.field, []).append(one.text)
    verdicts = verdicts_of(session, application.id).values()
    doubtful = {one.section: one.note for one in verdicts if one.verdict == SectionVerdictKind.DOUBTFUL}
    sections = _sections(application, {name: " ".join(texts) for name, texts in notes.items()}, doubtful)
    documents = ChoiceGroup("documenti", gettext("Documenti"), choices=_documents(session, application, settings))
    return [*sections, *([documents] if documents.choices else [])]


def title_of(choice: Choice, application: Application) -> str:
    """Name it as the company reads it: "Dati identificativi: Partita IVA"."""
    wanted = choice.wanted
    item = InformationItem(kind=wanted.kind, section=wanted.section, field=wanted.field,
                           document_type=wanted.document_type, slot=wanted.slot)  # fmt: skip
    return item_words(item, application, translate=text_of, locale=current_locale())


def _sections(application: Application, notes: Mapping[str, str], doubtful: Mapping[str, str]) -> Iterator[ChoiceGroup]:
    category, answers = application.legal_category, questionnaire.upgrade(application.content.answers)
    for section in questionnaire.sections_for(category, answers):
        own = answers.get(section.slug, {})
        asked = [
            one
            for one in questionnaire.asked_fields(section.slug, category=category, answers=answers)
            if (section.slug, one.field.name) not in NEVER_OPEN
        ]
        if not asked:
            continue
        whole = Choice(
            f"sezione.{section.slug}",
            Wanted(ItemKind.SECTION, "", section=section.slug),
            gettext("Tutta la sezione"),
            (gettext("Si riaprono tutti i campi qui sotto."),),
            note=doubtful.get(section.slug, ""),
            is_doubtful=section.slug in doubtful,
        )
        fields = [_field(section.slug, one, own.get(one.field.name), notes) for one in asked]
        yield ChoiceGroup(section.slug, text_of(section.title), whole, fields)


def _field(section: str, asked: questionnaire.Asked, value: object, notes: Mapping[str, str]) -> Choice:
    one = asked.field
    shown = bool(value) if one.is_tick else value
    return Choice(
        key=f"dato.{section}.{one.name}",
        wanted=Wanted(ItemKind.FIELD, "", section=section, field=one.name),
        label=text_of(one.seen_as or asked.label),
        value=questionnaire.lines(one, shown, locale=current_locale(), translate=text_of),
        group=text_of(one.group),
        note=notes.get(one.name, ""),
    )


def _documents(session: Session, application: Application, settings: Settings) -> list[Choice]:
    asked = asked_of(session, application, settings)
    given = asked.given
    return [_document(one, latest(given[one.key]) if one.key in given else None, settings) for one in asked.required]


def _document(required: RequiredDocument, newest: DocumentVersion | None, settings: Settings) -> Choice:
    version = newest if newest is not None and is_given(newest) else None
    standing = standing_today(version, settings)
    code, text = "", ""
    if version is None and required.is_mandatory:
        code = MISSING
    elif version is not None and version.verdict == Verdict.REJECTED:
        code, text = version.reason_code or "", version.reason_text or ""
    elif standing == Standing.EXPIRED:
        code = EXPIRED
    is_empty = version is None and not required.is_mandatory
    return Choice(
        key=f"documento.{required.anchor}",
        wanted=Wanted(ItemKind.DOCUMENT, "", document_type=required.key[0], slot=required.key[1]),
        label=said(required.heading),
        value=_version_lines(version),
        state=gettext("Non caricato (facoltativo)") if is_empty else text_of(STANDING_WORDS[standing]),
        state_kind="" if is_empty else STANDING_KINDS[standing],
        code=code,
        text=text,
    )


def _version_lines(version: DocumentVersion | None) -> list[str]:
    if version is None:
        return []
    names = ", ".join(file.name for file in version.files)
    what = names or gettext("Dichiarato non dovuto: %(reason)s", reason=version.not_due_reason or "")
    given = gettext("%(what)s, del %(day)s", what=what, day=short_day(version.created_at))
    refused = ": ".join(filter(None, (document_reason(version.reason_code), version.reason_text)))
    return [given, *([refused] if refused and version.verdict == Verdict.REJECTED else [])]


def flatten(groups: Iterable[ChoiceGroup]) -> dict[str, Choice]:
    """Give all choices by key, in the order of the page."""
    return {one.key: one for group in groups for one in group.all}
