"""The verbs of an application: `drafting`, `linking` and `submitting` are the applicant's, `deciding` the staff's."""

from service.applications.actions.acknowledging import stale_declarations
from service.applications.actions.deciding import approve, reject, release_hold, release_review, start_review
from service.applications.actions.drafting import (
    AddressNotConfirmedError,
    IncompleteError,
    change_category,
    discard,
    expire_drafts,
    keep_typed,
    save_section,
    start,
)
from service.applications.actions.evidence import EvidenceError, list_unverified
from service.applications.actions.linking import (
    answer_link_request,
    ask_link,
    confirm_address,
    forget_link_request,
    open_status,
    resend_confirmation,
)
from service.applications.actions.submitting import submit, withdraw

__all__ = [
    "AddressNotConfirmedError",
    "EvidenceError",
    "IncompleteError",
    "answer_link_request",
    "approve",
    "ask_link",
    "change_category",
    "confirm_address",
    "discard",
    "expire_drafts",
    "forget_link_request",
    "keep_typed",
    "list_unverified",
    "open_status",
    "reject",
    "release_hold",
    "release_review",
    "resend_confirmation",
    "save_section",
    "stale_declarations",
    "start",
    "start_review",
    "submit",
    "withdraw",
]
