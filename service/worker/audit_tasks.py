"""The audit trail by the clock: sealing what was committed, exporting the head, checking everything, telling staff."""

from collections.abc import Mapping
from pathlib import Path

import structlog
from sqlalchemy.orm import Session

from service.access.principal import SYSTEM
from service.applications.letters import to_staff
from service.audit.reading import last_check
from service.audit.seals import Head, HeadError, export_head, find_head, seal_batch
from service.audit.trail import TRAIL, record
from service.audit.verifying import verify
from service.clock import local_date
from service.config import Settings
from service.jobs.outbox import post
from service.jobs.queue import drop_done
from service.mail.dates import day, time_of_day
from service.mail.messages import compose
from service.mail.port import Letter
from service.worker.auditing import exported_head
from service.worker.bench import Bench

NAMED = 20  # problems that the event of a check tells one by one
log = structlog.get_logger()


def seal(bench: Bench) -> None:
    """Seal all that is committed, a batch in a transaction, and export the head: to the log, and to the file if any."""
    after, forged = None, list[int]()
    while True:
        with bench.checkpoint(advance=False) as session:
            done = seal_batch(session, after=after)
        forged += done.forged
        if done.last is None:
            break
        after = done.last
    if forged:
        log.error("audit.forged", events=forged[:NAMED], count=len(forged))
    with bench.completion() as session:
        head = find_head(session)
        _export(session, bench.settings)
        drop_done(session, days=1, kind=bench.job.kind)  # one a minute: nobody reads those of yesterday
    log.info("audit.head", number=head.number if head else 0, hash=head.hash if head else "")


def _export(session: Session, settings: Settings) -> None:
    """Write the file; one that cannot be written, or proves a loss, is told, and sealing goes on."""
    try:
        if settings.audit_head_path:
            export_head(session, Path(settings.audit_head_path))
    except (HeadError, OSError) as error:
        log.error("audit.head_not_written", reason=str(error))  # noqa: TRY400 - no fault of the program


def check(bench: Bench) -> None:
    """Read the whole trail again and leave the result on it. Leaves `audit.verified`."""
    exported = _known_head(bench.settings)
    report = verify(bench.engine, head=exported, pulse=lambda: _renew(bench))
    if report.count:
        log.error("audit.broken", count=report.count, problems=[[one.kind, one.id] for one in report.problems[:NAMED]])
    with bench.completion() as session:
        if not (report.events or report.count):  # right after the first start there is nothing to have checked
            return
        record(
            session, "audit.verified", TRAIL, by=SYSTEM, events=report.events, waiting=report.waiting,
            head=report.head.number if report.head else 0, against=exported.number if exported else 0,
            count=report.count, problems=[[one.kind, one.id, one.other] for one in report.problems[:NAMED]],
        )  # fmt: skip


def _known_head(settings: Settings) -> Head | None:
    """Give the exported head; one that cannot be read is told, and the trail is checked without it."""
    try:
        return exported_head(settings)
    except (HeadError, OSError) as error:
        log.error("audit.head_not_read", reason=str(error))  # noqa: TRY400 - no fault of the program
        return None


def _renew(bench: Bench) -> None:
    with bench.checkpoint(advance=False):
        pass


def tell_head(bench: Bench) -> None:
    """Mail the head to the purchasing office, once a day: a copy that nobody at the database can reach."""
    with bench.completion() as session:
        if find_head(session) is not None:
            post(session, "staff_audit_head", TRAIL, suffix=local_date().isoformat())


def head_letter(session: Session, arguments: Mapping[str, str], settings: Settings) -> Letter | None:
    """Write the daily letter with the head as it is now, and the last check."""
    head, checked = find_head(session), last_check(session)
    to = to_staff(session, arguments, settings)
    if head is None or to is None:
        return None
    return compose("staff_audit_head", to, {
        "number": head.number,
        "head": str(head),
        "checked": f"{day(local_date(checked.at), 'it')}, ore {time_of_day(checked.at, 'it')}" if checked else "",
        "problems": checked.data["count"] if checked else 0,
        "link": f"{settings.public_base_url}/gestione/registro",
    })  # fmt: skip


LETTERS = {"staff_audit_head": head_letter}
