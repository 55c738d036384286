"""The letters about an application: those that left or failed, then those still waiting."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from service.accounts.repository import list_accounts
from service.applications.actions import list_address_changes
from service.applications.models import Application, InformationRequest
from service.jobs.models import JobStatus
from service.jobs.repository import list_by_keys
from service.mail.models import DeliveryStatus, list_deliveries
from service.web.staff.job_words import job_kind, job_words
from service.web.staff.reading import find_supplier
from service.web.staff.words import DELIVERY_KINDS, DELIVERY_WORDS, MESSAGES
from service.web.templating import text_of

LONE_LETTERS = (
    "submission_receipt", "staff_new_application", "already_registered", "application_approved",
    "application_rejected", "application_withdrawn", "staff_withdrawn", "application_expired",
)  # fmt: skip
ADDRESS_LETTERS = ("email_change_confirm", "email_change_notice")
ROUND_LETTERS = (
    "information_request", "information_extended", "information_reminder", "information_received",
    "staff_information_received",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LetterRow:
    """A letter with what became of it."""

    name: str
    to: str
    at: datetime | None
    state: str
    kind: str
    note: str


def letters(session: Session, application: Application, rounds: Sequence[InformationRequest] = ()) -> list[LetterRow]:
    """Give the letters about an application and its address: those that left or failed, then those still waiting."""
    supplier = find_supplier(session, application)
    people = [one.id for one in list_accounts(session, supplier.number)] if supplier else []
    changes = list_address_changes(session, application.id)
    deliveries = list_deliveries(session, application.id, *people, *(one.id for one in changes))
    rows = [
        LetterRow(
            name=text_of(MESSAGES.get(one.message, one.message)),
            to=one.to_address,
            at=one.sent_at,
            state=text_of(DELIVERY_WORDS[one.status]),
            kind=DELIVERY_KINDS[one.status],
            note=one.error or "",
        )
        for one in deliveries
        if one.status != DeliveryStatus.SENDING
    ]
    told = {one.job_key for one in deliveries if one.status != DeliveryStatus.SENDING}
    to = {f"mail:{name}:{application.id}": _goes_to(name, application) for name in LONE_LETTERS}
    to |= {f"mail:{name}:{application.id}:{one.id}": _goes_to(name, application)
           for one in rounds for name in ROUND_LETTERS}  # fmt: skip
    to |= {f"mail:{name}:{one.id}": one.new_email if name == "email_change_confirm" else one.old_email
           for one in changes for name in ADDRESS_LETTERS}  # fmt: skip
    waiting = [job for job in list_by_keys(session, [*to]) if job.status != JobStatus.DONE and job.key not in told]
    return rows + [
        LetterRow(name=text_of(MESSAGES[job.args["message"]]), to=to[job.key], at=None, state=job_words(job),
                  kind=job_kind(job), note=job.last_error or "")
        for job in waiting
    ]  # fmt: skip


def _goes_to(message: str, application: Application) -> str:
    """Give the address that a waiting letter goes to; empty when it is not the applicant's."""
    is_other = message.startswith("staff_") or message == "already_registered"
    return "" if is_other else application.contact_email
