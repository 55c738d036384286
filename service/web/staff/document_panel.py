"""The panel of documents on the page of an application or supplier: each with its files, standing and verdict."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from service.access.principal import Principal
from service.applications import documents as applications
from service.applications.actions import list_unverified
from service.applications.correction_work import fresh_versions, key_of
from service.applications.models import Application, InformationRequest
from service.applications.retention import Erasure, erasure_of_version
from service.applications.states import ItemKind, State
from service.clock import local_date
from service.config import Settings
from service.documents.areas import may_judge, may_see
from service.documents.asking import AskedDocuments
from service.documents.expiry import standing as standing_of
from service.documents.models import Document, DocumentVersion
from service.documents.presence import is_given, is_infected, last_valid
from service.documents.repository import latest
from service.documents.states import Standing, Verdict
from service.locales import N_, gettext, ngettext
from service.questionnaire import DOCUMENT_REASONS, DOCUMENT_TYPES, Field, RequiredDocument, document_anchor
from service.suppliers import documents as suppliers
from service.suppliers.models import Supplier
from service.web.dates import instant, short_day
from service.web.document_views import FileView, detail_rows, file_views, title_words
from service.web.document_words import STANDING_KINDS, STANDING_WORDS
from service.web.templating import said, text_of

FILES = "/gestione/documenti"
VERDICTS = {
    Verdict.VALID: N_("Verificato da %(name)s, %(instant)s."),
    Verdict.REJECTED: N_("Respinto da %(name)s, %(instant)s."),
    Verdict.REPLACED: N_("Sostituito da una versione più recente; giudicato da %(name)s, %(instant)s."),
}


@dataclass(frozen=True, slots=True)
class VersionView:
    """What was given at one time; `judged` says who has said what of it, `seen` the verdict in a word."""

    id: str
    heading: str
    rows: list[tuple[str, str]]
    expiry: date | None
    not_due_reason: str
    files: list[FileView]
    judged: str
    can_judge: bool
    can_accept: bool
    is_bad: bool
    seen: str
    erased_on: date | None = None
    erasure: Erasure | None = None


@dataclass(frozen=True, slots=True)
class DocumentCard:
    """One document, asked for or given all the same; `current` is the newest version."""

    id: str
    title: str
    is_mandatory: bool
    is_missing: bool
    why: str
    standing: str
    kind: str
    current: VersionView | None
    older: list[VersionView]
    is_asked_again: bool = False
    is_foreign: bool = False  # of another area than this person's: named, not shown

    @property
    def is_waiting(self) -> bool:
        """Tell whether nobody has judged it."""
        return self.current is not None and self.current.seen == Verdict.TO_CHECK

    @property
    def is_refused(self) -> bool:
        """Tell whether it was judged and not taken."""
        return self.current is not None and self.current.is_bad

    @property
    def is_done(self) -> bool:
        """Tell whether it was found good, so that its files need no room."""
        return self.current is not None and self.current.seen == Verdict.VALID


@dataclass(frozen=True, slots=True)
class Place:
    """A document by its title, with its place on the page."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class OwnerFacts:
    """Whether an owner's documents may be judged now, and once more; `origin` says how long they are kept."""

    is_open: bool
    may_change_mind: bool
    origin: Application | None = None


def facts_of(about: Application | Supplier, origin: Application | None = None) -> OwnerFacts:
    """Tell what may be judged of an application or a supplier."""
    if isinstance(about, Supplier):
        return OwnerFacts(is_open=True, may_change_mind=False, origin=origin)
    is_open = about.state == State.UNDER_REVIEW and about.supplier_id is None
    return OwnerFacts(is_open=is_open, may_change_mind=True, origin=about)


def asked_of(session: Session, about: Application | Supplier, settings: Settings) -> AskedDocuments:
    """Read what is asked of an application or a supplier, as whoever decides on it does."""
    if isinstance(about, Supplier):
        return suppliers.list_asked(session, about, settings=settings, today=local_date())
    return applications.list_asked(session, about, settings=settings)


def documents_panel(
    about: Application | Supplier,
    asked: AskedDocuments,
    settings: Settings,
    *,
    origin: Application | None = None,
    rounds: Sequence[InformationRequest] = (),
    principal: Principal,
) -> dict[str, Any]:
    """Give what the templates need: the cards, those of missing mandatory documents first, and what is said of them.

    `origin` is the application that led to a supplier, `rounds` are its rounds of corrections. To a specialist the
    documents of an own area come first, of the others there is nothing but the name.
    """
    facts, given = facts_of(about, origin), asked.given
    again = {document_anchor(*key) for key in _asked_again(asked, rounds)}
    known = {one.key: one for one in asked.required}
    keys = (*known, *(key for key in given if key not in known))
    made = ((key, _card(key, known.get(key), given.get(key), facts, settings)) for key in keys)
    cards = [
        _for(principal, key, replace(one, is_asked_again=one.id in again))
        for key, one in made
        if one.current or one.is_mandatory
    ]
    shown = sorted(cards, key=lambda card: (card.is_foreign, not card.is_missing))
    return {
        "documents": shown,
        "documents_summary": _summary([one for one in shown if not one.is_foreign]),
        "documents_waiting": [Place(one.id, one.title) for one in shown if one.is_waiting],
        "documents_unverified": _unverified(about, asked, principal),
        "document_ids": [one.id for one in asked.documents],
    }


def _for(principal: Principal, key: tuple[str, str], card: DocumentCard) -> DocumentCard:
    """Keep of a card what a person may see and do."""
    if not may_see(principal, *key):
        return replace(card, current=None, older=[], why="", is_foreign=True)
    if card.current is None or may_judge(principal, *key):
        return card
    return replace(card, current=replace(card.current, can_judge=False))


def _asked_again(asked: AskedDocuments, rounds: Sequence[InformationRequest]) -> set[tuple[str, str]]:
    """Give what the company was asked to give again, while its time runs and no newer version has come."""
    request = next((one for one in rounds if one.answered_at is None and one.ended_at is None), None)
    if request is None:
        return set()
    wanted = {key_of(one) for one in request.items if one.kind == ItemKind.DOCUMENT}
    return wanted - fresh_versions(asked.documents, request.asked_at).keys()


def _summary(cards: Sequence[DocumentCard]) -> str:
    """Say how many documents there are, and how many of them want something."""
    if not cards:
        return ""
    waiting, refused = (sum(one.is_waiting for one in cards), sum(one.is_refused for one in cards))
    missing = sum(one.is_missing for one in cards)
    parts = [
        gettext("%(num)s da verificare", num=waiting) if waiting else "",
        ngettext("%(num)s respinto", "%(num)s respinti", refused) if refused else "",
        ngettext("%(num)s manca", "%(num)s mancano", missing) if missing else "",
    ]
    number = ngettext("%(num)s documento", "%(num)s documenti", len(cards))
    return ": ".join(filter(None, (number, ", ".join(filter(None, parts))))) + "."


def _unverified(about: Application | Supplier, asked: AskedDocuments, principal: Principal) -> list[Place]:
    """Give what an approval still waits for, while one may come, of what this person may see."""
    if isinstance(about, Supplier) or about.state != State.UNDER_REVIEW:
        return []
    found = list_unverified(asked, leaves=frozenset(row.leaf for row in about.categories))
    return [Place(one.anchor, said(one.heading)) for one in found if may_see(principal, *one.key)]


def version_view(
    version: DocumentVersion,
    fields: Iterable[Field],
    *,
    can_judge: bool = False,
    is_in_force: bool = False,
    erasure: Erasure | None = None,
) -> VersionView:
    """Put a version into words; one that is in force stays so until a newer one is verified."""
    heading = N_("In vigore, versione del %(day)s") if is_in_force else N_("Versione del %(day)s")
    is_typed = version.expires_on is not None and version.details.get("expires_on") == version.expires_on.isoformat()
    return VersionView(
        id=str(version.id),
        heading=gettext(heading, day=short_day(version.created_at)),
        rows=detail_rows(fields, version.details),
        expiry=None if is_typed else version.expires_on,
        not_due_reason=version.not_due_reason or "",
        files=file_views(version.files, FILES, pages="pagine"),
        judged=_judged(version),
        can_judge=can_judge,
        can_accept=version.verdict != Verdict.VALID and is_given(version) and not is_infected(version),
        is_bad=version.verdict == Verdict.REJECTED,
        seen=version.verdict.value,
        erased_on=version.files_erased_on,
        erasure=erasure,
    )


def document_reason(code: str | None) -> str:
    """Give the reason of a refusal as the company reads it, with its code."""
    known = DOCUMENT_REASONS.get(code or "")
    return f"{known.code} {text_of(known.text)}" if known else ""


def fields_of(type_: str) -> Sequence[Field]:
    """Give what is typed beside a type of document, whether or not it is still asked for."""
    known = DOCUMENT_TYPES.get(type_)
    return known.fields if known else ()


def _card(
    key: tuple[str, str],
    required: RequiredDocument | None,
    document: Document | None,
    facts: OwnerFacts,
    settings: Settings,
) -> DocumentCard:
    fields = required.type.fields if required else fields_of(key[0])
    newest = latest(document) if document else None
    # a version that lost its last file, or whose reason was taken back, is none
    given = newest if newest is not None and (newest.files or newest.not_due_reason or newest.files_erased_on) else None
    standing = standing_today(given, settings)
    older = [one for one in reversed(document.versions) if one is not newest] if document else []
    in_force = last_valid(document) if document else None
    is_mandatory = required is not None and required.is_mandatory
    erased = partial(erasure_of_version, application=facts.origin, settings=settings)
    return DocumentCard(
        id=document_anchor(*key),
        title=title_words(*key),
        is_mandatory=is_mandatory,
        is_missing=is_mandatory and given is None,
        why=said(required.why) if required else gettext("Non è tra i documenti richiesti."),
        standing=text_of(STANDING_WORDS[standing]),
        kind=STANDING_KINDS[standing],
        current=version_view(given, fields, can_judge=_can_judge(given, facts), erasure=erased(given))
        if given
        else None,
        older=[version_view(one, fields, is_in_force=one is in_force, erasure=erased(one)) for one in older],
    )


def standing_today(given: DocumentVersion | None, settings: Settings) -> Standing:
    """Say how it stands by its newest version; the one in force meanwhile is told among the older ones."""
    verdict, expires_on = (given.verdict, given.expires_on) if given else (None, None)
    return standing_of(verdict, expires_on, today=local_date(), window_days=settings.expiring_window_days)


def _can_judge(version: DocumentVersion, facts: OwnerFacts) -> bool:
    if not facts.is_open or version.verdict == Verdict.REPLACED:
        return False
    return facts.may_change_mind or version.verdict == Verdict.TO_CHECK


def _judged(version: DocumentVersion) -> str:
    if version.judged_at is None or version.verdict not in VERDICTS:
        return ""
    said = gettext(VERDICTS[version.verdict], name=version.judged_by_name, instant=instant(version.judged_at))
    return " ".join(filter(None, (said, document_reason(version.reason_code), version.reason_text)))
