"""Keycloak's own access mail that came back: which account it was for, and what its chain is told from.

The mail is not ours and bears no Message-ID of ours, so a report of it proves less: whoever knows when an access mail
left, and to whom, can write one. The harm is that the address gets no more until somebody looks.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from service.accounts.bouncing import ACCESS_MAIL, came_back
from service.accounts.models import Account
from service.accounts.provisioning import ACCESS_SUBJECTS
from service.accounts.states import AccountState
from service.clock import utc_now
from service.config import Settings
from service.mail.bounces import Action, Original, Report
from service.mail.models import Delivery, DeliveryStatus, find_delivery

# Keycloak dates the mail, the database the sending; within it reports come at once
CLOCKS_APART = timedelta(minutes=10)
QUEUED = timedelta(days=5)  # for so long mail servers try before they give up


def take_access_report(session: Session, report: Report, *, print_: str, settings: Settings) -> bool:
    """Write that the access mail of whoever still waits for it came back for good. Safe to repeat.

    The report must return the mail's own head: our sender, the subject of our theme, the recipient it reports of, and
    a date after the last sending. Leaves a row of the log of letters, `mail.bounced`; the address gets no more. Gives
    whether it was such a report.
    """
    original = report.original
    if original is None or report.action != Action.FAILED or not report.code.startswith("5."):
        return False
    if not _is_ours(original, settings) or original.to not in report.addresses:
        return False
    query = select(Account).where(func.lower(Account.email) == original.to, _waits(settings)).with_for_update()
    found = [one for one in session.scalars(query) if _is_of_last_sending(one, original)]
    for account in found:
        _note(session, account, report, print_=print_, settings=settings)
    return bool(found)


def access_returned(session: Session, accounts: Iterable[Account]) -> Mapping[UUID, str]:
    """Give why the last access mail of these accounts came back, for those whose did."""
    sent = {one.id: one.access_sent_at for one in accounts if one.access_sent_at}
    query = select(Delivery).where(Delivery.about.in_(sent), Delivery.message == ACCESS_MAIL)
    return {one.about: one.error or "" for one in session.scalars(query) if one.sent_at == sent[one.about]}


def _is_ours(original: Original, settings: Settings) -> bool:
    return original.sender == settings.mail_from.lower() and original.subject in ACCESS_SUBJECTS.values()


def _waits(settings: Settings) -> ColumnElement[bool]:
    """Say in SQL that somebody has had Keycloak's mail and was not seen to have read it."""
    alive = timedelta(hours=settings.access_link_hours) + QUEUED
    return and_(
        Account.state == AccountState.ACTIVE,
        Account.temporary_password_until.is_(None),  # that mail is ours
        Account.password_set_at.is_(None),
        Account.first_sign_in_at.is_(None),
        Account.access_sent_at > utc_now() - alive,
    )


def _is_of_last_sending(account: Account, original: Original) -> bool:
    return account.access_sent_at is not None and original.sent_at >= account.access_sent_at - CLOCKS_APART


def _note(session: Session, account: Account, report: Report, *, print_: str, settings: Settings) -> None:
    """Put the mail into the log of letters, as one of ours that came back would stand there."""
    sent_at = account.access_sent_at
    key = f"keycloak:access:{account.id}:{sent_at}"
    if find_delivery(session, job_key=key) is not None:
        return
    delivery = Delivery(
        job_key=key, message=ACCESS_MAIL, about=account.id, to_address=account.email, started_at=sent_at,
        sent_at=sent_at, subject=ACCESS_SUBJECTS.get(account.locale, ACCESS_SUBJECTS["it"]),
        status=DeliveryStatus.SENT, report=print_,
    )  # fmt: skip
    session.add(delivery)
    session.flush()
    came_back(session, delivery, code=report.code, settings=settings)
