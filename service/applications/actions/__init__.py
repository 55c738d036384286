"""The verbs of an application: `drafting` is the applicant's, `deciding` the staff's."""

from service.applications.actions.deciding import approve, reject, release_hold, release_review, start_review
from service.applications.actions.drafting import (
    AddressNotConfirmedError,
    IncompleteError,
    change_category,
    confirm_address,
    discard,
    expire_drafts,
    keep_typed,
    open_status,
    renew_link,
    resend_confirmation,
    save_section,
    send_resume_link,
    send_status_link,
    start,
)
from service.applications.actions.submitting import submit, withdraw

__all__ = [
    "AddressNotConfirmedError",
    "IncompleteError",
    "approve",
    "change_category",
    "confirm_address",
    "discard",
    "expire_drafts",
    "keep_typed",
    "open_status",
    "reject",
    "release_hold",
    "release_review",
    "renew_link",
    "resend_confirmation",
    "save_section",
    "send_resume_link",
    "send_status_link",
    "start",
    "start_review",
    "submit",
    "withdraw",
]
