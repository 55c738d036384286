"""A new application from the answers of an ended one, for whoever has proven its address."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service import questionnaire
from service.access.applicant_sessions import ApplicantSessionKind, end_applicants_of
from service.access.principal import APPLICANT, Principal
from service.applications.actions.acknowledging import settle_acknowledgements
from service.applications.actions.drafting import NOTICE_VERSION, copy_columns, replace_answers
from service.applications.actions.terms import DUPLICATE_REASON
from service.applications.models import Acknowledgement, Application, ApplicationAnswers
from service.applications.repository import get_application, lock_applications
from service.applications.states import OPEN_STATES, State
from service.audit.trail import record
from service.clock import local_date, utc_now
from service.errors import ConflictError, InvalidError

ENDED = (State.WITHDRAWN, State.EXPIRED, State.REJECTED)
NOTICE = "privacy"
# what a draft knows of its own applicant stays when it takes over the answers of an earlier application
OWN = ("contact_first_name", "contact_last_name", "contact_email", "locale", "privacy_read")


class RestartError(ConflictError):
    """Nothing to start from: the application is open, accepted, its date has not come, or another was begun from it."""

    code = "restart"
    title = "Da questa domanda non si può ripartire"


class NoticeError(InvalidError):
    """The privacy notice has changed since the earlier application: it must be read again."""

    code = "notice"
    title = "L'informativa privacy è cambiata"


def may_restart(application: Application, *, today: date) -> bool:
    """Say whether a new one may start from it; a refused one from its date on, a double never."""
    if application.state not in ENDED or application.reason_code == DUPLICATE_REASON:
        return False
    return application.reapply_from is None or today >= application.reapply_from


def restart(session: Session, application_id: UUID, *, proven: str = "", has_read_notice: bool = False) -> Application:
    """Give a draft with the answers of an ended application; the one begun from it before, if it is still there.

    That one only for a browser that has itself `proven` its address: somebody else may have gone on from there.
    The address is the proven one; declarations must be accepted anew, documents given anew. The notice counts as read
    when it was, unless there is a new one. Leaves `application.started`.
    Raises: RestartError, and NoticeError when the new notice was not read.
    """
    earlier = get_application(session, application_id, lock=True)
    if not may_restart(earlier, today=local_date()):
        raise RestartError(
            "Si può ripartire da una domanda ritirata o scaduta, o respinta da quando è passata la data."
        )
    copy = find_copy(session, earlier)
    if copy is not None:
        return _go_on_with(copy, earlier, proven=proven)
    read_at = utc_now() if has_read_notice else notice_read_at(session, earlier)
    if read_at is None:
        raise NoticeError
    return copy_answers(session, earlier, by=APPLICANT, read_at=read_at)


def copy_answers(
    session: Session, earlier: Application, *, by: Principal, read_at: datetime | None = None
) -> Application:
    """Make a draft with the answers of an earlier application, its address proven; leaves `application.started`.

    `read_at`: when the notice of now was read; whoever does not know takes it from the earlier one.
    """
    now = utc_now()
    draft = Application(
        legal_category=earlier.legal_category,
        supply_types=[],
        contact_email="",
        contact_name="",
        created_at=now,
        touched_at=now,
        email_confirmed_at=now,
        copied_from_id=earlier.id,
        invited_by=earlier.invited_by,  # with four eyes the inviter may not decide on what came of it either
        invitation_id=earlier.invitation_id,
        content=ApplicationAnswers(answers=_carried_over(earlier)),
    )
    session.add(draft)
    copy_columns(draft, draft.content.answers)
    session.flush()
    if (seen := read_at or notice_read_at(session, earlier)) is not None:
        session.add(Acknowledgement(application_id=draft.id, text=NOTICE, version=NOTICE_VERSION, read_at=seen))
    record(session, "application.started", draft.id, by=by, category=draft.legal_category, copied=True)
    return draft


def take_over(session: Session, draft_id: UUID, *, proven: str, browser: str = "") -> Application:
    """Put the answers of the earlier application in the place of the draft's. Raises: RestartError.

    Only the browser with this cookie still has the draft open: others may never have proven the address.
    """
    draft = get_application(session, draft_id)
    earlier = find_earlier(session, draft, proven=proven)
    # two drafts of one address do not take the same one over
    lock_applications(session, [one.id for one in (draft, earlier) if one is not None])
    session.refresh(draft.content)
    earlier = find_earlier(session, draft, proven=proven)
    if earlier is None or not may_restart(earlier, today=local_date()):
        raise RestartError("Non c'è una domanda conclusa da cui ripartire con questo indirizzo.")
    answers, opening = _carried_over(earlier), draft.content.answers["avvio"]
    answers["avvio"] = {**answers["avvio"], **{name: opening[name] for name in OWN if name in opening}}
    draft.copied_from_id = earlier.id
    draft.invited_by = draft.invited_by or earlier.invited_by
    draft.legal_category = earlier.legal_category
    replace_answers(draft, answers)
    settle_acknowledgements(session, draft)
    end_applicants_of(session, draft.id, ApplicantSessionKind.DRAFT, but=browser)
    return draft


def find_earlier(session: Session, draft: Application, *, proven: str) -> Application | None:
    """Find the latest ended application of the draft's proven address that it could start from, now or from a day on.

    None when another was begun from it already, and for a browser that has not itself `proven` this address: whoever
    begins a draft with a stranger's address only waits until the stranger presses the button in the mail.
    """
    is_own = proven.lower() == draft.contact_email.lower()
    if not is_own or draft.email_confirmed_at is None or draft.copied_from_id is not None:
        return None
    found = session.scalars(
        select(Application)
        .where(
            func.lower(Application.contact_email) == draft.contact_email.lower(),
            Application.state.in_(ENDED),
            Application.number.is_not(None),
            func.coalesce(Application.reason_code, "") != DUPLICATE_REASON,
        )
        .order_by(Application.submitted_at.desc())
        .limit(1)
    ).first()
    return None if found is None or find_copy(session, found) is not None else found


def find_copy(session: Session, earlier: Application) -> Application | None:
    """Find what was begun from an ended application and goes on: a draft, or one that was sent and has no outcome."""
    return session.scalars(
        select(Application)
        .where(Application.copied_from_id == earlier.id, Application.state.in_((State.DRAFT, *OPEN_STATES)))
        .order_by(Application.created_at.desc())
        .limit(1)
    ).first()


def notice_read_at(session: Session, earlier: Application) -> datetime | None:
    """Give the instant the notice of now was read with the earlier application; None when that was an older one."""
    row = session.get(Acknowledgement, (earlier.id, NOTICE, NOTICE_VERSION))
    return row.read_at if row else None


def _go_on_with(copy: Application, earlier: Application, *, proven: str) -> Application:
    """Open the draft begun before; whoever follows the old address does not enter what has gone to another."""
    if copy.state != State.DRAFT:
        raise RestartError(f"Da questa domanda è già partita la n. {copy.number}, che è in corso.")
    if copy.contact_email.lower() != earlier.contact_email.lower():
        raise RestartError(
            "Da questa domanda è già iniziata una bozza, che ora ha un altro indirizzo: per riaprirla chiedi il "
            "collegamento da «Riprendi la bozza» con quell'indirizzo."
        )
    if proven.lower() != copy.contact_email.lower():
        raise RestartError(
            "Da questa domanda è già iniziata una bozza: per riaprirla chiedi il collegamento da «Riprendi la bozza»."
        )
    return copy


def _carried_over(earlier: Application) -> dict[str, Any]:
    """Give the answers without what must be declared anew."""
    answers = questionnaire.upgrade(earlier.content.answers)
    kept = {name: value for name, value in answers.items() if name != questionnaire.DECLARATIONS_SECTION}
    return {**kept, "_raw": {}}
