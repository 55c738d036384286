"""What each kind of job does: one thin function a kind; the work itself stands in the features."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from service.access import sessions
from service.accounts import actions as accounts
from service.accounts.letters import temporary_password_letter
from service.accounts.models import Account
from service.accounts.port import UnavailableError
from service.accounts.provisioning import (
    PASSWORD_HOURS,
    ensure_person,
    expire_password,
    hand_over_link,
    has_own_password,
    new_password,
    verify_person,
    wanted_person,
)
from service.accounts.repository import get_account
from service.accounts.states import AccountState
from service.applications.letters import ENCLOSED
from service.clock import utc_now
from service.crash import crash_point
from service.database import database_now
from service.jobs.queue import Claim, enqueue
from service.mail.models import DeliveryStatus, note, note_sending
from service.mail.port import RECIPIENT, Enclosure, Letter, MailerError
from service.worker import (
    account_tasks,
    application_tasks,
    audit_tasks,
    bulk_tasks,
    digest_tasks,
    document_tasks,
    email_tasks,
    export_tasks,
    housekeeping,
    invitation_tasks,
    link_tasks,
    radar_tasks,
    supplier_tasks,
    switch_tasks,
)
from service.worker.bench import Bench
from service.worker.letters import LETTERS

MAX_BACKOFF = 15 * 60.0
MAX_MAIL_BACKOFF = 6 * 3600.0
MAIL_BACKOFF_FACTOR = 30.0


@dataclass(frozen=True, slots=True)
class Task:
    """How a kind of job is done, how its tries grow apart, and what its failure for good means.

    A patient one, work on files, is done when nothing else is due.
    """

    run: Callable[[Bench], None]
    on_stuck: Callable[[Session, Claim, str], None] = lambda _session, _job, _reason: None
    backoff_factor: float = 1.0
    backoff_cap: float = MAX_BACKOFF
    is_patient: bool = False


def provision(bench: Bench) -> None:
    """Create the account at Keycloak, see that it is right, hand over the access mail; three checkpoints."""
    job, provider = bench.job, bench.provider
    account_id = UUID(job.args["account_id"])
    with bench.transaction() as session:
        wanted = wanted_person(session, account_id, AccountState.PENDING)
    if wanted is None:
        bench.cancel("L'utenza non è più da creare")
        return
    call = bench.settings.keycloak_timeout_seconds
    if job.step == 0:
        crash_point("account.before_create")
        subject = ensure_person(
            provider, wanted, tried_before=job.attempts > 1, before_create=lambda: bench.guard(call * 2)
        )  # a token may have to be had first
        crash_point("account.after_create")
        job.state["subject"] = subject
        crash_point("account.before_checkpoint")
        with bench.checkpoint() as session:
            account = get_account(session, account_id, lock=True)
            account.subject, is_wanted = subject, account.state == AccountState.PENDING
        crash_point("account.after_checkpoint")
        if not is_wanted:  # revoked meanwhile: whoever revoked waits for this job to end, then shuts the person out
            bench.cancel("L'utenza non è più da creare")
            return
    if job.step == 1:
        bench.guard(call)
        verify_person(provider, wanted, job.state["subject"])
        crash_point("verify.before_checkpoint")
        with bench.checkpoint():
            pass
        crash_point("verify.after_checkpoint")
    _give_access(bench, account_id)
    crash_point("access_mail.before_checkpoint")
    with bench.completion() as session:
        if get_account(session, account_id, lock=True).state == AccountState.PENDING:
            accounts.mark_provisioned(session, account_id, mode=bench.settings.access_mode)
    crash_point("access_mail.after_checkpoint")


def send_access(bench: Bench) -> None:
    """Send the access mail again, for an account that is active."""
    account_id = UUID(bench.job.args["account_id"])
    with bench.transaction() as session:
        account = get_account(session, account_id)
        subject = account.subject if account.state == AccountState.ACTIVE else None
    if subject is None:
        bench.cancel("L'utenza non è attiva")
        return
    bench.job.state["subject"] = subject
    if bench.settings.access_mode == "temporary_password" and has_own_password(bench.provider, subject):
        bench.cancel("La persona ha già scelto la sua password: se l'ha smarrita usi il ripristino")
        return
    _give_access(bench, account_id)
    with bench.completion() as session:
        get_account(session, account_id, lock=True).access_sent_at = utc_now()


def _give_access(bench: Bench, account_id: UUID) -> None:
    """Hand over Keycloak's access mail once, or a temporary password by a letter of ours."""
    job, settings, subject = bench.job, bench.settings, bench.job.state["subject"]

    def before_send() -> None:
        bench.guard(settings.mail_timeout_seconds + settings.keycloak_timeout_seconds)

    crash_point("access_mail.before_send")
    if settings.access_mode == "link":
        hours = settings.access_link_hours
        hand_over_link(bench.provider, subject, since=job.created_at, hours=hours, before_send=before_send)
    else:
        # two questions, a token, the password, the mail: all within the lease, or another would follow with another
        bench.guard(settings.mail_timeout_seconds + 3 * settings.keycloak_timeout_seconds)
        _mail_password(bench, account_id, subject)
    crash_point("access_mail.after_send")


def _mail_password(bench: Bench, account_id: UUID, subject: str) -> None:
    """Set and mail a password that is stored nowhere; a repeat sets and mails another, the latest counts.

    Once the person has chosen one of their own nothing is set any more. Each try is a letter of its own: another
    password under the same Message-ID would be thrown away as a double.
    """
    job = bench.job
    if has_own_password(bench.provider, subject):
        return
    password, key = new_password(), f"{job.key}:{job.attempts}:{job.fence}"
    bench.provider.set_temporary_password(subject, password)
    with bench.transaction() as session:
        account = get_account(session, account_id, lock=True)
        letter = temporary_password_letter(account, password=password, settings=bench.settings)
        account.temporary_password_until = database_now(session) + timedelta(hours=PASSWORD_HOURS)
        enqueue(
            session,
            "account.expire_password",
            f"account.expire_password:{key}",
            {"account_id": str(account_id)},
            run_at=account.temporary_password_until,
        )
        note_sending(session, key, "access_data_password", account_id, letter)
    try:
        bench.mailer.send(letter, message_id=message_id(key))
    except MailerError as error:
        with bench.transaction() as session:
            note(session, key, status=DeliveryStatus.FAILED, error=error.reason)
        raise
    with bench.transaction() as session:
        note(session, key, status=DeliveryStatus.SENT)


def expire_temporary_password(bench: Bench) -> None:
    """End a temporary password that was never replaced, unless a later one was mailed; the way in is the recovery."""
    with bench.transaction() as session:
        account = get_account(session, UUID(bench.job.args["account_id"]))
        until, now = account.temporary_password_until, database_now(session)
    if account.subject and until is not None and until <= now:
        bench.guard(bench.settings.keycloak_timeout_seconds * 2)
        expire_password(bench.provider, account.subject)
    with bench.completion():
        pass


def account_failed(session: Session, job: Claim, reason: str) -> None:
    """The job is stuck and the account failed, in one transaction."""
    account = session.get(Account, UUID(job.args["account_id"]))
    if account is not None and account.state == AccountState.PENDING:
        accounts.mark_failed(session, account.id, reason=reason)


def send_mail(bench: Bench) -> None:
    """Compose a letter from what is true now and hand it to the mail server, once as far as anybody can."""
    job, settings = bench.job, bench.settings
    enclosed: list[Enclosure] = []
    with bench.checkpoint(advance=False) as session:
        letter = LETTERS[job.args["message"]](session, job.args, settings)
        if letter is not None:
            if job.args["message"] in ENCLOSED:
                enclosed.append(ENCLOSED[job.args["message"]](session, job.args))
            note_sending(session, job.key, job.args["message"], UUID(job.args["about"]), letter)
            _spread(session, job, letter)
            job.state["possible_double"] = bool(job.state.get("mail_started"))
            job.state["mail_started"] = True
    if letter is None:
        bench.cancel("Il messaggio non serve più")
        return
    letter = letter.enclosing(*enclosed)
    bench.guard(settings.mail_timeout_seconds)
    bench.mailer.send(letter, message_id=message_id(job.key))
    with bench.completion() as session:
        doubt = "possibile doppio invio" if job.state["possible_double"] else None
        note(session, job.key, status=DeliveryStatus.SENT, error=doubt)


def _spread(session: Session, job: Claim, letter: Letter) -> None:
    """Have the further recipients of a letter written to, each by a job of its own: one address, one Message-ID."""
    for place in range(1, letter.others + 1):
        enqueue(session, "mail.send", f"{job.key}:{place}", {**job.args, RECIPIENT: str(place)})


def mail_failed(session: Session, job: Claim, reason: str) -> None:
    """Show on the delivery log that a letter will not leave."""
    note(session, job.key, status=DeliveryStatus.FAILED, error=reason)


def message_id(job_key: str) -> str:
    """Give the same Message-ID for every try of one job."""
    return f"<{hashlib.sha256(job_key.encode()).hexdigest()[:32]}@icri-proactive>"


def refresh_sessions(bench: Bench) -> None:
    """Read the roles of everyone with a live staff session again; gone or disabled people's sessions end.

    Keycloak away: the known roles stand, and the next period's job asks again, so this one is not tried again.
    """
    with bench.transaction() as session:
        subjects = sessions.list_live_staff(session)
    for subject in subjects:
        bench.guard(bench.settings.keycloak_timeout_seconds * 2)
        try:
            roles = bench.provider.find_roles(subject)
        except UnavailableError:
            break
        with bench.checkpoint(advance=False) as session:
            sessions.apply_roles(session, subject, roles)
    with bench.completion():
        pass


TASKS: dict[str, Task] = {
    "account.provision": Task(provision, account_failed),
    "account.send_access": Task(send_access),
    "account.expire_password": Task(expire_temporary_password),
    "account.disable": Task(switch_tasks.switch),
    "account.enable": Task(switch_tasks.switch),
    "account.change_email": Task(email_tasks.change_email),
    "mail.send": Task(send_mail, mail_failed, MAIL_BACKOFF_FACTOR, MAX_MAIL_BACKOFF),
    "link.answer": Task(link_tasks.answer, link_tasks.answer_failed),
    "application.tell_on_file": Task(link_tasks.tell_on_file),
    "radar.scan": Task(radar_tasks.scan),
    "accounts.watch_access": Task(account_tasks.watch_access),
    "sessions.refresh": Task(refresh_sessions),
    "applications.expire": Task(application_tasks.expire),
    "reviews.expire": Task(application_tasks.expire_reviews),
    "applications.remind": Task(application_tasks.remind),
    "personal_data.purge": Task(application_tasks.purge),
    "invitations.expire": Task(invitation_tasks.expire),
    "invitations.remind": Task(invitation_tasks.remind),
    "invitations.send_sheet": Task(invitation_tasks.send_sheet),
    "bulk.run": Task(bulk_tasks.run),
    "documents.expire": Task(supplier_tasks.expire_documents),
    "reminders.send": Task(supplier_tasks.send_reminders),
    "digest.send": Task(digest_tasks.send),
    "supplier.follow_verdict": Task(supplier_tasks.follow_verdict),
    "housekeeping": Task(housekeeping.housekeep),
    "audit.seal": Task(audit_tasks.seal),
    "audit.verify": Task(audit_tasks.check),
    "audit.tell_head": Task(audit_tasks.tell_head),
    "export.make": Task(export_tasks.make, export_tasks.failed, is_patient=True),
    "document.scan": Task(document_tasks.scan, is_patient=True),
    "document.preview": Task(document_tasks.preview, document_tasks.preview_failed, is_patient=True),
    "documents.copy": Task(document_tasks.copy),
    "file.delete": Task(document_tasks.delete, is_patient=True),
    "files.sweep": Task(document_tasks.sweep, is_patient=True),
}
# claimed in this order: an afternoon of previews must not stand before a letter or an account
RANKS = tuple([kind for kind, task in TASKS.items() if task.is_patient == patient] for patient in (False, True))
