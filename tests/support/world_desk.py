"""What the review desk adds to the world: an application under every eye, likenesses, exclusions, a proposal."""

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.parking import park
from service.access.principal import Area, Principal, Role
from service.applications.actions.proposing import propose
from service.applications.actions.terms import Refusal
from service.applications.desk import actions as desk
from service.applications.desk.states import CheckKind, CheckResult, SectionVerdictKind
from service.applications.models import Application, Snapshot
from service.applications.radar.models import Resemblance
from service.applications.radar.scanning import scan_application
from service.applications.states import State
from service.clock import local_date
from service.exclusions.actions import add_exclusion
from service.suppliers.models import Supplier

if TYPE_CHECKING:
    from tests.support.world import World

ANNA = Principal("anna", "Anna Bassi", frozenset({Role.REVIEWER}))
MARCO = Principal("marco", "Marco Riva", frozenset({Role.APPROVER}))


def add_desk(session: Session, world: "World") -> None:
    """Do with the companies of the world what an office does in a week."""
    _examined(session, world)
    _proposed(session, world)
    _alike(session, world)
    add_exclusion(session, country="IT", number="12345670785", name="Costruzioni Perdute S.r.l.", by=MARCO,
                  reason="Cantiere di Lodi abbandonato nel 2024.", review_on=local_date() + timedelta(days=20),
                  settings=world.settings)  # fmt: skip
    excluded = add_exclusion(session, country="DE", number="DE136695976", name="Verlorene Bau GmbH", by=MARCO,
                             reason="Garanzie ritirate in corso d’opera.",
                             review_on=local_date() + timedelta(days=400), settings=world.settings)  # fmt: skip
    session.flush()
    world.paths["exclusion"] = f"/gestione/esclusi/{excluded.id}"
    supplier = session.scalars(select(Supplier).order_by(Supplier.number.desc())).first()
    assert supplier is not None
    supplier.reserve_text, supplier.reserve_until = "Manca la polizza catastrofale.", local_date() + timedelta(days=60)
    world.paths["supplier-reserved"] = f"/gestione/fornitori/{supplier.number}"


def _examined(session: Session, world: "World") -> None:
    taken = _application(session, world, "taken")
    opinion = desk.ask_opinion(session, taken.id, area=Area.HSE, by=ANNA,
                               question="Il DVR copre i lavori in quota?")  # fmt: skip
    session.flush()
    desk.record_check(session, taken.id, kind=CheckKind.BUSINESS_REGISTER, result=CheckResult.NEGATIVE, by=ANNA,
                      checked_on=local_date(), note="Il potere di firma è congiunto.")  # fmt: skip
    desk.judge_section(session, taken.id, "anagrafica", verdict=SectionVerdictKind.DOUBTFUL, by=ANNA,
                       note="La PEC non risulta in INI-PEC.")  # fmt: skip
    desk.write_note(session, taken.id, text="Ha lavorato con noi a Piacenza nel 2023.", by=ANNA)
    world.paths["opinion"] = f"{world.paths['taken']}/pareri/{opinion.id}"
    rejected = _application(session, world, "rejected")
    snapshot = session.scalars(
        select(Snapshot).where(Snapshot.application_id == rejected.id).order_by(Snapshot.id.desc())
    ).first()
    assert snapshot is not None
    world.paths["snapshot"] = f"{world.paths['rejected']}/istantanee/{snapshot.id}"
    fields = {"version": ["1"], "note": ["Sentito il referente."]}
    parked = park(session, subject="marco", path=f"{world.paths['ready']}/decisione?esito=accetta", fields=fields)
    world.paths["parked"] = f"/gestione/ripresa/{parked}"


def _proposed(session: Session, world: "World") -> None:
    busy = {world.paths[name].rpartition("/")[2] for name in ("taken", "ready")}
    found = session.scalars(
        select(Application)
        .where(Application.state == State.UNDER_REVIEW, Application.number.not_in(busy))
        .order_by(Application.sequence)
    ).first()
    assert found is not None
    propose(session, found.id, version=found.version, by=ANNA, settings=world.settings, outcome="reject",
            decision=Refusal("R03").plain(), note="Mancano le attrezzature.")  # fmt: skip
    world.paths["proposed"] = f"/gestione/richieste/{found.number}"


def _alike(session: Session, world: "World") -> None:
    for application in session.scalars(select(Application).where(Application.number.is_not(None))):
        scan_application(session, application.id)
    session.flush()
    pair = session.scalars(select(Resemblance).where(Resemblance.other_application_id.is_not(None))).first()
    assert pair is not None
    one = session.get_one(Application, pair.application_id)
    other = session.get_one(Application, pair.other_application_id)
    world.paths["alike"] = f"/gestione/richieste/{one.number}/simili/{other.number}"
    world.paths["one-alike"] = f"/gestione/richieste/{one.number}"


def _application(session: Session, world: "World", name: str) -> Application:
    number = world.paths[name].rpartition("/")[2]
    return session.scalars(select(Application).where(Application.number == number)).one()
