"""Papers as companies upload them, small and valid: PDF, image, signed envelope, and what is typed beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from io import BytesIO

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import NameOID
from PIL import Image
from playwright.sync_api import FilePayload

from service.clock import local_date, utc_now

MEDIA_TYPES = {"pdf": "application/pdf", "p7m": "application/pkcs7-mime", "png": "image/png", "jpg": "image/jpeg"}
DAY = timedelta(days=1)
PAST, FUTURE = 10 * DAY, 90 * DAY  # within every rule: nothing is older than 4 months, a DURC ends 120 days after
LATER = frozenset({"expires_on", "paid_until"})
LEFT_OUT = frozenset({"checked_on"})  # the SOA's triennial check is still to come
TEXTS = {"prefecture": "Milano", "register_category": "categoria 4, classe D"}
CHOICES = {"status": "registered", "language": "it"}
SIGNED = "self_declaration"


@dataclass(frozen=True, slots=True)
class Paper:
    """A file as a browser sends it."""

    name: str
    content: bytes

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.name.rpartition(".")[2]]

    @property
    def payload(self) -> FilePayload:
        """For a file chooser of Playwright's."""
        return {"name": self.name, "mimeType": self.media_type, "buffer": self.content}


def pdf(text: str, *, pages: int = 1) -> bytes:
    """Make a PDF of so many pages with a line of plain ASCII text on each."""
    shown = "".join(c if c.isascii() and c.isalnum() else " " for c in text)
    drawing = f"BT /F1 18 Tf 72 760 Td ({shown}) Tj ET".encode()
    kids = " ".join(f"{5 + n} 0 R" for n in range(pages))
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842]"
        b" /Resources << /Font << /F1 3 0 R >> >> /Contents 4 0 R >>"
    )
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawing), drawing),
        *[page] * pages,
    ]
    written, offsets = bytearray(b"%PDF-1.7\n"), []
    for number, one in enumerate(objects, 1):
        offsets.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(written))
    written += b"xref\n0 %d\n0000000000 65535 f \n%s%s" % (len(objects) + 1, table, trailer)
    return bytes(written)


def picture(kind: str = "png", *, size: tuple[int, int] = (320, 200)) -> bytes:
    """Make a photograph of nothing."""
    into = BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(into, "JPEG" if kind == "jpg" else kind.upper())
    return into.getvalue()


def p7m(content: bytes) -> bytes:
    """Sign: a CAdES-like envelope (PKCS #7, DER) around the content, which is inside it byte for byte."""
    certificate, key = _signer()
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content).add_signer(certificate, key, hashes.SHA256())
    return builder.sign(Encoding.DER, [pkcs7.PKCS7Options.Binary])


def paper_for(anchor: str, number: int = 0, *, signs: bytes | None = None) -> Paper:
    """Give a file for a document's place: PDFs with now and then a photograph; the declaration signed in an envelope.

    `signs` is the PDF to be signed; without it the declaration is a plain PDF, and an identity document goes with it.
    """
    if anchor == SIGNED and signs is not None:
        return Paper("autodichiarazione.pdf.p7m", p7m(signs))
    kind = {"identity_document": "jpg"}.get(anchor) or ("png" if number % 6 == 5 else "pdf")
    return Paper(f"{anchor}.{kind}", pdf(anchor) if kind == "pdf" else picture(kind))


def typed(name: str, *, today: date | None = None) -> str | None:
    """Give what is typed into a control beside a file, by the end of its name; nothing for one that is left empty."""
    field, _, box = name.rpartition("-")[2].partition(".")
    if field in LEFT_OUT:
        return None
    if box:
        day = (today or local_date()) + (FUTURE if field in LATER else -PAST)
        return {"day": str(day.day), "month": str(day.month), "year": str(day.year)}[box]
    return CHOICES.get(field) or TEXTS.get(field)


def details(names: Sequence[str], *, today: date | None = None) -> dict[str, str]:
    """Give the form of the controls beside a file."""
    given: Mapping[str, str | None] = {name: typed(name, today=today) for name in names}
    return {name: value for name, value in given.items() if value is not None}


@cache
def _signer() -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Firmatario di prova")])
    now = utc_now()
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now - DAY).not_valid_after(now + DAY)
    return builder.sign(key, hashes.SHA256()), key
