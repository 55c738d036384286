"""Another address of a draft: it must be proven anew, and whoever was let in by the old one is let out."""

from sqlalchemy.orm import Session

from service.access.applicant_sessions import ApplicantSessionKind, end_applicants_of
from service.access.links import LinkPurpose, supersede
from service.access.principal import APPLICANT
from service.accounts.bouncing import follow_address
from service.applications.actions.linking import line_up_for_mail, resend_confirmation
from service.applications.models import AddressChange, Application
from service.clock import utc_now
from service.config import Settings


def prove_anew(session: Session, application: Application, old_email: str, *, settings: Settings, browser: str) -> None:
    """Have another address proven; the same one in other letters is none."""
    if application.contact_email.lower() == old_email.lower():
        return
    application.email_confirmed_at = None
    _note_change(session, application, old_email)
    line_up_for_mail(session)
    for purpose in (LinkPurpose.CONFIRM, LinkPurpose.RESUME):  # a link to the old address proves nothing of the new
        supersede(session, purpose, application.id)
    end_applicants_of(session, application.id, ApplicantSessionKind.DRAFT, but=browser)
    resend_confirmation(session, application.id, settings=settings)


def _note_change(session: Session, application: Application, old_email: str) -> None:
    """Keep when the address changed: what was mailed before went to another (`renew_link`), and staff read of it."""
    follow_address(session, application.id, old_email, application.contact_email, by=APPLICANT)
    now = utc_now()
    session.add(
        AddressChange(
            application_id=application.id,
            old_email=old_email,
            new_email=application.contact_email,
            asked_at=now,
            expires_at=now,
            confirmed_at=now,
        )
    )
    session.flush()
