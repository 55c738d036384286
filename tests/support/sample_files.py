"""Files as people upload them, made here: PDF with and without what is suspicious, images, signed envelopes."""

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    DictionaryObject,
    NameObject,
    NullObject,
    NumberObject,
    TextStringObject,
)


def pdf(change: Callable[[PdfWriter], object] = lambda _writer: None, *, pages: int = 1) -> bytes:
    """A PDF of A4 pages, changed by the caller before it is written."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(595, 842)
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def dictionary(**entries: Any) -> DictionaryObject:
    """A dictionary of a PDF; text starting with a slash is a name."""
    return DictionaryObject({NameObject(f"/{key}"): _spelled(value) for key, value in entries.items()})


def _spelled(value: Any) -> Any:
    if isinstance(value, str):
        return NameObject(value) if value.startswith("/") else TextStringObject(value)
    if isinstance(value, list):
        return ArrayObject(_spelled(one) for one in value)
    if isinstance(value, bytes):
        return ByteStringObject(value)
    if isinstance(value, int):
        return NumberObject(value)
    return NullObject() if value is None else value


def in_root(**entries: Any) -> Callable[[PdfWriter], None]:
    """Put entries into the catalogue."""

    def change(writer: PdfWriter) -> None:
        writer.root_object.update(dictionary(**entries))

    return change


def on_page(**entries: Any) -> Callable[[PdfWriter], None]:
    """Put an annotation on the first page."""

    def change(writer: PdfWriter) -> None:
        annotation = writer._add_object(dictionary(Type="/Annot", Rect=[0, 0, 9, 9], **entries))
        writer.pages[0][NameObject("/Annots")] = ArrayObject([annotation])

    return change


def form(**field: Any) -> Callable[[PdfWriter], None]:
    """Give the PDF a form with one field."""

    def change(writer: PdfWriter) -> None:
        one = writer._add_object(dictionary(T="campo", **field))
        writer.root_object.update(dictionary(AcroForm=dictionary(Fields=[one])))

    return change


SIGNATURE = dictionary(Type="/Sig", Filter="/Adobe.PPKLite", ByteRange=[0, 1, 2, 3], Contents=b"firma")


def image(
    kind: str = "JPEG", size: tuple[int, int] = (320, 200), mode: str = "RGB", colour: object = None, **options: Any
) -> bytes:
    """An image of one colour."""
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, kind, **options)  # type: ignore[arg-type]
    return out.getvalue()


def archive(name: str = "payload.html", content: bytes = b"<script>1</script>") -> bytes:
    """A ZIP of one file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, content)
    return out.getvalue()


@cache
def _signer() -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Prova")])
    begins = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, begins, begins + timedelta(days=3650))
    return key, builder.sign(key, hashes.SHA256())


def p7m(content: bytes | None = None, *, encoding: Encoding = Encoding.DER) -> bytes:
    """A signed envelope (CAdES as signing programs write it) around a PDF."""
    key, certificate = _signer()
    builder = pkcs7.PKCS7SignatureBuilder().set_data(pdf() if content is None else content)
    return builder.add_signer(certificate, key, hashes.SHA256()).sign(encoding, [pkcs7.PKCS7Options.Binary])


def indefinite(der: bytes) -> bytes:
    """The same envelope with BER's indefinite lengths around ContentInfo, its content and SignedData."""
    (outer, body), (oid, rest) = _split(der), _first(_split(der)[1])
    explicit, signed = _split(rest)
    inner, parts = _split(signed)
    assert (outer, explicit, inner) == (0x30, 0xA0, 0x30)
    assert body.startswith(oid)
    return b"\x30\x80" + oid + b"\xa0\x80" + b"\x30\x80" + parts + b"\0\0" * 3


def _split(data: bytes) -> tuple[int, bytes]:
    start, length = 2, data[1]
    if length & 0x80:
        count = length & 0x7F
        start, length = 2 + count, int.from_bytes(data[2 : 2 + count], "big")
    return data[0], data[start : start + length]


def _first(data: bytes) -> tuple[bytes, bytes]:
    content = _split(data)[1]
    size = len(content) + 2
    return data[:size], data[size:]
