"""What the pages of corrections say of a round: what ICRI asks and why, what follows from answers, what has changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from service import questionnaire
from service.applications.actions.requesting import LONGEST_REPLY
from service.applications.correction_work import ItemView, fresh_versions, key_of
from service.applications.corrections import item_words, reason_words
from service.applications.models import InformationItem
from service.applications.states import ItemKind
from service.documents.models import Document, DocumentVersion
from service.documents.repository import latest
from service.locales import current_locale, gettext
from service.questionnaire import Asked, Field, Message, document_anchor
from service.web.dates import short_day
from service.web.document_views import file_views, title_words
from service.web.public.correction_doors import HERE, Round
from service.web.public.document_files import FILES
from service.web.public.draft_summary import Missing
from service.web.section_parts import about_row, subject
from service.web.templating import said, text_of

DOCUMENTS = f"{HERE}/documenti"
REPLY = "_spiegazione."  # before an item's number: the applicant's own words


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing ICRI asks for, why, where it is mended, and what the applicant says of it in its own words.

    Not due: another answer has taken it off the pages, so that it has no address.
    """

    item: InformationItem
    title: str
    reason: str
    is_answered: bool
    is_due: bool
    url: str
    label: str
    reply: Asked

    @property
    def id(self) -> str:
        """Name its place on a page."""
        return f"richiesta-{self.item.id}"

    @property
    def name(self) -> str:
        """Name the input of the reply."""
        return f"{REPLY}{self.item.id}"


@dataclass(frozen=True, slots=True)
class Due:
    """What nobody asked for by name: another answer has made it due; `may_follow`: it does not stop the sending."""

    title: str
    url: str
    is_answered: bool
    may_follow: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """An answer or a document as it was sent and as it is now; no lines: nothing was, or is, given."""

    title: str
    before: list[str]
    after: list[str]


def wishes_of(round_: Round) -> list[Wish]:
    """Give what ICRI asks for, in the order in which it was asked."""
    return [_wish(view, round_) for view in round_.work.views]


def _wish(view: ItemView, round_: Round) -> Wish:
    item = view.item
    title = item_words(item, round_.application, translate=text_of, locale=current_locale())
    # below the heading of the section its name need not be said again
    label = title.partition(": ")[2] if item.kind == ItemKind.FIELD else title
    return Wish(
        item=item,
        title=title,
        reason=reason_words(item, text_of),
        is_answered=view.is_answered,
        is_due=view.is_due,
        url=_url_of(item) if view.is_due or item.kind == ItemKind.DOCUMENT else "",
        label=label,
        reply=_reply_field(item, label),
    )


def _url_of(item: InformationItem) -> str:
    if item.kind == ItemKind.DOCUMENT:
        return f"{DOCUMENTS}#{document_anchor(*key_of(item))}"
    return f"{HERE}/{item.section}#richiesta-{item.id}"


def _reply_field(item: InformationItem, label: str) -> Asked:
    words = {
        ItemKind.FIELD: gettext("Se «%(field)s» è già giusto, spiega perché", field=label),
        ItemKind.SECTION: gettext("Se questi dati sono già giusti, spiega perché"),
        ItemKind.DOCUMENT: gettext("Se non puoi darci un altro documento, o quello di prima è giusto, spiega perché"),
    }[item.kind]
    field = Field(key=f"{REPLY}{item.id}", label=words, kind="text", multiline=True, max_length=LONGEST_REPLY)
    return Asked(field, words, "", required=False, missing=Message("", ""))


def due_of(round_: Round) -> list[Due]:
    """Give what is open without being asked for by name, in the order of the pages; the documents come last."""
    gaps = {(gap.section, gap.field.partition(".")[0]) for gap in round_.work.missing.gaps}
    found = []
    for section in questionnaire.sections_for(round_.category, round_.answers):
        own = round_.answers.get(section.slug, {})
        for one in _shown(section.slug, round_):
            name, is_lacking = one.field.name, (section.slug, one.field.name) in gaps
            if not is_asked_by_name(round_, section.slug, name) and (one.required or is_lacking or name in own):
                title = f"{text_of(section.title)}: {text_of(one.field.seen_as or one.label)}"
                found.append(Due(title, f"{HERE}/{section.slug}#{name}", not is_lacking))
    return found + _documents_due(round_)


def _documents_due(round_: Round) -> list[Due]:
    named = {key_of(item) for item in round_.request.items if item.kind == ItemKind.DOCUMENT}
    lacking = {gap.anchor for gap in round_.work.missing.documents}
    return [
        Due(
            title_words(*one.key),
            f"{DOCUMENTS}#{one.anchor}",
            one.anchor not in lacking,
            may_follow=one.may_follow and one.key not in round_.work.fresh,
        )
        for one in round_.work.asked.required
        if one.key in round_.parts.documents - named and (one.is_mandatory or one.key in round_.work.fresh)
    ]


def _shown(section: str, round_: Round) -> list[Asked]:
    """Give the open fields that are on the page with the answers as they are now."""
    names = round_.parts.fields.get(section, frozenset())
    asked = questionnaire.asked_fields(section, category=round_.category, answers=round_.answers)
    return [one for one in asked if one.field.name in names]


def is_asked_by_name(round_: Round, section: str, name: str) -> bool:
    """Tell whether ICRI asks for a field or for its whole section, or the field decides on one that it asks for."""
    return round_.work.decides(section, name) or any(
        item.section == section and (item.kind == ItemKind.SECTION or item.field == name)
        for item in round_.request.items
        if item.kind != ItemKind.DOCUMENT
    )


def missing_of(round_: Round) -> list[Missing]:
    """Give what stops the sending back, in the order of the overview, with the place to put it right."""
    lacking = round_.work.missing
    found = [
        Missing(one.url, gettext("Non hai ancora risposto: %(thing)s", thing=one.title), "")
        for one in wishes_of(round_)
        # what is wrong with it is said below
        if one.item in lacking.items and not round_.work.has_gap(one.item)
    ]
    titles = {one.slug: text_of(one.title) for one in questionnaire.SECTIONS}
    fields = {
        one.name: one.field
        for section in {gap.section for gap in lacking.gaps}
        for one in questionnaire.possible_fields(section, category=round_.category)
    }
    found += [
        Missing(
            f"{HERE}/{gap.section}#{gap.field}",
            about_row(fields, gap.field) + subject(fields, gap.field, gap.message) + said(gap.message),
            titles[gap.section],
        )
        for gap in lacking.gaps
    ]
    return found + [
        Missing(f"{DOCUMENTS}#{gap.anchor}", said(gap.message), gettext("Documenti")) for gap in lacking.documents
    ]


def changes_of(round_: Round) -> list[Change]:
    """Lay what was sent beside what would be, only where they differ."""
    before, after = _lines(round_.category, round_.work.sent), _lines(round_.category, round_.work.answers)
    found = [
        Change(title, before.get(key, ("", []))[1], after.get(key, ("", []))[1])
        for key, (title, _lines_now) in (before | after).items()
        if before.get(key, ("", []))[1] != after.get(key, ("", []))[1]
    ]
    return found + _document_changes(round_)


def _lines(category: str, answers: Mapping[str, object]) -> dict[tuple[str, str], tuple[str, list[str]]]:
    return {
        (section.slug, asked.field.name): (_named(section, asked), _said(asked.field, value))
        for section, fields in questionnaire.answered(category, answers)
        for asked, value in fields
    }


def _named(section: questionnaire.Section, asked: Asked) -> str:
    whose = asked.field.group or section.title
    return f"{text_of(whose)}: {text_of(asked.field.seen_as or asked.label)}"


def _said(field: Field, value: object) -> list[str]:
    # a tick is never left out: not ticked reads "No"
    shown = bool(value) if field.is_tick else value
    return questionnaire.lines(field, shown, locale=current_locale(), translate=text_of)


def _document_changes(round_: Round) -> list[Change]:
    found = []
    for document in round_.work.asked.documents:
        fresh = fresh_versions([document], round_.request.asked_at).get((document.type, document.slot))
        if fresh is not None:
            before = version_before(document, round_)
            found.append(Change(title_words(document.type, document.slot), given_words(before), given_words(fresh)))
    return found


def version_before(document: Document, round_: Round) -> DocumentVersion | None:
    """Give the version that was there when ICRI asked."""
    earlier = [one for one in document.versions if one.created_at <= round_.request.asked_at]
    return max(earlier, key=lambda version: version.number, default=None)


def version_now(document: Document | None, round_: Round) -> DocumentVersion | None:
    """Give the version given since ICRI asked; what was there before is of the sending before."""
    return latest(document, since=round_.request.asked_at) if document else None


def given_words(version: DocumentVersion | None) -> list[str]:
    """Say when a version was given, and its files with their size; or why nothing is due."""
    if version is None:
        return []
    if version.not_due_reason:
        return [gettext("Non dovuto: %(reason)s", reason=version.not_due_reason)]
    heading = gettext("Versione del %(day)s", day=short_day(version.created_at))
    return [heading, *(" · ".join((one.name, *one.facts)) for one in file_views(version.files, FILES))]


def documents_before(round_: Round) -> list[dict[str, object]]:
    """Give title and files of the documents as they were sent."""
    found: list[dict[str, object]] = []
    for document in round_.work.asked.documents:
        version = version_before(document, round_)
        if version is not None and version.files:
            title = title_words(document.type, document.slot)
            found.append({"title": title, "files": file_views(version.files, FILES)})
    return found


def count_left(round_: Round) -> int:
    """Count what is still to do."""
    wishes, due = wishes_of(round_), due_of(round_)
    return sum(not one.is_answered for one in wishes) + sum(not one.is_answered for one in due)


def replies_of(wishes: Iterable[Wish]) -> list[dict[str, object]]:
    """Give what the applicant says in its own words, for the macro `answers`."""
    return [
        {"label": one.title, "value": one.item.reply, "url": one.url, "note": ""} for one in wishes if one.item.reply
    ]
