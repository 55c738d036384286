"""What the page of documents to correct shows; shared by showing, declaring and uploading."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from fastapi import Request, Response
from sqlalchemy.orm import Session

from service.applications.states import ItemKind
from service.clock import local_date
from service.config import Settings
from service.documents.models import Document
from service.documents.repository import Owner, list_documents
from service.errors import NotFoundError
from service.questionnaire import RequiredDocument, document_anchor
from service.web.document_blocks import Block, Typed, block_of_version, block_problems
from service.web.document_uploads import rule_words
from service.web.document_views import FileView, file_views, title_words
from service.web.forms import Problem
from service.web.public.correction_doors import Round
from service.web.public.correction_views import DOCUMENTS, Wish, version_before, version_now, wishes_of
from service.web.public.document_files import FILES
from service.web.templating import render

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document to be given again: `before` is what was sent, `block` the form for what comes in its place.

    Without a block it is not asked any more with the answers as they are now; what ICRI asks may be replied to.
    `is_lacking`: what was given, or was not, stops the sending.
    """

    id: str
    title: str
    wish: Wish | None
    block: Block | None
    before: list[FileView]
    not_due_before: str
    reply_action: str
    withdraw_action: str
    is_lacking: bool

    @property
    def is_answered(self) -> bool:
        """Tell whether it is done."""
        if self.wish is not None:
            return self.wish.is_answered
        is_given = self.block is not None and bool(self.block.files or self.block.not_due_reason)
        return is_given and not self.is_lacking


def open_document(round_: Round, type_: str, slot: str) -> RequiredDocument:
    """Give a document that may be given again, and is asked with the answers as they are. Raises: NotFoundError."""
    for one in round_.work.asked.required:
        if one.key == (type_, slot) and one.key in round_.parts.documents:
            return one
    raise NotFoundError


def place_of(type_: str, slot: str) -> str:
    """Give the address of a document's place on the page."""
    return f"{DOCUMENTS}#{document_anchor(type_, slot)}"


def documents_page(
    request: Request,
    session: Session,
    round_: Round,
    typed: Typed | None = None,
    *,
    status: int = 200,
    intro: str = "",
    replies: Mapping[int, tuple[str, str]] = MappingProxyType({}),
) -> Response:
    """Show the open documents; after a refused form with its errors at its place.

    `replies` are those that are refused, by item: as typed, and what is wrong.
    """
    settings: Settings = request.app.state.settings
    documents = {
        (one.type, one.slot): one for one in list_documents(session, Owner(application_id=round_.application.id))
    }
    wishes = {
        (one.item.document_type, one.item.slot): one for one in wishes_of(round_) if one.item.kind == ItemKind.DOCUMENT
    }
    required = {one.key: one for one in round_.work.asked.required if one.key in round_.parts.documents}
    sheets = [
        _sheet(key, round_, documents.get(key), wish=wishes.get(key), required=required.get(key), typed=typed)
        for key in dict.fromkeys((*wishes, *required))
    ]
    at_fault = next((one for one in required.values() if typed and one.anchor == typed.block), None)
    problems = block_problems(typed, at_fault) if typed and at_fault else []
    problems += [Problem(one.name, replies[one.item.id][1]) for one in wishes.values() if one.item.id in replies]
    return render(
        request,
        "public/corrections/documents.html",
        status=status,
        has_errors=status != 200 and (typed is not None or bool(replies)),  # noqa: PLR2004
        number=round_.application.number,
        deadline=round_.request.deadline,
        sheets=sheets,
        rule=rule_words(settings),
        intro=intro,
        problems=problems,
        replies=replies,
    )


def _sheet(
    key: Key,
    round_: Round,
    document: Document | None,
    *,
    wish: Wish | None,
    required: RequiredDocument | None,
    typed: Typed | None,
) -> Sheet:
    path = "/".join(filter(None, key))
    before = version_before(document, round_) if document else None
    return Sheet(
        id=document_anchor(*key),
        title=title_words(*key),
        wish=wish,
        block=_block(round_, document, required, typed) if required else None,
        before=file_views(before.files, FILES) if before else [],
        not_due_before=(before.not_due_reason or "") if before else "",
        reply_action=f"{DOCUMENTS}/spiegazione/{path}",
        withdraw_action=f"{DOCUMENTS}/annulla/{path}",
        is_lacking=any(gap.anchor == document_anchor(*key) for gap in round_.work.missing.documents),
    )


def _block(round_: Round, document: Document | None, required: RequiredDocument, typed: Typed | None) -> Block:
    """Lay out what was given since ICRI asked, or an empty form: what comes is another version, not a correction."""
    block = block_of_version(
        required,
        version_now(document, round_),
        typed,
        here=DOCUMENTS,
        files=FILES,
        answers=round_.answers,
        today=local_date(),
    )
    is_asked = any((one.document_type, one.slot) == required.key for one in round_.request.items)
    own = replace(block, link=_link_of(block))
    return replace(own, is_mandatory=True, may_follow=False) if is_asked else own


def _link_of(block: Block) -> tuple[str, str]:
    """The paper to be signed is made of the answers as they are now, not of a draft's."""
    return (f"{DOCUMENTS}/autodichiarazione.pdf", block.link[1]) if block.link[0] else block.link
