"""Rounds of corrections as staff read them: what was asked, what came, and only what changed, old beside new."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import questionnaire
from service.applications.correction_work import ItemView
from service.applications.corrections import item_views, item_words, reason_words
from service.applications.models import AddressChange, Application, InformationItem, InformationRequest
from service.applications.states import ItemKind
from service.clock import utc_now
from service.config import Settings
from service.documents.models import Document
from service.locales import current_locale, gettext
from service.questionnaire import document_anchor
from service.web.dates import day, instant
from service.web.document_views import title_words
from service.web.staff.document_panel import VersionView, fields_of, version_view
from service.web.templating import text_of

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One thing asked: why, and what became of it; not due: another answer of the company has made it needless."""

    title: str
    reason: str
    note: str
    reply: str
    is_answered: bool
    is_due: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """An answer before and after; of a long one only the lines that differ, `same` counts the others."""

    title: str
    before: list[str]
    after: list[str]
    same: int
    is_asked: bool


@dataclass(frozen=True, slots=True)
class ComparedDocument:
    """A document before and after, with its place on the page."""

    id: str
    title: str
    before: VersionView | None
    after: VersionView | None
    is_asked: bool


@dataclass(frozen=True, slots=True)
class RoundView:
    """One round; `kind` colours its state."""

    id: str
    title: str
    asked: str
    state: str
    kind: str
    is_open: bool
    items: list[ItemLine]
    answers: list[Compared]
    documents: list[ComparedDocument]


@dataclass(frozen=True, slots=True)
class AddressLine:
    """A change of the address that was asked for, and what became of it."""

    text: str
    state: str
    kind: str


def round_views(
    session: Session,
    application: Application,
    rounds: Sequence[InformationRequest],
    documents: Iterable[Document],
    *,
    settings: Settings,
) -> list[RoundView]:
    """Give the rounds, the last first."""
    given = {(one.type, one.slot): one for one in documents}
    return [_view(session, application, one, given, settings) for one in reversed(rounds)]


def address_lines(session: Session, application: Application) -> list[AddressLine]:
    """Tell of the changes of the address, the last first."""
    query = select(AddressChange).where(AddressChange.application_id == application.id)
    return [_address_line(one) for one in session.scalars(query.order_by(AddressChange.asked_at.desc()))]


def _view(
    session: Session,
    application: Application,
    request: InformationRequest,
    given: Mapping[Key, Document],
    settings: Settings,
) -> RoundView:
    is_open = request.answered_at is None and request.ended_at is None
    if request.answered_at is not None:
        title = gettext("Integrazioni ricevute il %(day)s", day=day(request.answered_at))
        state, kind = gettext("Ricevute"), "ok"
    elif request.ended_at is not None:
        title = gettext("Integrazioni chieste il %(day)s e non arrivate", day=day(request.asked_at))
        state, kind = gettext("Chiuse senza risposta"), ""
    else:
        title = gettext("Integrazioni richieste il %(day)s", day=day(request.asked_at))
        state, kind = gettext("Tocca all’impresa"), "warn"
    asked = {(one.section, one.field) if one.kind == ItemKind.FIELD else (one.section, "") for one in request.items
             if one.kind != ItemKind.DOCUMENT}  # fmt: skip
    asked_documents = {(one.document_type, one.slot) for one in request.items if one.kind == ItemKind.DOCUMENT}
    return RoundView(
        id=str(request.id),
        title=title,
        asked=_asked_words(request),
        state=state,
        kind=kind,
        is_open=is_open,
        items=_items(session, application, request, settings),
        answers=[compared(application, one, asked) for one in request.differences.get("answers", ())],
        documents=[_compared_document(one, given, asked_documents) for one in request.differences.get("documents", ())],
    )


def _asked_words(request: InformationRequest) -> str:
    told = [
        gettext("Chieste da %(name)s il %(instant)s.", name=request.asked_by_name, instant=instant(request.asked_at))
    ]
    if request.extended_from is None:
        told.append(gettext("Termine per l’impresa: %(day)s.", day=day(request.deadline, weekday=True)))
    else:
        told.append(
            gettext("Termine per l’impresa: %(day)s, prorogato (era %(before)s).",
                    day=day(request.deadline, weekday=True), before=day(request.extended_from))
        )  # fmt: skip
    if request.ended_at is not None:
        told.append(gettext("Chiuse senza risposta il %(instant)s.", instant=instant(request.ended_at)))
    return " ".join(told)


def _items(
    session: Session, application: Application, request: InformationRequest, settings: Settings
) -> list[ItemLine]:
    # what was sent was complete; a newer round may have asked for the same document again
    views = (
        [ItemView(one, is_answered=True) for one in request.items]
        if request.answered_at is not None
        else item_views(session, application, request, settings=settings)
    )
    return [
        ItemLine(
            title=_title(application, view.item),
            reason=f"{view.item.code} {reason_words(view.item, text_of) or gettext('Altro')}",
            note=view.item.note,
            reply=view.item.reply,
            is_answered=view.is_answered,
            is_due=view.is_due,
        )
        for view in views
    ]


def _title(application: Application, item: InformationItem) -> str:
    return item_words(item, application, translate=text_of, locale=current_locale())


def compared(application: Application, changed: Mapping[str, Any], asked: set[Key]) -> Compared:
    """Put a change of one field into words; `asked` are the pairs that were asked for."""
    section, name = str(changed["section"]), str(changed["field"])
    fields = questionnaire.possible_fields(section, category=application.legal_category)
    field = next((one.field for one in fields if one.name == name), None)
    before, after = (_lines(field, changed[side]) for side in ("before", "after"))
    kept = [line for line in before if line in after]
    old, new = ([line for line in side if line not in kept] for side in (before, after))
    if not old and not new:  # another order, or what is written the same way
        old, new, kept = before, after, []
    item = InformationItem(kind=ItemKind.FIELD, section=section, field=name)
    is_asked = bool({(section, name), (section, "")} & asked)
    return Compared(_title(application, item), old, new, len(kept), is_asked)


def _lines(field: questionnaire.Field | None, value: object) -> list[str]:
    if field is None:  # of an older questionnaire
        return [] if value is None else [str(value)]
    shown = bool(value) if field.is_tick else value
    return questionnaire.lines(field, shown, locale=current_locale(), translate=text_of)


def _compared_document(changed: Mapping[str, Any], given: Mapping[Key, Document], asked: set[Key]) -> ComparedDocument:
    key = str(changed["type"]), str(changed["slot"])
    versions = {one.number: one for one in given[key].versions} if key in given else {}
    before, after = (
        version_view(versions[changed[side]], fields_of(key[0])) if changed[side] in versions else None
        for side in ("before", "after")
    )
    return ComparedDocument(document_anchor(*key), title_words(*key), before, after, key in asked)


def _address_line(change: AddressChange) -> AddressLine:
    text = gettext("%(old)s → %(new)s, chiesto il %(instant)s.", old=change.old_email, new=change.new_email,
                   instant=instant(change.asked_at))  # fmt: skip
    if change.confirmed_at is not None:
        return AddressLine(text, gettext("Cambiato il %(instant)s", instant=instant(change.confirmed_at)), "ok")
    if change.ended_at is not None or change.expires_at <= utc_now():
        return AddressLine(text, gettext("Non confermato: vale l’indirizzo di prima"), "")
    return AddressLine(text, gettext("Indirizzo in modifica: aspetta la conferma"), "warn")
