"""The mailbox of bounces, read by the clock."""

import structlog
from sqlalchemy.orm import Session

from service.accounts.access_bouncing import take_access_report
from service.accounts.bouncing import take_report
from service.config import Settings
from service.jobs.far_sides import Side, note_answer
from service.mail.bounces import Report, fingerprint, read_reports
from service.mail.port import Aside, MailUnavailableError
from service.worker.bench import Bench

log = structlog.get_logger()


def read(bench: Bench) -> None:
    """Read the reports that have come, each in a transaction of its own, and put it aside once that is committed.

    Broken off in between it is read again and counts once. The mailbox away: the next period asks again, this job
    does not wait for it.
    """
    box = bench.bounces
    if box is None:
        bench.cancel("Non c'è una casella dei messaggi respinti")
        return
    patience = bench.settings.mail_timeout_seconds
    bench.guard(patience)
    failure = ""
    try:
        box.visit(lambda raw: _take(bench, raw), before_each=lambda: bench.guard(patience))
    except MailUnavailableError as error:
        log.warning("bounces.unavailable", reason=error.reason)
        failure = error.reason
    with bench.completion() as session:
        note_answer(session, Side.IMAP, failure=failure)


def _take(bench: Bench, raw: bytes) -> Aside:
    """Count one mail. What cannot be read is marked for a person and holds up no other."""
    try:
        reports = read_reports(raw)
    except Exception:  # whatever a stranger has written
        log.exception("bounce.unreadable")
        return Aside.STRANGE
    if not reports:
        return Aside.READ
    print_ = fingerprint(raw)
    with bench.checkpoint(advance=False) as session:
        known = [_note(session, one, print_, bench.settings) for one in reports]
    if any(known):
        return Aside.DONE
    return Aside.STRANGE if any(one.message_ids for one in reports) else Aside.READ


def _note(session: Session, report: Report, print_: str, settings: Settings) -> bool:
    """Take it as a report of a letter of ours, else of Keycloak's access mail; nothing else is any business of ours."""
    take = take_report if report.message_ids else take_access_report
    return take(session, report, print_=print_, settings=settings)
