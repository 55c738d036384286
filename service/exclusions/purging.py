"""Erasing entries of the excluded list at their day of review, or in the night after they were ended."""

from datetime import date
from uuid import UUID

from sqlalchemy import Date, cast, func, select
from sqlalchemy.orm import Session

from service.access.principal import SYSTEM
from service.audit.retention import Rule
from service.audit.trail import record
from service.clock import ROME
from service.exclusions.models import Exclusion
from service.exclusions.repository import get_exclusion
from service.locales import N_


def erase_exclusion(session: Session, exclusion_id: UUID, _today: date) -> None:
    """Erase an entry. Leaves `exclusion.erased`, which names nobody."""
    record(session, "exclusion.erased", exclusion_id, by=SYSTEM)
    session.delete(get_exclusion(session, exclusion_id, lock=True))
    session.flush()


EXCLUSIONS = Rule(
    name="exclusions",
    what=N_("Voci dell’elenco dei soggetti esclusi"),
    why=N_("una voce dell’elenco dei soggetti esclusi si conserva fino alla sua data di riesame, se non è rinnovata"),
    key=Exclusion.id,
    among=select(Exclusion.id),
    months=lambda settings: settings.exclusion_months,
    # the day was chosen with the entry; least() passes over what is null
    day=lambda _months: func.least(Exclusion.review_on, cast(func.timezone(ROME.key, Exclusion.ended_at), Date)),
    erase=erase_exclusion,
)
