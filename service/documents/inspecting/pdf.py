"""A PDF: opened as a viewer would, searched for what acts, carries or signs, drawn page by page."""

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

from service.documents.inspecting.image import HEIGHT, WIDTH, picture, pillow
from service.documents.inspecting.limits import Answer, Limits, RefusedError, Targets, is_busy

MOST_PAGES = 99_999
LONGEST_CHAIN, LONGEST_SCHEME = 8, 200
ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"Rar!\x1a", b"7z\xbc\xaf")
MARKUP = (b"<html", b"<script", b"<!doctype", b"<svg", b"<?php")
PRESENT = {
    "/JS": "pdf_javascript",
    "/JavaScript": "pdf_javascript",
    "/AA": "pdf_additional_actions",
    "/EmbeddedFiles": "pdf_embedded_files",
    "/EF": "pdf_embedded_files",
    "/RichMediaContent": "pdf_rich_media",
    "/RichMediaSettings": "pdf_rich_media",
    "/XFA": "pdf_xfa",
}
# what an address does that is not just a page of the web
SCHEMES = {
    "javascript:": "pdf_javascript",
    "vbscript:": "pdf_javascript",
    "data:": "pdf_javascript",
    "file:": "pdf_remote",
    "\\\\": "pdf_remote",
}
ADDRESSES = ("/URI", "/Base")
NAMED = {
    ("/S", "/JavaScript"): "pdf_javascript",
    ("/S", "/Launch"): "pdf_launch",
    ("/S", "/GoToR"): "pdf_remote",
    ("/S", "/GoToE"): "pdf_remote",
    ("/S", "/Thread"): "pdf_remote",
    ("/S", "/ImportData"): "pdf_submit_form",
    ("/S", "/SubmitForm"): "pdf_submit_form",
    ("/Type", "/EmbeddedFile"): "pdf_embedded_files",
    ("/Subtype", "/FileAttachment"): "pdf_embedded_files",
    ("/Subtype", "/RichMedia"): "pdf_rich_media",
    ("/Subtype", "/Screen"): "pdf_rich_media",
    ("/Subtype", "/Movie"): "pdf_rich_media",
    ("/Subtype", "/Sound"): "pdf_rich_media",
    ("/Subtype", "/3D"): "pdf_rich_media",
}


def inspect_pdf(data: bytes, targets: Targets, limits: Limits) -> Callable[[], Answer]:
    """Open it as a viewer would, then look for what acts, carries or signs."""
    del targets
    import pypdf.filters  # noqa: PLC0415 - under the limits, and before the doors are closed
    import pypdfium2  # noqa: PLC0415

    def run() -> Answer:
        if not data.startswith(b"%PDF-"):
            raise RefusedError("mismatch")
        flags = set(_trailing(data))
        pages = _open_pages(pypdfium2, data)
        is_signed = False
        for what in _pdf_objects(pypdf, data, flags, limits):
            try:
                is_signed = is_signed or _is_filled_signature(what)
                flags |= _flags_of(what)
            except Exception:  # noqa: BLE001 - a reference that leads nowhere, or round and round
                flags.add("pdf_not_examined")
        return {"pages": min(pages, MOST_PAGES), "flags": sorted(flags), "signed": is_signed}

    return run


def _trailing(data: bytes) -> Iterator[str]:
    """Tell of bytes behind the end; an archive or a page there makes it two files in one."""
    end = data.rfind(b"%%EOF")
    tail = data[end + 5 :].strip(b"\0\t\n\x0c\r ") if end >= 0 else b""
    if any(sign in tail for sign in ARCHIVES) or any(sign in tail.lower() for sign in MARKUP):
        raise RefusedError("mismatch")
    if tail:
        yield "pdf_trailing_data"
    if ARCHIVES[1] in data[-66_000:]:  # where unpackers look for the directory of a ZIP
        yield "pdf_archive"


def _open_pages(pypdfium2: Any, data: bytes) -> int:
    try:
        with pypdfium2.PdfDocument(data) as document:
            count = len(document)
            document[0].close()
            return count
    except pypdfium2.PdfiumError as error:
        raise RefusedError("password" if "password" in str(error).lower() else "broken") from None
    except IndexError:
        raise RefusedError("broken") from None


def _pdf_objects(pypdf: Any, data: bytes, flags: set[str], limits: Limits) -> Iterator[dict[str, Any]]:
    """Give every dictionary of the file, whatever leads to it; what cannot be read is told as not examined."""
    try:
        reader = pypdf.PdfReader(BytesIO(data), strict=False)
        if reader.is_encrypted:
            flags.add("pdf_encrypted")
            reader.decrypt("")
        numbers = {(number, gen) for gen, found in reader.xref.items() for number in found}
        numbers |= {(number, 0) for number in reader.xref_objStm}
        waiting: list[Any] = [reader.trailer]
    except Exception:  # noqa: BLE001 - a viewer opens it and this library does not
        flags.add("pdf_not_examined")
        return
    for number, gen in [(0, 0), *sorted(numbers)]:
        if is_busy(limits):
            flags.add("pdf_not_examined")
            return
        try:
            if number:
                waiting.append(reader.get_object(pypdf.generic.IndirectObject(number, gen, reader)))
            yield from _dictionaries(waiting)
        except Exception:  # noqa: BLE001 - one broken object hides no other
            flags.add("pdf_not_examined")


def _dictionaries(waiting: list[Any]) -> Iterator[dict[str, Any]]:
    """Give the dictionaries among these and inside them; references are objects of their own."""
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield one
            waiting.extend(value for value in one.values() if isinstance(value, (dict, list)))
        elif isinstance(one, list):
            waiting.extend(value for value in one if isinstance(value, (dict, list)))


def _is_filled_signature(what: dict[str, Any]) -> bool:
    if _value(what, "/FT") != "/Sig":
        return False
    value = _value(what, "/V")
    return isinstance(value, dict) and {"/ByteRange", "/Contents"} <= value.keys()


def _flags_of(what: dict[str, Any]) -> set[str]:
    found = {flag for key, flag in PRESENT.items() if key in what}
    names = {key: _value(what, key) for key in ("/S", "/Type", "/Subtype")}
    found |= {flag for (key, name), flag in NAMED.items() if names[key] == name}
    for key in ADDRESSES:
        found |= _flags_of_address(_value(what, key))
    opening = _value(what, "/OpenAction")  # a page to begin with is no action
    if opening is not None and not isinstance(opening, list):
        found.add("pdf_open_action")
    return found


def _value(what: dict[str, Any], key: str) -> Any:
    """Give a value whether it stands there or is referred to: a viewer follows the reference. Raises anything."""
    if key not in what:
        return None
    value = what[key]  # the library follows one
    for _ in range(LONGEST_CHAIN):
        follow = getattr(value, "get_object", None)
        further = follow() if follow else value
        if further is value:
            return value
        value = further
    raise RefusedError("broken")


def _flags_of_address(address: Any) -> set[str]:
    """Say what an address does beside leading to a page of the web; viewers pass over blanks and controls in it."""
    spelled = address.decode("latin-1") if isinstance(address, bytes) else address
    if not isinstance(spelled, str):
        return set()
    begins = "".join(c for c in spelled[:LONGEST_SCHEME] if c > " ").lower()
    return {flag for scheme, flag in SCHEMES.items() if begins.startswith(scheme)}


def draw_pdf(data: bytes, targets: Targets, limits: Limits) -> Callable[[], Answer]:
    """Draw pages until there are no more, no more are wanted, or time or room is nearly up; forms as filled in."""
    import pypdfium2  # noqa: PLC0415

    pillow()

    def run() -> Answer:
        drawn, left = 0, limits["room"]
        with pypdfium2.PdfDocument(data) as document:
            document.init_forms()
            for number, target in enumerate(targets[: len(document)]):
                if number and is_busy(limits):
                    break
                spelled = _drawn(document[number])
                left -= len(spelled)
                if left < 0:
                    break
                target.write(spelled)
                target.flush()
                drawn += 1
        return {"pages": drawn, "flags": [], "signed": False}

    return run


def _drawn(page: Any) -> bytes:
    width, height = page.get_size()
    scale = min(WIDTH / max(width, 1), HEIGHT / max(height, 1))
    spelled = picture(page.render(scale=scale).to_pil())
    page.close()
    return spelled
