"""Hostile files: two things in one, lies about what they are, bombs. Made here, no live malware.

`polyglots()` gives files that pass the inspection and carry something a browser would run if it rendered them; each
sets the page's title to `MARK` when it runs. `lies()` gives what must be refused, `bombs()` what must cost nothing.
"""

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pypdf import PdfWriter
from pypdf.actions import JavaScript
from pypdf.generic import NameObject, StreamObject

from tests.support.sample_files import archive, dictionary, in_root, on_page, p7m, pdf

MARK = "polyglot-ran"
_SCRIPT = f"document.title='{MARK}'".encode()


@dataclass(frozen=True, slots=True)
class Hostile:
    """A file as it would be uploaded."""

    name: str
    content: bytes


PAYLOADS = {
    "html": b"<!doctype html><html><body><script>" + _SCRIPT + b"</script></body></html>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="' + _SCRIPT + b'"/>',
    "js": b"*/=1;" + _SCRIPT + b";/*",
    "image tag": b'<img src=x onerror="' + _SCRIPT + b'">',
    "xml": b"<?xml version='1.0'?><x:script xmlns:x='http://www.w3.org/1999/xhtml'>" + _SCRIPT + b"</x:script>",
    "php": b"<?php echo '<script>" + _SCRIPT + b"</script>'; ?>",
    "mhtml": b"MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<script>" + _SCRIPT + b"</script>",
    "zip": archive("index.html", b"<script>" + _SCRIPT + b"</script>"),
}


def _in_stream(payload: bytes) -> bytes:
    def change(writer: PdfWriter) -> None:
        stream = StreamObject()
        stream.set_data(payload)
        writer.pages[0][NameObject("/Contents")] = writer._add_object(stream)

    return pdf(change)


def _in_title(payload: bytes) -> bytes:
    return pdf(lambda writer: writer.add_metadata({"/Title": payload.decode("latin-1")}))


def _in_comment(payload: bytes) -> bytes:
    line = b"%" + payload.replace(b"\r", b" ").replace(b"\n", b" ") + b"\n"
    plain = pdf()
    end = plain.index(b"\n") + 1
    return plain[:end] + line + plain[end:]  # offsets are wrong now: a viewer mends that


def _in_script(payload: bytes) -> bytes:
    return pdf(lambda writer: writer.add_open_action(JavaScript(payload.decode("latin-1"))))


def _jpeg_comment(payload: bytes) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(out, "JPEG", comment=payload[:65_000])
    return out.getvalue()


def _jpeg_tail(payload: bytes) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(out, "JPEG")
    return out.getvalue() + payload


def _png_text(payload: bytes) -> bytes:
    out, text = io.BytesIO(), PngInfo()
    text.add_text("Comment", payload)
    Image.new("RGB", (64, 64), "red").save(out, "PNG", pnginfo=text)
    return out.getvalue() + payload


def _signed(payload: bytes) -> bytes:
    return p7m(payload)


CARRIERS: dict[str, Callable[[bytes], bytes]] = {
    "stream.pdf": _in_stream,
    "title.html.pdf": _in_title,
    "comment.pdf": _in_comment,
    "script.pdf": _in_script,
    "comment.svg.jpg": _jpeg_comment,
    "tail.php.jpeg": _jpeg_tail,
    "text.png": _png_text,
    "signed.html.p7m": _signed,
}


def polyglots() -> list[Hostile]:
    """Every payload in every carrier, 64 files: all of them are kept, none may ever run."""
    return [
        Hostile(f"{what.replace(' ', '-')}-{name}", carry(payload))
        for name, carry in CARRIERS.items()
        for what, payload in PAYLOADS.items()
    ]


def lies() -> list[Hostile]:
    """What is not what it says, under names that mislead."""
    made = [
        *(Hostile(f"before-{what}.pdf", payload + b"\n" + pdf()) for what, payload in PAYLOADS.items()),
        *(
            Hostile(f"behind-{what}.pdf", pdf() + payload)
            for what, payload in PAYLOADS.items()
            if what in ("html", "svg", "php", "zip")
        ),
        *(
            Hostile(f"{what}.{extension}", payload)
            for what, payload in PAYLOADS.items()
            for extension in ("pdf", "jpg", "png", "p7m", "svg", "html", "pdf.html", "zip", "docx")
        ),
        Hostile("gifar.gif", b"GIF89a" + archive()),
        Hostile("gifar.jpg", b"GIF89a" + archive()),
        Hostile("fattura\u202efdp.exe", pdf()),
        Hostile("fattura.pdf\0.exe", pdf()),
        Hostile("fattura.pdf ", b"MZ" + pdf()),
        Hostile("fattura.pdf.exe", pdf()),
        Hostile("bomba.pdf", archive("zeros", b"\0" * 20_000_000)),
        Hostile("flood.png", pixel_flood()),
        Hostile("flood.jpg", jpeg_flood()),
    ]
    return [one for one in made if one.content]


def bombs() -> list[Hostile]:
    """What is small and wants to be much: refused or kept, but within the child's limits."""
    return [
        Hostile("pages.pdf", _counted_pages()),
        Hostile("objects.pdf", pdf(lambda w: [w._add_object(dictionary(A=n)) for n in range(30_000)])),
        Hostile("deep-array.pdf", pdf().replace(b"/Resources", b"/X " + b"[" * 50_000 + b"]" * 50_000 + b"/Resources")),
        Hostile("deep-dict.pdf", pdf().replace(b"/Resources", b"/X " + b"<<" * 50_000 + b"/Resources")),
        Hostile("deep-links.pdf", pdf(on_page(Subtype="/Link", A=_chain(200)))),
        Hostile("loop.pdf", _loop()),
        Hostile("stream-bomb.pdf", _deflated(400)),
        Hostile("open.pdf", pdf(in_root(OpenAction=dictionary(S="/Launch", F="/bin/sh")))),
        Hostile("text-bomb.png", _png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"x" * 60_000_000))),
        Hostile("palette.png", _png_chunk(b"PLTE", b"\0" * 3 * 256)),
    ]


def _chain(depth: int) -> object:
    one = dictionary(S="/GoTo")
    for _ in range(depth):
        one = dictionary(S="/Named", Next=one)
    return one


def _counted_pages() -> bytes:
    return pdf().replace(b"/Count 1", b"/Count 2147483646")


def _loop() -> bytes:
    """A tree of pages whose child is the tree."""
    return pdf().replace(b"/Type /Page\n", b"/Type /Pages /Kids [4 0 R 2 0 R] /Count 9\n")


def _deflated(megabytes: int) -> bytes:
    packed = zlib.compressobj(9)
    data = b"".join(packed.compress(b"\0" * 1_000_000) for _ in range(megabytes)) + packed.flush()

    def change(writer: PdfWriter) -> None:
        stream = StreamObject()
        stream._data = data
        stream[NameObject("/Filter")] = NameObject("/FlateDecode")
        writer.pages[0][NameObject("/Contents")] = writer._add_object(stream)

    return pdf(change)


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG")
    plain = out.getvalue()
    return plain[:33] + _chunk(kind, body) + plain[33:]


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def pixel_flood() -> bytes:
    """A PNG of 30,000 x 30,000 pixels in a few bytes."""
    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def jpeg_flood() -> bytes:
    """A JPEG whose header says 65,000 x 65,000."""
    out = io.BytesIO()
    Image.new("RGB", (64, 64)).save(out, "JPEG")
    plain = bytearray(out.getvalue())
    at = plain.index(b"\xff\xc0") + 5
    plain[at : at + 4] = struct.pack(">HH", 65_000, 65_000)
    return bytes(plain)
