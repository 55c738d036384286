"""What a reviewer says of two records that look alike."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.permissions import require
from service.access.principal import Principal
from service.applications.radar.models import Resemblance
from service.applications.radar.states import Mark
from service.audit.trail import record
from service.clock import ROME, utc_now
from service.errors import ConflictError, InvalidError, NotFoundError
from service.locales import N_, gettext

NOTE_LEAST, NOTE_MOST = 10, 500


class MarkError(InvalidError):
    """A mark is one of three; that two records are different people is said with why. `field` is what is not right."""

    code = "mark"
    title = N_("Controlla il giudizio")

    def __init__(self, detail: str, *, field: str) -> None:
        super().__init__(detail)
        self.field = field


class MarkedMeanwhileError(ConflictError):
    """Somebody was faster."""

    code = "marked_meanwhile"


def mark_likeness(
    session: Session, resemblance_id: UUID, *, page: UUID, number: str, seen: str, mark: str, note: str, by: Principal
) -> Resemblance:
    """Say what two records are: one company, one group, or different. It shows on both; saying it anew replaces it.

    `page` is the application from whose page it is said, `number` the other record's, `seen` what `stamp` gave.
    Leaves `application.likeness_marked`. Raises: MarkError, MarkedMeanwhileError, NotFoundError.
    """
    require(by, "likeness:mark")
    said = note.strip()
    if mark not in set(Mark):
        raise MarkError(gettext("Scegli che cosa sono le due registrazioni."), field="mark")
    if len(said) > NOTE_MOST or (mark == Mark.DIFFERENT and len(said) < NOTE_LEAST):
        detail = gettext("Scrivi perché sono diverse, da %(least)s a %(most)s caratteri.", least=NOTE_LEAST,
                         most=NOTE_MOST)  # fmt: skip
        raise MarkError(detail, field="note")
    query = select(Resemblance).where(Resemblance.id == resemblance_id).with_for_update()
    found = session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFoundError
    if stamp(found) != seen:
        raise MarkedMeanwhileError(_who_was_faster(found))
    found.mark, found.note = Mark(mark), said
    found.marked_at, found.marked_by_subject, found.marked_by_name = utc_now(), by.subject, by.name
    record(session, "application.likeness_marked", page, by=by, mark=found.mark, number=number)
    return found


def stamp(resemblance: Resemblance) -> str:
    """Give what tells one mark from the next."""
    return resemblance.marked_at.isoformat() if resemblance.marked_at else ""


def _who_was_faster(found: Resemblance) -> str:
    if found.marked_at is None:
        return gettext("Il giudizio è cambiato mentre guardavi la pagina. Nulla è cambiato.")
    at = found.marked_at.astimezone(ROME)
    return gettext("Nel frattempo %(name)s ha già dato un giudizio, alle %(time)s. Nulla è cambiato.",
                   name=found.marked_by_name, time=f"{at:%H:%M}")  # fmt: skip
