"""Which facts the letters about opinions need: a company's name and a link, no words of anybody."""

from uuid import UUID

from sqlalchemy.orm import Session

from service.applications.desk.checks import AREA_LABELS
from service.applications.desk.models import Opinion
from service.applications.letters import Arguments, Writer, to_staff
from service.applications.models import Application
from service.config import Settings
from service.mail.messages import compose, unlinked
from service.mail.port import Letter

OUTCOMES = {"favourable": "favorevole", "with_reserve": "favorevole con riserva", "unfavourable": "contrario"}


def _asked(session: Session, arguments: Arguments, settings: Settings) -> Letter | None:
    """To where the notice goes; None when it was answered or taken back meanwhile."""
    found = _read(session, arguments)
    if found is None or found[1].answered_at is not None or found[1].ended_at is not None:
        return None
    to = to_staff(session, arguments, settings)
    return compose("staff_opinion_asked", to, _facts(*found, settings)) if to else None


def _given(session: Session, arguments: Arguments, settings: Settings) -> Letter | None:
    """To whoever examines it, when their address is known, else to where the notice goes."""
    found = _read(session, arguments)
    if found is None or found[1].outcome is None:
        return None
    facts = _facts(*found, settings) | {"outcome": OUTCOMES[found[1].outcome]}
    to = to_staff(session, arguments, settings, application=found[0])
    return compose("staff_opinion_given", to, facts) if to else None


def _read(session: Session, arguments: Arguments) -> tuple[Application, Opinion] | None:
    application = session.get(Application, UUID(arguments["about"]))
    opinion = session.get(Opinion, UUID(arguments["opinion"]))
    return None if application is None or opinion is None else (application, opinion)


def _facts(application: Application, opinion: Opinion, settings: Settings) -> dict[str, object]:
    return {
        "number": application.number, "company": unlinked(application.name), "area": AREA_LABELS[opinion.area].lower(),
        "link": f"{settings.public_base_url}/gestione/richieste/{application.number}/verifiche#pareri",
    }  # fmt: skip


LETTERS: dict[str, Writer] = {"staff_opinion_asked": _asked, "staff_opinion_given": _given}
