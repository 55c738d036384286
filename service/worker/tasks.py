"""What each kind of job does: one thin function a kind; the work itself stands in the features."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from service.accounts import actions as accounts
from service.accounts import marking
from service.accounts.bouncing import refuse_address
from service.accounts.linking import confirmed_subject
from service.accounts.models import Account
from service.accounts.provisioning import verify_person, wanted_person
from service.accounts.returning import AGAIN
from service.accounts.states import AccountState
from service.applications.letters import ENCLOSED
from service.crash import crash_point
from service.jobs.queue import Claim, enqueue
from service.mail.bounces import make_message_id
from service.mail.models import DeliveryStatus, note, note_sending
from service.mail.port import RECIPIENT, Enclosure, Letter, MailRefusedError
from service.mail.stops import BEGIN as STOPPED
from service.mail.stops import find_stop, require_open
from service.worker import (
    access_tasks,
    account_tasks,
    application_tasks,
    audit_tasks,
    bounce_tasks,
    bulk_tasks,
    digest_tasks,
    document_tasks,
    email_tasks,
    export_tasks,
    housekeeping,
    invitation_tasks,
    link_tasks,
    probe_tasks,
    radar_tasks,
    reconcile_tasks,
    supplier_tasks,
    switch_tasks,
)
from service.worker.access_tasks import give_access
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
    # the fence has counted every claim of this job: nobody is in the way yet, and no mail has left
    is_first = job.fence == 1 and AGAIN not in job.args
    confirmed, renews, wanted = None, False, wanted_person(bench.straight, account_id, AccountState.PENDING)
    if not is_first and wanted is not None:
        with bench.transaction() as session:
            confirmed = confirmed_subject(session, account_id)
            renews = access_tasks.is_to_renew(session, account_id)
    if wanted is None:
        bench.cancel("L'utenza non è più da creare")
        return
    call = bench.settings.keycloak_timeout_seconds
    if job.step == 0:
        crash_point("account.before_create")
        made = access_tasks.make_person(bench, wanted, confirmed)
        crash_point("account.after_create")
        job.state["subject"] = made.subject
        crash_point("account.before_checkpoint")
        is_wanted = access_tasks.note_made(bench, account_id, made)
        crash_point("account.after_checkpoint")
        if not is_wanted:  # revoked meanwhile: whoever revoked waits for this job to end, then shuts the person out
            bench.cancel("L'utenza non è più da creare")
            return
    if job.step == 1:
        bench.guard(call)
        has_written = verify_person(
            provider, wanted, job.state["subject"], before_write=lambda: bench.guard(call * 3),
            is_readmitted=lambda: access_tasks.is_readmitted(bench, account_id), renews=renews,
        )  # fmt: skip
        crash_point("verify.before_checkpoint")
        access_tasks.note_verified(bench, account_id, written=wanted if has_written else None)
        crash_point("verify.after_checkpoint")
    give_access(bench, account_id, is_sure=is_first)  # nobody else sends to an account that is not active yet
    crash_point("access_mail.before_checkpoint")
    marking.mark_provisioned(bench.straight, job, account_id, mode=bench.settings.access_mode)
    crash_point("access_mail.after_checkpoint")


def account_failed(session: Session, job: Claim, reason: str) -> None:
    """The job is stuck and the account failed, in one transaction."""
    account = session.get(Account, UUID(job.args["account_id"]))
    if account is not None and account.state == AccountState.PENDING:
        accounts.mark_failed(session, account.id, reason=reason)


def send_mail(bench: Bench) -> None:
    """Compose a letter from what is true now and hand it to the mail server, once as far as anybody can."""
    job, settings, is_stopped = bench.job, bench.settings, False
    name = make_message_id(job.key, settings.secret_key)
    enclosed: list[Enclosure] = []
    with bench.checkpoint(advance=False) as session:
        letter = LETTERS[job.args["message"]](session, job.args, settings)
        if letter is not None:
            if job.args["message"] in ENCLOSED:
                enclosed.append(ENCLOSED[job.args["message"]](session, job.args))
            note_sending(session, job.key, job.args["message"], UUID(job.args["about"]), letter, message_id=name)
            _spread(session, job, letter)
            is_stopped = find_stop(session, letter.to) is not None
            job.state["possible_double"] = bool(job.state.get("mail_started"))
            job.state["mail_started"] = not is_stopped
    if letter is None:
        bench.cancel("Il messaggio non serve più")
        return
    if is_stopped:
        with bench.transaction() as session:
            require_open(session, letter.to)
    letter = letter.enclosing(*enclosed)
    bench.guard(settings.mail_timeout_seconds)
    try:
        bench.mailer.send(letter, message_id=name)
    except MailRefusedError as error:
        if error.code:
            with bench.transaction() as session:
                refuse_address(session, job.key, code=error.code, settings=settings)
        raise
    with bench.completion() as session:
        doubt = "possibile doppio invio" if job.state["possible_double"] else None
        note(session, job.key, status=DeliveryStatus.SENT, error=doubt)


def _spread(session: Session, job: Claim, letter: Letter) -> None:
    """Have the further recipients of a letter written to, each by a job of its own: one address, one Message-ID."""
    for place in range(1, letter.others + 1):
        enqueue(session, "mail.send", f"{job.key}:{place}", {**job.args, RECIPIENT: str(place)})


def mail_failed(session: Session, job: Claim, reason: str) -> None:
    """Show on the delivery log that a letter will not leave, or not before its address is good again."""
    status = DeliveryStatus.HELD if reason.startswith(STOPPED) else DeliveryStatus.FAILED
    note(session, job.key, status=status, error=reason)


TASKS: dict[str, Task] = {
    "account.provision": Task(provision, account_failed),
    "account.send_access": Task(access_tasks.send_access),
    "account.expire_password": Task(access_tasks.expire_temporary_password),
    "account.sync_suppliers": Task(access_tasks.sync_suppliers),
    "account.remind": Task(access_tasks.remind),
    "accounts.remind": Task(access_tasks.ask_reminders),
    "account.disable": Task(switch_tasks.switch),
    "account.enable": Task(switch_tasks.switch),
    "account.change_email": Task(email_tasks.change_email),
    "mail.send": Task(send_mail, mail_failed, MAIL_BACKOFF_FACTOR, MAX_MAIL_BACKOFF),
    "far_sides.probe": Task(probe_tasks.probe),
    "bounces.read": Task(bounce_tasks.read),
    "link.answer": Task(link_tasks.answer, link_tasks.answer_failed),
    "application.tell_on_file": Task(link_tasks.tell_on_file),
    "radar.scan": Task(radar_tasks.scan),
    "accounts.reconcile": Task(reconcile_tasks.reconcile, reconcile_tasks.reconcile_failed),
    "account.reconcile": Task(reconcile_tasks.repair_one),
    "accounts.watch_access": Task(account_tasks.watch_access),
    "sessions.refresh": Task(account_tasks.refresh_sessions),
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
