"""Erasing invitations that led to no application, and the list of all rules of retention: the highest room sees all."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import and_, delete, exists, func, or_, select
from sqlalchemy.orm import Session

from service.access.links import Link
from service.access.principal import SYSTEM
from service.applications.actions import purging as applications
from service.applications.models import Application
from service.audit.retention import Due, Rule, list_due, months_after
from service.audit.trail import AuditEvent, record
from service.config import Settings
from service.exclusions.purging import EXCLUSIONS
from service.invitations.models import Invitation
from service.invitations.repository import get_invitation
from service.invitations.states import InvitationState
from service.locales import N_
from service.mail.models import Delivery


def erase_invitation(session: Session, invitation_id: UUID, _today: date) -> None:
    """Erase an invitation with its links and the log of its letters. Leaves `invitation.erased`."""
    invitation = get_invitation(session, invitation_id, lock=True)
    record(session, "invitation.erased", invitation_id, by=SYSTEM, from_state=invitation.state)
    session.execute(delete(Link).where(Link.about == invitation_id))
    session.execute(delete(Delivery).where(Delivery.about == invitation_id))
    session.delete(invitation)
    session.flush()


# nobody keeps when it was revoked but the trail
_revoked_at = (
    select(func.max(AuditEvent.at))
    .where(AuditEvent.subject_id == Invitation.id, AuditEvent.type == "invitation.revoked")
    .correlate(Invitation)
    .scalar_subquery()
)
INVITATIONS = Rule(
    name="invitations",
    what=N_("Inviti senza una domanda"),
    why=N_(
        "un invito da cui non è nata una domanda, o la cui domanda è cancellata, si conserva %(time)s dalla sua fine"
    ),
    key=Invitation.id,
    among=select(Invitation.id).where(
        or_(
            Invitation.state.in_([InvitationState.EXPIRED, InvitationState.REVOKED]),
            and_(
                Invitation.state == InvitationState.USED,
                ~exists().where(Application.invitation_id == Invitation.id).correlate(Invitation),
            ),
        )
    ),
    months=lambda settings: settings.invitation_erase_months,
    day=lambda months: months_after(
        func.coalesce(Invitation.used_at, func.least(Invitation.expires_at, _revoked_at)), months
    ),
    erase=erase_invitation,
)
RULES = (*applications.RULES, INVITATIONS, EXCLUSIONS)


@dataclass(frozen=True, slots=True)
class ReportLine:
    """What one rule would erase: how many, and since when the oldest is due."""

    rule: Rule
    count: int
    oldest: date | None


def list_all_due(session: Session, *, settings: Settings, until: date) -> list[Due]:
    """Give what all rules erase up to a day, rule by rule."""
    return [due for rule in RULES for due in list_due(session, rule, settings=settings, until=until)]


def report(session: Session, *, settings: Settings, today: date) -> list[ReportLine]:
    """Give what a run would do, a line a rule; nothing is touched."""
    found = [(rule, list_due(session, rule, settings=settings, until=today)) for rule in RULES]
    return [ReportLine(rule, len(due), due[0].on if due else None) for rule, due in found]
