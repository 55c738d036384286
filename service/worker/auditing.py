"""A check of the audit trail at once, for the command and for the job; which exported head it is held against."""

from pathlib import Path

from sqlalchemy import Engine

from service.audit.seals import Head, HeadError, find_head
from service.audit.verifying import KEPT, Report, verify
from service.config import Settings
from service.database import make_engine, transaction

ALL_WRONG = "Nessuna firma è valida: PROACTIVE_AUDIT_KEY è la chiave con cui il registro è stato scritto?"


def execute(settings: Settings, *, head: str = "") -> tuple[list[str], bool]:
    """Check everything; gives what to say, a line each, and whether all is well. Raises: HeadError."""
    exported = Head.parse(head) if head else exported_head(settings)
    engine = _engine(settings)
    try:
        report = verify(engine, head=exported)
    finally:
        engine.dispose()
    return tell(report, exported), not report.count


def present_head(settings: Settings) -> str:
    """Give the head of the chain. Raises: HeadError when nothing is sealed yet."""
    engine = _engine(settings)
    try:
        with transaction(engine) as session:
            found = find_head(session)
    finally:
        engine.dispose()
    if found is None:
        raise HeadError("Nessun evento è ancora sigillato: il worker lo fa ogni minuto.")
    return str(found)


def exported_head(settings: Settings) -> Head | None:
    """Give the head in the file of the settings, if there is one. Raises: HeadError."""
    return Head.read(Path(settings.audit_head_path)) if settings.audit_head_path else None


def tell(report: Report, exported: Head | None) -> list[str]:
    """Put a report into lines for a terminal."""
    lines = [str(one) for one in report.problems]
    if report.count > KEPT:
        lines.append(f"… e altri {report.count - KEPT} problemi.")
    if report.events and report.count >= report.events:
        lines.append(ALL_WRONG)
    sealed = report.head.number if report.head else 0
    lines.append(f"Eventi letti: {report.events}; sigilli: {sealed}; in attesa del sigillo: {report.waiting}.")
    lines.append(f"Testa della catena: {report.head or 'nessuna'}.")
    lines.append(f"Confrontata con la testa esportata {exported.number}." if exported
                 else "Senza una testa esportata (--head) un registro troncato in coda non si riconosce.")  # fmt: skip
    lines.append(f"Problemi: {report.count}." if report.count else "Il registro è integro.")
    return lines


def _engine(settings: Settings) -> Engine:
    return make_engine(
        settings.database_url.get_secret_value(), pool_size=1, statement_timeout_ms=120_000, application="audit"
    )
