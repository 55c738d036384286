"""Files and documents as pages show them, to the company and to the staff alike; where they may be fetched is given."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from service import questionnaire
from service.documents.models import DocumentFile
from service.documents.states import Preview, Scan
from service.locales import current_locale, gettext
from service.questionnaire import Field, document_title
from service.web.document_words import FLAG_WORDS, SCAN_KINDS, SCAN_WORDS, digest_words, page_words, size_words
from service.web.templating import said, text_of

P7M = "application/pkcs7-mime"


@dataclass(frozen=True, slots=True)
class PageView:
    """The picture of one page."""

    url: str
    alt: str


@dataclass(frozen=True, slots=True)
class FileView:
    """One file in words; `warnings` are what a reviewer should know of it, `url` is empty when it cannot be had."""

    id: str
    name: str
    facts: tuple[str, ...]
    digest: str
    url: str
    pages: tuple[PageView, ...]
    is_coming: bool
    is_envelope: bool
    is_infected: bool
    is_lost: bool
    is_scanned: bool
    scan: str
    scan_kind: str
    warnings: tuple[str, ...]


def file_view(file: DocumentFile, base: str, *, pages: str = "anteprima") -> FileView:
    """Put a file into words; `base` is the address under which files are served, `pages` the word before a page."""
    is_away = file.lost_at is not None or file.scan == Scan.INFECTED
    url = f"{base}/{file.id}"
    drawn = file.preview_pages if file.preview == Preview.READY and not is_away else 0
    return FileView(
        id=str(file.id),
        name=file.name,
        facts=tuple(_facts(file)),
        digest=digest_words(file.sha256),
        url="" if is_away else url,
        pages=tuple(
            PageView(f"{url}/{pages}/{number}.png", page_words(number, file.pages or drawn, file.name))
            for number in range(1, drawn + 1)
        ),
        is_coming=file.preview == Preview.PENDING and not is_away,
        is_envelope=file.media_type == P7M,
        is_infected=file.scan == Scan.INFECTED,
        is_lost=file.lost_at is not None,
        is_scanned=file.scan != Scan.NOT_SCANNED,
        scan=text_of(SCAN_WORDS[file.scan]),
        scan_kind=SCAN_KINDS[file.scan],
        warnings=tuple(text_of(FLAG_WORDS.get(flag, flag)) for flag in file.flags),
    )


def file_views(files: Iterable[DocumentFile], base: str, *, pages: str = "anteprima") -> list[FileView]:
    """Put files into words."""
    return [file_view(one, base, pages=pages) for one in files]


def detail_rows(fields: Iterable[Field], details: Mapping[str, object]) -> list[tuple[str, str]]:
    """Give label and value of what was typed beside the files."""
    rows = (
        (text_of(one.seen_as or one.label), questionnaire.display(one, details.get(one.name), locale=current_locale(),
                                                                  translate=text_of))
        for one in fields
    )  # fmt: skip
    return [(label, value) for label, value in rows if value]


def title_words(type_: str, slot: str) -> str:
    """Give the name of a document, with its standard, year or language."""
    return said(document_title(type_, slot))


def _facts(file: DocumentFile) -> Iterable[str]:
    yield size_words(file.size)
    if file.pages:
        yield gettext("1 pagina") if file.pages == 1 else gettext("%(num)s pagine", num=file.pages)
