"""Sending again what an applicant should have in the mailbox by now, asked for on the status page."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from service.access import limits
from service.access.principal import APPLICANT
from service.accounts import actions as accounts
from service.accounts.models import Account
from service.accounts.repository import list_accounts
from service.accounts.states import AccountState
from service.applications.actions.linking import outsider_may_cause_mail, status_link, wait_for_mail
from service.applications.actions.requesting import link_until
from service.applications.corrections import find_open_request, list_requests
from service.applications.models import Application, InformationRequest
from service.applications.repository import get_application
from service.applications.states import State
from service.audit.trail import record
from service.config import Settings
from service.jobs.outbox import post
from service.suppliers.repository import get_supplier

PAUSE = (1, timedelta(minutes=2))  # a double click is one mail
EVENT = "application.letter_resent"
Again = Callable[[Session, Application, Settings], None]


def resend_due(session: Session, application_id: UUID, *, settings: Settings) -> datetime | None:
    """Send again the letter that counts now: receipt, request, outcome or access data; within the applicant's mails.

    Leaves `application.letter_resent` and a letter of its own, with a new link where it carries one. Gives, when the
    mails of this address are used up and none leaves, the instant from which one may; else None.
    """
    application = get_application(session, application_id, lock=True)
    account = find_waiting_account(session, application)
    email = account.email if account else application.contact_email
    if not limits.take(session, "resend", str(application.id), PAUSE):
        return wait_for_mail(session, email, about=application.id, settings=settings)
    if not outsider_may_cause_mail(session, email, about=application.id, settings=settings):
        return wait_for_mail(session, email, about=application.id, settings=settings)
    if account is not None:
        until = accounts.ask_access_again(session, account.id)
        if until is not None:
            return until
        message = "access_data"
    else:
        message = _MESSAGES[application.state]
        _AGAIN.get(application.state, _plain)(session, application, settings)
    record(session, EVENT, application.id, by=APPLICANT, message=message)
    return None


def find_waiting_account(session: Session, application: Application) -> Account | None:
    """Find, once accepted, the account that works and whose password nobody has set yet."""
    if application.state != State.APPROVED or application.supplier_id is None:
        return None
    people = list_accounts(session, get_supplier(session, application.supplier_id).number)
    waiting = (one for one in people if one.state == AccountState.ACTIVE and one.password_set_at is None)
    return next(waiting, None)


def _plain(session: Session, application: Application, _settings: Settings) -> None:
    post(session, _MESSAGES[application.state], application.id, suffix=f"again:{uuid4()}")


def _receipt(session: Session, application: Application, settings: Settings) -> None:
    link = str(status_link(session, application, settings=settings).id)
    post(session, "submission_receipt", application.id, suffix=link, link=link)


def _request(session: Session, application: Application, settings: Settings) -> None:
    request = find_open_request(session, application.id)
    if request is not None:
        _about_round(session, application, request, request.deadline, settings)


def _expiry(session: Session, application: Application, settings: Settings) -> None:
    rounds = list_requests(session, application.id)
    if rounds and application.erase_on is not None:
        _about_round(session, application, rounds[-1], application.erase_on, settings)


def _about_round(
    session: Session, application: Application, request: InformationRequest, until: date, settings: Settings
) -> None:
    link = str(link_until(session, application, until, settings=settings).id)
    message = _MESSAGES[application.state]
    post(session, message, application.id, suffix=link, link=link, request=str(request.id))


_MESSAGES = {
    State.SUBMITTED: "submission_receipt",
    State.UNDER_REVIEW: "submission_receipt",
    State.INFORMATION_REQUESTED: "information_request",
    State.APPROVED: "application_approved",
    State.REJECTED: "application_rejected",
    State.WITHDRAWN: "application_withdrawn",
    State.EXPIRED: "application_expired",
}
_AGAIN: dict[State, Again] = {
    State.SUBMITTED: _receipt,
    State.UNDER_REVIEW: _receipt,
    State.INFORMATION_REQUESTED: _request,
    State.EXPIRED: _expiry,
}
