"""The mailbox of bounces, read by the clock."""

import structlog

from service.accounts.bouncing import take_report
from service.jobs.far_sides import Side, note_answer
from service.mail.bounces import fingerprint, read_reports
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
        known = [take_report(session, one, print_=print_, settings=bench.settings) for one in reports]
    return Aside.DONE if any(known) else Aside.STRANGE
