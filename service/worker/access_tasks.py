"""How an access is handed over: the link or the temporary password, once more when asked for, the one reminder."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from service.access.principal import SYSTEM
from service.accounts.letters import temporary_password_letter
from service.accounts.linking import mark_linked, note_stranger
from service.accounts.marking import mark_person_created, mark_person_verified
from service.accounts.models import Account
from service.accounts.port import NewPerson, Person, UnavailableError
from service.accounts.provisioning import (
    PASSWORD_HOURS,
    ensure_person,
    expire_password,
    hand_over_link,
    has_own_password,
    new_password,
    require_as_written,
    wanted_person,
)
from service.accounts.reminding import ask_reminder, list_to_remind, mark_reminded, may_be_reminded
from service.accounts.repository import get_account
from service.accounts.states import AccountState
from service.accounts.strangers import StrangerError, take_over
from service.accounts.switching import require_switched
from service.accounts.watching import note_checked
from service.audit.trail import record
from service.clock import utc_now
from service.crash import crash_point
from service.database import database_now
from service.jobs.queue import enqueue
from service.mail.bounces import make_message_id
from service.mail.models import DeliveryStatus, note, note_sending
from service.mail.port import MailerError
from service.mail.stops import require_open
from service.worker.bench import Bench
from service.worker.each import each

TOLD = (AccountState.PENDING, AccountState.ACTIVE, AccountState.FAILED, AccountState.SUSPENDED)


@dataclass(frozen=True, slots=True)
class Made:
    """The person of an account; `linked` when it was there before, as it was found."""

    subject: str
    linked: Person | None = None


def make_person(bench: Bench, wanted: NewPerson, confirmed: str | None) -> Made:
    """Create the person, find it, or take over the one an admin has `confirmed`; who else is in the way is kept.

    Raises: StrangerError, RefusedError, UnavailableError.
    """
    account_id, call = UUID(wanted.account_id), bench.settings.keycloak_timeout_seconds
    if confirmed is not None:
        bench.guard(call * 5)  # four questions, a token before them

        def before_write() -> None:
            with bench.checkpoint(advance=False):
                pass  # the questions may have taken most of the lease
            bench.guard(call * 3)
            crash_point("link.before_effect")

        found = take_over(bench.provider, wanted, confirmed, before_write=before_write)
        crash_point("link.after_effect")
        return Made(confirmed, found)
    try:
        return Made(ensure_person(
            bench.provider, wanted, tried_before=bench.job.attempts > 1,
            before_create=lambda: bench.guard(call * 2),  # a token may have to be had first
        ))  # fmt: skip
    except StrangerError as error:
        if error.stranger is not None:
            with bench.checkpoint(advance=False) as session:
                note_stranger(session, account_id, error.stranger)
            crash_point("stranger.noted")
        raise


def note_made(bench: Bench, account_id: UUID, made: Made) -> bool:
    """Note whom it is; of a person who was there before, that it is ours now. Gives whether the account is wanted."""
    about = bench.job, account_id, made.subject
    with bench.renewing():
        if made.linked is None:
            return mark_person_created(bench.straight, *about, lease_seconds=bench.settings.lease_seconds)
        with bench.transaction() as session:
            mark_linked(session, account_id, made.linked)
            return mark_person_created(session, *about, lease_seconds=bench.settings.lease_seconds)


def note_verified(bench: Bench, account_id: UUID, *, written: NewPerson | None) -> None:
    """Note that group and attributes are right; what was `written` there must still be what our rows say."""
    lease = bench.settings.lease_seconds
    with bench.renewing():
        if written is None:
            mark_person_verified(bench.straight, bench.job, account_id, lease_seconds=lease)
            return
        with bench.transaction() as session:
            require_as_written(session, written)
            mark_person_verified(session, bench.job, account_id, lease_seconds=lease)


def is_to_renew(session: Session, account_id: UUID) -> bool:
    """Say whether a person comes back and may still have the old password: a shutting out was overtaken.

    Raises UnavailableError while a job has the person in hand to shut it out.
    """
    account = session.get_one(Account, account_id)
    if account.readmitted_at is None:
        return False
    require_switched(session, account_id)
    return account.person_verified_at is None


def is_readmitted(bench: Bench, account_id: UUID) -> bool:
    """Say whether the person of an account was shut out and is wanted back."""
    with bench.transaction() as session:
        return get_account(session, account_id).readmitted_at is not None


def sync_suppliers(bench: Bench) -> None:
    """Tell Keycloak for whom a person acts now. Of one not created yet it waits: the creation may have read before.

    It waits for an address on its way as well: it goes along, and must be the new one. Two writings at the same moment
    leave Keycloak with each number twice: what stands there is read again.

    Of one that could not be created nothing is told: whoever tries again tells all. Raises: UnavailableError.
    """
    account_id = UUID(bench.job.args["account_id"])
    with bench.transaction() as session:
        wanted = wanted_person(session, account_id, *TOLD)
        subject = get_account(session, account_id).subject if wanted else None
        is_coming = wanted is not None and get_account(session, account_id).state == AccountState.PENDING
        if wanted is not None:
            require_as_written(session, wanted)
    if wanted is None or (subject is None and not is_coming):
        bench.cancel("L'utenza non è più da aggiornare")
        return
    if subject is None or is_coming:
        raise UnavailableError("L'utenza non è ancora creata a Keycloak")
    bench.guard(bench.settings.keycloak_timeout_seconds * 4)  # a read and a write, a token before each
    crash_point("sync.before_effect")
    bench.provider.set_attributes(
        subject, account_id=wanted.account_id, supplier_ids=wanted.supplier_ids, email=wanted.email
    )
    crash_point("sync.after_effect")
    bench.guard(bench.settings.keycloak_timeout_seconds * 3)  # two questions, a token before them
    written = bench.provider.find_person(subject)
    if written is None or sorted(written.supplier_ids) != sorted(wanted.supplier_ids):
        raise UnavailableError("Keycloak non ha ancora le imprese dell'utenza")
    with bench.completion() as session:
        require_as_written(session, wanted)
        record(session, "account.suppliers_written", account_id, by=SYSTEM, number=", ".join(wanted.supplier_ids))
    crash_point("sync.after_checkpoint")


def send_access(bench: Bench) -> None:
    """Send the access mail again, for an account that is active and whose person has no password yet."""
    account_id = UUID(bench.job.args["account_id"])
    if not _may_send(bench, account_id, is_reminder=False):
        return
    give_access(bench, account_id)
    with bench.completion() as session:
        get_account(session, account_id, lock=True).access_sent_at = utc_now()


def remind(bench: Bench) -> None:
    """Send the one reminder, with a new link, unless the person came in or was shut out meanwhile."""
    account_id = UUID(bench.job.args["account_id"])
    if not _may_send(bench, account_id, is_reminder=True):
        return
    give_access(bench, account_id)
    with bench.completion() as session:
        mark_reminded(session, account_id)


def ask_reminders(bench: Bench) -> None:
    """Ask for the reminder of everybody who has had the access mail long enough and was not seen to use it."""
    with bench.transaction() as session:
        found = list_to_remind(session, settings=bench.settings)
    each(bench, found, ask_reminder, event="account.remind_failed")


def _may_send(bench: Bench, account_id: UUID, *, is_reminder: bool) -> bool:
    """Look at row and credentials first; with a password there is nothing to send, and the page is to know of it.

    A link would work all the same, whoever finds it in a mailbox.
    """
    with bench.transaction() as session:
        account = get_account(session, account_id)
        subject = account.subject if account.state == AccountState.ACTIVE else None
        is_wanted = not is_reminder or may_be_reminded(account)
    if subject is None or not is_wanted:
        bench.cancel("L'utenza non è attiva" if subject is None else "Il promemoria non serve più")
        return False
    bench.job.state["subject"] = subject
    bench.guard(bench.settings.keycloak_timeout_seconds * 3)  # two questions, a token before them
    if has_own_password(bench.provider, subject):
        with bench.checkpoint(advance=False) as session:
            note_checked(session, account_id, has_password=True)
        bench.cancel("La persona ha già scelto la sua password: se l'ha smarrita usi il ripristino")
        return False
    return True


def give_access(bench: Bench, account_id: UUID, *, is_sure: bool = False) -> None:
    """Hand over Keycloak's access mail once, or a temporary password by a letter of ours.

    `is_sure` says that no mail can have left since the job was made: Keycloak's events are not asked.
    """
    settings, subject = bench.settings, bench.job.state["subject"]

    def before_send() -> None:
        bench.guard(settings.mail_timeout_seconds + settings.keycloak_timeout_seconds)

    crash_point("access_mail.before_send")
    if settings.access_mode == "link":
        hours, since = settings.access_link_hours, None if is_sure else _sent_since(bench, account_id)
        hand_over_link(bench.provider, subject, since=since, hours=hours, before_send=before_send)
    else:
        # two questions, a token, the password, the mail: all within the lease, or another would follow with another
        bench.guard(settings.mail_timeout_seconds + 3 * settings.keycloak_timeout_seconds)
        _mail_password(bench, account_id, subject)
    crash_point("access_mail.after_send")


def _sent_since(bench: Bench, account_id: UUID) -> datetime:
    """Give from when on a mail that left is this job's: what left before the person came back is not."""
    with bench.transaction() as session:
        return max(bench.job.created_at, get_account(session, account_id).readmitted_at or bench.job.created_at)


def _mail_password(bench: Bench, account_id: UUID, subject: str) -> None:
    """Set and mail a password that is stored nowhere; a repeat sets and mails another, the latest counts.

    Once the person has chosen one of their own nothing is set any more. Each try is a letter of its own: another
    password under the same Message-ID would be thrown away as a double.
    """
    job = bench.job
    if has_own_password(bench.provider, subject):
        return
    with bench.transaction() as session:  # first, or the old password would end for nothing
        require_open(session, get_account(session, account_id).email)
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
        name = make_message_id(key, bench.settings.secret_key)
        note_sending(session, key, "access_data_password", account_id, letter, message_id=name)
    try:
        bench.mailer.send(letter, message_id=name)
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
