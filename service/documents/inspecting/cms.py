"""A P7M: its frame is walked, nothing of it is changed or verified.

Own code: `cryptography` reads strict DER alone, while the signing programs in use in Italy write BER with lengths that
are not told (0x80 … 00 00). A library for it would be one more package to parse hostile bytes with, for a question that
needs no more than the outer frame.
"""

import base64
import re
from collections.abc import Callable

from service.documents.inspecting.limits import Answer, Limits, RefusedError, Targets

SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
SEQUENCE, SET, OID, INTEGER, EXPLICIT, IMPLICIT_1 = 0x30, 0x31, 0x06, 0x02, 0xA0, 0xA1
DEEPEST = 24


def inspect_p7m(data: bytes, targets: Targets, limits: Limits) -> Callable[[], Answer]:
    """See that it is CMS SignedData with a signer, binary or base64; nothing of it is changed or verified."""
    del targets, limits

    def run() -> Answer:
        der = data
        if not data.startswith(b"\x30"):
            bare = re.sub(rb"-----(BEGIN|END) [A-Z0-9 #]{1,40}-----|\s+", b"", data)
            der = base64.b64decode(bare, validate=True)
        if not has_signer(der):
            raise RefusedError("broken")
        return {"pages": None, "flags": [], "signed": True}

    return run


def has_signer(der: bytes) -> bool:
    """Walk the frame of RFC 5652: ContentInfo, SignedData, at least one SignerInfo; nothing behind it."""
    outer = _children(der, 0, len(der))
    if len(outer) != 1 or outer[0][0] != SEQUENCE:
        return False
    content = _children(der, *outer[0][1:])
    if [one[0] for one in content] != [OID, EXPLICIT] or der[slice(*content[0][1:])] != SIGNED_DATA:
        return False
    (signed,) = _children(der, *content[1][1:])
    parts = _children(der, *signed[1:])
    tags = [one[0] for one in parts if one[0] not in (EXPLICIT, IMPLICIT_1)]
    if signed[0] != SEQUENCE or tags != [INTEGER, SET, SEQUENCE, SET]:
        return False
    signers = _children(der, *parts[-1][1:])
    return bool(signers) and all(one[0] == SEQUENCE for one in signers)


def _children(der: bytes, start: int, end: int) -> list[tuple[int, int, int]]:
    """Give tag, start and end of each element between two places. Raises RefusedError."""
    found = []
    while start < end:
        tag, begin, stop, following = _element(der, start, end, 0)
        found.append((tag, begin, stop))
        start = following
    return found


def _element(der: bytes, at: int, end: int, depth: int) -> tuple[int, int, int, int]:
    """Give tag, content's start and end, and where the next begins; an indefinite length ends with two zeros."""
    if depth > DEEPEST or at + 2 > end or der[at] & 0x1F == 0x1F:  # noqa: PLR2004 - tags of several bytes are not CMS
        raise RefusedError("broken")
    tag, length, begin = der[at], der[at + 1], at + 2
    if length == 0x80:  # noqa: PLR2004
        place = begin
        while der[place : place + 2] != b"\0\0":
            place = _element(der, place, end, depth + 1)[3]
        return tag, begin, place, place + 2
    if length > 0x80:  # noqa: PLR2004
        count = length & 0x7F
        length, begin = int.from_bytes(der[begin : begin + count], "big"), begin + count
    if begin + length > end:
        raise RefusedError("broken")
    return tag, begin, begin + length, begin + length
