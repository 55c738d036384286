"""A purge at once, for the command, and its report: the rules of the nightly job, each thing in its own transaction."""

from collections import Counter
from collections.abc import Sequence

import structlog
from sqlalchemy import Engine

from service.administration import in_force
from service.audit.retention import erase_due
from service.clock import local_date
from service.config import Settings
from service.database import make_engine, transaction
from service.invitations.purging import ReportLine, list_all_due, report

HEADS = ("Che cosa", "Quanti", "Dal", "Regola")
log = structlog.get_logger()


def execute(settings: Settings, *, is_rehearsal: bool) -> tuple[str, int]:
    """Do it, or only look; gives the report as a table, and how much failed."""
    engine = make_engine(
        settings.database_url.get_secret_value(), pool_size=1, statement_timeout_ms=30_000, application="purge"
    )
    try:
        with transaction(engine) as session:
            in_force.refresh(session)
        settings = in_force.present(settings)
        lines, failed = (preview(engine, settings), 0) if is_rehearsal else run(engine, settings)
    finally:
        engine.dispose()
    return table(lines, settings), failed


def preview(engine: Engine, settings: Settings) -> list[ReportLine]:
    """Give what a run would erase today, a line a rule."""
    with transaction(engine) as session:
        return report(session, settings=settings, today=local_date())


def run(engine: Engine, settings: Settings) -> tuple[list[ReportLine], int]:
    """Erase all that is due; gives the report of what is gone, and how much failed and is still there."""
    today, done, failed = local_date(), Counter[str](), 0
    lines = preview(engine, settings)
    with transaction(engine) as session:
        found = list_all_due(session, settings=settings, until=today)
    for due in found:
        try:
            with transaction(engine) as session:
                done[due.rule.name] += erase_due(session, due, settings=settings, today=today)
        except Exception:  # whatever it is, the others have their turn
            log.exception("personal_data.purge_failed", about=str(due))
            failed += 1
    return [ReportLine(one.rule, done[one.rule.name], one.oldest) for one in lines], failed


def table(lines: Sequence[ReportLine], settings: Settings) -> str:
    """Lay the report out for a terminal: what, how many, since when the oldest is due, the rule."""
    rows = [HEADS, *(_row(one, settings) for one in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _row(line: ReportLine, settings: Settings) -> tuple[str, str, str, str]:
    since = f"{line.oldest:%d/%m/%Y}" if line.oldest else "-"
    return line.rule.what, str(line.count), since, line.rule.reason(settings)
