"""The verbs of an application: `drafting`, `linking` and `submitting` are the applicant's, `deciding` the staff's."""

from service.applications.actions.acknowledging import stale_declarations
from service.applications.actions.addressing import (
    ask_address_change,
    cancel_address_change,
    confirm_address_change,
    find_address_change,
    find_open_change,
    is_since_replaced,
    list_address_changes,
)
from service.applications.actions.deciding import approve, reject, release_hold
from service.applications.actions.drafting import (
    AddressNotConfirmedError,
    IncompleteError,
    change_category,
    change_draft_address,
    discard,
    expire_drafts,
    keep_typed,
    save_section,
    start,
)
from service.applications.actions.evidence import EvidenceError, list_unverified
from service.applications.actions.keeping import keep_typed_correction
from service.applications.actions.lapsing import expire_requests, remind_requests
from service.applications.actions.lateness import tell_late
from service.applications.actions.linking import (
    answer_link_request,
    ask_link,
    confirm_address,
    forget_link_request,
    forget_old_requests,
    open_status,
    resend_confirmation,
)
from service.applications.actions.proposing import propose, withdraw_proposal
from service.applications.actions.reminding import remind_drafts
from service.applications.actions.reopening import copy_as_new
from service.applications.actions.requesting import (
    Wanted,
    WantedError,
    extend_deadline,
    reply_to,
    request_information,
    save_correction,
)
from service.applications.actions.resending import resend_due
from service.applications.actions.restarting import (
    NoticeError,
    RestartError,
    find_copy,
    find_earlier,
    may_restart,
    notice_read_at,
    restart,
    take_over,
)
from service.applications.actions.resubmitting import resubmit
from service.applications.actions.submitting import submit, tell_on_file
from service.applications.actions.withdrawing import withdraw
from service.applications.desk.taking import (
    assign,
    expire_reviews,
    may_assign,
    release_review,
    start_review,
    take,
)

__all__ = [
    "AddressNotConfirmedError",
    "EvidenceError",
    "IncompleteError",
    "NoticeError",
    "RestartError",
    "Wanted",
    "WantedError",
    "answer_link_request",
    "approve",
    "ask_address_change",
    "ask_link",
    "assign",
    "cancel_address_change",
    "change_category",
    "change_draft_address",
    "confirm_address",
    "confirm_address_change",
    "copy_as_new",
    "discard",
    "expire_drafts",
    "expire_requests",
    "expire_reviews",
    "extend_deadline",
    "find_address_change",
    "find_copy",
    "find_earlier",
    "find_open_change",
    "forget_link_request",
    "forget_old_requests",
    "is_since_replaced",
    "keep_typed",
    "keep_typed_correction",
    "list_address_changes",
    "list_unverified",
    "may_assign",
    "may_restart",
    "notice_read_at",
    "open_status",
    "propose",
    "reject",
    "release_hold",
    "release_review",
    "remind_drafts",
    "remind_requests",
    "reply_to",
    "request_information",
    "resend_confirmation",
    "resend_due",
    "restart",
    "resubmit",
    "save_correction",
    "save_section",
    "stale_declarations",
    "start",
    "start_review",
    "submit",
    "take",
    "take_over",
    "tell_late",
    "tell_on_file",
    "withdraw",
    "withdraw_proposal",
]
