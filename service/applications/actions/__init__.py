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
from service.applications.actions.keeping import keep_typed_correction
from service.applications.actions.lapsing import expire_requests, remind_requests
from service.applications.actions.linking import (
    confirm_address,
    open_status,
    renew_link,
    resend_confirmation,
    send_resume_link,
    send_status_link,
)
from service.applications.actions.requesting import (
    Wanted,
    WantedError,
    extend_deadline,
    reply_to,
    request_information,
    save_correction,
)
from service.applications.actions.resubmitting import resubmit
from service.applications.actions.submitting import submit, withdraw

__all__ = [
    "AddressNotConfirmedError",
    "EvidenceError",
    "IncompleteError",
    "Wanted",
    "WantedError",
    "approve",
    "change_category",
    "confirm_address",
    "discard",
    "expire_drafts",
    "expire_requests",
    "extend_deadline",
    "keep_typed",
    "keep_typed_correction",
    "list_unverified",
    "open_status",
    "reject",
    "release_hold",
    "release_review",
    "remind_requests",
    "renew_link",
    "reply_to",
    "request_information",
    "resend_confirmation",
    "resubmit",
    "save_correction",
    "save_section",
    "send_resume_link",
    "send_status_link",
    "stale_declarations",
    "start",
    "start_review",
    "submit",
    "withdraw",
]
