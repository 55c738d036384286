"""All kinds of things an admin may change, in the order of the overview."""

from collections.abc import Mapping

from service.administration import document_rules, faq, leaves, mails, notices, reasons, times
from service.administration.kind import Kind
from service.administration.states import EditionKind

KINDS: Mapping[EditionKind, Kind] = {
    one.kind: one
    for one in (
        reasons.KIND,
        times.KIND,
        leaves.KIND,
        document_rules.KIND,
        notices.KIND,
        mails.KIND,
        faq.KIND,
    )
}


def find_kind(slug: str) -> Kind | None:
    """Look a kind up by its word in addresses."""
    return next((one for one in KINDS.values() if one.slug == slug), None)
