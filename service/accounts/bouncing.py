"""Letters that came back: what a report changes, and how an address is good again.

Not in `mail`: it writes the audit trail and the job table, which `mail` may not see.
"""

from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.permissions import require
from service.access.principal import SYSTEM, Principal
from service.audit.trail import record
from service.clock import utc_now
from service.config import Settings
from service.jobs.queue import retry_now
from service.mail import stops
from service.mail.bounces import Action, Report, reason_of
from service.mail.models import Delivery, DeliveryStatus, find_delivery
from service.mail.stops import StoppedAddress

LATE = "Consegna in ritardo: il server del destinatario non l'ha ancora accettata"
ACCESS_MAIL = "access_data"  # Keycloak's own, in the log of letters only when it came back
STILL_REPORTED = timedelta(days=14)  # mail servers give up after five; an old Message-ID is only good for forging
ON_ITS_WAY = (DeliveryStatus.SENDING, DeliveryStatus.SENT)
log = structlog.get_logger()


def take_report(session: Session, report: Report, *, print_: str, settings: Settings) -> bool:
    """Write what a report says of a letter of ours. Safe to repeat: the same report, by its print, counts once.

    Only a letter of late that went to one of the addresses the report names: who gets a letter knows its Message-ID,
    and could otherwise stop somebody else's. Failed for good: the letter has come back, its address gets no more;
    leaves `mail.bounced`. Late: a note. Gives whether a letter was found.
    """
    found = False
    for message_id in sorted(report.message_ids):
        delivery = find_delivery(session, message_id=message_id)
        if delivery is None or delivery.to_address.lower() not in report.addresses:
            continue
        if (delivery.sent_at or delivery.started_at) < utc_now() - STILL_REPORTED:
            continue
        found = True
        if delivery.report == print_ or delivery.status not in ON_ITS_WAY:
            continue
        delivery.report = print_
        if report.action == Action.DELAYED:
            delivery.error = LATE
        else:
            came_back(session, delivery, code=report.code, settings=settings)
    return found


def refuse_address(session: Session, job_key: str, *, code: str, settings: Settings) -> None:
    """Stop an address that the mail server itself says is none. Leaves `mail.bounced`."""
    delivery = find_delivery(session, job_key=job_key)
    if delivery is not None:
        _stop(session, delivery, code=code, settings=settings)


def lift_stop(session: Session, delivery_id: int, *, by: Principal) -> bool:
    """Write to an address again, named by the letter that came back; what came back or was held leaves now.

    Leaves `mail.address_lifted`. False when it is not stopped any more.
    """
    require(by, "account:retry")
    stop = session.scalar(select(StoppedAddress).where(StoppedAddress.delivery_id == delivery_id))
    return stop is not None and _lift(session, stop, by=by)


def lift_for(session: Session, job_key: str, *, by: Principal) -> None:
    """Write again to the address of a letter that somebody wants sent now, if it was stopped."""
    delivery = find_delivery(session, job_key=job_key)
    stop = stops.find_stop(session, delivery.to_address) if delivery else None
    if stop is not None:
        _lift(session, stop, by=by)


def follow_address(session: Session, about: UUID, old: str, new: str, *, by: Principal) -> None:
    """Somebody has another address now: what was written to the old one about this, and came back, is tried again.

    Each letter finds its address anew. The old address is good again when it was stopped for a letter about this;
    one that others were written to stays stopped. Leaves `mail.address_lifted`.
    """
    if old.strip().lower() == new.strip().lower():
        return
    stop = stops.find_stop(session, old)
    first = session.get(Delivery, stop.delivery_id) if stop else None
    if stop is not None and first is not None and first.about == about:
        _lift(session, stop, by=by, about=about)
        return
    for one in stops.list_caught(session, old, about=about):
        retry_now(session, one.job_key, is_again=True)


def _lift(session: Session, stop: StoppedAddress, *, by: Principal, about: UUID | None = None) -> bool:
    first = session.get(Delivery, stop.delivery_id)
    # Keycloak's mail no job of ours sends again: the person who lifts the stop does, from the chain
    caught = [one for one in stops.list_caught(session, stop.address, about=about) if one.message != ACCESS_MAIL]
    if not stops.lift(session, stop.address):
        return False
    for one in caught:
        retry_now(session, one.job_key, is_again=True)
    if first is not None:
        record(session, "mail.address_lifted", first.about, by=by, message=first.message, letters=len(caught))
    return True


def came_back(session: Session, delivery: Delivery, *, code: str, settings: Settings) -> None:
    """Write that a letter has come back for good, and stop its address. Leaves `mail.bounced`."""
    delivery.status, delivery.error = DeliveryStatus.BOUNCED, reason_of(code)
    _stop(session, delivery, code=code, settings=settings)


def _stop(session: Session, delivery: Delivery, *, code: str, settings: Settings) -> None:
    """Stop the address; the office's own never, or nobody would read that something is wrong."""
    record(session, "mail.bounced", delivery.about, by=SYSTEM, message=delivery.message, code=code)
    log.warning("mail.bounced", about=str(delivery.about), message=delivery.message, code=code)
    if delivery.to_address.lower() != settings.staff_mailbox.lower():
        stops.stop(session, delivery, reason=reason_of(code))
